"""Local processes: several pieces of work side by side on this machine, each crash costing only its piece."""

from __future__ import annotations

import contextlib
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from optimizer.workers import child
from optimizer.workers.executor import Closing, Done, OnDone, OnReport, Work, WorkerDied

ATTEMPTS = 2
# How often the stop flag is looked at.
_TICK_SECONDS = 0.05

# Plain child processes rather than `multiprocessing`: that would import the caller's own program again in each of them,
# which a notebook, a web page or a script without a guard does not survive.


class _Process:
    """One worker process and the pipes to it."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", child.PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._turn = threading.Lock()
        assert self.popen.stdin is not None and self.popen.stdout is not None
        self.input, self.output = self.popen.stdin, self.popen.stdout
        with contextlib.suppress(OSError):  # who is dead already is noticed when the answer is read
            self.input.write(pickle.dumps(sys.path))
            self.input.flush()

    def send(self, message: bytes) -> None:
        with self._turn, contextlib.suppress(OSError, ValueError):
            child.write(self.input, message)

    def end(self) -> int:
        """End it, whatever it does; its exit code."""
        self.popen.kill()
        code = self.popen.wait()
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):
                pipe.close()
        return code


class Processes(Closing):
    """`count` processes on this machine, started when first needed and kept until closed."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"at least one worker is needed, not {count}")
        self.slots = count
        self._processes: dict[int, _Process] = {}

    def run(
        self,
        work: Work,
        items: Sequence[Any],
        *,
        on_report: OnReport | None = None,
        on_done: OnDone | None = None,
        stop: threading.Event | None = None,
    ) -> list[Done]:
        """Run the pieces on the processes as they come free; see `Executor.run`.

        A piece whose process dies is begun once more in a new one; if that dies too, its error is `WorkerDied`.
        """
        stop = stop or threading.Event()
        todo = deque(range(len(items)))
        news: queue.SimpleQueue[tuple[str, int, Any]] = queue.SimpleQueue()

        def serve(slot: int) -> None:
            while True:
                try:
                    number = todo.popleft()
                except IndexError:
                    return
                if stop.is_set():
                    news.put(("done", number, Done(attempts=0)))
                    continue
                try:
                    message = pickle.dumps((work, items[number]))
                except Exception as error:
                    news.put(("done", number, Done(error=error)))
                    continue
                news.put(("done", number, self._attempted(slot, message, number, news, stop)))

        for slot in range(min(self.slots, len(items))):
            threading.Thread(target=serve, args=(slot,), daemon=True).start()
        found: dict[int, Done] = {}
        told = False
        try:
            while len(found) < len(items):
                if stop.is_set() and not told:
                    told = True
                    for process in list(self._processes.values()):
                        process.send(child.STOP)
                try:
                    kind, number, value = news.get(timeout=_TICK_SECONDS)
                except queue.Empty:
                    continue
                except KeyboardInterrupt:
                    if stop.is_set():
                        raise
                    stop.set()
                    continue
                if kind == "report":
                    if on_report is not None:
                        on_report(number, value)
                    continue
                found[number] = value
                if on_done is not None:
                    on_done(number, value)
        except BaseException:
            stop.set()
            self.close()
            raise
        return [found[number] for number in range(len(items))]

    def _attempted(
        self,
        slot: int,
        message: bytes,
        number: int,
        news: queue.SimpleQueue[tuple[str, int, Any]],
        stop: threading.Event,
    ) -> Done:
        """One piece done in the slot's process, or in a new one when that dies."""
        codes: list[int] = []
        while len(codes) < ATTEMPTS and not (codes and stop.is_set()):
            process = self._processes.get(slot)
            if process is None or process.popen.poll() is not None:
                process = self._processes[slot] = _Process()
            process.send(message)
            if stop.is_set():  # set while the process started: the flag's own round may have missed it
                process.send(child.STOP)
            try:
                while True:
                    kind, value = pickle.loads(child.read(process.output))
                    if kind == "done":
                        return Done(value.value, value.error, len(codes) + 1)
                    news.put(("report", number, value))
            except (EOFError, OSError, ValueError):
                codes.append(process.end())
                self._processes.pop(slot, None)
        return Done(error=WorkerDied(told(codes)), attempts=len(codes))

    def close(self) -> None:
        """End the processes at once."""
        while self._processes:
            _, process = self._processes.popitem()
            process.end()


def told(codes: Sequence[int]) -> str:
    """How the processes of a piece of work ended, in words."""
    ends = " and ".join(dict.fromkeys(_end(code) for code in codes))
    times = {1: "once", 2: "twice"}.get(len(codes), f"{len(codes)} times")
    return (
        f"the process that solved it died {times} ({ends}); the others of the batch are not touched. SIGKILL often "
        "means that memory ran out: use fewer workers; else solve it alone to see what the solver says"
    )


def _end(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by signal {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
