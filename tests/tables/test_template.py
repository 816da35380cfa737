"""Templates validate unchanged, say what every column means, and contain nothing that runs."""

from __future__ import annotations

import zipfile

import pytest

from optimizer.checks import all_problems, all_warnings
from optimizer.problems import InvalidInput
from optimizer.tables.columns import columns
from optimizer.tables.read import read
from optimizer.tables.schema import TABLES
from optimizer.tables.template import data_dictionary, example_settings, write_template
from optimizer.tables.write import settings_toml, table_csv


def test_the_template_is_a_valid_scenario_without_warnings(tmp_path):
    paths = write_template(tmp_path)
    reading = read(tmp_path)
    assert all_problems(reading) == ()
    assert all_warnings(reading) == ()
    assert {path.name for path in paths} == {*(f"{table}.csv" for table in TABLES), "scenario.toml", "COLUMNS.md"}
    assert all(len(getattr(reading.tables, table)) == 1 for table in TABLES)
    assert reading.settings.illustrative


def test_the_workbook_means_the_same_as_the_folder(tmp_path):
    write_template(tmp_path / "folder")
    [book] = write_template(tmp_path / "book", workbook=True)
    assert all_problems(read(book)) == ()
    assert read(book).sha256 == read(tmp_path / "folder").sha256 != ""


def test_the_workbook_has_notes_lists_and_no_formulas(tmp_path):
    import openpyxl

    [path] = write_template(tmp_path, workbook=True)
    with zipfile.ZipFile(path) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name)
    book = openpyxl.load_workbook(path)
    for table in TABLES:
        header = {cell.value: cell.comment for cell in book[table][1]}
        assert list(header) == list(columns(table))
        for column in columns(table).values():
            assert column.meaning in header[column.name].text
            assert column.unit in header[column.name].text
    rules = [rule.formula1 for rule in book["programs"].data_validations.dataValidation if rule.type == "list"]
    assert any("joint_development" in rule for rule in rules)


def test_the_same_workbook_twice_is_the_same_bytes(tmp_path):
    [first] = write_template(tmp_path / "a", workbook=True)
    [second] = write_template(tmp_path / "b", workbook=True)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("workbook", [False, True])
def test_nothing_is_overwritten(tmp_path, workbook):
    first = write_template(tmp_path, workbook)[0]
    first.write_text("mine")
    with pytest.raises(InvalidInput, match="there already"):
        write_template(tmp_path, workbook)
    assert first.read_text() == "mine"


def test_a_folder_that_cannot_be_is_invalid_input(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_template(tmp_path / "file" / "below")


def test_the_data_dictionary_names_every_column():
    text = data_dictionary()
    for table in TABLES:
        assert f"## {table}.csv" in text
        for column in columns(table).values():
            assert column.meaning, f"{table}.{column.name} has no meaning"
            assert f"| `{column.name}` |" in text


def test_money_and_year_columns_carry_a_unit():
    for table in TABLES:
        for column in columns(table).values():
            if column.is_money:
                assert column.unit.startswith("million euro"), f"{table}.{column.name}"
            if "share" in column.name and column.kind == "number":
                assert column.unit == "share", f"{table}.{column.name}"


def test_written_tables_and_settings_read_back_the_same(small, tmp_path):
    small.write("previous.csv", "nation,program,units,x_memo\nFRA,lion,100,=danger\n")
    before = read(small.folder)
    copy = tmp_path / "copy"
    copy.mkdir()
    for table in TABLES:
        (copy / f"{table}.csv").write_text(table_csv(table, getattr(before.tables, table)), encoding="utf-8")
    (copy / "scenario.toml").write_text(settings_toml(before.settings), encoding="utf-8")
    after = read(copy)
    assert all_problems(after) == ()
    assert after.sha256 == before.sha256
    assert after.tables.previous[0].notes == {"x_memo": "=danger"}
    assert "'=danger" in (copy / "previous.csv").read_text()


def test_example_settings_are_the_documented_defaults():
    settings = example_settings()
    assert settings.solver == type(settings.solver)()
    assert settings.objective == type(settings.objective)()
