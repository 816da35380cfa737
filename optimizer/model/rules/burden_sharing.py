"""A nation's share of joint development money lies within a band around its share of GDP."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

TOLERANCE = 0.5


@dataclass(frozen=True)
class Burden:
    """A pool's pooled open developments and the GDP shares of the nations that could be partners in them."""

    pool: str
    contracts: tuple[str, ...]
    gdp_share: dict[str, float]


def burdens(scenario: Scenario) -> list[Burden]:
    """One burden per pool of two or more nations with a pooled open development."""
    contracts: dict[str, list[str]] = defaultdict(list)
    nations: dict[str, set[str]] = defaultdict(set)
    for contract in scenario.contracts.values():
        if contract.pooled and contract.open_development:
            contracts[contract.pool_name].append(contract.id)
            nations[contract.pool_name] |= set(contract.possible_partners)
    found = []
    for pool, codes in contracts.items():
        gdp = {nation: scenario.nations[nation].gdp_meur for nation in sorted(nations[pool])}
        whole = sum(gdp.values())
        if whole > 0.0:
            found.append(Burden(pool, tuple(codes), {nation: money / whole for nation, money in gdp.items()}))
    return found


def _tolerance(scenario: Scenario) -> float:
    return float(setting(scenario, "burden_sharing", "tolerance", TOLERANCE))


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """(1 - tolerance) * g * T <= dev <= (1 + tolerance) * g * T, by (pool, nation)."""
    tolerance = _tolerance(scenario)
    for burden in burdens(scenario):
        money = {key: v for key, v in variables.development.items() if key[1] in burden.contracts}
        for nation, share in burden.gdp_share.items():
            for name, edge, sense in (("least", 1.0 - tolerance, 1), ("most", 1.0 + tolerance, -1)):
                balance = total([(v, float(key[0] == nation) - edge * share) for key, v in money.items()])
                yield Row((burden.pool, nation, name), balance >= 0 if sense > 0 else balance <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Development money missing to or beyond the band, million euro."""
    tolerance = _tolerance(scenario)
    for burden in burdens(scenario):
        paid: dict[str, float] = defaultdict(float)
        for (nation, code), meur in ledger.plan.development.items():
            if code in burden.contracts:
                paid[nation] += meur
        whole = sum(paid.values())
        for nation, share in burden.gdp_share.items():
            yield Violation((burden.pool, nation, "least"), (1 - tolerance) * share * whole - paid[nation], whole)
            yield Violation((burden.pool, nation, "most"), paid[nation] - (1 + tolerance) * share * whole, whole)


RULE = Rule(
    name="burden_sharing",
    sentence="A nation's share of joint development money stays within a band around its share of GDP.",
    kind="policy",
    unit="million euro",
    source="burden sharing by ability to pay; fine print 62",
    rows=rows,
    violations=violations,
    named_only=True,
    price=1.0,
    parameters=(Parameter("tolerance", TOLERANCE, "half width of the band, as a share", high=10.0),),
)
