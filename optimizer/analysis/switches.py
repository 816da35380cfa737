"""Switches: the value of an input at which the programs launched change, found by bisection."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer import words
from optimizer.analysis.cases import Case, Cases
from optimizer.analysis.inputs import Input
from optimizer.analysis.names import program_name
from optimizer.analysis.ranges import UNKNOWN, Range, launched, objective_of, restricted, rise
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.schema import Lock

SWITCH_COLUMNS = [
    "input",
    "same_at",
    "other_at",
    "programs_in",
    "programs_out",
    "keeping_costs_meur",
    "keeping_least_meur",
    "keeping_most_meur",
    "status",
]


@dataclass(frozen=True)
class Switch:
    """The plan found at `same_at` launches what the base launches, the one at `other_at` does not."""

    item: Input
    same_at: float
    other_at: float
    base: Case
    after: Case
    keeping: Range
    """What it costs at `other_at` to launch the base's programs all the same."""

    def sentence(self) -> str:
        """Where the plan changes and how, and whether the gaps tell."""
        said = f"{self.item.says[:1].upper()}{self.item.says[1:]}"
        where = f"{said}: between {self.item.label(self.same_at)} and {self.item.label(self.other_at)}"
        if self.after.programs is None:
            return f"{where} there is no plan any more ({self.after.fault or self.after.status})."
        entering, leaving = self.after.against(self.base)
        assert self.after.solution is not None
        scenario = self.after.solution.scenario
        change = ", ".join(
            [
                *(f"{program_name(scenario, program)} comes in" for program in entering),
                *(f"{program_name(scenario, program)} goes out" for program in leaving),
            ]
        )
        if not self.keeping.is_known:
            return f"{where} {change}; the programs of today's plan cannot all be kept there."
        if not self.keeping.is_told:
            return (
                f"{where} {change}; whether keeping the programs of today's plan costs anything there is too little to "
                "be told."
            )
        money = words.money(self.keeping.found) if self.keeping.is_exact else self.keeping.between()
        return f"{where} {change}; keeping the programs of today's plan costs {money} there."

    def row(self) -> dict[str, object]:
        """A row of switch_points.csv."""
        entering, leaving = self.after.against(self.base)
        values = (
            self.item.name,
            self.same_at,
            self.other_at,
            ";".join(entering),
            ";".join(leaving),
            self.keeping.found,
            self.keeping.least,
            self.keeping.most,
            self.after.status,
        )
        return dict(zip(SWITCH_COLUMNS, values, strict=True))


def find_switch(cases: Cases, item: Input, end: float, tolerance: float) -> Switch | None:
    """A change of the programs launched between the base and one end, None where both launch the same.

    Bisection keeps a value with the base's programs and one with others, until they are within the tolerance (a year
    for inputs that are years). Where the programs change more than once, one of the changes is found.
    """
    base = cases.at()
    same, other = item.base, end
    if cases.at((item, other)).programs == base.programs:
        return None
    while abs(other - same) > (1.0 if item.kind == "years" else tolerance) + 1e-12:
        middle = (same + other) / 2.0
        if item.kind == "years":
            middle = float(int(middle))
        if cases.at((item, middle)).programs == base.programs:
            same = middle
        else:
            other = middle
    after = cases.at((item, other))
    return Switch(item, same, other, base, after, _keeping(cases, base, after))


def _keeping(cases: Cases, base: Case, after: Case) -> Range:
    """What launching the base's programs costs beyond the switch."""
    if base.solution is None or after.solution is None or after.solution.plan is None:
        return UNKNOWN
    kept: Solution = cases.solve(launching(cases.varied(after.values), launched(base.solution)))
    free, limited = restricted(objective_of(after.solution), objective_of(kept))
    found = rise(free, limited)
    return found if found.least is None else Range(found.found, max(0.0, found.least), found.most)


def launching(scenario: Scenario, programs: frozenset[str]) -> Scenario:
    """The scenario with exactly these programs launched, by locks."""
    locks = tuple(
        Lock(program=program, action="require" if program in programs else "forbid") for program in scenario.programs
    )
    return scenario.replace(tables={"locks": (*scenario.tables.locks, *locks)}).with_rule("locks", on=True)
