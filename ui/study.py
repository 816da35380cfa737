"""Study: the page of any analysis - a form from its settings, a run in the background, its answer, pictures, plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from optimizer.analysis.analysis import Analysis, Setting, settings_asked
from optimizer.studies import Study, forget, named, open_plan, start_study, studies
from ui import charts, frame, pictures, text
from ui.state import Desk, open_desk

# Fields whose values are codes of the scenario.
CODES: dict[str, Callable[[Desk], list[str]]] = {
    "program": lambda desk: sorted(desk.scenario.programs) if desk.scenario else [],
    "nation": lambda desk: sorted(desk.scenario.nations) if desk.scenario else [],
    "contract": lambda desk: sorted(desk.scenario.contracts) if desk.scenario else [],
}
# What to write into fields whose form is not plain from their name.
EXAMPLES = {
    "edit_require": "k2pl, or POL:k2pl",
    "edit_forbid": "leopard2a8, or DEU:leopard2a8",
    "edit_units": "POL:k2pl:120",
    "edit_move": "POL:k2pl:2032",
    "sensitivity_inputs": "unit_cost, budget:POL; empty for the usual ones",
}
_TITLE_LETTERS = 90


def study_page(name: str) -> Callable[[Desk], None]:
    """What draws the page of an analysis."""
    analysis = named(name)

    def render(desk: Desk) -> None:
        """Draw the form, what is at work, and the answer."""
        st.markdown(analysis.sentence)
        if desk.scenario is None:
            st.info("Mend the faults of the inputs first; then questions can be asked.", icon=":material/build:")
        else:
            ask(desk, analysis)
        busy = any(not study.run.has_ended for study in studies(desk.workspace, analysis))
        frame.live(lambda: at_work(analysis), at_work=busy)
        answers(desk, analysis)

    return render


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(desk: Desk, analysis: Analysis) -> None:
    """The form: a field for each setting, how exact and how long, and the button that asks."""
    given: dict[str, Any] = {}
    assert desk.scenario is not None
    asked = desk.scenario.settings.solver
    with st.form(f"{analysis.name}_form", border=True):
        for setting in settings_asked(analysis):
            value = _field(desk, setting, f"{analysis.name}_{setting.name}")
            if value is not None and value != setting.default:
                given[setting.name] = value
        with st.expander("How exact, how long", icon=":material/tune:"), st.container(horizontal=True):
            gap = st.number_input(
                "Gap of each solve, %", 0.0, 100.0, 100.0 * asked.gap, 0.1, format="%.3f", key=f"{analysis.name}_gap"
            )
            limit = st.number_input(
                "Time limit of each solve, s",
                1.0,
                1e6,
                float(asked.time_limit_s),
                10.0,
                format="%.0f",
                key=f"{analysis.name}_limit",
            )
        pressed = st.form_submit_button("Ask", type="primary", icon=":material/play_arrow:")
    if pressed:
        study = start_study(desk.workspace, desk.scenario, analysis, given, gap=gap / 100.0, time_limit=limit)
        desk.board.submit(study.run)
        st.session_state[f"{analysis.name}_study"] = study.run.id
        st.rerun()


def _field(desk: Desk, setting: Setting, key: str) -> Any:
    """One setting as a widget; None where it keeps its default."""
    label = setting.name.replace("_", " ").capitalize()
    help = f"{setting.meaning[0].upper()}{setting.meaning[1:]}."
    if setting.kind is bool:
        return st.checkbox(label, value=bool(setting.default), help=help, key=key)
    if setting.choices and setting.several:
        return tuple(st.multiselect(label, setting.choices, default=list(setting.default), help=help, key=key))
    if setting.choices:
        index = None if setting.default is None else setting.choices.index(setting.default)
        return st.selectbox(label, setting.choices, index=index, help=help, key=key)
    if setting.name in CODES and not setting.several:
        return st.selectbox(label, CODES[setting.name](desk), index=None, help=help, key=key, placeholder="any")
    if setting.kind in (int, float) and not setting.several:
        return _number(setting, label, help, key)
    shown = ",".join(map(str, setting.default)) if setting.several else (setting.default or "")
    written = st.text_input(label, value=shown, help=help, key=key, placeholder=EXAMPLES.get(key, ""))
    if not setting.several:
        return written.strip() or None
    return tuple(setting.kind(part.strip()) for part in written.split(",") if part.strip())


def _number(setting: Setting, label: str, help: str, key: str) -> Any:
    kind, low, high = setting.kind, setting.low, setting.high
    is_open = setting.default is not None or setting.optional
    return st.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=setting.default if is_open else kind(low or 0),
        step=1 if kind is int else None,
        format=None if kind is int else "%g",
        help=help,
        key=key,
        placeholder="default",
    )


# --- at work ---------------------------------------------------------------------------------------------------------


def at_work(analysis: Analysis) -> None:
    """Studies of this analysis that wait or are at work; one that ends redraws the page."""
    desk = open_desk()
    key = f"{analysis.name}_active"
    active = [study for study in studies(desk.workspace, analysis) if not desk.board.settled(study.run).has_ended]
    before = set(st.session_state.get(key, ()))
    st.session_state[key] = [study.run.id for study in active]
    for study in active:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/autorenew: {frame.clean(study.run.title)}: {_told(study)}, "
                f"{text.duration(study.run.elapsed_seconds)}",
                width="stretch",
            )
            if st.button("Stop", key=f"{analysis.name}_stop_{study.run.id}", disabled=study.run.is_asked_to_stop):
                desk.board.stop(study.run)
                st.rerun(scope="fragment")
    if before - {study.run.id for study in active}:
        st.rerun(scope="app")


def _told(study: Study) -> str:
    if study.run.status == "waiting":
        return "waiting for a free place"
    if study.run.is_asked_to_stop:
        return "stopping, keeping what is known so far"
    last = study.run.progress()[-1:]
    return last[0].stage.split(",")[0] if last else "reading and building"


# --- answers ---------------------------------------------------------------------------------------------------------


def answers(desk: Desk, analysis: Analysis) -> None:
    """The answer chosen, and which others there are."""
    known = studies(desk.workspace, analysis)
    ended = [study for study in known if study.run.has_ended]
    if not ended:
        if known:
            return
        st.caption("Nothing asked yet. The answer appears here: in words, as tables and pictures, with plans to open.")
        return
    by_id = {study.run.id: study for study in ended}
    chosen = st.session_state.get(f"{analysis.name}_study")
    study = by_id.get(chosen) or ended[0]
    if len(ended) > 1:
        picked = st.selectbox(
            "Answer shown",
            list(by_id),
            index=list(by_id).index(study.run.id),
            format_func=lambda id: _label(by_id[id]),
            key=f"{analysis.name}_shown_{study.run.id}",
        )
        if picked != study.run.id:
            st.session_state[f"{analysis.name}_study"] = picked
            st.rerun()
    show(desk, study)


def _label(study: Study) -> str:
    return f"{text.moment(study.run.created)} · {study.run.title} · {_asked(study)}"


def _asked(study: Study) -> str:
    """What was asked beyond the defaults."""

    def told(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

    said = [f"{name.replace('_', ' ')} {told(value)}" for name, value in study.settings.items()]
    return "; ".join(said) or "with every setting at its default"


def show(desk: Desk, study: Study) -> None:
    """One answer: words first, then pictures, tables, plans and files."""
    name, answer = study.analysis.name, study.answer
    if study.run.case_sha256 != desk.case:
        st.warning("**Stale.** This answer is for other inputs than those of now.", icon=":material/history:")
    frame.chips(study.run.changes, "Its base had been changed:")
    if answer is None:
        st.error(f"This gave no answer. {frame.clean(study.run.message)}", icon=":material/error:")
        return
    if answer.stopped:
        st.warning("Stopped early: what was not reached is said to be not known.", icon=":material/pan_tool:")
    st.markdown("#### Answer")
    st.caption(f"Asked: {frame.clean(_asked(study))}")
    for line in answer.headline:
        st.markdown(text.thin(frame.clean(line)))
    footer = text.footer(study.run)
    for number, picture in enumerate(answer.pictures):
        table = answer.tables[picture.table]
        rows = pictures.known(picture, table)
        if not rows.empty:
            charts.show(
                pictures.chart_of(picture, rows),
                table,
                finding=text.thin(picture.title),
                footer=footer,
                key=f"{name}_picture_{number}",
                height=pictures.height_of(picture, rows),
                letters=_TITLE_LETTERS,
            )
    for table_name, table in answer.tables.items():
        if table_name in study.analysis.files and not table.empty:
            st.markdown(f"##### {table_name.replace('_', ' ').capitalize()}")
            charts.show_table(table, key=f"{name}_{table_name}", footer=footer)
    plans(desk, study, answer.plans)
    files(study)


def plans(desk: Desk, study: Study, names: tuple[str, ...]) -> None:
    """Open one of the plans in every view."""
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox("Plan", names, key=f"{study.analysis.name}_plan")
        if st.button("Open this plan", key=f"{study.analysis.name}_open", icon=":material/open_in_new:"):
            run = open_plan(desk.workspace, study, picked)
            if run is None:
                st.error("The plan cannot be read.")
            else:
                desk.show(run)
                st.success("Opened: every view now shows it.")


def files(study: Study) -> None:
    """Workbook, JSON and tables, as the command line writes them."""
    name = study.analysis.name
    with st.container(horizontal=True):
        for file, data in study.files().items():
            st.download_button(
                file, data=data, file_name=file, key=f"{name}_{file}", on_click="ignore", icon=":material/download:"
            )
        if st.button("Delete this answer", key=f"{name}_delete", type="tertiary"):
            forget(study)
            st.session_state.pop(f"{name}_study", None)
            st.rerun()
