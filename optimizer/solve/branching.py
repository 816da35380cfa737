"""Branching: a model whose relaxation is nearly whole, decided by branch and bound on one solver kept warm."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Arrays, Floats, Ints
from optimizer.model.control import Control
from optimizer.model.highs import Highs, Presolved
from optimizer.solve.block_solver import decided_with_cuts
from optimizer.tolerances import SOLVER_FEASIBILITY

# A decision that nations share is taken to move the bound so many times as much as one of a single nation, until tried.
_SHARED = 10.0
# Million euro: the least a branch promises, one on average, and the least by which a plan is better.
_LEAST_GAIN, _LEAST_MEAN, _LEAST_GAP = 1e-6, 1e-3, 1e-6
# A plan keeps each row within this share of it.
_KEPT = 1e-6
# After so few steps of the simplex method it goes on from where it stands: to begin at another basis takes as long as a
# hundred, for the weights of its rows (L and XL, blocks at the multipliers: a fifth to a third of the time).
_FEW_STEPS = 70
# From so many columns on the first relaxation is the barrier's (XL, what is left of a plan's yes and no: 7 s for 23 s).
_BARRIER_COLUMNS = 15_000


class _PseudoCosts:
    """What branching down (0) and up (1) on each decision did to the bound, by how far it moved."""

    def __init__(self, arrays: Arrays, whole: Ints) -> None:
        shared = np.ones(len(whole))
        if len(arrays.column_nation):
            shared[arrays.column_nation[whole] < 0] = _SHARED
        self._weight = shared
        self._gained, self._tried = np.zeros((2, len(whole))), np.zeros((2, len(whole)))

    def learn(self, side: int, chosen: int, gain: float, step: float) -> None:
        """One more branch, by so much of a unit."""
        self._gained[side, chosen] += max(0.0, gain) / step
        self._tried[side, chosen] += 1.0

    def promised(self, candidates: Ints, apart: Floats) -> Floats:
        """What branching on each of some decisions promises: the product of what both sides gain."""
        gained, tried = self._gained[:, candidates], self._tried[:, candidates]
        mean = np.maximum(self._gained.sum(axis=1) / np.maximum(self._tried.sum(axis=1), 1.0), _LEAST_MEAN)
        untried = mean[:, None] * self._weight[candidates]
        each = np.where(tried > 0.0, gained / np.maximum(tried, 1.0), untried)
        down, up = np.maximum(each[0] * apart, _LEAST_GAIN), np.maximum(each[1] * (1.0 - apart), _LEAST_GAIN)
        return np.asarray(down * up)


@dataclass(order=True)
class _Node:
    """A part of all plans: limits on what is whole, the relaxation's bound, and where it stood there."""

    bound: float
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    at: Floats = field(compare=False)
    basis: Any = field(compare=False)


class Branching:
    """Branch and bound (Land and Doig 1960) without cuts, kept for the same rows under other costs.

    A capability at the prices of the coupling rows is whole but for some contracts: one or two of them decided, the
    others mostly fall into place. HiGHS spends most of its time on such a model before it branches at all - on
    presolve, cuts, small searches of its own, and trial branches on every candidate. Here each node is a few dozen
    steps of the dual simplex from its parent's basis (benchmark L, seed 1, all 60 capabilities: half the time).

    What to branch on is told by what it did to the bound before (pseudo-costs, Benichou et al. 1971), which is kept
    from one cost to the next. After each branching its better side comes next, when that ends the best bound. One that
    is `kept` for many runs should hold no more memory than these need. What a run in turns leaves open is kept as well,
    for as long as costs stay as they are.
    """

    def __init__(self, arrays: Arrays, seed: int, *, kept: bool = False) -> None:
        self.arrays = arrays
        self._seed, self._kept = seed, kept
        self._fresh = True
        self._held: Highs | None = None
        self._basis: Any = None
        self._whole = np.flatnonzero(arrays.integer)
        self._costs = _PseudoCosts(arrays, self._whole)
        self._open: _Tree | None = None
        self.cost = arrays.cost

    def change_cost(self, cost: Floats) -> None:
        """New costs for every column."""
        if not np.array_equal(cost, self.cost):
            self._open = None
        self.cost = cost
        if self._held is not None:
            self._held.change_cost(cost)

    def rest(self) -> None:
        """Hold no solver until the next run, which then begins where this one stood: 7 MB for a capability of XL."""
        if self._held is not None and not self._fresh:
            self._basis, self._held = self._held.basis(), None

    @property
    def _solver(self) -> Highs:
        if self._held is None:
            self._held = Highs(self.arrays, relax=True, seed=self._seed, presolve=self._fresh)
            self._held.change_cost(self.cost)
            if not self._fresh:
                self._held.begin_at(self._basis)
            elif self.arrays.columns >= _BARRIER_COLUMNS:
                self._held.option("solver", "ipm")
        return self._held

    def relaxed(self, control: Control) -> Answer:
        """The relaxation, from where it stood last."""
        return self._run(control, INFINITY)

    def run(
        self,
        *,
        gap: float,
        time_limit: float,
        control: Control,
        start: Floats | None = None,
        better_than: float = INFINITY,
        watch: Callable[[float, float], bool] | None = None,
        nodes: float = INFINITY,
        in_turns: bool = False,
    ) -> Answer:
        """Run to the relative gap, the time limit (seconds), so many nodes, the stop flag, or until `watch` says so.

        `start` is a plan, or only plans `better_than` an objective are looked for; `watch` is told best and bound at
        each node, and ends the run by answering true. The bound is valid whatever ends it. A run `in_turns` goes on
        with what the last one left open at the same costs, and leaves open what it has no time for.
        """
        until = control.seconds() + time_limit
        tree, self._open = self._open if in_turns else None, None
        if tree is None:
            root = self._run(control, time_limit)
            if root.status == "infeasible":
                return Answer("infeasible", None, INFINITY, INFINITY)
            if root.status != "optimal" or root.column_dual is None:
                if start is None:
                    return Answer("no_plan", None, INFINITY, -INFINITY)
                return Answer("feasible", start, float(self.cost @ start), -INFINITY)
            tree = _Tree(self, root, gap, start, better_than)
        while tree.more() and not control.stop.is_set() and control.seconds() < until and tree.done < nodes:
            if watch is not None and watch(tree.best, tree.bound):
                break
            tree.branch(control, until)
        self._solver.change_bounds_of(self._whole, self.arrays.lower[self._whole], self.arrays.upper[self._whole])
        if in_turns and tree.more():
            self._open = tree
        return tree.answer(control)

    def _run(self, control: Control, seconds: float, beyond: float = INFINITY, duals: bool = True) -> Answer:
        answer = self._solver.run(time_limit=seconds, control=Control(stop=control.stop), beyond=beyond, duals=duals)
        # The basis is kept from here on, which presolve would throw away.
        if self._fresh and answer.status == "optimal":
            self._fresh = False
            if self._kept:
                self.rest()  # presolve leaves as much behind again
            else:
                self._solver.option("presolve", "off")
                self._solver.option("solver", "choose")
        return answer


def branched(
    arrays: Arrays,
    seed: int,
    *,
    gap: float,
    time_limit: float,
    control: Control,
    start: Floats | None = None,
    watch: Callable[[float, float], bool] | None = None,
) -> Floats | None:
    """A plan of a model that is decided once, by what HiGHS's presolve leaves of it; `start` where none is better.

    A start that breaks a row is none. Nothing is proven; None where no plan was found.
    """
    if start is not None and not arrays.keeps(start, _KEPT):
        start = None
    until, small = control.seconds() + time_limit, Presolved(arrays)
    if small.arrays is None:
        return decided_with_cuts(
            arrays, seed, gap=gap, time_limit=time_limit, control=control, start=start, watch=watch
        )
    known = INFINITY if start is None else float(arrays.cost @ start) - small.arrays.offset
    left = max(0.01, until - control.seconds())
    tree = Branching(small.arrays, seed)
    found = tree.run(gap=gap, time_limit=left, control=control, better_than=known, watch=watch)
    x = start if found.x is None else small.restored(found.x)
    return x if x is not None and arrays.keeps(x, _KEPT) else start


class _Tree:
    """One run: the nodes that wait, the best plan, and what is proven of all that was left aside."""

    def __init__(self, model: Branching, root: Answer, gap: float, start: Floats | None, better_than: float) -> None:
        assert root.x is not None and root.column_dual is not None
        self.model = model
        self.whole = model._whole
        self.gap = gap
        self.best_x = start
        self.best = better_than if start is None else float(model.cost @ start)
        self.done = 0
        self._root, self._reduced = root.objective, root.column_dual[self.whole]
        self._aside = INFINITY
        self._waiting: list[_Node] = []
        self._next: _Node | None = None
        self._numbers = 0
        lower, upper = model.arrays.lower[self.whole], model.arrays.upper[self.whole]
        self._take([self._seen(root, root.x, lower, upper)])
        self._near: list[_Node | None] = [self._next]

    @property
    def bound(self) -> float:
        """What is proven of every plan."""
        waiting = self._waiting[0].bound if self._waiting else INFINITY
        here = INFINITY if self._next is None else self._next.bound
        return min(waiting, here, self._aside, self.best)

    def more(self) -> bool:
        """Whether a node is left that may hold a plan better by more than the gap; it comes next."""
        while self._next is None or self._next.bound >= self._enough():
            if self._next is not None:
                self._aside = min(self._aside, self._next.bound)
            self._next = heapq.heappop(self._waiting) if self._waiting else None
            if self._next is None:
                return False
        return True

    def branch(self, control: Control, until: float) -> None:
        """Both sides of one decision of the node that comes next."""
        node, model = self._next, self.model
        assert node is not None
        self.done += 1
        lower, upper = self._fixed(node)
        below = np.floor(node.at + SOLVER_FEASIBILITY)
        apart = node.at - below
        open_ = np.flatnonzero(apart > SOLVER_FEASIBILITY)
        chosen = int(open_[np.argmax(model._costs.promised(open_, apart[open_]))])
        sides: list[_Node | None] = []
        for side in (1, 0):
            least, most = lower.copy(), upper.copy()
            if side:
                least[chosen] = below[chosen] + 1.0
            else:
                most[chosen] = below[chosen]
            if not any(node is near for near in self._near):
                model._solver.begin_at(node.basis)
            model._solver.change_bounds_of(self.whole, least, most)
            enough = self._enough()
            answer = model._run(control, max(0.01, until - control.seconds()), enough, duals=False)
            self._near = [node, *sides] if model._solver.steps <= _FEW_STEPS else []
            if answer.status == "optimal" and answer.x is not None:
                step = 1.0 - apart[chosen] if side else apart[chosen]
                model._costs.learn(side, chosen, answer.objective - node.bound, step)
                sides.append(self._seen(answer, answer.x, least, most, node.bound))
                self._near.append(sides[-1])
            elif answer.status == "beyond":
                self._aside = min(self._aside, max(enough, node.bound))
            elif answer.status != "infeasible":
                if control.stop.is_set() or control.seconds() >= until:
                    return  # it stays open
                self._aside = min(self._aside, node.bound)
        self._take(sides)

    def answer(self, control: Control) -> Answer:
        """What was found and proven."""
        if self.best_x is None:
            done = not self._waiting and self._next is None and min(self._aside, self.best) == INFINITY
            status = "infeasible" if done else "interrupted" if control.stop.is_set() else "no_plan"
            return Answer(status, None, INFINITY, INFINITY if done else self.bound)
        status = "optimal" if self.bound >= self._enough() else "feasible"
        status = "interrupted" if control.stop.is_set() else status
        return Answer(status, self.best_x, self.best, self.bound)

    def _enough(self) -> float:
        """A bound from which on a part of all plans is of no use."""
        if self.best == INFINITY:
            return INFINITY
        return self.best - max(_LEAST_GAP, self.gap * abs(self.best + self.model.arrays.offset))

    def _seen(self, answer: Answer, x: Floats, lower: Floats, upper: Floats, least: float = -INFINITY) -> _Node | None:
        """The node of a relaxation that was solved; none where it is a plan, which counts."""
        at = x[self.whole]
        if (np.abs(at - np.round(at)) <= SOLVER_FEASIBILITY).all():
            if answer.objective < self.best:
                self.best_x, self.best = x, answer.objective
            return None
        self._numbers += 1
        bound = max(answer.objective, least)
        return _Node(bound, self._numbers, lower, upper, at, self.model._solver.basis())

    def _take(self, sides: list[_Node | None]) -> None:
        """The better of some nodes comes next, the others wait."""
        nodes = sorted(node for node in sides if node is not None)
        self._next = nodes[0] if nodes else None
        for node in nodes[1:]:
            heapq.heappush(self._waiting, node)

    def _fixed(self, node: _Node) -> tuple[Floats, Floats]:
        """The node's limits; what by the root's reduced costs alone is in no better plan elsewhere stays at its limit.

        Only where the node has it there too, so that no limits cross and what is in fractions stays to be decided.
        """
        if self.best == INFINITY:
            return node.lower, node.upper
        first, last = self.model.arrays.lower[self.whole], self.model.arrays.upper[self.whole]
        room = self.best - self._root
        at_first, at_last = (self._reduced > room) & (node.at <= first), (self._reduced < -room) & (node.at >= last)
        return np.where(at_last, last, node.lower), np.where(at_first, first, node.upper)
