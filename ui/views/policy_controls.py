"""Policy, controls: a switch, number or choice that is one setting of the what-if, its faults below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from optimizer.trial import Trial, with_setting
from ui import edits
from ui.frame import clean
from ui.state import open_desk

Plain = Callable[[Any], Any]


def widget_key(key: str) -> str:
    """The key of a setting's control; another whenever all controls are drawn anew."""
    return f"policy_{key}_{edits.version()}"


def entered(key: str, plain: Plain | None = None) -> Callable[[], None]:
    """What a control does when it was changed: enter its value as a change of the what-if."""
    name = widget_key(key)

    def enter() -> None:
        desk = open_desk()
        value = st.session_state[name]
        if value is None:
            return
        value = plain(value) if plain else value
        edits.enter(with_setting(edits.now(desk), edits.base_of(desk), key, value), desk)

    return enter


def faults(found: Trial, key: str) -> None:
    """The faults of one setting, in words."""
    for problem in found.faults(edits.SETTINGS):
        if problem.column and (problem.column == key or problem.column.startswith(f"{key}.")):
            st.caption(f":red[:material/error: {clean(edits.sentence(problem))}]")


def switch(label: str, key: str, value: bool, **more: Any) -> bool:
    """A setting that is on or off."""
    return st.toggle(label, value, key=widget_key(key), on_change=entered(key), **more)


def figure(
    found: Trial,
    label: str,
    key: str,
    value: float | None,
    low: float,
    high: float,
    *,
    whole: bool = False,
    **more: Any,
) -> None:
    """A setting that is a number within bounds."""
    if whole:
        more = {"step": 1, **more}
        given: Any = None if value is None else round(value)
        st.number_input(label, round(low), round(high), given, key=widget_key(key), on_change=entered(key, int), **more)
    else:
        more = {"format": "%.6g", **more}
        given = None if value is None else min(max(float(value), low), high)
        st.number_input(label, float(low), float(high), given, key=widget_key(key), on_change=entered(key), **more)
    faults(found, key)


def choice(found: Trial, label: str, key: str, value: str, words: Sequence[str], **more: Any) -> None:
    """A setting that is one of a few words."""
    given = list(dict.fromkeys([*words, value]))
    st.selectbox(label, given, index=given.index(value), key=widget_key(key), on_change=entered(key), **more)
    faults(found, key)
