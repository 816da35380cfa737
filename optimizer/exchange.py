"""Exchange: runs as files to give away - workbook, brief, bundle, model - and a bundle taken in again."""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Mapping

from optimizer import words
from optimizer.export.bundle import write_bundle
from optimizer.export.check import audit_folder
from optimizer.export.files import BRIEF_FILE, RESULT_FILES, WORKBOOK_FILE, write_file
from optimizer.export.model_file import name_map_path, write_model_file
from optimizer.export.results import input_sha256, write_result
from optimizer.load import load_scenario
from optimizer.problems import InvalidInput, Problem
from optimizer.runs import RECORD_FILE, RESULT, Run, Workspace
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.zips import member, zip_fault

BUNDLES, RUNS = "bundles", "runs"
_CREATED = (2026, 1, 1, 0, 0, 0)


def file_stem(run: Run) -> str:
    """A name for files of a run: scenario, pooling, beginning of the input's hash."""
    title = re.sub(r"[^a-z0-9]+", "-", run.title.lower()).strip("-")[:48] or "scenario"
    return f"{title}-{run.pooling.replace('_', '-')}-{run.input_sha256[:8]}"


def workbook_bytes(solution: Solution, national: Solution | None) -> bytes:
    """The workbook of a solution, its national columns filled where a national plan is known."""
    return _result_file(solution, national, WORKBOOK_FILE)


def brief_bytes(solution: Solution, national: Solution | None) -> bytes:
    """The brief of a solution."""
    return _result_file(solution, national, BRIEF_FILE)


def _result_file(solution: Solution, national: Solution | None, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_result(solution, Path(folder) / RESULT, national=national)
        return (Path(folder) / RESULT / name).read_bytes()


def bundle_bytes(run: Run, fellows: Mapping[str, Run], solutions: Mapping[str, Solution]) -> bytes:
    """Inputs, result and provenance of a run, and the runs of the same scenario under other poolings.

    Parameters
    ----------
    fellows
        Runs of the same scenario by pooling, the run itself included.
    solutions
        Their solutions, by pooling.
    """
    more = {RECORD_FILE: (run.folder / RECORD_FILE).read_bytes()}
    for mode, fellow in fellows.items():
        if fellow.id != run.id:
            more[f"{RUNS}/{mode}/{RECORD_FILE}"] = (fellow.folder / RECORD_FILE).read_bytes()
            for name in RESULT_FILES:
                more[f"{RUNS}/{mode}/{RESULT}/{name}"] = (fellow.folder / RESULT / name).read_bytes()
    solution = solutions[run.pooling]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_result(solution, place / RESULT, national=solutions.get("national"))
        result = json.loads((place / RESULT / "result.json").read_text(encoding="utf-8"))
        write_bundle(solution.scenario, place / RESULT, place / "bundle.zip", result, more)
        return (place / "bundle.zip").read_bytes()


def model_bytes(scenario: Scenario, form: Literal["mps", "lp"], origin: str) -> bytes:
    """The model as MPS or LP with its name map and a note on its origin, in one zip."""
    mark = f"\n{words.ILLUSTRATIVE}\n" if scenario.settings.illustrative else ""
    note = f"{origin}\nInput (SHA-256): {input_sha256(scenario)}\n{mark}\nMoney is in million euro.\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{form}"
        write_model_file(scenario, path, form)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (
                ("README.txt", note.encode()),
                (path.name, path.read_bytes()),
                (name_map_path(path).name, name_map_path(path).read_bytes()),
            ):
                info = zipfile.ZipInfo(name, _CREATED)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
        return stream.getvalue()


def take_in(workspace: Workspace, content: bytes, name: str) -> tuple[Path, Run | None]:
    """Keep a bundle in the workspace and take over its runs, each audited; the path to load, and the run it was of.

    Raises
    ------
    InvalidInput
        When it is no bundle, its inputs have faults, or its results do not follow from its inputs.
    """
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).stem)[:60] or "bundle"
    path = workspace.folder / BUNDLES / f"{stem}-{sha256(content).hexdigest()[:8]}.zip"
    write_file(path, lambda target: _write_bytes(target, content))
    try:
        fault = zip_fault(path)
        if fault is not None:
            raise InvalidInput([Problem(name, None, None, None, *fault)])
        scenario = load_scenario(path)
        return path, _take_runs(workspace, scenario, path, name)
    except InvalidInput:
        path.unlink(missing_ok=True)
        raise


def _write_bytes(target: Path, content: bytes) -> None:
    target.write_bytes(content)


def _take_runs(workspace: Workspace, scenario: Scenario, path: Path, name: str) -> Run | None:
    main: Run | None = None
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        modes = sorted({part.split("/")[1] for part in names if re.fullmatch(rf"{RUNS}/[a-z_]+/{RECORD_FILE}", part)})
        places = [
            *((f"{RUNS}/{mode}/{RECORD_FILE}", f"{RUNS}/{mode}/{RESULT}") for mode in modes),
            (RECORD_FILE, "results"),
        ]
        for record, results in places:
            if f"{results}/result.json" not in names:
                continue
            folder = Path(tempfile.mkdtemp())
            try:
                for file in RESULT_FILES:
                    if f"{results}/{file}" in names:
                        (folder / file).write_bytes(_content(archive, f"{results}/{file}", name))
                main = _take_run(workspace, scenario, folder, _record(archive, record, names, name), name)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return main


def _take_run(
    workspace: Workspace, scenario: Scenario, folder: Path, record: Mapping[str, Any] | None, name: str
) -> Run | None:
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    pooling = ((result.get("settings") or {}).get("pooling") or {}).get("mode", "joint")
    objections = audit_folder(scenario.with_pooling(pooling), folder)
    if objections:
        raise InvalidInput(
            [
                Problem(name, None, None, None, f"does not follow from its inputs: {objection}", "Solve it again")
                for objection in objections
            ]
        )
    return workspace.adopt(scenario, folder, record=record)


def _record(archive: zipfile.ZipFile, path: str, names: set[str], name: str) -> Mapping[str, Any] | None:
    if path not in names:
        return None
    try:
        body = json.loads(_content(archive, path, name))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _content(archive: zipfile.ZipFile, path: str, name: str) -> bytes:
    try:
        return member(archive, path)
    except ValueError as error:
        raise InvalidInput([Problem(name, None, None, None, f"is damaged: {error}", "Export it again")]) from error
