"""Whole lots: a contract's total comes in whole lots."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.whole_lots import RULE


def lots(size: int, need: str = "nation quantity\nAAA 3\nBBB 1", mode: str = "joint"):  # type: ignore[no-untyped-def]
    return make(programs=f"program kind lot_units\nwing pooled_service {size}", requirements=need, mode=mode)


def test_a_whole_lot_is_allowed_and_a_broken_one_is_not() -> None:
    assert best(lots(4)).objective_meur == pytest.approx(40)
    # Of a lot of three, AAA or BBB goes short by one for three years.
    assert best(lots(3)).objective_meur == pytest.approx(30 + 300)
    # Five fit no need.
    assert best(lots(5)).objective_meur == pytest.approx(4 * 300)


def test_lots_are_of_the_contract_not_of_the_nation() -> None:
    assert bought(best(lots(2))) == {("AAA", "wing"): 3, ("BBB", "wing"): 1}
    # Alone BBB cannot take half a lot, nor AAA one and a half.
    assert best(lots(2, mode="national")).objective_meur == pytest.approx(20 + 600)


def test_the_check_reports_the_distance_to_the_next_lot() -> None:
    plan = plan_of("AAA wing@joint 2026 3\nBBB wing@joint 2027 1")
    assert excesses(RULE, lots(4), plan) == {}
    assert excesses(RULE, lots(3), plan) == {("wing@joint",): 1}
    six = "nation quantity\nAAA 6\nBBB 4"
    assert excesses(RULE, lots(6, six), plan) == {("wing@joint",): 2}
    assert excesses(RULE, lots(10, six), plan) == {("wing@joint",): 4}


def test_single_units_need_no_rows() -> None:
    assert row_keys(RULE, lots(1)) == []
    assert row_keys(RULE, lots(2)) == [("wing@joint",)]
