"""Frame: what stands around every view - scenario, changes, status of the shown plan, stale mark, runs at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from optimizer import InvalidInput, words
from optimizer.runs import Run
from ui import text
from ui.state import POOLINGS, Desk, open_desk

MOST_CHIPS, MOST_FAULTS = 6, 12
REDRAW_SECONDS = 1.0


def top(desk: Desk, title: str) -> None:
    """Heading of a view: its title, the scenario, what differs from the base, and faults."""
    st.title(title, anchor=False)
    scenario = desk.scenario
    name = scenario.settings.name if scenario else desk.draft.name or "Draft with faults"
    mark = scenario is not None and scenario.settings.illustrative
    st.markdown(f"**{clean(name)}**" + (" :orange-badge[illustrative data, not a basis for decisions]" if mark else ""))
    chips(desk.changes)
    if desk.draft.base != desk.given:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Base: {clean(Path(desk.draft.base).name)}, not the scenario the page was started with.")
            if st.button(f"Back to {Path(desk.given).name}", type="tertiary", key="frame_over", icon=":material/undo:"):
                desk.start_over()
                st.rerun()
    if desk.problems:
        st.error(
            f"The inputs have {words.plural(len(desk.problems), 'fault')} and cannot be solved. "
            f"First: {clean(str(desk.problems[0]))}",
            icon=":material/error:",
        )


def faults(error: InvalidInput, lead: str = "This cannot be shown or done:") -> None:
    """Every fault that kept something from being done, where it lies and what to do."""
    lines = [f"- {clean(str(problem))}" for problem in error.problems[:MOST_FAULTS]]
    more = len(error.problems) - MOST_FAULTS
    if more > 0:
        lines.append(f"- and {more} more")
    st.error("\n".join([lead, *lines]), icon=":material/error:")


def chips(changes: tuple[str, ...], lead: str = "Changed from the base:") -> None:
    """What differs from the base, a chip each."""
    if not changes:
        return
    shown = " ".join(f":primary-badge[{clean(change)}]" for change in changes[:MOST_CHIPS])
    more = len(changes) - MOST_CHIPS
    st.markdown(f"{lead} {shown}" + (f" :gray-badge[and {more} more]" if more > 0 else ""))
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
            if desk.active:
                st.write("The first plan is being sought; it appears here as soon as it is there.")
            else:
                st.write("Nothing has been solved for these inputs. A solve runs in the background meanwhile.")
                failed(desk)
            start_button(desk)
        return False
    if desk.is_stale:
        with st.container(border=True):
            st.warning(
                f"**Stale.** Shown is the plan of “{clean(desk.run.title)}” from {text.moment(desk.run.created)}, "
                "solved from other inputs than those of now.",
                icon=":material/history:",
            )
            chips(desk.run.changes, "The plan shown had changed:")
            start_button(desk)
        return True
    if not desk.changes:
        chips(desk.run.changes, "Its base had been changed:")
    if desk.run.status == "stopped":
        st.warning(
            "This plan was stopped early; its gap tells how far from the best it may be.", icon=":material/pan_tool:"
        )
    return True


def failed(desk: Desk) -> None:
    """Why the last solve of these inputs gave no plan, if it did not."""
    last = next((run for run in desk.runs if run.case_sha256 == desk.case and run.has_ended), None)
    if last is not None and not last.has_plan:
        st.error(
            f"The last solve, {text.pooling(last.pooling).lower()}, gave none. {ending(last)}", icon=":material/error:"
        )


def ending(run: Run) -> str:
    """How a run ended, in a sentence or two, as markdown."""
    if run.message:
        return clean(run.message)
    sentence = {
        "infeasible": "Infeasible: the rules and needs cannot all hold",
        "no_plan": "No plan was found in the time given; whether there is one is not known",
        "cancelled": "Stopped before a plan was found",
    }.get(str(run.outcome.get("status")), "")
    if run.clash:
        sentence += f". These cannot hold together: {', '.join(clean(name) for name in run.clash)}"
    return f"{sentence}." if sentence else ""


def start_button(desk: Desk) -> None:
    """One button that solves what is asked now as is, nationally and jointly."""
    if desk.scenario is None:
        return
    running = [run for run in desk.active if run.case_sha256 == desk.case]
    if running:
        st.info(
            f"{words.plural(len(running), 'run')} of these inputs at work: see the side.", icon=":material/autorenew:"
        )
        return
    poolings = [mode for mode in ("as_is", "national", "joint") if mode in possible(desk)]
    label = f"Solve now: {', '.join(text.pooling(mode).lower() for mode in poolings)}"
    if st.button(label, type="primary", icon=":material/play_arrow:", key="frame_solve"):
        desk.show(None)
        desk.solve(*poolings)
        st.rerun()


def possible(desk: Desk) -> tuple[str, ...]:
    """Poolings that say something for the scenario."""
    from optimizer.analysis.compare import makes_sense

    return tuple(mode for mode in POOLINGS if desk.scenario is not None and makes_sense(desk.scenario, mode))


def side(desk: Desk) -> None:
    """The left side: which plan is shown, runs at work, and the address to come back to."""
    with st.sidebar:
        choose_run(desk)
        live(watch, at_work=bool(desk.active))
        st.caption("The address of this page is your desk: it brings back your inputs and runs, also in a second tab.")


def choose_run(desk: Desk) -> None:
    """Pick the plan that all views show."""
    plans = {run.id: run for run in desk.runs if run.has_plan}
    if desk.run is None:
        return

    def chosen() -> None:
        st.session_state["run"] = st.session_state[key]

    key = f"frame_run_{desk.run.id}"
    st.selectbox(
        "Plan shown",
        list(plans),
        index=list(plans).index(desk.run.id),
        format_func=text.labels(plans.values()).__getitem__,
        help="Every view shows this plan. Unless you choose, it is the newest plan of the inputs of now.",
        key=key,
        on_change=chosen,
    )
    st.caption(proven(desk.run))


def proven(run: Run) -> str:
    """Status, gap and age of a run in a line."""
    status = text.STATUS.get(str(run.outcome.get("status")), run.status)
    return f"{status.capitalize()}, gap {text.percent(run.outcome.get('gap'))}, {text.moment(run.created)}"


def live(part: Callable[[], None], *, at_work: bool) -> None:
    """Draw a part that redraws itself every second while runs are at work, and costs nothing otherwise."""
    st.fragment(part, run_every=REDRAW_SECONDS if at_work else None)()


def watch() -> None:
    """Runs at work, redrawn every second; a run that ends redraws the whole page."""
    desk = open_desk()
    active = desk.active
    before = set(st.session_state.get("frame_active", ()))
    st.session_state["frame_active"] = [run.id for run in active]
    if active:
        st.markdown(f"**{words.plural(len(active), 'run')} at work**")
    for run in active:
        st.caption(f":material/autorenew: {text.pooling(run.pooling)}: {told(run)}")
    if before - {run.id for run in active}:
        st.rerun(scope="app")


def told(run: Run) -> str:
    """How far a run is, in a few words."""
    if run.status == "waiting":
        return "waiting for a free place"
    last = run.progress()[-1:]
    if run.is_asked_to_stop:
        return "stopping, keeping the best plan" if last and last[0].best is not None else "stopping"
    if not last:
        return "reading and building"
    gap = "searching" if last[0].gap is None else f"gap {text.percent(last[0].gap)}"
    return f"{gap}, {last[0].stage}, {text.duration(run.elapsed_seconds)}"
