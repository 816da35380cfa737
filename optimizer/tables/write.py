"""Writes tables as CSV text and settings as TOML, so that reading them back gives the same scenario."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optimizer.tables.cells import escape, text_of
from optimizer.tables.columns import Column, columns
from optimizer.tables.schema import Row
from optimizer.tables.settings import Settings
from optimizer.tables.whatif import toml_value

# Spreadsheets take a CSV file for UTF-8 only when it begins with this mark.
BYTE_ORDER_MARK = "\ufeff"


def row_cells(table: str, row: Row) -> dict[str, str]:
    """The cells of a checked row as text, unescaped; what equals the default is empty, own notes are kept."""
    body = row.model_dump(by_alias=True)
    cells = {name: text_of(body[name]) for name in columns(table)}
    return {
        **{
            name: "" if not column.required and cells[name] == column.default else cells[name]
            for name, column in columns(table).items()
        },
        **row.notes,
    }


def text_cell(column: Column | None, text: str) -> str:
    """A cell as written: text escaped against spreadsheet formulas, numbers never."""
    return text if column is not None and column.kind in ("number", "whole", "year") else escape(text)


def csv_text(table: str, rows: Iterable[Mapping[str, str]], names: Sequence[str] = ()) -> str:
    """A table as CSV: the schema's columns (or `names`), then own notes; rows are cells as text."""
    body = list(rows)
    known = columns(table)
    header = list(names or known)
    header += [name for row in body for name in row if name not in header and name not in known]
    header = list(dict.fromkeys(header))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([escape(name) for name in header])
    for row in body:
        writer.writerow([text_cell(known.get(name), row.get(name, "")) for name in header])
    return stream.getvalue()


def table_csv(table: str, rows: Iterable[Row]) -> str:
    """Checked rows of a table as CSV."""
    return csv_text(table, [row_cells(table, row) for row in rows])


def settings_toml(settings: Settings) -> str:
    """Settings as TOML, every value written out."""
    body = settings.model_dump()
    lines = [f"{name} = {toml_value(value)}" for name, value in body.items() if not isinstance(value, dict)]
    for name, section in body.items():
        if isinstance(section, dict) and section:
            lines += ["", f"[{name}]", *(f"{key} = {toml_value(value)}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


def setting_pairs(settings: Settings) -> list[tuple[str, str]]:
    """Settings as dotted keys and texts, for the sheet `scenario`."""
    return value_pairs(settings.model_dump())


def value_pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Nested values as dotted keys and texts."""
    return list(_pairs(values, ""))


def _pairs(section: Mapping[str, Any], above: str) -> Iterable[tuple[str, str]]:
    for name, value in section.items():
        key = f"{above}{name}"
        if isinstance(value, dict) and value:
            yield from _pairs(value, f"{key}.")
        elif not isinstance(value, dict):
            yield key, value if isinstance(value, str) else toml_value(value)
