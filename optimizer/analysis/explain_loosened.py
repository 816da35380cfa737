"""A scenario loosened: what demands give up, written into the tables' own cells, and told as a what-if's changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from optimizer import words
from optimizer.scenario import Scenario
from optimizer.solve.demands import Demand
from optimizer.tables.whatif import AddRow, Change, ChangeCell, RemoveRow, SetValue

# Money is rounded up to this, so that the cell read back is enough.
_CENT = 1e-4
# Counts are rounded up, rounding noise aside.
_NOISE = 1e-6


@dataclass(frozen=True)
class Loosening:
    """A demand that gives: by how much, and what changes in the input for it."""

    demand: Demand
    units: float
    says: str
    change: Change


def loosened(scenario: Scenario, gives: Mapping[Demand, float]) -> tuple[Scenario, tuple[Loosening, ...]]:
    """The scenario in which these demands have given way, and every change it took.

    A limit of the alliance or a nation is raised in its cell; a rule without such a cell (a share, a tolerance) becomes
    soft, at its price.
    """
    told: list[Loosening] = []
    for demand, units in _most_of_each_cell(scenario, gives).items():
        change = _CHANGES.get(demand.rule, _soft)
        scenario, says, changed = change(scenario, demand, units)
        told.append(Loosening(demand, units, says, changed))
    return scenario, tuple(told)


def _most_of_each_cell(scenario: Scenario, gives: Mapping[Demand, float]) -> dict[Demand, float]:
    """Of demands that share a cell (a limit for every nation, or for every year) the one that gives most."""
    best: dict[tuple[Any, ...], tuple[Demand, float]] = {}
    for demand, units in gives.items():
        cell: tuple[Any, ...] = (demand.rule, demand.key)
        if demand.rule == "type_limit":
            cell = (demand.rule, len(demand.key), demand.key[-1])
        elif demand.rule == "minimum_fleet":
            cell = (demand.rule, scenario.programs[demand.key[1]].capability)
        elif demand.rule == "sustaining_rate":
            cell = demand.family
        if cell not in best or units > best[cell][1]:
            best[cell] = (demand, units)
    return dict(best.values())


_Changed = tuple[Scenario, str, Change]


def _up(value: float) -> float:
    """A whole number if it nearly is one, else rounded up to a ten-thousandth."""
    nearest = round(value)
    if abs(value - nearest) <= _NOISE * max(1.0, abs(value)):
        return float(nearest)
    return float(-(-value // _CENT) * _CENT)


def _whole(units: float) -> int:
    return int(-(-(units - _NOISE) // 1))


def _cell(
    scenario: Scenario, table: str, column: str, key: Mapping[str, Any], new: Any
) -> tuple[Scenario, ChangeCell, Any]:
    """The scenario with one cell changed; the row is found by its key columns."""
    rows = getattr(scenario.tables, table)
    old: Any = None
    changed = []
    for row in rows:
        if all(getattr(row, "class_" if name == "class" else name) == value for name, value in key.items()):
            old = getattr(row, column)
            row = row.model_copy(update={column: new})
        changed.append(row)
    edited = scenario.replace(tables={table: tuple(changed)})
    return edited, ChangeCell(table, column, value=new, key=dict(key)), old


def _budget(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation, money_class, year = demand.key
    row = scenario.budgets[nation, money_class][year]
    new = _up(row.budget_meur + units)
    says = (
        f"raise the {'' if money_class == 'all' else money_class + ' '}budget of {nation} in {year} "
        f"from {words.money(row.budget_meur)} to {words.money(new)}"
    )
    key = {"nation": nation, "year": year, "class": money_class}
    if any((b.nation, b.year, b.class_) == (nation, year, money_class) for b in scenario.tables.budgets):
        edited, change, _ = _cell(scenario, "budgets", "budget_meur", key, new)
        return edited, says, change
    added = row.model_copy(update={"year": year, "budget_meur": new})
    edited = scenario.replace(tables={"budgets": (*scenario.tables.budgets, added)})
    return edited, says, AddRow("budgets", {**key, "budget_meur": new})


def _types(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    capability = demand.key[-1]
    column = "max_types" if len(demand.key) == 1 else "max_types_per_nation"
    return _count(scenario, demand, units, capability, column)


def _count(scenario: Scenario, demand: Demand, units: float, capability: str, column: str, sign: int = 1) -> _Changed:
    """A count of a capability raised or lowered."""
    old = getattr(scenario.capabilities[capability], column) or 0
    new = max(0, old + sign * _whole(units))
    edited, change, _ = _cell(scenario, "capabilities", column, {"capability": capability}, new)
    verb = "raise" if sign > 0 else "lower"
    return edited, f"{verb} {column} of {capability} from {old} to {new}", change


def _fleet(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    capability = scenario.programs[demand.key[1]].capability
    return _count(scenario, demand, units, capability, "min_fleet_units", -1)


def _suppliers(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    return _count(scenario, demand, units, demand.key[0], "min_suppliers", -1)


def _joint_programs(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation = demand.key[0]
    old = scenario.nations[nation].max_joint_programs or 0
    new = old + _whole(units)
    edited, change, _ = _cell(scenario, "nations", "max_joint_programs", {"nation": nation}, new)
    return edited, f"let {nation} enter {new} joint contracts instead of {old}", change


def _interoperability(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    group, capability = demand.key
    rows = tuple(row for row in scenario.tables.groups if (row.group, row.capability) != (group, capability))
    says = f"release {group} from one standard for {capability} ({words.plural(_whole(units), 'program')} break it)"
    return (
        scenario.replace(tables={"groups": rows}),
        says,
        RemoveRow("groups", where={"group": group, "capability": capability}),
    )


def _sector(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation, sector, side = demand.key
    column = "min_work_meur" if side == "least" else "max_work_meur"
    row = next(row for row in scenario.tables.industry if (row.nation, row.sector) == (nation, sector))
    old = getattr(row, column)
    new = max(0.0, -_up(units - old)) if side == "least" else _up(old + units)
    edited, change, _ = _cell(scenario, "industry", column, {"nation": nation, "sector": sector}, new)
    verb = "lower the least" if side == "least" else "raise the most"
    return edited, f"{verb} work of {nation} in {sector} from {words.money(old)} to {words.money(new)}", change


def _sustaining(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation, sector, _ = demand.key
    row = next(row for row in scenario.tables.industry if (row.nation, row.sector) == (nation, sector))
    old = row.min_work_meur_per_year or 0.0
    new = max(0.0, -_up(units - old))
    edited, change, _ = _cell(scenario, "industry", "min_work_meur_per_year", {"nation": nation, "sector": sector}, new)
    return (
        edited,
        f"lower the yearly work of {nation} in {sector} from {words.money(old)} to {words.money(new)}",
        change,
    )


def _half(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    index = demand.key[2]
    row = scenario.needs[index].row
    new = min(1.0, row.max_share_per_nation + units / row.quantity + _NOISE)
    says = f"let one nation carry {words.percent(new)} of {row.nation}'s {row.capability}"
    return _need_cell(scenario, index, "max_share_per_nation", new, says)


def _need(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    index = demand.key[2]
    row = scenario.needs[index].row
    new = max(0.0, -_up(units - row.quantity))
    says = (
        f"ask for {words.count(new)} {row.capability} for {row.nation} by {row.need_by} "
        f"instead of {words.count(row.quantity)}"
    )
    return _need_cell(scenario, index, "quantity", new, says)


def _need_cell(scenario: Scenario, index: int, column: str, new: float, says: str) -> _Changed:
    rows = list(scenario.tables.requirements)
    row = rows[index]
    key = {"nation": row.nation, "capability": row.capability, "need_by": row.need_by}
    if sum(all(getattr(other, name) == value for name, value in key.items()) for other in rows) > 1:
        key |= {"quantity": row.quantity}
    rows[index] = row.model_copy(update={column: new})
    edited = scenario.replace(tables={"requirements": tuple(rows)})
    return edited, says, ChangeCell("requirements", column, value=new, key=key)


def _lock(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    *whom, program, action = demand.key
    nation = whom[0] if whom else None
    rows = tuple(
        row for row in scenario.tables.locks if (row.nation, row.program, row.action) != (nation, program, action)
    )
    where = {"program": program, "action": action, **({"nation": nation} if nation else {})}
    says = f"lift the lock ({action} {program}{' for ' + nation if nation else ''})"
    return scenario.replace(tables={"locks": rows}), says, RemoveRow("locks", where=where)


def _soft(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    says = (
        f"let {demand.rule} give {words.count(units)} {demand.unit} for {' '.join(map(str, demand.key))}: make it soft "
        f"at {words.money(demand.price_meur)} per unit"
    )
    return scenario.with_rule(demand.rule, soft=True), says, SetValue(f"rules.{demand.rule}.soft", True)


_CHANGES: Mapping[str, Callable[[Scenario, Demand, float], _Changed]] = {
    "meet_need": _need,
    "annual_budget": _budget,
    "type_limit": _types,
    "minimum_fleet": _fleet,
    "interoperability": _interoperability,
    "sector_workload": _sector,
    "sustaining_rate": _sustaining,
    "minimum_suppliers": _suppliers,
    "joint_program_limit": _joint_programs,
    "half_rule": _half,
    "locks": _lock,
}
