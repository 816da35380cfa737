"""The decomposed strategy: bounds of the blocks against the relaxation and the optimum, and mending of broken plans."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from reference.blocks import two_blocks
from reference.scenarios import write_random

from optimizer import load_scenario, solve
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import build, weights_of
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.problems import InvalidInput
from optimizer.solve import decomposed
from optimizer.solve.blocks import cut, elastic
from optimizer.solve.bounding import Bounding
from optimizer.solve.by_capability import ByCapability
from optimizer.solve.decomposed import solve_decomposed
from optimizer.solve.lagrangian import LagrangianPass, known_at
from optimizer.solve.master import Master
from optimizer.solve.mending import Mending, Task, breaking
from optimizer.solve.multipliers import Priced, multipliers_by_columns
from optimizer.solve.neighborhoods import Neighborhoods
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search
from optimizer.solve.sweep import swept


def searching(arrays: Arrays) -> Search:
    return Search(cut(arrays), Control(), gap=1e-9, deadline=1e9)


def test_prices_from_the_blocks_reach_the_relaxation() -> None:
    # Budget 1 for two units: one is bought, one falls short: 1 + 5. Its price, 4, is beyond the first guess.
    search = searching(two_blocks(1.0))
    priced = multipliers_by_columns(Pricing(search.whole, 0), search, 1e-6, 2, 0)
    assert priced is not None
    assert search.bound == pytest.approx(6.0, abs=1e-3)
    assert priced.multipliers == pytest.approx([-4.0], abs=1e-3)
    assert search.shares.sum() + priced.multipliers @ [1.0] == pytest.approx(search.bound)


def test_plans_of_no_use_are_dropped_and_the_mean_is_of_those_mixed() -> None:
    search = searching(two_blocks(1.0))
    master = Master(search.whole, np.array([3.0]), seed=0)
    short, dear = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    master.add_all([np.array([1.0, 0.0]), np.array([1.0, 0.0])])
    master.add_all([short, dear])
    for _ in range(8):
        mixture = master.solve()
        assert mixture is not None
        # One falls short for 5 instead of buying at 1 and breaking the budget at 3: no, that costs 4 in all.
        assert mixture.objective == pytest.approx(5.0)
        assert np.concatenate(mixture.mean) == pytest.approx([1.0, 0.0, 1.0, 0.0])
    assert len(master._members) == 2
    master.around(np.zeros(1), np.array([9.0]))
    master.add_all([short, None])
    mixture = master.solve()
    assert mixture is not None and mixture.objective == pytest.approx(6.0)
    assert np.concatenate(mixture.mean) == pytest.approx([0.0, 1.0, 1.0, 0.0])


def test_a_mixture_pays_for_what_it_breaks() -> None:
    # Both blocks only know the plan that buys: 2 units against a budget of 1, so one unit is broken at price 3.
    search = searching(two_blocks(1.0))
    master = Master(search.whole, np.array([3.0]), seed=0)
    master.add_all([np.array([1.0, 0.0]), np.array([1.0, 0.0])])
    mixture = master.solve()
    assert mixture is not None
    assert mixture.objective == pytest.approx(2.0 + 3.0)
    assert mixture.broken == pytest.approx([1.0])
    assert mixture.multipliers == pytest.approx([-3.0])


def halves_needed() -> Arrays:
    """`two_blocks` with half a unit needed in each at cost 3: 1.5 in fractions, 3 whole; the budget does not bind."""
    arrays = two_blocks(2.0)
    return replace(arrays, cost=np.array([3.0, 9.0, 3.0, 9.0]), row_lower=np.array([0.5, 0.5, -np.inf]))


def test_a_pass_that_is_not_done_has_a_bound_where_one_is_known() -> None:
    search = searching(halves_needed())
    pricing = Pricing(search.whole, 0)
    priced = multipliers_by_columns(pricing, search, 1e-6, 2, 0)
    assert priced is not None and search.bound == pytest.approx(3.0)

    class StoppedAfterOne(Pricing):
        def price(self, *args: Any) -> Answer:
            search.done.set()
            return super().price(*args)

    known = known_at(search, priced.multipliers)
    begun = LagrangianPass(StoppedAfterOne(search.whole, 0), search, priced.multipliers, 0.0, 5.0, known)
    begun.go_on(workers=1)
    assert not begun.done
    assert search.bound == pytest.approx(1.5 + 3.0)
    search.done.clear()
    begun.go_on(workers=1, seconds=0.0)
    assert not begun.done and search.bound == pytest.approx(4.5)

    fresh = LagrangianPass(StoppedAfterOne(search.whole, 0), search, priced.multipliers, 0.0, 5.0, None)
    fresh.go_on(workers=1)
    assert fresh.bound == -np.inf
    search.done.clear()
    begun.go_on(workers=1)
    assert begun.done and search.bound == pytest.approx(6.0)


@pytest.mark.parametrize("workers", [1, 2])
def test_bounding_goes_on_beside_a_plan_that_is_reconciled(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    search = searching(halves_needed())
    pricing = Pricing(search.whole, 0)
    priced = multipliers_by_columns(pricing, search, 1e-6, 2, 0)
    assert priced is not None and search.bound == pytest.approx(3.0)
    bounding = Bounding(search, pricing, priced.multipliers, workers, 0)
    mending = Mending(search, np.full(1, 9.0), 0)
    bounds: list[float] = []

    def reconciled(mending: Mending, x: Floats) -> Floats:
        if workers > 1:  # both blocks are priced meanwhile, in another thread
            bounding._first._lock.acquire()
            bounding._first._lock.wait_for(lambda: bounding._first.done, timeout=10.0)
            bounding._first._lock.release()
        bounds.append(bounding._first.bound)
        return x + 1.0

    monkeypatch.setattr(decomposed, "_reconciled", reconciled)
    assert decomposed._bounding_beside(bounding, workers, mending, np.zeros(4)) == pytest.approx(np.ones(4))
    assert bounds == [pytest.approx(6.0 if workers > 1 else 3.0)]
    assert search.bound == pytest.approx(bounds[0])
    done = threading.Event()
    done.set()
    again = Bounding(search, pricing, priced.multipliers, 1, 0)
    again.go_on_until(done)
    assert not again._first.done


def test_what_the_rest_of_a_pass_promises_is_told_by_the_blocks_priced() -> None:
    # Each block loses 1.5 against its relaxation, and the one that was priced proves all of that in four seconds.
    search = searching(halves_needed())

    class Slow(Pricing):
        def price(self, number: int, *args: Any) -> Answer:
            search.done.set()
            answer = super().price(number, *args)
            self.seconds[number] = 4.0
            return answer

    begun = LagrangianPass(Slow(search.whole, 0), search, np.zeros(1), 0.0, 5.0, np.array([1.5, 1.5]))
    search.offer_bound(3.0, np.zeros(1), np.array([1.5, 1.5]))
    bounding = Bounding(search, begun.pricing, np.zeros(1), 1, 0)
    bounding._first = begun
    assert bounding.pace == pytest.approx(3e-3 * 3.0 / 6.0)  # nothing priced yet: what a first pass mostly does
    begun.go_on(workers=1)
    assert begun.pace is None  # no plan to tell what blocks lose
    search.offer_plan(np.array([1.0, 0.0, 1.0, 0.0]), 6.0)
    assert begun.pace == pytest.approx(1.5 / 4.0) and bounding.pace == begun.pace
    search.done.clear()
    search.gap = -1.0
    begun.go_on(workers=1)
    assert begun.done and begun.pace == 0.0


def test_blocks_far_from_their_bound_come_first() -> None:
    search = searching(two_blocks(2.0))
    search.offer_plan(np.array([1.0, 0.0, 0.0, 1.0]), 6.0)
    assert search.regrets(search.best_x, np.array([-1.0]), np.array([0.5, 4.5])) == pytest.approx([1.5, 0.5])  # type: ignore[arg-type]
    order: list[int] = []

    class Told(Pricing):
        def price(self, number: int, *args: Any) -> Answer:
            order.append(number)
            return super().price(number, *args)

    for known in (np.array([1.0, 1.0]), np.array([-2.0, 5.0])):
        LagrangianPass(Told(search.whole, 0), search, np.zeros(1), 0.0, 5.0, known).go_on(workers=1)
    assert order == [1, 0, 0, 1]


def in_turns(prices: list[list[tuple[str, float, float]]]) -> tuple[LagrangianPass, list[int]]:
    """A pass over `halves_needed` in turns of a second, with what each turn of the two blocks tells; who had a turn."""
    search = searching(halves_needed())
    search.gap = -1.0
    order: list[int] = []

    class Told(Pricing):
        def price(self, number: int, *args: Any) -> Answer:
            order.append(number)
            seconds, turns = args[2], args[4]
            assert turns
            search.control.started -= seconds  # the clock goes on
            status, objective, bound = prices[number].pop(0)
            return Answer(status, np.zeros(2), objective, bound)

    known = np.array([1.5, 1.5])
    passing = LagrangianPass(Told(search.whole, 0), search, np.zeros(1), 0.0, 8.0, known)
    passing.turn = 1.0
    passing.go_on(workers=1)
    return passing, order


def test_blocks_take_turns_whichever_promises_most_in_a_second() -> None:
    # A block not priced yet promises half a per cent of 1.5. Block 0 has a second and 0.005 left, less than that; then
    # block 1, which may gain 4, has another, and 0.005 left in the next two.
    first = [("feasible", 3.0, 2.995), ("optimal", 3.0, 3.0)]
    second = [("feasible", 6.0, 2.0), ("feasible", 4.5, 4.495), ("optimal", 4.5, 4.5)]
    passing, order = in_turns([first, second])
    assert order == [0, 1, 1, 0, 1]
    assert passing.done and passing.bound == pytest.approx(7.5)
    assert passing.seconds == pytest.approx(2.0 + 4.0, abs=0.1)
    assert passing.pricing.seconds == pytest.approx([2.0, 4.0], abs=0.1)


def test_a_plan_of_a_block_that_is_cut_off_is_none_to_go_by() -> None:
    search = searching(halves_needed())
    pricing = Pricing(search.whole, 0)
    pricing.relaxed(0, np.zeros(1), Control())
    start = np.array([1.0, 0.0])
    pricing._known[0] = [start]
    cut_off = pricing.price(0, np.zeros(1), Control(), 0.0, 0.0, True)
    assert cut_off.status == "feasible" and cut_off.x is not None and pricing.plans[0] is None
    decided = pricing.price(0, np.zeros(1), Control(), 9.0, 0.0, True)
    assert decided.status == "optimal" and pricing.plans[0] == pytest.approx(start)
    assert [len(known) for known in pricing._known] == [1, 0]


def test_a_plan_found_with_cuts_in_an_earlier_turn_is_not_lost() -> None:
    search = searching(halves_needed())
    pricing = Pricing(search.whole, 0)
    found = np.array([1.0, 0.0])

    def none_in_this_turn(**_: Any) -> Answer:
        return Answer(status, None, np.inf, 1.5)

    for status, expected in (("no_plan", "feasible"), ("infeasible", "infeasible")):
        pricing._known[0] = [found]
        pricing.trees[0].run = none_in_this_turn  # type: ignore[method-assign]
        answer = pricing.price(0, np.zeros(1), Control(), 0.0, 0.0, True)
        assert answer.status == expected and answer.bound == 1.5
        assert (answer.x is found) == (status == "no_plan")


def test_a_block_has_no_turn_beyond_its_limit() -> None:
    # One second, one more, two, and four to the limit of eight.
    never_done = [("no_plan", np.inf, 1.5)] * 9
    passing, order = in_turns([[("optimal", 3.0, 3.0)], never_done])
    assert order == [0, 1, 1, 1, 1]
    assert passing.done and passing.bound == pytest.approx(3.0 + 1.5)


@pytest.mark.parametrize(("large", "turn"), [(3, 0.5), (4, np.inf)])
def test_what_a_large_first_pass_leaves_is_gone_on_with_in_turns(
    monkeypatch: pytest.MonkeyPatch, large: int, turn: float
) -> None:
    monkeypatch.setattr(sys.modules[Bounding.__module__], "LARGE_COLUMNS", large)
    search = searching(halves_needed())
    search.gap = -1.0
    pricing = Pricing(search.whole, 0)
    priced = multipliers_by_columns(pricing, search, 1e-6, 2, 0)
    assert priced is not None
    bounding = Bounding(search, pricing, priced.multipliers, 1, 0)
    assert bounding._first.turn == np.inf  # the dearest are decided for the first plan
    assert not bounding.begin(0.0)
    assert bounding._first.turn == turn
    assert bounding.turn(1) and bounding.last is not None and search.bound == pytest.approx(6.0)


def test_passes_go_on_where_a_block_found_no_plan_in_the_first() -> None:
    search = searching(two_blocks(1.0))

    class LateInBlock0(Pricing):
        late = True

        def price(self, number: int, *args: Any) -> Answer:
            answer = super().price(number, *args)
            return replace(answer, x=None) if self.late and number == 0 else answer

    pricing = LateInBlock0(search.whole, 0)
    search.offer_bound(2.0, np.zeros(1), np.ones(2))
    bounding = Bounding(search, pricing, np.zeros(1), 1, 0)
    assert bounding.begin() and bounding.last is not None and bounding.last.plans[0] is None
    first, before = bounding.last, search.bound
    search.offer_plan(np.array([1.0, 0.0, 0.0, 1.0]), 6.0)
    pricing.late = False
    assert bounding.turn(1)
    assert bounding.last is not first and not bounding.stalled
    assert search.bound > before + 1e-6


def test_no_bounds_are_known_at_other_multipliers() -> None:
    search = searching(halves_needed())
    priced = multipliers_by_columns(Pricing(search.whole, 0), search, 1e-6, 2, 0)
    assert priced is not None
    assert known_at(search, priced.multipliers - 0.5) is None
    assert known_at(searching(halves_needed()), np.zeros(1)) is None


def test_what_rows_are_worth_is_told_while_a_search_goes_on() -> None:
    search = searching(two_blocks(budget=1.0))
    search.offer_bound(5.0, np.array([-4.0]), np.zeros(2))
    assert search.control.prices is not None
    # The budget is the last row of the model, and the only one that blocks share.
    assert search.control.prices.tolist() == [0.0, 0.0, -4.0]
    search.offer_bound(4.0, np.array([-1.0]), np.zeros(2))  # no better bound
    assert search.control.prices.tolist() == [0.0, 0.0, -4.0]


@pytest.mark.parametrize(
    ("columns", "whole", "plan", "fits", "gains", "turns"),
    [
        (0, True, True, True, [1.0, 1.0, 1.0], ["bounds"] * 3),
        (0, True, True, False, [1.0], []),
        # Whole deliveries have more to gain from the time when two turns in a row were slow.
        (0, True, True, True, [1e-6, 1.0, 1e-6, 1e-6, 1.0], ["bounds"] * 4),
        (0, True, False, True, [1.0], ["plans"]),
        (0, False, True, True, [1.0], ["plans"]),  # a goal of an order, which nobody makes whole meanwhile
        (10**9, True, True, True, [1.0], ["plans"]),
    ],
)
def test_of_a_model_made_whole_once_only_bounds_go_on_after_a_plan(
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    whole: bool,
    plan: bool,
    fits: bool,
    gains: list[float],
    turns: list[str],
) -> None:
    monkeypatch.setattr(decomposed, "ONCE_FROM_COLUMNS", columns)
    search, turned = searching(two_blocks(budget=1.0)), []
    search.control.on_plan = (lambda x, objective: None) if whole else None
    if plan:
        search.offer_plan(np.array([1.0, 0.0, 0.0, 1.0]), 6.0)

    def bound(workers: int) -> bool:
        bounding.lately = gains[len(turned)]
        turned.append("bounds")
        bounding.stalled = len(turned) == len(gains)
        return True

    def improve(workers: int) -> None:
        turned.append("plans")
        search.done.set()

    bounding: Any = SimpleNamespace(fits=fits, stalled=False, pace=1.0, turn=bound, seed=0)
    plans: Any = SimpleNamespace(pace=1.0, broken=False, turn=improve)
    decomposed._close_gap(search, bounding, plans, 1)
    assert search.over() and turned == turns


@pytest.mark.parametrize(("budget", "best"), [(1.0, 6.0), (2.0, 2.0)])
def test_a_sweep_makes_the_mean_plan_whole(budget: float, best: float) -> None:
    search = searching(two_blocks(budget))
    priced = multipliers_by_columns(Pricing(search.whole, 0), search, 1e-6, 2, 0)
    assert priced is not None
    mending = Mending(search, np.array([20.0]), seed=0)
    x = swept(search, mending, priced, [None, None], workers=1)
    assert mending.worth(x) == pytest.approx(best)


def test_a_sweep_takes_what_only_a_block_s_own_plan_uses() -> None:
    search = searching(two_blocks(2.0))
    short, bought = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    priced = Priced(np.zeros(1), [short, short], [short, short]).with_plans([None, bought])
    assert [list(used) for used in priced.used] == [[0.0, 1.0], [1.0, 1.0]]
    mending = Mending(search, np.array([20.0]), seed=0)
    assert swept(search, mending, priced, [None, bought], workers=1) == pytest.approx([0.0, 1.0, 1.0, 0.0])


def test_a_block_keeps_its_own_plan_where_a_sweep_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(Mending, "free", lambda self, members, x, **how: asked.append(how))
    search = searching(two_blocks(2.0))
    search.bound = 1e6
    short, bought = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    priced = Priced(np.zeros(1), [short, short], [short, short])
    x = swept(search, Mending(search, np.array([20.0]), seed=0), priced, [None, bought], workers=1)
    assert x == pytest.approx([0.0, 1.0, 1.0, 0.0])
    # It begins from its own plan, and has longer while it may lose 0.03 % of the bound.
    assert [how["near"] for how in asked] == pytest.approx([300.0, 300.0])
    assert asked[0]["guess"] is None and asked[1]["guess"] == pytest.approx([0.0, 1.0, 1.0, 0.0])


def test_a_block_that_is_not_near_its_best_gets_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, list[bool]]] = []
    clock = [0.0]

    class Clock(Control):
        def seconds(self) -> float:
            return clock[0]

    def run(self: Highs, *, time_limit: float, watch: Any, **_: Any) -> Answer:
        told = []
        for now, best in ((1.0, 5.0), (3.0, 12.0), (3.0, 0.0), (9.0, 1e30), (9.0, 12.0), (3.0, 5.0)):
            clock[0] = now
            told.append(watch(best, 0.0))
        asked.append((time_limit, told))
        clock[0] = 0.0
        return Answer("no_plan", None, np.inf, -np.inf)

    monkeypatch.setattr(Highs, "run", run)
    search = Search(cut(two_blocks(1.0)), Clock(), gap=1e-9, deadline=1e9)
    mending = Mending(search, np.array([20.0]), seed=0)
    mending.free([0], np.array([0.0, 1.0, 0.0, 1.0]), gap=0.0, limit=2.0, near=10.0)
    mending.free([0], np.array([0.0, 1.0, 0.0, 1.0]), gap=0.0, limit=2.0)
    # In time it goes on; late it goes on while 12 may still be lost, and ends with 5. After four times its limit it
    # ends with any plan, but not without one: what is no plan of its block cannot be reconciled.
    assert asked[0] == (32.0, [False, False, False, False, True, True])
    assert asked[1][0] == 2.0


def test_a_row_of_few_blocks_costs_more_to_break() -> None:
    # The budget is of both blocks, the second row of the first one alone.
    arrays = replace(
        two_blocks(2.0),
        start=np.array([0, 2, 4, 6, 7]),
        index=np.array([0, 1, 2, 3, 0, 2, 0]),
        value=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]),
        row_lower=np.array([1.0, 1.0, -np.inf, -np.inf]),
        row_upper=np.array([np.inf, np.inf, 2.0, 2.0]),
        row_block=np.array([0, 1, -1, -1]),
    )
    search = searching(arrays)
    search.bound = 1e6
    of_both, of_one = breaking(search, [np.array([1.0, 0.0]), np.array([1.0, 0.0])])
    assert of_one == pytest.approx(2.0 * of_both)


def test_merged_plans_are_mended_in_the_blocks_they_changed() -> None:
    # With both units bought against a budget of 1 nothing but yes and no could give way, and these are kept.
    search = searching(two_blocks(1.0))
    mending = Mending(search, np.array([3.0]), seed=0)
    lacking = np.array([1.0, 0.0, 0.0, 0.0])
    assert mending.reconcile(lacking, [0]) == pytest.approx(lacking)
    assert mending.reconcile(lacking, [1]) == pytest.approx([1.0, 0.0, 0.0, 1.0])


def test_a_broken_plan_is_mended() -> None:
    search = searching(two_blocks(1.0))
    both = np.array([1.0, 0.0, 1.0, 0.0])
    mending = Mending(search, np.array([0.01]), seed=0)
    assert mending.broken(both) == pytest.approx([1.0])
    assert not mending.offer(both)
    search.bound = 6.0
    plans = [both[:2], both[2:]]
    priced = Priced(np.zeros(1), plans, plans)
    Neighborhoods(search, mending, both, priced, Pricing(search.whole, 0), 2, seed=0).run(workers=2)
    assert search.best == pytest.approx(6.0)
    assert search.best_x is not None
    assert not mending.broken(search.best_x).any()


@pytest.mark.parametrize(
    ("first", "is_followed", "given"),
    [
        ([1.0, 0.0, 1.0, 0.0], True, [1.0, 0.0, 1.0, 0.0]),
        ([1.0, 0.0, 1.0, 0.0], False, None),  # nobody makes it whole, and so nobody mends it
        ([1.0, 0.0, 0.5, 0.0], True, None),  # no plan of a block: cut short before it was one
    ],
)
def test_a_search_that_ends_before_its_plan_is_mended_gives_it_as_it_is(
    monkeypatch: pytest.MonkeyPatch, first: list[float], is_followed: bool, given: list[float] | None
) -> None:
    def out_of_time(self: Neighborhoods, workers: int) -> None:
        self.search.done.set()

    monkeypatch.setattr(Neighborhoods, "turn", out_of_time)
    monkeypatch.setattr(decomposed, "_offer_nothing", lambda search, seed: None)
    monkeypatch.setattr(decomposed, "_first_plan", lambda *args: np.array(first))
    control = Control(on_plan=(lambda x, objective: None) if is_followed else None)
    answer = solve_decomposed(two_blocks(1.0), gap=1e-9, time_limit=60.0, control=control, seed=0)
    assert (answer.status, answer.gap) == ("no_plan", np.inf)
    assert answer.bound == pytest.approx(6.0, abs=1e-2)
    assert given is None if answer.x is None else answer.x.tolist() == given


@pytest.mark.parametrize(
    ("columns", "few", "has_plan", "offered"),
    [(0, 20, False, 1), (0, 0, False, 0), (10**9, 20, False, 0), (0, 20, True, 0)],
)
def test_a_first_plan_that_breaks_few_rows_is_made_whole_as_it_is_where_that_is_done_once(
    monkeypatch: pytest.MonkeyPatch, columns: int, few: int, has_plan: bool, offered: int
) -> None:
    both, told, turns = np.array([1.0, 0.0, 1.0, 0.0]), [], []

    def turn(self: Neighborhoods, workers: int) -> None:
        turns.append(workers)
        self.search.done.set()

    monkeypatch.setattr(Neighborhoods, "turn", turn)
    if not has_plan:
        monkeypatch.setattr(decomposed, "_offer_nothing", lambda search, seed: None)
    monkeypatch.setattr(decomposed, "_first_plan", lambda *args: both)
    monkeypatch.setattr(decomposed, "ONCE_FROM_COLUMNS", columns)
    monkeypatch.setattr(decomposed, "_FEW_BROKEN", few)
    control = Control(on_plan=lambda x, objective: told.append((x.tolist(), objective)))
    answer = solve_decomposed(two_blocks(1.0), gap=1e-9, time_limit=60.0, control=control, seed=0)
    if has_plan:  # nothing bought: what is told of is that
        assert answer.is_plan and both.tolist() not in [x for x, _ in told]
        return
    assert answer.status == "no_plan" and answer.x is not None and answer.x.tolist() == both.tolist()
    assert told == offered * [(both.tolist(), answer.objective)]
    assert len(turns) == 1 - offered  # whoever makes it whole mends it


def test_a_row_is_mended_by_what_no_plan_has_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # A third coupling row asks for work that only an option of the first block gives, which no plan of a block has.
    arrays = replace(
        two_blocks(2.0),
        cost=np.array([1.0, 5.0, 1.0, 5.0, 9.0]),
        lower=np.zeros(5),
        upper=np.ones(5),
        integer=np.array([True, False, True, False, True]),
        start=np.array([0, 2, 4, 6, 7]),
        index=np.array([0, 1, 2, 3, 0, 2, 4]),
        value=np.ones(7),
        row_lower=np.array([1.0, 1.0, -np.inf, 1.0]),
        row_upper=np.array([np.inf, np.inf, 2.0, np.inf]),
        column_block=np.array([0, 0, 1, 1, 0]),
        row_block=np.array([0, 1, -1, -1]),
    )
    search = searching(arrays)
    search.bound = 11.0
    mending = Mending(search, np.full(2, 20.0), seed=0)
    lacking = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    plans = [lacking[[0, 1, 4]], lacking[2:4]]
    priced = Priced(np.zeros(2), plans, plans)
    plan = Neighborhoods(search, mending, lacking, priced, Pricing(search.whole, 0), 2, seed=0)
    asked: list[int] = []
    decided = plan._decided

    def watched(base: Floats, tasks: Sequence[Task]) -> list[Floats | None]:
        asked.append(len(tasks))
        return decided(base, tasks)

    monkeypatch.setattr(plan, "_decided", watched)
    plan.turn(workers=2)
    assert not plan.broken
    assert search.best == pytest.approx(11.0)
    assert asked == [2]  # one row to repair leaves the other worker a neighborhood of another kind


@pytest.mark.parametrize(("budget", "best"), [(2.0, 2.0), (1.0, 6.0)])
def test_what_threads_decide_from_one_plan_counts_together_where_it_fits(budget: float, best: float) -> None:
    search = searching(two_blocks(budget))
    mending = Mending(search, np.array([20.0]), seed=0)
    lacking = np.array([0.0, 1.0, 0.0, 1.0])
    plans = [lacking[:2], lacking[2:]]
    plan = Neighborhoods(
        search, mending, lacking, Priced(np.zeros(1), plans, plans), Pricing(search.whole, 0), 2, seed=0
    )
    free = np.ones(4, dtype=bool)
    for number, bought in enumerate(([1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0])):
        plan._take(lacking, [Task([number], free)], [np.array(bought)])
    # A budget for both takes what both decided; one for a single unit stays with what came first.
    assert plan.worth == search.best == pytest.approx(best)
    assert not plan.broken


@pytest.mark.parametrize(("price", "left"), [(4.05, True), (3.0, False)])
def test_a_plan_that_breaks_rows_is_left_for_one_nearly_as_good_that_breaks_none(price: float, left: bool) -> None:
    # Both bought for a budget of one cost 2 and what the row is paid with; one bought costs 6.
    search = searching(two_blocks(1.0))
    mending = Mending(search, np.array([price - 0.1]), seed=0)
    both = np.array([1.0, 0.0, 1.0, 0.0])
    one = np.array([1.0, 0.0, 0.0, 1.0])
    plans = [both[:2], both[2:]]
    priced = Priced(np.zeros(1), plans, plans)
    plan = Neighborhoods(search, mending, both, priced, Pricing(search.whole, 0), 2, seed=0)
    assert plan.broken and plan.worth < 6.0
    search.offer_plan(one, 6.0)
    plan._take_over()
    assert plan.broken is not left
    assert plan.worth == pytest.approx(6.0 if left else 2.0 + price - 0.1)


def test_what_is_decided_anew_ends_with_the_search() -> None:
    search = searching(two_blocks(1.0))
    watched: list[bool] = []

    def decide(*given: object, watch: Callable[[float, float], bool], **how: object) -> None:
        watched.append(watch(6.0, 0.0))
        search.done.set()
        watched.append(watch(6.0, 0.0))

    mending = Mending(search, np.array([20.0]), seed=0, decide=decide)
    mending.free([0], np.array([1.0, 0.0, 0.0, 1.0]), gap=0.0, limit=60.0)
    assert watched == [False, True]


def test_capabilities_at_work_elsewhere_are_left_alone() -> None:
    search = searching(two_blocks(2.0))
    mending = Mending(search, np.array([20.0]), seed=0)
    lacking = np.array([0.0, 1.0, 0.0, 1.0])
    plans = [lacking[:2], lacking[2:]]
    priced = Priced(np.zeros(1), plans, plans)
    plan = Neighborhoods(search, mending, lacking, priced, Pricing(search.whole, 0), 2, seed=0)
    for taken in (0, 1):
        plan._at_work = [Task([taken], np.ones(4, dtype=bool))]
        assert [task.members for task in plan._tasks(1)[1]] == [[1 - taken]]


def test_a_guide_is_the_mean_plan_where_a_block_has_none_of_its_own() -> None:
    search = searching(two_blocks(2.0))
    mending, pricing = Mending(search, np.array([20.0]), seed=0), Pricing(search.whole, 0)
    half = np.array([0.5, 0.5])
    guides = ByCapability(
        search, mending, Priced(np.zeros(1), [half, half], [half, half]), pricing, 1, np.random.default_rng(0)
    )
    pricing.plans[1] = np.array([1.0, 0.0])
    assert guides._own_plans() == pytest.approx([0.5, 0.5, 1.0, 0.0])


def test_a_pass_is_not_begun_that_would_be_cut_off() -> None:
    for left, fits in ((10.0, False), (20.0, True)):
        search = Search(cut(two_blocks(2.0)), Control(), gap=1e-9, deadline=Control().seconds() + left)
        search.offer_bound(0.0, np.zeros(1), np.zeros(2))
        assert Bounding(search, Pricing(search.whole, 0), np.zeros(1), 1, 0).fits is fits


def test_elastic_rows_break_only_where_they_have_a_side() -> None:
    model = elastic(two_blocks(0.0), np.array([2]), np.array([7.0]))
    answer = Highs(model, presolve=False).run()
    # Nothing may be bought: 10 for shortfall, or 1 + 7 for a unit over the budget each, which is dearer than 5.
    assert answer.objective == pytest.approx(10.0)
    assert model.upper[4:].tolist() == [0.0, np.inf]


@pytest.mark.parametrize(("seed", "apart"), [(301, False), (304, True), (309, False), (313, True)])
def test_bounds_hold_and_plans_keep_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, apart: bool
) -> None:
    if apart:  # workers take turns of their own, as in large models
        monkeypatch.setattr(sys.modules["optimizer.solve.decomposed"], "APART_COLUMNS", 0)
        monkeypatch.setattr(sys.modules["optimizer.solve.neighborhoods"], "MOST_COLUMNS", 0)
    write_random(tmp_path, seed, size="small")
    try:
        model = build(load_scenario(tmp_path), whole_deliveries=False)
    except InvalidInput:
        pytest.skip("the random scenario has a fault")
    cost, offset = model.cost_of(weights_of(model.scenario))
    arrays = replace(model.arrays, cost=cost, offset=offset)
    optimum = Highs(arrays, presolve=False).run(gap=0.0)
    found = solve_decomposed(arrays, gap=0.01, time_limit=5.0, control=Control(), seed=0)
    if optimum.x is None:
        assert found.x is None
        return
    room = 1e-6 * max(1.0, abs(optimum.objective))
    assert found.x is not None
    assert found.bound <= optimum.objective + room
    assert found.objective >= optimum.objective - room
    values = arrays.row_values(found.x)
    slack = 1e-5 * np.maximum(1.0, np.abs(values))
    assert ((values >= arrays.row_lower - slack) & (values <= arrays.row_upper + slack)).all()


def test_a_scenario_without_coupling_in_some_capability_can_be_swept(tmp_path: Path) -> None:
    write_random(tmp_path / "413", 413, size="small")
    scenario = load_scenario(tmp_path / "413")
    asked = scenario.settings.solver.model_copy(update={"strategy": "decomposed", "gap": 1e-4, "time_limit_s": 3.0})
    solution = solve(scenario.replace(settings={"solver": asked}).with_pooling("national"))
    assert solution.plan is None  # nothing fits
    assert solution.status in ("infeasible", "no_plan")


def test_multipliers_leave_time_for_plans() -> None:
    clock = iter(range(1000))

    class Slow(Control):
        def seconds(self) -> float:  # every look at the clock takes a second
            return float(next(clock))

    search = Search(cut(two_blocks(1.0)), Slow(), gap=1e-9, deadline=10.0)
    priced = multipliers_by_columns(Pricing(search.whole, 0), search, 1e-6, 2, 0)
    assert priced is not None
    assert search.left() > 0.0
    assert search.bound < 6.0 - 1e-3  # not near yet, as it would be with more time


@pytest.mark.parametrize(("apart_from", "best"), [(0, 2.0), (4, 6.0)])
def test_where_plans_come_by_timing_the_best_is_chosen_and_no_others_are_held(
    monkeypatch: pytest.MonkeyPatch, apart_from: int, best: float
) -> None:
    monkeypatch.setattr(sys.modules["optimizer.solve.search"], "APART_COLUMNS", apart_from)
    search = searching(two_blocks(2.0))
    search.gap, search.bound = 1.0, 1.0
    search.offer_plan(np.array([1.0, 0.0, 0.0, 1.0]), 6.0)
    search.offer_plan(np.array([1.0, 0.0, 1.0, 0.0]), 2.0)
    chosen = search.chosen()
    assert chosen is not None
    assert chosen[0] == best  # the first plan within the gap where there is a trail
