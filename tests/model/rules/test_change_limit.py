"""Change limit: no more of the approved plan is changed than allowed."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer import Scenario, solve
from optimizer.model.rules.change_limit import RULE

# Approved: two jets for AAA, a kite for BBB. Free, all buy jets: AAA 3, BBB 1; that changes 1 + 1 + 1 units, 3 pairs.
PREVIOUS = "nation program units\nAAA jet 2\nBBB kite 1"


def limited(measure: str, most: int, previous: str = PREVIOUS, **more) -> Scenario:  # type: ignore[no-untyped-def]
    return make(
        programs="program unit_cost_meur\njet 10\nkite 12",
        requirements="nation quantity\nAAA 3\nBBB 1",
        **({"previous": previous} if previous else {}),
        mode="national",
        rules={"change_limit": {"measure": measure, "most": most, **more}},
    )


@pytest.mark.parametrize(
    ("measure", "most", "cost"),
    [
        ("units", 3, 40),  # as if free: four jets
        ("units", 2, 42),  # AAA's third jet is worth 300 of shortfall; BBB's kite stays, 2 dearer
        ("units", 1, 42),
        ("units", 0, 32 + 300),  # 20 + 12, and one unit short for three years at 100
        ("pairs", 3, 40),
        ("pairs", 2, 42),  # BBB's swap alone changes two pairs, but AAA's jet is worth more
        ("pairs", 1, 42),
        ("pairs", 0, 332),
    ],
)
def test_what_a_limit_costs(measure: str, most: int, cost: float) -> None:
    assert best(limited(measure, most)).objective_meur == pytest.approx(cost)


@pytest.mark.parametrize(
    ("deliveries", "units", "pairs"),
    [
        ("AAA jet@AAA 2026 2\nBBB kite@BBB 2026 1", 0, 0),
        ("AAA jet@AAA 2027 2\nBBB kite@BBB 2028 1", 0, 0),  # when does not matter
        ("AAA jet@AAA 2026 1\nAAA jet@AAA 2027 2\nBBB kite@BBB 2026 1", 1, 1),
        ("AAA jet@AAA 2026 2\nBBB jet@BBB 2026 1", 2, 2),
        ("AAA kite@AAA 2026 3", 2 + 3 + 1, 3),
        ("", 3, 2),
    ],
)
def test_the_check_counts_what_differs(deliveries: str, units: int, pairs: int) -> None:
    plan = plan_of(deliveries)
    assert excesses(RULE, limited("units", 0), plan) == ({("all",): units} if units else {})
    assert excesses(RULE, limited("pairs", 0), plan) == ({("all",): pairs} if pairs else {})
    assert excesses(RULE, limited("units", units), plan) == {}  # exactly the limit is allowed
    if units:
        assert excesses(RULE, limited("units", units - 1), plan) == {("all",): 1}


def test_what_can_no_longer_be_bought_is_changed_in_any_case() -> None:
    previous = PREVIOUS + "\nCCC jet 4"
    assert solve(limited("units", 3, previous)).clash == ("change_limit",)
    assert best(limited("units", 4 + 1, previous)).objective_meur == pytest.approx(42)
    assert best(limited("pairs", 1 + 1, previous)).objective_meur == pytest.approx(42)


def test_a_program_that_is_wanted_more_than_approved_allows_counts_whole() -> None:
    # Approved are nine jets for AAA, which may take three at most: the pair is changed whatever it buys.
    previous = "nation program units\nAAA jet 9\nBBB jet 1"
    assert solve(limited("pairs", 0, previous)).status == "infeasible"
    solution = best(limited("pairs", 1, previous))
    assert bought(solution) == {("AAA", "jet"): 3, ("BBB", "jet"): 1}


def test_soft_it_costs_its_price_by_unit() -> None:
    # One unit changed saves 300 - 10 and costs 5; BBB's swap saves 2 and would cost 2 * 5.
    solution = best(limited("units", 0, soft=True, price=5.0))
    assert solution.objective_meur == pytest.approx(42 + 5)
    assert solution.relaxation_meur == pytest.approx(5)


def test_without_an_approved_plan_no_rows() -> None:
    assert row_keys(RULE, limited("units", 0, "")) == []
    assert row_keys(RULE, limited("units", 0)) == [("all",)]
    assert excesses(RULE, limited("units", 0, ""), plan_of("AAA jet@AAA 2026 1")) == {}


def test_it_acts_only_when_named() -> None:
    assert not RULE.is_on(make(programs="program\njet", requirements="nation\nAAA", previous=PREVIOUS))
