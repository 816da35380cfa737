"""Pictures of analyses as charts: bars, ranges, lines, points or a matrix, in the page's own look."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import altair as alt
import pandas as pd

from optimizer.analysis.analysis import Picture
from ui import charts
from ui.tables import heading, is_share, number

_ACCENT = charts.POOLING_COLORS["Joint"]
_OTHER = "#d9a441"
_MOST_BARS = 30
_NAMES_PIXELS = 260
_TICKS = 9
NO_WORDS: Mapping[str, str] = MappingProxyType({})


def known(picture: Picture, table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have every number the picture needs."""
    needed = [name for name in (picture.x, picture.y, picture.y_to, picture.value) if name]
    return table.dropna(subset=needed)


def height_of(picture: Picture, rows: pd.DataFrame) -> int:
    """Height of the plot, in pixels: a line for each name."""
    if picture.kind in ("bars", "ranges"):
        return (90 if picture.kind == "ranges" else 40) + 28 * min(_MOST_BARS, len(rows))
    return 100 + 28 * rows[picture.y].nunique() if picture.kind == "matrix" else 280


def chart_of(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str] = NO_WORDS) -> alt.Chart | alt.LayerChart:
    """The chart of a picture; `rows` as `known` gives them, `named` the words for its columns."""
    draw = {"bars": _bars, "ranges": _ranges, "lines": _lines, "points": _points, "matrix": _matrix}[picture.kind]
    return draw(picture, rows, named)


def _told(rows: pd.DataFrame, named: Mapping[str, str]) -> tuple[pd.DataFrame, list[Any]]:
    """Rows with the text of every cell beside it, and the hints that show these texts under their headings."""
    texts = {
        f"_text_{place}": [number(value, str(name), named) for value in rows[name]]
        for place, name in enumerate(rows.columns)
    }
    hints = [
        alt.Tooltip(f"_text_{place}:N", title=heading(str(name), named)) for place, name in enumerate(rows.columns)
    ]
    return rows.assign(**texts), hints


def _numbers(name: str, rows: pd.DataFrame, named: Mapping[str, str], title: str | None = None) -> alt.Axis:
    """An axis for a column's numbers: percent for shares, whole numbers, or as many digits as its span needs."""
    shown = heading(name, named) if title is None else title
    if is_share(name) or named.get(name, "").endswith("[%]"):
        return alt.Axis(title=shown, labelExpr="format(100 * datum.value, '.3~f')")
    span = rows[name].max() - rows[name].min()
    if span >= 5:
        return charts.whole_axis(shown, tickMinStep=1, tickCount=_TICKS)
    if (rows[name] == rows[name].round()).all():
        return charts.whole_axis(shown, tickMinStep=1, format="d")
    return alt.Axis(title=shown, labelExpr="format(datum.value, '.3~f')")


def _named_rows(picture: Picture, rows: pd.DataFrame) -> pd.DataFrame:
    labels = rows[picture.x].astype(str)
    if picture.by:
        labels = labels + " " + rows[picture.by].astype(str)
    return rows.assign(_name=labels).head(_MOST_BARS)


def _names(rows: pd.DataFrame) -> alt.Y:
    return alt.Y("_name:N", sort=None, title=None, axis=alt.Axis(labelLimit=_NAMES_PIXELS, labelOverlap=False))


def _bars(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str]) -> alt.LayerChart:
    rows, hints = _told(rows, named)
    axis = _numbers(picture.y, rows, named, picture.axis)
    base = alt.Chart(_named_rows(picture, rows)).encode(y=_names(rows), tooltip=hints)
    bars = base.mark_bar(color=_ACCENT, height=alt.RelativeBandSize(band=0.7)).encode(
        x=alt.X(f"{picture.y}:Q", axis=axis)
    )
    return alt.layer(bars, _zero())


def _zero() -> alt.Chart:
    """The line of no change."""
    return alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=charts.FAINT).encode(x="at:Q")


def _ranges(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str]) -> alt.LayerChart:
    """A bar from one end to the other, the ends told apart by color; with the line of no change where it is near."""
    assert picture.y_to is not None
    ends = {picture.y: heading(picture.y, named), picture.y_to: heading(picture.y_to, named)}
    shown = {name: words.partition(",")[0] for name, words in ends.items()}
    rows, hints = _told(rows, named)
    drawn = _named_rows(picture, rows)
    span = pd.concat([drawn[picture.y], drawn[picture.y_to]])
    axis = _numbers("_both", pd.DataFrame({"_both": span}), named, picture.axis or " to ".join(ends.values()))
    scale = alt.Scale(zero=False, nice=False, padding=12)
    bars = (
        alt.Chart(drawn)
        .mark_bar(color=_ACCENT, opacity=0.45, height=alt.RelativeBandSize(band=0.5))
        .encode(
            x=alt.X(f"{picture.y}:Q", axis=axis, scale=scale), x2=f"{picture.y_to}:Q", y=_names(drawn), tooltip=hints
        )
    )
    colors = alt.Scale(domain=list(shown.values()), range=[_OTHER, _ACCENT])
    marks = [
        alt.Chart(drawn.assign(_end=words))
        .mark_tick(thickness=5, size=13, opacity=1.0, yOffset=shift)
        .encode(
            x=alt.X(f"{name}:Q", axis=axis, scale=scale),
            y=_names(drawn),
            color=alt.Color(
                "_end:N", scale=colors, title=None, legend=alt.Legend(orient="top", columns=1, labelLimit=400)
            ),
            tooltip=hints,
        )
        # Ends that are the same stand one above the other.
        for shift, (name, words) in zip((-4, 4), shown.items(), strict=True)
    ]
    near_zero = span.min() <= 0.0 <= span.max() or span.min() < 0.4 * span.max()
    return alt.layer(bars, *marks, *([_zero()] if near_zero else []))


def _both(picture: Picture, chart: alt.Chart, rows: pd.DataFrame, named: Mapping[str, str], hints: list[Any]) -> Any:
    tell = {name: _numbers(name, rows, named) for name in (picture.x, picture.y)}
    encoded = chart.encode(
        x=alt.X(f"{picture.x}:Q", axis=tell[picture.x], scale=alt.Scale(zero=False, nice=False, padding=12)),
        y=alt.Y(f"{picture.y}:Q", axis=tell[picture.y], scale=alt.Scale(zero=False, nice=False, padding=12)),
        tooltip=hints,
    )
    if picture.by is None:
        return encoded
    legend = alt.Legend(orient="top", columns=3, labelLimit=_NAMES_PIXELS)
    colors = charts.colors_of(rows[picture.by].astype(str).unique().tolist())
    by = alt.Color(f"{picture.by}:N", title=heading(picture.by, named), legend=legend, scale=colors)
    return encoded.encode(color=by)


def _lines(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str]) -> Any:
    mark = {} if picture.by else {"color": _ACCENT}
    told, hints = _told(rows, named)
    chart = alt.Chart(told).mark_line(point=alt.OverlayMarkDef(size=60, **mark), **mark)
    return _both(picture, chart, rows, named, hints)


def _points(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str]) -> Any:
    mark = {} if picture.by else {"color": _ACCENT}
    told, hints = _told(rows, named)
    return _both(picture, alt.Chart(told).mark_circle(size=90, opacity=0.9, **mark), rows, named, hints)


def _matrix(picture: Picture, rows: pd.DataFrame, named: Mapping[str, str]) -> alt.LayerChart:
    """Cells shaded by their number, which is written in them where there is room."""
    assert picture.value is not None
    is_number = pd.api.types.is_numeric_dtype(rows[picture.value])
    told, hints = _told(rows, named)
    values = [number(value, picture.value, named) for value in rows[picture.value]]
    base = alt.Chart(told.assign(_shown=values)).encode(
        x=alt.X(
            f"{picture.x}:N",
            sort=None,
            title=heading(picture.x, named),
            axis=alt.Axis(labelAngle=-40, labelOverlap=False, labelLimit=_NAMES_PIXELS),
        ),
        y=alt.Y(f"{picture.y}:N", sort=None, title=heading(picture.y, named), axis=alt.Axis(labelLimit=_NAMES_PIXELS)),
        tooltip=hints,
    )
    title = heading(picture.value, named)
    shade = (
        alt.Color(
            f"{picture.value}:Q",
            title=title,
            scale=alt.Scale(range=["#e4f1f1", "#0b6e75"]),
            legend=alt.Legend(orient="top", gradientLength=140, titleLimit=_NAMES_PIXELS),
        )
        if is_number
        else alt.Color(f"{picture.value}:N", title=None, legend=alt.Legend(orient="top"))
    )
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(color=shade)
    if not is_number:
        return alt.layer(cells)
    middle = (rows[picture.value].min() + rows[picture.value].max()) / 2.0
    ink = alt.condition(alt.datum[picture.value] > middle, alt.value("#ffffff"), alt.value("#1c2b33"))
    fits = charts.where_it_fits(rows[picture.x].nunique(), 40)
    return alt.layer(cells, base.mark_text(fontSize=11, opacity=fits).encode(text="_shown:N", color=ink))
