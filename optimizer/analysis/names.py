"""Names: nations, programs, capabilities, contracts and rules as running text calls them, from their codes."""

from __future__ import annotations

from typing import Any, Iterable, Sequence

from optimizer.scenario import Scenario

_MOST_NAMES = 4


def nation_name(scenario: Scenario, code: str) -> str:
    """A nation's name, or a bloc's code."""
    row = scenario.nations.get(code)
    return (row.name or code) if row is not None else code


def capability_name(scenario: Scenario, code: str) -> str:
    """A capability's name, in small letters as in running text."""
    name = scenario.capabilities[code].name or code
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def program_name(scenario: Scenario, code: str) -> str:
    """A program's name."""
    row = scenario.known_programs.get(code)
    return (row.name or code) if row is not None else code


def contract_name(scenario: Scenario, code: str) -> str:
    """The contract in words: its program and who buys."""
    program, _, pool = code.rpartition("@")
    return f"{program_name(scenario, program)} ({nation_name(scenario, pool) if pool in scenario.nations else pool})"


def listed(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """`A`, `A and B`, `A, B and 3 more`."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def years_text(years: Iterable[int]) -> str:
    """`2030`, `2030-2033`, `2030, 2032-2033`."""
    numbers = sorted(set(years))
    runs: list[list[int]] = []
    for year in numbers:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def rule_name(code: str) -> str:
    """A rule as running text calls it: `annual budget`."""
    return code.replace("_", " ")


def name_of(scenario: Scenario, part: Any) -> str:
    """The name of whatever a part of a row's label stands for: a nation, program, contract, capability, or itself."""
    code = str(part)
    if code in scenario.contracts:
        return contract_name(scenario, code)
    if code in scenario.capabilities:
        return capability_name(scenario, code)
    return program_name(scenario, code) if code in scenario.known_programs else nation_name(scenario, code)
