"""Meet need: deliveries, fleets and priced shortfall cover every requirement from its need date on."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.measures.ledger import Ledger
from optimizer.model.rules.meet_need import RULE


def short(scenario, plan) -> dict[tuple[int, int], float]:  # type: ignore[no-untyped-def]
    """Units missing by requirement row and year."""
    return {key: round(units, 7) for key, units in Ledger(scenario, plan).shortfalls.items()}


def test_exactly_enough_is_allowed_and_one_less_is_not() -> None:
    scenario = make(programs="program\njet", requirements="nation quantity must_meet\nAAA 2 yes")
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2")) == {}
    late = plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2027 1")
    assert excesses(RULE, scenario, late) == {("AAA", "fighter", 0, 2026): 1}


def test_a_need_that_must_be_met_and_cannot_is_infeasible() -> None:
    def with_capacity(capacity: str) -> str:
        return solve(
            make(
                programs=f"program annual_capacity_units\njet {capacity}",
                requirements="nation quantity must_meet\nAAA 2 yes",
            )
        ).status

    assert with_capacity("2") == "optimal"
    assert with_capacity("1") == "infeasible"


def test_deliveries_of_the_year_count_and_need_dates_before_the_horizon_begin_with_it() -> None:
    scenario = make(programs="program\njet", requirements="nation quantity need_by\nAAA 1 2020\nAAA 1 2027")
    assert short(scenario, plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2027 1")) == {}
    assert short(scenario, plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2028 1")) == {(0, 2027): 1}


def test_units_count_by_their_effect() -> None:
    # One unit does half a required unit: 1.5 asked, two units give 1.
    scenario = make(programs="program effect_per_unit\njet 0.5", requirements="nation quantity\nAAA 1.5")
    assert short(scenario, plan_of("AAA jet@AAA 2026 2")) == {(0, 2026): 0.5, (0, 2027): 0.5, (0, 2028): 0.5}
    assert best(scenario).objective_meur == pytest.approx(30)


def test_fleets_count_until_the_year_they_retire_with_their_programs_effect() -> None:
    # One old jet with effect 0.5 and one of an unknown type with effect 1; the latter retires in 2027.
    scenario = make(
        programs="program effect_per_unit\njet 0.5",
        requirements="nation quantity\nAAA 2",
        fleets="nation program units retires\nAAA jet 1 -\nAAA relic 1 2027",
    )
    assert short(scenario, plan_of("")) == {(0, 2026): 0.5, (0, 2027): 1.5, (0, 2028): 1.5}


def test_contracted_units_count_from_the_need_date_of_their_row_on() -> None:
    # The row of 2027 brings its two units in 2027, one more than it needs: that one helps the first row.
    scenario = make(
        programs="program\njet",
        requirements="""
        nation quantity need_by contracted_units baseline_program
        AAA    1        2026    0                -
        AAA    1        2027    2                jet""",
    )
    assert short(scenario, plan_of("")) == {(0, 2026): 1}


def test_units_of_too_low_a_grade_do_not_count() -> None:
    # A grade-3 jet serves the row of grade 1 only; the row of grade 4 stays short although it is dearer.
    scenario = make(
        programs="program grade\njet 3",
        requirements="""
        nation quantity priority min_grade
        AAA    1        2        4
        AAA    1        1        1""",
    )
    assert short(scenario, plan_of("AAA jet@AAA 2026 2")) == {(0, 2026): 1, (0, 2027): 1, (0, 2028): 1}
    # Fleets of unknown types have grade 3, contracted units of unknown grade satisfy their row.
    fleet = make(
        programs="program grade\njet 3",
        requirements="nation min_grade\nAAA 4",
        fleets="nation program units\nAAA relic 5",
    )
    assert short(fleet, plan_of("")) == {(0, 2026): 1, (0, 2027): 1, (0, 2028): 1}


def test_the_cheapest_rows_are_short_first() -> None:
    scenario = make(
        programs="program\njet",
        requirements="""
        nation quantity priority must_meet
        AAA    1        3        no
        AAA    1        1        no
        AAA    1        2        yes""",
    )
    assert short(scenario, plan_of("AAA jet@AAA 2026 2")) == {(1, 2026): 1, (1, 2027): 1, (1, 2028): 1}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2")) == {}
    # With one unit both optional rows are short; with none the third is short, too.
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 1")) == {}
    assert excesses(RULE, scenario, plan_of("")) == {("AAA", "fighter", 2, year): 1 for year in (2026, 2027, 2028)}


def test_units_serve_a_national_row_and_a_target_of_the_alliance_alike() -> None:
    nations = "nation blocs\nAAA EU\nBBB EU"
    scenario = make(nations=nations, programs="program\njet", requirements="nation quantity\nEU 2\nAAA 1\nBBB 1")
    assert best(scenario).objective_meur == pytest.approx(20)
    plan = plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2027 1")
    assert short(scenario, plan) == {(0, 2026): 1, (2, 2026): 1}


def test_shortfall_of_a_row_never_exceeds_its_quantity() -> None:
    scenario = make(programs="program\njet", requirements="nation quantity\nAAA 1.5")
    assert short(scenario, plan_of("")) == {(0, year): 1.5 for year in (2026, 2027, 2028)}


def test_no_need_no_rows() -> None:
    assert row_keys(RULE, make(programs="program\njet", requirements="nation need_by\nAAA 2028")) == [
        ("AAA", "fighter", 2028, 1)
    ]
    covered = make(programs="program\njet", requirements="nation\nAAA", fleets="nation program units\nAAA relic 1")
    assert row_keys(RULE, covered) == []
