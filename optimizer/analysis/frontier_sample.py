"""A few points of a long front: by weights where they reach, by limits between, the widest interval first."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from optimizer.analysis.frontier_search import (
    PRIMARIES,
    Point,
    Region,
    Search,
    non_dominated,
    same,
    stopped_by,
)
from optimizer.model.goals import with_name
from optimizer.scenario import Scenario
from optimizer.tolerances import PROVED_GAP

# Weights of the other goal from which points are sought: about what it is worth, half of that, and ten times that.
# Far below, whole programs hang in the balance: the default data take three to five times as long there.
FIRST_WEIGHTS = (1.0, 0.5)
DEAR_WEIGHT = 10.0
# Where none of these leads away from the first point.
LAST_WEIGHT = 0.1
# A point that has no more than this share of the range left to nothing is the end of it.
AT_END = 0.01
# A front is straight where it is proven to be nearer to a line than this share of the gap of its points.
STRAIGHT_SHARE = 0.8
# Dearer than this the other goal is all that counts.
MOST_WEIGHT = 1e6
# Points asked for at a time.
AT_ONCE = 2

# What the other goal comes to at both ends.
Interval = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """What a weighted search proves: no plan has less than `bound` of primary goal + weight * other."""

    weight: float
    bound: float

    def at(self, other: float) -> float:
        """The least that the primary goal can be where the other is no more than this."""
        return self.bound - self.weight * other


def is_sampled(scenario: Scenario, goals: tuple[str, ...], points: int | None) -> bool:
    """Whether a few points in money against money are asked for, within a gap: then weights find them sooner."""
    if points is None or len(goals) > 2 or scenario.settings.objective.order:
        return False
    primary = next((goal for goal in PRIMARIES if goal in goals), goals[0])
    (other,) = (goal for goal in goals if goal != primary)
    return with_name(other).unit == "meur" and scenario.settings.solver.gap > PROVED_GAP


@dataclass(frozen=True)
class Ask:
    """A search for a point: under a weight of the other goal or a limit on it, and how exactly and how long."""

    between: Interval | None
    weight: float | None
    limit: float | None
    effort: Mapping[str, float]


def sample(search: Search) -> list[Point]:
    """Points of two goals, spread over the range.

    The least of cost + weight * other, at a plan whose other goal is s, is also the least cost among the plans whose
    other goal is at most s, so each is a point of the front, within its gap; and a weighted search needs no limit, the
    slow part of a large one. Where weights have shown that the front is straight within the gap, none leads to a point
    between two others: these are asked for by limits, evenly. What one weight proves holds for every point.

    Points are asked for two at a time, which may be searched side by side.
    """
    return Sample(search).points()


class Sample:
    """The points and proofs found so far, and what is asked next."""

    def __init__(self, search: Search) -> None:
        assert search.points is not None
        self.search = search
        search.spread = True
        (self.other,) = search.others
        self.most = search.points
        self.found: list[Point] = []
        self.lines: list[Line] = []
        self.asked = 0
        # Intervals that were asked by their weight, and those in which nothing was found.
        self.weighted: set[Interval] = set()
        self.empty: set[Interval] = set()

    def points(self) -> list[Point]:
        """All of them."""
        self._ask([self._by_weight(weight) for weight in FIRST_WEIGHTS])
        left = [self._at(point) for point in self.found]
        if len(left) < self.most and not (left and min(left) <= AT_END * max(left)):
            self._ask([self._by_weight(DEAR_WEIGHT)])
        if len(self.found) < 2:
            self._ask([self._by_weight(LAST_WEIGHT)])
        self.asked = len(self.found)
        while self.asked < self.most and (asks := self._next()):
            self._ask(asks)
        return [self._bounded(point) for point in non_dominated(self.found)]

    def _at(self, point: Point) -> float:
        return point.values[self.other]

    def _next(self) -> list[Ask]:
        """What is asked next: the widest intervals by weights, those that are straight in even parts by limits."""
        front = sorted(non_dominated(self.found), key=self._at)
        intervals = [(a, b) for a, b in pairwise(front) if self._key(a, b) not in self.empty]
        if not intervals:
            return []
        parts = [1] * len(intervals)

        def part(number: int) -> float:
            dear, cheap = intervals[number]
            return (self._at(cheap) - self._at(dear)) / parts[number]

        for _ in range(self.most - self.asked):
            parts[max(range(len(intervals)), key=part)] += 1
        asks: list[Ask] = []
        for number in sorted((k for k in range(len(intervals)) if parts[k] > 1), key=part, reverse=True):
            asks += self._between(*intervals[number], parts[number])
        return asks[: min(AT_ONCE, self.most - self.asked)]

    def _between(self, dear: Point, cheap: Point, parts: int) -> list[Ask]:
        """What to ask between two points so that their interval falls into parts."""
        key, width = self._key(dear, cheap), self._at(cheap) - self._at(dear)
        weight = (dear.minimized - cheap.minimized) / width
        if key not in self.weighted and weight <= MOST_WEIGHT and not self._is_straight(dear, cheap):
            return [self._by_weight(weight, key, dear.values)]
        limits = [self._at(dear) + width * number / parts for number in range(1, parts)]
        return [Ask(key, None, limit, self.search.effort({self.other: limit})) for limit in limits]

    def _by_weight(self, weight: float, key: Interval | None = None, near: Mapping[str, float] | None = None) -> Ask:
        """A search under a weight; what a neighbor or the scenario's own plan comes to tells the size of its sum."""
        search = self.search
        assert search.own is not None
        near = near or search.values(search.own)
        gap = search.gap_at(abs(near[search.primary] + weight * near[self.other]))
        limit = min(search.scenario.settings.solver.time_limit_s, search.pace_of_points())
        return Ask(key, weight, None, {"gap": gap, "time_limit": limit})

    def _ask(self, asks: list[Ask]) -> None:
        """Search for points, all from what is known now."""
        tasks = [(self._scenario(ask), ask.effort) for ask in asks]
        for number, ask in enumerate(asks):
            if self.search.interrupted:
                return
            self.asked += 1
            ahead = tasks[1:] if number == 0 else []
            options = {**ask.effort, **({"ahead": ahead} if ahead else {})}
            if ask.limit is not None:
                point = self.search.best({self.other: ask.limit}, **options).point
            else:
                point = self._weighted(ask, tasks[number][0], options)
            is_new = point is not None and not any(same(point.values, known.values) for known in self.found)
            if is_new and point is not None:
                self.found.append(point)
            if ask.between is not None and ask.weight is not None:
                self.weighted.add(ask.between)
            elif ask.between is not None and not is_new:
                self.empty.add(ask.between)

    def _scenario(self, ask: Ask) -> Scenario:
        search = self.search
        if ask.limit is not None:
            return search.within({self.other: ask.limit}, search.carried())
        assert ask.weight is not None
        return search.variant({search.primary: 1.0, **search.carried(), self.other: ask.weight}, {})

    def _weighted(self, ask: Ask, scenario: Scenario, options: Mapping[str, Any]) -> Point | None:
        """The point with the least of primary goal + weight * other, and what it proves of the primary at its limit."""
        search, weight = self.search, ask.weight
        assert weight is not None
        solution = search.run(scenario, **options)
        if solution.plan is None:
            if solution.status == "infeasible":
                search.nothing(solution, {})
            return None
        values = search.values(solution)
        minimized = values[search.primary] + solution.relaxation_meur
        bound = None
        if solution.bound_meur is not None and math.isfinite(solution.bound_meur):
            held = sum(by * search.held[goal] for goal, by in search.carried().items())
            bound = min(minimized, solution.bound_meur - weight * values[self.other] - held)
            self.lines.append(Line(weight, solution.bound_meur - held))
        limits = {self.other: values[self.other]}
        point = Point(values, minimized, bound, solution, limits, stopped_by(solution))
        search.regions.append(Region(limits, point, False))
        return point

    def _bounded(self, point: Point) -> Point:
        """A point with the best bound that any weight proves of the primary goal where the other is no more."""
        bounds = [line.at(self._at(point)) for line in self.lines]
        best = max([*bounds, *([] if point.bound is None else [point.bound])], default=None)
        return point if best is None else dataclasses.replace(point, bound=min(point.minimized, best))

    def _is_straight(self, dear: Point, cheap: Point) -> bool:
        """Whether weights prove that between two points none is below the line from one to the other by the gap."""
        low, high = self._at(dear), self._at(cheap)

        def below(at: float) -> float:
            share = (at - low) / (high - low)
            return (1.0 - share) * dear.minimized + share * cheap.minimized

        # What all lines prove together is convex, so it is furthest from the straight one where two of them meet.
        corners = [
            (one.bound - two.bound) / (one.weight - two.weight)
            for one, two in combinations(self.lines, 2)
            if one.weight != two.weight
        ]
        return bool(self.lines) and all(
            below(at) - max(line.at(at) for line in self.lines)
            <= STRAIGHT_SHARE * self.search.gap_at(below(at)) * below(at)
            for at in (low, high, *corners)
            if low <= at <= high
        )

    def _key(self, dear: Point, cheap: Point) -> Interval:
        return self._at(dear), self._at(cheap)
