"""What a sensitivity can be asked, and what its tables and their columns are called."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.analysis import option
from optimizer.analysis.inputs import ALIASES

TITLES = {
    "sensitivity": "Every case that was solved",
    "tornado": "Inputs by how much they move the objective",
    "one_way": "Each input from low to high",
    "one_way_years": "Each date from early to late",
    "two_way": "Two inputs against each other",
    "budget_sweep": "All budgets from low to high",
    "switch_points": "Where the programs launched change",
}
HEADINGS = {
    "input": "Input",
    "value": "Value [times today's, or years]",
    "input_2": "Second input",
    "value_2": "Its value [times today's, or years]",
    "at": "At",
    "at_2": "Second at",
    "termination": "Search ended by",
    "change_meur": "Change of the objective",
    "change_least_meur": "Change at least",
    "change_most_meur": "Change at most",
    "programs_in": "Programs that come in",
    "programs_out": "Programs that go out",
    "low": "Low end",
    "high": "High end",
    "low_change_meur": "Change at the low end",
    "high_change_meur": "Change at the high end",
    "swing_meur": "Difference between the ends",
    "swing_least_meur": "Difference at least",
    "swing_most_meur": "Difference at most",
    "low_programs": "Programs that change at the low end",
    "high_programs": "Programs that change at the high end",
    "low_status": "Proven at the low end",
    "high_status": "Proven at the high end",
    "scale": "Budgets [times today's]",
    "budget_meur": "All budgets together, not discounted",
    "same_at": "Same programs at [times today's, or years]",
    "other_at": "Other programs at [times today's, or years]",
    "keeping_costs_meur": "Keeping the old programs costs",
    "keeping_least_meur": "At least",
    "keeping_most_meur": "At most",
}


# Heading of a form.
_SWITCHES = "Where the plan changes"


@dataclass(frozen=True)
class Settings:
    """What is varied, how far, and which tables are made of it; without anything, a tornado over the usual inputs."""

    inputs: tuple[str, ...] = option(
        (),
        f"what to vary: {', '.join(ALIASES)}; table.column; or a setting such as rules.supplier_share.max_share; for "
        "some rows with a code, as unit_cost:k2pl or budget:POL; for one after another with :each; several with commas",
        metavar="INPUT",
        label="Inputs to vary",
        help="Each in turn, all else as it is. Prices of all programs at once, or of one; several are tried one after "
        "another. Any number column can be typed as table.column",
        empty="the usual ones: prices, development, needs, budgets, shortfall, learning, discount rate, dates",
        takes=("input",),
    )
    low: float = option(
        0.8,
        "lowest factor",
        metavar="FACTOR",
        low=0.01,
        high=1.0,
        label="Low end",
        unit="% of today's value",
        help="80 means a fifth lower than today",
    )
    high: float = option(
        1.2,
        "highest factor",
        metavar="FACTOR",
        low=1.0,
        high=100.0,
        label="High end",
        unit="% of today's value",
        help="120 means a fifth higher than today",
    )
    years: int = option(
        1,
        "years earlier and later for inputs that are years",
        metavar="N",
        low=1,
        high=20,
        label="Dates earlier and later by",
        unit="years",
        help="How far inputs that are years, such as first deliveries, are moved either way",
    )
    steps: int | None = option(
        None,
        "also a table and a curve of each input in so many values",
        metavar="N",
        low=2,
        high=100,
        label="Also a curve of each input",
        unit="values",
        help="So many values from the low to the high end, a solve for each",
        empty="no curve",
    )
    two_way: bool = option(
        False,
        "instead, a table of two inputs against each other",
        label="Two inputs against each other, instead",
        help="A table of the two inputs chosen above, each at several values; choose exactly two",
    )
    budget_sweep: bool = option(
        False,
        "objective, types and shortfall against all budgets, scaled from low to high",
        label="All budgets from low to high",
        help="Objective, types and shortfall as every budget grows from the low to the high end",
    )
    switch_points: bool = option(
        False,
        "also where the programs launched change between low and high",
        label="Find where other programs are launched",
        help="Also the value of each input at which the programs launched change; several solves for each input",
        group=_SWITCHES,
    )
    tolerance: float = option(
        0.01,
        "how exactly a switch point is found, as a factor",
        metavar="FACTOR",
        low=0.0001,
        high=1.0,
        label="How exactly that value is found",
        unit="% of today's value",
        help="The search for where the plan changes ends when both sides are this close",
        group=_SWITCHES,
    )
