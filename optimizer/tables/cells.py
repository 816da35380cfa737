"""One cell: its text as a value, a value as its text, and the escape against spreadsheet formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

# A spreadsheet reads text that begins with one of these as a formula (CWE-1236).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_SHOWN = 80

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MONEY = re.compile(r"(\S+)\s*?\s([A-Z]{3})(?:\s+([0-9]{4}))?|([-+.0-9eE]+)([A-Z]{3})(?:\s+([0-9]{4}))?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[,'\u2019 \u00a0\u202f_][0-9]{3})+(?:\.[0-9]+)?")
_EUROPEAN = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_DATE = re.compile(r"([0-9]{4})[-/.][0-9]{1,2}[-/.][0-9]{1,2}.*|[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}).*")
_NO_VALUE = frozenset(("na", "n/a", "none", "null", "-", "--", "?", "tbd", "unknown", "nil"))
_NOT_FINITE = frozenset(("nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity", "+nan", "-nan"))


class CellError(ValueError):
    """A cell that cannot be understood: why, and what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def escape(text: str) -> str:
    """Text as written to a file: an apostrophe in front of what a spreadsheet would take for a formula."""
    unquoted = text.lstrip("'")
    return "'" + text if unquoted.startswith(FORMULA_STARTS) else text


def unescape(text: str) -> str:
    """The inverse of `escape`."""
    if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS):
        return text[1:]
    return text


def clean(text: str) -> str:
    """A cell as read: without outer white space, and without the escape."""
    text = text.strip(" \t\r\n\u00a0\ufeff")
    return unescape(text) if text.startswith("'") else text


def shown(text: str) -> str:
    """A value short enough to stand in a report, without control characters."""
    flat = "".join(letter if letter.isprintable() else " " for letter in text)
    return flat if len(flat) <= LONGEST_SHOWN else flat[: LONGEST_SHOWN - 3] + "..."


def number(text: str) -> float:
    """The number a cell holds; a `CellError` says what is wrong with it otherwise."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise CellError("is too large a number", "Give a number below 1e308; check the unit of the column")
        return value + 0.0  # -0 is 0
    raise _why_no_number(text)


def whole_number(text: str) -> int:
    """The whole number a cell holds; `12.0` is 12."""
    value = number(text)
    if not value.is_integer():
        raise CellError("must be a whole number", "Round it to a whole number")
    return int(value)


def _why_no_number(text: str) -> CellError:
    """What a cell that holds no number most likely was meant to be."""
    folded = text.casefold()
    if folded in _NOT_FINITE:
        return CellError("is not a finite number", "Write a number, or leave the cell empty to take the default")
    if folded in _NO_VALUE:
        return CellError("is not a number", "Leave the cell empty to take the default")
    if text.startswith("="):
        return CellError("is a formula", "Replace the formula by its value")
    if text.startswith("#"):
        return CellError("is a spreadsheet error", "Mend the formula, or replace it by its value")
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        share = float(text[:-1].strip()) / 100
        return CellError("has a percent sign", f"Write {share:.10g} (shares run from 0 to 1)")
    if _GROUPED.fullmatch(text):
        plain = re.sub(r"[^0-9.+-]", "", text)
        decimal = f", or {text.replace(',', '.')} if the comma is a decimal comma" if text.count(",") == 1 else ""
        return CellError("has thousands separators", f"Write {plain}{decimal}")
    if _EUROPEAN.fullmatch(text):
        return CellError("has thousands separators", f"Write {text.replace('.', '').replace(',', '.')}")
    if _COMMA.fullmatch(text):
        return CellError("has a decimal comma", f"Write {text.replace(',', '.')}")
    date = _DATE.fullmatch(text)
    if date:
        return CellError("is a date", f"Write the year alone, {date.group(1) or date.group(2)}, if a year is meant")
    if any(letter.isdigit() and letter not in "0123456789" for letter in text):
        return CellError("has digits other than 0 to 9", "Write it with the digits 0 to 9")
    if any(sign in text for sign in "€$£¥"):
        return CellError(
            "has a currency sign",
            "Write the number alone in million euro, or with a currency code, such as 12.5 USD 2019",
        )
    return CellError("is not a number", "Write a number with a decimal point and no unit")


def in_currency(text: str) -> tuple[str, str, int | None] | None:
    """`12.5 USD 2019` as its amount, currency and price year (None when not given); None for any other text."""
    found = _MONEY.fullmatch(text)
    if found is None:
        return None
    amount, currency, year = found.group(1, 2, 3) if found.group(1) else found.group(4, 5, 6)
    return amount, currency, int(year) if year else None


def items(text: str) -> tuple[str, ...]:
    """`A;B` as its items; an item named twice is a fault."""
    parts = tuple(part.strip() for part in text.split(";") if part.strip())
    _refuse_twice(parts)
    return parts


def pairs(text: str, whole_keys: bool) -> tuple[tuple[str | int, float], ...]:
    """`A:0.5;B:0.5` as its pairs; the keys are whole numbers for years and offsets."""
    found: list[tuple[str | int, float]] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        key, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon:
            raise CellError(
                f"has '{shown(part.strip())}', which is no pair",
                "Write pairs as key:number, separated by ';', such as FRA:0.5;DEU:0.5",
            )
        try:
            found.append((whole_number(key) if whole_keys else key, number(value)))
        except CellError as fault:
            raise CellError(f"has '{shown(part.strip())}', which {fault.reason}", fault.remedy) from None
    _refuse_twice([str(key) for key, _ in found])
    return tuple(found)


def _refuse_twice(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise CellError(f"names '{shown(key)}' twice", "Name it once")
        seen.add(key)


def text_of(value: Any) -> str:
    """A value as the text of a cell; the inverse of reading, unescaped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Mapping):
        return ";".join(f"{key}:{text_of(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ";".join(
            f"{part[0]}:{text_of(part[1])}" if isinstance(part, (tuple, list)) and len(part) == 2 else text_of(part)
            for part in value
        )
    return str(value)
