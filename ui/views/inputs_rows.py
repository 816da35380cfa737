"""Inputs, rows: one row by form, a new row, and many rows at once - every edit without the grid."""

from __future__ import annotations

import streamlit as st

from optimizer import words
from optimizer.tables.cells import CellError
from optimizer.tables.columns import columns
from optimizer.tables.edited import Sheet, bulk_changes
from optimizer.tables.whatif import ChangeCell
from optimizer.trial import Trial, changed_to
from ui import edits, forms
from ui.frame import clean
from ui.state import Desk
from ui.views.inputs_filter import Filter


def enter(desk: Desk, wanted: Sheet, bulk: list[ChangeCell] | None = None) -> None:
    """Enter an edited table, to be looked at and applied."""
    edits.put(changed_to(edits.now(desk), edits.base_of(desk), wanted, bulk=bulk or ()), desk)
    st.rerun()


def one(desk: Desk, found: Trial, table: str, chosen: Filter) -> None:
    """One row as a form, with its faults below each input."""
    sheet = found.sheet(table)
    places = chosen.rows(found, sheet)
    if not places:
        st.caption("No row meets the filter.")
        return
    numbers = found.numbers(table)
    by_number = {numbers[place]: place for place in places}
    row = st.selectbox(
        "Row",
        list(by_number),
        format_func=lambda number: f"{number}: {sheet.row_name(by_number[number])}",
        key=f"inputs_row_{table}",
        help="The rows that meet the filter above.",
    )
    place = by_number[row]
    faults = [problem for problem in found.faults(table) if problem.row == row]
    with st.form(f"inputs_form_{table}_{row}_{edits.version()}"):
        answers = forms.row(
            columns(table), sheet.names, sheet.rows[place], f"inputs_field_{table}_{row}_{edits.version()}", faults
        )
        with st.container(horizontal=True):
            save = st.form_submit_button("Enter these values", type="primary")
            remove = st.form_submit_button("Remove this row", icon=":material/delete:")
    if remove:
        enter(desk, sheet.without([place]))
    if save:
        enter(desk, sheet.with_cells({(place, name): value for name, value in answers.items()}))


def add(desk: Desk, found: Trial, table: str) -> None:
    """A new row as a form, empty or like another."""
    sheet, numbers = found.sheet(table), found.numbers(table)
    like = st.selectbox(
        "Begin with",
        [None, *range(len(numbers))],
        format_func=lambda place: "an empty row" if place is None else f"a copy of {sheet.row_name(place)}",
        key=f"inputs_like_{table}",
    )
    cells = {} if like is None or like >= len(sheet.rows) else sheet.rows[like]
    with st.form(f"inputs_add_{table}_{like}_{edits.version()}"):
        answers = forms.row(columns(table), sheet.names, cells, f"inputs_new_{table}_{like}_{edits.version()}")
        pressed = st.form_submit_button("Add the row", type="primary", icon=":material/add:")
    if pressed and not any(answers.values()):
        st.warning("Fill in at least one column.")
    elif pressed:
        enter(desk, sheet.with_rows([answers]))


def many(desk: Desk, found: Trial, table: str, chosen: Filter) -> None:
    """A column of all rows that meet the filter: multiplied, or set; or all of them removed."""
    sheet, known = found.sheet(table), columns(table)
    places = chosen.rows(found, sheet)
    meant = "every row" if not chosen.is_on else words.plural(len(places), "row") + " that meet the filter"
    if not places:
        st.caption("No row meets the filter.")
        return
    what = st.segmented_control(
        f"Do with {meant}",
        ("Multiply a column", "Set a column", "Remove them"),
        default="Multiply a column",
        required=True,
        key="inputs_do",
    )
    is_product = what == "Multiply a column"
    names = [
        name for name in sheet.names if not is_product or (name in known and known[name].kind in ("number", "whole"))
    ]
    with st.form(f"inputs_many_{table}_{what}_{edits.version()}"):
        column, factor, value = "", 1.0, ""
        if what != "Remove them":
            with st.container(horizontal=True, vertical_alignment="bottom"):
                column = st.selectbox(
                    "Column",
                    names,
                    format_func=lambda name: forms.label(known.get(name), name),
                    key=f"inputs_bulk_{table}",
                )
                if is_product:
                    factor = st.number_input("Times", value=1.0, step=0.05, format="%.4g", key="inputs_factor")
                else:
                    value = st.text_input("New value (empty: the default)", key="inputs_value")
        pressed = st.form_submit_button(f"Enter for {words.plural(len(places), 'row')}", type="primary")
    if not pressed:
        return
    if what == "Remove them":
        enter(desk, sheet.without(places))
    if is_product and factor == 1.0:
        st.warning("Times 1 changes nothing.")
        return
    try:
        if is_product:
            wanted = sheet.multiplied(places, column, factor)
            bulk = bulk_changes(sheet, places, column, multiply=factor)
        else:
            wanted = sheet.with_cells({(place, column): value for place in places})
            bulk = bulk_changes(sheet, places, column, value=value.strip())
    except CellError as fault:
        st.error(f"A cell of {clean(column)} {fault.reason}. {fault.remedy}.", icon=":material/error:")
        return
    enter(desk, wanted, bulk)
