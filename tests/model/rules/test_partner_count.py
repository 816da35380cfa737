"""Partner count: a development has as many partners as joined, between its fewest and most."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer import Scenario
from optimizer.model.rules.partner_count import RULE

NATIONS = "nation\nAAA\nBBB\nCCC"
NEED = "nation need_by\nAAA 2027\nBBB 2027\nCCC 2027"


def eagle(fewest: str, most: str, partners: str = "AAA;BBB;CCC", mode: str = "joint", exponent: str = "1") -> Scenario:
    return make(
        nations=NATIONS,
        requirements=NEED,
        mode=mode,
        programs=f"""
        program kind              partners   development_meur partner_exponent min_partners max_partners first_delivery
        eagle   joint_development {partners} 60               {exponent}       {fewest}     {most}       2027""",
    )


def units(*nations: str):  # type: ignore[no-untyped-def]
    return plan_of("\n".join(f"{nation} eagle@joint 2027 1" for nation in nations))


def test_between_the_limits_is_allowed_and_outside_is_reported() -> None:
    scenario = eagle("2", "2")
    assert excesses(RULE, scenario, units("AAA", "BBB")) == {}
    assert excesses(RULE, scenario, units("AAA")) == {("eagle@joint",): 1}
    assert excesses(RULE, scenario, units("AAA", "BBB", "CCC")) == {("eagle@joint",): 1}


@pytest.mark.parametrize(
    ("fewest", "most", "cost"),
    [
        # 60 m for m partners, 10 a unit, 200 for a nation that does without.
        ("-", "-", 210),  # all three: 180 + 30
        ("-", "2", 120 + 20 + 200),
        ("-", "1", 60 + 10 + 400),
        ("3", "-", 210),
    ],
)
def test_the_development_costs_by_the_number_of_partners(fewest: str, most: str, cost: float) -> None:
    assert best(eagle(fewest, most)).objective_meur == pytest.approx(cost)


def test_a_customer_is_no_partner() -> None:
    # CCC buys as a customer at 5 % more; the development costs 60 * 2.
    solution = best(eagle("2", "2", "AAA;BBB"))
    assert solution.objective_meur == pytest.approx(120 + 20 + 10.5)
    assert bought(solution) == {(n, "eagle"): 1 for n in ("AAA", "BBB", "CCC")}
    assert excesses(RULE, eagle("2", "2", "AAA;BBB"), units("AAA", "CCC")) == {("eagle@joint",): 1}


def test_with_too_few_possible_partners_there_is_no_contract() -> None:
    assert eagle("2", "-", "AAA;BBB", "national").contracts == {}
    assert list(eagle("4", "-").contracts) == []
    # Alone where one is enough; a customer never launches.
    assert list(eagle("1", "-", "AAA;BBB", "national").contracts) == ["eagle@AAA", "eagle@BBB"]


def test_the_exponent_shares_the_cost() -> None:
    # 60 * 3^0.5 for three.
    assert best(eagle("-", "-", exponent="0.5")).objective_meur == pytest.approx(60 * 3**0.5 + 30)


def test_no_open_development_no_rows() -> None:
    assert row_keys(RULE, make(programs="program\njet", requirements="nation\nAAA")) == []
    # Where the cost does not depend on the count, the fewest and the most bound the joins and nobody counts.
    assert row_keys(RULE, eagle("2", "2")) == [("eagle@joint", "fewest"), ("eagle@joint", "most")]
    assert row_keys(RULE, eagle("-", "-", exponent="0")) == [("eagle@joint", "fewest")]
    assert ("eagle@joint", "one") in row_keys(RULE, eagle("-", "-", exponent="0.5"))
