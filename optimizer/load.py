"""Load: from a folder, workbook, what-if or bundle to a checked scenario, every fault at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Mapping

from optimizer.checks import all_problems, all_warnings
from optimizer.model.build import check_rule_settings
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.servable import check_servable
from optimizer.tables.read import Reading, read


def load_scenario(path: str | Path, overrides: Mapping[str, str] | None = None) -> Scenario:
    """Read, check and freeze a scenario.

    Parameters
    ----------
    path
        A folder of CSV files with scenario.toml, a workbook, a what-if file, or a bundle.
    overrides
        Dotted settings and their values as text, e.g. `{"pooling.mode": "national"}`.

    Raises
    ------
    InvalidInput
        With every fault found; nothing half-read is ever returned.
    """
    started = time.monotonic()
    reading = read(path, dict(overrides or {}))
    scenario, problems, warnings = weighed(reading)
    if problems or scenario is None:
        raise InvalidInput(problems)
    return Scenario(
        scenario.tables,
        scenario.settings,
        {
            "source": str(path),
            "sha256": reading.sha256,
            "chain": reading.chain,
            "changes": reading.changes,
            "warnings": tuple(warnings),
            "seconds": time.monotonic() - started,
        },
    )


def weighed(reading: Reading) -> tuple[Scenario | None, list[Problem], list[Problem]]:
    """What was read as a scenario, with every fault and every doubt; None where it cannot even be put together."""
    problems = list(all_problems(reading))
    if problems or reading.tables is None or reading.settings is None:
        return None, problems, []
    scenario = Scenario(reading.tables, reading.settings)
    problems += check_rule_settings(scenario)
    warnings = list(all_warnings(reading))
    if not problems:
        faults, doubts = check_servable(scenario)
        problems += faults
        warnings += doubts
    return scenario, problems, warnings


def default_data() -> str:
    """The built-in data: `data` here, beside the package, or inside it.

    Raises
    ------
    InvalidInput
        When it is in none of these places.
    """
    package = Path(__file__).parent
    for folder in (Path("data"), package.parent / "data", package / "data"):
        if (folder / "scenario.toml").is_file():
            return str(folder)
    raise InvalidInput([Problem("data", None, None, None, "is not here", "Name a scenario: jointbuy demo SCENARIO")])
