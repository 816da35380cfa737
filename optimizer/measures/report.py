"""Report: the figures of result.json and the result tables of a plan."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from optimizer.measures.ledger import CLASSES, Ledger
from optimizer.plan import Plan
from optimizer.scenario import Scenario

COLUMNS = {
    "allocations": ["nation", "program", "capability", "contract", "year", "units", "unit_price_meur", "payment_meur"],
    "programs": [
        "program",
        "capability",
        "kind",
        "pool",
        "launched",
        "partners",
        "customers",
        "units",
        "unit_price_meur",
        "development_meur",
        "grants_meur",
    ],
    "nations": [
        "nation",
        "units",
        "cost_meur",
        "national_cost_meur",
        "saving_meur",
        "saving_share",
        "shortfall_meur",
        "development_meur",
        "work_meur",
        "return_ratio",
        "types",
        "shortfall_unit_years",
    ],
    "capabilities": [
        "capability",
        "units",
        "types",
        "families",
        "effective_types",
        "shortfall_unit_years",
        "cost_meur",
    ],
    "payments": ["nation", "year", "class", "payment_meur", "budget_meur"],
    "work": ["nation", "program", "work_meur", "share"],
    "shortfalls": ["nation", "capability", "year", "units"],
}


def figures(scenario: Scenario, plan: Plan, ledger: Ledger | None = None) -> dict[str, float]:
    """The single figures of result.json: undiscounted cost, types, effective types, shortfall, contracts.

    `ledger` is that of the plan where there is one already.
    """
    ledger = ledger or Ledger(scenario, plan)
    effective = effective_types(ledger)
    return {
        "cost_undiscounted_meur": sum(ledger.payments.values()),
        "types": sum(len(types) for types in ledger.types.values()),
        "effective_types": sum(effective.values()),
        "shortfall_unit_years": sum(ledger.shortfalls.values()),
        "contracts": len(ledger.signed),
    }


def effective_types(ledger: Ledger) -> dict[str, float]:
    """1 / sum of squared shares of units by type, new units and fleets at the horizon's end, by capability."""
    scenario = ledger.scenario
    units: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (_, program), by_year in ledger.program_units.items():
        capability = scenario.programs[program].capability
        units[capability][scenario.type_key(capability, program)] += sum(by_year.values())
    for fleet in scenario.tables.fleets:
        if fleet.retires is None or fleet.retires > scenario.last_year:
            units[fleet.capability][scenario.type_key(fleet.capability, fleet.program)] += fleet.units
    for need in scenario.needs:
        row = need.row
        if row.contracted_units > 0.0 and row.baseline_program:
            key = scenario.type_key(row.capability, row.baseline_program)
            units[row.capability][key] += row.contracted_units
    result = {}
    for capability, by_type in units.items():
        total = sum(by_type.values())
        if total > 0.0:
            result[capability] = 1.0 / sum((count / total) ** 2 for count in by_type.values())
    return result


def result_tables(scenario: Scenario, plan: Plan, ledger: Ledger | None = None) -> dict[str, pd.DataFrame]:
    """Every result table by name (docs/results.md); the national comparison columns of `nations` are left empty.

    `ledger` is that of the plan where there is one already.
    """
    ledger = ledger or Ledger(scenario, plan)
    tables = {
        "allocations": _allocations(ledger),
        "programs": _programs(ledger),
        "nations": _nations(ledger),
        "capabilities": _capabilities(ledger),
        "payments": _payments(ledger),
        "work": _work(ledger),
        "shortfalls": _shortfalls(ledger),
    }
    return {name: pd.DataFrame(rows, columns=COLUMNS[name]) for name, rows in tables.items()}


def _allocations(ledger: Ledger) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for (nation, code), by_year in sorted(ledger.deliveries.items()):
        contract = ledger.scenario.contracts[code]
        price = ledger.unit_price(nation, code)
        for year, units in sorted(by_year.items()):
            rows.append(
                {
                    "nation": nation,
                    "program": contract.program,
                    "capability": contract.capability,
                    "contract": code,
                    "year": year,
                    "units": units,
                    "unit_price_meur": price,
                    "payment_meur": price * units,
                }
            )
    return rows


def _programs(ledger: Ledger) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for code, contract in ledger.signed.items():
        scenario = ledger.scenario
        joined = ledger.joined[code]
        partners = [n for n in joined if n in scenario.partners[contract.program]] if contract.open_development else []
        units = ledger.totals[code]
        paid = sum(ledger.production[n, code] for n in joined)
        rows.append(
            {
                "program": contract.program,
                "capability": contract.capability,
                "kind": scenario.programs[contract.program].kind,
                "pool": contract.pool_name,
                "launched": "yes",
                "partners": ";".join(partners),
                "customers": ";".join(n for n in joined if n not in partners),
                "units": units,
                "unit_price_meur": paid / units,
                "development_meur": ledger.development_cost(code) + ledger.element_cost(code),
                "grants_meur": sum(meur for (a, _), meur in ledger.plan.grants.items() if a == code),
            }
        )
    return rows


def _nations(ledger: Ledger) -> list[dict[str, object]]:
    scenario = ledger.scenario
    units: dict[str, float] = defaultdict(float)
    produced: dict[str, float] = defaultdict(float)
    for (nation, code), count in ledger.units.items():
        units[nation] += count
        produced[nation] += ledger.production[nation, code]
    developed: dict[str, float] = defaultdict(float)
    for (nation, _), meur in (*ledger.plan.development.items(), *ledger.plan.elements.items()):
        developed[nation] += meur
    work: dict[str, float] = defaultdict(float)
    for (nation, _), meur in ledger.work.items():
        work[nation] += meur
    missing: dict[str, float] = defaultdict(float)
    for (need, _), short in ledger.shortfalls.items():
        missing[scenario.needs[need].row.nation] += short
    types: dict[str, int] = defaultdict(int)
    for (nation, _), keys in ledger.nation_types.items():
        types[nation] += len(keys)
    rows: list[dict[str, object]] = []
    for nation in scenario.nations:
        paid = produced[nation] + developed[nation]
        rows.append(
            {
                "nation": nation,
                "units": units[nation],
                "cost_meur": ledger.nation_cost[nation],
                "national_cost_meur": None,
                "saving_meur": None,
                "saving_share": None,
                "shortfall_meur": ledger.nation_shortfall_cost[nation],
                "development_meur": developed[nation],
                "work_meur": work[nation],
                "return_ratio": work[nation] / paid if paid > 0.0 else None,
                "types": types[nation],
                "shortfall_unit_years": missing[nation],
            }
        )
    return rows


def _capabilities(ledger: Ledger) -> list[dict[str, object]]:
    scenario = ledger.scenario
    effective = effective_types(ledger)
    units: dict[str, float] = defaultdict(float)
    cost: dict[str, float] = defaultdict(float)
    families: dict[str, set[str]] = defaultdict(set)
    for (nation, program), by_year in ledger.program_units.items():
        capability = scenario.programs[program].capability
        pair = scenario.pairs[nation, program]
        units[capability] += sum(by_year.values())
        families[capability].add(scenario.family(program))
        cost[capability] += pair.joining_meur * scenario.discount(pair.earliest) + sum(
            pair.operating_meur_per_year * scenario.discount(year)
            for year in range(pair.earliest, scenario.last_year + 1)
        )
        in_service = 0.0
        for year in scenario.years:
            in_service += by_year.get(year, 0.0)
            cost[capability] += (
                scenario.programs[program].support_meur_per_unit_year * in_service * scenario.discount(year)
            )
    for (nation, code), by_year in ledger.deliveries.items():
        contract = scenario.contracts[code]
        discount = scenario.payment_discount[contract.program]
        cost[contract.capability] += sum(
            count * ledger.unit_price(nation, code) * discount[year] for year, count in by_year.items()
        )
    for code, contract in ledger.signed.items():
        cost[contract.capability] += scenario.development_discount[contract.program] * (
            ledger.development_cost(code) + ledger.element_cost(code)
        )
    missing: dict[str, float] = defaultdict(float)
    for (need, _), short in ledger.shortfalls.items():
        missing[scenario.needs[need].row.capability] += short
    return [
        {
            "capability": capability,
            "units": units[capability],
            "types": len(ledger.types[capability]),
            "families": len(families[capability]),
            "effective_types": effective.get(capability, 0.0),
            "shortfall_unit_years": missing[capability],
            "cost_meur": cost[capability],
        }
        for capability in scenario.capabilities
    ]


def _payments(ledger: Ledger) -> list[dict[str, object]]:
    scenario = ledger.scenario
    rows: list[dict[str, object]] = []
    for nation in scenario.nations:
        for year in scenario.years:
            for money_class in (*CLASSES, "all"):
                paid = ledger.paid(nation, year, money_class)
                budget = scenario.budgets.get((nation, money_class), {}).get(year)
                if paid or budget is not None:
                    rows.append(
                        {
                            "nation": nation,
                            "year": year,
                            "class": money_class,
                            "payment_meur": paid,
                            "budget_meur": None if budget is None else budget.budget_meur,
                        }
                    )
    return rows


def _work(ledger: Ledger) -> list[dict[str, object]]:
    work: dict[tuple[str, str], float] = defaultdict(float)
    value: dict[str, float] = defaultdict(float)
    for code, contract in ledger.signed.items():
        value[contract.program] += ledger.value(code)
    for (nation, code), meur in ledger.work.items():
        work[nation, ledger.scenario.contracts[code].program] += meur
    return [
        {
            "nation": nation,
            "program": program,
            "work_meur": meur,
            "share": meur / value[program] if value[program] > 0.0 else None,
        }
        for (nation, program), meur in sorted(work.items())
    ]


def _shortfalls(ledger: Ledger) -> list[dict[str, object]]:
    missing: dict[tuple[str, str, int], float] = defaultdict(float)
    for (need, year), units in ledger.shortfalls.items():
        row = ledger.scenario.needs[need].row
        missing[row.nation, row.capability, year] += units
    return [{"nation": n, "capability": c, "year": t, "units": units} for (n, c, t), units in sorted(missing.items())]
