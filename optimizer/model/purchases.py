"""Purchases: units and payments by year and by price band, stated exactly or compactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from optimizer.learning import PriceBand
from optimizer.model.lp import LinearProgram
from optimizer.model.rows import Variable, total
from optimizer.scenario import Contract, Scenario

Weights = list[tuple[Variable, float]]


class Delivery(NamedTuple):
    """Units a nation takes from a contract in a year; at the price of a band where the statement is exact."""

    variable: Variable
    year: int
    band: PriceBand | None


class AtPrice(NamedTuple):
    """Units a nation buys at one price: the band, the price with all uplifts, and the units over all years."""

    band: PriceBand
    price_meur: float
    units: Weights


class Purchases:
    """What nations buy, in one of two statements of the same problem.

    Exact (`whole_deliveries`): whole units by nation, contract, year and price band.
    Compact: continuous units by year and by band apart. Discounted and total payments are exact as soon as bands are
    whole; only within a nation's capability may the yearly payments of several price bands shift between years. It is
    a relaxation, so its bound is valid, and the finish restates the plan it finds exactly.

    Rows that tie helpers to decisions are the program's definitions; they are part of every model.
    """

    def __init__(self, scenario: Scenario, program: LinearProgram, *, whole_deliveries: bool) -> None:
        self.scenario = scenario
        self.program = program
        self.whole_deliveries = whole_deliveries
        self.deliveries: dict[tuple[str, str], list[Delivery]] = {}
        self._units: dict[tuple[str, str], Variable] = {}
        self._at_price: dict[tuple[str, str], list[AtPrice]] = {}
        self._discounted: dict[tuple[str, str], Weights] = {}
        self._spread: dict[tuple[str, str], dict[int, Variable]] = {}
        self._production: dict[tuple[str, str], Variable] = {}

    def _add_exact(self, contract: Contract, nation: str, most: float) -> None:
        """Whole units by year and band."""
        scenario, a = self.scenario, contract.id
        discount = scenario.payment_discount[contract.program]
        deliveries: list[Delivery] = []
        at_price: list[AtPrice] = []
        discounted: Weights = []
        for band in contract.bands:
            price = scenario.unit_price(contract, nation, band)
            units: Weights = []
            for year in scenario.pairs[nation, contract.program].years:
                variable = self.program.variable(
                    ("deliver", nation, a, year, band.first),
                    0,
                    min(most, band.last),
                    integer=True,
                    block=contract.capability,
                    nation=nation,
                )
                deliveries.append(Delivery(variable, year, band))
                units.append((variable, 1.0))
                discounted.append((variable, price * discount[year]))
            at_price.append(AtPrice(band, price, units))
        self.deliveries[nation, a] = deliveries
        self._at_price[nation, a] = at_price
        self._discounted[nation, a] = discounted

    def _add_compact(self, contract: Contract, nation: str, most: float) -> None:
        """Continuous units by year, units by band, and units by band weighted with the discount of their payments."""
        scenario, program, a, c = self.scenario, self.program, contract.id, contract.capability
        pair = scenario.pairs[nation, contract.program]
        discount = scenario.payment_discount[contract.program]
        deliveries = [
            Delivery(program.variable(("deliver", nation, a, year), 0, most, block=c, nation=nation), year, None)
            for year in pair.years
        ]
        self.deliveries[nation, a] = deliveries
        units = program.variable(("units", nation, a), 0, pair.max_units, integer=True, block=c, nation=nation)
        self._units[nation, a] = units
        self.program.define(("units", nation, a), total([(d.variable, 1.0) for d in deliveries] + [(units, -1.0)]) == 0)
        prices = [scenario.unit_price(contract, nation, band) for band in contract.bands]
        if len(prices) == 1:
            self._at_price[nation, a] = [AtPrice(contract.bands[0], prices[0], [(units, 1.0)])]
        else:
            by_band = [
                program.variable(
                    ("at_price", nation, a, band.first), 0, min(pair.max_units, band.last), block=c, nation=nation
                )
                for band in contract.bands
            ]
            self._at_price[nation, a] = [
                AtPrice(band, price, [(v, 1.0)]) for band, price, v in zip(contract.bands, prices, by_band, strict=True)
            ]
            self.program.define(("at_price", nation, a), total([(v, 1.0) for v in by_band] + [(units, -1.0)]) == 0)
        if len(set(prices)) == 1:
            self._discounted[nation, a] = [(d.variable, prices[0] * discount[d.year]) for d in deliveries]
            return
        least, greatest = min(discount[t] for t in pair.years), max(discount[t] for t in pair.years)
        weighted = []
        for item in self._at_price[nation, a]:
            bought = item.units[0][0]
            value = program.variable(
                ("weighted", nation, a, item.band.first),
                0,
                greatest * min(pair.max_units, item.band.last),
                block=c,
                nation=nation,
            )
            weighted.append((value, item.price_meur))
            if least == greatest:
                self.program.define(
                    ("weighted", nation, a, item.band.first), total([(value, 1.0), (bought, -least)]) == 0
                )
            else:
                self.program.define(
                    ("weighted", nation, a, item.band.first, "least"), total([(value, 1.0), (bought, -least)]) >= 0
                )
                self.program.define(
                    ("weighted", nation, a, item.band.first, "most"),
                    total([(value, 1.0), (bought, -greatest)]) <= 0,
                )
        if least < greatest:
            self.program.define(
                ("weighted", nation, a),
                total([(v, 1.0) for v, _ in weighted] + [(d.variable, -discount[d.year]) for d in deliveries]) == 0,
            )
        self._discounted[nation, a] = weighted

    def at_price(self, nation: str, contract: str) -> list[AtPrice]:
        """What a nation buys from a contract at the price of each band."""
        return self._at_price[nation, contract]

    def production_payments(self, nation: str, contract: str) -> Weights:
        """Production payments of a nation to a contract, undiscounted."""
        return [(v, by * item.price_meur) for item in self._at_price[nation, contract] for v, by in item.units]

    def discounted_production(self, nation: str, contract: str) -> Weights:
        """Production payments of a nation to a contract, discounted by the years they fall due."""
        return self._discounted[nation, contract]

    def production_due(self, nation: str, contract: Contract) -> dict[int, Weights]:
        """Production payments of a nation to a contract by the year they fall due.

        Compact: at the price of the cheapest band; `price_spread` holds what the bands chosen cost beyond it.
        """
        scenario, key = self.scenario, (nation, contract.id)
        due: dict[int, Weights] = defaultdict(list)
        if not self.whole_deliveries:
            self._add_due(due, nation, contract, min(item.price_meur for item in self._at_price[key]))
            return due
        price_of = {item.band: item.price_meur for item in self._at_price[key]}
        for delivery in self.deliveries[key]:
            assert delivery.band is not None
            price = price_of[delivery.band]
            for year, share in scenario.payments_due(contract.program, delivery.year):
                due[year].append((delivery.variable, price * share))
        return due

    def price_spread(self, nation: str, capability: str) -> dict[int, Variable]:
        """Compact: what a nation pays in each year for a capability beyond the cheapest bands; right over all years."""
        key = (nation, capability)
        if self.whole_deliveries:
            return {}
        if key not in self._spread:
            beyond: Weights = []
            most: dict[int, Weights] = defaultdict(list)
            for contract in self.contracts_of_nation.get(nation, ()):
                if contract.capability != capability:
                    continue
                items = self._at_price[nation, contract.id]
                cheapest = min(item.price_meur for item in items)
                dearest = max(item.price_meur for item in items)
                if dearest > cheapest:
                    beyond += [(v, by * (item.price_meur - cheapest)) for item in items for v, by in item.units]
                    self._add_due(most, nation, contract, cheapest - dearest)
            spread = {
                year: self.program.variable(
                    ("price_spread", nation, capability, year), 0, None, block=capability, nation=nation
                )
                for year in sorted(most)
            }
            for year, variable in spread.items():
                self.program.define(
                    ("price_spread", nation, capability, year), total([(variable, 1.0), *most[year]]) <= 0
                )
            if spread:
                self.program.define(
                    ("price_spread", nation, capability),
                    total([(v, 1.0) for v in spread.values()] + [(v, -by) for v, by in beyond]) == 0,
                )
            self._spread[key] = spread
        return self._spread[key]

    def _add_due(self, due: dict[int, Weights], nation: str, contract: Contract, price: float) -> None:
        """Add to what falls due by year a price for each unit of a contract."""
        for delivery in self.deliveries[nation, contract.id]:
            for year, share in self.scenario.payments_due(contract.program, delivery.year):
                due[year].append((delivery.variable, price * share))

    def spreads(self, chosen: Mapping[str, PriceBand]) -> Iterator[tuple[Variable, Weights]]:
        """Compact: each yearly spread asked for so far, and what it comes to where contracts have the bands chosen."""
        for (nation, capability), spread in self._spread.items():
            due: dict[int, Weights] = defaultdict(list)
            for contract in self.contracts_of_nation.get(nation, ()) if spread else ():
                if contract.capability == capability and contract.id in chosen:
                    price_of = {item.band: item.price_meur for item in self._at_price[nation, contract.id]}
                    beyond = price_of[chosen[contract.id]] - min(price_of.values())
                    if beyond > 0.0:
                        self._add_due(due, nation, contract, beyond)
            for year, variable in spread.items():
                yield variable, due[year]

    def production(self, nation: str, contract: str) -> Variable:
        """The same as one helper variable."""
        key = (nation, contract)
        if key not in self._production:
            payments = self.production_payments(nation, contract)
            most = (
                max((price for _, price in payments), default=0.0)
                * self.scenario.pairs[nation, self.scenario.contracts[contract].program].max_units
            )
            variable = self.program.variable(
                ("production", *key), 0, most, block=self.scenario.contracts[contract].capability, nation=nation
            )
            self._production[key] = variable
            self.program.define(("production", *key), total([(variable, -1.0), *payments]) == 0)
        return self._production[key]

    @cached_property
    def contracts_of_nation(self) -> dict[str, list[Contract]]:
        """Contracts each nation can join."""
        table: dict[str, list[Contract]] = defaultdict(list)
        for contract in self.scenario.contracts.values():
            for nation in contract.nations:
                table[nation].append(contract)
        return dict(table)
