"""Study: the page of any analysis - a form from its settings, a run in the background, its answer, pictures, plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import pandas as pd
import streamlit as st

from optimizer import InvalidInput, words
from optimizer.analysis.analysis import Analysis, settings_asked
from optimizer.analysis.headings import with_units, worded
from optimizer.analysis.inputs import ALIASES
from optimizer.analysis.naming import Names
from optimizer.model.rules import RULES
from optimizer.runs import INPUTS
from optimizer.studies import Study, forget, kept_in, named, open_plan, plan_of, settings_of, start_study, studies
from ui import charts, frame, pictures, study_form, tables, text
from ui.state import Desk, loaded_scenario, open_desk

# Lines that a phone shows whole.
_TITLE_LETTERS = 44
# A first line this short only repeats the question; the answer begins in the second.
_SHORT_LINE = 70
_SPOKEN = sorted({*ALIASES, *(rule.name for rule in RULES)}, key=len, reverse=True)
_CODES = re.compile(rf"(?<![\w.])(?:{'|'.join(_SPOKEN)})(?!\w|\.\w)")
_PLANS = {
    "optimum": "Best plan",
    "best": "Best plan",
    "edited": "With your changes",
    "in": "With it",
    "out": "Without it",
    "base": "As the inputs are",
    "relaxed": "With the way out",
}
_LIMITS = {"gap": "Gap of each solve", "time-limit": "Time limit of each solve"}


def study_page(name: str) -> Callable[[Desk], None]:
    """What draws the page of an analysis."""
    analysis = named(name)

    def render(desk: Desk) -> None:
        """Draw the form, what is at work, and the answer."""
        st.markdown(analysis.sentence)
        known = studies(desk.workspace, analysis)
        if desk.scenario is None:
            st.info("Mend the faults of the inputs first; then questions can be asked.", icon=":material/build:")
        else:
            # The answer comes before another question.
            title = "Ask another question" if known else "Ask"
            with st.expander(title, expanded=not known, icon=":material/help:", key=f"{name}_asking_{len(known)}"):
                ask(desk, analysis)
        busy = any(not study.run.has_ended for study in known)
        frame.live(lambda: at_work(analysis), at_work=busy)
        answers(desk, analysis)

    return render


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(desk: Desk, analysis: Analysis) -> None:
    """The form: a field for each setting, how exact and how long, and the button that asks."""
    assert desk.scenario is not None
    asked = desk.scenario.settings.solver
    with st.form(f"{analysis.name}_form", border=False):
        given, faults, more = study_form.fields(desk.scenario, analysis)
        with st.expander("How exact, how long", icon=":material/tune:"), st.container(horizontal=True):
            gap = st.number_input(
                "Gap of each solve, %",
                0.0,
                100.0,
                100.0 * asked.gap,
                0.1,
                format="%.3f",
                help="A solve ends when its plan is proven to be at most this much above the best. Differences smaller "
                "than the gap cannot be told.",
                key=f"{analysis.name}_gap",
            )
            limit = st.number_input(
                "Time limit of each solve, seconds",
                1.0,
                1e6,
                float(asked.time_limit_s),
                10.0,
                format="%.0f",
                help="A question takes many solves, each with this limit.",
                key=f"{analysis.name}_limit",
            )
        pressed = st.form_submit_button("Ask", type="primary", icon=":material/play_arrow:", key=f"{analysis.name}_ask")
    if more:
        st.rerun()
    if not pressed:
        return
    if faults:
        st.error("\n".join(f"- {frame.clean(fault)}." for fault in faults), icon=":material/error:")
        return
    if analysis.check is not None:
        try:
            analysis.check(desk.scenario, settings_of(analysis, given))
        except InvalidInput as error:
            lines = [f"- {frame.clean(fault_in_words(analysis, problem))}" for problem in error.problems]
            st.error("\n".join(["This cannot be asked:", *lines[: frame.MOST_FAULTS]]), icon=":material/error:")
            return
    study = start_study(desk.workspace, desk.scenario, analysis, given, gap=gap / 100.0, time_limit=limit)
    desk.board.submit(study.run)
    st.session_state[f"{analysis.name}_study"] = study.run.id
    st.rerun()


def fault_in_words(analysis: Analysis, problem: object) -> str:
    """A fault as the page says it: fields by their names, not by the options of the command line."""
    return in_words(analysis, str(problem))


def in_words(analysis: Analysis, line: str) -> str:
    """A line in which fields of the form stand by their names, not as options of the command line."""
    labels = {f"--{setting.name.replace('_', '-')}": setting.label for setting in settings_asked(analysis)}
    labels |= {f"--{name}": label for name, label in _LIMITS.items()}
    line = re.sub(
        r"--[a-z][a-z-]*", lambda option: f"“{labels[option[0]]}”" if option[0] in labels else option[0], line
    )
    return spoken(line)


def spoken(line: str) -> str:
    """A line in which rules and inputs are written as words: `annual_budget` is `annual budget`."""
    told = _CODES.sub(lambda code: code[0].replace("_", " "), line)
    # A file keeps its name.
    return told if re.match(r"\S+\.csv", told) else text.capital(told)


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
            format_func=lambda id: _label(desk, by_id[id]),
            key=f"{analysis.name}_shown_{study.run.id}",
        )
        if picked != study.run.id:
            st.session_state[f"{analysis.name}_study"] = picked
            st.rerun()
    show(desk, study)


def _label(desk: Desk, study: Study) -> str:
    return f"{text.moment(study.run.created)} · {study.run.title} · {question(desk, study)}"


def question(desk: Desk, study: Study) -> str:
    """What was asked, in words; codes by their names as far as the inputs of now know them."""
    return study_form.asked_in_words(desk.scenario, study.analysis, study.settings)


def show(desk: Desk, study: Study) -> None:
    """One answer: what was asked and the answer in words first, then pictures, tables, plans and files."""
    analysis, answer = study.analysis, study.answer
    name = analysis.name
    if study.run.case_sha256 != desk.case:
        st.warning("**Stale.** This answer is for other inputs than those of now.", icon=":material/history:")
    frame.chips(study.run.changes, "Its base had been changed:")
    st.markdown("#### Answer")
    st.caption(f"Asked on {text.moment(study.run.created)}: {frame.clean(question(desk, study))}")
    if answer is None:
        told = in_words(analysis, study.run.message)
        st.error(f"This gave no answer. {frame.clean(told)}", icon=":material/error:")
        delete(study)
        return
    if answer.stopped:
        st.warning("Stopped early: what was not reached is said to be not known.", icon=":material/pan_tool:")
    first, *rest = [text.thin(frame.clean(in_words(analysis, line))) for line in answer.headline]
    if rest and "meur" not in first and len(first) < _SHORT_LINE:
        first = f"{first} {rest.pop(0)}"
    st.markdown(f"**{first}**")
    if rest:
        st.markdown("\n".join(f"- {line}" for line in rest))
    plans(desk, study, answer.plans)
    footer = text.footer(study.run)
    known = names_of(desk, study)
    inputs = inputs_in_words(answer.tables.values())
    shown = {table: readable(known.told(frame_), inputs) for table, frame_ in answer.tables.items()}
    for number, picture in enumerate(answer.pictures):
        table, named_ = shown[picture.table], analysis.headings_of(picture.table)
        rows = pictures.known(picture, table)
        if not rows.empty:
            charts.show(
                pictures.chart_of(picture, rows, named_),
                table,
                finding=text.thin(in_words(analysis, picture.title)),
                footer=footer,
                key=f"{name}_picture_{number}",
                height=pictures.height_of(picture, rows),
                letters=_TITLE_LETTERS,
                named=named_,
            )
    for table_name in tables_shown(study):
        table = shown[table_name]
        if "input" in table and "says" in table:
            table = table.drop(columns="says")
        if not table.empty:
            st.markdown(f"##### {analysis.title_of(table_name)}")
            charts.show_table(table, key=f"{name}_{table_name}", footer=footer, named=analysis.headings_of(table_name))
    files(study)


def names_of(desk: Desk, study: Study) -> Names:
    """The names in the inputs that were asked about."""
    if desk.scenario is not None and study.run.case_sha256 == desk.case:
        return Names(desk.scenario)
    try:
        return Names(loaded_scenario(str(study.run.folder / INPUTS)))
    except InvalidInput:
        # The answer is shown all the same.
        return Names()


def tables_shown(study: Study) -> list[str]:
    """The tables below the pictures, the ones that answer first; a table that only a picture needs stays with it."""
    analysis, answer = study.analysis, study.answer
    assert answer is not None
    drawn = {picture.table for picture in answer.pictures}
    found = [name for name in answer.tables if name in analysis.files or name not in drawn]
    return sorted(found, key=lambda name: bool(analysis.shown) and name not in analysis.shown)


def inputs_in_words(tables: Iterable[pd.DataFrame]) -> dict[str, str]:
    """What the tables of a sensitivity say of each input, by its name."""
    pairs = [
        table[["input", "says"]].to_numpy().tolist() for table in tables if {"input", "says"} <= set(table.columns)
    ]
    return {name: text.capital(says) for rows in pairs for name, says in rows if says}


def readable(table: pd.DataFrame, inputs: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    """A table for the page: codes of its cells in words, figures with their own units, empty columns left out.

    Parameters
    ----------
    inputs
        Words for inputs, by name.
    """
    told = with_units(worded(table))
    for column in ("input", "input_2"):
        if column in told:
            told[column] = [inputs.get(value, value) for value in told[column]]
    for column in ("input", "input_2", "rule", "way", "says"):
        if column in told:
            told[column] = [spoken(value) if isinstance(value, str) else value for value in told[column]]
    told = told.drop(columns=[name for name in ("from_case", "to_case") if name in told])
    if "plan" in told:
        told["plan"] = [plan_name(str(plan)) if plan else None for plan in told["plan"]]
    for column in ("from_plan", "to_plan", "other"):
        if column in told:
            told[column] = [plan_name(str(plan)) for plan in told[column]]
    if "role" in told and "nation" in told:
        told["nation"] = [nation or "any nation" for nation in told["nation"]]
    return told.replace("", None).dropna(axis="columns", how="all")


def plan_name(code: str) -> str:
    """A plan's name from that of its folder: `Best plan`, `Point 1`, `12 changes`, `Without annual budget`."""
    name = code.rpartition("/")[2]
    if name in _PLANS:
        return _PLANS[name]
    if name.startswith("changes_"):
        return words.plural(int(name.removeprefix("changes_")), "change")
    plain = name.replace("_", " ").replace("-", " ")
    return text.capital(re.sub(r"\b0+(?=\d)", "", plain))


def plan_label(study: Study, plan: str) -> str:
    """A plan's name with the figures that tell it from the others, where a table of the answer has a row for it."""
    answer = study.answer
    assert answer is not None
    for table_name, table in answer.tables.items():
        if "plan" not in table or "other" in table:
            continue
        rows = table[[str(cell).rpartition("/")[2] == plan for cell in table["plan"]]]
        if len(rows):
            named_ = study.analysis.headings_of(table_name)
            figures = [name for name in rows if pd.api.types.is_numeric_dtype(rows[name]) and name != "gap"]
            told = [f"{tables.heading(name, named_)} {tables.number(rows[name].iloc[0], name)}" for name in figures[:2]]
            return " · ".join([plan_name(plan), *told])
    return plan_name(plan)


def plans(desk: Desk, study: Study, names: tuple[str, ...]) -> None:
    """Open one of the plans in every view, or take what was asked into the inputs."""
    name = study.analysis.name
    kept = kept_in(study, desk.draft) if study.run.case_sha256 == desk.case else None
    opened = st.session_state.pop(f"{name}_said", None)
    if opened:
        st.success(opened, icon=":material/check:")
    if not names and kept is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if names:
            picked = st.selectbox(
                "Plan",
                names,
                key=f"{name}_plan",
                format_func=lambda plan: plan_label(study, plan),
                help="Every plan this question led to, with its first figures.",
            )
            if st.button("Open this plan", key=f"{name}_open", icon=":material/open_in_new:"):
                run = open_plan(desk.workspace, study, picked)
                if run is None:
                    st.error("The plan cannot be read.")
                else:
                    desk.show(run)
                    st.session_state[f"{name}_said"] = f"Opened “{plan_name(picked)}”: every view now shows it."
                    st.rerun()
        if kept is not None and st.button(
            TAKE[name],
            key=f"{name}_take",
            icon=":material/edit_note:",
            help="Becomes part of your what-if; it can be undone on Inputs.",
        ):
            desk.keep(kept)
            run = plan_of(desk.workspace, study, kept)
            if run is not None:
                desk.show(run)
            st.session_state[f"{name}_said"] = (
                "Your inputs have it now. Solve them again, or ask again."
                if run is None
                else "Your inputs have it now, and every view shows the plan found with it."
            )
            st.rerun()


TAKE = {"explain": "Take this way out into my inputs", "edit": "Keep these changes in my inputs"}


def files(study: Study) -> None:
    """Workbook, JSON and tables, as the command line writes them."""
    name = study.analysis.name
    st.markdown("##### Files")
    with st.container(horizontal=True):
        for file, data in study.files().items():
            st.download_button(
                file, data=data, file_name=file, key=f"{name}_{file}", on_click="ignore", icon=":material/download:"
            )
    delete(study)


def delete(study: Study) -> None:
    """Forget the answer."""
    name = study.analysis.name
    if st.button("Delete this answer", key=f"{name}_delete", type="tertiary", icon=":material/delete:"):
        forget(study)
        st.session_state.pop(f"{name}_study", None)
        st.rerun()
