"""Joint program limit: a nation enters no more joint contracts than it can staff."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer.model.rules.joint_program_limit import RULE

CAPABILITIES = "capability\nfighter\ntanker"
# Alone, each of the two lines costs 12 a unit; two units together 10.
PROGRAMS = "program capability\njet fighter\ntank tanker"
PRICES = "program from_units unit_price_meur\njet 1 12\njet 2 10\ntank 1 12\ntank 2 10"
NEED = "nation capability\nAAA fighter\nAAA tanker\nBBB fighter\nBBB tanker"


def limited(most: str):  # type: ignore[no-untyped-def]
    return make(
        nations=f"nation max_joint_programs\nAAA {most}\nBBB -",
        capabilities=CAPABILITIES,
        programs=PROGRAMS,
        prices=PRICES,
        requirements=NEED,
    )


@pytest.mark.parametrize(
    ("most", "cost"),
    [
        ("-", 40),
        ("2", 40),
        ("1", 44),  # one line is bought apart by both: 2 * 12 + 2 * 10
        ("0", 48),
    ],
)
def test_exactly_the_limit_is_allowed_and_one_more_is_not(most: str, cost: float) -> None:
    assert best(limited(most)).objective_meur == pytest.approx(cost)


def test_the_check_counts_the_joint_contracts_too_many() -> None:
    plan = plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2026 1\nAAA tank@joint 2026 1\nBBB tank@joint 2026 1")
    assert excesses(RULE, limited("2"), plan) == {}
    assert excesses(RULE, limited("1"), plan) == {("AAA",): 1}
    assert excesses(RULE, limited("0"), plan) == {("AAA",): 2}
    own = plan_of("AAA jet@AAA 2026 1\nAAA tank@AAA 2026 1")
    assert excesses(RULE, limited("0"), own) == {}


def test_no_limit_no_rows() -> None:
    assert row_keys(RULE, limited("-")) == []
    assert row_keys(RULE, limited("2")) == [("AAA",)]  # it cannot enter more than two, unless there are more to enter
    assert row_keys(RULE, limited("1")) == [("AAA",)]
