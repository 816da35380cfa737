"""A bundle loads again as the same scenario, and its results pass the audit of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from optimizer import load_scenario, solve
from optimizer.export.bundle import write_bundle
from optimizer.export.check import audit_folder, read_result

from .conftest import Made


def test_a_bundle_is_the_same_scenario_and_result(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    write_bundle(made.scenario, made.folder, path, dict(read_result(made.folder).result))
    again = load_scenario(path)
    assert again.provenance["sha256"] == made.scenario.provenance["sha256"]
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert audit_folder(again, tmp_path / "unpacked" / "results") == []
    provenance = json.loads((tmp_path / "unpacked" / "provenance.json").read_text())
    assert provenance["input_sha256"] == made.scenario.provenance["sha256"] and provenance["status"] == "optimal"
    assert "Illustrative data" in (tmp_path / "unpacked" / "README.txt").read_text()
    assert solve(again).objective_meur == made.solution.objective_meur


def test_the_same_bundle_twice_is_the_same_file(made: Made, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_bundle(made.scenario, made.folder, tmp_path / name, dict(read_result(made.folder).result))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
