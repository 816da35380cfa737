"""By nation alone: one nation's decisions in all capabilities at once, what others decide held."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.solve.blocks import cut
from optimizer.solve.by_nation import concerns_of_nations
from optimizer.solve.by_nation_alone import ByNationAlone
from optimizer.solve.mending import Mending, Task
from optimizer.solve.multipliers import Priced
from optimizer.solve.neighborhoods import Neighborhoods
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search

# What nation 0 buys in either capability, then nation 1: a budget of one unit each, the first capability worth more.
WRONG = np.array([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
RIGHT = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0])


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no neighborhood has all capabilities of a nation."""
    monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "MOST_COLUMNS", 0)


def two_nations(budget: float = 1.0) -> Arrays:
    """Two nations, two capabilities: a unit at cost 1, or shortfall at 9 in the first and 5 in the second.

    Columns: buy and short of capability 0, then of capability 1, for nation 0 and then nation 1. Rows: buy + short >= 1
    four times, then each nation's budget.
    """
    return Arrays(
        cost=np.array([1.0, 9.0, 1.0, 5.0] * 2),
        offset=0.0,
        lower=np.zeros(8),
        upper=np.ones(8),
        integer=np.array([True, False] * 4),
        start=np.array([0, 2, 4, 6, 8, 10, 12]),
        index=np.array([0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 4, 6]),
        value=np.ones(12),
        row_lower=np.array([1.0] * 4 + [-np.inf] * 2),
        row_upper=np.array([np.inf] * 4 + [budget] * 2),
        column_block=np.array([0, 0, 1, 1] * 2),
        row_block=np.array([0, 1, 0, 1, -1, -1]),
        column_nation=np.array([0] * 4 + [1] * 4),
    )


def mending(arrays: Arrays) -> Mending:
    search = Search(cut(arrays), Control(), gap=1e-9, deadline=1e9)
    search.bound = 0.0
    return Mending(search, np.full(len(search.whole.rows), 20.0), seed=0)


def improving(x: Floats, budget: float = 1.0) -> Neighborhoods:
    own = mending(two_nations(budget))
    blocks = own.whole.blocks
    plans = [x[block.columns] for block in blocks]
    priced = Priced(np.zeros(2), plans, plans)
    return Neighborhoods(own.search, own, x, priced, Pricing(own.whole, 0), 1, seed=0)


def alone(own: Mending) -> ByNationAlone:
    arrays = own.whole.arrays
    return ByNationAlone(own, concerns_of_nations(arrays, own.decided), np.random.default_rng(0))


def test_each_nation_comes_once_with_all_its_capabilities_and_nothing_of_the_others() -> None:
    own = mending(two_nations())
    tasks = [task for _ in range(2) for task in alone(own).tasks(WRONG, 2, {0, 1})]
    assert [sorted(task.members) for task in tasks] == [[0, 1]] * 4
    nation = own.whole.arrays.column_nation
    for task in tasks:
        (mine,) = np.unique(nation[task.free])
        assert task.held is not None
        assert (task.held == (nation != mine)).all()
    assert {int(nation[task.free][0]) for task in tasks[:2]} == {0, 1}


def test_a_nation_alone_spends_its_budget_where_it_is_worth_most() -> None:
    own = mending(two_nations())
    (task,) = alone(own).tasks(WRONG, 1, set())
    assert task.held is not None
    found = own.anew(task.held | (own.decided & ~task.free), WRONG, gap=1e-9, limit=5.0)
    mine = ~task.held
    assert found is not None
    assert found[mine] == pytest.approx(RIGHT[mine])
    assert found[~mine] == pytest.approx(WRONG[~mine])


def test_nations_decided_side_by_side_count_together() -> None:
    plan = improving(WRONG)
    for task in alone(plan.mending).tasks(WRONG, 2, set()):  # both from the same plan
        plan._take(WRONG, [task], plan._decided(WRONG, [task]))
    assert plan.x == pytest.approx(RIGHT)
    assert plan.search.best == pytest.approx(12.0)


def test_what_nations_share_is_brought_together_where_both_have_changed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # One nation buys by its own decision, the other by its own; what a row of both needs follows, which neither saw.
    arrays = Arrays(
        cost=np.array([-3.0, -3.0, 1.0]),
        offset=0.0,
        lower=np.zeros(3),
        upper=np.array([1.0, 1.0, 5.0]),
        integer=np.array([True, True, False]),
        start=np.array([0, 3]),
        index=np.array([0, 1, 2]),
        value=np.array([1.0, 1.0, -1.0]),
        row_lower=np.array([-np.inf]),
        row_upper=np.array([0.0]),
        column_block=np.zeros(3, dtype=np.int64),
        row_block=np.zeros(1, dtype=np.int64),
        column_nation=np.array([0, 1, -1]),
    )
    own = mending(arrays)
    nothing = np.zeros(3)
    own.offer(nothing)
    plan = Neighborhoods(
        own.search, own, nothing, Priced(np.zeros(0), [nothing], [nothing]), Pricing(own.whole, 0), 1, seed=0
    )
    changes = []
    for nation in range(2):
        mine = np.arange(3) == nation
        held = np.arange(3) == 1 - nation
        changes.append((Task([0], mine, held), np.where(mine | (np.arange(3) == 2), 1.0, 0.0)))
    monkeypatch.setattr(own, "reconcile", lambda *_: pytest.fail("all that these capabilities have is not to be asked"))
    for task, new in changes:
        plan._take(nothing, [task], [new])
    assert plan.x == pytest.approx([1.0, 1.0, 2.0])


def test_a_plan_that_breaks_rows_is_left_to_others() -> None:
    broken = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    plan = improving(broken)
    assert plan.broken
    kinds = {plan._next_kind() for _ in range(8)}
    assert kinds == {number for number, kind in enumerate(plan.kinds) if not isinstance(kind, ByNationAlone)}


def test_every_nation_has_had_its_turn_before_plans_wait_for_bounds() -> None:
    plan = improving(RIGHT)
    assert plan.search.best_x is None or not plan.search.reached()
    turns = 0
    while plan.pace == np.inf:
        plan.turn(1)
        turns += 1
    own = next(pace for pace, kind in zip(plan._paces, plan.kinds, strict=True) if isinstance(kind, ByNationAlone))
    assert len(own._turns) == 2
    assert turns >= 2 * len(plan.kinds)
    assert plan.pace == 0.0


def test_a_row_broken_by_a_sliver_does_not_stand_in_the_way() -> None:
    own = mending(two_nations())
    sliver = WRONG.copy()
    sliver[[3, 5]] = [1e-9, 1.0 - 1e-7]  # what another nation misses, and is held
    (first, second) = alone(own).tasks(sliver, 2, set())
    for task in (first, second):
        assert task.held is not None
        assert own.anew(task.held | (own.decided & ~task.free), sliver, gap=1e-9, limit=5.0) is not None


def test_nations_that_decide_nothing_have_no_turn() -> None:
    arrays = two_nations()
    idle = replace(arrays, column_nation=np.array([0] * 4 + [2] * 4))  # another one only misses units
    own = mending(idle)
    tasks = [task for _ in range(2) for task in alone(own).tasks(WRONG, 2, set())]
    assert {int(nation) for task in tasks for nation in np.unique(idle.column_nation[task.free])} == {0, 2}
    lonely = replace(arrays, integer=np.zeros(8, dtype=bool), column_nation=np.array([0] * 4 + [1] * 4))
    own = mending(lonely)
    plans = [WRONG[block.columns] for block in own.whole.blocks]
    plan = Neighborhoods(own.search, own, WRONG, Priced(np.zeros(2), plans, plans), Pricing(own.whole, 0), 1, seed=0)
    assert len(plan.kinds) == 1


def test_none_where_nations_are_whole_in_other_neighborhoods_or_the_gain_would_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert any(isinstance(kind, ByNationAlone) for kind in improving(WRONG).kinds)
    monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "MOST_COLUMNS", 8)
    assert not any(isinstance(kind, ByNationAlone) for kind in improving(WRONG).kinds)
    monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "MOST_COLUMNS", 0)
    monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "ONCE_FROM_COLUMNS", 8)
    assert not any(isinstance(kind, ByNationAlone) for kind in improving(WRONG).kinds)


@pytest.mark.parametrize("most", [1.0, 2.0])
def test_nations_come_alone_in_small_models_that_count_units(most: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "MOST_COLUMNS", 1000)
    arrays = two_nations()
    upper = np.append(arrays.upper[:6], [most, arrays.upper[7]])
    own = mending(replace(arrays, upper=upper))
    plans = [WRONG[block.columns] for block in own.whole.blocks]
    plan = Neighborhoods(own.search, own, WRONG, Priced(np.zeros(2), plans, plans), Pricing(own.whole, 0), 1, seed=0)
    assert any(isinstance(kind, ByNationAlone) for kind in plan.kinds) is (most > 1.0)
