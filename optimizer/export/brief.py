"""The brief: one HTML page in plain words, the answer first; nothing in it is fetched from anywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.resources import files
from itertools import combinations
from typing import Any

from optimizer import words
from optimizer.analysis.naming import Names
from optimizer.export import cover
from optimizer.solution import Solution

TOP_PROGRAMS = 15
TOP_PAIRS = 15
TOP_SHORTFALLS = 10
MOST_PROGRAMS = 6
MOST_WARNINGS = 30


def brief_html(solution: Solution, national: Solution | None, sha256: str) -> str:
    """The brief of a solution with a plan; `national` is what it is compared with."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(money=words.money, percent=words.percent, count=words.count, unbroken=_unbroken)
    template = environment.from_string(files("optimizer.export").joinpath("brief.html").read_text(encoding="utf-8"))
    return template.render(_context(solution, national, sha256)) + "\n"


def _unbroken(text: str) -> str:
    """Text whose amounts do not break across lines."""
    return re.sub(r"(?<=\d) (?=\d|meur|%)", "\u00a0", text)


def _context(solution: Solution, national: Solution | None, sha256: str) -> dict[str, Any]:
    scenario = solution.scenario
    settings = scenario.settings
    # A national plan beside itself would say nothing.
    alone = (
        national
        if national is not None
        and national.plan is not None
        and national is not solution
        and (settings.pooling.mode != "national")
        else None
    )
    notes = cover.warnings(solution)
    return {
        "scenario": settings.name,
        "description": settings.description,
        "illustrative": settings.illustrative,
        "mark": words.ILLUSTRATIVE,
        "sentences": _sentences(solution, alone),
        "answer": cover.answer(solution),
        "proof": cover.proof(solution),
        "terms": _terms(solution, alone),
        "bars": _bars(solution, alone),
        "alone": alone is not None,
        "nations": _nations(solution, alone),
        "programs": _programs(solution),
        "pairs": _pairs(solution),
        "shortfalls": _shortfalls(solution),
        "warnings": notes[:MOST_WARNINGS],
        "more_warnings": max(0, len(notes) - MOST_WARNINGS),
        "findings": solution.findings,
        "assumptions": cover.assumptions(scenario),
        "origin": cover.origin(solution, sha256),
        "first_year": settings.first_year,
        "last_year": settings.last_year,
    }


def _sentences(solution: Solution, alone: Solution | None) -> list[str]:
    scenario = solution.scenario
    figures = solution.figures
    buyers = {nation for nation, _, _ in (solution.plan.deliveries if solution.plan else ())}
    needing = {nation for nation, _ in scenario.wants}
    sentences = [
        f"Buying {words.pooling(solution)}, {len(buyers)} of the {words.plural(len(needing), 'nation')} with a need "
        f"take delivery from {words.plural(figures['contracts'], 'contract')}, at a discounted cost of "
        f"{words.money(solution.cost_meur)}.",
        f"The nations end up with {words.plural(figures['types'], 'type')} in "
        f"{words.plural(len(scenario.capabilities), 'capability')}; {words.shortfall(figures)}.",
    ]
    if alone is not None:
        first, *rest = words.against(alone, solution)
        sentences.append(
            " ".join(
                [
                    f"Against the same nations each on its own, it {first}"
                    if not rest
                    else f"Against the same nations each on its own, {first}",
                    *rest,
                ]
            )
        )
        sentences.append(
            f"On their own they would spend {words.money(alone.cost_meur)} on "
            f"{words.plural(alone.figures['types'], 'type')}; {words.shortfall(alone.figures)}."
        )
    sentences.append(words.status(solution) + ".")
    return sentences


def _terms(solution: Solution, alone: Solution | None) -> list[dict[str, Any]]:
    rows = []
    for term, name in words.TERMS.items():
        now, then = solution.terms_meur[term], None if alone is None else alone.terms_meur[term]
        if now or then:
            rows.append({"name": name, "now": now, "then": then, "change": None if then is None else now - then})
    return rows


def _bars(solution: Solution, alone: Solution | None) -> list[dict[str, Any]]:
    """Cost and priced shortfall of both plans, widths in percent of the larger sum."""
    if alone is None:
        return []
    plans = (("Each on its own", alone), (words.pooling(solution).capitalize(), solution))
    bars: list[dict[str, Any]] = [
        {"name": name, "cost": plan.cost_meur or 0.0, "short": plan.terms_meur["shortfall"]} for name, plan in plans
    ]
    most = max(bar["cost"] + bar["short"] for bar in bars)
    if most <= 0.0:
        return []
    return [
        {
            **bar,
            "cost_width": round(100.0 * max(0.0, bar["cost"]) / most, 1),
            "short_width": round(100.0 * max(0.0, bar["short"]) / most, 1),
        }
        for bar in bars
    ]


def _nations(solution: Solution, alone: Solution | None) -> list[dict[str, Any]]:
    """Nations that buy or lack anything; the gain counts money and priced shortfall, against buying alone."""
    names = solution.scenario.nations
    before = {} if alone is None else {str(row["nation"]): row for row in alone.tables()["nations"].to_dict("records")}
    rows = []
    for row in solution.tables()["nations"].to_dict("records"):
        entry = {str(key): value for key, value in row.items()}
        code = str(entry["nation"])
        entry["name"] = names[code].name or code
        then = before.get(code, {"cost_meur": 0.0, "shortfall_meur": 0.0})
        entry["alone_cost"], entry["alone_short"] = then["cost_meur"], then["shortfall_meur"]
        entry["gain"] = entry["alone_cost"] + entry["alone_short"] - entry["cost_meur"] - entry["shortfall_meur"]
        if entry["units"] or entry["shortfall_unit_years"] or entry["alone_cost"]:
            rows.append(entry)
    return sorted(rows, key=lambda entry: (-entry["cost_meur"], entry["nation"]))


def _programs(solution: Solution) -> list[dict[str, Any]]:
    names = Names(solution.scenario)
    values = cover.work_values(solution)
    rows = []
    for row in solution.tables()["programs"].to_dict("records"):
        entry = {str(key): value for key, value in row.items()}
        entry["value"] = values[str(entry["program"]), str(entry["pool"])]
        entry["name"] = names.programs.get(str(entry["program"]), entry["program"])
        for column in ("partners", "customers"):
            entry[column] = names.listed(str(entry[column]))
        rows.append(entry)
    return sorted(rows, key=lambda entry: (-entry["value"], entry["program"], entry["pool"]))[:TOP_PROGRAMS]


def _pairs(solution: Solution) -> list[dict[str, Any]]:
    """Pairs of nations by the number of contracts they share."""
    members: dict[str, set[str]] = defaultdict(set)
    for nation, contract, _ in solution.plan.deliveries if solution.plan else ():
        members[contract].add(nation)
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for contract, nations in sorted(members.items()):
        for pair in combinations(sorted(nations), 2):
            shared[pair].append(contract.rpartition("@")[0])
    ranked = sorted(shared.items(), key=lambda item: (-len(item[1]), item[0]))
    names = Names(solution.scenario)
    return [
        {
            "one": names.nations.get(one, one),
            "other": names.nations.get(other, other),
            "count": len(programs),
            "programs": ", ".join(names.programs.get(program, program) for program in programs[:MOST_PROGRAMS])
            + (f" and {more} more" if (more := len(programs) - MOST_PROGRAMS) > 0 else ""),
        }
        for (one, other), programs in ranked[:TOP_PAIRS]
    ]


def _shortfalls(solution: Solution) -> list[dict[str, Any]]:
    capabilities = solution.scenario.capabilities
    rows = [
        {"name": capabilities[str(row["capability"])].name or row["capability"], "units": row["shortfall_unit_years"]}
        for row in solution.tables()["capabilities"].to_dict("records")
        if row["shortfall_unit_years"] > 1e-6
    ]
    return sorted(rows, key=lambda row: (-row["units"], row["name"]))[:TOP_SHORTFALLS]
