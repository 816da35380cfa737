"""Servable: locks that no plan can keep are told before anything is solved."""

from __future__ import annotations

import pytest
from scenario_maker import make

from optimizer.servable import check_servable


def faults(lock: str, programs: str = "program annual_capacity_units\njet 2") -> list[tuple[str | None, str]]:
    scenario = make(
        programs=programs,
        requirements="nation quantity\nAAA 5",
        locks="nation program action units first_delivery last_delivery\n" + lock,
        mode="national",
    )
    return [(problem.column, problem.reason) for problem in check_servable(scenario)[0]]


@pytest.mark.parametrize(
    "lock",
    ["AAA jet require - - -", "AAA jet fix 5 - -", "AAA jet fix 4 2027 2028", "AAA jet forbid - - -"],
)
def test_what_can_be_kept_is_no_fault(lock: str) -> None:
    assert faults(lock) == []


@pytest.mark.parametrize(
    ("lock", "column", "reason"),
    [
        ("BBB jet require - - -", "nation", "BBB cannot buy jet"),  # it needs none
        ("AAA jet fix 6 - -", "units", "at most 5 units are possible"),
        # Two a year from 2027 to 2028 are four.
        ("AAA jet fix 5 2027 -", "units", "at most 4 units are possible"),
        ("AAA jet require - 2029 -", "first_delivery", "no delivery is possible then, only from 2026 to 2028"),
        ("AAA jet require - - 2025", "last_delivery", "no delivery is possible then, only from 2026 to 2028"),
    ],
)
def test_what_cannot_be_kept_is_told_with_its_reason(lock: str, column: str, reason: str) -> None:
    assert faults(lock) == [(column, reason)]
