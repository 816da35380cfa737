"""What follows from the tables before anything is decided: contracts, windows, limits, price bands, profiles, keys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from .data import Data, GroupMember, Offer, Program, Requirement, rule_on

NO_OFFER = Offer()


@dataclass(frozen=True)
class Contract:
    """A set of nations and a program; `pool` is None for a nation's own contract."""

    code: str
    program: str
    pool: tuple[str, ...] | None
    members: tuple[str, ...]

    @property
    def pooled(self) -> bool:
        """Whether it is a pool's contract."""
        return self.pool is not None

    @property
    def work_pool(self) -> tuple[str, ...]:
        """pool(a) of fine-print 56: the pool, or the one nation."""
        return self.pool if self.pool is not None else self.members


@dataclass(frozen=True)
class Coverage:
    """Units in service without buying anything: from year `start` until before `end`, worth `amount` at `grade`."""

    nation: str
    capability: str
    amount: float
    grade: int
    start: int
    end: int


@dataclass(frozen=True)
class Cell:
    """One (group, capability): its members, the keys their fleets `allowed`, and the keys each program carries."""

    group: str
    capability: str
    members: tuple[str, ...]
    allowed: frozenset[str]
    carried: dict[str, frozenset[str]]


def learning_price(program: Program, units: int) -> float:
    """Average unit price of an order of `units` (unit theory, exact sums; fine-print 23)."""
    exponent = math.log2(program.learning_slope)
    first = program.prior_units + 1
    reference = math.fsum(x**exponent for x in range(first, first + program.reference_units))
    first_unit_cost = program.unit_cost_meur * program.reference_units / reference
    return first_unit_cost / units * math.fsum(x**exponent for x in range(first, first + units))


def band_edges(lo: int, hi: int, bands: int) -> list[tuple[int, int]]:
    """First and last unit of each price band, in geometric steps (fine-print 25)."""
    edges: list[int] = []
    for i in range(bands + 1):
        edge = math.floor(lo * (hi / lo) ** (i / bands) + 0.5)
        if edge not in edges:
            edges.append(edge)
    if len(edges) == 1:
        return [(edges[0], edges[0])]
    return [(edges[i - 1] + (1 if i > 1 else 0), edges[i]) for i in range(1, len(edges))]


def development_years(program: Program, first_year: int, last_year: int) -> dict[int, float]:
    """Share of the development money due in each year (fine-print 16)."""
    if program.development_profile:
        return dict(program.development_profile)
    if program.development_start is not None:
        start = program.development_start
    elif program.development_years is not None:
        start = program.first_delivery - program.development_years
    else:
        start = first_year
    years_given = program.development_years
    end = program.first_delivery - 1 if years_given is None else start + years_given - 1
    years = [t for t in range(start, end + 1) if first_year <= t <= last_year]
    if not years:
        years = [min(max(program.first_delivery - 1, first_year), last_year)]
    return {t: 1.0 / len(years) for t in years}


class Facts:
    """Everything derived from a scenario's tables."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.first, self.last = data.first_year, data.last_year
        self.years = list(range(self.first, self.last + 1))
        self.discount = {t: (1.0 + data.discount_rate) ** -(t - self.first) for t in self.years}
        self.nations = list(data.nations)
        self.programs = {
            code: p
            for code, p in data.programs.items()
            if data.include_counterfactuals or p.status != "cancelled_counterfactual"
        }
        self.rows: dict[tuple[str, str], list[Requirement]] = {}
        self.bloc_rows: list[Requirement] = []
        for row in data.requirements:
            if row.nation in data.nations:
                self.rows.setdefault((row.nation, row.capability), []).append(row)
            else:
                self.bloc_rows.append(row)
        self.contracts = {a.code: a for a in self._contracts()}
        self.of_program: dict[str, list[Contract]] = {p: [] for p in self.programs}
        for a in self.contracts.values():
            self.of_program[a.program].append(a)
        self.bands = {p: self._bands(self.programs[p]) for p in self.programs}
        self.profile = {p: development_years(self.programs[p], self.first, self.last) for p in self.programs}
        self.coverage = self._coverage()
        self.cells = self._cells()

    # Who may buy what.

    def offer(self, n: str, p: str) -> Offer:
        """The pair's offer, empty when there is none."""
        return self.data.offers.get((p, n), NO_OFFER)

    def within(self, n: str, code: str) -> bool:
        """Whether a nation is the nation, or a member of the bloc, of that code."""
        return n == code or code in self.data.nations[n].blocs

    def export_delay(self, n: str, p: str) -> int | None:
        """Years of delay by export control, None when barred (fine-print 68)."""
        program = self.data.programs[p]
        delay = 0
        for row in self.data.export:
            if program.export_regime is None or row.regime != program.export_regime:
                continue
            if row.supplier != program.lead and program.suppliers.get(row.supplier, 0.0) <= 0.0:
                continue
            if not self.within(n, row.buyer):
                continue
            if row.status == "barred" and row.supplier != n:
                return None
            if row.status == "delayed":
                delay = max(delay, row.delay_years)
        return delay

    def may_buy(self, n: str, p: str) -> bool:
        """Whether buyers, offers and export control let a nation buy a program, in any mode."""
        program = self.programs[p]
        if program.buyers and not any(self.within(n, code) for code in program.buyers):
            return False
        return self.offer(n, p).allowed and self.export_delay(n, p) is not None

    def may_buy_here(self, n: str, p: str) -> bool:
        """`may_buy` narrowed, in as_is mode, to the baselines the nation's own rows name (fine-print 12)."""
        if self.data.mode == "as_is" and not self.names(n, p):
            return False
        return self.may_buy(n, p)

    def names(self, n: str, p: str) -> bool:
        """Whether a row of the nation names the program as its baseline."""
        rows = self.rows.get((n, self.programs[p].capability), [])
        return any(row.baseline_program == p for row in rows)

    def wants(self, n: str, c: str) -> bool:
        """Whether a requirement row, its own or a bloc's, asks the nation for the capability."""
        return (n, c) in self.rows or any(r.capability == c and self.within(n, r.nation) for r in self.bloc_rows)

    def partners(self, p: str) -> tuple[str, ...]:
        """Nations that may share the development."""
        program = self.data.programs[p]
        if program.kind == "national_development" and not program.partners:
            return (program.lead,)
        return program.partners

    def is_partner(self, n: str, p: str) -> bool:
        """Whether the nation is a partner, not a customer, of a development kind."""
        return n in self.partners(p)

    def development(self, p: str) -> float:
        """Development cost for one nation alone; a variant's own (fine-print 43)."""
        program = self.programs[p]
        if program.variant_of is not None and program.variant_development_meur is not None:
            return program.variant_development_meur
        return program.development_meur

    def is_open(self, p: str) -> bool:
        """Whether it is an open development (fine-print 2)."""
        program = self.programs[p]
        return program.kind.endswith("_development") and (self.development(p) > 0.0 or program.element is not None)

    def partner_bounds(self, p: str) -> tuple[int, int]:
        """Fewest and most partners of an open development."""
        program = self.programs[p]
        if program.kind == "national_development":
            return 1, 1
        most = len(self.nations) if program.max_partners is None else program.max_partners
        return max(1, program.min_partners), most

    # Contracts.

    def pools(self) -> list[tuple[str, tuple[str, ...]]]:
        """Names and nations of the pools of at least two nations (fine-print 1, 13)."""
        if self.data.mode == "joint":
            pools = [("joint", tuple(self.nations))]
        elif self.data.mode == "blocs":
            pools = [(f"bloc{i}", bloc) for i, bloc in enumerate(self.data.blocs, start=1)]
        else:
            pools = []
        return [(name, nations) for name, nations in pools if len(nations) >= 2]

    def _contracts(self) -> list[Contract]:
        contracts = []
        for p, program in self.programs.items():
            able = [n for n in self.nations if self.may_buy_here(n, p) and self.wants(n, program.capability)]
            pools = self.pools()
            if self.data.mode == "as_is" and self.is_open(p) and program.kind == "joint_development":
                pools = [("joint", tuple(able))]
            least, _ = self.partner_bounds(p)
            for name, nations in pools:
                members = tuple(n for n in able if n in nations)
                if len(members) < 2:
                    continue
                if self.is_open(p) and sum(self.is_partner(n, p) for n in members) < least:
                    continue
                contracts.append(Contract(f"{p}@{name}", p, nations, members))
            for n in able:
                if self.is_open(p) and not (self.is_partner(n, p) and least <= 1):
                    continue
                contracts.append(Contract(f"{p}@{n}", p, None, (n,)))
        return contracts

    # Limits and windows.

    def asked(self, n: str, c: str) -> float:
        """A of fine-print 33: what the nation may take of a capability, in required units."""
        own = sum(max(0.0, r.quantity - r.contracted_units) + r.max_extra_units for r in self.rows.get((n, c), []))
        bloc = sum(
            r.max_share_per_nation * r.quantity + r.max_extra_units
            for r in self.bloc_rows
            if r.capability == c and self.within(n, r.nation)
        )
        return own + bloc

    def whole_need(self, n: str, p: str) -> int:
        """U0 of fine-print 33: the need in whole units of the program."""
        program = self.programs[p]
        return math.ceil(self.asked(n, program.capability) / program.effect_per_unit - 1e-9)

    def most(self, n: str, p: str) -> int:
        """U of fine-print 33: most units of the program the nation may take."""
        limits = (self.whole_need(n, p), self.programs[p].max_units, self.offer(n, p).max_units)
        return min(limit for limit in limits if limit is not None)

    def excess_limit(self, n: str, c: str) -> float:
        """Most required units the nation may take of a capability (fine-print 33)."""
        return max(
            (
                q.effect_per_unit * self.whole_need(n, p)
                for p, q in self.programs.items()
                if q.capability == c and self.may_buy_here(n, p)
            ),
            default=0.0,
        )

    def earliest(self, n: str, p: str) -> int:
        """First year the nation may take delivery (fine-print 22)."""
        program = self.programs[p]
        year = self.offer(n, p).earliest_delivery
        if year is None:
            year = program.first_delivery
        if n != program.lead:
            year += program.approval_years
        return max(self.first, year + (self.export_delay(n, p) or 0))

    def window(self, n: str, p: str) -> list[int]:
        """Years in which the nation may take delivery."""
        last = self.programs[p].last_delivery
        last = self.last if last is None else min(last, self.last)
        return list(range(self.earliest(n, p), last + 1))

    # Prices and money.

    def _bands(self, program: Program) -> list[tuple[int, float, float]]:
        """First unit, last unit and price of each band of a program (fine-print 24-26)."""
        breaks = self.data.prices.get(program.program)
        if breaks:
            lasts = [float(start - 1) for start, _ in breaks[1:]] + [math.inf]
            return [(start, last, price) for (start, price), last in zip(breaks, lasts, strict=True)]
        lo = max(program.min_order_units, 1)
        p = program.program
        hi = sum(self.most(n, p) for n in self.nations if self.may_buy(n, p))
        if program.max_units is not None:
            hi = min(hi, program.max_units)
        hi = max(hi, lo)
        if program.learning_slope == 1.0:
            return [(lo, hi, program.unit_cost_meur)]
        count = self.data.rules.get("price_bands", {}).get("bands", 6)
        return [
            (first, last, learning_price(program, math.floor(math.sqrt(first * last) + 0.5)))
            for first, last in band_edges(lo, hi, count)
        ]

    def smallest_order(self, p: str) -> int:
        """Smallest total of a contract."""
        return max(self.programs[p].min_order_units, self.bands[p][0][0])

    def uplift(self, n: str, a: Contract) -> float:
        """Factor on the base price: premium, customer premium, surcharge (fine-print 27)."""
        program = self.programs[a.program]
        factor = 1.0
        if a.pooled:
            factor *= 1.0 + program.premium_share
        if program.kind.endswith("_development") and not self.is_partner(n, a.program):
            factor *= 1.0 + program.customer_premium_share
        if n != program.lead:
            factor *= 1.0 + program.sale_surcharge_share
        return factor

    def price(self, n: str, a: Contract, band_price: float) -> float:
        """What the nation pays per unit, undiscounted."""
        own = self.offer(n, a.program).unit_price_meur
        return (band_price if own is None else own) * self.uplift(n, a)

    def due(self, p: str, delivery: int) -> dict[int, float]:
        """Share of the price due in each year for a delivery year, clamped to the horizon (fine-print 15)."""
        shares: dict[int, float] = {}
        for offset, share in self.programs[p].payment_profile.items():
            year = min(max(delivery + offset, self.first), self.last)
            shares[year] = shares.get(year, 0.0) + share
        return shares

    def introduces(self, n: str, p: str) -> bool:
        """Whether joining brings the nation a type it does not have (fine-print 20)."""
        if any(f.nation == n and f.program == p for f in self.data.fleets):
            return False
        rows = self.rows.get((n, self.programs[p].capability), [])
        return not any(r.contracted_units > 0 and r.baseline_program == p for r in rows)

    def joining(self, n: str, p: str) -> float:
        """Cost of introducing the program."""
        if not self.introduces(n, p):
            return 0.0
        own = self.offer(n, p).joining_meur
        return self.programs[p].joining_meur if own is None else own

    def operating(self, n: str, p: str) -> float:
        """Yearly cost of operating the type."""
        return self.programs[p].operating_type_meur_per_year if self.introduces(n, p) else 0.0

    def budget_rows(self) -> dict[tuple[str, str], dict[int, tuple[float, float]]]:
        """Budget and carry-over share by nation and class, then year (fine-print 50, 51)."""
        rows: dict[tuple[str, str], dict[int, tuple[float, float]]] = {}
        for n, nation in self.data.nations.items():
            if nation.budget_meur is not None:
                rows[n, "all"] = {t: (nation.budget_meur, 0.0) for t in self.years}
        for (n, kind, year), body in self.data.budgets.items():
            if self.first <= year <= self.last:
                rows.setdefault((n, kind), {})[year] = body
        return rows

    # Coverage, types, keys.

    def effect_of(self, name: str) -> float:
        """Effect of a named program, 1 when it is in no table."""
        return self.data.programs[name].effect_per_unit if name in self.data.programs else 1.0

    def _coverage(self) -> list[Coverage]:
        found = []
        for fleet in self.data.fleets:
            grade = self.data.programs[fleet.program].grade if fleet.program in self.data.programs else 3
            end = self.last + 1 if fleet.retires is None else fleet.retires
            amount = fleet.units * self.effect_of(fleet.program)
            found.append(Coverage(fleet.nation, fleet.capability, amount, grade, self.first, end))
        for rows in self.rows.values():
            for r in rows:
                if r.contracted_units > 0:
                    program = self.data.programs.get(r.baseline_program or "")
                    grade = r.min_grade if program is None else program.grade
                    amount = r.contracted_units * (1.0 if program is None else program.effect_per_unit)
                    found.append(Coverage(r.nation, r.capability, amount, grade, r.need_by, self.last + 1))
        return found

    def covered(self, n: str, c: str, t: int, grade: int) -> float:
        """Fleets and contracted units of sufficient grade in service in a year."""
        return sum(
            x.amount
            for x in self.coverage
            if x.nation == n and x.capability == c and x.grade >= grade and x.start <= t < x.end
        )

    def type_key(self, c: str, name: str) -> str:
        """What a program or fleet counts as (fine-print 46)."""
        if self.data.capabilities[c].type_is == "family" and name in self.data.programs:
            return self.data.programs[name].family
        return name

    def standing_types(self, n: str, c: str) -> set[str]:
        """Types the nation has at the horizon's end without buying (fine-print 45)."""
        keys = {
            self.type_key(c, f.program)
            for f in self.data.fleets
            if f.nation == n and f.capability == c and (f.retires is None or f.retires > self.last)
        }
        for r in self.rows.get((n, c), []):
            if r.contracted_units > 0 and r.baseline_program:
                keys.add(self.type_key(c, r.baseline_program))
        return keys

    def carried_keys(self, level: str, name: str) -> set[str] | None:
        """Keys a program or a family name carries at a level; None when the name is unknown (fine-print 67)."""
        named = [q for q in self.data.programs.values() if q.program == name]
        if not named:
            named = [q for q in self.data.programs.values() if q.family == name]
        if not named:
            return None
        if level == "compatible":
            return {s for q in named for s in q.standards}
        if level == "interchangeable":
            return {q.family for q in named}
        return {q.program for q in named}

    def _cells(self) -> list[Cell]:
        members: dict[tuple[str, str], list[GroupMember]] = {}
        if rule_on(self.data, "interoperability"):
            for row in self.data.groups:
                if row.from_year is None or row.from_year <= self.last:
                    members.setdefault((row.group, row.capability), []).append(row)
        cells = []
        for (group, c), rows in members.items():
            level = rows[0].level
            carried = {
                p: frozenset(self.carried_keys(level, p) or set())
                for p, q in self.programs.items()
                if q.capability == c
            }
            allowed = {key for keys in carried.values() for key in keys}
            for row in rows:
                since = self.first if row.from_year is None else row.from_year
                names = [
                    f.program
                    for f in self.data.fleets
                    if f.nation == row.nation and f.capability == c and (f.retires is None or f.retires > since)
                ]
                names += [
                    r.baseline_program
                    for r in self.rows.get((row.nation, c), [])
                    if r.contracted_units > 0 and r.baseline_program
                ]
                for name in names:
                    keys = self.carried_keys(level, name)
                    if keys is not None:
                        allowed &= keys
            cells.append(Cell(group, c, tuple(row.nation for row in rows), frozenset(allowed), carried))
        return cells

    def sector(self, p: str) -> str:
        """Industrial sector of the program's capability."""
        return self.data.capabilities[self.programs[p].capability].sector

    def work_bounds(self, n: str, p: str) -> tuple[float, float]:
        """Least and largest share of an open development's work inside the pool (fine-print 56)."""
        offer = self.offer(n, p)
        limit = offer.work_limit
        if limit is None:
            limit = 1.5 * self.programs[p].suppliers.get(n, 0.0)
        return (offer.work_minimum or 0.0), min(1.0, limit)

    def find(self, program: str, pool: object, nation: str | None) -> Contract | None:
        """The contract of a plan's entry, None when there is no such contract."""
        for a in self.of_program.get(program, []):
            if pool is not None and a.pooled and set(a.pool or ()) == set(pool):  # type: ignore[call-overload]
                return a
            if pool is None and not a.pooled and a.members[0] == nation:
                return a
        return None


@lru_cache(maxsize=16)
def facts(data: Data) -> Facts:
    """The facts of a scenario, computed once."""
    return Facts(data)
