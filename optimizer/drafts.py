"""Drafts: the what-if an analyst is working on, kept on disk with its undo, so that no refresh loses it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

from optimizer.export.files import json_text, write_file, write_text
from optimizer.load import load_scenario
from optimizer.problems import InvalidInput, Problem
from optimizer.runs import Workspace
from optimizer.scenario import Scenario
from optimizer.tables.raw import Findings
from optimizer.tables.read import SETTINGS_FILE
from optimizer.tables.whatif import (
    AddRow,
    Change,
    ChangeCell,
    RemoveRow,
    SetValue,
    WhatIf,
    parse_whatif,
    write_whatif,
)

DRAFT_FILE, WHATIF_FILE = "draft.json", "draft.toml"
MOST_STEPS = 100
_KINDS: Mapping[str, type[Change]] = {
    "set": SetValue,
    "change": ChangeCell,
    "add": AddRow,
    "remove": RemoveRow,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True)
class Draft:
    """Changes over a base, with what was there before each step; values, never edited in place."""

    base: str
    """Path of the base: a folder, workbook, bundle or saved what-if."""
    name: str = ""
    note: str = ""
    changes: tuple[Change, ...] = ()
    before: tuple[tuple[Change, ...], ...] = ()
    """Earlier states of `changes`, oldest first, for undo."""
    after: tuple[tuple[Change, ...], ...] = ()
    """States undone, for redo."""

    def with_changes(self, changes: Sequence[Change]) -> Draft:
        """The draft with all its changes replaced, one step for undo."""
        if tuple(changes) == self.changes:
            return self
        return dataclasses.replace(
            self, changes=tuple(changes), before=(*self.before, self.changes)[-MOST_STEPS:], after=()
        )

    def adding(self, *changes: Change) -> Draft:
        """The draft with further changes; a setting given again takes the place of its earlier value."""
        keys = {change.key for change in changes if isinstance(change, SetValue)}
        kept = [change for change in self.changes if not (isinstance(change, SetValue) and change.key in keys)]
        return self.with_changes([*kept, *changes])

    def undone(self) -> Draft:
        """One step back, or the same where there is none."""
        if not self.before:
            return self
        return dataclasses.replace(
            self, changes=self.before[-1], before=self.before[:-1], after=(*self.after, self.changes)
        )

    def redone(self) -> Draft:
        """One step forward again, or the same where there is none."""
        if not self.after:
            return self
        return dataclasses.replace(
            self, changes=self.after[-1], before=(*self.before, self.changes), after=self.after[:-1]
        )


def read_draft(workspace: Workspace, base: str) -> Draft:
    """The analyst's draft; a fresh one over `base` where none was kept."""
    try:
        body = json.loads((workspace.folder / DRAFT_FILE).read_text(encoding="utf-8"))
        return Draft(
            base=str(body["base"]),
            name=str(body["name"]),
            note=str(body["note"]),
            changes=changes_from(body["changes"]),
            before=tuple(map(changes_from, body["before"])),
            after=tuple(map(changes_from, body["after"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Draft(base)


def write_draft(workspace: Workspace, draft: Draft) -> None:
    """Keep the draft, and its what-if beside it.

    Raises
    ------
    InvalidInput
        When the workspace cannot be written.
    """
    body = {
        "base": draft.base,
        "name": draft.name,
        "note": draft.note,
        "changes": _bodies(draft.changes),
        "before": [_bodies(changes) for changes in draft.before],
        "after": [_bodies(changes) for changes in draft.after],
    }
    write_file(workspace.folder / DRAFT_FILE, lambda target: write_text(target, json_text(body)))


def load_draft(workspace: Workspace, draft: Draft) -> Scenario:
    """The base with the draft's changes, checked.

    Raises
    ------
    InvalidInput
        With every fault found.
    """
    if not draft.changes:
        return load_scenario(draft.base)
    path = workspace.folder / WHATIF_FILE
    write_file(path, lambda target: _fill(target, draft))
    return load_scenario(path)


def title(draft: Draft) -> str:
    """The draft's name, or one made for it."""
    return draft.name or f"What-if over {Path(draft.base).stem}"


def save_whatif(workspace: Workspace, draft: Draft) -> Path:
    """Save the draft's changes as a named what-if that can be the base of another; an equal name is replaced.

    Raises
    ------
    InvalidInput
        When it cannot be written, or stands on the what-if that has this name.
    """
    stem = re.sub(r"[^a-z0-9]+", "_", title(draft).lower()).strip("_") or "whatif"
    path = workspace.whatifs / f"{stem}.toml"
    if path.resolve() in bases_of(draft.base):
        reason = "is the name of a what-if that this one stands on"
        raise InvalidInput([Problem(path.name, None, "name", title(draft), reason, "Give it another name")])
    write_file(path, lambda target: _fill(target, draft))
    return path


def bases_of(path: str | Path) -> list[Path]:
    """A what-if's file, and below it every scenario it stands on."""
    found: list[Path] = []
    place = Path(path).resolve()
    while place not in found:
        found.append(place)
        whatif = read_whatif(place)
        if whatif is None:
            break
        place = (place.parent / whatif.base).resolve()
    return found


def read_whatif(path: str | Path) -> WhatIf | None:
    """A saved what-if; None for what is none."""
    place = Path(path)
    if place.suffix != ".toml" or place.name == SETTINGS_FILE:
        return None
    try:
        return parse_whatif(place.read_bytes(), place.name, Findings())
    except OSError:
        return None


def draft_of(path: str | Path) -> Draft:
    """A what-if opened to be edited: its own changes, over its own base.

    Raises
    ------
    InvalidInput
        When it is no what-if.
    """
    whatif = read_whatif(path)
    if whatif is None:
        raise InvalidInput([Problem(Path(path).name, None, None, None, "is no what-if", "Choose a what-if")])
    base = os.path.normpath(Path(path).parent / whatif.base)
    return Draft(base, whatif.name, whatif.note, whatif.changes)


def whatifs_beside(base: str | Path) -> list[Path]:
    """The what-ifs that come with a scenario, in its folder `whatifs`, by name."""
    folder = Path(base) / "whatifs"
    return sorted(folder.glob("[!.]*.toml")) if folder.is_dir() else []


def _fill(target: Path, draft: Draft) -> None:
    write_whatif(target, draft.base, title(draft), draft.note, draft.changes)


def saved_whatifs(workspace: Workspace) -> list[Path]:
    """The analyst's saved what-ifs, by name."""
    return sorted(workspace.whatifs.glob("[!.]*.toml")) if workspace.whatifs.is_dir() else []


def _bodies(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "kind": _NAMES[type(change)],
            **{name: value for name, value in dataclasses.asdict(change).items() if name != "line"},
        }
        for change in changes
    ]


def changes_from(bodies: Any) -> tuple[Change, ...]:
    """Changes from plain values, as drafts and the ways out of an explanation are written."""
    return tuple(
        _KINDS[body["kind"]](**{name: value for name, value in body.items() if name != "kind"}) for body in bodies
    )
