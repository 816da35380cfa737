"""Coverage: how many required units are missing, row by row and year by year."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Callable, Mapping

from optimizer.scenario import Need, Scenario

_NOISE = 1e-9

ProgramUnits = Mapping[tuple[str, str], Mapping[int, float]]


def new_units(scenario: Scenario, program_units: ProgramUnits) -> dict[tuple[str, str, int], dict[int, float]]:
    """Required units delivered up to each year by (nation, capability, grade)."""
    table: dict[tuple[str, str, int], dict[int, float]] = {}
    for (nation, program), by_year in program_units.items():
        row = scenario.programs[program]
        totals = table.setdefault((nation, row.capability, row.grade), {year: 0.0 for year in scenario.years})
        running = 0.0
        for year in scenario.years:
            running += by_year.get(year, 0.0) * row.effect_per_unit
            totals[year] += running
    return table


def missing_units(scenario: Scenario, program_units: ProgramUnits) -> dict[tuple[int, int], float]:
    """Required units missing by (requirement row, year); more than a must-meet row allows is reported on it too."""
    delivered = new_units(scenario, program_units)

    def covered(nation: str, capability: str, year: int, grade: int) -> float:
        bought = sum(
            delivered[nation, capability, g][year] for g in range(grade, 6) if (nation, capability, g) in delivered
        )
        return bought + scenario.in_stock(nation, capability, year, grade)

    missing: dict[tuple[int, int], float] = defaultdict(float)
    for (nation, capability), needs in scenario.national_needs.items():
        for year in scenario.years:
            due = [need for need in needs if max(need.row.need_by, scenario.first_year) <= year]
            if due:
                _short(due, year, partial(covered, nation, capability, year), missing)
    for need in scenario.bloc_needs:
        row = need.row
        cap = bloc_cap(scenario, need)
        for year in range(max(row.need_by, scenario.first_year), scenario.last_year + 1):
            given = sum(min(covered(n, row.capability, year, row.min_grade), cap) for n in need.members)
            short = row.quantity - scenario.bloc_contracted(need) - given
            if short > _NOISE * max(1.0, row.quantity):
                missing[need.index, year] = short
    return dict(missing)


def bloc_cap(scenario: Scenario, need: Need) -> float:
    """Most required units of an alliance-level target one nation may carry (half_rule)."""
    on = scenario.settings.rules.get("half_rule", {}).get("on", True)
    return need.row.max_share_per_nation * need.row.quantity if on else need.row.quantity


def _short(due: list[Need], year: int, covered: Callable[[int], float], missing: dict[tuple[int, int], float]) -> None:
    """Spread the least-cost shortfall of one year over the rows due, from the highest grade down.

    The rows of grade >= g form nested sets; meeting each set's deficit with its cheapest rows, innermost set first,
    is optimal.
    """
    short = {need.index: 0.0 for need in due}
    cheapest = sorted(due, key=lambda need: (need.row.must_meet, need.row.priority, need.index))
    for grade in sorted({need.row.min_grade for need in due}, reverse=True):
        members = [need for need in cheapest if need.row.min_grade >= grade]
        needed = sum(need.row.quantity for need in members)
        deficit = needed - covered(grade) - sum(short[need.index] for need in members)
        if deficit <= _NOISE * max(1.0, needed):
            continue
        for need in members:
            if need.row.must_meet:
                continue
            step = min(deficit, need.row.quantity - short[need.index])
            short[need.index] += step
            deficit -= step
        if deficit > _NOISE * max(1.0, needed):
            for need in members:
                step = min(deficit, need.row.quantity - short[need.index])
                short[need.index] += step
                deficit -= step
    for need in due:
        if short[need.index] > _NOISE * max(1.0, need.row.quantity):
            missing[need.index, year] = short[need.index]
