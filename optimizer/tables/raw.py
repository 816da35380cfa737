"""A scenario before it is checked: text cells and setting values, each knowing where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.problems import Problem
from optimizer.tables.cells import shown

SETTINGS_NAME = "scenario"
OWN_NOTES = "x_"

LARGEST_FILE_BYTES = 50_000_000
LARGEST_UNPACKED_BYTES = 200_000_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 1_000


@dataclass
class Findings:
    """Collects faults and warnings while reading."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def fault(
        self,
        file: str,
        reason: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note a fault: nothing may be solved."""
        self.problems.append(_problem(file, reason, remedy, row, column, value))

    def warn(
        self,
        file: str,
        reason: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note what was assumed."""
        self.warnings.append(_problem(file, reason, remedy, row, column, value))


def _problem(file: str, reason: str, remedy: str, row: int | None, column: str | None, value: str | None) -> Problem:
    return Problem(
        file=shown(file),
        row=row,
        column=None if column is None else shown(column),
        value=None if value is None else shown(value),
        reason=reason,
        remedy=remedy.rstrip("."),
    )


@dataclass
class RawRow:
    """One row as text; empty cells are absent. `changed` names the what-if that wrote a cell, and its line."""

    line: int
    cells: dict[str, str]
    added_by: str = ""
    changed: dict[str, tuple[str, int | None]] = field(default_factory=dict)


@dataclass
class Grid:
    """One table as text."""

    table: str
    file: str
    columns: list[str]
    rows: list[RawRow]

    def place(self, row: RawRow, column: str | None = None) -> tuple[str, int | None]:
        """File and row to name in a fault: the what-if's, where a what-if wrote the cell."""
        if column is not None and column in row.changed:
            return row.changed[column]
        return (row.added_by or self.file, row.line)


@dataclass
class RawSettings:
    """Settings as nested values; `origins` gives file and line of a dotted key."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    def place(self, key: str) -> tuple[str, int | None]:
        """File and line of a dotted key, or of the nearest section above it."""
        while key:
            if key in self.origins:
                return self.origins[key]
            key = key.rpartition(".")[0]
        return self.file, None


@dataclass
class RawScenario:
    """Every table found, the settings, and the tables that are there but could not be read."""

    grids: dict[str, Grid] = field(default_factory=dict)
    settings: RawSettings | None = None
    unreadable: set[str] = field(default_factory=set)
    chain: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    file_pattern: str = "{}.csv"

    def file_of(self, table: str) -> str:
        """How faults name a table's file."""
        return self.grids[table].file if table in self.grids else self.file_pattern.format(table)


def known_words(raw: RawScenario, column_of: Mapping[str, str]) -> dict[str, set[str]]:
    """Texts per table in one column, those of faulty rows included.

    Tables that could not be read, or lack the column, are left out: nothing can be said of their codes.
    """
    return {
        table: {row.cells[column] for row in raw.grids[table].rows if column in row.cells}
        if table in raw.grids
        else set()
        for table, column in column_of.items()
        if table not in raw.unreadable and (table not in raw.grids or column in raw.grids[table].columns)
    }
