"""The page of results: medians over the seeds, ratios, and every single run, from the measures of one command."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.measure import OWN
from benchmarks.peers import PEERS

Measure = Mapping[str, Any]
# Gaps whose time is told, and seconds at which the gap is told.
GAPS = (0.01, 0.001)
MOMENTS_S = (60.0, 120.0)
STEPS = ("read", "build", "hand_over", "solve", "finish", "audit", "write")
NEVER = float("inf")
NAMES = {OWN: "jointbuy", **{key: peer.name for key, peer in PEERS.items()}}


def gap_of(best: float | None, bound: float | None) -> float:
    """(best - bound) / |best|; infinite while either is unknown."""
    if best is None or bound is None:
        return NEVER
    return max(0.0, best - bound) / max(abs(best), 1e-9)


def last_gap(measure: Measure) -> float:
    """The gap at the end, of a point that is a plan."""
    if not measure.get("is_plan"):
        return NEVER
    return gap_of(measure.get("objective"), measure.get("bound"))


def gap_at(measure: Measure, seconds: float) -> float:
    """The gap known after so many seconds; after the end that of the end."""
    if measure.get("total_s", NEVER) <= seconds:
        return last_gap(measure)
    known = [gap_of(best, bound) for at, best, bound in measure.get("trace", ()) if at <= seconds]
    return min(known, default=NEVER)


def time_to(measure: Measure, gap: float) -> float:
    """Seconds until the gap was known to be so small; infinite when it never was."""
    for at, best, bound in measure.get("trace", ()):
        if gap_of(best, bound) <= gap * (1.0 + 1e-9):
            return float(at)
    return float(measure["total_s"]) if last_gap(measure) <= gap * (1.0 + 1e-9) else NEVER


def page(
    measures: Sequence[Measure],
    *,
    command: str,
    facts: Mapping[str, str],
    skipped: Sequence[str],
    limits: Mapping[str, float],
) -> str:
    """RESULTS.md."""
    cases = list(dict.fromkeys(str(measure["case"]) for measure in measures))
    parts = [
        "# Benchmark results",
        f"Written by `{command}`; never edited by hand. How it is measured: [docs/benchmark.md](../docs/benchmark.md).",
        "\n".join(f"- {name}: {text}" for name, text in facts.items()),
    ]
    if skipped:
        parts.append("\n".join(f"- Left out: {line}" for line in skipped))
    parts.append("## Time to a proven gap, and the gap at a time")
    parts.append(
        "Medians over the seeds. Seconds count from the loaded scenario, for peers from the finished arrays. `-`: not "
        "within the limit, or no plan. The ratio is the peer's time to 1 % divided by that of jointbuy; where the peer "
        "never gets there, it is more than the limit divided by that."
    )
    for case in cases:
        of_case = [measure for measure in measures if measure["case"] == case]
        seeds = len({measure["seed"] for measure in of_case})
        parts.append(f"### {case}, {_count(seeds, 'seed')}, limit {limits[case]:.0f} s")
        parts.append(_comparison(of_case, limits[case]))
    parts.append("## Steps of jointbuy")
    parts.append(
        "Medians over the seeds, in seconds. `not the search` is the part of all that is not the search, the finish "
        "counted whole; `nor a solver` leaves out as well when a solver is at work in the finish."
    )
    parts.append(_steps([measure for measure in measures if measure["contender"] == OWN], cases))
    parts.append("## Every run")
    parts.append(
        "`loop` is what a plain Python loop of ten million turns took right before a run: so fast was the machine."
    )
    parts.append(_runs(measures))
    return "\n\n".join(parts) + "\n"


def _comparison(measures: Sequence[Measure], limit: float) -> str:
    own = _median(time_to(measure, GAPS[0]) for measure in measures if measure["contender"] == OWN)
    head = [
        "",
        "to 1 %, s",
        "to 0.1 %, s",
        "gap at 60 s",
        "gap at 120 s",
        "gap at the end",
        "worst",
        "ratio",
        "memory, MB",
    ]
    rows = []
    for contender in [name for name in NAMES if any(measure["contender"] == name for measure in measures)]:
        runs = [measure for measure in measures if measure["contender"] == contender]
        to_one = _median(time_to(run, GAPS[0]) for run in runs)
        ends = [last_gap(run) for run in runs]
        rows.append(
            [
                NAMES[contender],
                *(_seconds(_median(time_to(run, gap) for run in runs)) for gap in GAPS),
                *(_percent(_median(gap_at(run, moment) for run in runs)) for moment in MOMENTS_S),
                _percent(_median(ends)),
                _percent(max(ends)),
                _ratio(to_one, own, limit),
                f"{_median(run.get('peak_mb', NEVER) for run in runs):.0f}",
            ]
        )
    return table(head, rows)


def _ratio(seconds: float, own: float, limit: float) -> str:
    if own == NEVER:
        return "-"
    return f"more than {limit / own:.1f}" if seconds == NEVER else f"{seconds / own:.1f}"


def _steps(measures: Sequence[Measure], cases: Sequence[str]) -> str:
    rows = []
    for case in cases:
        runs = [measure for measure in measures if measure["case"] == case]
        if not runs:
            continue
        by_step = [_median(float(run.get(f"{step}_s", NEVER)) for run in runs) for step in STEPS]
        shares = [_percent(_median(_share(run, own) for run in runs)) for own in (False, True)]
        rows.append([case, *(_seconds(value) for value in by_step), *shares])
    head = ["", *(f"{step.replace('_', '-')}, s" for step in STEPS), "not the search", "nor a solver"]
    return table(head, rows)


def _share(measure: Measure, own: bool) -> float:
    """All but the search, by all; where it is `own` without the time in which a solver is at work in the finish."""
    # Handing over is part of the search's own time.
    other = [float(measure.get(f"{step}_s", 0.0)) for step in STEPS if step not in ("solve", "hand_over")]
    rest = sum(other) + float(measure.get("hand_over_s", 0.0))
    if own and "finish_solver_s" not in measure:
        return NEVER
    if own:
        rest -= float(measure["finish_solver_s"])
    return rest / max(1e-9, sum(other) + float(measure.get("solve_s", 0.0)))


def _runs(measures: Sequence[Measure]) -> str:
    head = [
        "case",
        "seed",
        "contender",
        "columns",
        "rows",
        "seconds",
        "objective, meur",
        "bound, meur",
        "gap",
        "to 1 %, s",
        "to 0.1 %, s",
        "loop, s",
    ]
    rows = [
        [
            str(measure["case"]),
            str(measure["seed"]),
            NAMES[str(measure["contender"])],
            _whole(measure.get("columns")),
            _whole(measure.get("rows")),
            _seconds(float(measure.get("total_s", NEVER))),
            _whole(measure.get("objective")),
            _whole(measure.get("bound")),
            _percent(last_gap(measure)) if "fault" not in measure else str(measure["fault"]),
            *(_seconds(time_to(measure, gap)) if "fault" not in measure else "-" for gap in GAPS),
            _seconds(float(measure.get("loop_s", NEVER))),
        ]
        for measure in measures
    ]
    return table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _median(values: Iterable[float]) -> float:
    return statistics.median(list(values) or [NEVER])


def _seconds(value: float) -> str:
    if value == NEVER:
        return "-"
    return f"{value:.0f}" if value >= 100.0 else f"{value:.1f}" if value >= 1.0 else f"{value:.2f}"


def _percent(share: float) -> str:
    return "-" if share == NEVER else f"{100.0 * share:.1f} %" if share >= 0.1 else f"{100.0 * share:.3f} %"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}".replace(",", " ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
