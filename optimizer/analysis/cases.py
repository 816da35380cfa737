"""Cases: a scenario with inputs at other values, each solved once and told from the base as far as gaps allow."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.analysis.analysis import Solve
from optimizer.analysis.inputs import Input
from optimizer.analysis.ranges import UNKNOWN, Range, launched, objective_of, rise
from optimizer.checks import check_references
from optimizer.scenario import Scenario
from optimizer.servable import check_servable
from optimizer.solution import Solution

Values = tuple[tuple[Input, float], ...]


@dataclass(frozen=True)
class Case:
    """Inputs at values other than their base, and what came of it; no solution where the values make no valid input."""

    values: Values
    solution: Solution | None
    fault: str = ""

    @property
    def name(self) -> str:
        """The inputs with their values in words."""
        return " and ".join(f"{item.says} {item.label(value)}" for item, value in self.values) or "as it is"

    @property
    def status(self) -> str:
        """Status of the solution, or that there is none."""
        return "invalid" if self.solution is None else self.solution.status

    @property
    def objective(self) -> Range:
        """The best objective there is."""
        return UNKNOWN if self.solution is None else objective_of(self.solution)

    @property
    def programs(self) -> frozenset[str] | None:
        """Programs launched, None without a plan."""
        return None if self.solution is None or self.solution.plan is None else launched(self.solution)

    def against(self, base: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Programs launched here and not in the base, and the other way round; nothing where either has no plan."""
        own, other = self.programs, base.programs
        if own is None or other is None:
            return (), ()
        return tuple(sorted(own - other)), tuple(sorted(other - own))

    def row(self, base: Case) -> dict[str, object]:
        """A row of sensitivity.csv."""
        solution, change = self.solution, rise(base.objective, self.objective)
        entering, leaving = self.against(base)
        named = [(item.name, value) for item, value in self.values] + [("", None), ("", None)]
        figures = solution.figures if solution is not None else {}
        terms = solution.terms_meur if solution is not None else {}
        return {
            "input": named[0][0] or "base",
            "value": named[0][1],
            "input_2": named[1][0] or None,
            "value_2": named[1][1],
            "status": self.status,
            "termination": None if solution is None else solution.termination,
            "objective_meur": self.objective.found,
            "bound_meur": self.objective.least,
            "change_meur": change.found,
            "change_least_meur": change.least,
            "change_most_meur": change.most,
            "cost_meur": None if solution is None else solution.cost_meur,
            "shortfall_meur": terms.get("shortfall"),
            "types": figures.get("types"),
            "shortfall_unit_years": figures.get("shortfall_unit_years"),
            "programs_in": ";".join(entering),
            "programs_out": ";".join(leaving),
            "note": self.fault or None,
        }


CASE_COLUMNS = [
    "input",
    "value",
    "input_2",
    "value_2",
    "status",
    "termination",
    "objective_meur",
    "bound_meur",
    "change_meur",
    "change_least_meur",
    "change_most_meur",
    "cost_meur",
    "shortfall_meur",
    "types",
    "shortfall_unit_years",
    "programs_in",
    "programs_out",
    "note",
]


@dataclass
class Cases:
    """Solves each case once, in the order asked."""

    scenario: Scenario
    solve: Solve
    known: dict[tuple[tuple[str, float], ...], Case] = field(default_factory=dict)

    def at(self, *values: tuple[Input, float]) -> Case:
        """The case with these inputs at these values; those at their base are left out."""
        moved = tuple((item, value) for item, value in values if value != item.base)
        key = tuple((item.name, value) for item, value in moved)
        if key not in self.known:
            self.known[key] = self._solved(moved)
        return self.known[key]

    def varied(self, values: Values) -> Scenario:
        """The scenario of a case."""
        scenario = self.scenario
        for item, value in values:
            scenario = item.varied(scenario, value)
        return scenario

    def _solved(self, values: Values) -> Case:
        scenario = self.varied(values)
        if values:
            faults = [*check_references(scenario.tables, scenario.settings)] or check_servable(scenario)[0]
            if faults:
                return Case(values, None, str(faults[0]))
        return Case(values, self.solve(scenario))
