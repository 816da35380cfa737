"""Sentences an aide understands: what a demand asks, what a physical fact says, why a nation cannot buy a program."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Sequence

from optimizer import words
from optimizer.analysis.names import (
    capability_name,
    contract_name,
    listed,
    nation_name,
    program_name,
    rule_name,
    years_text,
)
from optimizer.model.rule import setting
from optimizer.model.rules import RULES
from optimizer.scenario import Scenario
from optimizer.solve.demands import Demand

_RULES = {rule.name: rule for rule in RULES}
_CLASSES = {
    "all": "in all",
    "development": "for development",
    "procurement": "for procurement",
    "support": "for support",
}
_LEVELS = {"compatible": "standard", "interchangeable": "family", "common": "program"}


# --- demands -----------------------------------------------------------------------------------------------------


def demand_sentence(scenario: Scenario, demands: Sequence[Demand]) -> str:
    """What the demands of one family ask, the years of one budget together; without a full stop."""
    first = demands[0]
    tell = _DEMANDS.get(first.rule)
    if tell is not None:
        return tell(scenario, first.key, [demand.key for demand in demands])
    rule = _RULES[first.rule]
    return f"{rule.sentence.rstrip('.')} ({', '.join(str(part) for part in first.key)})"


def _need(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    row = scenario.needs[key[2]].row
    grade = f" of grade {row.min_grade} or better" if row.min_grade > 1 else ""
    what = f"{words.count(row.quantity)} units of {capability_name(scenario, row.capability)}{grade}"
    return f"{nation_name(scenario, row.nation)} asks for {what} by {row.need_by}, without shortfall"


def _budget(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    nation, money_class, _ = key
    years = [year for _, _, year in keys]
    money = [scenario.budgets[nation, money_class][year].budget_meur for year in years]
    least, most = min(money), max(money)
    span = (
        words.money(most)
        if most - least < 0.005
        else f"{words.money(least).removesuffix(' meur')} to {words.money(most)}"
    )
    each = " a year" if len(years) > 1 else ""
    return f"{nation_name(scenario, nation)} may pay {_CLASSES[money_class]} {span}{each} in {years_text(years)}"


def _types(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    row = scenario.capabilities[key[-1]]
    name = capability_name(scenario, key[-1])
    if len(key) == 1:
        standing = len(scenario.standing_types_of_alliance.get(key[0], frozenset()))
        kept = f", and fleets that stay count for {standing}" if standing else ""
        return f"{name}: at most {words.plural(row.max_types or 0, 'type')} in the alliance{kept}"
    standing = len(scenario.standing_types.get((key[0], key[1]), frozenset()))
    kept = f", and its fleets that stay count for {standing}" if standing else ""
    who = nation_name(scenario, key[0])
    return f"{name}: at most {words.plural(row.max_types_per_nation or 0, 'type')} in {who}{kept}"


def _fleet(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    nation, program = key
    least = scenario.capabilities[scenario.programs[program].capability].min_fleet_units
    return (
        f"{nation_name(scenario, nation)}, if it buys {program_name(scenario, program)}, "
        f"buys at least {words.count(least)}"
    )


def _interoperability(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    group, capability = key
    rows = [row for row in scenario.tables.groups if row.group == group and row.capability == capability]
    members = listed([nation_name(scenario, row.nation) for row in rows], 6)
    level = _LEVELS[rows[0].level]
    return f"{group} ({members}) settles on one {level} for {capability_name(scenario, capability)}"


def _return(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    tolerance = float(setting(scenario, "fair_return", "tolerance", 0.10))
    where = f" of {contract_name(scenario, key[1])}" if len(key) > 1 else ""
    who = nation_name(scenario, key[0])
    return f"{who} gets at least {words.percent(1.0 - tolerance)} of the work it is due for what it pays{where}"


def _sector(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    nation, sector, side = key
    row = next(row for row in scenario.tables.industry if (row.nation, row.sector) == (nation, sector))
    money = row.min_work_meur if side == "least" else row.max_work_meur
    return f"{_industry(scenario, nation, sector)} gets at {side} {words.money(money)} of work"


def _industry(scenario: Scenario, nation: str, sector: str) -> str:
    return f"{nation_name(scenario, nation)}'s industry in the sector {rule_name(sector)}"


def _sustaining(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    nation, sector, _ = key
    row = next(row for row in scenario.tables.industry if (row.nation, row.sector) == (nation, sector))
    years = years_text(year for *_, year in keys)
    money = words.money(row.min_work_meur_per_year)
    return f"{_industry(scenario, nation, sector)} gets at least {money} of work in each of {years}"


def _supplier(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    share = float(setting(scenario, "supplier_share", "max_share", 0.6))
    return (
        f"{nation_name(scenario, key[0])} takes at most {words.percent(share)} of its purchases from "
        f"{nation_name(scenario, key[1])}"
    )


def _suppliers(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    least = scenario.capabilities[key[0]].min_suppliers
    leads = sorted({scenario.programs[p].lead for p in scenario.programs_of[key[0]] if scenario.contracts_of[p]})
    return (
        f"{capability_name(scenario, key[0])}, if bought, comes from at least {least} lead nations; "
        f"the programs on offer are led by {listed([nation_name(scenario, lead) for lead in leads], 6)}"
    )


def _joint_programs(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    most = scenario.nations[key[0]].max_joint_programs or 0
    return f"{nation_name(scenario, key[0])} enters at most {words.plural(most, 'joint contract')}"


def _half(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    row = scenario.needs[key[2]].row
    return (
        f"no nation carries more than {words.percent(row.max_share_per_nation)} of the {words.count(row.quantity)} "
        f"units of {capability_name(scenario, row.capability)} that {row.nation} asks for"
    )


def _lock(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    *whom, program, action = key
    nation = whom[0] if whom else None
    lock = next(
        row for row in scenario.tables.locks if (row.nation, row.program, row.action) == (nation, program, action)
    )
    who, what = nation_name(scenario, nation) if nation else "somebody", program_name(scenario, program)
    if action == "forbid":
        return f"lock: {who if nation else 'nobody'} may{' not' if nation else ''} buy {what}"
    number = (
        f"exactly {words.count(lock.units or 0)} of"
        if action == "fix"
        else f"at least {lock.units} of"
        if lock.units
        else ""
    )
    years = [
        text
        for year, text in (
            (lock.first_delivery, f"from {lock.first_delivery}"),
            (lock.last_delivery, f"by {lock.last_delivery}"),
        )
        if year
    ]
    when = f", delivered {' '.join(years)}" if years else ""
    return f"lock: {who} must buy {number + ' ' if number else ''}{what}{when}"


def _worse(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    cost = (scenario.national_costs or {}).get(key[0])
    return f"{nation_name(scenario, key[0])} pays no more than alone ({words.money(cost)}, shortfall priced in)"


def _outside(scenario: Scenario, key: tuple[Any, ...], keys: Sequence[tuple[Any, ...]]) -> str:
    share = float(setting(scenario, "outside_content", "max_share", 0.35))
    return f"at most {words.percent(share)} of what the bloc's members buy comes from outside it"


_DEMANDS: Mapping[str, Callable[[Scenario, tuple[Any, ...], Sequence[tuple[Any, ...]]], str]] = {
    "meet_need": _need,
    "annual_budget": _budget,
    "type_limit": _types,
    "minimum_fleet": _fleet,
    "interoperability": _interoperability,
    "fair_return": _return,
    "sector_workload": _sector,
    "sustaining_rate": _sustaining,
    "supplier_share": _supplier,
    "minimum_suppliers": _suppliers,
    "joint_program_limit": _joint_programs,
    "half_rule": _half,
    "locks": _lock,
    "no_nation_worse_off": _worse,
    "outside_content": _outside,
}


# --- facts -------------------------------------------------------------------------------------------------------


def fact_sentences(scenario: Scenario, labels: Iterable[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Physical rules of a clash in words, by rule; rows of one rule and thing are told once."""
    told: dict[tuple[str, str], list[int]] = {}
    for name, *key in labels:
        years = [part for part in key if isinstance(part, int) and scenario.first_year <= part <= scenario.last_year]
        told.setdefault((str(name), _thing(scenario, str(name), key)), []).extend(years)
    return [
        (name, f"{text} ({years_text(years)})" if years and name == "annual_capacity" else text)
        for (name, text), years in told.items()
    ]


def _thing(scenario: Scenario, name: str, key: Sequence[Any]) -> str:
    if name == "annual_capacity":
        capacity = scenario.programs[key[0]].annual_capacity_units or 0.0
        return f"{program_name(scenario, key[0])} can deliver {words.count(capacity)} a year to all nations together"
    if name == "maximum_units":
        most = scenario.programs[key[0]].max_units or 0
        return f"the line of {program_name(scenario, key[0])} sells {words.count(most)} in all"
    if name == "minimum_order":
        program = scenario.contracts[key[0]].program
        return f"a contract for {program_name(scenario, program)} orders at least {scenario.minimum_total(program)}"
    if name == "whole_lots":
        row = scenario.programs[scenario.contracts[key[0]].program]
        return f"a contract for {program_name(scenario, row.program)} comes in lots of {row.lot_units}"
    if name == "no_excess":
        asked = scenario.most_required_units[key[0], key[1]]
        what = f"{words.count(asked)} units of {capability_name(scenario, key[1])}"
        return f"{nation_name(scenario, key[0])} takes at most the {what} it asks for"
    if name == "partner_count":
        contract = scenario.contracts[key[0]]
        counts = contract.partner_counts
        return f"{contract_name(scenario, key[0])} takes {counts[0]} to {counts[-1]} partners"
    rule = _RULES[name]
    return rule.sentence.rstrip(".")


# --- who can buy what ----------------------------------------------------------------------------------------------


def obstacle(scenario: Scenario, nation: str, program: str, by: int | None = None, grade: int = 1) -> str | None:
    """Why a nation cannot have a program (by a year), in words; None where it can."""
    row = scenario.known_programs[program]
    who = nation_name(scenario, nation)
    if program not in scenario.programs:
        return "a cancelled counterfactual, left out by the settings"
    if row.grade < grade:
        return f"grade {row.grade} is below the {grade} asked for"
    if row.buyers and nation not in {member for buyer in row.buyers for member in scenario.members(buyer)}:
        return f"not on sale to {who} (buyers of the program)"
    offer = scenario.offers.get((program, nation))
    if offer is not None and offer.allowed is False:
        return f"not on offer to {who} (offers)"
    if scenario.export_status(nation, program)[0]:
        return f"export to {who} is barred under {row.export_regime}"
    if (nation, row.capability) not in scenario.wants:
        return f"{who} asks for none"
    if scenario.settings.pooling.mode == "as_is" and program not in scenario.baselines.get(
        (nation, row.capability), ()
    ):
        return "not its baseline program"
    pair = scenario.pairs.get((nation, program))
    if pair is None:
        most = scenario.max_units.get((nation, program), 0)
        return "no unit can be taken" if most < 1 else "delivery only beyond its last year or the horizon"
    if not scenario.contracts_with.get((nation, program)):
        return "no contract can be signed (partners or minimum order)"
    if by is not None and pair.earliest > by:
        return f"first delivery {pair.earliest}, after {by}" + _delays(scenario, nation, program)
    return None


def _delays(scenario: Scenario, nation: str, program: str) -> str:
    row = scenario.programs[program]
    delay = scenario.export_status(nation, program)[1]
    parts = [f"{row.approval_years} of approval"] if row.approval_years and nation != row.lead else []
    parts += [f"{delay} of export delay"] if delay else []
    return f" ({' and '.join(parts)} years in it)" if parts else ""


def deliverable(scenario: Scenario, nation: str, program: str, by: int) -> int:
    """Most units a nation could have of a program by a year, if nobody else bought it and money were no matter."""
    pair = scenario.pairs.get((nation, program))
    if pair is None:
        return 0
    years = sum(1 for year in pair.years if year <= by)
    capacity = scenario.programs[program].annual_capacity_units
    most = pair.max_units if years else 0
    return most if capacity is None else min(most, int(capacity * years + 1e-9))
