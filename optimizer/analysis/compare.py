"""Compare: the same nations as is, alone, in blocs and together; or one scenario beside others, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from optimizer import words
from optimizer.batch import Outcome, run_batch
from optimizer.measures.report import COLUMNS
from optimizer.plan import Plan
from optimizer.problems import SolverFailed
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.tolerances import RECONCILE_MEUR

if TYPE_CHECKING:
    from typing import Callable

    import pandas as pd

    Solve = Callable[..., Solution]
    Batch = Callable[..., list[Outcome]]

POOLINGS = ("as_is", "national", "blocs", "joint")
FIGURES = {
    "objective_meur": "meur",
    "bound_meur": "meur",
    "gap": "share",
    "gap_meur": "meur",
    "cost_meur": "meur",
    "cost_undiscounted_meur": "meur",
    "types": "types",
    "effective_types": "types",
    "shortfall_unit_years": "unit-years",
    "contracts": "contracts",
}
DIFFERENCE_COLUMNS = [
    "from_case",
    "to_case",
    "change",
    "nation",
    "capability",
    "program",
    "from_units",
    "to_units",
    "from_year",
    "to_year",
]


@dataclass(frozen=True)
class Settings:
    """What to compare and how exactly; None takes the scenario's own setting."""

    others: tuple[Scenario, ...] = ()
    """Scenarios to set beside the first; without any, the first is solved under several poolings."""
    poolings: tuple[str, ...] = ()
    """Of as_is, national, blocs, joint; empty for all that make sense."""
    gap: float | None = None
    time_limit: float | None = None
    threads: int | None = None
    solver: str | None = None
    workers: int | str = 1
    """How many cases at the same time, or a cluster; see `run_batch`."""


@dataclass(frozen=True)
class Case:
    """One column of the comparison."""

    name: str
    solution: Solution


@dataclass(frozen=True)
class Result:
    """Solutions side by side; differences are taken from `base` to `main`."""

    cases: tuple[Case, ...]
    base: str
    main: str
    by_pooling: bool
    checks: tuple[str, ...] = ()
    """What is proven, or not, about the order of the cases, in words."""
    faults: tuple[str, ...] = ()
    """What contradicts itself; empty unless something is broken."""
    lost: tuple[str, ...] = ()
    """Cases that are missing, because their process died, and why."""

    def solution(self, name: str) -> Solution | None:
        """The solution of a case, None where the case was not compared."""
        return next((case.solution for case in self.cases if case.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cases, in order."""
        return tuple(case.name for case in self.cases)

    def headline(self) -> str:
        """The answer in a few lines."""
        lines = [f"{case.name}: {_outcome(case.solution)}" for case in self.cases]
        base, main = self.solution(self.base), self.solution(self.main)
        if base is not None and main is not None and base is not main:
            first, *rest = _saving(base, main)
            lines += [f"{self.main} against {self.base}: {first}", *rest]
        return "\n".join([*lines, *self.checks, *self.faults, *self.lost])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: comparison, nations, differences, bridge."""
        import pandas as pd

        comparison = self._comparison()
        bridge = [
            {
                "item": row["item"],
                "by": row["scope"],
                "from_meur": row.get(self.base),
                "to_meur": row.get(self.main),
                "change_meur": row["difference"],
            }
            for row in comparison
            if row["scope"] in ("term", "capability") and row["unit"] == "meur"
        ]
        header = ["scope", "item", "unit", *self.names, "difference"]
        return {
            "comparison": pd.DataFrame(comparison, columns=header),
            "nations": pd.DataFrame(self._nations(), columns=[*COLUMNS["nations"], "case", "difference_meur"]),
            "differences": pd.DataFrame(self._differences(), columns=DIFFERENCE_COLUMNS),
            "bridge": pd.DataFrame(bridge, columns=["item", "by", "from_meur", "to_meur", "change_meur"]),
        }

    def as_dict(self) -> dict[str, object]:
        """The comparison as plain values, for JSON; numbers not known are None."""
        cases = [
            {
                "case": case.name,
                "pooling": case.solution.scenario.settings.pooling.mode,
                "status": case.solution.status,
                "termination": case.solution.termination,
                **{figure: _figure(case.solution, figure) for figure in FIGURES},
                "terms_meur": dict(case.solution.terms_meur),
                "clash": list(case.solution.clash),
                "findings": list(case.solution.findings),
                "warnings": list(case.solution.warnings),
            }
            for case in self.cases
        ]
        bridge = _records(self.tables()["bridge"])
        return {
            "base": self.base,
            "main": self.main,
            "cases": cases,
            "saving": self._saving(),
            "bridge": bridge,
            "checks": list(self.checks),
            "faults": list(self.faults),
            "lost": list(self.lost),
            "headline": self.headline().splitlines(),
        }

    def _saving(self) -> dict[str, float] | None:
        base, main = self.solution(self.base), self.solution(self.main)
        if base is None or main is None or base.cost_meur is None or main.cost_meur is None:
            return None
        saved = base.cost_meur - main.cost_meur
        saving = {"cost_meur": saved}
        if base.cost_meur > 0.0:
            saving["cost_share"] = saved / base.cost_meur
        if base.objective_meur is not None and main.objective_meur is not None:
            saving["objective_meur"] = base.objective_meur - main.objective_meur
            if base.bound_meur is not None and main.bound_meur is not None:
                saving["objective_least_meur"] = base.bound_meur - main.objective_meur
                saving["objective_most_meur"] = base.objective_meur - main.bound_meur
        return saving

    def _comparison(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []

        def add(scope: str, item: str, unit: str, values: Mapping[str, object]) -> None:
            base, main = values.get(self.base), values.get(self.main)
            known = isinstance(base, (int, float)) and isinstance(main, (int, float))
            difference = float(main) - float(base) if known else None  # type: ignore[arg-type]
            rows.append({"scope": scope, "item": item, "unit": unit, **values, "difference": difference})

        solved = [case for case in self.cases if case.solution.plan is not None]
        add("figure", "status", "", {case.name: case.solution.status for case in self.cases})
        add("figure", "termination", "", {case.name: case.solution.termination for case in self.cases})
        for figure, unit in FIGURES.items():
            add("figure", figure, unit, {case.name: _figure(case.solution, figure) for case in self.cases})
        for term in words.TERMS:
            add("term", term, "meur", {case.name: case.solution.terms_meur[term] for case in solved})
        for column, unit in (
            ("cost_meur", "meur"),
            ("units", "units"),
            ("types", "types"),
            ("shortfall_unit_years", "unit-years"),
        ):
            by_case = {case.name: _column(case.solution, "capabilities", "capability", column) for case in solved}
            for item in sorted({item for values in by_case.values() for item in values}):
                add("capability", item, unit, {name: values.get(item, 0.0) for name, values in by_case.items()})
        units = {case.name: _column(case.solution, "programs", "program", "units") for case in solved}
        for item in sorted({item for values in units.values() for item in values}):
            add("program", item, "units", {name: values.get(item, 0.0) for name, values in units.items()})
        members = {case.name: _joined(case.solution.plan) for case in solved}
        for item in sorted({program for joined in members.values() for _, program in joined}):
            add(
                "program",
                item,
                "nations",
                {name: sum(program == item for _, program in joined) for name, joined in members.items()},
            )
        return rows

    def _nations(self) -> list[dict[str, object]]:
        base = self.solution(self.base)
        costs = {} if base is None else _column(base, "nations", "nation", "cost_meur")
        rows: list[dict[str, object]] = []
        for case in self.cases:
            for row in _records(case.solution.tables().get("nations")):
                before, now = costs.get(str(row["nation"])), row["cost_meur"]
                known = before is not None and isinstance(now, (int, float))
                rows.append({**row, "case": case.name, "difference_meur": now - before if known else None})  # type: ignore[operator]
        return rows

    def _differences(self) -> list[dict[str, object]]:
        base, main = self.solution(self.base), self.solution(self.main)
        if base is None or main is None or base.plan is None or main.plan is None:
            return []
        return plan_differences(base, main, self.base, self.main)


def plan_differences(before: Solution, after: Solution, before_name: str, after_name: str) -> list[dict[str, object]]:
    """Who joined or left a program, and whose first delivery or volume changed; one row for each such fact."""
    old, new = _joined(before.plan), _joined(after.plan)
    rows: list[dict[str, object]] = []
    for nation, program in sorted({*old, *new}):
        was, now = old.get((nation, program), {}), new.get((nation, program), {})
        changes = []
        if not was:
            changes.append("joined")
        elif not now:
            changes.append("left")
        else:
            if sum(was.values()) != sum(now.values()):
                changes.append("volume")
            elif was != now:
                changes.append("moved")
            if min(was) != min(now) and "moved" not in changes:
                changes.append("moved")
        known = after.scenario.known_programs.get(program) or before.scenario.known_programs[program]
        rows += [
            {
                "from_case": before_name,
                "to_case": after_name,
                "change": change,
                "nation": nation,
                "capability": known.capability,
                "program": program,
                "from_units": sum(was.values()),
                "to_units": sum(now.values()),
                "from_year": min(was, default=None),
                "to_year": min(now, default=None),
            }
            for change in changes
        ]
    return rows


def with_national(solution: Solution, national: Solution) -> Solution:
    """The solution with the national columns of its nations table filled from the national baseline.

    saving = national cost - cost, both discounted payments without priced shortfall; share of the national cost. Empty
    where either plan is missing.
    """
    if solution.plan is None or national.plan is None:
        return solution
    tables = solution.tables()
    tables["nations"] = fill_national(tables["nations"], _column(national, "nations", "nation", "cost_meur"))
    return replace(solution, _tables=tables)


def fill_national(nations: pd.DataFrame, national_cost_meur: Mapping[str, float]) -> pd.DataFrame:
    """The nations table with national_cost_meur, saving_meur and saving_share, where the national cost is known."""
    import pandas as pd

    rows = []
    for row in _records(nations):
        alone, cost = national_cost_meur.get(str(row["nation"])), row["cost_meur"]
        if alone is not None and isinstance(cost, (int, float)):
            saved = alone - cost
            row = {
                **row,
                "national_cost_meur": alone,
                "saving_meur": saved,
                "saving_share": saved / alone if alone > 0.0 else None,
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(nations.columns))


def run(
    scenario: Scenario, settings: Settings | None = None, *, solve: Solve = solve, batch: Batch = run_batch
) -> Result:
    """Solve every case and set them side by side.

    Parameters
    ----------
    solve, batch
        Called as `optimizer.solve` and `optimizer.run_batch`; a caller may pass ones that report progress.
    """
    settings = settings or Settings()
    options = {
        name: value
        for name in ("gap", "time_limit", "threads", "solver")
        if (value := getattr(settings, name)) is not None
    }
    asked = _cases(scenario, settings)
    by_pooling = not settings.others
    if settings.workers == 1:
        return arranged({name: solve(case, **options) for name, case in asked.items()}, by_pooling=by_pooling)
    outcomes = dict(zip(asked, batch(list(asked.values()), workers=settings.workers, **options), strict=True))
    lost = {name: outcome.error for name, outcome in outcomes.items() if isinstance(outcome.error, SolverFailed)}
    if len(lost) == len(outcomes):
        raise next(iter(lost.values()))
    solutions = {name: outcome.known() for name, outcome in outcomes.items() if name not in lost}
    told = tuple(f"{name} is missing: {error}." for name, error in lost.items())
    return replace(arranged(solutions, by_pooling=by_pooling), lost=told)


def compare(scenario: Scenario, *others: Scenario, **options: Any) -> Result:
    """Solve a scenario as is, nationally, in blocs and jointly, or beside other scenarios, and compare.

    Parameters
    ----------
    options
        Fields of `Settings`: poolings, gap, time_limit, threads, solver, workers.
    """
    return run(scenario, Settings(others=others, **options))


def arranged(solutions: Mapping[str, Solution], *, by_pooling: bool) -> Result:
    """A comparison of solutions that are there already, in the order given."""
    names = list(solutions)
    main = "joint" if by_pooling and "joint" in names else names[-1]
    base = "national" if by_pooling and "national" in names else names[0]
    filled = dict(solutions)
    if by_pooling and "national" in solutions:
        filled = {name: with_national(solution, solutions["national"]) for name, solution in solutions.items()}
    cases = tuple(Case(name, solution) for name, solution in filled.items())
    checks: list[str] = []
    faults: list[str] = []
    if by_pooling:
        _check_order(filled, checks, faults)
    for case in cases:
        faults += [f"The audit disagrees with the {case.name} plan: {finding}" for finding in case.solution.findings]
    return Result(cases, base, main, by_pooling, tuple(checks), tuple(faults))


def _cases(scenario: Scenario, settings: Settings) -> dict[str, Scenario]:
    if settings.others:
        cases: dict[str, Scenario] = {}
        for other in (scenario, *settings.others):
            name = _name(other)
            number = 2
            while name in cases or name in ("scope", "item", "unit", "difference"):
                name, number = f"{_name(other)} ({number})", number + 1
            cases[name] = other
        return cases
    poolings = settings.poolings or tuple(mode for mode in POOLINGS if makes_sense(scenario, mode))
    return {mode: scenario.with_pooling(mode) for mode in poolings}


def makes_sense(scenario: Scenario, mode: str) -> bool:
    """Whether a pooling says anything: as_is needs baseline programs, blocs need blocs."""
    if mode == "as_is":
        return bool(scenario.baselines)
    return mode != "blocs" or bool(scenario.settings.pooling.blocs)


def _name(scenario: Scenario) -> str:
    """A scenario's last what-if, else the folder it was read from, else its own name."""
    chain = scenario.provenance.get("chain")
    if isinstance(chain, (list, tuple)) and chain:
        return str(chain[-1])
    return scenario.settings.name


def _check_order(solutions: Mapping[str, Solution], checks: list[str], faults: list[str]) -> None:
    """Joint can do whatever nations can do alone, so its best plan is never worse; gaps leave room, proofs do not."""
    national, joint = solutions.get("national"), solutions.get("joint")
    if national is None or joint is None:
        return
    if national.plan is not None and joint.status == "infeasible":
        faults.append("Joint is infeasible although a national plan exists: one of the two is wrong.")
    if joint.objective_meur is None or national.objective_meur is None or joint.scenario.settings.objective.order:
        return
    excess = joint.objective_meur - national.objective_meur
    tolerance = max(RECONCILE_MEUR, 1e-6 * abs(national.objective_meur))
    if joint.bound_meur is not None and joint.bound_meur > national.objective_meur + tolerance:
        faults.append(
            f"Joint is said to cost at least {words.money(joint.bound_meur)}, shortfall priced in, but a national plan "
            f"costs {words.money(national.objective_meur)}: one of the two is wrong."
        )
    elif excess <= tolerance:
        proven = joint.bound_meur is not None and national.bound_meur is not None
        exact = joint.termination == national.termination == "proved"
        certainty = "both proven" if exact else "as far as the gaps tell" if proven else "not proven"
        checks.append(f"Check: joint costs no more than national, shortfall priced in ({certainty}).")
    else:
        checks.append(
            f"Note: the joint plan found is worse than the national one by {words.money(excess)}, shortfall priced in. "
            "The best joint plan is not: the search stopped within its gap. Ask for a smaller gap."
        )


def _outcome(solution: Solution) -> str:
    if solution.plan is None:
        return words.status(solution)
    return (
        f"{words.money(solution.cost_meur)}, {words.plural(solution.figures['types'], 'type')}, "
        f"{words.shortfall(solution.figures)}. {words.status(solution)}."
    )


def _saving(base: Solution, main: Solution) -> list[str]:
    """Money and needs, then the objective with what the gaps leave open, in sentences."""
    lines = words.against(base, main)
    if base.objective_meur is None or main.objective_meur is None or main.scenario.settings.objective.order:
        return lines
    gain = base.objective_meur - main.objective_meur
    spent = (base.cost_meur or 0.0) - (main.cost_meur or 0.0)
    text = (
        f"The objective, all that is priced in, is {'lower' if gain >= 0.0 else 'higher'} by {words.money(abs(gain))}"
    )
    loose = False
    if base.bound_meur is not None and main.bound_meur is not None:
        least, most = base.bound_meur - main.objective_meur, base.objective_meur - main.bound_meur
        loose = most - least > max(RECONCILE_MEUR, 1e-6 * abs(base.objective_meur))
        if loose:
            text += f"; best plan against best plan it is between {words.money(least)} and {words.money(most)}"
    if loose or abs(gain - spent) > RECONCILE_MEUR:
        lines.append(f"{text}.")
    return lines


def _figure(solution: Solution, name: str) -> float | None:
    if name in ("objective_meur", "bound_meur", "gap", "gap_meur", "cost_meur"):
        value: float | None = getattr(solution, name)
        return value
    return solution.figures.get(name)


def _joined(plan: Plan | None) -> dict[tuple[str, str], dict[int, float]]:
    """Units by year for each (nation, program) that takes any."""
    table: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (nation, contract, year), units in (plan.deliveries if plan else {}).items():
        if units:
            table[nation, contract.rpartition("@")[0]][year] += units
    return {key: dict(row) for key, row in table.items()}


def _column(solution: Solution, table: str, key: str, column: str) -> dict[str, float]:
    """Sum of a column by key."""
    sums: dict[str, float] = defaultdict(float)
    for row in _records(solution.tables().get(table)):
        value = row[column]
        if isinstance(value, (int, float)):
            sums[str(row[key])] += value
    return dict(sums)


def _records(table: pd.DataFrame | None) -> list[dict[str, object]]:
    """Rows of a table with plain values; not known is None, never NaN."""
    if table is None:
        return []
    rows: Iterable[Mapping[object, object]] = table.to_dict("records")
    return [
        {str(name): None if isinstance(value, float) and value != value else value for name, value in row.items()}
        for row in rows
    ]
