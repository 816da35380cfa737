"""The clash: of an infeasible scenario, a smallest set of policy rules and locks that cannot hold together."""

from __future__ import annotations

from optimizer.model.build import build
from optimizer.model.lp import Control
from optimizer.model.rules import active
from optimizer.scenario import Scenario
from optimizer.solve.whole import solve_whole

_SECONDS_PER_TRIAL = 20.0


def smallest_clash(scenario: Scenario, control: Control, *, exact: bool) -> tuple[str, ...]:
    """Names of rules of which none can be lifted out without making the scenario feasible (deletion filter).

    Physical rules are always part of the clash and named only when they clash by themselves. A trial that finds no
    answer in time keeps its rule, so the set may then be larger than needed.
    """
    removable = [rule.name for rule in active(scenario) if rule.kind != "physical"]
    kept = list(removable)
    if not _feasible(scenario, frozenset(removable), control, exact):
        return ("physical rules alone: " + ", ".join(_physical(scenario)),)
    lifted: set[str] = set()
    for name in removable:
        if control.stop.is_set():
            break
        trial = lifted | {name}
        if _feasible(scenario, frozenset(trial), control, exact) is False:
            lifted.add(name)
            kept.remove(name)
    return tuple(kept)


def _physical(scenario: Scenario) -> list[str]:
    """Physical rules that can clash through data alone."""
    del scenario
    return ["meet_need", "annual_capacity", "maximum_units", "minimum_order", "delivery_window", "work_placed"]


def _feasible(scenario: Scenario, lifted: frozenset[str], control: Control, exact: bool) -> bool:
    """Whether some plan exists without the lifted rules; in doubt, yes."""
    model = build(scenario, whole_deliveries=exact, without=lifted)
    answer = solve_whole(
        model.arrays,
        gap=1.0,
        time_limit=_SECONDS_PER_TRIAL,
        control=Control(stop=control.stop),
        seed=scenario.settings.solver.seed,
    )
    return answer.status != "infeasible"
