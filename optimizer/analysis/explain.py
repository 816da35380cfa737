"""Explain: why there is no plan, why a program or a nation in it is in or out, and what each rule costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, option
from optimizer.analysis.explain_choice import KINDS, Choice, Target, check_target, explain_choice
from optimizer.analysis.explain_feasible import Feasible, explain_feasible
from optimizer.analysis.explain_infeasible import Infeasible, explain_infeasible
from optimizer.analysis.explain_rules import Prices, explain_rules
from optimizer.analysis.headings import CELLS
from optimizer.scenario import Scenario
from optimizer.solution import EXIT_DONE, Solution
from optimizer.solve.session import Session

if TYPE_CHECKING:
    import pandas as pd

# Headings of a form; without anything set below them the question is why there is no plan.
_NO_PLAN = "If there is no plan"
_WHY = "Why a program is in or out"
_RULES = "What the rules cost"


@dataclass(frozen=True)
class Settings:
    """What to explain; without anything, why there is no plan."""

    program: str | None = option(
        None,
        "explain why this program is in or out",
        metavar="PROGRAM",
        label="Program",
        help="Why the best plan buys this program, or does not: what the other choice would cost, and what binds it",
        empty="no program",
        group=_WHY,
        takes=("program",),
    )
    nation: str | None = option(
        None,
        "with --program: the nation in it",
        metavar="NATION",
        label="Nation in it",
        help="Ask about this nation's part in the program only",
        empty="all its nations",
        group=_WHY,
        takes=("nation",),
    )
    contract: str | None = option(
        None,
        "explain why this contract is in or out, such as boxer@joint or boxer@DEU",
        metavar="PROGRAM@POOL",
        label="Or one contract",
        help="A program as one pool of nations signs it, in place of a program and a nation",
        empty="no contract",
        group=_WHY,
        takes=("contract",),
    )
    rules: bool = option(
        False,
        "what each policy rule costs, and what one unit more of each binding limit is worth",
        label="What each rule costs",
        help="Solves once without each policy rule, and once more with a little more of each limit that is used up",
        group=_RULES,
    )
    count: int = option(
        10,
        "with --rules: at most so many of the limits used up are solved again with one unit more",
        metavar="N",
        low=0,
        high=1000,
        label="Limits to try with one unit more",
        unit="at most",
        help="Budgets, lines and other limits that the plan uses up, the dearest first; a solve for each",
        group=_RULES,
    )
    flips: tuple[str, ...] = option(
        KINDS,
        "with --program or --contract: for which figures to find the value that flips the answer; several with commas",
        metavar="FIGURE",
        choices=KINDS,
        label="Find what would change the answer",
        help="For each of these figures: the value at which being in and being out cost the same; several solves each",
        empty="none",
        group=_WHY,
        names=CELLS["figure"],
    )
    tolerance: float = option(
        0.01,
        "how exactly that value is found, as a share of today's",
        metavar="SHARE",
        low=1e-6,
        high=1.0,
        label="How exactly it is found",
        unit="% of today's figure",
        help="The search ends when the two sides are this close",
        group=_WHY,
    )
    accept: bool = option(
        False,
        "accept the cheapest relaxation of an infeasible scenario and solve it",
        label="Accept the cheapest way out",
        help="Where the inputs allow no plan: give up what costs least to give up, and solve what is left",
        group=_NO_PLAN,
    )


@dataclass(frozen=True)
class Result:
    """The answers asked for; an infeasible scenario has its clash and nothing else."""

    scenario: Scenario
    base: Solution | None = None
    infeasible: Infeasible | None = None
    choice: Choice | None = None
    prices: Prices | None = None
    feasible: Feasible | None = None

    @property
    def _parts(self) -> tuple[Infeasible | Choice | Prices | Feasible, ...]:
        parts = (self.infeasible, self.choice, self.prices, self.feasible)
        return tuple(part for part in parts if part is not None)

    def headline(self) -> str:
        """The answer in a few lines."""
        if self._parts:
            return "\n".join(part.headline() for part in self._parts)
        if self.base is None:
            return "A plan exists: nothing clashes."
        return f"No clash was found, and no plan either. {words.status(self.base)}."

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of every part."""
        return {name: table for part in self._parts for name, table in part.tables().items()}

    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of every part."""
        return tuple(picture for part in self._parts for picture in part.pictures())

    def as_dict(self) -> dict[str, object]:
        """The answers as plain values, for JSON."""
        return {
            "feasible": None
            if self.infeasible is None and (self.base is None or self.base.plan is None)
            else self.infeasible is None,
            "infeasible": None if self.infeasible is None else self.infeasible.as_dict(),
            "choice": None if self.choice is None else self.choice.as_dict(),
            "rules": None if self.prices is None else self.prices.as_dict(),
            "room": None if self.feasible is None else self.feasible.as_dict(),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The plans that can be opened."""
        return {name: solution for part in self._parts for name, solution in part.solutions().items()}

    @property
    def exit_code(self) -> int:
        """3 for an infeasible scenario, unless its relaxation was accepted; else what the solves gave."""
        if self.infeasible is not None:
            return self.infeasible.exit_code
        codes = [part.exit_code for part in self._parts]
        if self.base is not None:
            codes.append(self.base.exit_code)
        return max(codes, default=EXIT_DONE)


def check(scenario: Scenario, settings: Settings) -> Target | None:
    """What is asked about; None where it is the scenario as a whole.

    Raises
    ------
    InvalidInput
        When the program, nation or contract asked about is not in the scenario.
    """
    return check_target(scenario, settings.program, settings.nation, settings.contract)


def run(scenario: Scenario, settings: Settings, *, solve: Solve | None = None) -> Result:
    """Explain a scenario.

    Raises
    ------
    InvalidInput
        When the program, nation or contract asked about is not in the scenario.
    """
    solve = solve or Session().solve
    target = check(scenario, settings)
    scenario = _with_national_costs(scenario, solve)
    base: Solution | None = None
    if target is None and not settings.rules:
        infeasible = explain_infeasible(scenario, solve, accept=settings.accept)
        if infeasible is not None:
            return Result(scenario, infeasible=infeasible)
    base = solve(scenario)
    if base.status in ("infeasible", "no_plan"):
        infeasible = explain_infeasible(scenario, solve, accept=settings.accept, known=base)
        return Result(scenario, base=base, infeasible=infeasible)
    if base.plan is None:
        return Result(scenario, base=base)
    choice = (
        None
        if target is None
        else explain_choice(scenario, target, base, solve, kinds=settings.flips, tolerance=settings.tolerance)
    )
    prices = explain_rules(scenario, base, solve, most=settings.count) if settings.rules else None
    feasible = explain_feasible(base) if choice is None and prices is None else None
    return Result(scenario, base, None, choice, prices, feasible)


def _with_national_costs(scenario: Scenario, solve: Solve) -> Scenario:
    """The scenario with each nation's cost in the national baseline, where the rule on it needs them."""
    if (
        not scenario.rule_is_named_on("no_nation_worse_off")
        or scenario.national_costs is not None
        or len(scenario.pools) >= len(scenario.nations)
    ):
        return scenario
    national = solve(scenario.with_pooling("national").with_rule("no_nation_worse_off", on=False), gap=0.0)
    if national.plan is None:
        return scenario
    table = national.tables()["nations"]
    costs = zip(table["nation"], table["cost_meur"], table["shortfall_meur"], strict=True)
    return scenario.replace(national_costs={str(n): float(cost) + float(short) for n, cost, short in costs})


ANALYSIS = Analysis(
    name="explain",
    sentence="Explain why there is no plan, why a program is in or out of it, and what each rule costs.",
    settings=Settings,
    run=run,
    document="explanation.json",
    files={
        "clash": "clash.csv",
        "programs": "programs.csv",
        "ways": "ways.csv",
        "relaxation": "relaxation.csv",
        "forced": "forced.csv",
        "binding": "binding.csv",
        "flips": "flips.csv",
        "rules": "rule_prices.csv",
        "units": "unit_prices.csv",
        "room": "room.csv",
    },
    titles={
        "clash": "What cannot hold together",
        "programs": "Who could deliver what is asked for",
        "ways": "Ways out, by their price",
        "relaxation": "What each way out changes",
        "forced": "In and out side by side",
        "binding": "Limits the other choice runs into",
        "flips": "What would change the answer",
        "differences": "What the other choice changes",
        "rules": "What each rule costs",
        "units": "What one unit more of a limit is worth",
        "room": "Limits that the plan uses up",
    },
    headings={
        "part": "Kind",
        "by_year": "Needed by",
        "years": "Years",
        "alone_units": "To give up if only this gives way",
        "alone_price_meur": "Price of giving that up",
        "unit": "Unit",
        "programs.units": "Most units by then",
        "programs.annual_capacity_units": "Line delivers [units a year]",
        "obstacle": "What stands in the way",
        "way": "Way out",
        "price_meur": "Price, by the prices of the rules",
        "ways.bound_meur": "Nothing cheaper than",
        "relaxation.units": "Given up",
        "choice": "Choice",
        "from_units": "Units in the best plan",
        "to_units": "Units with the other choice",
        "from_year": "First delivery in the best plan",
        "to_year": "First delivery with the other choice",
        "loss_meur": "Loss against the best plan",
        "loss_least_meur": "Loss at least",
        "loss_most_meur": "Loss at most",
        "limits": "Limits used up",
        "stated": "Limits in all",
        "saved_without_rule_meur": "Saved without the rule",
        "saved_without_rule_least_meur": "Saved at least",
        "saved_without_rule_most_meur": "Saved at most",
        "figure": "Figure",
        "now": "Today",
        "in_at": "In at",
        "out_at": "Out at",
        "searched_to": "Searched up to",
        "tolerance_share": "Found to within",
        "proven": "Proven",
        "rules.cost_meur": "The rule costs",
        "rules.least_meur": "At least",
        "rules.most_meur": "At most",
        "rules.status": "Plan without it",
        "sentence": "What it says",
        "limit": "Limit",
        "worth_meur": "One unit more saves",
        "units.least_meur": "At least",
        "units.most_meur": "At most",
        "dual_with_decisions_fixed_meur": "Saved while the plan stands as it is",
    },
    check=check,
    usual="Is there a plan, and if not, what stands in its way?",
)
__all__ = ["ANALYSIS", "Result", "Settings", "Target", "run"]
