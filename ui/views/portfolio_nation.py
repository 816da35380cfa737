"""Portfolio of one nation: payments against budget, deliveries against need, work against payment."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import words
from ui import charts, frame, text
from ui.state import Desk

CLASSES = ("development", "procurement", "support")
NARROW = 46


def render(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Everything of one nation."""
    assert desk.solution is not None and desk.run is not None
    scenario, written = desk.solution.scenario, desk.solution.tables()
    nations = list(scenario.nations)
    buyers = list(tables["cells"].groupby("nation")["total_meur"].sum().sort_values(ascending=False).index)
    nation = st.selectbox(
        "Nation",
        nations,
        index=nations.index(buyers[0]),
        format_func=lambda code: f"{name} ({code})" if (name := desk.names.nations.get(code)) else code,
        key="portfolio_one_nation",
    )
    row = written["nations"].set_index("nation").loc[nation]
    with st.container(horizontal=True):
        st.metric("Cost, discounted", text.money(row["cost_meur"]), border=True)
        if row["saving_meur"] == row["saving_meur"] and row["saving_meur"] is not None:
            st.metric("Saving against alone", text.money(row["saving_meur"]), border=True)
        st.metric("Work placed at home", text.money(row["work_meur"]), border=True)
        ratio = row["return_ratio"]
        st.metric("Work for each euro paid", "–" if ratio is None or ratio != ratio else f"{ratio:.2f}", border=True)
        st.metric("Unit-years short", text.count(row["shortfall_unit_years"]), border=True)
    payments(desk, written["payments"], nation)
    left, right = st.columns(2, gap="medium")
    with left:
        needs(desk, tables["needs"], nation)
    with right:
        work(desk, tables["cells"], written["work"], nation)
    st.markdown("#### What it takes")
    charts.show_table(
        written["allocations"].query("nation == @nation").drop(columns="nation"),
        key="portfolio_nation_takes",
        footer=text.footer(desk.run),
        names=desk.names,
    )


def payments(desk: Desk, table: pd.DataFrame, nation: str) -> None:
    """Payments by class over the years, the yearly budget as a line across."""
    assert desk.run is not None
    found, who = table[table["nation"] == nation], desk.names.nations.get(nation, nation)
    paid = found[found["class"].isin(CLASSES)]
    budget = found[(found["class"] == "all") & found["budget_meur"].notna()]
    over = int((budget["payment_meur"] > budget["budget_meur"]).sum())
    years = budget["year"].nunique()
    finding = (
        f"{who} keeps within its yearly budget in {text.count(years - over)} of {text.count(years)} years"
        if years
        else f"{who} pays for what it takes over the years; it has no yearly budget over all classes"
    )
    bars = (
        alt.Chart(paid.assign(shown=[text.money(value) for value in paid["payment_meur"]]))
        .mark_bar()
        .encode(
            x=alt.X("year:O", title=None, axis=charts.year_axis()),
            y=alt.Y("payment_meur:Q", axis=charts.whole_axis("Million euro", tickCount=5)),
            color=alt.Color(
                "class:N",
                title=None,
                scale=charts.colors(charts.CLASS_COLORS, list(CLASSES)),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("class:N"),
            tooltip=["year", "class", alt.Tooltip("shown:N", title="payment")],
        )
    )
    ticks = (
        alt.Chart(budget.assign(shown=[text.money(value) for value in budget["budget_meur"]]))
        .mark_tick(thickness=2.5, width=22, color=charts.BAD)
        .encode(
            x=alt.X("year:O"),
            y=alt.Y("budget_meur:Q"),
            tooltip=["year", alt.Tooltip("shown:N", title="budget of the year")],
        )
    )
    charts.show(
        bars + ticks if years else bars,
        found,
        finding=finding,
        footer=f"{text.footer(desk.run)} · red: budget of the year, what is carried over beside it",
        key="portfolio_payments",
        height=240,
        names=desk.names,
    )


def needs(desk: Desk, table: pd.DataFrame, nation: str) -> None:
    """For each capability how much is there at the end, and what is short over the years."""
    assert desk.run is not None
    found = table[table["nation"] == nation]
    if found.empty:
        st.info(f"{frame.clean(desk.names.nations.get(nation, nation))} has no need of its own in these inputs.")
        return
    last = found[found["year"] == found["year"].max()]
    lacking = int((last["short_units"] > 0).sum())
    told = desk.names.told(last)
    told = told.assign(capability=["|".join(textwrap.wrap(name, 24)) for name in told["capability"]])
    parts = told.melt(
        id_vars=["capability", "required_units"],
        value_vars=["standing_units", "new_units"],
        var_name="what",
        value_name="units",
    ).replace({"what": {"standing_units": "standing or under contract", "new_units": "bought here"}})
    shared = alt.Y("capability:N", title=None, axis=charts.names_axis(labelLimit=150))
    bars = (
        alt.Chart(parts)
        .mark_bar()
        .encode(
            y=shared,
            x=alt.X("units:Q", axis=charts.whole_axis("Required units in the last year", tickCount=4)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(
                    domain=["bought here", "standing or under contract"],
                    range=[charts.POOLING_COLORS["Joint"], charts.NEUTRAL],
                ),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("what:N", sort="descending"),
            tooltip=["capability", "what", "units"],
        )
    )
    ticks = (
        alt.Chart(told)
        .mark_tick(thickness=2.5, height=14, color=charts.BAD)
        .encode(y=shared, x="required_units:Q", tooltip=["capability", "required_units", "short_units"])
    )
    charts.show(
        bars + ticks,
        found,
        finding=(
            f"At the end {text.count(len(last) - lacking)} of {words.plural(len(last), 'need')} "
            f"{'is' if len(last) == 1 else 'are'} met"
        ),
        footer=f"{text.footer(desk.run)} · red: required",
        key="portfolio_needs",
        height=30 * len(last) + 40,
        letters=NARROW,
        names=desk.names,
    )


def work(desk: Desk, cells: pd.DataFrame, table: pd.DataFrame, nation: str) -> None:
    """What the nation pays into each program, and the work it gets from it."""
    assert desk.run is not None
    paid = cells[cells["nation"] == nation][["program", "total_meur"]].rename(columns={"total_meur": "paid_meur"})
    got = table[table["nation"] == nation][["program", "work_meur"]]
    who = desk.names.nations.get(nation, nation)
    both = paid.merge(got, on="program", how="outer")
    if both.empty:
        st.info(f"{frame.clean(who)} neither pays nor works in this plan.")
        return
    largest = desk.names.told(both).assign(most=both[["paid_meur", "work_meur"]].max(axis=1)).nlargest(12, "most")
    lines = largest.melt(id_vars="program", value_vars=["paid_meur", "work_meur"], var_name="what", value_name="meur")
    lines = lines.dropna().replace({"what": {"paid_meur": "paid", "work_meur": "work at home"}})
    chart = (
        alt.Chart(lines.assign(shown=[text.money(value) for value in lines["meur"]]))
        .mark_bar()
        .encode(
            y=alt.Y("program:N", title=None, sort=largest["program"].tolist(), axis=charts.names_axis(labelLimit=130)),
            yOffset=alt.YOffset("what:N"),
            x=alt.X("meur:Q", axis=charts.whole_axis("Million euro, undiscounted", tickCount=4)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["paid", "work at home"], range=[charts.NEUTRAL, charts.GOOD]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["program", "what", alt.Tooltip("shown:N", title="money")],
        )
    )
    charts.show(
        chart,
        both,
        finding=f"{who} pays into {words.plural(len(paid), 'program')} and works in {text.count(len(got))}",
        footer=text.footer(desk.run),
        key="portfolio_work",
        height=30 * len(largest),
        letters=NARROW,
        names=desk.names,
    )
