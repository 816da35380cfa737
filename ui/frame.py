"""Frame: what stands around every view - scenario, changes, status of the shown run, stale mark, runs at work."""

from __future__ import annotations

import streamlit as st

from optimizer import words
from ui import text
from ui.state import Desk

MOST_CHIPS = 6


def top(desk: Desk, title: str) -> None:
    """Heading of a view: its title, the scenario, and what differs from the base."""
    st.title(title, anchor=False)
    scenario = desk.scenario
    name = scenario.settings.name if scenario else desk.draft.name or "Draft with faults"
    mark = " · :orange[illustrative data, not a basis for decisions]" if scenario and is_illustrative(desk) else ""
    st.caption(f"**{name}**{mark}")
    chips(desk.changes)
    if desk.problems:
        st.error(
            f"The draft has {words.plural(len(desk.problems), 'fault')} and cannot be solved. "
            f"First: {desk.problems[0]}",
            icon=":material/error:",
        )


def is_illustrative(desk: Desk) -> bool:
    """Whether the data are marked as illustrative."""
    return desk.scenario is not None and desk.scenario.settings.illustrative


def chips(changes: tuple[str, ...]) -> None:
    """What differs from the base, a chip each."""
    if not changes:
        return
    shown = " ".join(f":primary-badge[{clean(change)}]" for change in changes[:MOST_CHIPS])
    more = len(changes) - MOST_CHIPS
    st.markdown(f"Changed from the base: {shown}" + (f" :gray-badge[and {more} more]" if more > 0 else ""))
    if more > 0:
        with st.expander("All changes"):
            st.markdown("\n".join(f"- {clean(change)}" for change in changes))


def clean(line: str) -> str:
    """A line of data as plain text within markdown."""
    for letter in "\\`*_[]{}<>$#|~:":
        line = line.replace(letter, f"\\{letter}")
    return line


def need_plan(desk: Desk) -> bool:
    """Whether there is a plan to show; says what to do where there is none, and when the one shown is stale."""
    if desk.run is None:
        with st.container(border=True):
            st.subheader("No plan yet", anchor=False)
            st.write(
                "Nothing has been solved for this scenario. A solve runs in the background; the page stays usable."
            )
            if desk.scenario is not None:
                start_button(desk)
        return False
    if desk.is_stale:
        st.warning(
            f"Stale: this is the plan of **{clean(desk.run.title)}** from {text.moment(desk.run.created)}, "
            "not of the inputs as they are now. Solve again to bring it up to date.",
            icon=":material/history:",
        )
        start_button(desk)
    return True


def start_button(desk: Desk) -> None:
    """One button that solves the draft as is, nationally and jointly."""
    if desk.scenario is None:
        return
    running = [run for run in desk.active if run.case_sha256 == desk.case]
    if running:
        st.info(f"{words.plural(len(running), 'run')} of it at work; see the left side.", icon=":material/autorenew:")
    elif st.button(
        "Solve now: as is, national, joint", type="primary", icon=":material/play_arrow:", key="frame_solve"
    ):
        poolings = [mode for mode in ("as_is", "national", "joint") if mode != "as_is" or desk.scenario.baselines]
        desk.solve(*poolings)
        st.rerun()


def side(desk: Desk) -> None:
    """The left side: which run is shown, and runs at work."""
    with st.sidebar:
        choose_run(desk)
        if desk.active:
            watch()


def choose_run(desk: Desk) -> None:
    """Pick the run that all views show."""
    plans = {run.id: run for run in desk.runs if run.has_plan}
    if not plans:
        return
    ids = list(plans)
    shown = desk.run.id if desk.run else ids[0]
    chosen = st.selectbox(
        "Plan shown",
        ids,
        index=ids.index(shown),
        format_func=lambda id: text.label(plans[id]),
        help="Every view shows this plan. The newest plan of the present inputs is shown unless you choose another.",
        key=f"frame_run_{shown}",
    )
    if chosen != shown:
        desk.show(plans[chosen])
        st.rerun()


@st.fragment(run_every=1.0)
def watch() -> None:
    """Runs at work, redrawn every second; a run that ends redraws the whole page."""
    from ui.state import open_desk

    desk = open_desk()
    active = desk.active
    st.markdown("**At work**")
    for run in active:
        last = run.progress()[-1:]
        told = f"gap {text.percent(last[0].gap)}" if last and last[0].gap is not None else "searching"
        st.caption(
            f":material/autorenew: {text.pooling(run.pooling)}: {told if run.status == 'running' else 'waiting'}"
        )
    before = st.session_state.get("frame_active")
    st.session_state["frame_active"] = [run.id for run in active]
    if before is not None and set(before) - {run.id for run in active}:
        st.rerun(scope="app")
