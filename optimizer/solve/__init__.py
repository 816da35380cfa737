"""Solve: from a scenario to an audited solution; chooses the strategy, finishes the plan, keeps the status honest."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Callable

from optimizer.measures.ledger import Ledger
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model, build, check_rule_settings, weights_of
from optimizer.model.control import Control, Progress, Stopped, in_thread
from optimizer.model.solvers import require_solver
from optimizer.problems import InvalidInput
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.finish import (
    Finished,
    finish_seconds,
    finished,
    finished_as_before,
    gone_on,
    wanted_seconds,
)
from optimizer.solve.given_back import give_back, giving_back
from optimizer.solve.memory import Memory
from optimizer.solve.nearby import Way
from optimizer.solve.outcome import Checked, all_versions, checked, stopped, with_plan, without_plan
from optimizer.solve.standby import FOR_A_PLAN_SECONDS, ONCE_FROM_COLUMNS, Latest, Standby, unless_left
from optimizer.solve.strategy import Held, search, strategy_of, weighted, weights_at_once
from optimizer.solve.taken_over import taken_over
from optimizer.tolerances import RECONCILE_MEUR

# Up to this many delivery decisions whole yearly deliveries stand in the search itself.
WHOLE_DELIVERIES_UP_TO = 6000
# Share of what the finish may take that is left to what follows the whole deliveries (M: 0.5 s, L: 1 s, XL: 2 s).
_AFTER_DELIVERIES = 0.1
# A standby takes so many times as long as the finish, with one thread beside the search.
_STANDBY_TIMES = 1.5
# A large search is made whole but once, where it comes no farther than this share of the cost after.
_NEAR = 5e-4
# Beside its search a whole plan is made cheaper for so many seconds at a time, and checked (XL: 4 s).
_IN_ONE_GO_SECONDS = 25.0
# While it is made whole, memory is given back so often, in seconds (XL, seed 1: up to 2.2 GB were held then).
_GIVE_BACK_SECONDS = 1.0


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
    clash: bool = True,
    way: Way | None = None,
    ahead: object = (),
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
        Set it from another thread to stop the search and keep the best plan. A plan that progress has told of is kept;
        before that there is none, as long as no plan is in whole units.
    memory
        What earlier solves left, used and added to; see `Session`, which keeps one.
    clash
        Whether an infeasible scenario is asked for the rules that clash, which takes longer than the verdict.
    way
        What takes the place of the search, as those to plans near the best one; see `Nearby`.
    ahead
        What is asked next, of use to a `Session` only, which may solve it at the same time.

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
    del ahead
    scenario = scenario.replace(settings={"solver": asked})
    require_solver(asked.name)
    problems = check_rule_settings(scenario)
    if problems:
        raise InvalidInput(problems)
    control = Control(on_progress=on_progress, stop=stop or threading.Event())
    return in_thread(lambda: _solve(scenario, control, memory, clash, way), control.stop)  # type: ignore[no-any-return]


def _solve(
    scenario: Scenario,
    control: Control,
    memory: Memory | None = None,
    clash: bool = True,
    way: Way | None = None,
) -> Solution:
    warnings: list[str] = list(_band_warnings(scenario))
    if (
        scenario.rule_is_named_on("no_nation_worse_off")
        and scenario.national_costs is None
        and len(scenario.pools) < len(scenario.nations)
    ):
        scenario = _with_national_costs(scenario, control, warnings)
    started = time.monotonic()
    try:
        model = _model_of(scenario, control, memory)
    except Stopped:
        return stopped(scenario, warnings)
    seconds = {
        "read": float(scenario.provenance.get("seconds", 0.0)),  # type: ignore[arg-type]
        "build": time.monotonic() - started,
    }

    def finish_early(x: Floats, abandon: threading.Event) -> Checked | None:
        began = control.seconds()
        early = _finished_early(model, x, control.prices, abandon, standby.hurry)
        control.wanted = max(control.wanted, wanted_seconds(model, control.seconds() - began))
        return early

    standby: Standby[Checked] = Standby(
        finish_early,
        lambda ready, hurry: _made_cheaper(model, ready, control.prices, hurry),
    )
    with standby:
        return _solve_model(model, control, memory, standby, warnings, seconds, clash, way)


def _model_of(scenario: Scenario, control: Control, memory: Memory | None) -> Model:
    """The model of a scenario: one built before under another objective, else made of one, else built."""
    known = None if memory is None else memory.model_of(scenario)
    if known is not None:
        return known
    model = None if memory is None else memory.rebuilt(scenario, control.stop)
    if model is None or model.variables.whole_deliveries != is_small(scenario):
        model = build(scenario, whole_deliveries=is_small(scenario), stop=control.stop)
    if memory is not None:
        memory.keep_model(model)
    return model


def _solve_model(
    model: Model,
    control: Control,
    memory: Memory | None,
    standby: Standby[Checked],
    warnings: list[str],
    seconds: dict[str, float],
    clash: bool,
    way: Way | None,
) -> Solution:
    """Search, finish, and say how it went."""
    scenario = model.scenario
    began = time.monotonic()
    deadline = control.seconds() + scenario.settings.solver.time_limit_s
    search_until = deadline - finish_seconds(model)
    known = None if way is not None else taken_over(model, control, search_until, memory)
    if known is not None:
        goals = weights_at_once(scenario)
        ready = _if_right(scenario, known.done, goals)
        if ready is not None:
            assert memory is not None
            known.leave(model, memory)
            seconds |= {"solve": time.monotonic() - began, "finish": 0.0}
            return with_plan(scenario, ready, known.answer, goals, control, warnings, seconds, strategy_of(model))
    held: Held = {}
    latest = None
    if way is not None:
        answer = way(model, control, search_until, memory)
        goals, arrays = weights_at_once(scenario), weighted(model)
    elif scenario.settings.objective.order:
        answer, goals, arrays, held = search(model, control, search_until, memory)
    else:
        needs_finish = not model.variables.whole_deliveries
        if needs_finish:
            # Later a standby would be ready when the plan itself is, and only take its time.
            beside = 0.0 if _is_made_whole_once(model) else _STANDBY_TIMES * finish_seconds(model)
            standby.only_for(search_until - beside - control.seconds())
            control.on_plan = standby.offer
        told = Latest(control, lambda: not needs_finish or standby.ready is not None)
        answer, goals, arrays, held = unless_left(
            lambda: search(model, control, search_until, memory),
            lambda: _as_known(model, told, control.prices),
            control.stop,
        )
        latest = told if needs_finish else None
    give_back()
    searched = time.monotonic()
    seconds |= {"solve": searched - began, "finish": 0.0}
    if answer.x is None:
        return without_plan(scenario, model, answer, control, warnings, seconds, clash)

    if latest is not None:
        control.report("making units whole", answer.objective if answer.is_plan else None, answer.bound)

    def finish(abandon: threading.Event) -> Checked | None:
        before = finished_as_before(model, answer, arrays, control, memory)
        ready = None if before is None else _if_right(scenario, before, goals)
        if ready is not None:
            return ready
        # Cleaning, sharing payments and the audit come after the whole deliveries.
        until = deadline - _AFTER_DELIVERIES * finish_seconds(model)
        begun = None
        if _is_made_whole_once(model):
            most = answer.objective + _NEAR * abs(answer.objective)
            early = standby.near(most - arrays.offset)
            begun = None if early is None else early.done.begun
        done = finished(model, answer, arrays, goals, held, control, memory, abandon, deadline=until, begun=begun)
        ready = standby.ready  # of an earlier plan, but whole units may have cost that less
        if ready is not None and (done is None or ready.done.objective < done.objective):
            return ready
        return None if done is None else checked(scenario, done)

    # Where nothing is finished beside the search, a stop waits for the finish itself.
    patience = threading.TIMEOUT_MAX if latest is None else FOR_A_PLAN_SECONDS
    final = standby.unless_stopped(finish, control.stop, patience)
    if final is None:
        lost = Answer("no_plan", None, float("inf"), answer.bound)
        return without_plan(scenario, model, lost, control, warnings, seconds)
    seconds["finish"] = time.monotonic() - searched
    solution = with_plan(scenario, final, answer, goals, control, warnings, seconds, strategy_of(model))
    if latest is not None and latest.follower is not None:
        latest.follower(Progress("finished", control.seconds(), solution.objective_meur, solution.bound_meur))
    if memory is not None and solution.gap is not None:
        memory.learn_finish(scenario, final.done.plan.deliveries, solution.gap)
    return solution


def _if_right(scenario: Scenario, done: Finished, goals: dict[str, float]) -> Checked | None:
    """A plan finished without an exact statement, audited; None where it breaks what only that one would hold."""
    ready = checked(scenario, done)
    right = abs(ready.report.objective(goals) - done.objective) <= RECONCILE_MEUR
    return ready if right and ready.report.is_clean else None


def _as_known(model: Model, latest: Latest, prices: Floats | None) -> tuple[Answer, dict[str, float], Arrays, Held]:
    """What a weighted search gave as far as it told, in the form in which it gives its answer."""
    weights = weights_of(model.scenario)
    offset = model.cost_of(weights)[1]
    answer = Answer("interrupted", latest.x, latest.objective + offset, latest.bound, row_dual=prices)
    return answer, weights, model.arrays, {}


def _is_made_whole_once(model: Model) -> bool:
    """Whether a model is so large that its finish goes on from what a standby has made whole."""
    return model.arrays.columns >= ONCE_FROM_COLUMNS


def _finished_early(
    model: Model, x: Floats, prices: Floats | None, abandon: threading.Event, hurry: threading.Event
) -> Checked | None:
    """A plan of a weighted search, finished while the search goes on."""
    answer = Answer("feasible", x, float("inf"), -float("inf"), row_dual=prices)
    weights, control = weights_of(model.scenario), Control(stop=abandon, hurry=hurry)
    if _is_made_whole_once(model):
        with giving_back(_GIVE_BACK_SECONDS):
            done = finished(model, answer, model.arrays, weights, {}, control, None, abandon, rough=True)
            return None if done is None else checked(model.scenario, done)
    done = finished(model, answer, model.arrays, weights, {}, control, None, abandon, rough=True)
    # The model it is a point of is of no more use.
    return None if done is None else checked(model.scenario, dataclasses.replace(done, begun=None))


def _made_cheaper(model: Model, ready: Checked, prices: Floats | None, hurry: threading.Event) -> Checked | None:
    """What is ready made cheaper for a while, where that is where a finish goes on from."""
    if ready.done.begun is None or prices is None:
        return None
    done = gone_on(model, ready.done, prices, _IN_ONE_GO_SECONDS, model.scenario.settings.solver.seed, hurry)
    if done is None:
        return None
    return dataclasses.replace(ready, done=done) if done.plan is ready.done.plan else checked(model.scenario, done)


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


__all__ = ["all_versions", "is_small", "solve"]
