"""Charts: one look for all pictures - the same color for the same thing, the finding as title, a table beside it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from optimizer import Scenario
from optimizer.analysis.naming import Names
from ui.tables import columns, csv_bytes, styled

# Read on white and on near black; poolings run from grey (alone) to the accent (together).
POOLING_COLORS = {"As is": "#b5a27a", "National": "#8494a0", "Blocs": "#5d8fb8", "Joint": "#1a8d95"}
TERM_COLORS = {
    "development": "#3f6fa8",
    "production": "#1a8d95",
    "joining": "#8b79b8",
    "support": "#7fa37a",
    "grants": "#5bb08a",
    "shortfall": "#c8553d",
    "duplication": "#d9a441",
    "preference": "#a8a29a",
    "change": "#b9789f",
}
CLASS_COLORS = {"development": "#3f6fa8", "procurement": "#1a8d95", "support": "#7fa37a", "total": "#8494a0"}
# Text that reads on white and on near black.
FAINT = "#74848d"
GOOD, BAD, NEUTRAL = "#2e8b6f", "#c8553d", "#8494a0"
# Twelve hues that keep apart for most eyes; beyond twelve the same hues come again, paler and darker.
_HUES = (
    "#1a8d95", "#c8553d", "#3f6fa8", "#d9a441", "#8b79b8", "#7fa37a",
    "#b9789f", "#5d8fb8", "#a0703c", "#5bb08a", "#8494a0", "#b5a27a",
)  # fmt: skip
_TITLE_LETTERS = 50
_AXIS_AND_LEGEND = 74
# Thin spaces between thousands, in axis labels and tooltips alike.
WHOLE = "replace(format(datum.value, ',.0f'), /,/g, '\u202f')"


def nation_colors(scenario: Scenario) -> dict[str, str]:
    """A color for each nation, the same on every page."""
    return _by_order(sorted(scenario.nations))


def capability_colors(scenario: Scenario) -> dict[str, str]:
    """A color for each capability, the same on every page."""
    return _by_order(sorted(scenario.capabilities))


def _by_order(codes: Sequence[str]) -> dict[str, str]:
    return {code: _HUES[number % len(_HUES)] for number, code in enumerate(codes)}


def colors(mapping: dict[str, str], present: Sequence[str] | None = None) -> alt.Scale:
    """A color scale from a mapping, only of what is present, so that the legend lists nothing else."""
    names = [name for name in mapping if present is None or name in set(present)]
    return alt.Scale(domain=names, range=[mapping[name] for name in names])


def colors_of(names: Sequence[str]) -> alt.Scale:
    """A color scale over any names, in their order."""
    return colors(_by_order(names))


def whole_axis(title: str, **options: Any) -> alt.Axis:
    """An axis of numbers with thin spaces between thousands; the last one stays within the picture (pixels)."""
    return alt.Axis(title=title, labelExpr=WHOLE, labelFlush=20, labelFlushOffset=-6, **options)


def show(
    chart: alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.FacetChart,
    table: pd.DataFrame,
    *,
    finding: str,
    footer: str,
    key: str,
    height: int | None = None,
    letters: int = _TITLE_LETTERS,
    named: Mapping[str, str] = MappingProxyType({}),
    names: Names | None = None,
    **options: Any,
) -> Any:
    """Draw a picture titled by its finding, with its table and a download below it; returns what was picked in it.

    Parameters
    ----------
    finding
        What the picture shows, as a sentence with the numbers in it.
    footer
        Where it comes from; see `ui.text.footer`.
    key
        Unique on the page; also names the downloaded file.
    height
        Height of the plot without title, axis and legend, in pixels.
    letters
        Letters in a line of the title: fewer where the picture stands in a narrow column.
    named
        Words for columns of the table whose names say too little.
    names
        Stand in the table for its codes; its download keeps the codes.
    options
        Further ones of Streamlit's chart, such as `on_select`.
    """
    title_lines, footer_lines = textwrap.wrap(finding, letters), textwrap.wrap(footer, round(1.3 * letters))
    titled = chart.properties(
        title=alt.Title(
            text=title_lines,
            subtitle=footer_lines,
            anchor="start",
            fontSize=14,
            fontWeight=600,
            subtitleFontSize=10,
            subtitleColor=FAINT,
            subtitlePadding=4,
            offset=10,
        )
    ).configure_view(strokeOpacity=0)
    if height is not None:
        # The page fits title, axis and legend into the height given; what is asked for is the plot's own.
        titled = titled.properties(height=height + 19 * len(title_lines) + 13 * len(footer_lines) + _AXIS_AND_LEGEND)
    told = f"{finding.rstrip('.')}. The numbers are in the table below."
    event = st.altair_chart(titled, key=key, alt=told, **options)
    with st.expander("Table and picture as files", icon=":material/table:"):
        show_table(table, key=f"{key}_table", footer=footer, named=named, names=names)
        st.download_button(
            "Download picture",
            data=lambda: picture_bytes(titled),
            file_name=f"{key}.svg",
            mime="image/svg+xml",
            key=f"{key}_svg",
            on_click="ignore",
            type="tertiary",
            icon=":material/image:",
        )
    return event


def picture_bytes(chart: Any) -> bytes:
    """A picture as SVG on white, made on this machine without a browser."""
    stream = io.StringIO()
    chart.properties(background="#ffffff").configure_view(strokeOpacity=0).save(stream, format="svg")
    return stream.getvalue().encode("utf-8")


def show_table(
    table: pd.DataFrame,
    *,
    key: str,
    footer: str,
    named: Mapping[str, str] = MappingProxyType({}),
    names: Names | None = None,
    **options: Any,
) -> Any:
    """A table with units in its heads, names for codes, and a download with the codes that carries its origin."""
    event = st.dataframe(
        styled(table if names is None else names.told(table), named),
        key=key,
        hide_index=True,
        column_config=columns(table, named),
        placeholder="–",
        **options,
    )
    st.download_button(
        "Download table",
        data=lambda: csv_bytes(table, footer),
        file_name=f"{key}.csv",
        mime="text/csv",
        key=f"{key}_csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
    return event


def names_axis(**options: Any) -> alt.Axis:
    """An axis of names, every one of them written; `|` begins a new line."""
    return alt.Axis(labelOverlap=False, labelFlush=False, labelExpr="split(datum.label, '|')", **options)


def year_axis(**options: Any) -> alt.Axis:
    """An axis of years, level, as many of them written as there is room for."""
    return alt.Axis(labelAngle=0, labelOverlap="greedy", labelFlush=False, **options)


def codes_across(count: int, **options: Any) -> alt.Axis:
    """An axis of so many codes above the plot, upright, in smaller letters where there is little room."""
    size = alt.expr(f"max(6, min(10, width / {count} - 1))")
    return alt.Axis(orient="top", labelAngle=-90, labelOverlap=False, labelFontSize=size, **options)


def where_it_fits(count: int, pixels: int = 18) -> Any:
    """Opacity of numbers in a matrix of so many columns: none where they would run into each other."""
    return alt.expr(f"width < {count * pixels} ? 0 : 1")
