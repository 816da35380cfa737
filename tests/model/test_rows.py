"""Rows under construction: packed and unpacked again, open ones that get further terms, definitions at the end."""

from __future__ import annotations

import numpy as np
import pulp
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


def test_a_variable_is_as_pulp_would_have_made_it() -> None:
    program = LinearProgram("test")
    x = program.variable(("lots", "AAA"), 0, 3, integer=True)
    own = pulp.LpProblem("own", pulp.LpMinimize).add_variable("lots_0000000", 0, 3, pulp.LpInteger)
    assert isinstance(x, pulp.LpVariable)
    # What a later PuLP keeps beside this would be missing.
    missing = {name for name in vars(own) if not name.endswith("__name") and not hasattr(x, name)}
    assert missing == set()
    assert not vars(x)  # all of it is in slots: half a million of these are held
    for name in ("name", "lowBound", "upBound", "cat", "varValue", "dj"):
        assert getattr(x, name) == getattr(own, name)


def test_rows_are_packed_however_many_terms_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.model.rows._AT_ONCE", 2)
    program = LinearProgram("test")
    x = [program.variable(("x", number), 0, 1) for number in range(4)]
    for number in range(4):
        program.add(("most", number), total([(v, float(number + 1)) for v in x[: number + 1]]) <= 9)
    assert program.arrays().row_values(np.ones(4)).tolist() == [1.0, 4.0, 9.0, 16.0]
