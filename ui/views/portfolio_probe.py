"""Portfolio, a change tried: force in, force out or fix a cell, see at once what it loses, then keep it or drop it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from optimizer import InvalidInput, Solution
from optimizer.analysis.edit import Result
from optimizer.analysis.headings import worded
from optimizer.probes import Probe, drop, keep, outcome, probes, start_probe, text_of
from optimizer.studies import named
from ui import charts, frame, text
from ui.state import Desk, open_desk, solution_of

ACTIONS = {"forbid": "Force out", "require": "Force in", "units": "Fix the units"}
EVERYBODY = "all nations"
REDRAW_SECONDS = 1.0


def picked(event: Any) -> None:
    """Put the cell that was clicked into the form, once for each click."""
    cells = (getattr(event, "selection", None) or {}).get("cell") or []
    if not cells:
        return
    cell = (str(cells[0]["nation"]), str(cells[0]["program"]))
    if st.session_state.get("portfolio_picked") != cell:
        st.session_state["portfolio_picked"] = cell
        st.session_state["portfolio_nation"], st.session_state["portfolio_program"] = cell


def render(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """The form, and what was tried with this plan."""
    st.markdown("#### Try a change")
    form(desk, tables["cells"])
    assert desk.run is not None
    active = [probe for probe in own(desk) if not probe.run.has_ended]
    st.fragment(tried, run_every=REDRAW_SECONDS if active else None)()


def own(desk: Desk) -> list[Probe]:
    """What was tried with the plan that is shown, newest first."""
    found = [probe for probe in probes(desk.workspace) if desk.run is not None and probe.base == desk.run.id]
    return [Probe(desk.board.settled(probe.run), probe.base, probe.asked) for probe in found]


def form(desk: Desk, cells: pd.DataFrame) -> None:
    """Choose nation, program and what to force."""
    assert desk.solution is not None
    scenario = desk.solution.scenario
    programs = sorted(scenario.programs, key=lambda code: (scenario.programs[code].capability, code))
    for key, known in (("portfolio_nation", [EVERYBODY, *scenario.nations]), ("portfolio_program", programs)):
        if st.session_state.get(key) not in known:
            st.session_state.pop(key, None)
    st.session_state.setdefault("portfolio_program", str(cells.nlargest(1, "total_meur")["program"].iloc[0]))
    with st.container(border=True):
        one, two = st.columns(2)
        three, four = st.columns([2, 1], vertical_alignment="bottom")
        nation = one.selectbox(
            "Nation",
            [EVERYBODY, *scenario.nations],
            format_func=lambda code: f"{name} ({code})" if (name := desk.names.nations.get(code)) else code,
            key="portfolio_nation",
        )
        program = two.selectbox(
            "Program",
            programs,
            format_func=lambda code: " ".join(
                [
                    desk.names.programs.get(code, code),
                    f"({desk.names.capabilities.get(need := scenario.programs[code].capability, need)})",
                ]
            ),
            key="portfolio_program",
        )
        action = three.segmented_control(
            "What to try", list(ACTIONS), default="forbid", required=True, format_func=ACTIONS.get, key="portfolio_act"
        )
        now = cells[(cells["program"] == program) & (cells["nation"] == nation)]["units"]
        units = four.number_input(
            "Units",
            min_value=1,
            value=max(1, int(now.iloc[0])) if len(now) else 1,
            step=1,
            disabled=action != "units",
            key=f"portfolio_units_{nation}_{program}",
        )
        if st.button("See what it costs", type="primary", icon=":material/play_arrow:", key="portfolio_try"):
            start(desk, str(action), None if nation == EVERYBODY else nation, program, int(units))


def start(desk: Desk, action: str, nation: str | None, program: str, units: int) -> None:
    """Solve the plan's scenario with the change, in the background."""
    assert desk.run is not None and desk.solution is not None
    asked = text_of(action, nation, program, units if action == "units" else None)
    try:
        probe = start_probe(desk.workspace, desk.run, desk.solution.scenario, desk.draft, [asked])
    except InvalidInput as error:
        for problem in error.problems:
            reason = problem.reason.replace(f"--{action} ", "")
            st.error(frame.clean(f"That {reason}. {problem.remedy}."), icon=":material/error:")
        return
    desk.board.submit(probe.run)
    st.rerun()


def tried() -> None:
    """What was tried, each with its progress or its loss; redrawn every second while one is at work."""
    desk = open_desk()
    found = own(desk)
    before = set(st.session_state.get("portfolio_active", ()))
    active = [probe.run.id for probe in found if not probe.run.has_ended]
    st.session_state["portfolio_active"] = active
    for probe in found:
        with st.container(border=True):
            if probe.run.has_ended:
                answer(desk, probe)
            else:
                at_work(desk, probe)
    if before - set(active):
        st.rerun(scope="app")


def at_work(desk: Desk, probe: Probe) -> None:
    """One that is being solved."""
    st.markdown(f"**{capital(frame.clean(probe.sentence(desk.scenario)))}**: {frame.told(probe.run)}")
    last = probe.run.progress()[-1:]
    if last and last[0].best is not None:
        known = "" if last[0].bound is None else f", at least {text.money(last[0].bound)} for any"
        st.caption(f"Best plan with it so far {text.money(last[0].best)}{known}.")
    if st.button("Stop and forget", key=f"portfolio_stop_{probe.run.id}", icon=":material/stop:"):
        dropped(desk, probe)
        st.rerun(scope="app")


def answer(desk: Desk, probe: Probe) -> None:
    """The loss in money with its gap, what differs, and whether to keep it."""
    name = probe.run.id
    if probe.run.status == "failed":
        st.error(
            f"{capital(frame.clean(probe.sentence(desk.scenario)))}: not solved. {frame.ending(probe.run)}",
            icon=":material/error:",
        )
    else:
        assert desk.run is not None
        result = outcome(probe, solution_of(desk.run), solution_of(probe.run))
        loss(result)
        details(desk, result, name)
    with st.container(horizontal=True):
        if probe.run.has_plan and st.button(
            "Keep it as a change",
            key=f"portfolio_keep_{name}",
            type="primary",
            icon=":material/lock:",
            help="Adds a row to locks of your draft. It can be undone there.",
        ):
            desk.keep(keep(desk.workspace, probe, desk.draft))
            desk.show(None)
            st.rerun(scope="app")
        if st.button("Discard", key=f"portfolio_drop_{name}", icon=":material/delete:"):
            dropped(desk, probe)
            st.rerun(scope="app")


def dropped(desk: Desk, probe: Probe) -> None:
    """Forget it; one at work is ended."""
    if not probe.run.has_ended:
        desk.board.stop(probe.run)
        desk.board.end(probe.run)
    drop(probe)


def loss(result: Result) -> None:
    """The figure first, then the answer in words."""
    first, *rest = [text.thin(line) for line in result.headline().splitlines()]
    st.markdown(f"**{frame.clean(first)}**")
    known = result.loss()
    if known.is_known:
        with st.container(horizontal=True):
            st.metric("Loss against the plan shown", text.money(known.found), border=True)
            st.metric("At least, proven", text.money(known.least), border=True)
            st.metric("At most, proven", text.money(known.most), border=True)
    st.markdown(frame.clean(" ".join(rest)))


def details(desk: Desk, result: Result, name: str) -> None:
    """What differs, who pays, and in which terms."""
    assert desk.run is not None
    if result.edited.plan is None:
        return
    tables = result.tables()
    with st.expander("What differs, who pays, in which terms"):
        for title, table in (("edit", "What differs"), ("nations", "Nations"), ("terms", "Cost terms")):
            if not tables[title].empty:
                st.caption(table)
                charts.show_table(
                    worded(tables[title]).drop(columns=["from_case", "to_case"], errors="ignore"),
                    named=named("edit").headings_of(title),
                    key=f"portfolio_{title}_{name}",
                    footer=origin(desk, result.edited),
                    names=desk.names,
                )


def origin(desk: Desk, edited: Solution) -> str:
    """What the tables of a change carry."""
    assert desk.run is not None
    return f"{text.footer(desk.run)} · against the same with the change, gap {text.percent(edited.gap)}"


def capital(line: str) -> str:
    """A line that begins with a capital letter."""
    return line[:1].upper() + line[1:]
