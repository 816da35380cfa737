"""Interoperability and industry: what groups settled on, who works for whose money, and who leans on whom."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Scenario, Solution, words
from optimizer.measures.industry import industry_tables
from optimizer.model.rules import RULES
from ui import charts, frame, text
from ui.state import Desk

TITLE = "Interoperability and industry"
ICON = ":material/hub:"
PARTS = ("Groups", "Work and return", "Suppliers", "Content", "Lines")
MOST_NATIONS = 30
LEVELS = {"compatible": "share a standard", "interchangeable": "share a family", "common": "share a program"}


def render(desk: Desk) -> None:
    """Draw the view."""
    if not frame.need_plan(desk):
        return
    assert desk.solution is not None and desk.run is not None
    tables = tables_of(desk.run.id, desk.solution)
    part = st.segmented_control(
        "Part", PARTS, default=PARTS[0], required=True, key="industry_part", label_visibility="collapsed"
    )
    match part:
        case "Work and return":
            work_return(desk, tables["work_return"])
        case "Suppliers":
            dependence(desk, tables)
        case "Content":
            content(desk, tables["content"])
        case "Lines":
            lines(desk, tables)
        case _:
            groups(desk, tables["groups"])


def tables_of(run: str, solution: Solution) -> dict[str, pd.DataFrame]:
    """The industry's tables of a run, made once."""
    return _tables(run, solution)


@st.cache_resource(show_spinner=False, max_entries=24)
def _tables(run: str, _solution: Solution) -> dict[str, pd.DataFrame]:
    del run
    assert _solution.plan is not None
    return industry_tables(_solution.scenario, _solution.plan)


def parameter(scenario: Scenario, rule: str, name: str) -> Any:
    """A rule's parameter: as set, else its default."""
    known = {each.name: {p.name: p.default for p in each.parameters} for each in RULES}
    value = scenario.settings.rules.get(rule, {}).get(name)
    return known[rule][name] if value is None else value


def state_of(scenario: Scenario, rule: str) -> str:
    """Whether a rule that must be named counts in this plan."""
    return "the rule is on" if scenario.rule_is_named_on(rule) else "the rule is off in this plan"


def groups(desk: Desk, table: pd.DataFrame) -> None:
    """Which standard, family or program each group settled on, and who breaks it."""
    assert desk.run is not None and desk.solution is not None
    if table.empty:
        st.info("These inputs name no group of nations that must work together.", icon=":material/info:")
        return
    state = [
        "split" if broken else "settled" if bought else "nothing bought"
        for broken, bought in zip(table["breaking"], table["programs"], strict=True)
    ]
    told = desk.names.told(table)
    drawn = told.assign(state=state, code=table["capability"], bought=told["programs"], against=told["breakers"])
    base = alt.Chart(drawn).encode(
        x=alt.X("code:N", title=None, axis=charts.codes_across(table["capability"].nunique())),
        y=alt.Y("group:N", title=None, axis=charts.names_axis(labelLimit=180)),
        tooltip=[
            "group",
            "capability",
            "level",
            "members",
            alt.Tooltip("settled_on:N", title="settled on"),
            alt.Tooltip("bought:N", title="programs bought"),
            alt.Tooltip("against:N", title="who breaks it"),
        ],
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color(
            "state:N",
            title=None,
            scale=charts.colors({"settled": charts.GOOD, "split": charts.BAD, "nothing bought": charts.NEUTRAL}, state),
            legend=alt.Legend(orient="bottom"),
        )
    )
    split = [name for name in state if name == "split"]
    charts.show(
        cells,
        table,
        finding=(
            f"{text.count(state.count('settled'))} of {words.plural(len(table), 'cell')} of group and capability "
            f"{'settles' if state.count('settled') == 1 else 'settle'} on one key; "
            + (f"{text.count(len(split))} {'is' if len(split) == 1 else 'are'} split" if split else "none is split")
            + (f", and in {text.count(empty)} nothing is bought" if (empty := state.count("nothing bought")) else "")
        ),
        footer=text.footer(desk.run),
        key="industry_groups",
        height=24 * table["group"].nunique(),
        names=desk.names,
    )
    st.markdown("#### Cell by cell")
    if split:
        broken = told[table["breaking"] != ""]
        st.markdown(
            "\n".join(
                f"- **{frame.clean(row['group'])}**, {frame.clean(row['capability'])}: {frame.clean(row['breakers'])} "
                f"{'buys' if ';' not in codes else 'buy'} {frame.clean(row['breaking'])} "
                f"against {frame.clean(row['settled_on']) or 'a fleet that rules out every key'}"
                for row, codes in zip(broken.to_dict("records"), table.loc[broken.index, "breakers"], strict=True)
            )
        )
    charts.show_table(
        table.assign(
            level=[LEVELS.get(level, level) for level in table["level"]],
        ),
        key="industry_groups_all",
        footer=text.footer(desk.run),
        names=desk.names,
    )


def work_return(desk: Desk, table: pd.DataFrame) -> None:
    """Work for each euro paid, by nation."""
    assert desk.run is not None and desk.solution is not None
    paying = table.dropna(subset=["return_ratio"])
    if paying.empty:
        st.info("No nation pays anything in this plan.", icon=":material/info:")
        return
    drawn = paying.nlargest(MOST_NATIONS, "paid_meur")
    money = drawn.melt(id_vars="nation", value_vars=["paid_meur", "work_meur"], var_name="what", value_name="meur")
    money = money.replace({"what": {"paid_meur": "paid", "work_meur": "work placed"}})
    money = money.assign(who=desk.names.told(money)["nation"])
    less = int((paying["return_ratio"] < 1.0).sum())
    scenario = desk.solution.scenario
    chart = (
        alt.Chart(money.assign(shown=[text.money(value) for value in money["meur"]]))
        .mark_bar()
        .encode(
            x=alt.X("nation:N", title=None, sort=drawn["nation"].tolist(), axis=alt.Axis(labelAngle=-90)),
            xOffset=alt.XOffset("what:N"),
            y=alt.Y("meur:Q", axis=charts.whole_axis("Million euro, undiscounted", tickCount=5)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["paid", "work placed"], range=[charts.NEUTRAL, charts.GOOD]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=[alt.Tooltip("who:N", title="nation"), "what", alt.Tooltip("shown:N", title="money")],
        )
    )
    charts.show(
        chart,
        table,
        finding=f"{text.count(less)} of {words.plural(len(paying), 'buyer')} get less work than they pay",
        footer=text.footer(desk.run) + (f"; the {MOST_NATIONS} that pay most" if len(paying) > MOST_NATIONS else ""),
        key="industry_return",
        height=240,
        names=desk.names,
    )
    balance(desk, paying, scenario)


def balance(desk: Desk, table: pd.DataFrame, scenario: Scenario) -> None:
    """Return ratios: over everything, and over contracts in common against what is due."""
    assert desk.run is not None
    tolerance = float(parameter(scenario, "fair_return", "tolerance"))
    kept = 1.0 - tolerance
    due = table.dropna(subset=["got_ratio"])
    if due.empty:
        return
    under = int((due["got_ratio"] < kept - 1e-6).sum())
    drawn = due.nlargest(MOST_NATIONS, "due_meur")
    points = (
        alt.Chart(
            drawn.assign(
                shown=[text.percent(value) for value in drawn["got_ratio"]], who=desk.names.told(drawn)["nation"]
            )
        )
        .mark_bar()
        .encode(
            x=alt.X("nation:N", title=None, sort=drawn["nation"].tolist(), axis=alt.Axis(labelAngle=-90)),
            y=alt.Y("got_ratio:Q", title="Work got for work due", axis=alt.Axis(format="%", tickCount=5)),
            color=alt.condition(f"datum.got_ratio < {kept}", alt.value(charts.BAD), alt.value(charts.GOOD)),
            tooltip=[alt.Tooltip("who:N", title="nation"), alt.Tooltip("shown:N", title="work got for work due")],
        )
    )
    line = alt.Chart(pd.DataFrame({"kept": [kept]})).mark_rule(color=charts.FAINT, strokeDash=[4, 3]).encode(y="kept:Q")
    charts.show(
        points + line,
        due,
        finding=(
            f"In contracts in common and developments {text.count(under)} of {words.plural(len(due), 'nation')} get "
            f"less than {text.percent(kept)} of the work they are due"
        ),
        footer=f"{text.footer(desk.run)} · dashed: what fair return would keep; {state_of(scenario, 'fair_return')}",
        key="industry_balance",
        height=220,
        names=desk.names,
    )


def dependence(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """How far each buyer leans on its largest foreign supplier."""
    assert desk.run is not None and desk.solution is not None
    table, scenario = tables["dependence"], desk.solution.scenario
    if table.empty:
        st.info("No nation buys anything in this plan.", icon=":material/info:")
        return
    limit = float(parameter(scenario, "supplier_share", "max_share"))
    over = table[table["largest_share"] > limit + 1e-6]
    drawn = desk.names.told(table.sort_values("largest_share", ascending=False))
    drawn = drawn.assign(
        supplier=drawn["supplier"].fillna("–"),
        shown=[text.percent(value) for value in drawn["largest_share"]],
        home=[text.percent(value) for value in drawn["home_share"]],
    )
    base = alt.Chart(drawn).encode(
        y=alt.Y("nation:N", title=None, sort=drawn["nation"].tolist(), axis=charts.names_axis()),
        x=alt.X(
            "largest_share:Q",
            axis=alt.Axis(title="Share of its largest foreign supplier", format="%", tickCount=5),
            scale=alt.Scale(domain=[0, 1]),
        ),
        tooltip=["nation", "supplier", alt.Tooltip("shown:N", title="share"), alt.Tooltip("home:N", title="from home")],
    )
    bars = base.mark_bar().encode(
        color=alt.condition(f"datum.largest_share > {limit}", alt.value(charts.BAD), alt.value(charts.NEUTRAL))
    )
    names = base.mark_text(align="left", dx=4, fontSize=10).encode(text="supplier:N", color=alt.value(charts.FAINT))
    line = alt.Chart(pd.DataFrame({"limit": [limit]})).mark_rule(color=charts.FAINT, strokeDash=[4, 3])
    charts.show(
        bars + names + line.encode(x="limit:Q"),
        table,
        finding=(
            f"{text.count(len(over))} of {words.plural(len(table), 'buyer')} take more than {text.percent(limit)} of "
            "what they buy from one foreign supplier"
        ),
        footer=f"{text.footer(desk.run)} · dashed: limit; {state_of(scenario, 'supplier_share')}",
        key="industry_dependence",
        height=17 * len(table),
        names=desk.names,
    )
    st.markdown("#### One buyer")
    nation = st.selectbox(
        "Nation",
        table["nation"].tolist(),
        format_func=lambda code: desk.names.nations.get(code, code),
        key="industry_nation",
    )
    found = tables["suppliers"]
    charts.show_table(
        found[found["nation"] == nation].drop(columns="nation").sort_values("value_meur", ascending=False),
        key="industry_suppliers",
        footer=text.footer(desk.run),
        names=desk.names,
    )


def content(desk: Desk, table: pd.DataFrame) -> None:
    """Component value from outside each bloc, against the limit."""
    assert desk.run is not None and desk.solution is not None
    scenario = desk.solution.scenario
    bloc = str(parameter(scenario, "outside_content", "bloc"))
    limit = float(parameter(scenario, "outside_content", "max_share"))
    found = table.dropna(subset=["outside_share"])
    if found.empty:
        st.info("No bloc in these inputs buys anything in this plan.", icon=":material/info:")
        return
    drawn = found.sort_values("outside_share", ascending=False)
    drawn = drawn.assign(
        shown=[text.percent(value) for value in drawn["outside_share"]],
        money=[text.money(value) for value in drawn["outside_meur"]],
    )
    base = alt.Chart(drawn).encode(
        y=alt.Y("bloc:N", title=None, sort=drawn["bloc"].tolist(), axis=charts.names_axis()),
        x=alt.X(
            "outside_share:Q",
            axis=alt.Axis(title="Component value from outside", format="%", tickCount=5),
        ),
        tooltip=["bloc", alt.Tooltip("shown:N", title="from outside"), alt.Tooltip("money:N", title="value")],
    )
    bars = base.mark_bar().encode(
        color=alt.condition(
            alt.datum.bloc == bloc, alt.value(charts.POOLING_COLORS["Joint"]), alt.value(charts.NEUTRAL)
        )
    )
    line = alt.Chart(pd.DataFrame({"limit": [limit]})).mark_rule(color=charts.BAD, strokeDash=[4, 3])
    own = found[found["bloc"] == bloc]
    share = None if own.empty else float(own["outside_share"].iloc[0])
    finding = (
        f"The limit of {text.percent(limit)} is for {bloc}, whose members buy nothing"
        if share is None
        else f"{text.percent(share)} of what {bloc} buys is from outside it, "
        f"{'beyond' if share > limit + 1e-6 else 'within'} the {text.percent(limit)} of the rule"
    )
    charts.show(
        bars + line.encode(x="limit:Q"),
        table,
        finding=finding,
        footer=f"{text.footer(desk.run)} · dashed: limit for {bloc}; {state_of(scenario, 'outside_content')}",
        key="industry_content",
        height=20 * len(found),
    )


def lines(desk: Desk, tables: dict[str, pd.DataFrame]) -> None:
    """Work in each sovereign sector against its minimum and capacity, and year by year."""
    assert desk.run is not None
    table = tables["sectors"]
    if table.empty:
        st.info("These inputs name no industrial sector that must be kept.", icon=":material/info:")
        return
    broken = table[(table["missing_meur"] > 0.01) | (table["beyond_meur"] > 0.01)]
    st.markdown("#### Over the horizon")
    st.markdown(
        f"**{text.count(len(table) - len(broken))} of {words.plural(len(table), 'line')}** "
        f"{'has' if len(table) == 1 else 'have'} at least the work they need, and no more than they can do."
    )
    charts.show_table(table, key="industry_sectors", footer=text.footer(desk.run), names=desk.names)
    years = tables["sector_years"]
    years = years.assign(
        line=desk.names.told(years)["nation"] + " " + years["sector"].str.replace("_", " "),
        shown=[text.money(value) for value in years["work_meur"]],
        state=[
            "short" if missing > 0.01 else "at work" if work > 0.01 else "no work"
            for missing, work in zip(years["missing_meur"], years["work_meur"], strict=True)
        ],
    )
    idle, short = (years[years["state"] == state] for state in ("no work", "short"))
    has_least = years["min_work_meur"].notna().any()
    chart = (
        alt.Chart(years)
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("year:O", title=None, axis=charts.year_axis()),
            y=alt.Y("line:N", title=None, axis=charts.names_axis(labelLimit=180)),
            color=alt.Color(
                "state:N",
                title=None,
                scale=charts.colors(
                    {"at work": charts.GOOD, "no work": charts.NEUTRAL, "short": charts.BAD}, years["state"].tolist()
                ),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["line", "year", alt.Tooltip("shown:N", title="work"), "state"],
        )
    )
    charts.show(
        chart,
        tables["sector_years"],
        finding=(
            f"{words.plural(len(short), 'year')} of a line below the least it needs"
            if has_least
            else f"No line has a yearly least; {words.plural(len(idle), 'year')} of {text.count(len(years))} "
            "bring a line no work"
        ),
        footer=f"{text.footer(desk.run)} · work when payments fall due",
        key="industry_lines",
        height=19 * years["line"].nunique(),
        names=desk.names,
    )
