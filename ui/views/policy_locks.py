"""Policy, locks: what the analyst requires, forbids or fixes, nation by program."""

from __future__ import annotations

import streamlit as st

from optimizer.tables.columns import columns
from optimizer.trial import Trial, changed_to
from ui import edits, forms
from ui.frame import clean
from ui.state import Desk

TABLE = "locks"


def draw(desk: Desk, found: Trial) -> None:
    """Draw the section."""
    sheet, numbers = found.sheet(TABLE), found.numbers(TABLE)
    st.caption("A lock holds whatever it costs: require a purchase, forbid it, or fix its units.")
    if not sheet.rows:
        st.markdown("No locks.")
    for place, row in enumerate(sheet.rows):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"- {clean(told(row))}", width="stretch")
            if st.button("Remove", key=f"policy_lock_{place}_{edits.version()}", help=f"Remove the lock: {told(row)}"):
                edits.put(changed_to(edits.now(desk), edits.base_of(desk), sheet.without([place])), desk)
                st.rerun()
        for problem in found.faults(TABLE):
            if problem.row == numbers[place]:
                st.caption(f":red[:material/error: {clean(edits.sentence(problem))}]")
    st.markdown("#### Add a lock")
    known = columns(TABLE)
    names = [name for name in known if name not in ("source", "confidence")]
    codes = {
        name: [row[name] for row in found.sheet(f"{name}s").rows if row.get(name)] for name in ("nation", "program")
    }
    with st.form(f"policy_lock_form_{edits.version()}"):
        answers = forms.row(known, names, {"action": "require"}, f"policy_lock_{edits.version()}", codes=codes)
        pressed = st.form_submit_button("Add the lock", type="primary", icon=":material/add:")
    if pressed and answers.get("program"):
        edits.put(changed_to(edits.now(desk), edits.base_of(desk), sheet.with_rows([answers])), desk)
        st.rerun()
    elif pressed:
        st.error("Choose a program.", icon=":material/error:")


def told(row) -> str:  # type: ignore[no-untyped-def]
    """A lock in words."""
    who = row.get("nation") or "any nation"
    units = f" {row['units']} units" if row.get("units") else ""
    years = [f"from {row['first_delivery']}"] if row.get("first_delivery") else []
    years += [f"to {row['last_delivery']}"] if row.get("last_delivery") else []
    return " ".join([f"{row.get('action', '?')}{units} of {row.get('program', '?')} for {who}", *years])
