"""A table as lines of text for a terminal: heads in words with units, long texts wrapped, numbers to the right."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Mapping

from optimizer import words
from optimizer.export.workbook import header

if TYPE_CHECKING:
    import pandas as pd

_WIDEST, _NARROWEST = 50, 12
_PERCENT = " [%]"


@dataclass(frozen=True)
class _Column:
    """A column as lines of each cell, the head first."""

    cells: list[list[str]]
    is_text: bool

    @property
    def width(self) -> int:
        return max(len(line) for cell in self.cells for line in cell)

    def line(self, row: int, number: int) -> str:
        cell = self.cells[row]
        text = cell[number] if 0 <= number < len(cell) else ""
        return text.ljust(self.width) if self.is_text else text.rjust(self.width)


def text_table(table: pd.DataFrame, named: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The table as lines; columns in which nothing stands are left out.

    Parameters
    ----------
    named
        Words for columns whose names say too little.
    """
    columns = [
        _column(table[name].tolist(), str(name), header(str(name), named))
        for name in table.columns
        if not all(_is_nothing(value) for value in table[name])
    ]
    lines = []
    for row in range(len(table) + 1 if columns else 0):
        height = max(len(column.cells[row]) for column in columns)
        for number in range(height):
            # Heads stand on their columns, the lines of other cells hang from their row.
            parts = [column.line(row, number if row else number - height + len(column.cells[0])) for column in columns]
            lines.append(f"  {'  '.join(parts)}".rstrip())
    return lines


def _column(values: list[Any], name: str, head: str) -> _Column:
    texts = [_text(value, name, head) for value in values]
    is_text = all(isinstance(value, str) or _is_nothing(value) for value in values)
    head = f"{head[:1].upper()}{head[1:]}".removesuffix(_PERCENT).replace("[million euro]", "[meur]")
    cells = [textwrap.wrap(text, _WIDEST) or [""] for text in texts]
    longest = max(len(line) for cell in cells for line in cell)
    return _Column([textwrap.wrap(head, max(_NARROWEST, longest)), *cells], is_text)


def _is_nothing(value: Any) -> bool:
    return value is None or value != value or value == ""


def _text(value: Any, name: str, head: str) -> str:
    """A cell: numbers in groups of three, `-` for what is not known."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_nothing(value):
        return "-"
    if isinstance(value, str) or not hasattr(value, "__float__"):
        return str(value)
    number = float(value)
    if name.endswith("year"):
        return f"{number:.0f}"
    if name.endswith(("share", "ratio", "gap")) or head.endswith(_PERCENT):
        return words.percent(number)
    if name.endswith("_meur"):
        return words.money(number).removesuffix(" meur")
    # A factor or a share would be nothing as a count.
    return words.count(number) if abs(number) >= 10.0 or number == round(number) else f"{number:.4g}"
