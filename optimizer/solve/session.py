"""A session: one scenario solved after another, each using what the last ones left behind."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Callable

from optimizer.model.control import Progress
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.solve.memory import Memory
from optimizer.solve.nearby import Way
from optimizer.tables.read import meaning_sha256

_MOST_ANSWERS = 64
Key = tuple[object, ...]


class Session:
    """Solves scenarios that differ little from one another; gives the answers `solve` gives, within the gap.

    A scenario asked before is not solved again, and one that differs little from an earlier one begins with its prices,
    its bounds where nothing changed, and its plan. For one thread at a time.
    """

    def __init__(self) -> None:
        self._memory = Memory()
        self._answers: OrderedDict[Key, Solution] = OrderedDict()

    def solve(
        self,
        scenario: Scenario,
        *,
        gap: float | None = None,
        time_limit: float | None = None,
        threads: int | None = None,
        solver: str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        stop: threading.Event | None = None,
        clash: bool = True,
        way: Way | None = None,
    ) -> Solution:
        """Solve a scenario; parameters, answers and errors are those of `optimizer.solve`."""
        key = _key(scenario, gap, time_limit, threads, solver, clash)
        known = self._answers.get(key) if way is None else None
        if known is not None:
            return known
        solution = solve(
            scenario,
            gap=gap,
            time_limit=time_limit,
            threads=threads,
            solver=solver,
            on_progress=on_progress,
            stop=stop,
            memory=self._memory,
            clash=clash,
            way=way,
        )
        if way is None and solution.termination in ("proved", "gap", "infeasible"):
            self._answers[key] = solution
            if len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        return solution


def _key(scenario: Scenario, *options: object) -> Key:
    costs = scenario.national_costs
    return (
        meaning_sha256(scenario.tables, scenario.settings),
        scenario.settings.solver,
        None if costs is None else tuple(sorted(costs.items())),
        *options,
    )
