"""Stability: the price of staying close to the approved plan, point by point."""

from __future__ import annotations

import dataclasses
import json
import threading
from typing import Any

import pytest
from scenario_maker import make

from optimizer import InvalidInput, Scenario, Solution, solve
from optimizer.analysis.stability import Result, Settings, run
from optimizer.tables.schema import Lock

# Approved: two jets for AAA, a kite for BBB. Free, all buy jets, AAA three: 40, with 1 + 1 + 1 units changed.
# Two changes let AAA have its third jet, which saves 3 * 100 - 10; BBB's kite stays: 42. No change: 32 + 300.
PREVIOUS = "nation program units\nAAA jet 2\nBBB kite 1"


def approved(previous: str = PREVIOUS, need: str = "nation quantity\nAAA 3\nBBB 1", **more: Any) -> Scenario:
    tables = {"previous": previous} if previous else {}
    return make(
        programs="program unit_cost_meur\njet 10\nkite 12", requirements=need, mode="national", **tables, **more
    )


def curve(result: Result) -> list[tuple[int, float | None]]:
    return list(result.tables()["stability"][["allowed", "extra_meur"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("measure", ["units", "pairs"])
def test_the_curve_falls_from_no_change_to_the_free_plan(measure: str) -> None:
    result = run(approved(), Settings(measure=measure, steps=3))
    assert curve(result) == [(0, 292.0), (1, 2.0), (2, 2.0), (3, 0.0)]
    assert result.exit_code == 0
    many = {"units": "units", "pairs": "purchases"}[measure]
    assert result.headline().splitlines() == [
        "To change nothing of the approved plan costs 292 meur more (730 %), all that is priced in.",
        f"The best plan without regard to it changes 3 {many}.",
        # One change saves 290 of 292.
        f"With 1 {many[:-1]} changed, 99 % of these 292 meur is saved.",
    ]
    assert set(result.solutions()) == {f"changes_00000{n}" for n in range(4)}
    assert result.pictures()[0].y == "extra_meur"


def test_each_point_says_what_it_changes() -> None:
    changes = run(approved(), Settings(steps=3)).tables()["changes"]
    assert changes[changes["allowed"] == 1].values.tolist() == [[1, "AAA", "jet", 2, 3, 1]]
    assert len(changes[changes["allowed"] == 3]) == 3
    assert changes[changes["allowed"] == 0].empty


def test_fewer_steps_take_fewer_points() -> None:
    assert [allowed for allowed, _ in curve(run(approved(), Settings(steps=1)))] == [0, 3]
    assert [allowed for allowed, _ in curve(run(approved(), Settings(steps=100)))] == [0, 1, 2, 3]


def test_the_price_of_changes_is_left_out() -> None:
    priced = approved(objective={"change": 100.0}, rules={"change_limit": {"most": 0}})
    assert curve(run(priced, Settings(steps=3))) == [(0, 292.0), (1, 2.0), (2, 2.0), (3, 0.0)]


def test_what_must_be_changed_is_no_failure() -> None:
    # CCC is no nation any more, and its four jets cannot be bought: four units change in any case.
    result = run(approved(PREVIOUS + "\nCCC jet 4"), Settings(steps=7))
    rows = result.tables()["stability"]
    assert rows["status"].tolist()[:4] == ["infeasible"] * 4
    assert curve(result)[4:] == [(4, 292.0), (5, 2.0), (6, 2.0), (7, 0.0)]
    assert result.exit_code == 0
    assert "is impossible; 4 units changed are the fewest tried that allow a plan" in result.headline()
    assert "changes_000000" not in {name for name, s in result.solutions().items() if s.plan is not None}
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_limits_known_to_be_impossible_are_not_solved() -> None:
    solved: list[Scenario] = []

    def counting(scenario: Scenario, **options: Any) -> Solution:
        solved.append(scenario)
        return solve(scenario, **options)

    run(approved(PREVIOUS + "\nCCC jet 4"), Settings(steps=7), solve=counting)
    # The free plan, the approved one as far as it can be bought, 6, 5, 4 and 3; the rest follows.
    assert len(solved) == 6


@pytest.mark.parametrize("measure", ["units", "pairs"])
@pytest.mark.parametrize("previous", [PREVIOUS, PREVIOUS + "\nCCC jet 4", "nation program units\nAAA jet 5"])
def test_a_search_that_finds_nothing_leaves_the_approved_plan(measure: str, previous: str) -> None:
    """Limits alone may be hard to search under; what is approved is known, and counts wherever it is allowed."""
    scenario = approved(previous)

    def blind(scenario: Scenario, **options: Any) -> Solution:
        if scenario.settings.rules["change_limit"]["on"]:
            return Solution(scenario, "no_plan", "time_limit")
        return solve(scenario, **options)

    result = run(scenario, Settings(measure=measure, steps=7), solve=blind)
    exact = run(scenario, Settings(measure=measure, steps=7))
    for point, truth in zip(result.points, exact.points, strict=True):
        found, best = point.objective, truth.objective
        if found.is_known:
            assert best.found is not None and found.found is not None and found.least is not None
            assert found.least <= best.found + 1e-6 <= found.found + 2e-6
    # What is approved is found by itself, and so is the free plan.
    assert any(point.objective.is_known for point in result.points[:-1])
    assert result.points[-1].objective == exact.points[-1].objective


def test_an_approved_plan_that_is_the_best_can_stand() -> None:
    result = run(approved("nation program units\nAAA jet 3\nBBB jet 1"))
    assert curve(result) == [(0, 0.0)]
    assert "can stand" in result.headline()


def test_an_unlucky_search_is_set_right_by_the_approved_plan() -> None:
    """The free search stopped at 42 with the best between 38 and 42; the approved plan, 40, is a plan as well."""

    def unlucky(scenario: Scenario, **options: Any) -> Solution:
        solution = solve(scenario, **options)
        if scenario.settings.rules["change_limit"]["on"] or "locks" in scenario.settings.rules:
            return solution
        other = solve(scenario.replace(tables={"locks": ()}).with_rule("change_limit", on=False), **options)
        locked = solve(kite(scenario))
        assert other.objective_meur == pytest.approx(40)
        return dataclasses.replace(locked, scenario=scenario, bound_meur=38.0, status="feasible", termination="gap")

    def kite(scenario: Scenario) -> Scenario:
        lock = Lock(nation="BBB", program="kite", action="require")
        return scenario.replace(tables={"locks": (lock,)})

    result = run(approved("nation program units\nAAA jet 3\nBBB jet 1"), Settings(steps=1), solve=unlucky)
    assert curve(result) == [(0, 0.0), (2, 0.0)]
    assert result.headline() == (
        "The approved plan can stand: the best plan found changes nothing of it. What a better plan might save lies "
        "between 0 and 2 meur."
    )
    assert result.pictures()[0].title == "What staying close costs is too little to be told"


def test_without_any_plan_it_says_so() -> None:
    impossible = approved(
        need="nation quantity must_meet\nAAA 3 yes", budgets="nation year class budget_meur\nAAA 2026 all 1"
    )
    result = run(impossible)
    assert result.exit_code == 3
    assert "Infeasible" in result.headline()
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_searches_that_stop_early_keep_what_is_proven() -> None:
    def stopping(scenario: Scenario, **options: Any) -> Solution:
        """Stopped from the second solve on; a tighter plan that is better than a looser one is made to be found."""
        most = scenario.settings.rules["change_limit"].get("most")
        solution = solve(scenario, **options)
        if most == 2:
            return dataclasses.replace(solution, objective_meur=50.0, bound_meur=20.0, termination="time_limit")
        return solution

    result = run(approved(), Settings(steps=3), solve=stopping)
    points = {point.allowed: point for point in result.points}
    # The plan for one change, 42, is allowed with two as well; and 40, proven without a limit, bounds all.
    assert points[2].objective.found == pytest.approx(42) and points[2].objective.least == pytest.approx(40)
    assert result.exit_code == 4
    assert (result.extra(points[2]).least, result.extra(points[2]).most) == (0.0, pytest.approx(2))


def test_a_search_stopped_without_a_plan_is_told() -> None:
    calls: list[int] = []

    def stopped(scenario: Scenario, **options: Any) -> Solution:
        stop = threading.Event()
        calls.append(1)
        if len(calls) > 1:
            stop.set()
        return solve(scenario, stop=stop, **options)

    result = run(approved(), Settings(steps=1), solve=stopped)
    assert result.exit_code == 4
    assert "was not found to be possible" in result.headline() or "Stopped" in result.headline()


def test_without_an_approved_plan_it_says_how_to_get_one() -> None:
    with pytest.raises(InvalidInput, match="jointbuy export SCENARIO DIR --previous"):
        run(approved(""))


def test_an_order_of_goals_has_no_curve() -> None:
    with pytest.raises(InvalidInput, match="leaves no single objective"):
        run(approved(objective={"order": ["shortfall", "cost"]}))
