"""The goal likeness: how like the plan is to the one it is most like of those listed in objective.unlike."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Goal, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

NOT, OTHERS = "!", "!*"
Pair = tuple[str, str]


def marks(scenario: Scenario) -> list[dict[Pair, bool]]:
    """Each list of objective.unlike: whether a nation buys a program in it, by (nation, program).

    `NATION:program` marks it as bought, `!NATION:program` as not bought, `!*` every pair not named as not bought.
    What cannot be bought in the scenario is left out; what only its narrowed form cannot buy is not bought, and counts.
    """
    found, buyable = [], dict.fromkeys(scenario.buyable)
    for listed in scenario.settings.objective.unlike:
        known: dict[Pair, bool] = {}
        for text in listed:
            nation, _, program = text.removeprefix(NOT).partition(":")
            if (nation, program) in buyable:
                known[nation, program] = not text.startswith(NOT)
        if OTHERS in listed:
            known = {pair: known.get(pair, False) for pair in buyable}
        found.append(known)
    return found


def listed(bought: Iterable[Pair]) -> tuple[str, ...]:
    """A plan's pairs as a list of marks."""
    return (*(f"{nation}:{program}" for nation, program in sorted(bought)), OTHERS)


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """likeness >= -(marked bought but not joined + joined but marked not bought), by list; equal to it for one list."""
    lists = marks(scenario)
    if not lists:
        return [], 0.0
    if len(lists) == 1:
        # No helper that would couple capabilities.
        known = lists[0]
        alike = [(v, by if bought else -by) for pair, bought in known.items() for v, by in variables.joins(*pair)]
        return alike, -float(sum(known.values()))
    likeness = variables.program.variable(("likeness",), -max(map(len, lists)), 0)
    for number, known in enumerate(lists):
        differing = [(v, -by if bought else by) for pair, bought in known.items() for v, by in variables.joins(*pair)]
        variables.program.define(("likeness", number), total([(likeness, 1.0), *differing]) >= -sum(known.values()))
    return [(likeness, 1.0)], 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan: minus the fewest marks in which it differs from a list."""
    lists = marks(scenario)
    return -float(
        min(
            (sum((pair in ledger.program_units) != bought for pair, bought in known.items()) for known in lists),
            default=0,
        )
    )


GOAL = Goal(
    name="likeness",
    unit="pairs",
    sentence="Minus the number of nation-program pairs in which the plan differs from the plan listed it is most like.",
    value=value,
    expression=expression,
    step=lambda scenario: 1.0,
    low=-1e9,
)
