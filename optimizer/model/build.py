"""From a scenario, the rules and the terms to one labelled model, and from a point of it back to a plan."""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator

import numpy as np

from optimizer.model import tightening
from optimizer.model.arrays import INFINITY, Arrays, Floats
from optimizer.model.goals import weights_of, with_name
from optimizer.model.goals.objective import LIMITS
from optimizer.model.lp import LinearProgram
from optimizer.model.rows import Variable, total
from optimizer.model.rule import Rule
from optimizer.model.rules import RULES, active
from optimizer.model.variables import Variables
from optimizer.model.whole_bounds import with_whole_bounds
from optimizer.plan import Plan
from optimizer.problems import Problem
from optimizer.scenario import Scenario

# Columns that count units, whole in every plan.
_COUNTED = ("deliver", "units", "stock")


@dataclass(frozen=True)
class Slack:
    """A priced slack of a soft rule's row."""

    rule: str
    variable: Variable
    price: float


@dataclass(frozen=True)
class Statement:
    """A model as it is written: variables, labelled rows, cost of each goal, slacks of soft rules."""

    variables: Variables
    program: LinearProgram
    goals: dict[str, tuple[Floats, float]]
    slacks: tuple[Slack, ...]


@dataclass(frozen=True)
class Model(Statement):
    """A statement of a scenario with the arrays made of it."""

    scenario: Scenario
    arrays: Arrays
    base: Model | None = None
    """The model it was made of, where it was not built."""

    def cost_of(self, weights: dict[str, float]) -> tuple[Floats, float]:
        """Cost per column and constant of a weighted sum of goals; slacks of soft rules always count."""
        cost = np.zeros(self.arrays.columns)
        offset = 0.0
        for goal, weight in weights.items():
            by_column, constant = self.goals[goal]
            cost += weight * by_column
            offset += weight * constant
        for slack in self.slacks:
            cost[self.program.column(slack.variable)] += slack.price
        return cost, offset

    def plan(self, x: Floats) -> Plan:
        """The plan a point of the model stands for; deliveries are rounded to whole units."""
        return extract(self, x)


def build(
    scenario: Scenario,
    *,
    whole_deliveries: bool,
    without: frozenset[str] = frozenset(),
    tightened: bool = True,
    open_rows: bool = False,
    stop: threading.Event | None = None,
) -> Model:
    """The whole model of a scenario, some rules lifted. No solver is involved.

    `tightened` adds rows and bounds that every plan keeps anyway; without them each row is one that a rule states.
    `open_rows` may get further terms, before arrays are made of the program again.

    Raises
    ------
    Stopped
        When `stop` is set meanwhile.
    """
    program = LinearProgram("jointbuy", stop, open_rows=open_rows)
    with no_collection():
        statement = stated(scenario, program, whole_deliveries=whole_deliveries, without=without, tightened=tightened)
        return with_arrays(statement, scenario, tightened=tightened)


@contextmanager
def no_collection() -> Iterator[None]:
    """Without Python's collector of cycles: it would walk a growing model again and again, and finds nothing in it.

    At 200,000 columns it takes as long as the building itself. What was built then counts as long-lived, since the next
    collection of young objects would walk all of it: a sixth of the time of a build.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Freezing and thawing moves all objects to the oldest generation without looking at them.
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def stated(
    scenario: Scenario,
    program: LinearProgram,
    *,
    whole_deliveries: bool,
    without: frozenset[str] = frozenset(),
    tightened: bool = True,
) -> Statement:
    """The variables, rows and goals of a scenario, written into an empty program; see `build`."""
    variables = Variables(scenario, program, whole_deliveries=whole_deliveries)
    slacks: list[Slack] = []
    for rule in active(scenario):
        if rule.name in without:
            continue
        soft = rule.is_soft(scenario)
        for key, constraint in rule.rows(scenario, variables):
            label = (rule.name, *key)
            if soft:
                slack = program.variable(("slack", *label), 0, None)
                slacks.append(Slack(rule.name, slack, rule.slack_price(scenario)))
                variables.slacks.append((rule.name, slack, rule.slack_price(scenario)))
                constraint.add(slack, 1.0 if constraint.sense > 0 else -1.0)
            program.add(label, constraint)
    weights = weights_of(scenario)
    goals = {name: with_name(name).weighted(scenario, variables) for name in weights}
    variables.tie_relaxation(LIMITS)
    if tightened:
        for key, constraint in tightening.rows(scenario, variables):
            program.define(key, constraint)
    by_goal: dict[str, tuple[Floats, float]] = {}
    for goal, (items, constant) in goals.items():
        cost = np.zeros(len(program.variables))
        for variable, coefficient in items:
            cost[program.column(variable)] += coefficient
        by_goal[goal] = (cost, constant)
    return Statement(variables, program, by_goal, tuple(slacks))


def with_arrays(
    statement: Statement, scenario: Scenario, *, tightened: bool = True, base: Model | None = None
) -> Model:
    """The model of a statement, its goals weighted as the scenario has it."""
    program = statement.program
    weighted, program.offset = np.zeros(len(program.variables)), 0.0
    for goal, weight in weights_of(scenario).items():
        by_column, constant = statement.goals[goal]
        weighted += weight * by_column
        program.offset += weight * constant
    program.cost = {program.variables[column]: weighted[column] for column in np.flatnonzero(weighted).tolist()}
    for priced in statement.slacks:
        program.cost[priced.variable] = priced.price
    arrays = program.arrays()
    if tightened:
        counted = np.fromiter((label[0] in _COUNTED for label in program.labels), dtype=bool)
        arrays = with_whole_bounds(arrays, counted | arrays.integer)
    parts = statement.variables, program, statement.goals, statement.slacks
    return Model(*parts, scenario=scenario, arrays=arrays, base=base)


def extract(model: Model, x: Floats) -> Plan:
    """Read the plan from a point; money is made to add up exactly to what the rounded plan costs."""
    variables, program, scenario = model.variables, model.program, model.scenario

    def value(variable: Variable) -> float:
        return float(x[program.column(variable)])

    deliveries: dict[tuple[str, str, int], int] = {}
    for (nation, code), items in variables.deliveries.items():
        for delivery in items:
            units = round(value(delivery.variable))
            if units:
                key = (nation, code, delivery.year)
                deliveries[key] = deliveries.get(key, 0) + units
    signed = {code for _, code, _ in deliveries}
    development = {key: max(0.0, value(v)) for key, v in variables.development.items() if key[1] in signed}
    elements = {key: max(0.0, value(v)) for key, v in variables.element.items() if key[1] in signed}
    work = {key: max(0.0, value(v)) for key, v in variables.work().items() if key[1] in signed}
    noise = 1e-6
    plan = Plan(
        deliveries=deliveries,
        development={key: meur for key, meur in development.items() if meur > noise},
        elements={key: meur for key, meur in elements.items() if meur > noise},
        work={key: meur for key, meur in work.items() if meur > noise},
    )
    return _reconciled(scenario, plan)


def _reconciled(scenario: Scenario, plan: Plan) -> Plan:
    """Scale development money and work so that they add up to the exact cost and value of the plan's contracts."""
    from optimizer.measures.ledger import Ledger

    ledger = Ledger(scenario, plan)
    development, work = dict(plan.development), dict(plan.work)
    for code, contract in ledger.signed.items():
        if not contract.open_development:
            continue
        _scale(development, code, ledger.development_cost(code))
        _scale(work, code, scenario.inside_share(contract) * ledger.value(code))
    return Plan(plan.deliveries, development, plan.elements, work, plan.grants)


def _scale(money: dict[tuple[str, str], float], contract: str, target: float) -> None:
    keys = [key for key in money if key[1] == contract]
    now = sum(money[key] for key in keys)
    # Only rounding is repaired here; a plan that is really off must show in the audit.
    if now > 0.0 and abs(now - target) <= 1e-4 * max(1.0, target):
        for key in keys:
            money[key] *= target / now


def check_rule_settings(scenario: Scenario) -> list[Problem]:
    """Faults in the [rules] section: unknown rules and parameters, wrong kinds of value, values out of bounds."""
    import difflib

    from optimizer.model.rules import OTHER_SECTIONS

    known: dict[str, Rule] = {rule.name: rule for rule in RULES}
    names = [*known, *OTHER_SECTIONS]
    problems = []

    def fault(column: str, value: object, reason: str, remedy: str) -> None:
        problems.append(Problem("scenario.toml", None, column, str(value), reason, remedy))

    for name, body in scenario.settings.rules.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            fault(
                f"rules.{name}",
                body,
                "unknown rule",
                f"Did you mean {near[0]!r}?" if near else f"Known rules: {', '.join(sorted(names))}.",
            )
            continue
        rule = known.get(name)
        parameters = {p.name: p for p in (rule.parameters if rule else OTHER_SECTIONS[name])}
        for key, value in body.items():
            column = f"rules.{name}.{key}"
            if rule is not None and key == "on":
                if not isinstance(value, bool):
                    fault(column, value, "must be true or false", "Write on = true or on = false.")
                elif not value and rule.kind == "physical":
                    fault(column, value, "a physical rule cannot be switched off", "Remove this line.")
            elif rule is not None and key == "soft" and rule.kind == "policy":
                if not isinstance(value, bool):
                    fault(column, value, "must be true or false", "Write soft = true or soft = false.")
            elif rule is not None and key == "price" and rule.kind == "policy":
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1e6:
                    fault(
                        column, value, "must be a price between 0 and 1,000,000", f"Give million euro per {rule.unit}."
                    )
            elif key not in parameters:
                near = difflib.get_close_matches(key, [*parameters, "on", "soft", "price"], n=1)
                fault(
                    column,
                    value,
                    "unknown parameter",
                    f"Did you mean {near[0]!r}?"
                    if near
                    else f"Known here: {', '.join(['on', 'soft', 'price', *parameters])}.",
                )
            else:
                _check_parameter(scenario, column, value, parameters[key], fault)
    return problems


def _check_parameter(scenario, column, value, parameter, fault) -> None:  # type: ignore[no-untyped-def]
    if parameter.choices:
        if value not in parameter.choices:
            fault(column, value, "not one of the choices", f"Choose from {', '.join(parameter.choices)}.")
    elif isinstance(parameter.default, str):
        if not isinstance(value, str) or not scenario.members(value):
            fault(column, value, "unknown nation or bloc", f"Known blocs: {', '.join(scenario.blocs) or 'none'}.")
    else:
        number = not isinstance(value, bool) and isinstance(value, (int, float))
        if number and isinstance(parameter.default, int):
            number = float(value).is_integer()
        if not number or not parameter.low <= value <= parameter.high:
            fault(
                column,
                value,
                f"must be a number from {parameter.low:g} to {parameter.high:g}",
                parameter.meaning.capitalize() + ".",
            )


__all__ = ["INFINITY", "Model", "Slack", "build", "check_rule_settings", "extract", "total", "weights_of"]
