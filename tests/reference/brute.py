"""Brute force for tiny scenarios: every choice of contracts and deliveries, evaluated one by one.

What the rules leave continuous (who pays a development or an element, where its work is placed) is settled for each
candidate by a small linear program, and the finished plan must then pass `evaluate.violations`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import pulp

from .data import Data, parameter, rule_on
from .evaluate import Outcome, Plan, burden_pools, evaluate, nation_costs, objective_terms, terms, violations
from .facts import Contract, Facts, facts
from .model import HELD_MEUR, WORSE_OFF_SHARE, Sheet, national_data

# One nation's purchase: units by (contract code, year).
Choice = dict[tuple[str, int], int]


class TooLarge(Exception):
    """The scenario has more candidates than the limit."""


@dataclass
class Found:
    """The best plan, or None twice when there is none."""

    objective: float | None
    plan: Plan | None


def _calendars(years: int, most: int) -> list[tuple[int, ...]]:
    """Every way to deliver 1..most units over some years."""
    return [d for d in itertools.product(range(most + 1), repeat=years) if 1 <= sum(d) <= most]


def _choices(f: Facts, n: str) -> list[Choice]:
    """Everything a nation may buy, program by program, within what it asked for."""
    choices: list[tuple[Choice, dict[str, float]]] = [({}, {})]
    for p, program in f.programs.items():
        window, most, c = f.window(n, p), f.most(n, p), program.capability
        options: list[Choice] = [{}]
        for a in f.of_program[p]:
            if n in a.members and window and most:
                options += [
                    {(a.code, t): u for t, u in zip(window, d, strict=True) if u} for d in _calendars(len(window), most)
                ]
        grown = []
        for choice, taken in choices:
            for option in options:
                amount = taken.get(c, 0.0) + program.effect_per_unit * sum(option.values())
                if not option or amount <= f.excess_limit(n, c) + 1e-9:
                    grown.append(({**choice, **option}, {**taken, c: amount}))
        choices = grown
        if len(choices) > 200_000:
            raise TooLarge(f"{n}: more than 200000 purchases")
    return [choice for choice, _ in choices]


def _plan(f: Facts, choices: tuple[Choice, ...]) -> Plan:
    """The discrete part of a plan."""
    contracts: dict[str, Any] = {}
    for n, choice in zip(f.nations, choices, strict=True):
        for (code, t), units in choice.items():
            a: Contract = f.contracts[code]
            body = contracts.setdefault(
                code,
                {
                    "program": a.program,
                    "pool": None if a.pool is None else list(a.pool),
                    "nation": None if a.pooled else a.members[0],
                    "deliveries": {},
                },
            )
            body["deliveries"][n, t] = units
    return {"contracts": contracts}


def _possible(f: Facts, choices: tuple[Choice, ...]) -> bool:
    """Whether each contract's total can be ordered at all; `violations` has the last word."""
    totals: dict[str, int] = {}
    for choice in choices:
        for (code, _), units in choice.items():
            totals[code] = totals.get(code, 0) + units
    launched: set[str] = set()
    for code, total in totals.items():
        p = f.contracts[code].program
        if total % f.programs[p].lot_units or total < f.smallest_order(p) or (f.is_open(p) and p in launched):
            return False
        launched.add(p)
    return True


def complete(data: Data, plan: Plan, national: dict[str, float] | None = None) -> Plan | None:
    """The plan with development, element and work split as its rules need at least cost; None when none do."""
    outcome = Outcome(data, plan)
    f = outcome.f
    opened = [a for a in outcome.contracts.values() if f.is_open(a.program)]
    if not opened:
        return plan
    sheet = Sheet()
    dev: dict[tuple[str, str], Any] = {}
    element: dict[tuple[str, str], Any] = {}
    work: dict[tuple[str, str], Any] = {}
    for a in opened:
        for n in outcome.partners[a.code]:
            dev[n, a.code] = sheet.variable()
            if f.programs[a.program].element is not None:
                element[n, a.code] = sheet.variable()
        sheet.equal(pulp.lpSum(x for (_, code), x in dev.items() if code == a.code), outcome.development_cost(a.code))
        value = outcome.value(a.code)
        for n in a.work_pool:
            low, high = f.work_bounds(n, a.program)
            work[n, a.code] = sheet.variable(0.0, None)
            sheet.row(work[n, a.code], low * value, high * value)
        inside = sum(f.programs[a.program].suppliers.get(n, 0.0) for n in a.work_pool)
        sheet.equal(pulp.lpSum(work[n, a.code] for n in a.work_pool), inside * value)
    for name in {name for a in opened if (name := f.programs[a.program].element) is not None}:
        carried = [x for (_, code), x in element.items() if f.programs[outcome.contracts[code].program].element == name]
        sheet.equal(pulp.lpSum(carried), data.elements[name])

    def development_paid(n: str, t: int) -> Any:
        return pulp.lpSum(
            f.profile[outcome.contracts[code].program].get(t, 0.0) * x
            for money in (dev, element)
            for (m, code), x in money.items()
            if m == n
        )

    over = []
    if rule_on(data, "annual_budget"):
        soft = parameter(data, "annual_budget", "soft", False)
        for (n, kind), rows in f.budget_rows().items():
            left: Any = 0.0
            share = 0.0
            for t in f.years:
                if t not in rows:
                    left, share = 0.0, 0.0
                    continue
                paid = outcome.payments(n, kind, t)
                if kind in ("all", "development"):
                    paid = paid + development_paid(n, t)
                now = sheet.variable()
                excess: Any = 0.0
                if soft:
                    excess = sheet.variable()
                    over.append(parameter(data, "annual_budget", "price", 1.0) * excess)
                sheet.at_most(paid + now, rows[t][0] + share * left + excess)
                left, share = now, rows[t][1]

    def placed(n: str, code: str) -> Any:
        return work[n, code] if (n, code) in work else outcome.work(n, code)

    def spent(n: str, code: str) -> Any:
        return dev.get((n, code), 0.0) + outcome.production.get((n, code), 0.0)

    def inside_share(a: Contract) -> float:
        return sum(f.programs[a.program].suppliers.get(m, 0.0) for m in a.work_pool)

    if rule_on(data, "fair_return"):
        slack = 1.0 - parameter(data, "fair_return", "tolerance", 0.10)
        per_program = parameter(data, "fair_return", "mode", "balance") == "program"
        counted = [a for a in outcome.contracts.values() if f.is_open(a.program) or (a.pooled and not per_program)]
        for n in f.nations:
            if per_program:
                for a in counted:
                    if n in a.work_pool:
                        sheet.at_most(slack * inside_share(a) * spent(n, a.code), placed(n, a.code))
            else:
                sheet.at_most(
                    pulp.lpSum(slack * inside_share(a) * spent(n, a.code) for a in counted),
                    pulp.lpSum(placed(n, a.code) for a in counted),
                )
    if rule_on(data, "sector_workload"):
        for row in data.industry:
            codes = [a.code for a in outcome.contracts.values() if f.sector(a.program) == row.sector]
            sheet.row(pulp.lpSum(placed(row.nation, code) for code in codes), row.min_work_meur, row.max_work_meur)
    if rule_on(data, "burden_sharing"):
        band = parameter(data, "burden_sharing", "tolerance", 0.5)
        for pool, sharing in burden_pools(f).items():
            gdp = sum(data.nations[n].gdp_meur for n in sharing)
            mine = {
                n: pulp.lpSum(x for (m, code), x in dev.items() if m == n and f.contracts[code].pool == pool)
                for n in sharing
            }
            total = pulp.lpSum(mine.values())
            for n in sharing:
                if gdp > 0.0:
                    part = data.nations[n].gdp_meur / gdp
                    sheet.at_most((1.0 - band) * part * total, mine[n])
                    sheet.at_most(mine[n], (1.0 + band) * part * total)
    if rule_on(data, "no_nation_worse_off") and national is not None:
        for n in f.nations:
            money = pulp.lpSum(f.discount[t] * development_paid(n, t) for t in f.years)
            limit = national[n]
            sheet.at_most(money + outcome.nation_cost(n), limit + WORSE_OFF_SHARE * max(1.0, abs(limit)))
    cost = pulp.lpSum(f.discount[t] * development_paid(n, t) for n in f.nations for t in f.years)
    weight = 1.0 if data.order else data.weights["cost"]
    status, _, _ = sheet.minimize(weight * cost + pulp.lpSum(over), "highs", 10.0)
    if status != "optimal":
        return None
    for a in opened:
        body = plan["contracts"][a.code]
        body["development"] = {n: x.varValue for (n, code), x in dev.items() if code == a.code}
        body["element"] = {n: x.varValue for (n, code), x in element.items() if code == a.code}
        body["work"] = {n: x.varValue for (n, code), x in work.items() if code == a.code}
    return plan


def _least(f: Facts, n: str, choice: Choice) -> float:
    """A lower bound on what a nation's purchase adds to the weighted objective."""
    weights = f.data.weights
    plan = _plan(f, tuple(choice if m == n else {} for m in f.nations))
    outcome = Outcome(f.data, plan)
    low = 0.0
    for (code, t), units in choice.items():
        a = f.contracts[code]
        cheapest = min(f.price(n, a, band[2]) for band in f.bands[a.program])
        factor = sum(share * f.discount[year] for year, share in f.due(a.program, t).items())
        low += weights["cost"] * cheapest * units * factor
        low -= weights["preference"] * f.offer(n, a.program).preference_meur_per_unit * units
    for (_, term, year), money in outcome.paid.items():
        if term in ("joining", "operating", "support"):
            low += weights["cost"] * money * f.discount[year]
    return low + weights["shortfall"] * outcome.shortfall_cost(n)


def best_plan(data: Data, limit: int = 50_000) -> Found:
    """The best plan by enumeration; raises TooLarge beyond the limit."""
    f = facts(data)
    national = None
    if rule_on(data, "no_nation_worse_off"):
        base_data = national_data(data)
        base = best_plan(base_data, limit)
        national = None if base.plan is None else nation_costs(base_data, base.plan)
    choices = [_choices(f, n) for n in f.nations]
    if math.prod(len(options) for options in choices) > limit:
        raise TooLarge(f"{math.prod(len(options) for options in choices)} candidates")
    if data.order:
        return _lexicographic(data, f, choices, national)
    least = [[_least(f, n, choice) for choice in options] for n, options in zip(f.nations, choices, strict=True)]
    picks = sorted(
        itertools.product(*(range(len(options)) for options in choices)),
        key=lambda pick: sum(low[i] for low, i in zip(least, pick, strict=True)),
    )
    best = Found(None, None)
    for pick in picks:
        low = sum(bounds[i] for bounds, i in zip(least, pick, strict=True))
        if best.objective is not None and low > best.objective + 1e-9:
            break
        picked = tuple(options[i] for options, i in zip(choices, pick, strict=True))
        if not _possible(f, picked):
            continue
        plan = _plan(f, picked)
        # Development money can only add to the cost of the bare plan.
        if best.objective is not None and evaluate(data, plan)["objective"] > best.objective + 1e-9:
            continue
        finished = complete(data, plan, national)
        if finished is None or violations(data, finished, national):
            continue
        value = evaluate(data, finished)["objective"]
        if best.objective is None or value < best.objective:
            best = Found(value, finished)
    return best


def _lexicographic(data: Data, f: Facts, choices: list[list[Choice]], national: dict[str, float] | None) -> Found:
    """Term after term over every feasible plan, each earlier term held within its slack."""
    feasible = []
    for combination in itertools.product(*choices):
        finished = complete(data, _plan(f, combination), national) if _possible(f, combination) else None
        if finished is not None and not violations(data, finished, national):
            feasible.append((objective_terms(terms(Outcome(data, finished))), finished))
    if not feasible:
        return Found(None, None)
    for name in data.order:
        best = min(money[name] for money, _ in feasible)
        feasible = [(money, plan) for money, plan in feasible if money[name] <= best + HELD_MEUR]
    name = data.order[-1]
    money, plan = min(feasible, key=lambda item: item[0][name])
    return Found(money[name], plan)


def best(data: Data, limit: int = 50_000) -> float | None:
    """The best objective by enumeration, None when no plan is feasible; raises TooLarge beyond the limit."""
    return best_plan(data, limit).objective
