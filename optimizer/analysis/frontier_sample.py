"""A few points of a long front: by weights where they reach, by limits between, the widest interval first."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from itertools import combinations, pairwise

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
    weighted: set[tuple[float, float]] = set()

    def add(point: Point | None) -> bool:
        if point is None or any(same(point.values, known.values) for known in points):
            return False
        points.append(point)
        return True

    for weight in (*FIRST_WEIGHTS, DEAR_WEIGHT, LAST_WEIGHT):
        left = [point.values[other] for point in points]
        needless = {
            DEAR_WEIGHT: search.points <= len(points) or (left and min(left) <= AT_END * max(left)),
            LAST_WEIGHT: len(points) > 1,
        }
        if not search.interrupted and not needless.get(weight):
            add(_at_weight(search, other, weight, points[-1] if points else None, lines))
    asked = len(points)
    while asked < search.points and not search.interrupted:
        front = sorted(non_dominated(points), key=lambda point: point.values[other])
        open_ = [(a, b) for a, b in pairwise(front) if _key(a, b, other) not in tried]
        if not open_:
            break
        dear, cheap, parts = _widest(open_, search.points - asked, other)
        key = _key(dear, cheap, other)
        asked += 1
        at = dear.values[other] + (cheap.values[other] - dear.values[other]) / parts
        weight = (dear.minimized - cheap.minimized) / (cheap.values[other] - dear.values[other])
        if key not in weighted and weight <= 1e6 and not _is_straight(search, dear, cheap, lines, other):
            weighted.add(key)
            add(_at_weight(search, other, weight, dear, lines))
        elif not add(search.best({other: at}).point):
            tried.add(key)
    return [_bounded(point, lines, other) for point in non_dominated(points)]


def _widest(intervals: list[tuple[Point, Point]], points: int, other: str) -> tuple[Point, Point, int]:
    """The interval that falls into the widest parts when so many points are spread over all, and into how many."""

    def part(number: int) -> float:
        return (intervals[number][1].values[other] - intervals[number][0].values[other]) / parts[number]

    parts = [1] * len(intervals)
    for _ in range(points):
        parts[max(range(len(intervals)), key=part)] += 1
    number = max((k for k in range(len(intervals)) if parts[k] > 1), key=part)
    return *intervals[number], parts[number]


def _is_straight(search: Search, dear: Point, cheap: Point, lines: list[Line], other: str) -> bool:
    """Whether weights prove that between two points none is below the line from one to the other by more than the gap.

    No weight leads to a point in there then.
    """
    low, high = dear.values[other], cheap.values[other]

    def below(at: float) -> float:
        share = (at - low) / (high - low)
        return (1.0 - share) * dear.minimized + share * cheap.minimized

    def proven(at: float) -> float:
        return max(line.bound - line.weight * at for line in lines)

    corners = [
        (one.bound - two.bound) / (one.weight - two.weight)
        for one, two in combinations(lines, 2)
        if one.weight != two.weight
    ]
    return all(
        below(at) - proven(at) <= STRAIGHT_SHARE * search.gap_at(below(at)) * below(at)
        for at in (low, high, *corners)
        if low <= at <= high
    )


def _bounded(point: Point, lines: list[Line], other: str) -> Point:
    """A point with the best bound that any weight proves of the primary goal where the other is no more."""
    bounds = [line.bound - line.weight * point.values[other] for line in lines]
    best = max([*bounds, *([] if point.bound is None else [point.bound])], default=None)
    return point if best is None else dataclasses.replace(point, bound=min(point.minimized, best))


def _key(dear: Point, cheap: Point, other: str) -> tuple[float, float]:
    return dear.values[other], cheap.values[other]


def _at_weight(search: Search, other: str, weight: float, near: Point | None, lines: list[Line]) -> Point | None:
    """The point with the least of primary goal + weight * other, and what it proves of the primary one at its limit."""
    near_values = near.values if near is not None else search.values(search.own)
    # Of the sum, whose size a neighbor tells.
    gap = search.gap_at(abs(near_values[search.primary] + weight * near_values[other]))
    pace = search.pace_of_points()
    effort = {"gap": gap, "time_limit": min(search.scenario.settings.solver.time_limit_s, pace)}
    weights = {search.primary: 1.0, **search.carried(), other: weight}
    solution = search.run(search.variant(weights, {}), **effort)
    if solution.plan is None:
        if solution.status == "infeasible":
            search.nothing(solution, {})
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
