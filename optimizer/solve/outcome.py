"""Outcome: from what a search found to a solution whose status says no more than is proven."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np

from optimizer.audit import Audit, audit
from optimizer.measures.ledger import Ledger
from optimizer.measures.report import figures, result_tables
from optimizer.model.answer import Answer
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.solvers import versions
from optimizer.scenario import Scenario
from optimizer.solution import Solution, Status, Termination
from optimizer.solve.clash import smallest_clash
from optimizer.solve.finish import Finished
from optimizer.tolerances import PROVED_GAP


@dataclass(frozen=True)
class Checked:
    """A finished plan with its audit, figures and tables."""

    done: Finished
    report: Audit
    figures: Mapping[str, float]
    tables: Mapping[str, Any]


def checked(scenario: Scenario, done: Finished) -> Checked:
    """Audit a finished plan and compute all that is reported of it."""
    plan, ledger = done.plan, Ledger(scenario, done.plan)
    return Checked(
        done, audit(scenario, plan, ledger), figures(scenario, plan, ledger), result_tables(scenario, plan, ledger)
    )


def stopped(scenario: Scenario, warnings: list[str]) -> Solution:
    """Stopped before the search began."""
    return Solution(
        scenario=scenario,
        status="cancelled",
        termination="interrupted",
        warnings=tuple(warnings),
        versions=all_versions(),
        national_costs=scenario.national_costs,
    )


def without_plan(
    scenario: Scenario,
    model: Model,
    answer: Answer,
    control: Control,
    warnings: list[str],
    seconds: dict[str, float],
    with_clash: bool = True,
) -> Solution:
    """No plan: infeasible with its clash if asked for, stopped, or out of time."""
    status: Status = "no_plan"
    termination: Termination = "time_limit"
    clash: tuple[str, ...] = ()
    if answer.status == "infeasible":
        status, termination = "infeasible", "infeasible"
        if with_clash:
            clash = smallest_clash(scenario, control, exact=model.variables.whole_deliveries)
    elif answer.status == "interrupted" or control.stop.is_set():
        status, termination = "cancelled", "interrupted"
    return Solution(
        scenario=scenario,
        status=status,
        termination=termination,
        warnings=tuple(warnings),
        clash=clash,
        versions=all_versions(),
        seconds=seconds,
        national_costs=scenario.national_costs,
    )


def with_plan(
    scenario: Scenario,
    final: Checked,
    answer: Answer,
    goals: dict[str, float],
    control: Control,
    warnings: list[str],
    seconds: dict[str, float],
    strategy: str,
) -> Solution:
    """A plan with the gap that is proven for it, and nothing better."""
    asked = scenario.settings.solver
    done, report = final.done, final.report
    plan, objective = done.plan, done.objective
    recomputed = report.objective(goals)
    unknown = answer.bound == -float("inf") or not done.proven
    bound: float | None = None if unknown else min(answer.bound, objective)
    gap = None if bound is None else max(0.0, objective - bound) / max(abs(objective), 1e-9)
    status: Status
    termination: Termination
    if gap is not None and gap <= PROVED_GAP:
        status, termination = "optimal", "proved"
    elif gap is not None and gap <= asked.gap + PROVED_GAP and answer.status in ("optimal", "feasible"):
        status, termination = "feasible", "gap"
    elif control.stop.is_set() or answer.status == "interrupted":
        status, termination = "feasible", "interrupted"
    else:
        status, termination = "feasible", "time_limit"
    return Solution(
        scenario=scenario,
        status=status,
        termination=termination,
        plan=plan,
        objective_meur=objective,
        bound_meur=bound,
        terms_meur=report.terms_meur,
        relaxation_meur=report.relaxation_meur,
        findings=tuple(report.findings()),
        objective_difference_meur=abs(recomputed - objective),
        figures=final.figures,
        warnings=tuple(warnings) + tuple(f"soft rule broken: {violation}" for violation in report.relaxed),
        strategy=strategy,
        versions=all_versions(),
        seconds=seconds,
        national_costs=scenario.national_costs,
        _tables=final.tables,
    )


def all_versions() -> dict[str, str]:
    """Versions of everything a result depends on."""
    import importlib.metadata

    import pandas as pd

    try:
        own = importlib.metadata.version("jointbuy")
    except importlib.metadata.PackageNotFoundError:
        own = "source tree"
    return {
        "jointbuy": own,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        **versions(),
    }
