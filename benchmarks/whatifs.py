"""Numeric what-ifs of a scenario, drawn from a seed: other prices, budgets, needs and discount rates."""

from __future__ import annotations

import numpy as np

from optimizer import Scenario


def numeric_whatifs(scenario: Scenario, count: int, seed: int = 1) -> list[tuple[str, Scenario]]:
    """`count` scenarios that differ from the given one in numbers only, each with what differs in words."""
    rng = np.random.default_rng(seed)
    makers = (_price, _budget, _need, _discount)
    return [makers[number % len(makers)](scenario, rng) for number in range(count)]


def _price(scenario: Scenario, rng: np.random.Generator) -> tuple[str, Scenario]:
    programs = scenario.tables.programs
    chosen = int(rng.integers(len(programs)))
    factor = float(rng.choice([0.8, 0.9, 1.1, 1.2]))
    row = programs[chosen]
    dearer = row.model_copy(update={"unit_cost_meur": factor * row.unit_cost_meur})
    changed = (*programs[:chosen], dearer, *programs[chosen + 1 :])
    return f"price of {row.program} times {factor}", scenario.replace(tables={"programs": changed})


def _budget(scenario: Scenario, rng: np.random.Generator) -> tuple[str, Scenario]:
    budgets = scenario.tables.budgets
    if not budgets:
        return _price(scenario, rng)
    nation = str(rng.choice(sorted({row.nation for row in budgets})))
    factor = float(rng.choice([0.85, 0.9, 0.95, 1.1]))
    changed = tuple(
        row.model_copy(update={"budget_meur": factor * row.budget_meur}) if row.nation == nation else row
        for row in budgets
    )
    return f"budgets of {nation} times {factor}", scenario.replace(tables={"budgets": changed})


def _need(scenario: Scenario, rng: np.random.Generator) -> tuple[str, Scenario]:
    needs = scenario.tables.requirements
    chosen = int(rng.integers(len(needs)))
    factor = float(rng.choice([0.75, 1.25]))
    row = needs[chosen]
    other = row.model_copy(update={"quantity": float(max(1, round(factor * row.quantity)))})
    changed = (*needs[:chosen], other, *needs[chosen + 1 :])
    return f"need of {row.nation} for {row.capability} times {factor}", scenario.replace(
        tables={"requirements": changed}
    )


def _discount(scenario: Scenario, rng: np.random.Generator) -> tuple[str, Scenario]:
    rate = round(scenario.settings.discount_rate + float(rng.choice([-0.01, -0.005, 0.005, 0.01])), 4)
    return f"discount rate {rate}", scenario.replace(settings={"discount_rate": max(0.0, rate)})
