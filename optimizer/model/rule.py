"""What a rule and a term are: one sentence, stated as rows for the model and as a check on a finished plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Iterable, Literal, NamedTuple

from optimizer.measures.ledger import Ledger
from optimizer.model.lp import Constraint, Variable
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
