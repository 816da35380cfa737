"""The solver object: a thread that has used HiGHS otherwise before is served all the same."""

from __future__ import annotations

import threading

import highspy
import numpy as np
import pytest

from optimizer.model import highs
from optimizer.model.arrays import Arrays
from optimizer.model.control import Control
from optimizer.model.highs import Highs, irreducible_rows
from optimizer.model.lp import LinearProgram
from optimizer.model.rows import total


def units_that_cover(needed: float, most: float = 10.0) -> Arrays:
    """Minimize x + y, whole numbers up to `most`, 2 x + 3 y >= needed."""
    program = LinearProgram("cover")
    x, y = (program.variable((name,), 0.0, most, integer=True) for name in "xy")
    program.cost = {x: 1.0, y: 1.0}
    program.add(("need",), total([(x, 2.0), (y, 3.0)]) >= needed)
    return program.arrays()


def use_highs(workers: int) -> None:
    """A run of HiGHS by somebody else, with so many workers."""
    other = highspy.Highs()
    other.setOptionValue("output_flag", False)
    other.setOptionValue("threads", workers)
    other.addVar(0.0, 9.0)
    other.changeColIntegrality(0, highspy.HighsVarType.kInteger)
    other.addRow(1.5, 9.0, 1, np.array([0], dtype=np.int32), np.array([1.0]))
    assert other.run() == highspy.HighsStatus.kOk


def in_thread_of_its_own(work) -> None:  # type: ignore[no-untyped-def]
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_another_number_of_workers_in_the_same_thread_does_not_matter() -> None:
    def work() -> None:
        use_highs(2)
        # 2 x + 3 y >= 7 takes three units.
        answer = Highs(units_that_cover(7.0)).run()
        assert answer.status == "optimal" and answer.objective == pytest.approx(3.0)

    in_thread_of_its_own(work)


def test_neither_for_the_rows_of_a_clash() -> None:
    def work() -> None:
        use_highs(2)
        # At most 2 * 1 + 3 * 1.
        assert irreducible_rows(units_that_cover(7.0, most=1.0), 5.0) == (0,)

    in_thread_of_its_own(work)


def test_a_plan_that_is_enough_ends_the_run() -> None:
    # 2 x + 3 y >= 7 takes three units; ten will do, so the plan it is begun with is the answer.
    solver = Highs(units_that_cover(7.0), presolve=False)
    solver.start_from(np.array([5.0, 5.0]))
    answer = solver.run(enough=10.5)
    assert answer.status == "feasible" and answer.objective == pytest.approx(10.0)
    assert answer.bound <= 3.0 + 1e-6
    # The next run is not ended by what was enough before.
    assert solver.run().objective == pytest.approx(3.0)


class _Asked(threading.Event):
    """A stop flag that is not set, and counts how often it was asked."""

    times = 0

    def is_set(self) -> bool:
        self.times += 1
        return False


def test_only_a_large_relaxation_asks_at_its_steps_whether_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for listens_from in (1000, 0):
        monkeypatch.setattr(highs, "_LISTENS_FROM_COLUMNS", listens_from)
        stop = _Asked()
        answer = Highs(units_that_cover(7.0), relax=True, presolve=False).run(control=Control(stop=stop))
        assert answer.objective == pytest.approx(7.0 / 3.0)
        asked.append(stop.times)
    assert asked[0] == 1 < asked[1]


def test_a_relaxation_tells_its_duals_unless_they_are_of_no_use() -> None:
    solver = Highs(units_that_cover(7.0), relax=True, presolve=False)
    told = solver.run()
    # One more that is needed takes a third of y.
    assert told.row_dual is not None and told.row_dual == pytest.approx([1.0 / 3.0])
    assert told.column_dual is not None and solver.steps >= 1
    untold = solver.run(duals=False)
    assert untold.objective == told.objective and untold.row_dual is None and untold.column_dual is None
