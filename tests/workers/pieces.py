"""Pieces of work for the tests of workers: quick, failing, deadly and patient ones."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from optimizer.problems import InvalidInput, Problem
from optimizer.workers import Report


def square(item: int, report: Report, stop: threading.Event) -> int:
    report(f"squaring {item}")
    return item * item


def whose(item: object, report: Report, stop: threading.Event) -> int:
    return os.getpid()


def faulty(item: int, report: Report, stop: threading.Event) -> int:
    if item == 1:
        raise InvalidInput([Problem("nations.csv", 2, "nation", "ZZZ", "unknown", "Correct it")])
    return item


def unsendable(item: int, report: Report, stop: threading.Event) -> Any:
    return threading.Lock() if item == 1 else item


def noisy(item: int, report: Report, stop: threading.Event) -> int:
    os.write(1, b"a solver's own words\n")
    return item


def deadly(item: int, report: Report, stop: threading.Event) -> int:
    if item == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def deadly_once(item: Path | int, report: Report, stop: threading.Event) -> str:
    """Given a path: dies, unless the path is there already, and puts it there."""
    if isinstance(item, Path):
        if item.exists():
            return "second try"
        item.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "first try"


def held_once(item: Path | int, report: Report, stop: threading.Event) -> str:
    """Given a path: tells its process and waits to be killed, unless the path is there already."""
    if isinstance(item, Path):
        if item.exists():
            return "second try"
        item.touch()
        report(os.getpid())
        time.sleep(60.0)
    return "first try"


def patient(item: int, report: Report, stop: threading.Event) -> str:
    report("waiting")
    return "asked to stop" if stop.wait(60.0) else "never asked"


class Bomb:
    """Kills the process that unpacks it."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return explode, ()


def explode() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
