"""Plans near the best, found and ruled out capability by capability, are those that whole solves find and rule out."""

from __future__ import annotations

import sys
import threading

import pytest
from scenario_maker import make
from two_blocks import TWO

from optimizer import Scenario, Solution
from optimizer.analysis.near_optimal import pairs_of
from optimizer.audit import audit
from optimizer.solve import solve
from optimizer.solve.nearby import NO_PLAN, Nearby
from optimizer.solve.session import Session
from optimizer.tables.schema import Lock

APART = {"solver": {"gap": 1e-4, "strategy": "decomposed", "time_limit_s": 60.0}}
# Both budgets bind: AAA needs 80 for hawks and oxen, BBB 46.
SCARCE = {
    **TWO,
    "budgets": "nation year class budget_meur\nAAA 2026 all 60\nAAA 2027 all 25\nAAA 2028 all 30\nBBB 2026 all 60",
}
# Budgets that bind nobody.
RICH = {**TWO, "budgets": "nation year class budget_meur\nAAA 2026 all 900"}
# BBB must have tanks and AAA cannot pay for elks.
NEEDED = {
    **TWO,
    "requirements": "nation capability quantity need_by must_meet\nAAA fighter 4 2026 no\nBBB fighter 3 2026 no\n"
    "AAA tank 5 2026 no\nBBB tank 2 2026 yes",
    "offers": "program nation unit_price_meur\nkite AAA 30\nelk AAA 90",
}


def ways_walked(scenario: Scenario, session: Session | None, within: float) -> tuple[Nearby, list[Solution]]:
    """All that is known in the end of the plans within a share of the best, and the plans."""
    ask = solve if session is None else session.solve
    best = ask(scenario)
    plans = [best]
    nearby = Nearby(best.objective_meur * (1.0 + within), best.objective_meur)
    for _ in range(40):
        if nearby.done:
            break
        bought = [pairs_of(plan) for plan in plans]
        never = frozenset(scenario.contracts_with) - frozenset.union(*bought)
        programs = frozenset.intersection(*(frozenset(program for _, program in pairs) for pairs in bought))
        found = ask(scenario, way=nearby.exception(frozenset.intersection(*bought), never, programs))
        if found.plan is not None and found.objective_meur <= nearby.limit:
            plans.append(found)
    assert nearby.done
    return nearby, plans


def least(scenario: Scenario, action: str, program: str, nation: str | None) -> float | None:
    """What the best plan with a choice forced costs, by a solve of the whole model; None without one."""
    whole = scenario.settings.solver.model_copy(update={"strategy": "whole", "gap": 0.0})
    forced = scenario.replace(
        tables={"locks": (Lock(nation=nation, program=program, action=action),)}, settings={"solver": whole}
    )
    return solve(forced).objective_meur


@pytest.mark.parametrize("case", [TWO, SCARCE, NEEDED], ids=["two", "scarce", "needed"])
@pytest.mark.parametrize(("within", "remembers"), [(0.01, True), (0.2, True), (0.2, False), (0.8, False)])
def test_what_is_proven_and_shown_is_so(case: dict[str, str], within: float, remembers: bool) -> None:
    scenario = make(**case, settings=APART)
    nearby, plans = ways_walked(scenario, Session() if remembers else None, within)

    for plan in plans:
        assert audit(scenario, plan.plan).is_clean
        assert plan.objective_meur <= nearby.limit
    bought = [pairs_of(plan) for plan in plans]
    settled = 0
    for nation, program in scenario.contracts_with:
        count = sum((nation, program) in pairs for pairs in bought)
        settled += 0 < count < len(plans) or (nation, program) in nearby.proofs
        if (nation, program) in nearby.proofs:
            assert count in (0, len(plans))
            cost = least(scenario, "require" if count == 0 else "forbid", program, nation)
            assert cost is None or (cost > nearby.limit and nearby.proofs[nation, program] != NO_PLAN)
    # The smaller the slack, the more of it is lost to the bound, which does not see how two capabilities share a year.
    assert settled >= {0.01: 3, 0.2: 7, 0.8: 8}[within]


def test_a_program_that_no_nation_must_have_is_forced_out_as_a_whole() -> None:
    # Hawks for all and oxen 126. Kites in their place cost 16 more for AAA, 12 for BBB: 19 allow either, 29 allow both.
    scenario = make(**RICH, settings=APART)
    for within, proven in ((19 / 126, True), (29 / 126, False)):
        nearby, plans = ways_walked(scenario, Session(), within)
        assert ("hawk" in nearby.proofs) == proven
        assert all("hawk" in {program for _, program in pairs_of(plan)} for plan in plans) == proven
        for nation in ("AAA", "BBB"):
            assert (nation, "hawk") not in nearby.proofs


def test_far_from_all_others_within_the_limit() -> None:
    scenario, session = make(**RICH, settings=APART), Session()
    best = session.solve(scenario)
    # 4 + 3 hawks and 5 + 2 oxen. All kites and elks cost 7 * 4 + 7 * 1 more, and differ in all eight pairs.
    assert best.objective_meur == pytest.approx(126)
    nearby = Nearby(126 + 40, best.objective_meur)
    far = session.solve(scenario, way=nearby.far([pairs_of(best)]))
    assert len(pairs_of(far) ^ pairs_of(best)) == 8
    assert far.objective_meur == pytest.approx(126 + 35)
    # Within 20 elks in place of oxen are four pairs for 7 more.
    near = Nearby(126 + 20, best.objective_meur)
    some = session.solve(scenario, way=near.far([pairs_of(best)]))
    assert some.objective_meur <= 146 and len(pairs_of(some) ^ pairs_of(best)) >= 4


def test_deliveries_made_whole_afterwards_keep_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["optimizer.solve"], "WHOLE_DELIVERIES_UP_TO", 0)
    scenario = make(**TWO, settings=APART)
    nearby, plans = ways_walked(scenario, Session(), 0.8)
    assert len({pairs_of(plan) for plan in plans}) > 1
    for plan in plans:
        assert audit(scenario, plan.plan).is_clean
        assert plan.objective_meur <= nearby.limit


def test_a_way_is_stopped_like_a_search() -> None:
    scenario, session = make(**TWO, settings=APART), Session()
    best = session.solve(scenario)
    nearby, stop = Nearby(best.objective_meur * 1.5, best.objective_meur), threading.Event()
    stop.set()
    everything = frozenset(scenario.contracts_with)
    found = session.solve(scenario, way=nearby.exception(everything, everything, frozenset()), stop=stop)
    assert found.termination == "interrupted" and found.plan is None
    assert not nearby.proofs


def test_a_session_does_not_take_an_earlier_answer_for_a_way() -> None:
    scenario, session = make(**TWO, settings=APART), Session()
    best = session.solve(scenario)
    nearby = Nearby(best.objective_meur * 1.5, best.objective_meur)
    far = session.solve(scenario, way=nearby.far([pairs_of(best)]))
    assert pairs_of(far) != pairs_of(best)
    assert session.solve(scenario) is best
