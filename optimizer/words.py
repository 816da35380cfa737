"""Words: money, shares and outcomes as plain text, the same on the command line, in a workbook and in a brief."""

from __future__ import annotations

from typing import Mapping

from optimizer.solution import Solution
from optimizer.tolerances import RECONCILE_MEUR

ILLUSTRATIVE = "Illustrative data: public, rounded and partly estimated figures. Not a basis for decisions."

POOLING = {
    "as_is": "as is, each its baseline program",
    "national": "each on its own",
    "blocs": "in blocs",
    "joint": "all together",
}
TERMS = {
    "development": "Development",
    "production": "Production",
    "joining": "Joining",
    "support": "Support",
    "grants": "Grants",
    "shortfall": "Shortfall, priced",
    "duplication": "Duplication of types, priced",
    "preference": "Preferences, priced",
    "change": "Changes to the approved plan, priced",
}


def count(value: float) -> str:
    """A whole number, or one with a single decimal where it is none, in groups of three."""
    rounded = round(value)
    text = f"{rounded:,}" if abs(value - rounded) < 0.05 else f"{value:,.1f}"
    return text.replace(",", " ")


def money(meur: float | None) -> str:
    """Million euro with as many digits as help: `462 359 meur`, `12.5 meur`; `not known` for None."""
    if meur is None:
        return "not known"
    size = abs(meur)
    digits = 0 if size >= 1000.0 else 1 if size >= 10.0 else 2
    text = f"{meur:,.{digits}f}".replace(",", " ")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{'0' if text == '-0' else text} meur"


def percent(share: float | None) -> str:
    """A share in percent: `12 %`, `1.4 %`, `0.03 %`; `not known` for None."""
    if share is None:
        return "not known"
    value = 100.0 * share
    digits = 0 if abs(value) >= 10.0 else 1 if abs(value) >= 1.0 else 2
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("0", "-0"):
        return "0 %" if abs(value) < 1e-4 else "below 0.01 %"
    return f"{text} %"


def plural(number: float, noun: str) -> str:
    """`1 nation`, `2 nations`, `1 capability`, `2 capabilities`."""
    if number != 1:
        noun = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{count(number)} {noun}"


def status(solution: Solution) -> str:
    """What is proven about a solution, in a sentence."""
    if solution.status == "infeasible":
        return "Infeasible: the rules and needs cannot all hold"
    if solution.status == "no_plan":
        return "No plan was found in the time given; whether there is one is not known"
    if solution.status == "cancelled":
        return "Stopped before a plan was found"
    if solution.status == "optimal":
        return "Proven optimal: no plan has a lower objective"
    if solution.gap is None:
        distance = "how far it is from the best plan is not known"
    else:
        distance = f"at most {money(solution.gap_meur)} ({percent(solution.gap)}) above the best plan possible"
    if solution.termination == "gap":
        asked = percent(solution.scenario.settings.solver.gap)
        return f"Proven to be {distance}, within the {asked} asked for"
    reason = "the time limit" if solution.termination == "time_limit" else "the user"
    return f"Stopped early by {reason}: {distance}"


def pooling(solution: Solution) -> str:
    """How nations buy in a solution."""
    return POOLING[solution.scenario.settings.pooling.mode]


def against(base: Solution, main: Solution) -> list[str]:
    """What changes from one plan to another in money and in needs met, in sentences without a subject.

    Money spent says little where one plan meets more needs than the other, so cost and priced shortfall come first.
    """
    if base.cost_meur is None or main.cost_meur is None:
        return ["no saving can be stated, since one of the two has no plan."]
    spent = main.cost_meur - base.cost_meur
    before, after = base.terms_meur["shortfall"], main.terms_meur["shortfall"]
    if abs(after - before) <= RECONCILE_MEUR:
        return [_change(spent, base.cost_meur, "saves", "costs more by", "costs the same") + "."]
    both = spent + after - before
    missing, was = main.figures["shortfall_unit_years"], base.figures["shortfall_unit_years"]
    return [
        "cost and priced shortfall together "
        + _change(both, base.cost_meur + before, "fall by", "rise by", "stay the same")
        + ".",
        "Money spent "
        + _change(spent, base.cost_meur, "falls by", "rises by", "stays the same")
        + f"; {count(missing)} unit-years are short instead of {count(was)}.",
    ]


def _change(change: float, base: float, less: str, more: str, same: str) -> str:
    if abs(change) <= RECONCILE_MEUR:
        return same
    share = f" ({percent(abs(change) / base)})" if base > 0.0 else ""
    return f"{less if change < 0.0 else more} {money(abs(change))}{share}"


def shortfall(figures: Mapping[str, float]) -> str:
    """Unit-years that are missing."""
    missing = figures.get("shortfall_unit_years", 0.0)
    return "every need met" if missing < 1e-6 else f"{count(missing)} unit-years short"
