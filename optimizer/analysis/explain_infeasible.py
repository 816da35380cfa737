"""Why there is no plan: the clash in sentences, who could buy what, and the cheapest way out, checked by a solve."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture, Solve, records
from optimizer.analysis.explain_loosened import Loosening, in_words, loosened
from optimizer.analysis.explain_sentences import (
    deliverable,
    demand_sentence,
    fact_sentences,
    obstacle,
)
from optimizer.analysis.names import listed, program_name, rule_name
from optimizer.model.control import Control
from optimizer.scenario import Scenario
from optimizer.solution import EXIT_INFEASIBLE, Solution
from optimizer.solve import is_small
from optimizer.solve.clash import Clash
from optimizer.solve.demands import Demand
from optimizer.solve.relaxation import Diagnosis, Relaxation, diagnose

if TYPE_CHECKING:
    import pandas as pd

CLASH_COLUMNS = [
    "clash",
    "part",
    "rule",
    "nation",
    "capability",
    "program",
    "years",
    "says",
    "alone_units",
    "unit",
    "alone_price_meur",
]
PROGRAM_COLUMNS = [
    "nation",
    "capability",
    "program",
    "by_year",
    "units",
    "first_delivery",
    "annual_capacity_units",
    "obstacle",
]
RELAXATION_COLUMNS = ["way", "rule", "nation", "capability", "program", "years", "units", "unit", "price_meur", "says"]
WAY_COLUMNS = ["way", "status", "price_meur", "bound_meur"]
CHEAPEST = "cheapest"
# Time for the answer, and the share of it for the first look at what clashes; the rest is for the check.
_SECONDS, _FIRST_SHARE = 50.0, 0.6
# Gap of the solve that checks a relaxation nobody accepted yet: any plan will do.
_CHECK_GAP = 0.05
# Shares of the time left for a first check, and for the look at what clashes still: a relaxation at the very edge of
# what can be often has no plan that a search finds, and one with a little more has.
_CHECK_SHARE, _LOOK_SHARE = 0.4, 0.5
# Less time than this is not worth another look.
_LEAST_SECONDS = 3.0
_ROUNDS = 3
# Where a plan's whole deliveries need a little more than the relaxation found: so much more is given.
_MORE = 1.02
# Prices this close, relative to their size, are the same.
_SAME = 1e-6
_MOST_SAID = 6


@dataclass(frozen=True)
class Infeasible:
    """The answer for an infeasible scenario."""

    scenario: Scenario
    diagnosis: Diagnosis
    loosenings: tuple[Loosening, ...]
    relaxed: Solution | None
    """The plan of the scenario with the cheapest relaxation in it; None where there is none."""
    accepted: bool

    @property
    def is_checked(self) -> bool:
        """Whether the relaxation was seen to leave a plan."""
        return self.relaxed is not None and self.relaxed.plan is not None

    @property
    def exit_code(self) -> int:
        """Infeasible, unless the relaxation was accepted: then what the solve with it gave."""
        return self.relaxed.exit_code if self.accepted and self.relaxed is not None else EXIT_INFEASIBLE

    def headline(self) -> str:
        """The clash, the cheapest way out and whether it is checked, in a few lines."""
        lines = ["There is no plan: the rules and needs cannot all hold."]
        clashes = self.diagnosis.clashes
        for number, clash in enumerate(clashes[:_MOST_SAID], start=1):
            several = f"Clash {number}: " if len(clashes) > 1 else "What clashes: "
            lines.append(f"{several}{self._clash_in_words(clash, self.diagnosis.alone[number - 1])}.")
        if len(clashes) > _MOST_SAID:
            lines.append(f"And {len(clashes) - _MOST_SAID} clashes more.")
        if not self.diagnosis.complete:
            lines.append("There may be more clashes; the search for them was stopped.")
        cheapest = self.diagnosis.cheapest
        if cheapest is None or cheapest.price_meur is None:
            lines.append("What it takes to have a plan is not known: the search for it was stopped.")
        else:
            said = in_words(self.scenario, self.loosenings)
            more = f"; and {words.plural(len(said) - _MOST_SAID, 'change')} more" if len(said) > _MOST_SAID else ""
            lines.append(f"Cheapest way out: {'; '.join(said[:_MOST_SAID])}{more}. {self._price(cheapest.bound_meur)}")
        if self.accepted and self.relaxed is not None and self.relaxed.plan is not None:
            lines.append(f"Accepted: cost and priced shortfall {words.money(self.relaxed.objective_meur)} in all.")
        elif self.is_checked:
            lines.append(
                "Checked: with it there is a plan; --accept solves it as exactly as asked, and keeps the plan."
            )
        elif self.relaxed is not None:
            lines.append("Not checked: no plan was found with it in the time given.")
        return "\n".join(lines)

    def _price(self, bound: float | None) -> str:
        price = sum(_price_of(loosening.demand, loosening.units) for loosening in self.loosenings)
        text = f"Weighed by the prices of the rules that gives up {words.money(price)}"
        if bound is not None and price - bound <= _SAME * max(1.0, price):
            return f"{text}; nothing cheaper leaves a plan."
        return f"{text}; nothing below {words.money(bound)} leaves a plan."

    def _families(self, clash: Clash) -> list[list[int]]:
        """Demands of a clash, the years of one budget together; needs first."""
        demands = self.diagnosis.demands
        table: dict[tuple[Any, ...], list[int]] = {}
        for number in sorted(clash.demands, key=lambda d: (demands[d].kind != "need", demands[d].rule)):
            table.setdefault(demands[number].family, []).append(number)
        return list(table.values())

    def _clash_in_words(self, clash: Clash, alone: Mapping[int, float]) -> str:
        demands = self.diagnosis.demands
        families = self._families(clash)
        sentences = []
        for numbers in families:
            sentence = demand_sentence(self.scenario, [demands[number] for number in numbers])
            sentences.append(sentence + self._falls_short(demands[numbers[0]], alone, numbers[0], len(families) == 1))
        return "; ".join(sentences)

    def _falls_short(self, demand: Demand, alone: Mapping[int, float], number: int, is_all: bool) -> str:
        """For a need: what can be had instead."""
        if demand.rule != "meet_need" or number not in alone:
            return ""
        row = self.scenario.needs[demand.key[2]].row
        had = words.count(max(0.0, row.quantity - alone[number]))
        if not is_all:
            return f" (keeping the rest leaves {had})"
        if row.nation not in self.scenario.nations:
            return f"; its members can reach {had}"
        names = [
            program_name(self.scenario, program)
            for program in self.scenario.programs_of[row.capability]
            if obstacle(self.scenario, row.nation, program, row.need_by, row.min_grade) is None
        ]
        only = f"the only {'program' if len(names) == 1 else 'programs'} it may buy from by then ({listed(names)})"
        return f"; {only} can deliver {had}" if names else f"; it may buy from no program by then and has {had}"

    # --- tables ------------------------------------------------------------------------------------------------

    def tables(self) -> dict[str, pd.DataFrame]:
        """clash, programs (who can buy what), ways (cheapest and by one rule), relaxation (change by change)."""
        import pandas as pd

        return {
            "clash": pd.DataFrame(self._clash_rows(), columns=CLASH_COLUMNS),
            "programs": pd.DataFrame(self._program_rows(), columns=PROGRAM_COLUMNS),
            "ways": pd.DataFrame(self._way_rows(), columns=WAY_COLUMNS),
            "relaxation": pd.DataFrame(self._relaxation_rows(), columns=RELAXATION_COLUMNS),
        }

    def _clash_rows(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for number, clash in enumerate(self.diagnosis.clashes, start=1):
            alone = self.diagnosis.alone[number - 1]
            for numbers in self._families(clash):
                demands = [self.diagnosis.demands[d] for d in numbers]
                known = [d for d in numbers if d in alone]
                rows.append(
                    {
                        "clash": number,
                        "part": "demand",
                        **self._whom(demands[0], [d.key for d in demands]),
                        "says": demand_sentence(self.scenario, demands),
                        "alone_units": sum(alone[d] for d in known) if known else None,
                        "unit": demands[0].unit,
                        "alone_price_meur": sum(_price_of(self.diagnosis.demands[d], alone[d]) for d in known)
                        if known
                        else None,
                    }
                )
            for rule, says in fact_sentences(self.scenario, clash.facts):
                rows.append({"clash": number, "part": "fact", "rule": rule, "says": says})
        return rows

    def _whom(self, demand: Demand, keys: list[tuple[Any, ...]]) -> dict[str, object]:
        """Nation, capability, program and years a demand names."""
        scenario = self.scenario
        parts = [str(part) for part in demand.key]
        years = sorted({part for key in keys for part in key if isinstance(part, int) and part in scenario.years})
        if demand.rule == "meet_need":
            years = [scenario.needs[demand.key[2]].row.need_by]
        elif demand.rule == "half_rule":
            years = []
        span = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0]) if years else None
        return {
            "rule": demand.rule,
            "nation": next((p for p in parts if p in scenario.nations or p in scenario.blocs), None),
            "capability": next((p for p in parts if p in scenario.capabilities), None),
            "program": next((p for p in parts if p.partition("@")[0] in scenario.known_programs), None),
            "years": span,
        }

    def _program_rows(self) -> list[dict[str, object]]:
        """For each need and each required purchase of the clashes: who sells, and what stands in the way."""
        rows: dict[tuple[str, str], dict[str, object]] = {}
        for clash in self.diagnosis.clashes:
            for number in clash.demands:
                for nation, program, by, grade in self._sought(self.diagnosis.demands[number]):
                    pair = self.scenario.pairs.get((nation, program))
                    row = self.scenario.known_programs[program]
                    rows[nation, program] = {
                        "nation": nation,
                        "capability": row.capability,
                        "program": program,
                        "by_year": by,
                        "units": deliverable(self.scenario, nation, program, by) if row.grade >= grade else 0,
                        "first_delivery": None if pair is None else pair.earliest,
                        "annual_capacity_units": row.annual_capacity_units,
                        "obstacle": obstacle(self.scenario, nation, program, by, grade),
                    }
        return list(rows.values())

    def _sought(self, demand: Demand) -> list[tuple[str, str, int, int]]:
        """Nation, program, year and grade of everything that could serve a demand."""
        scenario = self.scenario
        if demand.rule == "meet_need":
            need = scenario.needs[demand.key[2]]
            row = need.row
            return [
                (nation, program, row.need_by, row.min_grade)
                for nation in need.members
                for program, known in scenario.known_programs.items()
                if known.capability == row.capability
            ]
        if demand.rule == "locks" and demand.key[-1] != "forbid":
            *whom, program, _ = demand.key
            return [(nation, program, scenario.last_year, 1) for nation in whom or scenario.nations]
        return []

    def _way_rows(self) -> list[dict[str, object]]:
        return [
            {"way": name, "status": way.status, "price_meur": way.price_meur, "bound_meur": way.bound_meur}
            for name, way in self._ways()
        ]

    def _ways(self) -> list[tuple[str, Relaxation]]:
        ways = [] if self.diagnosis.cheapest is None else [(CHEAPEST, self.diagnosis.cheapest)]
        return ways + [(f"only {way.rules[0]}", way) for way in self.diagnosis.single]

    def _relaxation_rows(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for name, way in self._ways():
            gives = {self.diagnosis.demands[d]: units for d, units in way.gives.items()}
            for loosening in self.loosenings if name == CHEAPEST else loosened(self.scenario, gives)[1]:
                demand, units = loosening.demand, loosening.units
                rows.append(
                    {
                        "way": name,
                        **self._whom(demand, [demand.key]),
                        "units": units,
                        "unit": demand.unit,
                        "price_meur": _price_of(demand, units),
                        "says": loosening.says,
                    }
                )
        return rows

    def pictures(self) -> tuple[Picture, ...]:
        """What each way out costs by the prices of the rules."""
        ways = [(name, way.price_meur) for name, way in self._ways() if way.price_meur is not None]
        if not ways:
            return ()
        dearest = max(ways, key=lambda item: item[1])
        title = f"The cheapest way out gives up {words.money(ways[0][1])}"
        if len(ways) > 1 and dearest[0] != CHEAPEST:
            title += f", giving way in {rule_name(dearest[0])} {words.money(dearest[1])}"
        return (Picture(title, "bars", "ways", x="way", y="price_meur"),)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values."""
        return {
            "status": "infeasible",
            "rules": sorted(
                {self.diagnosis.demands[d].rule for clash in self.diagnosis.clashes for d in clash.demands}
            ),
            "clashes": [
                {
                    "proven": clash.proven,
                    "by_whole_numbers": clash.by_whole_numbers,
                    "sentence": self._clash_in_words(clash, alone),
                }
                for clash, alone in zip(self.diagnosis.clashes, self.diagnosis.alone, strict=True)
            ],
            **{name: records(table) for name, table in self.tables().items()},
            "changes": [_plain(loosening) for loosening in self.loosenings],
            "checked": self.is_checked,
            "accepted": self.accepted,
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The plan of the relaxed scenario, once accepted."""
        return {"relaxed": self.relaxed} if self.accepted and self.is_checked and self.relaxed is not None else {}


def _price_of(demand: Demand, units: float) -> float:
    """What so many units given up count; a lock is lifted whole."""
    return demand.price_meur * (1.0 if demand.kind == "lock" else units)


def _plain(loosening: Loosening) -> dict[str, object]:
    """A change as a what-if has it: what to change, remove, add or set."""
    change = loosening.change
    kind = {"ChangeCell": "change", "RemoveRow": "remove", "AddRow": "add", "SetValue": "set"}[type(change).__name__]
    names = ("table", "key", "where", "column", "value", "row") if kind != "set" else ("key", "value")
    parts = {name: getattr(change, name, None) for name in names}
    return {"kind": kind, **{name: value for name, value in parts.items() if value is not None}}


def explain_infeasible(
    scenario: Scenario, solve: Solve, *, accept: bool, seconds: float = _SECONDS, known: Solution | None = None
) -> Infeasible | None:
    """The explanation, or None where no clash is found.

    Parameters
    ----------
    known
        A solution of the scenario, if there is one; an infeasible one says that there must be a clash.
    seconds
        Time for all of it; accepting takes as long as any other solve besides.
    """
    ends = time.monotonic() + seconds

    def left() -> float:
        return ends - time.monotonic()

    small = is_small(scenario)
    must_be = known is not None and known.status == "infeasible"
    diagnosis = diagnose(scenario, Control(), exact=small, whole=small or must_be, seconds=_FIRST_SHARE * seconds)
    if diagnosis is None:
        return None
    gives = _gives(diagnosis)
    relaxed: Solution | None = None
    for number in range(_ROUNDS):
        if not gives:
            break
        edited, loosenings = loosened(scenario, gives)
        asked = scenario.settings.solver.gap
        limit = max(_LEAST_SECONDS, left() * (_CHECK_SHARE if number == 0 else 1.0))
        relaxed = solve(edited) if accept else solve(edited, gap=max(asked, _CHECK_GAP), time_limit=limit)
        if relaxed.plan is not None or relaxed.status == "cancelled":
            return Infeasible(scenario, diagnosis, loosenings, relaxed, accept)
        if left() < _LEAST_SECONDS and not accept:
            break
        # Whole deliveries can need a little more than the statement of a large scenario sees.
        whole = relaxed.status == "infeasible"
        more = diagnose(edited, Control(), exact=small, whole=whole, seconds=max(_LEAST_SECONDS, _LOOK_SHARE * left()))
        if more is not None:
            gives = _joined(gives, _gives(more))
        else:
            gives = {demand: _rounded(demand, units) for demand, units in gives.items()}
    edited, loosenings = loosened(scenario, gives)
    return Infeasible(scenario, diagnosis, loosenings, relaxed, accept)


def _rounded(demand: Demand, units: float) -> float:
    """A little more of what comes in parts: whole units of a need, a share more of money."""
    if demand.kind == "need":
        return float(math.ceil(units - 1e-6))
    return _MORE * units if "euro" in demand.unit else units


def _gives(diagnosis: Diagnosis) -> dict[Demand, float]:
    if diagnosis.cheapest is None:
        return {}
    return {diagnosis.demands[number]: units for number, units in diagnosis.cheapest.gives.items()}


def _joined(one: Mapping[Demand, float], other: Mapping[Demand, float]) -> dict[Demand, float]:
    """What both give together; a demand is known by its rule and place."""
    by_place = {(demand.rule, demand.key): (demand, units) for demand, units in one.items()}
    for demand, units in other.items():
        known = by_place.get((demand.rule, demand.key))
        by_place[demand.rule, demand.key] = (demand, units + (known[1] if known else 0.0))
    return dict(by_place.values())
