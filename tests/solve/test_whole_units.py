"""Whole units by stages: within the time there is, and without any left still with a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_case import write_small

from optimizer import load_scenario
from optimizer.model.build import build
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.whole_units import by_stages


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
