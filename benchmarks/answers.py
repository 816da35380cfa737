"""Questions beside one cold solve: a frontier of ten points and twenty rule prices of the default data.

Run: `python -m benchmarks.answers [SCENARIO] [--only NAME ...]`.
"""

from __future__ import annotations

import argparse
import functools
import time
from typing import Callable

from optimizer import Scenario, load_scenario, solve
from optimizer.analysis import explain, frontier
from optimizer.analysis.explain_rules import priced_rules
from optimizer.solve.session import Session

PRICES = 20
# How many cold solves each answer may take.
QUESTIONS: dict[str, float] = {"cost,shortfall": 5.0, "cost,types": 5.0, "rules": 8.0}


def front(scenario: Scenario, goals: str) -> tuple[int, str]:
    """A frontier of ten points; how many were found, and the answer."""
    asked = frontier.Settings(goals=tuple(goals.split(",")), points=10)
    result = frontier.run(scenario, asked, solve=Session().solve)
    return len(result.points), result.headline()


def prices(scenario: Scenario) -> tuple[int, str]:
    """Every rule and as many limits as make twenty; how many were priced, and the answer."""
    asked = explain.Settings(rules=True, count=max(0, PRICES - len(priced_rules(scenario))))
    result = explain.run(scenario, asked, solve=Session().solve)
    assert result.prices is not None
    units = [unit for unit in result.prices.units if unit.worth is not None]
    return len(result.prices.rules) + len(units), result.headline()


def answer(name: str, scenario: Scenario) -> tuple[int, str]:
    """One of the questions."""
    return prices(scenario) if name == "rules" else front(scenario, name)


def timed(work: Callable[[], object]) -> tuple[object, float, float]:
    """What work gives, its seconds, and its seconds of processor, which other work on the machine does not lengthen."""
    began, worked = time.monotonic(), time.process_time()
    given = work()
    return given, time.monotonic() - began, time.process_time() - worked


def main() -> None:
    """Print the cold solve, and each answer with its time and how many cold solves it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="data")
    parser.add_argument("--only", nargs="*", choices=tuple(QUESTIONS), default=tuple(QUESTIONS))
    given = parser.parse_args()
    scenario = load_scenario(given.scenario)
    for name in given.only:
        # A cold solve before and after each answer, so that all see the machine alike.
        _, *before = timed(lambda: solve(scenario))
        made, seconds, work = timed(functools.partial(answer, name, scenario))
        _, *after = timed(lambda: solve(scenario))
        cold = [(one + other) / 2.0 for one, other in zip(before, after, strict=True)]
        print(f"cold solve: {cold[0]:.1f} s ({cold[1]:.1f} s of processor)", flush=True)
        number, says = made  # type: ignore[misc]
        print(
            f"{name}: {number} in {seconds:.1f} s ({work:.1f} s of processor), {seconds / cold[0]:.1f} cold solves "
            f"({work / cold[1]:.1f} by processor), {QUESTIONS[name]:g} allowed",
            flush=True,
        )
        print("    " + says.replace("\n", "\n    "), flush=True)


if __name__ == "__main__":
    main()

__all__ = ["QUESTIONS", "front", "main", "prices"]
