"""Outside content: component value from outside the bloc within a share of what its members buy."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer.model.outside import outside_share
from optimizer.model.rules.outside_content import RULE

PROGRAMS = """
program  suppliers        unit_cost_meur
jet      AAA:0.2;USA:0.8  10
kite     AAA:1            15
"""
NATIONS = "nation blocs\nAAA EU\nBBB EU\nCCC -"


def content(share: float, need: str = "nation\nAAA\nBBB"):  # type: ignore[no-untyped-def]
    return make(
        nations=NATIONS,
        programs=PROGRAMS,
        requirements=need,
        mode="national",
        rules={"outside_content": {"bloc": "EU", "max_share": share}},
    )


def test_exactly_the_share_is_allowed_and_less_is_not() -> None:
    # Jet and kite: 8 of 25 from outside, 32 %. Two jets: 80 %.
    assert best(content(0.80)).objective_meur == pytest.approx(20)
    assert best(content(0.32)).objective_meur == pytest.approx(25)
    assert best(content(0.31)).objective_meur == pytest.approx(30)


def test_the_check_reports_the_value_beyond_the_share() -> None:
    mixed = plan_of("AAA jet@AAA 2026 1\nBBB kite@BBB 2026 1")
    assert excesses(RULE, content(0.32), mixed) == {}
    # 8 - 0.2 * 25.
    assert excesses(RULE, content(0.2), mixed) == {("all",): 3}


def test_only_what_members_buy_counts() -> None:
    scenario = content(0.0, "nation\nAAA\nCCC")
    assert best(scenario).objective_meur == pytest.approx(15 + 10)
    assert excesses(RULE, scenario, plan_of("CCC jet@CCC 2026 1")) == {}


def test_the_share_from_outside() -> None:
    scenario = content(0.3)
    assert outside_share(scenario, "jet", frozenset({"AAA", "BBB"})) == pytest.approx(0.8)
    assert outside_share(scenario, "jet", frozenset({"BBB"})) == pytest.approx(1.0)


def test_no_members_no_rows() -> None:
    assert row_keys(RULE, content(0.3, "nation\nCCC")) == []
    assert row_keys(RULE, content(0.9)) == []  # no program is beyond it
    assert row_keys(RULE, content(0.3)) == [("all",)]
    assert not RULE.is_on(make(programs=PROGRAMS, requirements="nation\nAAA"))
