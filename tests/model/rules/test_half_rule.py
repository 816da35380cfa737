"""Half rule: no nation carries more than its permitted share of an alliance-level target."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.audit import audit
from optimizer.measures.ledger import Ledger
from optimizer.model.rules.half_rule import RULE

NATIONS = "nation blocs\nAAA EU\nBBB EU\nCCC -"


def target(share: str, buyers: str = "AAA", on: bool = True):  # type: ignore[no-untyped-def]
    """Four units for the EU; only `buyers` may buy, each up to its share of the target and two of its own."""
    return make(
        nations=NATIONS,
        programs=f"program buyers\njet {buyers}",
        requirements=f"nation quantity max_share_per_nation\nEU 4 {share}\nAAA 2 -",
        rules={} if on else {"half_rule": False},
    )


def test_exactly_the_share_counts_and_no_more() -> None:
    # AAA buys its 2 and 2 more (half of 4): the target counts 2 of the 4, two are short for three years.
    solution = best(target("0.5"))
    assert solution.objective_meur == pytest.approx(20 + 2 * 3 * 100)
    assert bought(solution) == {("AAA", "jet"): 2}


def test_switched_off_everything_a_nation_has_counts() -> None:
    # Asked for 2 + half of 4, AAA may buy four, and all four count towards the target.
    solution = best(target("0.5", on=False))
    assert bought(solution) == {("AAA", "jet"): 4}
    assert solution.objective_meur == pytest.approx(40)


def test_two_nations_with_half_each_are_enough() -> None:
    solution = best(target("0.5", buyers="AAA;BBB"))
    assert solution.objective_meur == pytest.approx(40)
    assert bought(solution) == {("AAA", "jet"): 2, ("BBB", "jet"): 2}


def test_the_amount_beyond_the_share_shows_as_shortfall() -> None:
    plan = plan_of("AAA jet@AAA 2026 4")
    for share, missing in (("0.5", 2.0), ("0.75", 1.0), ("1", 0.0)):
        scenario = target(share)
        assert Ledger(scenario, plan).shortfalls.get((0, 2026), 0.0) == pytest.approx(missing)
        assert excesses(RULE, scenario, plan) == {}


def test_it_needs_no_rows_and_no_target_needs_it() -> None:
    assert row_keys(RULE, target("0.5")) == []
    national = make(programs="program\njet", requirements="nation\nAAA")
    assert row_keys(RULE, national) == []
    assert audit(national, plan_of("AAA jet@AAA 2026 1")).is_clean
