"""Fair return: work placed in a nation against what it pays into developments and joint contracts."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.fair_return import RULE

NEED = "nation quantity need_by\nAAA 1 2027\nBBB 3 2027"
BOTH = "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 3"


def balanced(tolerance: float, mode: str = "balance", **more: str):  # type: ignore[no-untyped-def]
    return make(
        programs=EAGLE, requirements=NEED, rules={"fair_return": {"mode": mode, "tolerance": tolerance}}, **more
    )


def eagle(dev_a: float, work_a: float):  # type: ignore[no-untyped-def]
    # Value 100 + 4 * 10 = 140, all of it inside the pool.
    return plan_of(
        BOTH,
        development={("AAA", "eagle@joint"): dev_a, ("BBB", "eagle@joint"): 100 - dev_a},
        work={("AAA", "eagle@joint"): work_a, ("BBB", "eagle@joint"): 140 - work_a},
    )


@pytest.mark.parametrize(("mode", "key"), [("balance", ("AAA",)), ("program", ("AAA", "eagle@joint"))])
def test_exactly_what_is_due_is_allowed_and_less_is_reported(mode: str, key: tuple[str, ...]) -> None:
    # AAA pays 50 + 10 and is due 90 % of it, 54.
    assert excesses(RULE, balanced(0.1, mode), eagle(50, 54)) == {}
    assert excesses(RULE, balanced(0.1, mode), eagle(50, 53)) == {key: 1}


def test_a_work_limit_and_a_purse_decide_whether_the_development_is_launched() -> None:
    # BBB pays at least 30 for its units and all but AAA's 50 of the development: 80. Its work limit of one half gives
    # it 70, AAA's the other 70; 70 / 80 = 87.5 % of what it is due.
    limits = {
        "offers": "program nation work_limit\neagle AAA 0.5\neagle BBB 0.5",
        "budgets": "nation year class budget_meur\nAAA 2026 development 50",
    }
    assert bought(best(balanced(0.125, **limits))) == {("AAA", "eagle"): 1, ("BBB", "eagle"): 3}
    assert bought(best(balanced(0.124, **limits))) != {("AAA", "eagle"): 1, ("BBB", "eagle"): 3}


def test_a_balance_forgives_between_programs_what_program_by_program_does_not() -> None:
    # Two developments; AAA gets all the work of the one and BBB of the other, each paying half of both.
    two = EAGLE + "\nhawk joint_development AAA;BBB 100 0 AAA:0.5;BBB:0.5 2027"
    work = {("AAA", "eagle@joint"): 120.0, ("BBB", "hawk@joint"): 120.0}
    development = {(n, a): 50.0 for n in ("AAA", "BBB") for a in ("eagle@joint", "hawk@joint")}
    lines = "\n".join(f"{n} {a} 2027 1" for n in ("AAA", "BBB") for a in ("eagle@joint", "hawk@joint"))
    plan = plan_of(lines, development=development, work=work)
    need = "nation quantity need_by\nAAA 2 2027\nBBB 2 2027"

    def broken(mode: str) -> dict[tuple[object, ...], float]:
        rules = {"fair_return": {"mode": mode, "tolerance": 0.0}}
        return excesses(RULE, make(programs=two, requirements=need, rules=rules), plan)

    assert broken("balance") == {}
    assert broken("program") == {("AAA", "hawk@joint"): 60, ("BBB", "eagle@joint"): 60}
    assert broken("off") == {}


def test_only_the_share_that_arises_inside_the_pool_is_due() -> None:
    # A fifth arises outside: of AAA's 60, 48 are due, less a tenth: 43.2. The value is 140, 112 of it inside.
    text = EAGLE.replace("AAA:0.5;BBB:0.5", "AAA:0.4;BBB:0.4;USA:0.2")
    scenario = make(programs=text, requirements=NEED, rules={"fair_return": {"tolerance": 0.1}})
    plan = plan_of(
        BOTH,
        development={("AAA", "eagle@joint"): 50, ("BBB", "eagle@joint"): 50},
        work={("AAA", "eagle@joint"): 43, ("BBB", "eagle@joint"): 69},
    )
    assert excesses(RULE, scenario, plan) == {("AAA",): 0.2}


def test_a_joint_purchase_off_the_shelf_counts_in_the_balance_by_its_fixed_shares() -> None:
    # BBB pays 10 for a jet made in AAA and gets no work; due 9. Program by program it is exempt.
    rules = {"fair_return": {"on": True}}
    scenario = make(programs="program\njet", requirements="nation\nAAA\nBBB", rules=rules)
    plan = plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2026 1")
    assert excesses(RULE, scenario, plan) == {("BBB",): 9}
    assert excesses(RULE, scenario.with_rule("fair_return", mode="program"), plan) == {}
    # Bought alone it is nobody's business.
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 1\nBBB jet@BBB 2026 1")) == {}


def test_a_shared_element_does_not_by_itself_break_the_balance() -> None:
    # Development 100 and element 100, shared evenly by equals: nobody is owed work that is nowhere placed.
    programs = EAGLE.replace("partners ", "element partners ").replace("AAA;BBB ", "engine AAA;BBB ")
    scenario = make(
        programs=programs,
        requirements="nation need_by\nAAA 2027\nBBB 2027",
        elements="element development_meur\nengine 100",
        rules={"fair_return": {"tolerance": 0.1}},
    )
    assert best(scenario).objective_meur == pytest.approx(220)


def test_no_members_no_rows() -> None:
    rules = {"fair_return": {"on": True}}
    assert row_keys(RULE, make(programs="program\njet", requirements=NEED, rules=rules, mode="national")) == []
    assert row_keys(RULE, balanced(0.1, "off")) == []
    assert sorted(row_keys(RULE, balanced(0.1))) == [("AAA",), ("BBB",)]
    assert not RULE.is_on(make(programs=EAGLE, requirements=NEED))
