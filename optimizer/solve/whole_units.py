"""Whole units: the best whole yearly deliveries of signed contracts, at once, by capability or by stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.block_solver import decided_with_cuts
from optimizer.solve.blocks import cut
from optimizer.solve.mending import Mending, breaking
from optimizer.solve.search import Search
from optimizer.solve.whole_by_capability import by_capability
from optimizer.solve.whole_by_parts import Parts
from optimizer.solve.whole_by_stages import by_stages
from optimizer.solve.whole_improved import Improving

_SECONDS = 40.0
# All deliveries at once, where there are no more columns; larger models go by capability from the beginning.
_AT_ONCE_SECONDS, _AT_ONCE_UP_TO_COLUMNS = 3.0, 12_000
# Of several workers one may be ahead of the others, and the plan is a matter of timing: not where one alone is quick.
_SHARED_COLUMNS = 15_000
# Of the time until the deadline capabilities get this share, and a rough plan so many seconds.
_OF_LEFT, _ROUGH_SECONDS = 0.5, 10.0
# Broken rows are mended for so long even after the deadline, or beside a search: without a plan all would be lost, and
# stages take longer (XL: up to two minutes).
_LEAST_MENDED_SECONDS, _ROUGH_MENDED_SECONDS = 30.0, 60.0
# From so many columns on the plan of the search takes the place of the relaxation (XL: 13 s).
_GUIDED_COLUMNS = 150_000
# Gap of a stage: what is left open is cut fine; that where the first plan will do.
_STAGE_GAP, _ROUGH_STAGE_GAP = 5e-4, 5e-3
# What is known keeps each row within this share of it.
_KEPT = 1e-5
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


@dataclass(frozen=True)
class Guide:
    """The plan of a search, whole but for years, as a point of the restated model, and the prices of its rows."""

    point: Floats
    prices: Floats


def is_guided(arrays: Arrays) -> bool:
    """Whether a restated model is so large that it is made whole from the plan of the search."""
    return arrays.columns > _GUIDED_COLUMNS


def whole_deliveries(
    model: Model,
    start: Floats,
    *,
    gap: float,
    control: Control,
    seed: int,
    workers: int = 2,
    loose: bool = False,
    rough: bool = False,
    deadline: float = np.inf,
    guide: Guide | None = None,
    known: Floats | None = None,
    staged: bool = True,
) -> Answer:
    """The best whole yearly deliveries of a restated plan: at once where that is quick, else by capability or stages.

    Of a `loose` one, whose contracts are not settled, any plan will do, stopped or not: it is the last resort. A
    `rough` call takes the first it finds. With a `guide` no relaxation is solved. Deliveries `known` are improved.
    What cannot be made whole by capability is made so by stages, which may take minutes, if it may be `staged`.
    """
    arrays, gap = model.arrays, max(gap, 1e-6)
    found = _NOTHING
    if arrays.columns <= _AT_ONCE_UP_TO_COLUMNS:
        solver = Highs(arrays, seed=seed, presolve=True)
        solver.start_from(start)
        found = solver.run(gap=gap, time_limit=_AT_ONCE_SECONDS, control=Control(stop=control.stop))
        if found.x is not None and (found.status == "optimal" or found.gap <= gap):
            return found
    if loose:
        seconds, listens = (_ROUGH_SECONDS, control) if rough else (_SECONDS, Control())
        any_plan = Highs(arrays, seed=seed, presolve=True).run(gap=1.0, time_limit=seconds, control=listens)
        return min(found, any_plan, key=lambda answer: answer.objective)
    workers = 1 if arrays.columns <= _SHARED_COLUMNS and not rough else workers
    left = _ROUGH_SECONDS if rough else deadline - control.seconds()
    stop = Control(stop=control.stop, hurry=control.hurry)
    if guide is None:
        relaxed = Highs(arrays, relax=True, seed=seed, presolve=True).run(time_limit=_SECONDS, control=stop)
    else:
        relaxed = Answer("optimal", guide.point, float(arrays.cost @ guide.point), -np.inf, row_dual=guide.prices)
    parts, apart = None, _NOTHING
    if known is not None and arrays.keeps(known, _KEPT):
        apart = Answer("feasible", known, float(arrays.cost @ known), relaxed.bound)
    if relaxed.status == "optimal" and relaxed.x is not None:
        parts = Parts(model, stop.stop, seed)
    if parts is not None and apart.x is None:
        apart = _apart(
            parts, relaxed, gap=gap, stop=stop, seed=seed, workers=workers, left=left, rough=rough, kept=staged
        )
    if apart.x is None and staged:
        stage_gap = _ROUGH_STAGE_GAP if rough else max(_STAGE_GAP, gap)
        apart = by_stages(model, gap=stage_gap, control=stop, seed=seed, workers=workers, until=left)
    if apart.x is not None and parts is not None and relaxed.x is not None and not rough:
        improving = Improving(model, parts.open, relaxed.x, apart.x, stop.stop, seed)
        x = improving.run(gap=gap, bound=apart.bound, workers=workers, seconds=left - stop.seconds())
        apart = Answer("feasible", x, float(arrays.cost @ x), apart.bound)
    return min(found, apart, key=lambda answer: answer.objective)


def _apart(
    parts: Parts,
    relaxed: Answer,
    *,
    gap: float,
    stop: Control,
    seed: int,
    workers: int,
    left: float,
    rough: bool,
    kept: bool,
) -> Answer:
    """Whole deliveries by capability, from all in fractions, and what that breaks mended.

    What is signed is `kept` until rows are mended; otherwise it may be left where a capability alone cannot hold it.
    """
    assert relaxed.x is not None and relaxed.row_dual is not None
    for arrays in [parts.arrays] if kept else [parts.arrays, parts.open]:
        search = Search(cut(arrays), stop, gap, np.inf)
        search.offer_bound(relaxed.objective)
        search.multipliers = relaxed.row_dual[search.whole.rows]
        price = breaking(search, [relaxed.x[block.columns] for block in search.whole.blocks])
        mending = Mending(search, price, seed, decided=arrays.integer, decide=decided_with_cuts)
        x = by_capability(mending, relaxed.x, workers=workers, until=_OF_LEFT * left, rough=rough)
        if x is not None:
            break
    else:
        return _NOTHING
    least = _ROUGH_MENDED_SECONDS if rough else _LEAST_MENDED_SECONDS
    x = parts.mended(x, price, workers, max(least, left - stop.seconds()))
    return _NOTHING if x is None else Answer("feasible", x, float(arrays.cost @ x), relaxed.bound)
