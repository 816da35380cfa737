"""What a running solve tells and listens to: progress, better plans, the stop flag, the thread it runs in."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, TypeVar

from optimizer.model.arrays import Floats

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """One message while solving: stage, seconds, best objective so far, bound, relative gap."""

    stage: str
    seconds: float
    best: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """(best - bound) / |best|, or None while either is unknown."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, self.best - self.bound) / max(abs(self.best), 1e-9)

    def __str__(self) -> str:
        def money(value: float | None) -> str:
            return "-" if value is None else f"{value:,.1f}"

        gap = "-" if self.gap is None else f"{100 * self.gap:.3f} %"
        return f"{self.stage}: best {money(self.best)}, bound {money(self.bound)}, gap {gap}, {self.seconds:.0f} s"


@dataclass
class Control:
    """What a running solve listens to: a stop flag, and who wants to hear of progress and of better plans."""

    on_progress: Callable[[Progress], object] | None = None
    on_plan: Callable[[Floats, float], object] | None = None
    started: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    hurry: threading.Event | None = None
    """Of work beside a search: set when that is over, so that more threads are free."""
    prices: Floats | None = None
    """What a search last found a unit of each row to be worth."""
    wanted: float = 0.0
    """Seconds that what comes after a search wants beyond what was left to it, as found while that goes on."""

    def seconds(self) -> float:
        """Seconds since the solve began."""
        return time.monotonic() - self.started

    def report(self, stage: str, best: float | None, bound: float | None) -> None:
        """Tell the listener, if any."""
        if self.on_progress is not None:
            self.on_progress(Progress(stage, self.seconds(), best, bound))


class Stopped(Exception):
    """Building was given up because the stop flag was set."""


_FREEING_SECONDS = 10.0


def in_thread(work: Callable[[], Any], stop: threading.Event) -> Any:
    """Run `work` in a thread of its own, so that Ctrl-C reaches us; it sets `stop` and waits for the end.

    Raises
    ------
    KeyboardInterrupt
        At a Ctrl-C after the stop was asked for: whoever waits gives up, and the thread is left alone.
    """
    result: dict[str, Any] = {}

    def target() -> None:
        try:
            result["value"] = work()
        except BaseException as error:  # handed to the caller below
            result["error"] = error
        finally:
            done.set()

    done = threading.Event()
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    # An interrupted join can forget its thread (Python 3.11), so the end is an event of our own.
    while True:
        try:
            if done.wait(0.2):
                # Models are still being freed there: a program that ends meanwhile would tear down the solver at work.
                thread.join(_FREEING_SECONDS)
                break
        except KeyboardInterrupt:
            if stop.is_set():
                raise
            stop.set()
    if "error" in result:
        raise result["error"]
    return result["value"]


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each work gives, all at the same time; what fails is raised here."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]
