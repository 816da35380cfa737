"""Twenty numeric what-ifs one after another, then side by side on workers: the ratio of the times, and the same plans.

python -m benchmarks.batches [--scenario FOLDER] [--count N] [--workers N|ADDRESS] [--gap SHARE] [--warm]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Sequence

from benchmarks.whatifs import numeric_whatifs
from optimizer import load_scenario, run_batch
from optimizer.batch import Outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a plan differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batches", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenario", default="data", help="scenario the what-ifs start from")
    parser.add_argument("--count", type=int, default=20, help="number of what-ifs")
    parser.add_argument("--workers", default="2", help="processes, or the address of a Dask cluster")
    parser.add_argument("--gap", type=float, default=None, help="relative gap; by default the scenario's")
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds for each solve")
    parser.add_argument("--seed", type=int, default=1, help="seed of the changes")
    parser.add_argument("--warm", action="store_true", help="each worker uses what its last solve left behind")
    asked = parser.parse_args(arguments)
    whatifs = numeric_whatifs(load_scenario(asked.scenario), asked.count, asked.seed)
    scenarios = [scenario for _, scenario in whatifs]
    workers: int | str = int(asked.workers) if asked.workers.isdecimal() else asked.workers
    options = {"gap": asked.gap, "time_limit": asked.time_limit, "threads": 1, "warm": asked.warm}

    began, used = time.monotonic(), _processor_seconds()
    serial = run_batch(scenarios, **options)
    serial_seconds, serial_used = time.monotonic() - began, _processor_seconds() - used
    began, used = time.monotonic(), _processor_seconds()
    beside = run_batch(scenarios, workers=workers, **options)
    beside_seconds, beside_used = time.monotonic() - began, _processor_seconds() - used

    same = [_same(one, other) for one, other in zip(serial, beside, strict=True)]
    print(f"{'serial s':>9} {'beside s':>9}  {'same plan':<10} what differs")
    for (words, _), one, other, equal in zip(whatifs, serial, beside, same, strict=True):
        print(f"{one.seconds:>9.2f} {other.seconds:>9.2f}  {'yes' if equal else 'no':<10} {words}")
    print(
        f"{len(scenarios)} what-ifs: {serial_seconds:.1f} s one after another, {beside_seconds:.1f} s on workers "
        f"{workers}, ratio {beside_seconds / serial_seconds:.2f}; {sum(same)} of {len(same)} plans are the same"
    )
    cores = os.cpu_count() or 1
    print(
        f"processor time: {serial_used:.1f} s one after another, {beside_used:.1f} s on workers of this machine; on "
        f"{cores} cores the ratio cannot be below {beside_used / cores / serial_seconds:.2f}"
    )
    return 0 if asked.warm or all(same) else 1


def _processor_seconds() -> float:
    """Processor time of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _same(one: Outcome, other: Outcome) -> bool:
    return one.known().plan == other.known().plan and one.known().status == other.known().status


if __name__ == "__main__":
    raise SystemExit(main())
