"""Export control: barred pairs never buy, delayed pairs buy later."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, calendar, excesses, make, plan_of, row_keys

from optimizer.audit import audit
from optimizer.model.rules.export_control import RULE

STRICT = "program lead suppliers export_regime\njet AAA AAA:0.6;CCC:0.4 strict"
NATIONS = "nation blocs\nAAA -\nBBB EAST\nCCC -"
NEED = "nation\nAAA\nBBB"


def under(rows: str):  # type: ignore[no-untyped-def]
    return make(
        nations=NATIONS,
        programs=STRICT,
        requirements=NEED,
        mode="national",
        export="regime supplier buyer status delay_years\n" + rows,
    )


@pytest.mark.parametrize(
    "row",
    [
        "strict AAA BBB barred -",  # the lead
        "strict CCC BBB barred -",  # any supplier of a part
        "strict CCC EAST barred -",  # through its bloc
        "strict CCC BBB delayed 3\nstrict AAA BBB barred -",  # barred beats delayed
    ],
)
def test_barred_nations_do_without(row: str) -> None:
    scenario = under(row)
    solution = best(scenario)
    # BBB's one unit is short for three years.
    assert bought(solution) == {("AAA", "jet"): 1}
    assert solution.objective_meur == pytest.approx(310)


@pytest.mark.parametrize(
    "row",
    [
        "strict AAA BBB allowed -",
        "other AAA BBB barred -",  # another regime
        "strict BBB BBB barred -",  # from itself, and no supplier at all
        "strict BBB CCC barred -",  # no supplier
    ],
)
def test_everyone_else_buys(row: str) -> None:
    assert best(under(row)).objective_meur == pytest.approx(20)


def test_the_largest_delay_counts() -> None:
    # Two years late: BBB is short in 2026 and 2027.
    solution = best(under("strict AAA BBB delayed 1\nstrict CCC BBB delayed 2"))
    assert calendar(solution) == {("AAA", 2026): 1, ("BBB", 2028): 1}
    assert solution.objective_meur == pytest.approx(220)


def test_a_nation_neither_bars_nor_delays_itself() -> None:
    # AAA belongs to the bloc it delays.
    scenario = make(
        nations="nation blocs\nAAA EAST\nBBB EAST\nCCC -",
        programs=STRICT,
        requirements=NEED,
        mode="national",
        export="regime supplier buyer status delay_years\nstrict AAA EAST delayed 1",
    )
    assert calendar(best(scenario)) == {("AAA", 2026): 1, ("BBB", 2027): 1}


def test_a_plan_with_a_barred_delivery_does_not_pass_the_audit() -> None:
    scenario = under("strict AAA BBB barred -")
    findings = audit(scenario, plan_of("AAA jet@AAA 2026 1\nBBB jet@BBB 2026 1")).findings()
    assert any("jet@BBB" in line for line in findings)


def test_a_plan_with_a_delivery_before_the_delay_does_not_pass_the_audit() -> None:
    scenario = under("strict AAA BBB delayed 1")
    assert audit(scenario, plan_of("AAA jet@AAA 2026 1\nBBB jet@BBB 2027 1")).findings() == []
    assert audit(scenario, plan_of("AAA jet@AAA 2026 1\nBBB jet@BBB 2026 1")).findings() != []


def test_it_needs_no_rows() -> None:
    scenario = under("strict AAA BBB delayed 1")
    assert row_keys(RULE, scenario) == []
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 1")) == {}
