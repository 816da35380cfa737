"""The decomposed strategy: capabilities apart under prices on the coupling rows, a valid bound, a merged plan mended."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from optimizer.model.lp import INFINITY, Answer, Arrays, Control, Floats, Highs
from optimizer.solve.blocks import Block, Cut, cut, implied_rows, stacked, without

_ROOT_SHARE = 0.35
_BLOCK_GAP = 3e-4
_BLOCK_SECONDS = 20.0
_SMOOTHING = 0.5
_VIOLATION = 1e-6
# Up to this many columns the solver's own cuts on the whole model give the better bound (formulation.md 4.3).
_WHOLE_BOUND_UP_TO = 250_000


@dataclass
class Search:
    """What the threads of one search share: the best plan, the best bound, and the plans seen."""

    whole: Cut
    control: Control
    gap: float
    deadline: float
    best_x: Floats | None = None
    best: float = INFINITY
    bound: float = -INFINITY
    multipliers: Floats = field(default_factory=lambda: np.zeros(0))
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)

    def left(self) -> float:
        """Seconds left."""
        return self.deadline - self.control.seconds()

    def over(self) -> bool:
        """Whether to stop: asked, out of time, or within the gap."""
        return self.done.is_set() or self.control.stop.is_set() or self.left() <= 0.0 or self.reached()

    def reached(self) -> bool:
        """Whether the asked gap is reached."""
        offset = self.whole.arrays.offset
        if self.best_x is None:
            return False
        return self.best - self.bound <= self.gap * max(abs(self.best + offset), 1e-9)

    def offer_bound(self, bound: float, multipliers: Floats | None = None) -> None:
        """A valid bound."""
        with self.lock:
            if bound > self.bound:
                self.bound = bound
                if multipliers is not None:
                    self.multipliers = multipliers
        self.report()

    def offer_plan(self, x: Floats, objective: float) -> bool:
        """A feasible plan; true when it is the best so far."""
        with self.lock:
            better = objective < self.best - 1e-9 * max(1.0, abs(self.best))
            if better or self.best_x is None:
                self.best_x, self.best = x.copy(), objective
                better = True
        if better:
            self.report()
        return better

    def report(self) -> None:
        """Tell the listener."""
        offset = self.whole.arrays.offset
        self.control.report(
            "decomposed",
            None if self.best_x is None else self.best + offset,
            None if self.bound == -INFINITY else self.bound + offset,
        )


class Pricing:
    """The blocks' own problems, implied coupling rows included, priced again and again on kept solver objects."""

    def __init__(self, whole: Cut, seed: int) -> None:
        self.whole = whole
        self.solvers: list[Highs] = []
        self.costs: list[Floats] = []
        self.seconds = np.ones(len(whole.blocks))
        for block, (rows, lower, upper) in zip(whole.blocks, implied_rows(whole), strict=True):
            arrays, _ = stacked(whole, (block,), rows, lower, upper)
            cost = np.zeros(arrays.columns)
            cost[: len(block.columns)] = whole.arrays.cost[block.columns]
            self.costs.append(cost)
            self.solvers.append(Highs(arrays, seed=seed, presolve=True))
        self.plans: list[Floats | None] = [None] * len(whole.blocks)

    def price(self, number: int, multipliers: Floats, control: Control, limit: float, gap: float) -> Answer:
        """One block at the multipliers: its best plan and a valid bound."""
        block, solver = self.whole.blocks[number], self.solvers[number]
        cost = self.costs[number].copy()
        cost[: len(block.columns)] -= block.coupling.priced(multipliers)
        solver.change_cost(cost)
        began = control.seconds()
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=control.stop))
        self.seconds[number] = control.seconds() - began
        if answer.x is not None:
            self.plans[number] = answer.x[: len(block.columns)]
        return answer

    def largest_first(self) -> list[int]:
        """Block numbers, the slowest of the last pass first."""
        return [int(k) for k in np.argsort(-self.seconds, kind="stable")]


def legal(whole: Cut, multipliers: Floats) -> Floats:
    """Multipliers clipped to their legal sign, so that any of them gives a valid bound."""
    signed = np.where(np.isinf(whole.lower), np.minimum(multipliers, 0.0), multipliers)
    return np.where(np.isinf(whole.upper), np.maximum(signed, 0.0), signed)


def constant_of(whole: Cut, multipliers: Floats) -> tuple[float, Floats]:
    """The bound's part of the coupling rows and global columns, and multipliers under which it is finite."""
    arrays = whole.arrays
    for _ in range(60):
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
        endless = (reduced < -1e-9) & np.isinf(arrays.upper[whole.globals])
        if not endless.any():
            break
        # A global column that pays to grow without end: lower the prices of the rows that make it do so.
        rows = whole.global_entries.row[np.isin(whole.global_entries.column, np.flatnonzero(endless))]
        multipliers = multipliers.copy()
        multipliers[np.unique(rows)] *= 0.9
    else:
        multipliers = multipliers.copy()
        multipliers[np.unique(whole.global_entries.row)] = 0.0
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
    with np.errstate(invalid="ignore"):
        at_bound = np.where(
            reduced >= 0.0, reduced * arrays.lower[whole.globals], reduced * arrays.upper[whole.globals]
        )
    columns = float(np.where(np.abs(reduced) > 1e-9, at_bound, 0.0).sum())
    sides = np.where(multipliers > 0.0, whole.lower, np.where(multipliers < 0.0, whole.upper, 0.0))
    return columns + float((multipliers * sides).sum()), multipliers


def lagrangian_pass(
    pricing: Pricing, search: Search, multipliers: Floats, workers: int, gap: float, limit: float
) -> list[Answer] | None:
    """Every block at the multipliers; offers the bound. None when stopped half way."""
    whole = pricing.whole
    constant, multipliers = constant_of(whole, legal(whole, multipliers))
    answers: dict[int, Answer] = {}

    def work(number: int) -> None:
        if not search.over():
            seconds = max(0.1, min(limit, search.left()))
            answers[number] = pricing.price(number, multipliers, search.control, seconds, gap)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, pricing.largest_first()))
    if len(answers) < len(whole.blocks):
        return None
    ordered = [answers[number] for number in range(len(whole.blocks))]
    if all(answer.status == "infeasible" or np.isfinite(answer.bound) for answer in ordered):
        search.offer_bound(constant + sum(answer.bound for answer in ordered), multipliers)
    return ordered


class Master:
    """The master problem over the plans seen (Dantzig-Wolfe), coupling rows elastic at a price."""

    def __init__(self, whole: Cut, price: float) -> None:
        self.whole = whole
        self.price = price
        self.columns: list[tuple[int, float, Floats]] = []

    def add(self, number: int, plan: Floats) -> None:
        """A plan of a block."""
        block = self.whole.blocks[number]
        self.columns.append(
            (number, float(self.whole.arrays.cost[block.columns] @ plan), block.coupling.activity(plan))
        )

    def add_all(self, plans: list[Floats | None]) -> None:
        """The plans of a pass, one per block where there is one."""
        for number, plan in enumerate(plans):
            if plan is not None:
                self.add(number, plan)

    def solve(self, seed: int) -> tuple[Floats, list[Floats]] | None:
        """Multipliers, and the mean activity of each block."""
        whole, arrays = self.whole, self.whole.arrays
        rows, blocks, plans = len(whole.rows), len(whole.blocks), len(self.columns)
        row, column, value = [], [], []
        for number, (block, _, activity) in enumerate(self.columns):
            at = np.flatnonzero(np.abs(activity) > 1e-12)
            row += [at, np.array([rows + block])]
            column += [np.full(len(at) + 1, number)]
            value += [activity[at], np.ones(1)]
        row.append(whole.global_entries.row)
        column.append(plans + whole.global_entries.column)
        value.append(whole.global_entries.value)
        base = plans + len(whole.globals)
        row += [np.arange(rows), np.arange(rows)]
        column += [base + np.arange(2 * rows)]
        value += [np.ones(rows), -np.ones(rows)]
        at_row, at_column, by = np.concatenate(row), np.concatenate(column), np.concatenate(value)
        order = np.argsort(at_row, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(at_row, minlength=rows + blocks))]).astype(np.int64)
        count = base + 2 * rows
        model = Arrays(
            cost=np.concatenate(
                [[c for _, c, _ in self.columns], arrays.cost[whole.globals], np.full(2 * rows, self.price)]
            ),
            offset=0.0,
            lower=np.concatenate([np.zeros(plans), arrays.lower[whole.globals], np.zeros(2 * rows)]),
            upper=np.concatenate([np.full(plans, INFINITY), arrays.upper[whole.globals], np.full(2 * rows, INFINITY)]),
            integer=np.zeros(count, dtype=bool),
            start=start,
            index=at_column[order].astype(np.int64),
            value=by[order],
            row_lower=np.concatenate([whole.lower, np.ones(blocks)]),
            row_upper=np.concatenate([whole.upper, np.ones(blocks)]),
            column_block=np.zeros(count, dtype=np.int64),
            row_block=np.zeros(rows + blocks, dtype=np.int64),
        )
        answer = Highs(model, relax=True, seed=seed).run(time_limit=30.0)
        if answer.status != "optimal" or answer.x is None or answer.row_dual is None:
            return None
        mean = [np.zeros(rows) for _ in range(blocks)]
        for (block, _, activity), weight in zip(self.columns, answer.x, strict=False):
            mean[block] += weight * activity
        return answer.row_dual[:rows], mean


class Mending:
    """A merged plan made feasible block by block with the coupling rows in view, then improved in neighborhoods."""

    def __init__(self, search: Search, seed: int) -> None:
        self.search = search
        self.whole = search.whole
        self.seed = seed

    def activity(self, plans: list[Floats]) -> list[Floats]:
        """Activity of each block's plan in the coupling rows."""
        return [b.coupling.activity(plan) for b, plan in zip(self.whole.blocks, plans, strict=True)]

    def free(
        self,
        members: list[int],
        plans: list[Floats],
        activities: list[Floats],
        *,
        elastic: float | None,
        gap: float,
        limit: float,
    ) -> tuple[list[Floats] | None, Floats, float]:
        """The best plans of some blocks, the others held; also the global columns touched, and the slack used."""
        whole = self.whole
        blocks = tuple(whole.blocks[k] for k in members)
        rows = np.unique(np.concatenate([block.touched for block in blocks]))
        held = np.zeros(len(whole.rows))
        for number, activity in enumerate(activities):
            if number not in members:
                held += activity
        model, columns = stacked(
            whole, blocks, rows, whole.lower[rows] - held[rows], whole.upper[rows] - held[rows], elastic=elastic
        )
        solver = Highs(model, seed=self.seed, presolve=True)
        own = sum(len(block.columns) for block in blocks)
        if elastic is None and self.search.best_x is not None:
            solver.start_from(self.search.best_x[columns])
        answer = solver.run(
            gap=gap, time_limit=max(0.1, min(limit, self.search.left())), control=Control(stop=self.search.control.stop)
        )
        if answer.x is None:
            return None, np.zeros(0), INFINITY
        new, at = [], 0
        for block in blocks:
            new.append(answer.x[at : at + len(block.columns)])
            at += len(block.columns)
        slack = float(answer.x[len(columns) :].sum()) if elastic is not None else 0.0
        return new, answer.x[own : len(columns)], slack

    def settle(self, plans: list[Floats]) -> bool:
        """Best global columns for the plans; offers the plan when every coupling row holds."""
        whole, arrays = self.whole, self.whole.arrays
        held = np.sum(self.activity(plans), axis=0)
        x = np.zeros(arrays.columns)
        for block, plan in zip(whole.blocks, plans, strict=True):
            x[block.columns] = plan
        if len(whole.globals):
            entries = whole.global_entries
            order = np.argsort(entries.row, kind="stable")
            start = np.concatenate([[0], np.cumsum(np.bincount(entries.row, minlength=len(whole.rows)))])
            count = len(whole.globals)
            model = Arrays(
                cost=arrays.cost[whole.globals],
                offset=0.0,
                lower=arrays.lower[whole.globals],
                upper=arrays.upper[whole.globals],
                integer=np.zeros(count, dtype=bool),
                start=start.astype(np.int64),
                index=entries.column[order],
                value=entries.value[order],
                row_lower=whole.lower - held - _VIOLATION,
                row_upper=whole.upper - held + _VIOLATION,
                column_block=np.zeros(count, dtype=np.int64),
                row_block=np.zeros(len(whole.rows), dtype=np.int64),
            )
            answer = Highs(model, relax=True, seed=self.seed).run(time_limit=20.0)
            if answer.x is None:
                return False
            x[whole.globals] = answer.x
        else:
            scale = np.maximum(1.0, np.abs(held))
            if ((held < whole.lower - _VIOLATION * scale) | (held > whole.upper + _VIOLATION * scale)).any():
                return False
        self.search.offer_plan(x, float(arrays.cost @ x))
        return True

    def sweep(self, plans: list[Floats], expected: list[Floats], price: float, gap: float) -> tuple[list[Floats], bool]:
        """Visit blocks from expensive to cheap; those not yet visited count with their expected activity."""
        whole = self.whole
        value = [abs(float(whole.arrays.cost[b.columns] @ p)) for b, p in zip(whole.blocks, plans, strict=True)]
        activities = list(expected)
        plans = list(plans)
        slack_left = 0.0
        for number in np.argsort(-np.array(value), kind="stable"):
            if self.search.over():
                return plans, False
            k = int(number)
            new, _, slack = self.free([k], plans, activities, elastic=price, gap=gap, limit=_BLOCK_SECONDS)
            if new is not None:
                plans[k] = new[0]
                slack_left = max(slack_left, slack)
            activities[k] = whole.blocks[k].coupling.activity(plans[k])
        return plans, slack_left <= _VIOLATION * 10


def solve_decomposed(
    arrays: Arrays,
    *,
    gap: float,
    time_limit: float,
    control: Control,
    seed: int,
    workers: int = 2,
) -> Answer:
    """Cut the model by capability, price the coupling rows, bound, merge, mend, improve.

    The bound is valid for the whole model whatever the multipliers; the plan satisfies every row of it.
    """
    whole = cut(arrays)
    search = Search(whole, control, gap, control.seconds() + time_limit)
    pricing = Pricing(whole, seed)
    root = Highs(arrays, relax=True, seed=seed, presolve=True)
    root.option("solver", "simplex")
    relaxed = root.run(time_limit=max(1.0, _ROOT_SHARE * time_limit), control=Control(stop=control.stop))
    if relaxed.status == "infeasible":
        return relaxed
    del root
    _offer_nothing(search, seed)
    multipliers = np.zeros(len(whole.rows))
    if relaxed.row_dual is not None and relaxed.status == "optimal":
        multipliers = relaxed.row_dual[whole.rows]
        search.offer_bound(relaxed.bound)
    answers = lagrangian_pass(pricing, search, multipliers, workers, _BLOCK_GAP, _BLOCK_SECONDS)
    if answers is not None:
        if any(answer.status == "infeasible" for answer in answers):
            return Answer("infeasible", None, INFINITY, INFINITY)
        _improve(search, pricing, relaxed, seed)
    return _answer(search)


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


def _improve(search: Search, pricing: Pricing, relaxed: Answer, seed: int) -> None:
    """Bound and plan improved side by side, each in a thread of its own."""
    whole = search.whole
    price = 10.0 + 20.0 * float(np.abs(search.multipliers).max(initial=0.0))
    master = Master(whole, price)
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
            if whole.arrays.columns <= _WHOLE_BOUND_UP_TO:
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
        search.offer_plan(answer.x, answer.objective)


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


def _primal(search: Search, plans: list[Floats], expected: list[Floats], price: float, seed: int) -> None:
    """Mend the merged plan, then free neighborhoods of growing size where the plan is farthest from its prices."""
    mending = Mending(search, seed)
    whole = search.whole
    if mending.settle(plans) and search.over():
        return
    plans, _ = mending.sweep(plans, expected, price, _BLOCK_GAP)
    for _ in range(6):
        if search.over() or mending.settle(plans):
            break
        price *= 4.0
        plans, _ = mending.sweep(plans, mending.activity(plans), price, _BLOCK_GAP)
    rng = np.random.default_rng(seed)
    size, fruitless = 2, 0
    while not search.over() and search.best_x is not None:
        plans = [search.best_x[block.columns] for block in whole.blocks]
        activities = mending.activity(plans)
        weight = np.array([_distance(search, block, plan) for block, plan in zip(whole.blocks, plans, strict=True)])
        weight = weight + 1e-3 * weight.max(initial=1e-9) + 1e-12
        count = min(size, len(whole.blocks))
        members = [int(k) for k in rng.choice(len(whole.blocks), count, replace=False, p=weight / weight.sum())]
        new, _, _ = mending.free(members, plans, activities, elastic=None, gap=1e-4, limit=_BLOCK_SECONDS)
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


def _distance(search: Search, block: Block, plan: Floats) -> float:
    """Priced cost of a block's plan, as a measure of where the gap may sit."""
    cost = search.whole.arrays.cost[block.columns]
    if len(search.multipliers):
        cost = cost - block.coupling.priced(search.multipliers)
    return abs(float(cost @ plan))


def _answer(search: Search) -> Answer:
    if search.best_x is None:
        status = "interrupted" if search.control.stop.is_set() else "no_plan"
        return Answer(status, None, INFINITY, search.bound)
    status = "feasible"
    if search.control.stop.is_set():
        status = "interrupted"
    elif search.best - search.bound <= 1e-9 * max(1.0, abs(search.best)):
        status = "optimal"
    return Answer(status, search.best_x, search.best, min(search.bound, search.best))
