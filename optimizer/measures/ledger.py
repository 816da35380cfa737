"""Ledger: a plan's units, money, coverage and work, recomputed from the tables once and read by every measure."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from optimizer.learning import PriceBand
from optimizer.measures.coverage import missing_units
from optimizer.plan import Plan
from optimizer.scenario import Contract, Scenario

CLASSES = ("development", "procurement", "support")


class Ledger:
    """Every figure that rules, terms and reports need of a plan, keyed by codes; money undiscounted unless said."""

    def __init__(self, scenario: Scenario, plan: Plan) -> None:
        self.scenario = scenario
        self.plan = plan

    # --- units -----------------------------------------------------------------------------------------------

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """What the plan names but the scenario does not have, as text."""
        scenario = self.scenario
        found = []
        for nation, contract, year in self.plan.deliveries:
            if contract not in scenario.contracts:
                found.append(f"delivery from contract {contract}, which cannot be signed in this scenario")
            elif nation not in scenario.contracts[contract].nations:
                found.append(f"delivery to {nation} from contract {contract}, which it cannot join")
            elif year not in scenario.years:
                found.append(f"delivery to {nation} from contract {contract} in {year}, outside the horizon")
        for what, keys in (
            ("development money", self.plan.development),
            ("element money", self.plan.elements),
            ("work", self.plan.work),
        ):
            for nation, contract in keys:
                if contract not in scenario.contracts or nation not in scenario.contracts[contract].pool:
                    found.append(f"{what} of {nation} in contract {contract}, which it is no part of")
        for contract, _ in self.plan.grants:
            if contract not in scenario.contracts:
                found.append(f"grant to contract {contract}, which cannot be signed in this scenario")
        return tuple(dict.fromkeys(found))

    @cached_property
    def deliveries(self) -> dict[tuple[str, str], dict[int, float]]:
        """Units by year for each (nation, contract) with any; what the scenario does not know is left out."""
        table: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        for (nation, contract, year), units in sorted(self.plan.deliveries.items()):
            known = self.scenario.contracts.get(contract)
            if units and known is not None and nation in known.nations and year in self.scenario.years:
                table[nation, contract][year] = units
        return dict(table)

    @cached_property
    def units(self) -> dict[tuple[str, str], float]:
        """Total units by (nation, contract)."""
        return {key: sum(by_year.values()) for key, by_year in self.deliveries.items()}

    @cached_property
    def signed(self) -> dict[str, Contract]:
        """Contracts that deliver anything, in contract order."""
        active = {contract for _, contract in self.units}
        return {code: contract for code, contract in self.scenario.contracts.items() if code in active}

    @cached_property
    def joined(self) -> dict[str, tuple[str, ...]]:
        """Nations that take delivery from each signed contract."""
        table: dict[str, list[str]] = defaultdict(list)
        for nation, contract in sorted(self.units):
            table[contract].append(nation)
        return {contract: tuple(nations) for contract, nations in table.items()}

    @cached_property
    def totals(self) -> dict[str, float]:
        """Total units of each signed contract."""
        totals: dict[str, float] = defaultdict(float)
        for (_, contract), units in self.units.items():
            totals[contract] += units
        return dict(totals)

    @cached_property
    def program_units(self) -> dict[tuple[str, str], dict[int, float]]:
        """Units by year for each (nation, program), over all its contracts."""
        table: dict[tuple[str, str], dict[int, float]] = {}
        for (nation, contract), by_year in self.deliveries.items():
            row = table.setdefault((nation, self.scenario.contracts[contract].program), defaultdict(float))
            for year, units in by_year.items():
                row[year] += units
        return {key: dict(row) for key, row in table.items()}

    def partners(self, contract: str) -> tuple[str, ...]:
        """Partners that joined a contract."""
        possible = self.scenario.contracts[contract].possible_partners
        return tuple(nation for nation in self.joined.get(contract, ()) if nation in possible)

    # --- money -----------------------------------------------------------------------------------------------

    def band(self, contract: str) -> PriceBand:
        """The price band the contract's total lies in."""
        return self.scenario.band_of(self.scenario.contracts[contract].program, round(self.totals[contract]))

    def unit_price(self, nation: str, contract: str) -> float:
        """What the nation pays per unit, all uplifts included, million euro."""
        return self.scenario.unit_price(self.scenario.contracts[contract], nation, self.band(contract))

    @cached_property
    def production(self) -> dict[tuple[str, str], float]:
        """Production payments by (nation, contract)."""
        return {key: units * self.unit_price(*key) for key, units in self.units.items()}

    def development_cost(self, contract: str) -> float:
        """Development cost of a signed open development without its element: D times partners^k."""
        known = self.scenario.contracts[contract]
        if not known.open_development:
            return 0.0
        row = self.scenario.programs[known.program]
        partners = len(self.partners(contract))
        return self.scenario.development_meur(known.program) * float(float(partners) ** row.partner_exponent)

    def element_cost(self, contract: str) -> float:
        """What a contract carries of its shared element."""
        if contract not in self.signed:
            return 0.0
        return sum(meur for (_, code), meur in self.plan.elements.items() if code == contract)

    def value(self, contract: str) -> float:
        """Work value of a contract: development cost and production payments with all uplifts (fine print 55)."""
        made = sum(self.production[nation, contract] for nation in self.joined[contract])
        return self.development_cost(contract) + made

    @cached_property
    def payments(self) -> dict[tuple[str, int, str], float]:
        """Payments by (nation, year, class), every nation and year of the horizon present."""
        scenario = self.scenario
        table = {(n, t, k): 0.0 for n in scenario.nations for t in scenario.years for k in CLASSES}
        for (nation, contract), by_year in self.deliveries.items():
            known = scenario.contracts[contract]
            pair = scenario.pairs[nation, known.program]
            row = scenario.programs[known.program]
            price = self.unit_price(nation, contract)
            for year, units in by_year.items():
                for due, share in scenario.payments_due(known.program, year):
                    table[nation, due, "procurement"] += price * units * share
                for later in range(year, scenario.last_year + 1):
                    table[nation, later, "support"] += row.support_meur_per_unit_year * units
            table[nation, pair.earliest, "procurement"] += pair.joining_meur
            for year in range(pair.earliest, scenario.last_year + 1):
                table[nation, year, "support"] += pair.operating_meur_per_year
        for (nation, contract), meur in (*self.plan.development.items(), *self.plan.elements.items()):
            if contract in scenario.contracts and nation in scenario.nations:
                for year, share in scenario.development_profile[scenario.contracts[contract].program].items():
                    table[nation, year, "development"] += meur * share
        return table

    def paid(self, nation: str, year: int, money_class: str) -> float:
        """Payments of a nation in a year; class `all` is the sum of the three."""
        classes = CLASSES if money_class == "all" else (money_class,)
        return sum(self.payments[nation, year, k] for k in classes)

    @cached_property
    def nation_cost(self) -> dict[str, float]:
        """Discounted payments of each nation."""
        scenario = self.scenario
        return {
            nation: sum(
                scenario.discount(year) * self.payments[nation, year, k] for year in scenario.years for k in CLASSES
            )
            for nation in scenario.nations
        }

    # --- coverage --------------------------------------------------------------------------------------------

    @cached_property
    def shortfalls(self) -> dict[tuple[int, int], float]:
        """Required units missing by (requirement row, year), the cheapest rows short first; zeros left out."""
        return {key: units for key, units in missing_units(self.scenario, self.program_units).items() if units > 0.0}

    def shortfall_price(self, need: int) -> float:
        """Price of one required unit of a row missing for one year, million euro."""
        row = self.scenario.needs[need].row
        return (self.scenario.capabilities[row.capability].shortfall_meur_per_unit_year or 0.0) * row.priority

    @cached_property
    def nation_shortfall_cost(self) -> dict[str, float]:
        """Discounted priced shortfall of each nation's own rows."""
        cost = {nation: 0.0 for nation in self.scenario.nations}
        for (need, year), units in self.shortfalls.items():
            row = self.scenario.needs[need].row
            if row.nation in cost:
                cost[row.nation] += self.shortfall_price(need) * units * self.scenario.discount(year)
        return cost

    # --- types -----------------------------------------------------------------------------------------------

    @cached_property
    def nation_types(self) -> dict[tuple[str, str], frozenset[str]]:
        """Type keys by (nation, capability) at the horizon's end: bought and standing."""
        scenario = self.scenario
        table: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key, types in scenario.standing_types.items():
            table[key] |= types
        for nation, contract in self.units:
            known = scenario.contracts[contract]
            table[nation, known.capability].add(scenario.type_key(known.capability, known.program))
        return {key: frozenset(types) for key, types in table.items()}

    @cached_property
    def types(self) -> dict[str, frozenset[str]]:
        """Type keys of the alliance by capability at the horizon's end."""
        table: dict[str, set[str]] = {
            c: set(self.scenario.standing_types_of_alliance.get(c, ())) for c in self.scenario.capabilities
        }
        for (_, capability), types in self.nation_types.items():
            table[capability] |= types
        return {capability: frozenset(types) for capability, types in table.items()}

    # --- work ------------------------------------------------------------------------------------------------

    @cached_property
    def work(self) -> dict[tuple[str, str], float]:
        """Work value placed by (nation, contract), supplier nations outside the scenario included."""
        scenario = self.scenario
        table: dict[tuple[str, str], float] = {}
        for code, contract in self.signed.items():
            value = self.value(code)
            for nation, share in scenario.shares[contract.program].items():
                if not (contract.open_development and nation in contract.pool):
                    table[nation, code] = share * value
            if contract.open_development:
                for nation in contract.pool:
                    placed = self.plan.work.get((nation, code), 0.0)
                    if placed:
                        table[nation, code] = placed
        return table
