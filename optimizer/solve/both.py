"""Both: the whole model in the solver's hands and, once that takes long, plans by neighborhoods beside it."""

from __future__ import annotations

import dataclasses
from typing import Mapping

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs, tells_of_a_bound, tells_of_a_plan
from optimizer.solve.blocks import cut
from optimizer.solve.decomposed import plans_alone
from optimizer.solve.search import Search
from optimizer.solve.whole import verdict

# So long the solver is left alone: what it decides by then is the same plan each time.
_ALONE_SECONDS = 3.0
# Where its own plan is dearer than that beside it by more than this share, it begins again from there, if that is a
# good one: so near to the bound. Buying nothing is a plan as well.
_BEHIND, _GOOD = 2e-3, 0.05
# Then it has nothing to look for but the bound (S, seeds 2 to 4: 0.4 to 1.1 % after 35 s from a plan that is near the
# best, where heuristics and restarts leave 0.9 to 2.3 %).
_BOUND_ONLY: Mapping[str, object] = {
    "mip_heuristic_effort": 0.01,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
}
# By less than this share of the cost a plan is not dearer for the solver, which counts in units of its own; and by less
# than that its last figure and what it told of the same plan may differ.
_DEARER, _TIED = 1e-7, 1e-9


def solve_both(
    arrays: Arrays, *, gap: float, time_limit: float, control: Control, seed: int, start: Floats | None = None
) -> Answer:
    """The whole model to the relative gap or for so many seconds, in one thread; from some on plans in another.

    HiGHS can take a plan while it runs, but 1.16 then at times ends without any, or does not end (S, seeds 2 and 4).
    So it begins again instead.
    """
    search = Search(cut(arrays), control, gap, control.seconds() + time_limit, stage="solve")
    whole = _Whole(search, seed)

    def solve() -> None:
        whole.run(start)
        search.done.set()

    def plans() -> None:
        if not search.done.wait(_ALONE_SECONDS):
            plans_alone(search, seed)

    search.together([solve, plans])
    return _better(search, verdict(arrays, whole.answer, search.left(), control, seed, gap=gap))


class _Whole:
    """The whole model solved for a search, which is told of every plan and bound."""

    answer: Answer

    def __init__(self, search: Search, seed: int) -> None:
        self.search = search
        self.seed = seed

    def run(self, start: Floats | None) -> None:
        """Run to the end, or until a plan from elsewhere ends the search; once more from one that is much better."""
        if self._ended_behind(start, {}, _BEHIND):
            self._ended_behind(self.search.best_x, _BOUND_ONLY, float("inf"))

    def _ended_behind(self, start: Floats | None, options: Mapping[str, object], far: float) -> bool:
        """One run; whether it was ended because its own plan is dearer than the best by more than the share `far`."""
        search, behind = self.search, False
        solver = Highs(search.whole.arrays, seed=self.seed)
        for option, value in options.items():
            solver.option(option, value)
        if start is not None:
            solver.start_from(start)

        def watch(best: float, bound: float) -> bool:
            nonlocal behind
            if tells_of_a_bound(bound):
                search.offer_bound(bound)
            else:
                search.report()
            own = best if tells_of_a_plan(best) else float("inf")
            if search.best_x is not None:
                cost, by = abs(search.best), own - search.best
                behind = by > far * cost and search.best - search.bound <= _GOOD * cost
                # When its own plan is near enough the solver says itself: this is asked now and then, by the clock.
                if by > _DEARER * cost and search.reached():
                    return True
            return behind or search.done.is_set()

        self.answer = solver.run(
            gap=search.gap,
            time_limit=max(0.05, search.left()),
            control=Control(stop=search.control.stop),
            watch=watch,
            on_plan=search.offer_plan,
        )
        if self.answer.status != "infeasible":
            search.offer_bound(self.answer.bound)
        if self.answer.x is not None:  # what presolve alone decides is not told before
            search.offer_plan(self.answer.x, self.answer.objective)
        return behind and not search.over()


def _better(search: Search, answer: Answer) -> Answer:
    """The better plan of the solver's and the search's, with the better bound."""
    if search.best_x is None:
        return answer
    if answer.x is not None and search.best >= answer.objective - _TIED * abs(answer.objective):
        return dataclasses.replace(answer, bound=min(answer.objective, max(answer.bound, search.bound)))
    return Answer(search.status_of(search.best), search.best_x, search.best, min(search.best, search.bound))
