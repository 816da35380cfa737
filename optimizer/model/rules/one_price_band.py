"""The contract's total picks exactly one price band, and every unit pays its price."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import DEFAULT_BANDS, Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_b band = launch; first_b * band <= units at the price of b <= last_b * band, in all and by nation."""
    for contract in scenario.contracts.values():
        bands = variables.bands(contract)
        launch = variables.launch[contract.id]
        if len(bands) > 1:
            yield Row((contract.id,), total([(v, 1.0) for _, v in bands] + [(launch, -1.0)]) == 0)
        at_price: dict[int, Weights] = defaultdict(list)
        for nation in contract.nations:
            most = scenario.pairs[nation, contract.program].max_units
            chosen_of = dict(bands)
            for item in variables.at_price(nation, contract.id):
                at_price[item.band.first].extend(item.units)
                if len(bands) > 1 and len(contract.nations) > 1:
                    cap = float(min(most, item.band.last, contract.max_total))
                    yield Row(
                        (contract.id, item.band.first, nation), total([*item.units, (chosen_of[item.band], -cap)]) <= 0
                    )
        for band, chosen in bands:
            last = float(min(band.last, contract.max_total))
            yield Row((contract.id, band.first, "most"), total([*at_price[band.first], (chosen, -last)]) <= 0)
            if band.first > 1:
                yield Row(
                    (contract.id, band.first, "least"),
                    total([*at_price[band.first], (chosen, -float(band.first))]) >= 0,
                )


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units by which a contract's total lies outside every price band."""
    for contract, units in ledger.totals.items():
        bands = scenario.bands[scenario.contracts[contract].program]
        distance = min(max(band.first - units, units - band.last, 0.0) for band in bands)
        yield Violation((contract,), distance, units)


RULE = Rule(
    name="one_price_band",
    sentence="The contract's total picks exactly one price band, and every unit pays that band's price.",
    kind="physical",
    unit="units",
    source="all-units discount; fine print 24-28",
    rows=rows,
    violations=violations,
)

BANDS = Parameter("bands", DEFAULT_BANDS, "number of price bands standing for a learning curve", low=1, high=50)
