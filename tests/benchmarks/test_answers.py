"""The questions that are timed beside a cold solve, on a scenario that takes no time."""

from __future__ import annotations

from pathlib import Path

from small_case import write_small

from benchmarks.answers import QUESTIONS, answer, timed
from optimizer import load_scenario


def test_every_question_has_an_answer_and_a_time(tmp_path: Path) -> None:
    budgets = "nation,year,budget_meur\nAAA,2031,60\n"
    scenario = load_scenario(write_small(tmp_path / "small", budgets=budgets))
    for name in QUESTIONS:
        (number, says), seconds, work = timed(lambda name=name: answer(name, scenario))
        assert number >= 1 and says and seconds > 0.0 and work > 0.0
