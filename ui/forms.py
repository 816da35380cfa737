"""Forms: one input for each column of a row, by its kind, with help, unit and bounds; a path without the grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from optimizer import Problem
from optimizer.tables.cells import CellError, number, text_of
from optimizer.tables.columns import KIND_WORDS, Column
from ui import tables
from ui.edits import sentence
from ui.frame import clean

_NUMBERS = ("number", "whole", "year")
_YES_NO = ("yes", "no")


def label(column: Column | None, name: str) -> str:
    """A column's heading, with its unit."""
    if column is None:
        return name
    heading = tables.heading(name)
    if column.name.endswith("_meur") or not column.unit or column.unit in ("year", "factor"):
        return heading
    if column.unit in heading.casefold():
        return heading
    if column.unit == "share":
        return f"{heading.removesuffix(', %')}, share"
    return f"{heading}, {column.unit}" if "meur" not in name else heading


def help_of(column: Column | None, name: str) -> str:
    """What a column means, its kind, unit, bounds and default, in a few lines."""
    if column is None:
        return "A column of your own; it is kept and not interpreted."
    lines = [f"{column.meaning[:1].upper()}{column.meaning[1:]}.", f"`{name}`: {KIND_WORDS[column.kind]}"]
    if column.choices:
        lines[-1] += f" {', '.join(column.choices)}"
    if column.unit:
        lines.append(f"Unit: {column.unit}")
    if column.bounds and column.kind != "year":
        lines.append(f"Limits: {column.bounds}")
    lines.append("Required" if column.required else f"Empty: {when_empty(column)}")
    return "  \n".join(lines)


def when_empty(column: Column) -> str:
    """What an empty cell stands for, in words."""
    return column.default or column.meaning.partition("empty: ")[2] or "no value"


def options(column: Column) -> tuple[str, ...]:
    """The words a cell may hold, where there are only a few."""
    return _YES_NO if column.kind == "yes_no" else column.choices


def is_numeric(column: Column | None, texts: Iterable[str]) -> bool:
    """Whether a column can be shown as numbers: amounts in other currencies and faulty cells are text."""
    return column is not None and column.kind in _NUMBERS and all(_is_number(text) for text in texts if text)


def _is_number(text: str) -> bool:
    try:
        number(text)
    except CellError:
        return False
    return True


def grid_column(column: Column | None, name: str, texts: Sequence[str], **more: Any) -> tuple[Any, Any]:
    """A column of an editable table: its cells, and how they are typed.

    Limits are told in the help and checked with everything else: the grid itself would refuse without a reason.
    """
    shown, explained = label(column, name), help_of(column, name)
    if is_numeric(column, texts):
        assert column is not None
        values = pd.Series([number(text) if text else None for text in texts], dtype="Float64")
        step = None if column.kind == "number" else 1
        form = "%d" if column.kind == "year" else None
        return values, st.column_config.NumberColumn(shown, help=explained, step=step, format=form, **more)
    cells = pd.Series([text or None for text in texts], dtype="object")
    if column is not None and options(column) and all(text in options(column) for text in texts if text):
        return cells, st.column_config.SelectboxColumn(shown, help=explained, options=list(options(column)), **more)
    return cells, st.column_config.TextColumn(shown, help=explained, **more)


def cell_text(value: Any) -> str:
    """What was entered in a grid or form, as the text of a cell."""
    if value is None or value != value:
        return ""
    return text_of(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else text_of(value)


def field(
    column: Column | None,
    name: str,
    text: str,
    key: str,
    faults: Sequence[Problem] = (),
    codes: Sequence[str] = (),
) -> str:
    """One input of a form, with the faults of its cell below it; what it holds as text."""
    shown = label(column, name) + (" (required)" if column is not None and column.required else "")
    explained = help_of(column, name)
    if column is not None and (codes or options(column)):
        words = ["", *(codes or options(column))]
        if text and text not in words:
            words.append(text)
        empty = "(choose)" if column.required else f"(empty: {when_empty(column)})"
        answer = st.selectbox(
            shown,
            words,
            index=words.index(text),
            format_func=lambda word: word or empty,
            help=explained,
            key=key,
        )
    elif column is not None and column.name in ("source", "name"):
        answer = st.text_input(shown, text, help=explained, key=key, max_chars=2000)
    else:
        faint = None if column is None or column.required else f"empty: {when_empty(column)}"
        answer = st.text_input(shown, text, help=explained, key=key, placeholder=faint)
    for problem in faults:
        st.caption(f":red[:material/error: {clean(sentence(problem))}]")
    return (answer or "").strip()


def row(
    known: Mapping[str, Column],
    names: Sequence[str],
    cells: Mapping[str, str],
    key: str,
    faults: Sequence[Problem] = (),
    codes: Mapping[str, Sequence[str]] = MappingProxyType({}),
    wide: int = 3,
) -> dict[str, str]:
    """The inputs of a whole row, side by side; faults stand below the input they belong to."""
    answers: dict[str, str] = {}
    for at in range(0, len(names), wide):
        for place, name in zip(st.columns(wide), names[at : at + wide], strict=False):
            with place:
                own = [problem for problem in faults if problem.column == name]
                answers[name] = field(
                    known.get(name), name, cells.get(name, ""), f"{key}_{name}", own, codes.get(name, ())
                )
    return answers
