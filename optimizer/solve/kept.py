"""Kept: the model built last, and what is known of it under any objective - bounds, plans, prices, blocks' plans."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model
from optimizer.model.goals import likeness, weights_of
from optimizer.scenario import Scenario
from optimizer.solve.blocks import Cut
from optimizer.solve.whole import with_row

T = TypeVar("T")
Label = tuple[Any, ...]
# Kept of each kind: the latest, and the first.
_MOST_BOUNDS, _MOST_PLANS = 8, 16
# Larger models are not kept: building them anew costs little beside their search, keeping them much memory.
_MOST_COLUMNS = 150_000
# Shares of a cost below which a difference is the noise of adding up.
_NOISE = 1e-12


@dataclass(frozen=True)
class Known:
    """A bound under one objective, constants left out, and the multipliers it came from."""

    cost: Floats
    bound: float
    multipliers: Floats


@dataclass
class Kept:
    """A model whose rows hold under every objective, and what searches found in it; points are on its columns."""

    model: Model
    bounds: list[Known] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    plans: dict[int, list[Floats]] = field(default_factory=dict)
    """Plans of each block by its number, on the columns of the block's own problem."""

    def under(self, scenario: Scenario) -> Model | None:
        """The model of a scenario that has other weights and more limits on linear goals, and differs in nothing else.

        None where more differs.
        """
        more = _more_limits(self.model.scenario, scenario)
        if more is None:
            return None
        goals = {**self.model.goals, **self._likeness(scenario)}
        if not more.keys() <= goals.keys():
            return None
        model = dataclasses.replace(self.model, scenario=scenario, goals=goals)
        cost, offset = model.cost_of(weights_of(scenario))
        arrays = dataclasses.replace(model.arrays, cost=cost, offset=offset)
        for goal, most in more.items():
            by_column, constant = goals[goal]
            arrays = with_row(arrays, by_column, -np.inf, most - constant)
        return dataclasses.replace(model, arrays=arrays)

    def _likeness(self, scenario: Scenario) -> dict[str, tuple[Floats, float]]:
        """The goal likeness where the scenario lists marks: one list of them needs no variable of its own."""
        if not scenario.settings.objective.unlike:
            return {}
        items, constant = likeness.expression(scenario, self.model.variables)
        by_column = np.zeros(self.model.arrays.columns)
        for variable, by in items:
            by_column[self.model.program.column(variable)] += by
        return {"likeness": (by_column, constant)}

    def learn(self, x: Floats, known: Known | None) -> None:
        """Keep a plan, and a bound with its multipliers."""
        _keep(self.points, x, _MOST_PLANS)
        if known is not None and np.isfinite(known.bound):
            _keep(self.bounds, known, _MOST_BOUNDS)

    def learn_plan(self, number: int, x: Floats) -> None:
        """Keep a plan of a block."""
        _keep(self.plans.setdefault(number, []), x, _MOST_PLANS)

    def branch(self) -> Kept:
        """What is known now, to be added to apart from this one."""
        plans = {number: list(plans) for number, plans in self.plans.items()}
        return Kept(self.model, list(self.bounds), list(self.points), plans)

    def learn_from(self, branch: Kept, before: Kept) -> None:
        """Add what a branch has learned that was not known before."""
        for known in unknown(branch.bounds, before.bounds):
            _keep(self.bounds, known, _MOST_BOUNDS)
        for x in unknown(branch.points, before.points):
            _keep(self.points, x, _MOST_PLANS)
        for number, plans in branch.plans.items():
            for x in unknown(plans, before.plans.get(number, [])):
                self.learn_plan(number, x)

    def promise(self, arrays: Arrays) -> tuple[float, Floats | None]:
        """The best bound that known ones give under another objective, and multipliers mixed like it.

        A sum of known objectives, weighted, is at least the sum of their bounds; what the objective is beside it is at
        least what the limits of the columns allow (the least objective is concave in the weights). A limit that the
        model has beside the kept one bears the price at which the objective is nearest to a known one.
        """
        best, mixed = -np.inf, None
        limits = [_dense(arrays, row) for row in range(self.model.arrays.rows, arrays.rows)]
        for one in self.bounds:
            apart = one.cost - arrays.cost
            prices = [max(0.0, float(apart @ row) / max(1e-12, float(row @ row))) for row in limits]
            with_prices = arrays.cost + sum(price * row for price, row in zip(prices, limits, strict=True))
            given = sum(p * arrays.row_upper[self.model.arrays.rows + k] for k, p in enumerate(prices))
            for other in self.bounds:
                for by in _shares(with_prices, one.cost, other.cost):
                    rest = _rest(arrays, with_prices - by[0] * one.cost - by[1] * other.cost)
                    bound = by[0] * one.bound + by[1] * other.bound + rest - float(given)
                    if bound > best or mixed is None:
                        best = max(best, bound)
                        mixed = np.append(
                            by[0] * one.multipliers + by[1] * other.multipliers, [-price for price in prices]
                        )
        return best, mixed

    def fitting(self, arrays: Arrays) -> list[Floats]:
        """The known plans that keep what limits the model has beside the kept one."""
        limits = [(_dense(arrays, row), arrays.row_upper[row]) for row in range(self.model.arrays.rows, arrays.rows)]
        return [x for x in self.points if all(float(row @ x) <= most for row, most in limits)]

    def blockwise(self, whole: Cut, multipliers: Floats, fresh: Mapping[int, Floats] | None = None) -> Floats | None:
        """The best known plan of each block at the multipliers, put together, or a `fresh` one; None without a plan."""
        if not self.points:
            return None
        cost = whole.arrays.cost
        x = min(self.points, key=lambda point: float(cost @ point)).copy()
        for block in whole.blocks:
            if fresh and block.number in fresh:
                x[block.columns] = fresh[block.number][: len(block.columns)]
                continue
            priced = cost[block.columns] - block.coupling.priced(multipliers)
            own = [point[block.columns] for point in self.points]
            own += [plan[: len(block.columns)] for plan in self.plans.get(block.number, ())]
            x[block.columns] = min(own, key=lambda part: float(priced @ part))
        return x


def row_labels(model: Model) -> list[Label]:
    """Labels of the rows, of the limits beside those of the program as well."""
    labels = model.program.row_labels()
    limits = model.scenario.settings.rules.get("goal_limit", {})
    own = {label[1] for label in labels if label[0] == "goal_limit"}
    more = [("goal_limit", g) for g, most in limits.items() if g in model.goals and g not in own and most is not None]
    return [*labels, *more[: model.arrays.rows - len(labels)]]


def _dense(arrays: Arrays, row: int) -> Floats:
    at = slice(int(arrays.start[row]), int(arrays.start[row + 1]))
    values = np.zeros(arrays.columns)
    values[arrays.index[at]] = arrays.value[at]
    return values


def is_worth_keeping(model: Model) -> bool:
    """Whether a model is small enough to be kept."""
    return model.arrays.columns <= _MOST_COLUMNS


def unknown(items: list[T], known: list[T]) -> list[T]:
    """Items that are not the very ones known."""
    before = {id(item) for item in known}
    return [item for item in items if id(item) not in before]


def _keep(items: list[T], new: T, most: int) -> None:
    items.append(new)
    if len(items) > most:
        del items[1]


def _shares(cost: Floats, one: Floats, other: Floats) -> list[tuple[float, float]]:
    """How much of two objectives makes up a third, nearly: as a mean of both, and as a multiple of the first."""
    apart = one - other
    square = float(apart @ apart)
    mean = 1.0 if square == 0.0 else float(np.clip((cost - other) @ apart / square, 0.0, 1.0))
    return [(mean, 1.0 - mean), (1.0, 0.0)]


def _rest(arrays: Arrays, cost: Floats) -> float:
    """The least that a remainder of the objective can be within the limits of the columns."""
    cost = np.where(np.abs(cost) <= _NOISE * np.maximum(1.0, np.abs(arrays.cost)), 0.0, cost)
    at = np.flatnonzero(cost)
    return float((cost[at] * np.where(cost[at] > 0.0, arrays.lower[at], arrays.upper[at])).sum())


def _more_limits(one: Scenario, other: Scenario) -> dict[str, float] | None:
    """The limits on goals that one scenario has beside another's; None where they differ in more than weights."""
    if one.national_costs is not other.national_costs:
        return None
    if any(vars(other.tables)[name] is not rows for name, rows in vars(one.tables).items()):
        return None
    hidden = {"solver", "objective", "rules"}
    if one.settings.model_dump(exclude=hidden) != other.settings.model_dump(exclude=hidden):
        return None
    mine, its = one.settings.objective, other.settings.objective
    if mine.order or its.order or mine.unlike or len(its.unlike) > 1:
        return None
    if weights_of(one).keys() != weights_of(other).keys() - ({"likeness"} if its.unlike else set()):
        return None
    rules = [{**scenario.settings.rules} for scenario in (one, other)]
    limits = [_limits(rule.pop("goal_limit", {})) for rule in rules]
    if rules[0] != rules[1] or limits[0] is None or limits[1] is None:
        return None
    # A limit on the objective itself is another row under other weights.
    if not limits[0].items() <= limits[1].items() or "objective" in limits[0]:
        return None
    return {goal: most for goal, most in limits[1].items() if goal not in limits[0]}


def _limits(rule: Mapping[str, object]) -> dict[str, float] | None:
    """The limits of the rule that limits goals; None where it is soft."""
    if not rule.get("on", True):
        return {}
    limits = {goal: most for goal, most in rule.items() if goal not in ("on", "soft", "price") and most is not None}
    return None if rule.get("soft") else {goal: float(most) for goal, most in limits.items()}  # type: ignore[arg-type]
