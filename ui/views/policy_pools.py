"""Policy, pools: joint, national, as is, or blocs picked nation by nation."""

from __future__ import annotations

import streamlit as st

from optimizer.trial import Trial, with_setting
from ui import edits, text
from ui.frame import clean
from ui.state import POOLINGS, Desk
from ui.views.policy_controls import entered, faults, widget_key

MEANING = {
    "joint": "All nations may buy together, in one contract per program.",
    "national": "Every nation buys alone.",
    "blocs": "Nations of one bloc below may buy together; a nation in none of them stands alone.",
    "as_is": "Every nation buys its baseline program of today.",
}


def draw(desk: Desk, found: Trial) -> None:
    """Draw the section."""
    mode = str(found.setting("pooling.mode"))
    order = list(reversed(POOLINGS))
    st.radio(
        "Who buys together",
        order,
        index=order.index(mode) if mode in order else 0,
        format_func=text.pooling,
        captions=[MEANING[name] for name in order],
        key=widget_key("pooling.mode"),
        on_change=entered("pooling.mode"),
        help="What the scenario asks for. Solve can answer the other poolings beside it.",
    )
    faults(found, "pooling.mode")
    st.markdown("#### Blocs")
    st.caption("Used when buying in blocs. A nation can be in one of them.")
    blocs = [list(bloc) for bloc in found.setting("pooling.blocs") or () if isinstance(bloc, (list, tuple))]
    rows = found.sheet("nations").rows
    names = {row["nation"]: row.get("name", "") for row in rows if row.get("nation")}
    for number, bloc in enumerate(blocs):
        taken = {code for other in blocs if other is not bloc for code in other}
        _bloc(desk, blocs, number, {code: name for code, name in names.items() if code not in taken})
    faults(found, "pooling.blocs")
    _new(desk, blocs, [row.get("blocs", "") for row in rows], [row.get("nation", "") for row in rows])


def _bloc(desk: Desk, blocs: list[list[str]], number: int, names: dict[str, str]) -> None:
    """One bloc: its members, picked, and a way to drop it."""
    key = widget_key(f"bloc_{number}_{len(blocs)}")

    def picked() -> None:
        enter(desk, [list(st.session_state[key]) if at == number else bloc for at, bloc in enumerate(blocs)])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            f"Bloc {number + 1}",
            list(dict.fromkeys([*names, *blocs[number]])),
            default=blocs[number],
            format_func=lambda code: f"{code} {names.get(code, '')}".strip(),
            key=key,
            on_change=picked,
        )
        if st.button("Drop", key=f"{key}_drop", help=f"Drop bloc {number + 1}"):
            put(desk, [bloc for at, bloc in enumerate(blocs) if at != number])


def _new(desk: Desk, blocs: list[list[str]], memberships: list[str], codes: list[str]) -> None:
    """Another bloc: empty, or of the members of a named one."""
    taken = {code for bloc in blocs for code in bloc}
    named: dict[str, list[str]] = {}
    for code, words in zip(codes, memberships, strict=True):
        for word in filter(None, (part.strip() for part in words.split(";"))):
            if code not in taken:
                named.setdefault(word, []).append(code)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = st.selectbox(
            "Begin with the free members of",
            ["", *sorted(named)],
            format_func=lambda word: f"{clean(word)} ({len(named[word])})" if word else "(empty: pick nations)",
            key=f"policy_bloc_start_{edits.version()}",
        )
        if st.button("Add a bloc", icon=":material/add:", key="policy_bloc_add"):
            put(desk, [*blocs, named.get(start or "", [])])


def enter(desk: Desk, blocs: list[list[str]]) -> None:
    """Enter the blocs from a control that shows them."""
    edits.enter(with_setting(edits.now(desk), edits.base_of(desk), "pooling.blocs", blocs), desk)


def put(desk: Desk, blocs: list[list[str]]) -> None:
    """Enter the blocs and draw them anew."""
    edits.put(with_setting(edits.now(desk), edits.base_of(desk), "pooling.blocs", blocs), desk)
    st.rerun()
