"""Policy: who buys together, which rules hold, what counts how much, with what money; all as a what-if."""

from __future__ import annotations

import streamlit as st

from ui import edits
from ui.state import Desk
from ui.views import policy_goals, policy_locks, policy_money, policy_pools, policy_rules

TITLE = "Policy"
ICON = ":material/rule:"
SECTIONS = {
    "Pools": policy_pools.draw,
    "Rules": policy_rules.draw,
    "Goals": policy_goals.draw,
    "Budgets": policy_money.draw,
    "Locks": policy_locks.draw,
    "Horizon and solver": policy_goals.draw_solver,
}


def render(desk: Desk) -> None:
    """Draw the view."""
    edits.bar(desk)
    section = st.segmented_control(
        "Section", list(SECTIONS), default="Pools", required=True, key="policy_section", label_visibility="collapsed"
    )
    found = edits.trial_of(desk, edits.now(desk))
    SECTIONS[section or "Pools"](desk, found)
    edits.pending(desk)
    edits.faults(edits.trial_of(desk, edits.now(desk)), "policy")
