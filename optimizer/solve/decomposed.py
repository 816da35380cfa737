"""The decomposed strategy: capabilities apart under prices on coupling rows, a valid bound, a merged plan mended."""

from __future__ import annotations

import threading

import numpy as np

from optimizer.model.lp import INFINITY, Answer, Arrays, Control, Floats, Highs
from optimizer.solve.again import Recall, begin_again, keep_pass, plan_again
from optimizer.solve.blocks import Block, cut, without
from optimizer.solve.mending import Mending
from optimizer.solve.pricing import Master, Pricing, lagrangian_pass
from optimizer.solve.search import Search
from optimizer.solve.whole import solve_whole

_ROOT_SHARE = 0.35
_BLOCK_GAP = 3e-4
_FIRST_GAP, _FIRST_SECONDS = 1e-3, 8.0
_SWEEP_GAP = 3e-3
_NEAR_GAP, _NEAR_SECONDS = 5e-4, 8.0
_SIMPLEX_ITERATIONS = 25_000
_BLOCK_SECONDS = 20.0
_SMOOTHING = 0.5
# The solver's own cuts on the whole model give the better bound where there is time for this many root relaxations.
_CUTS_TAKE = 6.0
# An interior point's objective is right to about this share.
_LP_ROUNDING = 1e-7


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
    began = control.seconds()
    whole = cut(arrays)
    search = Search(whole, control, gap, control.seconds() + time_limit)
    if recall is not None:
        changed = begin_again(recall, search, workers=workers, seed=seed)
        if changed is not None:
            plan_again(recall, search, changed, seed)
        if search.reached():
            return _answer(search)
    pricing = Pricing(whole, seed)
    relaxed = relaxation(arrays, seconds=_ROOT_SHARE * time_limit, stop=control.stop, seed=seed)
    root_seconds = control.seconds() - began
    if relaxed.status == "infeasible":  # believed only after the whole strategy's second look
        return solve_whole(arrays, gap=gap, time_limit=search.left(), control=control, seed=seed)
    _offer_nothing(search, seed)
    multipliers = np.zeros(len(whole.rows))
    if relaxed.row_dual is not None and relaxed.status == "optimal":
        multipliers = relaxed.row_dual[whole.rows]
        search.offer_bound(relaxed.bound - _LP_ROUNDING * abs(relaxed.bound))
    answers = lagrangian_pass(pricing, search, multipliers, workers, _FIRST_GAP, _FIRST_SECONDS)
    if answers is not None:
        if recall is not None:
            keep_pass(recall, whole, multipliers, answers)
        if any(answer.status == "infeasible" for answer in answers):
            return solve_whole(arrays, gap=gap, time_limit=search.left(), control=control, seed=seed)
        _improve(search, pricing, relaxed, seed, cuts=root_seconds * _CUTS_TAKE < search.left())
    return _answer(search)


def relaxation(arrays: Arrays, *, seconds: float, stop: threading.Event, seed: int) -> Answer:
    """The linear relaxation by dual simplex and by interior point side by side.

    Neither dominates: on the default data simplex is ten times faster, on models with many coupling rows three times
    slower. Simplex counts when it ends within a number of iterations, not of seconds, so that the same input always
    takes the same way.
    """
    ended = threading.Event()
    answers: dict[str, Answer] = {}

    def run(name: str, options: dict[str, object]) -> None:
        solver = Highs(arrays, relax=True, seed=seed, presolve=True)
        for option, value in options.items():
            solver.option(option, value)
        answers[name] = solver.run(time_limit=max(1.0, seconds), control=Control(stop=ended))
        if name == "simplex" and answers[name].status in ("optimal", "infeasible"):
            ended.set()

    ways: dict[str, dict[str, object]] = {
        "simplex": {"solver": "simplex", "simplex_iteration_limit": _SIMPLEX_ITERATIONS},
        "interior": {"solver": "ipx", "run_crossover": "off"},
    }
    threads = [threading.Thread(target=run, args=way, daemon=True) for way in ways.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.1)
            if stop.is_set():
                ended.set()
    first = answers["simplex"]
    return first if first.status in ("optimal", "infeasible") else answers["interior"]


def _offer_nothing(search: Search, seed: int) -> None:
    """The plan that buys nothing, where shortfall is allowed: any stop from now on keeps a plan."""
    arrays = search.whole.arrays
    integers = np.flatnonzero(arrays.integer)
    if (arrays.lower[integers] > 0.0).any():
        return
    part, columns = without(arrays, integers, np.zeros(arrays.columns))
    answer = Highs(part, relax=True, seed=seed, presolve=True).run(time_limit=10.0)
    if answer.x is not None and answer.status == "optimal":
        x = np.zeros(arrays.columns)
        x[columns] = answer.x
        search.offer_plan(x, float(arrays.cost @ x))


def _improve(search: Search, pricing: Pricing, relaxed: Answer, seed: int, *, cuts: bool) -> None:
    """Bound and plan improved side by side, each in a thread of its own."""
    whole = search.whole
    price = 2.0 + 3.0 * np.abs(search.multipliers) if len(search.multipliers) else np.full(len(whole.rows), 10.0)
    master = Master(whole, 10.0 + 20.0 * float(np.abs(search.multipliers).max(initial=0.0)))
    expected = [np.zeros(len(whole.rows)) for _ in whole.blocks]
    if relaxed.x is not None:
        expected = [block.coupling.activity(relaxed.x[block.columns]) for block in whole.blocks]
    master.add_all(pricing.plans)
    first = [
        plan.copy() if plan is not None else np.zeros(len(block.columns))
        for plan, block in zip(pricing.plans, whole.blocks, strict=True)
    ]
    failure: list[BaseException] = []

    def dual() -> None:
        try:
            if cuts:
                _bound_by_cuts(search, seed)
            else:
                _bound_by_prices(search, pricing, master, seed)
        except BaseException as error:  # raised again by the caller below
            failure.append(error)
            search.done.set()

    thread = threading.Thread(target=dual, daemon=True)
    thread.start()
    try:
        _primal(search, first, expected, price, seed)
    finally:
        if not search.reached() and not search.control.stop.is_set():
            while thread.is_alive() and not search.over():
                thread.join(0.1)
        search.done.set()
        thread.join()
    if failure:
        raise failure[0]


def _bound_by_cuts(search: Search, seed: int) -> None:
    """The whole model in the solver's hands, for the bound its cuts give; its plan counts as well."""
    arrays = search.whole.arrays

    def watch(best: float, bound: float) -> bool:
        del best
        if abs(bound) < 1e29:
            search.offer_bound(bound)
        return search.over()

    solver = Highs(arrays, seed=seed, presolve=True)
    if search.best_x is not None:
        solver.start_from(search.best_x)
    answer = solver.run(
        gap=search.gap, time_limit=max(0.1, search.left()), control=Control(stop=search.control.stop), watch=watch
    )
    if answer.status == "infeasible":
        return
    search.offer_bound(answer.bound)
    if answer.x is not None:
        search.offer_plan(answer.x, answer.objective, on_trail=False)


def _bound_by_prices(search: Search, pricing: Pricing, master: Master, seed: int) -> None:
    """Better multipliers from the plans seen, smoothed towards the best so far (in-out)."""
    while not search.over():
        solved = master.solve(seed)
        if solved is None or search.over():
            return
        center = search.multipliers if len(search.multipliers) else solved[0]
        mixed = _SMOOTHING * center + (1.0 - _SMOOTHING) * solved[0]
        if lagrangian_pass(pricing, search, mixed, 1, _BLOCK_GAP, _BLOCK_SECONDS) is None:
            return
        master.add_all(pricing.plans)


def _primal(search: Search, plans: list[Floats], expected: list[Floats], price: Floats, seed: int) -> None:
    """Mend the merged plan, then free neighborhoods of growing size where the plan is farthest from its prices.

    The sweeps are only for merged plans whose yes and no leave no feasible plan at all.
    """
    mending = Mending(search, seed)
    whole, multipliers = search.whole, search.multipliers
    if (mending.settle(plans) or mending.reconcile(plans)) and search.over():
        return
    if search.best_x is None:
        plans, _ = mending.sweep(plans, expected, price, _SWEEP_GAP)
        for _ in range(6):
            if search.over() or mending.settle(plans) or mending.reconcile(plans):
                break
            price = 4.0 * price
            plans, _ = mending.sweep(plans, mending.activity(plans), price, _SWEEP_GAP)
    rng = np.random.default_rng(seed)
    size, fruitless = 2, 0
    while not search.over() and search.best_x is not None:
        plans = [search.best_x[block.columns] for block in whole.blocks]
        activities = mending.activity(plans)
        weight = np.array(
            [_distance(search, multipliers, block, plan) for block, plan in zip(whole.blocks, plans, strict=True)]
        )
        weight = weight + 1e-3 * weight.max(initial=1e-9) + 1e-12
        count = min(size, len(whole.blocks))
        members = [int(k) for k in rng.choice(len(whole.blocks), count, replace=False, p=weight / weight.sum())]
        new, _, _ = mending.free(members, plans, activities, elastic=None, gap=_NEAR_GAP, limit=_NEAR_SECONDS)
        improved = False
        if new is not None:
            for k, plan in zip(members, new, strict=True):
                plans[k] = plan
            before = search.best
            mending.settle(plans)
            improved = search.best < before - 1e-7 * abs(before)
        fruitless = 0 if improved else fruitless + 1
        if fruitless >= max(4, len(whole.blocks) // 2) and size < len(whole.blocks):
            size, fruitless = size + 1, 0


def _distance(search: Search, multipliers: Floats, block: Block, plan: Floats) -> float:
    """Priced cost of a block's plan, as a measure of where the gap may sit."""
    cost = search.whole.arrays.cost[block.columns]
    if len(multipliers):
        cost = cost - block.coupling.priced(multipliers)
    return abs(float(cost @ plan))


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
