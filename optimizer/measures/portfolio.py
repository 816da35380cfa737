"""Portfolio: a plan read by cell, program, nation and year - who takes what, with whom, and what serves which need."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.measures.coverage import new_units
from optimizer.measures.ledger import Ledger
from optimizer.plan import Plan
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "cells": [
        "nation",
        "program",
        "capability",
        "domain",
        "units",
        "payment_meur",
        "development_meur",
        "total_meur",
        "first_year",
        "last_year",
    ],
    "deliveries": ["program", "capability", "contract", "year", "nation", "units"],
    "contracts": [
        "program",
        "capability",
        "contract",
        "nations",
        "partners",
        "units",
        "band_from_units",
        "band_to_units",
        "band_price_meur",
        "first_year",
        "last_year",
        "work_value_meur",
    ],
    "needs": ["nation", "capability", "year", "required_units", "standing_units", "new_units", "short_units"],
    "contract_work": ["contract", "nation", "work_meur", "share"],
    "fellows": ["nation", "other", "contracts", "payment_meur"],
}


def portfolio_tables(scenario: Scenario, plan: Plan) -> dict[str, pd.DataFrame]:
    """The portfolio by name: cells, deliveries, contracts, needs, contract_work, fellows; undiscounted money.

    Columns are those of `COLUMNS`. `payment_meur` of a cell is the sum of its allocations, `total_meur` has the
    development and element money on top.
    """
    import pandas as pd

    ledger = Ledger(scenario, plan)
    rows = {
        "cells": _cells(ledger),
        "deliveries": _deliveries(ledger),
        "contracts": _contracts(ledger),
        "needs": _needs(ledger),
        "contract_work": _contract_work(ledger),
        "fellows": _fellows(ledger),
    }
    return {name: pd.DataFrame(found, columns=COLUMNS[name]) for name, found in rows.items()}


def _cells(ledger: Ledger) -> list[dict[str, object]]:
    """One row for each nation and program with units or money."""
    scenario = ledger.scenario
    paid: dict[tuple[str, str], float] = defaultdict(float)
    developed: dict[tuple[str, str], float] = defaultdict(float)
    for (nation, code), meur in ledger.production.items():
        paid[nation, scenario.contracts[code].program] += meur
    for (nation, code), meur in (*ledger.plan.development.items(), *ledger.plan.elements.items()):
        if meur and code in scenario.contracts:
            developed[nation, scenario.contracts[code].program] += meur
    rows: list[dict[str, object]] = []
    for nation, program in sorted({*paid, *developed}):
        by_year = ledger.program_units.get((nation, program), {})
        capability = scenario.programs[program].capability
        rows.append(
            {
                "nation": nation,
                "program": program,
                "capability": capability,
                "domain": scenario.capabilities[capability].domain,
                "units": sum(by_year.values()),
                "payment_meur": paid[nation, program],
                "development_meur": developed[nation, program],
                "total_meur": paid[nation, program] + developed[nation, program],
                "first_year": min(by_year, default=None),
                "last_year": max(by_year, default=None),
            }
        )
    return rows


def _deliveries(ledger: Ledger) -> list[dict[str, object]]:
    contracts = ledger.scenario.contracts
    return [
        {
            "program": contracts[code].program,
            "capability": contracts[code].capability,
            "contract": code,
            "year": year,
            "nation": nation,
            "units": units,
        }
        for (nation, code), by_year in sorted(ledger.deliveries.items(), key=lambda item: item[0][::-1])
        for year, units in sorted(by_year.items())
    ]


def _contract_work(ledger: Ledger) -> list[dict[str, object]]:
    """Where each contract's work lies, the largest part first."""
    return [
        {"contract": code, "nation": nation, "work_meur": meur, "share": meur / ledger.value(code)}
        for (nation, code), meur in sorted(ledger.work.items(), key=lambda item: (item[0][1], -item[1], item[0][0]))
        if ledger.value(code) > 0.0
    ]


def _contracts(ledger: Ledger) -> list[dict[str, object]]:
    """One row for each signed contract, with the price band its volume has reached."""
    rows: list[dict[str, object]] = []
    for code, contract in ledger.signed.items():
        band = ledger.band(code)
        years = [year for nation in ledger.joined[code] for year in ledger.deliveries[nation, code]]
        rows.append(
            {
                "program": contract.program,
                "capability": contract.capability,
                "contract": code,
                "nations": len(ledger.joined[code]),
                "partners": len(ledger.partners(code)) if contract.open_development else 0,
                "units": ledger.totals[code],
                "band_from_units": band.first,
                "band_to_units": band.last,
                "band_price_meur": band.price_meur,
                "first_year": min(years),
                "last_year": max(years),
                "work_value_meur": ledger.value(code),
            }
        )
    return rows


def _needs(ledger: Ledger) -> list[dict[str, object]]:
    """Required units due, standing, newly delivered and short by (nation or bloc, capability, year).

    Of the units in service those count whose grade is at least the lowest that is asked for; what is short is the same
    as in shortfalls.csv. A bloc's target counts what its members have, beyond the share any one may carry.
    """
    scenario = ledger.scenario
    delivered = new_units(scenario, ledger.program_units)
    short: dict[tuple[str, str, int], float] = defaultdict(float)
    for (index, year), units in ledger.shortfalls.items():
        row = scenario.needs[index].row
        short[row.nation, row.capability, year] += units
    grouped: dict[tuple[str, str], list[int]] = defaultdict(list)
    for need in scenario.needs:
        grouped[need.row.nation, need.row.capability].append(need.index)
    rows: list[dict[str, object]] = []
    for (owner, capability), indices in sorted(grouped.items()):
        needs = [scenario.needs[index] for index in indices]
        members = sorted({member for need in needs for member in need.members})
        contracted = sum(scenario.bloc_contracted(need) for need in needs if need.is_bloc)
        for year in scenario.years:
            due = [need.row for need in needs if max(need.row.need_by, scenario.first_year) <= year]
            lowest = min(need.row.min_grade for need in needs)
            standing = sum(scenario.in_stock(member, capability, year, lowest) for member in members)
            new = sum(
                by_year[year]
                for (nation, what, grade), by_year in delivered.items()
                if what == capability and nation in members and grade >= lowest
            )
            rows.append(
                {
                    "nation": owner,
                    "capability": capability,
                    "year": year,
                    "required_units": sum(row.quantity for row in due),
                    "standing_units": standing + contracted,
                    "new_units": new,
                    "short_units": short[owner, capability, year],
                }
            )
    return rows


def _fellows(ledger: Ledger) -> list[dict[str, object]]:
    """For each two nations in a same contract: how many such contracts, and what the first pays in them."""
    contracts: dict[tuple[str, str], int] = defaultdict(int)
    paid: dict[tuple[str, str], float] = defaultdict(float)
    for code, nations in ledger.joined.items():
        for nation in nations:
            for other in nations:
                if other != nation:
                    contracts[nation, other] += 1
                    paid[nation, other] += ledger.production[nation, code] + ledger.plan.development.get(
                        (nation, code), 0.0
                    )
    return [
        {"nation": nation, "other": other, "contracts": count, "payment_meur": paid[nation, other]}
        for (nation, other), count in sorted(contracts.items())
    ]
