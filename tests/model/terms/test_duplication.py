"""Duplication: every type beyond the first in a capability, alliance-wide, undiscounted."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Plan, Scenario
from optimizer.model.terms import duplication

PROGRAMS = "program family\njet birds\nkite birds\nwolf -"
NEED = "nation quantity\nAAA 3\nBBB 1"
ALL = "AAA jet@AAA 2026 1\nAAA kite@AAA 2026 1\nBBB wolf@BBB 2028 1"


def scenario(type_is: str = "family", **more: str) -> Scenario:
    return make(
        capabilities=f"capability extra_type_meur type_is\nfighter 7 {type_is}",
        programs=PROGRAMS,
        requirements=NEED,
        mode="national",
        rate=0.25,
        **more,
    )


def value(given: Scenario, plan: Plan) -> float:
    """The term on a plan, the same in the model."""
    money = term(duplication, given, plan)
    assert in_model(given, plan, "duplication") == pytest.approx(money)
    return money


@pytest.mark.parametrize(
    ("type_is", "deliveries", "extra"),
    [
        ("family", ALL, 1),
        ("program", ALL, 2),
        ("family", "AAA jet@AAA 2026 1\nAAA kite@AAA 2026 1", 0),
        ("program", "AAA jet@AAA 2026 1", 0),
        ("program", "", 0),
    ],
)
def test_types_beyond_the_first_cost_their_price(type_is: str, deliveries: str, extra: int) -> None:
    assert value(scenario(type_is), plan_of(deliveries)) == pytest.approx(7 * extra)


@pytest.mark.parametrize(
    ("fleets", "deliveries", "extra"),
    [
        ("AAA relic -", "", 0),  # one standing type
        ("AAA relic -", "AAA jet@AAA 2026 1", 1),
        ("AAA relic 2029", "AAA jet@AAA 2026 1", 1),  # in service at the horizon's end
        ("AAA relic 2028", "AAA jet@AAA 2026 1", 0),  # retired by then
        ("BBB jet -", "AAA kite@AAA 2026 1", 0),  # one family
        ("BBB birds -", "AAA kite@AAA 2026 1", 0),  # named as a family
        ("BBB jet -", ALL, 1),
        ("AAA relic -\nBBB ruin -", "", 1),  # two standing types
        ("AAA relic -\nBBB ruin -", ALL, 3),
    ],
)
def test_fleets_that_stay_are_types(fleets: str, deliveries: str, extra: int) -> None:
    rows = "\n".join(line.replace(" -", " 0.1 -").replace(" 202", " 0.1 202") for line in fleets.splitlines())
    given = scenario(fleets=f"nation program units retires\n{rows}")
    assert value(given, plan_of(deliveries)) == pytest.approx(7 * extra)


def test_units_under_contract_are_types() -> None:
    given = make(
        capabilities="capability extra_type_meur\nfighter 7",
        programs=PROGRAMS,
        mode="national",
        requirements="nation quantity contracted_units baseline_program\nAAA 3 1 wolf\nBBB 1 0 -",
    )
    assert value(given, plan_of("BBB jet@BBB 2026 1")) == pytest.approx(7)
    assert value(given, plan_of("BBB wolf@BBB 2026 1")) == pytest.approx(0)


def test_capabilities_are_counted_apart() -> None:
    given = make(
        capabilities="capability extra_type_meur\nfighter 7\ntanker 5",
        programs="program capability\njet fighter\ntank tanker\ncow tanker",
        requirements="nation capability quantity\nAAA fighter 1\nAAA tanker 2",
    )
    plan = plan_of("AAA jet@AAA 2026 1\nAAA tank@AAA 2026 1\nAAA cow@AAA 2026 1")
    assert value(given, plan) == pytest.approx(5)
