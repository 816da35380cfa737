"""Nations that must operate together settle on one standard, family or program and buy only what carries it."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.interoperability import Cell, cells, excess_programs, fleet_keys, keys_of
from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


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
            variables.program.define(
                ("settle", cell.group, cell.capability), total((v, 1.0) for v in settle.values()) <= 1
            )
        for program in scenario.programs_of[cell.capability]:
            carried = [(settle[key], -1.0) for key in sorted(keys_of(scenario, program, cell.level)) if key in settle]
            joins = {nation: joined for nation in cell.members if (joined := variables.joins(nation, program))}
            if not joins:
                continue
            fielded = variables.program.variable(("fielded", cell.group, program), 0, 1, block=cell.capability)
            for nation, joined in joins.items():
                variables.program.define(
                    ("fielded", cell.group, program, nation), total([*joined, (fielded, -1.0)]) <= 0
                )
            yield Row((cell.group, cell.capability, program), total([(fielded, 1.0), *carried]) <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Programs bought in a cell that do not carry the key most of its programs carry."""
    for cell in cells(scenario):
        excess = excess_programs(cell, ledger)
        if excess is not None:
            yield Violation((cell.group, cell.capability), excess, 1)


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

__all__ = ["RULE", "Cell", "cells", "fleet_keys", "keys_of", "rows", "violations"]
