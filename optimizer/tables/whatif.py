"""What-ifs: small TOML files that name a base and only what differs from it; read, applied and written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.tables.cells import CellError, in_currency, number, shown, text_of
from optimizer.tables.columns import columns
from optimizer.tables.finder import Finder
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import OWN_NOTES, Findings, Grid, RawRow, RawScenario, RawSettings
from optimizer.tables.schema import TABLES
from optimizer.tables.settings_text import parse_toml, put, toml_lines

Key = str | Mapping[str, Any]

_HEADERS = re.compile(r"\s*\[\[\s*(change|add|remove)\s*\]\]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TOP = ("base", "name", "note", "set", "change", "add", "remove")
_MOST_SHOWN = 3


@dataclass(frozen=True)
class SetValue:
    """A setting by its dotted key."""

    key: str
    value: Any
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ChangeCell:
    """A cell of the row with this `key`, or of every row `where` holds: a new `value`, or the old times `multiply`."""

    table: str
    column: str
    value: Any = None
    key: Key | None = None
    where: Mapping[str, Any] | None = None
    multiply: float | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class AddRow:
    """A new row."""

    table: str
    row: Mapping[str, Any]
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RemoveRow:
    """The row with this `key`, or every row `where` holds, taken out."""

    table: str
    key: Key | None = None
    where: Mapping[str, Any] | None = None
    line: int | None = field(default=None, compare=False)


Change = SetValue | ChangeCell | AddRow | RemoveRow
# The order in which kinds of changes are written and applied: added rows are spoken of by no other change.
_ORDER = (SetValue, RemoveRow, ChangeCell, AddRow)


@dataclass(frozen=True)
class WhatIf:
    """A what-if as written; `base` is relative to its own file."""

    base: str
    name: str
    note: str
    changes: tuple[Change, ...]


def parse_whatif(content: bytes, file: str, findings: Findings) -> WhatIf | None:
    """The what-if in a TOML file; None when it names no base. Every fault of its form is noted."""
    parsed = parse_toml(content, file, findings)
    if parsed is None:
        return None
    body, text = parsed
    lines = toml_lines(text)
    top = Nearest(_TOP)
    for key in body:
        if key not in _TOP:
            findings.fault(
                file,
                "is no part of a what-if",
                row=lines.get(key),
                column=key,
                remedy=top.remedy(key, f"Known are {', '.join(_TOP)}; settings belong under [set]"),
            )
    for key in ("base", "name", "note"):
        if not isinstance(body.get(key, ""), str):
            findings.fault(
                file, "must be text", "Put it in double quotes", row=lines.get(key), column=key, value=str(body[key])
            )
            body[key] = ""
    if not body.get("base"):
        findings.fault(
            file, "names no base", 'Write base = "../.." (a folder, workbook, bundle or what-if)', column="base"
        )
        return None
    changes = [*_settings(body.get("set", {}), lines, file, findings), *_rows(body, text, file, findings)]
    return WhatIf(body["base"], body.get("name", "") or Path(file).stem, body.get("note", ""), tuple(changes))


def _settings(section: Any, lines: Mapping[str, int], file: str, findings: Findings) -> Iterator[SetValue]:
    """`[set]`, nested or dotted, as dotted keys."""
    if not isinstance(section, dict):
        findings.fault(file, "must be a section", "Write [set] and the settings below it", column="set")
        return
    for key, value in _leaves(section, ""):
        line = lines.get(f"set.{key}")
        yield SetValue(key, value, line if line is not None else lines.get(f"set.{key.rpartition('.')[0]}"))


def _leaves(section: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        key = f"{above}.{name}" if above else name
        if isinstance(value, dict) and value:
            yield from _leaves(value, key)
        else:
            yield key, value


def _rows(body: Mapping[str, Any], text: str, file: str, findings: Findings) -> Iterator[Change]:
    """`[[remove]]`, `[[change]]` and `[[add]]`, in the order in which they are applied."""
    places: dict[str, list[int]] = {"change": [], "add": [], "remove": []}
    for count, written in enumerate(text.splitlines(), start=1):
        header = _HEADERS.match(written)
        if header:
            places[header[1]].append(count)
    for kind in ("remove", "change", "add"):
        entries = body.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            findings.fault(file, "must be a list of sections", f"Write [[{kind}]]", column=kind)
            continue
        known_lines: Sequence[int | None] = places[kind] if len(places[kind]) == len(entries) else [None] * len(entries)
        for entry, line in zip(entries, known_lines, strict=True):
            change = _entry(kind, entry, line, file, findings)
            if change is not None:
                yield change


_PARTS = {
    "change": ("table", "key", "where", "column", "value", "multiply"),
    "add": ("table", "row"),
    "remove": ("table", "key", "where"),
}


def _entry(kind: str, entry: Mapping[str, Any], line: int | None, file: str, findings: Findings) -> Change | None:
    """One section as a change; None when its form is faulty."""

    def fault(reason: str, remedy: str, column: str | None = None, value: str | None = None) -> None:
        findings.fault(file, reason, remedy, row=line, column=column, value=value)

    before = len(findings.problems)
    for part in entry:
        if part not in _PARTS[kind]:
            fault(
                f"is no part of [[{kind}]]",
                Nearest(_PARTS[kind]).remedy(part, f"Known: {', '.join(_PARTS[kind])}"),
                part,
            )
    table = entry.get("table")
    if table not in TABLES:
        fault(
            "is no table",
            Nearest(TABLES).remedy(str(table), f"Known are {', '.join(TABLES)}"),
            "table",
            "" if table is None else str(table),
        )
        return None
    if kind == "add":
        row = entry.get("row")
        if not isinstance(row, dict) or not row:
            fault("lacks its row", "Write row = { column = value, ... }", "row")
            return None
        _check_columns(table, row, fault)
        return AddRow(table, row, line) if len(findings.problems) == before else None
    selectors = [name for name in ("key", "where") if name in entry]
    if len(selectors) != 1:
        fault("must say which rows: either key or where", 'Write key = "..." or where = { column = value }', "key")
        return None
    key, where = entry.get("key"), entry.get("where")
    if key is not None and not isinstance(key, dict):
        if len(TABLES[table].key) != 1:
            wanted = ", ".join(TABLES[table].key or ("nation", "capability"))
            fault("needs a key of several columns", f"Write key = {{ {wanted} = ... }}", "key", str(key))
            return None
        key = text_of(key)
    for selector, name in ((key, "key"), (where, "where")):
        if isinstance(selector, dict):
            if not selector:
                fault("names no column", f"Write {name} = {{ column = value }}", name)
            _check_columns(table, selector, fault)
        elif selector is not None and name == "where":
            fault("must be a section", "Write where = { column = value }", name)
    if kind == "remove":
        return RemoveRow(table, key, where, line) if len(findings.problems) == before else None
    column = entry.get("column")
    if not isinstance(column, str):
        fault("lacks the column to change", 'Write column = "..."', "column")
        return None
    _check_columns(table, [column], fault)
    if ("value" in entry) == ("multiply" in entry):
        fault("must give either value or multiply", "Write value = ... or multiply = 0.9", "value")
    multiply = entry.get("multiply")
    if multiply is not None and (isinstance(multiply, bool) or not isinstance(multiply, (int, float))):
        fault("must be a number", "Write multiply = 0.9", "multiply", str(multiply))
    if len(findings.problems) > before:
        return None
    return ChangeCell(table, column, entry.get("value"), key, where, multiply, line)


def _check_columns(table: str, names: Iterable[str], fault: Any) -> None:
    known = columns(table)
    for name in names:
        if name not in known and not name.startswith(OWN_NOTES):
            fault(f"is no column of {table}", Nearest(known).remedy(name, f"Known are {', '.join(known)}"), name)


def apply_whatif(raw: RawScenario, whatif: WhatIf, file: str, findings: Findings) -> None:
    """Change the raw scenario in place, and note a readable line for every change."""
    if raw.settings is not None:
        put(raw.settings, "name", whatif.name, file, None, findings)
        if whatif.note:
            put(raw.settings, "description", whatif.note, file, None, findings)
    news: dict[str, list[RawRow]] = {}
    finder = Finder(raw)
    for change in sorted(whatif.changes, key=lambda change: _ORDER.index(type(change))):
        if isinstance(change, AddRow):
            finder.finish()
        match change:
            case SetValue():
                _apply_setting(raw.settings, change, file, findings, raw.changes)
            case AddRow():
                added = _apply_add(raw, change, file)
                if added is not None:
                    news.setdefault(change.table, []).append(added)
            case ChangeCell():
                _apply_change(raw, change, file, findings, finder)
            case RemoveRow():
                _apply_remove(raw, change, file, findings, finder)
    finder.finish()
    raw.changes.extend(_told(table, "added", rows) for table, rows in news.items())


def _apply_setting(
    settings: RawSettings | None, change: SetValue, file: str, findings: Findings, told: list[str]
) -> None:
    if settings is None:
        return
    put(settings, change.key, change.value, file, change.line, findings)
    told.append(f"{change.key} = {toml_value(change.value)}")


def _apply_add(raw: RawScenario, change: AddRow, file: str) -> RawRow | None:
    if change.table in raw.unreadable:
        return None
    grid = raw.grids.setdefault(change.table, Grid(change.table, raw.file_of(change.table), [], []))
    cells = {name: text for name, value in change.row.items() if (text := text_of(value).strip())}
    grid.columns.extend(name for name in change.row if name not in grid.columns)
    if len(grid.rows) == 0:
        # A new table has no header of its own; what a row lacks is then said of the row.
        grid.columns.extend(name for name in columns(change.table) if name not in grid.columns)
    origin = {name: (file, change.line) for name in columns(change.table)}
    row = RawRow(change.line or 0, cells, added_by=file, changed=origin)
    grid.rows.append(row)
    return row


def _apply_change(raw: RawScenario, change: ChangeCell, file: str, findings: Findings, finder: Finder) -> None:
    rows = _select(raw, finder, change.table, change.key, change.where, change.line, file, findings)
    if not rows:
        return
    grid = raw.grids[change.table]
    if change.column not in grid.columns:
        grid.columns.append(change.column)
    column = columns(change.table).get(change.column)
    done: list[tuple[RawRow, str, str]] = []
    for row in rows:
        old = row.cells.get(change.column, "")
        if change.multiply is None:
            new = text_of(change.value).strip()
        else:
            base = old or (column.default if column else "")
            if not base:
                continue
            try:
                new = times(base, float(change.multiply), whole=column is not None and column.kind == "whole")
            except CellError as fault:
                findings.fault(
                    file,
                    f"cannot be multiplied: it {fault.reason}",
                    fault.remedy,
                    row=change.line,
                    column=change.column,
                    value=base,
                )
                return
        done.append((row, old, new))
    if not done:
        findings.fault(
            file,
            "has nothing to multiply: the cell is empty",
            "Give value = ... instead",
            row=change.line,
            column=change.column,
        )
        return
    for row, _, new in done:
        row.cells.pop(change.column, None)
        if new:
            row.cells[change.column] = new
        row.changed[change.column] = (file, change.line)
    finder.changed(change.table, change.column)
    if len(done) == 1:
        row, old, new = done[0]
        raw.changes.append(
            f"{change.table} {_named(change.table, row)}: {change.column} "
            f"{shown(old) or 'empty'} -> {shown(new) or 'empty'}"
        )
        return
    what = f"x {text_of(change.multiply)}" if change.multiply is not None else f"-> {shown(done[0][2]) or 'empty'}"
    raw.changes.append(
        f"{change.table} where {_described(change.where or change.key)}: {change.column} {what} ({len(done)} rows)"
    )


def _apply_remove(raw: RawScenario, change: RemoveRow, file: str, findings: Findings, finder: Finder) -> None:
    rows = _select(raw, finder, change.table, change.key, change.where, change.line, file, findings)
    if rows:
        finder.remove(change.table, rows)
        raw.changes.append(_told(change.table, "removed", rows))


def _select(
    raw: RawScenario,
    finder: Finder,
    table: str,
    key: Key | None,
    where: Mapping[str, Any] | None,
    line: int | None,
    file: str,
    findings: Findings,
) -> list[RawRow]:
    """The rows meant; a key must match exactly one row, `where` at least one."""
    if table in raw.unreadable:
        return []
    wanted = where if where is not None else {TABLES[table].key[0]: key} if isinstance(key, str) else key or {}
    texts = {name: text_of(value).strip() for name, value in wanted.items()}
    found = finder.rows(table, texts)
    given = shown(", ".join(texts.values()))
    name = "key" if where is None else "where"
    if not found:
        rows = finder.all(table)
        near = Nearest(", ".join(row.cells.get(part, "") for part in texts) for row in rows)
        findings.fault(
            file,
            f"matches no row of {table}",
            row=line,
            column=name,
            value=given,
            remedy=near.remedy(
                given, f"Rows of {table} are {near.list(6)}" if rows else f"The base has no rows in {table}"
            ),
        )
    elif where is None and len(found) > 1:
        findings.fault(
            file,
            f"matches {len(found)} rows of {table}",
            row=line,
            column=name,
            value=given,
            remedy="Name more columns in the key, or write where = { ... } to mean them all",
        )
        return []
    return found


def times(text: str, factor: float, whole: bool) -> str:
    """A number, or money in another currency, times a factor; whole numbers are rounded half up."""
    stated = in_currency(text)
    if stated is not None:
        amount, currency, year = stated
        return f"{text_of(number(amount) * factor)} {currency}{'' if year is None else f' {year}'}"
    value = number(text) * factor
    return text_of(float(int(value + 0.5))) if whole and value >= 0 else text_of(value)


def _named(table: str, row: RawRow) -> str:
    """A row by its key, or by its first cells where the table has none."""
    key = TABLES[table].key or tuple(columns(table))[:2]
    return " ".join(row.cells.get(name, "") for name in key).strip()


def _told(table: str, done: str, rows: Sequence[RawRow]) -> str:
    """Rows that came or went, in one line."""
    names = ", ".join(_named(table, row) for row in rows[:_MOST_SHOWN])
    more = f" and {len(rows) - _MOST_SHOWN} more" if len(rows) > _MOST_SHOWN else ""
    return f"{table}: {done} {names}{more}"


def _described(selector: Key | None) -> str:
    if isinstance(selector, Mapping):
        return ", ".join(f"{name} = {text_of(value)}" for name, value in selector.items())
    return str(selector)


def toml_value(value: Any) -> str:
    """A value as a TOML literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_toml_key(name)} = {toml_value(part)}" for name, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(part) for part in value)}]"
    return str(value)


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else toml_value(name)


def write_whatif(path: str | Path, base: str | Path, name: str, note: str, changes: Sequence[Change]) -> Path:
    """Write a what-if; `base` is a path as seen from here and is stored relative to the file."""
    target = Path(path)
    try:
        relative = os.path.relpath(base, target.parent)
    except ValueError:  # another drive
        relative = os.path.abspath(base)
    lines = [f"base = {toml_value(Path(relative).as_posix())}", f"name = {toml_value(name)}"]
    if note:
        lines.append(f"note = {toml_value(note)}")
    settings = [change for change in changes if isinstance(change, SetValue)]
    if settings:
        lines += ["", "[set]"]
        lines += [
            f"{'.'.join(_toml_key(part) for part in change.key.split('.'))} = {toml_value(change.value)}"
            for change in settings
        ]
    for kind, type_ in (("remove", RemoveRow), ("change", ChangeCell), ("add", AddRow)):
        for change in changes:
            if isinstance(change, type_):
                parts = {part: getattr(change, part) for part in _PARTS[kind]}
                lines += ["", f"[[{kind}]]"]
                lines += [f"{part} = {toml_value(value)}" for part, value in parts.items() if value is not None]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return target
