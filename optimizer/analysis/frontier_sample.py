"""A few points of a long front: by weights where they reach, by limits between, the widest interval first."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from itertools import pairwise

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

# Weights of the other goal from which points are sought: about what it is worth, ten times that, and half of it.
# Far below, whole programs hang in the balance: the default data take three to five times as long there.
FIRST_WEIGHTS = (1.0, 10.0, 0.5)
# Where none of these leads away from the first point.
LAST_WEIGHT = 0.1
# A point nearer to the end of its interval than this share of it leaves the middle open.
LEAST_PART = 0.15


@dataclass(frozen=True)
class Line:
    """What a weighted search proves: no plan has less than `bound` of primary goal + weight * other."""

    weight: float
    bound: float


def is_sampled(scenario: Scenario, goals: tuple[str, ...], points: int | None) -> bool:
    """Whether a few points in money against money are asked for, within a gap: then weights find them sooner."""
    if points is None or len(goals) > 2 or scenario.settings.objective.order:
        return False
    primary = next((goal for goal in PRIMARIES if goal in goals), goals[0])
    (other,) = (goal for goal in goals if goal != primary)
    return with_name(other).unit == "meur" and scenario.settings.solver.gap > PROVED_GAP


def sample(search: Search) -> list[Point]:
    """Points of two goals, spread over the range.

    The least of cost + weight * other, at a plan whose other goal is s, is also the least cost among the plans whose
    other goal is at most s, so each is a point of the front, within its gap; and a weighted search needs no limit, the
    slow part of a large one. Points that no weight finds are looked for by a limit in the middle of their interval.
    What one weight proves holds for every point.
    """
    assert search.points is not None
    search.spread = True
    (other,) = search.others
    points: list[Point] = []
    lines: list[Line] = []
    tried: set[tuple[float, float]] = set()

    def add(point: Point | None) -> bool:
        if point is None or any(same(point.values, known.values) for known in points):
            return False
        points.append(point)
        return True

    for weight in (*FIRST_WEIGHTS[: search.points], LAST_WEIGHT):
        if not search.interrupted and (weight > LAST_WEIGHT or len(points) < 2):
            add(_at_weight(search, other, weight, points[-1] if points else None, lines))
    asked = len(points)
    while asked < search.points and not search.interrupted:
        front = sorted(non_dominated(points), key=lambda point: point.values[other])
        pairs = [(a, b) for a, b in pairwise(front) if _key(a, b, other) not in tried]
        if not pairs:
            break
        dear, cheap = max(pairs, key=lambda pair: pair[1].values[other] - pair[0].values[other])
        asked += 1
        weight = (dear.minimized - cheap.minimized) / (cheap.values[other] - dear.values[other])
        found = _at_weight(search, other, weight, dear, lines) if weight <= 1e6 else None
        if add(found) and found is not None and _parts(found, dear, cheap, other):
            continue
        if asked < search.points:
            asked += 1
            middle = (dear.values[other] + cheap.values[other]) / 2.0
            if add(search.best({other: middle}).point):
                continue
        tried.add(_key(dear, cheap, other))
    return [_bounded(point, lines, other) for point in non_dominated(points)]


def _bounded(point: Point, lines: list[Line], other: str) -> Point:
    """A point with the best bound that any weight proves of the primary goal where the other is no more."""
    bounds = [line.bound - line.weight * point.values[other] for line in lines]
    best = max([*bounds, *([] if point.bound is None else [point.bound])], default=None)
    return point if best is None else dataclasses.replace(point, bound=min(point.minimized, best))


def _parts(point: Point, dear: Point, cheap: Point, other: str) -> bool:
    """Whether a point lies well between two others."""
    width = cheap.values[other] - dear.values[other]
    return LEAST_PART <= (point.values[other] - dear.values[other]) / width <= 1.0 - LEAST_PART


def _key(dear: Point, cheap: Point, other: str) -> tuple[float, float]:
    return dear.values[other], cheap.values[other]


def _at_weight(search: Search, other: str, weight: float, near: Point | None, lines: list[Line]) -> Point | None:
    """The point with the least of primary goal + weight * other, and what it proves of the primary one at its limit."""
    effort = search.effort({})
    if near is not None and effort:
        # Of the sum, whose size the neighbor tells.
        assert search.own is not None
        limit = search.scenario.settings.solver.time_limit_s
        gap = search.gap_at(abs(near.minimized + weight * near.values[other]))
        effort = {"gap": gap, "time_limit": min(limit, search.pace_of_points())}
    weights = {search.primary: 1.0, **search.carried(), other: weight}
    solution = search.run(search.variant(weights, {}), **effort)
    if solution.plan is None:
        if solution.status == "infeasible":
            search.clash = search.clash or solution.clash
        return None
    values = search.values(solution)
    minimized = values[search.primary] + solution.relaxation_meur
    bound = None
    if solution.bound_meur is not None and math.isfinite(solution.bound_meur):
        held = sum(by * search.held[goal] for goal, by in search.carried().items())
        bound = min(minimized, solution.bound_meur - weight * values[other] - held)
        lines.append(Line(weight, solution.bound_meur - held))
    point = Point(values, minimized, bound, solution, {other: values[other]}, stopped_by(solution))
    search.regions.append(Region({other: values[other]}, point, False))
    return point
