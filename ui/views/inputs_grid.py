"""Inputs, grid: the filtered rows of a table, typed and editable, with the fault or mark of each row beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from optimizer import words
from optimizer.tables.columns import columns
from optimizer.tables.edited import Sheet
from optimizer.trial import Trial, changed_to
from ui import edits, forms, text
from ui.state import Desk
from ui.views.inputs_filter import Filter

# Beyond this a browser gets slow; the filter narrows the rest down.
MOST_ROWS = 5000
HEIGHT, ROW_HEIGHT = 420, 35
ROW, STATE, REMOVE = "row_number", "row_state", "row_remove"


def draw(desk: Desk, table: str, chosen: Filter) -> Trial:
    """Draw the grid; the draft with everything that has been entered, checked."""
    key = _key(table, chosen)
    started = edits.trial_of(desk, edits.start(desk))
    sheet = started.sheet(table)
    meant = chosen.rows(started, sheet)
    places, names = meant[:MOST_ROWS], chosen.names(sheet)
    wanted, gone = edited(sheet, places, names, st.session_state.get(key, {}))
    if wanted is not sheet:
        edits.note(changed_to(edits.start(desk), edits.base_of(desk), wanted))
    else:
        edits.note(edits.start(desk))
    found = edits.trial_of(desk, edits.now(desk))
    if not sheet.rows:
        st.info("This table has no rows. Add one below, or upload a file.", icon=":material/table_rows:")
        return found
    state = _states(found, table, wanted, len(sheet.rows), gone)
    told = f"{text.count(len(meant))} of {words.plural(len(sheet.rows), 'row')}" if chosen.is_on else ""
    if len(meant) > len(places):
        told = f"Shown are the first {text.count(MOST_ROWS)} of {text.count(len(meant))} rows; the filter narrows them."
    if told:
        st.caption(told)
    if not places:
        st.info("No row meets the filter.", icon=":material/filter_alt_off:")
        return found
    body, config = _frame(started, sheet, places, names, state)
    st.data_editor(
        body,
        key=key,
        hide_index=True,
        num_rows="fixed",
        column_config=config,
        disabled=[ROW, STATE],
        height=min(HEIGHT, ROW_HEIGHT * (len(places) + 1) + 3),
        placeholder="",
        alt=f"Rows of {table}. Each can also be edited by form, or by upload, below the grid.",
    )
    return found


def _key(table: str, chosen: Filter) -> str:
    """The grid's key: the same while its rows and columns stay, another when they are drawn anew."""
    asked = (table, chosen, edits.version())
    if st.session_state.get("inputs_instance") != asked or f"inputs_grid_{edits.version()}" not in st.session_state:
        edits.settle()
        st.session_state["inputs_instance"] = (table, chosen, edits.version())
    return f"inputs_grid_{edits.version()}"


def edited(
    sheet: Sheet, places: Sequence[int], names: Sequence[str], delta: Mapping[str, Any]
) -> tuple[Sheet, set[int]]:
    """The table with what was entered in the grid, and the rows that were taken out."""
    cells: dict[tuple[int, str], str] = {}
    gone: set[int] = set()
    for at, entered in (delta.get("edited_rows") or {}).items():
        place = places[int(at)]
        for name, value in entered.items():
            if name == REMOVE:
                gone |= {place} if value else set()
            elif name in names:
                cells[place, name] = forms.cell_text(value)
    if not cells and not gone:
        return sheet, gone
    return sheet.with_cells(cells).without(gone), gone


def _states(found: Trial, table: str, wanted: Sheet, count: int, gone: set[int]) -> list[str]:
    """For each row its faults in words, or that it is new, changed or to be removed."""
    numbers, marks, known = found.numbers(table), found.marks(table), columns(table)
    faults: dict[int | None, list[str]] = {}
    for problem in found.faults(table):
        column = f"{forms.label(known.get(problem.column), problem.column)}: " if problem.column else ""
        faults.setdefault(problem.row, []).append(f"{column}{edits.sentence(problem)}")
    left = iter(found.places(wanted))
    states = []
    for place in range(count):
        if place in gone:
            states.append("removed")
            continue
        at = next(left)
        if at is None:
            states.append("")
        elif numbers[at] in faults:
            states.append("Fault: " + " | ".join(faults[numbers[at]]))
        else:
            states.append(marks[at])
    return states


def _frame(
    found: Trial, sheet: Sheet, places: Sequence[int], names: Sequence[str], state: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows shown, and how their columns are typed."""
    numbers, known = found.numbers(sheet.table), columns(sheet.table)
    has_faults = any(state[place].startswith("Fault") for place in places)
    body: dict[str, Any] = {
        ROW: [numbers[place] for place in places],
        STATE: [state[place] for place in places],
    }
    config: dict[str, Any] = {
        ROW: st.column_config.NumberColumn("Row", pinned=True, width=50, help="Number of the row, as faults name it."),
        STATE: st.column_config.TextColumn(
            "State", pinned=True, width=260 if has_faults else 80, help="What is wrong in the row, or how it differs."
        ),
    }
    key = names[0]
    for name in names:
        texts = [sheet.rows[place].get(name, "") for place in places]
        body[name], config[name] = forms.grid_column(known.get(name), name, texts, pinned=name == key)
    body[REMOVE] = [False] * len(places)
    config[REMOVE] = st.column_config.CheckboxColumn("Remove", help="Take the row out of the table.", width=70)
    return pd.DataFrame(body), config
