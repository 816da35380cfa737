"""No excess: no nation takes more than it asked for, rounded up to whole units."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.no_excess import RULE

# Buying for nothing, even at a reward: only the rule stops it.
GIFT = "program nation preference_meur_per_unit\njet AAA 50"


def gift(need: str, programs: str = "program\njet", **more: str):  # type: ignore[no-untyped-def]
    return make(programs=programs, requirements=need, **{"offers": GIFT, **more})


@pytest.mark.parametrize(
    ("need", "units"),
    [
        ("nation quantity\nAAA 2", 2),
        ("nation quantity\nAAA 1.5", 2),  # rounded up
        ("nation quantity max_extra_units\nAAA 2 3", 5),
        ("nation quantity\nAAA 2\nAAA 1", 3),  # rows add up
        ("nation quantity contracted_units baseline_program\nAAA 4 3 jet", 1),  # what is under contract is not asked
        ("nation quantity contracted_units baseline_program\nAAA 4 9 jet\nAAA 2 0 -", 2),
    ],
)
def test_exactly_what_was_asked_is_taken_and_no_more(need: str, units: int) -> None:
    scenario = gift(need)
    assert bought(best(scenario)) == {("AAA", "jet"): units}
    assert excesses(RULE, scenario, plan_of(f"AAA jet@AAA 2026 {units}")) == {}
    over = excesses(RULE, scenario, plan_of(f"AAA jet@AAA 2026 {units + 2}"))
    assert over == {("AAA", "jet"): 2, ("AAA", "fighter"): 2}


def test_fleets_in_service_are_not_subtracted() -> None:
    scenario = gift("nation quantity\nAAA 2", fleets="nation program units\nAAA relic 2")
    assert bought(best(scenario)) == {("AAA", "jet"): 2}


def test_the_units_of_all_programs_together_stay_within_what_was_asked() -> None:
    scenario = gift("nation quantity\nAAA 2", "program\njet\nkite")
    plan = plan_of("AAA jet@AAA 2026 2\nAAA kite@AAA 2026 1")
    assert excesses(RULE, scenario, plan) == {("AAA", "fighter"): 1}


def test_with_effects_the_largest_rounding_counts() -> None:
    # Asked for 2. The heron does 1.5: two of them are the least that is enough, 3 required units. So three jets (3)
    # are within it together, but not alone: of jets alone two are enough.
    programs = "program effect_per_unit\njet 1\nheron 1.5"
    scenario = gift("nation quantity\nAAA 2", programs)
    assert scenario.most_required_units["AAA", "fighter"] == pytest.approx(3)
    assert excesses(RULE, scenario, plan_of("AAA heron@AAA 2026 2")) == {}
    assert excesses(RULE, scenario, plan_of("AAA heron@AAA 2026 1\nAAA jet@AAA 2026 1")) == {}
    assert excesses(RULE, scenario, plan_of("AAA heron@AAA 2026 1\nAAA jet@AAA 2026 2")) == {("AAA", "fighter"): 0.5}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 3")) == {("AAA", "jet"): 1}


def test_members_of_a_bloc_may_take_their_share_of_its_target() -> None:
    scenario = gift(
        "nation quantity max_share_per_nation max_extra_units\nEU 4 0.75 1\nAAA 1 - -",
        nations="nation blocs\nAAA EU\nBBB EU",
    )
    # 0.75 * 4 + 1 from the bloc and 1 of its own.
    assert scenario.max_units["AAA", "jet"] == 5
    assert scenario.max_units["BBB", "jet"] == 4
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 5")) == {}


def test_an_offer_or_the_line_may_allow_less() -> None:
    offered = gift("nation quantity\nAAA 3", offers="program nation max_units\njet AAA 1")
    assert bought(best(offered)) == {("AAA", "jet"): 1}
    line = gift("nation quantity\nAAA 3", "program max_units\njet 2")
    assert bought(best(line)) == {("AAA", "jet"): 2}


def test_no_need_no_rows() -> None:
    scenario = gift("nation quantity\nBBB 1")
    assert row_keys(RULE, scenario) == [("BBB", "fighter")]
    assert ("AAA", "jet") not in scenario.pairs
