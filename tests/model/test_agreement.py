"""Every rule's two statements agree: a plan fits the model's rows exactly when the check finds nothing broken.

For each rule, random scenarios that have data for it; random plans that keep the physical rules but know nothing of the
rule itself, and the same plans with a delivery or some money moved. Both verdicts must occur for the rule alone.
"""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from reference.scenarios import write_random

from model.fixed_plan import is_feasible, only
from optimizer import Plan, Scenario, load_scenario
from optimizer.measures.ledger import Ledger
from optimizer.model.build import Model, build, extract
from optimizer.model.goals import GOALS
from optimizer.model.goals.likeness import listed
from optimizer.model.highs import Highs
from optimizer.model.rule import Rule
from optimizer.model.rules import RULES
from optimizer.problems import InvalidInput

PHYSICAL = tuple(rule.name for rule in RULES if rule.kind == "physical")
# Habits of the random scenarios that give a rule something to bind.
FEATURES: dict[str, tuple[set[str], ...]] = {
    "meet_need": ({"must_meet", "several_rows"}, {"must_meet", "bloc_rows", "effects"}, {"must_meet", "fleets"}),
    "no_excess": ({"effects"}, {"bloc_rows"}, {"contracted"}),
    "launch_before_joining": ({"fair_return"}, {"joint_program_limit"}),
    "delivery_window": ({"export"}, {"offers"}),
    "whole_lots": ({"lots"},),
    "minimum_order": ({"prices"}, {"lots"}),
    "maximum_units": ({"capacity"}, {"effects"}),
    "annual_capacity": ({"capacity"},),
    "one_price_band": ({"prices"},),
    "partner_count": ({"variant"}, {"element"}),
    "single_development": ({"variant"}, {"element"}, {"fair_return"}),
    "development_paid": ({"element"}, {"variant"}),
    "work_placed": ({"offers"}, {"fair_return"}),
    "annual_budget": ({"annual_budget"}, {"budget_classes"}, {"annual_budget", "carry_over", "element"}),
    "type_limit": ({"type_limit", "fleets"}, {"type_limit"}),
    "minimum_fleet": ({"minimum_fleet"},),
    "interoperability": ({"interoperability"}, {"interoperability", "fleets"}, {"interoperability", "contracted"}),
    "fair_return": ({"fair_return"}, {"fair_return", "offers"}, {"fair_return", "variant", "element"}),
    "sector_workload": ({"sector_workload"}, {"sector_workload", "element"}),
    "sustaining_rate": ({"sustaining_rate"},),
    "supplier_share": ({"supplier_share"},),
    "minimum_suppliers": ({"minimum_suppliers"},),
    "outside_content": ({"outside_content"},),
    "burden_sharing": ({"burden_sharing"}, {"burden_sharing", "element"}),
    "joint_program_limit": ({"joint_program_limit"},),
    "change_limit": ({"change"},),
    "locks": ({"locks"},),
    "goal_limit": ({"fair_return"}, {"interoperability", "fleets"}, {"outside_content"}, {"annual_budget", "element"}),
    "no_nation_worse_off": ({"annual_budget"}, {"several_rows"}),
}
# Rules whose limit is a bound on the decisions themselves: no plan of this scenario can break them.
NEVER_BROKEN = {"export_control", "half_rule"}
# A total outside every band is below the first one, and so below the minimum order, too.
NEVER_BROKEN_ALONE = {"one_price_band": "minimum_order"}
# Moves that break a rule the ignorant plans seldom break.
MOVES = {"launch_before_joining": ("other contract",), "delivery_window": ("year",)}
ANY_MOVE = ("year", "more", "less", "development", "work", "other contract")
# So many scenarios for each rule, and more while one of the verdicts has hardly occurred.
SEEDS, MOST_SEEDS = 8, 14
PLANS, ENOUGH = 4, 3


def test_every_rule_is_compared() -> None:
    assert set(FEATURES) | NEVER_BROKEN == {rule.name for rule in RULES}


def _scenario(folder: Path, rule: Rule, seed: int, rng: random.Random) -> Scenario | None:
    features = FEATURES[rule.name][seed % len(FEATURES[rule.name])]
    mode = rng.choice(("joint", "joint", "blocs", "national"))
    mode = {"maximum_units": "national", "launch_before_joining": "joint"}.get(rule.name, mode)
    try:
        scenario = load_scenario(write_random(folder, seed, "tiny", features, mode))
    except InvalidInput:
        return None  # a lock on what nobody can sell in these pools
    if rule.name == "launch_before_joining":
        # A premium keeps the own contracts beside the pooled one.
        scenario = scenario.replace(
            tables={
                "programs": tuple(row.model_copy(update={"premium_share": 0.1}) for row in scenario.tables.programs)
            }
        )
    if rule.name == "maximum_units":
        # Only several contracts of one line can break it.
        scenario = scenario.replace(
            tables={
                "programs": tuple(
                    row.model_copy(update={"max_units": 2, "min_order_units": 1}) for row in scenario.tables.programs
                )
            }
        )
    if rule.name == "change_limit":
        # Close to what is bought, so that plans lie on either side.
        scenario = scenario.with_rule(rule.name, measure=rng.choice(("units", "pairs")), most=rng.randint(1, 8))
    if rule.name in scenario.settings.rules:
        # A rule switched off or priced would make the comparison idle.
        scenario = scenario.with_rule(rule.name, on=True, **({"soft": False} if rule.kind == "policy" else {}))
    elif rule.named_only:
        scenario = scenario.with_rule(rule.name, on=True)
    return scenario


def _limited(scenario: Scenario, ledger: Ledger, rng: random.Random) -> Scenario:
    """The scenario with one goal limited to about what a plan comes to."""
    pairs = sorted(scenario.contracts_with)
    unlike = (listed(rng.sample(pairs, len(pairs) // 2)), listed(ledger.program_units))
    objective = scenario.settings.objective.model_copy(update={"unlike": unlike, "types": 2.0})
    scenario = scenario.replace(settings={"objective": objective})
    goal = rng.choice(GOALS)
    value = goal.value(scenario, ledger)
    most = max(goal.low, value + rng.choice((-0.2, 0.0, 0.0, 0.1)) * max(abs(value), 0.1))
    limits = {other.name: None for other in GOALS}
    return scenario.with_rule("goal_limit", **{**limits, goal.name: most})


def _random_plan(model: Model, rng: random.Random) -> Plan | None:
    """A plan of the model under a random objective that likes to buy."""
    cost = np.zeros(model.arrays.columns)
    for number, label in enumerate(model.program.labels):
        if label[0] in ("launch", "join", "deliver", "development", "work", "element"):
            cost[number] = rng.uniform(-1.0, 0.5)
        elif label[0] == "stock":
            cost[number] = rng.uniform(-0.2, 0.2)
    bounded = dataclasses.replace(model.arrays, cost=cost, upper=np.minimum(model.arrays.upper, 1e4))
    answer = Highs(bounded, presolve=False).run(gap=0.05, time_limit=5.0)
    return None if answer.x is None else extract(model, answer.x)


def _moved(plan: Plan, scenario: Scenario, rng: random.Random, kinds: tuple[str, ...]) -> Plan:
    """The plan with one delivery moved, added or dropped, or some money shifted."""
    deliveries, development, work = dict(plan.deliveries), dict(plan.development), dict(plan.work)
    kind = rng.choice(kinds)
    if deliveries and kind in ("year", "more", "less", "other contract"):
        nation, code, year = key = rng.choice(sorted(deliveries))
        if kind == "more":
            deliveries[key] += 1
        else:
            deliveries[key] -= 1
        if kind == "year":
            other = (nation, code, rng.choice(scenario.years))
            deliveries[other] = deliveries.get(other, 0) + 1
        if kind == "other contract":
            contracts = scenario.contracts_with[nation, scenario.contracts[code].program]
            other = (nation, rng.choice(contracts).id, year)
            deliveries[other] = deliveries.get(other, 0) + 1
    for money in (development, work):
        if money and kind == ("development" if money is development else "work"):
            key_ = rng.choice(sorted(money))
            money[key_] *= rng.choice((0.0, 0.5, 0.9, 1.1))
            if rng.random() < 0.5:
                partner = (rng.choice(scenario.contracts[key_[1]].pool), key_[1])
                money[partner] = money.get(partner, 0.0) + plan.development.get(key_, 0.0) * 0.3
    return dataclasses.replace(
        plan, deliveries={k: v for k, v in deliveries.items() if v}, development=development, work=work
    )


def _broken(scenario: Scenario, plan: Plan, names: tuple[str, ...]) -> set[str] | None:
    """Names of the rules a plan breaks; None when a rule is broken by hardly more than rounding."""
    ledger = Ledger(scenario, plan)
    broken = set()
    for rule in RULES:
        if rule.name in names and rule.is_on(scenario):
            for violation in rule.violations(scenario, ledger):
                if violation.is_real:
                    broken.add(rule.name)
                if 1e-6 < violation.amount < 1e-3:
                    return None
    return broken


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name not in NEVER_BROKEN], ids=lambda rule: rule.name)
def test_rows_and_check_agree(rule: Rule, tmp_path: Path) -> None:
    kept = broken_alone = 0
    names = tuple(dict.fromkeys((*PHYSICAL, rule.name)))
    for seed in range(MOST_SEEDS):
        if seed >= SEEDS and min(kept, broken_alone) >= ENOUGH:
            break
        rng = random.Random(f"{rule.name}/{seed}")
        scenario = _scenario(tmp_path / str(seed), rule, seed, rng)
        if scenario is None:
            continue
        unknown = {rule.name, NEVER_BROKEN_ALONE.get(rule.name, rule.name)}
        ignorant = build(scenario, whole_deliveries=True, without=only(*names) | unknown)
        model = None
        for _ in range(PLANS):
            plan = _random_plan(ignorant, rng)
            if plan is None:
                continue
            if rule.name == "no_nation_worse_off":
                ledger = Ledger(scenario, plan)
                scenario = scenario.replace(
                    national_costs={
                        n: (ledger.nation_cost[n] + ledger.nation_shortfall_cost[n]) * rng.choice((0.9, 1.0, 1.1))
                        for n in scenario.nations
                    }
                )
                model = None
            if rule.name == "goal_limit":
                scenario = _limited(scenario, Ledger(scenario, plan), rng)
                model = None
            model = model or build(scenario, whole_deliveries=True, without=only(*names))
            for tried in (plan, _moved(plan, scenario, rng, MOVES.get(rule.name, ANY_MOVE))):
                if Ledger(scenario, tried).unknown:
                    continue
                broken = _broken(scenario, tried, names)
                if broken is None:
                    continue
                assert is_feasible(model, tried) == (not broken), (seed, broken, tried, scenario.settings.rules)
                kept += not broken
                broken_alone += rule.name in broken and broken <= unknown
    assert kept >= ENOUGH
    assert broken_alone >= (1 if rule.name == "launch_before_joining" else ENOUGH)
