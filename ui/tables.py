"""Tables: result tables with units in their heads and thin spaces in their numbers, and the same as CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from optimizer.export.files import table_csv
from ui.text import THIN

# Styling many cells costs time; beyond this the browser's own grouping must do.
MOST_STYLED_CELLS = 6000
_YEARS = ("year", "first_delivery", "last_delivery", "need_by")
_UNITS = {"_meur": "meur", "_unit_years": "unit-years", "_share": "%", "_ratio": "ratio"}


def heading(column: str, named: Mapping[str, str] = MappingProxyType({})) -> str:
    """A column's name as a heading with its unit: `unit_price_meur` is `Unit price, meur`.

    Parameters
    ----------
    named
        Words for columns whose names say too little; a unit in brackets takes the place of the name's own.
    """
    if column in named:
        words, _, unit = named[column].rstrip("]").partition(" [")
        return f"{words}, {unit or own}" if (own := unit_of(column)) or unit else words
    for ending, unit in _UNITS.items():
        if column.endswith(ending):
            return f"{_capital(column.removesuffix(ending))}, {unit}"
    return f"{_capital(column)}, %" if column == "share" else _capital(column)


def unit_of(column: str) -> str:
    """The unit that a column's name tells; empty without."""
    return next((unit for ending, unit in _UNITS.items() if column.endswith(ending)), "")


def _capital(name: str) -> str:
    text = str(name).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def is_share(column: str) -> bool:
    """Whether a column holds shares, shown in percent."""
    return column == "share" or column.endswith("_share")


def number(value: Any, column: str = "", named: Mapping[str, str] = MappingProxyType({})) -> str:
    """A number as a cell: as many digits as help, thin spaces, an en dash for what is not known."""
    if value is None or value != value:
        return "–"
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        return str(value)
    if column.endswith("year") or column in _YEARS:
        return str(int(value))
    if named.get(column, "").endswith("[%]"):
        return f"{100.0 * value:.2f}"
    if is_share(column):
        return f"{100.0 * value:.1f}"
    size = abs(value)
    digits = 0 if float(value).is_integer() or size >= 1000.0 else 1 if size >= 10.0 else 2
    text = f"{value:,.{digits}f}".replace(",", THIN)
    return "0" if text in ("-0", "-0.0", "-0.00") else text.replace("-", "\u2212")


def columns(table: pd.DataFrame, named: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Column settings: headings with units, text left, numbers right."""
    return {str(name): st.column_config.Column(heading(str(name), named)) for name in table.columns}


def styled(table: pd.DataFrame, named: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The table with its numbers formatted; sorting still goes by the number."""
    mixed = [name for name in table.columns if pd.api.types.infer_dtype(table[name]).startswith("mixed")]
    if mixed:
        table = table.assign(**{str(name): [number(value) for value in table[name]] for name in mixed})
    if table.size > MOST_STYLED_CELLS or table.empty:
        return table
    numeric = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    return table.style.format(
        {name: (lambda value, column=str(name): number(value, column, named)) for name in numeric}, na_rep="–"
    )


def csv_bytes(table: pd.DataFrame, footer: str) -> bytes:
    """The table as CSV with its origin in a last column, UTF-8 with the mark that spreadsheets want."""
    stream = io.StringIO()
    stream.write("\ufeff")
    stream.write(table_csv(table.assign(origin=footer)))
    return stream.getvalue().encode("utf-8")
