"""Edits: what an analyst forces in or out, fixes or moves, read from text into locks that can be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Iterable

from pydantic import ValidationError

from optimizer import words
from optimizer.analysis.names import name_of, nation_name
from optimizer.checks import check_references
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.servable import check_servable
from optimizer.tables.schema import Lock

FORMS = {
    "require": "PROGRAM, NATION:PROGRAM or NATION:PROGRAM:UNITS, such as POL:k2pl or POL:k2pl:100",
    "forbid": "PROGRAM or NATION:PROGRAM, such as DEU:leopard2a8",
    "units": "NATION:PROGRAM:UNITS or PROGRAM:UNITS, such as POL:k2pl:120",
    "move": "NATION:PROGRAM:YEAR or PROGRAM:YEAR, such as POL:k2pl:2033, or for the year 2033-2035, 2033- or -2035",
}
_ROW = re.compile(r"row (-?\d+)")
_YEARS = re.compile(r"(\d{4})?(-)?(\d{4})?")


@dataclass(frozen=True)
class Edit:
    """One choice of the analyst: the option it came by, its text, and the lock it becomes."""

    option: str
    text: str
    lock: Lock

    @property
    def target(self) -> tuple[str | None, str]:
        """Nation, if any, and program."""
        return self.lock.nation, self.lock.program

    def sentence(self, scenario: Scenario | None = None) -> str:
        """The choice in words, without a full stop; with the names that a scenario has for its codes."""
        nation, program, units = self.lock.nation, self.lock.program, self.lock.units
        if scenario is not None:
            nation, program = nation and nation_name(scenario, nation), name_of(scenario, program)
        if self.lock.action == "forbid":
            return f"{nation} may not buy {program}" if nation else f"nobody may buy {program}"
        if self.lock.action == "fix":
            who = nation or "all nations together"
            text = f"{who} {'buys' if nation else 'buy'} exactly {words.count(units or 0)} {program}"
        elif units:
            who = nation or "all nations together"
            text = f"{who} {'buys' if nation else 'buy'} at least {words.count(units)} {program}"
        else:
            text = f"{nation} must buy {program}" if nation else f"somebody must buy {program}"
        return text + _when(self.lock)


def _when(lock: Lock) -> str:
    first, last = lock.first_delivery, lock.last_delivery
    if first is None and last is None:
        return ""
    if first == last:
        return f", delivered in {first}"
    if last is None:
        return f", delivered from {first} on"
    return f", delivered by {last}" if first is None else f", delivered from {first} to {last}"


def read_edits(asked: Iterable[tuple[str, str]]) -> tuple[Edit, ...]:
    """Edits from (option, text); years of `move` join the units or the requirement of the same target.

    Raises
    ------
    InvalidInput
        With every text that is not understood, and every target that is asked for in two ways.
    """
    problems: list[Problem] = []
    found: dict[tuple[str | None, str], Edit] = {}
    for option, text in asked:
        try:
            edit = Edit(option, text.strip(), _lock(option, text.strip()))
        except (ValueError, ValidationError):
            problems.append(_fault(option, text, "is not understood", f"Write {FORMS[option]}"))
            continue
        other = found.get(edit.target)
        if other is None:
            found[edit.target] = edit
        elif "move" in (option, other.option) and option != other.option and "forbid" not in (option, other.option):
            moved, kept = (edit, other) if option == "move" else (other, edit)
            years = {"first_delivery": moved.lock.first_delivery, "last_delivery": moved.lock.last_delivery}
            found[edit.target] = replace(
                kept, text=f"{kept.text} {moved.text}", lock=kept.lock.model_copy(update=years)
            )
        else:
            problems.append(
                _fault(option, text, f"is asked for besides --{other.option} {other.text}", "Keep one of the two")
            )
    if problems:
        raise InvalidInput(problems)
    return tuple(found.values())


def _lock(option: str, text: str) -> Lock:
    parts = [part.strip() for part in text.split(":")]
    values: dict[str, object] = {"action": {"units": "fix", "move": "require"}.get(option, option)}
    if option in ("units", "move"):
        last = parts.pop()
        values |= {"units": int(last)} if option == "units" else _years(last)
    elif option == "require" and len(parts) > 1 and parts[-1].isdigit():
        values["units"] = int(parts.pop())
    if len(parts) == 2:
        values["nation"] = parts.pop(0)
    (values["program"],) = parts
    return Lock.model_validate(values)


def _years(text: str) -> dict[str, object]:
    match = _YEARS.fullmatch(text)
    if match is None or (match[1] is None and match[3] is None) or (match[1] and match[3] and not match[2]):
        raise ValueError(text)
    first = match[1]
    last = match[3] if match[2] else match[1]
    return {"first_delivery": first, "last_delivery": last}


def _fault(option: str, text: str, reason: str, remedy: str) -> Problem:
    return Problem(f"--{option}", None, None, text, reason, remedy)


def with_edits(scenario: Scenario, edits: Iterable[Edit]) -> Scenario:
    """The scenario with the edits as locks; they take the place of its own locks of the same targets."""
    chosen = tuple(edits)
    targets = {edit.target for edit in chosen}
    kept = tuple(lock for lock in scenario.tables.locks if (lock.nation, lock.program) not in targets)
    edited = scenario.replace(tables={"locks": (*kept, *(edit.lock for edit in chosen))})
    is_off = "locks" in scenario.settings.rules and not scenario.rule_is_named_on("locks")
    return edited.with_rule("locks", on=True) if chosen and is_off else edited


def replaced_locks(scenario: Scenario, edits: Iterable[Edit]) -> tuple[Lock, ...]:
    """Locks of the scenario that edits take the place of."""
    targets = {edit.target for edit in edits}
    return tuple(lock for lock in scenario.tables.locks if (lock.nation, lock.program) in targets)


def replaced_in_words(scenario: Scenario, edits: Iterable[Edit]) -> tuple[str, ...]:
    """Those locks as sentences, without full stops."""
    return tuple(Edit(lock.action, "", lock).sentence(scenario) for lock in replaced_locks(scenario, edits))


def check_edits(scenario: Scenario, edits: Iterable[Edit]) -> None:
    """Refuse edits that name what is not there, contradict one another, or ask for what nobody can deliver.

    Raises
    ------
    InvalidInput
        With every fault, said of the option it came by.
    """
    chosen = tuple(edits)
    for number, edit in enumerate(chosen, start=1):
        # Faults name a lock by its row; here that leads back to the edit.
        edit.lock._line = -number
    edited = with_edits(scenario, chosen)
    by_line = {edit.lock.line: edit for edit in chosen}

    def named(match: re.Match[str]) -> str:
        other = by_line.get(int(match[1]))
        return f"row {match[1]} of locks.csv" if other is None else f"--{other.option} {other.text}"

    def blamed(problem: Problem) -> Problem | None:
        if problem.file != "locks.csv":
            return None
        edit, reason = by_line.get(problem.row or 0), _ROW.sub(named, problem.reason)
        if edit is None:
            # A lock of the scenario contradicts an edit: that is said of the edit.
            rows = [by_line[int(row)] for row in re.findall(r"row (-\d+)", problem.reason)]
            if not rows:
                return None
            edit, reason = rows[0], f"contradicts row {problem.row} of locks.csv"
        return _fault(edit.option, edit.text, reason, problem.remedy.rstrip("."))

    for problems in (check_references(edited.tables, edited.settings), check_servable(edited)[0]):
        faults = [fault for problem in problems if (fault := blamed(problem)) is not None]
        if faults:
            raise InvalidInput(faults)
