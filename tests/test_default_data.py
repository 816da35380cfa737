"""The data that come with the project hold together. Nothing is solved here."""

from __future__ import annotations

import csv
import functools
import re
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from optimizer.checks import all_problems, all_warnings
from optimizer.scenario import Scenario
from optimizer.tables.read import read

DATA = Path(__file__).resolve().parent.parent / "data"
TABLES = sorted(path.stem for path in DATA.glob("*.csv"))
WHAT_IFS = sorted(path.stem for path in (DATA / "whatifs").glob("*.toml"))


@functools.cache
def rows(table: str) -> list[dict[str, str]]:
    """The rows of one default table, as text."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pairs(text: str) -> dict[str, float]:
    """A cell such as FRA:0.5;DEU:0.5."""
    return {k: float(v) for k, v in (part.split(":") for part in text.split(";") if part)}


def family(program: str) -> str:
    """The family a program counts as; a name that is no program stands for itself."""
    known = {row["program"]: row["family"] or row["program"] for row in rows("programs")}
    return known.get(program, program)


@functools.cache
def scenario() -> Scenario:
    """The default scenario."""
    loaded = read(DATA)
    assert loaded.settings is not None
    return Scenario(loaded.tables, loaded.settings)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_names_its_source_and_how_far_to_trust_it(table: str) -> None:
    for number, row in enumerate(rows(table), 2):
        assert row["source"].strip(), f"{table}.csv row {number} has no source"
        assert row["confidence"] in {"high", "medium", "low"}, f"{table}.csv row {number}"


def test_default_counts() -> None:
    needing = {row["nation"] for row in rows("requirements")}
    assert len(rows("capabilities")) == 28
    only_supply = {row["nation"] for row in rows("nations") if row["x_note"].startswith("Supplier only")}
    assert only_supply == {"BRA", "ISR"} and len(rows("nations")) == 44
    told = "42 allied and partner nations and 2 that only supply, 28 capabilities."
    assert told in (DATA / "scenario.toml").read_text(encoding="utf-8")
    assert needing <= {row["nation"] for row in rows("budgets")}
    assert not needing & {"BRA", "ISR", "ISL"}
    assert len(rows("programs")) == 147
    assert len(rows("requirements")) == 352
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    assert "(352 rows)" in text
    assert "147 programs" in text and "42 allied and partner nations and two that only supply" in text


def test_all_rows_adds_the_weaker_rows() -> None:
    loaded = read(DATA / "whatifs" / "all_rows.toml")
    programs = loaded.tables.programs
    assert len(programs) == 166
    assert sum(row.name.endswith("without partners") for row in programs) == 6
    # the steps of one need are one statement of need
    needs = loaded.tables.requirements
    assert len(needs) == 740
    assert len({(row.nation, row.capability) for row in needs}) == 514


@pytest.mark.parametrize("name", WHAT_IFS)
def test_every_what_if_loads_without_a_fault(name: str) -> None:
    loaded = read(DATA / "whatifs" / f"{name}.toml")
    assert list(all_problems(loaded)) == []


def test_default_has_neither_fault_nor_warning() -> None:
    loaded = read(DATA)
    assert list(all_problems(loaded)) == []
    assert list(all_warnings(loaded)) == []


def test_every_what_if_is_described() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    for name in WHAT_IFS:
        assert f"`{name}`" in text


def test_the_data_are_marked_as_an_illustration() -> None:
    settings = tomllib.loads((DATA / "scenario.toml").read_text(encoding="utf-8"))
    assert settings["illustrative"] is True
    assert settings["solver"]["gap"] <= 0.005


def test_work_shares_and_profiles_sum_to_one() -> None:
    for row in rows("programs"):
        assert sum(pairs(row["suppliers"]).values()) == pytest.approx(1, abs=1e-9), row["program"]
        for column in ("payment_profile", "development_profile"):
            if row[column]:
                assert sum(pairs(row[column]).values()) == pytest.approx(1, abs=1e-9), row["program"]


def test_fleets_never_cover_new_demand() -> None:
    first: dict[tuple[str, str], int] = {}
    for row in rows("requirements"):
        key = row["nation"], row["capability"]
        first[key] = min(int(row["need_by"]), first.get(key, 9999))
    for row in rows("fleets"):
        if row["retires"]:
            # a nation without a default need keeps its fleet for the what-if with all rows
            assert int(row["retires"]) <= first.get((row["nation"], row["capability"]), 2045), row
        else:
            assert "already under contract" in next(
                need["x_note"]
                for need in rows("requirements")
                if (need["nation"], need["capability"]) == (row["nation"], row["capability"])
            )


def test_units_under_contract_leave_room_within_the_type_limit() -> None:
    limits = {row["capability"]: int(row["max_types_per_nation"]) for row in rows("capabilities")}
    types: dict[tuple[str, str], set[str]] = defaultdict(set)
    open_need: Counter[tuple[str, str]] = Counter()
    for row in rows("requirements"):
        key = row["nation"], row["capability"]
        contracted = int(row["contracted_units"])
        if contracted:
            types[key].add(family(row["baseline_program"]))
        open_need[key] += int(row["quantity"]) - contracted
    for row in rows("fleets"):
        if not row["retires"]:
            types[row["nation"], row["capability"]].add(family(row["program"]))
    for key, held in types.items():
        assert len(held) <= limits[key[1]], key
        if open_need[key] and len(held) == limits[key[1]]:
            assert held & {family(row["program"]) for row in rows("programs") if row["capability"] == key[1]}


def test_every_group_has_a_key_that_serves_all_of_it() -> None:
    programs = {row["program"]: row for row in rows("programs")}
    members: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows("groups"):
        members[row["group"], row["capability"], row["level"]].add(row["nation"])
    for (group, capability, level), nations in members.items():

        def keys(program: str, level: str = level) -> set[str]:
            if level == "compatible":
                return set(filter(None, programs[program]["standards"].split(";")))
            return {family(program)} if level == "interchangeable" else {program}

        candidates = [code for code, row in programs.items() if row["capability"] == capability]
        shared = set().union(*(keys(code) for code in candidates))
        for row in rows("requirements"):
            mine = row["capability"] == capability and row["nation"] in nations
            if mine and int(row["contracted_units"]) and row["baseline_program"] in programs:
                shared &= keys(row["baseline_program"])
        assert shared, f"{group} cannot agree on {capability}"


def test_preferences_stay_within_a_fifth_of_the_price() -> None:
    price = {row["program"]: float(row["unit_cost_meur"]) for row in rows("programs")}
    for row in rows("offers"):
        if row["preference_meur_per_unit"]:
            assert abs(float(row["preference_meur_per_unit"])) <= 0.2 * price[row["program"]] + 0.001, row


def test_price_bands_follow_the_learning_curve() -> None:
    deviations = scenario().band_deviation
    assert max(deviations.values()) < 0.06
    assert sum(value > 0.03 for value in deviations.values()) <= 6


def test_every_source_key_is_explained() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| ([A-Z][\w-]+) \|", text, re.MULTILINE))
    for table in TABLES:
        for row in rows(table):
            for key in re.findall(r"\b(?:P|DBA)-[A-Z0-9][A-Z0-9-]*\b", row["source"]):
                assert key in known or key == "P-8A", f"{table}.csv cites {key}"
