"""Whole units by capability and by parts: near the best in fractions, every row kept, within the time there is."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scenario_maker import make
from small_case import write_small

from optimizer import load_scenario
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model, build, weights_of
from optimizer.model.control import Control, Stopped
from optimizer.model.highs import Highs
from optimizer.scenario import Scenario
from optimizer.solve import finish, whole_by_parts, whole_units
from optimizer.solve.block_solver import decided_with_cuts
from optimizer.solve.blocks import cut, dearest_units
from optimizer.solve.memory import Memory
from optimizer.solve.mending import Mending
from optimizer.solve.search import Search
from optimizer.solve.sweep import Undecided
from optimizer.solve.whole_by_capability import by_capability
from optimizer.solve.whole_by_parts import Parts

# What a ship and a drone cost, and what they are missed at; of both two are wanted.
SHIP, DRONE, SHIP_MISSED, DRONE_MISSED = 100.0, 3.0, 200.0, 10.0


def fleet(budget: float, *, joined: float = 1.0, work: float = 0.0) -> Arrays:
    """Drones and ships of one nation under one budget.

    Columns: drones, drones missed, join drones (block 0); ships, ships missed, join ships (block 1). Rows: what is had
    and missed, units only of what is joined, both for each block; then the budget, and ships that work asks for.
    """
    return Arrays(
        cost=np.array([DRONE, DRONE_MISSED, 0.0, SHIP, SHIP_MISSED, 0.0]),
        offset=0.0,
        lower=np.array([0.0, 0.0, joined, 0.0, 0.0, joined]),
        upper=np.array([9.0, 9.0, 1.0, 9.0, 9.0, 1.0]),
        integer=np.array([True, False, True, True, False, True]),
        start=np.array([0, 2, 4, 6, 8, 10, 11]),
        index=np.array([0, 1, 0, 2, 3, 4, 3, 5, 0, 3, 3]),
        value=np.array([1.0, 1.0, -1.0, 9.0, 1.0, 1.0, -1.0, 9.0, DRONE, SHIP, 1.0]),
        row_lower=np.array([2.0, 0.0, 2.0, 0.0, -np.inf, work]),
        row_upper=np.array([np.inf, np.inf, np.inf, np.inf, budget, np.inf]),
        column_block=np.array([0, 0, 0, 1, 1, 1]),
        row_block=np.array([0, 0, 1, 1, -1, -1]),
        column_nation=np.array([0, -1, 0, 0, -1, 0]),
    )


def as_model(arrays: Arrays) -> Model:
    labels = [("deliver",), ("missed",), ("join",), ("deliver",), ("missed",), ("join",)]
    joins: dict[tuple[str, str], int] = {("AAA", "drone@AAA"): 2, ("AAA", "ship@AAA"): 5}
    variables = SimpleNamespace(join=joins, launch={code: column for (_, code), column in joins.items()})
    program = SimpleNamespace(labels=labels, column=lambda variable: variable)
    return SimpleNamespace(arrays=arrays, program=program, variables=variables)  # type: ignore[return-value]


def relaxed(arrays: Arrays) -> Answer:
    return Highs(arrays, relax=True).run(time_limit=10.0)


def mending(arrays: Arrays, price: float) -> Mending:
    answer = relaxed(arrays)
    search = Search(cut(arrays), Control(), 1e-9, np.inf)
    search.offer_bound(answer.objective)
    assert answer.row_dual is not None
    search.multipliers = answer.row_dual[search.whole.rows]
    return Mending(search, np.full(2, price), 0, decided=arrays.integer, decide=decided_with_cuts)


def test_dear_units_are_made_whole_first_and_the_rest_makes_room() -> None:
    # In fractions 154 pay for both drones and 1.48 ships. Drones first would keep both and ships take what is left.
    arrays = fleet(154.0)
    assert dearest_units(arrays).tolist() == [DRONE, SHIP]
    x = relaxed(arrays).x
    assert x is not None and x[3] == pytest.approx(1.48)
    found = by_capability(mending(arrays, 30.0), x, workers=1, until=10.0)
    assert found is not None
    assert found[[0, 3]] == pytest.approx([2.0, 1.0])
    assert arrays.keeps(found, 1e-6)


def test_what_is_not_yet_whole_is_decided_anew_between(monkeypatch: pytest.MonkeyPatch) -> None:
    # Drones are decided in view of what ships leave them, not of what ships had in fractions.
    arrays = fleet(205.0)
    arrays = dataclasses.replace(arrays, cost=np.array([DRONE, 90.0, 0.0, SHIP, SHIP_MISSED, 0.0]))
    x = relaxed(arrays).x
    assert x is not None
    seen: list[Floats] = []
    free = Mending.free

    def spied(self: Mending, members: list[int], now: Floats, **how: Any) -> Floats | None:
        seen.append(now.copy())
        return free(self, members, now, **how)

    monkeypatch.setattr(Mending, "free", spied)
    by_capability(mending(arrays, 1e4), x, workers=1, until=10.0)
    assert x[3] == pytest.approx(1.99) and seen[0][3] == pytest.approx(1.99)
    assert seen[1][3] == pytest.approx(1.0)
    assert seen[1][0] == pytest.approx(2.0)


@pytest.mark.parametrize("hurried", [False, True])
def test_beside_a_search_capabilities_come_one_by_one_until_that_is_stopped(
    monkeypatch: pytest.MonkeyPatch, hurried: bool
) -> None:
    at_once, most, lock = [0], [0], threading.Lock()
    free = Mending.free

    def counted(self: Mending, members: list[int], now: Floats, **how: Any) -> Floats | None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.3)
        with lock:
            at_once[0] -= 1
        return free(self, members, now, **how)

    monkeypatch.setattr(Mending, "free", counted)
    arrays = fleet(205.0)
    asked, x, stop = mending(arrays, 1e4), relaxed(arrays).x, threading.Event()
    assert x is not None
    asked.search.control.hurry = stop
    if hurried:
        threading.Timer(0.1, stop.set).start()
    found = by_capability(asked, x, workers=1, until=10.0, rough=True)
    assert found is not None and most == [2 if hurried else 1]


def test_a_capability_without_a_plan_gets_longer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    def none(self: Mending, members: list[int], now: Floats, *, limit: float, **how: Any) -> None:
        limits.append(limit)

    monkeypatch.setattr(Mending, "free", none)
    assert by_capability(mending(fleet(154.0), 30.0), np.zeros(6), workers=1, until=-1.0) is None
    assert limits == [0.3, 10.0]


def test_breaking_a_row_is_dearer_the_fewer_can_still_make_room() -> None:
    arrays = fleet(154.0)
    paid = mending(arrays, 50.0)
    multiplier = abs(float(paid.search.multipliers[0]))
    assert multiplier > 0.0
    room = Undecided(paid, [np.array([2.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0])])
    first = room.without(1)[0]
    assert first == pytest.approx(6.0 / 106.0 * 1.5 * multiplier + 100.0 / 106.0 * 50.0)
    assert room.without(0)[0] == pytest.approx(50.0)


@pytest.mark.parametrize(("price", "kept"), [(0.0, [2.0, 1.0]), (50.0, [2.0, 1.0])])
def test_a_broken_budget_is_mended_at_least_cost(price: float, kept: Sequence[float]) -> None:
    # Two ships and two drones are 206; without a ship 106, which breaks nothing. Even a row that costs nothing to break
    # is mended: it gets dearer until it pays.
    arrays = fleet(154.0)
    broken = np.array([2.0, 0.0, 1.0, 2.0, 0.0, 1.0])
    parts = Parts(as_model(arrays), threading.Event(), 0)
    x = parts.mended(broken, np.full(2, price), 2, 20.0)
    assert x is not None
    assert x[[0, 3]] == pytest.approx(kept)
    assert arrays.keeps(x, 1e-6)


def test_parts_hold_what_others_have_and_live_with_slivers() -> None:
    # Both are one nation's own; what the other misses in its capability follows from its own units.
    arrays = dataclasses.replace(fleet(206.0), column_nation=np.array([0, 0, 0, 1, 1, 1]))
    model = as_model(arrays)
    model.program.labels[1] = model.program.labels[4] = ("short",)
    parts = Parts(model, threading.Event(), 0)
    x = np.array([1.0, 1.0, 1.0, 2.0, 0.5, 1.0])  # the other says it misses what it does not
    x[3] += 1e-7
    free = np.array([True, False, True, False, False, False])
    new = parts._anew(parts.open, x, free, 1e-6, 10.0)
    assert new is not None and new[[0, 1]] == pytest.approx([2.0, 0.0])
    assert new[4] == 0.5


def test_a_row_broken_by_a_sliver_costs_more_than_a_unit_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # A drone less costs 0.5 of 206; at its own price the row, a million euro over, would be mended some turns later.
    arrays = fleet(205.0)
    arrays = dataclasses.replace(arrays, cost=np.array([DRONE, DRONE + 0.5, 0.0, SHIP, SHIP_MISSED, 0.0]))
    turns: list[int] = []
    turn = Parts._turn

    def spied(self: Parts, *how: Any) -> Floats:
        turns.append(1)
        return turn(self, *how)

    monkeypatch.setattr(Parts, "_turn", spied)
    parts = Parts(as_model(arrays), threading.Event(), 0)
    x = parts.mended(np.array([2.0, 0.0, 1.0, 2.0, 0.0, 1.0]), np.full(2, 0.01), 1, 20.0)
    assert x is not None and x[[0, 3]] == pytest.approx([1.0, 2.0])
    assert len(turns) == 1


def test_a_nation_leaves_what_it_signed_alone_where_nothing_else_helps() -> None:
    # At least one ship of what is joined, and money for none.
    arrays = fleet(10.0)
    arrays = dataclasses.replace(arrays, row_upper=np.array([np.inf, np.inf, np.inf, 8.0, 10.0, np.inf]))
    broken = np.array([2.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    x = Parts(as_model(arrays), threading.Event(), 0).mended(broken, np.full(2, 5.0), 1, 20.0)
    assert x is not None
    assert x[[3, 5]] == pytest.approx([0.0, 0.0])


def test_a_row_without_nations_is_mended_by_its_capabilities() -> None:
    arrays = fleet(300.0, work=2.0)
    arrays = dataclasses.replace(arrays, column_nation=np.full(6, -1))
    x = Parts(as_model(arrays), threading.Event(), 0).mended(
        np.array([2.0, 0.0, 1.0, 1.0, 1.0, 1.0]), np.full(2, 5.0), 1, 20.0
    )
    assert x is not None and x[3] == pytest.approx(2.0)


def test_a_row_without_nations_gets_one_capability_and_then_more(monkeypatch: pytest.MonkeyPatch) -> None:
    # Work that no number of ships and drones can do: one of the two alone is tried first, then both.
    arrays = dataclasses.replace(fleet(300.0, work=20.0), column_nation=np.full(6, -1))
    arrays = dataclasses.replace(
        arrays,
        start=np.append(arrays.start[:-1], 12),
        index=np.append(arrays.index, 0),
        value=np.append(arrays.value, 1.0),
    )
    freed: list[list[int]] = []

    def none(self: Parts, now: Any, x: Floats, free: Any, *how: Any) -> None:
        freed.append(np.unique(self.block[free]).tolist())

    monkeypatch.setattr(Parts, "_anew", none)
    x = np.array([2.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    assert Parts(as_model(arrays), threading.Event(), 0).mended(x, np.full(2, 5.0), 1, 20.0) is None
    assert freed[0] in ([0], [1]) and freed[1] == [0, 1]


@pytest.mark.parametrize("late", [False, True])
def test_a_row_is_joined_by_more_only_while_they_are_done_in_time(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    asked: list[tuple[int, int]] = []
    chosen = Parts._at

    def at(self: Parts, row: int, tried: int, more: int) -> Any:
        asked.append((tried, more))
        return chosen(self, row, tried, more)

    def in_vain(self: Parts, now: Any, x: Floats, free: Any, gap: float, limit: float) -> Floats:
        time.sleep(limit + 0.002 if late else 0.0)
        return x

    monkeypatch.setattr(Parts, "_at", at)
    monkeypatch.setattr(Parts, "_turn", in_vain)
    monkeypatch.setattr(whole_by_parts, "_PART_SECONDS", 0.01 if late else 9.0)
    broken = np.array([2.0, 0.0, 1.0, 2.0, 0.0, 1.0])
    assert (
        Parts(as_model(fleet(154.0, work=2.0)), threading.Event(), 0).mended(broken, np.full(2, 5.0), 2, 20.0) is None
    )
    assert [tried for tried, _ in asked] == list(range(120))
    assert [more for _, more in asked[:8]] == ([0, 1] * 4 if late else [0, 1, 1, 2, 2, 3, 3, 4])


def test_mending_ends_in_time_where_no_plan_keeps_the_rows() -> None:
    # Work asks for two ships, and the budget pays for one.
    arrays = fleet(154.0, work=2.0)
    broken = np.array([2.0, 0.0, 1.0, 2.0, 0.0, 1.0])
    control = Control()
    parts = Parts(as_model(arrays), threading.Event(), 0)
    assert parts.mended(broken, np.full(2, 5.0), 2, 0.5) is None
    assert control.seconds() < 5.0
    stopped = threading.Event()
    stopped.set()
    assert Parts(as_model(arrays), stopped, 0).mended(broken, np.full(2, 5.0), 2, 20.0) is None


@pytest.mark.parametrize(("deadline", "rough"), [(-1.0, False), (np.inf, False), (np.inf, True)])
def test_large_models_are_made_whole_however_little_time_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deadline: float, rough: bool
) -> None:
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    start = np.zeros(model.arrays.columns)
    answer = whole_units.whole_deliveries(
        model, start, gap=0.0, control=Control(), seed=0, rough=rough, deadline=deadline
    )
    assert answer.x is not None
    whole = answer.x[model.arrays.integer]
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    assert model.arrays.keeps(answer.x, 1e-6)
    assert answer.objective == pytest.approx(180.0)
    assert answer.bound <= answer.objective + 1e-6


@pytest.mark.parametrize("stages", [False, True])
@pytest.mark.parametrize(("most", "workers"), [(10**6, 1), (0, 2)])
def test_only_large_models_are_shared_by_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, workers: int, stages: bool
) -> None:
    # Which of two workers is ahead is a matter of timing, and the same input shall give the same plan.
    asked: list[int] = []
    way = "by_stages" if stages else "by_capability"
    function = getattr(whole_units, way)
    if stages:
        monkeypatch.setattr(whole_units, "by_capability", lambda *args, **how: None)

    def spied(*args: Any, **how: Any) -> Any:
        asked.append(how["workers"])
        return function(*args, **how)

    monkeypatch.setattr(whole_units, way, spied)
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    monkeypatch.setattr(whole_units, "_SHARED_COLUMNS", most)
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    answer = whole_units.whole_deliveries(
        model, np.zeros(model.arrays.columns), gap=0.0, control=Control(), seed=0, workers=2
    )
    assert answer.objective == pytest.approx(180.0)
    assert asked == [workers]


def test_stages_bring_a_plan_where_capabilities_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    monkeypatch.setattr(whole_units, "by_capability", lambda *args, **how: asked.append(1))
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    answer = whole_units.whole_deliveries(model, np.zeros(model.arrays.columns), gap=0.0, control=Control(), seed=0)
    assert answer.objective == pytest.approx(180.0)
    assert len(asked) == 1


def test_what_is_no_plan_yet_is_mended_by_capability_or_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There may be none near it, and stages or any plan at all may take minutes after the time limit.
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    model, arrays, weights, plan = searched(tmp_path)
    no_plan = dataclasses.replace(plan, status="no_plan")
    done = finish.finished(model, no_plan, arrays, weights, {}, Control())
    assert done is not None and done.objective == pytest.approx(180.0)
    memory = Memory()
    memory.learn_finish(model.scenario, done.plan.deliveries, 0.0)
    assert finish.finished_as_before(model, plan, arrays, Control(), memory) is not None
    assert finish.finished_as_before(model, no_plan, arrays, Control(), memory) is None
    monkeypatch.setattr(whole_units, "by_capability", lambda *args, **how: None)
    assert finish.finished(model, no_plan, arrays, weights, {}, Control()) is None
    assert finish.finished(model, plan, arrays, weights, {}, Control()) is not None


def test_what_breaks_a_budget_is_made_whole_although_what_it_signs_cannot_be_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two types of at least two units each: both were signed, and there is money for one of them.
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)

    def with_money(meur: int) -> Scenario:
        return make(
            last=2026,
            capabilities="capability\nfighter\nhelicopter",
            programs="program capability min_order_units\nhawk fighter 2\nrotor helicopter 2",
            requirements="nation capability quantity\nAAA fighter 2\nAAA helicopter 2",
            budgets=f"nation year class budget_meur\nAAA 2026 all {meur}",
        )

    _, _, _, rich = in_search(with_money(50))
    model, arrays, weights, poor = in_search(with_money(25))
    assert rich.x is not None and poor.x is not None and len(rich.x) == len(poor.x)
    exact, _ = finish.restated(model, rich.x, weights, {}, 0.0)
    assert Highs(exact.arrays, relax=True).run(time_limit=10.0).status == "infeasible"
    broken = dataclasses.replace(rich, status="no_plan", row_dual=np.zeros(arrays.rows))
    done = finish.finished(model, broken, arrays, weights, {}, Control())
    assert done is not None and done.objective == pytest.approx(poor.objective)


def test_what_is_no_plan_yet_may_leave_what_a_capability_alone_cannot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two types of at least two units each, and no more than two units asked for.
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    model, arrays, weights, plan = in_search(
        make(programs="program min_order_units\nhawk 2\nkite 2", requirements="nation quantity\nAAA 2")
    )
    assert plan.x is not None
    both = plan.x.copy()
    both[[model.program.column(v) for v in (*model.variables.launch.values(), *model.variables.join.values())]] = 1.0
    signed = dataclasses.replace(plan, status="no_plan", x=both, row_dual=np.zeros(arrays.rows))
    done = finish.finished(model, signed, arrays, weights, {}, Control())
    assert done is not None and done.objective == pytest.approx(plan.objective)


def test_of_a_loose_plan_any_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    monkeypatch.setattr(whole_units, "by_capability", lambda *args, **how: pytest.fail("contracts are not settled"))
    answer = whole_units.whole_deliveries(
        model, np.zeros(model.arrays.columns), gap=0.0, control=Control(), seed=0, loose=True
    )
    assert answer.x is not None and model.arrays.keeps(answer.x, 1e-6)


def searched(folder: Path) -> tuple[Model, Arrays, dict[str, float], Answer]:
    """The small scenario in the compact statement, its weighted arrays, the weights, and its best plan."""
    return in_search(load_scenario(write_small(folder)))


def in_search(scenario: Scenario) -> tuple[Model, Arrays, dict[str, float], Answer]:
    """A scenario in the compact statement, its weighted arrays, the weights, and its best plan."""
    model, weights = build(scenario, whole_deliveries=False), weights_of(scenario)
    cost, offset = model.cost_of(weights)
    arrays = dataclasses.replace(model.arrays, cost=cost, offset=offset)
    return model, arrays, weights, Highs(arrays).run(gap=0.0, time_limit=10.0)


@pytest.mark.parametrize("abandoned", [False, True])
def test_a_stopped_finish_keeps_the_contracts_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abandoned: bool
) -> None:
    model, arrays, weights, plan = searched(tmp_path)
    asked: list[tuple[bool, bool]] = []

    def spied(*args: Any, **how: Any) -> Answer:
        asked.append((how["loose"], how.get("rough", False)))
        return whole_units.whole_deliveries(*args, **how)

    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    monkeypatch.setattr(finish, "whole_deliveries", spied)
    control, abandon = Control(), threading.Event()
    control.stop.set()
    if abandoned:
        abandon.set()
        with pytest.raises(Stopped):
            finish.finished(model, plan, arrays, weights, {}, control, abandon=abandon)
        return
    done = finish.finished(model, plan, arrays, weights, {}, control, abandon=abandon)
    assert done is not None and done.objective == pytest.approx(180.0)
    assert asked == [(False, False), (False, True)]


def test_a_large_plan_is_made_whole_from_where_the_search_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, arrays, weights, plan = searched(tmp_path)
    assert plan.x is not None
    guides: list[whole_units.Guide] = []

    def spied(exact: Model, start: Floats, **how: Any) -> Answer:
        guide = how["guide"]
        guides.append(guide)
        # Every decision is in both statements, so the point costs what the plan does.
        assert float(exact.arrays.cost @ guide.point) == pytest.approx(float(arrays.cost @ plan.x))
        needs = [place for place, label in enumerate(exact.program.row_labels()) if label[0] == "meet_need"]
        assert needs and guide.prices[needs] == pytest.approx(-3.0)
        assert np.count_nonzero(guide.prices) == len(needs)
        return whole_units.whole_deliveries(exact, start, **how)

    monkeypatch.setattr(finish, "whole_deliveries", spied)
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    monkeypatch.setattr(whole_units, "_GUIDED_COLUMNS", 0)
    priced = [-3.0 if label[0] == "meet_need" else 0.0 for label in model.program.row_labels()]
    told = dataclasses.replace(plan, row_dual=np.array(priced))
    done = finish.finished(model, told, arrays, weights, {}, Control())
    assert done is not None and done.objective == pytest.approx(180.0) and len(guides) == 1


def test_a_rough_finish_is_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, arrays, weights, plan = searched(tmp_path)
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    rough = finish.finished(model, plan, arrays, weights, {}, Control(), rough=True)
    assert rough is not None and rough.begun is not None
    assert rough.begun.compact == pytest.approx(plan.x)
    improved: list[np.ndarray] = []
    improving = whole_units.Improving

    def spied(*args: Any) -> Any:
        improved.append(args[3])
        return improving(*args)

    monkeypatch.setattr(whole_units, "Improving", spied)
    monkeypatch.setattr(whole_units, "by_capability", lambda *args, **how: pytest.fail("it is whole already"))
    other = dataclasses.replace(plan, x=np.zeros(arrays.columns))  # what has begun takes its place
    done = finish.finished(model, other, arrays, weights, {}, Control(), begun=rough.begun)
    assert done is not None and done.objective == pytest.approx(180.0) and done.begun is None
    assert [point.tolist() for point in improved] == [rough.begun.point.tolist()]


def test_deliveries_that_break_a_row_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_units, "_AT_ONCE_UP_TO_COLUMNS", 0)
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    nothing = np.zeros(model.arrays.columns)  # nor does it miss anything
    assert not model.arrays.keeps(nothing, 1e-6)
    answer = whole_units.whole_deliveries(model, nothing, gap=0.0, control=Control(), seed=0, known=nothing)
    assert answer.x is not None and model.arrays.keeps(answer.x, 1e-6)


def test_a_finish_takes_a_small_share_of_a_large_search() -> None:
    def sized(columns: int, limit: float) -> Any:
        return SimpleNamespace(
            variables=SimpleNamespace(whole_deliveries=False),
            scenario=SimpleNamespace(settings=SimpleNamespace(solver=SimpleNamespace(time_limit_s=limit))),
            arrays=SimpleNamespace(columns=columns),
        )

    def seconds(columns: int, limit: float) -> float:
        return finish.finish_seconds(sized(columns, limit))

    assert seconds(10_000, 1000.0) == pytest.approx(4.0)
    assert seconds(200_000, 1000.0) == pytest.approx(22.0)
    assert seconds(200_000, 100.0) == pytest.approx(20.0)
    assert seconds(500_000, 1000.0) == pytest.approx(36.0)
    # Where a rough one took long, as on a slow machine, more is wanted, up to the same share of the limit.
    assert [finish.wanted_seconds(sized(200_000, 150.0), rough) for rough in (10.0, 20.0, 60.0)] == pytest.approx(
        [0.0, 2.0, 8.0]
    )
