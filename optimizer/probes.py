"""Probes: a hand edit of a finished plan solved beside the draft, what it loses, and how it is kept or dropped."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.analysis.edit import Result
from optimizer.analysis.edits import FORMS, Edit, check_edits, read_edits, replaced_in_words, replaced_locks, with_edits
from optimizer.drafts import Draft, title
from optimizer.export.files import json_text, write_file, write_text
from optimizer.load import load_scenario
from optimizer.problems import InvalidInput
from optimizer.runs import Run, Workspace, case_sha256, read_run
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.whatif import AddRow, Change, RemoveRow, SetValue, write_whatif

PROBES, PROBE_FILE, WHATIF_FILE = "probes", "probe.json", "probe.toml"
_LOCK_COLUMNS = ("nation", "program", "action", "units", "first_delivery", "last_delivery")


@dataclass(frozen=True)
class Probe:
    """One hand edit at work or done: the run that solves it, the run it is held against, and what was asked."""

    run: Run
    base: str
    """Id of the run whose plan was edited."""
    asked: tuple[tuple[str, str], ...]
    """Option and text of each edit, as the command line takes them."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was asked, read."""
        return read_edits(self.asked)

    def sentence(self, scenario: Scenario | None = None) -> str:
        """What was asked, in words; with the names that a scenario has for its codes."""
        return "; ".join(edit.sentence(scenario) for edit in self.edits)


def text_of(option: str, nation: str | None, program: str, units: int | None = None) -> tuple[str, str]:
    """Option and text of an edit: `("units", "POL:k2pl:120")`."""
    if option not in FORMS:
        raise KeyError(option)
    return option, ":".join(str(part) for part in (nation, program, units) if part is not None)


def start_probe(
    workspace: Workspace, base: Run, scenario: Scenario, draft: Draft, asked: Sequence[tuple[str, str]]
) -> Probe:
    """A probe that waits to be started; neither the draft nor the list of runs knows of it.

    Parameters
    ----------
    scenario
        What the base run solved.

    Raises
    ------
    InvalidInput
        When an edit names what is not there, contradicts another, or asks for what nobody can deliver.
    """
    edits = read_edits(asked)
    check_edits(scenario, edits)
    kept = drafted(workspace, kept_in(draft, edits))
    edited = with_edits(scenario, edits)
    if kept is not None and _is_case_of(base, drafted(workspace, draft)):
        # Solved just as it will stand when it is kept, so that its plan then counts without another solve.
        edited = kept.with_pooling(base.pooling)
    told = {**edited.provenance, "changes": tuple(edit.sentence(scenario) for edit in edits)}
    place = Workspace(workspace.folder, PROBES)
    run = place.create(Scenario(edited.tables, edited.settings, told, edited.national_costs), **base.options)
    run = run.with_(owner=workspace.key)
    body = {"base": base.id, "asked": [list(pair) for pair in asked]}
    write_file(run.folder / PROBE_FILE, lambda target: write_text(target, json_text(body)))
    return Probe(run, base.id, tuple((option, text) for option, text in asked))


def probes(workspace: Workspace) -> list[Probe]:
    """The analyst's probes neither kept nor dropped, newest first."""
    place = workspace.folder / PROBES
    folders = sorted(place.iterdir(), reverse=True) if place.is_dir() else []
    found = (_read(folder) for folder in folders if not folder.name.startswith("."))
    return [probe for probe in found if probe is not None]


def _read(folder: Path) -> Probe | None:
    run = read_run(folder)
    try:
        body = json.loads((folder / PROBE_FILE).read_text(encoding="utf-8"))
        asked = tuple((str(option), str(text)) for option, text in body["asked"])
        return None if run is None else Probe(run, str(body["base"]), asked)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def outcome(probe: Probe, optimum: Solution, edited: Solution) -> Result:
    """What the edit loses against the plan it was made from."""
    edits = probe.edits
    return Result(edits, optimum, edited, replaced_in_words(optimum.scenario, edits))


def keep(workspace: Workspace, probe: Probe, draft: Draft) -> Draft:
    """The draft with the edits as locks; the probe's run joins the others where it solved that very draft."""
    kept = kept_in(draft, probe.edits)
    scenario = drafted(workspace, kept)
    if scenario is not None and probe.run.has_plan and case_sha256(scenario) == probe.run.case_sha256:
        changes = scenario.provenance.get("changes", ())
        lines = tuple(map(str, changes)) if isinstance(changes, (list, tuple)) else ()
        probe.run.with_(changes=lines)
        probe.run.folder.rename(workspace.folder / probe.run.id)
    else:
        drop(probe)
    return kept


def drop(probe: Probe) -> None:
    """Forget a probe."""
    shutil.rmtree(probe.run.folder, ignore_errors=True)


def kept_in(draft: Draft, edits: Iterable[Edit]) -> Draft:
    """The draft with edits as rows of locks.csv, in place of its own of the same targets."""
    chosen = tuple(edits)
    targets = {edit.target for edit in chosen}

    def is_replaced(change: Change) -> bool:
        return (
            isinstance(change, AddRow)
            and change.table == "locks"
            and (change.row.get("nation"), change.row.get("program")) in targets
        )

    kept = [change for change in draft.changes if not is_replaced(change)]
    removed: list[Change] = []
    base = load_scenario(draft.base)
    for lock in replaced_locks(base, chosen):
        gone = RemoveRow("locks", where={"nation": lock.nation or "", "program": lock.program})
        if gone not in kept and gone not in removed:
            removed.append(gone)
    rows = [
        AddRow("locks", {name: value for name in _LOCK_COLUMNS if (value := getattr(edit.lock, name)) is not None})
        for edit in chosen
    ]
    is_off = "locks" in base.settings.rules and not base.rule_is_named_on("locks")
    switched = [change for change in kept if isinstance(change, SetValue) and change.key == "rules.locks.on"]
    if is_off or switched:
        kept = [change for change in kept if change not in switched]
        removed.append(SetValue("rules.locks.on", True))
    return draft.with_changes([*kept, *removed, *rows])


def drafted(workspace: Workspace, draft: Draft) -> Scenario | None:
    """What a draft means, None with faults; written beside the draft's own file, which stays as it is."""
    path = workspace.folder / WHATIF_FILE
    if not draft.changes:
        return load_scenario(draft.base)

    def fill(target: Path) -> None:
        write_whatif(target, draft.base, title(draft), draft.note, draft.changes)

    write_file(path, fill)
    try:
        return load_scenario(path)
    except InvalidInput:
        return None
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _is_case_of(base: Run, scenario: Scenario | None) -> bool:
    return scenario is not None and case_sha256(scenario) == base.case_sha256
