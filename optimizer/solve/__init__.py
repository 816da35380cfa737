"""Solve: from a scenario to an audited solution; chooses the strategy, finishes the plan, keeps the status honest."""

from __future__ import annotations

import platform
import threading
import time
from typing import Callable

import numpy as np

from optimizer.audit import Audit, audit
from optimizer.measures.ledger import Ledger
from optimizer.measures.report import figures, result_tables
from optimizer.model.build import Model, build, check_rule_settings
from optimizer.model.lp import (
    Answer,
    Control,
    Progress,
    Stopped,
    in_thread,
    require_solver,
    versions,
)
from optimizer.problems import InvalidInput
from optimizer.scenario import Scenario
from optimizer.solution import Solution, Status, Termination
from optimizer.solve.clash import smallest_clash
from optimizer.solve.finish import Finished, finished
from optimizer.solve.memory import Memory
from optimizer.solve.strategy import search, strategy_of
from optimizer.tolerances import PROVED_GAP

# Up to this many delivery decisions whole yearly deliveries stand in the search itself.
WHOLE_DELIVERIES_UP_TO = 6000


def solve(
    scenario: Scenario,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    stop: threading.Event | None = None,
    memory: Memory | None = None,
) -> Solution:
    """Solve a scenario; never raises for infeasible, time-limited or interrupted solves.

    Parameters
    ----------
    gap
        Relative gap at which the search may stop; default from the settings.
    time_limit
        Seconds for the search; default from the settings.
    solver
        `highs`, or any solver PuLP knows on this machine.
    on_progress
        Called with a `Progress` a few times a second while the solver runs.
    stop
        Set it from another thread to stop the search and keep the best plan.
    memory
        What earlier solves left, used and added to; see `Session`, which keeps one.

    Raises
    ------
    InvalidInput
        When the rule settings have faults.
    SolverUnavailable
        When the asked solver is not on this machine.
    """
    overrides = {"gap": gap, "time_limit_s": time_limit, "threads": threads, "name": solver}
    asked = scenario.settings.solver.model_copy(
        update={key: value for key, value in overrides.items() if value is not None}
    )
    scenario = scenario.replace(settings={"solver": asked})
    require_solver(asked.name)
    problems = check_rule_settings(scenario)
    if problems:
        raise InvalidInput(problems)
    control = Control(on_progress=on_progress, stop=stop or threading.Event())
    return in_thread(lambda: _solve(scenario, control, memory), control.stop)  # type: ignore[no-any-return]


def _solve(scenario: Scenario, control: Control, memory: Memory | None = None) -> Solution:
    warnings: list[str] = list(_band_warnings(scenario))
    if (
        scenario.rule_is_named_on("no_nation_worse_off")
        and scenario.national_costs is None
        and len(scenario.pools) < len(scenario.nations)
    ):
        scenario = _with_national_costs(scenario, control, warnings)
    asked = scenario.settings.solver
    started = time.monotonic()
    try:
        model = build(scenario, whole_deliveries=is_small(scenario), stop=control.stop)
    except Stopped:
        return _stopped(scenario, warnings)
    built = time.monotonic()
    deadline = control.seconds() + asked.time_limit_s
    answer, goals, arrays, held = search(model, control, deadline, memory)
    searched = time.monotonic()
    seconds = {
        "read": float(scenario.provenance.get("seconds", 0.0)),  # type: ignore[arg-type]
        "build": built - started,
        "solve": searched - built,
        "finish": 0.0,
    }
    if answer.x is None:
        return _without_plan(scenario, model, answer, control, warnings, seconds)
    done = finished(model, answer, arrays, goals, held, control, memory)
    if done is None:
        lost = Answer("no_plan", None, float("inf"), answer.bound)
        return _without_plan(scenario, model, lost, control, warnings, seconds)
    report = audit(scenario, done.plan)
    seconds["finish"] = time.monotonic() - searched
    return _with_plan(scenario, done, report, answer, goals, control, warnings, seconds, strategy_of(model))


def is_small(scenario: Scenario) -> bool:
    """Whether whole yearly deliveries can stand in the search itself."""
    deliveries = sum(
        len(scenario.pairs[nation, contract.program].years) * len(contract.bands)
        for contract in scenario.contracts.values()
        for nation in contract.nations
    )
    return deliveries <= WHOLE_DELIVERIES_UP_TO


def _band_warnings(scenario: Scenario) -> list[str]:
    wide = {code: share for code, share in scenario.band_deviation.items() if share > 0.03}
    if not wide:
        return []
    names = ", ".join(f"{code} {100 * share:.1f} %" for code, share in sorted(wide.items(), key=lambda i: -i[1])[:5])
    more = f" and {len(wide) - 5} more" if len(wide) > 5 else ""
    return [
        f"price bands deviate from the learning curve by more than 3 %: {names}{more}; raise rules.price_bands."
        "bands for a closer fit"
    ]


def _with_national_costs(scenario: Scenario, control: Control, warnings: list[str]) -> Scenario:
    """The scenario with each nation's cost in the national baseline (fine print 63)."""
    baseline = scenario.with_pooling("national").with_rule("no_nation_worse_off", on=False)
    exact = baseline.settings.solver.model_copy(update={"gap": 0.0})
    solution = _solve(baseline.replace(settings={"solver": exact}), Control(stop=control.stop))
    if solution.plan is None:
        warnings.append("no national baseline was found, so no_nation_worse_off binds no nation")
        return scenario.replace(national_costs={})
    if solution.termination != "proved":
        gap = 100 * (solution.gap or 0.0)
        warnings.append(f"the national baseline of no_nation_worse_off is proven to {gap:.3f} % only")
    ledger = Ledger(baseline, solution.plan)
    return scenario.replace(
        national_costs={n: ledger.nation_cost[n] + ledger.nation_shortfall_cost[n] for n in scenario.nations}
    )


def _stopped(scenario: Scenario, warnings: list[str]) -> Solution:
    """Stopped before the search began."""
    return Solution(
        scenario=scenario,
        status="cancelled",
        termination="interrupted",
        warnings=tuple(warnings),
        versions=all_versions(),
        national_costs=scenario.national_costs,
    )


def _without_plan(
    scenario: Scenario, model: Model, answer: Answer, control: Control, warnings: list[str], seconds: dict[str, float]
) -> Solution:
    status: Status = "no_plan"
    termination: Termination = "time_limit"
    clash: tuple[str, ...] = ()
    if answer.status == "infeasible":
        status, termination = "infeasible", "infeasible"
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


def _with_plan(
    scenario: Scenario,
    done: Finished,
    report: Audit,
    answer: Answer,
    goals: dict[str, float],
    control: Control,
    warnings: list[str],
    seconds: dict[str, float],
    strategy: str,
) -> Solution:
    asked = scenario.settings.solver
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
        figures=figures(scenario, plan),
        warnings=tuple(warnings) + tuple(f"soft rule broken: {violation}" for violation in report.relaxed),
        strategy=strategy,
        versions=all_versions(),
        seconds=seconds,
        national_costs=scenario.national_costs,
        _tables=result_tables(scenario, plan),
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
