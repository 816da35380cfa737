"""Near-optimal plans: plans within a slack of the best, far from one another, and what all of them have in common."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from optimizer.analysis.analysis import Solve
from optimizer.analysis.limits import with_limits
from optimizer.measures.ledger import Ledger
from optimizer.model.goals.likeness import NOT, listed
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.nearby import NO_PLAN, TOO_DEAR, Nearby, Way
from optimizer.tables.schema import Lock
from optimizer.tolerances import PROVED_GAP, RULE_ABSOLUTE, RULE_RELATIVE

Pair = tuple[str, str]
Role = Literal["in all", "in some", "in none", "not settled"]

# How exactly the distance is maximized where the scenario itself need not be solved to proof.
DISTANCE_GAP = 0.05
# Where whole deliveries do not fit under the slack, the search is asked for less of it.
SHARES_OF_SLACK = (1.0, 0.8, 0.4)
# A forced solve need not be closer than this share of the slack, at first and when that did not tell.
FORCED_GAPS = (0.25, 0.05)
LEAST_SECONDS = 10.0
# Plans shown are swapped for others so often at most.
SWAPS = 50
# Solves of what capabilities alone leave in doubt begin within so many times as long as the best plan took.
DOUBT_TIMES = 1.0
# A way to a plan need not look longer than this.
WAY_SECONDS = 60.0


@dataclass(frozen=True)
class Near:
    """A plan within the slack: its objective and who buys what."""

    solution: Solution
    objective: float
    pairs: frozenset[Pair]

    @property
    def programs(self) -> frozenset[str]:
        """What somebody buys."""
        return frozenset(program for _, program in self.pairs)


def pairs_of(solution: Solution) -> frozenset[Pair]:
    """Who buys what: (nation, program) with any delivery."""
    assert solution.plan is not None
    return frozenset(Ledger(solution.scenario, solution.plan).program_units)


def distance_to(near: Near, others: Iterable[Near]) -> int:
    """In how many pairs a plan differs from the nearest of others."""
    return min((len(near.pairs ^ other.pairs) for other in others if other is not near), default=0)


class Search:
    """Solves of what-ifs around a best plan; every plan within the slack that any of them finds is kept."""

    def __init__(self, scenario: Scenario, best: Solution, within: float, solve: Solve) -> None:
        assert best.objective_meur is not None
        self.scenario = scenario
        self.best = best
        self.limit = best.objective_meur + within * abs(best.objective_meur)
        self.within = within
        self._solve = solve
        self.solves = 1
        self.interrupted = False
        self.plans: list[Near] = [Near(best, best.objective_meur, pairs_of(best))]
        self.exhausted = False
        """Whether it is proven that no plan within the slack buys other pairs than the plans chosen."""
        self.proofs: dict[Pair | str, str] = {}
        self.asked = best.scenario.settings.solver
        self._until = math.inf
        self.nearby = Nearby(self.limit, best.objective_meur)

    # --- one solve -------------------------------------------------------------------------------------------

    def run(self, variant: Scenario, gap: float) -> Solution:
        """One solve, no longer than the best plan took, some seconds at least."""
        self.solves += 1
        limit = min(self.asked.time_limit_s, self._seconds_of_best)
        solution = self._solve(variant, gap=gap, time_limit=limit, clash=False)
        self.interrupted = self.interrupted or solution.termination == "interrupted"
        return solution

    @property
    def _seconds_of_best(self) -> float:
        return max(LEAST_SECONDS, sum(self.best.seconds.get(part, 0.0) for part in ("solve", "finish")))

    def variant(self, unlike: Iterable[tuple[str, ...]], order: tuple[str, ...] = (), **limits: float) -> Scenario:
        """The scenario with lists of marks to differ from, and limits on goals beside its own."""
        objective = self.scenario.settings.objective.model_copy(update={"unlike": tuple(unlike), "order": order})
        return with_limits(self.scenario.replace(settings={"objective": objective}), limits)

    def is_near(self, objective: float | None) -> bool:
        """Whether an objective is within the slack."""
        room = max(RULE_ABSOLUTE, RULE_RELATIVE * abs(self.limit))
        return objective is not None and objective <= self.limit + room

    def _keep(self, solution: Solution) -> Near | None:
        """Keep a plan found under the scenario's own objective if it is within the slack."""
        if solution.plan is None or solution.findings or not self.is_near(solution.objective_meur):
            return None
        assert solution.objective_meur is not None
        near = Near(solution, solution.objective_meur, pairs_of(solution))
        self.plans.append(near)
        return near

    # --- plans far apart -------------------------------------------------------------------------------------

    def next_plan(self, chosen: list[Near]) -> Near | None:
        """A plan within the slack that differs from the nearest of those chosen in as many pairs as can be found.

        Its pairs are then held and the scenario's own objective is minimized, so that nothing but who buys what is
        owed to the distance.
        """
        if self.is_large:
            near = self.by(self.nearby.far([near.pairs for near in chosen]))
            if near is not None and all(near.pairs != other.pairs for other in chosen):
                return near
            return None  # what shows exceptions fills the places left
        unlike = [listed(near.pairs) for near in chosen]
        for share in SHARES_OF_SLACK:
            limit = self.plans[0].objective + share * (self.limit - self.plans[0].objective)
            gap = 0.0 if self.asked.gap == 0.0 else DISTANCE_GAP
            found = self.run(self.variant(unlike, ("likeness",), objective=limit), gap)
            if found.plan is None:
                if self.interrupted:
                    return None
                continue
            pairs = pairs_of(found)
            if any(pairs == near.pairs for near in chosen):
                if found.bound_meur is not None and found.bound_meur > -1.0 + 1e-6 and share == 1.0:
                    self.exhausted = True
                return None
            cheapest = self.run(self.with_pairs(pairs), min(self.asked.gap, self.within / 20.0))
            near = self._keep(self._of_scenario(cheapest))
            if near is not None:
                return near
        return None

    def most_unlike(self, chosen: list[Near]) -> Near | None:
        """Of all plans found within the slack, the one that differs from the nearest of those chosen in most pairs."""
        seen = {near.pairs for near in chosen}
        others = [near for near in self.plans if near.pairs not in seen]
        if not others:
            return None
        near = max(others, key=lambda other: distance_to(other, chosen))
        return replace(near, solution=self._of_scenario(near.solution))

    def apart(self, count: int) -> list[Near]:
        """The best plan and others of all found within the slack, each as far from its nearest as swaps can make it."""
        chosen = [self.plans[0]]
        while len(chosen) < count and (near := self.most_unlike(chosen)) is not None:
            chosen.append(near)
        for _ in range(SWAPS):
            nearest = min(chosen[1:], key=lambda near: distance_to(near, chosen), default=None)
            others = [near for near in chosen if near is not nearest]
            better = self.most_unlike(others)
            if nearest is None or better is None or distance_to(better, others) <= distance_to(nearest, others):
                break
            chosen = [*others, better]
        return chosen

    @property
    def is_large(self) -> bool:
        """Whether capabilities are solved apart, so that a limit on the objective makes a search slow."""
        return self.best.strategy == "decomposed"

    def by(self, way: Way) -> Near | None:
        """The plan within the slack that a way leads to."""
        self.solves += 1
        limit = min(self.asked.time_limit_s, WAY_SECONDS)
        solution = self._solve(self.scenario, time_limit=limit, clash=False, way=way)
        self.interrupted = self.interrupted or solution.termination == "interrupted"
        return self._keep(self._of_scenario(solution))

    def _of_scenario(self, solution: Solution) -> Solution:
        """A plan found with who buys what locked, as the plan of the scenario it is, with the bound of the best."""
        objective, bound = solution.objective_meur, self.best.bound_meur
        if solution.plan is None or objective is None:
            return solution
        if bound is None:
            return replace(
                solution, scenario=self.best.scenario, status="feasible", termination="time_limit", bound_meur=None
            )
        bound = min(bound, objective)
        gap = (objective - bound) / max(abs(objective), 1e-9)
        proved = gap <= PROVED_GAP
        solver = self.asked.model_copy(update={"gap": max(self.asked.gap, min(1.0, gap))})
        return replace(
            solution,
            scenario=self.best.scenario.replace(settings={"solver": solver}),
            status="optimal" if proved else "feasible",
            termination="proved" if proved else "gap",
            bound_meur=bound,
        )

    def with_pairs(self, pairs: frozenset[Pair]) -> Scenario:
        """The scenario with who buys what locked."""
        there = {(lock.nation, lock.program, lock.action) for lock in self.scenario.tables.locks}
        locks = [
            Lock(nation=nation, program=program, action="require" if (nation, program) in pairs else "forbid")
            for nation, program in sorted(self.scenario.contracts_with)
        ]
        new = tuple(lock for lock in locks if (lock.nation, lock.program, lock.action) not in there)
        return self.scenario.replace(tables={"locks": (*self.scenario.tables.locks, *new)})

    # --- roles -----------------------------------------------------------------------------------------------

    def always(self) -> frozenset[Pair]:
        """Pairs in every plan within the slack found so far."""
        return frozenset.intersection(*(near.pairs for near in self.plans))

    def ever(self) -> frozenset[Pair]:
        """Pairs in any plan within the slack found so far."""
        return frozenset.union(*(near.pairs for near in self.plans))

    def settle(self, most_solves: int) -> None:
        """Force out what is in every plan, and in what is in none, capability by capability, all its pairs at once.

        One solve that must have at least one of them settles all of them when no plan within the slack has one;
        otherwise its plan shows which are in some. Every capability has its turn before any has another.
        """
        last = self.solves + most_solves
        if self.is_large:
            self._settle_nearby(last)
            # What is left is mostly at the very edge of the slack, where a solve seldom tells.
            self._until = time.monotonic() + DOUBT_TIMES * self._seconds_of_best
        of = {pair: self.scenario.programs[pair[1]].capability for pair in self.scenario.contracts_with}
        groups = [
            ({pair for pair, known in of.items() if known == capability}, bought)
            for capability in self.scenario.capabilities
            for bought in (False, True)
        ]
        while groups and self._goes_on(last):
            groups = [(mine, bought) for mine, bought in groups if not self._settle(mine, bought, last)]
        for program in self.scenario.programs:
            self._settle_program(program, last)

    def _goes_on(self, last: int) -> bool:
        return not self.interrupted and self.solves < last and time.monotonic() < self._until

    def _settle_nearby(self, last: int) -> None:
        """Choices forced in their capability alone, which proves most, and whole plans for what could be otherwise."""
        while self._goes_on(last) and not self.nearby.done:
            always, everything = self.always(), frozenset(self.scenario.contracts_with)
            programs = {program for _, program in everything if all(program in near.programs for near in self.plans)}
            self.by(self.nearby.exception(always, everything - self.ever(), programs))
        self.proofs.update(self.nearby.proofs)

    def _settle(self, mine: set[Pair], bought: bool, last: int) -> bool:
        """Pairs of a capability that all plans (`bought`) or none have, forced once; whether no more is to be found."""
        open_pairs = sorted((mine & self.always() if bought else mine - self.ever()) - self.proofs.keys())
        if not open_pairs:
            return True
        if not self._goes_on(last):
            return False
        marks = tuple(f"{'' if bought else NOT}{nation}:{program}" for nation, program in open_pairs)
        verdict = self._forced(self.variant([marks], likeness=-1.0), last)
        if verdict not in (None, "exception"):
            self.proofs.update(dict.fromkeys(open_pairs, str(verdict)))
        return verdict != "exception"

    def _settle_program(self, program: str, last: int) -> None:
        """A program that every plan has though no pair of it is in all: whether it can be left out."""
        buyers = [pair for pair in self.scenario.contracts_with if pair[1] == program]
        is_settled = program in self.proofs or any(pair in self.proofs and pair in self.always() for pair in buyers)
        if not is_settled and all(program in near.programs for near in self.plans) and self._goes_on(last):
            locks = (*self.scenario.tables.locks, Lock(program=program, action="forbid"))
            verdict = self._forced(self.scenario.replace(tables={"locks": locks}), last)
            if verdict not in (None, "exception"):
                self.proofs[program] = str(verdict)

    def _forced(self, variant: Scenario, last: int) -> str | None:
        """What a forced solve proves: that no plan within the slack is so, an exception, or nothing."""
        for share in FORCED_GAPS:
            if not self._goes_on(last):
                return None
            solution = self.run(variant, min(self.asked.gap, share * self.within))
            if solution.status == "infeasible":
                return NO_PLAN
            if solution.bound_meur is not None and not self.is_near(solution.bound_meur):
                return TOO_DEAR
            if self._keep(solution) is not None:
                return "exception"
        return None

    def role(self, pair: Pair) -> Role:
        """What is proven of a nation and a program."""
        count = sum(pair in near.pairs for near in self.plans)
        if 0 < count < len(self.plans):
            return "in some"
        if pair not in self.proofs:
            return "not settled"
        return "in all" if count else "in none"

    def role_of(self, program: str) -> Role:
        """What is proven of a program, whoever buys it."""
        roles = {self.role(pair) for pair in self.scenario.contracts_with if pair[1] == program}
        count = sum(any(pair[1] == program for pair in near.pairs) for near in self.plans)
        if 0 < count < len(self.plans):
            return "in some"
        if roles <= {"in none"}:
            return "in none"
        if "in all" in roles or program in self.proofs:
            return "in all"
        return "not settled"
