"""Edit: what the analyst forces loses what it loses, is told from what the gaps leave open, and can be kept."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from scenario_maker import bought, calendar, make

from optimizer import InvalidInput, Scenario, Solution, solve
from optimizer.analysis import edit
from optimizer.analysis.edit import Settings, run
from optimizer.analysis.edits import read_edits

# Alone, AAA's three and BBB's one: jets at 10 make 40. A kite costs 2 more.
PROGRAMS = "program unit_cost_meur\njet 10\nkite 12"
NEED = "nation quantity\nAAA 3\nBBB 1"


def small(**tables: str) -> Scenario:
    return make(programs=PROGRAMS, requirements=NEED, mode="national", **tables)


def edited(scenario: Scenario | None = None, **asked: str) -> edit.Result:
    settings = Settings(**{name: tuple(text.split(",")) for name, text in asked.items()})
    return run(scenario or small(), settings)


@pytest.mark.parametrize(
    ("asked", "loss", "kites"),
    [
        ({"require": "kite"}, 2, 1),
        ({"require": "AAA:kite"}, 2, 1),
        ({"require": "AAA:kite:2"}, 4, 2),
        ({"require": "kite:4"}, 8, 4),
        ({"forbid": "jet"}, 8, 4),
        ({"forbid": "AAA:jet"}, 6, 3),
        ({"units": "AAA:kite:2"}, 4, 2),
        ({"units": "jet:1"}, 6, 3),
        ({"units": "AAA:jet:0", "require": "BBB:kite"}, 8, 4),
        ({"forbid": "kite"}, 0, 0),
    ],
)
def test_a_choice_loses_what_it_costs(asked: dict[str, str], loss: float, kites: int) -> None:
    result = edited(**asked)
    assert result.loss().found == pytest.approx(loss)
    assert result.loss().is_exact and result.exit_code == 0
    assert sum(units for (_, program), units in bought(result.edited).items() if program == "kite") == kites
    assert ("loses nothing" in result.headline()) == (loss == 0)


def test_a_move_keeps_the_units_and_changes_the_year() -> None:
    # AAA's three come in 2028 instead of 2026: short of three for two years at 100 each.
    result = edited(move="AAA:jet:2028")
    assert result.loss().found == pytest.approx(3 * 2 * 100)
    assert calendar(result.edited) == {("AAA", 2028): 3, ("BBB", 2026): 1}
    assert result.tables()["edit"]["change"].tolist() == ["moved"]
    assert "AAA buys exactly 3 jet, delivered in 2028" in result.headline()


def test_a_move_with_units_of_its_own_takes_these() -> None:
    # One jet in 2028, two kites in 2026: 10 + 24, and one short for two years; the optimum pays 30.
    result = edited(move="AAA:jet:2028", units="AAA:jet:1")
    assert result.loss().found == pytest.approx(34 + 200 - 30)
    assert calendar(result.edited) == {("AAA", 2026): 2, ("AAA", 2028): 1, ("BBB", 2026): 1}


def test_a_move_of_what_the_optimum_does_not_buy_forces_it_in() -> None:
    # One kite in 2027: 2 more, and one short for a year.
    assert edited(move="AAA:kite:2027-2027").loss().found == pytest.approx(102)
    assert edited(move="AAA:kite:-2027").loss().found == pytest.approx(2)


def test_differences_and_who_pays() -> None:
    # BBB's jet becomes a kite: it pays 12 instead of 10.
    result = edited(require="BBB:kite")
    tables = result.tables()
    assert tables["edit"].values.tolist() == [
        ["left", "BBB", "fighter", "jet", 1, 0, 2026, None],
        ["joined", "BBB", "fighter", "kite", 0, 1, None, 2026],
    ] or tables["edit"]["change"].tolist() == ["left", "joined"]
    assert tables["nations"][["nation", "change_cost_meur"]].values.tolist() == [["BBB", 2.0]]
    assert dict(tables["terms"][["term", "change_meur"]].values.tolist())["production"] == pytest.approx(2)
    assert "1 nation pays more: BBB 2 meur." in result.headline()
    assert result.pictures()[0].title == "BBB pays 2 meur more than in the best plan"
    assert set(result.solutions()) == {"optimum", "edited"}


def test_what_is_missing_counts_in_what_a_nation_bears() -> None:
    # A kite in 2027 costs 2 more, and one is short for a year at 100.
    result = edited(move="AAA:kite:2027-2027")
    (row,) = result.tables()["nations"].to_dict("records")
    assert (row["change_cost_meur"], row["change_shortfall_meur"], row["change_both_meur"]) == (2.0, 100.0, 102.0)
    assert result.pictures()[0].title == "AAA pays 102 meur more than in the best plan, priced shortfall counted in"


def test_as_json_it_says_the_same() -> None:
    result = edited(require="BBB:kite")
    body: Any = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert body["loss"] == {"found_meur": 2.0, "least_meur": 2.0, "most_meur": 2.0}
    assert body["edits"] == [{"option": "require", "text": "BBB:kite", "sentence": "BBB must buy kite"}]
    assert body["differences"][1]["from_year"] is None and body["differences"][1]["to_year"] == 2026
    assert body["locks"][0]["units"] is None


def test_the_locks_that_keep_the_edit_give_the_edited_plan() -> None:
    result = edited(units="AAA:kite:2")
    again = small().replace(tables={"locks": result.edited.scenario.tables.locks})
    assert solve(again).objective_meur == result.edited.objective_meur


def test_an_edit_takes_the_place_of_the_scenarios_own_lock() -> None:
    # The scenario forces AAA's three into kites (46); the edit lets go of two of them, and gains 4.
    scenario = small(locks="nation program action units\nAAA kite fix 3\nBBB kite fix 1")
    result = edited(scenario, units="AAA:kite:1")
    assert result.loss().found == pytest.approx(-4)
    assert "In place of the scenario's own: AAA buys exactly 3 kite." in result.headline()
    assert "It gains 4 meur" in result.headline()
    assert len(result.edited.scenario.tables.locks) == 2


def test_locks_that_are_switched_off_act_for_the_edit() -> None:
    scenario = small().with_rule("locks", on=False)
    assert edited(scenario, forbid="AAA:jet").loss().found == pytest.approx(6)


# --- what cannot be ----------------------------------------------------------------------------------------------


def test_what_cannot_be_is_told_with_the_edit_and_the_rule_that_clash() -> None:
    # AAA has 36 in 2026 and must have three: jets cost 30, two kites and a jet 34, three kites 36; with 33 no kite
    # but one can be. BBB's kite is no trouble.
    scenario = make(
        programs=PROGRAMS,
        requirements="nation quantity must_meet\nAAA 3 yes\nBBB 1 no",
        mode="national",
        budgets="nation year class budget_meur\nAAA 2026 all 33\nAAA 2027 all 0\nAAA 2028 all 0",
    )
    result = edited(scenario, require="AAA:kite:2,BBB:kite")
    assert result.exit_code == 3
    assert [item.text for item in result.conflict] == ["AAA:kite:2"]
    text = result.headline()
    assert "No plan can do that" in text and "AAA buys at least 2 kite" in text and "annual_budget" in text
    assert result.tables()["edit"].empty and result.pictures() == () and not result.loss().is_known
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_where_nothing_can_be_the_edit_is_not_blamed() -> None:
    scenario = make(
        programs=PROGRAMS,
        requirements="nation quantity must_meet\nAAA 3 yes",
        mode="national",
        budgets="nation year class budget_meur\nAAA 2026 all 20",
    )
    result = edited(scenario, require="AAA:kite")
    assert result.exit_code == 3 and result.conflict == ()
    assert "with or without the edit" in result.headline()


def stopping(after: int) -> Any:
    """A solve that is stopped before it begins from the given call on."""
    calls = []

    def way(scenario: Scenario, **options: Any) -> Solution:
        calls.append(scenario)
        stop = threading.Event()
        if len(calls) > after:
            stop.set()
        return solve(scenario, stop=stop, **options)

    return way


def test_a_search_that_is_stopped_is_said_to_be() -> None:
    result = run(small(), Settings(forbid=("jet",)), solve=stopping(1))
    assert result.exit_code == 4
    assert result.edited.status in ("cancelled", "feasible")
    assert "Stopped" in result.headline()
    assert json.dumps(result.as_dict(), allow_nan=False)


def test_gaps_leave_open_what_they_leave_open() -> None:
    result = edited(require="BBB:kite")
    loose = edit.Result(
        result.edits,
        edit.replace(result.optimum, bound_meur=30.0, termination="gap"),
        edit.replace(result.edited, bound_meur=39.0, termination="gap"),
    )
    # Found are 40 and 42. The best without is in 30 to 40, the best with in 39 to 42: 0 to 12, none less than none.
    assert (loose.loss().least, loose.loss().found, loose.loss().most) == (0.0, 2.0, 12.0)
    assert not loose.loss().is_told
    assert "The solves are not exact enough to tell" in loose.headline() and "between 0 and 12 meur" in loose.headline()


def test_a_better_plan_found_with_the_edit_counts_without_it_too() -> None:
    result = edited(require="BBB:kite")
    lucky = edit.Result(result.edits, edit.replace(result.optimum, objective_meur=43.0, bound_meur=40.0), result.edited)
    # The edited plan, 42, is a plan without the edit as well: the loss lies in 0 to 2.
    assert (lucky.loss().least, lucky.loss().found, lucky.loss().most) == (0.0, 0.0, 2.0)


def test_in_an_order_of_goals_there_is_no_single_loss() -> None:
    scenario = make(programs=PROGRAMS, requirements=NEED, mode="national", objective={"order": ["shortfall", "cost"]})
    result = edited(scenario, forbid="BBB:jet")
    assert not result.loss().is_known
    assert "no single loss" in result.headline() and "BBB 2 meur" in result.headline()


def test_against_an_approved_plan_the_changes_are_counted() -> None:
    scenario = small(previous="nation program units\nAAA jet 3\nBBB jet 1")
    text = edited(scenario, require="BBB:kite").headline()
    assert "the best plan changes 0 units in 0 purchases" in text
    assert "the edited plan changes 2 units in 2 purchases" in text


# --- what is not understood --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("require", "AAA:jet:3:4"),
        ("require", ""),
        ("require", "jet:AAA"),
        ("forbid", "AAA:jet:1"),
        ("units", "AAA:jet"),
        ("units", "AAA:jet:-1"),
        ("units", "AAA:jet:some"),
        ("move", "AAA:jet"),
        ("move", "AAA:jet:-"),
        ("move", "AAA:jet:33"),
        ("move", "AAA:jet:20332034"),
    ],
)
def test_a_text_that_is_not_understood_is_told_how_to_write_it(option: str, text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_edits([(option, text)])
    (problem,) = error.value.problems
    assert problem.file == f"--{option}" and problem.value == text
    assert problem.remedy.startswith("Write ")


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        read_edits([("units", "AAA:jet"), ("move", "x"), ("require", "AAA:jet"), ("forbid", "AAA:jet")])
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(
    ("asked", "option", "said"),
    [
        ({"require": "jat"}, "--require", "is no known program"),
        ({"forbid": "CCC:jet"}, "--forbid", "is no known nation"),
        ({"units": "AAA:jet:4"}, "--units", "at most 3 units are possible"),
        ({"move": "AAA:jet:2031"}, "--move", "only from 2026 to 2028"),
        ({"move": "AAA:jet:2028-2027"}, "--move", "is before first_delivery"),
        ({"forbid": "jet", "require": "AAA:jet"}, "--require", "contradicts --forbid jet"),
        ({"units": "jet:1,AAA:jet:2"}, "--units", "is below the 2 units"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_solved(
    asked: dict[str, str], option: str, said: str
) -> None:
    def never(*_: object, **__: object) -> Solution:
        raise AssertionError("solved")

    settings = Settings(**{name: tuple(text.split(",")) for name, text in asked.items()})
    with pytest.raises(InvalidInput) as error:
        run(small(), settings, solve=never)
    assert [problem.file for problem in error.value.problems] == [option]
    assert said in error.value.problems[0].reason


def test_an_edit_against_a_lock_of_the_scenario_is_told_so() -> None:
    scenario = small(locks="nation program action\nAAA jet require")
    scenario.tables.locks[0]._line = 2
    with pytest.raises(InvalidInput) as error:
        edited(scenario, forbid="jet")
    assert error.value.problems[0].reason == "contradicts row 2 of locks.csv"


def test_without_anything_to_change_it_asks_for_something() -> None:
    with pytest.raises(InvalidInput, match="is not told what to change"):
        run(small(), Settings())
