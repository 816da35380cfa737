"""Rows under construction: packed and unpacked again, open ones that get further terms, definitions at the end."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.model.lp import LinearProgram
from optimizer.model.rows import total


@pytest.mark.parametrize("open_rows", [False, True])
def test_rows_come_back_as_they_were_written(open_rows: bool) -> None:
    program = LinearProgram("test", open_rows=open_rows)
    x, y = program.variable(("x",), 0, 1), program.variable(("y",), 0, None)
    program.define(("y",), total([(y, 1.0), (x, -2.0)]) == 0)
    program.add(("least", 1), total([(x, 1.0), (x, 2.0), (y, 4.0)]) >= 3)
    labels, rows = zip(*program.rows, strict=True)
    assert labels == (("least", 1), ("definition", "y"))
    assert [(row.terms, row.sense, row.limit) for row in rows] == [
        ([(x, 1.0), (x, 2.0), (y, 4.0)], 1, 3.0),
        ([(y, 1.0), (x, -2.0)], 0, 0.0),
    ]
    arrays = program.arrays()
    assert arrays.row_values(np.array([1.0, 2.0])).tolist() == [11.0, 0.0]
    assert program.row_labels() == list(labels)


def test_only_open_rows_get_further_terms() -> None:
    for open_rows, value in ((False, 1.0), (True, 6.0)):
        program = LinearProgram("test", open_rows=open_rows)
        x, y = program.variable(("x",), 0, 1), program.variable(("y",), 0, 1)
        row = total([(x, 1.0)]) <= 1
        program.add(("most",), row)
        row.add(y, 5.0)
        assert program.arrays().row_values(np.ones(2)).tolist() == [value]
