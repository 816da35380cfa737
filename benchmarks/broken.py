"""Broken scenarios: the default data broken by one random change in forty ways; is the change in the explanation?

Run: `python -m benchmarks.broken [--seed N] [--only NUMBER ...] [--scenario DIR]`.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from typing import Callable, Iterable

from optimizer import Scenario, load_scenario
from optimizer.analysis.explain import Result, Settings, run
from optimizer.tables.schema import Industry, Lock, Row

LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Broken:
    """A scenario that has no plan because of one change, and how to see the change in an explanation.

    `base` is what was changed: the same needs, all of which can be met.
    """

    way: str
    change: str
    scenario: Scenario
    named: Callable[[Result], bool]


def edited(scenario: Scenario, table: str, change: Callable[[Row], Row]) -> Scenario:
    """The scenario with every row of a table put through a change."""
    return scenario.replace(tables={table: tuple(change(row) for row in getattr(scenario.tables, table))})


def with_must_meet(scenario: Scenario, index: int, **values: object) -> Scenario:
    """One need that must be met, with other values besides."""
    rows = list(scenario.tables.requirements)
    rows[index] = rows[index].model_copy(update={"must_meet": True, **values})
    return scenario.replace(tables={"requirements": tuple(rows)})


def servable(scenario: Scenario) -> list[int]:
    """National needs of open units that some program can deliver to by their date, with the money to buy it."""
    found = []
    for need in scenario.needs:
        row = need.row
        if need.is_bloc or row.quantity - row.contracted_units < 2.0:
            continue
        if scenario.in_stock(row.nation, row.capability, row.need_by, row.min_grade) >= row.quantity:
            continue
        programs = [
            p
            for p in scenario.programs_of[row.capability]
            if scenario.programs[p].grade >= row.min_grade
            and (row.nation, p) in scenario.pairs
            and scenario.contracts_with.get((row.nation, p))
            and scenario.pairs[row.nation, p].earliest + 2 <= row.need_by
        ]
        if programs and (row.nation, "all") in scenario.budgets:
            found.append(need.index)
    return found


def in_table(result: Result, part: str, **values: object) -> bool:
    """Whether a row of a table of the explanation has these values."""
    if result.infeasible is None:
        return False
    table = result.infeasible.tables()[part]
    for row in table.to_dict("records"):
        if all(str(row.get(name)) == str(value) for name, value in values.items()):
            return True
    return False


# --- the ways to break it ------------------------------------------------------------------------------------------


def no_money(scenario: Scenario, dice: random.Random) -> Broken:
    """A nation's budget cut to nothing while it must meet a need."""
    index = dice.choice(servable(scenario))
    nation = scenario.needs[index].row.nation
    broken = edited(
        with_must_meet(scenario, index),
        "budgets",
        lambda row: row.model_copy(update={"budget_meur": 0.0}) if row.nation == nation else row,  # type: ignore[attr-defined]
    )
    return Broken(
        "no money",
        f"budget of {nation} to nothing",
        broken,
        lambda r: in_table(r, "clash", rule="annual_budget", nation=nation),
    )


def too_many(scenario: Scenario, dice: random.Random) -> Broken:
    """A need raised beyond what all lines can deliver by its date."""
    index = dice.choice(servable(scenario))
    row = scenario.needs[index].row
    broken = with_must_meet(scenario, index, quantity=row.quantity * 1000.0)
    # Money is lifted, so that nothing but the quantity breaks it.
    broken = broken.with_rule("annual_budget", on=False)
    limited = edited(
        broken,
        "programs",
        lambda p: (
            p.model_copy(update={"max_units": min(p.max_units or 10**6, int(row.quantity * 10))})  # type: ignore[attr-defined]
            if p.capability == row.capability  # type: ignore[attr-defined]
            else p
        ),
    )
    return Broken(
        "too many",
        f"{row.nation} asks for {row.quantity * 1000:g} {row.capability}",
        limited,
        lambda r: in_table(r, "clash", rule="meet_need", nation=row.nation, capability=row.capability),
    )


def no_types(scenario: Scenario, dice: random.Random) -> Broken:
    """No type allowed in a capability in which a need must be met."""
    able = [i for i in servable(scenario)]
    index = dice.choice(able)
    capability = scenario.needs[index].row.capability
    column = dice.choice(["max_types", "max_types_per_nation"])
    broken = edited(
        with_must_meet(scenario, index),
        "capabilities",
        lambda row: row.model_copy(update={column: 0}) if row.capability == capability else row,  # type: ignore[attr-defined]
    )
    return Broken(
        "no types",
        f"{column} of {capability} to 0",
        broken,
        lambda r: in_table(r, "clash", rule="type_limit", capability=capability),
    )


def barred(scenario: Scenario, dice: random.Random) -> Broken:
    """Every program that could serve a must-meet need barred from its nation, one left that comes too slowly."""
    index = dice.choice(servable(scenario))
    row = scenario.needs[index].row
    programs = [
        p
        for p in scenario.programs_of[row.capability]
        if (row.nation, p) in scenario.pairs and scenario.programs[p].grade >= row.min_grade
    ]
    left = dice.choice(programs)

    def change(p: Row) -> Row:
        if p.program == left:  # type: ignore[attr-defined]
            return p.model_copy(update={"annual_capacity_units": 0.1})
        return p

    offers = {(o.program, o.nation): o for o in scenario.tables.offers}
    for program in programs:
        if program != left:
            known = offers.get((program, row.nation))
            made = known.model_copy(update={"allowed": False}) if known else offers_row(program, row.nation)
            offers[program, row.nation] = made
    broken = with_must_meet(edited(scenario, "programs", change), index)
    broken = broken.replace(tables={"offers": tuple(offers.values())}).with_rule("annual_budget", on=False)
    shut = [p for p in programs if p != left]
    return Broken(
        "barred",
        f"{row.nation} barred from {', '.join(shut) or 'none'}; {left} slow",
        broken,
        lambda r: (
            in_table(r, "clash", rule="meet_need", nation=row.nation, capability=row.capability)
            and all(in_table(r, "programs", nation=row.nation, program=p, units=0) for p in shut)
            and in_table(r, "programs", nation=row.nation, program=left)
        ),
    )


def offers_row(program: str, nation: str) -> Row:
    """An offer that bars a nation from a program."""
    from optimizer.tables.schema import Offer

    return Offer.model_validate({"program": program, "nation": nation, "allowed": "no"})


def locked_both_ways(scenario: Scenario, dice: random.Random) -> Broken:
    """A program required for a nation and forbidden to all."""
    nation, program = dice.choice(sorted(key for key in scenario.contracts_with))
    locks = (
        Lock.model_validate({"nation": nation, "program": program, "action": "require"}),
        Lock.model_validate({"program": program, "action": "forbid"}),
    )
    broken = scenario.replace(tables={"locks": locks})
    return Broken(
        "locked both ways",
        f"{program} required for {nation}, forbidden to all",
        broken,
        lambda r: in_table(r, "clash", rule="locks", program=program),
    )


def too_much_work(scenario: Scenario, dice: random.Random) -> Broken:
    """More work asked for a nation's sector than all programs together could place there."""
    rows = [row for row in scenario.tables.industry if row.min_work_meur]
    row = dice.choice(rows)
    broken = edited(
        scenario,
        "industry",
        lambda other: other.model_copy(update={"min_work_meur": 1e7}) if other is row else other,
    )
    return Broken(
        "too much work",
        f"least work of {row.nation} in {row.sector} to 10 000 000 meur",
        broken,
        lambda r: in_table(r, "clash", rule="sector_workload", nation=row.nation),
    )


def no_work_allowed(scenario: Scenario, dice: random.Random) -> Broken:
    """A nation must buy from home, and its sector may take no work."""
    able = [
        (nation, program)
        for nation, program in sorted(scenario.contracts_with)
        if scenario.shares[program].get(nation, 0.0) > 0.0 and not scenario.is_open(program)
    ]
    nation, program = dice.choice(able)
    sector = scenario.capabilities[scenario.programs[program].capability].sector
    others = tuple(row for row in scenario.tables.industry if (row.nation, row.sector) != (nation, sector))
    made = Industry.model_validate({"nation": nation, "sector": sector, "max_work_meur": 0.0})
    lock = Lock.model_validate({"nation": nation, "program": program, "action": "require"})
    broken = scenario.replace(tables={"industry": (*others, made), "locks": (lock,)})
    return Broken(
        "no work allowed",
        f"most work of {nation} in {sector} to 0, {program} required",
        broken,
        lambda r: in_table(r, "clash", rule="sector_workload", nation=nation),
    )


def too_many_suppliers(scenario: Scenario, dice: random.Random) -> Broken:
    """More lead nations asked for than there are, in a capability in which a need must be met."""
    index = dice.choice(servable(scenario))
    capability = scenario.needs[index].row.capability
    broken = edited(
        with_must_meet(scenario, index),
        "capabilities",
        lambda row: row.model_copy(update={"min_suppliers": 30}) if row.capability == capability else row,  # type: ignore[attr-defined]
    )
    return Broken(
        "too many suppliers",
        f"min_suppliers of {capability} to 30",
        broken,
        lambda r: in_table(r, "clash", rule="minimum_suppliers", capability=capability),
    )


def too_large_fleet(scenario: Scenario, dice: random.Random) -> Broken:
    """A smallest fleet beyond what any nation may take, where a need must be met."""
    index = dice.choice(servable(scenario))
    capability = scenario.needs[index].row.capability
    broken = edited(
        with_must_meet(scenario, index),
        "capabilities",
        lambda row: row.model_copy(update={"min_fleet_units": 100_000}) if row.capability == capability else row,  # type: ignore[attr-defined]
    )
    return Broken(
        "too large a fleet",
        f"min_fleet_units of {capability} to 100 000",
        broken,
        lambda r: (
            in_table(r, "clash", rule="minimum_fleet", capability=capability)
            or in_table(r, "clash", rule="minimum_fleet")
        ),
    )


def no_joint_contracts(scenario: Scenario, dice: random.Random) -> Broken:
    """A nation may enter no joint contract and must buy what only partners together can develop."""
    able = sorted(
        (nation, contract.program)
        for contract in scenario.contracts.values()
        if contract.pooled and contract.open_development
        for nation in contract.nations
        if not any(c.id.endswith(f"@{nation}") for c in scenario.contracts_of[contract.program])
    )
    nation, program = dice.choice(able)
    lock = Lock.model_validate({"nation": nation, "program": program, "action": "require"})
    broken = edited(
        scenario.replace(tables={"locks": (lock,)}),
        "nations",
        lambda row: row.model_copy(update={"max_joint_programs": 0}) if row.nation == nation else row,  # type: ignore[attr-defined]
    )
    return Broken(
        "no joint contracts",
        f"max_joint_programs of {nation} to 0, {program} required",
        broken,
        lambda r: in_table(r, "clash", rule="joint_program_limit", nation=nation),
    )


WAYS: tuple[Callable[[Scenario, random.Random], Broken], ...] = (
    no_money,
    too_many,
    no_types,
    barred,
    locked_both_ways,
    too_much_work,
    no_work_allowed,
    too_many_suppliers,
    too_large_fleet,
    no_joint_contracts,
)
COUNT = 40


def cases(scenario: Scenario, seed: int, numbers: Iterable[int] = range(COUNT)) -> Iterable[tuple[int, Broken]]:
    """The broken scenarios: each way in turn, each time with other dice."""
    for number in numbers:
        yield number, WAYS[number % len(WAYS)](scenario, random.Random(1000 * seed + number))


def main() -> None:
    """Explain each broken scenario and print whether the change is named, and the seconds it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="*", default=None)
    parser.add_argument("--scenario", default="data")
    given = parser.parse_args()
    scenario = load_scenario(given.scenario)
    hits, slow, times = 0, 0, []
    chosen = list(range(COUNT) if given.only is None else given.only)
    for number, broken in cases(scenario, given.seed, chosen):
        started, worked = time.monotonic(), time.process_time()
        result = run(broken.scenario, Settings())
        seconds, work = time.monotonic() - started, time.process_time() - worked
        hit = broken.named(result)
        hits, slow = hits + hit, slow + (seconds > LIMIT_SECONDS)
        times.append(seconds)
        print(
            f"{number:2d} {'hit ' if hit else 'MISS'} {seconds:6.1f} s ({work:5.1f} s of processor)  {broken.way}: "
            f"{broken.change}",
            flush=True,
        )
        lines = result.headline().splitlines()
        print("   ", "\n    ".join(line[:300] for line in lines[1:4]), flush=True)
    median = sorted(times)[len(times) // 2]
    print(
        f"{hits} of {len(times)} named; seconds: median {median:.1f}, most {max(times):.1f}, "
        f"beyond {LIMIT_SECONDS:.0f}: {slow}"
    )


if __name__ == "__main__":
    main()

__all__ = ["COUNT", "WAYS", "Broken", "cases", "main"]
