"""Scenario: the checked tables and settings with their index sets, look-ups, pools and contracts."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, zip_longest
from operator import is_
from typing import Iterable, Mapping

from optimizer.learning import PriceBand, largest_deviation, learning_bands
from optimizer.tables.schema import Budget, Capability, Nation, Offer, Program, Requirement, Tables
from optimizer.tables.settings import Settings

# A quantity this close to a whole number is that number.
WHOLE_TOLERANCE = 1e-9
UNKNOWN_FLEET_GRADE = 3
DEVELOPMENT_KINDS = ("joint_development", "national_development")
DEFAULT_BANDS = 6
# Rules under which being in the pool can be a disadvantage, so that own contracts must stay (fine print 11).
_RULES_THAT_KEEP_OWN_CONTRACTS = (
    "fair_return",
    "burden_sharing",
    "no_nation_worse_off",
    "supplier_share",
    "outside_content",
    "joint_share",
)


@dataclass(frozen=True)
class Need:
    """A requirement row with its number; `members` are the nations that can serve it (one for a national row)."""

    index: int
    row: Requirement
    members: tuple[str, ...]
    is_bloc: bool

    @property
    def shortfall_cap(self) -> float:
        """Most units that may be missing: none when the row must be met."""
        return 0.0 if self.row.must_meet else self.row.quantity


@dataclass(frozen=True)
class Stock:
    """Units a nation has without buying: a fleet or units under contract, in required units, with their years."""

    nation: str
    capability: str
    program: str
    required_units: float
    grade: int
    first_year: int
    retires: int | None
    contracted: bool

    def serves(self, year: int) -> bool:
        """Whether the units count in `year`."""
        return self.first_year <= year and (self.retires is None or year < self.retires)


@dataclass(frozen=True)
class Pair:
    """A nation that may take delivery of a program: its window, its most units, and what it pays beyond the price."""

    nation: str
    program: str
    earliest: int
    latest: int
    max_units: int
    uplift: float
    fixed_price_meur: float | None
    joining_meur: float
    operating_meur_per_year: float
    is_partner: bool
    preference_meur: float

    @property
    def years(self) -> range:
        """Years of possible delivery."""
        return range(self.earliest, self.latest + 1)


@dataclass(frozen=True)
class Contract:
    """One program bought by one pool, or by one nation on its own."""

    id: str
    program: str
    capability: str
    pool_name: str
    pool: tuple[str, ...]
    nations: tuple[str, ...]
    pooled: bool
    open_development: bool
    possible_partners: tuple[str, ...]
    partner_counts: tuple[int, ...]
    bands: tuple[PriceBand, ...]
    max_total: int


def whole(value: float) -> int:
    """The least whole number not below `value`, rounding noise aside."""
    return math.ceil(value - WHOLE_TOLERANCE)


class Scenario:
    """Everything a solve needs, frozen; derived look-ups are computed once, when first asked for.

    Parameters
    ----------
    tables, settings
        Checked; no fault may be left in them.
    provenance
        Where they came from: `sha256`, `chain`, `changes`, `source`, `seconds`.
    national_costs
        Per nation its cost (payments and priced shortfall, discounted million euro) in the national baseline;
        only needed by the rule no_nation_worse_off.
    """

    def __init__(
        self,
        tables: Tables,
        settings: Settings,
        provenance: Mapping[str, object] | None = None,
        national_costs: Mapping[str, float] | None = None,
    ) -> None:
        self.tables = tables
        self.settings = settings
        self.provenance = dict(provenance or {})
        self.national_costs = None if national_costs is None else dict(national_costs)

    def replace(
        self,
        *,
        tables: Mapping[str, tuple[object, ...]] | None = None,
        settings: Mapping[str, object] | None = None,
        national_costs: Mapping[str, float] | None = None,
    ) -> Scenario:
        """A new scenario with some tables or settings replaced; this one stays as it is."""
        new_tables = dataclasses.replace(self.tables, **dict(tables)) if tables else self.tables  # type: ignore[arg-type]
        new_settings = self.settings.model_copy(update=dict(settings)) if settings else self.settings
        costs = self.national_costs if national_costs is None else national_costs
        return Scenario(new_tables, new_settings, self.provenance, costs)

    def sharing_rows(self, known: Scenario) -> Scenario:
        """The same scenario with rows that equal those of a known one, in the same place, replaced by them.

        Rows read twice are two objects. Where they are one, what differs is found without comparing values.
        """
        tables: dict[str, tuple[object, ...]] = {}
        for name, rows in vars(self.tables).items():
            others = vars(known.tables)[name]
            if rows is not others and rows and others:
                shared = tuple(
                    other if row is not other and row == other else row
                    for row, other in zip_longest(rows, others[: len(rows)])
                )
                tables[name] = others if len(rows) == len(others) and all(map(is_, shared, others)) else shared
        return self.replace(tables=tables) if tables else self

    def narrowed(self, bands: Mapping[str, tuple[PriceBand, ...]]) -> Scenario:
        """The same scenario with only the named contracts, each at the price bands named.

        Pooled developments stay in any case, for the rules that ask who could have been a partner.
        """
        contracts = {}
        for code, contract in self.contracts.items():
            if code in bands:
                contracts[code] = dataclasses.replace(contract, bands=bands[code])
            elif contract.pooled and contract.open_development:
                contracts[code] = dataclasses.replace(contract, bands=contract.bands[:1])
        narrow = Scenario(self.tables, self.settings, self.provenance, self.national_costs)
        narrow.__dict__["contracts"] = contracts
        narrow.__dict__["buyable"] = self.buyable
        return narrow

    def with_pooling(self, mode: str, blocs: Iterable[Iterable[str]] = ()) -> Scenario:
        """The same scenario with other pools."""
        given = tuple(tuple(bloc) for bloc in blocs) or self.settings.pooling.blocs
        pooling = self.settings.pooling.model_copy(update={"mode": mode, "blocs": given})
        return self.replace(settings={"pooling": pooling})

    def with_rule(self, name: str, **parameters: object) -> Scenario:
        """The same scenario with parameters of one rule set, e.g. `with_rule("annual_budget", on=False)`."""
        rules = {**self.settings.rules, name: {**self.settings.rules.get(name, {}), **parameters}}
        return self.replace(settings={"rules": rules})

    # --- years and discounting -------------------------------------------------------------------------------

    @cached_property
    def first_year(self) -> int:
        """First year of the horizon."""
        return self.settings.first_year

    @cached_property
    def last_year(self) -> int:
        """Last year of the horizon."""
        return self.settings.last_year

    @cached_property
    def years(self) -> range:
        """Every year of the horizon."""
        return range(self.first_year, self.last_year + 1)

    @cached_property
    def _factors(self) -> dict[int, float]:
        rate = self.settings.discount_rate
        return {year: (1.0 + rate) ** -(year - self.first_year) for year in self.years}

    def discount(self, year: int) -> float:
        """Value in first-year money of one euro due in `year`."""
        return self._factors[year]

    def clamp(self, year: int) -> int:
        """The year itself inside the horizon, else the nearest one."""
        return min(max(year, self.first_year), self.last_year)

    # --- tables by key ---------------------------------------------------------------------------------------

    @cached_property
    def nations(self) -> dict[str, Nation]:
        """Nations by code, in code order."""
        return {row.nation: row for row in sorted(self.tables.nations, key=lambda row: row.nation)}

    @cached_property
    def blocs(self) -> dict[str, tuple[str, ...]]:
        """Members of each bloc, in code order."""
        members: dict[str, list[str]] = defaultdict(list)
        for code, nation in self.nations.items():
            for bloc in dict.fromkeys(nation.blocs):
                members[bloc].append(code)
        return {bloc: tuple(codes) for bloc, codes in sorted(members.items())}

    def members(self, code: str) -> tuple[str, ...]:
        """The nations a nation or bloc code stands for."""
        return (code,) if code in self.nations else self.blocs.get(code, ())

    @cached_property
    def capabilities(self) -> dict[str, Capability]:
        """Capabilities by code, in code order."""
        return {row.capability: row for row in sorted(self.tables.capabilities, key=lambda row: row.capability)}

    @cached_property
    def known_programs(self) -> dict[str, Program]:
        """Every program of the table by code, also those left out of the solve."""
        return {row.program: row for row in sorted(self.tables.programs, key=lambda row: row.program)}

    @cached_property
    def programs(self) -> dict[str, Program]:
        """Programs on offer by code; cancelled counterfactuals only when the settings let them in."""
        return {
            code: row
            for code, row in self.known_programs.items()
            if row.status != "cancelled_counterfactual" or self.settings.include_counterfactuals
        }

    @cached_property
    def programs_of(self) -> dict[str, tuple[str, ...]]:
        """Program codes of each capability, in code order."""
        return {c: tuple(p for p, row in self.programs.items() if row.capability == c) for c in self.capabilities}

    @cached_property
    def offers(self) -> dict[tuple[str, str], Offer]:
        """Offers by (program, nation)."""
        return {(row.program, row.nation): row for row in self.tables.offers}

    # --- programs --------------------------------------------------------------------------------------------

    @cached_property
    def shares(self) -> dict[str, dict[str, float]]:
        """Component shares of each program by supplying nation."""
        shares: dict[str, dict[str, float]] = {}
        for code, row in self.programs.items():
            sums: dict[str, float] = defaultdict(float)
            for nation, share in row.suppliers:
                sums[nation] += share
            shares[code] = dict(sums)
        return shares

    def development_meur(self, program: str) -> float:
        """Development cost of one nation alone; a variant's own development, not its base's."""
        row = self.programs[program]
        money = row.variant_development_meur if row.variant_of else row.development_meur
        return money or 0.0

    def is_open(self, program: str) -> bool:
        """Whether development is still to be paid (fine print 2)."""
        row = self.programs[program]
        return row.kind in DEVELOPMENT_KINDS and (self.development_meur(program) > 0.0 or row.element is not None)

    @cached_property
    def partners(self) -> dict[str, frozenset[str]]:
        """Nations that may share the development of each program."""
        return {
            code: frozenset(row.partners or ((row.lead,) if row.kind == "national_development" else ()))
            for code, row in self.programs.items()
        }

    def partner_limits(self, program: str) -> tuple[int, int | None]:
        """Fewest and most partners of a development."""
        row = self.programs[program]
        if row.kind == "national_development":
            return row.min_partners or 1, 1 if row.max_partners is None else row.max_partners
        return row.min_partners or 0, row.max_partners

    @cached_property
    def development_profile(self) -> dict[str, dict[int, float]]:
        """Share of a program's development money due in each year of the horizon (fine print 16)."""
        return {code: self._development_profile(row) for code, row in self.programs.items()}

    def _development_profile(self, row: Program) -> dict[int, float]:
        if row.development_profile:
            profile: dict[int, float] = defaultdict(float)
            for year, share in row.development_profile:
                profile[self.clamp(year)] += share
            return dict(profile)
        start = row.development_start
        if start is None:
            years = row.development_years
            start = self.first_year if years is None else row.first_delivery - years
        end = row.first_delivery - 1 if row.development_years is None else start + row.development_years - 1
        years_due = [year for year in range(start, end + 1) if self.first_year <= year <= self.last_year]
        if not years_due:
            return {self.clamp(max(row.first_delivery - 1, self.first_year)): 1.0}
        return {year: 1.0 / len(years_due) for year in years_due}

    @cached_property
    def development_discount(self) -> dict[str, float]:
        """Discounted value of one euro of a program's development."""
        return {
            program: sum(share * self.discount(year) for year, share in profile.items())
            for program, profile in self.development_profile.items()
        }

    def payments_due(self, program: str, delivery_year: int) -> tuple[tuple[int, float], ...]:
        """Years and shares in which a unit delivered in `delivery_year` is paid, inside the horizon."""
        return self._payments_due[program][delivery_year]

    @cached_property
    def _payments_due(self) -> dict[str, dict[int, tuple[tuple[int, float], ...]]]:
        table = {}
        for code, row in self.programs.items():
            by_year = {}
            for year in self.years:
                due: dict[int, float] = defaultdict(float)
                for offset, share in row.payment_profile:
                    due[self.clamp(year + offset)] += share
                by_year[year] = tuple(sorted(due.items()))
            table[code] = by_year
        return table

    @cached_property
    def payment_discount(self) -> dict[str, dict[int, float]]:
        """Discounted value of the payments for one euro's worth delivered in each year, by program."""
        return {
            program: {year: sum(share * self.discount(due) for due, share in dues) for year, dues in by_year.items()}
            for program, by_year in self._payments_due.items()
        }

    @cached_property
    def bands(self) -> dict[str, tuple[PriceBand, ...]]:
        """Price bands of each program, the same for every contract, pool and mode (fine print 24-26)."""
        breaks: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row in self.tables.prices:
            breaks[row.program].append((row.from_units, row.unit_price_meur))
        count = int(self.settings.rules.get("price_bands", {}).get("bands", DEFAULT_BANDS))
        table = {}
        for code, program in self.programs.items():
            lowest = max(program.min_order_units, 1)
            reachable = sum(self.max_units[nation, code] for nation in self.nations if (nation, code) in self.max_units)
            highest = max(lowest, reachable if program.max_units is None else min(program.max_units, reachable))
            if code in breaks:
                steps = sorted(breaks[code])
                lasts = [step[0] - 1 for step in steps[1:]] + [max(highest, steps[-1][0])]
                table[code] = tuple(
                    PriceBand(first, last, price) for (first, price), last in zip(steps, lasts, strict=True)
                )
            else:
                table[code] = learning_bands(
                    program.unit_cost_meur,
                    program.learning_slope,
                    program.prior_units,
                    program.reference_units,
                    lowest,
                    highest,
                    count,
                )
        return table

    @cached_property
    def explicit_prices(self) -> frozenset[str]:
        """Programs whose prices come from prices.csv."""
        return frozenset(row.program for row in self.tables.prices)

    @cached_property
    def band_deviation(self) -> dict[str, float]:
        """Largest deviation of the price bands from the learning curve, by program, as a share."""
        return {
            code: largest_deviation(
                self.bands[code], row.unit_cost_meur, row.learning_slope, row.prior_units, row.reference_units
            )
            for code, row in self.programs.items()
            if code not in self.explicit_prices and row.learning_slope < 1.0 and row.unit_cost_meur > 0.0
        }

    def minimum_total(self, program: str) -> int:
        """Smallest total of a contract: the minimum order, or the first price break above it."""
        return max(self.programs[program].min_order_units, self.bands[program][0].first)

    # --- needs, fleets ---------------------------------------------------------------------------------------

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Requirement rows in table order."""
        return tuple(
            Need(index, row, self.members(row.nation), row.nation not in self.nations)
            for index, row in enumerate(self.tables.requirements)
        )

    @cached_property
    def national_needs(self) -> dict[tuple[str, str], tuple[Need, ...]]:
        """A nation's own requirement rows by (nation, capability)."""
        table: dict[tuple[str, str], list[Need]] = defaultdict(list)
        for need in self.needs:
            if not need.is_bloc:
                table[need.row.nation, need.row.capability].append(need)
        return {key: tuple(rows) for key, rows in sorted(table.items())}

    @cached_property
    def bloc_needs(self) -> tuple[Need, ...]:
        """Alliance-level targets."""
        return tuple(need for need in self.needs if need.is_bloc)

    @cached_property
    def wants(self) -> frozenset[tuple[str, str]]:
        """(nation, capability) with a requirement row of its own or of a bloc it belongs to."""
        return frozenset((nation, need.row.capability) for need in self.needs for nation in need.members)

    @cached_property
    def stocks(self) -> tuple[Stock, ...]:
        """Fleets in service and units under contract of the nations."""
        stocks = []
        for fleet in self.tables.fleets:
            program = self.known_programs.get(fleet.program)
            effect = program.effect_per_unit if program else 1.0
            grade = program.grade if program else UNKNOWN_FLEET_GRADE
            stocks.append(
                Stock(
                    fleet.nation,
                    fleet.capability,
                    fleet.program,
                    fleet.units * effect,
                    grade,
                    self.first_year,
                    fleet.retires,
                    contracted=False,
                )
            )
        for need in self.needs:
            row = need.row
            if row.contracted_units > 0.0 and not need.is_bloc:
                program = self.known_programs.get(row.baseline_program or "")
                effect = program.effect_per_unit if program else 1.0
                grade = program.grade if program else row.min_grade
                stocks.append(
                    Stock(
                        row.nation,
                        row.capability,
                        row.baseline_program or "",
                        row.contracted_units * effect,
                        grade,
                        row.need_by,
                        None,
                        contracted=True,
                    )
                )
        return tuple(stocks)

    @cached_property
    def stocks_of(self) -> dict[tuple[str, str], tuple[Stock, ...]]:
        """Stocks by (nation, capability)."""
        table: dict[tuple[str, str], list[Stock]] = defaultdict(list)
        for stock in self.stocks:
            table[stock.nation, stock.capability].append(stock)
        return {key: tuple(rows) for key, rows in table.items()}

    def in_stock(self, nation: str, capability: str, year: int, grade: int) -> float:
        """Required units of at least `grade` that a nation has in `year` without buying."""
        return sum(
            stock.required_units
            for stock in self.stocks_of.get((nation, capability), ())
            if stock.grade >= grade and stock.serves(year)
        )

    def bloc_contracted(self, need: Need) -> float:
        """Required units already under contract for an alliance-level target."""
        program = self.known_programs.get(need.row.baseline_program or "")
        return need.row.contracted_units * (program.effect_per_unit if program else 1.0)

    # --- who may buy what ------------------------------------------------------------------------------------

    @cached_property
    def _export_rows(self) -> dict[str, list[tuple[str, frozenset[str], str, int]]]:
        rows: dict[str, list[tuple[str, frozenset[str], str, int]]] = defaultdict(list)
        for row in self.tables.export:
            rows[row.regime].append((row.supplier, frozenset(self.members(row.buyer)), row.status, row.delay_years))
        return rows

    def export_status(self, nation: str, program: str) -> tuple[bool, int]:
        """Whether export control bars the nation from the program, and the years it delays delivery."""
        row = self.programs[program]
        if row.export_regime is None:
            return False, 0
        suppliers = {row.lead} | {nation for nation, share in self.shares[program].items() if share > 0.0}
        barred, delay = False, 0
        for supplier, buyers, status, years in self._export_rows.get(row.export_regime, ()):
            if supplier in suppliers and supplier != nation and nation in buyers:
                barred = barred or status == "barred"
                delay = max(delay, years if status == "delayed" else 0)
        return barred, delay

    @cached_property
    def _buyers(self) -> dict[str, frozenset[str] | None]:
        return {
            code: frozenset(nation for buyer in row.buyers for nation in self.members(buyer)) if row.buyers else None
            for code, row in self.programs.items()
        }

    def may_buy(self, nation: str, program: str) -> bool:
        """Whether buyers, export control and offers let the nation buy the program."""
        buyers = self._buyers[program]
        if buyers is not None and nation not in buyers:
            return False
        offer = self.offers.get((program, nation))
        if offer is not None and offer.allowed is False:
            return False
        return not self.export_status(nation, program)[0]

    @cached_property
    def eligible(self) -> dict[str, tuple[str, ...]]:
        """Nations that may buy each program and want its capability, in code order."""
        return {
            program: tuple(n for n in self.nations if (n, row.capability) in self.wants and self.may_buy(n, program))
            for program, row in self.programs.items()
        }

    @cached_property
    def asked(self) -> dict[tuple[str, str], float]:
        """Required units a nation may take of a capability: what it asked for plus extras (fine print 33)."""
        asked: dict[tuple[str, str], float] = defaultdict(float)
        for need in self.needs:
            row = need.row
            for nation in need.members:
                if need.is_bloc:
                    asked[nation, row.capability] += row.max_share_per_nation * row.quantity + row.max_extra_units
                else:
                    asked[nation, row.capability] += max(0.0, row.quantity - row.contracted_units) + row.max_extra_units
        return dict(asked)

    @cached_property
    def max_units(self) -> dict[tuple[str, str], int]:
        """U: most units of a program a nation may take, by (nation, program), where it may buy at all."""
        table = {}
        for program, nations in self.eligible.items():
            row = self.programs[program]
            for nation in nations:
                units = whole(self.asked[nation, row.capability] / row.effect_per_unit)
                offer = self.offers.get((program, nation))
                if offer is not None and offer.max_units is not None:
                    units = min(units, offer.max_units)
                if row.max_units is not None:
                    units = min(units, row.max_units)
                table[nation, program] = units
        return table

    @cached_property
    def most_required_units(self) -> dict[tuple[str, str], float]:
        """Bound of no_excess by (nation, capability): what it asked for, rounded up to whole units."""
        bound: dict[tuple[str, str], float] = defaultdict(float)
        for program, nations in self.eligible.items():
            row = self.programs[program]
            for nation in nations:
                units = whole(self.asked[nation, row.capability] / row.effect_per_unit)
                key = (nation, row.capability)
                bound[key] = max(bound[key], row.effect_per_unit * units)
        return dict(bound)

    @cached_property
    def baselines(self) -> dict[tuple[str, str], frozenset[str]]:
        """Programs a nation names as its baseline for a capability, in its own rows."""
        table: dict[tuple[str, str], set[str]] = defaultdict(set)
        for need in self.needs:
            if need.row.baseline_program and not need.is_bloc:
                table[need.row.nation, need.row.capability].add(need.row.baseline_program)
        return {key: frozenset(programs) for key, programs in table.items()}

    @cached_property
    def operates(self) -> frozenset[tuple[str, str]]:
        """(nation, program) with a fleet or contracted units of that very program: no introduction is paid."""
        return frozenset((stock.nation, stock.program) for stock in self.stocks)

    @cached_property
    def pairs(self) -> dict[tuple[str, str], Pair]:
        """Nations that may take delivery of a program inside the horizon, by (nation, program)."""
        as_is = self.settings.pooling.mode == "as_is"
        pairs = {}
        for program, nations in self.eligible.items():
            row = self.programs[program]
            for nation in nations:
                if as_is and program not in self.baselines.get((nation, row.capability), ()):
                    continue
                pair = self._pair(nation, row)
                if pair.max_units >= 1 and pair.earliest <= pair.latest:
                    pairs[nation, program] = pair
        return pairs

    def _pair(self, nation: str, row: Program) -> Pair:
        offer = self.offers.get((row.program, nation))
        foreign = nation != row.lead
        first = row.first_delivery
        if offer is not None and offer.earliest_delivery is not None:
            first = offer.earliest_delivery
        first += (row.approval_years if foreign else 0) + self.export_status(nation, row.program)[1]
        is_partner = nation in self.partners[row.program]
        uplift = 1.0 + (row.sale_surcharge_share if foreign else 0.0)
        if row.kind in DEVELOPMENT_KINDS and not is_partner:
            uplift *= 1.0 + row.customer_premium_share
        introduces = (nation, row.program) not in self.operates
        joining = row.joining_meur if offer is None or offer.joining_meur is None else offer.joining_meur
        return Pair(
            nation=nation,
            program=row.program,
            earliest=max(first, self.first_year),
            latest=min(row.last_delivery or self.last_year, self.last_year),
            max_units=self.max_units[nation, row.program],
            uplift=uplift,
            fixed_price_meur=None if offer is None else offer.unit_price_meur,
            joining_meur=joining if introduces else 0.0,
            operating_meur_per_year=row.operating_type_meur_per_year if introduces else 0.0,
            is_partner=is_partner,
            preference_meur=0.0 if offer is None else offer.preference_meur_per_unit,
        )

    # --- pools and contracts ---------------------------------------------------------------------------------

    @cached_property
    def pools(self) -> dict[str, tuple[str, ...]]:
        """Nations that buy together, by pool name; a nation alone is a pool of its own."""
        mode = self.settings.pooling.mode
        if mode == "joint":
            return {"joint": tuple(self.nations)}
        pools: dict[str, tuple[str, ...]] = {}
        if mode == "blocs":
            for number, bloc in enumerate(self.settings.pooling.blocs, start=1):
                members = {nation for code in bloc for nation in self.members(code)}
                pools[f"bloc{number}"] = tuple(sorted(members))
        together = {nation for pool in pools.values() for nation in pool}
        pools.update({nation: (nation,) for nation in self.nations if nation not in together})
        return pools

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """Every contract that can be signed, by id, program by program in code order."""
        contracts = {}
        for program in self.programs:
            for contract in self._contracts(program):
                contracts[contract.id] = contract
        return contracts

    def _contracts(self, program: str) -> list[Contract]:
        row = self.programs[program]
        buyers = [nation for nation in self.eligible[program] if (nation, program) in self.pairs]
        if not buyers:
            return []
        shared = []
        if self.settings.pooling.mode == "as_is":
            named = tuple(n for n in self.eligible[program] if program in self.baselines.get((n, row.capability), ()))
            if row.kind == "joint_development" and self.is_open(program) and len(named) >= 2:
                shared.append(("baseline", named, named))
        else:
            for name, pool in self.pools.items():
                able = tuple(nation for nation in pool if nation in self.eligible[program])
                if len(pool) >= 2 and len(able) >= 2:
                    shared.append((name, pool, able))
        contracts = []
        for name, pool, able in shared:
            contract = self._contract(program, f"{program}@{name}", name, pool, able, pooled=True)
            if contract is not None:
                contracts.append(contract)
        sheltered = (
            set()
            if self._keeps_own_contracts(row)
            else {nation for contract in contracts for nation in contract.nations}
        )
        for nation in buyers:
            if nation not in sheltered:
                contract = self._contract(program, f"{program}@{nation}", nation, (nation,), (nation,), pooled=False)
                if contract is not None:
                    contracts.append(contract)
        return contracts

    def _contract(
        self, program: str, code: str, name: str, pool: tuple[str, ...], able: tuple[str, ...], *, pooled: bool
    ) -> Contract | None:
        """The contract, or None where it could never be signed."""
        row = self.programs[program]
        nations = tuple(nation for nation in able if (nation, program) in self.pairs)
        open_development = self.is_open(program)
        partners = tuple(nation for nation in nations if nation in self.partners[program])
        counts: tuple[int, ...] = ()
        if open_development:
            fewest, most = self.partner_limits(program)
            counts = tuple(range(max(1, fewest), min(len(partners), len(partners) if most is None else most) + 1))
            if not counts:
                return None
        reach = sum(self.pairs[nation, program].max_units for nation in nations)
        if row.max_units is not None:
            reach = min(reach, row.max_units)
        reach -= reach % row.lot_units
        least = self.minimum_total(program)
        if not nations or reach < least:
            return None
        bands = tuple(band for band in self.bands[program] if band.first <= reach)
        return Contract(
            code, program, row.capability, name, pool, nations, pooled, open_development, partners, counts, bands, reach
        )

    def _keeps_own_contracts(self, row: Program) -> bool:
        """Whether buying alone can be better than buying in the pool (fine print 11)."""
        if row.premium_share > 0.0 or self.tables.industry:
            return True
        if any(nation.max_joint_programs is not None for nation in self.nations.values()):
            return True
        if any(self.rule_is_named_on(rule) for rule in _RULES_THAT_KEEP_OWN_CONTRACTS):
            return True
        if self.rule_is_named_on("goal_limit") and {"return", "outside"} & self.settings.rules["goal_limit"].keys():
            return True
        if any(
            row.program == p and (offer.work_limit is not None or offer.work_minimum is not None)
            for (p, _), offer in self.offers.items()
        ):
            return True
        prices = [band.price_meur for band in self.bands[row.program]]
        return any(later > earlier for earlier, later in pairwise(prices))

    def rule_is_named_on(self, name: str) -> bool:
        """Whether the settings name a rule and do not switch it off."""
        return name in self.settings.rules and bool(self.settings.rules[name].get("on", True))

    @cached_property
    def contracts_of(self) -> dict[str, tuple[Contract, ...]]:
        """Contracts by program."""
        table: dict[str, list[Contract]] = {program: [] for program in self.programs}
        for contract in self.contracts.values():
            table[contract.program].append(contract)
        return {program: tuple(contracts) for program, contracts in table.items()}

    @cached_property
    def buyable(self) -> tuple[tuple[str, str], ...]:
        """Which nation can buy which program by some contract; what a narrowed scenario leaves out as well."""
        return tuple(self.contracts_with)

    @cached_property
    def contracts_with(self) -> dict[tuple[str, str], tuple[Contract, ...]]:
        """Contracts a nation can buy a program from, by (nation, program)."""
        table: dict[tuple[str, str], list[Contract]] = defaultdict(list)
        for contract in self.contracts.values():
            for nation in contract.nations:
                table[nation, contract.program].append(contract)
        return {key: tuple(contracts) for key, contracts in table.items()}

    def unit_price(self, contract: Contract, nation: str, band: PriceBand) -> float:
        """What the nation pays per unit, all uplifts included, when the contract's total lies in `band`."""
        pair = self.pairs[nation, contract.program]
        base = band.price_meur if pair.fixed_price_meur is None else pair.fixed_price_meur
        premium = self.programs[contract.program].premium_share if contract.pooled else 0.0
        return base * (1.0 + premium) * pair.uplift

    def band_of(self, program: str, total: int) -> PriceBand:
        """The price band in which a contract's total lies; the nearest one outside all bands."""
        bands = self.bands[program]
        for band in bands:
            if total <= band.last:
                return band
        return bands[-1]

    def work_limits(self, contract: Contract, nation: str) -> tuple[float, float]:
        """Smallest and largest share of an open development's work that may lie in a nation of the pool."""
        offer = self.offers.get((contract.program, nation))
        share = self.shares[contract.program].get(nation, 0.0)
        limit = 1.5 * share if offer is None or offer.work_limit is None else offer.work_limit
        least = 0.0 if offer is None or offer.work_minimum is None else offer.work_minimum
        return least, min(1.0, limit)

    def inside_share(self, contract: Contract) -> float:
        """Share of the component value that arises inside the contract's pool."""
        shares = self.shares[contract.program]
        return sum(shares.get(nation, 0.0) for nation in contract.pool)

    # --- types, budgets --------------------------------------------------------------------------------------

    def type_key(self, capability: str, name: str) -> str:
        """The key under which a program, or a fleet's name, counts as a type."""
        program = self.known_programs.get(name)
        if program is None or self.capabilities[capability].type_is == "program":
            return name
        return program.family or program.program

    def family(self, program: str) -> str:
        """Family of a program, by default the program itself."""
        return self.known_programs[program].family or program

    @cached_property
    def standing_types(self) -> dict[tuple[str, str], frozenset[str]]:
        """Type keys a nation keeps to the horizon's end without buying, by (nation, capability)."""
        table: dict[tuple[str, str], set[str]] = defaultdict(set)
        for stock in self.stocks:
            if stock.retires is None or stock.retires > self.last_year:
                table[stock.nation, stock.capability].add(self.type_key(stock.capability, stock.program))
        return {key: frozenset(types) for key, types in table.items()}

    @cached_property
    def standing_types_of_alliance(self) -> dict[str, frozenset[str]]:
        """Type keys of all nations' standing fleets and of contracted alliance targets, by capability."""
        table: dict[str, set[str]] = defaultdict(set)
        for (_, capability), types in self.standing_types.items():
            table[capability] |= types
        for need in self.bloc_needs:
            if need.row.contracted_units > 0.0 and need.row.baseline_program:
                capability = need.row.capability
                table[capability].add(self.type_key(capability, need.row.baseline_program))
        return {capability: frozenset(types) for capability, types in table.items()}

    @cached_property
    def budgets(self) -> dict[tuple[str, str], dict[int, Budget]]:
        """Budget rows by (nation, class) and year; nations.csv gives class `all` where budgets.csv is silent."""
        table: dict[tuple[str, str], dict[int, Budget]] = defaultdict(dict)
        for nation in self.nations.values():
            if nation.budget_meur is not None:
                for year in self.years:
                    table[nation.nation, "all"][year] = Budget.model_construct(
                        nation=nation.nation,
                        year=year,
                        class_="all",
                        budget_meur=nation.budget_meur,
                        carry_over_share=0.0,
                    )
        for row in self.tables.budgets:
            if self.first_year <= row.year <= self.last_year:
                table[row.nation, row.class_][row.year] = row
        return {key: dict(sorted(rows.items())) for key, rows in sorted(table.items())}

    @cached_property
    def previous_units(self) -> dict[tuple[str, str], int]:
        """Units of the approved plan by (nation, program)."""
        return {(row.nation, row.program): row.units for row in self.tables.previous}
