"""Headings: the columns that tables of several analyses share, in words, and the words their codes stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optimizer import words

if TYPE_CHECKING:
    import pandas as pd

# Words over a column; what ends in _meur, _share and the like has its unit from there, any other in brackets.
HEADINGS: Mapping[str, str] = {
    "objective_meur": "Objective, all that is priced in",
    "bound_meur": "No plan costs less than",
    "cost_meur": "Cost, discounted",
    "shortfall_meur": "Shortfall, priced",
    "shortfall_unit_years": "Shortfall",
    "types": "Types in service",
    "contracts": "Contracts signed",
    "status": "What is proven",
    "gap": "Gap [%]",
    "says": "In words",
    "term": "Cost term",
    "change": "What changes",
    "from_units": "Units before",
    "to_units": "Units after",
    "from_year": "First delivery before",
    "to_year": "First delivery after",
    "units": "Units",
    "plan": "Plan",
    "note": "Note",
}
_STATUS = {
    "optimal": "proven best",
    "feasible": "plan found, within its gap",
    "infeasible": "no plan possible",
    "no_plan": "no plan found in time",
    "cancelled": "stopped, no plan",
    "invalid": "no valid input",
    "found": "found",
}
# Codes in cells, by column; a page shows the words, files keep the codes.
CELLS: Mapping[str, Mapping[str, str]] = {
    "status": _STATUS,
    "low_status": _STATUS,
    "high_status": _STATUS,
    "change": {
        "joined": "buys it now",
        "left": "buys it no more",
        "volume": "other number of units",
        "moved": "other years",
    },
    "part": {"demand": "asked for", "fact": "limit of nature"},
    "figure": {
        "price": "unit price",
        "development": "development cost",
        "date": "first delivery",
        "budget": "budget",
    },
    "action": {"require": "must be bought", "forbid": "may not be bought", "fix": "exactly so many"},
    "choice": {"in": "in the plan", "out": "not in the plan"},
    "termination": {
        "proved": "proof",
        "gap": "the gap asked for",
        "time_limit": "the time limit",
        "interrupted": "you",
    },
    "input": {"base": "as the inputs are"},
    "role": {"not settled": "not settled in time"},
    "term": words.TERMS,
}
_YES_OR_NO = {True: "yes", False: "no"}
# Columns of a table in which each row has its own unit, which stands beside them.
_OF_ANY_UNIT = ("now", "in_at", "out_at", "searched_to")


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """The table with codes in its cells replaced by words, yes and no among them; what has none stays."""
    changed: dict[str, Any] = {}
    for name in map(str, table.columns):
        known = CELLS.get(name, {})
        if any(isinstance(value, bool) for value in table[name]):
            changed[name] = [_YES_OR_NO[value] if isinstance(value, bool) else value for value in table[name]]
        elif known:
            changed[name] = [known.get(value, value) for value in table[name]]
    return table.assign(**changed) if changed else table


def with_units(table: pd.DataFrame) -> pd.DataFrame:
    """The table with figures of several units told each in its own, such as `95.3 %`, `124 meur` and `2031`."""
    if "unit" not in table or "now" not in table:
        return table
    told: dict[str, Any] = {
        name: [_figure(value, unit) for value, unit in zip(table[name], table["unit"], strict=True)]
        for name in _OF_ANY_UNIT
        if name in table
    }
    return table.assign(**told).drop(columns="unit")


def _figure(value: float | None, unit: str) -> str | None:
    if value is None or value != value:
        return None
    if unit == "year":
        return f"{value:.0f}"
    # As exactly as it was searched for.
    return words.money(value) if unit == "million euro" else f"{100.0 * value:.4g} %"
