"""Executor: one way to run many pieces of work, here, in processes beside this one, or on a cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from optimizer.problems import SolverFailed

# A piece of work: (item, report, stop) to a value. It is a function of a module, because processes find it by its name;
# `report` may be called from any thread; `stop` asks it to come back soon with what it has.
Report: TypeAlias = Callable[[Any], None]
Work: TypeAlias = Callable[[Any, Report, threading.Event], Any]
OnReport: TypeAlias = Callable[[int, Any], object]
OnDone: TypeAlias = Callable[[int, "Done"], object]


class WorkerDied(SolverFailed):
    """The process that ran a piece of work died, and so did the one that tried again."""


@dataclass(frozen=True)
class Done:
    """What became of one piece of work: its value or its error, and how often it was begun (0: stopped before)."""

    value: Any = None
    error: Exception | None = None
    attempts: int = 1


class Executor(Protocol):
    """Runs pieces of work, several at once; keeps its processes until it is closed."""

    @property
    def slots(self) -> int:
        """How many pieces run at the same time."""

    def run(
        self,
        work: Work,
        items: Sequence[Any],
        *,
        on_report: OnReport | None = None,
        on_done: OnDone | None = None,
        stop: threading.Event | None = None,
    ) -> list[Done]:
        """Run `work` on every item; what became of each, in the order of the items.

        An error in one piece, or the death of its process, costs only that piece. Both listeners are given the number
        of the item and are called in the caller's thread; reports of work done in this very process come straight from
        the thread that makes them. Once `stop` is set, what runs is asked to come back and nothing more is begun.
        """

    def close(self) -> None:
        """End the processes."""

    def __enter__(self) -> Executor:
        """The executor itself; it is closed at the end of the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""


class Closing:
    """What makes an executor usable in a `with` block."""

    def close(self) -> None:
        """Nothing to end."""

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Here(Closing):
    """One piece after another in this process."""

    slots = 1

    def run(
        self,
        work: Work,
        items: Sequence[Any],
        *,
        on_report: OnReport | None = None,
        on_done: OnDone | None = None,
        stop: threading.Event | None = None,
    ) -> list[Done]:
        """Run the pieces one after another; see `Executor.run`."""
        stop = stop or threading.Event()
        found = []
        for number, item in enumerate(items):
            done = Done(attempts=0) if stop.is_set() else done_by(work, item, _reporter(on_report, number), stop)
            found.append(done)
            if on_done is not None:
                on_done(number, done)
        return found


def done_by(work: Work, item: Any, report: Report, stop: threading.Event) -> Done:
    """The value of a piece of work, or its error."""
    try:
        return Done(work(item, report, stop))
    except Exception as error:
        return Done(error=error)


def _reporter(on_report: OnReport | None, number: int) -> Report:
    def report(message: Any) -> None:
        if on_report is not None:
            on_report(number, message)

    return report
