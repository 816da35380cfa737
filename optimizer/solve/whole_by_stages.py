"""Whole by stages: yearly deliveries made whole some capabilities after others (relax and fix)."""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import tells_of_a_plan
from optimizer.solve.block_solver import block_solver
from optimizer.solve.blocks import dearest_units, without
from optimizer.solve.leaving import given_up

# Whole numbers that a stage decides, at least, and seconds for one.
_IN_STAGE, _STAGE_SECONDS = 900, 4.0
# Stages at least and at most, and seconds that there should be for each: more stages lose less (M: 0.06 for 0.15 %).
_FEWEST_STAGES, _MOST_STAGES, _FOR_STAGE = 4, 8, 3.5
# The first stage, of dear units, decides most of what is lost: it gets this share of the time, and so many times a
# stage's seconds.
_FIRST_SHARE, _FIRST_LONGER = 0.4, 2.0
# However little time is left, a stage gets so much.
_LEAST_STAGE_SECONDS = 3.0
# A stage of a larger model takes longer, in proportion to this many columns; one without a plan yet, so many times.
_COLUMNS, _LONGER = 20_000, 4.0
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


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
        share = 1.0 / (len(stages) - number) if number else _FIRST_SHARE
        longest = seconds if number else _FIRST_LONGER * seconds
        enough = began + min(longest, max(_LEAST_STAGE_SECONDS, share * (until - began)))
        # A stage without a plan lacks time or cannot hold what was signed.
        answer = _NOTHING
        for leave in (False, True):
            if answer.x is not None or control.stop.is_set():
                break
            if leave:
                lower[leaving & ~fixed] = 0.0
            now = dataclasses.replace(arrays, integer=fixed | stage, lower=lower)
            part, columns = without(now, np.flatnonzero(fixed), point)
            answer = _raced(part, seed, workers, gap, _LONGER * seconds, enough, control)
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
        return ended.is_set() or (tells_of_a_plan(best) and control.seconds() > enough)

    def run(number: int) -> Answer:
        solver = block_solver(part, seed + number)
        # Its subproblem near the relaxation takes two seconds of a stage of M, mostly in vain, but where there is no
        # other way to a plan (L seed 3) it is 26 s quicker.
        if not number and workers > 1:
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
    dearest = dearest_units(arrays)
    integers = np.bincount(arrays.column_block[arrays.integer & (arrays.column_block >= 0)], minlength=len(dearest))
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
