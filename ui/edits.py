"""Edits: what was entered but not applied yet, the list of changes before Apply, undo, and saved what-ifs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from optimizer import InvalidInput, Problem, words
from optimizer.drafts import Draft, draft_of, read_whatif, save_whatif, saved_whatifs, whatifs_beside
from optimizer.tables.whatif import Change
from optimizer.trial import SETTINGS, Base, Trial, open_base, trial
from ui.frame import clean
from ui.state import Desk, fingerprint

MOST_LINES, MOST_STEPS = 12, 50
# What a session remembers: changes before the grid's own edits, with them, what they stand on, earlier states.
_START, _NOW, _STANDS_ON, _STEPS, _VERSION = (
    "edits_start",
    "edits_now",
    "edits_stands_on",
    "edits_steps",
    "edits_version",
)

Changes = tuple[Change, ...]


@st.cache_resource(show_spinner=False, max_entries=12)
def _base(path: str, print_: tuple[object, ...]) -> Base:
    del print_
    return open_base(path)


def base_of(desk: Desk) -> Base:
    """What the draft stands on as text, read again only when its files change."""
    return _base(desk.draft.base, fingerprint(desk.draft.base))


@st.cache_resource(show_spinner=False, max_entries=24)
def _trial(path: str, print_: tuple[object, ...], name: str, key: str, _changes: Changes, _base: Base) -> Trial:
    del path, print_, key
    return trial(_base, name, "", _changes)


def trial_of(desk: Desk, changes: Changes) -> Trial:
    """The base with some changes, checked in memory; the same changes are checked once."""
    path = desk.draft.base
    return _trial(path, fingerprint(path), desk.draft.name, repr(changes), changes, base_of(desk))


def start(desk: Desk) -> Changes:
    """The changes that the controls on the page start from."""
    _forget_if_elsewhere(desk)
    return st.session_state.get(_START, desk.draft.changes)


def now(desk: Desk) -> Changes:
    """All changes as entered, applied or not."""
    _forget_if_elsewhere(desk)
    return st.session_state.get(_NOW, desk.draft.changes)


def _forget_if_elsewhere(desk: Desk) -> None:
    """What was entered over one base says nothing over another; where nothing was entered, the draft is followed."""
    stands_on = (desk.draft.base, desk.draft.changes)
    before = st.session_state.get(_STANDS_ON, stands_on)
    if before != stands_on and (before[0] != stands_on[0] or st.session_state.get(_NOW) == before[1]):
        forget()
    st.session_state[_STANDS_ON] = stands_on


def note(changes: Changes) -> None:
    """Remember what the grid holds now, without disturbing the grid."""
    before = st.session_state.get(_NOW)
    if before is not None and before != changes:
        st.session_state[_STEPS] = [*st.session_state.get(_STEPS, []), before][-MOST_STEPS:]
    st.session_state[_NOW] = changes


def put(changes: Sequence[Change], desk: Desk) -> None:
    """Enter changes; every control is drawn anew from them."""
    if _NOW not in st.session_state:
        st.session_state[_NOW] = desk.draft.changes
    note(tuple(changes))
    settle()


def enter(changes: Sequence[Change], desk: Desk) -> None:
    """Enter changes from a control that shows them already, so that it keeps the focus."""
    if _NOW not in st.session_state:
        st.session_state[_NOW] = desk.draft.changes
    note(tuple(changes))
    st.session_state[_START] = tuple(changes)


def settle() -> None:
    """Let the controls start from what has been entered so far."""
    if _NOW in st.session_state:
        st.session_state[_START] = st.session_state[_NOW]
    st.session_state[_VERSION] = version() + 1


def version() -> int:
    """Grows whenever the controls must be drawn anew; part of their keys."""
    return int(st.session_state.get(_VERSION, 0))


def forget() -> None:
    """Drop what was entered and not applied."""
    for key in (_START, _NOW, _STEPS):
        st.session_state.pop(key, None)
    st.session_state[_VERSION] = version() + 1


def undo(desk: Desk) -> None:
    """One step back: of what was entered, else of what was applied."""
    steps = st.session_state.get(_STEPS, [])
    if steps:
        st.session_state[_NOW] = steps[-1]
        st.session_state[_STEPS] = steps[:-1]
        settle()
    elif now(desk) != desk.draft.changes:
        forget()
    else:
        desk.keep(desk.draft.undone())
        forget()


def can_undo(desk: Desk) -> bool:
    """Whether there is a step to take back."""
    return bool(st.session_state.get(_STEPS)) or now(desk) != desk.draft.changes or bool(desk.draft.before)


# --- what stands above and below the controls ------------------------------------------------------------------------


def bar(desk: Desk) -> None:
    """The what-if being worked on: its base, undo and redo, name and save, and others to open."""
    count = words.plural(len(desk.draft.changes), "change") if desk.draft.changes else "No changes yet"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{count} over **{clean(_base_name(desk))}**"
            + (
                f" as “{clean(desk.draft.name)}”"
                if desk.draft.name
                else ", not named yet"
                if desk.draft.changes
                else ""
            ),
            width="stretch",
        )
        if st.button("Undo", icon=":material/undo:", disabled=not can_undo(desk), key="edits_undo"):
            undo(desk)
            st.rerun()
        if st.button("Redo", icon=":material/redo:", disabled=not desk.draft.after, key="edits_redo"):
            desk.keep(desk.draft.redone())
            forget()
            st.rerun()
        with st.popover("Save", icon=":material/save:"):
            _save(desk)
        with st.popover("Open", icon=":material/folder_open:"):
            _open(desk)


def _base_name(desk: Desk) -> str:
    whatif = read_whatif(desk.draft.base)
    return whatif.name if whatif else Path(desk.draft.base).stem


def _save(desk: Desk) -> None:
    """Name, note and save the applied changes as a what-if."""
    with st.form("edits_save", border=False):
        name = st.text_input("Name of the what-if", desk.draft.name, max_chars=200, key=f"edits_name_{desk.draft.name}")
        remark = st.text_area("Note", desk.draft.note, max_chars=4000, height=80, key=f"edits_note_{desk.draft.name}")
        stack = st.checkbox(
            "Go on in a new what-if on top of it",
            key="edits_stack",
            help="The saved what-if becomes the base; further changes are a what-if of their own over it.",
        )
        pressed = st.form_submit_button("Save", type="primary")
    if now(desk) != desk.draft.changes:
        st.caption("What you have not applied is not saved with it.")
    if not pressed:
        return
    if not name.strip():
        st.error("Give it a name first.", icon=":material/error:")
        return
    draft = dataclasses.replace(desk.draft, name=name.strip(), note=remark.strip())
    try:
        path = save_whatif(desk.workspace, draft)
    except InvalidInput as error:
        st.error(clean(str(error.problems[0])), icon=":material/error:")
        return
    desk.keep(Draft(str(path)) if stack else draft)
    if stack:
        forget()
    st.rerun()


def _open(desk: Desk) -> None:
    """Another what-if: to edit, to stand on, or to add its changes to these."""
    paths = {
        f"{_name(path)}{mark}": path
        for mark, group in ((" (yours)", saved_whatifs(desk.workspace)), ("", whatifs_beside(desk.given)))
        for path in group
    }
    if not paths:
        st.caption("No what-ifs yet. Save one, and it is listed here.")
        return
    chosen = paths[st.selectbox("What-if", list(paths), key="edits_whatif") or next(iter(paths))]
    whatif = read_whatif(chosen)
    if whatif is None:
        return
    st.caption(clean(whatif.note) or words.plural(len(whatif.changes), "change"))
    if desk.draft.changes and not desk.draft.name:
        st.caption(":material/warning: Your changes are not saved as a what-if; opening another replaces them.")
    if st.button("Open to edit", key="edits_open", help="Its changes take the place of yours."):
        desk.keep(draft_of(chosen))
        forget()
        st.rerun()
    if st.button("Stand on it", key="edits_stand", help="It becomes the base; your next changes go on top of it."):
        own = chosen if chosen.is_relative_to(desk.workspace.folder) else save_whatif(desk.workspace, draft_of(chosen))
        desk.keep(Draft(str(own)))
        forget()
        st.rerun()
    if st.button("Add its changes", key="edits_add", help="Its changes come after yours, to be looked at and applied."):
        put(desk.draft.with_changes(now(desk)).adding(*whatif.changes).changes, desk)
        st.rerun()


def _name(path: Path) -> str:
    whatif = read_whatif(path)
    return whatif.name if whatif else path.stem


def pending(desk: Desk) -> None:
    """What was entered and not applied: every line of it, its faults, and Apply."""
    entered, applied = trial_of(desk, now(desk)), trial_of(desk, desk.draft.changes)
    if now(desk) == desk.draft.changes:
        return
    new = [line for line in entered.told if line not in applied.told]
    gone = [f"no longer: {line}" for line in applied.told if line not in entered.told]
    lines = [*new, *gone]
    known = {_say(problem) for problem in applied.problems}
    faults = [problem for problem in entered.problems if _say(problem) not in known]
    with st.container(border=True):
        st.markdown(f"**{words.plural(len(lines), 'change')} not applied yet**")
        st.markdown("\n".join(f"- {clean(line)}" for line in lines[:MOST_LINES]) or "Nothing differs any more.")
        if len(lines) > MOST_LINES:
            with st.expander(f"and {len(lines) - MOST_LINES} more"):
                st.dataframe(pd.DataFrame({"Change": lines}), hide_index=True, key="edits_lines")
        if faults:
            st.error(
                f"{words.plural(len(faults), 'fault')} to mend before they can be applied, listed below.",
                icon=":material/error:",
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Apply", type="primary", icon=":material/check:", disabled=bool(faults), key="edits_apply"):
                desk.keep(desk.draft.with_changes(now(desk)))
                forget()
                st.rerun()
            if st.button("Discard", icon=":material/close:", key="edits_discard"):
                forget()
                st.rerun()
            st.caption("Kept in this tab until applied. Applied changes stay on your desk, also after a refresh.")


def _say(problem: Problem) -> tuple[object, ...]:
    return (problem.file, problem.column, problem.value, problem.reason)


def faults(found: Trial, key: str) -> None:
    """Every fault of the draft at once: where it is, what is wrong, and what to do."""
    if not found.problems:
        return
    st.markdown(f"#### {words.plural(len(found.problems), 'fault')}")
    table = pd.DataFrame(
        [
            {
                "Table": found.table_of(problem) or "what-if",
                "Row": "" if problem.row is None else str(problem.row),
                "Column": problem.column or "",
                "Value": problem.value or "",
                "What is wrong": problem.reason,
                "What to do": problem.remedy,
            }
            for problem in found.problems
        ]
    )
    settings = {
        "What is wrong": st.column_config.Column(width="large"),
        "What to do": st.column_config.Column(width="large"),
    }
    st.dataframe(table, hide_index=True, key=f"{key}_faults", column_config=settings, placeholder="")


def sentence(problem: Problem) -> str:
    """A fault without its place, to stand beside its control."""
    value = f" ({problem.value})" if problem.value else ""
    return f"{problem.reason}{value}. {problem.remedy}".strip()


__all__ = ["SETTINGS", "Changes", "bar", "base_of", "faults", "now", "pending", "put", "sentence", "start", "trial_of"]
