"""Solve: from a scenario to an audited solution; chooses the strategy, finishes the plan, keeps the status honest."""

from __future__ import annotations

import dataclasses
import platform
import threading
import time
from typing import Callable

import numpy as np

from optimizer.audit import Audit, audit
from optimizer.measures.ledger import Ledger
from optimizer.measures.report import figures, result_tables
from optimizer.model.build import Model, build, check_rule_settings, weights_of
from optimizer.model.lp import (
    Answer,
    Arrays,
    Control,
    Floats,
    Progress,
    in_thread,
    require_solver,
    solve_with_pulp,
    versions,
)
from optimizer.plan import Plan
from optimizer.problems import InvalidInput
from optimizer.scenario import Scenario
from optimizer.solution import Solution, Status, Termination
from optimizer.solve.again import Recall
from optimizer.solve.clash import smallest_clash
from optimizer.solve.decomposed import solve_decomposed
from optimizer.solve.finish import HELD_ROOM, cleaned, fewest_contracts, restated, share_by_units, whole_deliveries
from optimizer.solve.memory import Memory, point_of
from optimizer.solve.whole import solve_whole, with_row
from optimizer.tolerances import PROVED_GAP, STAGE_SLACK_MEUR

# Up to this many delivery decisions whole yearly deliveries stand in the search itself.
WHOLE_DELIVERIES_UP_TO = 6000
# Up to this many columns the whole model is the faster way to a proof; beyond, capabilities are taken apart.
WHOLE_UP_TO_COLUMNS = 12_000
# Share of the asked gap the search of a decomposed model must reach: the finish needs the rest.
SEARCH_SHARE = 0.8
# Gap of the finish, as a share of the asked gap and at most.
FINISH_SHARE, FINISH_GAP = 0.1, 1e-4


# What earlier goals of an order may at most come to, by goal.
Held = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Finished:
    """A whole plan and its objective, as the solver has it; not `proven` when earlier goals had to give way."""

    plan: Plan
    objective: float
    proven: bool


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
    model = _build(scenario)
    built = time.monotonic()
    deadline = control.seconds() + asked.time_limit_s
    answer, goals, arrays, held = _search(model, control, deadline, memory)
    searched = time.monotonic()
    seconds = {
        "read": float(scenario.provenance.get("seconds", 0.0)),  # type: ignore[arg-type]
        "build": built - started,
        "solve": searched - built,
        "finish": 0.0,
    }
    if answer.x is None:
        return _without_plan(scenario, model, answer, control, warnings, seconds)
    finished = _finish(model, answer, arrays, goals, held, control)
    if finished is None:
        lost = Answer("no_plan", None, float("inf"), answer.bound)
        return _without_plan(scenario, model, lost, control, warnings, seconds)
    report = audit(scenario, finished.plan)
    seconds["finish"] = time.monotonic() - searched
    return _with_plan(scenario, finished, report, answer, goals, control, warnings, seconds, _strategy(model))


def _build(scenario: Scenario) -> Model:
    return build(scenario, whole_deliveries=is_small(scenario))


def is_small(scenario: Scenario) -> bool:
    """Whether whole yearly deliveries can stand in the search itself."""
    deliveries = sum(
        len(scenario.pairs[nation, contract.program].years) * len(contract.bands)
        for contract in scenario.contracts.values()
        for nation in contract.nations
    )
    return deliveries <= WHOLE_DELIVERIES_UP_TO


def _search(
    model: Model, control: Control, deadline: float, memory: Memory | None
) -> tuple[Answer, dict[str, float], Arrays, Held]:
    """Search the weighted objective, or the goals of the order one after another.

    The answer with the objective's constant in it, the weights of the last stage, its model, and what it had to hold.
    """
    order = model.scenario.settings.objective.order
    if not order:
        weights = weights_of(model.scenario)
        cost, offset = model.cost_of(weights)
        arrays = dataclasses.replace(model.arrays, cost=cost, offset=offset)
        answer = _remembering(model, arrays, control, deadline, memory)
        return _shifted(answer, offset), weights, arrays, {}
    arrays = model.arrays
    answer, weights, stage = Answer("no_plan", None, float("inf"), -float("inf")), {order[0]: 1.0}, arrays
    asked = model.scenario.settings.solver
    held: Held = {}
    for number, goal in enumerate(order):
        weights = {goal: 1.0}
        cost, offset = model.cost_of(weights)
        stage = dataclasses.replace(arrays, cost=cost, offset=offset)
        share = (deadline - control.seconds()) / (len(order) - number)
        found = _run(model, stage, control, control.seconds() + share, start=answer.x)
        if found.x is None:
            return found, weights, stage, held
        answer = _shifted(found, offset)
        if number + 1 < len(order):
            held[goal] = answer.objective + abs(answer.objective) * asked.gap + STAGE_SLACK_MEUR
            arrays = with_row(arrays, cost, -np.inf, held[goal] - offset)
    return answer, weights, stage, held


def _shifted(answer: Answer, offset: float) -> Answer:
    """The answer with the objective's constant added back."""
    return dataclasses.replace(answer, objective=answer.objective + offset, bound=answer.bound + offset)


def _remembering(model: Model, arrays: Arrays, control: Control, deadline: float, memory: Memory | None) -> Answer:
    """Run from what earlier solves left, and leave what this one found."""
    if memory is None:
        return _run(model, arrays, control, deadline)
    trace = memory.nearest(model.scenario)
    start = None if trace is None else point_of(trace, model)
    recall = Recall(memory, model.program.row_labels(), start, None if trace is None else trace.multipliers)
    answer = _run(model, arrays, control, deadline, start=start, recall=recall)
    if answer.x is not None:
        memory.learn(model, answer.x, recall.found)
    return answer


def _run(
    model: Model,
    arrays: Arrays,
    control: Control,
    deadline: float,
    start: Floats | None = None,
    recall: Recall | None = None,
) -> Answer:
    asked = model.scenario.settings.solver
    left = max(0.05, deadline - control.seconds())
    if asked.name != "highs":
        return solve_with_pulp(arrays, asked.name, gap=asked.gap, time_limit=left, threads=asked.threads)
    if _strategy(model) == "decomposed":
        return solve_decomposed(
            arrays,
            gap=SEARCH_SHARE * asked.gap,
            time_limit=left,
            control=control,
            seed=asked.seed,
            workers=asked.threads,
            recall=recall,
        )
    return solve_whole(arrays, gap=asked.gap, time_limit=left, control=control, seed=asked.seed, start=start)


def _strategy(model: Model) -> str:
    """The asked strategy; `auto` picks by size, and keeps models whole that fall into no blocks."""
    asked = model.scenario.settings.solver
    if asked.name != "highs" or asked.strategy == "whole":
        return "whole"
    blocks = len(np.unique(model.arrays.column_block[model.arrays.column_block >= 0]))
    if asked.strategy == "decomposed":
        return "decomposed" if blocks > 1 else "whole"
    return "decomposed" if blocks > 2 and model.arrays.columns > WHOLE_UP_TO_COLUMNS else "whole"


def _finish(
    model: Model, answer: Answer, arrays: Arrays, goals: dict[str, float], held: Held, control: Control
) -> Finished | None:
    """The finished plan with its objective, constants included; None where no whole plan was found."""
    assert answer.x is not None
    asked = model.scenario.settings.solver
    proven = True
    if not model.variables.whole_deliveries:
        gap = 0.0 if asked.gap <= PROVED_GAP else min(FINISH_GAP, FINISH_SHARE * asked.gap)
        found = answer.x
        exact, start = restated(model, found, goals, held, 0.0)
        answer = whole_deliveries(exact, start, gap=gap, control=control, seed=asked.seed)
        if answer.x is None and held:
            exact, start = restated(model, found, goals, held, HELD_ROOM)
            answer = whole_deliveries(exact, start, gap=gap, control=control, seed=asked.seed)
            proven = False
        model, arrays = exact, exact.arrays
    elif asked.name == "highs" and answer.gap <= PROVED_GAP:
        answer = fewest_contracts(model, arrays, answer, control=control, seed=asked.seed)
    if answer.x is None:
        return None
    point = cleaned(arrays, answer.x, asked.seed)
    if point.x is None:
        return None
    x = share_by_units(model, arrays, point.x, asked.seed)
    return Finished(model.plan(x), point.objective + arrays.offset, proven)


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
    finished: Finished,
    report: Audit,
    answer: Answer,
    goals: dict[str, float],
    control: Control,
    warnings: list[str],
    seconds: dict[str, float],
    strategy: str,
) -> Solution:
    asked = scenario.settings.solver
    plan, objective = finished.plan, finished.objective
    recomputed = report.objective(goals)
    unknown = answer.bound == -float("inf") or not finished.proven
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
