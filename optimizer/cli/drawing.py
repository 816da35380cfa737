"""Pictures as lines of text, for a terminal."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture
from optimizer.export.workbook import header

if TYPE_CHECKING:
    import pandas as pd

_WIDTH, _HEIGHT = 48, 14
_MOST_BARS = 20
_MARKS = "o+x*#@%&"


def drawn(picture: Picture, table: pd.DataFrame, named: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The picture under its title, its axes in words; nothing where its table has no row with numbers."""
    known = table.dropna(subset=[name for name in (picture.x, picture.y, picture.y_to, picture.value) if name])
    if known.empty:
        return []
    draw = {"bars": _bars, "ranges": _ranges, "lines": _points, "points": _points, "matrix": _matrix}[picture.kind]
    lines = [picture.title, *draw(picture, known)]
    if picture.kind in ("lines", "points"):
        across, up = (header(name, named) for name in (picture.x, picture.y))
        lines.append(f"  across: {across}; up: {up}")
    elif picture.axis:
        lines.append(f"  {picture.axis}")
    return lines


def _bars(picture: Picture, table: pd.DataFrame) -> list[str]:
    table = table.head(_MOST_BARS)
    names = _names(picture, table)
    values = [float(value) for value in table[picture.y]]
    longest = max((abs(value) for value in values), default=0.0) or 1.0
    width = max(map(len, names))
    bars = [("#" if value >= 0.0 else "-") * round(_WIDTH * abs(value) / longest) for value in values]
    return [
        f"  {name:<{width}}  {words.count(value):>10}  {bar}"
        for name, value, bar in zip(names, values, bars, strict=True)
    ]


def _ranges(picture: Picture, table: pd.DataFrame) -> list[str]:
    table = table.head(_MOST_BARS)
    names = _names(picture, table)
    low = [float(value) for value in table[picture.y]]
    high = [float(value) for value in table[str(picture.y_to)]]
    least, most = min(low + high), max(low + high)
    step = (most - least) / _WIDTH or 1.0
    width = max(map(len, names))
    lines = []
    for name, a, b in zip(names, low, high, strict=True):
        begin, end = sorted((round((a - least) / step), round((b - least) / step)))
        bar = " " * begin + "#" * max(1, end - begin)
        lines.append(f"  {name:<{width}}  {words.count(a):>10} to {words.count(b):<10} {bar}")
    return lines


def _names(picture: Picture, table: pd.DataFrame) -> list[str]:
    columns = [picture.x, *([picture.by] if picture.by else [])]
    return [" ".join(str(value) for value in row) for row in table[columns].itertuples(index=False, name=None)]


def _points(picture: Picture, table: pd.DataFrame) -> list[str]:
    x, y = table[picture.x].astype(float).tolist(), table[picture.y].astype(float).tolist()
    series = table[picture.by].astype(str).tolist() if picture.by else [""] * len(x)
    kinds = list(dict.fromkeys(series))
    cells = [[" "] * (_WIDTH + 1) for _ in range(_HEIGHT + 1)]
    for a, b, name in zip(x, y, series, strict=True):
        across, up = _share(a, x), _share(b, y)
        cells[_HEIGHT - round(up * _HEIGHT)][round(across * _WIDTH)] = _MARKS[kinds.index(name) % len(_MARKS)]
    left = [words.count(max(y)), *[""] * (_HEIGHT - 1), words.count(min(y))]
    margin = max(map(len, left))
    lines = [f"  {text:>{margin}} |{''.join(row).rstrip()}" for text, row in zip(left, cells, strict=True)]
    first, last = words.count(min(x)), words.count(max(x))
    lines.append(f"  {'':>{margin}} +{'-' * _WIDTH}")
    lines.append(f"  {'':>{margin}}  {first}{last:>{max(1, _WIDTH - len(first))}}")
    if picture.by:
        lines.append("  " + ", ".join(f"{_MARKS[i % len(_MARKS)]} {name}" for i, name in enumerate(kinds)))
    return lines


def _share(value: float, values: list[float]) -> float:
    span = max(values) - min(values)
    return 0.5 if span <= 0.0 else (value - min(values)) / span


def _matrix(picture: Picture, table: pd.DataFrame) -> list[str]:
    across = list(dict.fromkeys(table[picture.x].astype(str)))
    down = list(dict.fromkeys(table[picture.y].astype(str)))
    shown = {
        (str(a), str(b)): value if isinstance(value, str) else words.count(float(value))
        for a, b, value in table[[picture.x, picture.y, str(picture.value)]].itertuples(index=False, name=None)
    }
    first = max(map(len, down))
    widths = [max(len(a), *(len(shown.get((a, b), "")) for b in down)) for a in across]
    lines = [f"  {'':<{first}}  " + "  ".join(f"{a:>{w}}" for a, w in zip(across, widths, strict=True))]
    for b in down:
        row = "  ".join(f"{shown.get((a, b), ''):>{w}}" for a, w in zip(across, widths, strict=True))
        lines.append(f"  {b:<{first}}  {row}")
    return [line.rstrip() for line in lines]
