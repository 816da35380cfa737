"""Policy, budgets: a slider for each nation that scales its budgets, with the money it comes to."""

from __future__ import annotations

import streamlit as st

from optimizer.trial import Trial, budget_factors, budget_totals, with_budget_factor
from ui import edits, text
from ui.frame import clean
from ui.state import Desk, open_desk
from ui.views.policy_controls import widget_key

MOST_PERCENT, STEP_PERCENT, WIDE, FIRST = 200, 5, 3, 9


def draw(desk: Desk, found: Trial) -> None:
    """Draw the section."""
    before = budget_totals(edits.trial_of(desk, ()))
    after = budget_totals(found)
    if not before:
        st.info("No nation has a budget: there is nothing to scale. Budgets are entered under Inputs.")
        return
    factors = budget_factors(edits.now(desk))
    rows = {row["nation"]: row for row in found.sheet("nations").rows if row.get("nation")}
    blocs = sorted({part.strip() for row in rows.values() for part in row.get("blocs", "").split(";") if part.strip()})
    largest = sorted(before, key=lambda code: -before[code])
    shown = st.selectbox(
        "Nations",
        ["", "all", *blocs],
        format_func=lambda word: {"": f"the {FIRST} with the most money", "all": f"all {len(before)}"}.get(
            word, clean(word)
        ),
        key="policy_budget_nations",
        width=300,
    )
    codes = (
        largest[:FIRST]
        if not shown
        else [
            code
            for code in largest
            if shown == "all" or shown in [p.strip() for p in rows.get(code, {}).get("blocs", "").split(";")]
        ]
    )
    st.caption("Scales every budget row of a nation, all years and classes. Money is the sum over the horizon.")
    _together(desk, codes)
    for at in range(0, len(codes), WIDE):
        for place, code in zip(st.columns(WIDE), codes[at : at + WIDE], strict=False):
            with place:
                _nation(code, rows.get(code, {}).get("name", ""), factors.get(code, 1.0), before[code], after.get(code))


def _together(desk: Desk, codes: list[str]) -> None:
    """All nations that are shown, scaled alike."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        percent = st.number_input(
            "All nations shown, %", 0, 1000, 100, STEP_PERCENT, key=widget_key("budget_all"), width=200
        )
        if st.button("Enter for all shown", key="policy_budget_all"):
            changes = edits.now(desk)
            for code in codes:
                changes = with_budget_factor(changes, edits.base_of(desk), code, percent / 100.0)
            edits.put(changes, desk)
            st.rerun()


def _nation(code: str, name: str, factor: float, before: float, after: float | None) -> None:
    """One nation's slider, and its money before and after."""
    key = widget_key(f"budget_{code}")
    value = round(100.0 * factor)

    def moved() -> None:
        desk = open_desk()
        changes = with_budget_factor(edits.now(desk), edits.base_of(desk), code, st.session_state[key] / 100.0)
        edits.enter(changes, desk)

    st.slider(
        f"{clean(name) or code} ({code}), %",
        0,
        max(MOST_PERCENT, value),
        value,
        STEP_PERCENT if value % STEP_PERCENT == 0 else 1,
        key=key,
        on_change=moved,
    )
    told = text.money(before) if after is None or after == before else f"{text.money(before)} → {text.money(after)}"
    st.caption(told)
