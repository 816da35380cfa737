"""Frontier: what one goal costs in another - every non-dominated point of two or three goals, each a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, option, records
from optimizer.analysis.frontier_sample import is_sampled, sample
from optimizer.analysis.frontier_search import Limits, Point, Search, is_proven, rough_gap
from optimizer.analysis.names import rule_name
from optimizer.measures.ledger import Ledger
from optimizer.model.goals import with_name
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import EXIT_AUDIT, EXIT_DONE, EXIT_INFEASIBLE, EXIT_STOPPED, Solution
from optimizer.solve.session import Session
from optimizer.tolerances import RECONCILE_MEUR, RULE_ABSOLUTE, RULE_RELATIVE

if TYPE_CHECKING:
    import pandas as pd

GOALS = ("cost", "types", "shortfall", "return", "interoperability", "outside")
_NAMES = {
    "cost": "Cost",
    "types": "Types in service",
    "shortfall": "Priced shortfall",
    "return": "Missed fair return of work",
    "interoperability": "Interoperability",
    "outside": "Content from outside the bloc",
}
PLANS = "plans"
# More series than this make no readable picture.
_MOST_SERIES = 8


@dataclass(frozen=True)
class Settings:
    """Which goals to trade off, and over how many points."""

    goals: tuple[str, ...] = option(
        ("cost", "types"),
        "two or three goals, with commas: " + ", ".join(GOALS),
        metavar="GOALS",
        choices=GOALS,
        label="Goals to set against each other",
        unit="two or three",
        help="The plans shown are those that no other beats in one of these goals without losing in another",
        names=_NAMES,
    )
    points: int | None = option(
        None,
        "most points to look for, evenly spread where there are more; default: all there are",
        metavar="N",
        low=2,
        label="Plans to look for",
        unit="at most",
        help="Where there are more such plans, these are spread evenly over the range; on large inputs say 8 or 10",
        empty="all there are",
    )
    shortfall_meur: float | None = option(
        None,
        "most priced shortfall of any point where shortfall is no goal; default: that of the scenario's best plan",
        metavar="MEUR",
        low=0.0,
        high=1e9,
        label="Most priced shortfall allowed",
        unit="meur",
        help="Where shortfall is no goal, no plan may leave more than this: else buying nothing would be cheapest",
        empty="what the best plan leaves",
    )
    seconds: float | None = option(
        None,
        "seconds for each of the points that are spread; default: twice what the scenario itself took, 15 at least",
        metavar="S",
        low=0.1,
        label="Time for each plan",
        unit="seconds",
        help="Only where plans to look for are limited",
        empty="twice what the inputs themselves take, 15 at least",
    )


@dataclass(frozen=True)
class Result:
    """The points by rising value of the first goal, and how complete they are."""

    goals: tuple[str, ...]
    primary: str
    points: tuple[Point, ...]
    held: Limits
    solves: int
    spread: bool
    unsolved: int
    interrupted: bool
    clash: tuple[str, ...]

    def headline(self) -> str:
        """The answer in a few sentences."""
        if not self.points:
            if self.interrupted or self.unsolved:
                return "No plan was found in the time given; whether there is one is not known."
            return "There is no plan: the rules and needs cannot all hold" + (
                f" ({', '.join(map(rule_name, self.clash))})." if self.clash else "."
            )
        named = " or ".join([", ".join(map(_goal_name, self.goals[:-1])), _goal_name(self.goals[-1])])
        found = f"{words.plural(len(self.points), 'plan')} that no other beats in {named} without losing elsewhere. "
        lines = [f"{found if len(self.points) > 1 else ''}{self._range()}"]
        lines.append(self._completeness())
        if self.held:
            lines.append(f"Priced shortfall is at most {words.money(self.held['shortfall'])} in every plan.")
        return "\n".join(lines)

    def _range(self) -> str:
        first = min(self.points, key=lambda point: point.values[self.primary])
        last = max(self.points, key=lambda point: point.values[self.primary])
        if first is last:
            told = " and ".join(said(goal, first.values[goal]) for goal in self.goals)
            return f"One plan is best in all: {told}."
        return (
            "From "
            + " to ".join(", ".join(said(goal, point.values[goal]) for goal in self.goals) for point in (first, last))
            + "."
        )

    def _completeness(self) -> str:
        solved = f"{words.plural(self.solves, 'solve')}"
        if self.interrupted:
            return f"Stopped by the user after {solved}; there may be more such plans."
        if self.unsolved:
            return f"{words.plural(self.unsolved, 'search')} found no plan in time; there may be more such plans."
        if self.spread:
            return f"They are spread over the range in {solved}; others may lie between them, or beyond."
        if all(is_proven(point) for point in self.points):
            return f"There are no others (proven, {solved})."
        gap = max((point.gap for point in self.points if point.gap is not None), default=None)
        return f"There are no others but such as are {words.percent(gap)} better at most ({solved})."

    def marks(self) -> list[str]:
        """What is to be known of each point: stopped early, or no further from a neighbor than their gaps."""
        notes = []
        for point in self.points:
            close = [
                name
                for name, other in zip(self.names(), self.points, strict=True)
                if other is not point and (_within_gap(point, other) or _within_gap(other, point))
            ]
            told = [point.stopped] if point.stopped else []
            if close:
                told.append(f"too close to {', '.join(close)} to be told apart by solves as exact as these")
            notes.append("; ".join(told))
        return notes

    def names(self) -> list[str]:
        """Names of the points' plans."""
        return [f"point-{number:02d}" for number in range(1, len(self.points) + 1)]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: frontier, a row for each point; trades, a row for each step to the next point."""
        import pandas as pd

        rows = [
            {**point.values, "gap": point.gap, "plan": f"{PLANS}/{name}", "note": note}
            for point, name, note in zip(self.points, self.names(), self.marks(), strict=True)
        ]
        tables = {"frontier": pd.DataFrame(rows, columns=[*self.goals, "gap", "plan", "note"])}
        if len(self.goals) == 2:
            tables["trades"] = pd.DataFrame(self._trades(), columns=["from_plan", "to_plan", *self.goals, "rate"])
        return tables

    def _trades(self) -> list[dict[str, object]]:
        (other,) = (goal for goal in self.goals if goal != self.primary)
        rows: list[dict[str, object]] = []
        for one, two, a, b in zip(self.points, self.points[1:], self.names(), self.names()[1:], strict=False):
            change = {goal: two.values[goal] - one.values[goal] for goal in self.goals}
            rate = -change[self.primary] / change[other] if change[other] else None
            rows.append({"from_plan": a, "to_plan": b, **change, "rate": rate})
        return rows

    def pictures(self) -> tuple[Picture, ...]:
        """The points, the goal that was minimized upward."""
        if not self.points:
            return ()
        across, *more = [goal for goal in self.goals if goal != self.primary]
        by = more[0] if more and len({point.values[more[0]] for point in self.points}) <= _MOST_SERIES else None
        title = self._range().rstrip(".")
        return (Picture(title, "points" if more else "lines", "frontier", x=across, y=self.primary, by=by),)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        points = [
            {
                **row,
                "bound": point.bound,
                "status": point.solution.status,
                "termination": point.solution.termination,
                "limits": dict(point.limits),
            }
            for row, point in zip(records(self.tables()["frontier"]), self.points, strict=True)
        ]
        return {
            "goals": {goal: {"unit": with_name(goal).unit, "meaning": with_name(goal).sentence} for goal in self.goals},
            "minimized": self.primary,
            "points": points,
            "complete": self.complete,
            "spread": self.spread,
            "solves": self.solves,
            "unsolved": self.unsolved,
            "held": dict(self.held),
            "clash": list(self.clash) if not self.points else [],
        }

    @property
    def complete(self) -> bool:
        """Whether every non-dominated point is among the points, within their gaps."""
        return bool(self.points) and not (self.spread or self.unsolved or self.interrupted)

    def solutions(self) -> Mapping[str, Solution]:
        """The plans by name."""
        return dict(zip(self.names(), (point.solution for point in self.points), strict=True))

    @property
    def exit_code(self) -> int:
        """Exit code of the command line."""
        if any(point.solution.exit_code == EXIT_AUDIT for point in self.points):
            return EXIT_AUDIT
        if self.interrupted or self.unsolved or any(point.stopped for point in self.points):
            return EXIT_STOPPED
        return EXIT_DONE if self.points else EXIT_INFEASIBLE


def said(goal: str, value: float) -> str:
    """A goal's value in words."""
    if goal == "interoperability":
        return f"{words.percent(-value)} of what groups share settled on one kind"
    unit = with_name(goal).unit
    if unit == "types":
        return words.plural(round(value), "type")
    return f"{_goal_name(goal)} {words.money(value) if unit == 'meur' else words.percent(value)}"


def _goal_name(goal: str) -> str:
    """A goal as running text calls it."""
    return _NAMES[goal][:1].lower() + _NAMES[goal][1:]


def _within_gap(one: Point, other: Point) -> bool:
    """Whether a point might in truth be as good as another that is better in what was minimized."""
    if one.bound is None or other.minimized >= one.minimized:
        return False
    noise = max(RULE_ABSOLUTE, RULE_RELATIVE * abs(one.minimized))
    return one.bound <= other.minimized and one.minimized - one.bound > noise


def run(scenario: Scenario, settings: Settings | None = None, *, solve: Solve | None = None) -> Result:
    """Find the non-dominated points by epsilon constraint, from the least of one goal to the least of the others.

    Where shortfall is no goal it is held at what the scenario's own best plan leaves, or the cheapest plan would be to
    buy nothing.

    Raises
    ------
    InvalidInput
        When the goals are not two or three different ones.
    """
    asked = settings or Settings()
    check(scenario, asked)
    solve = solve or Session().solve
    sampled = is_sampled(scenario, asked.goals, asked.points)
    held, before, own = _held(scenario, asked, solve, {"gap": rough_gap(scenario)} if sampled else {})
    if own is not None and own.plan is None:
        stopped = own.termination == "interrupted"
        late = own.status != "infeasible" and not stopped
        return Result(asked.goals, asked.goals[0], (), {}, before, False, int(late), stopped, own.clash)
    search = Search(scenario, asked.goals, solve, asked.points, held, own, asked.seconds)
    points = sample(search) if sampled else search.find()
    if len(asked.goals) > 2:
        # By the last goal first, so that a picture's series stand together.
        points.sort(key=lambda point: tuple(point.values[goal] for goal in reversed(asked.goals)))
    return Result(
        goals=asked.goals,
        primary=search.primary,
        points=tuple(points),
        held=held,
        solves=before + search.solves,
        spread=search.spread,
        unsolved=len(search.unsolved),
        interrupted=search.interrupted,
        clash=search.clash,
    )


def _held(
    scenario: Scenario, asked: Settings, solve: Solve, options: Mapping[str, float]
) -> tuple[Limits, int, Solution | None]:
    """The limit on shortfall where it is no goal, the solves it took, and the scenario's own best plan if needed.

    It is needed for that limit, and for the size of things where points are spread.
    """
    priced = any(need.shortfall_cap > 0.0 and _price(scenario, need.row.capability) > 0.0 for need in scenario.needs)
    is_free = "shortfall" in asked.goals or not priced
    given = {} if is_free or asked.shortfall_meur is None else {"shortfall": asked.shortfall_meur}
    if (is_free or given) and asked.points is None:
        return given, 0, None
    own = solve(scenario, **options)
    if own.plan is None or is_free or given:
        return given, 1, own
    left = with_name("shortfall").value(own.scenario, Ledger(own.scenario, own.plan))
    return {"shortfall": left + RECONCILE_MEUR}, 1, own


def _price(scenario: Scenario, capability: str) -> float:
    return scenario.capabilities[capability].shortfall_meur_per_unit_year or 0.0


def check(scenario: Scenario, settings: Settings) -> None:
    """Refuse goals that are not two or three different ones.

    Raises
    ------
    InvalidInput
        With the goals there are.
    """
    goals = settings.goals
    unknown = [goal for goal in goals if goal not in GOALS]
    if unknown or len(set(goals)) != len(goals) or not 2 <= len(goals) <= 3:
        reason = f"{unknown[0]!r} is no goal" if unknown else "must be two or three different goals"
        raise InvalidInput([Problem("--goals", None, None, ",".join(goals), reason, f"Choose from {', '.join(GOALS)}")])


ANALYSIS = Analysis(
    name="frontier",
    sentence="What one goal costs in another: the plans that no other beats in one goal without losing in another.",
    settings=Settings,
    run=run,
    check=check,
    document="frontier.json",
    files={"frontier": "frontier.csv"},
    titles={"frontier": "The plans on the frontier", "trades": "What each step to the next plan costs"},
    headings={
        "cost": "Cost, discounted [meur]",
        "types": "Types in service",
        "shortfall": "Shortfall, priced [meur]",
        "return": "Largest miss of fair return [%]",
        "interoperability": "Group cells on one standard, negative [%]",
        "outside": "Content from outside the bloc [%]",
        "trades.cost": "Change of cost [meur]",
        "trades.types": "Change of types",
        "trades.shortfall": "Change of priced shortfall [meur]",
        "trades.return": "Change of missed return [%]",
        "trades.interoperability": "Change of interoperability [%]",
        "trades.outside": "Change of content from outside [%]",
        "from_plan": "From plan",
        "to_plan": "To plan",
        "rate": "Price of one unit of the other goal",
    },
)
