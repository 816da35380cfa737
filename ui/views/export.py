"""Export: workbook, bundle, brief and model of the plan shown, every table; and a bundle opened again."""

from __future__ import annotations

import dataclasses

import streamlit as st

from optimizer import InvalidInput, exchange
from ui import charts, frame, text
from ui.state import Desk, solution_of

TITLE = "Export"
ICON = ":material/download:"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def render(desk: Desk) -> None:
    """Draw the view."""
    if frame.need_plan(desk):
        files(desk)
        tables(desk)
    take_in(desk)


def files(desk: Desk) -> None:
    """Files of the plan, each made when it is asked for."""
    assert desk.run is not None and desk.solution is not None
    run, solution, fellows = desk.run, desk.solution, desk.fellows
    stem, origin = exchange.file_stem(run), text.footer(run)
    national = solution_of(fellows["national"]) if "national" in fellows and run.pooling != "national" else None
    st.markdown("#### Files of this plan")
    st.caption(f"Each says where it comes from: {frame.clean(origin)}.")

    def bundle() -> bytes:
        return exchange.bundle_bytes(run, fellows, {mode: solution_of(fellow) for mode, fellow in fellows.items()})

    offer(
        "Workbook",
        "Summary, proof and every table, formatted, for a spreadsheet.",
        lambda: exchange.workbook_bytes(solution, national),
        f"{stem}.xlsx",
        XLSX,
        "table_chart",
    )
    offer(
        "Brief",
        "One page in plain words; opens in any browser, and prints.",
        lambda: exchange.brief_bytes(solution, national),
        f"{stem}.html",
        "text/html",
        "article",
    )
    offer(
        "Bundle",
        "Inputs and results as CSV, with the plans under other poolings; opens again below, on any machine.",
        bundle,
        f"{stem}.zip",
        "application/zip",
        "folder_zip",
    )
    for form, meaning in (("mps", "for nearly any solver"), ("lp", "for people to read")):
        offer(
            f"Model as {form.upper()}",
            f"The whole model {meaning}, with a map of its names.",
            lambda form=form: exchange.model_bytes(solution.scenario, form, origin),  # type: ignore[misc]
            f"{stem}-{form}.zip",
            "application/zip",
            "function",
        )


def offer(label: str, meaning: str, data, name: str, mime: str, icon: str) -> None:  # type: ignore[no-untyped-def]
    """A file in a line: what it is, and the button that makes it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{label}**  \n:small[{meaning}]", width="stretch")
        st.download_button(
            f"Download {label[:1].lower()}{label[1:]}",
            data=data,
            file_name=name,
            mime=mime,
            key=f"export_{label}",
            on_click="ignore",
            icon=f":material/{icon}:",
            width=230,
        )


def tables(desk: Desk) -> None:
    """Every table of the plan, to look at and to download."""
    assert desk.solution is not None and desk.run is not None
    st.markdown("#### Tables of this plan")
    found = desk.solution.tables()
    name = (
        st.pills("Table", list(found), default="nations", key="export_table", format_func=str.capitalize) or "nations"
    )
    charts.show_table(found[name], key=f"export_{name}", footer=text.footer(desk.run), names=desk.names)


def take_in(desk: Desk) -> None:
    """A bundle opened again: the same inputs, the same plans, the same screen."""
    st.markdown("#### Open a bundle")
    given = st.file_uploader(
        "A bundle that was exported here or by `jointbuy export --bundle`",
        type="zip",
        key="export_bundle",
        help="Its inputs become the base of your desk, and its plans are audited and shown. Your draft is replaced.",
    )
    if given is None:
        return
    if not st.button("Open it", type="primary", key="export_open"):
        st.caption("Opening replaces your present draft; runs stay.")
        return
    try:
        path, run = exchange.take_in(desk.workspace, given.getvalue(), given.name)
    except InvalidInput as error:
        frame.faults(error, "It was not opened:")
        return
    desk.keep(dataclasses.replace(desk.draft, base=str(path), name="", note="", changes=(), before=(), after=()))
    desk.show(run)
    st.rerun()
