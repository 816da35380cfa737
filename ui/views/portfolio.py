"""Portfolio: who buys what, with whom and when, by cell, program, nation and capability; and what a change costs."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Solution, words
from optimizer.measures.portfolio import portfolio_tables
from ui import charts, frame, text
from ui.state import Desk
from ui.views import portfolio_capability, portfolio_flows, portfolio_nation, portfolio_probe, portfolio_program

TITLE = "Portfolio"
ICON = ":material/grid_on:"
PARTS = ("Matrix", "Programs", "Nation", "Capability", "Calendar", "Flows")
ALL = "All"
SHOWN = {"Units": "units", "Money": "total_meur"}
MOST_ROWS = 45


def render(desk: Desk) -> None:
    """Draw the view."""
    if not frame.need_plan(desk):
        return
    assert desk.solution is not None and desk.run is not None
    tables = tables_of(desk.run.id, desk.solution)
    if tables["cells"].empty:
        st.info("The plan buys nothing: every need is left unmet, or there is none.", icon=":material/info:")
        return
    part = st.segmented_control(
        "Seen by", PARTS, default=PARTS[0], required=True, key="portfolio_part", label_visibility="collapsed"
    )
    match part:
        case "Programs":
            portfolio_program.render(desk, tables)
        case "Nation":
            portfolio_nation.render(desk, tables)
        case "Capability":
            portfolio_capability.render(desk, tables)
        case "Calendar":
            portfolio_capability.calendar(desk, tables)
        case "Flows":
            portfolio_flows.render(desk, tables)
        case _:
            matrix(desk, tables)
            portfolio_probe.render(desk, tables)


def tables_of(run: str, solution: Solution) -> dict[str, pd.DataFrame]:
    """The portfolio's tables of a run, made once."""
    return _tables(run, solution)


@st.cache_resource(show_spinner=False, max_entries=24)
def _tables(run: str, _solution: Solution) -> dict[str, pd.DataFrame]:
    del run
    assert _solution.plan is not None
    return portfolio_tables(_solution.scenario, _solution.plan)


def matrix(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Nations by programs; a click on a cell fills the form below."""
    assert desk.solution is not None and desk.run is not None
    cells = tables["cells"]
    domains = sorted(cells["domain"].unique())
    with st.container(horizontal=True):
        shown = st.segmented_control("Show", list(SHOWN), default="Units", required=True, key="portfolio_shown")
        first = ALL if cells["program"].nunique() <= MOST_ROWS else domains[0]
        domain = st.segmented_control("Domain", [ALL, *domains], default=first, required=True, key="portfolio_domain")
    found = cells if domain == ALL else cells[cells["domain"] == domain]
    column = SHOWN[shown or "Units"]
    scenario = desk.solution.scenario
    names = {code: row.name or code for code, row in scenario.known_programs.items()}
    drawn = found[found[column] > 0]
    drawn = drawn.assign(
        name=drawn["program"].map(names),
        buyer=desk.names.told(drawn)["nation"],
        need=desk.names.told(drawn)["capability"],
        label=[text.count(value) for value in drawn[column].round()],
        paid=[text.money(value) for value in drawn["total_meur"]],
    )
    chart = picture(drawn, column)
    buyers, programs = found["nation"].nunique(), found["program"].nunique()
    event = charts.show(
        chart,
        found,
        finding=(
            f"{words.plural(buyers, 'nation')} take {text.count(len(found))} places in "
            f"{words.plural(programs, 'program')}{'' if domain == ALL else f' of the domain {domain}'}"
        ),
        footer=text.footer(desk.run),
        key="portfolio_matrix",
        height=17 * programs,
        names=desk.names,
        on_select="rerun",
        selection_mode="cell",
    )
    st.caption("Click a cell to try a change of it, or choose nation and program in the form below.")
    portfolio_probe.picked(event)


def picture(drawn: pd.DataFrame, column: str) -> alt.LayerChart:
    """Nations across, programs down by capability; the darker the more."""
    widest = drawn["label"].str.len().max()
    pick = alt.selection_point(name="cell", fields=["nation", "program"])
    order = drawn.sort_values(["capability", "name"])["name"].unique().tolist()
    base = alt.Chart(drawn).encode(
        x=alt.X("nation:N", title=None, axis=charts.codes_across(drawn["nation"].nunique())),
        y=alt.Y("name:N", title=None, sort=order, axis=charts.names_axis(labelLimit=160)),
        tooltip=[
            alt.Tooltip("buyer:N", title="nation"),
            alt.Tooltip("name:N", title="program"),
            alt.Tooltip("need:N", title="capability"),
            alt.Tooltip("units:Q"),
            alt.Tooltip("paid:N", title="production and development"),
            alt.Tooltip("first_year:Q", title="first delivery", format="d"),
        ],
    )
    cells = base.mark_rect(cursor="pointer", cornerRadius=2).encode(
        color=alt.Color(
            f"{column}:Q",
            legend=None,
            scale=alt.Scale(type="log", range=["#cfe6e7", charts.POOLING_COLORS["Joint"]]),
        ),
        opacity=alt.condition(pick, alt.value(1.0), alt.value(0.35), empty=True),
    )
    fitting = charts.where_it_fits(drawn["nation"].nunique(), widest * 6 + 4)
    numbers = base.mark_text(fontSize=9, color="#10282b", cursor="pointer", opacity=fitting).encode(text="label:N")
    return (cells + numbers).add_params(pick)
