"""Whole units: the best whole yearly deliveries of a plan whose contracts are signed, at once or by stages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.whole_by_parts import Parts, in_fractions
from optimizer.solve.whole_by_stages import by_stages

_SECONDS = 40.0
# All deliveries at once, where there are no more columns; larger models go by stages from the beginning.
_AT_ONCE_SECONDS, _AT_ONCE_UP_TO_COLUMNS = 3.0, 12_000
# Gap of a stage: what is left open is cut fine; that and all seconds where the first plan will do.
_STAGE_GAP, _ROUGH_STAGE_GAP, _ROUGH_SECONDS = 5e-4, 5e-3, 10.0
# A plan of stages is improved for so long even after the deadline.
_LEAST_BETTER_SECONDS = 2.5
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
    until = control.seconds() + _ROUGH_SECONDS if rough else deadline - _LEAST_BETTER_SECONDS
    workers = 1 if rough else workers
    with ThreadPoolExecutor(1) as pool:
        relaxed = None if rough else pool.submit(in_fractions, model, control.stop, seed)
        staged = by_stages(model, gap=stage_gap, control=control, seed=seed, workers=workers, until=until)
    found = min(found, staged, key=lambda answer: answer.objective)
    if found.x is None:
        return Highs(arrays, seed=seed, presolve=True).run(gap=1.0, time_limit=_SECONDS) if patient else found
    if relaxed is None or found.objective - found.bound <= gap * abs(found.objective):
        return found
    left = max(_LEAST_BETTER_SECONDS, deadline - control.seconds())
    return Parts(model, relaxed.result(), control.stop, seed).improved(found, gap, workers, left)
