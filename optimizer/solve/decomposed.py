"""The decomposed strategy: capabilities apart under prices on coupling rows, a valid bound, a merged plan mended."""

from __future__ import annotations

import threading
from typing import Callable, Sequence

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs, tells_of_a_bound
from optimizer.solve.again import Recall, keep_pass, take_up
from optimizer.solve.blocks import cut, without
from optimizer.solve.bounding import LARGE_COLUMNS, Bounding
from optimizer.solve.given_back import give_back
from optimizer.solve.mending import Mending, breaking
from optimizer.solve.multipliers import Priced, multipliers_by_columns
from optimizer.solve.neighborhoods import Neighborhoods
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import APART_COLUMNS, Search
from optimizer.solve.standby import ONCE_FROM_COLUMNS
from optimizer.solve.sweep import swept
from optimizer.solve.whole import solve_whole

# The multipliers' bound is raised by whole blocks afterwards by some 0.3 to 0.9 %, and what it lacks is still missing
# there: the last 0.07 % take 1 s at M and 3 to 5 s at L, much less than a pass over whole blocks.
_ROOT_GAP = 3e-4
# Blocks' own plans that come this near to the bound, broken rows included, need no sweep: 7 to 15 s at M, 70 s at L,
# where it gives 2.2 % instead of 13 %.
_NEAR = 0.06
# Seconds that must be left for each block, for a sweep and what it takes to mend it.
_SWEEP_SECONDS = 1.7
# A first pass over a large model takes longer than a sweep, and its blocks' plans fit badly: of the time left the
# dearest blocks get this share for their best plans, from which the sweep begins.
_DEAR_FIRST = 0.18
# Turns at plans after each pass: its plans are new guides.
_TURNS = 2
# A search that is made whole once ends where no pass over its blocks fits any more or so many turns of one have added
# less than this share of the cost in a second: there whole deliveries have more to gain from the time (XL, seed 1: in
# each of two threads 2.4e-5 for a minute, where turns added 1.1e-5, 0.3e-5, 0.9e-5, ...).
_SLOW, _SLOW_TURNS = 1.5e-5, 2
# A first plan that breaks so few rows is made whole at once where that is done once: it mends them as well (XL, seed 3:
# 12 s, where turns of both threads were in vain for 30).
_FEW_BROKEN = 20
# Without a plan after some seconds a small model is asked as a whole; without one after this share of the time larger
# ones are asked beside the search; in still larger ones that would not tell.
_PATIENCE, _SMALL_PATIENCE, _SMALL, _WHOLE_TELLS = 0.5, 5.0, 12_000, 60_000


def solve_decomposed(
    arrays: Arrays,
    *,
    gap: float,
    time_limit: float,
    control: Control,
    seed: int,
    workers: int = 2,
    recall: Recall | None = None,
) -> Answer:
    """Cut the model by capability, price the coupling rows, bound, merge, mend, improve.

    The bound is valid for the whole model whatever the multipliers; the plan satisfies every row of it. With `recall`
    the search begins with what earlier ones left, and leaves what it found.
    """
    whole = cut(arrays)
    search = Search(whole, control, gap, control.seconds() + time_limit)
    if recall is not None:
        take_up(recall, search, workers=workers, seed=seed)
        if search.reached():
            return _answer(search)
    pricing = Pricing(whole, seed)
    priced = _priced(search, pricing, workers, seed)
    if priced is None or search.over():
        return _answer(search)
    if priced.infeasible:  # believed only after the whole strategy's second look
        return solve_whole(arrays, gap=gap, time_limit=search.left(), control=control, seed=seed)

    def close_gap(bounding: Bounding, plans: Neighborhoods) -> None:
        _close_gap(search, bounding, plans, workers)

    _improve(search, pricing, priced, recall, workers, seed, close_gap)
    if _in_vain(search) or search.infeasible:  # there may be none, which only the whole strategy can tell
        return solve_whole(arrays, gap=gap, time_limit=max(0.1, search.left()), control=control, seed=seed)
    return _answer(search)


def plans_alone(search: Search, seed: int) -> None:
    """Plans for a search whose bound comes from elsewhere, in one thread, until it is over."""
    pricing = Pricing(search.whole, seed)
    priced = _priced(search, pricing, 1, seed)
    if priced is not None and not priced.infeasible and not search.over():
        _improve(search, pricing, priced, None, 1, seed, lambda bounding, plans: plans.run(1))


def _priced(search: Search, pricing: Pricing, workers: int, seed: int) -> Priced | None:
    """Prices of the coupling rows, and the plan that buys nothing on the way to them."""
    _offer_nothing(search, seed)
    give_back()
    priced = multipliers_by_columns(pricing, search, _ROOT_GAP, workers, seed)
    pricing.rest()
    give_back()
    return priced


def _in_vain(search: Search) -> bool:
    """Whether a small model has gone so long without a plan that the whole of it should be asked."""
    return search.whole.arrays.columns <= _SMALL and _without_plan(search, _SMALL_PATIENCE)


def _late(search: Search) -> bool:
    """Whether a model has gone so long without a plan that the whole of it should be asked beside the search."""
    return search.whole.arrays.columns <= _WHOLE_TELLS and _without_plan(search, _PATIENCE * search.seconds)


def _without_plan(search: Search, seconds: float) -> bool:
    return search.best_x is None and not search.over() and search.seconds - search.left() > seconds


def _offer_nothing(search: Search, seed: int) -> None:
    """The plan that buys nothing, where shortfall is allowed: any stop from now on keeps a plan."""
    arrays = search.whole.arrays
    integers = np.flatnonzero(arrays.integer)
    if (arrays.lower[integers] > 0.0).any():
        return
    part, columns = without(arrays, integers, np.zeros(arrays.columns))
    answer = Highs(part, relax=True, seed=seed, presolve=True).run(
        time_limit=10.0, control=Control(stop=search.control.stop)
    )
    if answer.x is not None and answer.status == "optimal":
        x = np.zeros(arrays.columns)
        x[columns] = answer.x
        search.offer_plan(x, float(arrays.cost @ x))


def _improve(
    search: Search,
    pricing: Pricing,
    priced: Priced,
    recall: Recall | None,
    workers: int,
    seed: int,
    close_gap: Callable[[Bounding, Neighborhoods], None],
) -> None:
    """A first plan and a first bound, then what closes the gap between them."""
    mending = Mending(search, breaking(search, priced.mean), seed)
    bounding = Bounding(search, pricing, priced.multipliers, workers, seed)
    large = search.whole.arrays.columns > LARGE_COLUMNS
    if not bounding.begin(_DEAR_FIRST * search.left() if large else np.inf) and not large:
        return
    priced = priced.with_plans(pricing.plans)
    if large:
        first = _bounding_beside(bounding, workers, mending, swept(search, mending, priced, pricing.plans, workers))
    else:
        first = _first_plan(search, mending, pricing, priced, workers)
    _offer_to_be_mended(search, mending, first)
    plans, price = Neighborhoods(search, mending, first, priced, pricing, workers, seed), mending.price.copy()
    close_gap(bounding, plans)
    if search.best_x is None and search.control.on_plan is not None:
        search.unmended = _to_be_mended(mending, price, [first, plans.x])
    if recall is not None and bounding.last is not None:
        keep_pass(recall, search.whole, bounding.last.multipliers, bounding.last.answers)


def _offer_to_be_mended(search: Search, mending: Mending, x: Floats) -> None:
    """Have a plan that breaks a few rows made whole as it is, where that is done but once."""
    on_plan, broken = search.control.on_plan, int((mending.broken(x) > 0.0).sum())
    if on_plan is None or search.best_x is not None or search.whole.arrays.columns < ONCE_FROM_COLUMNS:
        return
    if broken <= _FEW_BROKEN and mending.keeps_block_rows(x):
        worth = mending.worth(x)
        search.unmended = worth, x
        on_plan(x, worth)


def _to_be_mended(mending: Mending, price: Floats, points: Sequence[Floats]) -> tuple[float, Floats] | None:
    """The best of some points that break rows, at a `price` for these; one made whole afterwards may be mended there.

    None where a block alone breaks what is its own, as where it was cut short.
    """
    whole = [(mending.worth(x, price), x) for x in points if mending.keeps_block_rows(x)]
    return min(whole, key=lambda item: item[0], default=None)


def _close_gap(search: Search, bounding: Bounding, plans: Neighborhoods, workers: int) -> None:
    """Whichever of plans and bounds closes the gap faster; the whole model beside plans where neither gets on."""
    apart = workers if search.whole.arrays.columns > APART_COLUMNS else 1
    search.together([lambda: _by_turns(search, bounding, plans, workers // apart)] * apart)
    if _is_made_whole(search, plans):
        _bound_beside_finish(search, bounding, max(1, workers - 1))
    if not search.over() and not _in_vain(search):
        search.together([lambda: plans.run(1), lambda: _bound_by_cuts(search, bounding.seed)], until_first=True)


def _by_turns(search: Search, bounding: Bounding, plans: Neighborhoods, workers: int) -> None:
    """Whichever of plans and bounds closes the gap faster, until bounds have stalled or the whole model is asked."""
    turns = 0
    while not (search.over() or bounding.stalled or _late(search) or _in_vain(search) or _is_made_whole(search, plans)):
        first = turns < (_TURNS if plans.pace > 0.0 else 1) or plans.broken or plans.pace > bounding.pace
        if not first and bounding.fits and bounding.turn(workers):
            turns = 0
        elif first or not bounding.help():
            plans.turn(workers)
            turns += 1


def _is_made_whole(search: Search, plans: Neighborhoods) -> bool:
    """Whether another thread is at a plan of a model made whole but once: what turns took off it would be lost."""
    once = search.control.on_plan is not None and search.whole.arrays.columns >= ONCE_FROM_COLUMNS
    return once and (search.unmended is not None or (search.best_x is not None and not plans.broken))


def _bound_beside_finish(search: Search, bounding: Bounding, workers: int) -> None:
    """Bounds alone while another thread makes the plan whole and cheaper, until that has more to gain from the time."""
    slow, cost = 0, abs(search.bound if search.best_x is None else search.best)
    while not (search.over() or bounding.stalled) and bounding.fits and slow < _SLOW_TURNS:
        bounding.turn(workers)
        slow = slow + 1 if bounding.lately < _SLOW * cost else 0
    search.done.set()


def _first_plan(search: Search, mending: Mending, pricing: Pricing, priced: Priced, workers: int) -> Floats:
    """The blocks' own plans together; where these fit badly and there is time, a sweep if that is better."""
    merged = _reconciled(mending, mending.merged(pricing.plans))
    near = mending.worth(merged) - search.bound <= _NEAR * abs(search.bound)
    # A sweep cut short is no plan at all.
    if near or search.left() < _SWEEP_SECONDS * len(search.whole.blocks):
        return merged
    return min(merged, _swept(search, mending, priced, pricing, workers), key=mending.worth)


def _swept(search: Search, mending: Mending, priced: Priced, pricing: Pricing, workers: int) -> Floats:
    return _reconciled(mending, swept(search, mending, priced, pricing.plans, workers))


def _reconciled(mending: Mending, x: Floats) -> Floats:
    """The point with all but its yes and no decided anew, offered; itself where the solver finds nothing in time."""
    found = mending.reconcile(x)
    x = x if found is None else found
    mending.offer(x)
    return x


def _bounding_beside(bounding: Bounding, workers: int, mending: Mending, x: Floats) -> Floats:
    """The point reconciled, which takes one thread (XL: 12 s), and the first pass going on in another meanwhile."""
    found: list[Floats] = []
    done = threading.Event()

    def reconcile() -> None:
        try:
            found.append(_reconciled(mending, x))
        finally:
            done.set()

    beside = [lambda: bounding.go_on_until(done)] if workers > 1 else []
    mending.search.together([reconcile, *beside])
    give_back()
    return found[0]


def _bound_by_cuts(search: Search, seed: int) -> None:
    """The whole model in the solver's hands, for the bound its cuts give; its plan counts as well."""

    def watch(best: float, bound: float) -> bool:
        del best
        if tells_of_a_bound(bound):
            search.offer_bound(bound)
        return search.over()

    solver = Highs(search.whole.arrays, seed=seed, presolve=True)
    if search.best_x is not None:
        solver.start_from(search.best_x)
    left, control = max(0.1, search.left()), Control(stop=search.control.stop)
    answer = solver.run(gap=search.gap, time_limit=left, control=control, watch=watch)
    if answer.status == "infeasible":
        if search.best_x is None:
            search.infeasible = True
            search.done.set()
        return
    search.offer_bound(answer.bound)
    if answer.x is not None:
        search.offer_plan(answer.x, answer.objective, on_trail=False)


def _answer(search: Search) -> Answer:
    chosen = search.chosen()
    if chosen is None:
        if search.control.stop.is_set() or search.unmended is None:
            status = "interrupted" if search.control.stop.is_set() else "no_plan"
            return Answer(status, None, INFINITY, search.bound)
        worth, x = search.unmended
        return Answer("no_plan", x, worth, search.bound, row_dual=search.prices())
    objective, x = chosen
    bound = min(search.bound, objective)
    return Answer(search.status_of(objective), x, objective, bound, row_dual=search.prices())
