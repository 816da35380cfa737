"""Stability: what staying close to the approved plan costs, from no change to as many as the best plan makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, option, records
from optimizer.analysis.ranges import Range, exit_code_of, figures_of, nested, objective_of, rise
from optimizer.measures.changes import changed_pairs, changed_units, unit_changes
from optimizer.measures.ledger import Ledger
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.session import Session
from optimizer.tables.schema import Lock

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    "allowed",
    "status",
    "objective_meur",
    "extra_meur",
    "extra_least_meur",
    "extra_most_meur",
    "changed_units",
    "changed_pairs",
    "cost_meur",
    "shortfall_meur",
    "types",
    "plan",
]
CHANGE_COLUMNS = ["allowed", "nation", "program", "approved_units", "units", "change_units"]
# The headline names the fewest changes that bring this share of what there is to gain.
_MOST_OF_IT = 0.8


@dataclass(frozen=True)
class Settings:
    """What is counted as a change, and how finely the curve is drawn."""

    measure: str = option(
        "units",
        "what is counted: units that differ, or pairs of nation and program whose units differ",
        choices=("units", "pairs"),
        label="What counts as a change",
        help="Every unit more or fewer than approved, or every nation and program whose number of units differs",
        names={"units": "each unit that differs", "pairs": "each purchase (nation and program) that differs"},
    )
    steps: int = option(
        5,
        "steps from no change to all the changes of the best plan",
        metavar="N",
        low=1,
        high=100,
        label="How finely",
        unit="steps",
        help="Steps from no change at all to as many as the best plan makes; one solve or two for each",
    )


@dataclass(frozen=True)
class Point:
    """The best plan within a number of changes; `solution` may be that of a tighter limit, where it is the better."""

    allowed: int
    solution: Solution
    objective: Range

    @property
    def name(self) -> str:
        """Sub-folder of its plan."""
        return f"changes_{self.allowed:06d}"


@dataclass(frozen=True)
class Result:
    """Points from no change to those of the best plan without regard to the approved one, which is the last."""

    measure: str
    points: tuple[Point, ...]
    solved: tuple[Solution, ...]

    @property
    def free(self) -> Point:
        """The best plan without regard to the approved one."""
        return self.points[-1]

    def extra(self, point: Point) -> Range:
        """What staying that close costs; the best plan without a limit is never worse."""
        found = rise(self.free.objective, point.objective)
        if point is self.free:
            return Range(0.0, 0.0, 0.0) if found.is_known else found
        return found if found.least is None else Range(found.found, max(0.0, found.least), found.most)

    def headline(self) -> str:
        """What it costs to change nothing, and how many changes bring most of the gain."""
        free, first = self.free, self.points[0]
        if free.solution.plan is None:
            return f"Without regard to the approved plan: {words.status(free.solution)}."
        if self._changed(free) == 0:
            text = "The approved plan can stand: the best plan found changes nothing of it."
            missing = self.extra(first)
            if not missing.is_known or missing.is_exact:
                return text
            return f"{text} What a better plan might save lies {missing.between()}."
        lines = []
        if first.solution.plan is None:
            possible = next((point for point in self.points if point.solution.plan is not None), free)
            what = "is impossible" if first.solution.status == "infeasible" else "was not found to be possible"
            lines.append(
                f"To change nothing of the approved plan {what}; {self._count(possible.allowed)} changed "
                f"{'is' if possible.allowed == 1 else 'are'} the fewest tried that allow a plan."
            )
        else:
            extra = self.extra(first)
            lines.append(f"To change nothing of the approved plan costs {self._more(extra, free)}.")
        lines.append(f"The best plan without regard to it changes {self._count(self._changed(free) or 0)}.")
        lines += self._fewest()
        lines += [
            f"With {self._count(point.allowed)} changed: {words.status(point.solution)}."
            for point in self.points
            if point.solution.exit_code == 4
        ]
        return "\n".join(lines)

    def _changed(self, point: Point) -> float | None:
        """What the plan of a point changes, in what is counted."""
        if point.solution.plan is None:
            return None
        ledger = Ledger(point.solution.scenario, point.solution.plan)
        return changed_pairs(ledger) if self.measure == "pairs" else changed_units(ledger)

    def _count(self, number: float) -> str:
        return words.plural(number, "unit" if self.measure == "units" else "purchase")

    def _more(self, extra: Range, free: Point) -> str:
        best = free.objective.found or 0.0
        share = f" ({words.percent((extra.found or 0.0) / best)})" if best > 0.0 else ""
        if extra.is_exact and not extra.is_told:
            return "nothing, proven"
        if not extra.is_told:
            return f"too little to be told by solves as exact as these, {extra.between()}"
        text = f"{words.money(extra.found)} more{share}, all that is priced in"
        return text if extra.is_exact else f"{text}; as exactly as it was solved, {extra.between()}"

    def _fewest(self) -> list[str]:
        """The fewest changes tried that bring most of what there is to gain."""
        planned = [point for point in self.points if point.solution.plan is not None]
        whole = self.extra(planned[0])
        if not whole.is_told or whole.found is None:
            return []
        for point in planned[1:-1]:
            gained = whole.found - (self.extra(point).found or 0.0)
            if gained >= _MOST_OF_IT * whole.found:
                share, money = words.percent(gained / whole.found), words.money(whole.found)
                return [f"With {self._count(point.allowed)} changed, {share} of these {money} is saved."]
        return []

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: stability (the curve), changes (what each point changes)."""
        import pandas as pd

        return {
            "stability": pd.DataFrame([self._row(point) for point in self.points], columns=COLUMNS),
            "changes": pd.DataFrame([row for point in self.points for row in _changes(point)], columns=CHANGE_COLUMNS),
        }

    def _row(self, point: Point) -> dict[str, object]:
        solution, extra = point.solution, self.extra(point)
        ledger = None if solution.plan is None else Ledger(solution.scenario, solution.plan)
        return {
            "allowed": point.allowed,
            "status": solution.status,
            "objective_meur": point.objective.found,
            "extra_meur": extra.found,
            "extra_least_meur": extra.least,
            "extra_most_meur": extra.most,
            "changed_units": None if ledger is None else changed_units(ledger),
            "changed_pairs": None if ledger is None else changed_pairs(ledger),
            "cost_meur": solution.cost_meur,
            "shortfall_meur": solution.terms_meur.get("shortfall"),
            "types": solution.figures.get("types"),
            "plan": point.name if solution.plan is not None else None,
        }

    def pictures(self) -> tuple[Picture, ...]:
        """The curve."""
        planned = [point for point in self.points if point.solution.plan is not None]
        if not planned:
            return ()
        first, last = planned[0], planned[-1]
        title = "What staying close costs is too little to be told"
        if self.extra(first).is_told:
            price = words.money(self.extra(first).found)
            dear, free = self._count(first.allowed), self._count(last.allowed)
            title = f"From {price} more with {dear} changed to nothing with {free}"
        return (Picture(title, "lines", "stability", "allowed", "extra_meur"),)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        return {
            "measure": self.measure,
            "points": [
                {
                    "allowed": point.allowed,
                    "extra": self.extra(point).as_dict(),
                    "objective": point.objective.as_dict(),
                    **figures_of(point.solution),
                    "plan": point.name if point.solution.plan is not None else None,
                }
                for point in self.points
            ],
            "changes": records(self.tables()["changes"]),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The plan of each point."""
        return {point.name: point.solution for point in self.points}

    @property
    def exit_code(self) -> int:
        """That of the worst search; a limit that cannot be kept is an answer, not a failure."""
        return exit_code_of(self.solved, needed=(self.free.solution,))


def _changes(point: Point) -> list[dict[str, object]]:
    if point.solution.plan is None:
        return []
    previous = point.solution.scenario.previous_units
    return [
        {
            "allowed": point.allowed,
            "nation": nation,
            "program": program,
            "approved_units": previous.get((nation, program), 0),
            "units": previous.get((nation, program), 0) + change,
            "change_units": change,
        }
        for (nation, program), change in unit_changes(Ledger(point.solution.scenario, point.solution.plan)).items()
    ]


def run(scenario: Scenario, settings: Settings | None = None, *, solve: Solve | None = None) -> Result:
    """Solve without regard to the approved plan, then with ever fewer changes allowed.

    The price of changes counts nothing here: the curve shows what that price would have to outweigh.

    Raises
    ------
    InvalidInput
        When there is no approved plan, or goals are minimized in an order.
    """
    settings = settings or Settings()
    solve = solve or Session().solve
    check(scenario, settings)
    unpriced = scenario.settings.objective.model_copy(update={"change": 0.0})
    base = scenario.replace(settings={"objective": unpriced}).with_rule("change_limit", on=False)
    free = solve(base)
    if free.plan is None:
        return Result(settings.measure, (Point(0, free, objective_of(free)),), (free,))
    ledger = Ledger(base, free.plan)
    most = changed_pairs(ledger) if settings.measure == "pairs" else round(changed_units(ledger))
    kept = solve(standing(base))
    limits = sorted({round(most * step / settings.steps) for step in range(settings.steps)} - {most}, reverse=True)
    found = [(most, free)]
    for limit in limits:
        if found[-1][1].status == "infeasible":
            # What cannot be with more changes cannot be with fewer.
            found.append((limit, found[-1][1]))
            continue
        limited = base.with_rule("change_limit", on=True, soft=False, measure=settings.measure, most=limit)
        if limit == 0 and _can_stand(base) and (kept.plan is not None or kept.status == "infeasible"):
            clash = tuple("change_limit" if name == "locks" else name for name in kept.clash)
            found.append((limit, replace(kept, scenario=limited, clash=clash)))
        else:
            found.append((limit, _better(solve(limited), kept, limited, free)))
    found.reverse()
    best, ranges = nested([solution for _, solution in found])
    points = tuple(
        Point(limit, solution, objective) for (limit, _), solution, objective in zip(found, best, ranges, strict=True)
    )
    return Result(settings.measure, points, tuple(solution for _, solution in found))


def standing(scenario: Scenario) -> Scenario:
    """The scenario with what is approved fixed by locks, as far as it can be bought.

    Locks bind one program each, so this plan is found where a limit over all programs leaves little room to search.
    """
    previous = scenario.previous_units
    wanted = {program for _, program in previous}
    locks = [Lock(program=program, action="forbid") for program in scenario.programs if program not in wanted]
    for nation, program in scenario.contracts_with:
        if program in wanted:
            units = min(previous.get((nation, program), 0), scenario.pairs[nation, program].max_units)
            locks.append(Lock(nation=nation, program=program, action="fix", units=units))
    return scenario.replace(tables={"locks": (*scenario.tables.locks, *locks)}).with_rule("locks", on=True)


def _can_stand(scenario: Scenario) -> bool:
    """Whether all that is approved can be bought, so that fixing it is the same as changing nothing."""
    own_locks = not scenario.tables.locks or scenario.settings.rules.get("locks", {}).get("on", True)
    return own_locks and all(
        key in scenario.contracts_with and units <= scenario.pairs[key].max_units
        for key, units in scenario.previous_units.items()
        if units
    )


def _better(solution: Solution, kept: Solution, limited: Scenario, free: Solution) -> Solution:
    """The solution, or the approved plan where that is better and within the limit; nothing more is proven of it."""
    if kept.plan is None or kept.objective_meur is None or solution.status == "infeasible":
        return solution
    if solution.objective_meur is not None and solution.objective_meur <= kept.objective_meur:
        return solution
    by_pairs = limited.settings.rules["change_limit"]["measure"] == "pairs"
    ledger = Ledger(kept.scenario, kept.plan)
    if (changed_pairs(ledger) if by_pairs else changed_units(ledger)) > limited.settings.rules["change_limit"]["most"]:
        return solution
    bound = free.bound_meur if solution.bound_meur is None else solution.bound_meur
    known = replace(kept, scenario=limited, status="feasible", termination=solution.termination, bound_meur=bound)
    return replace(known, bound_meur=None if bound is None else min(bound, kept.objective_meur))


def check(scenario: Scenario, settings: Settings) -> None:
    """Refuse a scenario without an approved plan, or with goals that are minimized in an order.

    Raises
    ------
    InvalidInput
        With what is missing.
    """
    problems = []
    if not scenario.previous_units:
        remedy = (
            "Write one from a result: jointbuy export SCENARIO DIR --previous FILE.csv, and put it into the scenario"
        )
        problems.append(Problem("previous.csv", None, None, None, "is missing, so there is no approved plan", remedy))
    if scenario.settings.objective.order:
        remedy = "Weigh the goals instead: --set 'objective.order=[]'"
        problems.append(
            Problem("objective.order", None, None, None, "leaves no single objective to draw a curve of", remedy)
        )
    if problems:
        raise InvalidInput(problems)


ANALYSIS = Analysis(
    name="stability",
    sentence="What it costs to stay close to the approved plan: the objective against the changes allowed.",
    settings=Settings,
    run=run,
    check=check,
    document="stability.json",
    files={"stability": "stability.csv", "changes": "changes.csv"},
    shown=("stability",),
    titles={
        "stability": "What each number of changes costs",
        "changes": "What each plan changes of the approved one",
    },
    headings={
        "allowed": "Changes allowed",
        "extra_meur": "Costs more than the best plan",
        "extra_least_meur": "At least",
        "extra_most_meur": "At most",
        "changed_units": "Units changed",
        "changed_pairs": "Purchases changed",
        "approved_units": "Units approved",
        "change_units": "Units more or fewer",
    },
)
