"""Writes a template: every table with its header and one example row, which together can be solved as they are."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.problems import InvalidInput, Problem
from optimizer.tables.cells import CellError, escape, number
from optimizer.tables.columns import KIND_WORDS, Column, columns
from optimizer.tables.raw import SETTINGS_NAME
from optimizer.tables.schema import TABLES
from optimizer.tables.settings import Settings
from optimizer.tables.write import BYTE_ORDER_MARK, csv_text, setting_pairs

COLUMNS_FILE = "COLUMNS.md"
WORKBOOK_FILE = "scenario.xlsx"
EXAMPLE_SOURCE = "invented example; replace it"

# A spreadsheet takes a list of choices of at most this length, and a note of sensible size.
_LONGEST_LIST = 255
_FORMATTED_ROWS = 2_000
# The same template twice is the same file, byte for byte.
_CREATED = datetime.datetime(2026, 1, 1)

_PREAMBLE = """\
Money is in million euro at constant prices of `price_base_year`; a money cell may also name a currency and a price
year, such as `12.5 USD 2019`, when currencies.csv and inflation.csv list them. Shares run from 0 to 1. An empty cell
takes the default; it never means zero. Columns of your own begin with `x_`."""

EXAMPLE_ROWS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "nations": (
        {
            "nation": "FRA",
            "name": "France",
            "blocs": "EU;NATO",
            "gdp_meur": "2900000",
            "defense_spending_meur": "60000",
            "budget_meur": "5000",
            "max_joint_programs": "10",
        },
    ),
    "capabilities": (
        {
            "capability": "air_defense",
            "name": "Ground-based air defense",
            "domain": "land",
            "sector": "missiles",
            "unit": "battery",
            "shortfall_meur_per_unit_year": "400",
            "extra_type_meur": "150",
            "max_types": "3",
            "max_types_per_nation": "2",
        },
    ),
    "programs": (
        {
            "program": "shield_mk2",
            "name": "Shield Mk 2",
            "capability": "air_defense",
            "family": "shield",
            "kind": "joint_development",
            "lead": "FRA",
            "partners": "FRA",
            "suppliers": "FRA:0.6;DEU:0.4",
            "development_meur": "900",
            "partner_exponent": "0.5",
            "development_start": "2026",
            "development_years": "3",
            "unit_cost_meur": "110",
            "reference_units": "10",
            "prior_units": "0",
            "learning_slope": "0.9",
            "premium_share": "0.02",
            "customer_premium_share": "0.05",
            "max_units": "60",
            "annual_capacity_units": "6",
            "first_delivery": "2029",
            "payment_profile": "-1:0.3;0:0.7",
            "support_meur_per_unit_year": "4",
            "joining_meur": "20",
            "operating_type_meur_per_year": "2",
            "grade": "4",
            "standards": "link_16",
            "export_regime": "national_license",
            "element": "shield_radar",
            "status": "planned",
            "growth_low": "0.95",
            "growth_mode": "1.1",
            "growth_high": "1.6",
            "slip_years_mode": "1",
        },
    ),
    "requirements": (
        {
            "nation": "FRA",
            "capability": "air_defense",
            "quantity": "8",
            "need_by": "2033",
            "max_extra_units": "2",
            "baseline_program": "shield_mk2",
        },
    ),
    "budgets": (
        {"nation": "FRA", "year": "2030", "class": "procurement", "budget_meur": "2500", "carry_over_share": "0.1"},
    ),
    "prices": ({"program": "shield_mk2", "from_units": "1", "unit_price_meur": "110"},),
    "offers": (
        {
            "program": "shield_mk2",
            "nation": "FRA",
            "work_limit": "0.9",
            "work_minimum": "0.2",
            "preference_meur_per_unit": "1",
        },
    ),
    "fleets": ({"nation": "FRA", "program": "shield", "capability": "air_defense", "units": "4", "retires": "2032"},),
    "groups": ({"group": "northern_brigade", "nation": "FRA", "capability": "air_defense", "level": "compatible"},),
    "industry": ({"nation": "FRA", "sector": "missiles", "min_work_meur": "0", "max_work_meur": "100000"},),
    "instruments": (
        {
            "instrument": "common_fund",
            "applies_to": "procurement",
            "bloc": "EU",
            "min_nations": "1",
            "min_members": "1",
            "rate": "0.1",
            "cap_per_program_meur": "100",
            "envelope_meur": "300",
            "from_year": "2026",
            "to_year": "2035",
            "checked_on": "2026-01-15",
        },
    ),
    "export": ({"regime": "national_license", "supplier": "DEU", "buyer": "EU", "status": "allowed"},),
    "elements": ({"element": "shield_radar", "development_meur": "200"},),
    "locks": ({"nation": "FRA", "program": "shield_mk2", "action": "require", "units": "2"},),
    "previous": ({"nation": "FRA", "program": "shield_mk2", "units": "6"},),
    "currencies": ({"currency": "USD", "units_per_eur": "1.1"},),
    "inflation": ({"year": "2020", "multiplier_to_base": "1.2"},),
}

EXAMPLE_SETTINGS = """# Settings of the scenario. Whatever is left out takes its default.
name = "Template"
illustrative = true            # the figures are examples; every output says so
first_year = 2026
last_year = 2040
price_base_year = 2025         # money is in constant prices of this year
discount_rate = 0.03           # per year

[pooling]
mode = "joint"                 # joint | national | blocs | as_is
blocs = []                     # with mode = "blocs": [["FRA", "DEU"], ["GBR", "ITA"]]; others stand alone

[objective]                    # weights; 0 leaves a term out
cost = 1.0
shortfall = 1.0
duplication = 1.0
preference = 1.0
change = 0.0                   # above 0: stay close to previous.csv
order = []                     # or one after another, such as ["shortfall", "cost"]

[rules]                        # every rule can be switched: rule = { on = false }
annual_budget = { on = true, soft = false }
price_bands = { bands = 6 }
interoperability = { on = true }

[solver]
name = "highs"
strategy = "auto"              # auto | whole | decomposed
gap = 0.005                    # stop when proved to be within this share of the best plan
time_limit_s = 120
threads = 2
seed = 0
"""


def write_template(folder: str | Path, workbook: bool = False) -> list[Path]:
    """Write the template into a folder and return the paths written.

    Raises
    ------
    InvalidInput
        When the folder cannot be written, or holds a file of the same name: nothing of the user's is overwritten.
    """
    target = Path(folder)
    if workbook:
        contents: dict[str, str | None] = {WORKBOOK_FILE: None}
    else:
        contents = {f"{table}.csv": BYTE_ORDER_MARK + csv_text(table, _example(table)) for table in TABLES}
        contents[f"{SETTINGS_NAME}.toml"] = EXAMPLE_SETTINGS
        contents[COLUMNS_FILE] = data_dictionary()
    try:
        target.mkdir(parents=True, exist_ok=True)
        there = [name for name in contents if (target / name).exists()]
        if there:
            raise InvalidInput(
                Problem(str(target / name), None, None, None, "is there already", "Choose an empty folder")
                for name in there
            )
        for name, content in contents.items():
            if content is None:
                _write_workbook(target / name)
            else:
                (target / name).write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InvalidInput(
            [
                Problem(
                    str(target),
                    None,
                    None,
                    None,
                    f"cannot be written: {error.strerror or error}",
                    "Choose a folder that can be written",
                )
            ]
        ) from error
    return [target / name for name in contents]


def _example(table: str) -> list[dict[str, str]]:
    return [{**row, "source": EXAMPLE_SOURCE, "confidence": "low"} for row in EXAMPLE_ROWS[table]]


def data_dictionary() -> str:
    """Every table and column with kind, unit, bounds, default and meaning, as Markdown."""
    lines = ["# Columns", "", _PREAMBLE, ""]
    for table, spec in TABLES.items():
        purpose = (spec.row.__doc__ or "").partition(":")[2].strip()
        lines += [
            f"## {table}.csv",
            "",
            f"{'Required' if spec.required else 'Optional'}: {purpose}"
            + (f" Key: {', '.join(f'`{name}`' for name in spec.key)}." if spec.key else ""),
            "",
            "| column | kind | unit | bounds | default | meaning |",
            "|---|---|---|---|---|---|",
        ]
        for column in columns(table).values():
            default = "required" if column.required else f"`{column.default}`" if column.default else ""
            lines.append(
                f"| `{column.name}` | {_kind_words(column)} | {column.unit} | {column.bounds} | {default} | "
                f"{column.meaning} |"
            )
        lines.append("")
    return "\n".join(lines)


def _kind_words(column: Column) -> str:
    words = KIND_WORDS[column.kind]
    return f"{words} {', '.join(column.choices)}" if column.choices else words


def _write_workbook(path: Path) -> None:
    """The template's workbook."""
    tables_workbook(path, {table: _example(table) for table in TABLES}, setting_pairs(example_settings()))


def tables_workbook(
    path: Path, rows: Mapping[str, Sequence[Mapping[str, str]]], settings: Sequence[tuple[str, str]]
) -> None:
    """A workbook of tables: one sheet a table, notes on the headers, lists for choices, and no formulas."""
    import xlsxwriter  # type: ignore[import-untyped,unused-ignore]

    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": "Scenario template", "created": _CREATED})
    required = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "border": 1})
    optional = book.add_format({"bold": True, "bg_color": "#D9E2EC", "border": 1})
    for table, spec in TABLES.items():
        sheet = book.add_worksheet(table)
        sheet.set_tab_color("#1F3A5F" if spec.required else "#9FB3C8")
        sheet.freeze_panes(1, max(1, len(spec.key[:1])))
        sheet.set_landscape()
        sheet.repeat_rows(0)
        body = rows.get(table, ())
        known = columns(table)
        for position, column in enumerate(known.values()):
            sheet.write_string(0, position, column.name, required if column.required else optional)
            sheet.write_comment(0, position, _note(column), {"x_scale": 1.6, "author": ""})
            sheet.set_column(position, position, max(12, len(column.name) + 2))
            rule = _validation(column)
            if rule:
                sheet.data_validation(1, position, max(_FORMATTED_ROWS, len(body)), position, rule)
            for line, row in enumerate(body, start=1):
                _write_cell(sheet, line, position, column, row.get(column.name, ""))
        notes = dict.fromkeys(name for row in body for name in row if name not in known)
        for position, name in enumerate(notes, start=len(known)):
            sheet.write_string(0, position, name, optional)
            for line, row in enumerate(body, start=1):
                sheet.write_string(line, position, escape(row.get(name, "")))
    sheet = book.add_worksheet(SETTINGS_NAME)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, 28)
    for position, name in enumerate(("key", "value")):
        sheet.write_string(0, position, name, required)
    for line, (key, text) in enumerate(settings, start=1):
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, text)
    book.close()


def example_settings() -> Settings:
    """The template's settings, checked."""
    return Settings.model_validate(tomllib.loads(EXAMPLE_SETTINGS))


def _note(column: Column) -> str:
    parts = [
        column.meaning,
        f"Kind: {_kind_words(column)}",
        f"Unit: {column.unit}" if column.unit else "",
        f"Bounds: {column.bounds}" if column.bounds else "",
        "Required" if column.required else f"Default: {column.default}" if column.default else "May be empty",
    ]
    return "\n".join(part for part in parts if part)


def _validation(column: Column) -> dict[str, Any] | None:
    """The spreadsheet's own check of a column; money stays free, since a cell may name a currency."""
    words = ("yes", "no") if column.kind == "yes_no" else column.choices
    if words and len(",".join(words)) <= _LONGEST_LIST:
        return {
            "validate": "list",
            "source": list(words),
            "error_title": column.name,
            "error_message": f"Choose one of {', '.join(words)}"[:255],
        }
    if column.kind in ("number", "whole", "year") and not column.is_money and column.most is not None:
        least = column.least if column.least is not None else column.above
        return {
            "validate": "decimal" if column.kind == "number" else "integer",
            "criteria": "between",
            "minimum": least,
            "maximum": column.most,
            "error_title": column.name[:32],
            "error_message": f"{column.bounds} {column.unit}".strip()[:255],
        }
    return None


def _write_cell(sheet: Any, line: int, position: int, column: Column, text: str) -> None:
    if not text:
        return
    if column.kind in ("number", "whole", "year"):
        try:
            value = number(text)
        except CellError:
            # Money may be stated in another currency, and a draft may hold faults.
            sheet.write_string(line, position, text)
        else:
            sheet.write_number(line, position, value)
    else:
        sheet.write_string(line, position, escape(text))
