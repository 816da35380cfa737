"""Inputs, files: tables as CSV or workbook, down and up again, and empty templates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from optimizer import words
from optimizer.drafts import Draft
from optimizer.tables.schema import TABLES
from optimizer.trial import (
    TakenIn,
    Trial,
    changed_to,
    empty_table_bytes,
    empty_workbook_bytes,
    merged,
    settings_between,
    table_bytes,
    take_in,
    workbook_bytes,
)
from ui import edits
from ui.frame import clean
from ui.state import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPLACE, ADD = "replace the table", "change and add rows, keep the others"


def draw(desk: Desk, found: Trial, table: str) -> None:
    """Downloads and uploads."""
    with st.container(horizontal=True):
        _offer(f"{table}.csv", lambda: table_bytes(found.sheet(table)), f"{table}.csv", "text/csv")
        _offer("All tables as workbook", lambda: workbook_bytes(found), "inputs.xlsx", XLSX)
        _offer(f"Empty {table}.csv", lambda: empty_table_bytes(table), f"{table}-empty.csv", "text/csv")
        _offer("Empty workbook", lambda: empty_workbook_bytes(found), "inputs-empty.xlsx", XLSX)
    st.caption("Downloads hold the tables with everything entered above, applied or not. Money is in million euro.")
    given = st.file_uploader(
        f"Upload {table} as CSV, or a workbook with any of the tables",
        type=("csv", "xlsx"),
        key=f"inputs_upload_{table}_{edits.version()}",
        help="A CSV file is read as the table chosen above; a workbook has a sheet for each table.",
    )
    if given is not None:
        taken = take_in(found, given.getvalue(), given.name, table)
        uploaded(desk, found, taken)


def _offer(label: str, data, name: str, mime: str) -> None:  # type: ignore[no-untyped-def]
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=mime,
        key=f"inputs_get_{label}",
        on_click="ignore",
        icon=":material/download:",
    )


def uploaded(desk: Desk, found: Trial, taken: TakenIn) -> None:
    """What a file holds: its faults, all at once, and what it would change."""
    for warning in taken.warnings:
        st.caption(f":material/info: {clean(str(warning))}.")
    if taken.problems:
        st.error(
            f"{words.plural(len(taken.problems), 'fault')} in the file. Mend the file and upload it again, "
            "or take it in and mend the cells here.",
            icon=":material/error:",
        )
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "File": problem.file,
                        "Row": "" if problem.row is None else str(problem.row),
                        "Column": problem.column or "",
                        "Value": problem.value or "",
                        "What is wrong": problem.reason,
                        "What to do": problem.remedy,
                    }
                    for problem in taken.problems
                ]
            ),
            hide_index=True,
            key="inputs_upload_faults",
        )
    if not taken.tables and not taken.settings:
        return
    how = st.radio("Its rows", (REPLACE, ADD), key="inputs_how", horizontal=True)
    sheets = merged(found, taken, keep_others=how == ADD)
    changes = changed_to(edits.now(desk), edits.base_of(desk), *sheets)
    changes = Draft("", changes=changes).adding(*settings_between(found, taken)).changes
    there = ", ".join(name for name in TABLES if name in taken.tables)
    if changes == edits.now(desk):
        st.success(f"The file says the same as the tables here ({there}).", icon=":material/check:")
    elif st.button(f"Take in {there or 'the settings'}", type="primary", key="inputs_take_in"):
        edits.put(changes, desk)
        st.rerun()
