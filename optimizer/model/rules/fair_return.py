"""Work placed in a nation is in fair proportion to what it pays into developments and joint contracts."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.lp import total
from optimizer.model.purchases import Weights
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario

MODE, TOLERANCE = "balance", 0.10


def _mode(scenario: Scenario) -> str:
    return str(setting(scenario, "fair_return", "mode", MODE))


def _kept(scenario: Scenario) -> float:
    """Share of what it is due that a nation must get."""
    return 1.0 - float(setting(scenario, "fair_return", "tolerance", TOLERANCE))


def counts(contract: Contract) -> bool:
    """Whether a contract enters the global balance: pooled ones of any kind, and open developments."""
    return contract.pooled or contract.open_development


def _paid(variables: Variables, nation: str, contract: Contract, share: float) -> Weights:
    if nation not in contract.nations:
        return []
    paid = [(variables.production(nation, contract.id), share)]
    if (nation, contract.id) in variables.development:
        paid.append((variables.development[nation, contract.id], share))
    return paid


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """work >= (1 - tolerance) * inside share * paid; summed over contracts (balance) or one by one (program)."""
    mode, kept = _mode(scenario), _kept(scenario)
    if mode == "off":
        return
    for nation in scenario.nations:
        balance: Weights = []
        owed = False
        for contract in scenario.contracts.values():
            if not counts(contract):
                continue
            if mode == "program" and not (contract.open_development and nation in contract.pool):
                continue
            due = _paid(variables, nation, contract, -kept * scenario.inside_share(contract))
            work = variables.placed_work(nation, contract)
            if mode == "program":
                if due:
                    yield Row((nation, contract.id), total(work + due) >= 0)
            else:
                balance += work + due
                owed = owed or bool(due)
        if owed:
            yield Row((nation,), total(balance) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Work missing to what a nation is due, million euro."""
    mode, kept = _mode(scenario), _kept(scenario)
    if mode == "off":
        return
    due: dict[str, float] = defaultdict(float)
    got: dict[str, float] = defaultdict(float)
    for code, contract in ledger.signed.items():
        if not counts(contract) or (mode == "program" and not contract.open_development):
            continue
        for nation in scenario.nations:
            paid = ledger.production.get((nation, code), 0.0) + ledger.plan.development.get((nation, code), 0.0)
            owed = kept * scenario.inside_share(contract) * paid
            work = ledger.work.get((nation, code), 0.0)
            if mode == "program" and nation in contract.pool:
                yield Violation((nation, code), owed - work, ledger.value(code))
            due[nation] += owed
            got[nation] += work
    if mode == "balance":
        for nation, owed in due.items():
            yield Violation((nation,), owed - got[nation], owed)


RULE = Rule(
    name="fair_return",
    sentence="A nation's industry gets work in fair proportion to what the nation pays into joint contracts.",
    kind="policy",
    unit="million euro",
    source="OCCAR juste retour and global balance; fine print 57",
    rows=rows,
    violations=violations,
    named_only=True,
    price=1.0,
    parameters=(
        Parameter(
            "mode",
            MODE,
            "off, program by program, or balance over the portfolio",
            choices=("off", "program", "balance"),
        ),
        Parameter("tolerance", TOLERANCE, "share of what is due that may be missing", high=1.0),
    ),
)
