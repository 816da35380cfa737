"""What the command line prints: answers on standard output, progress and notes on standard error."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator, Sequence

from optimizer import words
from optimizer.analysis.compare import Result
from optimizer.batch import Outcome, run_batch
from optimizer.export.cover import answer, proof
from optimizer.model.control import Progress
from optimizer.model.rules import RULES
from optimizer.problems import Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.solve.session import Session

# Codes of the shells' convention are not used: outside scripts rely on these.
EXIT_DONE, EXIT_FAULT, EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_STOPPED, EXIT_AUDIT = 0, 1, 2, 3, 4, 5

_STOPPING = "Stopping; the best plan so far, if there is one, is kept. Ctrl-C again gives it up."


@dataclass
class Console:
    """Where a verb's words go."""

    as_json: bool = False
    quiet: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    session: Session = field(default_factory=Session)
    _solved: int = 0
    _line_open: bool = False

    def say(self, text: str = "") -> None:
        """A line of the answer, for people."""
        if not self.as_json:
            self._close_line()
            print(text)

    def give(self, value: object) -> None:
        """The answer, for programs."""
        if self.as_json:
            self._close_line()
            print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))

    def note(self, text: str) -> None:
        """A remark beside the answer."""
        if not self.quiet:
            self._close_line()
            print(text, file=sys.stderr)

    def complain(self, text: str) -> None:
        """What went wrong; never silenced."""
        self._close_line()
        print(text, file=sys.stderr)

    def solve(self, scenario: Scenario, **options: object) -> Solution:
        """Solve with progress shown on a terminal, and say how it went."""
        label = scenario.settings.pooling.mode.replace("_", " ")
        started = time.monotonic()
        solution = self._solve(solve, label, scenario, **options)
        self.note(f"Solved {label}: {solution.status}, {time.monotonic() - started:.1f} s.")
        return solution

    def solve_next(self, scenario: Scenario, **options: object) -> Solution:
        """Solve one of an analysis's many scenarios, each using what the last left behind."""
        self._solved += 1
        return self._solve(self.session.solve, f"solve {self._solved}", scenario, **options)

    def _solve(self, way: Callable[..., Solution], label: str, scenario: Scenario, **options: object) -> Solution:
        shows = not self.quiet and sys.stderr.isatty()

        def progress(message: Progress) -> None:
            if not self.stop.is_set():
                self._line_open = True
                sys.stderr.write(f"\r\x1b[K{progress_line(label, message)}")
                sys.stderr.flush()

        with self._ctrl_c_stops():
            return way(scenario, on_progress=progress if shows else None, stop=self.stop, **options)

    def run_batch(self, scenarios: Sequence[Scenario], **options: Any) -> list[Outcome]:
        """Solve scenarios side by side, with what runs shown on a terminal, and say how each went."""
        shows = not self.quiet and sys.stderr.isatty()
        running: dict[int, Progress] = {}
        ended = 0

        def progress(number: int, message: Progress) -> None:
            if self.stop.is_set():
                return
            running[number] = message
            self._line_open = True
            gaps = [f"{n + 1} {words.percent(m.gap)}" for n, m in sorted(running.items()) if m.gap is not None]
            told = f"{ended} of {len(scenarios)} solved; gaps: {', '.join(gaps) or 'none yet'}"
            sys.stderr.write(f"\r\x1b[K{told} (Ctrl-C keeps the best plans)")
            sys.stderr.flush()

        def done(number: int, outcome: Outcome) -> None:
            nonlocal ended
            ended += 1
            running.pop(number, None)
            how = str(outcome.error) if outcome.solution is None else outcome.solution.status
            again = ", begun twice because its process died" if outcome.attempts > 1 else ""
            self.note(f"Solved {number + 1} of {len(scenarios)}: {how}, {outcome.seconds:.1f} s{again}.")

        with self._ctrl_c_stops():
            listener = progress if shows else None
            return run_batch(scenarios, on_progress=listener, on_done=done, stop=self.stop, **options)

    @contextmanager
    def _ctrl_c_stops(self) -> Iterator[None]:
        """The first Ctrl-C asks the search to stop and keeps its best plan; the second gives up."""

        def stop(number: int, frame: object) -> None:
            del number, frame
            if self.stop.is_set():
                raise KeyboardInterrupt
            self.stop.set()
            self._tell_of_stop()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _tell_of_stop(self) -> None:
        """Answer a first Ctrl-C at once, past Python's buffers: what it came between may be at them."""
        if not self.quiet:
            with suppress(OSError, ValueError):  # there may be no standard error, or none of the system's
                os.write(sys.stderr.fileno(), ("\n" * self._line_open + _STOPPING + "\n").encode())
            self._line_open = False

    def _close_line(self) -> None:
        if self._line_open:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._line_open = False


def progress_line(label: str, message: Progress) -> str:
    """One line of progress: bound, best, gap, seconds."""
    bound = "-" if message.bound is None else words.money(message.bound)
    best = "none yet" if message.best is None else words.money(message.best)
    gap = "-" if message.gap is None else words.percent(message.gap)
    stop = "Ctrl-C stops without a plan" if message.best is None else "Ctrl-C keeps it"
    return f"{label}, {message.stage}: best {best}, bound {bound}, gap {gap}, {message.seconds:.0f} s ({stop})"


def heading(scenario: Scenario) -> list[str]:
    """Name of the scenario and the mark of illustrative data."""
    return [scenario.settings.name, *([words.ILLUSTRATIVE] if scenario.settings.illustrative else [])]


def solution_lines(solution: Solution) -> list[str]:
    """A solution in a dozen lines."""
    lines = heading(solution.scenario)
    if solution.plan is None:
        return [*lines, "", f"{words.status(solution)}.", *clash_lines(solution)]
    facts = [("Nations buy", words.pooling(solution)), *answer(solution), *proof(solution)]
    width = max(len(label) for label, _ in facts)
    lines += ["", *(f"  {label:<{width}}  {text}" for label, text in facts)]
    lines += [f"Warning: {warning}" for warning in solution.warnings]
    lines += [f"The audit disagrees: {finding}" for finding in solution.findings]
    if solution.objective_difference_meur > 0.01:
        lines.append(
            f"The audit disagrees: the cost lines miss the objective by "
            f"{words.money(solution.objective_difference_meur)}"
        )
    return lines


def clash_lines(solution: Solution) -> list[str]:
    """Which rules cannot hold together."""
    if not solution.clash:
        return []
    sentences = {rule.name: rule.sentence for rule in RULES}
    one = len(solution.clash) == 1
    return [
        "This rule cannot hold with the needs and limits given:" if one else "These cannot hold together:",
        *(f"  {name}: {sentences[name]}" if name in sentences else f"  {name}" for name in solution.clash),
        "jointbuy explain SCENARIO says which nations, capabilities and years, and the cheapest way out.",
    ]


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Aligned columns, the first to the left, the others to the right."""
    body = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in body) for column in range(len(head))]
    lines = []
    for first, *rest in body:
        cells = [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(rest, widths[1:], strict=True))]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def comparison_lines(result: Result) -> list[str]:
    """A comparison as a small grid and its headline's last words."""
    cases = result.cases
    names = [case.name.replace("_", " ") if result.by_pooling else case.name for case in cases]
    solutions = [case.solution for case in cases]

    def row(label: str, texts: Iterable[str]) -> list[str]:
        return [label, *texts]

    def figure(name: str) -> list[str]:
        return [words.count(s.figures[name]) if s.plan is not None else "-" for s in solutions]

    def amount(values: Iterable[float | None]) -> list[str]:
        return ["-" if value is None else words.money(value).removesuffix(" meur") for value in values]

    rows = [
        row("Cost, discounted [meur]", amount(s.cost_meur for s in solutions)),
        row("Shortfall, priced [meur]", amount(s.terms_meur.get("shortfall") for s in solutions)),
        row("Both together [meur]", amount(_both(s) for s in solutions)),
        row("Objective [meur]", amount(s.objective_meur for s in solutions)),
        row("Types", figure("types")),
        row("Shortfall [unit-years]", figure("shortfall_unit_years")),
        row("Contracts", figure("contracts")),
        row("Gap", ("-" if s.gap is None else words.percent(s.gap) for s in solutions)),
        row("Status", (s.status for s in solutions)),
    ]
    lines = ["", *grid(["", *names], rows), ""]
    lines += result.headline().splitlines()[len(cases) :]
    lines += [f"{name}: {words.status(s)}." for name, s in zip(names, solutions, strict=True)]
    for name, solution in zip(names, solutions, strict=True):
        if solution.clash:
            lines.append(f"{name}: the clash is {', '.join(solution.clash)}.")
    return lines


def _both(solution: Solution) -> float | None:
    return None if solution.cost_meur is None else solution.cost_meur + solution.terms_meur["shortfall"]


def problem_lines(problems: Iterable[Problem], noun: str = "fault") -> list[str]:
    """Every problem on a line, headed by their number."""
    found = list(problems)
    return [f"{words.plural(len(found), noun)} in the input:", *(f"  {problem}" for problem in found)]
