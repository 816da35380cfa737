"""Memory given back: what the solver has freed is the system's again, where the C library can do that."""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from typing import Callable, Iterator


def _trim() -> Callable[[int], int] | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library than glibc
        return None


_malloc_trim = _trim()


def give_back() -> None:
    """Give back what is free in the heaps of all threads.

    A heap belongs to a thread, and its free memory is of no use to others: a search at XL would hold 0.6 GB more. Best
    done after work on the whole model or a pass over its blocks: a heap that grows again at once takes time.
    """
    if _malloc_trim is not None:
        _malloc_trim(0)


@contextmanager
def giving_back(every: float) -> Iterator[None]:
    """Give back every so many seconds meanwhile, where threads side by side free much in turn."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(every):
            give_back()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
