"""Work placed in a nation is in fair proportion to what it pays into developments and joint contracts."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.model.work_return import balances, due_and_got, paid
from optimizer.scenario import Scenario

MODE, TOLERANCE = "balance", 0.10


def _mode(scenario: Scenario) -> str:
    return str(setting(scenario, "fair_return", "mode", MODE))


def _kept(scenario: Scenario) -> float:
    """Share of what it is due that a nation must get."""
    return 1.0 - float(setting(scenario, "fair_return", "tolerance", TOLERANCE))


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """work >= (1 - tolerance) * inside share * paid; summed over contracts (balance) or one by one (program)."""
    mode, kept = _mode(scenario), _kept(scenario)
    if mode == "balance":
        for nation, balance in balances(scenario, variables, kept):
            yield Row((nation,), total(balance) >= 0)
    if mode == "program":
        for nation in scenario.nations:
            for contract in scenario.contracts.values():
                if contract.open_development and nation in contract.pool:
                    due = paid(variables, nation, contract, -kept * scenario.inside_share(contract))
                    if due:
                        yield Row((nation, contract.id), total(variables.placed_work(nation, contract) + due) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Work missing to what a nation is due, million euro."""
    mode, kept = _mode(scenario), _kept(scenario)
    if mode == "balance":
        for nation, (due, got) in due_and_got(scenario, ledger).items():
            yield Violation((nation,), kept * due - got, kept * due)
    if mode == "program":
        for code, contract in ledger.signed.items():
            if contract.open_development:
                for nation in contract.pool:
                    money = ledger.production.get((nation, code), 0.0)
                    money += ledger.plan.development.get((nation, code), 0.0)
                    owed = kept * scenario.inside_share(contract) * money
                    yield Violation((nation, code), owed - ledger.work.get((nation, code), 0.0), ledger.value(code))


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
