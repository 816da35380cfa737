"""Sensitivity: which inputs drive the result, how, and where the plan changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, records
from optimizer.analysis.cases import CASE_COLUMNS, Case, Cases
from optimizer.analysis.inputs import Input, money_of, read_inputs
from optimizer.analysis.ranges import Range, exit_code_of, figures_of, nested, objective_of, rise
from optimizer.analysis.sensitivity_settings import HEADINGS, TITLES, Settings
from optimizer.analysis.switches import SWITCH_COLUMNS, Switch, find_switch
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.session import Session

if TYPE_CHECKING:
    import pandas as pd

TORNADO_COLUMNS = [
    "input",
    "low",
    "high",
    "low_change_meur",
    "high_change_meur",
    "swing_meur",
    "swing_least_meur",
    "swing_most_meur",
    "low_programs",
    "high_programs",
    "low_status",
    "high_status",
    "says",
]
ONE_WAY_COLUMNS = ["input", "value", "status", "change_meur", "change_least_meur", "change_most_meur"]
ONE_WAY_COLUMNS += ["cost_meur", "shortfall_meur", "types", "programs_in", "programs_out", "says"]
TWO_WAY_COLUMNS = ["input", "at", "input_2", "at_2", "status", "change_meur", "change_least_meur", "change_most_meur"]
TWO_WAY_COLUMNS += ["cost_meur", "shortfall_meur", "types"]
SWEEP_COLUMNS = [
    "scale",
    "budget_meur",
    "status",
    "objective_meur",
    "bound_meur",
    "cost_meur",
    "shortfall_meur",
    "types",
    "shortfall_unit_years",
    "contracts",
]
DEFAULT_STEPS = 5
_AXIS = "Change of the objective, meur"
_MOST_NAMED = 3


@dataclass(frozen=True)
class Sweep:
    """The best plan with all budgets scaled; `solution` may be that of a smaller scale, where it is the better."""

    scale: float
    budget_meur: float
    solution: Solution
    objective: Range


@dataclass(frozen=True)
class Result:
    """The base, every case solved, and the tables asked for."""

    settings: Settings
    base: Case
    cases: tuple[Case, ...]
    tornado: tuple[tuple[Input, Case, Case], ...] = ()
    """Input, its low and its high end; the largest swing first."""
    one_way: tuple[tuple[Input, tuple[tuple[float, Case], ...]], ...] = ()
    two_way: tuple[tuple[Input, float, Input, float, Case], ...] = ()
    sweep: tuple[Sweep, ...] = ()
    switches: tuple[Switch, ...] = ()

    def headline(self) -> str:
        """What drives the result, and where the plan changes."""
        solution = self.base.solution
        if solution is None or solution.plan is None:
            return f"The scenario itself has no plan: {words.status(solution)}." if solution else self.base.fault
        lines = [
            *self._tornado_in_words(),
            *self._two_way_in_words(),
            *self._sweep_in_words(),
            *self._switches_in_words(),
        ]
        stopped = [case.name for case in self.cases if case.solution is not None and case.solution.exit_code == 4]
        if stopped:
            count = "1 search" if len(stopped) == 1 else f"{len(stopped)} searches"
            lines.append(f"{count} stopped early: {', '.join(stopped)}.")
        return "\n".join(lines)

    def _tornado_in_words(self) -> list[str]:
        if not self.tornado:
            return []
        told = [row for row in self.tornado if swing(row[1], row[2]).is_told]
        without = [row for row in self.tornado if not swing(row[1], row[2]).is_known]
        still = [row for row in self.tornado if swing(row[1], row[2]).is_exact and row not in told]
        open_ = [row[0].says for row in self.tornado if row not in told + without + still]
        lines = []
        if told:
            item, low, high = told[0]
            lines.append(
                f"{_capital(item.says)} moves the objective most: {self._ends(item, low, high)}."
                + (f" Then {', '.join(row[0].says for row in told[1:_MOST_NAMED])}." if len(told) > 1 else "")
            )
        for item, low, high in without[:_MOST_NAMED]:
            ends = list(zip(ends_of(item, self.settings), (low, high), strict=True))
            for impossible, text in ((True, "leaves no plan at"), (False, "was not solved at")):
                named = [
                    f"{item.label(value)}: {case.fault or case.status}"
                    for value, case in ends
                    if not case.objective.is_known and (case.status in ("infeasible", "invalid")) == impossible
                ]
                if named:
                    lines.append(f"{_capital(item.says)} {text} {', '.join(named)}.")
        if still:
            lines.append(f"Without effect: {', '.join(row[0].says for row in still)}.")
        if open_:
            lines.append(f"Too small an effect to be told from none: {', '.join(open_)}.")
        changed = [row[0].says for row in self.tornado if any(any(case.against(self.base)) for case in row[1:])]
        planned = [case.programs is not None for row in self.tornado for case in row[1:]]
        if changed:
            lines.append(f"The programs launched change with {', '.join(changed)}.")
        elif any(planned):
            where = "at every end" if all(planned) else "at every end that has a plan"
            lines.append(f"The programs launched are the same {where}.")
        return lines

    def _ends(self, item: Input, low: Case, high: Case) -> str:
        texts = []
        for value, case in zip(ends_of(item, self.settings), (low, high), strict=True):
            meur = rise(self.base.objective, case.objective).found or 0.0
            texts.append(f"{'+' if meur > 0 else ''}{words.money(meur)} at {item.label(value)}")
        return ", ".join(texts)

    def _two_way_in_words(self) -> list[str]:
        known = [(rise(self.base.objective, row[4].objective).found, row) for row in self.two_way]
        found = sorted(((meur, n) for n, (meur, _) in enumerate(known) if meur is not None))
        if not found:
            return []
        texts = []
        for meur, number in (found[0], found[-1]):
            item, value, other, second, _ = self.two_way[number]
            where = f"{item.says} {item.label(value)} and {other.says} {other.label(second)}"
            texts.append(f"{'+' if meur > 0 else ''}{words.money(meur)} with {where}")
        lines = [f"Against the plan as it is the objective goes from {texts[0]} to {texts[1]}."]
        missing = len(self.two_way) - len(found)
        return [*lines, f"{words.count(missing)} of the {len(self.two_way)} pairs have no plan."] if missing else lines

    def _sweep_in_words(self) -> list[str]:
        planned = [point for point in self.sweep if point.solution.plan is not None]
        if not planned:
            return ["With no scale of the budgets was a plan found."] if self.sweep else []
        first, last = planned[0], planned[-1]
        fall = rise(first.objective, last.objective)
        text = f"With all budgets from x {first.scale:.6g} to x {last.scale:.6g} the objective "
        if fall.is_told:
            text += f"falls by {words.money(-(fall.found or 0.0))}"
        else:
            text += "does not change" + ("" if fall.is_exact else " as exactly as the solves tell")
        shorts = [words.count(p.solution.figures["shortfall_unit_years"]) for p in (first, last)]
        types = [words.count(p.solution.figures["types"]) for p in (first, last)]
        lines = [f"{text}; types go from {types[0]} to {types[1]}, missing unit-years from {shorts[0]} to {shorts[1]}."]
        gone = [point for point in self.sweep if point.solution.status == "infeasible"]
        return [*lines, f"At x {gone[-1].scale:.6g} and below no plan keeps all rules."] if gone else lines

    def _switches_in_words(self) -> list[str]:
        if not self.settings.switch_points:
            return []
        if not self.switches:
            return ["No input changes the programs launched between its ends."]
        return [switch.sentence() for switch in self.switches]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every case in `sensitivity`; of those asked for tornado, one_way, two_way, budget_sweep, switch_points."""
        import pandas as pd

        made: dict[str, tuple[list[dict[str, object]], list[str]]] = {
            "sensitivity": ([case.row(self.base) for case in self.cases], CASE_COLUMNS)
        }
        if self.tornado:
            made["tornado"] = ([self._tornado_row(*row) for row in self.tornado], TORNADO_COLUMNS)
        for name, kind in (("one_way", "factor"), ("one_way_years", "years")):
            rows = [
                {**case.row(self.base), "input": item.name, "value": value, "says": item.says}
                for item, cases in self.one_way
                if item.kind == kind
                for value, case in cases
            ]
            if rows:
                made[name] = (rows, ONE_WAY_COLUMNS)
        if self.two_way:
            made["two_way"] = (
                [
                    {
                        **case.row(self.base),
                        "input": item.name,
                        "at": item.label(value),
                        "input_2": other.name,
                        "at_2": other.label(second),
                    }
                    for item, value, other, second, case in self.two_way
                ],
                TWO_WAY_COLUMNS,
            )
        if self.sweep:
            made["budget_sweep"] = ([_sweep_row(point) for point in self.sweep], SWEEP_COLUMNS)
        if self.settings.switch_points:
            made["switch_points"] = ([switch.row() for switch in self.switches], SWITCH_COLUMNS)
        return {name: pd.DataFrame(rows, columns=columns) for name, (rows, columns) in made.items()}

    def _tornado_row(self, item: Input, low: Case, high: Case) -> dict[str, object]:
        low_value, high_value = ends_of(item, self.settings)
        moved = swing(low, high)
        programs = [
            None if case.programs is None else sum(len(part) for part in case.against(self.base))
            for case in (low, high)
        ]
        values = (
            item.name,
            item.label(low_value),
            item.label(high_value),
            rise(self.base.objective, low.objective).found,
            rise(self.base.objective, high.objective).found,
            moved.found,
            moved.least,
            moved.most,
            *programs,
            low.status,
            high.status,
            item.says,
        )
        return dict(zip(TORNADO_COLUMNS, values, strict=True))

    def pictures(self) -> tuple[Picture, ...]:
        """Tornado, curves, matrix and sweep, as far as asked for."""
        tables, pictures = self.tables(), []
        if self.tornado:
            top = next((row[0].says for row in self.tornado if swing(row[1], row[2]).is_told), None)
            title = f"{_capital(top)} moves the objective most" if top else "Change of the objective at either end"
            pictures.append(
                Picture(title, "ranges", "tornado", "says", "low_change_meur", y_to="high_change_meur", axis=_AXIS)
            )
        for name, unit in (("one_way", "factor"), ("one_way_years", "years")):
            if name in tables:
                title = f"Change of the objective by {unit} of each input"
                pictures.append(Picture(title, "lines", name, "value", "change_meur", by="says"))
        if self.two_way:
            item, _, other, _, _ = self.two_way[0]
            title = f"Change of the objective by {item.says} (down) and {other.says} (across)"
            pictures.append(Picture(title, "matrix", "two_way", "at_2", "at", value="change_meur"))
        if self.sweep:
            title = self._sweep_in_words()[0].partition(";")[0].rstrip(".")
            pictures.append(Picture(title, "lines", "budget_sweep", "scale", "objective_meur"))
            curves = {"types": "Types against budgets", "shortfall_unit_years": "Missing unit-years against budgets"}
            pictures += [
                Picture(title, "lines", "budget_sweep", "scale", column)
                for column, title in curves.items()
                if tables["budget_sweep"][column].nunique() > 1
            ]
        return tuple(pictures)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        solution = self.base.solution
        return {
            "base": None if solution is None else figures_of(solution),
            "cases": records(self.tables()["sensitivity"]),
            **{name: records(table) for name, table in self.tables().items() if name != "sensitivity"},
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The base plan, and the plan beyond each switch point."""
        found = {"base": self.base.solution}
        found |= {f"switch_{number}": switch.after.solution for number, switch in enumerate(self.switches, start=1)}
        return {name: solution for name, solution in found.items() if solution is not None}

    @property
    def exit_code(self) -> int:
        """That of the worst search; an end without a plan is an answer, not a failure."""
        solutions = [case.solution for case in self.cases if case.solution is not None]
        base = [self.base.solution] if self.base.solution is not None else []
        return exit_code_of([*solutions, *(point.solution for point in self.sweep)], needed=base)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def swing(low: Case, high: Case) -> Range:
    """By how much the best objective differs between two ends, whichever is larger."""
    change = rise(low.objective, high.objective)
    if change.found is None or change.found >= 0.0:
        return change
    return Range(
        -change.found,
        None if change.most is None else -change.most,
        None if change.least is None else -change.least,
    )


def ends_of(item: Input, settings: Settings) -> tuple[float, float]:
    """Low and high value of an input."""
    if item.kind == "years":
        return float(-settings.years), float(settings.years)
    return settings.low, settings.high


def values_of(item: Input, settings: Settings, steps: int) -> list[float]:
    """Values from low to high, evenly on either side of the base, which is among them; every year where it is years."""
    low, high = ends_of(item, settings)
    if item.kind == "years":
        return [float(value) for value in range(int(low), int(high) + 1)]
    left = round((steps - 1) * (item.base - low) / (high - low)) if high > low else 0
    left = min(max(left, 1 if low < item.base else 0), max(1, steps - 2) if high > item.base else steps - 1)
    right = max(steps - 1 - left, 1) if high > item.base else 0
    below = [low + (item.base - low) * step / left for step in range(left)] if low < item.base else []
    above = [item.base + (high - item.base) * step / right for step in range(1, right + 1)]
    return [round(value, 9) for value in (*below, item.base, *above)]


def _sweep_row(point: Sweep) -> dict[str, object]:
    solution = point.solution
    return {
        "scale": point.scale,
        "budget_meur": point.budget_meur,
        "status": solution.status,
        "objective_meur": point.objective.found,
        "bound_meur": point.objective.least,
        "cost_meur": solution.cost_meur,
        "shortfall_meur": solution.terms_meur.get("shortfall"),
        **{name: solution.figures.get(name) for name in ("types", "shortfall_unit_years", "contracts")},
    }


def run(scenario: Scenario, settings: Settings | None = None, *, solve: Solve | None = None) -> Result:
    """Solve the scenario, then with each input low and high, or as the settings ask.

    Raises
    ------
    InvalidInput
        When an input is not known or has nothing to vary, or goals are minimized in an order.
    """
    settings = settings or Settings()
    inputs = check(scenario, settings)
    cases = Cases(scenario, solve or Session().solve)
    base = cases.at()
    if base.programs is None:
        return Result(settings, base, (base,))
    grid = _two_way(cases, inputs, settings) if settings.two_way else ()
    tornado = () if settings.two_way else _tornado(cases, inputs, settings)
    one_way = _one_way(cases, inputs, settings, settings.steps) if settings.steps and not settings.two_way else ()
    switches = _switches(cases, inputs, settings) if settings.switch_points else ()
    sweep = _sweep(cases, settings) if settings.budget_sweep else ()
    return Result(settings, base, tuple(cases.known.values()), tornado, one_way, grid, sweep, switches)


def check(scenario: Scenario, settings: Settings) -> tuple[Input, ...]:
    """The inputs asked for, read.

    Raises
    ------
    InvalidInput
        When one is not known or has nothing to vary, or goals are minimized in an order.
    """
    problems = []
    if scenario.settings.objective.order:
        reason = "leaves no single objective to tell changes of"
        problems.append(_fault("objective.order", reason, "Weigh the goals instead: --set 'objective.order=[]'"))
    if settings.budget_sweep and not scenario.budgets:
        reason = "has no budget to scale"
        problems.append(_fault("--budget-sweep", reason, "Give budget_meur in nations.csv, or budgets.csv"))
    elif settings.budget_sweep and not scenario.settings.rules.get("annual_budget", {}).get("on", True):
        reason = "changes nothing while the rule annual_budget is off"
        problems.append(_fault("--budget-sweep", reason, "Switch it on: --set rules.annual_budget=true"))
    if problems:
        raise InvalidInput(problems)
    only_sweep = settings.budget_sweep and not settings.inputs and not settings.switch_points
    inputs = () if only_sweep else read_inputs(scenario, settings.inputs)
    if settings.two_way and len(inputs) != 2:
        reason = f"needs two inputs, and there {'is' if len(inputs) == 1 else 'are'} {len(inputs)}"
        raise InvalidInput([_fault("--two-way", reason, "Name two, such as --inputs unit_cost,budget")])
    return inputs


def _fault(what: str, reason: str, remedy: str) -> Problem:
    return Problem(what, None, None, None, reason, remedy)


def _tornado(cases: Cases, inputs: tuple[Input, ...], settings: Settings) -> tuple[tuple[Input, Case, Case], ...]:
    rows = []
    for item in inputs:
        low, high = ends_of(item, settings)
        rows.append((item, cases.at((item, low)), cases.at((item, high))))
    return tuple(sorted(rows, key=lambda row: (swing(row[1], row[2]).is_known, -(swing(row[1], row[2]).found or 0.0))))


def _one_way(
    cases: Cases, inputs: tuple[Input, ...], settings: Settings, steps: int
) -> tuple[tuple[Input, tuple[tuple[float, Case], ...]], ...]:
    return tuple(
        (item, tuple((value, cases.at((item, value))) for value in values_of(item, settings, steps))) for item in inputs
    )


def _two_way(
    cases: Cases, inputs: tuple[Input, ...], settings: Settings
) -> tuple[tuple[Input, float, Input, float, Case], ...]:
    one, other = inputs
    steps = settings.steps or 3
    return tuple(
        (one, first, other, second, cases.at((one, first), (other, second)))
        for first in values_of(one, settings, steps)
        for second in values_of(other, settings, steps)
    )


def _sweep(cases: Cases, settings: Settings) -> tuple[Sweep, ...]:
    (budget,) = read_inputs(cases.scenario, ("budget",))
    points = []
    for scale in values_of(budget, settings, settings.steps or DEFAULT_STEPS):
        case = cases.at((budget, scale))
        if case.solution is not None:
            points.append((scale, case.solution))
    solutions = [solution for _, solution in points]
    if cases.scenario.rule_is_named_on("no_nation_worse_off"):
        # What a nation pays alone depends on budgets, too, so a larger one does not only allow more.
        best, ranges = solutions, [objective_of(solution) for solution in solutions]
    else:
        best, ranges = nested(solutions)
    money = money_of(cases.scenario)
    return tuple(
        Sweep(scale, money * scale, solution, objective)
        for (scale, _), solution, objective in zip(points, best, ranges, strict=True)
    )


def _switches(cases: Cases, inputs: tuple[Input, ...], settings: Settings) -> tuple[Switch, ...]:
    found = []
    for item in inputs:
        for end in ends_of(item, settings):
            switch = find_switch(cases, item, end, settings.tolerance)
            if switch is not None:
                found.append(switch)
    return tuple(found)


ANALYSIS = Analysis(
    name="sensitivity",
    sentence="Which inputs drive the result, how far, and where the plan changes.",
    settings=Settings,
    run=run,
    check=check,
    document="sensitivity.json",
    files={
        "sensitivity": "sensitivity.csv",
        "tornado": "tornado.csv",
        "one_way": "one_way.csv",
        "one_way_years": "one_way_years.csv",
        "two_way": "two_way.csv",
        "budget_sweep": "budget_sweep.csv",
        "switch_points": "switch_points.csv",
    },
    titles=TITLES,
    headings=HEADINGS,
    shown=("tornado", "one_way", "one_way_years", "two_way", "budget_sweep", "switch_points"),
)
