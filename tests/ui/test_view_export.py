"""Exports carry where they come from, hold the very numbers of the page, and open again to the same screen."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest
from page_maker import open_view, plain, said

from optimizer import InvalidInput, exchange
from optimizer.runs import Workspace
from ui import tables, text


def bundle(place) -> bytes:
    solutions = {mode: run.solution() for mode, run in place.runs.items()}
    return exchange.bundle_bytes(place.runs["joint"], place.runs, solutions)


def test_every_file_is_offered(place) -> None:
    test = open_view("export")
    labels = {button.label for button in test.get("download_button")}
    assert labels >= {
        "Download workbook",
        "Download brief",
        "Download bundle",
        "Download model as MPS",
        "Download table",
    }
    assert plain(text.footer(place.runs["joint"])) in said(test)


def test_workbook_and_page_have_the_numbers_of_the_result(place) -> None:
    run = place.runs["joint"]
    result = json.loads((run.folder / "result" / "result.json").read_text())
    solution, national = run.solution(), place.runs["national"].solution()
    book = openpyxl.load_workbook(io.BytesIO(exchange.workbook_bytes(solution, national)))
    rows = list(book["nations"].iter_rows(values_only=True))
    shown = open_view("export").dataframe[-1].value
    assert [row[0] for row in rows[1:]] == ["AAA", "BBB"] and shown["nation"].tolist() == ["Alpha", "Beta"]
    shown = shown.assign(nation=["AAA", "BBB"])
    for position, column in enumerate(shown.columns):
        for row, value in zip(rows[1:], shown[column].tolist(), strict=True):
            assert row[position] == pytest.approx(value) if isinstance(value, float) else row[position] == value
    assert sum(shown["cost_meur"]) == pytest.approx(result["cost_meur"])
    # Alone AAA pays 140, BBB 240; together 90 each (see test_view_overview).
    assert shown["saving_meur"].tolist() == pytest.approx([50.0, 150.0])
    summary = {row[0]: row[1] for row in book["summary"].iter_rows(values_only=True) if row[0]}
    assert summary["Input (SHA-256)"] == result["provenance"]["input_sha256"]
    assert summary["Solved"] == run.created


def test_a_bundle_opens_to_the_same_screen_on_another_desk(place) -> None:
    other = Workspace(place.workspace.root.parent / "elsewhere", "otherdesk")
    path, run = exchange.take_in(other, bundle(place), "given.zip")
    assert path.exists() and run is not None
    assert run.input_sha256 == place.runs["joint"].input_sha256
    assert set(other.fellows(run)) == {"as_is", "national", "joint"}
    before, after = place.runs["joint"].solution(), run.solution()
    assert after.terms_meur == before.terms_meur and after.gap == before.gap and after.status == before.status
    assert (run.created, run.title, run.warnings) == tuple(
        getattr(place.runs["joint"], name) for name in ("created", "title", "warnings")
    )


def test_a_bundle_whose_result_was_changed_is_refused(place) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle(place))) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "results/result.json":
                body = json.loads(content)
                body["cost_meur"] -= 10.0
                content = json.dumps(body).encode()
            new.writestr(name, content)
    with pytest.raises(InvalidInput) as refused:
        exchange.take_in(place.workspace, changed.getvalue(), "given.zip")
    assert any("cost_meur" in str(problem) for problem in refused.value.problems)
    assert not list((place.workspace.folder / exchange.BUNDLES).glob("*.zip"))


def test_what_is_no_bundle_is_refused_with_a_reason(place) -> None:
    with pytest.raises(InvalidInput) as refused:
        exchange.take_in(place.workspace, b"no zip at all", "given.zip")
    assert "archive" in str(refused.value.problems[0])


def test_the_model_comes_with_its_names_and_origin(place) -> None:
    content = exchange.model_bytes(place.runs["joint"].scenario(), "mps", "Two nations, joint")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "model.mps", "model.mps.names.csv"]
        note = archive.read("README.txt").decode()
        assert "Two nations, joint" in note and place.runs["joint"].input_sha256 in note and "Illustrative" in note


def test_a_table_carries_its_origin_and_no_formulas(place) -> None:
    table = place.runs["joint"].solution().tables()["nations"].assign(note="=1+1")
    content = tables.csv_bytes(table, text.footer(place.runs["joint"])).decode("utf-8-sig")
    assert content.splitlines()[0].endswith(",note,origin")
    assert "illustrative data" in content and ",=1+1" not in content
