"""What-ifs with limits on goals, beside those the scenario has itself."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.scenario import Scenario


def with_limits(scenario: Scenario, limits: Mapping[str, float]) -> Scenario:
    """The scenario with goals held at or below limits; a lower limit of its own stays."""
    if not limits:
        return scenario
    rules = scenario.settings.rules
    own = dict(rules.get("goal_limit", {})) if scenario.rule_is_named_on("goal_limit") else {}
    lower = {goal: min(most, float(own[goal])) if own.get(goal) is not None else most for goal, most in limits.items()}
    return scenario.replace(settings={"rules": {**rules, "goal_limit": {**own, "on": True, "soft": False, **lower}}})
