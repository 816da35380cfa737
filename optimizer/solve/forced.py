"""Forced: what a choice costs at least, seen in its capability alone at the multipliers of the best plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.block_solver import block_solver
from optimizer.solve.blocks import cut, without
from optimizer.solve.multipliers import multipliers_by_columns
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search
from optimizer.solve.strategy import weighted
from optimizer.solve.whole import with_row

Pair = tuple[str, str]
T = TypeVar("T")
R = TypeVar("R")

# Gap to which a capability is priced, and the longest that one of its problems may take, seconds.
_GAP, _SECONDS = 1e-4, 10.0
# A plan pushed away from others need not be the best such.
_PUSHED_GAP, _PUSHED_SECONDS = 2e-3, 1.0
_ROOT_GAP = 1e-3
# Multipliers are sought anew where they leave more unproven of the best plan than this share of the room.
_LOOSE = 0.5
_MONEY_SECONDS = 20.0


class Capabilities:
    """The capabilities of a model apart, each with its best plan at the multipliers and the least it can cost.

    A plan costs at least what the multipliers give and what each capability costs at them (Lagrangian bound). A choice
    that costs its capability more than the limit leaves to it is in no plan within the limit, whatever is done
    elsewhere.

    Parameters
    ----------
    limit, best
        The most that a plan may cost, and what the best one does, constants included.
    """

    def __init__(self, model: Model, limit: float, best: float) -> None:
        self.model = model
        self._asked = model.scenario.settings.solver
        arrays = weighted(model)
        self.offset = arrays.offset
        # As in a search: where deliveries are made whole afterwards, only decisions are whole before.
        integer = arrays.integer if model.variables.whole_deliveries else arrays.decisions
        self.whole = cut(dataclasses.replace(arrays, integer=integer))
        self.limit, self.best = limit - self.offset, best - self.offset
        self._pricing = Pricing(self.whole, self._asked.seed)
        column = model.program.column
        self._columns = {
            pair: np.array([column(variable) for variable, _ in model.variables.joins(*pair)], dtype=np.int64)
            for pair in model.scenario.contracts_with
        }
        places = {block.number: place for place, block in enumerate(self.whole.blocks)}
        numbers = self.whole.arrays.column_block
        self.block_of = {pair: places[int(numbers[columns[0]])] for pair, columns in self._columns.items()}
        self.bound = -INFINITY
        self._shares = np.zeros(0)
        self._costs: list[Floats] = []
        self._starts: list[Floats] = []
        self.plans: list[Floats] = []
        """The best plan of each capability, on its own columns."""

    @property
    def room(self) -> float:
        """How much dearer than the best plan a plan may be."""
        return self.limit - self.best

    def price(self, multipliers: Floats | None, control: Control, deadline: float) -> bool:
        """Price every capability at the multipliers, or at better ones; false when stopped before the end."""
        if multipliers is not None and not self._price_at(multipliers, control, deadline):
            return False
        if multipliers is not None and self.best - self.bound <= _LOOSE * self.room:
            return True
        search = Search(self.whole, control, _ROOT_GAP, deadline)
        found = multipliers_by_columns(self._pricing, search, _ROOT_GAP, self._asked.threads, self._asked.seed)
        return found is not None and not found.infeasible and self._price_at(found.multipliers, control, deadline)

    def _price_at(self, multipliers: Floats, control: Control, deadline: float) -> bool:
        constant, multipliers = constant_of(self.whole, legal(self.whole, multipliers))

        def price(number: int) -> Answer:
            limit = max(0.1, min(_SECONDS, deadline - control.seconds()))
            return self._pricing.price(number, multipliers, control, limit, _GAP)

        answers = self.side_by_side(price, range(len(self.whole.blocks)))
        self._costs = [self._pricing.cost(number, multipliers) for number in range(len(answers))]
        self._shares = np.array([answer.bound for answer in answers])
        self.bound = constant + float(self._shares.sum())
        own = [len(block.columns) for block in self.whole.blocks]
        self._starts = [answer.x for answer in answers if answer.x is not None]
        self.plans = [x[:count] for x, count in zip(self._starts, own, strict=False)]
        return bool(np.isfinite(self.bound)) and len(self.plans) == len(own)

    def side_by_side(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The work on each item, as many at a time as threads are asked for."""
        with ThreadPoolExecutor(max(1, self._asked.threads)) as pool:
            return list(pool.map(work, items))

    # --- one capability --------------------------------------------------------------------------------------

    def has(self, x: Floats, pair: Pair) -> bool:
        """Whether a plan of the pair's capability, on its own columns, buys it."""
        own = self.whole.blocks[self.block_of[pair]].columns
        return bool(x[np.searchsorted(own, self._columns[pair])].sum() > 0.5)

    def row(self, block: int, weights: Mapping[Pair, float]) -> Floats:
        """The sum of weights of what a plan buys, over the columns of a capability's problem."""
        row = np.zeros(self._pricing.models[block].columns)
        own = self.whole.blocks[block].columns
        for pair, weight in weights.items():
            row[np.searchsorted(own, self._columns[pair])] += weight
        return row

    def extra(self, block: int, x: Floats) -> float:
        """What a plan of a capability costs beyond the least."""
        return float(self._costs[block][: len(x)] @ x) - float(self._shares[block])

    def too_dear(self, block: int, least: float) -> bool:
        """Whether no plan within the limit can have a capability that costs at least so much."""
        return self.bound - float(self._shares[block]) + least > self.limit

    def pushed(self, block: int, row: Floats, reward: float, control: Control) -> Floats | None:
        """A good plan of a capability, each unit of a row rewarded."""
        arrays = dataclasses.replace(self._pricing.models[block], cost=self._costs[block] - reward * row)
        solver = block_solver(arrays, self._asked.seed)
        solver.start_from(self._starts[block])
        answer = solver.run(gap=_PUSHED_GAP, time_limit=_PUSHED_SECONDS, control=Control(stop=control.stop))
        return None if answer.x is None else answer.x[: len(self.whole.blocks[block].columns)]

    def forced(
        self, block: int, row: Floats, least: float, control: Control, *, reward: float = 0.0
    ) -> tuple[Floats | None, float]:
        """A plan of a capability in which a row is at least so much, and what any such plan costs at least.

        Each unit of the row is rewarded; rewards are not counted. Infinity, where there is no such plan.
        """
        model = self._pricing.models[block]
        arrays = with_row(dataclasses.replace(model, cost=self._costs[block] - reward * row), row, least, INFINITY)
        rewarded = reward * least

        def watch(best: float, bound: float) -> bool:
            del best
            return abs(bound) < INFINITY and self.too_dear(block, bound + rewarded)

        inner, seed = Control(stop=control.stop), self._asked.seed
        answer = block_solver(arrays, seed).run(gap=_GAP, time_limit=_SECONDS, control=inner, watch=watch)
        if answer.status == "infeasible":  # believed only where it is found without presolve as well
            again = Highs(arrays, seed=seed, presolve=False)
            answer = again.run(gap=_GAP, time_limit=_SECONDS, control=inner, watch=watch)
        x = None if answer.x is None else answer.x[: len(self.whole.blocks[block].columns)]
        return x, answer.bound + rewarded

    # --- all of them -----------------------------------------------------------------------------------------

    def bought(self, x: Floats) -> frozenset[Pair]:
        """The pairs that a whole plan buys."""
        return frozenset(pair for pair, columns in self._columns.items() if x[columns].sum() > 0.5)

    def together(self, base: Floats, plans: Mapping[int, Floats], control: Control) -> Answer:
        """The best plan with the yes and no of a base, and of the plans of some capabilities: without one, no plan."""
        arrays, point = self.whole.arrays, base.copy()
        for block, x in plans.items():
            point[self.whole.blocks[block].columns] = x
        held = np.flatnonzero(arrays.decisions)
        part, columns = without(arrays, held, point)
        solver = Highs(part, relax=not part.integer.any(), seed=self._asked.seed)
        found = solver.run(gap=_GAP, time_limit=_MONEY_SECONDS, control=Control(stop=control.stop))
        if found.x is None:
            return Answer("no_plan", None, INFINITY, -INFINITY)
        point[held] = np.round(point[held])
        point[columns] = found.x
        return Answer("feasible", point, float(arrays.cost @ point), self.bound)
