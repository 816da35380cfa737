"""Inputs, filter: which rows and columns of a table are shown and meant."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from optimizer.tables.columns import columns
from optimizer.tables.edited import Sheet
from optimizer.tables.schema import TABLES
from optimizer.trial import Trial
from ui import forms

SHOWN = ("Changed", "With faults", "Low confidence")
MOST_VALUES = 400


@dataclass(frozen=True)
class Filter:
    """Conditions that a row meets all of."""

    search: str = ""
    column: str = ""
    values: tuple[str, ...] = ()
    only: str = ""
    all_columns: bool = False

    @property
    def is_on(self) -> bool:
        """Whether any row may be left out."""
        return bool(self.search or (self.column and self.values) or self.only)

    def rows(self, found: Trial, sheet: Sheet) -> list[int]:
        """Positions of the rows that are meant."""
        default = columns(sheet.table)[self.column].default if self.column in columns(sheet.table) else ""
        word = self.search.casefold()
        faulty = {problem.row for problem in found.faults(sheet.table)}
        numbers, marks = found.numbers(sheet.table), found.marks(sheet.table)
        return [
            place
            for place, row in enumerate(sheet.rows)
            if (not word or any(word in text.casefold() for text in row.values()))
            and (not self.column or not self.values or (row.get(self.column, "") or default) in self.values)
            and (self.only != "Changed" or marks[place])
            and (self.only != "With faults" or numbers[place] in faulty)
            and (self.only != "Low confidence" or row.get("confidence") == "low")
        ]

    def names(self, sheet: Sheet) -> list[str]:
        """Columns shown: those in use, key and confidence first; all of them when asked."""
        known = columns(sheet.table)
        key = list(TABLES[sheet.table].key or tuple(known)[:2])
        used = {name for row in sheet.rows for name in row} if not self.all_columns else set(sheet.names)
        first = [*key, *(["name"] if "name" in known else []), "confidence"]
        rest = [name for name in sheet.names if name not in first and name != "source"]
        wanted = {*first, "source", *used, *(name for name, column in known.items() if column.required)}
        return [name for name in (*first, *rest, "source") if name in wanted]


def choose(found: Trial, table: str) -> Filter:
    """The filter's controls, to be drawn within a row."""
    sheet, known = found.sheet(table), columns(table)
    search = st.text_input("Search all columns", key=f"inputs_search_{table}", icon=":material/search:", width=200)
    column = st.selectbox(
        "Only where",
        ["", *sheet.names],
        format_func=lambda name: forms.label(known.get(name), name) if name else "(any column)",
        key=f"inputs_where_{table}",
        width=200,
    )
    values: list[str] = []
    if column:
        default = known[column].default if column in known else ""
        there = sorted({row.get(column, "") or default for row in sheet.rows})[:MOST_VALUES]
        values = st.multiselect(
            "is one of",
            there,
            format_func=lambda value: value or "(empty)",
            key=f"inputs_values_{table}_{column}",
            width=300,
        )
    only = st.pills("Only rows", SHOWN, key=f"inputs_only_{table}", label_visibility="collapsed")
    wide = st.toggle("Empty columns too", key=f"inputs_wide_{table}")
    return Filter(search.strip(), column or "", tuple(values), only or "", wide)
