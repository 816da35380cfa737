"""Checks between rows: what is allowed, what is only a warning, and how a fault follows the one who wrote it."""

from __future__ import annotations

import pytest

from optimizer.checks import (
    SHARE_TOLERANCE,
    all_problems,
    all_warnings,
    check_references,
    check_warnings,
    known_codes,
)
from optimizer.tables.read import read
from optimizer.tables.schema import Tables


def places(problems):
    return [(problem.file, problem.row, problem.column) for problem in problems]


def test_nothing_is_wrong_with_nothing():
    assert check_references(Tables(), None) == []
    assert check_warnings(Tables(), None) == []


def test_tables_built_in_memory_are_checked_like_files(small):
    reading = read(small.folder)
    assert check_references(reading.tables, reading.settings) == []
    assert known_codes(reading.tables) == dict(reading.known)


def test_supplier_only_nations_are_allowed_as_supplier_and_lead_but_not_as_partner(small):
    # ISR is no nation of the scenario; the small scenario has it as lead, supplier and export supplier.
    assert all_problems(read(small.folder)) == ()
    small.replace("programs.csv", "FRA;DEU,EU", "FRA;DEU;ISR,EU;")
    assert places(all_problems(read(small.folder))) == [("programs.csv", 2, "partners")]


def test_a_contracted_program_may_be_unknown_but_is_warned_of(small):
    small.replace("requirements.csv", "10,lion_f", "10,lyon_f")
    reading = read(small.folder)
    assert all_problems(reading) == ()
    [warning] = all_warnings(reading)
    assert (warning.file, warning.row, warning.column) == ("requirements.csv", 2, "baseline_program")
    assert "lion_f" in warning.remedy


def test_a_fleet_may_name_any_family(small):
    small.replace("fleets.csv", "lynx", "something_old")
    assert all_problems(read(small.folder)) == ()


def test_a_budget_outside_the_horizon_is_only_a_warning(small):
    small.replace("budgets.csv", "FRA,2030", "FRA,2050")
    reading = read(small.folder)
    assert all_problems(reading) == ()
    assert places(all_warnings(reading)) == [("budgets.csv", 2, "year")]


def test_too_few_partners_is_only_a_warning(small):
    small.replace("programs.csv", "growth_low,growth_high", "growth_low,min_partners")
    small.replace("programs.csv", ",0.9,1.5\n", ",0.9,3\n")
    reading = read(small.folder)
    assert all_problems(reading) == ()
    assert places(all_warnings(reading)) == [("programs.csv", 2, "min_partners")]


def test_blocs_may_be_named_though_another_mode_is_chosen(small):
    assert all_problems(read(small.folder, {"pooling.mode": "joint"})) == ()


def test_an_unpriced_capability_is_allowed_where_every_row_is_must_meet(small):
    assert read(small.folder).tables.capabilities[1].shortfall_meur_per_unit_year is None
    assert all_problems(read(small.folder)) == ()


@pytest.mark.parametrize(("total", "allowed"), [(0.5 + SHARE_TOLERANCE / 2, True), (0.5 + SHARE_TOLERANCE * 2, False)])
def test_shares_sum_to_one_within_the_tolerance(small, total, allowed):
    small.replace("programs.csv", "FRA:0.5;DEU:0.5", f"FRA:0.5;DEU:{total:.9f}")
    assert (all_problems(read(small.folder)) == ()) is allowed


def test_regimes_are_free_without_an_export_table(small):
    (small.folder / "export.csv").unlink()
    assert all_problems(read(small.folder)) == ()


def test_the_last_year_of_the_horizon_is_in_time(small):
    small.replace("requirements.csv", "tank,100,2034", "tank,100,2040")
    assert all_problems(read(small.folder)) == ()


def test_a_horizon_of_sixty_years_is_allowed(small):
    assert all_problems(read(small.folder, {"last_year": "2085"})) == ()
    assert places(all_problems(read(small.folder, {"last_year": "2086"}))) == [("--set", None, "last_year")]


def test_a_fault_between_settings_names_who_set_it(small):
    problems = all_problems(read(small.folder, {"pooling.blocs": "[]"}))
    assert places(problems) == [("--set", None, "pooling.blocs")]


def test_an_ill_formed_code_is_told_once_not_at_everyone_who_names_it(small):
    small.replace("nations.csv", "FRA,France", "fra,France")
    assert places(all_problems(read(small.folder))) == [("nations.csv", 2, "nation")]


def test_a_misspelt_nation_in_its_own_table_is_told_where_it_is_named(small):
    small.replace("nations.csv", "FRA,France", "FRX,France")
    problems = all_problems(read(small.folder))
    assert all("FRX" in problem.remedy or problem.column == "partners" for problem in problems), problems


def test_a_bloc_where_a_nation_is_wanted_lists_its_members(small):
    small.replace("offers.csv", "lion,FRA", "lion,EU")
    [problem] = all_problems(read(small.folder))
    assert problem.remedy == "It is a bloc; name its members: DEU, FRA"


def test_a_program_with_a_fault_still_serves_its_capability(small):
    small.replace(
        "programs.csv",
        "eye,radar,national_development,FRA,,,FRA:0.7;DEU:0.3,0,30",
        "eye,radar,national_development,FRA,,,FRA:0.7;DEU:0.3,0,many",
    )
    assert places(all_problems(read(small.folder))) == [("programs.csv", 5, "unit_cost_meur")]


def test_a_rule_that_is_off_may_name_an_unknown_bloc(small):
    small.replace("scenario.toml", "tolerance = 0.1", 'bloc = "XYZ"')
    assert len(all_problems(read(small.folder))) == 1
    assert all_problems(read(small.folder, {"rules.fair_return": "false"})) == ()
