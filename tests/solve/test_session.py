"""A session gives the answers of cold solves, and reuses a bound only where it still holds."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Callable

import numpy as np
import pytest
from reference.scenarios import write_random
from scenario_maker import make
from two_blocks import TWO

from optimizer import Scenario, load_scenario, solve
from optimizer.model import rebuilt
from optimizer.model.arrays import Arrays
from optimizer.model.build import build
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.problems import InvalidInput
from optimizer.solve import again
from optimizer.solve.blocks import cut, without
from optimizer.solve.kept import row_labels
from optimizer.solve.memory import BlockRecord, ImpliedRow, Memory, distance
from optimizer.solve.search import Search
from optimizer.solve.session import Session


@pytest.fixture(autouse=True)
def made_of_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are made of earlier ones wherever they can be, in scenarios of few capabilities as well."""
    monkeypatch.setattr(rebuilt, "_MOST_SHARE", 1.0)


def apart(scenario: Scenario, gap: float = 0.0) -> Scenario:
    """The same scenario, to be solved capability by capability."""
    asked = scenario.settings.solver.model_copy(update={"strategy": "decomposed", "gap": gap})
    return scenario.replace(settings={"solver": asked})


def dearer(scenario: Scenario, number: int, factor: float) -> Scenario:
    """One program at another price."""
    rows = list(scenario.tables.programs)
    row = rows[number % len(rows)]
    rows[number % len(rows)] = row.model_copy(update={"unit_cost_meur": (row.unit_cost_meur or 0.0) * factor})
    return scenario.replace(tables={"programs": tuple(rows)})


def richer(scenario: Scenario, factor: float) -> Scenario:
    """Every budget scaled."""
    rows = tuple(row.model_copy(update={"budget_meur": row.budget_meur * factor}) for row in scenario.tables.budgets)
    return scenario.replace(tables={"budgets": rows})


def more(scenario: Scenario, number: int) -> Scenario:
    """One requirement larger by a unit."""
    rows = list(scenario.tables.requirements)
    row = rows[number % len(rows)]
    rows[number % len(rows)] = row.model_copy(update={"quantity": row.quantity + 1})
    return scenario.replace(tables={"requirements": tuple(rows)})


CHANGES: tuple[Callable[[Scenario], Scenario], ...] = (
    lambda base: dearer(base, 0, 1.3),
    lambda base: dearer(base, 1, 0.7),
    lambda base: richer(base, 0.8),
    lambda base: richer(base, 1.25),
    lambda base: more(base, 0),
    lambda base: base.with_rule("annual_budget", on=False),
    lambda base: base.with_pooling("national"),
)


def test_hot_is_as_good_as_cold(tmp_path: Path) -> None:
    compared = 0
    for seed in (409, 412):
        folder = tmp_path / str(seed)
        write_random(folder, seed, size="small")
        try:
            base = apart(load_scenario(folder), gap=1e-4)
        except InvalidInput:
            continue
        session = Session()
        session.solve(base)
        for change in CHANGES:
            scenario = change(base)
            hot, cold = session.solve(scenario), solve(scenario)
            assert (hot.plan is None) == (cold.plan is None), seed
            if hot.objective_meur is None or cold.objective_meur is None:
                continue
            room = 1e-6 * max(1.0, abs(cold.objective_meur))
            assert hot.findings == ()
            assert hot.termination in ("proved", "gap")
            # Either bound must hold for either plan, or one of the two was reused where it no longer holds.
            assert hot.bound_meur is not None and hot.bound_meur <= cold.objective_meur + room, seed
            assert cold.bound_meur is not None and cold.bound_meur <= hot.objective_meur + room, seed
            compared += 1
    assert compared >= 8


def priced_by_again(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the blocks that are priced anew from now on, as they come."""
    priced: list[int] = []
    before = again._priced

    def watched(search, number, *rest):  # type: ignore[no-untyped-def]
        priced.append(number)
        return before(search, number, *rest)

    monkeypatch.setattr(again, "_priced", watched)
    return priced


def test_blocks_that_did_not_change_are_not_priced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    base = apart(make(**TWO))
    session = Session()
    session.solve(base)
    priced = priced_by_again(monkeypatch)
    changed = session.solve(dearer(base, 2, 1.1))
    # ox is a tank: the block of the fighters, number 0 in code order, keeps its bound.
    assert priced == [1]
    assert changed.status == "optimal"


def test_a_lock_against_the_old_plan_is_obeyed() -> None:
    # The old plan buys hawk and ox only; a lock's row knows nothing but yes and no, which the old plan would keep.
    base = apart(make(**TWO))
    session = Session()
    assert session.solve(base).findings == ()
    lock = make(**TWO, locks="nation program action\nAAA hawk forbid").tables.locks
    hot, cold = session.solve(base.replace(tables={"locks": lock})), solve(base.replace(tables={"locks": lock}))
    assert hot.findings == ()
    assert hot.objective_meur == pytest.approx(cold.objective_meur)


def test_rows_of_held_columns_alone_are_not_forgotten() -> None:
    # x + y <= 1 and x + z <= 3 with x = y = 1 held: the first row cannot hold, the second leaves z up to 2.
    arrays = Arrays(
        cost=np.array([0.0, 0.0, -1.0]),
        offset=0.0,
        lower=np.zeros(3),
        upper=np.array([1.0, 1.0, 9.0]),
        integer=np.array([True, True, False]),
        start=np.array([0, 2, 4]),
        index=np.array([0, 1, 0, 2]),
        value=np.ones(4),
        row_lower=np.full(2, -np.inf),
        row_upper=np.array([1.0, 3.0]),
        column_block=np.zeros(3, dtype=np.int64),
        row_block=np.zeros(2, dtype=np.int64),
    )
    held = np.array([0, 1])
    assert Highs(without(arrays, held, np.array([1.0, 1.0, 0.0]))[0]).run().status == "infeasible"
    part, columns = without(arrays, held, np.array([1.0, 0.0, 0.0]))
    assert (columns.tolist(), Highs(part).run().objective) == ([2], -2.0)


def test_a_scenario_asked_before_is_not_solved_again() -> None:
    base = make(**TWO)
    session = Session()
    assert session.solve(base) is session.solve(make(**TWO))
    assert session.solve(base) is not session.solve(richer(base, 0.9))


def test_a_record_bounds_only_what_is_no_looser() -> None:
    record = BlockRecord({("budget", "AAA"): ImpliedRow(b"row", -1e30, 10.0)}, 5.0)
    assert record.bounds({("budget", "AAA"): ImpliedRow(b"row", -1e30, 10.0)})
    assert record.bounds({("budget", "AAA"): ImpliedRow(b"row", -1e30, 9.0), ("x",): ImpliedRow(b"y", 0.0, 1.0)})
    assert not record.bounds({("budget", "AAA"): ImpliedRow(b"row", -1e30, 11.0)})
    assert not record.bounds({("budget", "AAA"): ImpliedRow(b"other", -1e30, 10.0)})
    assert not record.bounds({})


def test_the_nearest_scenario_is_the_one_with_the_fewest_differences() -> None:
    base = make(**TWO)
    one, two = dearer(base, 0, 1.1), more(richer(base, 0.9), 0)
    assert distance(base, base) == 0
    # A changed row counts twice, as one gone and one new: one price; four budgets and one quantity.
    assert (distance(base, one), distance(base, two)) == (2, 10)
    assert distance(base, base.with_pooling("national")) > distance(base, two)
    memory = Memory()
    assert memory.nearest(base) is None


@pytest.mark.parametrize(("until_reached", "priced_blocks"), [(True, 1), (False, 2)])
def test_no_block_is_priced_that_the_gap_does_not_need(
    monkeypatch: pytest.MonkeyPatch, until_reached: bool, priced_blocks: int
) -> None:
    model = build(make(**TWO), whole_deliveries=True)
    best = Highs(model.arrays).run()
    assert best.x is not None
    search = Search(cut(model.arrays), Control(), gap=1.0, deadline=1e9)
    # Of each block it is known that it costs no less than minus its share; one of them priced leaves half of the gap.
    share = best.objective
    search.offer_bound(-2.0 * share, np.zeros(len(search.whole.rows)), np.array([-share, -share]))
    search.gap = 2.5
    assert search.offer_plan(best.x, best.objective) and not search.reached()
    priced = priced_by_again(monkeypatch)
    recall = again.Recall(Memory(), row_labels(model), multipliers={})
    again.bound_again(recall, search, workers=1, seed=0, until_reached=until_reached)
    assert len(priced) == priced_blocks
    # What was not priced stands with what was known of it.
    assert search.bound <= best.objective + 1e-6 and search.reached()


def test_blocks_are_priced_more_loosely_where_bound_and_plan_need_only_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(make(**TWO), whole_deliveries=True)
    gaps, before = [], again._priced

    def watched(search, number, implied, multipliers, seed, gap, *more):  # type: ignore[no-untyped-def]
        gaps.append(gap)
        return before(search, number, implied, multipliers, seed, gap, *more)

    monkeypatch.setattr(again, "_priced", watched)
    for until_reached in (False, True):
        search = Search(cut(model.arrays), Control(), gap=0.01, deadline=1e9)
        recall = again.Recall(Memory(), row_labels(model), multipliers={})
        again.bound_again(recall, search, workers=1, seed=0, until_reached=until_reached)
    # A hundredth asked: a fifth of it each where the bound is for a plan taken over, else half of it.
    assert gaps == pytest.approx([0.002, 0.002, 0.005, 0.005])


def test_what_is_asked_ahead_is_answered_from_what_was_known_before() -> None:
    base = apart(make(**TWO), gap=1e-4)
    one, two = dearer(base, 0, 1.3), richer(base, 0.8)
    together, alone, other = Session(), Session(), Session()
    for session in (together, alone, other):
        session.solve(base)
    first = together.solve(one, ahead=[(two, {"gap": 0.05})])
    begun = time.monotonic()
    second = together.solve(two, gap=0.05)
    assert time.monotonic() - begun < second.seconds["solve"] + 0.5
    # Each as if the other had not been asked.
    assert first.plan == alone.solve(one).plan
    assert second.plan == other.solve(two, gap=0.05).plan
    assert second.scenario.settings.solver.gap == 0.05
    # Both are known from then on, the latter as the latest.
    memory = together._memory
    assert [trace.scenario.settings.solver.gap for trace in memory.traces] == [1e-4, 1e-4, 0.05]
    assert memory.nearest(second.scenario) is memory.traces[-1]


def test_what_was_asked_ahead_and_stopped_is_asked_again() -> None:
    base = apart(make(**TWO), gap=1e-4)
    one, two, session, stop = dearer(base, 0, 1.3), richer(base, 0.8), Session(), threading.Event()
    stop.set()
    assert session.solve(one, stop=stop, ahead=[(two, {})]).termination == "interrupted"
    assert session.solve(two).termination in ("proved", "gap")


def test_a_memory_learns_of_its_branches_in_their_order_and_keeps_the_first_of_all() -> None:
    memory, model = Memory(), build(make(**TWO), whole_deliveries=True)
    nothing = np.zeros(model.arrays.columns)
    memory.keep_model(model)
    memory.learn(model, nothing, {})
    first = memory.traces[0]
    branches = [memory.branch(), memory.branch()]
    for number in range(4):
        # The later branch learns sooner.
        for of, branch in reversed(list(enumerate(branches))):
            branch.learn(model, nothing, {("row", of, number): 1.0})
            branch.kept[0].learn(nothing + number, None)
    assert memory.traces == [first] and not memory.kept[0].points
    memory.learn_from(branches)
    assert memory.traces[0] is first
    told = [next(iter(trace.multipliers))[1:] for trace in memory.traces[1:]]
    assert told == [(0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
    assert [x[0] for x in memory.kept[0].points] == [0, 1, 2, 3, 0, 1, 2, 3]
