"""From a workbook (.xlsx) to its sheets' records, as text, without trusting the file."""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optimizer.tables.cells import text_of
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import MOST_ROWS, OWN_NOTES, SETTINGS_NAME, Findings, RawScenario
from optimizer.tables.schema import TABLES
from optimizer.tables.settings_text import settings_from_pairs
from optimizer.tables.sheet import Record, grid_of
from optimizer.tables.zips import member, zip_fault

_FORMULA_MARKS = (b"<f>", b"<f ", b"<f/")


def read_workbook(path: Path, findings: Findings) -> RawScenario | None:
    """Every sheet that is a table, and the settings; None when the workbook cannot be opened."""
    file = path.name
    fault = zip_fault(path) or _content_fault(path)
    if fault:
        findings.fault(file, *fault)
        return None
    # Imported here: it takes long, and only workbooks need it.
    import openpyxl  # type: ignore[import-untyped,unused-ignore]

    raw = RawScenario(file_pattern=f"{file}: {{}}")
    before = len(findings.problems)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of charts, validations and styles it drops; none of them is data.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            sources = openpyxl.load_workbook(path, read_only=True, data_only=False) if _has_formulas(path) else None
            try:
                _read_sheets(book, sources, file, raw, findings)
            finally:
                book.close()
                if sources is not None:
                    sources.close()
    except Exception as error:  # openpyxl raises whatever a damaged part made it stumble over
        del findings.problems[before:]
        findings.fault(file, f"is damaged: {type(error).__name__}", "Save it again as an Excel workbook (.xlsx)")
        return None
    return raw


def _content_fault(path: Path) -> tuple[str, str] | None:
    """What speaks against opening an archive that is none of ours, or that plays tricks with XML entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                return "is no Excel workbook", "Save it as an Excel workbook (.xlsx)"
            for name in names:
                if name.endswith((".xml", ".rels")):
                    with archive.open(name) as part:
                        start = part.read(4096)
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        return "contains an XML document type, which no spreadsheet writes", "Save it again"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return "is damaged, or no archive at all", "Save it again as an Excel workbook (.xlsx)"
    return None


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(
            mark in member(archive, name)
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
            for mark in _FORMULA_MARKS
        )


def _read_sheets(book: Any, sources: Any, file: str, raw: RawScenario, findings: Findings) -> None:
    nearest = Nearest([*TABLES, SETTINGS_NAME])
    for sheet in book.worksheets:
        name = sheet.title
        place = f"{file}: {name}"
        if name.startswith(OWN_NOTES):
            continue
        formulas = sources[name] if sources is not None else None
        if name == SETTINGS_NAME:
            raw.settings = settings_from_pairs(_records(sheet, formulas, place, findings), place, findings)
            continue
        if name not in TABLES:
            if any(any(cell.strip() for cell in cells) for _, cells in _records(sheet, None, place, findings)):
                findings.fault(
                    place,
                    "is no table of a scenario",
                    nearest.remedy(name, f"Begin the sheet's name with '{OWN_NOTES}' to keep it as a note"),
                )
            continue
        grid = grid_of(name, place, _records(sheet, formulas, place, findings), findings, even=False)
        if grid is None:
            raw.unreadable.add(name)
        else:
            raw.grids[name] = grid


def _records(sheet: Any, formulas: Any, place: str, findings: Findings) -> Iterator[Record]:
    """The rows of a sheet as text; a formula whose value was never computed is a fault."""
    # The stored dimension may be wrong; without it every row that is there is read.
    sheet.reset_dimensions()
    twins: Iterator[Any] = iter(())
    if formulas is not None:
        formulas.reset_dimensions()
        twins = formulas.iter_rows(values_only=True)
    header: list[str] = []
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        sources = next(twins, ())
        if line > MOST_ROWS + 1:
            findings.fault(place, f"has more than {MOST_ROWS:,} rows", "Remove empty formatted rows at the end")
            return
        if not any(cell is not None for cell in (*cells, *sources)):
            continue
        texts = [_text(cell) for cell in cells]
        for position, source in enumerate(sources):
            if (
                isinstance(source, str)
                and source.startswith("=")
                and (position >= len(cells) or cells[position] is None)
            ):
                findings.fault(
                    place,
                    "is a formula whose value is not stored",
                    row=line,
                    value=source,
                    column=header[position] if position < len(header) else None,
                    remedy="Open and save the workbook in a spreadsheet, or write the value",
                )
        header = header or texts
        yield line, texts


def _text(value: Any) -> str:
    """A cell's value as text; a date stays recognizable as one."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return text_of(value)
