"""Folders written whole or not at all, and tables as CSV text that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterable, Mapping

from optimizer.analysis import ANALYSES
from optimizer.problems import InvalidInput, Problem
from optimizer.tables.cells import escape, text_of, unescape

if TYPE_CHECKING:
    import pandas as pd

RESULT_FILE, PLAN_FILE, COMPARISON_FILE = "result.json", "plan.json", "comparison.json"
WORKBOOK_FILE, BRIEF_FILE = "portfolio.xlsx", "brief.html"
RESULT_TABLES = ("allocations", "programs", "nations", "capabilities", "payments", "work", "shortfalls")
RESULT_FILES = (*(f"{name}.csv" for name in RESULT_TABLES), WORKBOOK_FILE, BRIEF_FILE, PLAN_FILE, RESULT_FILE)
COMPARISON_FILES = ("comparison.csv", "nations.csv", "differences.csv", COMPARISON_FILE)
ANALYSIS_FILES = {
    analysis.name: (*analysis.files.values(), analysis.workbook, analysis.document) for analysis in ANALYSES
}
PLANS_FOLDER = "plans"
# A folder of ours holds one of these.
_MARKS = (RESULT_FILE, COMPARISON_FILE, *(analysis.document for analysis in ANALYSES))
_OURS = frozenset(
    (*RESULT_FILES, *COMPARISON_FILES, PLANS_FOLDER, *(name for names in ANALYSIS_FILES.values() for name in names))
)


def cell(value: object) -> str:
    """A value as the text of a CSV cell: text escaped, numbers never and such that they read back the same."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return escape(text_of(value))
    number = value.item() if hasattr(value, "item") else value
    return text_of(number)


def rows_csv(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV text: comma, one line a row, a header escaped like any text."""
    names = list(columns)
    lines = [[escape(name) for name in names], *([cell(row.get(name)) for name in names] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(text: str) -> str:
    """A cell in quotes where it needs them; a lone carriage return does, which older csv modules forget."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def table_csv(table: pd.DataFrame) -> str:
    """A result table as CSV text."""
    names = [str(name) for name in table.columns]
    return rows_csv(names, (dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)))


def read_csv_rows(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV written by `rows_csv`, escapes undone.

    Raises
    ------
    ValueError
        When a row has more or fewer cells than the header, or the quoting is broken.
    """
    try:
        records = [record for record in csv.reader(io.StringIO(text, newline=""), strict=True) if record]
    except csv.Error as error:
        raise ValueError(f"is no valid CSV: {error}") from error
    if not records:
        raise ValueError("is empty")
    header = [unescape(name) for name in records[0]]
    for line, record in enumerate(records[1:], start=2):
        if len(record) != len(header):
            raise ValueError(f"has {len(record)} cells in row {line} where the header has {len(header)}")
    return header, [dict(zip(header, map(unescape, record), strict=True)) for record in records[1:]]


def json_text(value: object) -> str:
    """JSON with sorted lists left as they are, never NaN or infinity."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with plain line ends."""
    path.write_text(text, encoding="utf-8", newline="\n")


def refuse_target(folder: Path) -> None:
    """Refuse a folder in which something that is not ours would be lost.

    Raises
    ------
    InvalidInput
        With the reason and the remedy.
    """

    def fault(reason: str, remedy: str) -> InvalidInput:
        return InvalidInput([Problem(str(folder), None, None, None, reason, remedy)])

    try:
        if not folder.exists():
            # The nearest folder that is there must take a new one.
            above = next(parent for parent in folder.absolute().parents if parent.exists())
            if not above.is_dir() or not os.access(above, os.W_OK):
                raise fault(f"cannot be made: {above} is no folder that can be written", "Choose another --out")
            return
        if not folder.is_dir():
            raise fault("is no folder", "Choose another --out")
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise fault(f"cannot be used: {error.strerror or error}", "Choose another --out") from error
    if not os.access(folder, os.W_OK):
        raise fault("cannot be written", "Choose another --out")
    if "scenario.toml" in names:
        raise fault("holds a scenario, whose tables would be overwritten", "Choose another --out")
    if names & _OURS and not names & set(_MARKS):
        clash = ", ".join(sorted(names & _OURS))
        raise fault(f"holds files that are no result but have the names of one: {clash}", "Choose another --out")


def write_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a temporary folder beside the target, then put it in the target's place.

    Whatever goes wrong before that leaves the target as it was. Files of the target that are not ours stay.

    Raises
    ------
    InvalidInput
        When the target must not or cannot be written.
    """
    refuse_target(folder)
    target = Path(os.path.realpath(folder))
    new = target.parent / f".{target.name}.{_own()}.new"
    try:
        new.mkdir(parents=True)
        fill(new)
        _put_in_place(new, target)
    except OSError as error:
        raise InvalidInput(
            [
                Problem(
                    str(folder),
                    None,
                    None,
                    None,
                    f"cannot be written: {error.strerror or error}",
                    "Check the disk and its permissions, or choose another --out",
                )
            ]
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _own() -> str:
    """A mark of this thread, so that two that write the same target do not meet."""
    return f"{os.getpid()}-{threading.get_ident()}"


def _put_in_place(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    foreign = [entry for entry in target.iterdir() if entry.name not in _OURS]
    if foreign or target in (Path.cwd(), *Path.cwd().parents):
        # The folder itself must stay; its files are replaced one by one, the result's mark last.
        made = sorted((entry.name for entry in new.iterdir()), key=lambda name: (name in _MARKS, name))
        for name in _OURS - set(made):
            _remove(target / name)
        for name in made:
            if (new / name).is_dir():
                _remove(target / name)
            os.replace(new / name, target / name)
        return
    old = target.parent / f".{target.name}.{_own()}.old"
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Write one file whole or not at all.

    Raises
    ------
    InvalidInput
        When it cannot be written.
    """
    new = path.parent / f".{path.name}.{_own()}.new"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fill(new)
        os.replace(new, path)
    except OSError as error:
        raise InvalidInput(
            [
                Problem(
                    str(path), None, None, None, f"cannot be written: {error.strerror or error}", "Choose another file"
                )
            ]
        ) from error
    finally:
        new.unlink(missing_ok=True)
