"""Twenty what-ifs of the default data, each hot in one session and cold: `python -m benchmarks.hot [SCENARIO]`."""

from __future__ import annotations

import statistics
import sys
import time
from typing import Callable

from optimizer import Scenario, load_scenario, solve
from optimizer.solve.session import Session

KEYS = {"budgets": "nation", "programs": "program"}
Change = tuple[str, Callable[[Scenario], Scenario]]


def scaled(table: str, column: str, factor: float, code: str | None = None, row: int | None = None) -> Change:
    """A what-if that multiplies a column, in the rows of a code or in one row by number."""

    def change(scenario: Scenario) -> Scenario:
        rows = list(getattr(scenario.tables, table))
        for number, old in enumerate(rows):
            value = getattr(old, column)
            if value is None or (code is not None and getattr(old, KEYS[table]) != code) or row not in (None, number):
                continue
            new = value * factor
            rows[number] = old.model_copy(update={column: round(new) if column == "quantity" else new})
        return scenario.replace(tables={table: tuple(rows)})

    what = code if code is not None else "all" if row is None else f"row {row + 1}"
    return f"{table}.{column} {what} x {factor:g}", change


def twenty(scenario: Scenario) -> list[Change]:
    """Numeric changes an analyst makes: budgets, prices, quantities, rules."""
    programs = sorted(scenario.programs)
    developed = [code for code in programs if scenario.development_meur(code) > 0.0]
    nations = sorted({row.nation for row in scenario.tables.budgets})
    needs = len(scenario.tables.requirements)
    changes: list[Change] = [
        scaled("budgets", "budget_meur", 0.95),
        scaled("budgets", "budget_meur", 1.05),
        *(scaled("budgets", "budget_meur", factor, code=nations[k]) for k, factor in ((0, 0.9), (-1, 1.1))),
        *(
            scaled("programs", "unit_cost_meur", factor, code=programs[len(programs) * k // 7])
            for k, factor in ((1, 0.9), (2, 1.1), (3, 1.2), (4, 0.95), (5, 1.05), (6, 0.8))
        ),
        *(
            scaled("requirements", "quantity", factor, row=needs * k // 7)
            for k, factor in ((1, 0.8), (2, 1.2), (3, 1.1), (4, 0.9), (5, 1.5), (6, 0.5))
        ),
        scaled("programs", "development_meur", 1.2, code=developed[len(developed) // 2]),
        scaled("programs", "development_meur", 0.8, code=developed[len(developed) // 3]),
    ]
    for rule in ("interoperability", "type_limit"):
        changes.append((f"without {rule}", lambda base, rule=rule: base.with_rule(rule, on=False)))
    return changes


def main() -> None:
    """Print one line a what-if and the median ratio."""
    base = load_scenario(sys.argv[1] if len(sys.argv) > 1 else "data")
    session = Session()
    session.solve(base)
    ratios = []
    print(f"{'what-if':<44} {'hot s':>6} {'cold s':>6} {'ratio':>6}  {'hot meur':>11} {'cold meur':>11} {'gaps':>15}")
    for name, change in twenty(base):
        scenario = change(base)
        began = time.monotonic()
        hot = session.solve(scenario)
        middle = time.monotonic()
        cold = solve(scenario)
        seconds = middle - began, time.monotonic() - middle
        ratios.append(seconds[0] / seconds[1])
        gaps = " ".join("-" if s.gap is None else f"{100 * s.gap:.3f} %" for s in (hot, cold))
        print(
            f"{name:<44} {seconds[0]:6.1f} {seconds[1]:6.1f} {ratios[-1]:6.2f}  "
            f"{hot.objective_meur or 0.0:11,.0f} {cold.objective_meur or 0.0:11,.0f} {gaps:>15}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.3f}, greatest {max(ratios):.2f}")


if __name__ == "__main__":
    main()
