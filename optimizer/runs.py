"""Runs: every solve in a folder of its own with inputs, progress and result, written whole and found again later."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Mapping

from optimizer.analysis.compare import with_national
from optimizer.audit import audit
from optimizer.export.check import read_result
from optimizer.export.files import RESULT_FILE, json_text, write_file, write_text
from optimizer.export.results import input_sha256
from optimizer.load import load_scenario
from optimizer.measures.report import figures, result_tables
from optimizer.model.build import weights_of
from optimizer.model.control import Progress
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.read import SETTINGS_FILE
from optimizer.tables.schema import TABLES, Tables
from optimizer.tables.write import settings_toml, table_csv

RECORD_FILE, PROGRESS_FILE, STOP_FILE, ALIVE_FILE, LOG_FILE = "run.json", "progress.jsonl", "stop", "alive", "log.txt"
INPUTS, RESULT, OWN_FILE = "inputs", "result", "own.txt"
# Runs of the unchanged base hold no one's ideas; everyone finds them when they are done.
COMMON = "common"
# A process that has not touched its run for so long is gone.
SILENT_SECONDS = 15.0
# What the runner is given in place of a folder where folders come by standard input.
ONE_AFTER_ANOTHER = "-"
# A crash of the solver is tried once more, with the same input.
MOST_ATTEMPTS = 2
KEY = re.compile(r"[a-z0-9]{6,40}")

Status = Literal["waiting", "running", "done", "stopped", "failed"]
ENDED: tuple[Status, ...] = ("done", "stopped", "failed")
SOLVER_OPTIONS = ("gap", "time_limit", "threads", "solver")


@dataclass(frozen=True)
class Run:
    """The record of one run: what was asked, from which input, and how it went."""

    folder: Path
    title: str
    """Name of the scenario solved."""
    pooling: str
    status: Status
    created: str
    """ISO time, UTC."""
    input_sha256: str
    """Hash of what is solved."""
    case_sha256: str
    """Hash of the same whatever the pooling: runs that share it can be compared as poolings of one scenario."""
    owner: str = ""
    base: str = ""
    changes: tuple[str, ...] = ()
    """What differs from the base, in readable lines."""
    illustrative: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    started: str = ""
    """ISO time, UTC, of the last attempt."""
    seconds: float | None = None
    message: str = ""
    """Why the run failed, in a sentence."""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    """Status, termination, objective, bound and gap of the solution."""
    warnings: tuple[str, ...] = ()
    clash: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    strategy: str = ""

    @property
    def id(self) -> str:
        """Name of the run's folder, unique over all workspaces."""
        return self.folder.name

    @property
    def has_plan(self) -> bool:
        """Whether a plan was found and written."""
        return self.status in ("done", "stopped") and (self.folder / RESULT / RESULT_FILE).is_file()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    def with_(self, **changes: Any) -> Run:
        """The record with some fields replaced, written to its folder."""
        changed = dataclasses.replace(self, **changes)
        _write_record(changed)
        return changed

    def ask_to_stop(self) -> None:
        """Ask the run's process to stop and to keep the best plan it has."""
        (self.folder / STOP_FILE).touch()

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether it was asked to stop."""
        return (self.folder / STOP_FILE).exists()

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since it was started, or that it took."""
        if self.seconds is not None or not self.started:
            return self.seconds or 0.0
        moment = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.started)
        return moment.total_seconds()

    def progress(self) -> list[Progress]:
        """What the solver has told so far, oldest first."""
        try:
            lines = (self.folder / PROGRESS_FILE).read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        messages = []
        for line in lines:
            try:
                messages.append(Progress(**json.loads(line)))
            except (ValueError, TypeError):
                # The last line may still be being written.
                continue
        return messages

    def scenario(self) -> Scenario:
        """What was solved.

        Raises
        ------
        InvalidInput
            When the stored inputs were damaged since.
        """
        return load_scenario(self.folder / INPUTS)

    def solution(self, scenario: Scenario | None = None) -> Solution:
        """The solution, with the figures as written and the tables recomputed from the plan.

        Raises
        ------
        InvalidInput
            When inputs or result cannot be read.
        """
        return read_solution(self, scenario or self.scenario())


def case_sha256(scenario: Scenario) -> str:
    """Hash of a scenario whatever its pooling."""
    return input_sha256(scenario.with_pooling("joint"))


def read_run(folder: str | Path) -> Run | None:
    """The run in a folder, None where there is none; one whose process went silent has failed."""
    place = Path(folder)
    try:
        stat = (place / RECORD_FILE).stat()
        run = _record(str(place), stat.st_ino, stat.st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if run.status == "running" and _silent_seconds(place) > SILENT_SECONDS:
        return dataclasses.replace(
            run, status="failed", message="Its process ended without a result, perhaps because the machine was stopped."
        )
    return run


@functools.lru_cache(maxsize=4096)
def _record(place: str, inode: int, mtime_ns: int) -> Run:
    """The record in a folder, read again only when it was replaced: a page asks for all of them at each redraw."""
    del inode, mtime_ns
    body = json.loads((Path(place) / RECORD_FILE).read_text(encoding="utf-8"))
    for name in ("changes", "warnings", "clash", "findings"):
        body[name] = tuple(body[name])
    return Run(folder=Path(place), **body)


def _silent_seconds(folder: Path) -> float:
    try:
        return time.time() - (folder / ALIVE_FILE).stat().st_mtime
    except OSError:
        return float("inf")


def _write_record(run: Run) -> None:
    body = {name: value for name, value in dataclasses.asdict(run).items() if name != "folder"}
    write_file(run.folder / RECORD_FILE, lambda target: write_text(target, json_text(body)))


def write_inputs(scenario: Scenario, folder: Path) -> None:
    """Write a checked scenario as a folder that loads again as the same scenario."""
    folder.mkdir(parents=True)
    for table in dataclasses.fields(Tables):
        rows = getattr(scenario.tables, table.name)
        # Money is converted already; rates would convert nothing, and other price years are gone.
        if table.name not in ("currencies", "inflation") and (rows or TABLES[table.name].required):
            write_text(folder / f"{table.name}.csv", table_csv(table.name, rows))
    write_text(folder / SETTINGS_FILE, settings_toml(scenario.settings))


def read_solution(run: Run, scenario: Scenario) -> Solution:
    """The solution of a run that has ended; without a plan where none was found.

    Raises
    ------
    InvalidInput
        When the result cannot be read.
    """
    outcome = run.outcome
    scenario = Scenario(
        scenario.tables, scenario.settings, {**scenario.provenance, "solved": run.created}, scenario.national_costs
    )
    known: dict[str, Any] = {
        "status": outcome.get("status", "no_plan"),
        "termination": outcome.get("termination", "time_limit"),
        "clash": run.clash,
        "strategy": run.strategy,
    }
    if not run.has_plan:
        return Solution(scenario=scenario, warnings=run.warnings, findings=run.findings, **known)
    written = read_result(run.folder / RESULT)
    if written.objections or written.plan is None:
        raise InvalidInput(
            [
                Problem(str(run.folder / RESULT), None, None, None, reason, "Solve it again")
                for reason in written.objections or ("holds no plan",)
            ]
        )
    if written.national_costs is not None:
        scenario = scenario.replace(national_costs=written.national_costs)
    result, plan = written.result, written.plan
    # Audited anew each time: what is shown follows from the inputs, whatever was done to the files meanwhile.
    report = audit(scenario, plan)
    order = scenario.settings.objective.order
    goals: dict[str, float] = {order[-1]: 1.0} if order else dict(weights_of(scenario))
    return Solution(
        scenario=scenario,
        plan=plan,
        objective_meur=result["objective_meur"],
        bound_meur=result["bound_meur"],
        terms_meur=result["terms_meur"],
        relaxation_meur=report.relaxation_meur,
        findings=tuple(report.findings()),
        warnings=run.warnings or tuple(f"soft rule broken: {violation}" for violation in report.relaxed),
        objective_difference_meur=abs(report.objective(goals) - result["objective_meur"]),
        figures=figures(scenario, plan),
        versions=result["provenance"]["versions"],
        seconds=result["provenance"]["seconds"],
        national_costs=scenario.national_costs,
        _tables=result_tables(scenario, plan),
        **known,
    )


@dataclass(frozen=True)
class Workspace:
    """The runs and what-ifs of one analyst, below a root folder that all share."""

    root: Path
    key: str

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} is no workspace key")

    @property
    def folder(self) -> Path:
        """Folder of this analyst's own files."""
        return self.root / self.key

    @property
    def whatifs(self) -> Path:
        """Folder of the saved what-ifs."""
        return self.folder / "whatifs"

    def runs(self) -> list[Run]:
        """The analyst's own runs and what everyone may see, newest first."""
        found = [run for place in (self.folder, self.root / COMMON) for run in _runs_in(place)]
        return sorted(filter(self.may_see, found), key=lambda run: (run.created, run.id), reverse=True)

    def may_see(self, run: Run) -> bool:
        """Whether a run is the analyst's own, or a finished plan of the unchanged base."""
        return run.owner == self.key or (run.folder.parent.name == COMMON and run.has_plan)

    def run(self, id: str) -> Run | None:
        """A run by its id; None where there is none, or it is another analyst's."""
        if not re.fullmatch(r"[a-z0-9_-]+", id):
            return None
        for place in (self.folder, self.root / COMMON):
            run = read_run(place / id)
            if run is not None:
                return run if self.may_see(run) else None
        return None

    def create(self, scenario: Scenario, **options: Any) -> Run:
        """A new run of a scenario, inputs and record written whole or not at all; it waits to be started.

        Parameters
        ----------
        options
            Of gap, time_limit, threads, solver, as `optimizer.solve` takes them.
        """
        unknown = set(options) - set(SOLVER_OPTIONS)
        if unknown:
            raise TypeError(f"unknown options: {', '.join(sorted(unknown))}")
        chain, changes = scenario.provenance.get("chain", ()), scenario.provenance.get("changes", ())
        lines = tuple(map(str, changes)) if isinstance(changes, (list, tuple)) else ()
        mode = scenario.settings.pooling.mode
        run = Run(
            folder=(self.folder if lines else self.root / COMMON) / new_id(mode),
            title=scenario.settings.name,
            pooling=mode,
            status="waiting",
            created=now(),
            input_sha256=input_sha256(scenario),
            case_sha256=case_sha256(scenario),
            owner=self.key,
            base=str(chain[0]) if isinstance(chain, (list, tuple)) and chain else "",
            changes=lines,
            illustrative=scenario.settings.illustrative,
            options={name: value for name, value in options.items() if value is not None},
        )
        _make(run, lambda new: write_inputs(scenario, new / INPUTS))
        return run

    def adopt(
        self, scenario: Scenario, folder: str | Path, *, record: Mapping[str, Any] | None = None, common: bool = False
    ) -> Run | None:
        """Take over a result folder that was solved from this very scenario; None where it is of another input.

        Parameters
        ----------
        record
            What `run.json` said of it, where it comes from a run.
        common
            Whether everyone may see it.
        """
        try:
            written = read_result(folder)
        except InvalidInput:
            return None
        result = written.result
        pooling = ((result.get("settings") or {}).get("pooling") or {}).get("mode")
        if written.objections or written.plan is None or pooling is None:
            return None
        solved = scenario.with_pooling(pooling)
        sha256 = input_sha256(solved)
        if result["provenance"]["input_sha256"] != sha256:
            return None
        for run in self.runs():
            if run.input_sha256 == sha256 and run.has_plan and run.outcome.get("gap") == result["gap"]:
                return run
        modified = datetime.datetime.fromtimestamp((Path(folder) / RESULT_FILE).stat().st_mtime, datetime.UTC)
        known = record or {}
        run = Run(
            folder=(self.root / COMMON if common else self.folder) / new_id(pooling),
            title=solved.settings.name,
            pooling=pooling,
            status="stopped" if result["termination"] == "interrupted" else "done",
            created=str(known.get("created") or modified.isoformat(timespec="milliseconds")),
            input_sha256=sha256,
            case_sha256=case_sha256(solved),
            owner="" if common else self.key,
            base=str(known.get("base", "")),
            changes=_texts(known.get("changes")),
            illustrative=solved.settings.illustrative,
            seconds=known.get("seconds") or result["provenance"]["seconds"].get("solve"),
            outcome={name: result[name] for name in ("status", "termination", "objective_meur", "bound_meur", "gap")},
            warnings=_texts(known.get("warnings")),
            strategy=str(known.get("strategy", "")),
        )

        def fill(new: Path) -> None:
            write_inputs(solved, new / INPUTS)
            shutil.copytree(folder, new / RESULT)

        _make(run, fill)
        return run

    def delete(self, run: Run) -> None:
        """Remove a run that has ended."""
        if run.owner == self.key and run.has_ended:
            shutil.rmtree(run.folder, ignore_errors=True)

    def fellows(self, run: Run) -> dict[str, Run]:
        """The newest run with a plan for each pooling of the same scenario, the run itself included."""
        found = {run.pooling: run} if run.has_plan else {}
        for other in self.runs():
            if other.case_sha256 == run.case_sha256 and other.has_plan:
                found.setdefault(other.pooling, other)
        return found


def with_baseline(solution: Solution, national: Solution | None) -> Solution:
    """The solution with the national columns of its nations table filled, where a national plan is known."""
    return solution if national is None else with_national(solution, national)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def own_key(root: Path) -> str:
    """The key of whoever starts the page here: the same at every start."""
    path = root / OWN_FILE
    try:
        key = path.read_text(encoding="utf-8").strip()
    except OSError:
        key = ""
    if not KEY.fullmatch(key):
        key = new_key()
        write_file(path, lambda target: write_text(target, key + "\n"))
    return key


def new_key() -> str:
    """A key for a new workspace, too long to be guessed."""
    return secrets.token_hex(8)


def new_id(pooling: str) -> str:
    """A run's id: sorts by time, never twice the same."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{pooling}-{secrets.token_hex(3)}"


def now() -> str:
    """The present moment as ISO text, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _runs_in(place: Path) -> list[Run]:
    try:
        names = [entry.name for entry in os.scandir(place) if not entry.name.startswith(".")]
    except OSError:
        return []
    return [run for name in names if (run := read_run(place / name)) is not None]


def _make(run: Run, fill: Any) -> None:
    """The folder of a run: filled beside its place, then renamed into it."""
    new = run.folder.parent / f".{run.id}.new"
    try:
        new.mkdir(parents=True)
        fill(new)
        _write_record(dataclasses.replace(run, folder=new))
        new.rename(run.folder)
    except OSError as error:
        raise InvalidInput(
            [
                Problem(
                    str(run.folder),
                    None,
                    None,
                    None,
                    f"cannot be written: {error.strerror or error}",
                    "Choose another folder for runs",
                )
            ]
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
