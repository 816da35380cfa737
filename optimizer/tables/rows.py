"""From a table of text cells to checked rows: every cell parsed, every fault put in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from optimizer.tables.cells import CellError, in_currency, items, number, pairs, shown, text_of, whole_number
from optimizer.tables.columns import Column, columns
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import OWN_NOTES, Findings, Grid, RawRow
from optimizer.tables.schema import NATION_CODE, OTHER_CODE, TABLES, Row

EURO = "EUR"


class Exchange:
    """Converts money stated in another currency or price year to million euro of the base year."""

    def __init__(self, rates: Mapping[str, float], multipliers: Mapping[int, float]) -> None:
        self._rates = {EURO: 1.0, **rates}
        self._multipliers = dict(multipliers)

    def meur(self, amount: float, currency: str, year: int | None) -> float:
        """Million euro of the base year; a price year left out is the base year."""
        if currency not in self._rates:
            known = Nearest(self._rates)
            raise CellError(
                "names a currency that currencies.csv does not list",
                known.remedy(currency, f"Add {currency} to currencies.csv"),
            )
        if year is not None and year not in self._multipliers:
            raise CellError("names a price year that inflation.csv does not list", f"Add {year} to inflation.csv")
        return amount / self._rates[currency] * (1.0 if year is None else self._multipliers[year])


def check_rows(grid: Grid, exchange: Exchange, findings: Findings) -> list[Row]:
    """Every row without a fault; the faults of the others are noted, all of them."""
    model = TABLES[grid.table].row
    known = columns(grid.table)
    missing = {name for name, column in known.items() if column.required} - set(grid.columns)
    checked: list[Row] = []
    for raw in grid.rows:
        values: dict[str, Any] = {}
        notes: dict[str, str] = {}
        faulty = set(missing)
        for name, text in raw.cells.items():
            if name.startswith(OWN_NOTES):
                notes[name] = text
                continue
            column = known[name]
            try:
                values[name] = _value(column, text, exchange)
            except CellError as fault:
                file, line = grid.place(raw, name)
                findings.fault(file, fault.reason, _remedy(column, fault), row=line, column=name, value=text)
                faulty.add(name)
        try:
            row = model.model_validate(values)
        except ValidationError as error:
            _translate(error, grid, raw, known, faulty, findings)
            continue
        if faulty:
            continue
        row._line = raw.line
        row._notes = notes
        row._written_by = raw.added_by
        row._changed = {name: file for name, (file, _) in raw.changed.items()}
        checked.append(row)
    return checked


def _remedy(column: Column, fault: CellError) -> str:
    """The cell's remedy, suited to the column: a required one has no default, and years have no decimals."""
    if fault.reason not in ("is not a number", "is not a finite number"):
        return fault.remedy
    if column.kind == "year":
        plain = "Write a year, such as 2030"
    elif column.kind == "whole":
        plain = "Write a whole number"
    else:
        plain = "Write a number with a decimal point and no unit"
    return plain if column.required else f"{plain}, or leave the cell empty to take the default"


def _value(column: Column, text: str, exchange: Exchange) -> Any:
    """The value of one cell by the column's kind; pydantic checks bounds, codes and choices afterwards."""
    match column.kind:
        case "number":
            if column.is_money and (" " in text or not text[-1].isdecimal()):
                stated = in_currency(text)
                if stated is not None:
                    return exchange.meur(number(stated[0]), stated[1], stated[2])
            return number(text)
        case "whole" | "year":
            return whole_number(text)
        case "nations" | "codes":
            return items(text)
        case "nation_shares":
            return pairs(text, whole_keys=False)
        case "year_shares" | "offset_shares":
            return pairs(text, whole_keys=True)
        case "choice":
            if not text.isascii():
                raise CellError(f"is none of {', '.join(column.choices)}", "Choose one of them")
            return text
    return text


def _translate(
    error: ValidationError, grid: Grid, raw: RawRow, known: Mapping[str, Column], faulty: set[str], findings: Findings
) -> None:
    """Pydantic's errors as faults, one per column."""
    for entry in error.errors(include_url=False):
        name = str(entry["loc"][0]) if entry["loc"] else ""
        if name in faulty or name not in known:
            continue
        faulty.add(name)
        text = raw.cells.get(name)
        reason, remedy = in_plain_words(
            entry["type"], entry.get("ctx", {}), entry["msg"], known[name], text, entry.get("input")
        )
        file, line = grid.place(raw, name)
        findings.fault(file, reason, remedy, row=line, column=name, value=text)


def in_plain_words(
    kind: str, context: Mapping[str, Any], message: str, column: Column, text: str | None, part: object
) -> tuple[str, str]:
    """Reason and remedy for one pydantic error."""
    unit = f" {column.unit}" if column.unit and column.unit not in ("year", "share", "factor") else ""
    is_part = column.kind.endswith("s") and isinstance(part, (str, int, float)) and text_of(part) != text
    inside = f"has '{shown(text_of(part))}', which " if is_part else ""
    match kind:
        case "missing":
            choices = f": {', '.join(column.choices)}" if column.choices else ""
            return "is required and empty", f"Fill it in: {column.meaning}{choices}"
        case "string_pattern_mismatch":
            return f"{inside}is no valid code", _code_remedy(column, text or "")
        case "literal_error":
            wrong = text or ""
            return (
                f"is none of {', '.join(column.choices)}",
                Nearest(column.choices).remedy(
                    wrong,
                    "Choose one of them, or leave it empty for the default"
                    if not column.required
                    else "Choose one of them",
                ),
            )
        case "greater_than_equal":
            return f"{inside}is below {_bound(context['ge'])}{unit}", _range_remedy(column, context["ge"])
        case "greater_than":
            return f"{inside}must be above {_bound(context['gt'])}{unit}", _range_remedy(column, context["gt"])
        case "less_than_equal":
            return f"{inside}is above {_bound(context['le'])}{unit}", _range_remedy(column, context["le"])
        case "string_too_long":
            return f"is longer than {context['max_length']} characters", "Shorten it"
        case "finite_number":
            return "is not a finite number", "Write a number, or leave the cell empty to take the default"
        case "value_error":
            return message.removeprefix("Value error, "), "Write yes or no" if column.kind == "yes_no" else "Correct it"
    return f"{inside}is not understood ({message})", "Correct it, or leave it empty to take the default"


def _bound(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, (int, float)) else str(value)


def _range_remedy(column: Column, bound: float) -> str:
    if column.kind == "year_shares" and bound not in (0, 1):
        return "Pairs are calendar year:share, such as 2030:0.5;2031:0.5"
    if column.kind == "offset_shares" and bound not in (0, 1):
        return "Pairs are years before (-) or after delivery:share, such as -1:0.5;0:0.5"
    if column.name.endswith("_share") or column.unit == "share" or column.kind.endswith("_shares"):
        return "Shares run from 0 to 1; write 0.05 for five percent"
    return f"Give a value: {column.bounds}" if column.bounds else "Correct it"


def _code_remedy(column: Column, text: str) -> str:
    if column.kind in ("nations", "codes") and "," in text:
        return "Separate the codes with ';'"
    if column.name == "currency":
        return "Currency codes have three capital letters, such as USD"
    meant = re.sub(r"[\s-]+", "_", text)
    if column.kind == "nation" and len(text) <= 4 and re.fullmatch(NATION_CODE, meant.upper()):
        return f"Write '{meant.upper()}'"
    if column.kind == "code" and re.fullmatch(OTHER_CODE, meant.lower()):
        return f"Write '{meant.lower()}'"
    if column.kind in ("nation", "nations", "nation_shares"):
        return "Codes of nations and blocs are capitals, digits and _, beginning with a letter, such as FRA"
    return "Codes are small letters, digits and _, beginning with a letter, such as main_battle_tank"
