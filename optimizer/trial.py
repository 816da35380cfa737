"""Trial: a draft's tables as text with every fault at its cell, checked in memory before anything is kept or solved."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from optimizer.load import weighed
from optimizer.model.rule import Rule
from optimizer.model.rules import OTHER_SECTIONS
from optimizer.model.rules import RULES as ALL_RULES
from optimizer.problems import Problem
from optimizer.scenario import Scenario
from optimizer.tables.columns import columns
from optimizer.tables.csv_text import read_csv
from optimizer.tables.edited import Cells, Sheet, changes_of
from optimizer.tables.raw import OWN_NOTES, SETTINGS_NAME, Findings, Grid, RawRow, RawScenario
from optimizer.tables.read import CheckedGrid, checked, checked_grids, read_raw
from optimizer.tables.schema import TABLES
from optimizer.tables.settings import Settings
from optimizer.tables.settings_text import RULES
from optimizer.tables.template import tables_workbook
from optimizer.tables.whatif import Change, ChangeCell, SetValue, WhatIf, apply_whatif
from optimizer.tables.workbook import read_workbook
from optimizer.tables.write import BYTE_ORDER_MARK, csv_text, value_pairs

DRAFT = "this draft"
SETTINGS = SETTINGS_NAME


@dataclass(frozen=True)
class Base:
    """What a draft stands on, as text cells; shared, never edited."""

    raw: RawScenario
    problems: tuple[Problem, ...]
    known: Mapping[str, CheckedGrid]

    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False, compare=False)

    def sheet(self, table: str) -> Sheet:
        """A table as it stands in the base."""
        if table not in self._sheets:
            grid = self.raw.grids.get(table)
            rows = () if grid is None else tuple(row.cells for row in grid.rows)
            self._sheets[table] = Sheet(table, _names(table, grid), rows, tuple(range(len(rows))))
        return self._sheets[table]


@dataclass(frozen=True)
class Trial:
    """The base with a draft's changes: tables as text, every fault, and what was changed in readable lines."""

    base: Base
    raw: RawScenario
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    scenario: Scenario | None
    """What would be solved; None while tables or settings cannot be put together."""
    _files: Mapping[str, str] = field(default_factory=dict)
    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False, compare=False)
    _marks: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def told(self) -> tuple[str, ...]:
        """What differs from the base, a line a change."""
        return tuple(self.raw.changes[len(self.base.raw.changes) :])

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings as written, by section; what is left out takes its default."""
        return {} if self.raw.settings is None else self.raw.settings.values

    def setting(self, key: str) -> Any:
        """A setting by its dotted key as written, else its default; None where it has neither."""
        written: Any = self.settings
        for part in key.split("."):
            written = written.get(part) if isinstance(written, Mapping) else None
        return _default(key) if written is None else written

    def rule_is_on(self, rule: Rule) -> bool:
        """Whether a rule acts."""
        body = self.settings.get(RULES, {}).get(rule.name)
        if rule.kind == "physical" or body is None:
            return rule.kind == "physical" or not rule.named_only
        return bool(body.get("on", True)) if isinstance(body, Mapping) else bool(body)

    def sheet(self, table: str) -> Sheet:
        """A table with the changes."""
        grid, before = self.raw.grids.get(table), self.base.raw.grids.get(table)
        if grid is None or grid is before:
            return self.base.sheet(table)
        if table not in self._sheets:
            places = {} if before is None else {row.line: place for place, row in enumerate(before.rows)}
            self._sheets[table] = Sheet(
                table,
                _names(table, grid),
                tuple(row.cells for row in grid.rows),
                tuple(places.get(row.line) for row in grid.rows),
            )
        return self._sheets[table]

    def numbers(self, table: str) -> list[int]:
        """The number of each row, as faults name it; the header is row 1."""
        return [row.line for row in self.raw.grids[table].rows] if table in self.raw.grids else []

    def marks(self, table: str) -> list[str]:
        """For each row `new`, `changed` or nothing, against the base."""
        if table not in self._marks:
            sheet, before = self.sheet(table), self.base.sheet(table)
            self._marks[table] = [
                "new" if origin is None else "" if cells == before.rows[origin] else "changed"
                for origin, cells in zip(sheet.origins, sheet.rows, strict=True)
            ]
        return self._marks[table]

    def places(self, wanted: Sheet) -> list[int | None]:
        """Where each row of a wanted table has come to stand once its changes are applied."""
        sheet = self.sheet(wanted.table)
        known = {origin: place for place, origin in enumerate(sheet.origins) if origin is not None}
        new = [place for place, origin in enumerate(sheet.origins) if origin is None]
        found: list[int | None] = []
        for origin, cells in zip(wanted.origins, wanted.rows, strict=True):
            place = known.get(origin) if origin is not None else None
            if place is None:
                place = next((at for at in new if sheet.rows[at] == cells), None)
                if place is not None:
                    new.remove(place)
            found.append(place)
        return found

    def table_of(self, problem: Problem) -> str:
        """The table a fault is in, `scenario` for the settings, empty for the draft as a whole."""
        return self._files.get(problem.file, SETTINGS if problem.file.endswith(".toml") else "")

    @cached_property
    def _faults(self) -> dict[str, tuple[Problem, ...]]:
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(self.table_of(problem), []).append(problem)
        return {table: tuple(problems) for table, problems in found.items()}

    def faults(self, table: str) -> tuple[Problem, ...]:
        """The faults of a table, or of the settings (`scenario`)."""
        return self._faults.get(table, ())


def _default(key: str) -> Any:
    """A setting's default: of a rule's numbers by its record, of all others by the settings' own."""
    head, _, rest = key.partition(".")
    if head == RULES:
        name, _, part = rest.partition(".")
        rule = next((rule for rule in ALL_RULES if rule.name == name), None)
        parameters = rule.parameters if rule else OTHER_SECTIONS.get(name, ())
        known = {parameter.name: parameter.default for parameter in parameters}
        return {**({"soft": False, "price": rule.price} if rule else {}), **known}.get(part)
    model: Any = Settings
    for part in key.split("."):
        field_ = getattr(model, "model_fields", {}).get(part)
        if field_ is None:
            return None
        model = field_.annotation
        default = None if field_.is_required() else field_.get_default()
    return default


def _names(table: str, grid: Grid | None) -> tuple[str, ...]:
    """The schema's columns, then own notes."""
    notes = [] if grid is None else [name for name in grid.columns if name.startswith(OWN_NOTES)]
    return tuple(dict.fromkeys([*columns(table), *notes]))


def open_base(path: str | Path) -> Base:
    """A scenario as text cells; what cannot be read is among its problems."""
    raw, findings = read_raw(path)
    if raw is None:
        return Base(RawScenario(), tuple(findings.problems), {})
    for table, grid in raw.grids.items():
        _plainly(table, grid, raw.file_pattern)
    if raw.settings is not None:
        raw.settings.origins.clear()
    return Base(raw, tuple(findings.problems), checked_grids(raw))


def _plainly(table: str, grid: Grid, pattern: str) -> None:
    """Let faults name the table and its row, whichever what-if wrote the cell."""
    grid.file = pattern.format(table)
    following = max((row.line for row in grid.rows if not row.added_by), default=1)
    for row in grid.rows:
        if row.added_by:
            following += 1
            row.line, row.added_by = following, ""
        row.changed = {}


def trial(base: Base, name: str, note: str, changes: Sequence[Change]) -> Trial:
    """The base with the changes, checked as if it had been loaded; never an exception for what is faulty."""
    findings = Findings(list(base.problems))
    raw = RawScenario(
        grids=dict(base.raw.grids),
        settings=copy.deepcopy(base.raw.settings),
        unreadable=set(base.raw.unreadable),
        chain=list(base.raw.chain),
        changes=list(base.raw.changes),
        file_pattern=base.raw.file_pattern,
    )
    for table in {change.table for change in changes if not isinstance(change, SetValue)}:
        if table in raw.grids:
            grid = raw.grids[table]
            rows = [RawRow(row.line, dict(row.cells)) for row in grid.rows]
            raw.grids[table] = Grid(table, grid.file, list(grid.columns), rows)
    apply_whatif(raw, WhatIf("", name, note, tuple(changes)), DRAFT, findings)
    for table, grid in raw.grids.items():
        if grid is not base.raw.grids.get(table):
            _plainly(table, grid, raw.file_pattern)
    if raw.settings is not None:
        raw.settings.origins.clear()
    return _weighed(base, raw, findings)


def _weighed(base: Base, raw: RawScenario, findings: Findings) -> Trial:
    reading = checked(raw, findings, known=base.known, hashed=False)
    scenario, problems, warnings = weighed(reading)
    files = {raw.file_of(table): table for table in TABLES}
    files |= {reading.files[SETTINGS_NAME]: SETTINGS_NAME}
    return Trial(base, raw, tuple(problems), tuple(warnings), scenario, files)


def changed_to(
    changes: Sequence[Change], base: Base, *wanted: Sheet, bulk: Sequence[ChangeCell] = ()
) -> tuple[Change, ...]:
    """A draft's changes so that these tables come out as wanted; those of other tables and settings stay.

    `bulk` are further changes of many rows at once that the wanted tables contain already.
    """
    found = tuple(changes)
    for sheet in wanted:
        own = [change for change in (*found, *bulk) if not isinstance(change, SetValue) and change.table == sheet.table]
        others = [change for change in found if isinstance(change, SetValue) or change.table != sheet.table]
        found = (*others, *changes_of(base.sheet(sheet.table), sheet, own))
    return found


def with_setting(changes: Sequence[Change], base: Base, key: str, value: Any) -> tuple[Change, ...]:
    """A draft's changes with a setting given a value; one that the base has anyway is no change."""
    kept = [change for change in changes if not (isinstance(change, SetValue) and change.key == key)]
    plain = trial(base, "", "", [change for change in kept if isinstance(change, SetValue)])
    is_switch = key.startswith(f"{RULES}.") and key.endswith(".on")
    if is_switch:
        rule = next(rule for rule in ALL_RULES if rule.name == key.split(".")[1])
        before: Any = plain.rule_is_on(rule)
    else:
        before = plain.setting(key)
    return tuple(kept) if _plain(before) == _plain(value) else (*kept, SetValue(key, value))


def budget_totals(found: Trial) -> dict[str, float]:
    """Money of each nation over the horizon, all classes, million euro; nations without a limit are left out."""
    totals: dict[str, float] = {}
    if found.scenario is not None:
        for (nation, _), years in found.scenario.budgets.items():
            totals[nation] = totals.get(nation, 0.0) + sum(budget.budget_meur for budget in years.values())
    return totals


def budget_factors(changes: Sequence[Change]) -> dict[str, float]:
    """The factors by which a draft scales the budgets of single nations."""
    return {
        str(change.where["nation"]): float(change.multiply)
        for change in changes
        if _scales_budget(change) and isinstance(change, ChangeCell) and change.where and change.multiply is not None
    }


def _scales_budget(change: Change, nation: str | None = None) -> bool:
    """Whether a change scales all budgets of one nation."""
    return (
        isinstance(change, ChangeCell)
        and change.column == "budget_meur"
        and change.multiply is not None
        and tuple(change.where or ()) == ("nation",)
        and (nation is None or (change.where or {})["nation"] == nation)
    )


def with_budget_factor(changes: Sequence[Change], base: Base, nation: str, factor: float) -> tuple[Change, ...]:
    """A draft's changes with a nation's budgets times a factor, in budgets.csv and nations.csv."""
    kept = [change for change in changes if not _scales_budget(change, nation)]
    if factor == 1.0:
        return tuple(kept)
    found = trial(base, "", "", kept)
    tables = [
        table
        for table in ("budgets", "nations")
        if any(row.get("nation") == nation and row.get("budget_meur") for row in found.sheet(table).rows)
    ]
    scaled = [ChangeCell(table, "budget_meur", where={"nation": nation}, multiply=factor) for table in tables]
    return (*kept, *scaled)


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakenIn:
    """An uploaded file: its tables as rows of text, its settings by dotted key, and what is wrong with it."""

    tables: Mapping[str, tuple[Cells, ...]]
    settings: Mapping[str, Any]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def take_in(current: Trial, content: bytes, file: str, table: str) -> TakenIn:
    """Read a CSV file of one table, or a workbook of any; each fault names the row of the file.

    Codes are checked against the draft's other tables, so that a file may bring one table alone.
    """
    findings = Findings()
    given = RawScenario(file_pattern=f"{file}: {{}}")
    if file.lower().endswith(".xlsx"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "given.xlsx"
            path.write_bytes(content)
            given = read_workbook(path, findings) or given
        _renamed(findings, "given.xlsx", file)
    else:
        grid = read_csv(table, file, content, findings)
        if grid is not None:
            given.grids[table] = grid
    tables = {name: tuple(row.cells for row in grid.rows) for name, grid in given.grids.items()}
    for name, grid in given.grids.items():
        grid.file = f"{file}: {name}" if file.lower().endswith(".xlsx") else file
    settings = {} if given.settings is None else dict(_leaves(given.settings.values))
    if not tables and not settings and not findings.problems:
        findings.fault(file, "holds no table", f"Name its sheets {', '.join(TABLES)}")
    return TakenIn(tables, settings, (*findings.problems, *_faults_in(current, given)), tuple(findings.warnings))


def _renamed(findings: Findings, before: str, after: str) -> None:
    for found in (findings.problems, findings.warnings):
        found[:] = [dataclasses.replace(problem, file=problem.file.replace(before, after)) for problem in found]


def _faults_in(current: Trial, given: RawScenario) -> list[Problem]:
    """Faults of the given rows, had they taken the place of the draft's."""
    raw = RawScenario(
        grids={**current.raw.grids, **given.grids},
        settings=copy.deepcopy(current.raw.settings),
        unreadable=current.raw.unreadable - set(given.grids),
        file_pattern=current.raw.file_pattern,
    )
    files = {grid.file for grid in given.grids.values()}
    return [problem for problem in _weighed(current.base, raw, Findings()).problems if problem.file in files]


def merged(current: Trial, taken: TakenIn, *, keep_others: bool) -> list[Sheet]:
    """The draft's tables with the rows of the file: replaced, or with those that are not in it kept."""
    return [current.sheet(table).replaced_by(rows, keep_others=keep_others) for table, rows in taken.tables.items()]


def settings_between(current: Trial, taken: TakenIn) -> list[SetValue]:
    """Settings that the file gives another value."""
    before = dict(_leaves(current.settings))
    given = current.scenario.settings.model_dump() if current.scenario else {}
    full = {**dict(_leaves(given)), **before}
    return [
        SetValue(key, value)
        for key, value in taken.settings.items()
        if key not in ("name", "description") and _plain(full.get(key)) != _plain(value)
    ]


def _leaves(section: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in section.items():
        key = f"{above}{name}"
        found += _leaves(value, f"{key}.") if isinstance(value, dict) and value else [(key, value)]
    return found


def _plain(value: Any) -> Any:
    """Lists and tuples, whole and other numbers compare as what they say."""
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def table_bytes(sheet: Sheet) -> bytes:
    """A table as CSV, as spreadsheets open it; reading it back gives the same table."""
    return (BYTE_ORDER_MARK + csv_text(sheet.table, sheet.rows, sheet.names)).encode("utf-8")


def empty_table_bytes(table: str) -> bytes:
    """A table's header alone."""
    return (BYTE_ORDER_MARK + csv_text(table, [])).encode("utf-8")


def workbook_bytes(current: Trial) -> bytes:
    """Every table and the settings as a workbook; reading it back gives the same draft."""
    rows = {table: current.sheet(table).rows for table in TABLES}
    values = current.settings if current.scenario is None else current.scenario.settings.model_dump()
    return _workbook(rows, value_pairs(values))


def empty_workbook_bytes(current: Trial) -> bytes:
    """A workbook with headers, notes and lists of choices, and no rows."""
    return _workbook({}, value_pairs(current.settings))


def _workbook(rows: Mapping[str, Sequence[Cells]], settings: Sequence[tuple[str, str]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.xlsx"
        tables_workbook(path, rows, settings)
        return path.read_bytes()
