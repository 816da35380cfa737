"""Sensitivity: tornado, tables, budget sweep and switch points of a case that can be checked by hand."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from scenario_maker import make

from optimizer import InvalidInput, Scenario, Solution, solve
from optimizer.analysis.cases import Cases
from optimizer.analysis.inputs import read_inputs
from optimizer.analysis.sensitivity import Result, Settings, run, values_of
from optimizer.analysis.switches import launching

# Two nations, three years, nothing discounted: AAA's four jets at 10, since a kite costs 12. Objective 40.
PROGRAMS = "program unit_cost_meur\njet 10\nkite 12"
NEED = "nation quantity\nAAA 4"


def small(**more: Any) -> Scenario:
    return make(**{"programs": PROGRAMS, "requirements": NEED, "mode": "national", **more})


def asked(scenario: Scenario | None = None, inputs: str = "", **more: Any) -> Result:
    names = tuple(filter(None, inputs.split(",")))
    return run(scenario or small(), Settings(inputs=names, **more))


def rows(result: Result, table: str, *wanted: str) -> list[tuple[object, ...]]:
    return list(result.tables()[table][list(wanted)].itertuples(index=False, name=None))


def test_a_tornado_names_the_largest_swing_first() -> None:
    # All unit costs: 32 to 48. The jet alone: 32, and at 12 the kite is as good: 48. Quantity 3.2 and 4.8 take four
    # jets and five: 40 to 50. Nothing is short, so its price moves nothing.
    result = asked(inputs="shortfall_price,quantity,unit_cost,unit_cost:kite")
    wanted = ("input", "low", "high", "low_change_meur", "high_change_meur", "swing_meur")
    assert rows(result, "tornado", *wanted) == [
        ("unit_cost", "x 0.8", "x 1.2", pytest.approx(-8), pytest.approx(8), pytest.approx(16)),
        ("quantity", "x 0.8", "x 1.2", 0.0, 10.0, 10.0),
        # At 9.6 the kite is bought: 38.4.
        ("unit_cost:kite", "x 0.8", "x 1.2", pytest.approx(-1.6), 0.0, pytest.approx(1.6)),
        ("shortfall_price", "x 0.8", "x 1.2", 0.0, 0.0, 0.0),
    ]
    assert rows(result, "tornado", "low_programs", "high_programs")[2] == (2, 0)
    assert result.headline().splitlines() == [
        "Unit cost moves the objective most: -8 meur at x 0.8, +8 meur at x 1.2. "
        "Then number of units needed, unit cost of kite.",
        "Without effect: price of a missing unit.",
        "The programs launched change with unit cost of kite.",
    ]
    assert result.exit_code == 0
    assert [picture.kind for picture in result.pictures()] == ["ranges"]


def test_every_case_is_listed_and_solved_once() -> None:
    solved: list[Scenario] = []

    def counting(scenario: Scenario, **options: Any) -> Solution:
        solved.append(scenario)
        return solve(scenario, **options)

    result = run(small(), Settings(inputs=("unit_cost", "quantity"), steps=3), solve=counting)
    # The base, and two inputs at 0.8 and 1.2; the middle of three steps is the base.
    assert len(solved) == 5 == len(result.tables()["sensitivity"])
    assert rows(result, "sensitivity", "input", "value", "objective_meur")[1:3] == [
        ("unit_cost", 0.8, pytest.approx(32)),
        ("unit_cost", 1.2, pytest.approx(48)),
    ]
    assert rows(result, "one_way", "input", "value", "change_meur")[:3] == [
        ("unit_cost", 0.8, pytest.approx(-8)),
        ("unit_cost", 1.0, 0.0),
        ("unit_cost", 1.2, pytest.approx(8)),
    ]


def test_years_are_moved_not_multiplied() -> None:
    # Needed from 2026; delivered a year later, four are short for a year: 400. Earlier than the horizon is no gain.
    result = asked(inputs="first_delivery", steps=3)
    assert rows(result, "tornado", "low", "high", "low_change_meur", "high_change_meur") == [
        ("-1 year", "+1 year", 0.0, 400.0)
    ]
    assert rows(result, "one_way_years", "value", "change_meur") == [(-1.0, 0.0), (0.0, 0.0), (1.0, 400.0)]
    assert "one_way" not in result.tables()


def test_two_inputs_against_each_other() -> None:
    # Price 8, 10, 12 times four, four and five jets (3.2, 4 and 4.8 are asked for).
    result = asked(inputs="unit_cost,quantity", two_way=True)
    assert rows(result, "two_way", "at", "at_2", "change_meur") == [
        ("x 0.8", "x 0.8", pytest.approx(-8)),
        ("x 0.8", "x 1", pytest.approx(-8)),
        ("x 0.8", "x 1.2", pytest.approx(0)),
        ("x 1", "x 0.8", 0.0),
        ("x 1", "x 1", 0.0),
        ("x 1", "x 1.2", 10.0),
        ("x 1.2", "x 0.8", pytest.approx(8)),
        ("x 1.2", "x 1", pytest.approx(8)),
        ("x 1.2", "x 1.2", pytest.approx(20)),
    ]
    assert "tornado" not in result.tables()
    assert "to +20 meur with unit cost x 1.2 and number of units needed x 1.2" in result.headline()
    (picture,) = result.pictures()
    assert (picture.kind, picture.x, picture.y) == ("matrix", "at_2", "at")


def test_more_budget_buys_more() -> None:
    # 20 a year for one year: two jets at scale 1, two short for three years: 20 + 600. At 1.5 three jets, at 0.5 one.
    scenario = small(budgets="nation year budget_meur\nAAA 2026 20\nAAA 2027 0\nAAA 2028 0")
    result = asked(scenario, budget_sweep=True, low=0.5, high=1.5, steps=3)
    assert rows(result, "budget_sweep", "scale", "budget_meur", "objective_meur", "types", "shortfall_unit_years") == [
        (0.5, 10.0, 10 + 900, 1, 9.0),
        (1.0, 20.0, 20 + 600, 1, 6.0),
        (1.5, 30.0, 30 + 300, 1, 3.0),
    ]
    assert "tornado" not in result.tables()
    assert "from x 0.5 to x 1.5 the objective falls by 580 meur" in result.headline()
    assert "missing unit-years from 9 to 3" in result.headline()
    # One type at every scale makes no curve.
    assert [picture.y for picture in result.pictures()] == ["objective_meur", "shortfall_unit_years"]


def test_budgets_that_leave_no_plan_are_an_answer() -> None:
    scenario = small(
        requirements="nation quantity must_meet\nAAA 2 yes",
        budgets="nation year budget_meur\nAAA 2026 20\nAAA 2027 0\nAAA 2028 0",
    )
    result = asked(scenario, budget_sweep=True, low=0.5, high=1.5, steps=3)
    assert [status for (status,) in rows(result, "budget_sweep", "status")] == ["infeasible", "optimal", "optimal"]
    assert "At x 0.5 and below no plan keeps all rules." in result.headline()
    assert result.exit_code == 0
    tornado = asked(scenario, inputs="budget,unit_cost")
    assert rows(tornado, "tornado", "input", "low_status", "high_status") == [
        ("budget", "infeasible", "optimal"),
        ("unit_cost", "optimal", "infeasible"),
    ]
    assert "Budget leaves no plan at x 0.8: infeasible." in tornado.headline()
    assert json.dumps(tornado.as_dict(), allow_nan=False)


@pytest.mark.parametrize("tolerance", [0.05, 0.001])
def test_a_switch_point_is_where_the_other_program_becomes_as_good(tolerance: float) -> None:
    # The kite at 12 takes over below 10: at x 0.8333. The jet gives way above 12: at x 1.2.
    result = asked(inputs="unit_cost:kite,unit_cost:jet", switch_points=True, high=1.5, tolerance=tolerance)
    kite, jet = result.switches
    for switch, truth in ((kite, 10 / 12), (jet, 1.2)):
        low, high = sorted((switch.same_at, switch.other_at))
        assert low - 1e-9 <= truth <= high + 1e-9 and high - low <= tolerance + 1e-9
        assert switch.after.against(switch.base) == (("kite",), ("jet",))
        # Just before, the base's programs; just beyond, the others, and better than keeping the base's.
        assert switch.keeping.is_told or tolerance < 0.01
        item = switch.item
        before = solve(item.varied(small(), switch.same_at))
        beyond = solve(item.varied(small(), switch.other_at))
        assert {c.partition("@")[0] for _, c, _ in before.plan.deliveries} == {"jet"}
        assert {c.partition("@")[0] for _, c, _ in beyond.plan.deliveries} == {"kite"}
    # Beyond, four kites against four jets.
    assert kite.keeping.found == pytest.approx(40 - 48 * kite.other_at, abs=1e-6)
    assert jet.keeping.found == pytest.approx(40 * jet.other_at - 48, abs=1e-6)
    assert "kite comes in, jet goes out; keeping the programs of today's plan costs" in result.headline()
    assert {"base", "switch_1", "switch_2"} == set(result.solutions())


def test_years_switch_from_one_year_to_the_next() -> None:
    # Two years late, four jets are short for two years, 800; one year costs 400; kites cost 8.
    result = asked(inputs="first_delivery:jet", years=2, switch_points=True)
    (switch,) = result.switches
    assert (switch.same_at, switch.other_at) == (0.0, 1.0)
    assert switch.keeping.found == pytest.approx(440 - 48)


def test_where_nothing_switches_it_says_so() -> None:
    result = asked(inputs="quantity", switch_points=True)
    assert result.switches == ()
    assert "No input changes the programs launched" in result.headline()
    assert result.tables()["switch_points"].empty


def test_a_plan_may_end_instead_of_switching() -> None:
    scenario = small(
        requirements="nation quantity must_meet\nAAA 2 yes",
        budgets="nation year budget_meur\nAAA 2026 20\nAAA 2027 0\nAAA 2028 0",
    )
    result = asked(scenario, inputs="unit_cost", switch_points=True)
    (switch,) = result.switches
    # Two jets at 10 spend all; anything more is too much.
    assert switch.same_at == pytest.approx(1.0) and switch.other_at <= 1.0126
    assert "there is no plan any more (infeasible)" in result.headline()


def test_keeping_programs_launches_these_and_no_others() -> None:
    solution = solve(launching(small(), frozenset({"jet", "kite"})))
    assert solution.objective_meur == pytest.approx(42)
    assert solve(launching(small(), frozenset({"kite"}))).objective_meur == pytest.approx(48)


def test_an_end_that_is_no_valid_input_is_told() -> None:
    scenario = small(programs="program unit_cost_meur last_delivery\njet 10 2026\nkite 12 -")
    result = asked(scenario, inputs="first_delivery:jet")
    assert rows(result, "tornado", "low_status", "high_status") == [("optimal", "invalid")]
    assert "First delivery of jet leaves no plan at +1 year: programs.csv" in result.headline()
    assert result.exit_code == 0


def test_without_a_plan_of_its_own_there_is_nothing_to_vary() -> None:
    scenario = small(requirements="nation quantity must_meet\nAAA 4 yes", budgets="nation year budget_meur\nAAA 2026 1")
    result = asked(scenario)
    assert result.exit_code == 3
    assert "has no plan" in result.headline()
    assert len(result.cases) == 1 and result.pictures() == ()
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_searches_that_stop_early_are_counted() -> None:
    calls: list[int] = []

    def stopping(scenario: Scenario, **options: Any) -> Solution:
        calls.append(1)
        return solve(scenario, **options) if len(calls) == 1 else Solution(scenario, "cancelled", "interrupted")

    result = run(small(), Settings(inputs=("unit_cost",)), solve=stopping)
    assert result.exit_code == 4
    assert result.headline().splitlines() == [
        "Unit cost was not solved at x 0.8: cancelled, x 1.2: cancelled.",
        "2 searches stopped early: unit cost x 0.8, unit cost x 1.2.",
    ]
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_two_figures_closer_than_their_gaps_are_not_told_apart() -> None:
    def loose(scenario: Scenario, **options: Any) -> Solution:
        solution = solve(scenario, **options)
        assert solution.objective_meur is not None
        return dataclasses.replace(solution, bound_meur=solution.objective_meur - 20.0, termination="gap")

    result = run(small(), Settings(inputs=("unit_cost",)), solve=loose)
    # 32 and 48 were found; the best are in 12 to 32 and 28 to 48.
    assert rows(result, "tornado", "swing_meur", "swing_least_meur", "swing_most_meur") == [
        (pytest.approx(16), pytest.approx(-4), pytest.approx(36))
    ]
    assert "Too small an effect to be told from none: unit cost" in result.headline()


@pytest.mark.parametrize(
    ("scenario", "settings", "said"),
    [
        (small(), Settings(inputs=("unit_cost",), two_way=True), "needs two inputs, and there is 1"),
        (small(), Settings(budget_sweep=True), "has no budget to scale"),
        (
            small(nations="nation budget_meur\nAAA 9\nBBB -", rules={"annual_budget": {"on": False}}),
            Settings(budget_sweep=True),
            "while the rule annual_budget is off",
        ),
        (small(objective={"order": ["shortfall", "cost"]}), Settings(), "leaves no single objective"),
    ],
)
def test_what_makes_no_sense_is_refused(scenario: Scenario, settings: Settings, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        run(scenario, settings)


@pytest.mark.parametrize(
    ("low", "high", "steps", "values"),
    [
        (0.8, 1.2, 5, [0.8, 0.9, 1.0, 1.1, 1.2]),
        (0.9, 1.2, 3, [0.9, 1.0, 1.2]),
        (0.4, 1.2, 5, [0.4, 0.6, 0.8, 1.0, 1.2]),
        (0.9, 1.9, 4, [0.9, 1.0, 1.45, 1.9]),
        (0.5, 1.0, 3, [0.5, 0.75, 1.0]),
        (1.0, 2.0, 2, [1.0, 2.0]),
        (0.5, 1.5, 2, [0.5, 1.0, 1.5]),  # the base is always among them
        (1.0, 1.0, 3, [1.0]),
    ],
)
def test_values_are_even_on_either_side_of_the_base(low: float, high: float, steps: int, values: list[float]) -> None:
    (cost,) = read_inputs(small(), ("unit_cost",))
    assert values_of(cost, Settings(low=low, high=high), steps) == pytest.approx(values)


def test_cases_are_known_by_what_is_moved() -> None:
    cases = Cases(small(), solve)
    cost, quantity = read_inputs(small(), ("unit_cost", "quantity"))
    assert cases.at((cost, 1.0), (quantity, 1.2)) is cases.at((quantity, 1.2))
    assert cases.at((cost, 1.0)) is cases.at()
