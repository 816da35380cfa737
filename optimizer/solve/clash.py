"""The clash: of an infeasible scenario, a smallest set of policy rules and locks that cannot hold together."""

from __future__ import annotations

from typing import Callable

from optimizer.model.build import build
from optimizer.model.lp import Control
from optimizer.model.rules import active
from optimizer.scenario import Scenario
from optimizer.solve.whole import solve_whole

_SECONDS_PER_TRIAL = 20.0


def smallest_clash(scenario: Scenario, control: Control, *, exact: bool) -> tuple[str, ...]:
    """Names of rules of which none can be lifted out without making the scenario feasible (deletion filter).

    Physical rules are always part of the clash, and named only when they clash by themselves. A trial that finds no
    answer in time keeps its rule, so the set may then be larger than needed.
    """
    rules = list(active(scenario))
    removable = [rule.name for rule in rules if rule.kind != "physical"]
    if _is_infeasible(scenario, frozenset(removable), frozenset(), control, exact):
        bare = scenario
        for name in removable:
            bare = bare.with_rule(name, on=False)
        physical = [rule.name for rule in rules if rule.kind == "physical"]
        kept = _filtered(physical, lambda lifted: _is_infeasible(bare, frozenset(), lifted, control, exact), control)
        return ("physical rules alone: " + ", ".join(kept),)
    return tuple(
        _filtered(removable, lambda lifted: _is_infeasible(scenario, lifted, frozenset(), control, exact), control)
    )


def _filtered(names: list[str], clashes: Callable[[frozenset[str]], bool], control: Control) -> list[str]:
    """The names that cannot be lifted: one after another is left out, and stays out while the rest still clashes."""
    lifted: frozenset[str] = frozenset()
    for name in names:
        if control.stop.is_set():
            break
        if clashes(lifted | {name}):
            lifted |= {name}
    return [name for name in names if name not in lifted]


def _is_infeasible(
    scenario: Scenario, lifted: frozenset[str], physical: frozenset[str], control: Control, exact: bool
) -> bool:
    """Whether no plan exists without the lifted rules; in doubt, no."""
    for name in sorted(lifted):
        scenario = scenario.with_rule(name, on=False)
    model = build(scenario, whole_deliveries=exact, without=physical)
    answer = solve_whole(
        model.arrays,
        gap=1.0,
        time_limit=_SECONDS_PER_TRIAL,
        control=Control(stop=control.stop),
        seed=scenario.settings.solver.seed,
    )
    return answer.status == "infeasible"
