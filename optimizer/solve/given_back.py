"""Memory given back: what the solver has freed is the system's again, where the C library can do that."""

from __future__ import annotations

import ctypes
from typing import Callable


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
