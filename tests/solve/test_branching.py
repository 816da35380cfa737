"""Branch and bound on warm relaxations: the best plan by enumeration, valid bounds however it ends, the way back."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs, Presolved
from optimizer.solve import branching
from optimizer.solve.branching import Branching, branched

_ROOM = 1e-6


def _lots(seed: int, *, decisions: int = 9, rows: int = 5) -> Arrays:
    """Decisions at a fixed cost that open a column each in fractions, whose sums must reach what the rows need."""
    random = np.random.default_rng(seed)
    opened = random.integers(3, 9, (rows, decisions)) * (random.random((rows, decisions)) < 0.6)
    opened[:, 0] += 4
    columns = 2 * decisions
    entries, lower, upper = [], [], []
    for need, of in zip(random.integers(4, 12, rows), opened, strict=True):
        entries.append([(decisions + k, float(by)) for k, by in enumerate(of) if by])
        lower.append(float(min(need, 0.8 * of.sum())))
        upper.append(np.inf)
    for k in range(decisions):
        entries.append([(decisions + k, 1.0), (k, -1.0)])
        lower.append(-np.inf)
        upper.append(0.0)
    counts = [len(row) for row in entries]
    return Arrays(
        cost=np.concatenate([random.integers(5, 30, decisions), random.integers(1, 6, decisions)]).astype(float),
        offset=0.0,
        lower=np.zeros(columns),
        upper=np.ones(columns),
        integer=np.arange(columns) < decisions,
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        index=np.array([at for row in entries for at, _ in row], dtype=np.int64),
        value=np.array([by for row in entries for _, by in row]),
        row_lower=np.array(lower),
        row_upper=np.array(upper),
        column_block=np.zeros(columns, dtype=np.int64),
        row_block=np.zeros(len(entries), dtype=np.int64),
    )


def _best(arrays: Arrays) -> float:
    """The least cost by trying every yes and no: what is open is used as far as it costs least, by a relaxation."""
    whole = np.flatnonzero(arrays.integer)
    best = np.inf
    for chosen in itertools.product((0.0, 1.0), repeat=len(whole)):
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        lower[whole] = upper[whole] = chosen
        fixed = replace(arrays, lower=lower, upper=upper, integer=np.zeros(arrays.columns, dtype=bool))
        best = min(best, Highs(fixed, relax=True, presolve=False).run().objective)
    return best


def _covers(seed: int, *, decisions: int = 14, rows: int = 5) -> tuple[Arrays, float]:
    """Whole decisions that must cover what rows need, their relaxation far from whole; and the least cost, by trial."""
    random = np.random.default_rng(seed)
    of = random.integers(0, 10, (rows, decisions)).astype(float)
    need = np.floor(of.sum(axis=1) * random.uniform(0.2, 0.6, rows))
    cost = random.integers(4, 25, decisions).astype(float)
    row, column = np.nonzero(of)
    arrays = Arrays(
        cost=cost,
        offset=0.0,
        lower=np.zeros(decisions),
        upper=np.ones(decisions),
        integer=np.ones(decisions, dtype=bool),
        start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64),
        index=column.astype(np.int64),
        value=of[row, column],
        row_lower=need,
        row_upper=np.full(rows, np.inf),
        column_block=np.zeros(decisions, dtype=np.int64),
        row_block=np.zeros(rows, dtype=np.int64),
    )
    every = np.array(list(itertools.product((0.0, 1.0), repeat=decisions)))
    return arrays, float((every[(every @ of.T >= need).all(axis=1)] @ cost).min())


def _is_plan(arrays: Arrays, x: Floats) -> bool:
    whole = x[arrays.integer]
    return arrays.keeps(x, _ROOM) and bool((np.abs(whole - np.round(whole)) <= _ROOM).all())


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_is_the_best_there_is_and_proven(seed: int) -> None:
    arrays = _lots(seed, decisions=7)
    best = _best(arrays)
    answer = Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control())
    assert answer.status == "optimal" and answer.x is not None and _is_plan(arrays, answer.x)
    assert answer.objective == pytest.approx(best) and answer.bound == pytest.approx(best)
    x = branched(arrays, 0, gap=0.0, time_limit=30.0, control=Control())
    assert x is not None and _is_plan(arrays, x) and float(arrays.cost @ x) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gap", [0.0, 0.05, 0.3])
def test_a_bound_is_valid_whatever_ends_the_run(seed: int, gap: float) -> None:
    arrays = _lots(seed, decisions=12, rows=9)
    best = Branching(arrays, 0).run(gap=0.0, time_limit=60.0, control=Control()).objective
    for nodes in (0, 1, 2, 5, 1000):
        answer = Branching(arrays, 0).run(gap=gap, time_limit=60.0, control=Control(), nodes=nodes)
        assert answer.bound <= best + _ROOM
        assert answer.objective >= best - _ROOM
        if answer.status == "optimal":
            assert answer.objective - answer.bound <= gap * answer.objective + 1.01 * _ROOM


@pytest.mark.parametrize("seed", range(4))
def test_a_run_in_turns_goes_on_where_it_was_cut_off(seed: int) -> None:
    arrays = _lots(seed, decisions=12, rows=9)
    whole = Branching(arrays, 0, kept=True)
    nodes: list[float] = []
    best = whole.run(gap=0.0, time_limit=60.0, control=Control(), watch=lambda *_: bool(nodes.append(0.0)))

    tree, bounds, visited = Branching(arrays, 0, kept=True), [-np.inf], 0
    for _ in range(len(nodes)):
        seen: list[float] = []

        def two(_: float, bound: float, seen: list[float] = seen) -> bool:
            seen.append(bound)
            return len(seen) > 2

        answer = tree.run(gap=0.0, time_limit=60.0, control=Control(), watch=two, in_turns=True)
        tree.rest()
        visited += min(2, len(seen))
        assert bounds[-1] - _ROOM <= answer.bound <= best.objective + _ROOM
        bounds.append(answer.bound)
        if answer.status == "optimal":
            break
    assert answer.status == "optimal" and answer.objective == pytest.approx(best.objective)
    assert visited <= 2 * len(nodes)  # the way may differ, but no node comes again
    assert tree._open is None


def test_what_was_left_open_is_of_no_use_at_other_costs() -> None:
    arrays = _lots(5, decisions=12, rows=9)
    tree = Branching(arrays, 0, kept=True)
    tree.run(gap=0.0, time_limit=60.0, control=Control(), watch=lambda *_: True, in_turns=True)
    assert tree._open is not None
    tree.change_cost(arrays.cost)
    assert tree._open is not None
    cost = arrays.cost[::-1].copy()
    tree.change_cost(cost)
    assert tree._open is None
    answer = tree.run(gap=0.0, time_limit=60.0, control=Control(), in_turns=True)
    fresh = Branching(replace(arrays, cost=cost), 0).run(gap=0.0, time_limit=60.0, control=Control())
    assert answer.objective == pytest.approx(fresh.objective)


@pytest.mark.parametrize("seed", [*range(12), 98, 124, 145])
def test_far_from_whole_the_best_plan_is_found_and_no_bound_is_above_it(seed: int) -> None:
    """In the last three a node has in fractions what the root's reduced costs would hold: it must still be decided."""
    arrays, best = _covers(seed)
    assert Branching(arrays, 0).run(gap=0.0, time_limit=60.0, control=Control()).objective == pytest.approx(best)
    for gap in (0.02, 0.1, 0.3):
        for nodes in (2, 5, 1000):
            answer = Branching(arrays, 0).run(gap=gap, time_limit=60.0, control=Control(), nodes=nodes)
            assert answer.bound <= best + _ROOM


def test_a_relaxation_run_again_has_its_time_for_itself() -> None:
    """HiGHS counts the earlier runs too: without that in the limit, every run after so many seconds is cut off."""
    limit = 0.25
    model, _ = _covers(0)
    solver = Highs(model, relax=True, presolve=False)
    random = np.random.default_rng(0)
    began = time.monotonic()
    while time.monotonic() - began < 6 * limit:
        solver.change_cost(random.uniform(1.0, 20.0, model.columns))
        assert solver.run(time_limit=limit).status == "optimal"


def test_the_same_rows_under_other_costs_begin_as_if_they_were_new() -> None:
    arrays = _lots(3, decisions=10)
    kept = Branching(arrays, 0)
    for seed in range(5):
        cost = arrays.cost * np.random.default_rng(seed).uniform(0.5, 1.5, arrays.columns)
        kept.change_cost(cost)
        again = kept.run(gap=0.0, time_limit=30.0, control=Control())
        assert again.x is not None
        new = Branching(arrays, 0)
        new.change_cost(cost)
        assert again.objective == pytest.approx(new.run(gap=0.0, time_limit=30.0, control=Control()).objective)
        assert kept.relaxed(Control()).objective <= again.objective + _ROOM


def test_a_plan_known_before_is_kept_where_none_is_better() -> None:
    arrays = _lots(1, decisions=9)
    best = Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control())
    assert best.x is not None
    again = Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control(), start=best.x)
    assert again.x is not None and again.objective == pytest.approx(best.objective) and again.status == "optimal"
    assert branched(arrays, 0, gap=0.0, time_limit=30.0, control=Control(), start=best.x) is not None
    worst = np.ones(arrays.columns)
    x = branched(arrays, 0, gap=0.0, time_limit=30.0, control=Control(), start=worst)
    assert x is not None and float(arrays.cost @ x) == pytest.approx(best.objective)


def test_no_plan_is_told_from_none_found_yet() -> None:
    arrays = _lots(2)
    never = replace(arrays, row_lower=np.where(np.isfinite(arrays.row_lower), 1e3, arrays.row_lower))
    assert Branching(never, 0).run(gap=0.0, time_limit=30.0, control=Control()).status == "infeasible"
    assert branched(never, 0, gap=0.0, time_limit=30.0, control=Control()) is None
    answer = Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control(), nodes=0)
    assert answer.status == "no_plan" and answer.bound > 0.0
    stopped = Control()
    stopped.stop.set()
    assert Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=stopped).x is None


def test_watch_ends_a_run() -> None:
    told: list[tuple[float, float]] = []

    def watch(best: float, bound: float) -> bool:
        told.append((best, bound))
        return len(told) >= 2

    answer = Branching(_lots(5, decisions=12, rows=9), 0).run(gap=0.0, time_limit=30.0, control=Control(), watch=watch)
    assert len(told) == 2 and answer.status != "optimal"


def test_what_presolve_leaves_leads_back_to_a_plan_of_the_model() -> None:
    arrays = _lots(4, decisions=20, rows=18)
    assert Presolved(arrays).arrays is arrays
    arrays = replace(arrays, lower=np.where(np.arange(arrays.columns) == 3, 1.0, arrays.lower))
    small = Presolved(arrays)
    assert small.arrays is not None and small.arrays.columns < arrays.columns
    found = Branching(small.arrays, 0).run(gap=0.0, time_limit=30.0, control=Control())
    assert found.x is not None
    x = small.restored(found.x)
    assert _is_plan(arrays, x)
    assert float(arrays.cost @ x) == pytest.approx(found.objective + small.arrays.offset)


@pytest.mark.parametrize("seed", range(4))
def test_a_tree_that_rests_between_runs_goes_on_where_it_stood(seed: int) -> None:
    arrays, random = _lots(seed), np.random.default_rng(seed)
    resting, other = Branching(arrays, 0, kept=True), Branching(arrays, 0)
    for _ in range(3):
        cost = arrays.cost * random.uniform(0.8, 1.2, arrays.columns)
        for tree in (resting, other):
            tree.change_cost(cost)
        assert resting.relaxed(Control()).objective == pytest.approx(other.relaxed(Control()).objective)
        resting.rest()
        assert resting._held is None
        answers = [tree.run(gap=0.0, time_limit=30.0, control=Control()) for tree in (resting, other)]
        assert answers[0].status == "optimal" and answers[0].objective == pytest.approx(answers[1].objective)
        resting.rest()


def test_a_large_relaxation_may_be_the_barrier_s(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = _lots(3)
    best = _best(arrays)
    monkeypatch.setattr(branching, "_BARRIER_COLUMNS", 1)
    asked: list[object] = []
    option = Highs.option

    def spied(self: Highs, name: str, value: object) -> None:
        if name == "solver":
            asked.append(value)
        option(self, name, value)

    monkeypatch.setattr(Highs, "option", spied)
    answer = Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control())
    assert answer.status == "optimal" and answer.objective == pytest.approx(best)
    assert asked == ["ipm", "choose"]  # once: where it stands is of use to the next relaxation


@pytest.mark.parametrize("seed", range(4))
def test_a_tree_begins_at_another_basis_only_where_it_stands_far_from_it(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    begin_at = Highs.begin_at
    monkeypatch.setattr(Highs, "begin_at", lambda self, basis: (begun.append(basis), begin_at(self, basis)))
    arrays, _ = _covers(seed)
    times, found = [], []
    for few in (-1, 10**9):  # never near but where it stands, and always
        monkeypatch.setattr(branching, "_FEW_STEPS", few)
        begun.clear()
        found.append(Branching(arrays, 0).run(gap=0.0, time_limit=30.0, control=Control()).objective)
        times.append(len(begun))
    assert found[0] == pytest.approx(found[1])
    assert times[1] < 0.7 * times[0]
