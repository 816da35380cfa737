"""What a rule, a term and a goal are: one sentence, stated for the model and again on a finished plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Iterable, Literal, NamedTuple

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import Constraint, Variable, total
from optimizer.scenario import Scenario
from optimizer.tolerances import exceeds

if TYPE_CHECKING:
    from optimizer.model.variables import Variables


class Row(NamedTuple):
    """One labelled row: `key` names in codes whom it binds."""

    key: tuple[Any, ...]
    constraint: Constraint


@dataclass(frozen=True)
class Violation:
    """How far a finished plan breaks one row of a rule; `amount` in the rule's unit, `size` that of the limit."""

    key: tuple[Any, ...]
    amount: float
    size: float
    rule: str = ""

    @property
    def is_real(self) -> bool:
        """Whether it is more than rounding."""
        return exceeds(self.amount, self.size)

    def __str__(self) -> str:
        return f"{self.rule} {' '.join(str(part) for part in self.key)}: exceeded by {self.amount:,.6g}"


@dataclass(frozen=True)
class Parameter:
    """A number or choice that sits beside a rule's switch in scenario.toml."""

    name: str
    default: float | str | None
    meaning: str
    low: float = 0.0
    high: float = 1e9
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule: its name, sentence, kind, unit and source, and its two statements.

    `rows(scenario, variables)` yields the model's rows, `violations(scenario, ledger)` what a plan breaks.
    A rule that is `named_only` is off unless the settings name it; any other acts wherever there is data for it.
    `price` is what one unit of breaking it costs when it is soft, million euro.
    """

    name: str
    sentence: str
    kind: Literal["physical", "policy", "lock"]
    unit: str
    source: str
    rows: Callable[[Scenario, Variables], Iterable[Row]]
    violations: Callable[[Scenario, Ledger], Iterable[Violation]]
    named_only: bool = False
    price: float = 1.0
    parameters: tuple[Parameter, ...] = field(default=())

    def is_on(self, scenario: Scenario) -> bool:
        """Whether the rule acts in a scenario."""
        if self.kind == "physical":
            return True
        settings = scenario.settings.rules
        if self.name not in settings:
            return not self.named_only
        return bool(settings[self.name].get("on", True))

    def is_soft(self, scenario: Scenario) -> bool:
        """Whether breaking it is priced rather than forbidden."""
        return self.kind == "policy" and bool(scenario.settings.rules.get(self.name, {}).get("soft", False))

    def slack_price(self, scenario: Scenario) -> float:
        """Price of one unit over, when soft."""
        return float(scenario.settings.rules.get(self.name, {}).get("price", self.price))


def setting(scenario: Scenario, rule: str, name: str, default: Any) -> Any:
    """A rule's parameter in the scenario's settings, or its default."""
    value = scenario.settings.rules.get(rule, {}).get(name)
    return default if value is None else value


Weighted = tuple[list[tuple[Variable, float]], float]


@dataclass(frozen=True)
class Term:
    """A cost term: `expression` for the model, `value` on a finished plan; both discounted, unweighted, in meur.

    `goal` is the key of [objective] whose weight it bears.
    """

    name: str
    goal: str
    sentence: str
    expression: Callable[[Scenario, Variables], Weighted]
    value: Callable[[Scenario, Ledger], float]


@dataclass(frozen=True)
class Goal:
    """What plans are judged by, less being better: a term, a count, or a share.

    `value` is taken on a finished plan. A goal that is linear in the decisions has an `expression`, and with it a
    weight in [objective]; a ratio has `limit_rows` instead, and can only be limited. `step` is what two different
    values differ by at least, where that is known.
    """

    name: str
    unit: str
    sentence: str
    value: Callable[[Scenario, Ledger], float]
    expression: Callable[[Scenario, Variables], Weighted] | None = None
    limit_rows: Callable[[Scenario, Variables, float], Iterable[Row]] | None = None
    limit_violations: Callable[[Scenario, Ledger, float], Iterable[Violation]] | None = None
    step: Callable[[Scenario], float | None] = lambda scenario: None
    low: float = 0.0
    """Least limit that makes sense."""

    def weighted(self, scenario: Scenario, variables: Variables) -> Weighted:
        """The expression, made once for a model however many ask for it."""
        if self.expression is None:
            raise ValueError(f"{self.name} is a ratio and has no weight")
        if self.name not in variables.goals:
            variables.goals[self.name] = self.expression(scenario, variables)
        return variables.goals[self.name]

    def rows(self, scenario: Scenario, variables: Variables, most: float) -> Iterable[Row]:
        """Rows that hold the goal at or below a limit."""
        if self.limit_rows is not None:
            for row in self.limit_rows(scenario, variables, most):
                yield Row((self.name, *row.key), row.constraint)
        else:
            weighted, constant = self.weighted(scenario, variables)
            yield Row((self.name,), total(weighted) <= most - constant)

    def violations(self, scenario: Scenario, ledger: Ledger, most: float) -> Iterable[Violation]:
        """What a plan has beyond a limit."""
        if self.limit_violations is not None:
            for violation in self.limit_violations(scenario, ledger, most):
                yield Violation((self.name, *violation.key), violation.amount, violation.size)
        else:
            yield Violation((self.name,), self.value(scenario, ledger) - most, most)
