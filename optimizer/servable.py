"""Whether what is asked can be served at all: checks that need eligibility, delivery windows and limits."""

from __future__ import annotations

from optimizer.model.rules.interoperability import cells, keys_of
from optimizer.problems import Problem
from optimizer.scenario import Scenario


def check_servable(scenario: Scenario) -> tuple[list[Problem], list[Problem]]:
    """Faults (nothing may be solved) and warnings (a priced shortfall or an unused row is the consequence)."""
    faults: list[Problem] = []
    warnings: list[Problem] = []
    _needs(scenario, faults, warnings)
    _locks(scenario, faults)
    _groups(scenario, faults)
    _programs(scenario, warnings)
    return faults, warnings


def _needs(scenario: Scenario, faults: list[Problem], warnings: list[Problem]) -> None:
    for need in scenario.needs:
        row = need.row
        open_units = row.quantity - row.contracted_units
        if need.is_bloc or open_units <= 0.0:
            continue
        sellers = [
            p
            for p in scenario.programs_of[row.capability]
            if row.nation in scenario.eligible[p] and scenario.programs[p].grade >= row.min_grade
        ]
        able = [p for p in sellers if (row.nation, p) in scenario.pairs]
        covered = (
            scenario.in_stock(row.nation, row.capability, max(row.need_by, scenario.first_year), row.min_grade)
            >= row.quantity
        )
        into = faults if row.must_meet else warnings
        if covered or scenario.settings.pooling.mode == "as_is":
            continue
        if not able:
            into.append(
                Problem(
                    "requirements.csv",
                    row.line or None,
                    "capability",
                    row.capability,
                    f"no program of sufficient grade can deliver to {row.nation} inside the horizon",
                    "Add a program, or widen buyers, export.csv, offers.csv, min_grade or the horizon; "
                    "otherwise the need stays short.",
                )
            )
            continue
        earliest = min(scenario.pairs[row.nation, p].earliest for p in able)
        if earliest > max(row.need_by, scenario.first_year):
            into.append(
                Problem(
                    "requirements.csv",
                    row.line or None,
                    "need_by",
                    str(row.need_by),
                    f"needed before any program can deliver to {row.nation} (first possible delivery: {earliest})",
                    f"Set need_by to {earliest} or later, or accept the shortfall until then.",
                )
            )


def _locks(scenario: Scenario, faults: list[Problem]) -> None:
    for lock in scenario.tables.locks:
        if lock.action == "forbid" or (lock.action == "fix" and not lock.units):
            continue
        row = scenario.known_programs.get(lock.program)
        if row is None:
            continue
        place = ("locks.csv", lock.line or None)
        if lock.program not in scenario.programs:
            faults.append(
                Problem(
                    *place,
                    "program",
                    lock.program,
                    "the program is a cancelled counterfactual",
                    "Set include_counterfactuals = true, or remove the lock.",
                )
            )
            continue
        contracts = scenario.contracts_of[lock.program]
        able = {nation for contract in contracts for nation in contract.nations}
        if lock.nation is not None and lock.nation not in able:
            faults.append(
                Problem(
                    *place,
                    "nation",
                    lock.nation,
                    f"{lock.nation} cannot buy {lock.program}",
                    "Check buyers, export.csv, offers.csv, the delivery window and its requirements.",
                )
            )
            continue
        if not contracts:
            faults.append(
                Problem(
                    *place,
                    "program",
                    lock.program,
                    "no nation can buy the program",
                    "Remove the lock, or open the program to a nation that needs it.",
                )
            )
            continue
        years = {
            year
            for nation in able
            if lock.nation in (None, nation)
            for year in scenario.pairs[nation, lock.program].years
        }
        open_years = {year for year in years if (lock.first_delivery or year) <= year <= (lock.last_delivery or year)}
        if not open_years:
            column = "last_delivery" if lock.first_delivery is None else "first_delivery"
            faults.append(
                Problem(
                    *place,
                    column,
                    str(getattr(lock, column)),
                    f"no delivery is possible then, only from {min(years)} to {max(years)}",
                    "Choose years within these.",
                )
            )
            continue
        if lock.units is None:
            continue
        if lock.nation is not None:
            most = scenario.pairs[lock.nation, lock.program].max_units
        else:
            most = sum(scenario.pairs[nation, lock.program].max_units for nation in able)
            most = most if row.max_units is None else min(most, row.max_units)
        if row.annual_capacity_units is not None:
            most = min(most, int(len(open_years) * row.annual_capacity_units + 1e-9))
        if lock.units > most:
            faults.append(
                Problem(
                    *place,
                    "units",
                    str(lock.units),
                    f"at most {most} units are possible",
                    "Lower the units, or raise the limit they meet (need, max_units, capacity).",
                )
            )
        budget = _all_money(scenario, lock.nation)
        if lock.nation is not None and lock.units and budget is not None:
            cheapest = min(band.price_meur for band in scenario.bands[lock.program])
            offer = scenario.pairs[lock.nation, lock.program].fixed_price_meur
            cost = lock.units * (cheapest if offer is None else offer)
            if cost > budget and not _soft(scenario):
                faults.append(
                    Problem(
                        *place,
                        "units",
                        str(lock.units),
                        f"costs at least {cost:,.0f} million euro; all budgets of {lock.nation} hold {budget:,.0f}",
                        "Lower the units or raise the budget.",
                    )
                )


def _soft(scenario: Scenario) -> bool:
    body = scenario.settings.rules.get("annual_budget", {})
    return bool(body.get("soft", False)) or not body.get("on", True)


def _all_money(scenario: Scenario, nation: str | None) -> float | None:
    """Money of a nation over the horizon, or None where some year has no limit."""
    rows = scenario.budgets.get((nation or "", "all"), {})
    if len(rows) < len(scenario.years):
        return None
    return sum(row.budget_meur for row in rows.values())


def _groups(scenario: Scenario, faults: list[Problem]) -> None:
    lines = {(row.group, row.capability): row.line for row in scenario.tables.groups}
    for cell in cells(scenario):
        carried = {
            key for program in scenario.programs_of[cell.capability] for key in keys_of(scenario, program, cell.level)
        }
        if not carried and scenario.programs_of[cell.capability]:
            faults.append(
                Problem(
                    "groups.csv",
                    lines[cell.group, cell.capability] or None,
                    "level",
                    cell.level,
                    f"group {cell.group} has no common standard: no program of {cell.capability} carries any",
                    "Name standards in programs.csv, or choose another level.",
                )
            )


def _programs(scenario: Scenario, warnings: list[Problem]) -> None:
    for code, row in scenario.programs.items():
        if row.kind in ("off_the_shelf", "pooled_service") and row.development_meur:
            warnings.append(
                Problem(
                    "programs.csv",
                    row.line or None,
                    "development_meur",
                    f"{row.development_meur:g}",
                    f"{code} is {row.kind.replace('_', ' ')}, so this development cost is never paid",
                    "Make it a development, or fold the cost into unit_cost_meur.",
                )
            )
    if scenario.tables.instruments:
        warnings.append(
            Problem(
                "instruments.csv",
                None,
                None,
                None,
                "co-funding instruments are not modeled yet",
                "The table is checked and carried, but no grant is computed.",
            )
        )
