"""A session: one scenario solved after another, each using what the last ones left behind."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Callable

from optimizer.model.control import Progress, in_thread, side_by_side
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.solve.memory import Memory
from optimizer.solve.nearby import Way
from optimizer.tables.read import meaning_sha256

_MOST_ANSWERS = 64
Key = tuple[object, ...]
# A scenario, and the options that are not those of the solve it is asked beside.
Ask = tuple[Scenario, Mapping[str, Any]]


class Session:
    """Solves scenarios that differ little from one another; gives the answers `solve` gives, within the gap.

    A scenario asked before is not solved again, and one that differs little from an earlier one begins with its prices,
    its bounds where nothing changed, and its plan. For one thread at a time.
    """

    def __init__(self) -> None:
        self._memory = Memory()
        self._scenarios: list[Scenario] = []
        self._answers: OrderedDict[Key, Solution] = OrderedDict()
        self._early: dict[Key, Solution] = {}

    def solve(
        self,
        scenario: Scenario,
        *,
        gap: float | None = None,
        time_limit: float | None = None,
        threads: int | None = None,
        solver: str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        stop: threading.Event | None = None,
        clash: bool = True,
        way: Way | None = None,
        ahead: Sequence[Ask] = (),
    ) -> Solution:
        """Solve a scenario; parameters, answers and errors are those of `optimizer.solve`.

        What is asked next, whatever comes of this, may be told `ahead`, with the options that are other ones then: it
        is solved at the same time, and from what was known before, so that its answer does not hang on who is first.
        """
        scenario, ahead = self._known(scenario), [(self._known(other), options) for other, options in ahead]
        given = {"gap": gap, "time_limit": time_limit, "threads": threads, "solver": solver, "clash": clash}
        stop = stop or threading.Event()
        common = {"on_progress": on_progress, "stop": stop}
        if way is not None:
            return solve(scenario, **given, **common, way=way, memory=self._memory)  # type: ignore[arg-type]
        asks = [(scenario, given), *((other, {**given, **options}) for other, options in ahead)]
        keys = [_key(other, *options.values()) for other, options in asks]
        found = self._early.pop(keys[0], None) or self._answers.get(keys[0])
        if found is not None:
            return _of(scenario, found)
        memories = [self._memory.branch() for _ in asks] if ahead else [self._memory]

        def work(number: int) -> Solution:
            other, options = asks[number]
            return solve(other, **options, **common, memory=memories[number])  # type: ignore[arg-type]

        solutions: list[Solution]
        if ahead:
            solutions = in_thread(lambda: side_by_side([partial(work, number) for number in range(len(asks))]), stop)
            self._memory.learn_from(memories)
        else:
            solutions = [work(0)]
        for key, solution in zip(keys, solutions, strict=True):
            if solution.termination in ("proved", "gap", "infeasible"):
                self._answers[key] = solution
                if len(self._answers) > _MOST_ANSWERS:
                    self._answers.popitem(last=False)
        early = zip(keys[1:], solutions[1:], strict=True)
        self._early = {key: solution for key, solution in early if solution.termination != "interrupted"}
        return solutions[0]

    def _known(self, scenario: Scenario) -> Scenario:
        """The scenario with the very rows of the first one, and of the last one, where it has the same."""
        for earlier in self._scenarios:
            scenario = scenario.sharing_rows(earlier)
        self._scenarios = [*self._scenarios[:1], scenario]
        return scenario


def _of(scenario: Scenario, found: Solution) -> Solution:
    """An answer found before, as that of a scenario that means the same but may come from elsewhere."""
    own = scenario.replace(
        settings={"solver": found.scenario.settings.solver}, national_costs=found.scenario.national_costs
    )
    known = found.scenario
    if (own.tables, own.settings, own.provenance) == (known.tables, known.settings, known.provenance):
        return found
    return dataclasses.replace(found, scenario=own)


def _key(scenario: Scenario, *options: object) -> Key:
    costs = scenario.national_costs
    return (
        meaning_sha256(scenario.tables, scenario.settings),
        scenario.settings.solver,
        None if costs is None else tuple(sorted(costs.items())),
        *options,
    )
