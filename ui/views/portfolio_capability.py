"""Portfolio by capability: coverage, types and families; and the delivery calendar."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import words
from ui import charts, text
from ui.state import Desk
from ui.views.portfolio_program import name_of


def render(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Types and families of all capabilities, then one of them over the years."""
    assert desk.solution is not None and desk.run is not None
    scenario, table = desk.solution.scenario, desk.solution.tables()["capabilities"]
    counted = table.melt(
        id_vars="capability", value_vars=["types", "families"], var_name="what", value_name="number"
    ).replace({"what": {"types": "types in service", "families": "families bought"}})
    counted = counted.assign(
        name=["|".join(textwrap.wrap(name_of(scenario, code), 28)) for code in counted["capability"]]
    )
    chart = (
        alt.Chart(counted)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", title=None, sort="-x", axis=charts.names_axis(labelLimit=170)),
            yOffset=alt.YOffset("what:N", sort=["types in service", "families bought"]),
            x=alt.X("number:Q", title="Number at the end of the horizon", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(
                    domain=["types in service", "families bought"],
                    range=[charts.NEUTRAL, charts.POOLING_COLORS["Joint"]],
                ),
                legend=alt.Legend(orient="bottom", columns=1),
            ),
            tooltip=["name", "what", "number"],
        )
    )
    most = table.sort_values("types", ascending=False).iloc[0]
    short = int((table["shortfall_unit_years"] > 0).sum())
    charts.show(
        chart,
        table,
        finding=(
            f"{name_of(scenario, str(most['capability']))} has the most types, {text.count(most['types'])}; "
            f"{words.plural(short, 'capability').replace('capabilitys', 'capabilities')} of "
            f"{text.count(len(table))} {'falls' if short == 1 else 'fall'} short in some year"
        ),
        footer=text.footer(desk.run),
        key="portfolio_capabilities",
        height=32 * len(table),
        names=desk.names,
    )
    one(desk, tables["needs"])


def one(desk: Desk, needs: pd.DataFrame) -> None:
    """A capability over the years: required, standing, bought, short, over nations and blocs."""
    assert desk.solution is not None and desk.run is not None
    scenario = desk.solution.scenario
    known = sorted(needs["capability"].unique(), key=lambda code: name_of(scenario, code))
    if not known:
        return
    lacking = needs[needs["short_units"] > 0]["capability"]
    capability = st.selectbox(
        "Capability over the years",
        known,
        index=known.index(lacking.mode().iloc[0]) if len(lacking) else 0,
        format_func=lambda code: name_of(scenario, code),
        key="portfolio_one_capability",
    )
    found = needs[needs["capability"] == capability]
    short = found[found["short_units"] > 0]
    nations = found["nation"].nunique()
    by_year = alt.Chart(desk.names.told(found)).encode(x=alt.X("year:O", title=None, axis=charts.year_axis()))
    chart = (
        by_year.transform_calculate(state="datum.short_units > 0 ? 'short' : 'met'")
        .transform_filter("datum.required_units > 0")
        .mark_rect(cornerRadius=2)
        .encode(
            y=alt.Y("nation:N", title=None, axis=charts.names_axis()),
            color=alt.Color(
                "state:N",
                title=None,
                scale=alt.Scale(domain=["met", "short"], range=[charts.GOOD, charts.BAD]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["nation", "year", "required_units", "standing_units", "new_units", "short_units"],
        )
    )
    finding = f"{name_of(scenario, capability)}: " + (
        f"all {words.plural(nations, 'buyer')} have what they need in every year"
        if short.empty
        else f"{text.count(short['nation'].nunique())} of {words.plural(nations, 'buyer')} "
        f"{'is' if short['nation'].nunique() == 1 else 'are'} short in some year"
    )
    charts.show(
        chart,
        found,
        finding=finding,
        footer=text.footer(desk.run),
        key="portfolio_coverage",
        height=18 * nations + 20,
        names=desk.names,
    )


def calendar(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Units by program and year."""
    assert desk.solution is not None and desk.run is not None
    scenario, deliveries = desk.solution.scenario, tables["deliveries"]
    domains = sorted({scenario.capabilities[code].domain for code in deliveries["capability"]})
    domain = st.segmented_control("Domain", domains, default=domains[0], required=True, key="portfolio_calendar_domain")
    found = deliveries[[scenario.capabilities[code].domain == domain for code in deliveries["capability"]]]
    found = found.assign(
        name=[scenario.programs[code].name or code for code in found["program"]],
        need=desk.names.told(found)["capability"],
    )
    order = found.sort_values(["capability", "name"])["name"].unique().tolist()
    years = list(scenario.years)
    base = (
        alt.Chart(found)
        .transform_aggregate(
            units="sum(units)", nations="distinct(nation)", groupby=["name", "capability", "need", "year"]
        )
        .encode(
            x=alt.X("year:O", title=None, scale=alt.Scale(domain=years), axis=charts.year_axis(orient="top")),
            y=alt.Y("name:N", title=None, sort=order, axis=charts.names_axis(labelLimit=160)),
            tooltip=[
                alt.Tooltip("name:N", title="program"),
                alt.Tooltip("need:N", title="capability"),
                "year:O",
                "units:Q",
                "nations:Q",
            ],
        )
    )
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            "need:N",
            title=None,
            scale=charts.colors(
                {
                    desk.names.capabilities.get(code, code): color
                    for code, color in charts.capability_colors(scenario).items()
                },
                found["need"].unique().tolist(),
            ),
            legend=alt.Legend(orient="bottom", columns=2, labelLimit=260),
        ),
        opacity=alt.value(0.75),
    )
    charts.show(
        cells
        + base.mark_text(fontSize=9, color="#10191c", opacity=charts.where_it_fits(len(years))).encode(text="units:Q"),
        found.drop(columns=["name", "need"]),
        finding=(
            f"{words.plural(len(order), 'program')} of the domain {domain} deliver from {found['year'].min()} "
            f"to {found['year'].max()}"
        ),
        footer=text.footer(desk.run),
        key="portfolio_calendar",
        height=18 * len(order) + 10 * found["capability"].nunique(),
        names=desk.names,
    )
