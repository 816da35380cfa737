"""Whole units by stages: within the time there is, and without any left still with a plan."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_case import write_small

from optimizer import load_scenario
from optimizer.model.arrays import Arrays
from optimizer.model.build import build
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.leaving import _own_rows, given_up
from optimizer.solve.whole_by_stages import by_stages


@pytest.mark.parametrize("until", [-1.0, np.inf])
def test_stages_bring_whole_units_however_little_time_is_left(tmp_path: Path, until: float) -> None:
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    answer = by_stages(model, gap=0.0, control=Control(), seed=0, until=until)
    assert answer.x is not None
    whole = answer.x[model.arrays.integer]
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    assert answer.objective == pytest.approx(180.0)


def test_a_stage_with_a_plan_ends_when_its_share_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(load_scenario(write_small(tmp_path)), whole_deliveries=True)
    told: list[tuple[bool, bool]] = []
    run = Highs.run

    class Late(Control):
        now = 0.0

        def seconds(self) -> float:
            return self.now

    control = Late()

    def spied(self: Highs, **kwargs: Any) -> Any:
        if "watch" not in kwargs:  # no stage
            return run(self, **kwargs)
        watch = kwargs["watch"]
        control.now = 1.0
        early = watch(180.0, 0.0)
        control.now = 60.0
        told.append((early, watch(180.0, 0.0)))
        assert not watch(1e30, 0.0) and not watch(0.0, 0.0)  # no plan yet, however late
        control.now = 0.0
        return run(self, **kwargs)

    monkeypatch.setattr(Highs, "run", spied)
    by_stages(model, gap=0.0, control=control, seed=0, until=50.0)
    assert told and set(told) == {(False, True)}


def test_a_nation_gives_up_what_its_own_rows_cannot_hold_in_whole_units() -> None:
    # Nation 0 signed two contracts, of at least 0.7 units each, at 1.5 and 1.2 a unit, and has 2 to spend: enough in
    # fractions, but not for one of each. Nation 1 has one contract and money for it.
    join, units = 0, 2  # columns: join a, join b, units a, units b of nation 0; join a, units a of nation 1
    arrays = Arrays(
        cost=np.array([-10.0, -20.0, 1.0, 1.0, -10.0, 1.0]),
        offset=0.0,
        lower=np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0]),
        upper=np.array([1.0, 1.0, 3.0, 3.0, 1.0, 3.0]),
        integer=np.ones(6, dtype=bool),
        start=np.array([0, 2, 4, 6, 8, 10]),
        index=np.array([join, units, join + 1, units + 1, units, units + 1, 4, 5, 5, units]),
        value=np.array([-0.7, 1.0, -0.7, 1.0, 1.5, 1.2, -0.7, 1.0, 1.0, 1.0]),
        row_lower=np.array([0.0, 0.0, -np.inf, 0.0, -np.inf]),
        row_upper=np.array([np.inf, np.inf, 2.0, np.inf, 0.5]),
        column_block=np.zeros(6, dtype=np.int64),
        row_block=np.zeros(5, dtype=np.int64),
        column_nation=np.array([0, 0, 0, 0, 1, 1]),
    )
    signed = {0: np.array([0, 1]), 1: np.array([4])}
    given = given_up(arrays, signed, 0, Control())
    # The last row, of both nations, is none of either's own.
    assert given.tolist() == [True, False, False, False, False, False]
    # Nor is one of amounts alone, as of what a nation misses: it tells nothing of what fits in whole units.
    assert [rows.tolist() for rows in _own_rows(arrays)] == [[0, 1, 2], [3]]
    amounts = dataclasses.replace(arrays, integer=np.array([True] * 4 + [False] * 2))
    assert [rows.tolist() for rows in _own_rows(amounts)] == [[0, 1, 2], []]
