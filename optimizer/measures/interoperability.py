"""Interoperability: the groups' cells, the keys that programs and fleets carry, and which cells settle on one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from optimizer.measures.ledger import Ledger
from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Cell:
    """One group and capability: its members and level, the keys open to it, and those that fleets rule out."""

    group: str
    capability: str
    level: str
    members: tuple[str, ...]
    keys: tuple[str, ...]
    ruled_out: frozenset[str]


def keys_of(scenario: Scenario, program: str, level: str) -> frozenset[str]:
    """What a program carries on a level of the ladder: standards, its family, or itself."""
    row = scenario.known_programs[program]
    if level == "compatible":
        return frozenset(row.standards)
    return frozenset({scenario.family(program) if level == "interchangeable" else program})


def fleet_keys(scenario: Scenario, capability: str, name: str, level: str) -> frozenset[str] | None:
    """What a fleet carries: as its program, or as any program of the family it names; None for unknown names."""
    if name in scenario.known_programs:
        return keys_of(scenario, name, level)
    relatives = [
        code
        for code, row in scenario.known_programs.items()
        if row.capability == capability and scenario.family(code) == name
    ]
    if not relatives:
        return None
    return frozenset().union(*(keys_of(scenario, code, level) for code in relatives))


def cells(scenario: Scenario) -> list[Cell]:
    """Every group and capability under the rule."""
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    levels: dict[tuple[str, str], str] = {}
    from_year: dict[tuple[str, str, str], int] = {}
    for row in scenario.tables.groups:
        start = scenario.first_year if row.from_year is None else row.from_year
        if start <= scenario.last_year:
            members[row.group, row.capability].append(row.nation)
            levels[row.group, row.capability] = row.level
            from_year[row.group, row.capability, row.nation] = start
    found = []
    for (group, capability), nations in sorted(members.items()):
        level = levels[group, capability]
        keys = sorted(set().union(*(keys_of(scenario, program, level) for program in scenario.programs_of[capability])))
        ruled_out: set[str] = set()
        for nation in nations:
            for stock in scenario.stocks_of.get((nation, capability), ()):
                stays = stock.retires is None or stock.retires > from_year[group, capability, nation]
                carried = fleet_keys(scenario, capability, stock.program, level)
                if stays and carried is not None:
                    ruled_out |= set(keys) - carried
        found.append(Cell(group, capability, level, tuple(sorted(set(nations))), tuple(keys), frozenset(ruled_out)))
    return found


def bought_by_members(cell: Cell, ledger: Ledger) -> set[str]:
    """Programs of the cell's capability that any member buys."""
    return {
        program
        for nation, program in ledger.program_units
        if nation in cell.members and ledger.scenario.programs[program].capability == cell.capability
    }


def excess_programs(cell: Cell, ledger: Ledger) -> int | None:
    """Programs bought in a cell that do not carry the key most of its programs carry; None where nothing is bought."""
    programs = bought_by_members(cell, ledger)
    if not programs:
        return None
    open_keys = [key for key in cell.keys if key not in cell.ruled_out]
    carrying = [sum(key in keys_of(ledger.scenario, code, cell.level) for code in programs) for key in open_keys]
    return len(programs) - max(carrying, default=0)


def settled_share(scenario: Scenario, ledger: Ledger) -> float:
    """Share of the cells in which all that the members buy carries one key; what buys nothing is settled."""
    found = cells(scenario)
    if not found:
        return 0.0
    return sum(not excess_programs(cell, ledger) for cell in found) / len(found)
