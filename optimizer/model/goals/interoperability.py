"""The goal interoperability: the share of group cells that settle on one key, negated so that less is better."""

from __future__ import annotations

from optimizer.measures.interoperability import Cell, cells, keys_of, settled_share
from optimizer.measures.ledger import Ledger
from optimizer.model.rows import Variable, total
from optimizer.model.rule import Goal, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """-sum of settled / cells, where joins <= sum of the key agreed on that the program carries + 1 - settled."""
    found = cells(scenario)
    return [(_settled(cell, scenario, variables), -1.0 / len(found)) for cell in found], 0.0


def _settled(cell: Cell, scenario: Scenario, variables: Variables) -> Variable:
    """Whether a cell settles on one key, in [0, 1]; the greatest value is right."""
    program, block, place = variables.program, cell.capability, (cell.group, cell.capability)
    settled = program.variable(("settled", *place), 0, 1, block=block)
    agreed = {
        key: program.variable(("agreed", *place, key), 0, 1, integer=True, block=block)
        for key in cell.keys
        if key not in cell.ruled_out
    }
    variables.program.define(("agreed", *place), total([(v, 1.0) for v in agreed.values()]) <= 1)
    for code in scenario.programs_of[cell.capability]:
        carried = [(agreed[key], -1.0) for key in sorted(keys_of(scenario, code, cell.level)) if key in agreed]
        for nation in cell.members:
            joined = variables.joins(nation, code)
            if joined:
                variables.program.define(
                    ("settled", *place, code, nation), total([*joined, *carried, (settled, 1.0)]) <= 1
                )
    return settled


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return -settled_share(scenario, ledger)


def step(scenario: Scenario) -> float:
    """One cell."""
    return 1.0 / max(1, len(cells(scenario)))


GOAL = Goal(
    name="interoperability",
    unit="share",
    sentence="Share of the groups' cells whose members' purchases carry one key, negated.",
    value=value,
    expression=expression,
    step=step,
    low=-1.0,
)
