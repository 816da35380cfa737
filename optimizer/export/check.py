"""Reads a result folder back and recomputes all of it from the inputs, with no solver."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping, TypeGuard

from optimizer.analysis.compare import fill_national
from optimizer.audit import audit
from optimizer.export.files import (
    BRIEF_FILE,
    PLAN_FILE,
    RESULT_FILE,
    RESULT_FILES,
    RESULT_TABLES,
    WORKBOOK_FILE,
    read_csv_rows,
    table_csv,
)
from optimizer.export.results import FIGURES, SECONDS, file_sha256, input_sha256
from optimizer.measures.ledger import Ledger
from optimizer.measures.report import COLUMNS, figures, result_tables
from optimizer.model.build import weights_of
from optimizer.plan import Plan
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.tolerances import PROVED_GAP, RECONCILE_MEUR

# A written number may differ from the recomputed one by this share, or this much absolutely.
NUMBER_RELATIVE = 1e-6
NUMBER_ABSOLUTE = 1e-9
# Objections of one table beyond these are counted, not listed.
MOST_PER_TABLE = 20
KEYS = {
    "allocations": ("nation", "contract", "year"),
    "programs": ("program", "pool"),
    "nations": ("nation",),
    "capabilities": ("capability",),
    "payments": ("nation", "year", "class"),
    "work": ("nation", "program"),
    "shortfalls": ("nation", "capability", "year"),
}
_RESULT_KEYS = (
    "status",
    "termination",
    "objective_meur",
    "bound_meur",
    "gap",
    "gap_meur",
    "terms_meur",
    "cost_meur",
    *FIGURES,
    "audit",
    "settings",
    "provenance",
)
_PLAN_PARTS = ("deliveries", "development", "elements", "work", "grants")
_PLAN_KEYS = (*_PLAN_PARTS, "national_costs", "national_plan", "options", "sha256")
_COST_TERMS = ("development", "production", "joining", "support", "grants")


@dataclass(frozen=True)
class Written:
    """A result folder as read: parsed files, and an objection for each that cannot be."""

    folder: Path
    result: Mapping[str, Any]
    plan: Plan | None
    national_plan: Plan | None
    national_costs: Mapping[str, float] | None
    options: Mapping[str, str]
    sha256: Mapping[str, str]
    tables: Mapping[str, tuple[list[str], list[dict[str, str]]]]
    objections: tuple[str, ...]


def read_result(folder: str | Path) -> Written:
    """Read a result folder; whatever is missing or damaged in it becomes an objection.

    Raises
    ------
    InvalidInput
        When the folder does not exist or holds no result at all.
    """
    place = Path(folder)
    try:
        there = {entry.name for entry in place.iterdir()}
    except OSError as error:
        raise InvalidInput(
            [
                Problem(
                    str(folder),
                    None,
                    None,
                    None,
                    f"cannot be read: {error.strerror or error}",
                    "Give the folder that solve wrote with --out",
                )
            ]
        ) from error
    if not there & {RESULT_FILE, PLAN_FILE}:
        raise InvalidInput(
            [Problem(str(folder), None, None, None, "holds no result", "Give the folder that solve wrote with --out")]
        )
    objections = [f"{name}: is missing" for name in RESULT_FILES if name not in there]
    result = _json(place / RESULT_FILE, objections) if RESULT_FILE in there else {}
    body = _json(place / PLAN_FILE, objections) if PLAN_FILE in there else {}
    if body:
        objections += [f"{PLAN_FILE}: lacks {key}" for key in _PLAN_KEYS if key not in body]
        objections += [f"{PLAN_FILE}: has an unknown part {key}" for key in body if key not in _PLAN_KEYS]
    plan = _plan(body, PLAN_FILE, objections) if body else None
    national = body.get("national_plan")
    tables = {}
    for name in RESULT_TABLES:
        if f"{name}.csv" in there:
            try:
                tables[name] = read_csv_rows((place / f"{name}.csv").read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:
                reason = error if type(error) is ValueError else "cannot be read as UTF-8 text"
                objections.append(f"{name}.csv: {reason}")
    return Written(
        place,
        result,
        plan,
        _plan(national, f"{PLAN_FILE}, national_plan", objections) if national else None,
        _numbers_by_code(body.get("national_costs"), objections),
        _texts(body.get("options")),
        _texts(body.get("sha256")),
        tables,
        tuple(objections),
    )


def audit_folder(scenario: Scenario, folder: str | Path) -> list[str]:
    """Every objection to a written result: rules broken, and numbers that the inputs do not give. Empty when none.

    The scenario must be the one solved, options given beside it included (`read_result(folder).options`).

    Raises
    ------
    InvalidInput
        When the folder does not exist or holds no result at all.
    """
    written = read_result(folder)
    objections = list(written.objections)
    for name in (WORKBOOK_FILE, BRIEF_FILE):
        path = written.folder / name
        if path.is_file() and written.sha256.get(name) != file_sha256(path):
            objections.append(f"{name}: was changed after it was written")
    if written.result:
        objections += _settings(scenario, written.result)
        objections += _proof(written.result)
    if written.plan is None:
        return objections
    if written.national_costs is not None:
        scenario = scenario.replace(national_costs=written.national_costs)
    elif scenario.rule_is_named_on("no_nation_worse_off") and len(scenario.pools) < len(scenario.nations):
        objections.append(f"{PLAN_FILE}: no_nation_worse_off is on, but national_costs is not given")
    try:
        objections += _recomputed(scenario, written, written.plan)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        objections.append(f"{PLAN_FILE}: the plan cannot be evaluated in this scenario ({error!r})")
    return list(dict.fromkeys(objections))


def _recomputed(scenario: Scenario, written: Written, plan: Plan) -> Iterator[str]:
    report = audit(scenario, plan)
    yield from (f"plan: {finding}" for finding in report.findings())
    expected = result_tables(scenario, plan)
    if written.national_plan is not None:
        baseline = scenario.with_pooling("national").with_rule("no_nation_worse_off", on=False)
        yield from (f"national plan: {finding}" for finding in audit(baseline, written.national_plan).findings())
        expected["nations"] = fill_national(expected["nations"], Ledger(baseline, written.national_plan).nation_cost)
    for name, table in expected.items():
        if name in written.tables:
            header, rows = written.tables[name]
            yield from _table(name, read_csv_rows(table_csv(table))[1], header, rows)
    if not written.result:
        return
    order = scenario.settings.objective.order
    objective = report.objective({order[-1]: 1.0} if order else weights_of(scenario))
    terms = written.result.get("terms_meur")
    if not isinstance(terms, dict) or set(terms) != set(report.terms_meur):
        yield f"{RESULT_FILE}: terms_meur must hold {', '.join(report.terms_meur)}"
    else:
        for term, meur in report.terms_meur.items():
            yield from _money(f"terms_meur.{term}", terms[term], meur)
    yield from _money("objective_meur", written.result.get("objective_meur"), objective)
    yield from _money("cost_meur", written.result.get("cost_meur"), sum(report.terms_meur[t] for t in _COST_TERMS))
    for name, value in figures(scenario, plan).items():
        yield from _number(name, written.result.get(name), value)


def _table(name: str, expected: list[dict[str, str]], header: list[str], rows: list[dict[str, str]]) -> Iterator[str]:
    """Objections to one table: columns, rows missing, extra or twice, and cells."""
    if header != COLUMNS[name]:
        yield f"{name}.csv: the columns are {', '.join(header)} instead of {', '.join(COLUMNS[name])}"
        return
    keys = KEYS[name]

    def key(row: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(row[column] for column in keys)

    found = [
        f"{name}.csv: {' '.join(place)} stands there {times} times"
        for place, times in Counter(map(key, rows)).items()
        if times > 1
    ]
    by_key = {key(row): row for row in rows}
    wanted = {key(row): row for row in expected}
    found += [f"{name}.csv: {' '.join(place)} is missing" for place in wanted if place not in by_key]
    found += [f"{name}.csv: {' '.join(place)} is not in the plan" for place in by_key if place not in wanted]
    for place, row in wanted.items():
        for column, text in row.items():
            given = by_key.get(place, row)[column]
            if not _same(given, text):
                found.append(
                    f"{name}.csv: {' '.join(place)}: {column} is {given or 'empty'} instead of {text or 'empty'}"
                )
    yield from found[:MOST_PER_TABLE]
    if len(found) > MOST_PER_TABLE:
        yield f"{name}.csv: {len(found) - MOST_PER_TABLE} more differences"


def _same(given: str, expected: str) -> bool:
    if given == expected:
        return True
    try:
        return _close(float(given), float(expected))
    except ValueError:
        return False


def _close(given: float, expected: float) -> bool:
    return math.isfinite(given) and abs(given - expected) <= max(
        NUMBER_ABSOLUTE, NUMBER_RELATIVE * max(abs(given), abs(expected))
    )


def _finite(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _money(name: str, given: Any, expected: float) -> Iterator[str]:
    if not _finite(given):
        yield f"{RESULT_FILE}: {name} is {given!r}, no number"
    elif abs(given - expected) > RECONCILE_MEUR:
        yield f"{RESULT_FILE}: {name} is {given:.6f} but the inputs give {expected:.6f} meur"


def _number(name: str, given: Any, expected: float) -> Iterator[str]:
    if not _finite(given) or not _close(given, expected):
        yield f"{RESULT_FILE}: {name} is {given!r} but the inputs give {expected!r}"


def _settings(scenario: Scenario, result: Mapping[str, Any]) -> Iterator[str]:
    """Objections to the shape of result.json, its settings and its input hash."""
    yield from (f"{RESULT_FILE}: lacks {key}" for key in _RESULT_KEYS if key not in result)
    yield from (f"{RESULT_FILE}: has an unknown key {key}" for key in result if key not in _RESULT_KEYS)
    settings = result.get("settings")
    mine = scenario.settings.model_dump(mode="json")
    if not isinstance(settings, dict):
        yield f"{RESULT_FILE}: settings is no table"
    else:
        differing = sorted(key for key in {*settings, *mine} - {"solver"} if settings.get(key) != mine.get(key))
        yield from (
            f"{RESULT_FILE}: settings.{key} is {json.dumps(settings.get(key))}, in the scenario "
            f"{json.dumps(mine.get(key))}"
            for key in differing
        )
    provenance = result.get("provenance")
    if not isinstance(provenance, dict):
        yield f"{RESULT_FILE}: provenance is no table"
        return
    sha256 = input_sha256(scenario)
    if provenance.get("input_sha256") != sha256:
        yield (
            f"{RESULT_FILE}: was solved from another input: its hash is {provenance.get('input_sha256')}, that of "
            f"the scenario {sha256}"
        )
    if set(provenance) != {"input_sha256", "versions", "seed", "seconds"}:
        yield f"{RESULT_FILE}: provenance must hold input_sha256, versions, seed and seconds"
    seconds = provenance.get("seconds")
    if not isinstance(seconds, dict) or set(seconds) != set(SECONDS):
        yield f"{RESULT_FILE}: provenance.seconds must hold {', '.join(SECONDS)}"
    if isinstance(settings, dict) and provenance.get("seed") != (settings.get("solver") or {}).get("seed"):
        yield f"{RESULT_FILE}: provenance.seed is not the seed of the settings"


def _proof(result: Mapping[str, Any]) -> Iterator[str]:
    """Objections to status, termination, bound and gap: they must follow from each other."""
    status, termination = result.get("status"), result.get("termination")
    objective, bound = result.get("objective_meur"), result.get("bound_meur")
    stated = result.get("audit")
    if not isinstance(stated, dict) or set(stated) != {"violations", "objective_difference_meur"}:
        yield f"{RESULT_FILE}: audit must hold violations and objective_difference_meur"
    else:
        if stated["violations"] != 0:
            yield f"{RESULT_FILE}: audit.violations is {stated['violations']!r}, not 0"
        difference = stated["objective_difference_meur"]
        if not _finite(difference) or not 0.0 <= difference <= RECONCILE_MEUR:
            yield f"{RESULT_FILE}: audit.objective_difference_meur is {difference!r}"
    if status not in ("optimal", "feasible"):
        yield f"{RESULT_FILE}: status is {status!r}, which no written plan has"
    if not _finite(objective):
        return
    if bound is None:
        if status == "optimal" or termination not in ("time_limit", "interrupted"):
            yield f"{RESULT_FILE}: status {status}, termination {termination} without a bound"
        yield from (
            f"{RESULT_FILE}: {name} is {result.get(name)!r} without a bound"
            for name in ("gap", "gap_meur")
            if result.get(name) is not None
        )
        return
    if not _finite(bound):
        yield f"{RESULT_FILE}: bound_meur is {bound!r}, no number"
        return
    if bound > objective + NUMBER_RELATIVE * max(1.0, abs(objective)):
        yield f"{RESULT_FILE}: bound_meur {bound:.6f} is above objective_meur {objective:.6f}"
    gap_meur = max(0.0, objective - bound)
    gap = gap_meur / max(abs(objective), 1e-9)
    for name, expected in (("gap_meur", gap_meur), ("gap", gap)):
        if not _finite(result.get(name)) or not _close(result[name], expected):
            yield f"{RESULT_FILE}: {name} is {result.get(name)!r} but objective and bound give {expected!r}"
    if (status == "optimal") != (termination == "proved"):
        yield f"{RESULT_FILE}: status {status} does not go with termination {termination}"
    if termination == "proved" and gap > PROVED_GAP:
        yield f"{RESULT_FILE}: {status} is claimed, but the gap is {gap:.3g}"
    solver = (result.get("settings") or {}).get("solver") if isinstance(result.get("settings"), dict) else None
    asked = solver.get("gap") if isinstance(solver, dict) else None
    if not _finite(asked):
        yield f"{RESULT_FILE}: settings.solver.gap is {asked!r}"
    elif termination == "gap" and gap > asked + PROVED_GAP:
        yield f"{RESULT_FILE}: termination gap is claimed, but the gap {gap:.3g} is above the {asked:g} asked for"
    if termination not in ("proved", "gap", "time_limit", "interrupted"):
        yield f"{RESULT_FILE}: termination is {termination!r}"


def _json(path: Path, objections: list[str]) -> dict[str, Any]:
    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no number")

    try:
        body = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as error:
        objections.append(f"{path.name}: is no valid JSON: {error}")
        return {}
    if not isinstance(body, dict) or not body:
        objections.append(f"{path.name}: holds no table")
        return {}
    return body


def _plan(body: object, place: str, objections: list[str]) -> Plan | None:
    try:
        parts: Mapping[str, Any] = {part: body[part] for part in _PLAN_PARTS}  # type: ignore[index]
        plan = Plan.from_dict(parts)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        objections.append(f"{place}: is no plan: {error!r}")
        return None
    for part in _PLAN_PARTS:
        values = getattr(plan, part)
        if len(values) != len(parts[part]):
            objections.append(f"{place}: {part} has a row twice")
        for key, value in values.items():
            if not math.isfinite(value) or value < 0.0:
                objections.append(f"{place}: {part} of {key} is {value}")
    return plan


def _numbers_by_code(body: object, objections: list[str]) -> dict[str, float] | None:
    if body is None:
        return None
    if not isinstance(body, dict) or not all(_finite(value) for value in body.values()):
        objections.append(f"{PLAN_FILE}: national_costs holds no numbers by nation")
        return None
    return {str(code): float(value) for code, value in body.items()}


def _texts(body: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else {}
