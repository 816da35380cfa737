"""Change: units changed from the approved plan, at the program's unit cost."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Scenario
from optimizer.model.terms import change

PREVIOUS = "nation program units\nAAA jet 2\nBBB kite 1"


def scenario(weight: float = 1.0, previous: str = PREVIOUS) -> Scenario:
    return make(
        programs="program unit_cost_meur\njet 10\nkite 12",
        requirements="nation quantity\nAAA 3\nBBB 1",
        previous=previous,
        objective={"change": weight},
        mode="national",
        rate=0.25,
    )


@pytest.mark.parametrize(
    ("deliveries", "cost"),
    [
        ("AAA jet@AAA 2026 2\nBBB kite@BBB 2026 1", 0),
        ("AAA jet@AAA 2028 2\nBBB kite@BBB 2028 1", 0),  # when does not matter
        ("", 2 * 10 + 12),
        ("AAA jet@AAA 2026 3\nBBB kite@BBB 2026 1", 10),  # one more
        ("AAA jet@AAA 2026 1\nBBB kite@BBB 2026 1", 10),  # one less
        ("AAA jet@AAA 2026 2\nBBB jet@BBB 2028 1", 12 + 10),  # another program, undiscounted
    ],
)
def test_units_more_or_less_cost_their_unit_cost(deliveries: str, cost: float) -> None:
    plan = plan_of(deliveries)
    assert term(change, scenario(), plan) == pytest.approx(cost)
    assert in_model(scenario(), plan, "change") == pytest.approx(cost)


def test_what_can_no_longer_be_bought_is_a_change_all_the_same() -> None:
    # BBB wants no tanker, the heron is unknown.
    given = scenario(previous="nation program units\nCCC jet 2\nBBB heron 1")
    assert term(change, given, plan_of("")) == pytest.approx(20)
    assert in_model(given, plan_of(""), "change") == pytest.approx(20)


def test_its_weight_holds_the_plan() -> None:
    # BBB's kite is dearer by 2; leaving it costs (10 + 12) * weight.
    assert bought(best(scenario(0.2)))["BBB", "kite"] == 1
    assert bought(best(scenario(0.05)))["BBB", "jet"] == 1


def test_without_an_approved_plan_nothing_is_a_change() -> None:
    given = make(programs="program\njet", requirements="nation\nAAA")
    assert term(change, given, plan_of("AAA jet@AAA 2026 1")) == 0
