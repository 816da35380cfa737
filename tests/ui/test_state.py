"""State: what is loaded is remembered until its files change, faults as well."""

from __future__ import annotations

import pytest

from optimizer import InvalidInput, Problem
from ui.state import loaded_scenario


def faults(path: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as caught:
        loaded_scenario(path)
    return caught.value.problems


def test_a_scenario_is_read_once_until_its_files_change(place) -> None:
    path, needs = str(place.scenario), place.scenario / "requirements.csv"
    sound = needs.read_text()
    scenario = loaded_scenario(path)
    assert loaded_scenario(path) is scenario
    needs.write_text(sound.replace("2032", "1850"))
    first = faults(path)
    # The very same faults, not equal ones found by reading everything again.
    assert faults(path) is first
    assert [(fault.file, fault.row, fault.column) for fault in first] == [("requirements.csv", 3, "need_by")]
    needs.write_text(sound)
    assert loaded_scenario(path).tables == scenario.tables
