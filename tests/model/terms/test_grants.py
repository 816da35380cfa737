"""Grants: what co-funding pays, counted against cost."""

from __future__ import annotations

import dataclasses

import pytest
from scenario_maker import EAGLE, make, plan_of, term

from model.fixed_plan import in_model
from optimizer.model.terms import grants


def test_a_plan_without_grants_has_none_in_the_model_either() -> None:
    scenario = make(programs="program\njet", requirements="nation\nAAA")
    plan = plan_of("AAA jet@AAA 2026 1")
    assert term(grants, scenario, plan) == 0
    assert in_model(scenario, plan, "grants") == pytest.approx(0)


def test_a_grant_lowers_the_cost_by_its_discounted_value() -> None:
    # Development falls due in 2027 at 25 %.
    scenario = make(
        programs=EAGLE.replace(" 2027", " 2028"), requirements="nation need_by\nAAA 2028\nBBB 2028", rate=0.25
    )
    plan = dataclasses.replace(plan_of("AAA eagle@joint 2028 1"), grants={("eagle@joint", "fund"): 20.0})
    # Half in 2026 and half in 2027: 0.9.
    assert term(grants, scenario, plan) == pytest.approx(-18)
