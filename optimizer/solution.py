"""Solution: a plan with its status, bound, gap, cost terms, audit and provenance; frozen, no solver inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Mapping

from optimizer.plan import Plan
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["optimal", "feasible", "infeasible", "no_plan", "cancelled"]
Termination = Literal["proved", "gap", "time_limit", "interrupted", "infeasible"]

EXIT_DONE, EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_STOPPED, EXIT_AUDIT = 0, 2, 3, 4, 5


@dataclass(frozen=True)
class Solution:
    """What a solve gave. Money is discounted million euro unless its name says otherwise; None means not known."""

    scenario: Scenario
    status: Status
    termination: Termination
    plan: Plan | None = None
    objective_meur: float | None = None
    bound_meur: float | None = None
    terms_meur: Mapping[str, float] = field(default_factory=dict)
    relaxation_meur: float = 0.0
    findings: tuple[str, ...] = ()
    objective_difference_meur: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    clash: tuple[str, ...] = ()
    strategy: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    national_costs: Mapping[str, float] | None = None
    _tables: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def gap_meur(self) -> float | None:
        """Distance of the objective from the proven bound, in money."""
        if self.objective_meur is None or self.bound_meur is None:
            return None
        return max(0.0, self.objective_meur - self.bound_meur)

    @property
    def gap(self) -> float | None:
        """The same relative to the objective."""
        if self.gap_meur is None or self.objective_meur is None:
            return None
        return self.gap_meur / max(abs(self.objective_meur), 1e-9)

    @property
    def cost_meur(self) -> float | None:
        """The five cost terms together, shortfall not priced in."""
        if self.plan is None:
            return None
        return sum(self.terms_meur[name] for name in ("development", "production", "joining", "support", "grants"))

    @property
    def cost_and_shortfall_meur(self) -> float | None:
        """Cost and priced shortfall together: a plan that spends less may simply leave more needs unmet."""
        return None if self.cost_meur is None else self.cost_meur + self.terms_meur["shortfall"]

    @property
    def exit_code(self) -> int:
        """Exit code of the command line for this outcome."""
        if self.status == "infeasible":
            return EXIT_INFEASIBLE
        if self.plan is not None and (self.findings or self.objective_difference_meur > 0.01):
            return EXIT_AUDIT
        return EXIT_DONE if self.termination in ("proved", "gap") else EXIT_STOPPED

    def tables(self) -> dict[str, pd.DataFrame]:
        """The result tables by name: allocations, programs, nations, capabilities, payments, work, shortfalls."""
        return dict(self._tables)
