"""Two simple plans for a generated scenario: one that its limits are set from, one that shows it has a plan."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from optimizer.measures.ledger import Ledger
from optimizer.model.rules import annual_budget
from optimizer.plan import Plan
from optimizer.scenario import Contract, Need, Scenario

# Part of what could be sold that a line is taken to sell when its price is judged.
LIKELY_SHARE = 0.5
LIKELY_PARTNERS = 3


def reference_plan(scenario: Scenario) -> Plan:
    """A plan with pooled contracts only, one program per nation and capability.

    It keeps groups on one program, line capacities, minimum orders, partner counts and type limits, and knows
    nothing of budgets and shares of work: its payments and work are what those are measured against.
    """
    deliveries: dict[tuple[str, str, int], int] = {}
    development: dict[tuple[str, str], float] = {}
    work: dict[tuple[str, str], float] = {}
    together = _bound_together(scenario)
    for capability in scenario.capabilities:
        needs = {n: rows[0] for (n, c), rows in scenario.national_needs.items() if c == capability}
        for program, nations in _choices(scenario, capability, needs, together[capability]).items():
            contract = _pooled(scenario, program)
            assert contract is not None
            units = {nation: scenario.pairs[nation, program].max_units for nation in nations}
            made = _deliveries(scenario, contract, _within_line(scenario, contract, units), needs)
            deliveries.update(made)
            money, placed = _development(scenario, contract, made)
            development.update(money)
            work.update(placed)
    return Plan(deliveries=deliveries, development=development, work=work)


def _pooled(scenario: Scenario, program: str) -> Contract | None:
    return next((contract for contract in scenario.contracts_of[program] if contract.pooled), None)


def _bound_together(scenario: Scenario) -> dict[str, list[frozenset[str]]]:
    """Nations that must settle on one program, by capability: members of groups, overlapping groups as one."""
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in scenario.tables.groups:
        members[row.group, row.capability].add(row.nation)
    table: dict[str, list[frozenset[str]]] = {capability: [] for capability in scenario.capabilities}
    for (_, capability), nations in sorted(members.items()):
        touching = [other for other in table[capability] if other & nations]
        table[capability] = [other for other in table[capability] if not other & nations]
        table[capability].append(frozenset(nations).union(*touching))
    return table


def _choices(
    scenario: Scenario, capability: str, needs: Mapping[str, Need], together: Iterable[frozenset[str]]
) -> dict[str, list[str]]:
    """Buyers by program; programs that too few choose are given up one by one, the least wanted first."""
    programs = {p for p in scenario.programs_of[capability] if _pooled(scenario, p) is not None}
    while True:
        cost = {
            (n, p): _unit_cost(scenario, n, p, needs[n]) * needs[n].row.quantity
            for p in programs
            for n in needs
            if (n, p) in scenario.pairs
        }
        buyers: dict[str, list[str]] = defaultdict(list)
        bound = {nation: bundle for bundle in together for nation in bundle if nation in needs}
        bundles = {tuple(sorted(bound.get(nation, {nation}) & set(needs))) for nation in needs}
        for bundle in sorted(bundles):
            able = [p for p in programs if all((nation, p) in cost for nation in bundle)]
            if able:
                best = min(able, key=lambda p: (sum(cost[nation, p] for nation in bundle), p))
                buyers[best] += bundle
        units = {p: sum(scenario.pairs[n, p].max_units for n in nations) for p, nations in buyers.items()}
        weak = [p for p, nations in buyers.items() if not _can_start(scenario, p, nations, units[p])]
        families = {scenario.family(p) for p in buyers}
        most = scenario.capabilities[capability].max_types
        if not weak and most is not None and len(families) > most:
            weak = list(buyers)
        if not weak:
            return {p: sorted(buyers[p]) for p in sorted(buyers)}
        programs.discard(min(weak, key=lambda p: (units[p], p)))


def _can_start(scenario: Scenario, program: str, nations: Iterable[str], units: int) -> bool:
    contract = _pooled(scenario, program)
    assert contract is not None
    partners = len(set(nations) & set(contract.possible_partners))
    if contract.open_development and partners not in contract.partner_counts:
        return False
    return units - units % scenario.programs[program].lot_units >= scenario.minimum_total(program)


def _unit_cost(scenario: Scenario, nation: str, program: str, need: Need) -> float:
    """Rough cost of a unit to a nation, million euro: price, support, development, introduction, and delay."""
    contract = _pooled(scenario, program)
    assert contract is not None
    row = scenario.programs[program]
    pair = scenario.pairs[nation, program]
    likely = max(1, round(LIKELY_SHARE * contract.max_total))
    price = scenario.unit_price(contract, nation, scenario.band_of(program, likely))
    start = max(need.row.need_by, pair.earliest)
    support = row.support_meur_per_unit_year * (scenario.last_year - start + 1)
    developing = 0.0
    if contract.open_development:
        partners = min(LIKELY_PARTNERS, len(contract.possible_partners))
        developing = scenario.development_meur(program) * partners**row.partner_exponent / likely
    years = scenario.last_year - pair.earliest + 1
    introducing = (pair.joining_meur + pair.operating_meur_per_year * years) / max(1, pair.max_units)
    missing = scenario.capabilities[row.capability].shortfall_meur_per_unit_year or 0.0
    return price + support + developing + introducing + missing * (start - need.row.need_by)


def _within_line(scenario: Scenario, contract: Contract, units: Mapping[str, int]) -> dict[str, int]:
    """Units cut, largest buyers first, to what the contract can reach in whole lots."""
    lot = scenario.programs[contract.program].lot_units
    over = max(0, sum(units.values()) - contract.max_total)
    over += (sum(units.values()) - over) % lot
    left = dict(units)
    for nation in sorted(left, key=lambda nation: (-left[nation], nation)):
        cut = min(over, max(0, left[nation] - 1))
        left[nation] -= cut
        over -= cut
    return left


def _deliveries(
    scenario: Scenario, contract: Contract, units: Mapping[str, int], needs: Mapping[str, Need]
) -> dict[tuple[str, str, int], int]:
    """Units as late as the need allows, else as soon after as the line's yearly capacity lets them come."""
    capacity = scenario.programs[contract.program].annual_capacity_units
    room = {year: int(capacity) if capacity is not None else contract.max_total for year in scenario.years}
    made: dict[tuple[str, str, int], int] = {}
    for nation in sorted(units, key=lambda nation: (needs[nation].row.need_by, nation)):
        pair = scenario.pairs[nation, contract.program]
        due, left = needs[nation].row.need_by, units[nation]
        for year in [*(t for t in reversed(pair.years) if t <= due), *(t for t in pair.years if t > due)]:
            now = min(left, room[year])
            if now > 0:
                made[nation, contract.id, year] = now
                room[year] -= now
                left -= now
    return made


def _development(
    scenario: Scenario, contract: Contract, deliveries: Mapping[tuple[str, str, int], int]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Development money of the partners by GDP, and the work of the pool by component shares."""
    if not contract.open_development:
        return {}, {}
    row = scenario.programs[contract.program]
    units: dict[str, int] = defaultdict(int)
    for (nation, _, _), count in deliveries.items():
        units[nation] += count
    partners = [nation for nation in units if nation in contract.possible_partners]
    cost = scenario.development_meur(contract.program) * len(partners) ** row.partner_exponent
    whole = sum(scenario.nations[nation].gdp_meur for nation in partners)
    money = {(n, contract.id): cost * scenario.nations[n].gdp_meur / whole for n in partners}
    band = scenario.band_of(contract.program, sum(units.values()))
    value = cost + sum(count * scenario.unit_price(contract, nation, band) for nation, count in units.items())
    shares = scenario.shares[contract.program]
    work = {(nation, contract.id): share * value for nation, share in shares.items() if nation in contract.pool}
    return money, work


def modest_plan(scenario: Scenario) -> tuple[Plan, frozenset[tuple[str, str]]]:
    """A plan that reaches least workloads with few purchases from existing lines, and the (nation, sector) reached.

    One nation, on its own, buys from one line just the units that give the nation its work. Only lines are used
    whose shares alone keep the rules on suppliers and outside content, so that the plan as a whole keeps them too.
    """
    deliveries: dict[tuple[str, str, int], int] = {}
    taken: dict[tuple[str, str], str] = {}
    reached = set()
    for row in scenario.tables.industry:
        if row.min_work_meur is None:
            continue
        offers = sorted(
            (_work_of_buying(scenario, contract, row.nation, row.min_work_meur), contract.id)
            for contract in _safe_lines(scenario, row.sector)
            if scenario.shares[contract.program].get(row.nation, 0.0) > 0.0
        )
        for (_, units), code in offers:
            contract = scenario.contracts[code]
            (buyer,) = contract.nations
            if units > contract.max_total or (buyer, contract.capability) in taken:
                continue
            needs = {buyer: scenario.national_needs[buyer, contract.capability][0]}
            made = _deliveries(scenario, contract, {buyer: units}, needs)
            if sum(made.values()) == units and _is_affordable(scenario, {**deliveries, **made}, buyer):
                deliveries.update(made)
                taken[buyer, contract.capability] = code
                reached.add((row.nation, row.sector))
                break
    return Plan(deliveries=deliveries), frozenset(reached)


def _safe_lines(scenario: Scenario, sector: str) -> list[Contract]:
    """Own contracts with existing lines of a sector, open to all, whose shares keep the rules on content."""
    rules = scenario.settings.rules
    bloc = frozenset(scenario.members(str(rules["outside_content"]["bloc"])))
    found = []
    for contract in scenario.contracts.values():
        row = scenario.programs[contract.program]
        if contract.pooled or row.kind != "off_the_shelf" or row.buyers or row.export_regime:
            continue
        if scenario.capabilities[contract.capability].sector != sector:
            continue
        (buyer,) = contract.nations
        shares = scenario.shares[contract.program]
        leaning = max((share for supplier, share in shares.items() if supplier != buyer), default=0.0)
        outside = sum(share for supplier, share in shares.items() if supplier not in bloc)
        safe = leaning <= rules["supplier_share"]["max_share"]
        if safe and (buyer not in bloc or outside <= rules["outside_content"]["max_share"]):
            found.append(contract)
    return found


def _work_of_buying(scenario: Scenario, contract: Contract, worker: str, work_meur: float) -> tuple[float, int]:
    """Cost, million euro, and units of the smallest own purchase that gives a nation so much work."""
    (buyer,) = contract.nations
    share = scenario.shares[contract.program][worker]
    units = scenario.minimum_total(contract.program)
    while True:
        price = scenario.unit_price(contract, buyer, scenario.band_of(contract.program, units))
        if units * price * share >= work_meur:
            return units * price, units
        units = max(units + 1, min(math.ceil(work_meur / (price * share)), units * 2))


def _is_affordable(scenario: Scenario, deliveries: Mapping[tuple[str, str, int], int], nation: str) -> bool:
    own = {key: units for key, units in deliveries.items() if key[0] == nation}
    ledger = Ledger(scenario, Plan(deliveries=own))
    return not any(found.is_real and found.key[0] == nation for found in annual_budget.violations(scenario, ledger))
