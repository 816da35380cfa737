"""Rows that every plan keeps by the rules alone and that bring the relaxation nearer to whole decisions."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Iterable

from optimizer.model.purchases import Weights
from optimizer.model.rows import Variable, total
from optimizer.model.rule import Row
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """A contract signed by half has half a line, counts as half a type, and half its partners at each count.

    deliver[n,a,t] <= capacity * join[n,a]; sum_n deliver[n,a,t] <= capacity * launch[a]; type >= launch[a];
    join[n,a] = sum_m joined[n,a,m], joined[n,a,m] <= count[a,m], sum_n joined[n,a,m] = m * count[a,m].
    """
    for contract in scenario.contracts.values():
        yield from _line(scenario, variables, contract)
        yield from _partners(variables, contract)
    yield from _types(scenario, variables)


def _line(scenario: Scenario, variables: Variables, contract: Contract) -> Iterable[Row]:
    capacity = scenario.programs[contract.program].annual_capacity_units
    if capacity is None:
        return
    if variables.whole_deliveries:
        capacity = math.floor(capacity + 1e-9)
    by_year: dict[int, Weights] = defaultdict(list)
    for nation in contract.nations:
        own: dict[int, Weights] = defaultdict(list)
        for delivery in variables.deliveries[nation, contract.id]:
            own[delivery.year].append((delivery.variable, 1.0))
        most = scenario.pairs[nation, contract.program].max_units
        join = variables.join[nation, contract.id]
        for year, delivered in own.items():
            by_year[year] += delivered
            if capacity < most:
                yield Row(("line", nation, contract.id, year), total([*delivered, (join, -capacity)]) <= 0)
    launch = variables.launch[contract.id]
    if len(contract.nations) > 1:
        for year, delivered in by_year.items():
            yield Row(("line", contract.id, year), total([*delivered, (launch, -capacity)]) <= 0)


def _partners(variables: Variables, contract: Contract) -> Iterable[Row]:
    """Who joined, by how many joined: development cost is concave in that number, so fractions would mix extremes."""
    if not contract.open_development or variables.is_flat(contract) or len(contract.partner_counts) < 2:
        return
    a, partners = contract.id, contract.possible_partners
    joined: dict[str, list[tuple[Variable, float]]] = {nation: [] for nation in partners}
    for number, chosen in variables.counts(contract):
        present = []
        for nation in partners:
            here = variables.program.variable(
                ("joined", nation, a, number), 0, 1, block=contract.capability, nation=nation
            )
            joined[nation].append((here, 1.0))
            present.append((here, 1.0))
            yield Row(("joined", nation, a, number), total([(here, 1.0), (chosen, -1.0)]) <= 0)
        yield Row(("joined", a, number), total([*present, (chosen, -float(number))]) == 0)
    for nation in partners:
        yield Row(("joined", nation, a), total([*joined[nation], (variables.join[nation, a], -1.0)]) == 0)


def _types(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    for (capability, key), used in variables.types_used().items():
        for program in scenario.programs_of[capability]:
            if scenario.type_key(capability, program) != key:
                continue
            contracts = scenario.contracts_of.get(program, ())
            one = scenario.is_open(program)
            for group in [contracts] if one else [[contract] for contract in contracts]:
                launches = [(variables.launch[contract.id], 1.0) for contract in group]
                if any(len(contract.nations) > 1 for contract in group):
                    names = tuple(contract.id for contract in group)
                    yield Row(("type", capability, key, *names), total([*launches, (used, -1.0)]) <= 0)
