"""Overview: the answer first - joint against national against as is, in words and one picture, with what is proven."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Solution, words
from optimizer.analysis.compare import Result
from optimizer.export.cover import warnings as warnings_of
from ui import charts, frame, text
from ui.state import Desk

TITLE = "Overview"
ICON = ":material/flag:"
MOST_NATIONS = 16
MEASURES = {
    "cost_and_shortfall_meur": "Cost and priced shortfall",
    "cost_meur": "Money spent",
    "types": "Types",
    "shortfall_unit_years": "Unit-years short",
}
# Money has its unit in the picture's label, in two lines.
IN_PICTURE = {"cost_and_shortfall_meur": "Cost and priced|shortfall, meur", "cost_meur": "Money spent,|meur"}


def render(desk: Desk) -> None:
    """Draw the view."""
    if not frame.need_plan(desk):
        return
    assert desk.solution is not None and desk.comparison is not None
    headline(desk.comparison)
    figures(desk)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        side_by_side(desk)
    with right:
        by_nation(desk)
    proofs(desk)
    notes(desk.solution, desk.comparison)


def headline(comparison: Result) -> None:
    """The difference in words."""
    lines = [text.thin(line) for line in comparison.headline().splitlines()]
    outcomes, difference = lines[: len(comparison.cases)], lines[len(comparison.cases) :]
    if difference:
        first, *rest = difference
        st.subheader(sentence(first), anchor=False)
        st.markdown(frame.clean(" ".join(line for line in rest if line not in comparison.faults)))
    else:
        st.subheader(sentence(frame.clean(outcomes[0].replace("_", " "))), anchor=False)


def sentence(line: str) -> str:
    """A line that begins with a capital letter."""
    return line[:1].upper() + line[1:]


def figures(desk: Desk) -> None:
    """The figures of the shown plan, and how far each is from the nations buying alone."""
    assert desk.solution is not None and desk.run is not None and desk.comparison is not None
    solution, other = desk.solution, desk.comparison.solution("national")
    if desk.run.pooling == "national" or (other is not None and other.plan is None):
        other = None
    with st.container(horizontal=True):
        for measure, label in MEASURES.items():
            value = value_of(solution, measure)
            shown = text.money if measure.endswith("_meur") else text.count
            change = None
            if other is not None:
                less = value - value_of(other, measure)
                change = f"{'+' if less > 0 else ''}{shown(less)}"
            st.metric(label, shown(value), change, delta_color="inverse", border=True)
        st.metric(
            "Gap",
            text.percent(solution.gap),
            text.money(solution.gap_meur),
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=text.thin(words.status(solution)) + ".",
        )
    if other is not None:
        st.caption("Below each figure: the change against each nation buying alone. Money is discounted million euro.")


def value_of(solution: Solution, measure: str) -> float:
    """A measure of a solution with a plan."""
    value = getattr(solution, measure) if measure.startswith("cost") else solution.figures[measure]
    assert value is not None
    return float(value)


def side_by_side(desk: Desk) -> None:
    """Cost, types and shortfall of every pooling in one picture, each measure on a scale of its own."""
    assert desk.comparison is not None and desk.run is not None
    cases = [case for case in desk.comparison.cases if case.solution.plan is not None]
    rows = []
    for measure, label in MEASURES.items():
        for case in cases:
            value = value_of(case.solution, measure)
            shown = text.money(value).removesuffix("\u00a0meur") if measure.endswith("_meur") else text.count(value)
            rows.append(
                {
                    "measure": IN_PICTURE.get(measure, label),
                    "pooling": text.pooling(case.name),
                    "value": value,
                    "shown": shown,
                }
            )
    names = [text.pooling(case.name) for case in cases]
    color = alt.Color(
        "pooling:N", title=None, scale=charts.colors(charts.POOLING_COLORS, names), legend=alt.Legend(orient="bottom")
    )
    base = (
        alt.Chart(pd.DataFrame(rows))
        .transform_joinaggregate(largest="max(value)", groupby=["measure"])
        .transform_calculate(length="datum.largest > 0 ? datum.value / datum.largest : 0")
        .encode(
            x=alt.X("length:Q", axis=None, scale=alt.Scale(domain=[0, 1.22])),
            y=alt.Y(
                "measure:N",
                sort=[IN_PICTURE.get(measure, label) for measure, label in MEASURES.items()],
                title=None,
                axis=charts.names_axis(labelLimit=150),
            ),
            yOffset=alt.YOffset("pooling:N", sort=names),
            tooltip=[alt.Tooltip("measure:N"), alt.Tooltip("pooling:N"), alt.Tooltip("shown:N", title="value")],
        )
    )
    chart = base.mark_bar().encode(color=color) + base.mark_text(align="left", dx=4, fontSize=11).encode(
        text="shown:N", color=alt.value(charts.FAINT)
    )
    table = pd.DataFrame(
        [
            {
                "pooling": text.pooling(case.name),
                **{m: value_of(case.solution, m) for m in MEASURES},
                "gap_share": case.solution.gap,
            }
            for case in cases
        ]
    )
    charts.show(
        chart,
        table,
        finding=finding(cases),
        footer=text.footer(desk.run),
        key="overview_poolings",
        height=22 * len(rows),
    )


def finding(cases: list) -> str:  # type: ignore[type-arg]
    """What the picture shows, in a sentence."""
    by_name = {case.name: case.solution for case in cases}
    if "national" in by_name and "joint" in by_name:
        both = [value_of(by_name[name], "cost_and_shortfall_meur") for name in ("joint", "national")]
        types = [text.count(value_of(by_name[name], "types")) for name in ("joint", "national")]
        alone = f"each alone {text.money(both[1])} with {types[1]} types"
        return f"Together {text.money(both[0])} with {types[0]} types, {alone}"
    return "Cost, types and shortfall by how nations buy"


def by_nation(desk: Desk) -> None:
    """What each nation saves against buying alone."""
    assert desk.solution is not None and desk.run is not None
    table = desk.solution.tables()["nations"]
    known = table.dropna(subset=["saving_meur"])
    # Nations that only supply, or need nothing, spend nothing either way.
    known = known[(known["cost_meur"] != 0.0) | (known["national_cost_meur"] != 0.0)]
    if known.empty or desk.run.pooling == "national":
        st.info("Solve the same inputs nationally as well to see what each nation saves.", icon=":material/info:")
        return
    largest = known.reindex(known["saving_meur"].abs().sort_values(ascending=False).index).head(MOST_NATIONS)
    worse = int((known["saving_meur"] < -least()).sum())
    chart = (
        alt.Chart(desk.names.told(largest).assign(shown=[text.money(value) for value in largest["saving_meur"]]))
        .mark_bar()
        .encode(
            x=alt.X("saving_meur:Q", axis=charts.whole_axis("Saving, million euro", tickCount=4)),
            y=alt.Y(
                "nation:N",
                sort=alt.EncodingSortField("saving_meur", order="descending"),
                title=None,
                axis=charts.names_axis(),
            ),
            color=alt.condition(
                "datum.saving_meur >= 0", alt.value(charts.POOLING_COLORS["Joint"]), alt.value(charts.BAD)
            ),
            tooltip=["nation", alt.Tooltip("shown:N", title="saving")],
        )
    )
    charts.show(
        chart,
        known[["nation", "national_cost_meur", "cost_meur", "saving_meur", "saving_share"]],
        finding=(
            f"{len(known) - worse} of {len(known)} nations spend no more than alone"
            + (f"; the {MOST_NATIONS} largest changes" if len(known) > MOST_NATIONS else "")
        ),
        footer=text.footer(desk.run),
        key="overview_nations",
        height=16 * len(largest),
        letters=38,
        names=desk.names,
    )


def least() -> float:
    """Amounts up to this are none, as in the words of the comparison."""
    from optimizer.tolerances import RECONCILE_MEUR

    return RECONCILE_MEUR


def proofs(desk: Desk) -> None:
    """What is proven about each plan, with the gap in money."""
    assert desk.comparison is not None
    st.markdown("#### What is proven")
    lines = []
    for case in desk.comparison.cases:
        run = desk.fellows[case.name]
        lines.append(
            f"- **{text.pooling(case.name)}**: {text.thin(words.status(case.solution))}. "
            f"Solved {text.moment(run.created)}, input `{run.input_sha256[:12]}`."
        )
    missing = [
        mode for mode in ("as_is", "national", "joint") if mode in frame.possible(desk) and mode not in desk.fellows
    ]
    if missing:
        lines.append(f"- Not solved yet: {', '.join(text.pooling(mode).lower() for mode in missing)}.")
    st.markdown("\n".join(lines))


def notes(solution: Solution, comparison: Result) -> None:
    """Contradictions, then warnings of the solve and doubts about the input."""
    faults = [*comparison.faults, *(f"The audit disagrees: {finding}." for finding in solution.findings)]
    if solution.objective_difference_meur > least():
        missing = text.money(solution.objective_difference_meur)
        faults.append(f"The audit disagrees: the cost lines miss the objective by {missing}.")
    for fault in dict.fromkeys(faults):
        st.error(frame.clean(fault), icon=":material/error:")
    found = warnings_of(solution)
    if found:
        with st.expander(words.plural(len(found), "warning"), icon=":material/warning:"):
            st.markdown("\n".join(f"- {frame.clean(note)}" for note in found))
