"""Mending: a merged plan made feasible by paying for broken coupling rows, then improved in neighborhoods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Protocol, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import INFINITY, Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs, tells_of_a_plan
from optimizer.solve.blocks import elastic, stacked, with_only, without
from optimizer.solve.branching import branched
from optimizer.solve.given_back import give_back
from optimizer.solve.search import Search
from optimizer.solve.settled import settled

_VIOLATION = 1e-6
# Seconds for all blocks together, more for models of more than so many columns: 4 s at L.
_RECONCILE_GAP, _RECONCILE_SECONDS, _RECONCILE_COLUMNS = 1e-3, 15.0, 200_000
# Seconds for what is left in fractions: 3 s at L.
_RELAXED_SECONDS = 30.0
# A plan that is not yet near the best gets so many times its limit; without any plan it goes on for so many times that.
_LONGER, _UNTIL_A_PLAN = 4.0, 4.0
# Breaking a coupling row costs at least this, and at least so many times its multiplier.
_BREAKING, _BREAKING_TIMES = 3.0, 5.0
# Breaking a row by all of its activity costs at least this share of the objective.
_BREAKING_SHARE = 2e-3


@dataclass(frozen=True, eq=False)
class Task:
    """A part of a plan to decide anew: some blocks, which yes and no of theirs are free, and what else is held."""

    members: list[int]
    free: NDArray[np.bool_]
    held: NDArray[np.bool_] | None = None


class Decide(Protocol):
    """A way to decide a model: a plan of it, the start where none is better, None where there is none in time."""

    def __call__(
        self,
        arrays: Arrays,
        seed: int,
        *,
        gap: float,
        time_limit: float,
        control: Control,
        start: Floats | None,
        watch: Callable[[float, float], bool],
    ) -> Floats | None:
        """Decide it, to the relative gap or for so many seconds, or until `watch` says so."""


class Mending:
    """Plans of the whole model changed a part at a time; `price` is paid for each unit a coupling row breaks by.

    `decided` are the columns that make a plan, all else follows from them: as a rule the yes and no.
    """

    def __init__(
        self,
        search: Search,
        price: Floats,
        seed: int,
        decided: NDArray[np.bool_] | None = None,
        decide: Decide = branched,
    ) -> None:
        self.search = search
        self.whole = search.whole
        self.price = price
        self.seed = seed
        self.decided = self.whole.arrays.yes_or_no if decided is None else decided
        self._decide = decide

    def merged(self, plans: list[Floats | None]) -> Floats:
        """The blocks' plans as one point, global columns left at zero."""
        x = np.zeros(self.whole.arrays.columns)
        for block, plan in zip(self.whole.blocks, plans, strict=True):
            if plan is not None:
                x[block.columns] = plan
        return x

    def broken(self, x: Floats) -> Floats:
        """By how much each coupling row is broken."""
        whole = self.whole
        values = whole.arrays.row_values(x)[whole.rows]
        beyond = np.maximum(np.maximum(whole.lower - values, values - whole.upper), 0.0)
        return np.where(beyond > _VIOLATION * np.maximum(1.0, np.abs(values)), beyond, 0.0)

    def worth(self, x: Floats, price: Floats | None = None) -> float:
        """Cost of a point, broken rows included: at what mending pays now, or at another `price` for each."""
        return float(self.whole.arrays.cost @ x) + float((self.price if price is None else price) @ self.broken(x))

    def offer(self, x: Floats) -> bool:
        """Offer a point when it keeps every coupling row."""
        if self.broken(x).any():
            return False
        self.search.offer_plan(x, float(self.whole.arrays.cost @ x))
        return True

    def keeps_block_rows(self, x: Floats) -> bool:
        """Whether a point keeps every row of single blocks, whatever it breaks of those they share."""
        return self.whole.arrays.keeps(x, _VIOLATION, within_blocks=True)

    def keeps_all_rows(self, x: Floats) -> bool:
        """Whether a point keeps every row, those of single blocks included."""
        return self.whole.arrays.keeps(x, _VIOLATION)

    def reconcile(self, x: Floats, members: list[int] | None = None) -> Floats | None:
        """Keep every yes and no of a point and decide all else anew: of all blocks, or of some, which is quicker."""
        arrays = self.whole.arrays
        limit = _RECONCILE_SECONDS * max(1.0, arrays.columns / _RECONCILE_COLUMNS)
        if members is not None:
            nothing = np.zeros(arrays.columns, dtype=bool)
            return self.free(members, x, gap=_RECONCILE_GAP, limit=limit, only=nothing, price=self.price)
        return self._around(self.decided, x, lambda part: self._run(part, None, _RECONCILE_GAP, limit))

    def in_fractions(self, x: Floats, held: NDArray[np.bool_]) -> Floats | None:
        """Keep some whole columns of a point and decide all else anew in fractions; rows may break at their price."""

        def relaxed(part: Arrays) -> Floats | None:
            answer = Highs(part, relax=True, seed=self.seed).run(
                time_limit=_RELAXED_SECONDS, control=Control(stop=self.search.control.stop)
            )
            return answer.x if answer.status == "optimal" else None

        return self._around(held, x, relaxed)

    def _around(self, held: NDArray[np.bool_], x: Floats, decide: Callable[[Arrays], Floats | None]) -> Floats | None:
        """The point with all columns decided anew but those held, which are whole; coupling rows may break."""
        arrays = self.whole.arrays
        with_slacks = np.concatenate([x, np.zeros(2 * len(self.whole.rows))])
        part, columns = without(elastic(arrays, self.whole.rows, self.price), np.flatnonzero(held), with_slacks)
        fixed, point = settled(part)
        part, left = without(part, np.flatnonzero(fixed), point)
        answer = decide(part)
        give_back()  # what a solver of the whole model held
        if answer is None:
            return None
        point[left] = answer
        new = np.where(held, np.round(x), x)
        inside = columns < arrays.columns
        new[columns[inside]] = point[inside]
        return new

    def free(
        self,
        members: list[int],
        x: Floats,
        *,
        gap: float,
        limit: float,
        only: NDArray[np.bool_] | None = None,
        price: Floats | None = None,
        guess: Floats | None = None,
        near: float = INFINITY,
    ) -> Floats | None:
        """The best plans of some blocks and the global columns in their rows, all else held.

        With `only` the members' other yes and no are held as well; their units, years and money stay free. Coupling
        rows may break where some are broken, at what mending pays, or at a `price` for each: then the point is no plan
        to start from, but a `guess` may be one, whose yes and no of the members are whole. Where the solver's plan is
        not yet `near` the best, in money, the limit is longer.
        """
        whole = self.whole
        blocks = tuple(whole.blocks[number] for number in members)
        held = whole.arrays.row_values(x)[whole.rows] - whole.global_entries.activity(x[whole.globals])
        for block in blocks:
            held -= block.coupling.activity(x[block.columns])
        rows = np.unique(np.concatenate([block.touched for block in blocks]))
        lower, upper = whole.lower[rows] - held[rows], whole.upper[rows] - held[rows]
        model, columns = stacked(whole, blocks, rows, lower, upper)
        start = (x if guess is None else guess)[columns]
        if price is not None or self.broken(x).any():
            paid = self.price if price is None else price
            model = elastic(model, model.rows - len(rows) + np.arange(len(rows)), paid[rows])
            values = model.row_values(np.append(start, np.zeros(2 * len(rows))))[model.rows - len(rows) :]
            start = np.concatenate([start, np.maximum(lower - values, 0.0), np.maximum(values - upper, 0.0)])
        asked = np.arange(model.columns)
        if only is not None:
            decided = np.flatnonzero(self.decided[columns] & ~only[columns])
            model, asked = without(model, decided, start)
        # From a point in fractions the solver would first seek a whole one near it, for as long as the limit.
        begins = price is None or guess is not None
        answer = self._run(model, start[asked] if begins else None, gap, limit, near)
        if answer is None:
            return None
        start[asked] = answer
        new = x.copy()
        new[columns] = start[: len(columns)]
        return new

    def anew(
        self, held: NDArray[np.bool_], x: Floats, *, gap: float, limit: float, from_here: bool = True
    ) -> Floats | None:
        """A plan with all columns decided anew but those held, which breaks nothing; with `from_here` `x` is one."""
        part, columns = with_only(self.whole.arrays, ~held, x, share=_VIOLATION)
        answer = self._run(part, x[columns] if from_here else None, gap, limit)
        if answer is None:
            return None
        new = np.where(self.whole.arrays.integer, np.round(x), x)
        new[columns] = answer
        return new if self.keeps_all_rows(new) else None

    def _run(
        self, model: Arrays, start: Floats | None, gap: float, limit: float, near: float = INFINITY
    ) -> Floats | None:
        search = self.search
        began = search.control.seconds()
        longest = limit if near == INFINITY else _LONGER * limit

        def watch(best: float, bound: float) -> bool:
            seconds = search.control.seconds() - began
            enough = seconds > limit and tells_of_a_plan(best) and (best - bound <= near or seconds > longest)
            return enough or search.done.is_set()

        longer = longest if near == INFINITY else _UNTIL_A_PLAN * longest
        seconds = max(0.1, min(longer, search.left()))
        control = Control(stop=search.control.stop)
        return self._decide(model, self.seed, gap=gap, time_limit=seconds, control=control, start=start, watch=watch)


def breaking(search: Search, mean: Sequence[Floats]) -> Floats:
    """What breaking each coupling row costs while a plan is mended, be it a row of money or of programs.

    A row of few blocks costs more: there is nobody else to make room in it. `mean` is a plan of each block.
    """
    blocks = search.whole.blocks
    activity = np.sum([np.abs(b.coupling.activity(plan)) for b, plan in zip(blocks, mean, strict=True)], axis=0)
    in_blocks = np.sum([np.bincount(np.unique(b.coupling.row), minlength=len(activity)) for b in blocks], axis=0)
    few = len(blocks) / np.maximum(in_blocks, 1)
    by_size = _BREAKING_SHARE * abs(search.bound) * few / np.maximum(activity, 1.0)
    return np.asarray(np.maximum(np.maximum(_BREAKING, by_size), _BREAKING_TIMES * np.abs(search.multipliers)))
