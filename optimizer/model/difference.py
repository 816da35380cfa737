"""Difference: in which capabilities two scenarios differ, where they differ in nothing else but money."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Iterable, Iterator

from optimizer.scenario import Need, Scenario

# Tables each of whose rows speaks of one capability, by itself or by its program.
_OF_CAPABILITIES = ("capabilities", "programs", "requirements", "prices", "offers", "fleets", "locks", "previous")
Amounts = dict[tuple[str, str, int], float]


@dataclass(frozen=True)
class Difference:
    """Capabilities of which rows differ, and by how much budgets do, million euro by (nation, class, year)."""

    capabilities: frozenset[str]
    budgets: Amounts


class _Some(tuple[Need, ...]):
    """Some of the needs, each found by the number it has among all."""

    def __getitem__(self, index: Any) -> Any:
        return self._by_number[index]

    @cached_property
    def _by_number(self) -> dict[int, Need]:
        return {need.index: need for need in self}


def difference(one: Scenario, other: Scenario) -> Difference | None:
    """How another scenario differs from one; None where it differs in more than capabilities' rows and budgets."""
    if one.national_costs != other.national_costs:
        return None
    settings = (scenario.settings.model_dump(exclude={"solver"}) for scenario in (one, other))
    if one.settings is not other.settings and next(settings) != next(settings):
        return None
    touched: set[str] = set()
    budgets: Amounts = {}
    for name, rows in vars(one.tables).items():
        others = vars(other.tables)[name]
        if rows is others:
            continue
        if name == "nations" and not _same_but_for_budgets(rows, others):
            return None
        if name in ("budgets", "nations"):
            amounts = _amounts(one, other)
            if amounts is None:
                return None
            budgets = amounts
        elif name not in _OF_CAPABILITIES or (name == "requirements" and len(rows) != len(others)):
            return None
        else:
            for row in _changed(name, rows, others):
                found = set(_capabilities_of(name, row, one)) | set(_capabilities_of(name, row, other))
                if not found:
                    return None
                touched |= found
    return Difference(frozenset(touched), budgets)


def restricted(scenario: Scenario, capabilities: Iterable[str]) -> Scenario:
    """The scenario with what is needed in some capabilities, and with the programs that deliver it, and no other."""
    wanted, tables = set(capabilities), scenario.tables
    requirements = tuple(row for row in tables.requirements if row.capability in wanted)
    fleets = tuple(row for row in tables.fleets if row.capability in wanted)
    own = {row.program for row in tables.programs if row.capability in wanted}
    # Units of a program of another capability count by what it delivers there.
    named = own | {row.program for row in fleets} | {row.baseline_program for row in requirements}
    named |= {row.variant_of for row in tables.programs if row.program in own}
    narrow = scenario.replace(
        tables={
            "programs": tuple(row for row in tables.programs if row.program in named),
            "requirements": requirements,
            "fleets": fleets,
            "prices": tuple(row for row in tables.prices if row.program in own),
            "offers": tuple(row for row in tables.offers if row.program in own),
            "locks": tuple(row for row in tables.locks if _program_of(row) in own),
            "previous": tuple(row for row in tables.previous if row.program in own),
        }
    )
    # Needs are known by their number; the rest is the same for all capabilities.
    narrow.__dict__["needs"] = _Some(need for need in scenario.needs if need.row.capability in wanted)
    for name in ("nations", "blocs", "capabilities"):
        narrow.__dict__[name] = getattr(scenario, name)
    return narrow


def _same_but_for_budgets(rows: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether nations differ in nothing else but the money they have by default, and in where that comes from."""
    hidden = {"budget_meur", "source", "confidence"}
    return len(rows) == len(others) and all(
        row is other or row.model_dump(exclude=hidden) == other.model_dump(exclude=hidden)
        for row, other in zip(rows, others, strict=True)
    )


def _amounts(one: Scenario, other: Scenario) -> Amounts | None:
    """By how much budgets differ; None where they differ in more than amounts."""
    if one.budgets.keys() != other.budgets.keys():
        return None
    found: Amounts = {}
    for key, rows in one.budgets.items():
        others = other.budgets[key]
        if rows.keys() != others.keys():
            return None
        for year, row in rows.items():
            if row is not others[year]:
                if row.carry_over_share != others[year].carry_over_share:
                    return None
                found[*key, year] = others[year].budget_meur - row.budget_meur
    return found


def _changed(name: str, rows: tuple[Any, ...], others: tuple[Any, ...]) -> Iterator[Any]:
    """Rows of either that are not the very same in the other; of needs, which are known by their number, by place."""
    if name == "requirements":
        for row, new in zip(rows, others, strict=True):
            if row is not new:
                yield from (row, new)
        return
    mine, its = {id(row) for row in rows}, {id(row) for row in others}
    yield from (row for row in rows if id(row) not in its)
    yield from (row for row in others if id(row) not in mine)


def _capabilities_of(name: str, row: Any, scenario: Scenario) -> Iterator[str]:
    """Capabilities of which a row speaks: of a program also those in which it is in service, or named, or a base."""
    if hasattr(row, "capability"):
        yield row.capability
    if not hasattr(row, "program"):
        return
    code = _program_of(row)
    if code in scenario.known_programs:
        yield scenario.known_programs[code].capability
    if name == "programs":
        tables = scenario.tables
        yield from (fleet.capability for fleet in tables.fleets if fleet.program == code)
        yield from (need.capability for need in tables.requirements if need.baseline_program == code)
        yield from (program.capability for program in tables.programs if program.variant_of == code)


def _program_of(row: Any) -> str:
    """The program a row speaks of; a lock may name one of its contracts."""
    return str(row.program).partition("@")[0]
