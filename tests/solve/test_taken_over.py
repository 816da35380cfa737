"""An earlier finished plan is kept where a change leaves it good enough, and searched for where it does not."""

from __future__ import annotations

import dataclasses
import sys
import threading

import pytest
from scenario_maker import make

from optimizer import Scenario, Solution, solve
from optimizer.model.answer import Answer
from optimizer.model.build import build
from optimizer.solve.same_units import SameUnits
from optimizer.solve.session import Session

CAPABILITIES = ("fighter", "tank", "radar", "tanker")


def four(fighter_price: float = 10.0, budget: float = 200.0, fighters: int = 4, must_meet: str = "no") -> Scenario:
    """Four capabilities of two programs each under one budget, to be solved capability by capability."""
    programs = [
        f"{capability}{number} {capability} off_the_shelf {price:g} AAA:1 AAA 2026"
        for capability in CAPABILITIES
        for number, price in (("a", fighter_price if capability == "fighter" else 8.0), ("b", 14.0))
    ]
    needs = [
        f"AAA {capability} {fighters if capability == 'fighter' else 3} 2026 {must_meet}" for capability in CAPABILITIES
    ]
    scenario = make(
        capabilities="\n".join(["capability shortfall_meur_per_unit_year", *(f"{name} 100" for name in CAPABILITIES)]),
        programs="\n".join(
            ["program capability kind unit_cost_meur suppliers lead first_delivery", *programs],
        ),
        requirements="\n".join(["nation capability quantity need_by must_meet", *needs]),
        budgets=f"nation year class budget_meur\nAAA 2026 all {budget:g}\nAAA 2027 all {budget:g}",
    )
    asked = scenario.settings.solver.model_copy(update={"strategy": "decomposed", "gap": 1e-4})
    return scenario.replace(settings={"solver": asked})


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each search that begins, in the compact statement."""
    module, begun = sys.modules[solve.__module__], []
    monkeypatch.setattr(module, "WHOLE_DELIVERIES_UP_TO", 0)
    search = module.search

    def counted(*given):  # type: ignore[no-untyped-def]
        begun.append(1)
        return search(*given)

    monkeypatch.setattr(module, "search", counted)
    return begun


def asked_after(base: Scenario, scenario: Scenario) -> Solution:
    """A scenario asked in a session that has solved another."""
    session = Session()
    session.solve(base)
    return session.solve(scenario)


def test_a_need_that_grows_is_met_without_a_search(searches: list[int]) -> None:
    hot = asked_after(four(), four(fighters=5))
    assert len(searches) == 1
    # 5 fighters at 10 and three times 3 units at 8: no plan is better, and the bound says so.
    assert hot.objective_meur == pytest.approx(5 * 10 + 3 * 3 * 8)
    assert hot.termination in ("proved", "gap") and hot.bound_meur is not None
    assert hot.bound_meur <= 122.0 + 1e-6 and hot.findings == ()


def test_a_model_is_built_once_for_what_ifs_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    module, built = sys.modules[solve.__module__], []

    def counted(*given, **options):  # type: ignore[no-untyped-def]
        built.append(1)
        return build(*given, **options)

    monkeypatch.setattr(module, "build", counted)
    session = Session()
    for scenario in (four(), four(fighters=5), four(budget=190.0), four(fighter_price=13.0, budget=210.0)):
        session.solve(scenario)
    assert len(built) == 1
    session.solve(four().with_pooling("national"))
    assert len(built) == 2


def test_a_program_dearer_than_another_is_not_kept(searches: list[int]) -> None:
    hot = asked_after(four(), four(fighter_price=20.0))
    # The fighters of the earlier plan now cost 20, others 14.
    assert hot.objective_meur == pytest.approx(4 * 14 + 3 * 3 * 8)
    assert hot.termination in ("proved", "gap") and hot.findings == ()


@pytest.mark.parametrize(("gap", "cost"), [(0.0, 128.0), (0.02, 129.2), (1.0, 129.2)])
def test_a_plan_is_kept_that_is_no_farther_from_its_bound_than_the_earlier_one(
    searches: list[int], gap: float, cost: float
) -> None:
    def loosely(scenario: Scenario) -> Scenario:
        asked = scenario.settings.solver.model_copy(update={"gap": 0.05})
        return scenario.replace(settings={"solver": asked})

    session = Session()
    session.solve(loosely(four()))
    memory = session._memory
    memory.finishes = [dataclasses.replace(finish, gap=gap) for finish in memory.finishes]
    # The earlier fighters now cost 14.3, others 14: the earlier plan is 0.9 % from the best.
    hot = session.solve(loosely(four(fighter_price=14.3)))
    assert hot.objective_meur == pytest.approx(cost)
    assert len(searches) == 1 and hot.gap is not None and hot.gap <= 0.05
    # What comes next is measured by the plan that was searched for, so that little does not add up.
    assert memory.finishes[-1].gap == gap


def test_a_plan_beyond_the_new_budget_is_searched_for(searches: list[int]) -> None:
    # 112 a year was spent in 2026; of 60 a year some wait until 2027.
    scenario = four(budget=60.0)
    hot, cold = asked_after(four(), scenario), solve(scenario)
    assert len(searches) == 3
    assert hot.findings == ()
    assert hot.objective_meur == pytest.approx(cold.objective_meur, rel=1e-3)


def test_the_only_goal_of_an_order_is_what_a_taken_over_plan_is_told_by(searches: list[int]) -> None:
    def by_cost(scenario: Scenario) -> Scenario:
        only = scenario.settings.objective.model_copy(update={"order": ("cost",), "cost": 3.0})
        return scenario.replace(settings={"objective": only})

    hot = asked_after(by_cost(four(must_meet="yes")), by_cost(four(fighters=5, must_meet="yes")))
    assert len(searches) == 1
    # 5 fighters at 10 and three times 3 units at 8, each million once: a weight says nothing about a lone goal.
    assert hot.objective_meur == pytest.approx(122.0)
    assert hot.objective_difference_meur == pytest.approx(0.0, abs=1e-6)


def test_a_plan_that_the_audit_objects_to_is_searched_for(searches: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    # What only an exact statement holds is not seen before the audit.
    audits, whole = sys.modules[solve.__module__], []
    checked = audits.checked

    def objecting(scenario, done):  # type: ignore[no-untyped-def]
        ready = checked(scenario, done)
        whole.append(1)
        if len(searches) == 1 and len(whole) == 2:
            return dataclasses.replace(ready, report=dataclasses.replace(ready.report, strangers=("a stranger",)))
        return ready

    monkeypatch.setattr(audits, "checked", objecting)
    session = Session()
    session.solve(four())
    hot = session.solve(four(fighters=5))
    assert len(searches) == 2 and hot.findings == ()
    assert hot.objective_meur == pytest.approx(122.0)
    assert len(session._memory.finishes) == 2  # nothing is left of the plan objected to


def test_a_stop_while_the_earlier_plan_is_tried_is_no_failure(
    searches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, kept = threading.Event(), SameUnits.kept

    def stopped_meanwhile(self: SameUnits) -> Answer:
        stop.set()
        return kept(self)

    session = Session()
    session.solve(four())
    monkeypatch.setattr(SameUnits, "kept", stopped_meanwhile)
    answer = session.solve(four(fighters=5), stop=stop)
    assert stop.is_set() and answer.termination in ("interrupted", "gap", "proved")
