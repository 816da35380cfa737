"""Analysis folders: the answer as JSON, CSV tables and a workbook with its pictures, the plans in sub-folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Result
from optimizer.analysis.headings import with_units, worded
from optimizer.analysis.naming import Names
from optimizer.export.files import PLANS_FOLDER, json_text, table_csv, write_folder, write_text
from optimizer.export.results import input_sha256, write_result
from optimizer.export.workbook import CREATED, header, open_book, page_footer, table_sheet, write
from optimizer.scenario import Scenario
from optimizer.solve import all_versions
from optimizer.tables.write import setting_pairs

_WIDE = 24
_COLOR = "#1F4E79"


def write_analysis(
    analysis: Analysis,
    scenario: Scenario,
    result: Result,
    folder: str | Path,
    options: Mapping[str, str] | None = None,
) -> None:
    """Write the result of an analysis, whole or not at all.

    Parameters
    ----------
    options
        Settings given beside the scenario, by dotted key, as text.

    Raises
    ------
    InvalidInput
        When the folder must not or cannot be written.
    """

    def fill(target: Path) -> None:
        tables = result.tables()
        for name, file in analysis.files.items():
            if name in tables:
                write_text(target / file, table_csv(tables[name]))
        write_analysis_workbook(target / analysis.workbook, analysis, scenario, result)
        for name, solution in result.solutions().items():
            if solution.plan is not None:
                given = {**(options or {}), **setting_differences(scenario, solution.scenario)}
                write_result(solution, target / PLANS_FOLDER / name, options=given)
        write_text(target / analysis.document, json_text(document(analysis, scenario, result, options or {})))

    write_folder(Path(folder), fill)


def setting_differences(base: Scenario, variant: Scenario) -> dict[str, str]:
    """Settings of a variant that are not the base's, by dotted key, as text; the solver's own left out.

    With them the audit of a plan's folder reads the variant from the base.
    """
    before = dict(setting_pairs(base.settings))
    return {
        key: text
        for key, text in setting_pairs(variant.settings)
        if before.get(key) != text and not key.startswith("solver.")
    }


def document(analysis: Analysis, scenario: Scenario, result: Result, options: Mapping[str, str]) -> dict[str, object]:
    """The JSON file of an analysis: the answer, and what it was asked of."""
    return {
        "analysis": analysis.name,
        "headline": result.headline().splitlines(),
        **result.as_dict(),
        "scenario": scenario.settings.name,
        "illustrative": scenario.settings.illustrative,
        "options": dict(options),
        "provenance": {"input_sha256": input_sha256(scenario), "versions": all_versions()},
    }


def write_analysis_workbook(path: Path, analysis: Analysis, scenario: Scenario, result: Result) -> None:
    """The answer in words, then a sheet for each table with its picture beside it."""
    name, sha256 = scenario.settings.name, input_sha256(scenario)
    book = open_book(path)
    book.set_properties({"title": f"{analysis.name}: {name}"[:250], "created": CREATED})
    sheet = book.add_worksheet("summary")
    title = book.add_format({"bold": True, "font_size": 16})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 110)
    lines = [
        *([words.ILLUSTRATIVE] if scenario.settings.illustrative else []),
        analysis.sentence,
        *result.headline().splitlines(),
        "",
        *(f"Sheet {name}: {analysis.title_of(name)}." for name in result.tables()),
        "",
        f"Input (SHA-256): {sha256}",
        "Versions: " + ", ".join(f"{key} {value}" for key, value in all_versions().items()),
    ]
    sheet.write_string(0, 0, f"{analysis.name}: {name}", title)
    for number, line in enumerate(lines, start=2):
        sheet.write_string(number, 0, line, text)
    mark = " - illustrative data" if scenario.settings.illustrative else ""
    footer = page_footer(f"{name} - {analysis.name} - input {sha256[:12]}{mark}")
    # For people, unlike the CSV files: names, their codes beside them for looking up.
    names = Names(scenario)
    tables = {table: names.told(worded(rows), beside=True) for table, rows in result.tables().items()}
    for table in tables:
        table_sheet(book, table, with_units(tables[table]), footer, analysis.headings_of(table))
    for number, picture in enumerate(result.pictures()):
        if len(tables[picture.table]):
            _draw(book, picture, tables[picture.table], number, analysis.headings_of(picture.table))
    book.close()


def _draw(book: Any, picture: Picture, table: Any, number: int, named: Mapping[str, str]) -> None:
    """The picture as a chart on the sheet of its table, or as shades on a sheet of its own for a matrix."""
    if picture.kind == "matrix":
        _matrix(book, picture, table, number)
        return
    sheet = book.get_worksheet_by_name(picture.table)
    kinds = {"bars": ("bar", None), "ranges": ("bar", "stacked"), "lines": ("scatter", "straight_with_markers")}
    kind, subtype = kinds.get(picture.kind, ("scatter", None))
    chart = book.add_chart({"type": kind, **({"subtype": subtype} if subtype else {})})
    columns = [str(column) for column in table.columns]
    place = {name: columns.index(name) for name in (picture.x, picture.y, picture.y_to, picture.by) if name}
    if picture.kind == "ranges":
        _ranges(book, chart, picture, table, number)
    else:
        for label, first, last in _series(picture, table):
            chart.add_series(
                {
                    "name": label or header(picture.y, named),
                    "categories": [picture.table, first, place[picture.x], last, place[picture.x]],
                    "values": [picture.table, first, place[picture.y], last, place[picture.y]],
                }
            )
    chart.set_title({"name": picture.title[:250], "name_font": {"size": 11}})
    flat = picture.kind in ("bars", "ranges")
    along = header(picture.y if flat else picture.x, named) if picture.axis is None else picture.axis
    # Beside bars the names come first; those of bars below zero would else stand upon them.
    chart.set_x_axis({"name": along.replace(", meur", " [million euro]")})
    chart.set_y_axis({"name": "" if flat else header(picture.y, named), "reverse": flat, "label_position": "low"})
    if picture.by is None:
        chart.set_legend({"none": True})
    chart.set_size({"width": 720, "height": 420})
    sheet.insert_chart(1, len(columns) + 1, chart)


def _series(picture: Picture, table: Any) -> list[tuple[str, int, int]]:
    """Runs of rows that belong to one series: its name, first and last row of the sheet."""
    if picture.by is None:
        return [("", 1, len(table))]
    runs: list[tuple[str, int, int]] = []
    for line, name in enumerate(table[picture.by].astype(str), start=1):
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1], line)
        else:
            runs.append((name, line, line))
    return runs


def _ranges(book: Any, chart: Any, picture: Picture, table: Any, number: int) -> None:
    """Stacked bars from low to high: a part up to the range that is not seen, its part below zero, its part above."""
    name = f"range {number + 1}"
    sheet = book.add_worksheet(name)
    sheet.hide()
    for line, row in enumerate(table[[picture.x, picture.y, picture.y_to]].itertuples(index=False, name=None)):
        known = all(isinstance(value, (int, float)) and value == value for value in row[1:])
        low, high = sorted(row[1:]) if known else (0.0, 0.0)
        write(sheet, line, 0, str(row[0]))
        write(sheet, line, 1, max(low, 0.0) + min(high, 0.0))
        write(sheet, line, 2, min(low, 0.0) - min(high, 0.0))
        write(sheet, line, 3, max(high, 0.0) - max(low, 0.0))
    last = len(table) - 1
    fills: tuple[dict[str, object], ...] = ({"none": True}, {"color": _COLOR}, {"color": _COLOR})
    for column, fill in enumerate(fills, start=1):
        places = {"categories": [name, 0, 0, last, 0], "values": [name, 0, column, last, column]}
        chart.add_series({**places, "fill": fill, "gap": 60, "overlap": 100})


def _matrix(book: Any, picture: Picture, table: Any, number: int) -> None:
    sheet = book.add_worksheet(f"matrix {number + 1}")
    sheet.write_string(0, 0, picture.title)
    across = list(dict.fromkeys(table[picture.x].astype(str)))
    down = list(dict.fromkeys(table[picture.y].astype(str)))
    for position, name in enumerate(across, start=1):
        write(sheet, 2, position, name)
    for line, name in enumerate(down, start=3):
        write(sheet, line, 0, name)
    for a, b, value in table[[picture.x, picture.y, picture.value]].itertuples(index=False, name=None):
        write(sheet, 3 + down.index(str(b)), 1 + across.index(str(a)), value)
    sheet.set_column(0, 0, _WIDE)
    sheet.conditional_format(3, 1, 2 + len(down), len(across), {"type": "3_color_scale"})
