"""One price band: a contract's total picks exactly one band, and every unit pays its price."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from model.fixed_plan import in_model
from optimizer.model.rules.one_price_band import RULE

PRICES = "program from_units unit_price_meur\njet 1 12\njet 3 10\njet 5 7"
NEED = "nation quantity max_extra_units\nAAA 2 1\nBBB 2 1"


def breaks(need: str = NEED, **more: str):  # type: ignore[no-untyped-def]
    return make(programs="program\njet", prices=PRICES, requirements=need, **more)


@pytest.mark.parametrize(("units", "cost"), [(1, 12), (2, 24), (3, 30), (4, 40), (5, 35), (6, 42)])
def test_every_unit_pays_the_price_of_the_total(units: int, cost: float) -> None:
    scenario = breaks("nation quantity\nAAA 6")
    plan = plan_of(f"AAA jet@AAA 2026 {units}")
    assert in_model(scenario, plan, "production") == pytest.approx(cost)


def test_a_total_just_below_a_break_pays_more_than_one_unit_more() -> None:
    # Four units cost 40; a fifth, unneeded but allowed, brings the total to 35.
    assert best(breaks()).objective_meur == pytest.approx(35)
    assert best(breaks("nation quantity\nAAA 2\nBBB 2")).objective_meur == pytest.approx(40)


def test_the_price_follows_the_total_of_the_contract_not_of_the_nation() -> None:
    scenario = breaks("nation quantity\nAAA 3\nBBB 2")
    plan = plan_of("AAA jet@joint 2026 3\nBBB jet@joint 2028 2")
    assert in_model(scenario, plan, "production") == pytest.approx(35)


def test_prices_may_rise_and_then_nobody_pools() -> None:
    # Two units at 5 each apart, at 20 together.
    scenario = make(
        programs="program\njet",
        requirements="nation\nAAA\nBBB",
        prices="program from_units unit_price_meur\njet 1 5\njet 2 20",
    )
    assert best(scenario).objective_meur == pytest.approx(10)


def test_the_check_reports_a_total_outside_every_band() -> None:
    scenario = make(
        programs="program\njet",
        requirements="nation quantity\nAAA 3",
        prices="program from_units unit_price_meur\njet 3 10",
    )
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 3")) == {}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 1")) == {("jet@AAA",): 2}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 5")) == {("jet@AAA",): 2}


def test_no_contract_no_rows() -> None:
    assert row_keys(RULE, make(programs="program buyers\njet BBB", requirements="nation\nAAA")) == []
    # A single band needs the one row that ties units to the launch.
    assert row_keys(RULE, make(programs="program\njet", requirements="nation\nAAA")) == [("jet@AAA", 1, "most")]
