"""How much a neighborhood decides anew, and which columns that takes."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.solve.amount import Amount, filled
from optimizer.solve.blocks import Block, Entries


def test_an_amount_follows_the_time_between_its_limits() -> None:
    amount = Amount(10.0, least=5.0, most=30.0, more=2.0, fewer=0.4)
    amount.learn(quick=False, late=False)
    assert amount.now == 10.0
    amount.learn(quick=True, late=False)
    assert amount.now == 20.0
    amount.learn(quick=True, late=False)
    assert amount.now == 30.0
    for _ in range(3):
        amount.learn(quick=False, late=True)
    assert amount.now == 5.0


@pytest.mark.parametrize(
    ("first", "second", "columns"),
    [(1.0, 1.0, [0]), (2.0, 2.0, [0, 2]), (2.0, 3.0, [0, 1, 2]), (9.0, 9.0, [0, 1, 2, 3])],
)
def test_choices_are_filled_up_to_their_number(first: float, second: float, columns: list[int]) -> None:
    # Columns 0 and 1 are of the first block, 2 and 3 of the second.
    none = np.zeros(0, dtype=np.int64)
    coupling = Entries(none, none, np.zeros(0), rows=0, columns=2)
    blocks = [Block(number, np.array([2 * number, 2 * number + 1]), none, coupling, none) for number in (0, 1)]
    dear, all_of_them = np.array([True, False, True, False]), np.ones(4, dtype=bool)
    assert np.flatnonzero(filled(blocks, [(dear, first), (all_of_them, second)])).tolist() == columns
