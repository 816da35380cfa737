"""The shared decisions of the model, read through named questions; helpers come to be when first asked for."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cached_property
from typing import Iterable

from optimizer.learning import PriceBand
from optimizer.measures.coverage import bloc_cap
from optimizer.model.lp import LinearProgram
from optimizer.model.purchases import Purchases, Weights
from optimizer.model.rows import Variable, total
from optimizer.scenario import Contract, Need, Scenario


class Variables(Purchases):
    """Decisions by code; rows that tie helpers to decisions are the program's definitions, part of every model."""

    def __init__(self, scenario: Scenario, program: LinearProgram, *, whole_deliveries: bool) -> None:
        super().__init__(scenario, program, whole_deliveries=whole_deliveries)
        self.launch: dict[str, Variable] = {}
        self.join: dict[tuple[str, str], Variable] = {}
        self._band: dict[str, list[tuple[PriceBand, Variable]]] = {}
        self._count: dict[str, list[tuple[int, Variable]]] = {}
        self.development: dict[tuple[str, str], Variable] = {}
        self.element: dict[tuple[str, str], Variable] = {}
        self._stock: dict[tuple[str, str], dict[int, Variable]] = {}
        self.shortfalls: dict[tuple[int, int], Variable] = {}
        self._contribution: dict[tuple[str, int, int], Variable] = {}
        self._work: dict[tuple[str, str], Variable] = {}
        self._value: dict[str, Variable] = {}
        self._type: dict[tuple[str, str], Variable] = {}
        self._nation_type: dict[tuple[str, str, str], Variable] = {}
        self.goals: dict[str, tuple[Weights, float]] = {}
        self.slacks: list[tuple[str, Variable, float]] = []
        self._relaxation: Variable | None = None
        self._changed: dict[tuple[str, str], Variable] = {}
        self._differs: dict[tuple[str, str], Variable] = {}
        for contract in scenario.contracts.values():
            self._add_contract(contract)
        for (nation, code), contracts in scenario.contracts_with.items():
            self._add_stock(nation, code, contracts)
        self._add_shortfalls()

    # --- contracts -------------------------------------------------------------------------------------------

    def _add_contract(self, contract: Contract) -> None:
        scenario, program = self.scenario, self.program
        a, c = contract.id, contract.capability
        launch = program.variable(("launch", a), 0, 1, integer=True, block=c)
        self.launch[a] = launch
        bands = contract.bands
        self._band[a] = (
            [(bands[0], launch)]
            if len(bands) == 1
            else [(band, program.variable(("band", a, band.first), 0, 1, integer=True, block=c)) for band in bands]
        )
        counts = contract.partner_counts
        self._count[a] = (
            [(m, launch) for m in counts[:1]]
            if self.is_flat(contract)
            else [(m, program.variable(("count", a, m), 0, 1, integer=True, block=c)) for m in counts]
        )
        row = scenario.programs[contract.program]
        capacity = row.annual_capacity_units
        for nation in contract.nations:
            pair = scenario.pairs[nation, contract.program]
            alone = len(contract.nations) == 1
            self.join[nation, a] = (
                launch if alone else program.variable(("join", nation, a), 0, 1, integer=True, block=c, nation=nation)
            )
            most: float = pair.max_units
            if capacity is not None:
                most = min(most, math.floor(capacity + 1e-9) if self.whole_deliveries else capacity)
            if self.whole_deliveries:
                self._add_exact(contract, nation, most)
            else:
                self._add_compact(contract, nation, most)
        if contract.open_development:
            most_money = max(
                scenario.development_meur(contract.program) * float(m) ** row.partner_exponent for m in counts
            )
            for nation in contract.possible_partners:
                self.development[nation, a] = program.variable(
                    ("development", nation, a), 0, most_money, block=c, nation=nation
                )
                if row.element is not None:
                    self.element[nation, a] = program.variable(
                        ("element", nation, a), 0, self.element_cost(row.element), block=c
                    )

    def element_cost(self, element: str) -> float:
        """Cost of a shared development element, million euro."""
        return sum(row.development_meur for row in self.scenario.tables.elements if row.element == element)

    def bands(self, contract: Contract) -> list[tuple[PriceBand, Variable]]:
        """Price bands of a contract with the decision that its total lies in each."""
        return self._band[contract.id]

    def is_flat(self, contract: Contract) -> bool:
        """Whether a development costs the same however many partners join, so that nobody need count them."""
        row = self.scenario.programs[contract.program]
        costless = self.scenario.development_meur(contract.program) == 0.0
        return len(contract.partner_counts) <= 1 or row.partner_exponent == 0.0 or costless

    def counts(self, contract: Contract) -> list[tuple[int, Variable]]:
        """Partner counts of an open development with the decision that exactly so many joined; one where it is flat."""
        return self._count[contract.id]

    def units(self, nation: str, contract: str) -> Weights:
        """Total units a nation buys from a contract, as weighted variables."""
        known = self._units.get((nation, contract))
        if known is not None:
            return [(known, 1.0)]
        return [(d.variable, 1.0) for d in self.deliveries[nation, contract]]

    def total_units(self, contract: Contract) -> Weights:
        """Total units of a contract."""
        return [item for nation in contract.nations for item in self.units(nation, contract.id)]

    def joins(self, nation: str, program: str) -> Weights:
        """Whether a nation buys a program, over all contracts; at most one of them is one."""
        return [
            (self.join[nation, contract.id], 1.0)
            for contract in self.scenario.contracts_with.get((nation, program), ())
        ]

    def program_units(self, nation: str, program: str) -> Weights:
        """Total units a nation buys of a program, over all contracts."""
        return [
            item
            for contract in self.scenario.contracts_with.get((nation, program), ())
            for item in self.units(nation, contract.id)
        ]

    # --- the approved plan -----------------------------------------------------------------------------------

    def changed_units(self, nation: str, program: str) -> Weights:
        """Units by which what a nation buys of a program differs from the approved plan, at least."""
        key = (nation, program)
        before = self.scenario.previous_units.get(key, 0)
        units = self.program_units(*key)
        if before == 0:
            return units
        if key not in self._changed:
            block = self.scenario.programs[program].capability
            changed = self.program.variable(("changed", *key), 0, None, block=block)
            self._changed[key] = changed
            self.program.define(("changed", *key, "more"), total([*units, (changed, -1.0)]) <= before)
            self.program.define(("changed", *key, "less"), total([*units, (changed, 1.0)]) >= before)
        return [(self._changed[key], 1.0)]

    def is_changed(self, nation: str, program: str) -> Weights:
        """Whether what a nation buys of a program differs from the approved plan."""
        key = (nation, program)
        before = self.scenario.previous_units.get(key, 0)
        if before == 0:
            return self.joins(*key)
        if key not in self._differs:
            block = self.scenario.programs[program].capability
            differs = self.program.variable(("differs", *key), 0, 1, integer=True, block=block)
            self._differs[key] = differs
            units = self.program_units(*key)
            more = float(max(0, self.scenario.pairs[key].max_units - before))
            self.program.define(("differs", *key, "more"), total([*units, (differs, -more)]) <= before)
            self.program.define(("differs", *key, "less"), total([*units, (differs, float(before))]) >= before)
        return [(self._differs[key], 1.0)]

    # --- units in service ------------------------------------------------------------------------------------

    def _add_stock(self, nation: str, code: str, contracts: Iterable[Contract]) -> None:
        pair = self.scenario.pairs[nation, code]
        block = self.scenario.programs[code].capability
        by_year: dict[int, Weights] = defaultdict(list)
        for contract in contracts:
            for delivery in self.deliveries[nation, contract.id]:
                by_year[delivery.year].append((delivery.variable, -1.0))
        stock: dict[int, Variable] = {}
        for year in pair.years:
            variable = self.program.variable(
                ("stock", nation, code, year), 0, pair.max_units, block=block, nation=nation
            )
            before = [(stock[year - 1], -1.0)] if year - 1 in stock else []
            self.program.define(("stock", nation, code, year), total([(variable, 1.0), *before, *by_year[year]]) == 0)
            stock[year] = variable
        self._stock[nation, code] = stock

    def stock(self, nation: str, program: str, year: int) -> Variable | None:
        """New units of a program in service in a year, or None before the first possible delivery."""
        stock = self._stock.get((nation, program))
        if not stock:
            return None
        return stock.get(min(year, max(stock)))

    def delivered(self, nation: str, program: str, year: int) -> Weights:
        """Units of a program delivered to a nation in a year, over all contracts and bands."""
        stock = self._stock.get((nation, program), {})
        if year not in stock:
            return []
        before = stock.get(year - 1)
        return [(stock[year], 1.0)] + ([(before, -1.0)] if before is not None else [])

    # --- needs -----------------------------------------------------------------------------------------------

    def _add_shortfalls(self) -> None:
        for need in self.scenario.needs:
            if need.shortfall_cap > 0.0:
                row = need.row
                for year in range(max(row.need_by, self.scenario.first_year), self.scenario.last_year + 1):
                    self.shortfalls[need.index, year] = self.program.variable(
                        ("short", row.nation, row.capability, need.index, year),
                        0,
                        need.shortfall_cap,
                        block=row.capability,
                        nation=None if need.is_bloc else row.nation,
                    )

    def short(self, need: Need, year: int) -> Weights:
        """Required units of a row missing in a year; empty where none may be."""
        variable = self.shortfalls.get((need.index, year))
        return [] if variable is None else [(variable, 1.0)]

    def contribution(self, nation: str, need: Need, year: int) -> Variable:
        """Required units a nation lends to an alliance-level target in a year."""
        key = (nation, need.index, year)
        if key not in self._contribution:
            self._contribution[key] = self.program.variable(
                ("contribution", nation, need.index, year),
                0,
                bloc_cap(self.scenario, need),
                block=need.row.capability,
                nation=nation,
            )
        return self._contribution[key]

    # --- money -----------------------------------------------------------------------------------------------

    def development_cost(self, contract: Contract) -> Weights:
        """Development cost of a contract without its element: D times partners^k."""
        cost = self.scenario.development_meur(contract.program)
        exponent = self.scenario.programs[contract.program].partner_exponent
        return (
            [(count, cost * float(m) ** exponent) for m, count in self.counts(contract)]
            if (contract.open_development)
            else []
        )

    def value(self, contract: Contract) -> Variable:
        """Work value of a contract: development cost and production payments (fine print 55)."""
        if contract.id not in self._value:
            variable = self.program.variable(("value", contract.id), 0, None, block=contract.capability)
            self._value[contract.id] = variable
            made = [(self.production(nation, contract.id), 1.0) for nation in contract.nations]
            self.program.define(
                ("value", contract.id), total([(variable, -1.0), *made, *self.development_cost(contract)]) == 0
            )
        return self._value[contract.id]

    def payments(self, nation: str, money_class: str) -> dict[int, Weights]:
        """Payments of a nation by year for a class of money; `all` is the sum of the three."""
        scenario = self.scenario
        due: dict[int, Weights] = {year: [] for year in scenario.years}
        classes = ("development", "procurement", "support") if money_class == "all" else (money_class,)
        for contract in self.contracts_of_nation.get(nation, ()):
            pair = scenario.pairs[nation, contract.program]
            join = self.join[nation, contract.id]
            if "development" in classes and (nation, contract.id) in self.development:
                for year, share in scenario.development_profile[contract.program].items():
                    due[year].append((self.development[nation, contract.id], share))
                    if (nation, contract.id) in self.element:
                        due[year].append((self.element[nation, contract.id], share))
            if "procurement" in classes:
                for year, payments in self.production_due(nation, contract).items():
                    due[year].extend(payments)
                due[pair.earliest].append((join, pair.joining_meur))
            if "support" in classes:
                for year in range(pair.earliest, scenario.last_year + 1):
                    due[year].append((join, pair.operating_meur_per_year))
        if "procurement" in classes:
            for capability in dict.fromkeys(c.capability for c in self.contracts_of_nation.get(nation, ())):
                for year, variable in self.price_spread(nation, capability).items():
                    due[year].append((variable, 1.0))
        if "support" in classes:
            for program in self.programs_of_nation.get(nation, ()):
                support = scenario.programs[program].support_meur_per_unit_year
                if support > 0.0:
                    for year in range(scenario.pairs[nation, program].earliest, scenario.last_year + 1):
                        stock = self.stock(nation, program, year)
                        if stock is not None:
                            due[year].append((stock, support))
        return {year: [(v, by) for v, by in items if by != 0.0] for year, items in due.items()}

    def discounted_payments(self, nation: str) -> Weights:
        """All payments of a nation, discounted."""
        scenario = self.scenario
        paid: Weights = []
        for money_class in ("development", "support"):
            for year, items in self.payments(nation, money_class).items():
                paid += [(v, by * scenario.discount(year)) for v, by in items]
        for contract in self.contracts_of_nation.get(nation, ()):
            pair = scenario.pairs[nation, contract.program]
            paid += self.discounted_production(nation, contract.id)
            paid.append((self.join[nation, contract.id], pair.joining_meur * scenario.discount(pair.earliest)))
        return paid

    def relaxation(self) -> Variable:
        """Price of all broken soft rules; the builder ties it to their slacks once every rule has its rows."""
        if self._relaxation is None:
            self._relaxation = self.program.variable(("relaxation",), 0, None)
        return self._relaxation

    def tie_relaxation(self, without: str) -> None:
        """Let the price of broken soft rules be what `slacks` say, one rule left out."""
        if self._relaxation is not None:
            priced = [(slack, -price) for rule, slack, price in self.slacks if rule != without]
            self.program.define(("relaxation",), total([(self._relaxation, 1.0), *priced]) >= 0)

    @cached_property
    def programs_of_nation(self) -> dict[str, list[str]]:
        """Programs each nation can buy."""
        table: dict[str, list[str]] = defaultdict(list)
        for nation, program in self.scenario.contracts_with:
            table[nation].append(program)
        return dict(table)

    # --- work ------------------------------------------------------------------------------------------------

    def placed_work(self, nation: str, contract: Contract) -> Weights:
        """Work value of a contract placed in a nation: free inside the pool of an open development, else its share."""
        share = self.scenario.shares[contract.program].get(nation, 0.0)
        if not (contract.open_development and nation in contract.pool):
            return [(self.value(contract), share)] if share > 0.0 else []
        if self.scenario.work_limits(contract, nation)[1] <= 0.0:
            return []
        key = (nation, contract.id)
        if key not in self._work:
            self._work[key] = self.program.variable(("work", *key), 0, None, block=contract.capability)
        return [(self._work[key], 1.0)]

    def work(self) -> dict[tuple[str, str], Variable]:
        """Every free work decision by (nation, contract)."""
        return dict(self._work)

    # --- types -----------------------------------------------------------------------------------------------

    def type_used(self, capability: str, key: str) -> Variable:
        """Whether any nation buys a type, in [0, 1]; the least value is right, for types only ever cost."""
        if (capability, key) not in self._type:
            variable = self.program.variable(("type", capability, key), 0, 1, block=capability)
            self._type[capability, key] = variable
            for nation, program in self._pairs_of[capability]:
                if self.scenario.type_key(capability, program) == key:
                    self.program.define(
                        ("type", capability, key, nation, program),
                        total([(variable, -1.0), *self.joins(nation, program)]) <= 0,
                    )
        return self._type[capability, key]

    def types_used(self) -> dict[tuple[str, str], Variable]:
        """Every decision on a type asked for so far, by (capability, type)."""
        return dict(self._type)

    def nation_type_used(self, nation: str, capability: str, key: str) -> Weights:
        """Whether a nation buys a type."""
        programs = [p for p in self.programs_of_nation.get(nation, ()) if self._counts_as(p, capability, key)]
        if len(programs) == 1:
            return self.joins(nation, programs[0])
        if (nation, capability, key) not in self._nation_type:
            variable = self.program.variable(
                ("nation_type", nation, capability, key), 0, 1, block=capability, nation=nation
            )
            self._nation_type[nation, capability, key] = variable
            for program in programs:
                self.program.define(
                    ("nation_type", nation, capability, key, program),
                    total([(variable, -1.0), *self.joins(nation, program)]) <= 0,
                )
        return [(self._nation_type[nation, capability, key], 1.0)]

    def _counts_as(self, program: str, capability: str, key: str) -> bool:
        row = self.scenario.programs[program]
        return row.capability == capability and self.scenario.type_key(capability, program) == key

    def buyable_types(self, capability: str, nation: str | None = None) -> tuple[str, ...]:
        """Type keys that can be bought in a capability, by anyone or by one nation."""
        return tuple(
            sorted(
                {
                    self.scenario.type_key(capability, program)
                    for buyer, program in self._pairs_of[capability]
                    if nation in (None, buyer)
                }
            )
        )

    @cached_property
    def _pairs_of(self) -> dict[str, list[tuple[str, str]]]:
        table: dict[str, list[tuple[str, str]]] = {capability: [] for capability in self.scenario.capabilities}
        for nation, program in self.scenario.contracts_with:
            table[self.scenario.programs[program].capability].append((nation, program))
        return table
