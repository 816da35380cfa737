"""Portfolio by program: a card for each contract with partners, volume, price band, calendar and work."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Scenario
from ui import charts, frame, text
from ui.state import Desk

KINDS = {
    "joint_development": "joint development",
    "national_development": "national development",
    "off_the_shelf": "off the shelf",
}

MOST_WORKING = 6


def render(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Cards of one capability."""
    assert desk.solution is not None and desk.run is not None
    scenario, written = desk.solution.scenario, desk.solution.tables()
    contracts = tables["contracts"]
    known = sorted(contracts["capability"].unique(), key=lambda code: name_of(scenario, code))
    capability = st.selectbox(
        "Capability", known, format_func=lambda code: name_of(scenario, code), key="portfolio_cards_capability"
    )
    found = contracts[contracts["capability"] == capability]
    bought = found["program"].nunique()
    st.markdown(
        f"**{text.count(bought)} of {text.count(len(scenario.programs_of[capability]))}** programs on offer for "
        f"{frame.clean(name_of(scenario, capability).lower())} "
        f"{'is' if bought == 1 else 'are'} bought; not bought: "
        + (frame.clean(", ".join(left_out(scenario, found, capability))) or "none")
    )
    rows = written["programs"].set_index(["program", "pool"], drop=False)
    columns = st.columns(2, gap="medium")
    for number, row in enumerate(found.to_dict("records")):
        pool = scenario.contracts[row["contract"]].pool_name
        with columns[number % 2], st.container(border=True):
            card(desk, tables, row, rows.loc[(row["program"], pool)])


def name_of(scenario: Scenario, capability: str) -> str:
    """A capability's name."""
    return scenario.capabilities[capability].name or capability


def left_out(scenario: Scenario, found: pd.DataFrame, capability: str) -> list[str]:
    """Programs on offer of which nothing is bought."""
    bought = set(found["program"])
    return [scenario.programs[code].name or code for code in scenario.programs_of[capability] if code not in bought]


def card(desk: Desk, tables: dict[str, pd.DataFrame], row: dict[str, object], written: pd.Series) -> None:
    """One contract."""
    assert desk.solution is not None and desk.run is not None
    scenario, program = desk.solution.scenario, str(row["program"])
    known = scenario.programs[program]
    st.markdown(
        f"**{frame.clean(known.name or program)}**  \n:small[{KINDS.get(known.kind, known.kind.replace('_', ' '))}, "
        f"pool {listed(desk, str(written['pool']))}]"
    )
    partners, customers = (listed(desk, written[column]) for column in ("partners", "customers"))
    st.markdown(
        "\n".join(
            [
                f"- **Partners** {partners}; **customers** {customers}",
                f"- **Volume** {text.count(row['units'])}, delivered {row['first_year']} to {row['last_year']}",
                f"- **Price** {text.money(written['unit_price_meur'])} a unit on average; band "
                f"{text.count(row['band_from_units'])} to {text.count(row['band_to_units'])} units at "
                f"{text.money(row['band_price_meur'])} before uplifts",
                f"- **Development** {text.money(written['development_meur'])}"
                + (f", grants {text.money(written['grants_meur'])}" if written["grants_meur"] else ""),
            ]
        )
    )
    calendar(desk, tables["deliveries"], str(row["contract"]), known.name or program)
    work = tables["contract_work"]
    work = work[work["contract"] == row["contract"]]
    if not work.empty:
        parts = [
            f"{nation} {text.percent(share)}"
            for nation, share in zip(
                desk.names.told(work)["nation"].head(MOST_WORKING), work["share"].head(MOST_WORKING), strict=True
            )
        ]
        more = f" and {text.count(len(work) - MOST_WORKING)} more" if len(work) > MOST_WORKING else ""
        st.caption(f"Work: {frame.clean(', '.join(parts))}{more}")


def listed(desk: Desk, codes: str) -> str:
    """`Germany, France`; `none` for an empty list."""
    return frame.clean(desk.names.listed(codes)) or "none"


def calendar(desk: Desk, deliveries: pd.DataFrame, contract: str, name: str) -> None:
    """Units by year and nation."""
    assert desk.solution is not None
    found = desk.names.told(deliveries[deliveries["contract"] == contract])
    hues = charts.nation_colors(desk.solution.scenario).items()
    chart = (
        alt.Chart(found)
        .mark_bar()
        .encode(
            x=alt.X(
                "year:O",
                title=None,
                scale=alt.Scale(domain=list(desk.solution.scenario.years)),
                axis=charts.year_axis(),
            ),
            y=alt.Y("sum(units):Q", axis=charts.whole_axis("Units", tickCount=3)),
            color=alt.Color(
                "nation:N",
                scale=charts.colors(
                    {desk.names.nations.get(code, code): color for code, color in hues},
                    found["nation"].unique().tolist(),
                ),
                legend=alt.Legend(orient="bottom", title=None, columns=4, symbolSize=60, labelLimit=90),
            ),
            tooltip=["nation", "year", "units"],
        )
        .properties(height=190)
    )
    st.altair_chart(chart, key=f"portfolio_card_{contract}", alt=f"Deliveries of {name} by year and nation.")
