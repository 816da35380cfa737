"""Pictures of analyses as charts: bars, ranges, lines, points or a matrix, in the page's own look."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from optimizer.analysis.analysis import Picture
from ui import charts
from ui.tables import heading

_ACCENT = charts.POOLING_COLORS["Joint"]
_MOST_BARS = 30


def known(picture: Picture, table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have every number the picture needs."""
    needed = [name for name in (picture.x, picture.y, picture.y_to, picture.value) if name]
    return table.dropna(subset=needed)


def height_of(picture: Picture, rows: pd.DataFrame) -> int:
    """Height of the plot, in pixels: a line for each name."""
    if picture.kind in ("bars", "ranges"):
        return 40 + 24 * min(_MOST_BARS, len(rows))
    return 40 + 26 * rows[picture.y].nunique() if picture.kind == "matrix" else 280


def chart_of(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    """The chart of a picture; `rows` as `known` gives them."""
    draw = {"bars": _bars, "ranges": _ranges, "lines": _lines, "points": _points, "matrix": _matrix}[picture.kind]
    return draw(picture, rows)


def _hints(rows: pd.DataFrame) -> list[Any]:
    return [alt.Tooltip(str(name), title=heading(str(name))) for name in rows.columns]


def _names(picture: Picture, rows: pd.DataFrame) -> pd.DataFrame:
    labels = rows[picture.x].astype(str)
    if picture.by:
        labels = labels + " " + rows[picture.by].astype(str)
    return rows.assign(_name=labels).head(_MOST_BARS)


def _bars(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(_names(picture, rows))
        .mark_bar(color=_ACCENT)
        .encode(
            x=alt.X(f"{picture.y}:Q", axis=charts.whole_axis(heading(picture.y))),
            y=alt.Y("_name:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
            tooltip=_hints(rows),
        )
    )


def _ranges(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    ends = f"{heading(picture.y)} \u2013 {heading(str(picture.y_to))}"
    return (
        alt.Chart(_names(picture, rows))
        .mark_bar(color=_ACCENT)
        .encode(
            x=alt.X(f"{picture.y}:Q", axis=charts.whole_axis(ends), scale=alt.Scale(zero=False)),
            x2=f"{picture.y_to}:Q",
            y=alt.Y("_name:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
            tooltip=_hints(rows),
        )
    )


def _both(picture: Picture, chart: alt.Chart, rows: pd.DataFrame) -> alt.Chart:
    encoded = chart.encode(
        x=alt.X(f"{picture.x}:Q", axis=charts.whole_axis(heading(picture.x)), scale=alt.Scale(zero=False)),
        y=alt.Y(f"{picture.y}:Q", axis=charts.whole_axis(heading(picture.y)), scale=alt.Scale(zero=False)),
        tooltip=_hints(rows),
    )
    if picture.by is None:
        return encoded
    return encoded.encode(color=alt.Color(f"{picture.by}:N", title=None, legend=alt.Legend(orient="top")))


def _lines(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    mark = {} if picture.by else {"color": _ACCENT}
    return _both(picture, alt.Chart(rows).mark_line(point=alt.OverlayMarkDef(size=40, **mark), **mark), rows)


def _points(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    mark = {} if picture.by else {"color": _ACCENT}
    return _both(picture, alt.Chart(rows).mark_circle(size=90, **mark), rows)


def _matrix(picture: Picture, rows: pd.DataFrame) -> alt.Chart:
    is_number = pd.api.types.is_numeric_dtype(rows[picture.value])
    shade = (
        alt.Color(f"{picture.value}:Q", title=heading(str(picture.value)), scale=alt.Scale(scheme="teals"))
        if is_number
        else alt.Color(f"{picture.value}:N", title=None, legend=alt.Legend(orient="top"))
    )
    return (
        alt.Chart(rows)
        .mark_rect()
        .encode(
            x=alt.X(f"{picture.x}:N", sort=None, title=heading(picture.x)),
            y=alt.Y(f"{picture.y}:N", sort=None, title=heading(picture.y), axis=alt.Axis(labelLimit=260)),
            color=shade,
            tooltip=_hints(rows),
        )
    )
