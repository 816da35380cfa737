"""A result as the approved plan: written once, read as any table, and no change from itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_case import write_small

from optimizer import InvalidInput, load_scenario
from optimizer.cli import main
from optimizer.export.approved import write_approved
from optimizer.export.check import read_result


@pytest.fixture
def solved(tmp_path: Path) -> tuple[Path, Path]:
    scenario, out = write_small(tmp_path / "small"), tmp_path / "out"
    assert main(["solve", str(scenario), "--out", str(out), "--quiet", "--no-baseline"]) == 0
    return scenario, out


def test_a_result_is_approved_and_then_nothing_changes(
    solved: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, out = solved
    assert main(["export", str(scenario), str(out), "--previous", str(scenario / "previous.csv")]) == 0
    lines = (scenario / "previous.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "nation,program,units,source"
    # Both take four lions; see small_case.
    assert [line.split(",")[:3] for line in lines[1:]] == [["AAA", "lion", "4"], ["BBB", "lion", "4"]]
    assert lines[1].split(",", 3)[3].strip('"').startswith("plan of Two nations, input ")
    assert load_scenario(scenario).previous_units == {("AAA", "lion"): 4, ("BBB", "lion"): 4}
    capsys.readouterr()
    # The plan it came from changes nothing, so it stands under the strictest limit.
    assert main(["solve", str(scenario), "--set", "rules.change_limit.most=0", "--no-baseline"]) == 0
    assert "180 meur" in capsys.readouterr().out


def test_an_approved_plan_is_not_overwritten(solved: tuple[Path, Path]) -> None:
    _, out = solved
    target = out.parent / "previous.csv"
    target.write_text("mine\n")
    with pytest.raises(InvalidInput, match="is there already"):
        write_approved(read_result(out), target, "x")
    assert target.read_text() == "mine\n"


def test_without_a_plan_there_is_nothing_to_approve(solved: tuple[Path, Path]) -> None:
    _, out = solved
    (out / "plan.json").unlink()
    with pytest.raises(InvalidInput, match="has no plan"):
        write_approved(read_result(out), out.parent / "p.csv", "x")
    assert not (out.parent / "p.csv").exists()
