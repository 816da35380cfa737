"""Solver logs read back: when which best plan and which bound were known."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"[-+]?(?:inf|\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
# One line of HiGHS's search: ... | bound  best  gap | ... seconds.
_HIGHS_LINE = re.compile(
    rf"^.*?\d+\.\d+%\s+(?P<bound>{_NUMBER})\s+(?P<best>{_NUMBER})\s+\S+\s.*?(?P<seconds>\d+(?:\.\d+)?)s\s*$",
    re.MULTILINE,
)
_CBC_LINE = re.compile(
    rf"(?P<best>{_NUMBER}) best solution, best possible (?P<bound>{_NUMBER}) \((?P<seconds>\d+(?:\.\d+)?) seconds\)"
)
_CBC_PLAN = re.compile(
    rf"(?:solution from {_NUMBER} to (?P<better>{_NUMBER})|Integer solution of (?P<found>{_NUMBER}) found).*?"
    rf"\((?P<seconds>\d+(?:\.\d+)?) seconds\)"
)
# What stands for "none yet" in the logs.
_LARGEST = 1e29


@dataclass(frozen=True)
class Entry:
    """What was known after so many seconds of the solver's own clock; None: nothing yet."""

    seconds: float
    best: float | None
    bound: float | None


@dataclass(frozen=True)
class Trace:
    """A run as its log tells it: entries in order of time, and the solver's own seconds."""

    entries: tuple[Entry, ...]
    seconds: float


def highs_trace(text: str) -> Trace:
    """The trace of a HiGHS log; its last entry is the report at the end."""
    entries = [
        Entry(float(found["seconds"]), _known(found["best"]), _known(found["bound"]))
        for found in _HIGHS_LINE.finditer(text)
    ]
    seconds = _last(rf"Timing\s+({_NUMBER})", text) or _last(rf"HiGHS run time\s*:\s*({_NUMBER})", text)
    if seconds is None:
        seconds = entries[-1].seconds if entries else 0.0
    best, bound = _last(rf"Primal bound\s+({_NUMBER})", text), _last(rf"Dual bound\s+({_NUMBER})", text)
    if best is not None or bound is not None:
        entries.append(Entry(seconds, best, bound))
    return Trace(tuple(entries), seconds)


def cbc_trace(text: str) -> Trace:
    """The trace of a CBC log; its last entry is the report at the end."""
    entries: list[Entry] = []
    root = re.search(rf"Continuous objective value is ({_NUMBER}) - (\d+(?:\.\d+)?) seconds", text)
    if root:
        entries.append(Entry(float(root[2]), None, _known(root[1])))
    lines = [*_CBC_LINE.finditer(text), *_CBC_PLAN.finditer(text)]
    for line in sorted(lines, key=lambda line: float(line["seconds"])):
        told = line.groupdict()
        before = entries[-1] if entries else Entry(0.0, None, None)
        if "bound" in told:
            best, bound = _known(told["best"]), _known(told["bound"])
        else:
            best, bound = _known(told["better"] or told["found"]), before.bound
        entries.append(Entry(float(told["seconds"]), before.best if best is None else best, bound))
    seconds = _last(rf"Wallclock seconds\):\s+({_NUMBER})", text)
    if seconds is None:
        seconds = entries[-1].seconds if entries else 0.0
    best, bound = _last(rf"Objective value:\s+({_NUMBER})", text), _last(rf"Lower bound:\s+({_NUMBER})", text)
    if best is not None and bound is None and "Optimal solution found" in text:
        bound = best
    if best is not None or bound is not None:
        entries.append(Entry(seconds, best, bound if bound is not None or not entries else entries[-1].bound))
    return Trace(tuple(entries), seconds)


def _known(text: str) -> float | None:
    value = float(text)
    return value if abs(value) < _LARGEST else None


def _last(pattern: str, text: str) -> float | None:
    found = re.findall(pattern, text)
    return _known(found[-1]) if found else None
