"""The portfolio as a workbook: a cover sheet and one formatted sheet a table, without formulas or links."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optimizer import words
from optimizer.export import cover
from optimizer.export.files import RESULT_TABLES
from optimizer.solution import Solution

# The same plan twice is the same file, byte for byte.
CREATED = datetime.datetime(2026, 1, 1)
_BLUE, _PALE = "#1F3A5F", "#D9E2EC"
# Cells beyond this width are cut on screen, never in the file.
_WIDEST = 48
_LONGEST_TEXT = 32_767
_UNITS = {"_meur": "million euro", "_unit_years": "unit-years", "_share": "%", "_ratio": "ratio"}


def open_book(path: Path) -> Any:
    """A new workbook that takes no text for a formula, a link or a number."""
    import xlsxwriter  # type: ignore[import-untyped,unused-ignore]

    return xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )


def write_workbook(path: Path, solution: Solution, national: Solution | None, sha256: str) -> None:
    """Write the workbook of a solution with a plan; `national` is what it is compared with."""
    book = open_book(path)
    name = solution.scenario.settings.name
    book.set_properties({"title": f"Portfolio: {name}"[:250], "created": CREATED})
    _cover_sheet(book, solution, national, sha256)
    tables = solution.tables()
    footer = page_footer(
        f"{name} - {solution.status} - input {sha256[:12]}"
        + (" - illustrative data" if solution.scenario.settings.illustrative else "")
    )
    for table in RESULT_TABLES:
        table_sheet(book, table, tables[table], footer)
    book.close()


def page_footer(text: str) -> str:
    """A print footer; `&` begins a code there."""
    return f"&L{text.replace('&', '&&')[:180]}&R&P / &N"


def header(column: str, named: Mapping[str, str] = MappingProxyType({})) -> str:
    """A column's name as a heading with its unit: `unit_price_meur` is `unit price [million euro]`.

    Parameters
    ----------
    named
        Words for columns whose names say too little; a unit in brackets takes the place of the name's own.
    """
    if column in named:
        text, _, unit = named[column].rstrip("]").partition(" [")
        own = next((told for ending, told in _UNITS.items() if column.endswith(ending)), "")
        unit = "million euro" if unit == "meur" else unit or own
        return f"{text} [{unit}]" if unit else text
    for ending, unit in _UNITS.items():
        if column.endswith(ending):
            return f"{column.removesuffix(ending).replace('_', ' ')} [{unit}]"
    return f"{column.replace('_', ' ')} [%]" if column == "share" else column.replace("_", " ")


def _is_part(value: object) -> bool:
    """Whether a value is a number of which little or nothing is left as a whole number."""
    return isinstance(value, float) and abs(value) < 10.0 and value == value and value != round(value)


def _number_format(column: str, heading: str = "", has_parts: bool = False) -> str:
    if heading.endswith("[%]") and not column.endswith("_share"):
        return "0.00%"
    if heading.endswith("[million euro]"):
        return "#,##0.00"
    if column.endswith("_share") or column == "share":
        return "0.0%"
    if column == "year":
        return "0"
    if column.endswith("_ratio") or column == "effective_types":
        return "0.00"
    if column.endswith("_meur"):
        return "#,##0.00"
    return "#,##0.##" if column.endswith("unit_years") else "0.0###" if has_parts else "#,##0"


def table_sheet(book: Any, name: str, table: Any, footer: str, named: Mapping[str, str] = MappingProxyType({})) -> None:
    """A sheet with a table: formatted heads with units, frozen, filtered, ready to print."""
    sheet = book.add_worksheet(name)
    head = book.add_format(
        {"bold": True, "bg_color": _BLUE, "font_color": "#FFFFFF", "text_wrap": True, "valign": "top", "border": 1}
    )
    columns = [str(column) for column in table.columns]
    texts = ("nation", "program", "capability", "contract", "kind", "pool", "partners", "customers", "class")
    for position, column in enumerate(columns):
        heading = header(column, named)
        if named:
            heading = f"{heading[:1].upper()}{heading[1:]}"
        sheet.write_string(0, position, heading, head)
        values = table[column].tolist()
        form = None
        if column not in texts:
            form = book.add_format({"num_format": _number_format(column, heading, any(map(_is_part, values)))})
        widest = max((len(str(value)) for value in values if isinstance(value, str)), default=0)
        for line, value in enumerate(values, start=1):
            write(sheet, line, position, value, form)
        sheet.set_column(position, position, min(_WIDEST, max(12, len(heading) * 0.7, widest + 2)))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(table)), max(0, len(columns) - 1))
    _print_setup(sheet, footer)
    sheet.repeat_rows(0)


def write(sheet: Any, line: int, position: int, value: object, form: Any = None) -> None:
    """A value into a cell: text as text whatever it begins with, numbers as numbers, nothing for not known."""
    if isinstance(value, str):
        sheet.write_string(line, position, value[:_LONGEST_TEXT], form)
    elif value is not None and not (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_number(line, position, value, form)


def _print_setup(sheet: Any, footer: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(footer)


def _cover_sheet(book: Any, solution: Solution, national: Solution | None, sha256: str) -> None:
    sheet = book.add_worksheet("summary")
    title = book.add_format({"bold": True, "font_size": 16, "font_color": _BLUE})
    mark = book.add_format({"bold": True, "bg_color": "#FFE8A3", "text_wrap": True})
    part = book.add_format({"bold": True, "bg_color": _PALE})
    label = book.add_format({"valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    amount = book.add_format({"num_format": "#,##0.00"})
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 3, 24)
    settings = solution.scenario.settings
    sheet.write_string(0, 0, settings.name, title)
    line = 1
    if settings.illustrative:
        sheet.merge_range(line, 0, line, 3, words.ILLUSTRATIVE, mark)
        line += 1

    def section(name: str) -> None:
        nonlocal line
        line += 1
        for position in range(4):
            sheet.write_blank(line, position, None, part)
        sheet.write_string(line, 0, name, part)
        line += 1

    def facts(rows: cover.Facts) -> None:
        nonlocal line
        for name, value in rows:
            sheet.write_string(line, 0, name, label)
            sheet.merge_range(line, 1, line, 3, "", text)
            sheet.write_string(line, 1, value, text)
            if len(value) > 70:
                sheet.set_row(line, 15 * (1 + len(value) // 70))
            line += 1

    section("Answer")
    facts([("Nations buy", words.pooling(solution)), *cover.answer(solution)])
    section("How far it is proven")
    facts(cover.proof(solution))
    section("Cost terms, discounted [million euro]")
    alone = national if national is not None and national.plan is not None else None
    for position, heading in enumerate(("term", "this plan", "each on its own", "difference")[: 4 if alone else 2]):
        sheet.write_string(line, position, heading, label)
    line += 1
    for term, name in words.TERMS.items():
        now = solution.terms_meur[term]
        sheet.write_string(line, 0, name, label)
        sheet.write_number(line, 1, now, amount)
        if alone:
            sheet.write_number(line, 2, alone.terms_meur[term], amount)
            sheet.write_number(line, 3, now - alone.terms_meur[term], amount)
        line += 1
    notes = cover.warnings(solution)
    for name, lines in (("Assumptions", cover.assumptions(solution.scenario)), ("Warnings", notes or ["None."])):
        section(name)
        for entry in lines:
            sheet.merge_range(line, 0, line, 3, "", text)
            sheet.write_string(line, 0, entry[:_LONGEST_TEXT], text)
            sheet.set_row(line, 15 * (1 + len(entry) // 105))
            line += 1
    section("Where it comes from")
    facts(cover.origin(solution, sha256))
    _print_setup(sheet, page_footer(f"{settings.name} - input {sha256[:12]}"))
