"""Reads a scenario from a folder, a workbook, a what-if or a bundle, and reports every fault instead of raising."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from optimizer.problems import Problem
from optimizer.tables.columns import columns
from optimizer.tables.csv_text import read_csv
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import (
    LARGEST_FILE_BYTES,
    OWN_NOTES,
    SETTINGS_NAME,
    Findings,
    Grid,
    RawScenario,
    known_words,
)
from optimizer.tables.rows import EURO, Exchange, check_rows
from optimizer.tables.schema import TABLES, Currency, Inflation, Row, Tables
from optimizer.tables.settings import Settings
from optimizer.tables.settings_text import checked_settings, put_overrides, settings_from_toml
from optimizer.tables.whatif import apply_whatif, parse_whatif
from optimizer.tables.workbook import read_workbook
from optimizer.tables.zips import member, zip_fault

SETTINGS_FILE = f"{SETTINGS_NAME}.toml"
BUNDLE_FOLDER = "inputs"
LONGEST_CHAIN = 50
# Tables that say what money in the others is worth.
_RATES = ("currencies", "inflation")

# Where a code of each kind is declared; blocs and families are lists or defaults and are added below.
_DECLARED = {
    "nations": "nation",
    "capabilities": "capability",
    "programs": "program",
    "elements": "element",
    "export": "regime",
    "previous": "program",
}


@dataclass(frozen=True)
class Reading:
    """What was read. With `problems` nothing may be solved; `tables` then hold the rows without a fault."""

    tables: Tables | None
    settings: Settings | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    sha256: str
    chain: tuple[str, ...]
    changes: tuple[str, ...]
    files: Mapping[str, str]
    known: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class CheckedGrid:
    """A table of text cells, its rows without a fault, and the faults of the others."""

    grid: Grid
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def _cells(self) -> dict[int, Mapping[str, str]]:
        return {row.line: row.cells for row in self.grid.rows}

    @cached_property
    def _rows(self) -> dict[int, Row]:
        return {row.line: row for row in self.rows}

    def again(self, grid: Grid, exchange: Exchange, findings: Findings) -> tuple[Row, ...]:
        """The rows of a grid, only those checked that differ from the row of the same number here."""
        if grid is not self.grid and set(grid.columns) != set(self.grid.columns):
            return tuple(check_rows(grid, exchange, findings))
        new = [row for row in grid.rows if self._cells.get(row.line) != row.cells]
        if grid is self.grid or (not new and len(grid.rows) == len(self.grid.rows)):
            findings.problems.extend(self.problems)
            return self.rows
        fresh = {row.line: row for row in check_rows(dataclasses.replace(grid, rows=new), exchange, findings)}
        lines = {row.line for row in grid.rows} - {row.line for row in new}
        findings.problems.extend(problem for problem in self.problems if problem.row in lines)
        found = ((self._rows if row.line in lines else fresh).get(row.line) for row in grid.rows)
        return tuple(row for row in found if row is not None)


def read(path: str | Path, overrides: Mapping[str, str] = MappingProxyType({})) -> Reading:
    """Read a scenario; every fault of every table at once, and never an exception for bad input.

    Parameters
    ----------
    path
        A folder, a workbook (.xlsx), a what-if (.toml) or a bundle (.zip).
    overrides
        Settings by dotted key, as text: `pooling.mode=national`, `rules.annual_budget=false`.
    """
    raw, findings = read_raw(path)
    return checked(raw, findings, overrides)


def read_raw(path: str | Path) -> tuple[RawScenario | None, Findings]:
    """A scenario as text cells before it is checked, None when it cannot be opened; and what was found so far."""
    findings = Findings()
    return _raw(Path(path), findings, ()), findings


def checked(
    raw: RawScenario | None,
    findings: Findings,
    overrides: Mapping[str, str] = MappingProxyType({}),
    known: Mapping[str, CheckedGrid] = MappingProxyType({}),
    *,
    hashed: bool = True,
) -> Reading:
    """Text cells checked row by row; of tables `known` from before only the rows that differ are checked again."""
    if raw is None:
        return _reading(None, None, RawScenario(), findings)
    settings = None
    if raw.settings is not None:
        put_overrides(raw.settings, overrides, findings)
        settings = checked_settings(raw.settings, findings)
    for name, spec in TABLES.items():
        if not spec.required or name in raw.unreadable:
            continue
        if name not in raw.grids:
            findings.fault(raw.file_of(name), "is missing", "Add it; the template writes an empty one with headers")
        elif not raw.grids[name].rows:
            findings.fault(raw.file_of(name), "has no rows", "Add at least one row below the header")
    return _reading(_tables(raw, findings, known), settings, raw, findings, hashed=hashed)


def _reading(
    tables: Tables | None, settings: Settings | None, raw: RawScenario, findings: Findings, *, hashed: bool = True
) -> Reading:
    return Reading(
        tables=tables,
        settings=settings,
        problems=tuple(findings.problems),
        warnings=tuple(findings.warnings),
        sha256=meaning_sha256(tables, settings) if hashed and tables and settings and not findings.problems else "",
        chain=tuple(raw.chain),
        changes=tuple(raw.changes),
        files=MappingProxyType(_file_names(raw)),
        known=MappingProxyType(_known(raw)),
    )


def _file_names(raw: RawScenario) -> dict[str, str]:
    """The file of every table and of the settings; of single settings (`scenario.key`) where it is another one."""
    names = {name: raw.file_of(name) for name in TABLES}
    names[SETTINGS_NAME] = raw.settings.file if raw.settings else SETTINGS_FILE
    for key, (file, _) in (raw.settings.origins if raw.settings else {}).items():
        if file != names[SETTINGS_NAME]:
            names[f"{SETTINGS_NAME}.{key}"] = file
    return names


def _raw(path: Path, findings: Findings, above: tuple[str, ...]) -> RawScenario | None:
    """The scenario before it is checked; `above` are the what-ifs that led here."""
    name = path.name or str(path)
    if "\0" in str(path):
        findings.fault(str(path), "is no path", "Give a folder, a workbook, a what-if or a bundle")
        return None
    try:
        real = os.path.realpath(path)
        if path.is_dir():
            return _folder(path, findings)
        if not path.exists():
            findings.fault(
                str(path), "does not exist", "Give a folder, a workbook (.xlsx), a what-if (.toml) or a bundle (.zip)"
            )
            return None
        if not path.is_file():
            findings.fault(str(path), "is no ordinary file", "Give a folder or an ordinary file")
            return None
        match path.suffix.lower():
            case ".toml" if path.name == SETTINGS_FILE:
                return _folder(path.parent, findings)
            case ".toml":
                return _whatif(path, real, findings, above)
            case ".xlsx":
                return _workbook(path, findings)
            case ".zip":
                return _bundle(path, findings)
            case ".xls" | ".xlsm" | ".xlsb" | ".ods":
                findings.fault(name, "is a kind of workbook that is not read", "Save it as an Excel workbook (.xlsx)")
            case ".csv":
                findings.fault(name, "is one table, not a scenario", "Give the folder it lies in")
            case _:
                findings.fault(
                    name, "is no scenario", "Give a folder, a workbook (.xlsx), a what-if (.toml) or a bundle (.zip)"
                )
    except OSError as error:
        findings.fault(str(path), f"cannot be read: {error.strerror or error}", "Check the path and its permissions")
    return None


def _folder(folder: Path, findings: Findings) -> RawScenario | None:
    files: dict[str, Path] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name == SETTINGS_FILE or (entry.suffix.lower() == ".csv" and not entry.name.startswith((".", "~"))):
            files[entry.name] = entry
    if not files:
        findings.fault(
            str(folder),
            "holds no tables",
            "Give a folder with nations.csv and its sister tables; the template writes one",
        )
        return None
    contents: dict[str, bytes | None] = {}
    for name, file in files.items():
        contents[name] = _content(file, name, findings)
    return _files(contents, "{}.csv", SETTINGS_FILE, Path(os.path.realpath(folder)).name, findings)


def _content(file: Path, name: str, findings: Findings) -> bytes | None:
    """The bytes of a file of sensible size; None with a fault."""
    try:
        if file.is_dir() or (file.exists() and not file.is_file()):
            findings.fault(name, "is no ordinary file", "Replace it by an ordinary file")
        elif file.stat().st_size > LARGEST_FILE_BYTES:
            findings.fault(name, f"is larger than {LARGEST_FILE_BYTES // 1_000_000} MB", "Split it or remove rows")
        else:
            return file.read_bytes()
    except OSError as error:
        findings.fault(name, f"cannot be read: {error.strerror or error}", "Check the file and its permissions")
    return None


def _files(
    contents: Mapping[str, bytes | None], pattern: str, settings_file: str, name: str, findings: Findings
) -> RawScenario:
    """A scenario from the contents of its files, by file name."""
    raw = RawScenario(file_pattern=pattern, chain=[name])
    nearest = Nearest(TABLES)
    for file, content in contents.items():
        if file == SETTINGS_FILE:
            if content is not None:
                raw.settings = settings_from_toml(content, settings_file, findings)
            continue
        table = PurePosixPath(file).stem
        if table.startswith(OWN_NOTES):
            continue
        if table not in TABLES or not file.endswith(".csv"):
            found = nearest.find(table)
            findings.fault(
                pattern.format(table),
                "is no table of a scenario",
                value=file,
                remedy=(f"Did you mean '{found}.csv'? " if found else "")
                + f"Begin the name with '{OWN_NOTES}' to keep it as a note",
            )
            continue
        grid = None if content is None else read_csv(table, pattern.format(table), content, findings)
        if grid is None:
            raw.unreadable.add(table)
        else:
            raw.grids[table] = grid
    if SETTINGS_FILE not in contents:
        findings.fault(settings_file, "is missing", "Add it with at least first_year = ... and last_year = ...")
    return raw


def _workbook(path: Path, findings: Findings) -> RawScenario | None:
    raw = read_workbook(path, findings)
    if raw is None:
        return None
    raw.chain = [path.stem]
    if not raw.grids and not raw.unreadable and raw.settings is None:
        findings.fault(path.name, "holds no sheet that is a table", f"Name the sheets {', '.join(TABLES)}")
        return None
    if raw.settings is None:
        findings.fault(
            f"{path.name}: {SETTINGS_NAME}",
            "is missing",
            "Add a sheet 'scenario' with the columns key and value, and at least first_year and last_year",
        )
    return raw


def _bundle(path: Path, findings: Findings) -> RawScenario | None:
    fault = zip_fault(path)
    if fault:
        findings.fault(path.name, *fault)
        return None
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        # Results may lie at the root under the same names; the inputs then have their own folder.
        prefix = f"{BUNDLE_FOLDER}/" if any(name.startswith(f"{BUNDLE_FOLDER}/") for name in names) else ""
        contents: dict[str, bytes | None] = {}
        for name in sorted(names):
            file = name.removeprefix(prefix)
            if not name.startswith(prefix) or "/" in file:
                continue
            if file == SETTINGS_FILE or file.lower().endswith(".csv"):
                try:
                    contents[file] = member(archive, name)
                except ValueError:
                    findings.fault(f"{path.name}: {name}", "is damaged", "Pack the bundle again")
                    contents[file] = None
    if not contents:
        findings.fault(path.name, "holds no tables", f"Pack the tables at the root or under {BUNDLE_FOLDER}/")
        return None
    return _files(contents, f"{prefix}{{}}.csv", f"{prefix}{SETTINGS_FILE}", path.stem, findings)


def _whatif(path: Path, real: str, findings: Findings, above: tuple[str, ...]) -> RawScenario | None:
    file = path.name
    if real in above:
        chain = " -> ".join(Path(name).name for name in (*above, real))
        findings.fault(file, f"is its own base: {chain}", "Let one of them name a folder as its base", column="base")
        return None
    if len(above) >= LONGEST_CHAIN:
        findings.fault(file, f"stands on more than {LONGEST_CHAIN} what-ifs", "Merge some of them", column="base")
        return None
    content = _content(path, file, findings)
    whatif = parse_whatif(content, file, findings) if content is not None else None
    if whatif is None:
        return None
    base = path.parent / whatif.base
    if "\0" in whatif.base or not base.exists():
        findings.fault(
            file,
            "names a base that does not exist",
            "Give the path relative to this file",
            column="base",
            value=whatif.base,
        )
        return None
    raw = _raw(base, findings, (*above, real))
    if raw is None:
        return None
    apply_whatif(raw, whatif, file, findings)
    raw.chain.append(whatif.name)
    return raw


def _tables(raw: RawScenario, findings: Findings, known: Mapping[str, CheckedGrid]) -> Tables:
    """Every table, row by row; currencies and inflation first, since other tables may state money in them."""
    rows: dict[str, tuple[Row, ...]] = {}
    plain = Exchange({}, {})
    for table in _RATES:
        rows[table] = tuple(check_rows(raw.grids[table], plain, findings)) if table in raw.grids else ()
    exchange = _exchange(rows, raw.grids)
    same_rates = all(table not in known or known[table].grid is raw.grids.get(table) for table in _RATES)
    for table in TABLES:
        if table in rows:
            continue
        if table in known and table in raw.grids and same_rates:
            rows[table] = known[table].again(raw.grids[table], exchange, findings)
        else:
            rows[table] = tuple(check_rows(raw.grids[table], exchange, findings)) if table in raw.grids else ()
    found: dict[str, Any] = rows
    return Tables(**found)


def checked_grids(raw: RawScenario) -> dict[str, CheckedGrid]:
    """Every table checked on its own, to be used again by `checked` for those that stay as they are."""
    rates: dict[str, tuple[Row, ...]] = {}
    for table in _RATES:
        rates[table] = tuple(check_rows(raw.grids[table], Exchange({}, {}), Findings())) if table in raw.grids else ()
    exchange = _exchange(rates, raw.grids)
    found = {}
    for table, grid in raw.grids.items():
        findings = Findings()
        rows = rates[table] if table in _RATES else tuple(check_rows(grid, exchange, findings))
        found[table] = CheckedGrid(grid, rows, tuple(findings.problems))
    return found


def _exchange(rows: Mapping[str, tuple[Row, ...]], grids: Mapping[str, Grid]) -> Exchange:
    """The rates; a faulty row counts as 1, so that its fault is reported once."""
    rates = {row.currency: row.units_per_eur for row in rows["currencies"] if isinstance(row, Currency)}
    years = {row.year: row.multiplier_to_base for row in rows["inflation"] if isinstance(row, Inflation)}
    for table, column in (("currencies", "currency"), ("inflation", "year")):
        for raw in grids[table].rows if table in grids else ():
            word = raw.cells.get(column, "")
            if table == "currencies" and word != EURO:
                rates.setdefault(word, 1.0)
            elif word.isascii() and word.isdigit():
                years.setdefault(int(word[:4]), 1.0)
    return Exchange(rates, years)


def _known(raw: RawScenario) -> dict[str, frozenset[str]]:
    """Codes by kind, those on faulty rows included; a kind whose table could not be read is left out."""
    words = {table: set(codes) for table, codes in known_words(raw, _DECLARED).items()}
    if "nations" in words:
        words["blocs"] = {
            code.strip()
            for row in (raw.grids["nations"].rows if "nations" in raw.grids else ())
            for code in row.cells.get("blocs", "").split(";")
            if code.strip()
        }
    if "programs" in words:
        words["families"] = {
            row.cells.get("family", row.cells.get("program", ""))
            for row in (raw.grids["programs"].rows if "programs" in raw.grids else ())
        } - {""}
    if "capabilities" in words:
        default = columns("capabilities")["sector"].default
        words["sectors"] = {
            row.cells.get("sector", default)
            for row in (raw.grids["capabilities"].rows if "capabilities" in raw.grids else ())
        }
    if "export" in words:
        words["regimes"] = words.pop("export")
    return {kind: frozenset(codes) for kind, codes in words.items()}


def meaning_sha256(tables: Tables, settings: Settings) -> str:
    """Hash of what the scenario means: the same for folder, workbook and bundle, whatever the order of rows.

    The solver section is left out, and so are currencies and price years: money is already converted.
    """
    body: dict[str, Any] = {"settings": _canonical(settings.model_dump(exclude={"solver"}))}
    for table in fields(Tables):
        if table.name not in ("currencies", "inflation"):
            # The schema gives every column one type, so a row's own JSON is canonical already.
            body[table.name] = sorted(row.model_dump_json(by_alias=True) for row in getattr(tables, table.name))
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """Numbers of equal value as one text, whether they were written as 5 or 5.0."""
    if isinstance(value, dict):
        return {str(key): _canonical(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(part) for part in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) + 0.0 if abs(value) < 2**53 else str(value)
    return value if isinstance(value, (str, bool, type(None))) else str(value)
