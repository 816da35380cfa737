"""The default data broken by one random change: the change stands in the explanation."""

from __future__ import annotations

import random

import pytest

from benchmarks.broken import COUNT, WAYS, cases
from optimizer import load_scenario
from optimizer.analysis.explain import Settings, run
from tests.test_structure import PROJECT


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, 5])
def test_the_change_that_broke_it_is_named(number: int) -> None:
    ((_, broken),) = cases(load_scenario(PROJECT / "data"), 1, [number])
    result = run(broken.scenario, Settings())
    assert result.exit_code == 3
    assert broken.named(result), result.headline()
    assert result.infeasible is not None and result.infeasible.diagnosis.cheapest is not None


def test_every_way_changes_the_default_data_with_the_same_dice_alike() -> None:
    scenario = load_scenario(PROJECT / "data")
    for way in WAYS:
        one, other = way(scenario, random.Random(7)), way(scenario, random.Random(7))
        assert one.change == other.change
        assert one.scenario.tables != scenario.tables
    assert len({broken.way for _, broken in cases(scenario, 1)}) == len(WAYS)
    assert COUNT % len(WAYS) == 0
