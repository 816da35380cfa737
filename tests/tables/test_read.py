"""Reading: the same meaning from every door, cells as written by people, and overrides."""

from __future__ import annotations

import time
import zipfile

import pytest

from optimizer.checks import all_problems, all_warnings
from optimizer.tables.read import read
from optimizer.tables.schema import TABLES
from optimizer.tables.settings_text import setting_keys


def reasons(reading):
    return [str(problem) for problem in all_problems(reading)]


def as_workbook(small, path, sheets=None):
    """The small scenario as a workbook, cells typed as a spreadsheet would."""
    import openpyxl

    from optimizer.tables.write import setting_pairs

    reading = read(small.folder)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table in TABLES:
        sheet = book.create_sheet(table)
        for line in (small.folder / f"{table}.csv").read_text().splitlines():
            sheet.append([typed(cell) for cell in line.split(",")])
    sheet = book.create_sheet("scenario")
    sheet.append(["key", "value"])
    for pair in setting_pairs(reading.settings):
        sheet.append([pair[0], typed(pair[1])])
    for name, rows in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def typed(text):
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def test_the_small_scenario_has_no_faults_and_no_warnings(small):
    reading = read(small.folder)
    assert reasons(reading) == []
    assert all_warnings(reading) == ()
    assert reading.chain == ("small",)
    assert reading.tables.programs[0].program == "lion"
    assert reading.tables.programs[0].line == 2
    assert reading.tables.programs[0].suppliers == (("FRA", 0.5), ("DEU", 0.5))
    assert reading.settings.rules["annual_budget"] == {"on": True}


def test_folder_workbook_and_bundle_have_the_same_hash(small, tmp_path):
    bundle = tmp_path / "b.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in small.folder.iterdir():
            archive.write(path, f"inputs/{path.name}")
        archive.writestr("nations.csv", "nation,units,cost_meur\nFRA,1,2\n")  # a result of the same name
    first = read(small.folder)
    assert len(first.sha256) == 64
    assert reasons(read(bundle)) == []
    assert read(bundle).sha256 == first.sha256
    book = read(as_workbook(small, tmp_path / "b.xlsx"))
    assert reasons(book) == []
    assert book.sha256 == first.sha256


def test_the_hash_is_of_the_meaning(small):
    before = read(small.folder).sha256
    small.replace("scenario.toml", "gap = 0.01", "gap = 0.5")
    assert read(small.folder).sha256 == before, "the solver section does not count"
    small.replace("offers.csv", "lion,FRA,,0.8,0.2,yes", 'lion,FRA," ",0.80,.2,Yes')
    assert read(small.folder).sha256 == before, "spelling does not count"
    lines = (small.folder / "nations.csv").read_text().splitlines()
    small.write("nations.csv", "\n".join([lines[0], *reversed(lines[1:])]))
    assert read(small.folder).sha256 == before, "the order of rows does not count"
    small.replace("offers.csv", "0.80", "0.81")
    assert read(small.folder).sha256 != before


def test_the_code_na_is_a_code(small):
    reading = read(small.folder)
    assert [row.nation for row in reading.tables.nations] == ["FRA", "DEU", "NA"]
    assert reading.tables.requirements[2].nation == "NA"


def test_an_empty_cell_takes_the_default_and_is_not_zero(small):
    reading = read(small.folder)
    assert reading.tables.nations[1].budget_meur is None
    assert reading.tables.requirements[4].priority == 1.0
    assert reading.tables.programs[1].payment_profile == ((0, 1.0),)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_byte_order_mark_do_not_matter(small, newline, mark):
    before = read(small.folder).sha256
    for path in small.folder.glob("*.csv"):
        path.write_bytes(mark + path.read_text().replace("\n", newline).encode())
    reading = read(small.folder)
    assert reasons(reading) == []
    assert reading.sha256 == before


def test_semicolons_and_decimal_commas_are_read_and_reported(small):
    before = read(small.folder).sha256
    small.write(
        "budgets.csv", "nation;year;class;budget_meur;carry_over_share\nFRA;2030;all;900,0;0,5\nFRA;2031;all;900;0,5\n"
    )
    reading = read(small.folder)
    assert reasons(reading) == []
    assert reading.sha256 == before
    assert [(warning.file, "decimal comma" in warning.reason) for warning in reading.warnings] == [
        ("budgets.csv", True)
    ]


def test_decimal_commas_within_lists(small):
    small.write(
        "programs.csv",
        "program;capability;kind;lead;suppliers;unit_cost_meur;first_delivery;development_meur"
        '\nlion;tank;off_the_shelf;DEU;"FRA:0,5;DEU:0,5";12,5;2030;\n',
    )
    program = read(small.folder).tables.programs[0]
    assert program.suppliers == (("FRA", 0.5), ("DEU", 0.5))
    assert program.unit_cost_meur == 12.5


def test_the_separator_line_of_spreadsheets_is_understood(small):
    small.write("previous.csv", "sep=;\nnation;program;units\nFRA;lion;100\n")
    reading = read(small.folder)
    assert reading.problems == ()
    assert reading.tables.previous[0].line == 3


def test_own_columns_and_own_files_are_carried_or_ignored(small):
    small.write("previous.csv", "nation,program,units,x_memo\nFRA,lion,100,'=see file\n")
    small.write("x_scratch.csv", "anything\n1\n")
    small.write("README.md", "not a table")
    (small.folder / "whatifs").mkdir()
    reading = read(small.folder)
    assert reading.problems == ()
    assert reading.tables.previous[0].notes == {"x_memo": "=see file"}


def test_the_escape_against_formulas_is_taken_off(small):
    small.replace("nations.csv", "France", "'=France")
    assert read(small.folder).tables.nations[0].name == "=France"


def test_money_in_another_currency_and_price_year(small):
    # 12.5 USD of 2019 are 12.5 / 1.25 = 10 EUR of 2019, times 1.5 = 15 EUR of the base year.
    small.replace("prices.csv", "panther,1,16", "panther,1,12.5 USD 2019")
    small.replace("prices.csv", "panther,50,14", "panther,50,17.5USD")
    small.replace("elements.csv", "lens,50", "lens,50 EUR")
    reading = read(small.folder)
    assert reasons(reading) == []
    assert [row.unit_price_meur for row in reading.tables.prices] == [15.0, 14.0]
    assert reading.tables.elements[0].development_meur == 50.0


def test_every_fault_of_every_table_at_once_without_follow_up_faults(small):
    small.replace("programs.csv", ",1000,12,", ",1000,twelve,")  # lion is faulty, yet other tables may name it
    small.replace("budgets.csv", "FRA,2030,all", "FRN,2030,all")
    small.replace("locks.csv", "require,5", "require,-5")
    problems = all_problems(read(small.folder))
    assert sorted((problem.file, problem.row, problem.column, problem.value) for problem in problems) == [
        ("budgets.csv", 2, "nation", "FRN"),
        ("locks.csv", 2, "units", "-5"),
        ("programs.csv", 2, "unit_cost_meur", "twelve"),
    ]
    assert all(problem.remedy for problem in problems)


def test_two_faults_in_one_row_are_both_told(small):
    small.replace("budgets.csv", "FRA,2030,all,900,0.5", "fra,2030,every,900,50%")
    problems = read(small.folder).problems
    assert sorted(problem.column for problem in problems) == ["carry_over_share", "class", "nation"]
    assert any("0.5" in problem.remedy for problem in problems if problem.column == "carry_over_share")


def test_an_unreadable_table_does_not_make_its_codes_unknown(small):
    small.write("capabilities.csv", b"PK\x03\x04 something")
    assert [problem.file for problem in all_problems(read(small.folder))] == ["capabilities.csv"]


def test_overrides(small):
    reading = read(
        small.folder,
        {
            "pooling.mode": "national",
            "rules.fair_return.on": "false",
            "solver.gap": "0.001",
            "rules.annual_budget": "false",
            "objective.order": '["shortfall", "cost"]',
            "name": "2026",
        },
    )
    assert reading.problems == ()
    assert reading.settings.pooling.mode == "national"
    assert reading.settings.rules["fair_return"] == {"on": False, "tolerance": 0.1}
    assert reading.settings.rules["annual_budget"] == {"on": False}
    assert reading.settings.solver.gap == 0.001
    assert reading.settings.objective.order == ("shortfall", "cost")
    assert reading.settings.name == "2026"


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("pooling.mod", "national", "pooling.mode"),
        ("solver.gap", "small", "number"),
        ("poling", "x", "pooling"),
        ("pooling.mode.deep", "x", "Known"),
        ("", "x", "section.key"),
        ("discount_rate", "true", "number"),
        ("first_year", "2026.5", "whole"),
        ("pooling", "national", "[pooling]"),
        ("rules.fair_return", "strong", "on"),
        ("solver.threads", "0", "bounds"),
        ("solver.time_limit_s", "inf", "number"),
        ("objective.order", "cost", "list"),
    ],
)
def test_faulty_overrides_are_faults_of_set(small, key, value, remedy):
    problems = read(small.folder, {key: value}).problems
    assert {problem.file for problem in problems} == {"--set"}
    assert any(remedy in problem.remedy for problem in problems)


def test_every_setting_can_be_overridden_with_its_default(small):
    from optimizer.tables.whatif import toml_value

    settings = read(small.folder).settings
    body = settings.model_dump()
    for key in setting_keys():
        section, _, name = key.rpartition(".")
        if section != "rules" and name != "rules":
            value = (body[section] if section else body)[name]
            assert read(small.folder, {key: toml_value(value)}).problems == (), key


def test_scenario_toml_as_path_is_its_folder(small):
    assert read(small.folder / "scenario.toml").sha256 == read(small.folder).sha256


def test_five_thousand_rows_take_well_under_two_seconds(small):
    rows = "".join(f"FRA,tank,{count},2034,1,no,,\n" for count in range(5000))
    small.write(
        "requirements.csv",
        "nation,capability,quantity,need_by,priority,must_meet,contracted_units,baseline_program\n" + rows,
    )
    start = time.perf_counter()
    reading = read(small.folder)
    assert time.perf_counter() - start < 2.0
    assert len(reading.tables.requirements) == 5000


def test_five_thousand_faulty_rows_are_all_told_in_time(small):
    rows = "".join(f"FRA,tonk{count},many,2034\n" for count in range(5000))
    small.write("requirements.csv", "nation,capability,quantity,need_by\n" + rows)
    start = time.perf_counter()
    assert len(all_problems(read(small.folder))) >= 5000
    assert time.perf_counter() - start < 2.0


def test_workbook_notes_empty_sheets_and_dates(small, tmp_path):
    path = as_workbook(small, tmp_path / "b.xlsx", {"x_notes": [["free", "text"]], "Sheet1": []})
    assert read(path).problems == ()


def test_workbook_faults_name_sheet_row_and_column(small, tmp_path):
    import datetime

    import openpyxl

    path = as_workbook(small, tmp_path / "b.xlsx", {"nation": [["a"]]})
    book = openpyxl.load_workbook(path)
    book["requirements"]["D2"] = datetime.datetime(2034, 1, 1)
    book["requirements"]["C3"] = "=60*2"
    book["prices"]["C2"] = "#REF!"
    book.save(path)
    found = {(problem.file, problem.row, problem.column) for problem in read(path).problems}
    assert ("b.xlsx: requirements", 2, "need_by") in found
    assert ("b.xlsx: requirements", 3, "quantity") in found
    assert ("b.xlsx: prices", 2, "unit_price_meur") in found
    assert ("b.xlsx: nation", None, None) in found
