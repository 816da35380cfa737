"""Batches: many scenarios solved side by side, here, in processes of their own or on a cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.model.control import Progress
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import all_versions, solve
from optimizer.solve.session import Session
from optimizer.workers import Done, Executor, Here, Report, executor


@dataclass(frozen=True)
class Outcome:
    """What became of one scenario of a batch: its solution, or the error that this scenario alone met."""

    solution: Solution | None
    error: Exception | None = None
    attempts: int = 1
    """How often it was begun: 2 when the first process died, 0 when the batch was stopped before."""
    seconds: float = 0.0

    def known(self) -> Solution:
        """The solution, or the error raised."""
        if self.solution is None:
            raise self.error or RuntimeError("an outcome without a solution has an error")
        return self.solution


@dataclass(frozen=True)
class _Task:
    """What travels to a worker."""

    scenario: Scenario
    options: dict[str, Any]
    warm: bool
    progress: bool


def run_batch(
    scenarios: Sequence[Scenario],
    *,
    workers: int | str | Executor = 1,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str | None = None,
    warm: bool = False,
    on_progress: Callable[[int, Progress], object] | None = None,
    on_done: Callable[[int, Outcome], object] | None = None,
    stop: threading.Event | None = None,
) -> list[Outcome]:
    """Solve every scenario; what became of each, in the order given.

    The answers are those of `solve` at the same options, wherever they are found: a fault, a crash or an error of one
    scenario is in its own outcome and costs no other.

    Parameters
    ----------
    workers
        1 solves one after another in this process; N in N processes at the same time, kept for the batch; an address
        such as `tcp://host:8786` on the workers of a Dask cluster; or an executor that is there already.
    gap, time_limit, threads, solver
        As in `solve`. Without `threads`, workers other than this process use one each.
    warm
        Each worker uses what its last solve left behind; answers then agree with `solve` within the gap.
    on_progress, on_done
        Called with the number of the scenario and its progress, or its outcome; in this thread, except for progress
        with one worker.
    stop
        Set it from another thread: what runs comes back with its best plan, what waits is cancelled.

    Raises
    ------
    ClusterUnavailable
        When the cluster cannot be used.
    """
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(executor(workers)) if isinstance(workers, (int, str)) else workers
        if threads is None and not isinstance(place, Here):
            threads = 1
        options = {"gap": gap, "time_limit": time_limit, "threads": threads, "solver": solver}
        # What a scenario has worked out about itself is not sent along: it is worked out again sooner than it is read.
        tasks = [_Task(scenario.replace(), options, warm, on_progress is not None) for scenario in scenarios]
        outcomes: dict[int, Outcome] = {}

        def finished(number: int, done: Done) -> None:
            outcomes[number] = _outcome(scenarios[number], done)
            if on_done is not None:
                on_done(number, outcomes[number])

        try:
            place.run(_solve, tasks, on_report=on_progress, on_done=finished, stop=stop)
        finally:
            _idle.clear()
    return [outcomes[number] for number in range(len(tasks))]


# Sessions of this process that no task uses now; a worker may run several tasks at once.
_idle: list[Session] = []


def _solve(task: _Task, report: Report, stop: threading.Event) -> tuple[Solution, float]:
    """Runs where the worker is: one solve, and its seconds."""
    listener = report if task.progress else None
    started = time.monotonic()
    if task.warm:
        session = _idle.pop() if _idle else Session()
        solution = session.solve(task.scenario, **task.options, on_progress=listener, stop=stop)
        _idle.append(session)
    else:
        solution = solve(task.scenario, **task.options, on_progress=listener, stop=stop)
    return dataclasses.replace(solution, scenario=solution.scenario.replace()), time.monotonic() - started


def _outcome(scenario: Scenario, done: Done) -> Outcome:
    if done.error is not None:
        return Outcome(None, done.error, done.attempts)
    if done.value is None:
        cancelled = Solution(scenario, status="cancelled", termination="interrupted", versions=all_versions())
        return Outcome(cancelled, attempts=done.attempts)
    solution, seconds = done.value
    return Outcome(solution, attempts=done.attempts, seconds=seconds)
