"""Nations that must operate together settle on one standard, family or program and buy only what carries it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.lp import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
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


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """fielded <= sum of settle over the keys a program carries; fielded >= joins of members; one key is settled on."""
    for cell in cells(scenario):
        settle = {
            key: variables.program.variable(
                ("settle", cell.group, cell.capability, key), 0, 1, integer=True, block=cell.capability
            )
            for key in cell.keys
            if key not in cell.ruled_out
        }
        if len(settle) > 1:
            variables.definitions.append(
                Row(("settle", cell.group, cell.capability), total((v, 1.0) for v in settle.values()) <= 1)
            )
        for program in scenario.programs_of[cell.capability]:
            carried = [(settle[key], -1.0) for key in sorted(keys_of(scenario, program, cell.level)) if key in settle]
            joins = [joined for nation in cell.members if (joined := variables.joins(nation, program))]
            if not joins:
                continue
            fielded = variables.program.variable(("fielded", cell.group, program), 0, 1, block=cell.capability)
            for joined in joins:
                variables.definitions.append(
                    Row(("fielded", cell.group, program, joined[0][0].name), total([*joined, (fielded, -1.0)]) <= 0)
                )
            yield Row((cell.group, cell.capability, program), total([(fielded, 1.0), *carried]) <= 0)


def bought_by_members(cell: Cell, ledger: Ledger) -> set[str]:
    """Programs of the cell's capability that any member buys."""
    return {
        program
        for nation, program in ledger.program_units
        if nation in cell.members and ledger.scenario.programs[program].capability == cell.capability
    }


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Programs bought in a cell that do not carry the key most of its programs carry."""
    for cell in cells(scenario):
        programs = bought_by_members(cell, ledger)
        if programs:
            open_keys = [key for key in cell.keys if key not in cell.ruled_out]
            carrying = [sum(key in keys_of(scenario, program, cell.level) for program in programs) for key in open_keys]
            yield Violation((cell.group, cell.capability), len(programs) - max(carrying, default=0), 1)


RULE = Rule(
    name="interoperability",
    sentence="The members of a group settle on one standard, family or program for a capability and buy what has it.",
    kind="policy",
    unit="programs",
    source="NATO interoperability ladder; fine print 66, 67",
    rows=rows,
    violations=violations,
    price=100.0,
)
