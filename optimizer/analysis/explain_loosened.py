"""A scenario loosened: what demands give up, written into the tables' own cells, and told as a what-if's changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Iterable

from optimizer import words
from optimizer.analysis.names import (
    capability_name,
    listed,
    name_of,
    nation_name,
    program_name,
    rule_name,
    years_text,
)
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


def in_words(scenario: Scenario, loosenings: Iterable[Loosening]) -> list[str]:
    """What is changed, the years of one budget together."""
    told: dict[object, list[Loosening]] = {}
    for number, loosening in enumerate(loosenings):
        demand = loosening.demand
        told.setdefault(demand.family if demand.rule == "annual_budget" else number, []).append(loosening)
    said = []
    for group in told.values():
        if len(group) == 1:
            said.append(group[0].says)
            continue
        nation, money_class, _ = group[0].demand.key
        money = words.money(sum(loosening.units for loosening in group))
        years = years_text(loosening.demand.key[2] for loosening in group)
        said.append(f"raise {_budget_name(scenario, nation, money_class)} in {years} by {money} in all")
    return said


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
        f"raise {_budget_name(scenario, nation, money_class)} in {year} from {words.money(row.budget_meur)} "
        f"to {words.money(new)}"
    )
    key = {"nation": nation, "year": year, "class": money_class}
    if any((b.nation, b.year, b.class_) == (nation, year, money_class) for b in scenario.tables.budgets):
        edited, change, _ = _cell(scenario, "budgets", "budget_meur", key, new)
        return edited, says, change
    added = row.model_copy(update={"year": year, "budget_meur": new})
    edited = scenario.replace(tables={"budgets": (*scenario.tables.budgets, added)})
    return edited, says, AddRow("budgets", {**key, "budget_meur": new})


def _budget_name(scenario: Scenario, nation: str, money_class: str) -> str:
    return f"the {'' if money_class == 'all' else money_class + ' '}budget of {nation_name(scenario, nation)}"


def _types(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    capability = demand.key[-1]
    if len(demand.key) == 1:
        return _count(scenario, demand, units, capability, "max_types", "allow {new} types of {name} in the alliance")
    column, says = "max_types_per_nation", "allow every nation {new} types of {name}"
    return _count(scenario, demand, units, capability, column, says)


def _count(
    scenario: Scenario, demand: Demand, units: float, capability: str, column: str, says: str, sign: int = 1
) -> _Changed:
    """A count of a capability raised or lowered."""
    old = getattr(scenario.capabilities[capability], column) or 0
    new = max(0, old + sign * _whole(units))
    edited, change, _ = _cell(scenario, "capabilities", column, {"capability": capability}, new)
    text = says.format(new=new, name=capability_name(scenario, capability))
    return edited, f"{text} instead of {words.count(old)}", change


def _fleet(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    capability = scenario.programs[demand.key[1]].capability
    return _count(scenario, demand, units, capability, "min_fleet_units", "take fleets of {new} of {name} or more", -1)


def _suppliers(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    says = "take {name} from {new} lead nations or more"
    return _count(scenario, demand, units, demand.key[0], "min_suppliers", says, -1)


def _joint_programs(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation = demand.key[0]
    old = scenario.nations[nation].max_joint_programs or 0
    new = old + _whole(units)
    edited, change, _ = _cell(scenario, "nations", "max_joint_programs", {"nation": nation}, new)
    return (
        edited,
        f"let {nation_name(scenario, nation)} enter {words.plural(new, 'joint contract')} instead of {old}",
        change,
    )


def _interoperability(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    group, capability = demand.key
    rows = tuple(row for row in scenario.tables.groups if (row.group, row.capability) != (group, capability))
    many = words.plural(_whole(units), "program")
    says = f"release the group {group} from settling on one kind of {capability_name(scenario, capability)}"
    says += f" ({many} {'breaks' if _whole(units) == 1 else 'break'} it)"
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
    what = f"work of {nation_name(scenario, nation)} in the sector {rule_name(sector)}"
    return edited, f"{verb} {what} from {words.money(old)} to {words.money(new)}", change


def _sustaining(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    nation, sector, _ = demand.key
    row = next(row for row in scenario.tables.industry if (row.nation, row.sector) == (nation, sector))
    old = row.min_work_meur_per_year or 0.0
    new = max(0.0, -_up(units - old))
    edited, change, _ = _cell(scenario, "industry", "min_work_meur_per_year", {"nation": nation, "sector": sector}, new)
    what = f"yearly work of {nation_name(scenario, nation)} in the sector {rule_name(sector)}"
    return edited, f"lower the {what} from {words.money(old)} to {words.money(new)}", change


def _half(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    index = demand.key[2]
    row = scenario.needs[index].row
    new = min(1.0, row.max_share_per_nation + units / row.quantity + _NOISE)
    what = capability_name(scenario, row.capability)
    says = f"let one nation carry {words.percent(new)} of the {what} that {row.nation} asks for"
    return _need_cell(scenario, index, "max_share_per_nation", new, says)


def _need(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    index = demand.key[2]
    row = scenario.needs[index].row
    new = max(0.0, -_up(units - row.quantity))
    says = (
        f"ask for {words.count(new)} units of {capability_name(scenario, row.capability)} for "
        f"{nation_name(scenario, row.nation)} by {row.need_by} instead of {words.count(row.quantity)}"
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
    what, who = program_name(scenario, program), nation_name(scenario, nation) if nation else ""
    asks = {
        "require": f"{who or 'somebody'} must buy {what}",
        "forbid": f"{who} may not buy {what}" if who else f"nobody may buy {what}",
        "fix": f"{who or 'all together'} must buy a fixed number of {what}",
    }
    says = f"lift the lock that {asks[action]}"
    return scenario.replace(tables={"locks": rows}), says, RemoveRow("locks", where=where)


def _soft(scenario: Scenario, demand: Demand, units: float) -> _Changed:
    whom = listed([name_of(scenario, part) for part in demand.key])
    says = (
        f"let the rule {rule_name(demand.rule)} give way by {words.count(units)} {demand.unit} for {whom}, at a price "
        f"of {words.money(demand.price_meur)} each"
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
