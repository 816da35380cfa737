"""Compare: two to six runs side by side - what differs, where the money goes, who joined, left or moved."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import words
from optimizer.analysis.compare import Result
from optimizer.analysis.headings import CELLS, HEADINGS
from optimizer.analysis.naming import Names
from optimizer.runs import Run
from ui import charts, frame, text
from ui.state import Desk, changes_between, compared_runs, tables_of
from ui.tables import number

TITLE = "Compare"
ICON = ":material/compare_arrows:"
FEWEST, MOST = 2, 6
SCOPES = {"figure": "Figures", "term": "Cost terms", "capability": "Capabilities", "program": "Programs"}
CHANGES = {"joined": "Joined", "left": "Left", "moved": "Moved year", "volume": "Changed volume"}
MOST_BARS = 12
# Figures that are words: status and what ended the solve.
_CODED = {**CELLS["status"], **CELLS["termination"]}
_SHOWN_TERMS = ("development", "production", "joining", "support", "grants", "shortfall")


def render(desk: Desk) -> None:
    """Draw the view."""
    plans = {run.id: run for run in desk.runs if run.has_plan}
    if len(plans) < FEWEST:
        st.info("Comparing takes at least two plans. Solve the inputs in two ways, or change them and solve again.")
        frame.start_button(desk)
        return
    chosen = choose(desk, plans)
    if len(chosen) < FEWEST:
        st.info("Choose at least two plans.")
        return
    names = distinct_names(chosen)
    base, main = pair(chosen, names)
    between = [run for run in chosen if run not in (base, main)]
    ordered = [base, *between, main]
    result = compared_runs(ordered, [names[run.id] for run in ordered])
    origin = text.pair_footer(base, main)
    tables = tables_of(result, tuple(run.id for run in ordered))
    # A name that the two give differently is the one that the differences lead to.
    known = Names(*(case.solution.scenario for case in result.cases))
    answer(result, base, main)
    overview(result, tables["comparison"], known, origin)
    bridge(result, tables["bridge"], known, origin)
    differences(tables["differences"], known, origin)
    changed_inputs(base, main)


def choose(desk: Desk, plans: dict[str, Run]) -> list[Run]:
    """Pick the runs, at first those of the scenario that is shown."""
    first = [run.id for run in desk.fellows.values()][:MOST]
    if len(first) < FEWEST:
        first = list(plans)[:FEWEST]
    known = [id for id in st.session_state.get("compare_runs", first) if id in plans]
    st.session_state["compare_runs"] = known or first
    ids = st.multiselect(
        "Plans to compare, two to six",
        list(plans),
        format_func=text.labels(plans.values()).__getitem__,
        max_selections=MOST,
        key="compare_runs",
    )
    return [plans[id] for id in ids]


def distinct_names(runs: Sequence[Run]) -> dict[str, str]:
    """A short name for each run that tells it from the others."""
    titles = {run.title for run in runs}
    names: dict[str, str] = {}
    for run in runs:
        name = text.pooling(run.pooling) if len(titles) == 1 else f"{text.pooling(run.pooling)}, {run.title}"
        if sum(other.pooling == run.pooling and other.title == run.title for other in runs) > 1:
            name = f"{name}, {text.moment(run.created)}"
        tried, number = name, 2
        while tried in names.values():
            tried, number = f"{name} ({number})", number + 1
        names[run.id] = tried
    return names


def pair(runs: list[Run], names: dict[str, str]) -> tuple[Run, Run]:
    """The two between which differences are taken: the second against the first."""
    by_id = {run.id: run for run in runs}
    ids = list(by_id)
    alone = next((run.id for run in runs if run.pooling == "national"), ids[0])
    left, right = st.columns(2)
    with left:
        base = st.selectbox(
            "Differences are taken from", ids, index=ids.index(alone), format_func=names.__getitem__, key="compare_base"
        )
    others = [id for id in ids if id != base]
    together = next((id for mode in ("joint", "national") for id in others if by_id[id].pooling == mode), others[-1])
    with right:
        main = st.selectbox(
            "to", others, index=others.index(together), format_func=names.__getitem__, key=f"compare_main_{base}"
        )
    return by_id[base], by_id[main]


def answer(result: Result, base: Run, main: Run) -> None:
    """The difference in words."""
    lines = [text.thin(line) for line in result.headline().splitlines()[len(result.cases) :]]
    if lines:
        st.subheader(frame.clean(lines[0]), anchor=False)
        st.markdown(frame.clean(" ".join(lines[1:])))
    if base.case_sha256 != main.case_sha256:
        st.caption("The two were solved from different inputs; what differs in them is listed at the end.")


def overview(result: Result, comparison: pd.DataFrame, known: Names, origin: str) -> None:
    """Cost and priced shortfall of every run in one picture, then everything that differs."""
    shown_terms = [term for term in words.TERMS if term in _SHOWN_TERMS]
    rows = [
        {"run": case.name, "part": words.TERMS[term], "term": term, "amount_meur": meur, "shown": text.money(meur)}
        for case in result.cases
        for term in shown_terms
        if (meur := case.solution.terms_meur[term])
    ]
    names = [case.name for case in result.cases]
    present = [term for term in charts.TERM_COLORS if any(row["term"] == term for row in rows)]
    scale = alt.Scale(domain=[words.TERMS[t] for t in present], range=[charts.TERM_COLORS[t] for t in present])
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .transform_calculate(order=f"indexof({present}, datum.term)")
        .mark_bar()
        .encode(
            x=alt.X("sum(amount_meur):Q", axis=charts.whole_axis("Million euro, discounted")),
            y=alt.Y("run:N", sort=names, title=None, axis=charts.names_axis(labelLimit=180)),
            color=alt.Color("part:N", title=None, scale=scale, legend=alt.Legend(orient="bottom", columns=3)),
            order=alt.Order("order:Q"),
            tooltip=["run", alt.Tooltip("part:N", title="term"), alt.Tooltip("shown:N", title="amount")],
        )
    )
    terms = comparison[(comparison["scope"] == "term") & comparison["item"].isin(shown_terms)]
    totals = [f"{case.name} {text.money(case.solution.cost_and_shortfall_meur)}" for case in result.cases]
    charts.show(
        chart,
        terms.drop(columns=["scope"]).assign(item=[words.TERMS[term] for term in terms["item"]]),
        finding=f"Cost and priced shortfall: {', '.join(totals)}",
        footer=origin,
        key="compare_terms",
        height=34 * len(names) + 40,
    )
    st.markdown("#### What differs")
    scope = st.pills("Part", list(SCOPES), default="figure", format_func=SCOPES.get, key="compare_scope") or "figure"
    only = st.toggle(
        "Differences only", value=True, key="compare_only", help="Leave out rows that are equal in all plans."
    )
    part = comparison[comparison["scope"] == scope].drop(columns=["scope"]).astype({"item": str})
    if only:
        part = part[part[names].astype(object).nunique(axis=1, dropna=False) > 1]
    if part.empty:
        st.caption("Nothing differs here.")
        return
    if scope == "figure":
        # Money, shares and counts stand in one column: each is written in its own unit.
        for name in [*names, "difference"]:
            part[name] = [in_unit(value, unit) for value, unit in zip(part[name], part["unit"], strict=True)]
    part = part.assign(item=[item_name(scope, item, known) for item in part["item"]])
    charts.show_table(part, key=f"compare_{scope}", footer=origin)


def in_unit(value: object, unit: str) -> str:
    """A figure as text: shares in percent, words as they are."""
    if unit == "share" and isinstance(value, float) and value == value:
        return ("\u2212" if value < 0 else "") + text.percent(abs(value))
    return _CODED.get(value, value) if isinstance(value, str) else number(value)


def item_name(scope: str, item: str, known: Names) -> str:
    """What a row is about: a cost term, a capability or a program by its name, a figure in words."""
    if scope == "figure":
        return HEADINGS.get(item, text.capital(item.removesuffix("_meur").replace("_", " "))).partition(" [")[0]
    return {"term": words.TERMS, "capability": known.capabilities, "program": known.programs}[scope].get(item, item)


def bridge(result: Result, table: pd.DataFrame, known: Names, origin: str) -> None:
    """The way of the money from one run to the other, step by step."""
    st.markdown("#### Where the money goes")
    by = (
        st.pills("Steps", ["term", "capability"], default="term", format_func=lambda b: f"By {b}", key="compare_by")
        or "term"
    )
    steps = table[(table["by"] == by) & (table["change_meur"].abs() > 0.005)]
    if steps.empty:
        st.caption("No money moves between the two.")
        return
    steps = steps.reindex(steps["change_meur"].abs().sort_values(ascending=False).index)
    shown = steps.head(MOST_BARS).assign(
        label=lambda rows: [item_name(by, item, known) for item in rows["item"]],
        amount=lambda rows: [signed(value) for value in rows["change_meur"]],
    )
    total = text.money(float(steps["change_meur"].sum()))
    order = shown["label"].tolist()
    base = (
        alt.Chart(shown.assign(place=range(len(shown))))
        .transform_window(end="sum(change_meur)", sort=[{"field": "place"}])
        .transform_calculate(
            start="datum.end - datum.change_meur", right="max(datum.start, datum.end)", kind="datum.change_meur < 0"
        )
        .encode(y=alt.Y("label:N", sort=order, title=None, axis=charts.names_axis(labelLimit=150)))
    )
    axis = charts.whole_axis("Change so far, million euro, discounted")
    bars = base.mark_bar().encode(
        x=alt.X("start:Q", axis=axis),
        x2="end:Q",
        color=alt.condition("datum.kind", alt.value(charts.GOOD), alt.value(charts.BAD)),
        tooltip=[alt.Tooltip("label:N", title="step"), alt.Tooltip("amount:N", title="change")],
    )
    texts = base.mark_text(align="left", dx=4, fontSize=11).encode(
        x="right:Q", text="amount:N", color=alt.value(charts.FAINT)
    )
    what = "all that is priced in" if by == "term" else "cost"
    charts.show(
        bars + texts,
        steps.drop(columns=["by"]).assign(item=[item_name(by, item, known) for item in steps["item"]]),
        finding=f"From {result.base} to {result.main}, {what} changes by {total}",
        footer=origin,
        key=f"compare_bridge_{by}",
        height=26 * len(shown),
    )


def signed(meur: float) -> str:
    """An amount with its sign."""
    return ("+" if meur > 0 else "\u2212") + text.money(abs(meur))


def differences(table: pd.DataFrame, known: Names, origin: str) -> None:
    """Who joined or left a program, moved its first year, or changed its volume."""
    st.markdown("#### Who changed what")
    counts = table["change"].value_counts()
    kinds = [kind for kind in CHANGES if kind in counts]
    if not kinds:
        st.caption("Every nation takes the same from the same programs at the same time.")
        return
    chosen = st.pills(
        "Change",
        kinds,
        selection_mode="multi",
        default=kinds,
        format_func=lambda kind: f"{CHANGES[kind]} ({counts[kind]})",
        key="compare_changes",
    )
    rows = table[table["change"].isin(chosen)].drop(columns=["from_case", "to_case"])
    rows = rows.assign(change=[CHANGES[kind] for kind in rows["change"]])
    charts.show_table(rows, key="compare_differences", footer=origin, names=known)


def changed_inputs(base: Run, main: Run) -> None:
    """What differs in the inputs of the two runs."""
    if base.case_sha256 == main.case_sha256:
        return
    st.markdown("#### What differs in the inputs")
    only_base, only_main = changes_between(base, main)
    for run, lines in ((base, only_base), (main, only_main)):
        if lines:
            st.markdown(
                f"Only in {frame.clean(text.label(run))}:\n" + "\n".join(f"- {frame.clean(line)}" for line in lines)
            )
    if not only_base and not only_main:
        st.caption("The bases themselves differ; the runs record no changes over them.")
