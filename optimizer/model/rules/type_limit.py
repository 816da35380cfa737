"""Types per capability and per nation stay within their limits."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """standing types + types bought <= limit, alliance and nation."""
    for capability, row in scenario.capabilities.items():
        if row.max_types is not None:
            standing = scenario.standing_types_of_alliance.get(capability, frozenset())
            bought = [
                (variables.type_used(capability, key), 1.0)
                for key in variables.buyable_types(capability)
                if key not in standing
            ]
            yield Row((capability,), total(bought) <= row.max_types - len(standing))
        if row.max_types_per_nation is not None:
            for nation in scenario.nations:
                standing = scenario.standing_types.get((nation, capability), frozenset())
                new = [
                    item
                    for key in variables.buyable_types(capability, nation)
                    if key not in standing
                    for item in variables.nation_type_used(nation, capability, key)
                ]
                if new or len(standing) > row.max_types_per_nation:
                    yield Row((nation, capability), total(new) <= row.max_types_per_nation - len(standing))


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Types beyond the limits."""
    for capability, row in scenario.capabilities.items():
        if row.max_types is not None:
            yield Violation((capability,), len(ledger.types[capability]) - row.max_types, row.max_types)
    for (nation, capability), types in ledger.nation_types.items():
        most = scenario.capabilities[capability].max_types_per_nation
        if most is not None:
            yield Violation((nation, capability), len(types) - most, most)


RULE = Rule(
    name="type_limit",
    sentence="No capability has more types than allowed, in the alliance and in a nation.",
    kind="policy",
    unit="types",
    source="fine print 45, 46, 48",
    rows=rows,
    violations=violations,
    price=100.0,
)
