"""The comparison by hand: what two nations save together, who changed program, and what the gaps allow to be said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from small_case import write_small
from workers.pieces import Bomb

from optimizer import Scenario, SolverFailed, SolverUnavailable, compare, load_scenario, solve
from optimizer.analysis.compare import Result, Settings, arranged, plan_differences, run, with_national


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return compare(load_scenario(write_small(tmp_path_factory.mktemp("small"))))


def test_costs_of_every_pooling_are_those_worked_out_by_hand(result: Result) -> None:
    # As is: both buy the ox, 8 * 60. National: one lion, since a development is launched once, 100 + 4 * 10, and one
    # ox, 4 * 60. Joint: one lion for both, 100 + 8 * 10.
    costs = {case.name: case.solution.cost_meur for case in result.cases}
    assert costs == pytest.approx({"as_is": 480.0, "national": 380.0, "joint": 180.0})


def test_the_bridge_by_term_and_by_capability_adds_up_to_the_saving(result: Result) -> None:
    bridge = result.tables()["bridge"]
    for by in ("term", "capability"):
        assert bridge[bridge["by"] == by]["change_meur"].sum() == pytest.approx(180.0 - 380.0)
    terms = bridge.set_index("item")["change_meur"]
    assert terms["development"] == pytest.approx(0.0)
    assert terms["production"] == pytest.approx(80.0 - 280.0)


def test_the_nation_that_bought_the_ox_is_told_to_have_changed_program(result: Result) -> None:
    national = result.solution("national")
    assert national is not None and national.plan is not None
    ox_buyer = next(nation for nation, contract, _ in national.plan.deliveries if contract.startswith("ox@"))
    rows = result.tables()["differences"]
    told = {(row.change, row.nation, row.program) for row in rows.itertuples()}
    assert told == {("joined", ox_buyer, "lion"), ("left", ox_buyer, "ox")}


def test_every_nation_stands_once_per_case_with_its_saving(result: Result) -> None:
    nations = result.tables()["nations"]
    assert len(nations) == 2 * 3
    joint = nations[nations["case"] == "joint"]
    assert joint["saving_meur"].sum() == pytest.approx(200.0)
    assert (joint["saving_meur"] == joint["national_cost_meur"] - joint["cost_meur"]).all()
    assert list(nations.columns[:4]) == ["nation", "units", "cost_meur", "national_cost_meur"]


def test_the_headline_states_the_saving_and_the_check(result: Result) -> None:
    assert "joint against national: saves 200 meur (53 %)." in result.headline()
    assert "joint costs no more than national, shortfall priced in (both proven)" in result.headline()
    assert result.faults == ()


def test_a_year_that_moved_and_a_volume_that_changed_are_rows_of_their_own(tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path))
    solution = solve(scenario)
    assert solution.plan is not None
    moved = dataclasses.replace(
        solution.plan,
        deliveries={("AAA", "lion@joint", 2033): 4, ("BBB", "lion@joint", 2032): 1, ("BBB", "lion@joint", 2033): 1},
    )
    before = dataclasses.replace(
        solution,
        plan=dataclasses.replace(moved, deliveries={("AAA", "lion@joint", 2031): 4, ("BBB", "lion@joint", 2032): 4}),
    )
    rows = plan_differences(before, dataclasses.replace(solution, plan=moved), "before", "after")
    assert [
        (row["nation"], row["change"], row["from_units"], row["to_units"], row["from_year"], row["to_year"])
        for row in rows
    ] == [("AAA", "moved", 4, 4, 2031, 2033), ("BBB", "volume", 4, 2, 2032, 2032)]


def test_scenarios_side_by_side_have_the_names_of_their_folders(tmp_path: Path) -> None:
    one = load_scenario(write_small(tmp_path / "one"))
    other = load_scenario(
        write_small(
            tmp_path / "other", requirements=("nation,capability,quantity,need_by\nAAA,tank,4,2031\nBBB,tank,6,2032\n")
        )
    )
    result = compare(one, other)
    assert result.names == ("one", "other")
    assert not result.by_pooling
    # Two more tanks at 10 each.
    assert result.tables()["bridge"].set_index("item")["change_meur"]["production"] == pytest.approx(20.0)
    assert [row["change"] for row in result.tables()["differences"].to_dict("records")] == ["volume"]


def test_the_same_scenario_twice_has_two_names_and_no_difference(tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path / "one"))
    result = compare(scenario, scenario)
    assert result.names == ("one", "one (2)")
    assert result.tables()["differences"].empty
    assert "costs the same" in result.headline()


def test_blocs_are_compared_only_when_the_settings_name_some(tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path, settings='[pooling]\nmode = "joint"\nblocs = [["AAA", "BBB"]]\n'))
    result = run(scenario, Settings(poolings=()))
    assert result.names == ("as_is", "national", "blocs", "joint")
    blocs = result.solution("blocs")
    assert blocs is not None and blocs.cost_meur == pytest.approx(180.0)


def test_without_baseline_programs_there_is_no_as_is(tmp_path: Path) -> None:
    scenario = load_scenario(
        write_small(tmp_path, requirements="nation,capability,quantity,need_by\nAAA,tank,4,2031\nBBB,tank,4,2032\n")
    )
    assert compare(scenario).names == ("national", "joint")


def test_a_bound_above_a_plan_that_exists_is_called_a_fault(result: Result) -> None:
    national, joint = result.solution("national"), result.solution("joint")
    assert national is not None and joint is not None
    wrong = dataclasses.replace(joint, objective_meur=400.0, bound_meur=390.0)
    assert "one of the two is wrong" in arranged({"national": national, "joint": wrong}, by_pooling=True).faults[0]
    loose = dataclasses.replace(joint, objective_meur=400.0, bound_meur=170.0)
    told = arranged({"national": national, "joint": loose}, by_pooling=True)
    assert told.faults == () and "worse than the national one by 20 meur" in told.checks[0]


def test_an_infeasible_national_case_leaves_the_national_columns_empty(result: Result) -> None:
    national, joint = result.solution("national"), result.solution("joint")
    assert national is not None and joint is not None
    bare = solve(joint.scenario)
    none = dataclasses.replace(national, plan=None, status="infeasible", _tables={})
    assert with_national(bare, none).tables()["nations"]["national_cost_meur"].isna().all()
    filled = with_national(bare, national).tables()["nations"].set_index("nation")
    assert filled["national_cost_meur"].sum() == pytest.approx(380.0)
    assert filled["saving_share"]["BBB"] == pytest.approx(
        filled["saving_meur"]["BBB"] / filled["national_cost_meur"]["BBB"]
    )
    assert bare.tables()["nations"]["national_cost_meur"].isna().all()


def test_side_by_side_is_the_same_comparison(result: Result) -> None:
    joint = result.solution("joint")
    assert joint is not None
    beside = run(joint.scenario, Settings(workers=2))
    assert beside.names == result.names
    for case in result.cases:
        other = beside.solution(case.name)
        assert other is not None and other.plan == case.solution.plan
    assert beside.headline() == result.headline()
    assert beside.lost == ()


def test_a_case_whose_process_dies_is_missing_and_said_to_be(tmp_path: Path) -> None:
    one = load_scenario(write_small(tmp_path / "one"))
    deadly = Scenario(one.tables, one.settings, {**one.provenance, "chain": ("deadly",), "bomb": Bomb()})
    result = compare(one, deadly, workers=2)
    assert result.names == ("one",)
    (told,) = result.lost
    assert told.startswith("deadly is missing: the process that solved it died twice (killed by signal SIGKILL)")
    assert told in result.headline() and result.as_dict()["lost"] == [told]
    with pytest.raises(SolverFailed, match="died twice"):
        compare(deadly, deadly, workers=2)


def test_a_solver_that_is_not_there_is_refused_side_by_side_too(tmp_path: Path) -> None:
    with pytest.raises(SolverUnavailable, match="nonesuch"):
        compare(load_scenario(write_small(tmp_path)), workers=2, solver="nonesuch")
