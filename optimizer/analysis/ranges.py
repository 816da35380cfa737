"""Ranges: what is known of an objective, or of a difference of two, when searches stop within a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

from optimizer import words
from optimizer.solution import EXIT_AUDIT, EXIT_DONE, EXIT_INFEASIBLE, EXIT_STOPPED, Solution
from optimizer.tolerances import RECONCILE_MEUR


@dataclass(frozen=True)
class Range:
    """A figure in million euro: as found, and the least and most the best plans allow; None where not known."""

    found: float | None
    least: float | None
    most: float | None

    @property
    def is_known(self) -> bool:
        """Whether anything was found."""
        return self.found is not None

    @property
    def is_exact(self) -> bool:
        """Whether least and most are the same, up to a cent of a million."""
        return self.least is not None and self.most is not None and self.most - self.least <= RECONCILE_MEUR

    @property
    def is_told(self) -> bool:
        """Whether the gaps leave no doubt that it is not zero."""
        return (self.least is not None and self.least > RECONCILE_MEUR) or (
            self.most is not None and self.most < -RECONCILE_MEUR
        )

    def as_dict(self) -> dict[str, float | None]:
        """Plain values, for JSON."""
        return {"found_meur": self.found, "least_meur": self.least, "most_meur": self.most}

    def between(self) -> str:
        """`between 10 and 15 meur`, or what is known of it."""
        if self.least is None and self.most is None:
            return "not bounded by any proof"
        if self.least is None:
            return f"at most {words.money(self.most)}"
        if self.most is None:
            return f"at least {words.money(self.least)}"
        return f"between {words.money(self.least).removesuffix(' meur')} and {words.money(self.most)}"


UNKNOWN = Range(None, None, None)


def comparable(solution: Solution) -> bool:
    """Whether the objective is one sum; in an order of goals it is only the last goal's value."""
    return not solution.scenario.settings.objective.order


def objective_of(solution: Solution) -> Range:
    """The best objective there is: at most what was found, at least the bound."""
    if solution.objective_meur is None or not comparable(solution):
        return UNKNOWN
    return Range(solution.objective_meur, solution.bound_meur, solution.objective_meur)


def rise(before: Range, after: Range) -> Range:
    """By how much the best objective rises from one to the other."""
    if before.found is None or after.found is None:
        return UNKNOWN
    return Range(
        after.found - before.found,
        None if after.least is None or before.most is None else after.least - before.most,
        None if after.most is None or before.least is None else after.most - before.least,
    )


def restricted(free: Range, bound_more: Range) -> tuple[Range, Range]:
    """Both with what each says of the other, where the second has the first's choices and no others.

    A plan of the restricted scenario is one of the free scenario; a bound of the free one holds for the restricted one.
    """
    if free.found is None or bound_more.found is None:
        return free, bound_more
    best = min(free.found, bound_more.found)
    free = Range(best, free.least, best)
    if free.least is not None:
        least = free.least if bound_more.least is None else max(bound_more.least, free.least)
        bound_more = Range(bound_more.found, min(least, bound_more.found), bound_more.most)
    return free, bound_more


def exit_code_of(solutions: Iterable[Solution], needed: Iterable[Solution] = ()) -> int:
    """Exit code of an analysis: the audit first, then what is needed and has no plan, then what stopped early."""
    codes = {solution.exit_code for solution in solutions}
    if EXIT_AUDIT in codes:
        return EXIT_AUDIT
    if EXIT_INFEASIBLE in {solution.exit_code for solution in needed}:
        return EXIT_INFEASIBLE
    return EXIT_STOPPED if EXIT_STOPPED in codes else EXIT_DONE


def figures_of(solution: Solution) -> dict[str, object]:
    """What one solve gave, in plain values, for JSON."""
    return {
        "status": solution.status,
        "termination": solution.termination,
        "objective_meur": solution.objective_meur,
        "bound_meur": solution.bound_meur,
        "gap": solution.gap,
        "cost_meur": solution.cost_meur,
        "shortfall_meur": solution.terms_meur.get("shortfall"),
        "types": solution.figures.get("types"),
        "shortfall_unit_years": solution.figures.get("shortfall_unit_years"),
        "contracts": solution.figures.get("contracts"),
        "clash": list(solution.clash),
        "findings": list(solution.findings),
        "warnings": list(solution.warnings),
    }


def launched(solution: Solution) -> frozenset[str]:
    """Programs of which anything is bought."""
    if solution.plan is None:
        return frozenset()
    return frozenset(
        contract.rpartition("@")[0] for (_, contract, _), units in solution.plan.deliveries.items() if units
    )


def nested(solutions: Sequence[Solution]) -> tuple[list[Solution], list[Range]]:
    """Best plan and range of each, where each may do all that the one before it may, and more.

    A plan of the tighter is one of the looser, and a bound of the looser holds for the tighter.
    """
    best: list[Solution] = []
    for solution in solutions:
        before = best[-1] if best else solution
        worse = before.objective_meur is not None and (
            solution.objective_meur is None or solution.objective_meur > before.objective_meur
        )
        best.append(before if worse else solution)
    ranges: list[Range] = []
    bound: float | None = None
    for solution, kept in zip(reversed(solutions), reversed(best), strict=True):
        own = solution.bound_meur
        if own is not None:
            bound = own if bound is None else max(bound, own)
        found = kept.objective_meur
        ranges.append(UNKNOWN if found is None else Range(found, None if bound is None else min(bound, found), found))
    return best, ranges[::-1]
