"""Scenarios from inline tables that read like a spreadsheet, and what tests ask of rules, models and solutions."""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType
from typing import Any

from optimizer import Plan, Scenario, Solution, solve
from optimizer.audit import audit
from optimizer.measures.ledger import Ledger
from optimizer.model.lp import LinearProgram
from optimizer.model.rule import Rule
from optimizer.model.variables import Variables
from optimizer.tables.schema import TABLES, Row, Tables
from optimizer.tables.settings import Settings

# Two nations, one capability, three years, no discounting: a unit short costs more than any unit bought.
FIRST, LAST = 2026, 2028
_TEXTS = {"nations": "nation\nAAA\nBBB", "capabilities": "capability\nfighter"}
_DEFAULTS: dict[str, dict[str, str]] = {
    "capabilities": {"shortfall_meur_per_unit_year": "100"},
    "programs": {
        "capability": "fighter",
        "kind": "off_the_shelf",
        "lead": "AAA",
        "suppliers": "AAA:1",
        "unit_cost_meur": "10",
        "first_delivery": str(FIRST),
    },
    "requirements": {"capability": "fighter", "quantity": "1", "need_by": str(FIRST)},
    "fleets": {"capability": "fighter"},
    "groups": {"capability": "fighter", "group": "wing"},
    "industry": {"sector": "defense"},
}

# A development that two nations may share, whose cost does not grow with the partners; first delivery in 2027.
EAGLE = """
program  kind               partners  development_meur  partner_exponent  suppliers        first_delivery
eagle    joint_development  AAA;BBB   100               0                 AAA:0.5;BBB:0.5  2027
"""


def make(
    *,
    last: int = LAST,
    rate: float = 0.0,
    mode: str = "joint",
    blocs: tuple[tuple[str, ...], ...] = (),
    rules: dict[str, Any] | None = None,
    objective: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    national_costs: dict[str, float] | None = None,
    **tables: str,
) -> Scenario:
    """A scenario from tables of cells separated by spaces, the header first, `-` for an empty cell."""
    texts = {**_TEXTS, **tables}
    rows = {name: _rows(name, text) for name, text in texts.items()}
    body = {
        "first_year": FIRST,
        "last_year": last,
        "discount_rate": rate,
        "pooling": {"mode": mode, "blocs": blocs},
        "rules": rules or {},
        "objective": objective or {},
        "solver": {"gap": 0.0, "time_limit_s": 60.0},
        **(settings or {}),
    }
    return Scenario(Tables(**rows), Settings.model_validate(body), national_costs=national_costs)


def _rows(table: str, text: str) -> tuple[Row, ...]:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    header = lines[0]
    rows = []
    for cells in lines[1:]:
        assert len(cells) == len(header), f"{table}: {cells} does not fit {header}"
        given = {column: cell for column, cell in zip(header, cells, strict=True) if cell != "-"}
        rows.append(TABLES[table].row.model_validate({**_DEFAULTS.get(table, {}), **given}))
    return tuple(rows)


def plan_of(text: str, **money: Any) -> Plan:
    """A plan from lines `nation contract year units`; `development`, `elements`, `work` as dictionaries."""
    deliveries: dict[tuple[str, str, int], int] = defaultdict(int)
    for line in filter(str.strip, text.splitlines()):
        nation, contract, year, units = line.split()
        deliveries[nation, contract, int(year)] += int(units)
    return Plan(deliveries=dict(deliveries), **money)


def excesses(rule: Rule, scenario: Scenario, plan: Plan) -> dict[tuple[Any, ...], float]:
    """What a plan breaks of a rule: amounts by key, rounded to seven digits."""
    ledger = Ledger(scenario, plan)
    return {v.key: round(v.amount, 7) for v in rule.violations(scenario, ledger) if v.is_real}


def row_keys(rule: Rule, scenario: Scenario) -> list[tuple[Any, ...]]:
    """Keys of the rows a rule yields in a scenario."""
    variables = Variables(scenario, LinearProgram("test"), whole_deliveries=True)
    return [row.key for row in rule.rows(scenario, variables)]


def best(scenario: Scenario) -> Solution:
    """The proved best plan, audited: no rule broken, terms and objective reconciled."""
    solution = solve(scenario, gap=0.0)
    assert solution.status == "optimal", (solution.status, solution.clash)
    assert not solution.findings
    assert solution.objective_difference_meur <= 0.01
    assert audit(scenario, solution.plan).is_clean
    return solution


def bought(solution: Solution) -> dict[tuple[str, str], int]:
    """Units by (nation, program) of a solution."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for (nation, contract, _), count in solution.plan.deliveries.items():
        units[nation, contract.partition("@")[0]] += count
    return dict(units)


def calendar(solution: Solution) -> dict[tuple[str, int], int]:
    """Units by (nation, year) of a solution."""
    units: dict[tuple[str, int], int] = defaultdict(int)
    for (nation, _, year), count in solution.plan.deliveries.items():
        units[nation, year] += count
    return dict(units)


def term(module: ModuleType, scenario: Scenario, plan: Plan) -> float:
    """Value of a term on a finished plan."""
    return float(module.TERM.value(scenario, Ledger(scenario, plan)))
