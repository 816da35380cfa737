"""Edited tables: a table as an editor shows it, and the smallest list of changes that turns the base into it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimizer.tables.cells import CellError, number, text_of
from optimizer.tables.columns import columns
from optimizer.tables.finder import meaning
from optimizer.tables.schema import TABLES
from optimizer.tables.whatif import AddRow, Change, ChangeCell, Key, RemoveRow, times

Cells = Mapping[str, str]
# Bulk changes are told by the values of one column; beyond this many values, row by row reads better.
MOST_VALUES = 12
_SPEAKING_KINDS = ("year", "nation", "code", "choice", "text")


@dataclass(frozen=True)
class Sheet:
    """A table as text cells; `origins` are the rows' places in the base, None for rows that are new."""

    table: str
    names: tuple[str, ...]
    rows: tuple[Cells, ...]
    origins: tuple[int | None, ...]

    def with_cells(self, edits: Mapping[tuple[int, str], str]) -> Sheet:
        """The sheet with new texts in some cells, by position of the row and column."""
        rows = list(self.rows)
        for (position, name), text in edits.items():
            cells = {other: value for other, value in rows[position].items() if other != name}
            rows[position] = {**cells, name: text.strip()} if text.strip() else cells
        return self._of(rows, self.origins)

    def with_rows(self, rows: Iterable[Cells]) -> Sheet:
        """The sheet with further rows; those without any text are left out."""
        new = [cells for row in rows if (cells := _filled(row))]
        return self._of([*self.rows, *new], [*self.origins, *(None for _ in new)])

    def without(self, positions: Iterable[int]) -> Sheet:
        """The sheet without some rows."""
        gone = set(positions)
        kept = [position for position in range(len(self.rows)) if position not in gone]
        return self._of([self.rows[position] for position in kept], [self.origins[position] for position in kept])

    def replaced_by(self, rows: Sequence[Cells], *, keep_others: bool = False) -> Sheet:
        """The sheet with the rows of a file: rows with the same key are the same row, others are new or gone."""
        given = [cells for row in rows if (cells := _filled(row))]
        waiting: dict[tuple[str | float, ...], list[int]] = {}
        for position, key in enumerate(_keys(self.table, self.rows, given)):
            waiting.setdefault(key, []).append(position)
        same = [waiting.get(key) for key in _keys(self.table, given, self.rows)]
        found = [places.pop(0) if places else None for places in same]
        taken = {
            place: row if place is None else self._as_before(place, row)
            for place, row in zip(found, given, strict=True)
        }
        new = [row for row, place in zip(given, found, strict=True) if place is None]
        kept = [position for position in range(len(self.rows)) if position in taken or keep_others]
        sheet = self._of(
            [taken.get(position, self.rows[position]) for position in kept], [self.origins[p] for p in kept]
        )
        return sheet.with_rows(new)

    def _as_before(self, position: int, row: Cells) -> Cells:
        """A row from a file, its cells written as before where they mean the same."""
        known, before = columns(self.table), self.rows[position]
        cells = dict(row)
        for name in dict.fromkeys([*before, *row]):
            default = known[name].default if name in known else ""
            if meaning(row.get(name, "") or default) == meaning(before.get(name, "") or default):
                cells.pop(name, None)
                if name in before:
                    cells[name] = before[name]
        return cells

    def multiplied(self, positions: Iterable[int], name: str, factor: float) -> Sheet:
        """The sheet with the numbers of a column times a factor; empty cells take their default, or stay empty.

        Raises
        ------
        CellError
            When a cell holds no number.
        """
        column = columns(self.table)[name]
        edits = {}
        for position in positions:
            text = self.rows[position].get(name, "") or column.default
            if text:
                edits[position, name] = times(text, factor, whole=column.kind == "whole")
        return self.with_cells(edits)

    def row_name(self, position: int) -> str:
        """A row by its key, or by its first cells where the table has none."""
        names = TABLES[self.table].key or tuple(columns(self.table))[:2]
        return " ".join(filter(None, (self.rows[position].get(name, "") for name in names)))

    def _of(self, rows: Iterable[Cells], origins: Iterable[int | None]) -> Sheet:
        body = tuple(rows)
        known = dict.fromkeys(self.names)
        for row in body[-1:] if len(body) == len(self.rows) else body:
            known.update(dict.fromkeys(row))
        return dataclasses.replace(self, names=tuple(known), rows=body, origins=tuple(origins))


def _filled(row: Cells) -> dict[str, str]:
    return {name: text.strip() for name, text in row.items() if text.strip()}


def described(sheet: Sheet, positions: Sequence[int], name: str) -> list[dict[str, str]]:
    """Conditions that hold exactly these rows, by the values of one other column; empty where none is short enough."""
    chosen = set(positions)
    best: list[str] = []
    found = ""
    for column in columns(sheet.table).values():
        if column.name == name or column.kind not in _SPEAKING_KINDS:
            continue
        values: dict[str | float, str] = {}
        others: set[str | float] = set()
        for position, row in enumerate(sheet.rows):
            text = row.get(column.name, "") or column.default
            if position in chosen:
                values.setdefault(meaning(text), text)
            else:
                others.add(meaning(text))
        is_shorter = not found or len(values) < len(best)
        if "" not in values and len(values) <= MOST_VALUES and not others & values.keys() and is_shorter:
            best, found = list(values.values()), column.name
    return [{found: text} for text in best] if found and len(best) < max(2, len(chosen)) else []


def bulk_changes(sheet: Sheet, positions: Sequence[int], name: str, **what: str | float) -> list[ChangeCell]:
    """One change for many rows, where a condition holds just them; empty where they must be named one by one."""
    return [
        ChangeCell(sheet.table, name, where=where, **what)  # type: ignore[arg-type]
        for where in described(sheet, positions, name)
    ]


def changes_of(base: Sheet, wanted: Sheet, bulk: Sequence[Change] = ()) -> tuple[Change, ...]:
    """The changes that turn the base into the wanted table.

    Changes of many rows at once (`bulk`, with `where`) are kept as far as they still bring what is wanted; what they do
    not bring is changed cell by cell.
    """
    anew: set[int] = set()
    while True:
        found, clashing = _changes(base, wanted, bulk, anew)
        if not clashing:
            return tuple(found)
        anew |= clashing


def _changes(base: Sheet, wanted: Sheet, bulk: Sequence[Change], anew: set[int]) -> tuple[list[Change], set[int]]:
    """The changes, and base rows whose key changes so that they must be taken out and added anew."""
    table = base.table
    goal = {origin: cells for origin, cells in zip(wanted.origins, wanted.rows, strict=True) if origin is not None}
    added = [
        cells for origin, cells in zip(wanted.origins, wanted.rows, strict=True) if origin is None or origin in anew
    ]
    kept = [place for place in range(len(base.rows)) if place in goal and place not in anew]
    keys = keys_of(table, base.rows)
    gone = [place for place in range(len(base.rows)) if place not in goal or place in anew]
    # A row that is the double of another can only be named together with it.
    doubles = {place for place in kept if keys[place] is None and (goal[place] != base.rows[place])}
    doubles |= {
        place for place in kept if keys[place] is None and any(base.rows[other] == base.rows[place] for other in gone)
    }
    if doubles:
        return [], doubles
    changes: list[Change] = []
    told: set[tuple[tuple[str, str], ...]] = set()
    for place in gone:
        key = keys[place]
        if key is not None:
            changes.append(RemoveRow(table, key=_named_by(table, key)))
        elif (whole := tuple(sorted(base.rows[place].items()))) not in told:
            told.add(whole)
            names = [name for name in _speaking(table) if name in base.names]
            where = {name: base.rows[place].get(name, "") or columns(table)[name].default for name in names}
            changes.append(RemoveRow(table, where=where))
    state = {place: dict(base.rows[place]) for place in kept}
    kept_bulk = list(_bulk(table, state, goal, bulk))
    changes += kept_bulk
    now = {place: keys[place] for place in kept}
    if kept_bulk:
        now = dict(zip(kept, keys_of(table, [state[place] for place in kept]), strict=True))
    last: list[tuple[int, str]] = []
    for place in kept:
        if state[place] == goal[place]:
            continue
        for name in _differing(state[place], goal[place]):
            key = now[place]
            if key is None:
                return [], {place}
            if name in key:
                last.append((place, name))
            else:
                changes.append(_cell(table, name, goal[place].get(name, ""), key))
    clashing = _clashing(table, state, goal, now, last)
    for place, name in last:
        changes.append(_cell(table, name, goal[place].get(name, ""), now[place] or {}))
    changes += [AddRow(table, {name: value_of(table, name, text) for name, text in row.items()}) for row in added]
    return changes, clashing


def _differing(before: Cells, after: Cells) -> list[str]:
    return [name for name in dict.fromkeys([*before, *after]) if before.get(name, "") != after.get(name, "")]


def _cell(table: str, name: str, text: str, key: Mapping[str, str]) -> ChangeCell:
    return ChangeCell(table, name, value_of(table, name, text), key=_named_by(table, key))


def _named_by(table: str, key: Mapping[str, str]) -> Key:
    """A key as it is written in a what-if: one text where one column is the key."""
    if len(key) == 1 and TABLES[table].key == tuple(key):
        return next(iter(key.values()))
    return {name: value_of(table, name, text) for name, text in key.items()}


def _bulk(
    table: str, state: dict[int, dict[str, str]], goal: Mapping[int, Cells], bulk: Sequence[Change]
) -> Iterator[Change]:
    """The changes of many rows that still bring something wanted, applied to the state."""
    known = columns(table)
    for change in bulk:
        if not isinstance(change, ChangeCell) or change.where is None or change.table != table:
            continue
        where = {name: meaning(text_of(value)) for name, value in change.where.items()}
        name, default = change.column, known[change.column].default if change.column in known else ""
        new: dict[int, str] = {}
        for place, row in state.items():
            if any(meaning(row.get(part, "") or known[part].default) != text for part, text in where.items()):
                continue
            if change.multiply is None:
                new[place] = text_of(change.value)
            elif old := row.get(name, "") or default:
                try:
                    new[place] = times(old, change.multiply, whole=name in known and known[name].kind == "whole")
                except CellError:
                    new = {}
                    break
        if any(goal[place].get(name, "") == text for place, text in new.items()):
            yield change
            for place, text in new.items():
                state[place] = {**state[place], name: text} if text else _without(state[place], name)


def _without(row: Cells, name: str) -> dict[str, str]:
    return {other: text for other, text in row.items() if other != name}


def _clashing(
    table: str,
    state: Mapping[int, Cells],
    goal: Mapping[int, Cells],
    now: Mapping[int, Mapping[str, str] | None],
    last: Sequence[tuple[int, str]],
) -> set[int]:
    """Rows whose key cannot be changed in place: several columns at once, or another row has that key meanwhile."""
    many = {place for place, count in Counter(place for place, _ in last).items() if count > 1}
    if many:
        return many
    clashing = set()
    for place, _ in last:
        names = tuple(now[place] or ())
        new = _values(table, goal[place], names)
        if any(
            other != place and new in (_values(table, state[other], names), _values(table, goal[other], names))
            for other in state
        ):
            clashing.add(place)
    return clashing


def _values(table: str, row: Cells, names: Sequence[str]) -> tuple[str | float, ...]:
    known = columns(table)
    return tuple(meaning(row.get(name, "") or (known[name].default if name in known else "")) for name in names)


def _speaking(table: str) -> list[str]:
    """Columns in the order in which they tell rows apart: the key, then codes and years, then the rest."""
    known = columns(table)
    first = list(TABLES[table].key or tuple(known)[:2])
    rest = sorted((name for name in known if name not in first), key=lambda n: known[n].kind not in _SPEAKING_KINDS[:4])
    return [*first, *rest]


def keys_of(table: str, rows: Sequence[Cells]) -> list[dict[str, str] | None]:
    """For each row the columns that name it alone, with its texts; None where a row has a double."""
    names = _speaking(table)
    known = columns(table)
    found: list[dict[str, str] | None] = [None] * len(rows)
    open_ = list(range(len(rows)))
    for count in range(len(TABLES[table].key or names[:2]), len(names) + 1):
        if not open_:
            break
        values = [_values(table, rows[place], names[:count]) for place in open_]
        often = Counter(values)
        for place, value in zip(open_, values, strict=True):
            if often[value] == 1:
                found[place] = {name: rows[place].get(name, "") or known[name].default for name in names[:count]}
        open_ = [place for place, value in zip(open_, values, strict=True) if often[value] > 1]
    return found


def _keys(table: str, rows: Sequence[Cells], others: Sequence[Cells]) -> list[tuple[str | float, ...]]:
    """What names each row, by as few columns as tell apart the rows of both lists."""
    names = _speaking(table)
    least = len(TABLES[table].key or names[:2])
    if TABLES[table].key:
        return [_values(table, row, names[:least]) for row in rows]
    for count in range(least, len(names) + 1):
        mine = [_values(table, row, names[:count]) for row in rows]
        theirs = [_values(table, row, names[:count]) for row in others]
        if len(set(mine)) == len(mine) and len(set(theirs)) == len(theirs):
            return mine
    return mine


def value_of(table: str, name: str, text: str) -> str | int | float:
    """A text as it is written in a what-if: numbers as numbers where nothing is lost."""
    column = columns(table).get(name)
    if column is None or column.kind not in ("number", "whole", "year"):
        return text
    try:
        value = number(text)
    except CellError:
        return text
    if text_of(value) != text:
        return text
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
