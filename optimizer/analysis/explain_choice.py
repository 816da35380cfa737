"""Why a program, a nation in it or a contract is in or out: the cost of the other choice, what binds and flips it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture, Solve, records
from optimizer.analysis.compare import plan_differences
from optimizer.analysis.explain_flips import KINDS, Flip, find_flip
from optimizer.analysis.explain_infeasible import Infeasible, explain_infeasible
from optimizer.analysis.explain_limits import Limit, binding, in_words, touching
from optimizer.analysis.explain_target import Target, check_target
from optimizer.analysis.names import rule_name
from optimizer.analysis.ranges import Range, exit_code_of, figures_of, objective_of, restricted, rise
from optimizer.model.rules import RULES
from optimizer.scenario import Scenario
from optimizer.solution import Solution

if TYPE_CHECKING:
    import pandas as pd

FORCED_COLUMNS = ["choice", "status", "objective_meur", "bound_meur", "loss_meur", "loss_least_meur", "loss_most_meur"]
BINDING_COLUMNS = [
    "rule",
    "limits",
    "says",
    "saved_without_rule_meur",
    "saved_without_rule_least_meur",
    "saved_without_rule_most_meur",
]
FLIP_COLUMNS = ["figure", "unit", "now", "in_at", "out_at", "searched_to", "tolerance_share", "proven"]
_AXIS = "Best objective possible lies in here, meur"
# Rules that bind are solved without, the ones with the most binding limits first.
_MOST_RULES = 5
_POLICY = frozenset(rule.name for rule in RULES if rule.kind == "policy")


@dataclass(frozen=True)
class Binding:
    """A rule with limits that the plan with the other choice uses up, and what it saves to lift the rule then."""

    rule: str
    limits: tuple[Limit, ...]
    saved_without: Range | None
    """None where the rule is no policy rule, or was not tried."""


@dataclass(frozen=True)
class Choice:
    """The answer about one target."""

    target: Target
    is_in: bool
    """Whether the best plan found has it."""
    base: Solution
    other: Solution
    """The best plan with the other choice forced."""
    bindings: tuple[Binding, ...]
    flips: tuple[Flip, ...]
    why_impossible: Infeasible | None
    """Why the other choice cannot be made, where it cannot."""

    @property
    def loss(self) -> Range:
        """What the other choice costs against the best plan."""
        before, after = restricted(objective_of(self.base), objective_of(self.other))
        loss = rise(before, after)
        return loss if loss.least is None else Range(loss.found, max(0.0, loss.least), loss.most)

    def headline(self) -> str:
        """In or out, what the other choice costs, what binds, and what would flip it."""
        side, otherwise = ("in", "doing without it") if self.is_in else ("not in", "buying it all the same")
        answer = f"{self.target.says} is {side} the best plan"
        lines = [f"{answer}."]
        if self.other.status == "infeasible":
            lines[0] = f"{answer}, and {otherwise} is impossible: no plan keeps the rules and needs then."
            if self.why_impossible is not None:
                lines += self.why_impossible.headline().splitlines()[1:]
            return "\n".join(lines)
        if self.other.plan is None or self.loss.found is None:
            lines.append(f"What {otherwise} costs is not known: {words.status(self.other)}.")
            return "\n".join(lines)
        loss = self.loss
        if loss.is_told or loss.is_exact:
            exact = "" if loss.is_exact else f" ({loss.between()})"
            lines[0] = f"{answer}: {otherwise} costs {words.money(loss.found)}{exact} more."
        else:
            lines.append(
                f"{otherwise[0].upper()}{otherwise[1:]} costs {loss.between()} more; the solves are not exact enough "
                "to tell whether anything at all."
            )
        for bound in self.bindings:
            if bound.saved_without is not None and bound.saved_without.is_told and loss.found is not None:
                less = bound.saved_without.found or 0.0
                if less > 0.01 * max(loss.found, 1e-9):
                    lines.append(
                        f"It then runs into the rule {rule_name(bound.rule)}: without that rule it would cost "
                        f"{words.money(less)} less."
                    )
        lines += [flip.sentence(self.target, self.is_in) for flip in self.flips]
        return "\n".join(lines)

    def tables(self) -> dict[str, pd.DataFrame]:
        """forced, binding, flips and differences."""
        import pandas as pd

        loss = self.loss
        names = ("in", "out") if self.is_in else ("out", "in")
        forced = [
            {
                "choice": name,
                "status": solution.status,
                "objective_meur": solution.objective_meur,
                "bound_meur": solution.bound_meur,
                "loss_meur": by.found,
                "loss_least_meur": by.least,
                "loss_most_meur": by.most,
            }
            for name, solution, by in zip(names, (self.base, self.other), (Range(0.0, 0.0, 0.0), loss), strict=True)
        ]
        bindings = [
            {
                "rule": bound.rule,
                "limits": len(bound.limits),
                "says": "; ".join(in_words(self.other.scenario, bound.limits)[:3]),
                "saved_without_rule_meur": bound.saved_without.found if bound.saved_without else None,
                "saved_without_rule_least_meur": bound.saved_without.least if bound.saved_without else None,
                "saved_without_rule_most_meur": bound.saved_without.most if bound.saved_without else None,
            }
            for bound in self.bindings
        ]
        flips = [
            {
                "figure": flip.kind,
                "unit": flip.unit,
                "now": flip.now,
                "in_at": flip.value_in,
                "out_at": flip.value_out,
                "searched_to": flip.searched_to,
                "tolerance_share": flip.tolerance,
                "proven": flip.proven,
            }
            for flip in self.flips
        ]
        differences = [] if self.other.plan is None else plan_differences(self.base, self.other, *names)
        return {
            "forced": pd.DataFrame(forced, columns=FORCED_COLUMNS),
            "binding": pd.DataFrame(bindings, columns=BINDING_COLUMNS),
            "flips": pd.DataFrame(flips, columns=FLIP_COLUMNS),
            **({"differences": pd.DataFrame(differences)} if differences else {}),
            **({} if self.why_impossible is None else self.why_impossible.tables()),
        }

    def pictures(self) -> tuple[Picture, ...]:
        """The two choices side by side, in money."""
        if self.why_impossible is not None:
            return self.why_impossible.pictures()
        if self.loss.found is None:
            return ()
        otherwise = "Doing without" if self.is_in else "Buying"
        title = f"{otherwise} {self.target.says} costs {words.money(self.loss.found)} more"
        return (Picture(title, "ranges", "forced", "choice", "bound_meur", y_to="objective_meur", axis=_AXIS),)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        tables = self.tables()
        return {
            "program": self.target.program,
            "nation": self.target.nation,
            "contract": self.target.contract,
            "is_in": self.is_in,
            "loss": self.loss.as_dict(),
            "base": figures_of(self.base),
            "other": figures_of(self.other),
            "binding": records(tables["binding"]),
            "flips": records(tables["flips"]),
            "why_impossible": None if self.why_impossible is None else self.why_impossible.as_dict(),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The best plan and the one with the other choice."""
        names = ("in", "out") if self.is_in else ("out", "in")
        return {n: s for n, s in zip(names, (self.base, self.other), strict=True) if s.plan is not None}

    @property
    def exit_code(self) -> int:
        """That an infeasible choice was asked about is an answer, no failure."""
        return exit_code_of(solution for solution in (self.base, self.other) if solution.status != "infeasible")


def explain_choice(
    scenario: Scenario,
    target: Target,
    base: Solution,
    solve: Solve,
    *,
    kinds: tuple[str, ...] = KINDS,
    tolerance: float = 0.01,
) -> Choice:
    """Force the other choice, see which rules bind it, and look for what would flip the answer."""
    is_in = target.is_in(base)
    forced = target.forced_out(scenario) if is_in else target.forced_in(scenario)
    other = solve(forced)
    why = explain_infeasible(forced, solve, accept=False, known=other) if other.status == "infeasible" else None
    bindings = () if other.plan is None else _bindings(scenario, target, other, forced, solve)
    inside, outside = (base, other) if is_in else (other, base)
    flips = [
        find_flip(scenario, target, kind, is_in=is_in, known=(inside, outside), solve=solve, tolerance=tolerance)
        for kind in kinds
    ]
    return Choice(target, is_in, base, other, bindings, tuple(flip for flip in flips if flip is not None), why)


def _bindings(
    scenario: Scenario, target: Target, other: Solution, forced: Scenario, solve: Solve
) -> tuple[Binding, ...]:
    """Rules with limits that name the target and that the forced plan uses up; policy rules are solved without.

    What the forced plan would save without the rule is no proof that this rule alone stands in the way.
    """
    by_rule: dict[str, list[Limit]] = {}
    for limit in touching(binding(other), target.names(scenario)):
        if limit.rule != "locks":
            by_rule.setdefault(limit.rule, []).append(limit)
    ranked = sorted(by_rule.items(), key=lambda item: (item[0] not in _POLICY, -len(item[1])))
    found = []
    for number, (rule, limits) in enumerate(ranked):
        saved = None
        if rule in _POLICY and number < _MOST_RULES:
            without = solve(forced.with_rule(rule, on=False))
            free, bound = restricted(objective_of(without), objective_of(other))
            saved = rise(free, bound)
            if saved.found is not None and saved.least is not None:
                saved = Range(max(0.0, saved.found), max(0.0, saved.least), saved.most)
        found.append(Binding(rule, tuple(limits), saved))
    return tuple(found)


__all__ = ["KINDS", "Choice", "Target", "check_target", "explain_choice"]
