"""What each policy rule costs, and what one unit more of each binding limit is worth, by solving again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture, Solve, records
from optimizer.analysis.explain_limits import Limit, binding, one_unit_more
from optimizer.analysis.names import rule_name
from optimizer.analysis.ranges import Range, exit_code_of, figures_of, objective_of, restricted, rise
from optimizer.model.lp import LinearProgram
from optimizer.model.rule import Rule
from optimizer.model.rules import active
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.fixed import duals_with_decisions_fixed

if TYPE_CHECKING:
    import pandas as pd

RULE_COLUMNS = ["rule", "cost_meur", "least_meur", "most_meur", "status", "sentence"]
_AXIS = "What the rule costs, at least and at most, meur"
UNIT_COLUMNS = [
    "limit",
    "rule",
    "nation",
    "capability",
    "program",
    "year",
    "unit",
    "worth_meur",
    "least_meur",
    "most_meur",
    "dual_with_decisions_fixed_meur",
]


@dataclass(frozen=True)
class RulePrice:
    """A rule and what it costs: the objective with it less the objective without."""

    rule: Rule
    cost: Range
    without: Solution


@dataclass(frozen=True)
class UnitWorth:
    """A limit the plan uses up, what one unit more saves, and its dual with the plan's decisions fixed."""

    limit: Limit
    dual_meur: float | None
    worth: Range | None
    """None where it was not solved again."""
    looser: Solution | None


@dataclass(frozen=True)
class Prices:
    """Prices of the rules and of their binding limits."""

    base: Solution
    rules: tuple[RulePrice, ...]
    units: tuple[UnitWorth, ...]

    def headline(self) -> str:
        """The dearest rule and the limit worth most, in a sentence or two."""
        lines = []
        told = [price for price in self.rules if price.cost.is_told]
        if not self.rules:
            lines.append("No policy rule acts in this scenario.")
        elif not told:
            most = max((price.cost.most or 0.0 for price in self.rules), default=0.0)
            lines.append(
                f"No rule is seen to cost anything: each of the {len(self.rules)} costs at most {words.money(most)}, "
                "as exactly as the solves tell."
            )
        else:
            dearest = max(told, key=lambda price: price.cost.found or 0.0)
            rest = len(self.rules) - len(told)
            exact = "" if dearest.cost.is_exact else f" ({dearest.cost.between()})"
            lines.append(
                f"The dearest rule is {rule_name(dearest.rule.name)}: without it the best plan costs "
                f"{words.money(dearest.cost.found)} less{exact}."
            )
            few = "1 rule costs" if len(told) == 1 else f"{len(told)} rules cost"
            lines.append(f"{few} something" + (f"; of {rest} more that is not proven." if rest else "."))
        solved = [unit for unit in self.units if unit.worth is not None and unit.worth.found is not None]
        worth = [unit for unit in solved if unit.worth is not None and unit.worth.is_told]
        if worth:
            best = max(worth, key=lambda unit: (unit.worth.found or 0.0) if unit.worth else 0.0)
            assert best.worth is not None
            lines.append(
                f"Of {words.plural(len(solved), 'limit')} tried, one unit more saves most in "
                f"{best.limit.says(self.base.scenario)}: {words.money(best.worth.found)}."
            )
        elif solved:
            lines.append(
                f"Of {words.plural(len(solved), 'limit')} tried, one unit more of none is seen to save anything."
            )
        return "\n".join(lines)

    def tables(self) -> dict[str, pd.DataFrame]:
        """rules and units."""
        import pandas as pd

        rules = [
            {
                "rule": price.rule.name,
                "cost_meur": price.cost.found,
                "least_meur": price.cost.least,
                "most_meur": price.cost.most,
                "status": price.without.status,
                "sentence": price.rule.sentence,
            }
            for price in sorted(self.rules, key=lambda price: -(price.cost.found or 0.0))
        ]
        units = [
            {
                "limit": unit.limit.says(self.base.scenario),
                **unit.limit.whom(self.base.scenario),
                "unit": unit.limit.unit,
                "worth_meur": None if unit.worth is None else unit.worth.found,
                "least_meur": None if unit.worth is None else unit.worth.least,
                "most_meur": None if unit.worth is None else unit.worth.most,
                "dual_with_decisions_fixed_meur": unit.dual_meur,
            }
            for unit in self.units
        ]
        return {
            "rules": pd.DataFrame(rules, columns=RULE_COLUMNS),
            "units": pd.DataFrame(units, columns=UNIT_COLUMNS),
        }

    def pictures(self) -> tuple[Picture, ...]:
        """What the rules cost, from the least to the most."""
        known = [price for price in self.rules if price.cost.least is not None and price.cost.most is not None]
        if not known:
            return ()
        dearest = max(known, key=lambda price: price.cost.found or 0.0)
        title = f"The rule {rule_name(dearest.rule.name)} costs most: {words.money(dearest.cost.found)}"
        return (Picture(title, "ranges", "rules", "rule", "least_meur", y_to="most_meur", axis=_AXIS),)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        tables = self.tables()
        return {
            "base": figures_of(self.base),
            "rules": records(tables["rules"]),
            "units": records(tables["units"]),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The plans without each rule."""
        return {f"without_{price.rule.name}": price.without for price in self.rules if price.without.plan is not None}

    @property
    def exit_code(self) -> int:
        """The audit first, then what stopped early."""
        loose = [unit.looser for unit in self.units if unit.looser is not None]
        return exit_code_of([*(price.without for price in self.rules), *loose])


def explain_rules(scenario: Scenario, base: Solution, solve: Solve, *, most: int) -> Prices:
    """Price every policy rule that states anything, and at most so many of the limits the plan uses up.

    No rule is skipped because the plan leaves it room: without it another plan may be better.
    """
    rules = []
    for rule in priced_rules(scenario):
        without = solve(scenario.with_rule(rule.name, on=False))
        rules.append(RulePrice(rule, _saving(base, without), without))
    return Prices(base, tuple(rules), tuple(_units(scenario, base, solve, most)))


def priced_rules(scenario: Scenario) -> list[Rule]:
    """The policy rules, and the locks, that bind anything at all: without rows nothing changes without them."""
    variables = Variables(scenario, LinearProgram("rules"), whole_deliveries=False)
    return [
        rule
        for rule in active(scenario)
        if rule.kind != "physical"
        and (
            next(iter(rule.rows(scenario, variables)), None) is not None
            or (rule.name == "half_rule" and bool(scenario.bloc_needs))
        )
    ]


def _saving(base: Solution, free: Solution) -> Range:
    """By how much the objective falls when something is loosened; never below zero, for the plan stays possible."""
    before, after = restricted(objective_of(free), objective_of(base))
    saved = rise(before, after)
    if saved.found is None:
        return saved
    least = None if saved.least is None else max(0.0, saved.least)
    return Range(max(0.0, saved.found), least, saved.most)


def _units(scenario: Scenario, base: Solution, solve: Solve, most: int) -> list[UnitWorth]:
    """Limits the plan uses up, those with the highest dual first; the first of them solved again."""
    assert base.plan is not None
    limits = [limit for limit in binding(base) if one_unit_more(scenario, limit) is not None]
    duals = duals_with_decisions_fixed(scenario, base.plan) if limits else {}
    ranked = sorted(limits, key=lambda limit: -duals.get((limit.rule, *limit.key), 0.0))
    found = []
    for number, limit in enumerate(ranked):
        dual = duals.get((limit.rule, *limit.key))
        looser = one_unit_more(scenario, limit)
        if number >= most or looser is None:
            found.append(UnitWorth(limit, dual, None, None))
            continue
        solution = solve(looser)
        found.append(UnitWorth(limit, dual, _saving(base, solution), solution))
    return found
