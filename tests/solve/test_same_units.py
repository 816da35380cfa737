"""The whole deliveries of an earlier finish are kept, in part or altogether, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from scenario_maker import make
from two_blocks import TWO

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats, Ints
from optimizer.model.build import Model, build
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.same_units import changed_orders, same_units

NONE: Ints = np.zeros(0, dtype=np.int64)


def model() -> Model:
    """Two capabilities, whole deliveries."""
    return build(make(**TWO), whole_deliveries=True)


def best(exact: Model) -> Answer:
    """The best point of a model."""
    return Highs(exact.arrays).run()


def again(exact: Model, earlier: Floats, changed: Ints, most: float) -> Answer:
    """The earlier whole numbers in a model."""
    return same_units(exact, earlier, changed, most=most, gap=0.0, control=Control(), seed=0)


def worse(exact: Model, x: Floats) -> tuple[Floats, int]:
    """The point with one delivery less, and the number of its capability."""
    other = x.copy()
    _, deliveries = min((key, value) for key, value in exact.variables.deliveries.items() if key[1].startswith("ox"))
    column = next(c for d in deliveries if x[c := exact.program.column(d.variable)] > 0.5)
    other[column] -= 1.0
    return other, int(exact.arrays.column_block[column])


def test_numbers_that_are_still_good_enough_are_all_kept() -> None:
    exact = model()
    answer = best(exact)
    assert answer.x is not None
    found = again(exact, answer.x, NONE, answer.objective + 1e-6)
    assert found.x is not None and found.objective == pytest.approx(answer.objective)
    assert again(exact, answer.x, NONE, answer.objective - 1.0).x is None


def test_only_changed_capabilities_are_decided_anew() -> None:
    exact = model()
    answer = best(exact)
    assert answer.x is not None
    earlier, block = worse(exact, answer.x)
    # A unit short costs more than the room there is: as it was it does not do, nor with the other capability free.
    others = np.array([1 - block])
    assert again(exact, earlier, NONE, answer.objective + 1e-6).x is None
    assert again(exact, earlier, others, answer.objective + 1e-6).x is None
    found = again(exact, earlier, np.array([block]), answer.objective + 1e-6)
    assert found.x is not None and found.objective == pytest.approx(answer.objective)


def test_an_order_of_other_units_changes_its_capability() -> None:
    exact = model()
    x = best(exact).x
    assert x is not None
    earlier, block = worse(exact, x)
    assert changed_orders(exact, x, earlier).tolist() == [block]
    # Half a unit may be rounding.
    assert changed_orders(exact, (x + earlier) / 2, earlier).tolist() == []
