"""Finds rows of text cells by the values of some columns, fast enough for thousands of changes in a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.tables.cells import CellError, number
from optimizer.tables.columns import columns
from optimizer.tables.raw import RawRow, RawScenario

_NUMBER_STARTS = frozenset("0123456789+-.")


def meaning(text: str) -> str | float:
    """What a text means when rows are compared: 2030 and 2030.0 are the same."""
    if text[:1] in _NUMBER_STARTS:
        try:
            return number(text)
        except CellError:
            return text
    return text


class Finder:
    """Rows of a raw scenario by value, kept up to date as cells change and rows go."""

    def __init__(self, raw: RawScenario) -> None:
        self._raw = raw
        self._found: dict[str, dict[tuple[str, ...], dict[tuple[str | float, ...], list[RawRow]]]] = {}
        self._gone: dict[str, set[int]] = {}

    def rows(self, table: str, wanted: Mapping[str, str]) -> list[RawRow]:
        """The rows that hold these texts in these columns; an empty cell holds the default."""
        names = tuple(wanted)
        known = self._found.setdefault(table, {})
        if names not in known:
            defaults = columns(table)
            index: dict[tuple[str | float, ...], list[RawRow]] = {}
            for row in self._all(table):
                key = tuple(
                    meaning(row.cells.get(name) or (defaults[name].default if name in defaults else ""))
                    for name in names
                )
                index.setdefault(key, []).append(row)
            known[names] = index
        gone = self._gone.get(table, set())
        found = known[names].get(tuple(meaning(text) for text in wanted.values()), [])
        return [row for row in found if id(row) not in gone]

    def all(self, table: str) -> list[RawRow]:
        """Every row that is still there."""
        gone = self._gone.get(table, set())
        return [row for row in self._all(table) if id(row) not in gone]

    def _all(self, table: str) -> list[RawRow]:
        return self._raw.grids[table].rows if table in self._raw.grids else []

    def changed(self, table: str, column: str) -> None:
        """Cells of a column have new values."""
        known = self._found.get(table, {})
        for names in [names for names in known if column in names]:
            del known[names]

    def remove(self, table: str, rows: Iterable[RawRow]) -> None:
        """Rows are gone; `finish` takes them out of the table."""
        self._gone.setdefault(table, set()).update(id(row) for row in rows)

    def finish(self) -> None:
        """Take the removed rows out."""
        for table in self._gone:
            self._raw.grids[table].rows = self.all(table)
        self._gone.clear()
        self._found.clear()
