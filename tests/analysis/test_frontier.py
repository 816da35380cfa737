"""Frontier: points that do not dominate each other, with their gaps, limits and plans."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_maker import make
from small_case import write_small

from optimizer import Scenario, load_scenario, solve
from optimizer.analysis import ANALYSES
from optimizer.analysis.frontier import GOALS, Result, Settings, run
from optimizer.analysis.frontier_sample import Line, Sample
from optimizer.analysis.frontier_search import Point, Search, dominates
from optimizer.audit import audit
from optimizer.cli import main
from optimizer.export.analysis import write_analysis
from optimizer.problems import InvalidInput

# Jet suits AAA, kite suits BBB, the other program is dearer by 3 for either. Half of the kite comes from outside.
PROGRAMS = """
program  unit_cost_meur  suppliers
jet      10              AAA:1
kite     10              BBB:0.5;USA:0.5
lark     14              BBB:1
"""
OFFERS = "program nation unit_price_meur\njet BBB 13\nkite AAA 13"


def two_nations(must_meet: str = "yes", **more) -> Scenario:  # type: ignore[no-untyped-def]
    return make(
        **{
            "nations": "nation blocs\nAAA EU\nBBB EU",
            "programs": PROGRAMS,
            "offers": OFFERS,
            "requirements": f"nation must_meet\nAAA {must_meet}\nBBB {must_meet}",
            **more,
        }
    )


def points(result: Result) -> list[tuple[float, ...]]:
    return [tuple(round(value, 4) for value in point.values.values()) for point in result.points]


def test_all_points_of_cost_and_types() -> None:
    # Jet and kite 20; two jets or two kites 23.
    result = run(two_nations(), Settings(goals=("cost", "types")))

    assert points(result) == [(20, 2), (23, 1)]
    assert result.complete and result.exit_code == 0
    assert result.headline().startswith(
        "2 plans that no other beats in cost or types in service without losing elsewhere. From cost 20 meur, 2 types"
    )
    assert "no others (proven, 3 solves)" in result.headline()


def test_a_ratio_is_traded_off_by_its_limit() -> None:
    # Jet and kite 20 with 5 from outside; two jets 23 with nothing from outside.
    result = run(two_nations(), Settings(goals=("cost", "outside")))

    assert points(result) == [(20, 0.25), (23, 0)]


def test_two_ratios() -> None:
    # AAA buys the jet or the kite from the pool, all work in AAA or BBB. Two jets: outside 0, BBB misses all of its 13.
    # Jet and kite: each is due 10, AAA gets 10, BBB 5 of what is made inside. Nothing else has a return below that
    # without more from outside; two larks, all work in BBB, and jet and lark: 10 and 14, all as due.
    result = run(two_nations(), Settings(goals=("outside", "return")))

    assert points(result) == [(0, 0)]
    assert result.primary == "outside"


def test_interoperability_against_cost() -> None:
    # One cell: jet and kite share no standard; one type for both costs 3 more.
    scenario = two_nations(groups="nation level\nAAA common\nBBB common", rules={"interoperability": {"on": False}})
    result = run(scenario, Settings(goals=("interoperability", "cost")))

    assert points(result) == [(-1, 23), (0, 20)]
    assert "100 % of what groups share settled on one kind" in result.headline()


def test_shortfall_is_held_where_it_is_no_goal() -> None:
    # A unit short costs 100 a year, so the best plan leaves none; buying nothing would cost nothing and be one point.
    scenario = two_nations(must_meet="no")
    result = run(scenario, Settings(goals=("cost", "types")))
    free = run(scenario, Settings(goals=("cost", "types"), shortfall_meur=1e6))

    assert points(result) == [(20, 2), (23, 1)]
    assert result.held == {"shortfall": pytest.approx(0.01)}
    assert "shortfall is at most" in result.headline()
    assert points(free) == [(0, 0)]
    assert "One plan is best in all" in free.headline()


def test_points_are_plans_of_ordinary_scenarios() -> None:
    result = run(two_nations(), Settings(goals=("cost", "types", "outside")))

    assert len(result.points) == 2
    for point in result.points:
        scenario = point.solution.scenario
        assert audit(scenario, point.solution.plan).is_clean
        again = solve(scenario)
        assert again.cost_meur == pytest.approx(point.values["cost"])
        assert scenario.settings.rules["goal_limit"]["outside"] >= point.values["outside"] - 1e-9
    assert not any(dominates(a.values, b.values) for a in result.points for b in result.points)


def test_no_region_is_solved_twice() -> None:
    solved = []

    def counted(scenario: Scenario, **options):  # type: ignore[no-untyped-def]
        solved.append(str(scenario.settings.objective) + str(scenario.settings.rules))
        return solve(scenario, **options)

    result = run(two_nations(), Settings(goals=("cost", "types", "outside")), solve=counted)

    assert len(solved) == len(set(solved)) == result.solves


def test_points_are_spread_where_there_are_too_many(tmp_path: Path) -> None:
    # Nine points: four units each, the dearer the earlier; three of them, both ends among them.
    scenario = load_scenario(write_small(tmp_path))
    everything = run(scenario, Settings(goals=("cost", "shortfall")))
    few = run(scenario, Settings(goals=("cost", "shortfall"), points=3))

    assert len(everything.points) == 9 and not everything.spread
    assert len(few.points) == 3 and few.spread and not few.complete
    assert set(points(few)) <= set(points(everything))
    assert {points(few)[0], points(few)[-1]} == {points(everything)[0], points(everything)[-1]}
    assert "others may lie between" in few.headline()


def test_a_few_points_of_a_long_front_within_a_gap(tmp_path: Path) -> None:
    # As above, but a gap of 1 % will do: a tenth of the price of shortfall buys nothing, ten times of it everything.
    scenario = load_scenario(write_small(tmp_path))
    rough = scenario.replace(settings={"solver": scenario.settings.solver.model_copy(update={"gap": 0.01})})
    everything = set(points(run(scenario, Settings(goals=("cost", "shortfall")))))

    few = run(rough, Settings(goals=("cost", "shortfall"), points=5))

    assert 3 <= len(few.points) <= 5 and few.spread
    assert {points(few)[0], points(few)[-1]} == {(0, 1000), (180, 0)}
    for point in few.points:
        # No point of the full front is below what the gap leaves open.
        least = min(cost for cost, short in everything if short <= point.values["shortfall"] + 1e-6)
        assert point.bound <= least + 1e-6 <= point.minimized + 2e-6
        assert audit(point.solution.scenario, point.solution.plan).is_clean


def sample_between(
    dear: tuple[float, float], cheap: tuple[float, float], lines: list[Line]
) -> tuple[Sample, Point, Point]:
    """A sample of four points that has two, known by (cost, shortfall), and some proofs."""
    asked = two_nations(must_meet="no")
    rough = asked.replace(settings={"solver": asked.settings.solver.model_copy(update={"gap": 0.01})})
    own = solve(rough)
    search = Search(rough, ("cost", "shortfall"), solve, 4, {}, own)
    sample = Sample(search)
    for cost, shortfall in (dear, cheap):
        sample.found.append(Point({"cost": cost, "shortfall": shortfall}, cost, None, own, {}))
    sample.lines, sample.asked = lines, 2
    return sample, *sample.found


def test_a_few_points_of_a_long_front_by_solves_that_remember_nothing(tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path))
    rough = scenario.replace(settings={"solver": scenario.settings.solver.model_copy(update={"gap": 0.01})})
    settings = Settings(goals=("cost", "shortfall"), points=5)
    assert points(run(rough, settings, solve=solve)) == points(run(rough, settings))


def test_a_straight_part_of_a_front_is_asked_by_limits_and_another_by_its_weight() -> None:
    # From 200 without shortfall to 100 with 100 of it. Own cost 20, gap 1 %: points are known to 4 % of 200 at most.
    straight, dear, cheap = sample_between((200.0, 0.0), (100.0, 100.0), [Line(1.0, 197.5)])
    assert straight._is_straight(dear, cheap)
    asks = straight._next()
    # Two more points are left, so the range falls into thirds.
    assert [ask.limit for ask in asks] == pytest.approx([100.0 / 3.0, 200.0 / 3.0])
    assert all(ask.weight is None for ask in asks)

    # Nothing below 150 is proven where the lines meet, at a shortfall of 50: a point may be far below the chord.
    bent, dear, cheap = sample_between((200.0, 0.0), (100.0, 100.0), [Line(2.0, 200.0), Line(0.0, 100.0)])
    assert not bent._is_straight(dear, cheap)
    (ask,) = bent._next()
    assert ask.limit is None and ask.weight == pytest.approx(1.0)
    # A weight is asked once.
    assert ask.between is not None
    bent.weighted.add(ask.between)
    assert [ask.limit for ask in bent._next()] == pytest.approx([100.0 / 3.0, 200.0 / 3.0])


def test_as_many_points_as_there_are_need_no_spreading() -> None:
    result = run(two_nations(), Settings(goals=("cost", "types"), points=5))

    assert points(result) == [(20, 2), (23, 1)]
    assert result.complete


def test_a_scenario_without_a_plan() -> None:
    # Nobody sells two units of anything, and three are needed.
    scenario = two_nations(capabilities="capability max_types\nfighter 0")
    result = run(scenario, Settings(goals=("cost", "types")))

    assert result.points == ()
    assert result.exit_code == 3
    assert "cannot all hold" in result.headline() and "type limit" in result.headline()
    assert result.tables()["frontier"].empty and result.pictures() == ()


def test_points_within_the_gap_of_each_other_say_so() -> None:
    # A search may stop 20 % away: 23 is then no further from 20 than its gap.
    def rough(scenario: Scenario, **options):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        solution = solve(scenario, **options)
        if solution.plan is None or scenario.settings.objective.cost == 0.0:
            return solution
        return replace(solution, bound_meur=0.8 * solution.objective_meur, termination="time_limit", status="feasible")

    result = run(two_nations(), Settings(goals=("cost", "types")), solve=rough)

    assert points(result) == [(20, 2), (23, 1)]
    table = result.tables()["frontier"]
    assert list(table.columns) == ["cost", "types", "gap", "plan", "note"]
    assert (
        table["note"][1]
        == "stopped by the time limit; too close to point-01 to be told apart by solves as exact as these"
    )
    assert table["gap"][0] == pytest.approx(0.2)
    assert result.exit_code == 4


@pytest.mark.parametrize("goals", [("cost",), ("cost", "cost"), ("cost", "beauty"), GOALS[:4]])
def test_goals_that_are_none(goals: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        run(two_nations(), Settings(goals=goals))


def test_files_and_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (analysis,) = (known for known in ANALYSES if known.name == "frontier")
    scenario = load_scenario(write_small(tmp_path / "in"))
    result = run(scenario, Settings(goals=("cost", "shortfall"), points=2))

    write_analysis(analysis, scenario, result, tmp_path / "out")

    rows = (tmp_path / "out" / "frontier.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "cost,shortfall,gap,plan,note"
    assert [row.split(",")[3] for row in rows[1:]] == ["plans/point-01", "plans/point-02"]
    for row in rows[1:]:
        # The folder of a point says with which settings it is to be read, so that the audit agrees.
        assert main(["audit", str(tmp_path / "in"), str(tmp_path / "out" / row.split(",")[3])]) == 0
    assert "rules.goal_limit.shortfall" in capsys.readouterr().out
