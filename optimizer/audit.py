"""The audit: every rule and every cost line of a plan recomputed from the tables, with no solver in sight."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Mapping

from optimizer.measures.ledger import Ledger
from optimizer.model.goals import PRICED, weights_of, with_name
from optimizer.model.rule import Violation
from optimizer.model.rules import active
from optimizer.model.terms import TERMS
from optimizer.plan import Plan
from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Audit:
    """What the audit found: broken rules, cost terms (discounted, unweighted), and the price of soft rules broken."""

    violations: tuple[Violation, ...]
    strangers: tuple[str, ...]
    terms_meur: dict[str, float]
    relaxation_meur: float
    relaxed: tuple[Violation, ...]
    goals: Mapping[str, float] = field(default_factory=dict)
    """Goals that are no sum of terms and bear a weight."""

    @property
    def is_clean(self) -> bool:
        """Whether no rule is broken and nothing unknown is named."""
        return not self.violations and not self.strangers

    def findings(self) -> list[str]:
        """Every objection as a line of text."""
        return [*self.strangers, *(str(violation) for violation in self.violations)]

    def goal(self, name: str) -> float:
        """Value of a goal: the sum of its terms, or what it counts."""
        if name in self.goals:
            return self.goals[name]
        return sum(self.terms_meur[term.name] for term in TERMS if term.goal == name)

    def objective(self, weights: dict[str, float]) -> float:
        """Weighted sum of the goals, plus the price of soft rules broken."""
        return sum(weight * self.goal(goal) for goal, weight in weights.items()) + self.relaxation_meur


def audit(scenario: Scenario, plan: Plan, ledger: Ledger | None = None) -> Audit:
    """Check a plan against every rule that acts in the scenario and recompute every cost term.

    `ledger` is that of the plan where there is one already.
    """
    ledger = ledger or Ledger(scenario, plan)
    strangers = list(ledger.unknown)
    for (nation, contract, year), units in plan.deliveries.items():
        if units < 0 or units != int(units):
            strangers.append(f"delivery to {nation} from contract {contract} in {year}: {units} is no whole number")
    violations: list[Violation] = []
    relaxed: list[Violation] = []
    relaxation = 0.0
    for rule in active(scenario):
        soft = rule.is_soft(scenario)
        price = rule.slack_price(scenario)
        for violation in rule.violations(scenario, ledger):
            named = dataclasses.replace(violation, rule=rule.name)
            if soft:
                if violation.amount > 0.0:
                    relaxation += price * violation.amount
                    if named.is_real:
                        relaxed.append(named)
            elif named.is_real:
                violations.append(named)
    terms = {term.name: term.value(scenario, ledger) for term in TERMS}
    goals = {name: with_name(name).value(scenario, ledger) for name in weights_of(scenario) if name not in PRICED}
    return Audit(tuple(violations), tuple(strangers), terms, relaxation, tuple(relaxed), goals)
