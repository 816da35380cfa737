"""From the records of a file or sheet to a table of text cells: header, ragged rows, decimal commas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from optimizer.tables.cells import clean
from optimizer.tables.columns import Column, columns
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import MOST_COLUMNS, MOST_ROWS, OWN_NOTES, Findings, Grid, RawRow

_COMMA_NUMBER = re.compile(r"([+-]?[0-9]*),([0-9]+)(\s*[A-Z]{3}(?:\s+[0-9]{4})?)?")
_COMMA_IN_PAIR = re.compile(r"(:\s*[0-9]*),([0-9]+)(?=\s*(?:;|$))")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+.*")
_NUMBER_KINDS = frozenset(("number", "whole", "year"))
_PAIR_KINDS = frozenset(("nation_shares", "year_shares", "offset_shares"))

Record = tuple[int, Sequence[str]]


def grid_of(
    table: str, file: str, records: Iterable[Record], findings: Findings, *, even: bool, european: bool = False
) -> Grid | None:
    """The table's text cells; None when there is no usable header.

    `even` asks every row for as many cells as the header (text files); `european` allows decimal commas.
    """
    stream = iter(records)
    first = next(((line, cells) for line, cells in stream if any(cell.strip() for cell in cells)), None)
    if first is None:
        findings.fault(file, "is empty", "Fill it in, or take an empty table with headers from the template")
        return None
    names = _header(table, file, first, findings)
    if names is None:
        return None
    grid = Grid(table, file, [name for name in names if name], [])
    grid.rows.extend(_rows(file, names, stream, findings, even))
    if len(grid.rows) > MOST_ROWS:
        findings.fault(file, f"has more than {MOST_ROWS:,} rows", "Split the scenario or remove rows")
        return None
    if european:
        _decimal_commas(grid, findings)
    return grid


def _header(table: str, file: str, first: Record, findings: Findings) -> list[str] | None:
    """The column names by position, "" for a column that is left out; None when it is no header at all."""
    line, cells = first
    known = columns(table)
    names = [clean(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        findings.fault(file, f"has more than {MOST_COLUMNS:,} columns", "Remove columns", row=line)
        return None
    if not any(name in known for name in names):
        folded = {name.casefold() for name in names}
        if not folded & set(known):
            findings.fault(
                file,
                "has no known column in its first row",
                row=line,
                value=",".join(names),
                remedy=f"The first row must be the header: {', '.join(list(known)[:6])}, ...",
            )
            return None
    nearest = Nearest(known)
    seen: set[str] = set()
    for position, name in enumerate(names):
        if not name:
            findings.fault(
                file,
                f"has a column without a name, number {position + 1}",
                row=line,
                remedy="Name the column, or remove it",
            )
        elif name in seen:
            findings.fault(file, "has the column twice", "Remove or rename one of them", row=line, column=name)
            names[position] = ""
        elif name not in known and not name.startswith(OWN_NOTES):
            found = nearest.find(name)
            meant = f"Did you mean '{found}'? " if found and found not in names else ""
            findings.fault(
                file,
                "is no column of this table",
                row=line,
                column=name,
                remedy=f"{meant}Begin the name with '{OWN_NOTES}' for a column of your own",
            )
            names[position] = ""
        seen.add(name)
    for name, column in known.items():
        if column.required and name not in seen:
            findings.fault(file, "lacks a required column", f"Add the column: {column.meaning}", row=line, column=name)
    return names


def _rows(file: str, names: list[str], stream: Iterator[Record], findings: Findings, even: bool) -> Iterator[RawRow]:
    """Every row that is not empty, until there are too many."""
    width = len(names)
    count = 0
    for line, cells in stream:
        if not any(cells) or not any(cell.strip() for cell in cells):
            continue
        if even and len(cells) < width:
            findings.fault(
                file,
                f"has {len(cells)} cells where the header has {width}",
                row=line,
                remedy="Add the missing separators; check that no cell slipped to the left",
            )
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            findings.fault(
                file,
                f"has {len(cells)} cells where the header has {width}",
                row=line,
                value=next(cell for cell in cells[width:] if cell.strip()),
                remedy="Remove the extra cells; put text that contains the separator in double quotes",
            )
        texts: dict[str, str] = {}
        for name, cell in zip(names, cells, strict=False):
            if name and cell:
                text = clean(cell)
                if text:
                    texts[name] = text
        yield RawRow(line, texts)
        count += 1
        if count > MOST_ROWS:
            return


def _decimal_commas(grid: Grid, findings: Findings) -> None:
    """Put points for decimal commas, say so, and refuse a file that mixes the two."""
    numeric: list[Column] = [
        column
        for name, column in columns(grid.table).items()
        if name in grid.columns and column.kind in _NUMBER_KINDS | _PAIR_KINDS
    ]
    example = ""
    points: list[tuple[RawRow, str]] = []
    for row in grid.rows:
        for column in numeric:
            text = row.cells.get(column.name, "")
            if not text or text.isdigit():
                continue
            if column.kind in _PAIR_KINDS:
                replaced = _COMMA_IN_PAIR.sub(r"\1.\2", text)
            else:
                match = _COMMA_NUMBER.fullmatch(text)
                replaced = f"{match[1]}.{match[2]}{match[3] or ''}" if match else text
            if replaced != text:
                row.cells[column.name] = replaced
                example = example or f"{text} read as {replaced}"
            elif column.kind in _NUMBER_KINDS and _POINT.fullmatch(text) and "," not in text:
                points.append((row, column.name))
    if not example:
        findings.warn(grid.file, "is separated by ';', read with decimal points", "Nothing to do if that is right")
        return
    findings.warn(
        grid.file, f"is separated by ';', read with decimal commas: {example}", "Nothing to do if that is right"
    )
    for row, name in points:
        findings.fault(
            grid.file,
            "has a decimal point where other cells have decimal commas",
            row=row.line,
            column=name,
            value=row.cells[name],
            remedy="Use one of the two; leave out thousands separators",
        )
