"""Jobs: runs at work in processes of their own, a few at a time, each watched by a thread that never draws."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field

from optimizer.runs import LOG_FILE, MOST_ATTEMPTS, Run, read_run
from ui.processes import Idle, Process

# Each solve uses the threads its settings name; more processes than this only make all of them slower.
MOST_AT_ONCE = max(4, os.cpu_count() or 1)
# One analyst's batch leaves places for the others.
MOST_PER_OWNER = max(2, MOST_AT_ONCE // 2)
CRASHED = (
    "The solver's process ended without an answer ({how}), {times}. The page and other runs are not affected. "
    "Try again, perhaps with another solver or a shorter time limit; the log of the run is in {log}."
)


@dataclass
class Board:
    """Who is at work and who waits; one for the whole server."""

    _waiting: list[Run] = field(default_factory=list)
    _working: dict[str, Process] = field(default_factory=dict)
    _idle: Idle = field(default_factory=Idle)
    _ended_by_hand: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def submit(self, *runs: Run) -> None:
        """Put runs in the queue; they start as soon as there is a place."""
        with self._lock:
            self._waiting += runs
        self._fill()

    def knows(self, run: Run) -> bool:
        """Whether the run is at work here or waits here."""
        with self._lock:
            return run.id in self._working or any(run.id == other.id for other in self._waiting)

    def place(self, run: Run) -> int | None:
        """How many wait before a waiting run; None when it does not wait."""
        with self._lock:
            return next((number for number, other in enumerate(self._waiting) if other.id == run.id), None)

    def stop(self, run: Run) -> None:
        """Stop a run: one at work keeps its best plan, one that waits leaves the queue."""
        with self._lock:
            if self.place(run) is not None:
                self._waiting = [other for other in self._waiting if other.id != run.id]
                run.with_(status="stopped", message="Stopped before it began.")
                return
        run.ask_to_stop()

    def end(self, run: Run) -> None:
        """End a run's process at once; what it has found is lost."""
        with self._lock:
            self._ended_by_hand.add(run.id)
            working = self._working.get(run.id)
        if working is not None:
            working.kill()

    def process_id(self, run: Run) -> int | None:
        """The process of a run at work."""
        with self._lock:
            working = self._working.get(run.id)
        return None if working is None else working.id

    def close(self) -> None:
        """Let processes without work go."""
        self._idle.close()

    def settled(self, run: Run) -> Run:
        """The run, failed where it waits in a queue that is gone."""
        if run.status == "waiting" and not self.knows(run):
            fresh = read_run(run.folder) or run
            if fresh.status == "waiting" and not self.knows(fresh):
                return fresh.with_(status="failed", message="The page's server was restarted before the run began.")
            return fresh
        return run

    def _fill(self) -> None:
        with self._lock:
            for run in list(self._waiting):
                owners = [process.owner for process in self._working.values()]
                if len(owners) >= MOST_AT_ONCE or owners.count(run.owner) >= MOST_PER_OWNER:
                    continue
                self._waiting.remove(run)
                self._working[run.id] = self._start(run, 1)
                threading.Thread(target=self._watch, args=(run,), daemon=True).start()

    def _start(self, run: Run, attempt: int) -> Process:
        """The process that takes a run; after a crash one that knows of nothing. What an attempt told is gone."""
        run.with_(status="waiting", attempts=attempt)
        process = (self._idle.take(run) if attempt == 1 else None) or Process(run.owner, run.folder / LOG_FILE)
        process.begin(run)
        return process

    def _watch(self, run: Run) -> None:
        """Wait for the run's process; start it once more if it crashed, and record what became of it."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            with self._lock:
                process = self._working[run.id]
            code = process.wait()
            record = read_run(run.folder)
            if record is None or (record.has_ended and code == 0):
                break
            if run.id in self._ended_by_hand:
                record.with_(status="stopped", message="Its process was ended at once; no plan was kept.")
                break
            if attempt == MOST_ATTEMPTS:
                how = f"signal {-code}" if code < 0 else f"code {code}"
                message = CRASHED.format(how=how, times=f"{attempt} times in a row", log=run.folder / LOG_FILE)
                record.with_(status="failed", message=message)
                break
            process.let_go()
            with self._lock:
                self._working[run.id] = self._start(run, attempt + 1)
        if code == 0:
            self._idle.put(process)
        else:
            process.let_go()
        with self._lock:
            del self._working[run.id]
        self._fill()
