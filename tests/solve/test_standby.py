"""A standby finishes plans beside the search, so that a stop finds one at hand; a stop is heard while building, too."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time

import numpy as np
import pytest
from scenario_maker import make

from optimizer import solve
from optimizer.model.answer import Answer
from optimizer.model.build import build
from optimizer.model.control import Control, Progress, Stopped
from optimizer.solve import standby
from optimizer.solve.blocks import cut
from optimizer.solve.cleaning import cleaned
from optimizer.solve.finish import ended
from optimizer.solve.search import Search
from optimizer.solve.standby import Latest, Standby, unless_left
from optimizer.solve.whole_improved import Improving

pytestmark = pytest.mark.usefixtures("in_no_hurry")


def until(condition) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_stop_takes_the_last_plan_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    kept: Standby[float] = Standby(lambda x, abandon: float(x[0]))
    kept.offer(np.array([7.0]), 100.0)
    until(lambda: kept.ready is not None)
    stop = threading.Event()
    stop.set()
    began = time.monotonic()
    # The plan that would be finished takes for ever; it is given up, and the one at hand is taken.
    taken = kept.unless_stopped(lambda abandon: abandon.wait(60.0) and None, stop)
    assert taken == 7.0
    assert time.monotonic() - began < 1.0


def test_a_stop_waits_for_the_first_plan_at_work_and_begins_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    at_work, stop, begun = threading.Event(), threading.Event(), []

    def finish(x: np.ndarray, abandon: threading.Event) -> float:
        at_work.set()
        assert stop.wait(20.0)
        time.sleep(0.1)
        return float(x[0])

    kept: Standby[float] = Standby(finish)
    kept.offer(np.array([7.0]), 100.0)
    assert at_work.wait(20.0)
    stop.set()
    assert kept.unless_stopped(lambda abandon: begun.append(1) or 8.0, stop) == 7.0
    assert begun == []
    # Where it comes to nothing, the last plan is finished after all.
    vain: Standby[float] = Standby(lambda x, abandon: time.sleep(0.2))
    vain.offer(np.array([7.0]), 100.0)
    until(lambda: not vain._idle.is_set())
    assert vain.unless_stopped(lambda abandon: 8.0, stop) == 8.0


def test_a_stop_waits_no_longer_than_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)

    def at_work(abandon: threading.Event) -> float:
        assert abandon.wait(20.0)
        return 7.0

    first, last = threading.Event(), threading.Event()
    first.set()
    # One while the first plan is at work, one while the last finish is.
    for stop, offered in ((first, True), (last, False)):
        kept: Standby[float] = Standby(lambda x, abandon: at_work(abandon))
        if offered:
            kept.offer(np.array([7.0]), 100.0)
            until(lambda: not kept._idle.is_set())  # noqa: B023
        threading.Timer(0.1, last.set).start()
        began = time.monotonic()
        assert kept.unless_stopped(at_work, stop, 0.2) is None
        assert 0.2 <= time.monotonic() - began < 1.0


def test_without_a_stop_the_last_plan_is_finished() -> None:
    kept: Standby[float] = Standby(lambda x, abandon: float(x[0]))
    kept.offer(np.array([7.0]), 100.0)
    assert kept.unless_stopped(lambda abandon: 8.0, threading.Event()) == 8.0


def test_a_plan_near_the_last_is_waited_for_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    at_work = threading.Event()

    def finish(x: np.ndarray, abandon: threading.Event) -> float:
        at_work.set()
        assert kept.hurry.wait(20.0)
        return float(x[0])

    kept: Standby[float] = Standby(finish)
    assert kept.near(1e9) is None  # none at work
    kept.offer(np.array([7.0]), 100.0)
    assert at_work.wait(20.0)
    assert kept.near(99.0) is None and not kept.hurry.is_set()  # too far, so left alone
    assert kept.near(100.0) == 7.0 and kept.near(99.0) is None
    kept.close()


def test_a_plan_that_came_to_nothing_is_not_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(standby, "_SHARE", 1e9)
    kept: Standby[float] = Standby(lambda x, abandon: float(x[0]) if x[0] > 7.0 else None)
    for value, objective in ((8.0, 100.0), (7.0, 50.0)):
        kept.offer(np.array([value]), objective)
        until(lambda: kept._last == objective and kept._idle.is_set())  # noqa: B023
    assert kept.ready == 8.0 and kept.near(60.0) is None
    kept.close()


def test_what_is_ready_is_made_cheaper_until_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    goes_on = threading.Event()

    def improve(ready: float, hurry: threading.Event) -> float | None:
        if ready > 5.0:
            return ready - 1.0
        goes_on.set()
        assert hurry.wait(20.0)
        return ready - 0.5

    kept: Standby[float] = Standby(lambda x, abandon: float(x[0]), improve)
    kept.offer(np.array([7.0]), 100.0)
    assert goes_on.wait(20.0) and kept.ready == 5.0
    # Near or not goes by what was offered; what was gained last is waited for.
    assert kept.near(100.0) == 4.5
    kept.close()


def test_what_is_made_cheaper_ends_with_the_standby_or_when_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    asked, at_work = [], threading.Event()
    vain: Standby[float] = Standby(lambda x, abandon: float(x[0]), lambda ready, hurry: asked.append(ready))
    vain.offer(np.array([7.0]), 100.0)
    until(lambda: asked and vain._idle.is_set())
    vain.close()
    assert asked == [7.0] and vain.ready == 7.0

    def improve(ready: float, hurry: threading.Event) -> float | None:
        at_work.set()
        assert hurry.wait(20.0)
        return ready - 1.0

    closed: Standby[float] = Standby(lambda x, abandon: float(x[0]), improve)
    closed.offer(np.array([7.0]), 100.0)
    assert at_work.wait(20.0)
    closed.close()
    until(closed._idle.is_set)
    assert closed.ready == 7.0


def telling(enough: threading.Event):  # type: ignore[no-untyped-def]
    """A search that tells of its plan and ends when something has happened since."""
    search = sys.modules["optimizer.solve"].search  # type: ignore[attr-defined]

    def told(model, control, until, memory):  # type: ignore[no-untyped-def]
        found = search(model, control, until, memory)
        control.on_plan(found[0].x, found[0].objective)
        assert enough.wait(20.0)
        return found

    return told


def test_a_large_search_is_made_whole_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    at_work, begun = threading.Event(), []
    early, finished = module._finished_early, module.finished

    def rough(*args):  # type: ignore[no-untyped-def]
        at_work.set()
        return early(*args)

    def spied(*args, **how):  # type: ignore[no-untyped-def]
        if not how.get("rough"):
            begun.append(how["begun"])
        return finished(*args, **how)

    for name, function in (("search", telling(at_work)), ("_finished_early", rough), ("finished", spied)):
        monkeypatch.setattr(module, name, function)
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    objectives = []
    for columns in (10**9, 0):
        monkeypatch.setattr(module, "ONCE_FROM_COLUMNS", columns)
        at_work.clear()
        objectives.append(solve(scenario, time_limit=70.0).objective_meur)
    assert begun[0] is None and begun[1] is not None
    assert objectives[0] == pytest.approx(objectives[1])


def test_what_a_finish_beside_a_search_took_is_left_to_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    monkeypatch.setattr(module, "wanted_seconds", lambda model, rough: 7.0 if rough > 0.0 else 0.0)
    left: list[float] = []

    def searched(model, control, deadline, memory):  # type: ignore[no-untyped-def]
        found = search(model, control, deadline, memory)
        going_on = Search(cut(model.arrays), control, 0.0, control.seconds() + 20.0)
        left.append(going_on.left())
        control.on_plan(found[0].x, found[0].objective)
        until(lambda: control.wanted)
        left.append(going_on.deadline - control.seconds() - going_on.left())
        return found

    search = module.search
    monkeypatch.setattr(module, "search", searched)
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    assert solve(scenario, time_limit=70.0).plan is not None
    assert left == pytest.approx([20.0, 7.0], abs=0.5)


def late_and_ready():  # type: ignore[no-untyped-def]
    """A compact model, prices of its rows, and a finish of it that can go on, with all units a year later than best."""
    module = sys.modules["optimizer.solve"]
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    model = build(scenario, whole_deliveries=False)
    weights, prices = module.weights_of(scenario), np.zeros(model.arrays.rows)
    answer = dataclasses.replace(module.search(model, Control(), 10.0, None)[0], row_dual=prices)
    begun = module.finished(model, answer, model.arrays, weights, {}, Control(), rough=True).begun
    arrays, late = begun.model.arrays, begun.point.copy()
    column = begun.model.program.column
    (units,) = [[column(d.variable) for d in of] for of in begun.model.variables.deliveries.values() if of]
    late[units] = np.roll(late[units], 1)
    late = cleaned(arrays, late, 0).x
    done = dataclasses.replace(ended(begun.model, late, 0), begun=dataclasses.replace(begun, point=late))
    return model, prices, module.checked(scenario, done)


def test_a_whole_plan_is_made_cheaper_beside_the_search_and_checked() -> None:
    make_cheaper = sys.modules["optimizer.solve"]._made_cheaper
    model, prices, ready = late_and_ready()
    better = make_cheaper(model, ready, prices, threading.Event())
    assert better.done.objective < ready.done.objective - 50.0
    assert better.report.is_clean and better.figures != ready.figures
    begun = better.done.begun
    assert float(begun.model.arrays.cost @ begun.point) + begun.model.arrays.offset == pytest.approx(
        better.done.objective
    )
    assert make_cheaper(model, better, prices, threading.Event()) is None  # nothing more to gain


def test_in_a_hurry_what_was_gained_is_gone_on_from_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    model, prices, ready = late_and_ready()
    hurry, run = threading.Event(), Improving.run

    def hurried(self: Improving, **how):  # type: ignore[no-untyped-def]
        found = run(self, **how)
        hurry.set()
        return found

    monkeypatch.setattr(Improving, "run", hurried)
    found = module._made_cheaper(model, ready, prices, hurry)
    cost = found.done.begun.model.arrays.cost
    assert float(cost @ found.done.begun.point) < float(cost @ ready.done.begun.point) - 50.0
    assert found.done.plan is ready.done.plan and found.done.objective == ready.done.objective


def test_what_cannot_go_on_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheaper = sys.modules["optimizer.solve"]._made_cheaper
    model, prices, ready = late_and_ready()
    with monkeypatch.context() as unclean:  # the finish could not clean it either
        nothing = Answer("no_plan", None, np.inf, -np.inf)
        unclean.setattr(sys.modules["optimizer.solve.finish"], "cleaned", lambda *args: nothing)
        assert make_cheaper(model, ready, prices, threading.Event()) is None
    assert make_cheaper(model, ready, None, threading.Event()) is None
    small = dataclasses.replace(ready, done=dataclasses.replace(ready.done, begun=None))
    assert make_cheaper(model, small, prices, threading.Event()) is None


def test_a_plan_finished_earlier_is_kept_where_it_costs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    ready = threading.Event()
    early, finished = module._finished_early, module.finished

    def rough(*args):  # type: ignore[no-untyped-def]
        try:
            return early(*args)
        finally:
            ready.set()

    def dear(*args, **how):  # type: ignore[no-untyped-def]
        done = finished(*args, **how)
        return done if how.get("rough") else dataclasses.replace(done, objective=done.objective + 1.0)

    for name, function in (("search", telling(ready)), ("_finished_early", rough), ("finished", dear)):
        monkeypatch.setattr(module, name, function)
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    solution = solve(scenario, time_limit=70.0)
    assert solution.objective_difference_meur == pytest.approx(0.0, abs=1e-6)  # the dear one is one off


def test_a_stop_before_any_plan_is_whole_is_answered_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    at_work, heard = threading.Event(), []

    def slow(*args, **how):  # type: ignore[no-untyped-def]
        at_work.set()
        abandon = args[7]
        assert abandon.wait(20.0)
        raise Stopped

    monkeypatch.setattr(module, "finished", slow)
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    for search in (module.search, telling(at_work)):
        at_work.clear()
        monkeypatch.setattr(module, "search", search)
        stop, stopped_at = threading.Event(), []

        def press() -> None:
            assert at_work.wait(20.0)
            stopped_at.append(time.monotonic())  # noqa: B023
            stop.set()  # noqa: B023

        threading.Thread(target=press).start()
        solution = solve(scenario, time_limit=70.0, stop=stop, on_progress=heard.append)
        assert time.monotonic() - stopped_at[0] < 1.0
        assert (solution.status, solution.plan) == ("cancelled", None)
    # No plan was told of either.
    assert {message.best for message in heard} == {None}


def test_a_search_out_of_time_before_its_plan_was_mended_has_it_mended_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    search = module.search

    def cut_short(*args):  # type: ignore[no-untyped-def]
        found, *others = search(*args)
        x = found.x + 1.0  # it breaks rows
        return dataclasses.replace(found, status="no_plan", x=np.minimum(x, args[0].arrays.upper)), *others

    monkeypatch.setattr(module, "search", cut_short)
    heard: list[Progress] = []
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    solution = solve(scenario, time_limit=70.0, on_progress=heard.append)
    assert solution.status == "optimal" and solution.plan is not None and not solution.findings
    assert heard[-2].stage == "making units whole" and heard[-2].best is None
    assert heard[-1].best == solution.objective_meur


def test_who_follows_is_told_in_the_end_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # A search so short that no plan was kept meanwhile has found one all the same.
    monkeypatch.setattr(sys.modules["optimizer.solve"], "WHOLE_DELIVERIES_UP_TO", 0)
    heard: list[Progress] = []
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    solution = solve(scenario, time_limit=70.0, on_progress=heard.append)
    assert {message.best for message in heard[:-1]} == {None}
    assert heard[-2].stage == "making units whole"
    assert (heard[-1].stage, heard[-1].best, heard[-1].bound) == (
        "finished",
        solution.objective_meur,
        solution.bound_meur,
    )


def test_only_clearly_better_plans_are_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(standby, "_SHARE", 1e9)
    seen: list[float] = []
    kept: Standby[bool] = Standby(lambda x, abandon: seen.append(float(x[0])) or True)
    for objective in (100.0, 99.9, 90.0):
        kept.offer(np.array([objective]), objective)
        until(lambda: kept._offered is None)
        time.sleep(0.05)
    kept.close()
    assert seen == [100.0, 90.0]


def test_a_plan_that_comes_late_is_left_to_the_finish() -> None:
    kept: Standby[float] = Standby(lambda x, abandon: float(x[0]))
    kept.only_for(-1.0)
    kept.offer(np.array([7.0]), 100.0)
    assert kept._offered is None
    kept.only_for(60.0)
    kept.offer(np.array([7.0]), 100.0)
    assert kept._offered is not None
    kept.close()


def test_no_standby_is_begun_that_takes_longer_than_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["optimizer.solve"]
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    monkeypatch.setattr(module, "finish_seconds", lambda model: 20.0)
    told: list[float] = []
    monkeypatch.setattr(Standby, "only_for", lambda self, seconds: told.append(seconds))
    scenario = make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2")
    assert solve(scenario, time_limit=70.0).plan is not None
    # The search has 50 of the 70 seconds, the last 30 of them are too few for another finish beside it.
    assert told == [pytest.approx(20.0, abs=1.0)]


def test_a_fault_while_finishing_is_raised() -> None:
    def fail(abandon: threading.Event) -> None:
        raise ZeroDivisionError

    kept: Standby[None] = Standby(lambda x, abandon: None)
    with pytest.raises(ZeroDivisionError):
        kept.unless_stopped(fail, threading.Event())


def test_building_hears_a_stop() -> None:
    scenario = make(
        programs="program unit_cost_meur\nhawk 10",
        requirements="nation quantity\nAAA 2",
    )
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        build(scenario, whole_deliveries=True, stop=stop)
    solution = solve(scenario, stop=stop)
    assert (solution.status, solution.termination, solution.plan) == ("cancelled", "interrupted", None)


def test_a_search_that_does_not_hear_a_stop_is_left() -> None:
    stop, forever = threading.Event(), threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert unless_left(lambda: forever.wait(60.0), lambda: "known", stop) == "known"
    assert time.monotonic() - began < 1.0
    forever.set()


def test_a_search_that_ends_gives_its_own_answer_even_after_a_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert unless_left(lambda: "own", lambda: "known", stop) == "own"
    with pytest.raises(ZeroDivisionError):
        unless_left(lambda: 1 / 0, lambda: "known", threading.Event())


def test_the_latest_plan_and_bound_are_kept_and_passed_on() -> None:
    heard: list[object] = []
    control = Control(on_progress=heard.append, on_plan=lambda x, objective: heard.append(objective))
    kept = False
    latest = Latest(control, lambda: kept)
    control.report("search", None, 5.0)
    control.report("search", 9.5, 4.0)
    kept = True
    control.report("search", 9.0, 4.0)
    for objective in (9.0, 8.0, 8.5):
        control.on_plan(np.array([objective]), objective)
    assert (latest.bound, latest.objective, latest.x.tolist()) == (5.0, 8.0, [8.0])
    assert [entry for entry in heard if not isinstance(entry, Progress)] == [9.0, 8.0, 8.5]
    # Who follows hears of no plan before one is kept.
    assert [entry.best for entry in heard if isinstance(entry, Progress)] == [None, None, 9.0]


def test_the_end_of_the_program_waits_for_what_is_still_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    # A solve runs in a thread that nobody waits for; a solver torn down at work would take the program down with it.
    monkeypatch.setattr(standby, "_FIRST_SECONDS", 0.0)
    waited: list[bool] = []

    def note() -> None:
        waited.append(not threading.current_thread().daemon)

    def solve_in_part() -> None:
        with Standby(lambda x, abandon: note()) as kept:
            kept.offer(np.array([7.0]), 100.0)
            until(lambda: len(waited) == 1)
            kept.unless_stopped(lambda abandon: note(), threading.Event())
        unless_left(note, note, threading.Event())

    thread = threading.Thread(target=solve_in_part, daemon=True)
    thread.start()
    thread.join()
    assert waited == [True, True, True]
