"""A standby: the best plan so far, finished in the background, so that a stop finds a whole plan at hand."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Callable, Generic, TypeVar

from optimizer.model.arrays import Floats
from optimizer.model.control import Control, Progress, Stopped

T = TypeVar("T")
# Shorter searches are finished soon enough when they end.
_FIRST_SECONDS = 10.0
# A plan of so many columns is made whole but once, beside its search, and then improved (XL: it takes 20 to 40 s).
ONCE_FROM_COLUMNS = 300_000
# A plan is finished again only when it is this much better than the last one finished, as a share,
_BETTER = 0.005
# and when finishing has taken no more than this share of the time.
_SHARE = 0.1
_POLL_SECONDS = 0.05
# A search that has not ended so long after a stop is left alone with it: some phases of the solver do not listen.
_PATIENCE_SECONDS = 0.3
# So long after that a first whole plan is waited for.
FOR_A_PLAN_SECONDS = 0.4


class Standby(Generic[T]):
    """Finishes plans one at a time in a thread of its own; whoever stops the search takes the last one finished.

    To be closed, or used in a `with`: Python waits for its thread, so that no solver is torn down at work. That has to
    be asked for: a thread that is none to wait for, as that of `in_thread`, would hand this down to those it starts.
    """

    def __init__(
        self,
        finish: Callable[[Floats, threading.Event], T | None],
        improve: Callable[[T, threading.Event], T | None] = lambda ready, hurry: None,
    ) -> None:
        """`improve` makes what is ready better, for a while or until it should hurry; None where nothing is gained."""
        self.ready: T | None = None
        self.hurry = threading.Event()
        """Set when the search is over: what is at work may use its threads."""
        self._finish, self._improve = finish, improve
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._ending = False
        self._idle = threading.Event()
        self._idle.set()
        self._offered: tuple[float, Floats] | None = None
        self._last = self._ready_at = float("inf")
        self._not_before, self._not_after = time.monotonic() + _FIRST_SECONDS, float("inf")
        self._thread: threading.Thread | None = None

    def only_for(self, seconds: float) -> None:
        """Plans offered later than in so many seconds are left alone."""
        self._not_after = time.monotonic() + seconds

    def offer(self, x: Floats, objective: float) -> None:
        """A plan of the search, better than those before; finished when it is worth it."""
        with self._lock:
            if self._closed.is_set() or self._ending or time.monotonic() > self._not_after:
                return
            self._offered = objective, x.copy()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=False)
                self._thread.start()

    def _work(self) -> None:
        while not self._closed.wait(max(_POLL_SECONDS, self._not_before - time.monotonic())):
            with self._lock:
                offered, self._offered = self._offered, None
                if offered is None:
                    continue
                objective, x = offered
                if self._last < float("inf") and objective > self._last - _BETTER * abs(self._last):
                    continue
                self._idle.clear()
            self._last = objective
            began = time.monotonic()
            try:
                found = self._finish(x, self._closed)
                while found is not None and not self._closed.is_set():
                    self.ready, self._ready_at = found, objective
                    found = None if self.hurry.is_set() else self._improve(found, self.hurry)
            except Stopped:
                return
            finally:
                self._idle.set()
            self._not_before = began + (time.monotonic() - began) / _SHARE

    def near(self, most: float) -> T | None:
        """The last plan finished, or at work and waited for, if what was offered cost no more than so much."""
        if self._last > most:
            return None
        self.hurry.set()
        self._idle.wait()
        return self.ready if self._ready_at <= most else None

    def __enter__(self) -> Standby[T]:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing more is finished."""
        self._closed.set()
        self.hurry.set()

    def unless_stopped(
        self,
        finish: Callable[[threading.Event], T | None],
        stop: threading.Event,
        patience: float = threading.TIMEOUT_MAX,
    ) -> T | None:
        """What `finish` gives; when a stop comes first, the last plan finished if there is any.

        No other plan is begun beside it. A stop that finds none finished waits for the first one at work, as another
        begun now would take longer, or else for `finish`; but for no more seconds than its `patience`.
        """
        with self._lock:
            self._ending, self._offered = True, None
        if stop.is_set() and self.ready is None:
            began = time.monotonic()
            self.hurry.set()
            self._idle.wait(patience)
            patience -= time.monotonic() - began
        if stop.is_set() and (self.ready is not None or patience <= 0.0):
            self.close()
            return self.ready
        result: list[T | None] = []
        failure: list[BaseException] = []
        done = threading.Event()

        def work() -> None:
            try:
                result.append(finish(self._closed))
            except Stopped:
                result.append(None)
            except BaseException as error:  # raised again by the caller below
                failure.append(error)
            finally:
                done.set()

        threading.Thread(target=work, daemon=False).start()
        waited_from = float("inf")
        while not done.wait(_POLL_SECONDS):
            if not stop.is_set():
                continue
            self.hurry.set()
            waited_from = min(waited_from, time.monotonic())
            if self.ready is not None or time.monotonic() - waited_from >= patience:
                self.close()
                return self.ready
        self.close()
        if failure:
            raise failure[0]
        return result[0] if result[0] is not None else self.ready


class Latest:
    """The best plan and bound that a search has told of, for when it does not come back in time.

    Who follows the search hears of plans only once one `is_kept`: that a stop then brings back.
    """

    def __init__(self, control: Control, is_kept: Callable[[], bool]) -> None:
        self.x: Floats | None = None
        self.objective = float("inf")
        self.bound = -float("inf")
        self._is_kept = is_kept
        self.follower, self._on_plan = control.on_progress, control.on_plan
        control.on_plan, control.on_progress = self._plan, self._progress

    def _plan(self, x: Floats, objective: float) -> None:
        if objective < self.objective:
            self.x, self.objective = x.copy(), objective
        if self._on_plan is not None:
            self._on_plan(x, objective)

    def _progress(self, message: Progress) -> None:
        if message.bound is not None:
            self.bound = max(self.bound, message.bound)
        if self.follower is not None:
            self.follower(message if self._is_kept() else dataclasses.replace(message, best=None))


def unless_left(search: Callable[[], T], otherwise: Callable[[], T], stop: threading.Event) -> T:
    """What the search gives, or, when it does not end soon after a stop, what is known without it.

    The search is left to itself then; Python waits for it before it ends, so the solver is never torn down at work.
    """
    result: list[T] = []
    failure: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            result.append(search())
        except BaseException as error:  # raised again by the caller below
            failure.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=False).start()
    while not done.wait(_POLL_SECONDS):
        if stop.is_set() and not done.wait(_PATIENCE_SECONDS):
            return otherwise()
    if failure:
        raise failure[0]
    return result[0]
