"""The target of a why-question: a program, a nation in a program, or a contract; forced in and forced out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from optimizer.analysis.explain_sentences import obstacle
from optimizer.analysis.names import contract_name, nation_name, program_name
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.schema import Lock


@dataclass(frozen=True)
class Target:
    """What is asked about."""

    program: str
    nation: str | None
    contract: str | None
    says: str
    """Its name in words."""

    def forced_in(self, scenario: Scenario) -> Scenario:
        """The scenario in which it must be bought."""
        return self._locked(scenario, "require")

    def forced_out(self, scenario: Scenario) -> Scenario:
        """The scenario in which it may not be bought."""
        return self._locked(scenario, "forbid")

    def _locked(self, scenario: Scenario, action: str) -> Scenario:
        """Its own lock takes the place of the scenario's locks on the same choice."""
        lock = Lock.model_construct(
            nation=self.nation,
            program=self.contract or self.program,
            action=action,
            units=None,
            first_delivery=None,
            last_delivery=None,
        )
        others = tuple(row for row in scenario.tables.locks if (row.nation, row.program) != (lock.nation, lock.program))
        locked = scenario.replace(tables={"locks": (*others, lock)})
        is_off = "locks" in scenario.settings.rules and not scenario.rule_is_named_on("locks")
        return locked.with_rule("locks", on=True) if is_off else locked

    def is_in(self, solution: Solution) -> bool:
        """Whether a plan buys it."""
        assert solution.plan is not None
        return any(
            units > 0
            and (self.nation in (None, nation))
            and (contract == self.contract if self.contract else contract.rpartition("@")[0] == self.program)
            for (nation, contract, _), units in solution.plan.deliveries.items()
        )

    def nations(self, scenario: Scenario) -> frozenset[str]:
        """The nations whose money it takes."""
        if self.nation is not None:
            return frozenset({self.nation})
        if self.contract is not None:
            return frozenset(scenario.contracts[self.contract].nations)
        return frozenset(scenario.eligible[self.program])

    def names(self, scenario: Scenario) -> frozenset[str]:
        """Codes by which rows name it: program, contracts, capability and nations."""
        contracts = {self.contract} if self.contract else {c.id for c in scenario.contracts_of[self.program]}
        capability = scenario.programs[self.program].capability
        return frozenset({self.program, capability, *contracts, *self.nations(scenario)})


def check_target(scenario: Scenario, program: str | None, nation: str | None, contract: str | None) -> Target | None:
    """What the options ask about; None without any.

    Raises
    ------
    InvalidInput
        When it is not in the scenario, or cannot be bought at all: then with the reason.
    """
    if contract is not None:
        if program is not None or nation is not None:
            raise _fault("--contract", contract, "is asked for besides --program or --nation", "Give one of the two")
        if contract not in scenario.contracts:
            raise _fault(
                "--contract", contract, "is no contract that can be signed", _near(contract, scenario.contracts)
            )
        known = scenario.contracts[contract]
        return Target(known.program, None, contract, contract_name(scenario, contract))
    if program is None:
        if nation is not None:
            raise _fault("--nation", nation, "is asked for without a program", "Give --program too")
        return None
    if program not in scenario.programs:
        raise _fault("--program", program, "is no program on offer", _near(program, scenario.programs))
    if nation is None:
        if not scenario.contracts_of[program]:
            raise _fault("--program", program, "cannot be bought by anybody", "Check buyers, export.csv and its dates")
        return Target(program, None, None, program_name(scenario, program))
    if nation not in scenario.nations:
        raise _fault("--nation", nation, "is no nation of the scenario", _near(nation, scenario.nations))
    why = obstacle(scenario, nation, program)
    if why is not None:
        raise _fault("--nation", nation, f"cannot buy {program}: {why}", "No plan can change that; change the input")
    return Target(program, nation, None, f"{program_name(scenario, program)} in {nation_name(scenario, nation)}")


def _near(text: str, known: object) -> str:
    close = difflib.get_close_matches(text, list(known), n=3)  # type: ignore[call-overload]
    return f"Did you mean {' or '.join(close)}?" if close else "See the tables for what there is"


def _fault(where: str, value: str, reason: str, remedy: str) -> InvalidInput:
    return InvalidInput([Problem(where, None, None, value, reason, remedy)])
