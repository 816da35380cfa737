"""What rows leave no choice: found along chains of rows, and never a column that could be elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.highs import Highs
from optimizer.solve.settled import settled


def _arrays(rows: list[tuple[dict[int, float], float, float]], upper: Floats) -> Arrays:
    columns, counts = len(upper), [len(terms) for terms, _, _ in rows]
    return Arrays(
        cost=np.zeros(columns),
        offset=0.0,
        lower=np.zeros(columns),
        upper=upper,
        integer=np.zeros(columns, dtype=bool),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        index=np.array([at for terms, _, _ in rows for at in terms], dtype=np.int64),
        value=np.array([by for terms, _, _ in rows for by in terms.values()]),
        row_lower=np.array([low for _, low, _ in rows]),
        row_upper=np.array([high for _, _, high in rows]),
        column_block=np.zeros(columns, dtype=np.int64),
        row_block=np.zeros(len(rows), dtype=np.int64),
    )


def test_what_is_not_signed_settles_its_deliveries_and_these_the_stock_of_each_year() -> None:
    # Columns: units of two years, stock of both, units and stock of another program that is signed.
    nothing: list[tuple[dict[int, float], float, float]] = [
        ({0: 1.0, 1: 1.0}, -np.inf, 0.0),
        ({2: 1.0, 0: -1.0}, 0.0, 0.0),
        ({3: 1.0, 2: -1.0, 1: -1.0}, 0.0, 0.0),
        ({5: 1.0, 4: -1.0}, 0.0, 0.0),
    ]
    fixed, point = settled(_arrays(nothing, np.array([4.0, 4.0, 9.0, 9.0, 4.0, np.inf])))
    assert fixed.tolist() == [True, True, True, True, False, False]
    assert point.tolist() == [0.0] * 6


def test_a_need_that_only_all_of_it_meets_is_at_its_most() -> None:
    fixed, point = settled(_arrays([({0: 1.0, 1: -2.0}, 3.0, np.inf)], np.array([3.0, 5.0])))
    assert fixed.tolist() == [True, True] and point.tolist() == [3.0, 0.0]


def test_a_row_that_no_point_keeps_settles_nothing() -> None:
    fixed, _ = settled(_arrays([({0: 1.0}, 4.0, np.inf), ({1: 1.0}, -np.inf, -1.0)], np.array([3.0, 5.0])))
    assert not fixed.any()


@pytest.mark.parametrize("seed", range(12))
def test_a_settled_column_can_be_nowhere_else(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows: list[tuple[dict[int, float], float, float]] = []
    for _ in range(7):
        at = random.choice(6, int(random.integers(1, 4)), replace=False)
        terms = {int(c): float(random.choice([-2.0, -1.0, 1.0, 2.0])) for c in at}
        side = float(random.choice([0.0, 0.0, 1.0]))
        rows.append((terms, *[(side, side), (-np.inf, side), (-side, np.inf)][int(random.integers(3))]))
    arrays = _arrays(rows, np.ones(6))
    if Highs(arrays, relax=True, presolve=False).run().status != "optimal":
        return
    fixed, point = settled(arrays)
    for column in np.flatnonzero(fixed):
        for sign in (1.0, -1.0):
            cost = np.zeros(6)
            cost[column] = sign
            answer = Highs(replace(arrays, cost=cost), relax=True, presolve=False).run()
            assert answer.x is not None and answer.x[column] == pytest.approx(point[column], abs=1e-7)
