"""Policy, goals: weights, or the order in which goals are met one after another; horizon and solver settings."""

from __future__ import annotations

import streamlit as st

from optimizer.model.goals import GOALS
from optimizer.trial import Trial, with_setting
from ui import edits
from ui.state import Desk
from ui.views.policy_controls import choice, faults, figure, switch, widget_key

# Goals that can bear a weight; likeness compares with other plans and belongs to the analysis of alternatives.
WEIGHED = ("cost", "shortfall", "duplication", "preference", "change", "types", "interoperability")
LARGEST_WEIGHT = 1e6


def draw(desk: Desk, found: Trial) -> None:
    """Draw the section."""
    order = [str(name) for name in found.setting("objective.order") or ()]
    key = widget_key("goals_how")
    ways = ("Weigh them against each other", "One after another")
    how = st.radio("How goals are met", ways, index=int(bool(order)), horizontal=True, key=key)
    if how == ways[1]:
        _order(desk, found, order)
        return
    if order:
        edits.put(with_setting(edits.now(desk), edits.base_of(desk), "objective.order", []), desk)
        st.rerun()
    st.caption("The plan has the least sum of goal times weight. A weight of 0 leaves a goal out.")
    known = {goal.name: goal for goal in GOALS}
    for at in range(0, len(WEIGHED), 3):
        for place, name in zip(st.columns(3), WEIGHED[at : at + 3], strict=False):
            with place:
                figure(
                    found,
                    f"{name.capitalize()}, weight",
                    f"objective.{name}",
                    float(found.setting(f"objective.{name}")),
                    0.0,
                    LARGEST_WEIGHT,
                    step=0.1,
                    help=f"{known[name].sentence} Unit: {known[name].unit}.",
                )


def _order(desk: Desk, found: Trial, order: list[str]) -> None:
    """Goals picked in order; each is then held while the next is made as small as can be."""
    key = widget_key("objective.order")

    def picked() -> None:
        names = list(st.session_state[key])
        edits.enter(with_setting(edits.now(desk), edits.base_of(desk), "objective.order", names), desk)

    st.multiselect(
        "Goals, the most important first",
        list(dict.fromkeys([*WEIGHED, *order])),
        default=order,
        format_func=str.capitalize,
        key=key,
        on_change=picked,
        help="The first is made as small as can be and held there; then the next, and so on.",
    )
    faults(found, "objective.order")
    if not order:
        st.caption("Pick at least one; until then the weights count.")


def draw_solver(desk: Desk, found: Trial) -> None:
    """Years, discounting, and how long and how exactly is searched."""
    st.markdown("#### Horizon")
    first, second = st.columns(2)
    with first:
        for label, name in (("First year", "first_year"), ("Last year", "last_year")):
            year = found.setting(name)
            figure(found, label, name, year if isinstance(year, int) else None, 1900, 2200, whole=True)
    with second:
        figure(
            found,
            "Discount rate, share per year",
            "discount_rate",
            float(found.setting("discount_rate")),
            0.0,
            1.0,
            step=0.005,
            help="Money of later years counts less by this share for each year.",
        )
        switch(
            "Counterfactual programs too",
            "include_counterfactuals",
            bool(found.setting("include_counterfactuals")),
            help="Let programs take part that were cancelled in fact.",
        )
    st.markdown("#### Solver")
    first, second, third = st.columns(3)
    with first:
        figure(
            found,
            "Gap, share",
            "solver.gap",
            float(found.setting("solver.gap")),
            0.0,
            1.0,
            step=0.001,
            help="The search ends when the plan is proven to be at most this share above the best possible.",
        )
    with second:
        figure(
            found,
            "Time limit, seconds",
            "solver.time_limit_s",
            float(found.setting("solver.time_limit_s")),
            1.0,
            1e7,
            step=30.0,
        )
    with third:
        figure(found, "Processor cores", "solver.threads", found.setting("solver.threads"), 1, 256, whole=True)
    choice(
        found,
        "Strategy",
        "solver.strategy",
        str(found.setting("solver.strategy")),
        ("auto", "whole", "decomposed"),
        help="Whole: one model. Decomposed: by capability, for large scenarios. Auto: whichever suits the size.",
    )
