"""Limits that bind a plan: rows of rules without room, whom they name, and the scenario with one unit more of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable

from optimizer.analysis.explain_loosened import loosened
from optimizer.analysis.names import capability_name, nation_name, program_name, rule_name, years_text
from optimizer.measures.ledger import Ledger
from optimizer.model.rules import active
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.demands import Demand
from optimizer.tolerances import exceeds

# Physical rules that are limits of their own: a unit more of them can be thought of.
_LINES = ("annual_capacity", "maximum_units")
# Policy rules whose limit is a number of its own, so that a unit more is well defined.
_NUMBERS = (
    "annual_budget",
    "type_limit",
    "joint_program_limit",
    "sector_workload",
    "sustaining_rate",
    "minimum_suppliers",
    "minimum_fleet",
)
_PARTS = ("nation", "capability", "program")
_SAYS = {
    "annual_budget": "the budget of {nation}",
    "annual_capacity": "the yearly output of {program}",
    "maximum_units": "the total output of {program}",
    "type_limit": "the types allowed of {capability}",
    "joint_program_limit": "the joint contracts allowed to {nation}",
    "sector_workload": "the work set for the industry of {nation}",
    "sustaining_rate": "the yearly work set for the industry of {nation}",
    "minimum_suppliers": "the lead nations asked for in {capability}",
    "minimum_fleet": "the smallest fleet of {program}",
}
# A line's yearly output is one figure for all years.
_WHEN = {"annual_capacity": "(used up in {})"}
# A limit of one of these is none.
_AT_LEAST_ONE = ("minimum_suppliers", "minimum_fleet")


@dataclass(frozen=True)
class Limit:
    """A row of a rule that a plan uses up."""

    rule: str
    kind: str
    key: tuple[Any, ...]
    unit: str

    def whom(self, scenario: Scenario) -> dict[str, object]:
        """Nation, capability, program and year it names."""
        parts = [str(part) for part in self.key]
        years = [part for part in self.key if isinstance(part, int) and part in scenario.years]
        return {
            "rule": self.rule,
            "nation": next((p for p in parts if p in scenario.nations), None),
            "capability": next((p for p in parts if p in scenario.capabilities), None),
            "program": next((p for p in parts if p.partition("@")[0] in scenario.known_programs), None),
            "year": years[0] if years else None,
        }

    def says(self, scenario: Scenario) -> str:
        """The limit in a few words."""
        (text,) = in_words(scenario, [self])
        return text


def in_words(scenario: Scenario, limits: Iterable[Limit]) -> list[str]:
    """Limits in a few words each, those that differ in the year only together."""
    told: dict[tuple[str, str], list[int]] = {}
    for limit in limits:
        named = {name: value for name, value in limit.whom(scenario).items() if value is not None and name != "rule"}
        years = [value for name, value in named.items() if name == "year" and isinstance(value, int)]
        told.setdefault((_without_year(scenario, limit.rule, named), _WHEN.get(limit.rule, "in {}")), []).extend(years)
    return [f"{text} {when.format(years_text(years))}" if years else text for (text, when), years in told.items()]


def _without_year(scenario: Scenario, rule: str, named: dict[str, object]) -> str:
    tell = {"nation": nation_name, "capability": capability_name, "program": program_name}
    known = {name: tell[name](scenario, str(value)) for name, value in named.items() if name in tell}
    pattern = _SAYS.get(rule)
    if pattern is not None and all(f"{{{name}}}" not in pattern or name in known for name in _PARTS):
        return pattern.format(**known)
    whom = f" ({', '.join(known.values())})" if known else ""
    return f"the rule {rule_name(rule)}{whom}"


def binding(solution: Solution) -> list[Limit]:
    """Rows of policy rules, locks and lines that a plan meets exactly; shares of nothing are left out."""
    return [limit for limit, is_used_up in limits_of(solution) if is_used_up]


def limits_of(solution: Solution) -> list[tuple[Limit, bool]]:
    """Rows of policy rules, locks and lines, and whether a plan meets each exactly; shares of nothing are left out."""
    assert solution.plan is not None
    scenario = solution.scenario
    ledger = Ledger(scenario, solution.plan)
    found = []
    for rule in active(scenario):
        if rule.kind == "physical" and rule.name not in _LINES:
            continue
        for row in rule.violations(scenario, ledger):
            if (row.size > 0.0 or rule.name in _NUMBERS) and (row.size > 1.0 or rule.name not in _AT_LEAST_ONE):
                limit = Limit(rule.name, rule.kind, row.key, rule.unit)
                found.append((limit, not exceeds(-row.amount, row.size)))
    return found


def touching(limits: Iterable[Limit], names: frozenset[str]) -> list[Limit]:
    """The limits that name one of some nations, programs, contracts or capabilities."""
    return [limit for limit in limits if names.intersection(str(part) for part in limit.key)]


def one_unit_more(scenario: Scenario, limit: Limit) -> Scenario | None:
    """The scenario with the limit one unit looser; None where a unit of it has no meaning."""
    if limit.rule in _LINES:
        column = "annual_capacity_units" if limit.rule == "annual_capacity" else "max_units"
        rows = tuple(
            row.model_copy(update={column: getattr(row, column) + 1}) if row.program == limit.key[0] else row
            for row in scenario.tables.programs
        )
        return scenario.replace(tables={"programs": rows})
    if limit.rule not in _NUMBERS:
        return None
    if limit.rule == "minimum_suppliers" and scenario.capabilities[limit.key[0]].min_suppliers <= 1:
        return None
    if limit.rule == "minimum_fleet" and (
        scenario.capabilities[scenario.programs[limit.key[1]].capability].min_fleet_units <= 1
    ):
        return None
    return loosened(scenario, {Demand(limit.rule, "policy", limit.key, limit.unit, 1.0): 1.0})[0]
