"""The benchmark: generated scenarios and the default data, solved by jointbuy and by what a user would do instead.

    python -m benchmarks.run [--sizes S,M,L,XL,data] [--seeds 1,2,3] [--peers highs,linopy,pyomo,cbc]
                             [--time-limit SECONDS] [--gap SHARE] [--threads N] [--out FILE] [--record FILE]

Each measure runs in a process of its own, one at a time. The page is written again after each, so that a run that is
broken off leaves what it has; with --record, a later run goes on from there.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.generate import SIZES, write_scenario
from benchmarks.measure import OWN
from benchmarks.peers import PEERS
from benchmarks.results import gap_at, last_gap, page, time_to
from optimizer.solve import all_versions

PROJECT = Path(__file__).parents[1]
DATA = "data"
# Seconds for the search of each contender, unless told otherwise.
LIMITS_S = {"S": 60.0, "M": 90.0, "L": 180.0, "XL": 240.0, DATA: 90.0}
# A process that has not come back so long after its limit is ended: building and finishing come on top of the search.
PATIENCE_S = 600.0


def _names(allowed: Sequence[str]) -> Any:
    def read(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        wrong = [name for name in names if name not in allowed]
        if wrong:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(wrong)}; known: {', '.join(allowed)}")
        return names

    return read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, and write the page."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=_names([*SIZES, DATA]), default=[*SIZES, DATA], help="S, M, L, XL, data")
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2, 3])
    parser.add_argument("--peers", type=_names(list(PEERS)), default=list(PEERS), help="contenders beside jointbuy")
    parser.add_argument("--time-limit", type=float, default=None, help="seconds for each search; by default by size")
    parser.add_argument("--gap", type=float, default=0.001, help="relative gap at which a search may stop")
    parser.add_argument("--threads", type=int, default=2, help="threads for every contender")
    parser.add_argument("--out", type=Path, default=PROJECT / "benchmarks" / "RESULTS.md", help="page to write")
    parser.add_argument(
        "--record", type=Path, default=None, help="file of finished measures, read first, then added to"
    )
    asked = parser.parse_args(given)

    limits = {size: asked.time_limit or LIMITS_S[size] for size in asked.sizes}
    cases = [(size, seed) for size in asked.sizes for seed in (asked.seeds if size != DATA else [0])]
    present = [name for name in asked.peers if not PEERS[name].missing()]
    skipped = [
        f"{PEERS[name].name}: {', '.join(PEERS[name].missing())} is not installed (`pip install 'jointbuy[bench]'`)"
        for name in asked.peers
        if name not in present
    ]
    for line in skipped:
        print(f"left out: {line}")
    command = shlex.join(["python", "-m", "benchmarks.run", *_shown(given)])
    facts = {
        "Date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "Machine": f"{os.cpu_count()} cores, {_memory_gb():.0f} GB of memory",
        "Versions": ", ".join(f"{name} {version}" for name, version in all_versions().items()),
        "Peers": "; ".join(f"{PEERS[name].name}: {PEERS[name].versions()}" for name in present) or "none",
        "Seeds": ", ".join(str(seed) for seed in asked.seeds),
        "Every contender": f"{asked.threads} threads, relative gap {100 * asked.gap:g} %, the same limit",
    }
    record = _Record(asked.record)
    done: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size, seed in cases:
            scenario = PROJECT / DATA
            if size != DATA:
                scenario = write_scenario(Path(folder) / f"{size}{seed}", size, seed)
            for contender in [OWN, *present]:
                key: dict[str, Any] = {
                    "case": size,
                    "seed": seed,
                    "limit_s": limits[size],
                    "gap": asked.gap,
                    "threads": asked.threads,
                }
                measure = record.find(key, contender)
                if measure is None:
                    key["loop_s"] = _loop_seconds()
                    measure = {**key, **_measure(contender, scenario, asked.gap, limits[size], asked.threads)}
                    record.add(measure)
                done.append(measure)
                print(_line(measure), flush=True)
                text = page(done, command=command, facts=facts, skipped=skipped, limits=limits)
                asked.out.write_text(text, encoding="utf-8")
    print(f"Written to {asked.out}")
    return 1 if any("fault" in measure for measure in done if measure["contender"] == OWN) else 0


class _Record:
    """Finished measures, one a line."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: list[dict[str, Any]] = []
        if path is not None and path.exists():
            self.known = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def find(self, key: dict[str, Any], contender: str) -> dict[str, Any] | None:
        wanted = {**key, "contender": contender}
        return next((one for one in self.known if all(one.get(name) == value for name, value in wanted.items())), None)

    def add(self, measure: dict[str, Any]) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(measure) + "\n")


def _measure(contender: str, scenario: Path, gap: float, limit: float, threads: int) -> dict[str, Any]:
    """One measure in a process of its own; a process that fails is told as a fault, not left out."""
    command = [sys.executable, "-m", "benchmarks.measure", contender, str(scenario)]
    command += ["--gap", str(gap), "--time-limit", str(limit), "--threads", str(threads)]
    began = time.monotonic()
    try:
        run = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=limit + PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"contender": contender, "total_s": time.monotonic() - began, "fault": "did not come back"}
    if run.returncode != 0:
        sys.stderr.write(run.stderr)
        return {"contender": contender, "total_s": time.monotonic() - began, "fault": f"failed, code {run.returncode}"}
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def _line(measure: dict[str, Any]) -> str:
    name = f"{measure['case']:<5}{measure['seed']:<4}{measure['contender']:<10}"
    if "fault" in measure:
        return f"{name}{measure['fault']}"
    return (
        f"{name}{measure['total_s']:7.1f} s   to 1 % {time_to(measure, 0.01):7.1f} s   to 0.1 % "
        f"{time_to(measure, 0.001):7.1f} s   at 60 s {100 * gap_at(measure, 60.0):7.3f} %   "
        f"end {100 * last_gap(measure):7.3f} %   {measure['peak_mb']:6.0f} MB"
    )


def _shown(given: Sequence[str]) -> list[str]:
    """The options without those that name places on this machine."""
    shown: list[str] = []
    skip = False
    for part in given:
        if skip or part in ("--out", "--record"):
            skip = not skip
        elif not part.startswith(("--out=", "--record=")):
            shown.append(part)
    return shown


def _loop_seconds() -> float:
    """How fast the machine is now: seconds of a plain Python loop of ten million turns."""
    began, total = time.perf_counter(), 0
    for number in range(10**7):
        total += number * number
    return time.perf_counter() - began


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


if __name__ == "__main__":
    raise SystemExit(main())
