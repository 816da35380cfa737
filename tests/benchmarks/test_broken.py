"""Scenarios broken by one random change: the change stands in the explanation."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks import broken
from benchmarks.broken import COUNT, WAYS, Broken, cases
from optimizer import load_scenario
from optimizer.analysis.explain import Settings, run
from tests.test_structure import PROJECT
from tests.ui.four_nations import write_four


def check(case: Broken) -> None:
    result = run(case.scenario, Settings())
    assert result.exit_code == 3
    assert case.named(result), result.headline()
    assert result.infeasible is not None and result.infeasible.diagnosis.cheapest is not None


@pytest.mark.slow
def test_the_change_that_broke_the_default_data_is_named() -> None:
    # One of forty that takes the least time; `python -m benchmarks.broken` tries them all.
    ((_, case),) = cases(load_scenario(PROJECT / "data"), 1, [23])
    assert case.way == "barred"
    check(case)


@pytest.mark.parametrize("way", ["no_types", "barred", "locked_both_ways", "no_work_allowed"])
def test_the_change_that_broke_a_small_scenario_is_named(way: str, tmp_path: Path) -> None:
    check(getattr(broken, way)(load_scenario(write_four(tmp_path)), random.Random(0)))


def test_every_way_changes_the_default_data_with_the_same_dice_alike() -> None:
    scenario = load_scenario(PROJECT / "data")
    for way in WAYS:
        one, other = way(scenario, random.Random(7)), way(scenario, random.Random(7))
        assert one.change == other.change
        assert one.scenario.tables != scenario.tables
    assert len({case.way for _, case in cases(scenario, 1)}) == len(WAYS)
    assert COUNT % len(WAYS) == 0
