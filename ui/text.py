"""Text of numbers on the page: the words of `optimizer`, with thin spaces between thousands that never break."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from optimizer import words
from optimizer.runs import Run

THIN = "\u202f"
POOLINGS = {"as_is": "As is", "national": "National", "blocs": "Blocs", "joint": "Joint"}
STATUS = {
    "optimal": "proven optimal",
    "feasible": "feasible",
    "infeasible": "infeasible",
    "no_plan": "no plan found",
    "cancelled": "stopped, no plan",
}


def thin(text: str) -> str:
    """A text whose numbers have thin spaces between thousands and do not part from their units."""
    joined = re.sub(r"(?<![\d.])\d{1,3}(?: \d{3})+(?!\d)", lambda number: number[0].replace(" ", THIN), text)
    return joined.replace(" meur", "\u00a0meur").replace(" %", "\u00a0%")


def capital(line: str) -> str:
    """A line that begins with a capital letter."""
    return line[:1].upper() + line[1:]


def money(meur: float | None) -> str:
    """`551 864 meur`."""
    return thin(words.money(meur))


def percent(share: float | None) -> str:
    """`0.02 %`."""
    return thin(words.percent(share))


def count(number: float | None) -> str:
    """`1 234`; `not known` for None."""
    return "not known" if number is None else thin(words.count(number))


def pooling(mode: str) -> str:
    """How nations buy, in a word or two."""
    return POOLINGS.get(mode, mode)


def moment(iso: str) -> str:
    """A moment in the server's own time: `24 Nov 2026, 17:00`."""
    try:
        return datetime.datetime.fromisoformat(iso).astimezone().strftime("%d %b %Y, %H:%M")
    except ValueError:
        return iso


def duration(seconds: float | None) -> str:
    """`8 s`, `2 min 5 s`."""
    if seconds is None:
        return "not known"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def label(run: Run) -> str:
    """A run in one line: pooling, time, scenario."""
    return f"{pooling(run.pooling)} · {moment(run.created)} · {run.title}"


def labels(runs: Iterable[Run]) -> dict[str, str]:
    """A label for each run by its id, no two alike: what is chosen in a list is told apart by its words."""
    found: dict[str, str] = {}
    for run in runs:
        name, number = label(run), 2
        while name in found.values():
            name, number = f"{label(run)} ({number})", number + 1
        found[run.id] = name
    return found


def pair_footer(base: Run, main: Run) -> str:
    """What a picture of two runs carries: both inputs, both gaps, date, mark."""
    titles = base.title if base.title == main.title else f"{base.title}, {main.title}"
    runs = " to ".join(
        f"{pooling(run.pooling).lower()} (gap {percent(run.outcome.get('gap'))}, input {run.input_sha256[:12]})"
        for run in (base, main)
    )
    mark = ["illustrative data"] if base.illustrative or main.illustrative else []
    return " · ".join([titles, runs, max(base.created, main.created)[:10], *mark])


def footer(run: Run) -> str:
    """What every picture, table and file carries: scenario, pooling, status, gap, input, date, mark."""
    outcome = run.outcome
    parts = [
        run.title,
        pooling(run.pooling).lower(),
        STATUS.get(str(outcome.get("status")), run.status),
        # An analysis is many solves, each with a gap of its own.
        *([f"gap {percent(outcome.get('gap'))}"] if outcome else []),
        f"input {run.input_sha256[:12]}",
        run.created[:10],
    ]
    return " · ".join([*parts, *(["illustrative data"] if run.illustrative else [])])
