"""The search for non-dominated points: one goal minimized while the others are held below limits that come down."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.analysis.analysis import Solve
from optimizer.analysis.limits import with_limits
from optimizer.measures.ledger import Ledger
from optimizer.model.goals import OTHERS, PRICED, weights_of, with_name
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tolerances import PROVED_GAP, RECONCILE_MEUR, RULE_ABSOLUTE, RULE_RELATIVE, SOLVER_FEASIBILITY

# Which goal is minimized: money first, for limits on counts hold exactly whatever is rounded.
PRIMARIES = ("cost", "shortfall", "types", "interoperability")
# The slack bonus is worth this share of the asked gap, and at least this share of the primary goal, over a whole range.
BONUS_OF_GAP, LEAST_BONUS = 0.1, 1e-6
# A ratio that is minimized is known this closely.
SHARE_STEP = 1e-4
# Range ends need not be known closely where points are spread.
END_GAP = 0.05
# Each of the points that are spread, and each end of the range, gets this share of the time that the scenario itself
# took, and at least some: stopped sooner, a point of a large scenario is too far from the front to be worth showing.
PACE, PACE_OF_ENDS, LEAST_SECONDS = 2.0, 2.0, 15.0
# Points that are spread lie a tenth of the range apart; each is known to so many times the gap asked for of the range.
POINT_GAP, WIDEST_GAP = 4.0, 0.2
# What only tells the size of things, or where to begin.
ROUGH_GAP = 30.0
# Without a number of points: solves until points are spread, and points spread then.
MOST_SOLVES, MOST_SPREAD = 400, 20

Limits = dict[str, float]


@dataclass(frozen=True)
class Point:
    """A plan: its goals' values, what is proven of the first of them, and why its search stopped early."""

    values: Mapping[str, float]
    minimized: float
    """The goal that was minimized, with the price of soft rules broken."""
    bound: float | None
    solution: Solution
    limits: Mapping[str, float]
    stopped: str = ""

    @property
    def gap(self) -> float | None:
        """How far the minimized goal may be above the least possible under its limits, as a share."""
        if self.bound is None:
            return None
        return max(0.0, self.minimized - self.bound) / max(abs(self.minimized), 1e-9)


@dataclass(frozen=True)
class Region:
    """What is known of all plans within some limits: the best one, or that there is none; neither where unsolved."""

    limits: Limits
    point: Point | None
    infeasible: bool


def tolerance(value: float) -> float:
    """Values of a goal that are closer are the same."""
    return max(RULE_ABSOLUTE, RULE_RELATIVE * abs(value))


def dominates(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether one point is nowhere worse and somewhere better than another."""
    room = {goal: tolerance(value) for goal, value in other.items()}
    return all(one[g] <= other[g] + room[g] for g in other) and any(one[g] < other[g] - room[g] for g in other)


def same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two points have the same values."""
    return all(abs(one[goal] - value) <= tolerance(value) for goal, value in other.items())


def non_dominated(points: list[Point]) -> list[Point]:
    """The points that no other dominates, each once, by rising value of their goals."""
    kept: list[Point] = []
    for point in points:
        if any(dominates(other.values, point.values) for other in points):
            continue
        if not any(same(other.values, point.values) for other in kept):
            kept.append(point)
    return sorted(kept, key=lambda point: tuple(point.values.values()))


def rough_gap(scenario: Scenario) -> float:
    """Gap of a search whose plan only tells the size of things, or where to begin."""
    return min(WIDEST_GAP, ROUGH_GAP * scenario.settings.solver.gap)


class Search:
    """Epsilon constraint over one or two goals, with a slack bonus, regions remembered so that none is solved twice."""

    def __init__(
        self,
        scenario: Scenario,
        goals: tuple[str, ...],
        solve: Solve,
        points: int | None,
        held: Limits,
        own: Solution | None = None,
        seconds: float | None = None,
    ) -> None:
        self.scenario = scenario
        self.goals = goals
        self.primary = next((goal for goal in PRIMARIES if goal in goals), goals[0])
        self.others = tuple(goal for goal in goals if goal != self.primary)
        self.held = held
        self._weights = weights_of(scenario)
        self.points = points
        self.own = own
        self.seconds = seconds
        self._solve = solve
        self.solves = 0
        self.spread = False
        self.interrupted = False
        self.unsolved: list[Limits] = []
        self.regions: list[Region] = []
        self.least: dict[str, float] = {}
        self.bonus: dict[str, float] = {}
        self.clash: tuple[str, ...] = ()
        # By identity, with the solution itself, so that none of another has it meanwhile.
        self._values: dict[int, tuple[Solution, dict[str, float]]] = {}

    # --- scenarios -------------------------------------------------------------------------------------------

    def variant(self, weights: Mapping[str, float], limits: Limits) -> Scenario:
        """The scenario with other weights, and limits beside its own."""
        objective = self.scenario.settings.objective.model_copy(
            update={**dict.fromkeys((*PRICED, *OTHERS), 0.0), "order": (), **weights}
        )
        return with_limits(self.scenario.replace(settings={"objective": objective}), {**self.held, **limits})

    def run(self, scenario: Scenario, **options: Any) -> Solution:
        """One solve."""
        self.solves += 1
        solution = self._solve(scenario, **options)
        self.interrupted = self.interrupted or solution.termination == "interrupted"
        return solution

    # --- one region ------------------------------------------------------------------------------------------

    def best(self, limits: Limits, **options: Any) -> Region:
        """The best plan within limits, from memory where a wider region's best lies within them.

        Options are those of the solve, for a goal that is no ratio; the effort that it takes unless others are given.
        """
        known = self._remembered(limits)
        if known is None:
            known = self._ratio(limits) if self._is_ratio(self.primary) else self._linear(limits, options)
            self.regions.append(known)
        return known

    def _remembered(self, limits: Limits) -> Region | None:
        for region in self.regions:
            wider = all(most >= limits.get(goal, math.inf) for goal, most in region.limits.items())
            if not wider:
                continue
            if region.infeasible:
                return Region(limits, None, True)
            point = region.point
            if point is not None and all(point.values[goal] <= most + 1e-9 for goal, most in limits.items()):
                return region
        return None

    def _is_ratio(self, goal: str) -> bool:
        return with_name(goal).expression is None

    def _linear(self, limits: Limits, options: Mapping[str, Any]) -> Region:
        """The primary goal minimized; what is held bears its own weight as long as the gap can be reached so.

        A limit that also has a price is quicker to search under, and the price tells the bound at most what the limit
        is above the plan.
        """
        carried = self.carried()
        region = self._minimized(limits, carried, options)
        point = region.point
        if not carried or point is None or point.stopped or self.interrupted:
            return region
        asked = point.solution.scenario.settings.solver.gap
        if point.gap is not None and point.gap <= self.effort(limits).get("gap", asked) + PROVED_GAP:
            return region
        if self.points is not None and asked > 0.0:
            return region
        return self._minimized(limits, {}, {})

    def carried(self) -> Limits:
        """Own weights of the goals that are held."""
        return {goal: self._weights[goal] for goal in self.held if self._weights.get(goal, 0.0) > 0.0}

    def within(self, limits: Limits, carried: Limits) -> Scenario:
        """The scenario of the best plan within limits, what is held at a price of its own."""
        return self.variant({self.primary: 1.0, **self._bonus(limits), **carried}, limits)

    def _bonus(self, limits: Limits) -> Limits:
        # Without a limit a goal could be any size, and its bonus with it.
        return {goal: by for goal, by in self.bonus.items() if goal in limits}

    def _minimized(self, limits: Limits, carried: Limits, options: Mapping[str, Any]) -> Region:
        bonus = self._bonus(limits)
        solution = self.run(self.within(limits, carried), **{**self.effort(limits), **options})
        if solution.plan is None:
            return self.nothing(solution, limits) if solution.status == "infeasible" else self._known(solution, limits)
        values = self.values(solution)
        minimized = values[self.primary] + solution.relaxation_meur
        bound = None
        if solution.bound_meur is not None:
            # What bonus and held goals come to is at most what the limits allow.
            most = {**self.held, **limits}
            bound = min(minimized, solution.bound_meur - sum(by * most[g] for g, by in {**bonus, **carried}.items()))
        wider = [r.point for r in self.regions if r.point is not None and _contains(r.limits, limits)]
        bounds = [b for b in (bound, *(point.bound for point in wider)) if b is not None]
        return self._found(Point(values, minimized, max(bounds, default=None), solution, limits, stopped_by(solution)))

    def _ratio(self, limits: Limits) -> Region:
        """A ratio minimized by halving what is left between a plan and what is proven out of reach."""
        best: Point | None = None
        low, high = 0.0, 1.0
        while best is None or high - low > SHARE_STEP:
            middle = high if best is None else max(low, high - max(SHARE_STEP, (high - low) / 2.0))
            solution = self.run(self.variant({"cost": 1.0}, {**limits, self.primary: middle}))
            if solution.plan is not None:
                values = self.values(solution)
                high = min(middle, values[self.primary])
                best = Point(values, high, low, solution, limits, stopped_by(solution))
            elif best is None:
                return self.nothing(solution, limits)
            elif solution.status == "infeasible":
                low = middle
            else:
                break
        return self._found(dataclasses.replace(best, bound=low if high - low > SHARE_STEP else high))

    def _known(self, solution: Solution, limits: Limits) -> Region:
        """The best plan known that is within limits, where a search found none in time."""
        known = [region.point for region in self.regions if region.point is not None]
        if self.own is not None and self.own.plan is not None:
            own = self.values(self.own)
            known.append(Point(own, own[self.primary] + self.own.relaxation_meur, None, self.own, limits))
        most = {**self.held, **limits}
        fitting = [p for p in known if all(self._value(p, goal) <= limit + 1e-9 for goal, limit in most.items())]
        if not fitting:
            return self.nothing(solution, limits)
        best = min(fitting, key=lambda point: point.minimized)
        return self._found(dataclasses.replace(best, bound=None, limits=limits, stopped="stopped by the time limit"))

    def _value(self, point: Point, goal: str) -> float:
        if goal in point.values:
            return point.values[goal]
        assert point.solution.plan is not None
        scenario = point.solution.scenario
        return with_name(goal).value(scenario, Ledger(scenario, point.solution.plan))

    def effort(self, limits: Limits) -> dict[str, float]:
        """How exactly and how long to search where points are spread: the gap is one of the range, not of each point.

        Half a percent of a cost near zero would take longer than all other points together.
        """
        if self.points is None or self.own is None or self.own.plan is None:
            return {}
        asked = self.scenario.settings.solver
        below = [r.point.minimized for r in self.regions if r.point is not None and _contains(r.limits, limits)]
        if below:
            gap = self.gap_at(abs(max(below)))
        else:
            size = abs(self.values(self.own)[self.primary])
            gap = self.gap_at(size) if self.held else rough_gap(self.scenario)
        return {"gap": gap, "time_limit": min(asked.time_limit_s, self.pace(PACE if below else PACE_OF_ENDS))}

    def gap_at(self, about: float) -> float:
        """Gap of a point that is spread, where the minimized sum comes to about so much: of the range, said of it."""
        assert self.own is not None
        size = max(1.0, abs(self.values(self.own)[self.primary]))
        asked = self.scenario.settings.solver.gap
        return min(WIDEST_GAP, POINT_GAP * asked * max(1.0, size / max(about, 1e-9)))

    def pace_of_points(self) -> float:
        """Seconds for a point that is no end of the range."""
        return self.pace(PACE)

    def pace(self, share: float) -> float:
        """Seconds for one point where points are spread."""
        if self.seconds is not None:
            return self.seconds
        took = 0.0 if self.own is None else self.own.seconds.get("solve", 0.0)
        return max(LEAST_SECONDS, share * took)

    def _found(self, point: Point) -> Region:
        return Region(dict(point.limits), point, False)

    def nothing(self, solution: Solution, limits: Limits) -> Region:
        """What a search without a plan tells of some limits."""
        infeasible = solution.status == "infeasible"
        if infeasible:
            self.clash = self.clash or solution.clash
        else:
            self.unsolved.append(limits)
        return Region(limits, None, infeasible)

    def values(self, solution: Solution) -> dict[str, float]:
        """The goals' values of a plan, in the order asked."""
        assert solution.plan is not None
        known = self._values.get(id(solution))
        if known is None:
            ledger = Ledger(solution.scenario, solution.plan)
            known = solution, {goal: with_name(goal).value(solution.scenario, ledger) for goal in self.goals}
            self._values[id(solution)] = known
        return dict(known[1])

    # --- the sweep -------------------------------------------------------------------------------------------

    def start(self) -> Limits:
        """Limits that bind nothing; ratios have theirs from the first solve on, for the model is another with them."""
        return {goal: 1.0 for goal in self.others if self._is_ratio(goal)}

    def find(self) -> list[Point]:
        """Every non-dominated point, or evenly spread ones where a number of points is given."""
        first = self.best(self.start()).point
        if first is None:
            return []
        self._look_for_ends(first)
        points = list(self._sweep(len(self.others), self.start()))
        return non_dominated(points)

    def _look_for_ends(self, first: Point) -> None:
        """The least value of each other goal, so that no solve asks for what cannot be; and what its slack is worth."""
        gap = (self.own or first.solution).scenario.settings.solver.gap
        share = max(LEAST_BONUS, BONUS_OF_GAP * gap) / max(1, len(self.others))
        for goal in self.others:
            if self._is_ratio(goal) or self.interrupted:
                self.least[goal] = 0.0
                continue
            limit = min(first.solution.scenario.settings.solver.time_limit_s, self.pace(PACE_OF_ENDS))
            spread = {"gap": max(gap, END_GAP), "time_limit": limit} if self.points else {}
            solution = self.run(self.variant({goal: 1.0}, self.start()), **spread)
            end = first.values if solution.plan is None else self.values(solution)
            size = max(1.0, abs(first.minimized), abs(end[self.primary]))
            bound = end[goal]
            if not self.points and solution.bound_meur is not None:
                bound = min(bound, solution.bound_meur)
            self.least[goal] = self._on_grid(goal, bound)
            # Only where the end is proven do points that stop there leave nothing beyond.
            proven = -math.inf if solution.bound_meur is None else self._on_grid(goal, solution.bound_meur)
            self.spread = self.spread or self.least[goal] - proven > tolerance(bound)
            width = first.values[goal] - self.least[goal]
            if width > tolerance(first.values[goal]) and goal in (*PRICED, *OTHERS):
                self.bonus[goal] = min(1e6, share * size / width)

    def _on_grid(self, goal: str, value: float) -> float:
        step = with_name(goal).step(self.scenario)
        return value if step is None else step * math.ceil(value / step - 1e-6)

    def _sweep(self, depth: int, limits: Limits) -> Iterator[Point]:
        """Points under the limits of the outer goals, the limit of this one coming down from point to point.

        A point beyond the highest value found at a limit is dominated by one found there, so that nothing is lost
        (Ozlen and Azizoglu 2009).
        """
        if depth == 0:
            point = self.best(limits).point
            if point is not None:
                yield point
            return
        goal = self.others[depth - 1]
        limit = limits.get(goal, math.inf)
        before: list[Point] = []
        while not self.interrupted:
            at = limits if limit == math.inf else {**limits, goal: limit}
            points = list(self._sweep(depth - 1, at))
            yield from points
            if not points:
                return
            highest = max(point.values[goal] for point in points)
            if self.points is None and self._is_ratio(goal) and _but_for(goal, before) == _but_for(goal, points):
                points = self._least_at(points, goal, limits, depth)
                yield from points
                highest = max(point.values[goal] for point in points)
            before = points
            down = self._step(goal, highest)
            if down is None:
                return
            limit = highest - down

    def _least_at(self, points: list[Point], goal: str, limits: Limits, depth: int) -> list[Point]:
        """The least of a ratio, which bears no bonus, at which all else stays as it is in some points: by halving."""
        low, high = self.least[goal], max(point.values[goal] for point in points)
        while high - low > SHARE_STEP and not self.interrupted:
            middle = (low + high) / 2.0
            found = list(self._sweep(depth - 1, {**limits, goal: middle}))
            if found and _but_for(goal, found) == _but_for(goal, points):
                points, high = found, max(point.values[goal] for point in found)
            else:
                low = middle
        return points

    def _step(self, goal: str, value: float) -> float | None:
        """How far the limit comes down from a value; None when there is nothing below."""
        step = with_name(goal).step(self.scenario)
        least = 2.0 * tolerance(value) if step is None else step * (1.0 - SOLVER_FEASIBILITY)
        least = SHARE_STEP if self._is_ratio(goal) else least
        left = value - self.least[goal]
        if left < least * (1.0 - 1e-9):
            return None
        if self.points is None and self.solves < MOST_SOLVES:
            return least
        asked = self.points if self.points is not None else MOST_SOLVES + MOST_SPREAD
        if len(self.regions) >= asked:
            self.spread = True
            return None
        if len(self.others) == 1:
            wanted = left / (asked - len(self.regions))
        else:
            highest = max(region.point.values[goal] for region in self.regions if region.point is not None)
            wanted = (highest - self.least[goal]) / max(1, round(math.sqrt(asked)) - 1)
        if step is not None:
            wanted = step * (round(wanted / step) or 1) * (1.0 - SOLVER_FEASIBILITY)
        if wanted > least * 1.5:
            self.spread = True
        return min(max(least, wanted), left)


def _but_for(goal: str, points: list[Point]) -> list[tuple[float, ...]]:
    """Values of points in all other goals, rounded."""
    return sorted(tuple(float(f"{v:.5g}") for g, v in point.values.items() if g != goal) for point in points)


def _contains(wide: Limits, narrow: Limits) -> bool:
    return all(most >= narrow.get(goal, math.inf) for goal, most in wide.items())


def stopped_by(solution: Solution) -> str:
    """Why a search ended before the gap asked for, in words; empty where it did not."""
    return {"time_limit": "stopped by the time limit", "interrupted": "stopped by the user"}.get(
        solution.termination, ""
    )


def is_proven(point: Point) -> bool:
    """Whether nothing better than the point exists under its limits, the slack bonus and cents aside."""
    if point.bound is None or point.gap is None:
        return False
    cents = RECONCILE_MEUR if "cost" in point.values else 0.0
    return point.gap <= PROVED_GAP or point.minimized - point.bound <= cents
