"""The decomposed strategy: capabilities apart under prices on coupling rows, a valid bound, a merged plan mended."""

from __future__ import annotations

import threading

import numpy as np

from optimizer.model.lp import INFINITY, Answer, Arrays, Control, Floats, Highs
from optimizer.solve.again import Recall, begin_again, keep_pass, plan_again
from optimizer.solve.blocks import cut, without
from optimizer.solve.master import Master
from optimizer.solve.mending import Mending
from optimizer.solve.multipliers import Priced, multipliers_by_columns
from optimizer.solve.neighborhoods import Neighborhoods
from optimizer.solve.pricing import Pricing, lagrangian_pass
from optimizer.solve.search import Search
from optimizer.solve.whole import solve_whole

# The multipliers' bound is raised by whole blocks afterwards by some 0.3 to 0.9 %, so this is near enough.
_ROOT_GAP = 1e-3
_BLOCK_GAP, _BLOCK_SECONDS = 3e-4, 20.0
_FIRST_GAP, _FIRST_SECONDS = 1e-3, 8.0
_SMOOTHING = 0.5
# With few blocks each has a large part in many coupling rows, and their plans are made in view of one another.
_SWEEP_UP_TO = 30
# Breaking a coupling row costs at least this, and at least so many times its multiplier.
_BREAKING, _BREAKING_TIMES = 3.0, 5.0
# Breaking a row by all of its activity costs at least this share of the objective.
_BREAKING_SHARE = 2e-3


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
        changed = begin_again(recall, search, workers=workers, seed=seed)
        if changed is not None:
            plan_again(recall, search, changed, seed)
        if search.reached():
            return _answer(search)
    pricing = Pricing(whole, seed)
    _offer_nothing(search, seed)
    priced = multipliers_by_columns(pricing, search, _ROOT_GAP, workers, seed)
    if priced is None or search.over():
        return _answer(search)
    if priced.infeasible:  # believed only after the whole strategy's second look
        return solve_whole(arrays, gap=gap, time_limit=search.left(), control=control, seed=seed)
    _improve(search, pricing, priced, recall, workers, seed)
    return _answer(search)


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


def _improve(search: Search, pricing: Pricing, priced: Priced, recall: Recall | None, workers: int, seed: int) -> None:
    """A first plan and a first bound, then both improved side by side, each in a thread of its own."""
    mending = Mending(search, _breaking(search, priced.mean), seed)
    swept = None
    if len(search.whole.blocks) <= _SWEEP_UP_TO:
        swept = mending.sweep(priced.mean, workers)
        if swept is not None:
            swept = _reconciled(mending, swept)
    answers = lagrangian_pass(pricing, search, priced.multipliers, workers, _FIRST_GAP, _FIRST_SECONDS)
    if answers is None or search.over():
        return
    if recall is not None:
        keep_pass(recall, search.whole, priced.multipliers, answers)
    x = _reconciled(mending, mending.merged(pricing.plans))
    if swept is not None and mending.worth(swept) < mending.worth(x):
        x = swept
    price, failure = mending.price.copy(), list[BaseException]()

    def dual() -> None:
        try:
            _bound(search, pricing, price, seed)
        except BaseException as error:  # raised again by the caller below
            failure.append(error)
            search.done.set()

    thread = threading.Thread(target=dual, daemon=True)
    thread.start()
    try:
        Neighborhoods(search, mending, x, priced.used, seed).run()
    finally:
        search.done.set()
        thread.join()
    if failure:
        raise failure[0]


def _reconciled(mending: Mending, x: Floats) -> Floats:
    """The point with all but its yes and no decided anew, offered; itself where the solver finds nothing in time."""
    found = mending.reconcile(x)
    x = x if found is None else found
    mending.offer(x)
    return x


def _bound(search: Search, pricing: Pricing, price: Floats, seed: int) -> None:
    """Better multipliers from the plans seen, smoothed towards the best so far (in-out)."""
    master = Master(search.whole, price, seed)
    while not search.over():
        master.add_all(pricing.plans)
        mixture = master.solve()
        if mixture is None or search.over():
            return
        trial = _SMOOTHING * search.multipliers + (1.0 - _SMOOTHING) * mixture.multipliers
        if lagrangian_pass(pricing, search, trial, 1, _BLOCK_GAP, _BLOCK_SECONDS) is None:
            return


def _breaking(search: Search, mean: list[Floats]) -> Floats:
    """What breaking each coupling row costs while a plan is mended, be it a row of money or of programs."""
    blocks = search.whole.blocks
    activity = np.sum([np.abs(b.coupling.activity(plan)) for b, plan in zip(blocks, mean, strict=True)], axis=0)
    by_size = _BREAKING_SHARE * abs(search.bound) / np.maximum(activity, 1.0)
    return np.asarray(np.maximum(np.maximum(_BREAKING, by_size), _BREAKING_TIMES * np.abs(search.multipliers)))


def _answer(search: Search) -> Answer:
    chosen = search.chosen()
    if chosen is None:
        status = "interrupted" if search.control.stop.is_set() else "no_plan"
        return Answer(status, None, INFINITY, search.bound)
    objective, x = chosen
    status = "feasible"
    if search.control.stop.is_set():
        status = "interrupted"
    elif objective - search.bound <= 1e-9 * max(1.0, abs(objective)):
        status = "optimal"
    return Answer(status, x, objective, min(search.bound, objective))
