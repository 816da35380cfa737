"""One contract launches a development, a shared element is paid once, and a variant needs its base."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_a launch <= 1 by open development; launch <= sum launch of the base; element carried once and in full."""
    carriers: dict[str, list[str]] = defaultdict(list)
    for program, contracts in scenario.contracts_of.items():
        row = scenario.programs[program]
        if scenario.is_open(program) and len(contracts) > 1:
            yield Row((program,), total((variables.launch[contract.id], 1.0) for contract in contracts) <= 1)
        if row.variant_of is not None:
            base = [(variables.launch[contract.id], -1.0) for contract in scenario.contracts_of.get(row.variant_of, ())]
            for contract in contracts:
                yield Row((contract.id, row.variant_of), total([(variables.launch[contract.id], 1.0), *base]) <= 0)
        if row.element is not None:
            carriers[row.element].extend(contract.id for contract in contracts if contract.open_development)
    for element, codes in carriers.items():
        cost = variables.element_cost(element)
        money = {
            (n, code): variables.element[n, code] for code in codes for n in scenario.contracts[code].possible_partners
        }
        carried = [(v, 1.0) for v in money.values()]
        if carried:
            yield Row((element,), total(carried) <= cost)
        for key, paid in money.items():
            yield Row((element, *key), total([(paid, 1.0), (variables.join[key], -cost)]) <= 0)
        for code in codes:
            yield Row((element, code), total([*carried, (variables.launch[code], -cost)]) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Contracts beyond the first of a development, variants without base, element money missing or too much."""
    contracts: dict[str, int] = defaultdict(int)
    carried: dict[str, float] = defaultdict(float)
    for code, contract in ledger.signed.items():
        contracts[contract.program] += 1
        element = scenario.programs[contract.program].element
        if element is not None and contract.open_development:
            carried[element] += ledger.element_cost(code)
    for program, count in contracts.items():
        base = scenario.programs[program].variant_of
        if scenario.is_open(program):
            yield Violation((program,), count - 1, 1)
        if base is not None:
            yield Violation((program, base), 0 if contracts.get(base) else 1, 1)
    for row in scenario.tables.elements:
        if row.element in carried:
            yield Violation((row.element,), abs(carried[row.element] - row.development_meur), row.development_meur)
    for (nation, code), meur in ledger.plan.elements.items():
        contract_ = ledger.signed.get(code)
        if (
            contract_ is None
            or scenario.programs[contract_.program].element is None
            or not contract_.open_development
            or nation not in ledger.partners(code)
        ):
            yield Violation((nation, code, "element"), abs(meur), 0)
        yield Violation((nation, code, "negative"), -meur, 0)


RULE = Rule(
    name="single_development",
    sentence="One contract launches a development; a shared element is paid once; a variant needs its base.",
    kind="physical",
    unit="contracts",
    source="fine print 2, 42, 43",
    rows=rows,
    violations=violations,
)
