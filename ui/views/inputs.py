"""Inputs: every table, edited in a grid or by form, filtered, changed in bulk, from files; all as a what-if."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from optimizer import words
from optimizer.tables.columns import columns
from optimizer.tables.schema import TABLES
from optimizer.trial import Trial
from ui import edits, text
from ui.frame import clean
from ui.state import Desk
from ui.views import inputs_files, inputs_grid, inputs_rows
from ui.views.inputs_filter import Filter, choose

TITLE = "Inputs"
ICON = ":material/table_edit:"
TOOLS = ("Row by form", "Add a row", "Many rows", "Files", "Columns")


def render(desk: Desk) -> None:
    """Draw the view."""
    edits.bar(desk)
    before = edits.trial_of(desk, edits.now(desk))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        table = st.selectbox(
            "Table",
            list(TABLES),
            index=list(TABLES).index("programs"),
            format_func=lambda name: _table_name(before, name),
            key="inputs_table",
            width=300,
        )
        chosen = choose(before, table)
    purpose = (TABLES[table].row.__doc__ or "").partition(":")[2].strip()
    st.caption(f"{purpose[:1].upper()}{purpose[1:]} {_confidence(before, table)}")
    found = inputs_grid.draw(desk, table, chosen)
    edits.pending(desk)
    edits.faults(found, "inputs")
    tools(desk, found, table, chosen)


def _table_name(found: Trial, name: str) -> str:
    count = len(found.numbers(name))
    faults = len(found.faults(name))
    changed = sum(mark != "" for mark in found.marks(name))
    parts = [
        name.capitalize(),
        f"{text.count(count)} {'row' if count == 1 else 'rows'}",
        f"{changed} changed" if changed else "",
        words.plural(faults, "fault") if faults else "",
    ]
    return " · ".join(part for part in parts if part)


def _confidence(found: Trial, table: str) -> str:
    """How far the rows of a table can be trusted, in words."""
    counts = Counter(row.get("confidence", "") or "not stated" for row in found.sheet(table).rows)
    sourced = sum(bool(row.get("source")) for row in found.sheet(table).rows)
    if not counts:
        return "No rows yet."
    told = ", ".join(
        f"{word} {text.count(counts[word])}" for word in ("high", "medium", "low", "not stated") if counts[word]
    )
    return f"Confidence: {told}. {text.count(sourced)} of {text.count(sum(counts.values()))} rows name a source."


def tools(desk: Desk, found: Trial, table: str, chosen: Filter) -> None:
    """Ways to edit beside the grid, one shown at a time."""
    tool = st.segmented_control("More ways to edit, all by keyboard", TOOLS, key="inputs_tool")
    if tool == "Row by form":
        inputs_rows.one(desk, found, table, chosen)
    elif tool == "Add a row":
        inputs_rows.add(desk, found, table)
    elif tool == "Many rows":
        inputs_rows.many(desk, found, table, chosen)
    elif tool == "Files":
        inputs_files.draw(desk, found, table)
    elif tool == "Columns":
        _columns(table)


def _columns(table: str) -> None:
    """What each column means."""
    st.dataframe(
        [
            {
                "Column": column.name,
                "Meaning": column.meaning,
                "Kind": column.kind.replace("_", " ") + (f": {', '.join(column.choices)}" if column.choices else ""),
                "Unit": column.unit,
                "Limits": column.bounds,
                "When empty": "required" if column.required else column.default or "no value",
            }
            for column in columns(table).values()
        ],
        hide_index=True,
        key="inputs_columns",
        alt=f"Columns of {clean(table)}",
    )
