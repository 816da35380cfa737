"""Processes: each takes an analyst's runs to their end, one after another, and begins from what it learned before."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import optimizer
from optimizer.runs import ONE_AFTER_ANOTHER, Run

# A process without work is kept so long for the analyst's next run, and of all without work only so many.
IDLE_SECONDS, MOST_IDLE = 900.0, 3


class Process:
    """One process of one analyst; a crash costs the run it was at, and what it had learned.

    What goes wrong before its first run is in the `log`; from then on each run has a log of its own.
    """

    def __init__(self, owner: str, log: Path) -> None:
        self.owner = owner
        self.poolings: set[str] = set()
        """Of the runs it has taken; of these it knows most."""
        self.idle_since = 0.0
        path = [str(Path(optimizer.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        with log.open("ab") as told:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "optimizer.runner", ONE_AFTER_ANOTHER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
                # A run outlives the server and does not hear its Ctrl-C.
                start_new_session=True,
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._folders, self._replies = self._process.stdin, self._process.stdout

    @property
    def id(self) -> int:
        """Its number for the operating system."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def begin(self, run: Run) -> None:
        """Give it a run."""
        self.poolings.add(run.pooling)
        # Where it is gone, `wait` tells.
        with contextlib.suppress(OSError):
            self._folders.write(f"{run.folder}\n")
            self._folders.flush()

    def wait(self) -> int:
        """Wait for its run to end; the code it replies, or that with which the process ended."""
        reply = self._replies.readline().strip()
        if reply:
            return int(reply)
        self._end()
        return self._process.returncode or 1

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def let_go(self) -> None:
        """Let it end, now that it has no work; nobody waits for that."""
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._folders.close()
        self._process.wait()
        self._replies.close()


@dataclass
class Idle:
    """Processes without work, the latest last."""

    _known: list[Process] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def take(self, run: Run) -> Process | None:
        """A process of the run's analyst, one that knows the run's pooling rather than another."""
        with self._lock:
            own = [process for process in self._known if process.owner == run.owner and process.is_alive]
            if not own:
                return None
            chosen = max(own, key=lambda process: (run.pooling in process.poolings, self._known.index(process)))
            self._known.remove(chosen)
            return chosen

    def put(self, process: Process) -> None:
        """Keep a process for the next run, and let the oldest go where there are too many."""
        with self._lock:
            self._known.append(process)
            gone = self._known[:-MOST_IDLE]
            self._known = self._known[-MOST_IDLE:]
        for other in gone:
            other.let_go()
        process.idle_since = now = time.monotonic()
        timer = threading.Timer(IDLE_SECONDS, self._expire, [process, now])
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Let all of them go."""
        with self._lock:
            gone, self._known = self._known, []
        for process in gone:
            process.let_go()

    def _expire(self, process: Process, since: float) -> None:
        with self._lock:
            if process not in self._known or process.idle_since != since:
                return
            self._known.remove(process)
        process.let_go()
