"""A session: one scenario solved after another, each using what the last ones left behind."""

from __future__ import annotations

import threading
from typing import Callable

from optimizer.model.lp import Progress
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.solve.memory import Memory


class Session:
    """Solves scenarios that differ little from one another; gives the answers `solve` gives, within the gap."""

    def __init__(self) -> None:
        self._memory = Memory()

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
    ) -> Solution:
        """Solve a scenario; parameters, answers and errors are those of `optimizer.solve`."""
        return solve(
            scenario,
            gap=gap,
            time_limit=time_limit,
            threads=threads,
            solver=solver,
            on_progress=on_progress,
            stop=stop,
            memory=self._memory,
        )
