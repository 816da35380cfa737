"""Memory that a thread has freed is the system's again."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from optimizer.solve import given_back

_MEMORY = Path("/proc/self/statm")
_PAGE, _BLOCK = 4096, 8000


def test_what_a_thread_has_freed_is_given_back() -> None:
    if given_back._malloc_trim is None or not _MEMORY.exists():
        pytest.skip("only where the C library can give memory back and the system tells of it")
    held: list[object] = []

    def work() -> None:
        blocks = [np.ones(_BLOCK) for _ in range(2000)]  # 128 MB, in pieces that come from the thread's own heap
        held.extend(blocks[::50])  # between what is freed, so that the heap does not shrink by itself

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    def resident() -> int:
        return int(_MEMORY.read_text().split()[1]) * _PAGE

    before = resident()
    given_back.give_back()
    assert resident() < before - 60e6
    assert len(held) == 40


def test_memory_is_given_back_again_and_again_while_something_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    times, thrice = [], threading.Event()

    def trim(pad: int) -> int:
        times.append(pad)
        if len(times) == 3:
            thrice.set()
        return 1

    monkeypatch.setattr(given_back, "_malloc_trim", trim)
    with given_back.giving_back(0.01):
        assert thrice.wait(20.0)
    count = len(times)
    threading.Event().wait(0.05)
    assert len(times) == count


def test_another_c_library_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert given_back._trim() is None
    monkeypatch.setattr(given_back, "_malloc_trim", None)
    given_back.give_back()
