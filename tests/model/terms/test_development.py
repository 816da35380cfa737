"""Development: the cost of launching, by partners and profile, shared elements included."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Scenario
from optimizer.model.terms import development

NEED = "nation need_by\nAAA 2028\nBBB 2028"


def eagle(columns: str = "", values: str = "", **more: str) -> Scenario:
    """At 25 % a year: 1, 0.8, 0.64 in 2026, 2027, 2028."""
    return make(
        rate=0.25,
        requirements=NEED,
        programs=f"""
        program kind              partners development_meur partner_exponent suppliers       first_delivery {columns}
        eagle   joint_development AAA;BBB  100              0.5              AAA:0.5;BBB:0.5 2028           {values}
        """,
        **more,
    )


def both(scenario: Scenario, nations: tuple[str, ...] = ("AAA", "BBB"), contract: str = "eagle@joint") -> float:
    """The term on a plan, the same in the model."""
    cost = 100 * len(nations) ** 0.5
    plan = plan_of(
        "\n".join(f"{n} {contract} 2028 1" for n in nations),
        development={(n, contract): cost / len(nations) for n in nations},
        work={(n, contract): (cost + 10 * len(nations)) / 2 for n in scenario.contracts[contract].pool},
    )
    value = term(development, scenario, plan)
    assert in_model(scenario, plan, "development") == pytest.approx(value, abs=1e-4)
    return value


def test_it_grows_with_the_partners_and_is_spread_evenly_before_delivery() -> None:
    # Half in 2026, half in 2027: 0.9.
    assert both(eagle(), ("AAA",)) == pytest.approx(100 * 0.9)
    assert both(eagle()) == pytest.approx(100 * 2**0.5 * 0.9)


@pytest.mark.parametrize(
    ("columns", "values", "factor"),
    [
        ("development_start", "2027", 0.8),  # 2027 until the year before delivery
        ("development_years", "1", 0.8),  # the year before delivery
        ("development_years", "5", 0.9),  # 2023..2027, clipped to 2026 and 2027
        ("development_start development_years", "2026 1", 1.0),
        ("development_start development_years", "2027 9", 0.72),  # 2027 and 2028
        ("development_start development_years", "2020 3", 0.8),  # all before the horizon: the year before delivery
        ("development_start", "2028", 0.8),  # no year left: the year before delivery
        ("development_profile", "2026:0.5;2028:0.5", 0.82),
        ("development_profile", "2028:1", 0.64),
    ],
)
def test_the_years_it_falls_due(columns: str, values: str, factor: float) -> None:
    assert both(eagle(columns, values)) == pytest.approx(100 * 2**0.5 * factor)


def test_delivery_in_the_first_year_pays_it_then() -> None:
    scenario = make(
        rate=0.25,
        requirements="nation\nAAA",
        programs="""
        program kind                 development_meur
        hawk    national_development 40""",
    )
    plan = plan_of("AAA hawk@AAA 2026 1", development={("AAA", "hawk@AAA"): 40})
    assert term(development, scenario, plan) == pytest.approx(40)


def test_an_element_is_discounted_by_the_profile_of_the_program_that_carries_it() -> None:
    scenario = make(
        rate=0.25,
        requirements="nation need_by\nAAA 2028\nBBB 2028",
        mode="national",
        programs="""
        program kind                 lead buyers development_meur element first_delivery development_profile
        hawk    national_development AAA  AAA    30               engine  2028           2026:1
        kite    national_development BBB  BBB    0                engine  2028           2027:1
        """,
        elements="element development_meur\nengine 40",
    )
    plan = plan_of(
        "AAA hawk@AAA 2028 1\nBBB kite@BBB 2028 1", elements={("AAA", "hawk@AAA"): 10.0, ("BBB", "kite@BBB"): 30.0}
    )
    # 30 + 10 in 2026, 30 in 2027 at 0.8.
    assert term(development, scenario, plan) == pytest.approx(40 + 24)


def test_a_variant_costs_its_own_development() -> None:
    scenario = make(
        requirements="nation\nAAA\nBBB",
        mode="national",
        programs="""
        program kind                 lead buyers development_meur variant_of variant_development_meur
        base    national_development AAA  AAA    50               -          -
        twin    national_development BBB  BBB    999              base       20""",
    )
    plan = plan_of("AAA base@AAA 2026 1\nBBB twin@BBB 2026 1")
    assert term(development, scenario, plan) == pytest.approx(70)


def test_what_is_not_signed_or_finished_costs_nothing() -> None:
    assert term(development, eagle(), plan_of("")) == 0
    shelf = make(programs="program development_meur\njet 99", requirements="nation\nAAA")
    assert term(development, shelf, plan_of("AAA jet@AAA 2026 1")) == 0
