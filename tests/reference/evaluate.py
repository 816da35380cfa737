"""Every cost term of a given plan, and every rule it breaks, straight from the documents and without a solver.

A plan is `{"contracts": {code: body}}`; a body has `program`, `pool` (nations of the pool, or None), `nation` (of
an own contract), `deliveries` {(nation, year): units}, `development` {nation: meur}, `element` {nation: meur, the
part of a shared element this contract's partners pay} and `work` {nation: meur}.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .data import Data, parameter, rule_on
from .facts import Contract, Facts, facts

Plan = dict[str, Any]
TERMS = (
    "development",
    "production",
    "joining",
    "support",
    "grants",
    "shortfall",
    "duplication",
    "preference",
    "change",
)
COST_TERMS = ("development", "production", "joining", "support", "grants")
# Which payments fall into which budget class (fine-print 49).
CLASS_OF = {
    "development": "development",
    "production": "procurement",
    "joining": "procurement",
    "operating": "support",
    "support": "support",
}
TOLERANCE = 1e-6


class Outcome:
    """What a plan means in units, payments and work."""

    def __init__(self, data: Data, plan: Plan) -> None:
        self.data = data
        self.f: Facts = facts(data)
        f = self.f
        self.unknown: list[str] = []
        self.contracts: dict[str, Contract] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.units: dict[tuple[str, str], float] = {}
        self.total: dict[str, float] = {}
        self.by_program: dict[tuple[str, str], float] = defaultdict(float)
        self.delivered: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        self.band: dict[str, tuple[int, float, float] | None] = {}
        self.production: dict[tuple[str, str], float] = defaultdict(float)
        self.value_due: dict[tuple[str, int], float] = defaultdict(float)
        self.paid: dict[tuple[str, str, int], float] = defaultdict(float)
        self.development: dict[tuple[str, str], float] = {}
        self.element: dict[tuple[str, str], float] = {}
        self.partners: dict[str, list[str]] = {}
        self.price: dict[tuple[str, str], float] = {}
        for code, body in plan["contracts"].items():
            bought = {key: u for key, u in body["deliveries"].items() if u != 0}
            if not bought:
                continue
            a = f.find(body["program"], body.get("pool"), body.get("nation"))
            if a is None:
                self.unknown.append(code)
                continue
            self._add(a, body, bought)

    def _add(self, a: Contract, body: dict[str, Any], bought: dict[tuple[str, int], float]) -> None:
        f, p = self.f, a.program
        program = f.programs[p]
        self.contracts[a.code], self.bodies[a.code] = a, body
        total = sum(bought.values())
        self.total[a.code] = total
        self.band[a.code] = next(
            (band for band in f.bands[p] if band[0] - 0.5 < total < band[1] + 0.5),
            None,
        )
        band = self.band[a.code] or f.bands[p][0 if total < f.bands[p][0][0] else -1]
        for (n, t), u in bought.items():
            self.units[n, a.code] = self.units.get((n, a.code), 0.0) + u
            self.by_program[n, p] += u
            self.delivered[n, p].append((t, u))
            price = f.price(n, a, band[2])
            self.price[n, a.code] = price
            self.production[n, a.code] += price * u
            for year, share in f.due(p, t).items():
                self.paid[n, "production", year] += share * price * u
                self.value_due[a.code, year] += share * price * u
            for year in range(t, f.last + 1):
                self.paid[n, "support", year] += program.support_meur_per_unit_year * u
        joined = [n for n in f.nations if self.units.get((n, a.code), 0.0) > 0]
        for n in joined:
            start = f.earliest(n, p)
            self.paid[n, "joining", min(start, f.last)] += f.joining(n, p)
            for year in range(start, f.last + 1):
                self.paid[n, "operating", year] += f.operating(n, p)
        self.partners[a.code] = [n for n in joined if f.is_partner(n, p)]
        if f.is_open(p):
            for kind in ("development", "element"):
                for n, money in (body.get(kind) or {}).items():
                    (self.development if kind == "development" else self.element)[n, a.code] = money
                    for year, share in f.profile[p].items():
                        self.paid[n, "development", year] += share * money
                        if kind == "development":
                            self.value_due[a.code, year] += share * money

    def development_cost(self, code: str) -> float:
        """D m^k of a launched contract, 0 when it is no open development."""
        p = self.contracts[code].program
        m = len(self.partners[code])
        if not self.f.is_open(p) or m == 0:
            return 0.0
        return float(self.f.development(p) * m ** self.f.programs[p].partner_exponent)

    def value(self, code: str) -> float:
        """Work value of a contract (fine-print 55)."""
        nations = {n for n, c in self.production if c == code}
        return self.development_cost(code) + sum(self.production[n, code] for n in nations)

    def work(self, n: str, code: str) -> float:
        """Work of a contract placed in a nation: the plan's own inside an open development's pool, else by share."""
        a = self.contracts[code]
        if self.f.is_open(a.program) and n in a.work_pool:
            return float((self.bodies[code].get("work") or {}).get(n, 0.0))
        return self.f.programs[a.program].suppliers.get(n, 0.0) * self.value(code)

    def payments(self, n: str, kind: str, year: int) -> float:
        """Money of a budget class a nation pays in a year."""
        return sum(self.paid.get((n, term, year), 0.0) for term, of in CLASS_OF.items() if kind in ("all", of))

    def in_service(self, n: str, c: str, t: int, grade: int) -> float:
        """Required units covered in a year: new, fleets, contracted, of sufficient grade."""
        f = self.f
        amount = f.covered(n, c, t, grade)
        for p, program in f.programs.items():
            if program.capability == c and program.grade >= grade and (n, p) in self.delivered:
                amount += program.effect_per_unit * sum(u for year, u in self.delivered[n, p] if year <= t)
        return amount

    def shortfalls(self) -> dict[tuple[int, int], float]:
        """Units short by (row index, year): the cheapest rows are short first (fine-print 31, 36)."""
        f = self.f
        short: dict[tuple[int, int], float] = {}
        for (n, c), rows in f.rows.items():
            for t in f.years:
                due = [r for r in rows if r.need_by <= t]
                open_rows = sorted((r for r in due if not r.must_meet), key=lambda r: r.priority)
                for grade in sorted({r.min_grade for r in due}, reverse=True):
                    need = sum(r.quantity for r in due if r.min_grade >= grade)
                    missing = need - self.in_service(n, c, t, grade)
                    missing -= sum(short.get((r.index, t), 0.0) for r in due if r.min_grade >= grade)
                    for r in open_rows:
                        if missing <= 1e-12:
                            break
                        if r.min_grade < grade:
                            continue
                        extra = min(missing, r.quantity - short.get((r.index, t), 0.0))
                        short[r.index, t] = short.get((r.index, t), 0.0) + extra
                        missing -= extra
        for r in f.bloc_rows:
            for t in f.years:
                if t >= r.need_by and not r.must_meet:
                    short[r.index, t] = max(0.0, r.quantity - self.contribution(r.index, t))
        return {key: amount for key, amount in short.items() if amount > 0.0}

    def contribution(self, index: int, t: int) -> float:
        """What the members of a bloc can contribute to its row in a year."""
        r = self.data.requirements[index]
        cap = r.quantity * (r.max_share_per_nation if rule_on(self.data, "half_rule") else 1.0)
        return sum(
            min(cap, self.in_service(n, r.capability, t, r.min_grade))
            for n in self.f.nations
            if self.f.within(n, r.nation)
        )

    def shortfall_cost(self, nation: str | None = None) -> float:
        """Discounted price of shortfall, of all rows or of a nation's own."""
        cost = 0.0
        for (index, t), amount in self.shortfalls().items():
            r = self.data.requirements[index]
            if nation is None or r.nation == nation:
                price = self.data.capabilities[r.capability].shortfall_meur_per_unit_year or 0.0
                cost += price * r.priority * amount * self.f.discount[t]
        return cost

    def types(self, c: str, nation: str | None = None) -> set[str]:
        """Types of a capability counted at the horizon's end, alliance-wide or of one nation."""
        keys: set[str] = set()
        for n in self.f.nations if nation is None else [nation]:
            keys |= self.f.standing_types(n, c)
            for p, program in self.f.programs.items():
                if program.capability == c and self.by_program.get((n, p), 0.0) > 0:
                    keys.add(self.f.type_key(c, p))
        return keys

    def nation_cost(self, n: str) -> float:
        """Discounted payments plus priced shortfall of a nation's own rows (fine-print 63)."""
        money = sum(x * self.f.discount[t] for (m, _, t), x in self.paid.items() if m == n)
        return money + self.shortfall_cost(n)

    def overrun(self) -> float:
        """Price of soft budgets exceeded, undiscounted (fine-print 52)."""
        if not (rule_on(self.data, "annual_budget") and parameter(self.data, "annual_budget", "soft", False)):
            return 0.0
        price = parameter(self.data, "annual_budget", "price", 1.0)
        return float(price * sum(excess for *_, excess in self.budget_excess()))

    def budget_excess(self) -> list[tuple[str, str, int, float]]:
        """Money beyond each budget and what was carried over (fine-print 51)."""
        found = []
        for (n, kind), rows in self.f.budget_rows().items():
            carried = 0.0
            for t in self.f.years:
                if t not in rows:
                    carried = 0.0
                    continue
                budget, share = rows[t]
                left = budget + carried - self.payments(n, kind, t)
                if left < 0.0:
                    found.append((n, kind, t, -left))
                carried = share * max(0.0, left)
        return found


def terms(outcome: Outcome) -> dict[str, float]:
    """The nine terms, discounted and unweighted."""
    data, f = outcome.data, outcome.f
    money = dict.fromkeys(TERMS, 0.0)
    for (_, term, t), amount in outcome.paid.items():
        money["joining" if term == "operating" else term] += amount * f.discount[t]
    money["shortfall"] = outcome.shortfall_cost()
    for c, capability in data.capabilities.items():
        if capability.extra_type_meur > 0.0:
            money["duplication"] += capability.extra_type_meur * max(0, len(outcome.types(c)) - 1)
    for (n, p), units in outcome.by_program.items():
        money["preference"] -= f.offer(n, p).preference_meur_per_unit * units
    if data.previous is not None:
        for n in f.nations:
            for p, program in f.programs.items():
                gap = abs(outcome.by_program.get((n, p), 0.0) - data.previous.get((n, p), 0.0))
                money["change"] += program.unit_cost_meur * gap
    return money


def objective_terms(money: dict[str, float]) -> dict[str, float]:
    """The five terms of [objective]: cost gathers the five cost lines."""
    return {
        "cost": sum(money[name] for name in COST_TERMS),
        **{name: money[name] for name in ("shortfall", "duplication", "preference", "change")},
    }


def evaluate(data: Data, plan: Plan) -> dict[str, float]:
    """Every cost term of a plan, `cost`, `overrun` (price of soft budgets) and the weighted `objective`.

    In lexicographic order the objective is the last term's value.
    """
    outcome = Outcome(data, plan)
    money = terms(outcome)
    five = objective_terms(money)
    overrun = outcome.overrun()
    if data.order:
        objective = five[data.order[-1]]
    else:
        objective = sum(data.weights[name] * value for name, value in five.items()) + overrun
    return {**money, "cost": five["cost"], "overrun": overrun, "objective": objective}


def nation_costs(data: Data, plan: Plan) -> dict[str, float]:
    """Cost of each nation as `no_nation_worse_off` compares it."""
    outcome = Outcome(data, plan)
    return {n: outcome.nation_cost(n) for n in outcome.f.nations}


def violations(
    data: Data, plan: Plan, national: dict[str, float] | None = None, tolerance: float = TOLERANCE
) -> list[str]:
    """Every rule a plan breaks, as `rule: what`; `national` is each nation's cost in the national baseline."""
    return _Check(Outcome(data, plan), national, tolerance).run()


class _Check:
    """Goes through the rules one after another."""

    def __init__(self, outcome: Outcome, national: dict[str, float] | None, tolerance: float) -> None:
        self.o, self.f, self.data = outcome, outcome.f, outcome.data
        self.national, self.tolerance = national, tolerance
        self.found: list[str] = []

    def run(self) -> list[str]:
        """All violations."""
        self.found = [f"contract: {code} does not exist" for code in self.o.unknown]
        self.contracts()
        self.lines()
        self.needs()
        self.development()
        self.work()
        self.locks()
        self.budgets()
        self.types()
        self.interoperability()
        self.fair_return()
        self.industry()
        self.suppliers()
        self.burden()
        self.nations()
        return self.found

    def at_most(self, value: float, limit: float, label: str) -> None:
        """Report a value above its limit."""
        if value > limit + self.tolerance * max(1.0, abs(limit)):
            self.found.append(f"{label}: {value:.9g} > {limit:.9g}")

    def at_least(self, value: float, limit: float, label: str) -> None:
        """Report a value below its limit."""
        if value < limit - self.tolerance * max(1.0, abs(limit)):
            self.found.append(f"{label}: {value:.9g} < {limit:.9g}")

    def equal(self, value: float, target: float, label: str) -> None:
        """Report a value that misses its target."""
        self.at_most(value, target, label)
        self.at_least(value, target, label)

    def contracts(self) -> None:
        """Membership, windows, whole units, lots, minimum order, bands."""
        o, f = self.o, self.f
        for code, a in o.contracts.items():
            program = f.programs[a.program]
            for (n, t), u in o.bodies[code]["deliveries"].items():
                if u == 0:
                    continue
                if n not in a.members:
                    self.found.append(f"contract: {n} is no member of {code}")
                if abs(u - round(u)) > self.tolerance or u < 0:
                    self.found.append(f"whole_units: {n} {code} {t}: {u}")
                if n in f.nations and t not in f.window(n, a.program):
                    self.found.append(f"delivery_window: {n} {code} in {t}")
            lots = o.total[code] / program.lot_units
            if abs(lots - round(lots)) > self.tolerance:
                self.found.append(f"whole_lots: {code}: {o.total[code]}")
            self.at_least(o.total[code], f.smallest_order(a.program), f"minimum_order: {code}")
            if o.band[code] is None:
                self.found.append(f"one_price_band: {code}: {o.total[code]} lies in no band")
        for (n, p), units in o.by_program.items():
            if sum((n, a.code) in o.units for a in f.of_program[p]) > 1:
                self.found.append(f"one_contract: {n} buys {p} twice")
            self.at_most(units, f.most(n, p), f"no_excess: {n} {p}")
            least = self.data.capabilities[f.programs[p].capability].min_fleet_units
            if rule_on(self.data, "minimum_fleet"):
                self.at_least(units, least, f"minimum_fleet: {n} {p}")

    def lines(self) -> None:
        """Line limits, single development, variants, excess per capability."""
        o, f = self.o, self.f
        for p, program in f.programs.items():
            launched = [a for a in f.of_program[p] if a.code in o.contracts]
            if program.max_units is not None:
                self.at_most(sum(o.total[a.code] for a in launched), program.max_units, f"maximum_units: {p}")
            if program.annual_capacity_units is not None:
                for t in f.years:
                    made = sum(u for n in f.nations for year, u in o.delivered.get((n, p), []) if year == t)
                    self.at_most(made, program.annual_capacity_units, f"annual_capacity: {p} {t}")
            if f.is_open(p) and len(launched) > 1:
                self.found.append(f"single_development: {p} launched {len(launched)} times")
            if launched and program.variant_of is not None:
                base = f.of_program.get(program.variant_of, [])
                if not any(a.code in o.contracts for a in base):
                    self.found.append(f"variant: {p} without {program.variant_of}")
        for n in f.nations:
            for c in self.data.capabilities:
                taken = sum(
                    q.effect_per_unit * o.by_program.get((n, p), 0.0)
                    for p, q in f.programs.items()
                    if q.capability == c
                )
                if taken:
                    self.at_most(taken, f.excess_limit(n, c), f"no_excess: {n} {c}")

    def needs(self) -> None:
        """meet_need: what must be met is met."""
        o, f = self.o, self.f
        short = o.shortfalls()
        for (n, c), rows in f.rows.items():
            for t in f.years:
                due = [r for r in rows if r.need_by <= t]
                for grade in sorted({r.min_grade for r in due}):
                    sufficient = [r for r in due if r.min_grade >= grade]
                    have = o.in_service(n, c, t, grade) + sum(short.get((r.index, t), 0.0) for r in sufficient)
                    need = sum(r.quantity for r in sufficient)
                    self.at_least(have, need, f"meet_need: {n} {c} {t} grade {grade}")
        for r in f.bloc_rows:
            for t in f.years:
                if t >= r.need_by:
                    have = o.contribution(r.index, t) + short.get((r.index, t), 0.0)
                    self.at_least(have, r.quantity, f"meet_need: bloc {r.nation} {r.capability} {t}")

    def development(self) -> None:
        """partner_count, development_paid, shared elements."""
        o, f = self.o, self.f
        naming: dict[str, float] = {}
        for code, a in o.contracts.items():
            p = a.program
            if not f.is_open(p):
                continue
            least, most = f.partner_bounds(p)
            m = len(o.partners[code])
            self.at_least(m, least, f"partner_count: {code}")
            self.at_most(m, most, f"partner_count: {code}")
            for kind, money in (("development", o.development), ("element", o.element)):
                for (n, other), paid in money.items():
                    if other == code:
                        self.at_least(paid, 0.0, f"development_paid: {kind} of {n} in {code}")
                        if n not in o.partners[code]:
                            self.at_most(paid, 0.0, f"development_paid: {n} is no joined partner of {code}")
            paid = sum(x for (_, other), x in o.development.items() if other == code)
            self.equal(paid, o.development_cost(code), f"development_paid: {code}")
            element = f.programs[p].element
            carried = sum(x for (_, other), x in o.element.items() if other == code)
            if element is None:
                self.at_most(carried, 0.0, f"element_paid: {code} names none")
            else:
                naming[element] = naming.get(element, 0.0) + carried
        for element, paid in naming.items():
            self.equal(paid, self.data.elements.get(element, 0.0), f"element_paid: {element}")

    def work(self) -> None:
        """work_placed: totals and limits of open developments."""
        o, f = self.o, self.f
        for code, a in o.contracts.items():
            if not f.is_open(a.program):
                continue
            value = o.value(code)
            shares = f.programs[a.program].suppliers
            inside = sum(shares.get(n, 0.0) for n in a.work_pool)
            self.equal(sum(o.work(n, code) for n in a.work_pool), value * inside, f"work_placed: {code}")
            for n in a.work_pool:
                low, high = f.work_bounds(n, a.program)
                self.at_least(o.work(n, code), low * value, f"work_placed: {n} in {code}")
                self.at_most(o.work(n, code), high * value, f"work_placed: {n} in {code}")

    def locks(self) -> None:
        """The analyst's own choices (fine-print 70)."""
        o, f = self.o, self.f
        for lock in self.data.locks:
            label = f"locks: {lock.action} {lock.nation or ''} {lock.program}"
            if lock.nation is None:
                units = sum(o.total.get(a.code, 0.0) for a in f.of_program.get(lock.program, []))
            else:
                units = o.by_program.get((lock.nation, lock.program), 0.0)
            if lock.action == "require":
                self.at_least(units, 1 if lock.nation is None or not lock.units else lock.units, label)
            elif lock.action == "forbid":
                self.at_most(units, 0, label)
            else:
                self.equal(units, lock.units or 0, label)

    def budgets(self) -> None:
        """annual_budget, when hard."""
        if rule_on(self.data, "annual_budget") and not parameter(self.data, "annual_budget", "soft", False):
            for n, kind, t, excess in self.o.budget_excess():
                self.at_most(
                    self.o.payments(n, kind, t), self.o.payments(n, kind, t) - excess, f"annual_budget: {n} {kind} {t}"
                )

    def types(self) -> None:
        """type_limit, alliance-wide and per nation."""
        if not rule_on(self.data, "type_limit"):
            return
        for c, capability in self.data.capabilities.items():
            if capability.max_types is not None:
                self.at_most(len(self.o.types(c)), capability.max_types, f"type_limit: {c}")
            if capability.max_types_per_nation is not None:
                for n in self.f.nations:
                    self.at_most(len(self.o.types(c, n)), capability.max_types_per_nation, f"type_limit: {n} {c}")

    def interoperability(self) -> None:
        """Some one key carries all that the members of a cell bought, and their fleets."""
        for cell in self.f.cells:
            bought = [p for p in cell.carried if any(self.o.by_program.get((n, p), 0.0) > 0 for n in cell.members)]
            if bought and not any(all(key in cell.carried[p] for p in bought) for key in cell.allowed):
                self.found.append(f"interoperability: {cell.group} {cell.capability}: {', '.join(bought)}")

    def inside_share(self, a: Contract) -> float:
        """w(a): share of the content that arises inside pool(a)."""
        shares = self.f.programs[a.program].suppliers
        return sum(shares.get(n, 0.0) for n in a.work_pool)

    def paid_by(self, n: str, code: str) -> float:
        """Undiscounted development and production payments of a nation to a contract (fine-print 57)."""
        return self.o.development.get((n, code), 0.0) + self.o.production.get((n, code), 0.0)

    def fair_return(self) -> None:
        """Work against payments, over the portfolio or per program."""
        if not rule_on(self.data, "fair_return"):
            return
        o, f = self.o, self.f
        slack = 1.0 - parameter(self.data, "fair_return", "tolerance", 0.10)
        if parameter(self.data, "fair_return", "mode", "balance") == "program":
            for code, a in o.contracts.items():
                if f.is_open(a.program):
                    for n in a.work_pool:
                        due = slack * self.inside_share(a) * self.paid_by(n, code)
                        self.at_least(o.work(n, code), due, f"fair_return: {n} {code}")
            return
        counted = [(code, a) for code, a in o.contracts.items() if a.pooled or f.is_open(a.program)]
        for n in f.nations:
            due = slack * sum(self.inside_share(a) * self.paid_by(n, code) for code, a in counted)
            self.at_least(sum(o.work(n, code) for code, _ in counted), due, f"fair_return: {n}")

    def industry(self) -> None:
        """sector_workload and sustaining_rate."""
        o, f = self.o, self.f
        for row in self.data.industry:
            codes = [code for code, a in o.contracts.items() if f.sector(a.program) == row.sector]
            work = sum(o.work(row.nation, code) for code in codes)
            label = f"{row.nation} {row.sector}"
            if rule_on(self.data, "sector_workload"):
                if row.min_work_meur is not None:
                    self.at_least(work, row.min_work_meur, f"sector_workload: {label}")
                if row.max_work_meur is not None:
                    self.at_most(work, row.max_work_meur, f"sector_workload: {label}")
            if rule_on(self.data, "sustaining_rate") and row.min_work_meur_per_year is not None:
                for t in f.years:
                    rate = sum(
                        f.programs[o.contracts[code].program].suppliers.get(row.nation, 0.0)
                        * o.value_due.get((code, t), 0.0)
                        for code in codes
                    )
                    self.at_least(rate, row.min_work_meur_per_year, f"sustaining_rate: {label} {t}")

    def suppliers(self) -> None:
        """supplier_share, outside_content, minimum_suppliers."""
        o, f = self.o, self.f
        all_paid: dict[str, dict[str, float]] = {n: defaultdict(float) for n in f.nations}
        for (n, code), money in o.production.items():
            all_paid[n][o.contracts[code].program] += money
        if rule_on(self.data, "supplier_share"):
            most = parameter(self.data, "supplier_share", "max_share", 0.6)
            for n in f.nations:
                for s in {s for p in f.programs.values() for s in p.suppliers} - {n}:
                    leaning = sum(f.programs[p].suppliers.get(s, 0.0) * x for p, x in all_paid[n].items())
                    self.at_most(leaning, most * sum(all_paid[n].values()), f"supplier_share: {n} on {s}")
        if rule_on(self.data, "outside_content"):
            bloc = parameter(self.data, "outside_content", "bloc", "EU")
            most = parameter(self.data, "outside_content", "max_share", 0.35)
            members = [n for n in f.nations if f.within(n, bloc)]
            outside = sum(
                (1.0 - sum(f.programs[p].suppliers.get(s, 0.0) for s in members)) * x
                for n in members
                for p, x in all_paid[n].items()
            )
            self.at_most(outside, most * sum(sum(all_paid[n].values()) for n in members), "outside_content")
        if rule_on(self.data, "minimum_suppliers"):
            for c, capability in self.data.capabilities.items():
                leads = {
                    f.programs[a.program].lead for a in o.contracts.values() if f.programs[a.program].capability == c
                }
                if leads:
                    self.at_least(len(leads), capability.min_suppliers, f"minimum_suppliers: {c}")

    def burden(self) -> None:
        """burden_sharing: development money in pooled contracts near the share of GDP (fine-print 62)."""
        if not rule_on(self.data, "burden_sharing"):
            return
        o, f = self.o, self.f
        band = parameter(self.data, "burden_sharing", "tolerance", 0.5)
        for pool, sharing in burden_pools(f).items():
            codes = [a.code for a in f.contracts.values() if a.pool == pool]
            dev = {n: sum(o.development.get((n, code), 0.0) for code in codes) for n in sharing}
            total, gdp = sum(dev.values()), sum(self.data.nations[n].gdp_meur for n in sharing)
            if gdp > 0.0:
                for n in sharing:
                    fair = self.data.nations[n].gdp_meur / gdp * total
                    self.at_least(dev[n], (1.0 - band) * fair, f"burden_sharing: {n}")
                    self.at_most(dev[n], (1.0 + band) * fair, f"burden_sharing: {n}")

    def nations(self) -> None:
        """joint_program_limit and no_nation_worse_off."""
        o = self.o
        for n, nation in self.data.nations.items():
            if rule_on(self.data, "joint_program_limit") and nation.max_joint_programs is not None:
                joint = sum(1 for (m, code) in o.units if m == n and o.contracts[code].pooled)
                self.at_most(joint, nation.max_joint_programs, f"joint_program_limit: {n}")
            if rule_on(self.data, "no_nation_worse_off") and self.national is not None:
                limit = self.national[n]
                self.at_most(o.nation_cost(n), limit + 1e-6 * max(1.0, abs(limit)), f"no_nation_worse_off: {n}")


def burden_pools(f: Facts) -> dict[tuple[str, ...], list[str]]:
    """N' of each pool: possible partners of its pooled open developments."""
    found: dict[tuple[str, ...], list[str]] = {}
    for a in f.contracts.values():
        if a.pool is not None and f.is_open(a.program):
            names = found.setdefault(a.pool, [])
            names += [n for n in a.members if f.is_partner(n, a.program) and n not in names]
    return found
