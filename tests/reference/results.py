"""Read a written result folder back into a plan, as far as its files tell."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pulp

from .data import Data
from .evaluate import Outcome, Plan
from .facts import Contract, Facts, facts
from .model import Sheet


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _number(row: dict[str, str], column: str) -> float:
    return float(row.get(column) or 0.0)


def _contract(f: Facts, program: str, code: str, buyers: set[str]) -> Contract | None:
    """The contract behind an id `program@POOLNAME` or `program@NATION`."""
    owner = code.rpartition("@")[2]
    for a in f.of_program.get(program, []):
        if a.pooled and owner not in f.nations and buyers <= set(a.members):
            return a
        if not a.pooled and owner == a.members[0]:
            return a
    return None


def from_result(data: Data, folder: str | Path) -> Plan:
    """The plan of a result folder: deliveries from allocations.csv, money and work from plan.json or the other tables.

    Without plan.json the split of development money is the one nearest to payments.csv, and an element is carried as
    programs.csv says; an unknown contract keeps its id and is reported by `violations`.
    """
    folder, f = Path(folder), facts(data)
    rows = [row for row in _rows(folder, "allocations.csv") if _number(row, "units") != 0.0]
    contracts: dict[str, Any] = {}
    written_ids: dict[str, str] = {}
    for code in dict.fromkeys(row["contract"] for row in rows):
        mine = [row for row in rows if row["contract"] == code]
        program = mine[0]["program"]
        a = _contract(f, program, code, {row["nation"] for row in mine})
        body: dict[str, Any] = {
            "program": program,
            "pool": None if a is None or a.pool is None else list(a.pool),
            "nation": a.members[0] if a is not None and not a.pooled else None,
            "deliveries": {},
        }
        for row in mine:
            key = row["nation"], int(float(row["year"]))
            units = body["deliveries"].get(key, 0.0) + _number(row, "units")
            body["deliveries"][key] = round(units) if abs(units - round(units)) < 1e-9 else units
        written_ids[code] = code if a is None else a.code
        contracts[written_ids[code]] = body
    plan = {"contracts": contracts}
    _money(data, folder, plan, written_ids)
    return plan


def _money(data: Data, folder: Path, plan: Plan, written_ids: dict[str, str]) -> None:
    """Fill in who pays developments and elements, and where the work is placed."""
    f, outcome = facts(data), Outcome(data, plan)
    opened = {code: a for code, a in outcome.contracts.items() if f.is_open(a.program)}
    work: dict[tuple[str, str], float] = {}
    for row in _rows(folder, "work.csv"):
        key = row["nation"], row["program"]
        work[key] = work.get(key, 0.0) + _number(row, "work_meur")
    for code, a in opened.items():
        plan["contracts"][code]["work"] = {n: work.get((n, a.program), 0.0) for n in a.work_pool}
    _split(data, folder, plan, outcome, opened)
    written = folder / "plan.json"
    if written.exists():
        bodies = json.loads(written.read_text(encoding="utf-8")).get("contracts", {})
        if isinstance(bodies, list):
            bodies = {body.get("contract", body.get("code", "")): body for body in bodies}
        for code, body in bodies.items():
            if code in written_ids:
                own = plan["contracts"][written_ids[code]]
                for part in ("development", "element", "work"):
                    if isinstance(body.get(part), dict):
                        own[part] = {n: float(x) for n, x in body[part].items()}


def _split(data: Data, folder: Path, plan: Plan, outcome: Outcome, opened: dict[str, Contract]) -> None:
    """Development and element money nearest to what payments.csv and programs.csv report."""
    f = outcome.f
    sheet = Sheet()
    money: dict[tuple[str, str, str], Any] = {}
    miss: list[Any] = []

    def near(expression: Any, target: float) -> None:
        gap = sheet.variable()
        sheet.at_most(expression - target, gap)
        sheet.at_most(target - expression, gap)
        miss.append(gap)

    reported = {
        row["program"]: _number(row, "development_meur")
        for row in _rows(folder, "programs.csv")
        if _number(row, "development_meur")
    }
    for code, a in opened.items():
        element = f.programs[a.program].element
        for n in outcome.partners[code]:
            money["development", n, code] = sheet.variable()
            if element is not None:
                money["element", n, code] = sheet.variable()
        mine = [x for (part, _, other), x in money.items() if other == code and part == "development"]
        sheet.equal(pulp.lpSum(mine), outcome.development_cost(code))
        if element is not None and a.program in reported:
            carried = pulp.lpSum(x for (part, _, other), x in money.items() if other == code and part == "element")
            near(carried, max(0.0, reported[a.program] - outcome.development_cost(code)))
    for name in {element for a in opened.values() if (element := f.programs[a.program].element) is not None}:
        carried = pulp.lpSum(
            x
            for (part, _, code), x in money.items()
            if part == "element" and f.programs[opened[code].program].element == name
        )
        sheet.equal(carried, data.elements[name])
    payments: dict[tuple[str, int], float] = {}
    for row in _rows(folder, "payments.csv"):
        if row["class"] == "development":
            key = row["nation"], int(float(row["year"]))
            payments[key] = payments.get(key, 0.0) + _number(row, "payment_meur")
    if payments:
        for n in f.nations:
            for t in f.years:
                paid = pulp.lpSum(
                    f.profile[opened[code].program].get(t, 0.0) * x for (_, m, code), x in money.items() if m == n
                )
                near(paid, payments.get((n, t), 0.0))
    if money and sheet.minimize(pulp.lpSum(miss), "highs", 10.0)[0] == "optimal":
        for code in opened:
            for part in ("development", "element"):
                plan["contracts"][code][part] = {
                    n: x.varValue for (kind, n, other), x in money.items() if other == code and kind == part
                }
