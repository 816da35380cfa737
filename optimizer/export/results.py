"""Result folders: a solution as result.json, seven tables, the plan, a workbook and a brief; a comparison as four."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Mapping

from optimizer.analysis.compare import Result, with_national
from optimizer.export.brief import brief_html
from optimizer.export.files import (
    BRIEF_FILE,
    COMPARISON_FILE,
    PLAN_FILE,
    RESULT_FILE,
    RESULT_TABLES,
    WORKBOOK_FILE,
    json_text,
    table_csv,
    write_folder,
    write_text,
)
from optimizer.export.workbook import write_workbook
from optimizer.plan import Plan
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.tables.read import meaning_sha256

FIGURES = ("cost_undiscounted_meur", "types", "effective_types", "shortfall_unit_years", "contracts")
SECONDS = ("read", "build", "solve", "write")


def input_sha256(scenario: Scenario) -> str:
    """Hash of what was solved: tables and settings, the solver's own settings left out."""
    return meaning_sha256(scenario.tables, scenario.settings)


def result_document(solution: Solution, write_seconds: float | None = None) -> dict[str, object]:
    """result.json as plain values; what is not known is None."""
    planned = solution.plan is not None
    seconds = {name: solution.seconds.get(name) for name in SECONDS}
    seconds["solve"] = (solution.seconds.get("solve") or 0.0) + (solution.seconds.get("finish") or 0.0)
    seconds["write"] = write_seconds
    return {
        "status": solution.status,
        "termination": solution.termination,
        "objective_meur": solution.objective_meur,
        "bound_meur": solution.bound_meur,
        "gap": solution.gap,
        "gap_meur": solution.gap_meur,
        "terms_meur": dict(solution.terms_meur) if planned else None,
        "cost_meur": solution.cost_meur,
        **{name: solution.figures.get(name) for name in FIGURES},
        "audit": {
            "violations": len(solution.findings) if planned else None,
            "objective_difference_meur": solution.objective_difference_meur if planned else None,
        },
        "settings": solution.scenario.settings.model_dump(mode="json"),
        "provenance": {
            "input_sha256": input_sha256(solution.scenario),
            "versions": dict(solution.versions),
            "seed": solution.scenario.settings.solver.seed,
            "seconds": seconds,
        },
    }


def write_result(
    solution: Solution,
    folder: str | Path,
    *,
    national: Solution | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """Write a solution with a plan as a result folder, whole or not at all.

    Parameters
    ----------
    national
        The same nations buying alone; fills the national columns of nations.csv.
    options
        Settings given beside the scenario, by dotted key, as text; the audit applies them again.

    Raises
    ------
    InvalidInput
        When the folder must not or cannot be written.
    ValueError
        When the solution has no plan.
    """
    if solution.plan is None:
        raise ValueError("a solution without a plan has no result to write")
    started = time.monotonic()
    shown = solution if national is None else with_national(solution, national)

    def fill(target: Path) -> None:
        tables = shown.tables()
        for name in RESULT_TABLES:
            write_text(target / f"{name}.csv", table_csv(tables[name]))
        sha256 = input_sha256(shown.scenario)
        write_workbook(target / WORKBOOK_FILE, shown, national, sha256)
        write_text(target / BRIEF_FILE, brief_html(shown, national, sha256))
        plan = plan_document(shown, national, options or {})
        plan["sha256"] = {name: file_sha256(target / name) for name in (WORKBOOK_FILE, BRIEF_FILE)}
        write_text(target / PLAN_FILE, json_text(plan))
        write_text(target / RESULT_FILE, json_text(result_document(shown, time.monotonic() - started)))

    write_folder(Path(folder), fill)


def plan_document(solution: Solution, national: Solution | None, options: Mapping[str, str]) -> dict[str, object]:
    """plan.json: the plan, what it is compared with, and the settings given beside the scenario."""
    plan = solution.plan or Plan()
    return {
        **plan.as_dict(),
        "national_costs": None if solution.national_costs is None else dict(solution.national_costs),
        "national_plan": national.plan.as_dict() if national is not None and national.plan is not None else None,
        "options": dict(options),
    }


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_comparison(result: Result, folder: str | Path) -> None:
    """Write a comparison as comparison.json, comparison.csv, nations.csv and differences.csv.

    Raises
    ------
    InvalidInput
        When the folder must not or cannot be written.
    """

    def fill(target: Path) -> None:
        tables = result.tables()
        for name in ("comparison", "nations", "differences"):
            write_text(target / f"{name}.csv", table_csv(tables[name]))
        write_text(target / COMPARISON_FILE, json_text(result.as_dict()))

    write_folder(Path(folder), fill)
