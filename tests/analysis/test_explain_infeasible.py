"""Infeasible scenarios with a cause and a least relaxation that a reader can check by hand."""

from __future__ import annotations

import dataclasses

import pytest

from optimizer import Scenario, Solution, solve
from optimizer.analysis.explain import Settings, run
from optimizer.analysis.explain_infeasible import Infeasible, explain_infeasible
from optimizer.analysis.explain_loosened import loosened
from optimizer.audit import audit
from optimizer.model.rules import RULES
from optimizer.solve.session import Session
from tests.scenario_maker import make


def explained(scenario: Scenario) -> Infeasible:
    found = explain_infeasible(scenario, Session().solve, accept=True)
    assert found is not None
    return found


def demands(found: Infeasible) -> set[tuple[object, ...]]:
    """Rules and keys of the demands of every clash."""
    numbers = {number for clash in found.diagnosis.clashes for number in clash.demands}
    return {(found.diagnosis.demands[n].rule, *found.diagnosis.demands[n].key) for n in numbers}


def gives(found: Infeasible) -> dict[tuple[object, ...], float]:
    """What the cheapest way out gives up, by rule and key."""
    way = found.diagnosis.cheapest
    assert way is not None
    places = {n: (found.diagnosis.demands[n].rule, *found.diagnosis.demands[n].key) for n in way.gives}
    return {places[n]: pytest.approx(units) for n, units in way.gives.items()}


# 20 by 2027; jet 4 a year and kite 3 a year from 2026 on: 2 * (4 + 3) = 14 by then.
CAPACITY = make(
    programs="program annual_capacity_units\njet 4\nkite 3",
    requirements="nation quantity must_meet need_by\nAAA 20 yes 2027",
)
# Three jets at 10 in 2026, 20 in the budget: 10 are missing in 2026 and in no other year.
BUDGET = make(
    programs="program\njet",
    requirements="nation quantity must_meet\nAAA 3 yes",
    budgets="nation year budget_meur\nAAA 2026 20\nAAA 2027 20\nAAA 2028 20",
)
# The lock buys two jets, work of 20; the minimum is 25.
WORK = make(
    programs="program\njet",
    requirements="nation quantity\nAAA 3",
    industry="nation sector min_work_meur\nAAA defense 25",
    locks="nation program action units\nAAA jet fix 2",
)
# Four by 2026 take both lines of two; one type is allowed.
TYPES = make(
    capabilities="capability shortfall_meur_per_unit_year max_types\nfighter 100 1",
    programs="program annual_capacity_units\njet 2\nkite 2",
    requirements="nation quantity must_meet\nAAA 4 yes",
)
# BBB is barred from the jet; the kite comes one a year.
EXPORT = make(
    programs="program export_regime annual_capacity_units\njet r -\nkite - 1",
    export="regime supplier buyer status\nr AAA BBB barred",
    requirements="nation quantity must_meet\nBBB 4 yes",
)
# The same program is required and forbidden for AAA.
LOCKS = make(
    programs="program\njet\nkite",
    requirements="nation quantity\nAAA 3\nBBB 3",
    locks="nation program action units\nAAA jet require 2\nAAA jet forbid -\nBBB kite require -",
)
# Only AAA leads; two lead nations are asked for.
SUPPLIERS = make(
    capabilities="capability shortfall_meur_per_unit_year min_suppliers\nfighter 100 2",
    programs="program\njet\nkite",
    requirements="nation quantity must_meet\nAAA 1 yes",
)
# Two nations, each one short of money: two clashes with nothing in common.
TWO = make(
    programs="program\njet",
    requirements="nation quantity must_meet\nAAA 3 yes\nBBB 4 yes",
    budgets="nation year budget_meur\nAAA 2026 20\nBBB 2026 25",
)
# Fighters must be interchangeable in the wing; each line has two, four are needed in both nations together.
WING = make(
    programs="program max_units\njet 2\nkite 2",
    requirements="nation quantity must_meet\nAAA 2 yes\nBBB 2 yes",
    groups="nation level\nAAA common\nBBB common",
)


@pytest.mark.parametrize(
    ("scenario", "clash", "way_out", "price_meur"),
    [
        # Missing for 2027 and 2028 at 100 a unit and year: 6 * 2 * 100.
        (CAPACITY, {("meet_need", "AAA", "fighter", 0)}, {("meet_need", "AAA", "fighter", 0): 6}, 1200),
        (
            BUDGET,
            {("meet_need", "AAA", "fighter", 0), ("annual_budget", "AAA", "all", 2026)},
            {("annual_budget", "AAA", "all", 2026): 10},
            10,
        ),
        (
            WORK,
            {("locks", "AAA", "jet", "fix"), ("sector_workload", "AAA", "defense", "least")},
            {("sector_workload", "AAA", "defense", "least"): 5},
            5,
        ),
        (TYPES, {("meet_need", "AAA", "fighter", 0), ("type_limit", "fighter")}, {("type_limit", "fighter"): 1}, 100),
        # Missing in 2026, 2027 and 2028: 3 * 3 * 100.
        (EXPORT, {("meet_need", "BBB", "fighter", 0)}, {("meet_need", "BBB", "fighter", 0): 3}, 900),
        (
            SUPPLIERS,
            {("meet_need", "AAA", "fighter", 0), ("minimum_suppliers", "fighter")},
            {("minimum_suppliers", "fighter"): 1},
            100,
        ),
        # 30 - 20 for AAA and 40 - 25 for BBB.
        (
            TWO,
            {
                ("meet_need", "AAA", "fighter", 0),
                ("meet_need", "BBB", "fighter", 1),
                ("annual_budget", "AAA", "all", 2026),
                ("annual_budget", "BBB", "all", 2026),
            },
            {("annual_budget", "AAA", "all", 2026): 10, ("annual_budget", "BBB", "all", 2026): 15},
            25,
        ),
    ],
)
def test_the_clash_and_the_least_relaxation_are_exactly_those(
    scenario: Scenario,
    clash: set[tuple[object, ...]],
    way_out: dict[tuple[object, ...], float],
    price_meur: float,
) -> None:
    assert solve(scenario).status == "infeasible"
    found = explained(scenario)
    assert demands(found) == clash
    assert gives(found) == way_out
    cheapest = found.diagnosis.cheapest
    assert cheapest is not None
    assert cheapest.price_meur == pytest.approx(price_meur)
    assert cheapest.bound_meur == pytest.approx(price_meur)
    assert found.is_checked and found.relaxed is not None and found.relaxed.status == "optimal"
    assert found.exit_code == 0


@pytest.mark.parametrize("scenario", [CAPACITY, BUDGET, WORK, TYPES, EXPORT, SUPPLIERS, TWO, WING, LOCKS])
def test_a_clash_holds_by_itself_and_no_part_of_it_does(scenario: Scenario) -> None:
    # Everything outside a clash is lifted: still infeasible. One of its demands lifted besides: a plan.
    found = explained(scenario)
    everything = found.diagnosis.demands
    for clash in found.diagnosis.clashes:
        assert clash.proven
        without = {demand: 1e4 for number, demand in enumerate(everything) if number not in clash.demands}
        alone = loosened(scenario, without)[0]
        assert solve(alone).status == "infeasible"
        for number in clash.demands:
            lifted = loosened(scenario, {**without, everything[number]: 1e4})[0]
            assert solve(lifted).plan is not None, everything[number]


@pytest.mark.parametrize("scenario", [BUDGET, WORK, TYPES, TWO])
def test_nothing_below_the_least_relaxation_leaves_a_plan(scenario: Scenario) -> None:
    found = explained(scenario)
    way = found.diagnosis.cheapest
    assert way is not None
    given = {found.diagnosis.demands[number]: units for number, units in way.gives.items()}
    assert solve(loosened(scenario, given)[0]).plan is not None
    for demand in given:
        # Half a million or half a type less is too little; counts are whole, so there it is one type less.
        less = {
            other: units - (0.5 if other.unit == "million euro" else 1.0) * (other is demand)
            for other, units in given.items()
        }
        assert solve(loosened(scenario, less)[0]).status == "infeasible", demand


def test_one_rule_alone_is_priced_or_leads_nowhere() -> None:
    # More budget ends it at 10; one jet less, missing for three years at 100, at 300.
    ways = {way.rules: way for way in explained(BUDGET).diagnosis.single}
    assert ways["annual_budget",].price_meur == pytest.approx(10)
    assert ways["meet_need",].price_meur == pytest.approx(300)
    # Both nations short of one line: no budget helps, and no need alone but both.
    both = make(
        programs="program annual_capacity_units\njet 2",
        requirements="nation quantity must_meet\nAAA 3 yes",
        budgets="nation year budget_meur\nAAA 2026 10",
    )
    found = explained(both)
    ways = {way.rules: way for way in found.diagnosis.single}
    assert ways["meet_need",].price_meur == pytest.approx(600)
    assert all(way.status == "impossible" for rules, way in ways.items() if rules == ("annual_budget",))


def test_the_sentences_name_nations_numbers_and_programs() -> None:
    text = explained(CAPACITY).headline()
    assert "AAA asks for 20 units of fighter by 2027" in text
    assert "the only programs it may buy from by then (jet and kite) can deliver 14" in text
    assert "ask for 14 units of fighter for AAA by 2027 instead of 20" in text
    text = explained(BUDGET).headline()
    assert "AAA may pay in all 20 meur in 2026" in text
    assert "raise the budget of AAA in 2026 from 20 meur to 30 meur" in text
    text = explained(WORK).headline()
    assert "AAA must buy exactly 2 of jet" in text and "at least 25 meur of work" in text


# The lines of the first two are too short, the third's seller may not sell.
@pytest.mark.parametrize("scenario", [CAPACITY, TYPES, EXPORT])
def test_physical_rules_are_never_offered_for_relaxing(scenario: Scenario) -> None:
    # A need that must be met is physical as a row, but a need: the last that gives, unit by unit.
    physical = {rule.name for rule in RULES if rule.kind == "physical"} - {"meet_need"}
    found = explained(scenario)
    tables = found.tables()

    told = tables["clash"]
    assert set(told[told["part"] == "fact"]["rule"]) <= physical
    ways = [found.diagnosis.cheapest, *found.diagnosis.single]
    assert len(ways) > 1 and any(way is not None and way.gives for way in ways)
    assert not physical & {rule for way in ways if way is not None for rule in way.rules}
    assert not physical & {demand.rule for demand in found.diagnosis.demands}
    assert len(tables["relaxation"]) and not physical & set(tables["relaxation"]["rule"])
    # Nor does the plan of the way out break one: as the scenario was, it breaks only what gave.
    assert found.relaxed is not None and found.relaxed.plan is not None
    broken = {violation.rule for violation in audit(scenario, found.relaxed.plan).violations}
    assert broken and not physical & broken


def test_who_cannot_sell_is_told_with_the_reason() -> None:
    found = explained(EXPORT)
    rows = {row["program"]: row for row in found.as_dict()["programs"]}  # type: ignore[attr-defined]
    assert rows["jet"]["obstacle"] == "export to BBB is barred under r"
    assert rows["kite"]["obstacle"] is None and rows["kite"]["units"] == 1


def test_clashing_locks_are_lifted_last() -> None:
    found = explained(LOCKS)
    assert demands(found) == {("locks", "AAA", "jet", "require"), ("locks", "AAA", "jet", "forbid")}
    way = found.diagnosis.cheapest
    assert way is not None and way.price_meur == pytest.approx(100)
    assert len(way.gives) == 1


def test_a_standard_that_cannot_be_kept_is_released() -> None:
    found = explained(WING)
    assert ("interoperability", "wing", "fighter") in demands(found)
    assert gives(found) == {("interoperability", "wing", "fighter"): 1}
    assert found.is_checked


def test_the_verb_says_three_until_the_way_out_is_accepted() -> None:
    plain = run(BUDGET, Settings())
    assert plain.exit_code == 3
    assert not plain.solutions()
    assert "--accept" in plain.headline()
    accepted = run(BUDGET, Settings(accept=True))
    assert accepted.exit_code == 0
    assert accepted.solutions()["relaxed"].objective_meur == pytest.approx(30)
    changes = accepted.as_dict()["infeasible"]["changes"]  # type: ignore[index]
    assert changes == [
        {
            "kind": "change",
            "table": "budgets",
            "key": {"nation": "AAA", "year": 2026, "class": "all"},
            "column": "budget_meur",
            "value": 30.0,
        }
    ]


def test_a_feasible_scenario_has_no_clash() -> None:
    result = run(BUDGET.with_rule("annual_budget", on=False), Settings())
    assert result.exit_code == 0
    assert result.headline().startswith("A plan exists")
    assert result.as_dict()["feasible"] is True


def test_where_nothing_clashes_the_limits_used_up_are_shown() -> None:
    # Three jets at 10 are all that the 30 of 2026 buy.
    exact = make(
        programs="program\njet",
        requirements="nation quantity must_meet\nAAA 3 yes",
        budgets="nation year budget_meur\nAAA 2026 30",
    )
    result = run(exact, Settings())
    assert result.as_dict()["feasible"] is True and set(result.solutions()) == {"best"}
    room = result.tables()["room"]
    assert list(room.itertuples(index=False, name=None)) == [("annual_budget", 1, 1, "the budget of AAA in 2026")]
    assert "It uses up 1 limit, of the rule annual budget." in result.headline()
    assert result.pictures()[0].table == "room"


def test_the_check_takes_no_more_than_what_is_left_of_the_time() -> None:
    limits: list[float] = []

    def watched(scenario: Scenario, **options: float) -> Solution:
        limits.append(options["time_limit"])
        return solve(scenario, **options)

    found = explain_infeasible(BUDGET, watched, accept=False, seconds=20.0)
    assert found is not None and found.is_checked and len(limits) == 1 and 3.0 <= limits[0] < 20.0


def test_a_check_in_vain_leaves_time_for_another_with_a_little_more() -> None:
    limits: list[float] = []
    asked: list[Scenario] = []

    def late_at_first(scenario: Scenario, **options: float) -> Solution:
        limits.append(options["time_limit"])
        asked.append(scenario)
        solution = solve(scenario, **options)
        return dataclasses.replace(solution, plan=None, status="no_plan") if len(limits) == 1 else solution

    found = explain_infeasible(BUDGET, late_at_first, accept=False, seconds=20.0)
    assert found is not None and found.is_checked and len(limits) == 2
    # The first check gets less than half of the time, so that the second one has more.
    assert limits[0] < 10.0 < limits[1]
    first, second = (sum(row.budget_meur for row in scenario.tables.budgets) for scenario in asked)
    assert second > first
