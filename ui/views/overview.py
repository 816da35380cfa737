"""Overview: the answer first - joint against national against as is, in words, in one picture, with what is proven."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import words
from optimizer.analysis.compare import Result
from optimizer.export.cover import warnings as warnings_of
from ui import charts, frame, text
from ui.state import Desk

TITLE = "Overview"
ICON = ":material/flag:"


def render(desk: Desk) -> None:
    """Draw the view."""
    if not frame.need_plan(desk):
        return
    assert desk.run is not None and desk.solution is not None and desk.comparison is not None
    solution = desk.solution
    headline(desk.comparison)
    figures(desk)
    picture(desk)
    st.markdown(f"**{text.pooling(desk.run.pooling)}**: {text.thin(words.status(solution))}.")
    notes = warnings_of(solution)
    if notes:
        with st.expander(f"{words.plural(len(notes), 'warning')}", icon=":material/warning:"):
            st.markdown("\n".join(f"- {frame.clean(note)}" for note in notes))


def headline(comparison: Result) -> None:
    """The difference in words."""
    lines = comparison.headline().splitlines()[len(comparison.cases) :]
    if lines:
        first, *rest = lines
        st.subheader(text.thin(sentence(first)), anchor=False)
        st.markdown(" ".join(text.thin(frame.clean(line)) for line in rest))


def sentence(line: str) -> str:
    """`joint against national: cost ...` as a heading."""
    return line[:1].upper() + line[1:]


def figures(desk: Desk) -> None:
    """The figures of the shown plan beside those of the nations buying alone."""
    assert desk.solution is not None and desk.run is not None and desk.comparison is not None
    solution, base = desk.solution, desk.comparison.solution("national")
    other = base if base is not None and base.plan is not None and desk.run.pooling != "national" else None
    with st.container(horizontal=True):
        for label, value, before in (
            ("Cost, discounted", solution.cost_meur, other.cost_meur if other else None),
            ("Shortfall, priced", solution.terms_meur["shortfall"], other.terms_meur["shortfall"] if other else None),
        ):
            delta = None if before is None or value is None else f"{text.money(value - before)} against national"
            st.metric(label, text.money(value), delta, delta_color="inverse", border=True)
        types = solution.figures["types"]
        delta = None if other is None else f"{types - other.figures['types']:+.0f} against national"
        st.metric("Types", text.count(types), delta, delta_color="inverse", border=True)
        st.metric(
            "Gap",
            text.percent(solution.gap),
            text.money(solution.gap_meur),
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def picture(desk: Desk) -> None:
    """Cost and priced shortfall by pooling, stacked."""
    assert desk.comparison is not None and desk.run is not None
    cases = [case.solution for case in desk.comparison.cases]
    rows = [
        {
            "pooling": text.pooling(case.name),
            "part": part,
            "amount_meur": meur,
            "types": case.solution.figures["types"],
            "shortfall_unit_years": case.solution.figures["shortfall_unit_years"],
        }
        for case in desk.comparison.cases
        for part, meur in (
            ("Cost", case.solution.cost_meur),
            ("Shortfall, priced", case.solution.terms_meur["shortfall"]),
        )
    ]
    table = pd.DataFrame(rows)
    parts = alt.Scale(domain=["Cost", "Shortfall, priced"], range=["#1a8d95", charts.BAD])
    chart = (
        alt.Chart(table)
        .mark_bar(size=26)
        .encode(
            x=alt.X("sum(amount_meur):Q", axis=charts.whole_axis("Million euro, discounted")),
            y=alt.Y("pooling:N", sort=list(charts.POOLING_COLORS), title=None),
            color=alt.Color("part:N", title=None, scale=parts, legend=alt.Legend(orient="bottom")),
            tooltip=["pooling", "part", alt.Tooltip("amount_meur:Q", format=",.0f")],
        )
    )
    finding = "Cost and priced shortfall by how nations buy"
    charts.show(
        chart, table, finding=finding, footer=text.footer(desk.run), key="overview_cost", height=40 * len(cases)
    )
