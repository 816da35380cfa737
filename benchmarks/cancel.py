"""How soon a solve answers when it is stopped, at every step of it, and whether it brings its best plan back.

    python -m benchmarks.cancel [--sizes S,M,L,XL,data] [--seed N] [--delay SECONDS] [--gap SHARE]
                                [--time-limit SECONDS]

For each step a fresh solve is stopped `delay` seconds after that step was first seen at work, which is read off the
running threads' stacks; nothing of the solver is changed for it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks.generate import SIZES, write_scenario
from optimizer import Progress, Scenario, Solution, load_scenario, solve

PROJECT = Path(__file__).parents[1]
DATA = "data"
# Each step by the file and the functions that do it.
STEPS = {
    "build": ("model/build.py", ("build",)),
    "whole model": ("solve/both.py", ("solve_both",)),
    "plans beside": ("solve/decomposed.py", ("plans_alone",)),
    "relaxation": ("solve/multipliers.py", ("multipliers_by_columns",)),
    "blocks": ("solve/lagrangian.py", ("go_on",)),
    "sweep": ("solve/sweep.py", ("swept",)),
    "merging": ("solve/mending.py", ("reconcile",)),
    "search": ("solve/neighborhoods.py", ("turn",)),
    "cuts": ("solve/decomposed.py", ("_bound_by_cuts",)),
    "finish": ("solve/finish.py", ("finished",)),
}
# Where a thread only waits for another, or for the solver.
_NOT_TOLD = ("model/highs.py", "model/solvers.py", "model/control.py", "solve/__init__.py")
ALLOWED_S = 1.0
_LOOK_S = 0.01
_PATIENCE_S = 120.0


def at_work(file: str, functions: tuple[str, ...]) -> bool:
    """Whether one of the functions of a file of the package is on a thread's stack."""
    for frame in sys._current_frames().values():
        at: FrameType | None = frame
        while at is not None:
            code = at.f_code
            if code.co_name in functions and code.co_filename.endswith(f"optimizer/{file}"):
                return True
            at = at.f_back
    return False


def doing() -> list[str]:
    """What each thread of a solve does now: its innermost function of the package, the solver's own files aside."""
    found = []
    for frame in sys._current_frames().values():
        at: FrameType | None = frame
        while at is not None:
            _, inside, file = at.f_code.co_filename.rpartition("optimizer/")
            if inside and file not in _NOT_TOLD and at.f_code.co_name != "<lambda>":
                found.append(f"{file} {at.f_code.co_name}")
                break
            at = at.f_back
    return found


class Running:
    """A solve in a thread of its own, with all it tells."""

    def __init__(self, scenario: Scenario, gap: float, time_limit: float) -> None:
        self.stop, self.over = threading.Event(), threading.Event()
        self.known: list[Progress] = []
        self.solution: Solution | None = None
        self.failure: BaseException | None = None
        self.began = time.monotonic()

        def work() -> None:
            try:
                self.solution = solve(
                    scenario, gap=gap, time_limit=time_limit, on_progress=self.known.append, stop=self.stop
                )
            except BaseException as error:  # told in the line of the step
                self.failure = error
            finally:
                self.over.set()

        threading.Thread(target=work, daemon=True).start()

    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


def steps_of(scenario: Scenario, gap: float, time_limit: float) -> list[str]:
    """The steps that a solve takes, in order, from one that is not stopped."""
    running = Running(scenario, gap, time_limit)
    seen: dict[str, float] = {}
    while not running.over.wait(_LOOK_S):
        for step in STEPS:
            if step not in seen and at_work(*STEPS[step]):
                seen[step] = running.seconds()
    return list(seen)


def stopped_in(step: str, scenario: Scenario, delay: float, gap: float, time_limit: float) -> str:
    """One line: when the step came, how long the answer took, and what came back."""
    running = Running(scenario, gap, time_limit)
    while not running.over.wait(_LOOK_S) and not at_work(*STEPS[step]):
        pass
    seen = running.seconds()
    if not running.over.is_set():
        running.over.wait(delay)
    if running.over.is_set():
        return f"{step:<12} {running.failure or 'ended before it could be stopped'}"
    had_plan = any(message.best is not None for message in running.known)
    asked = time.monotonic()
    running.stop.set()
    after: Counter[str] = Counter()
    while not running.over.wait(_LOOK_S):
        after.update(doing())
        if time.monotonic() - asked > _PATIENCE_S:
            return f"{step:<12} at {seen:6.1f} s: NO ANSWER within {_PATIENCE_S:.0f} s, {_told(after)}"
    seconds = time.monotonic() - asked
    if running.solution is None:
        return f"{step:<12} at {seen:6.1f} s: FAILED: {running.failure}"
    solution = running.solution
    plan = "plan kept" if solution.plan is not None else "PLAN LOST" if had_plan else "no plan yet"
    reached = "-" if solution.gap is None else f"{100 * solution.gap:.2f} %"
    late = "" if seconds <= ALLOWED_S else f"  LATE: {_told(after)}"
    return f"{step:<12} at {seen:6.1f} s: answer in {seconds:6.2f} s, {plan}, {solution.status}, gap {reached}{late}"


def _told(after: Counter[str]) -> str:
    """Where the time after the stop went."""
    every = max(1, sum(after.values()))
    return ", ".join(f"{where} {100 * count / every:.0f} %" for where, count in after.most_common(3))


def main(arguments: Sequence[str] | None = None) -> int:
    """Stop a solve of each size in each of its steps, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cancel", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=",".join([*SIZES, DATA]), help="S, M, L, XL, data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.3, help="seconds in the step before the stop")
    parser.add_argument("--gap", type=float, default=0.005, help="gap at which a solve that is not stopped ends")
    parser.add_argument("--time-limit", type=float, default=120.0, help="seconds for a search that is not stopped")
    asked = parser.parse_args(arguments)
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        for size in asked.sizes.split(","):
            place = PROJECT / DATA if size == DATA else write_scenario(Path(folder) / size, size, asked.seed)
            for step in steps_of(load_scenario(place), asked.gap, asked.time_limit):
                line = stopped_in(step, load_scenario(place), asked.delay, asked.gap, asked.time_limit)
                print(f"{size:<5} {line}", flush=True)
                bad = bad or any(word in line for word in ("LATE", "LOST", "NO ANSWER", "FAILED"))
    return int(bad)


if __name__ == "__main__":
    raise SystemExit(main())
