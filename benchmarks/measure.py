"""One contender on one scenario, in this process alone: seconds of each step, peak memory, and who knew what when.

    python -m benchmarks.measure CONTENDER SCENARIO [--gap SHARE] [--time-limit SECONDS] [--threads N]

The last line of the output is the measure as JSON. Contenders are `jointbuy` and the peers.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import PEERS, Task
from optimizer import Progress, Scenario, load_scenario, solve
from optimizer.audit import audit
from optimizer.export.results import write_result
from optimizer.model import highs
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import build, weights_of
from optimizer.solve import is_small

OWN = "jointbuy"
# A point that breaks a row or a whole number by no more than this, relative to the row's size, is a plan.
_PLAN_TOLERANCE = 1e-4


def measured(contender: str, folder: str, gap: float, time_limit_s: float, threads: int) -> dict[str, Any]:
    """The measure as plain values; seconds count from when the scenario, or the peer's arrays, are there."""
    scenario = load_scenario(folder)
    read_s = float(scenario.provenance["seconds"])  # type: ignore[arg-type]
    if contender == OWN:
        found = _own(scenario, gap, time_limit_s, threads)
    else:
        found = _peer(contender, scenario, gap, time_limit_s, threads)
    # Kilobytes on Linux; a solver run as a program of its own counts, too.
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"contender": contender, "read_s": read_s, **found, "peak_mb": peak / 1024.0}


def _own(scenario: Scenario, gap: float, time_limit_s: float, threads: int) -> dict[str, Any]:
    trace: list[tuple[float, float | None, float | None]] = []

    def hear(message: Progress) -> None:
        now = (message.seconds, message.best, message.bound)
        if not trace or trace[-1][1:] != now[1:]:
            trace.append(now)

    began = time.monotonic()
    with solver_spans() as spans:
        solution = solve(scenario, gap=gap, time_limit=time_limit_s, threads=threads, on_progress=hear)
    ended = time.monotonic()
    solved_s = ended - began
    seconds = dict(solution.seconds)
    found: dict[str, Any] = {
        "build_s": seconds["build"],
        "solve_s": seconds["solve"],
        "total_s": solved_s,
        "status": solution.status,
        "objective": solution.objective_meur,
        "bound": solution.bound_meur,
        "strategy": solution.strategy,
        "trace": trace,
    }
    if solution.plan is not None:
        began = time.monotonic()
        clean = audit(scenario.replace(), solution.plan).is_clean
        audit_s = time.monotonic() - began
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            write_result(solution, Path(folder) / "result")
            found |= {"write_s": time.monotonic() - began}
        found |= {"audit_s": audit_s, "finish_s": max(0.0, seconds["finish"] - audit_s), "is_plan": clean}
        found |= {"finish_solver_s": covered(spans, ended - seconds["finish"], ended)}
    # The search hands over itself, several times when the model is taken apart; here it is the whole model once.
    arrays = arrays_of(scenario)
    began = time.monotonic()
    highs.Highs(arrays)
    return {**found, "hand_over_s": time.monotonic() - began, "columns": arrays.columns, "rows": arrays.rows}


@contextmanager
def solver_spans() -> Iterator[list[tuple[float, float]]]:
    """From when to when each run of HiGHS in this process lasts, as the clock has it."""
    spans: list[tuple[float, float]] = []
    run = highs._run

    def timed(solver: Any) -> None:
        began = time.monotonic()
        try:
            run(solver)
        finally:
            spans.append((began, time.monotonic()))

    highs._run = timed
    try:
        yield spans
    finally:
        highs._run = run


def covered(spans: Iterable[tuple[float, float]], begins: float, ends: float) -> float:
    """Seconds between two moments in which at least one of some spans lasts."""
    seconds, until = 0.0, begins
    for first, last in sorted(spans):
        seconds += max(0.0, min(last, ends) - max(first, until))
        until = max(until, last)
    return seconds


def _peer(contender: str, scenario: Scenario, gap: float, time_limit_s: float, threads: int) -> dict[str, Any]:
    arrays = arrays_of(scenario)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        found = PEERS[contender].run(arrays, Task(gap, time_limit_s, threads, log))
    total_s = found.build_s + found.call_s
    # The solver's own clock starts when the model has been handed over.
    hand_over_s = max(0.0, found.call_s - found.trace.seconds)
    shift = found.build_s + hand_over_s

    def money(value: float | None) -> float | None:
        return None if value is None else value + arrays.offset

    trace = [(shift + entry.seconds, money(entry.best), money(entry.bound)) for entry in found.trace.entries]
    # Some layers give back a point of zeros where the solver had none.
    x = found.x if found.x is not None and is_plan(arrays, found.x) else None
    bounds = [bound for _, _, bound in trace if bound is not None]
    return {
        "build_s": found.build_s,
        "hand_over_s": hand_over_s,
        "solve_s": found.trace.seconds,
        "total_s": total_s,
        "status": "no_plan" if x is None else "feasible",
        "objective": None if x is None else arrays.objective(x),
        "bound": max(bounds, default=None),
        "is_plan": x is not None,
        "trace": trace,
        "columns": arrays.columns,
        "rows": arrays.rows,
    }


def arrays_of(scenario: Scenario) -> Arrays:
    """The model that `solve` searches, with the cost of the weighted objective."""
    model = build(scenario, whole_deliveries=is_small(scenario))
    cost, offset = model.cost_of(weights_of(scenario))
    return dataclasses.replace(model.arrays, cost=cost, offset=offset)


def is_plan(arrays: Arrays, x: Floats) -> bool:
    """Whether a point keeps every row, bound and whole number of the model."""
    values = arrays.row_values(x)
    size = np.maximum(1.0, np.abs(np.where(np.isfinite(arrays.row_upper), arrays.row_upper, arrays.row_lower)))
    off = np.maximum(arrays.row_lower - values, values - arrays.row_upper) / size
    outside = np.maximum(arrays.lower - x, x - arrays.upper)
    broken = np.abs(x - np.round(x))[arrays.integer]
    return all(float(part.max(initial=0.0)) <= _PLAN_TOLERANCE for part in (off, outside, broken))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("contender", choices=[OWN, *PEERS])
    parser.add_argument("scenario")
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    found = measured(asked.contender, asked.scenario, asked.gap, asked.time_limit, asked.threads)
    sys.stdout.flush()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
