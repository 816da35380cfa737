"""The clash: of an infeasible scenario, demands of which all cannot hold together, and none can be left out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Sequence, TypeVar

import numpy as np

from optimizer.model.arrays import INFINITY, Arrays, slices
from optimizer.model.control import Control
from optimizer.model.highs import irreducible_rows
from optimizer.scenario import Scenario
from optimizer.solve.demands import PRICED, Elastic
from optimizer.solve.whole import solve_whole

_SECONDS_PER_TRIAL = 20.0
# Up to this many columns the whole model is asked at once, whole numbers and all.
SMALL_COLUMNS = 3000
_MOST_CLASHES = 12
# Share of a trial's time after which no further clash is looked for.
_SHARE = 0.5
# Demands of a clash up to which each is left out once with whole numbers; beyond, years of one budget go together.
_MOST_TRIED = 6

Item = TypeVar("Item")


@dataclass(frozen=True)
class Clash:
    """Demands that cannot all hold: without any one of them a plan keeps the others."""

    demands: tuple[int, ...]
    """Numbers of the demands in the elastic model."""
    facts: tuple[tuple[Any, ...], ...]
    """Labels of the physical rows that make them clash: the rule's name, then whom it binds."""
    by_whole_numbers: bool
    """Whether it takes whole units and yes-or-no choices to see the clash."""
    proven: bool
    """Whether every demand was left out once and every trial had an answer; otherwise one may be superfluous."""


def irreducible(items: Sequence[Item], clashes: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """A smallest part of clashing items that still clashes, none of which can go; earlier ones are preferred.

    Halving (QuickXplain; Junker 2004), so that a small clash among many items takes few trials.
    """

    def explain(background: list[Item], grown: bool, rest: list[Item]) -> list[Item]:
        if grown and clashes(background):
            return []
        if len(rest) == 1:
            return rest
        first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        from_second = explain(background + first, True, second)
        from_first = explain(background + from_second, bool(from_second), first)
        return from_first + from_second

    if not items or clashes([]):
        return []
    return explain([], False, list(items))


class Finder:
    """Looks for clashes in the elastic model of a scenario: in its relaxation, in one capability, in the whole."""

    def __init__(self, elastic: Elastic, control: Control, seconds: float = _SECONDS_PER_TRIAL) -> None:
        self.elastic = elastic
        self.control = control
        self.seconds = seconds
        self._doubtful = False
        self.complete = True
        """Whether every clash was looked for; otherwise time ran out after some."""

    def clashes(self, *, whole: bool = True) -> list[Clash]:
        """Clashes without a demand in common, until lifting them all leaves a plan; empty for a feasible scenario.

        Parameters
        ----------
        whole
            Also look for clashes that only the whole model shows, across capabilities and by whole numbers.
        """
        hopeless = self.elastic.hopeless()
        found = [Clash((demand,), (), False, True) for demand in hopeless]
        lifted = set(hopeless)
        ends = self.control.seconds() + _SHARE * self.seconds
        while len(found) < len(hopeless) + _MOST_CLASHES and not self.control.stop.is_set():
            if len(found) > len(hopeless) and self.control.seconds() > ends:
                self.complete = False
                break
            clash = self._next([d for d in range(len(self.elastic.demands)) if d not in lifted], whole)
            if clash is None:
                break
            found.append(clash)
            lifted |= set(clash.demands)
        return found

    def _next(self, kept: list[int], whole: bool) -> Clash | None:
        misfit, price = self.elastic.relaxed_misfit(kept)
        if misfit > 1e-6:
            priced = self.elastic.demands_at(price)
            core = [d for d in kept if d in priced]
            in_relaxation = self.elastic.clash_in_relaxation
            return self._clash(core if in_relaxation(core) else kept, in_relaxation, None)
        small = self.elastic.arrays.columns <= SMALL_COLUMNS
        if not small:
            blocks = self.elastic.blocks()
            for block, demands in sorted(blocks.items()):
                here = [d for d in demands if d in set(kept)]
                if here and self._is_clash(here, block):
                    return self._clash(here, lambda part, b=block: self._is_clash(part, b), block)  # type: ignore[misc]
        if (small or whole) and self._is_clash(kept, None):
            return self._clash(kept, lambda part: self._is_clash(part, None), None)
        return None

    def _is_clash(self, kept: Iterable[int], block: int | None) -> bool:
        part = None if block is None else self.elastic.part(block)
        answer = self.elastic.clash(kept, self.control, self.seconds, part=part)
        self._doubtful = self._doubtful or answer is None
        return answer is True

    def _is_clash_among(self, kept: list[int]) -> bool:
        """Whether demands clash by themselves; what does not bear on them is left out."""
        answer = self.elastic.clash(kept, self.control, self.seconds, part=self.elastic.region(kept))
        self._doubtful = self._doubtful or answer is None
        return answer is True

    def _clash(self, core: list[int], clashes: Callable[[Sequence[int]], bool], block: int | None) -> Clash:
        """The clash within a core: few rules, of those few families, of those few demands, none of them superfluous."""
        self._doubtful = False
        demands = self.elastic.demands
        names = sorted({demands[d].rule for d in core}, key=lambda name: (name == "meet_need", name))
        rules = irreducible(names, lambda some: clashes([d for d in core if demands[d].rule in some]))
        core = [d for d in core if demands[d].rule in rules]
        families = list(dict.fromkeys(demands[d].family for d in core))
        families = irreducible(families, lambda some: clashes([d for d in core if demands[d].family in some]))
        kept = irreducible([d for d in core if demands[d].family in families], clashes)
        # What the relaxation needs may be more than whole numbers need.
        parts = [[d] for d in kept]
        if len(parts) > _MOST_TRIED:
            parts = [[d for d in kept if demands[d].family == family] for family in families]
            self._doubtful = True
        for part in parts if len(parts) > 1 else ():
            without = [d for d in kept if d not in part]
            if without and self._is_clash_among(without):
                kept = without
        linear = self.elastic.clash_in_relaxation(kept)
        facts = self._facts_of_relaxation(kept) if linear else self._facts(kept, block)
        return Clash(tuple(sorted(kept)), facts, not linear, not self._doubtful)

    def cannot_hold(self, kept: Sequence[int]) -> bool:
        """Whether no plan keeps these demands: by the relaxation, by one capability alone, or by the whole model."""
        if self.elastic.clash_in_relaxation(kept):
            return True
        if self.elastic.arrays.columns > SMALL_COLUMNS:
            of_kept = set(kept)
            for block, demands in sorted(self.elastic.blocks().items()):
                here = [demand for demand in demands if demand in of_kept]
                if here and self._is_clash(here, block):
                    return True
        return self._is_clash(kept, None)

    # --- what is physical about it -------------------------------------------------------------------------------

    def _facts_of_relaxation(self, kept: list[int]) -> tuple[tuple[Any, ...], ...]:
        """Physical rows of the solver's irreducible infeasible subsystem."""
        elastic = self.elastic
        _, price = elastic.relaxed_misfit(kept)
        rows = np.flatnonzero(np.abs(price) > PRICED)
        start = elastic.arrays.start
        columns = np.unique(np.concatenate([elastic.arrays.index[start[row] : start[row + 1]] for row in rows]))
        arrays = slices(elastic.shut(kept), columns, rows)
        chosen = irreducible_rows(arrays, self.seconds)
        labels = [elastic.labels[row] for row in (rows[list(chosen)] if chosen else rows).tolist()]
        return _physical(labels, {elastic.demands[d].rule for d in kept})

    def _facts(self, kept: list[int], block: int | None) -> tuple[tuple[Any, ...], ...]:
        """Physical rows without any of which a plan keeps the demands."""
        elastic = self.elastic
        arrays = elastic.shut(kept)
        rows = np.arange(arrays.rows)
        if block is not None:
            columns, rows = elastic.part(block)
            arrays = slices(arrays, columns, rows)
        by_label: dict[tuple[Any, ...], list[int]] = {}
        for at, row in enumerate(rows.tolist()):
            label = elastic.labels[row]
            if not elastic.demands_of_row[row] and label[0] != "definition":
                by_label.setdefault(label, []).append(at)

        def clashes(some: Sequence[tuple[Any, ...]]) -> bool:
            some = set(some)  # type: ignore[assignment]
            opened = [row for label, places in by_label.items() if label not in some for row in places]
            answer = _without(arrays, opened, self.control, self.seconds)
            self._doubtful = self._doubtful or answer is None
            return answer is True

        return _physical(irreducible(list(by_label), clashes), {elastic.demands[d].rule for d in kept})


def _without(arrays: Arrays, opened: list[int], control: Control, seconds: float) -> bool | None:
    """Whether the model has no point even without some rows."""
    low, high = arrays.row_lower.copy(), arrays.row_upper.copy()
    low[opened], high[opened] = -INFINITY, INFINITY
    arrays = dataclasses.replace(arrays, row_lower=low, row_upper=high)
    answer = solve_whole(arrays, gap=1.0, time_limit=seconds, control=Control(stop=control.stop), seed=0)
    return True if answer.status == "infeasible" else False if answer.x is not None else None


def _physical(labels: Iterable[tuple[Any, ...]], demanded: set[str]) -> tuple[tuple[Any, ...], ...]:
    """The labels that state no demand and tie no helpers, each once."""
    return tuple(dict.fromkeys(label for label in labels if label[0] not in {"definition", *demanded}))


def smallest_clash(scenario: Scenario, control: Control, *, exact: bool) -> tuple[str, ...]:
    """Names of policy rules and locks of which none can be lifted without making the scenario feasible.

    Physical rules and needs are always part of the clash, and named only when they clash by themselves.
    """
    elastic = Elastic(scenario, whole_deliveries=exact)
    demands = elastic.demands
    finder = Finder(elastic, control)
    needs = [number for number, demand in enumerate(demands) if demand.kind == "need"]

    def of(names: Sequence[str]) -> list[int]:
        return needs + [number for number, demand in enumerate(demands) if demand.rule in names]

    if finder.cannot_hold(needs):
        clash = finder.clashes()[0]
        facts = dict.fromkeys(["meet_need", *(str(label[0]) for label in clash.facts)])
        return ("physical rules alone: " + ", ".join(facts),)
    names = list(dict.fromkeys(demand.rule for demand in demands if demand.kind != "need"))
    return tuple(irreducible(names, lambda some: finder.cannot_hold(of(some))))
