"""A naive, weak but exact mixed-integer program of a scenario, stated straight from the documents."""

from __future__ import annotations

import warnings
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import highspy
import pulp

from .data import Data, parameter, rule_on
from .evaluate import CLASS_OF, Plan, burden_pools, nation_costs
from .facts import Contract, Facts, facts

# Slack of a held lexicographic term (fine-print 78) and of no_nation_worse_off (fine-print 63).
HELD_MEUR = 1e-6
WORSE_OFF_SHARE = 1e-6


@dataclass
class Result:
    """What a solve found; `objective` and `plan` are None without a plan."""

    status: str
    objective: float | None = None
    bound: float | None = None
    plan: Plan | None = None


class Sheet:
    """Columns and rows, kept for HiGHS's own interface and for PuLP alike."""

    def __init__(self) -> None:
        self.problem = pulp.LpProblem("reference", pulp.LpMinimize)
        self.columns: list[Any] = []
        self.rows: list[tuple[dict[Any, float], float, float]] = []

    def variable(self, low: float | None = 0.0, high: float | None = None, whole: bool = False) -> Any:
        """A new column."""
        kind = "Integer" if whole else "Continuous"
        column = self.problem.add_variable(f"v{len(self.columns)}", low, high, kind)
        self.columns.append(column)
        return column

    def binary(self, low: int = 0) -> Any:
        """A new binary column."""
        return self.variable(low, 1, True)

    def row(self, expression: Any, low: float | None, high: float | None) -> None:
        """low <= expression <= high."""
        expression = pulp.lpSum([expression])
        coefficients = {v: float(k) for v, k in expression.items() if k != 0}
        if not coefficients:
            # An impossible row without variables must still make the model infeasible.
            coefficients = {self.variable(0, 0): 1.0}
        low = -highspy.kHighsInf if low is None else low - expression.constant
        high = highspy.kHighsInf if high is None else high - expression.constant
        self.rows.append((coefficients, low, high))

    def at_most(self, left: Any, right: Any) -> None:
        """left <= right."""
        self.row(left - right, None, 0.0)

    def equal(self, left: Any, right: Any) -> None:
        """left == right."""
        self.row(left - right, 0.0, 0.0)

    def minimize(self, expression: Any, solver: str, time_limit: float) -> tuple[str, float | None, float | None]:
        """Status, objective and bound; values are left on the columns."""
        expression = pulp.lpSum([expression])
        if solver == "highs":
            return self._highs(expression, time_limit)
        return self._cbc(expression, time_limit)

    def _highs(self, expression: Any, time_limit: float) -> tuple[str, float | None, float | None]:
        highs = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("presolve", "off"),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 1e-7),
            ("mip_feasibility_tolerance", 1e-7),
            ("primal_feasibility_tolerance", 1e-8),
            ("time_limit", float(time_limit)),
        ):
            highs.setOptionValue(option, value)
        place = {column: j for j, column in enumerate(self.columns)}
        costs = {column: float(k) for column, k in expression.items()}
        for j, column in enumerate(self.columns):
            low = -highspy.kHighsInf if column.lowBound is None else float(column.lowBound)
            high = highspy.kHighsInf if column.upBound is None else float(column.upBound)
            highs.addCol(costs.get(column, 0.0), low, high, 0, [], [])
            if column.cat == "Integer":
                highs.changeColIntegrality(j, highspy.HighsVarType.kInteger)
        highs.changeObjectiveOffset(float(expression.constant))
        for coefficients, low, high in self.rows:
            places = [place[column] for column in coefficients]
            highs.addRow(low, high, len(places), places, list(coefficients.values()))
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return "infeasible", None, None
        name = "optimal" if status == highspy.HighsModelStatus.kOptimal else "time_limit"
        if info.primal_solution_status != 2:
            return ("no_plan" if name == "time_limit" else str(status)), None, None
        values = highs.getSolution().col_value
        for column, value in zip(self.columns, values, strict=True):
            column.varValue = value
        whole = any(column.cat == "Integer" for column in self.columns)
        bound = info.mip_dual_bound if whole else info.objective_function_value
        return name, info.objective_function_value, bound

    def _cbc(self, expression: Any, time_limit: float) -> tuple[str, float | None, float | None]:
        problem = pulp.LpProblem("reference", pulp.LpMinimize)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            problem += expression
            for coefficients, low, high in self.rows:
                left = pulp.LpAffineExpression(coefficients)
                if low == high:
                    problem += left == low
                    continue
                if low > -highspy.kHighsInf:
                    problem += left >= low
                if high < highspy.kHighsInf:
                    problem += left <= high
            # CBC's preprocessing has its own faults on such small models; plain branch and cut is enough here.
            solver = pulp.PULP_CBC_CMD(
                msg=False, gapRel=0.0, gapAbs=0.0, timeLimit=time_limit, presolve=False, options=["preprocess off"]
            )
            problem.solve(solver)
        if problem.sol_status == pulp.LpSolutionInfeasible or problem.status == pulp.LpStatusInfeasible:
            return "infeasible", None, None
        # An objective without variables has no value of its own in PuLP.
        value = expression.constant + sum(k * (column.varValue or 0.0) for column, k in expression.items())
        if problem.sol_status == pulp.LpSolutionOptimal:
            return "optimal", value, value
        if problem.sol_status == pulp.LpSolutionIntegerFeasible:
            return "time_limit", value, None
        return "no_plan", None, None


class Model:
    """The scenario's columns and rows, one method a group of sentences."""

    def __init__(self, data: Data, national: dict[str, float] | None, integer_deliveries: bool) -> None:
        self.data, self.national, self.integer = data, national, integer_deliveries
        self.f: Facts = facts(data)
        self.sheet = Sheet()
        self.launch: dict[str, Any] = {}
        self.join: dict[tuple[str, str], Any] = {}
        self.deliver: dict[tuple[str, str, int, int], Any] = {}
        self.units: dict[tuple[str, str], Any] = {}
        self.development: dict[tuple[str, str], Any] = {}
        self.element: dict[tuple[str, str], Any] = {}
        self.development_cost: dict[str, Any] = {}
        self.production: dict[tuple[str, str], Any] = {}
        self.value_due: dict[tuple[str, int], list[Any]] = defaultdict(list)
        self.paid: dict[tuple[str, str, int], list[Any]] = defaultdict(list)
        self.work: dict[tuple[str, str], Any] = {}
        self.short: dict[tuple[int, int], Any] = {}
        self.overrun: list[Any] = []
        for a in self.f.contracts.values():
            self.contract(a)
        self.lines()
        self.needs()
        self.elements()
        for a in self.f.contracts.values():
            self.place_work(a)
        self.locks()
        self.budgets()
        self.duplication: list[Any] = []
        self.types()
        self.interoperability()
        self.fair_return()
        self.industry()
        self.suppliers()
        self.burden()
        self.worse_off()
        self.terms = self.objective_terms()

    def contract(self, a: Contract) -> None:
        """Launch, join, deliveries by band, lots, partner count and development of one contract."""
        f, s, p, code = self.f, self.sheet, a.program, a.code
        program, bands = f.programs[p], f.bands[p]
        most = sum(f.most(n, p) for n in a.members)
        self.launch[code] = s.binary()
        chosen = [s.binary() for _ in bands]
        s.equal(pulp.lpSum(chosen), self.launch[code])
        in_band: list[list[Any]] = [[] for _ in bands]
        for n in a.members:
            limit = f.most(n, p)
            join = self.join[n, code] = s.binary()
            s.at_most(join, self.launch[code])
            parts, money = [], []
            for t in f.window(n, p):
                for b, band in enumerate(bands):
                    units = self.deliver[n, code, t, b] = s.variable(0, limit, self.integer)
                    parts.append(units)
                    in_band[b].append(units)
                    price = f.price(n, a, band[2])
                    money.append(price * units)
                    for year, share in f.due(p, t).items():
                        self.paid[n, "production", year].append(share * price * units)
                        self.value_due[code, year].append(share * price * units)
                    for year in range(t, f.last + 1):
                        self.paid[n, "support", year].append(program.support_meur_per_unit_year * units)
            total = pulp.lpSum(parts)
            if not self.integer:
                whole = s.variable(0, limit, True)
                s.equal(whole, total)
            self.units[n, code] = total
            self.production[n, code] = pulp.lpSum(money)
            s.at_most(total, limit * join)
            s.at_most(join, total)
            if rule_on(self.data, "minimum_fleet"):
                s.at_most(self.data.capabilities[program.capability].min_fleet_units * join, total)
            if f.window(n, p):
                start = f.earliest(n, p)
                self.paid[n, "joining", start].append(f.joining(n, p) * join)
                for year in range(start, f.last + 1):
                    self.paid[n, "operating", year].append(f.operating(n, p) * join)
        s.at_most(self.launch[code], pulp.lpSum(self.join[n, code] for n in a.members))
        for b, band in enumerate(bands):
            s.at_most(pulp.lpSum(in_band[b]), min(band[1], most) * chosen[b])
            s.at_most(max(band[0], f.smallest_order(p)) * chosen[b], pulp.lpSum(in_band[b]))
        if program.lot_units > 1:
            lots = s.variable(0, None, True)
            s.equal(pulp.lpSum(self.units[n, code] for n in a.members), program.lot_units * lots)
        self.development_cost[code] = pulp.lpSum([])
        if f.is_open(p):
            self.open_development(a)

    def open_development(self, a: Contract) -> None:
        """Partner count, and who pays the development."""
        f, s, p, code = self.f, self.sheet, a.program, a.code
        partners = [n for n in a.members if f.is_partner(n, p)]
        least, most = f.partner_bounds(p)
        counts = {m: s.binary() for m in range(least, min(most, len(partners)) + 1)}
        s.equal(pulp.lpSum(counts.values()), self.launch[code])
        s.equal(pulp.lpSum(m * y for m, y in counts.items()), pulp.lpSum(self.join[n, code] for n in partners))
        exponent = f.programs[p].partner_exponent
        cost = pulp.lpSum(f.development(p) * m**exponent * y for m, y in counts.items())
        self.development_cost[code] = cost
        largest = max((f.development(p) * m**exponent for m in counts), default=0.0)
        element = f.programs[p].element
        for n in partners:
            self.development[n, code] = s.variable(0, None)
            s.at_most(self.development[n, code], largest * self.join[n, code])
            if element is not None:
                self.element[n, code] = s.variable(0, None)
                s.at_most(self.element[n, code], self.data.elements[element] * self.join[n, code])
            for year, share in f.profile[p].items():
                self.paid[n, "development", year].append(share * self.development[n, code])
                if element is not None:
                    self.paid[n, "development", year].append(share * self.element[n, code])
        s.equal(pulp.lpSum(self.development[n, code] for n in partners), cost)
        for year, share in f.profile[p].items():
            self.value_due[code, year].append(share * cost)

    def bought(self, n: str, p: str) -> Any:
        """Units a nation buys of a program."""
        return pulp.lpSum(self.units[n, a.code] for a in self.f.of_program[p] if (n, a.code) in self.units)

    def lines(self) -> None:
        """One contract per nation and program, line limits, single development, variants, excess."""
        f, s = self.f, self.sheet
        for p, program in f.programs.items():
            contracts = f.of_program[p]
            for n in f.nations:
                joins = [self.join[n, a.code] for a in contracts if n in a.members]
                if len(joins) > 1:
                    s.at_most(pulp.lpSum(joins), 1)
            if program.max_units is not None:
                s.at_most(pulp.lpSum(self.bought(n, p) for n in f.nations), program.max_units)
            if program.annual_capacity_units is not None:
                for t in f.years:
                    made = [
                        x
                        for (_, code, year, _), x in self.deliver.items()
                        if year == t and f.contracts[code].program == p
                    ]
                    s.at_most(pulp.lpSum(made), program.annual_capacity_units)
            if f.is_open(p):
                s.at_most(pulp.lpSum(self.launch[a.code] for a in contracts), 1)
            if program.variant_of is not None:
                base = pulp.lpSum(self.launch[a.code] for a in f.of_program.get(program.variant_of, []))
                for a in contracts:
                    s.at_most(self.launch[a.code], base)
        for n in f.nations:
            for c in self.data.capabilities:
                taken = [q.effect_per_unit * self.bought(n, p) for p, q in f.programs.items() if q.capability == c]
                s.at_most(pulp.lpSum(taken), f.excess_limit(n, c))

    def in_service(self, n: str, c: str, t: int, grade: int) -> Any:
        """Required units covered in a year."""
        f = self.f
        new = [
            f.programs[f.contracts[code].program].effect_per_unit * x
            for (m, code, year, _), x in self.deliver.items()
            if m == n
            and year <= t
            and f.programs[f.contracts[code].program].capability == c
            and f.programs[f.contracts[code].program].grade >= grade
        ]
        return pulp.lpSum(new) + f.covered(n, c, t, grade)

    def needs(self) -> None:
        """Every year, per grade, coverage plus shortfall meets the rows due."""
        f, s = self.f, self.sheet
        for r in self.data.requirements:
            for t in f.years:
                if t >= r.need_by:
                    self.short[r.index, t] = s.variable(0, 0.0 if r.must_meet else r.quantity)
        for (n, c), rows in f.rows.items():
            for t in f.years:
                due = [r for r in rows if r.need_by <= t]
                for grade in {r.min_grade for r in due}:
                    sufficient = [r for r in due if r.min_grade >= grade]
                    short = pulp.lpSum(self.short[r.index, t] for r in sufficient)
                    s.row(self.in_service(n, c, t, grade) + short, sum(r.quantity for r in sufficient), None)
        half = rule_on(self.data, "half_rule")
        for r in f.bloc_rows:
            cap = r.quantity * (r.max_share_per_nation if half else 1.0)
            for t in f.years:
                if t >= r.need_by:
                    shares = []
                    for n in f.nations:
                        if f.within(n, r.nation):
                            share = s.variable(0, cap)
                            s.at_most(share, self.in_service(n, r.capability, t, r.min_grade))
                            shares.append(share)
                    s.row(pulp.lpSum(shares) + self.short[r.index, t], r.quantity, None)

    def elements(self) -> None:
        """A shared element is paid once, by the launched contracts that name it, in any split."""
        f, s = self.f, self.sheet
        for element, cost in self.data.elements.items():
            naming = [
                a for a in f.contracts.values() if f.programs[a.program].element == element and f.is_open(a.program)
            ]
            needed = s.binary()
            for a in naming:
                s.at_most(self.launch[a.code], needed)
            s.at_most(needed, pulp.lpSum(self.launch[a.code] for a in naming))
            carried = [
                x for (_, code), x in self.element.items() if f.programs[f.contracts[code].program].element == element
            ]
            s.equal(pulp.lpSum(carried), cost * needed)

    def value(self, a: Contract) -> Any:
        """Work value of a contract."""
        return self.development_cost[a.code] + pulp.lpSum(self.production[n, a.code] for n in a.members)

    def place_work(self, a: Contract) -> None:
        """Work by share, free within limits inside the pool of an open development."""
        f, s = self.f, self.sheet
        shares, value = f.programs[a.program].suppliers, self.value(a)
        free = []
        for n in f.nations:
            if f.is_open(a.program) and n in a.work_pool:
                low, high = f.work_bounds(n, a.program)
                work = s.variable(0, None)
                s.at_most(low * value, work)
                s.at_most(work, high * value)
                free.append(work)
                self.work[n, a.code] = work
            else:
                self.work[n, a.code] = shares.get(n, 0.0) * value
        if free:
            s.equal(pulp.lpSum(free), sum(shares.get(n, 0.0) for n in a.work_pool) * value)

    def locks(self) -> None:
        """Required, forbidden and fixed choices."""
        f, s = self.f, self.sheet
        for lock in self.data.locks:
            contracts = f.of_program.get(lock.program, [])
            if lock.nation is None:
                signed = pulp.lpSum(self.launch[a.code] for a in contracts)
                units = pulp.lpSum(self.bought(n, lock.program) for n in f.nations) if contracts else pulp.lpSum([])
                least = signed
            else:
                units = self.bought(lock.nation, lock.program) if contracts else pulp.lpSum([])
                least = units
            if lock.action == "require":
                s.row(least, 1 if lock.nation is None or not lock.units else lock.units, None)
            elif lock.action == "forbid":
                s.row(units, None, 0)
            else:
                s.row(units, lock.units or 0, lock.units or 0)

    def payments(self, n: str, kind: str, t: int) -> Any:
        """Money of a budget class a nation pays in a year."""
        return pulp.lpSum(
            x for term, of in CLASS_OF.items() if kind in ("all", of) for x in self.paid.get((n, term, t), [])
        )

    def budgets(self) -> None:
        """paid[t] + left[t] <= budget[t] + share[t-1] left[t-1] (+ what is over, when soft)."""
        if not rule_on(self.data, "annual_budget"):
            return
        soft = parameter(self.data, "annual_budget", "soft", False)
        price = parameter(self.data, "annual_budget", "price", 1.0)
        for (n, kind), rows in self.f.budget_rows().items():
            left: dict[int, Any] = {}
            for t in sorted(rows):
                left[t] = self.sheet.variable(0, None)
                carried = rows[t - 1][1] * left[t - 1] if t - 1 in rows else 0.0
                over = 0.0
                if soft:
                    over = self.sheet.variable(0, None)
                    self.overrun.append(price * over)
                self.sheet.at_most(self.payments(n, kind, t) + left[t], rows[t][0] + carried + over)

    def types(self) -> None:
        """Types per capability: priced beyond the first, limited alliance-wide and per nation."""
        f, s = self.f, self.sheet
        limited = rule_on(self.data, "type_limit")
        for c, capability in self.data.capabilities.items():
            groups: list[tuple[list[str], int | None, bool]] = [(f.nations, capability.max_types, True)]
            groups += [([n], capability.max_types_per_nation, False) for n in f.nations]
            for nations, limit, alliance in groups:
                standing = {key for n in nations for key in f.standing_types(n, c)}
                keys = standing | {f.type_key(c, p) for p, q in f.programs.items() if q.capability == c}
                used = {key: s.binary(1 if key in standing else 0) for key in sorted(keys)}
                for (n, code), join in self.join.items():
                    p = f.contracts[code].program
                    if n in nations and f.programs[p].capability == c:
                        s.at_most(join, used[f.type_key(c, p)])
                if limited and limit is not None:
                    s.row(pulp.lpSum(used.values()), None, limit)
                if alliance:
                    extra = s.variable(0, None)
                    s.at_most(pulp.lpSum(used.values()) - 1, extra)
                    self.duplication.append(capability.extra_type_meur * extra)

    def interoperability(self) -> None:
        """Members settle on one key and join only what carries it."""
        for cell in self.f.cells:
            settle = {key: self.sheet.binary() for key in sorted(cell.allowed)}
            self.sheet.row(pulp.lpSum(settle.values()), None, 1)
            for (n, code), join in self.join.items():
                p = self.f.contracts[code].program
                if n in cell.members and p in cell.carried:
                    carrying = pulp.lpSum(y for key, y in settle.items() if key in cell.carried[p])
                    self.sheet.at_most(join, carrying)

    def fair_return(self) -> None:
        """Work against payments, over the portfolio or per program."""
        if not rule_on(self.data, "fair_return"):
            return
        f, s = self.f, self.sheet
        slack = 1.0 - parameter(self.data, "fair_return", "tolerance", 0.10)
        per_program = parameter(self.data, "fair_return", "mode", "balance") == "program"
        counted = [a for a in f.contracts.values() if f.is_open(a.program) or (a.pooled and not per_program)]
        for n in f.nations:
            work, due = [], []
            for a in counted:
                inside = sum(f.programs[a.program].suppliers.get(m, 0.0) for m in a.work_pool)
                paid = self.production.get((n, a.code), 0.0) + self.development.get((n, a.code), 0.0)
                if per_program:
                    if n in a.work_pool:
                        s.at_most(slack * inside * paid, self.work[n, a.code])
                else:
                    work.append(self.work[n, a.code])
                    due.append(slack * inside * paid)
            s.at_most(pulp.lpSum(due), pulp.lpSum(work))

    def industry(self) -> None:
        """Work of a nation's sector over the horizon and in each year."""
        f, s = self.f, self.sheet
        for row in self.data.industry:
            contracts = [a for a in f.contracts.values() if f.sector(a.program) == row.sector]
            work = pulp.lpSum(self.work[row.nation, a.code] for a in contracts)
            if rule_on(self.data, "sector_workload"):
                s.row(work, row.min_work_meur, row.max_work_meur)
            if rule_on(self.data, "sustaining_rate") and row.min_work_meur_per_year is not None:
                for t in f.years:
                    rate = pulp.lpSum(
                        f.programs[a.program].suppliers.get(row.nation, 0.0) * pulp.lpSum(self.value_due[a.code, t])
                        for a in contracts
                    )
                    s.row(rate, row.min_work_meur_per_year, None)

    def suppliers(self) -> None:
        """supplier_share, outside_content, minimum_suppliers."""
        f, s = self.f, self.sheet

        def share(p: str, nations: list[str]) -> float:
            return sum(f.programs[p].suppliers.get(m, 0.0) for m in nations)

        by_nation = {
            n: [(f.contracts[code].program, x) for (m, code), x in self.production.items() if m == n] for n in f.nations
        }
        if rule_on(self.data, "supplier_share"):
            most = parameter(self.data, "supplier_share", "max_share", 0.6)
            for n in f.nations:
                for m in sorted({m for q in f.programs.values() for m in q.suppliers} - {n}):
                    s.row(pulp.lpSum((share(p, [m]) - most) * x for p, x in by_nation[n]), None, 0.0)
        if rule_on(self.data, "outside_content"):
            bloc = parameter(self.data, "outside_content", "bloc", "EU")
            most = parameter(self.data, "outside_content", "max_share", 0.35)
            members = [n for n in f.nations if f.within(n, bloc)]
            outside = [(1.0 - share(p, members) - most) * x for n in members for p, x in by_nation[n]]
            s.row(pulp.lpSum(outside), None, 0.0)
        if rule_on(self.data, "minimum_suppliers"):
            for c, capability in self.data.capabilities.items():
                contracts = [a for a in f.contracts.values() if f.programs[a.program].capability == c]
                leads = {}
                for lead in sorted({f.programs[a.program].lead for a in contracts}):
                    leads[lead] = s.binary()
                    theirs = [self.launch[a.code] for a in contracts if f.programs[a.program].lead == lead]
                    s.at_most(leads[lead], pulp.lpSum(theirs))
                for a in contracts:
                    s.at_most(capability.min_suppliers * self.launch[a.code], pulp.lpSum(leads.values()))

    def burden(self) -> None:
        """Development money in pooled contracts near the share of GDP."""
        if not rule_on(self.data, "burden_sharing"):
            return
        band = parameter(self.data, "burden_sharing", "tolerance", 0.5)
        for pool, sharing in burden_pools(self.f).items():
            gdp = sum(self.data.nations[n].gdp_meur for n in sharing)
            dev = {
                n: pulp.lpSum(
                    x for (m, code), x in self.development.items() if m == n and self.f.contracts[code].pool == pool
                )
                for n in sharing
            }
            total = pulp.lpSum(dev.values())
            if gdp > 0.0:
                for n in sharing:
                    part = self.data.nations[n].gdp_meur / gdp
                    self.sheet.at_most((1.0 - band) * part * total, dev[n])
                    self.sheet.at_most(dev[n], (1.0 + band) * part * total)

    def worse_off(self) -> None:
        """joint_program_limit and no_nation_worse_off."""
        f, s = self.f, self.sheet
        for n, nation in self.data.nations.items():
            if rule_on(self.data, "joint_program_limit") and nation.max_joint_programs is not None:
                joint = [y for (m, code), y in self.join.items() if m == n and f.contracts[code].pooled]
                s.row(pulp.lpSum(joint), None, nation.max_joint_programs)
            if self.national is not None:
                money = [f.discount[t] * x for (m, _, t), parts in self.paid.items() if m == n for x in parts]
                limit = self.national[n]
                s.row(pulp.lpSum(money) + self.shortfall(n), None, limit + WORSE_OFF_SHARE * max(1.0, abs(limit)))

    def shortfall(self, nation: str | None = None) -> Any:
        """Discounted price of shortfall, of all rows or of a nation's own."""
        parts = []
        for (index, t), short in self.short.items():
            r = self.data.requirements[index]
            if nation is None or r.nation == nation:
                price = self.data.capabilities[r.capability].shortfall_meur_per_unit_year or 0.0
                parts.append(price * r.priority * self.f.discount[t] * short)
        return pulp.lpSum(parts)

    def objective_terms(self) -> dict[str, Any]:
        """The five terms of [objective]."""
        f, s = self.f, self.sheet
        change = []
        if self.data.previous is not None:
            for n in f.nations:
                for p, program in f.programs.items():
                    gap = s.variable(0, None)
                    before = self.data.previous.get((n, p), 0.0)
                    s.at_most(self.bought(n, p) - before, gap)
                    s.at_most(before - self.bought(n, p), gap)
                    change.append(program.unit_cost_meur * gap)
        return {
            "cost": pulp.lpSum(f.discount[t] * x for (_, _, t), parts in self.paid.items() for x in parts),
            "shortfall": self.shortfall(),
            "duplication": pulp.lpSum(self.duplication),
            "preference": pulp.lpSum(
                -f.offer(n, f.contracts[code].program).preference_meur_per_unit * x
                for (n, code), x in self.units.items()
            ),
            "change": pulp.lpSum(change),
        }

    def minimize(self, solver: str, time_limit: float) -> Result:
        """Weighted, or one term after another."""
        if not self.data.order:
            weighted = pulp.lpSum(self.data.weights[name] * x for name, x in self.terms.items())
            status, value, bound = self.sheet.minimize(weighted + pulp.lpSum(self.overrun), solver, time_limit)
        else:
            for stage, name in enumerate(self.data.order):
                status, value, bound = self.sheet.minimize(self.terms[name], solver, time_limit)
                if value is None or status != "optimal":
                    break
                if stage < len(self.data.order) - 1:
                    self.sheet.row(self.terms[name], None, value + HELD_MEUR)
        return Result(status, value, bound, None if value is None else self.plan())

    def plan(self) -> Plan:
        """The plan in the solver's values."""
        contracts: dict[str, Any] = {}
        for code, a in self.f.contracts.items():
            deliveries: dict[tuple[str, int], float] = {}
            for (n, other, t, _), x in self.deliver.items():
                if other == code and x.varValue > 1e-6:
                    units = round(x.varValue) if self.integer else x.varValue
                    deliveries[n, t] = deliveries.get((n, t), 0) + units
            if deliveries:
                contracts[code] = {
                    "program": a.program,
                    "pool": None if a.pool is None else list(a.pool),
                    "nation": None if a.pooled else a.members[0],
                    "deliveries": deliveries,
                    "development": {n: x.varValue for (n, other), x in self.development.items() if other == code},
                    "element": {n: x.varValue for (n, other), x in self.element.items() if other == code},
                    "work": {n: pulp.value(x) for (n, other), x in self.work.items() if other == code},
                }
        return {"contracts": contracts}


def national_data(data: Data) -> Data:
    """The scenario in national mode without `no_nation_worse_off` (fine-print 63)."""
    rules = {**data.rules, "no_nation_worse_off": {"on": False}}
    return replace(data, mode="national", rules=rules)


def national_costs(data: Data, solver: str = "highs", time_limit: float = 60) -> dict[str, float] | None:
    """Cost of each nation in the national baseline, None when it has no plan."""
    national = national_data(data)
    result = solve(national, solver, True, time_limit)
    return None if result.plan is None else nation_costs(national, result.plan)


def solve(data: Data, solver: str = "highs", integer_deliveries: bool = True, time_limit: float = 60) -> Result:
    """The best plan of a scenario, with its objective, bound and status."""
    national = None
    if rule_on(data, "no_nation_worse_off"):
        national = national_costs(data, solver, time_limit)
    return Model(data, national, integer_deliveries).minimize(solver, time_limit)


def optimum(
    data: Data, solver: str = "highs", integer_deliveries: bool = True, time_limit: float = 60
) -> tuple[str, float | None]:
    """Status (optimal, infeasible, time_limit, no_plan) and objective of a scenario."""
    result = solve(data, solver, integer_deliveries, time_limit)
    return result.status, result.objective
