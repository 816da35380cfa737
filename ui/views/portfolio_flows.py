"""Portfolio as flows: who buys with whom, and whose money becomes whose work."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import words
from ui import charts, text
from ui.state import Desk
from ui.views.industry import tables_of as industry_of

MOST = 24


def render(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Both pictures."""
    together(desk, tables["fellows"])
    money_to_work(desk)


def together(desk: Desk, fellows: pd.DataFrame) -> None:
    """Nations by nations: contracts they share."""
    assert desk.run is not None
    if fellows.empty:
        st.info("No two nations share a contract in this plan.", icon=":material/info:")
        return
    most = fellows.sort_values(["contracts", "payment_meur"], ascending=False).iloc[0]
    told = desk.names.told(fellows)
    drawn = told.assign(code=fellows["other"], shown=[text.money(value) for value in fellows["payment_meur"]])
    one, two = (told.loc[most.name, column] for column in ("nation", "other"))
    base = alt.Chart(drawn).encode(
        x=alt.X("code:N", title=None, axis=charts.codes_across(fellows["other"].nunique())),
        y=alt.Y("nation:N", title=None, axis=charts.names_axis()),
        tooltip=[
            "nation",
            alt.Tooltip("other:N", title="with"),
            "contracts",
            alt.Tooltip("shown:N", title="the first pays in them"),
        ],
    )
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("contracts:Q", legend=None, scale=alt.Scale(range=["#cfe6e7", charts.POOLING_COLORS["Joint"]]))
    )
    charts.show(
        cells
        + base.mark_text(
            fontSize=9, color="#10282b", opacity=charts.where_it_fits(fellows["other"].nunique(), 8)
        ).encode(text="contracts:Q"),
        fellows,
        finding=(f"Who buys with whom: {one} and {two} share the most contracts, {text.count(most['contracts'])}"),
        footer=f"{text.footer(desk.run)} · number: contracts that both take deliveries from",
        key="portfolio_fellows",
        height=17 * fellows["nation"].nunique(),
        names=desk.names,
    )


def money_to_work(desk: Desk) -> None:
    """Component value by buyer and supplier nation."""
    assert desk.run is not None and desk.solution is not None
    flows = industry_of(desk.run.id, desk.solution)["suppliers"]
    if flows.empty:
        return
    drawn = flows.nlargest(MOST * 6, "value_meur")
    abroad = flows[flows["nation"] != flows["supplier"]]
    told = desk.names.told(drawn)
    drawn = told.assign(code=drawn["supplier"], shown=[text.money(value) for value in drawn["value_meur"]])
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "code:N",
            title="Work in",
            axis=charts.codes_across(drawn["supplier"].nunique(), titleAnchor="start"),
        ),
        y=alt.Y("nation:N", title="Money of", axis=alt.Axis(labelOverlap=False)),
        tooltip=[
            alt.Tooltip("nation:N", title="money of"),
            alt.Tooltip("supplier:N", title="work in"),
            alt.Tooltip("shown:N", title="component value"),
        ],
    )
    chart = base.mark_circle(color=charts.POOLING_COLORS["Joint"], opacity=0.85).encode(
        size=alt.Size("value_meur:Q", legend=None, scale=alt.Scale(range=[10, 700]))
    )
    largest = abroad.nlargest(1, "value_meur")
    finding = "All that is bought is made at home"
    if not largest.empty:
        row = desk.names.told(largest).iloc[0]
        finding = (
            f"Money against work: the largest flow abroad is {text.money(row['value_meur'])} from {row['nation']} "
            f"to {row['supplier']}"
        )
    charts.show(
        chart,
        flows,
        finding=finding,
        footer=(
            f"{text.footer(desk.run)} · area: component value of production, undiscounted"
            + (f"; the {words.plural(len(drawn), 'largest flow')}" if len(flows) > len(drawn) else "")
        ),
        key="portfolio_money_to_work",
        height=17 * drawn["nation"].nunique(),
        names=desk.names,
    )
