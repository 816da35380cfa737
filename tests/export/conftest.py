"""A solved small scenario, written once as a result folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from small_case import write_small

from optimizer import Scenario, Solution, load_scenario, solve
from optimizer.export.results import write_result


@dataclass(frozen=True)
class Made:
    """A scenario, its solution, and the folder the result was written to."""

    scenario: Scenario
    solution: Solution
    national: Solution
    folder: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("made")
    scenario = load_scenario(write_small(place / "inputs"))
    solution, national = solve(scenario), solve(scenario.with_pooling("national"))
    write_result(solution, place / "result", national=national)
    return Made(scenario, solution, national, place / "result")
