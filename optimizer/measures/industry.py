"""Industry: who works for whose money, who leans on whom, what comes from outside a bloc, and which lines are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from optimizer.measures.interoperability import bought_by_members, cells, keys_of
from optimizer.measures.ledger import Ledger
from optimizer.plan import Plan
from optimizer.scenario import Contract, Scenario

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "groups": ["group", "capability", "level", "members", "settled_on", "programs", "breaking", "breakers"],
    "work_return": [
        "nation",
        "payment_meur",
        "development_meur",
        "paid_meur",
        "work_meur",
        "return_ratio",
        "due_meur",
        "got_meur",
        "got_ratio",
    ],
    "suppliers": ["nation", "supplier", "value_meur", "share"],
    "dependence": ["nation", "bought_meur", "supplier", "largest_share", "home_share"],
    "content": ["bloc", "bought_meur", "outside_meur", "outside_share"],
    "sectors": ["nation", "sector", "work_meur", "min_work_meur", "max_work_meur", "missing_meur", "beyond_meur"],
    "sector_years": ["nation", "sector", "year", "work_meur", "min_work_meur", "missing_meur"],
}


def counts_for_balance(contract: Contract) -> bool:
    """Whether a contract enters the global balance of work: pooled ones of any kind, and open developments."""
    return contract.pooled or contract.open_development


def due_and_got(scenario: Scenario, ledger: Ledger) -> dict[str, tuple[float, float]]:
    """By nation the work it is due and the work it gets in a finished plan, million euro."""
    due: dict[str, float] = defaultdict(float)
    got: dict[str, float] = defaultdict(float)
    for code, contract in ledger.signed.items():
        if counts_for_balance(contract):
            for nation in scenario.nations:
                money = ledger.production.get((nation, code), 0.0) + ledger.plan.development.get((nation, code), 0.0)
                due[nation] += scenario.inside_share(contract) * money
                got[nation] += ledger.work.get((nation, code), 0.0)
    return {nation: (meur, got[nation]) for nation, meur in due.items()}


def outside_share(scenario: Scenario, program: str, bloc: frozenset[str]) -> float:
    """Share of a program's component value from outside the bloc."""
    return 1.0 - sum(share for nation, share in scenario.shares[program].items() if nation in bloc)


def outside_and_bought(scenario: Scenario, ledger: Ledger, bloc: frozenset[str]) -> tuple[float, float]:
    """Component value from outside, and all that the members buy, in a finished plan, million euro."""
    bought = outside = 0.0
    for (nation, code), meur in ledger.production.items():
        if nation in bloc:
            bought += meur
            outside += outside_share(scenario, scenario.contracts[code].program, bloc) * meur
    return outside, bought


def sector_work_by_year(ledger: Ledger, nation: str, sector: str) -> dict[int, float]:
    """Work that payments bring to a nation's sector in each year: component share of what is due, million euro."""
    scenario = ledger.scenario
    done = {year: 0.0 for year in scenario.years}
    for (buyer, code), by_year in ledger.deliveries.items():
        contract = scenario.contracts[code]
        share = scenario.shares[contract.program].get(nation, 0.0)
        if share and scenario.capabilities[contract.capability].sector == sector:
            for year, units in by_year.items():
                for paid_in, part in scenario.payments_due(contract.program, year):
                    done[paid_in] += share * part * units * ledger.unit_price(buyer, code)
    for (_, code), meur in ledger.plan.development.items():
        signed = ledger.signed.get(code)
        if signed is not None and scenario.capabilities[signed.capability].sector == sector:
            share = scenario.shares[signed.program].get(nation, 0.0)
            for year, part in scenario.development_profile[signed.program].items():
                done[year] += share * part * meur
    return done


def industry_tables(scenario: Scenario, plan: Plan) -> dict[str, pd.DataFrame]:
    """What a plan means for groups and industry, by name, with the columns of `COLUMNS`; undiscounted money."""
    import pandas as pd

    ledger = Ledger(scenario, plan)
    rows = {
        "groups": _groups(ledger),
        "work_return": _work_return(ledger),
        "suppliers": _suppliers(ledger),
        "dependence": _dependence(ledger),
        "content": _content(ledger),
        "sectors": _sectors(ledger),
        "sector_years": _sector_years(ledger),
    }
    return {name: pd.DataFrame(found, columns=COLUMNS[name]) for name, found in rows.items()}


def _groups(ledger: Ledger) -> list[dict[str, object]]:
    """Each group and capability: the open keys that most programs bought carry, and the programs and buyers without."""
    rows: list[dict[str, object]] = []
    for cell in cells(ledger.scenario):
        programs = sorted(bought_by_members(cell, ledger))
        carried = {program: keys_of(ledger.scenario, program, cell.level) for program in programs}
        counts = {
            key: sum(key in carried[program] for program in programs) for key in cell.keys if key not in cell.ruled_out
        }
        best = max(counts.values(), default=0)
        common = [key for key, count in sorted(counts.items()) if best and count == best]
        # Where one key must stand for a split cell, the first of those that most programs carry.
        settled = common if best == len(programs) else common[:1]
        breaking = [program for program in programs if not carried[program] & set(settled)]
        buyers = {nation for nation, program in ledger.program_units if nation in cell.members and program in breaking}
        rows.append(
            {
                "group": cell.group,
                "capability": cell.capability,
                "level": cell.level,
                "members": len(cell.members),
                "settled_on": _listed(settled),
                "programs": _listed(programs),
                "breaking": _listed(breaking),
                "breakers": _listed(buyers),
            }
        )
    return rows


def _listed(codes: Iterable[str]) -> str:
    return ";".join(sorted(codes))


def _work_return(ledger: Ledger) -> list[dict[str, object]]:
    """Work against payment by nation: over everything, and over the contracts that the fair return counts."""
    scenario = ledger.scenario
    bought, developed, work = (defaultdict[str, float](float) for _ in range(3))
    for (nation, _), meur in ledger.production.items():
        bought[nation] += meur
    for (nation, _), meur in (*ledger.plan.development.items(), *ledger.plan.elements.items()):
        developed[nation] += meur
    for (nation, _), meur in ledger.work.items():
        work[nation] += meur
    balance = due_and_got(scenario, ledger)
    rows: list[dict[str, object]] = []
    for nation in scenario.nations:
        paid = bought[nation] + developed[nation]
        due, got = balance.get(nation, (0.0, 0.0))
        rows.append(
            {
                "nation": nation,
                "payment_meur": bought[nation],
                "development_meur": developed[nation],
                "paid_meur": paid,
                "work_meur": work[nation],
                "return_ratio": work[nation] / paid if paid > 0.0 else None,
                "due_meur": due,
                "got_meur": got,
                "got_ratio": got / due if due > 0.0 else None,
            }
        )
    return rows


def _supplied(ledger: Ledger) -> dict[tuple[str, str], float]:
    """Component value of what a nation buys by (nation, supplier nation), itself included."""
    value: dict[tuple[str, str], float] = defaultdict(float)
    for (nation, code), meur in ledger.production.items():
        for supplier, share in ledger.scenario.shares[ledger.scenario.contracts[code].program].items():
            if share > 0.0:
                value[nation, supplier] += share * meur
    return value


def _bought(ledger: Ledger) -> dict[str, float]:
    bought: dict[str, float] = defaultdict(float)
    for (nation, _), meur in ledger.production.items():
        bought[nation] += meur
    return bought


def _suppliers(ledger: Ledger) -> list[dict[str, object]]:
    bought = _bought(ledger)
    return [
        {"nation": nation, "supplier": supplier, "value_meur": meur, "share": meur / bought[nation]}
        for (nation, supplier), meur in sorted(_supplied(ledger).items())
        if bought[nation] > 0.0
    ]


def _dependence(ledger: Ledger) -> list[dict[str, object]]:
    """The foreign supplier that each buyer leans on most, and what comes from home."""
    value = _supplied(ledger)
    rows: list[dict[str, object]] = []
    for nation, meur in sorted(_bought(ledger).items()):
        if meur <= 0.0:
            continue
        foreign = {supplier: part for (n, supplier), part in value.items() if n == nation and supplier != nation}
        most = max(foreign, key=lambda supplier: (foreign[supplier], supplier), default=None)
        rows.append(
            {
                "nation": nation,
                "bought_meur": meur,
                "supplier": most,
                "largest_share": 0.0 if most is None else foreign[most] / meur,
                "home_share": value.get((nation, nation), 0.0) / meur,
            }
        )
    return rows


def _content(ledger: Ledger) -> list[dict[str, object]]:
    """For each bloc the component value from outside it in what its members buy."""
    scenario = ledger.scenario
    rows: list[dict[str, object]] = []
    for bloc, members in sorted(scenario.blocs.items()):
        outside, bought = outside_and_bought(scenario, ledger, frozenset(members))
        rows.append(
            {
                "bloc": bloc,
                "bought_meur": bought,
                "outside_meur": outside,
                "outside_share": outside / bought if bought > 0.0 else None,
            }
        )
    return rows


def _sectors(ledger: Ledger) -> list[dict[str, object]]:
    """Work over the horizon against the sovereign minimum and the capacity, by row of industry.csv."""
    scenario = ledger.scenario
    rows: list[dict[str, object]] = []
    for row in scenario.tables.industry:
        work = sum(
            meur
            for (nation, code), meur in ledger.work.items()
            if nation == row.nation and scenario.capabilities[scenario.contracts[code].capability].sector == row.sector
        )
        rows.append(
            {
                "nation": row.nation,
                "sector": row.sector,
                "work_meur": work,
                "min_work_meur": row.min_work_meur,
                "max_work_meur": row.max_work_meur,
                "missing_meur": max(0.0, (row.min_work_meur or 0.0) - work),
                "beyond_meur": 0.0 if row.max_work_meur is None else max(0.0, work - row.max_work_meur),
            }
        )
    return rows


def _sector_years(ledger: Ledger) -> list[dict[str, object]]:
    """Work a year against the least a line needs, by row of industry.csv and year."""
    rows: list[dict[str, object]] = []
    for row in ledger.scenario.tables.industry:
        least = row.min_work_meur_per_year
        for year, work in sector_work_by_year(ledger, row.nation, row.sector).items():
            rows.append(
                {
                    "nation": row.nation,
                    "sector": row.sector,
                    "year": year,
                    "work_meur": work,
                    "min_work_meur": least,
                    "missing_meur": max(0.0, (least or 0.0) - work),
                }
            )
    return rows
