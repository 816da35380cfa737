"""Whatever is changed in a written result, the audit objects; an untouched one it leaves alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Callable

import pytest

from optimizer.export.check import audit_folder, read_result
from optimizer.export.results import write_result
from optimizer.problems import InvalidInput

from .conftest import Made

Spoil = Callable[[Path], object]


def _json(name: str, change: Callable[[Any], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        body = json.loads((folder / name).read_text())
        change(body)
        (folder / name).write_text(json.dumps(body))

    return spoil


def _plan(change: Callable[[Any], object]) -> Spoil:
    return _json("plan.json", change)


def _result(**values: object) -> Spoil:
    return _json("result.json", lambda body: body.update(values))


def _text(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text, f"{old!r} is not in {name}: {text}"
        (folder / name).write_text(text.replace(old, new, 1))

    return spoil


def _lines(name: str, change: Callable[[list[str]], list[str]]) -> Spoil:
    def spoil(folder: Path) -> None:
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join(change(lines)) + "\n")

    return spoil


def _append(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")

    return spoil


SPOILED: dict[str, Spoil] = {
    "units changed in the table": _text("allocations.csv", ",2031,4,", ",2031,5,"),
    "units changed in the plan": _plan(lambda body: body["deliveries"][0].update(units=5)),
    "year moved in the table": _text("allocations.csv", ",2031,4,", ",2033,4,"),
    "year moved in the plan": _plan(lambda body: body["deliveries"][0].update(year=2033)),
    "year outside the horizon": _plan(lambda body: body["deliveries"][0].update(year=2060)),
    "row dropped": _lines("allocations.csv", lambda lines: lines[:-1]),
    "row twice": _lines("allocations.csv", lambda lines: [*lines, lines[-1]]),
    "row of the plan twice": _plan(lambda body: body["deliveries"].append(body["deliveries"][0])),
    "unit price changed": _text("allocations.csv", ",4,10,40", ",4,9.999,40"),
    "payment changed": _lines("payments.csv", lambda lines: [*lines[:-1], lines[-1].replace(",40,", ",41,")]),
    "term changed": _json("result.json", lambda body: body["terms_meur"].update(production=79.0)),
    "term missing": _json("result.json", lambda body: body["terms_meur"].pop("change")),
    "objective changed": _result(objective_meur=179.0, bound_meur=179.0),
    "bound above the objective": _result(bound_meur=200.0),
    "bound lowered, gap left": _result(bound_meur=150.0),
    "gap understated": _result(bound_meur=150.0, gap_meur=0.0, gap=0.0),
    "status better than the gap": _result(bound_meur=150.0, gap_meur=30.0, gap=30.0 / 180.0),
    "gap termination above the gap asked": _result(
        status="feasible", termination="gap", bound_meur=150.0, gap_meur=30.0, gap=30.0 / 180.0
    ),
    "proved without a bound": _result(bound_meur=None, gap=None, gap_meur=None),
    "status unknown": _result(status="excellent"),
    "status of no plan": _result(status="infeasible", termination="infeasible"),
    "partner removed": _text("programs.csv", "AAA;BBB", "AAA"),
    "partner's money removed": _plan(lambda body: body["development"].pop()),
    "work moved in the table": _lines("work.csv", lambda lines: [lines[0], *[line + "1" for line in lines[1:]]]),
    "work moved in the plan": _plan(lambda body: body["work"][0].update(meur=body["work"][0]["meur"] + 60.0)),
    "hash changed": _json("result.json", lambda body: body["provenance"].update(input_sha256="0" * 64)),
    "setting changed": _json("result.json", lambda body: body["settings"].update(discount_rate=0.05)),
    "seed changed": _json("result.json", lambda body: body["provenance"].update(seed=7)),
    "units negative": _plan(lambda body: body["deliveries"][0].update(units=-4)),
    "units fractional": _plan(lambda body: body["deliveries"][0].update(units=3.5)),
    "units no number": _plan(lambda body: body["deliveries"][0].update(units="many")),
    "not a number in JSON": _text("result.json", '"contracts": 1', '"contracts": NaN'),
    "not a number in a table": _text("allocations.csv", ",4,10,40", ",4,nan,40"),
    "infinite money": _plan(lambda body: body["development"][0].update(meur=1e999)),
    "contract that is not there": _plan(lambda body: body["deliveries"][0].update(contract="lion@moon")),
    "nation that is not there": _plan(lambda body: body["deliveries"][0].update(nation="CCC")),
    "national cost changed": _text("nations.csv", ",240,", ",250,"),
    "national plan changed": _plan(lambda body: body["national_plan"]["deliveries"].pop()),
    "national plan dropped": _plan(lambda body: body.update(national_plan=None)),
    "text changed": _text("programs.csv", "joint_development", "off_the_shelf"),
    "cell emptied": _text("capabilities.csv", "180", ""),
    "column renamed": _text("shortfalls.csv", "units", "pieces"),
    "shortfall invented": _lines("shortfalls.csv", lambda lines: [*lines, "AAA,tank,2033,1"]),
    "cell too many": _lines("work.csv", lambda lines: [*lines[:-1], lines[-1] + ",1"]),
    "figure changed": _result(types=2),
    "figure missing": _json("result.json", lambda body: body.pop("contracts")),
    "key added": _result(mood="good"),
    "audit said to disagree": _result(audit={"violations": 1, "objective_difference_meur": 0.0}),
    "plan truncated": lambda folder: (folder / "plan.json").write_text((folder / "plan.json").read_text()[:200]),
    "plan empty": lambda folder: (folder / "plan.json").write_text("{}"),
    "plan a list": lambda folder: (folder / "plan.json").write_text("[]"),
    "plan part missing": _plan(lambda body: body.pop("work")),
    "result truncated": lambda folder: (folder / "result.json").write_text('{"status": "optimal"'),
    "plan missing": lambda folder: (folder / "plan.json").unlink(),
    "result missing": lambda folder: (folder / "result.json").unlink(),
    "table missing": lambda folder: (folder / "payments.csv").unlink(),
    "table binary": lambda folder: (folder / "payments.csv").write_bytes(b"\xff\xfe\x00\x01"),
    "workbook missing": lambda folder: (folder / "portfolio.xlsx").unlink(),
    "workbook changed": _append("portfolio.xlsx"),
    "brief changed": _append("brief.html"),
    "brief missing": lambda folder: (folder / "brief.html").unlink(),
}


def test_an_untouched_result_agrees(made: Made) -> None:
    assert audit_folder(made.scenario, made.folder) == []


@pytest.mark.parametrize("kind", SPOILED)
def test_a_spoiled_result_is_objected_to(made: Made, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "result"
    shutil.copytree(made.folder, folder)
    SPOILED[kind](folder)
    assert audit_folder(made.scenario, folder)


def test_another_input_is_named_by_its_hash(made: Made) -> None:
    other = made.scenario.replace(settings={"discount_rate": 0.1})
    assert any("another input" in objection for objection in audit_folder(other, made.folder))


def test_a_table_saved_by_a_spreadsheet_still_agrees(made: Made, tmp_path: Path) -> None:
    # A byte order mark, other line ends, and whole numbers with a decimal point change nothing that was said.
    folder = tmp_path / "result"
    shutil.copytree(made.folder, folder)
    text = (folder / "allocations.csv").read_text().replace(",4,10,", ",4.0,10.00,").replace("\n", "\r\n")
    (folder / "allocations.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert audit_folder(made.scenario, folder) == []


def test_a_result_without_a_baseline_agrees(made: Made, tmp_path: Path) -> None:
    write_result(made.solution, tmp_path / "bare")
    assert audit_folder(made.scenario, tmp_path / "bare") == []
    assert read_result(tmp_path / "bare").national_plan is None


def test_no_folder_and_no_result_are_bad_input(made: Made, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InvalidInput):
            audit_folder(made.scenario, folder)
