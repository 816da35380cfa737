"""Preference: what a program is worth to a nation per unit; in the objective, never in payments."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, make, plan_of, term

from model.fixed_plan import in_model
from optimizer.measures.ledger import Ledger
from optimizer.model.terms import preference

PROGRAMS = "program unit_cost_meur\njet 10\nkite 12"
OFFERS = "program nation preference_meur_per_unit\nkite AAA 3\njet BBB -4"


def scenario(**more):  # type: ignore[no-untyped-def]
    return make(
        programs=PROGRAMS,
        requirements="nation quantity\nAAA 2\nBBB 2",
        offers=OFFERS,
        mode="national",
        rate=0.25,
        **more,
    )


def test_a_wanted_program_lowers_and_an_unwanted_one_raises_the_objective() -> None:
    plan = plan_of("AAA kite@AAA 2028 2\nBBB jet@BBB 2026 1\nBBB kite@BBB 2026 1")
    # -3 * 2 + 4 * 1, undiscounted.
    assert term(preference, scenario(), plan) == pytest.approx(-2)
    assert in_model(scenario(), plan, "preference") == pytest.approx(-2)


def test_it_decides_but_is_not_paid() -> None:
    solution = best(scenario())
    assert bought(solution) == {("AAA", "kite"): 2, ("BBB", "kite"): 2}
    assert solution.objective_meur == pytest.approx(48 - 6)
    assert solution.cost_meur == pytest.approx(48)
    assert sum(Ledger(scenario(), solution.plan).payments.values()) == pytest.approx(48)


def test_its_weight_can_be_nothing() -> None:
    solution = best(scenario(objective={"preference": 0.0}))
    assert bought(solution) == {("AAA", "jet"): 2, ("BBB", "jet"): 2}
    assert solution.objective_meur == pytest.approx(40)


def test_without_offers_it_is_nothing() -> None:
    given = make(programs=PROGRAMS, requirements="nation\nAAA")
    assert term(preference, given, plan_of("AAA jet@AAA 2026 1")) == 0
