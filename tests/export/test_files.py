"""Folders come whole or not at all, user's files stay, and no text cell is a formula."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pandas as pd
import pytest

from optimizer.export.files import cell, json_text, read_csv_rows, rows_csv, table_csv, write_folder
from optimizer.problems import InvalidInput

DANGEROUS = ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "'=1+1", "''-1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_dangerous_text_is_defused_in_cells_and_headers_and_reads_back(text: str) -> None:
    written = rows_csv([text], [{text: text}])
    for record in csv.reader(io.StringIO(written, newline="")):
        assert record[0].startswith("'")
    assert read_csv_rows(written) == ([text], [{text: text}])


@pytest.mark.parametrize("text", ["", "plain", "a,b", 'say "x"', "two\nlines", "'quoted'", "1e5x", "é"])
def test_harmless_text_reads_back_as_it_was(text: str) -> None:
    assert read_csv_rows(rows_csv(["name", "other"], [{"name": text, "other": 1}])) == (
        ["name", "other"],
        [{"name": text, "other": "1"}],
    )


@pytest.mark.parametrize("number", [-1.5, 0.1 + 0.2, 1e-17, -3, 12345678.9, 1e300, 2.0**60])
def test_numbers_are_never_escaped_and_round_trip(number: float) -> None:
    assert float(cell(number)) == number


def test_what_is_not_known_is_empty() -> None:
    table = pd.DataFrame({"a": [1.5, None], "b": ["x", None]})
    assert table_csv(table) == "a,b\n1.5,x\n,\n"


def test_json_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError):
        json_text({"x": float("nan")})


@pytest.mark.parametrize("text", ["a,b\n1\n", "a,b\n1,2,3\n", 'a\n"x', ""])
def test_ragged_or_broken_csv_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_csv_rows(text)


def _fill(text: str):  # type: ignore[no-untyped-def]
    def fill(folder: Path) -> None:
        (folder / "result.json").write_text(text)

    return fill


def _fails(folder: Path) -> None:
    (folder / "result.json").write_text("half")
    raise RuntimeError("stopped half way")


def test_a_failed_write_leaves_the_old_result_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, _fill("old"))
    with pytest.raises(RuntimeError):
        write_folder(target, _fails)
    assert (target / "result.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_new_result_replaces_all_of_the_old_one_but_not_the_users_files(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    write_folder(target, _fill("old"))
    (target / "work.csv").write_text("stale")
    write_folder(target, _fill("new"))
    assert sorted(entry.name for entry in target.iterdir()) == ["result.json"]
    (target / "my notes.txt").write_text("mine")
    (target / "work.csv").write_text("stale")
    write_folder(target, _fill("newer"))
    assert sorted(entry.name for entry in target.iterdir()) == ["my notes.txt", "result.json"]
    assert (target / "result.json").read_text() == "newer"


def test_the_working_folder_itself_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(Path("."), _fill("here"))
    assert (Path.cwd() / "result.json").read_text() == "here"
    assert os.listdir() == ["result.json"]


@pytest.mark.parametrize("name", ["scenario.toml", "nations.csv"])
def test_a_folder_of_inputs_is_never_written_to(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(InvalidInput):
        write_folder(tmp_path, _fill("new"))
    assert (tmp_path / name).read_text() == "precious"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InvalidInput, match="is no folder"):
        write_folder(tmp_path / "out", _fill("new"))
    with pytest.raises(InvalidInput):
        write_folder(tmp_path / "out" / "below", _fill("new"))
