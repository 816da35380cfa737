"""Runner: takes runs and studies to their end in this process, telling progress, obeying stop, writing the result."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Iterable, Iterator

from optimizer.export.results import write_result
from optimizer.model.control import Progress
from optimizer.problems import InvalidInput, SolverFailed, SolverUnavailable
from optimizer.runs import (
    ALIVE_FILE,
    LOG_FILE,
    ONE_AFTER_ANOTHER,
    PROGRESS_FILE,
    RESULT,
    STOP_FILE,
    Run,
    now,
    read_run,
)
from optimizer.solution import Solution
from optimizer.solve.session import Session
from optimizer.studies import answer_study, read_study

# How often the run is marked alive and the wish to stop is looked for.
PULSE_SECONDS = 0.1
# Progress is told at most so often unless the stage changes.
TELL_SECONDS = 0.25


class _Teller:
    """Writes progress to the run's file, a line a message, skipping what comes too fast."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: Progress | None = None
        self.told = 0.0

    def __call__(self, message: Progress, *, at_once: bool = False) -> None:
        last, moment = self.last, time.monotonic()
        too_fast = last is not None and last.stage == message.stage and moment - self.told < TELL_SECONDS
        if too_fast and not at_once:
            return
        self.last, self.told = message, moment
        body = {"stage": message.stage, "seconds": message.seconds, "best": message.best, "bound": message.bound}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({name: _finite(value) for name, value in body.items()}) + "\n")


def _finite(value: object) -> object:
    """A number, or None where the solver has none yet."""
    return None if isinstance(value, float) and abs(value) == float("inf") else value


def work(folder: str | Path, session: Session | None = None) -> int:
    """Solve the run in a folder and write its outcome; 0 when the record tells how it went.

    A `session` lets it begin from the runs before. Studies begin from nothing, so that they can be repeated.
    """
    run = read_run(folder)
    if run is None:
        sys.stderr.write(f"{folder} holds no run\n")
        return 2
    place, stop, over = run.folder, threading.Event(), threading.Event()

    def pulse() -> None:
        while not over.wait(PULSE_SECONDS):
            (place / ALIVE_FILE).touch()
            if (place / STOP_FILE).exists():
                stop.set()

    (place / ALIVE_FILE).touch()
    (place / PROGRESS_FILE).unlink(missing_ok=True)
    run = run.with_(status="running", started=now(), attempts=max(1, run.attempts))
    threading.Thread(target=pulse, daemon=True).start()
    started = time.monotonic()
    try:
        tell = _Teller(place / PROGRESS_FILE)
        study = read_study(place)
        if study is not None:
            answer_study(study, tell, stop)
            run.with_(status="stopped" if stop.is_set() else "done", seconds=time.monotonic() - started)
            return 0
        solution = (session or Session()).solve(run.scenario(), on_progress=tell, stop=stop, **run.options)
        tell(Progress("done", time.monotonic() - started, solution.objective_meur, solution.bound_meur), at_once=True)
        _finish(run, solution, time.monotonic() - started)
    except (InvalidInput, SolverUnavailable) as error:
        run.with_(status="failed", message=" ".join(_sentences(error)))
    except SolverFailed as error:
        # What the solver does once it may not do twice; the caller decides whether to try again.
        sys.stderr.write(f"The solver failed: {error}\n")
        return 1
    finally:
        over.set()
    return 0


def _finish(run: Run, solution: Solution, seconds: float) -> None:
    if solution.plan is not None:
        write_result(solution, run.folder / RESULT, options={"pooling.mode": run.pooling})
    run.with_(
        status="stopped" if solution.termination == "interrupted" else "done",
        seconds=seconds,
        outcome={
            "status": solution.status,
            "termination": solution.termination,
            "objective_meur": solution.objective_meur,
            "bound_meur": solution.bound_meur,
            "gap": solution.gap,
        },
        warnings=solution.warnings,
        clash=solution.clash,
        findings=solution.findings,
        strategy=solution.strategy,
    )


def _sentences(error: Exception) -> Iterator[str]:
    if isinstance(error, InvalidInput):
        yield from (f"{problem}." for problem in error.problems)
    else:
        yield str(error)


def work_on(folders: Iterable[str], reply: IO[str]) -> None:
    """Take runs to their end, one after another, each beginning from what those before left; reply with their codes.

    After a failure there is no next one: what is left in the process may be spoiled.
    """
    session = Session()
    for line in folders:
        folder = line.strip()
        with (Path(folder) / LOG_FILE).open("ab") as log:
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)
        try:
            code = work(folder, session)
        except Exception:
            traceback.print_exc()
            code = 1
        try:
            reply.write(f"{code}\n")
            reply.flush()
        except OSError:  # who asked is gone; the run is told of in its folder
            return
        if code:
            return


if __name__ == "__main__":
    if sys.argv[1] == ONE_AFTER_ANOTHER:
        work_on(sys.stdin, os.fdopen(os.dup(1), "w"))
    else:
        sys.exit(work(sys.argv[1]))
