"""Whole units: the best whole yearly deliveries of a plan whose contracts are signed, at once or by stages."""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.blocks import without
from optimizer.solve.leaving import given_up
from optimizer.solve.pricing import block_solver

_SECONDS = 40.0
# All deliveries at once, where there are no more columns; larger models go by stages from the beginning.
_AT_ONCE_SECONDS, _AT_ONCE_UP_TO_COLUMNS = 3.0, 12_000
# Whole numbers that a stage decides, at least; seconds for one, and gap: what is left open is cut fine.
_IN_STAGE, _STAGE_SECONDS, _STAGE_GAP = 900, 4.0, 5e-4
# Stages at least and at most, and seconds that there should be for each: more stages lose less (M: 0.06 for 0.15 %).
_FEWEST_STAGES, _MOST_STAGES, _FOR_STAGE = 4, 8, 3.5
# However little time is left, a stage gets so much.
_LEAST_STAGE_SECONDS, _NO_PLAN = 3.0, 1e29
# Which of two solvers is first is a matter of timing: where stages are quick, one alone gives the same plan every time.
_RACED_COLUMNS = 40_000
# A stage of a larger model takes longer, in proportion to this many columns; one without a plan yet, so many times.
_COLUMNS, _LONGER = 20_000, 3.0
_ROUGH_STAGE_GAP, _ROUGH_SECONDS = 5e-3, 10.0
# Improving takes at most so long for ten thousand columns, in all, and for one part; so long even after the deadline.
_BETTER_SECONDS, _MOST_SECONDS, _PART_SECONDS, _LEAST_PART_SECONDS = 2.0, 20.0, 3.0, 0.5
_LEAST_BETTER_SECONDS = 2.5
# Nations decided anew together with the capability that lost most; it has had its turns after so many in vain.
_WITH_IT, _IN_VAIN = 3, 6
_PROGRESS, _BROKEN = 1e-7, 1e-6
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


def whole_deliveries(
    model: Model,
    start: Floats,
    *,
    gap: float,
    control: Control,
    seed: int,
    workers: int = 2,
    patient: bool = True,
    rough: bool = False,
    deadline: float = np.inf,
) -> Answer:
    """The best whole yearly deliveries of a restated plan: at once where that is quick, else by stages.

    Where stages find none either, only a `patient` call goes on to look for any plan at all; a `rough` one takes the
    first it finds.
    """
    arrays, gap = model.arrays, max(gap, 1e-6)
    found = _NOTHING
    if arrays.columns <= _AT_ONCE_UP_TO_COLUMNS:
        solver = Highs(arrays, seed=seed, presolve=True)
        solver.start_from(start)
        found = solver.run(gap=gap, time_limit=_AT_ONCE_SECONDS, control=Control(stop=control.stop))
        if found.x is not None and (found.status == "optimal" or found.gap <= gap):
            return found
    stage_gap = _ROUGH_STAGE_GAP if rough else max(_STAGE_GAP, gap)
    staged = by_stages(
        model,
        gap=stage_gap,
        control=control,
        seed=seed,
        workers=1 if rough else workers,
        until=control.seconds() + _ROUGH_SECONDS if rough else deadline - _LEAST_BETTER_SECONDS,
    )
    found = min(found, staged, key=lambda answer: answer.objective)
    if found.x is None:
        return Highs(arrays, seed=seed, presolve=True).run(gap=1.0, time_limit=_SECONDS) if patient else found
    if rough or found.objective - found.bound <= gap * abs(found.objective):
        return found
    left = max(_LEAST_BETTER_SECONDS, deadline - control.seconds())
    return Parts(model, control.stop, seed).improved(found, gap, workers, left)


def by_stages(
    model: Model, *, gap: float, control: Control, seed: int, workers: int = 1, until: float = np.inf
) -> Answer:
    """Some capabilities after others made whole, those before held and those after still in fractions (relax and fix).

    Capabilities of dear units first: a frigate a year later moves a budget more than all there is to round in radios.
    What a nation cannot hold in whole units of all it signed, it may leave; where that is not enough, from that stage
    on all nations may leave and contracts fall away. Stages that have a plan share the time `until` then; one that has
    none yet takes what it needs.
    """
    arrays = model.arrays
    seconds = _STAGE_SECONDS * max(1.0, arrays.columns / _COLUMNS)
    leaving = np.isin([label[0] for label in model.program.labels], ("launch", "join"))
    lower, fixed = arrays.lower.copy(), np.zeros(arrays.columns, dtype=bool)
    lower[given_up(arrays, _signed(model), seed, control)] = 0.0
    point, bound = np.zeros(arrays.columns), -np.inf
    time_for = (until - control.seconds()) / _FOR_STAGE
    stages = _stages(arrays, int(min(_MOST_STAGES, max(_FEWEST_STAGES, time_for))))
    for number, stage in enumerate(stages):
        began = control.seconds()
        enough = began + max(_LEAST_STAGE_SECONDS, (until - began) / (len(stages) - number))
        # A stage without a plan lacks time or, where that is told, cannot hold what was signed.
        answer, tries = _NOTHING, [(False, seconds), (False, _LONGER * seconds), (True, _LONGER * seconds)]
        while tries and answer.x is None and not control.stop.is_set():
            leave, limit = tries.pop(0)
            if answer.status == "infeasible" and not leave:
                continue
            if leave:
                lower[leaving & ~fixed] = 0.0
            now = dataclasses.replace(arrays, integer=fixed | stage, lower=lower)
            part, columns = without(now, np.flatnonzero(fixed), point)
            side_by_side = workers if arrays.columns > _RACED_COLUMNS else 1
            answer = _raced(part, seed, side_by_side, gap, limit, enough, control)
        if answer.x is None:
            return answer
        bound = answer.bound if bound == -np.inf else bound
        point[columns] = answer.x
        fixed |= stage
        point[fixed] = np.round(point[fixed])
    return Answer("feasible", point, float(arrays.cost @ point), bound)


def _signed(model: Model) -> dict[int, Ints]:
    """The columns by which each nation, by its number, joins a contract or signs one of its own."""
    found: dict[str, list[int]] = defaultdict(list)
    numbers: dict[str, int] = {}
    for (nation, code), join in model.variables.join.items():
        found[nation].append(model.program.column(join))
        for delivery in model.variables.deliveries[nation, code]:
            numbers[nation] = int(model.arrays.column_nation[model.program.column(delivery.variable)])
    return {numbers[nation]: np.array(columns) for nation, columns in found.items() if nation in numbers}


def _raced(part: Arrays, seed: int, workers: int, gap: float, limit: float, enough: float, control: Control) -> Answer:
    """The better of what solvers of different habits find side by side; the first that is near enough ends all.

    How long a solver takes to a first plan of one and the same model differs by factors. A plan after the time `enough`
    will do.
    """
    ended = threading.Event()

    def watch(best: float, bound: float) -> bool:
        del bound
        # Before the solver has a plan it tells of none or of zero.
        return ended.is_set() or (0.0 < abs(best) < _NO_PLAN and control.seconds() > enough)

    def run(number: int) -> Answer:
        solver = block_solver(part, seed + number)
        if not number:  # its subproblem near the relaxation takes two seconds of a stage of M, mostly in vain
            solver.option("mip_heuristic_run_rens", False)
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=control.stop), watch=watch)
        if answer.x is not None or answer.status == "infeasible":
            ended.set()
        return answer

    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(run, range(workers)))
    best = min(answers, key=lambda answer: answer.objective)
    if best.x is not None:
        return dataclasses.replace(best, bound=max(answer.bound for answer in answers))
    return next((answer for answer in answers if answer.status == "infeasible"), best)


def _stages(arrays: Arrays, most: int) -> list[NDArray[np.bool_]]:
    """The whole numbers each stage decides, in so many stages at most; those of no capability come with the first."""
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    block = arrays.column_block[arrays.index]
    shared = (arrays.row_block[row] < 0) & (block >= 0)
    blocks = int(arrays.column_block.max(initial=-1)) + 1
    dearest = np.zeros(blocks)
    np.maximum.at(dearest, block[shared], np.abs(arrays.value[shared]))
    integers = np.bincount(arrays.column_block[arrays.integer & (arrays.column_block >= 0)], minlength=blocks)
    least = max(_IN_STAGE, int(integers.sum()) // most)
    groups: list[list[int]] = [[-1]]
    count = 0
    for number in np.argsort(-dearest, kind="stable").tolist():
        if count >= least:
            groups.append([])
            count = 0
        groups[-1].append(number)
        count += int(integers[number])
    return [arrays.integer & np.isin(arrays.column_block, group) for group in groups]


class Parts:
    """Whole deliveries improved part by part: a nation across all capabilities, and what lost most by whole units."""

    def __init__(self, model: Model, stop: threading.Event, seed: int) -> None:
        self.arrays = model.arrays
        self.stop, self.seed = stop, seed
        self.random = np.random.default_rng(seed)
        self.nation, self.block = self.arrays.column_nation, self.arrays.column_block
        kinds = np.array([label[0] for label in model.program.labels])
        self.shared = self.arrays.integer & (self.nation < 0) & ~np.isin(kinds, ("launch", "band"))
        self.open = _with_open_joins(model)
        relaxed = Highs(self.arrays, relax=True, seed=seed, presolve=True)
        self.relaxed = relaxed.run(time_limit=_SECONDS, control=Control(stop=stop)).x

    def improved(self, start: Answer, gap: float, workers: int, left: float) -> Answer:
        """Better deliveries, part after part, until none helps or time is over, at the latest in `left` seconds.

        Budgets bind nations, not capabilities. A nation may also leave what it joined, or join what others signed.
        """
        assert start.x is not None
        nations = int(self.nation.max(initial=-1)) + 1
        if self.relaxed is None or nations == 0:
            return start
        x, control = start.x, Control(stop=self.stop)
        seconds = min(left, _MOST_SECONDS, _BETTER_SECONDS * self.arrays.columns / 1e4)
        waiting: list[int] = []
        tried = np.zeros(int(self.block.max(initial=0)) + 1)
        asked, in_vain = 0, 0
        while in_vain < nations + _IN_VAIN and control.seconds() < seconds and not self.stop.is_set():
            if float(self.arrays.cost @ x) - start.bound <= gap * abs(start.objective):
                break
            free: list[NDArray[np.bool_]] = []
            while len(free) < workers:
                if not waiting:
                    waiting = [int(n) for n in self.random.permutation(nations)]
                asked += 1
                free.append(self._of_nations([waiting.pop()]) if asked % 2 else self._worst(x, tried))
            new = self._best(x, self._side_by_side(x, free, gap, seconds - control.seconds()))
            in_vain = 0 if new is not x else in_vain + 1
            if new is not x:
                tried[:] = 0.0
            x = new
        return Answer("feasible", x, float(self.arrays.cost @ x), start.bound)

    def _side_by_side(self, x: Floats, free: list[NDArray[np.bool_]], gap: float, left: float) -> list[Floats]:
        """The point with each of some parts decided anew."""
        limit = max(_LEAST_PART_SECONDS, min(_PART_SECONDS, left))
        with ThreadPoolExecutor(len(free)) as pool:
            found = list(pool.map(lambda part: self._anew(x, part, gap, limit), free))
        return [new for new in found if new is not None]

    def _best(self, x: Floats, found: list[Floats]) -> Floats:
        """The cheapest of some changed points, or of what they changed together where that keeps every row."""
        together = x.copy()
        for new in found:
            changed = new != x
            together[changed] = new[changed]
        kept = [together] if self.open.keeps(together, _BROKEN) else []
        best = min([x, *found, *kept], key=lambda y: float(self.arrays.cost @ y))
        gain = float(self.arrays.cost @ (x - best))
        return best if gain > _PROGRESS * abs(float(self.arrays.cost @ x)) else x

    def _of_nations(self, nations: list[int]) -> NDArray[np.bool_]:
        return np.asarray((self.arrays.integer & np.isin(self.nation, nations)) | self.shared)

    def _worst(self, x: Floats, tried: Floats) -> NDArray[np.bool_]:
        """All of the capability that lost most by whole units, fewer times asked first, and of the nations it cost."""
        assert self.relaxed is not None
        lost = self.arrays.cost * (x - self.relaxed)
        apart = self.block >= 0
        by_block = np.bincount(self.block[apart], weights=lost[apart], minlength=len(tried))
        number = int(np.argmax(by_block / (1.0 + tried) ** 2))
        tried[number] += 1.0
        here = self.block == number
        mine = here & (self.nation >= 0)
        by_nation = np.bincount(self.nation[mine], weights=np.abs(lost[mine]))
        order = np.argsort(-by_nation * self.random.uniform(0.5, 1.5, len(by_nation)))
        return np.asarray(self._of_nations(order[:_WITH_IT].tolist()) | (self.arrays.integer & here))

    def _anew(self, x: Floats, free: NDArray[np.bool_], gap: float, limit: float) -> Floats | None:
        """The point with its free integers and everything continuous decided anew."""
        part, columns = without(self.open, np.flatnonzero(self.open.integer & ~free), x)
        solver = block_solver(part, self.seed)
        solver.start_from(x[columns])
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=self.stop))
        if answer.x is None:
            return None
        new = x.copy()
        new[columns] = answer.x
        return new


def _with_open_joins(model: Model) -> Arrays:
    """The restated model in which any nation may join what is signed, or leave it."""
    arrays, variables = model.arrays, model.variables
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for (_, code), join in variables.join.items():
        column, launch = model.program.column(join), model.program.column(variables.launch[code])
        if column != launch and upper[launch] > 0.5:
            lower[column], upper[column] = 0.0, 1.0
    return dataclasses.replace(arrays, lower=lower, upper=upper)
