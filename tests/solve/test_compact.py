"""The compact statement, forced on small scenarios: its bound holds, and its finished plan is whole and audited."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest
from reference.scenarios import write_random

from optimizer import Scenario, load_scenario, solve
from optimizer.problems import InvalidInput


def sound(folder: Path, seeds: range) -> Iterator[tuple[int, Scenario]]:
    """Small random scenarios without faults."""
    for seed in seeds:
        write_random(folder / str(seed), seed, size="small")
        try:
            yield seed, load_scenario(folder / str(seed))
        except InvalidInput:
            continue


def test_the_bound_holds_and_the_plan_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[solve.__module__]
    compared = tight = 0
    for seed, scenario in sound(tmp_path, range(300, 330)):
        exact = solve(scenario, gap=0.0)
        with monkeypatch.context() as patch:
            patch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
            compact = solve(scenario, gap=0.0)
        if exact.objective_meur is None or compact.objective_meur is None or scenario.settings.objective.order:
            continue
        room = 1e-6 * max(1.0, abs(exact.objective_meur))
        assert compact.findings == ()
        assert compact.bound_meur is not None
        assert compact.bound_meur <= exact.objective_meur + room, seed
        assert compact.objective_meur >= exact.objective_meur - room, seed
        compared += 1
        tight += compact.objective_meur <= exact.objective_meur + room
    assert compared >= 12
    assert tight >= compared // 2


def test_made_whole_capability_by_capability_a_plan_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, finish = sys.modules[solve.__module__], sys.modules["optimizer.solve.whole_units"]
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    monkeypatch.setattr(finish, "_AT_ONCE_UP_TO_COLUMNS", 0)
    found = 0
    for seed, scenario in sound(tmp_path, range(300, 318)):
        solution = solve(scenario, gap=0.0)
        if solution.plan is not None:
            assert solution.findings == (), seed
            found += 1
    assert found >= 8
