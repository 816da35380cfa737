"""Nearby: plans within a limit that are far from known ones, and what no such plan can be, capability by capability."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.solve.blocks import Cut
from optimizer.solve.finish import finish_gap
from optimizer.solve.forced import Capabilities, Pair
from optimizer.solve.kept import row_labels
from optimizer.solve.memory import Memory, Trace, point_of

Mark = Pair | str
"""A nation's purchase of a program, or a program whoever buys it."""
Way = Callable[[Model, Control, float, Memory | None], Answer]

NO_PLAN, TOO_DEAR = "no plan", "costs more than allowed"
_NOTHING = Answer("no_plan", None, INFINITY, -INFINITY)
# What is put together may spend this share of the room: whole units cost something, too.
_SPENT = 0.97
# A reward for each exception, as a share of the room: at first, at least and at most. One that finds a single exception
# is too small for more of them, one that makes a plan too dear is too great.
_REWARD, _LEAST_REWARD, _MOST_REWARD, _UP, _DOWN = 0.1, 0.02, 0.3, 3.0, 0.25
# Rewards that push a plan away from others, as shares of the room, and the share of it that is enough to have spent.
_PUSHES, _ENOUGH = (0.06, 0.2, 0.6), 0.7
# So often a plan is pushed away from others, each time more from those it is nearest to.
_ROUNDS = 2
_NO_GAIN = 1e-6
# Exceptions are tried with all that fit beside them, then in pairs, then alone.
_TOGETHER = (1000, 2, 1)


@dataclass
class Found:
    """A plan of one capability, what it costs beyond the least, and the marks in which it is unlike all plans known."""

    block: int
    x: Floats
    extra: float
    marks: frozenset[Mark] = frozenset()
    gain: float = 0.0
    """How much farther from other plans it is than the best plan."""
    tried: int = 0


@dataclass
class Nearby:
    """What is known of the plans of one scenario that cost at most `limit`; used and added to by the ways it gives.

    A way takes the place of the search in `solve`. For one thread at a time.
    """

    limit: float
    best: float
    """What the best plan costs."""
    proofs: dict[Mark, str] = field(default_factory=dict)
    """Why no plan within the limit is other than the plans known, by mark."""
    done: bool = False
    """Whether no exception is left to look for."""
    _capabilities: Capabilities | None = None
    _base: Floats = field(default_factory=lambda: np.zeros(0))
    _found: list[Found] | None = None
    _pushing: dict[frozenset[Pair], float] = field(default_factory=dict)
    """How much each plan pushed others away the last time, one on average."""
    _push: int = 0
    """The push that did most the last time, never the last: too great a one leaves fewer capabilities to choose."""

    def far(self, others: Sequence[Collection[Pair]]) -> Way:
        """A way to a plan within the limit that differs from the nearest of others in as many pairs as can be found."""

        def way(model: Model, control: Control, deadline: float, memory: Memory | None) -> Answer:
            if not self._ready(model, control, deadline, memory):
                return _NOTHING
            return self._offered(self._far([frozenset(other) for other in others], control))

        return way

    def exception(self, always: Collection[Pair], never: Collection[Pair], programs: Collection[str]) -> Way:
        """A way to a plan within the limit that lacks some of what all known plans have, or has what none has.

        Parameters
        ----------
        always, never
            Pairs that all plans known so far buy, and that none does.
        programs
            Programs that somebody buys in all plans known so far.
        """

        def way(model: Model, control: Control, deadline: float, memory: Memory | None) -> Answer:
            if not self._ready(model, control, deadline, memory):
                self.done = True
                return _NOTHING
            return self._offered(self._exception(frozenset(always), frozenset(never), frozenset(programs), control))

        return way

    # --- what all ways begin with ----------------------------------------------------------------------------

    def _ready(self, model: Model, control: Control, deadline: float, memory: Memory | None) -> bool:
        """Whether the capabilities are priced, at the multipliers of the best plan where a solve has left it."""
        if self._capabilities is not None:
            return True
        trace = None if memory is None else memory.nearest(model.scenario)
        found = Capabilities(model, self.limit, self.best)
        if not found.price(_multipliers(trace, model, found.whole), control, deadline):
            return False
        self._capabilities = found
        if trace is not None:
            self._base = point_of(trace, model)
        else:
            self._base = np.zeros(model.arrays.columns)
            for block, x in zip(found.whole.blocks, found.plans, strict=True):
                self._base[block.columns] = x
        return True

    @property
    def _known(self) -> Capabilities:
        assert self._capabilities is not None
        return self._capabilities

    def _offered(self, answer: Answer) -> Answer:
        """The answer with the constant in it; whatever a finish finds within the limit will do."""
        if answer.x is None:
            return answer
        model = self._known.model
        gap = finish_gap(model.scenario.settings.solver.gap)
        objective = max(answer.objective + self._known.offset, self.limit - gap * abs(self.limit))
        return dataclasses.replace(answer, objective=objective, bound=answer.bound + self._known.offset)

    def _together(self, found: Sequence[Found], control: Control) -> Answer:
        """The best plan but for some capabilities, if it is within the limit."""
        answer = self._known.together(self._base, {one.block: one.x for one in found}, control)
        return answer if answer.objective <= self._known.limit else _NOTHING

    def _pairs(self, block: int, pairs: Iterable[Pair]) -> list[Pair]:
        return [pair for pair in pairs if self._known.block_of[pair] == block]

    def _blocks(self) -> list[int]:
        """The capabilities, those of most pairs first, so that no thread waits long for another."""
        counts = np.bincount(list(self._known.block_of.values()), minlength=len(self._known.whole.blocks))
        return [int(block) for block in np.argsort(-counts, kind="stable")]

    # --- far from others -------------------------------------------------------------------------------------

    def _far(self, others: list[frozenset[Pair]], control: Control) -> Answer:
        """Pushed away from all of the others together, then more from those that are still near."""
        best, most = _NOTHING, -1
        by = np.array([self._pushing.get(other, 1.0) for other in others])
        by = by / by.sum()
        for _ in range(_ROUNDS if len(others) > 1 else 1):
            answer = self._pushed_away(
                {
                    pair: sum(-w if pair in other else w for w, other in zip(by, others, strict=True))
                    for pair in self._known.block_of
                },
                control,
            )
            # Where they push each other out, the ground itself is as good as any, and near to one of them.
            bought = self._known.bought(self._base if answer.x is None else answer.x)
            apart = np.array([float(len(bought ^ other)) for other in others])
            if answer.x is not None and apart.min() > most:
                best, most = answer, int(apart.min())
            by = by * ((1.0 + apart.mean()) / (1.0 + apart)) ** 2
            by = by / by.sum()
        self._pushing = dict(zip(others, len(others) * by, strict=True))
        return best

    def _pushed_away(self, weights: Mapping[Pair, float], control: Control) -> Answer:
        """Every capability pushed, a little harder each time until the room is spent; those of best value are taken."""
        known, best, most = self._known, _NOTHING, 0.0
        for number in range(self._push, len(_PUSHES)):
            push = _PUSHES[number] * known.room

            def pushed(block: int, push: float = push) -> Found | None:
                row = known.row(block, {pair: weights[pair] for pair in self._pairs(block, weights)})
                x = known.pushed(block, row, push, control) if row.any() and not control.stop.is_set() else None
                if x is None:
                    return None
                own = known.whole.blocks[block].columns
                gain = float(row[: len(own)] @ (np.round(x) - np.round(self._base[own])))
                return Found(block, x, known.extra(block, x), gain=gain) if gain > _NO_GAIN else None

            found = [one for one in known.side_by_side(pushed, self._blocks()) if one is not None]
            control.report("capabilities", None, None)
            by_value = sorted(found, key=lambda one: one.extra / one.gain)
            chosen, spent = _within(by_value, _SPENT * known.room)
            while sum(one.gain for one in chosen) > most and not control.stop.is_set():
                answer = self._together(chosen, control)
                if answer.x is not None:
                    best, most = answer, sum(one.gain for one in chosen)
                    self._push = min(number, len(_PUSHES) - 2)
                    break
                chosen = chosen[: len(chosen) // 2]
            if spent >= _ENOUGH * known.room or control.stop.is_set():
                break
        return best

    # --- exceptions ------------------------------------------------------------------------------------------

    def _exception(
        self, always: frozenset[Pair], never: frozenset[Pair], programs: frozenset[str], control: Control
    ) -> Answer:
        """A plan put together of exceptions that no plan known shows yet."""
        known = self._known
        if self._found is None:

            def look(block: int) -> list[Found]:
                found = self._exceptions_of(block, always, never, programs, control)
                control.report("capabilities", None, None)
                return found

            found = [one for some in known.side_by_side(look, self._blocks()) for one in some]
            if control.stop.is_set():
                return _NOTHING
            self._found = found
        is_open = always | never | programs
        while not control.stop.is_set():
            waiting = [one for one in self._found if one.tried < len(_TOGETHER) and one.marks & is_open]
            if not waiting:
                self.done = True
                break
            waiting.sort(key=lambda one: (one.tried, -one.extra))
            most = _TOGETHER[waiting[0].tried]
            chosen, _ = _within(waiting[:1] + [one for one in waiting[1:] if one.tried < 2], _SPENT * known.room, most)
            for one in chosen:
                one.tried += 1
            answer = self._together(chosen, control)
            if answer.x is not None:
                return answer
        return _NOTHING

    def _exceptions_of(
        self,
        block: int,
        always: frozenset[Pair],
        never: frozenset[Pair],
        programs: frozenset[str],
        control: Control,
    ) -> list[Found]:
        """Plans of a capability that are other than all known in as many marks as can be; the rest is proven.

        One problem that must be an exception in one of the pairs left settles all of them where it is too dear.
        """
        known, found = self._known, list[Found]()
        bought = {p: True for p in self._pairs(block, always)} | {p: False for p in self._pairs(block, never)}
        buyers = {program: [p for p in self._pairs(block, known.block_of) if p[1] == program] for program in programs}
        reward = _REWARD * known.room
        open_pairs = set(bought)
        while open_pairs and not control.stop.is_set():
            row = known.row(block, {pair: -1.0 if bought[pair] else 1.0 for pair in sorted(open_pairs)})
            least = 1.0 - sum(bought[pair] for pair in open_pairs)
            x, costs = known.forced(block, row, least, control, reward=reward)
            if self._prove(open_pairs, block, costs):
                break
            shown = set[Pair]()
            if x is not None and known.extra(block, x) <= known.room:
                shown = {pair for pair in open_pairs if known.has(x, pair) != bought[pair]}
                left = {
                    program for program, pairs in buyers.items() if pairs and not any(known.has(x, p) for p in pairs)
                }
                found.append(Found(block, x, known.extra(block, x), frozenset(shown | left)))
                open_pairs -= shown
            if len(shown) == 1:
                reward = min(_UP * reward, _MOST_REWARD * known.room)
            elif not shown and reward > 0.0:
                reward = _DOWN * reward if reward > _LEAST_REWARD * known.room else 0.0
            elif not shown:
                break
        shown_left = frozenset[Mark]().union(*(one.marks for one in found))
        for program, pairs in buyers.items():
            in_all = any(pair in self.proofs and bought.get(pair) for pair in pairs)
            if not pairs or in_all or program in shown_left or control.stop.is_set():
                continue
            x, costs = known.forced(block, known.row(block, dict.fromkeys(pairs, -1.0)), 0.0, control)
            if not self._prove([program], block, costs) and x is not None and known.extra(block, x) <= known.room:
                found.append(Found(block, x, known.extra(block, x), frozenset({program})))
        return found

    def _prove(self, marks: Iterable[Mark], block: int, costs: float) -> bool:
        """Whether what an exception costs its capability at least proves that no plan within the limit is one."""
        if not self._known.too_dear(block, costs):
            return False
        self.proofs.update(dict.fromkeys(marks, TOO_DEAR if np.isfinite(costs) else NO_PLAN))
        return True


def _within(found: Iterable[Found], room: float, most: int = 1000) -> tuple[list[Found], float]:
    """The first one, and of the others in turn what fits beside it: one of each capability, all within the room."""
    chosen: list[Found] = []
    spent = 0.0
    for one in found:
        fits = spent + one.extra <= room and all(one.block != other.block for other in chosen)
        if len(chosen) < most and (fits or not chosen):
            chosen.append(one)
            spent += one.extra
    return chosen, spent


def _multipliers(trace: Trace | None, model: Model, whole: Cut) -> Floats | None:
    """The multipliers a solve has left, on the coupling rows."""
    if trace is None:
        return None
    labels = row_labels(model)
    return np.array([trace.multipliers.get(labels[int(row)], 0.0) for row in whole.rows])
