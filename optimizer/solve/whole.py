"""The whole strategy: the complete model handed to the solver at once."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs, presolves


def solve_whole(
    arrays: Arrays,
    *,
    gap: float,
    time_limit: float,
    control: Control,
    seed: int,
    start: Floats | None = None,
    stage: str = "solve",
) -> Answer:
    """HiGHS on the whole model; an infeasible verdict is believed only when presolve had no part in it."""
    deadline = control.seconds() + time_limit
    solver = Highs(arrays, seed=seed)
    if start is not None:
        solver.start_from(start)
    told = control.on_plan  # what a stop brings back when some phase of the solver does not listen
    answer = solver.run(
        gap=gap, time_limit=time_limit, control=control, stage=stage, offset=arrays.offset, on_plan=told
    )
    return verdict(arrays, answer, deadline - control.seconds(), control, seed, gap=gap, stage=stage)


def verdict(
    arrays: Arrays, answer: Answer, seconds: float, control: Control, seed: int, *, gap: float, stage: str = "solve"
) -> Answer:
    """An answer as it is, but where presolve had a part in calling the model infeasible, that of a run without."""
    deadline = control.seconds() + seconds
    if answer.status != "infeasible" or not presolves(arrays):
        return answer
    left = max(1.0, deadline - control.seconds())
    relaxed = Highs(arrays, relax=True, seed=seed, presolve=False).run(time_limit=left, control=control)
    if relaxed.status == "infeasible":
        return relaxed
    left = max(1.0, deadline - control.seconds())
    again = Highs(arrays, seed=seed, presolve=False)
    return again.run(gap=gap, time_limit=left, control=control, stage=stage, offset=arrays.offset)


def with_row(arrays: Arrays, coefficients: Floats, lower: float, upper: float) -> Arrays:
    """The model with one more row over every column."""
    columns = np.flatnonzero(coefficients)
    return dataclasses.replace(
        arrays,
        start=np.append(arrays.start, arrays.start[-1] + len(columns)),
        index=np.append(arrays.index, columns),
        value=np.append(arrays.value, coefficients[columns]),
        row_lower=np.append(arrays.row_lower, lower),
        row_upper=np.append(arrays.row_upper, upper),
        row_block=np.append(arrays.row_block, -1),
    )
