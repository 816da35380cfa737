"""Solve: start solves in the background, watch bound and best plan close in on each other, stop and keep the plan."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Progress, words
from optimizer.runs import Run
from ui import charts, frame, text
from ui.state import Desk, open_desk

TITLE = "Solve"
ICON = ":material/play_circle:"
MOST_OPEN, MOST_LISTED = 6, 60
MOST_POINTS = 300


def render(desk: Desk) -> None:
    """Draw the view."""
    start(desk)
    frame.live(at_work, at_work=bool(desk.active))
    search(desk)
    history(desk)


def start(desk: Desk) -> None:
    """What to solve, how exactly, and the button that begins."""
    if desk.scenario is None:
        st.info("Mend the faults of the inputs first; then they can be solved.", icon=":material/build:")
        return
    asked = desk.scenario.settings.solver
    choices = frame.possible(desk)
    with st.form("solve_form", border=True):
        poolings = st.pills(
            "How the nations buy",
            choices,
            selection_mode="multi",
            default=[mode for mode in ("as_is", "national", "joint") if mode in choices],
            format_func=text.pooling,
            help="Each is a solve of its own, side by side: as is, every nation its baseline program; national, each "
            "nation alone; blocs, together within each bloc; joint, all together.",
            key="solve_poolings",
        )
        with st.expander("How exact, how long", icon=":material/tune:"), st.container(horizontal=True):
            gap = st.number_input(
                "Gap, %",
                0.0,
                100.0,
                100.0 * asked.gap,
                0.1,
                format="%.3f",
                help="The search ends when the plan is proven to be at most this far above the best possible.",
                key="solve_gap",
            )
            limit = st.number_input(
                "Time limit, s",
                1.0,
                1e6,
                float(asked.time_limit_s),
                10.0,
                format="%.0f",
                help="Each solve stops after about this time, its finish included, and keeps the best plan.",
                key="solve_limit",
            )
            threads = st.number_input("Processor cores", 1, 256, asked.threads, key="solve_threads")
        pressed = st.form_submit_button("Solve", type="primary", icon=":material/play_arrow:")
    if pressed and poolings:
        desk.show(None)
        desk.solve(*poolings, gap=gap / 100.0, time_limit=limit, threads=int(threads))
        st.rerun()
    elif pressed:
        st.warning("Choose at least one way to buy.")


def at_work() -> None:
    """Runs that wait or are at work, redrawn every second."""
    desk = open_desk()
    if not desk.active:
        return
    st.markdown("#### At work")
    for run in desk.active:
        with st.container(border=True):
            one_at_work(desk, run)


def one_at_work(desk: Desk, run: Run) -> None:
    """One run: bound, best plan and gap as numbers and as a curve, and the buttons that end it."""
    messages = run.progress()
    last = messages[-1] if messages else Progress("waiting", 0.0, None, None)
    st.markdown(f"**{text.pooling(run.pooling)}** · {frame.clean(run.title)} · {frame.told(run)}")
    if run.status == "running":
        with st.container(horizontal=True):
            st.metric("Best plan", "none yet" if last.best is None else text.money(last.best))
            st.metric("Bound", "none yet" if last.bound is None else text.money(last.bound))
            st.metric("Gap", "–" if last.gap is None else text.percent(last.gap))
            st.metric("Time", text.duration(run.elapsed_seconds))
        curve(run, messages)
    with st.container(horizontal=True):
        if st.button(
            stop_label(run, last), key=f"solve_stop_{run.id}", icon=":material/stop:", disabled=run.is_asked_to_stop
        ):
            desk.board.stop(run)
            st.rerun(scope="fragment")
        if run.is_asked_to_stop and st.button(
            "End at once, without a plan", key=f"solve_end_{run.id}", type="tertiary", icon=":material/dangerous:"
        ):
            desk.board.end(run)


def stop_label(run: Run, last: Progress) -> str:
    """What a stop does to a run now."""
    if run.status != "running":
        return "Leave the queue"
    return "Stop, with no plan yet" if last.best is None else "Stop and keep the best plan"


def curve(run: Run, messages: list[Progress]) -> None:
    """Best plan and bound over time."""
    table = points(messages)
    if table.empty:
        return
    scale = alt.Scale(domain=[0, max(2.0, run.elapsed_seconds)])
    st.altair_chart(
        lines(table, scale).properties(height=230),
        key=f"solve_curve_{run.id}",
        alt="Best plan and bound in million euro over seconds of search; the latest of each stand above.",
    )


def points(messages: list[Progress]) -> pd.DataFrame:
    """Best plan and bound over time, a row each."""
    return pd.DataFrame(
        [
            {"seconds": message.seconds, "what": what, "value_meur": value}
            for message in messages[-MOST_POINTS:]
            for what, value in (("Best plan", message.best), ("Bound", message.bound))
            if value is not None
        ]
    )


def lines(table: pd.DataFrame, seconds: alt.Scale | None = None) -> alt.Chart:
    """The curve of best plan and bound."""
    scale = alt.Scale(domain=["Best plan", "Bound"], range=[charts.POOLING_COLORS["Joint"], charts.NEUTRAL])
    return (
        alt.Chart(table)
        .mark_line(interpolate="step-after", point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("seconds:Q", title="Seconds", scale=seconds or alt.Scale(zero=True)),
            y=alt.Y("value_meur:Q", axis=charts.whole_axis("Million euro"), scale=alt.Scale(zero=False)),
            color=alt.Color("what:N", title=None, scale=scale, legend=alt.Legend(orient="top")),
        )
    )


def search(desk: Desk) -> None:
    """How the search of the shown plan went."""
    if desk.run is None:
        return
    messages = desk.run.progress()
    table = points(messages)
    if table.empty:
        return
    st.markdown("#### How the plan shown was found")
    first = next((message for message in messages if message.best is not None), None)
    gap = f"gap {text.percent(desk.run.outcome.get('gap'))} after {text.duration(desk.run.seconds)}"
    found = f"First plan after {text.duration(first.seconds)}, {gap}" if first else f"No plan yet, {gap}"
    charts.show(lines(table), table, finding=found, footer=text.footer(desk.run), key="solve_search", height=150)


def history(desk: Desk) -> None:
    """Runs that have ended, the failed ones with their reason."""
    ended = [run for run in desk.runs if run.has_ended][:MOST_LISTED]
    st.markdown("#### Runs so far")
    if not ended:
        st.caption("None yet. A run appears here when it has ended, with its status, gap and time.")
        return
    for run in ended[:MOST_OPEN]:
        row(desk, run)
    if len(ended) > MOST_OPEN:
        with st.expander(f"{words.plural(len(ended) - MOST_OPEN, 'older run')}", icon=":material/history:"):
            for run in ended[MOST_OPEN:]:
                row(desk, run)


def row(desk: Desk, run: Run) -> None:
    """One ended run in a line, with what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        mark = {"failed": ":red-badge[failed]", "stopped": ":orange-badge[stopped]"}.get(run.status, "")
        if run.case_sha256 != desk.case:
            mark += " :gray-badge[other inputs]"
        status = text.STATUS.get(str(run.outcome.get("status")), "")
        known = f", gap {text.percent(run.outcome.get('gap'))}" if run.outcome.get("gap") is not None else ""
        st.markdown(
            f"**{text.pooling(run.pooling)}** · {frame.clean(run.title)} {mark}  \n"
            f":small[{text.moment(run.created)} · {status}{known} · {text.duration(run.seconds)}]"
            + (f"  \n{frame.ending(run)}" if not run.has_plan else ""),
            width="stretch",
        )
        is_shown = desk.run is not None and run.id == desk.run.id
        label = "Shown" if is_shown else "Show"
        if run.has_plan and st.button(label, key=f"solve_show_{run.id}", disabled=is_shown):
            desk.show(run)
            st.rerun()
        if run.status == "failed" and st.button("Try again", key=f"solve_again_{run.id}"):
            desk.board.submit(desk.workspace.create(run.scenario(), **run.options))
            st.rerun()
        if run.owner == desk.workspace.key and st.button(
            "Delete",
            key=f"solve_delete_{run.id}",
            type="tertiary",
            help=f"Delete this run: {words.POOLING[run.pooling]}",
        ):
            desk.workspace.delete(run)
            if st.session_state.get("run") == run.id:
                desk.show(None)
            st.rerun()
