"""Solve: statuses, bounds and clashes are honest; empty, infeasible and interrupted are values."""

from __future__ import annotations

import threading

import pytest
from scenario_maker import EAGLE, best, make

from optimizer import InvalidInput, Plan, SolverUnavailable, solve


def test_an_optimum_is_proved_and_says_so() -> None:
    solution = best(make(programs="program\njet", requirements="nation\nAAA"))
    assert (solution.status, solution.termination, solution.exit_code) == ("optimal", "proved", 0)
    assert solution.bound_meur == pytest.approx(10)
    assert solution.gap == pytest.approx(0, abs=1e-6)


def test_nothing_wanted_is_a_plan_of_nothing() -> None:
    solution = best(make(programs="program\njet", requirements="nation quantity\nAAA 0"))
    assert solution.plan == Plan()
    assert solution.objective_meur == pytest.approx(0)


def test_nothing_on_offer_is_all_shortfall() -> None:
    solution = best(make(programs="program buyers\njet BBB", requirements="nation\nAAA"))
    assert solution.plan == Plan()
    assert solution.objective_meur == pytest.approx(300)


def test_a_must_without_any_offer_is_infeasible() -> None:
    # No decision is left at all, only the broken row.
    solution = solve(make(programs="program buyers\njet BBB", requirements="nation must_meet\nAAA yes"))
    assert (solution.status, solution.termination, solution.exit_code) == ("infeasible", "infeasible", 3)
    assert solution.plan is None
    assert solution.objective_meur is None
    assert solution.clash[0].startswith("physical rules alone")


def test_the_clash_is_looked_for_only_where_it_is_asked_for() -> None:
    scenario = make(programs="program buyers\njet BBB", requirements="nation must_meet\nAAA yes")
    assert solve(scenario, clash=False).status == "infeasible"
    assert solve(scenario, clash=False).clash == ()


def test_as_is_with_a_must_and_no_baseline_is_infeasible() -> None:
    solution = solve(make(programs="program\njet", requirements="nation must_meet\nAAA yes", mode="as_is"))
    assert solution.status == "infeasible"


def test_a_clash_of_whole_units_names_no_rule_that_does_not_matter() -> None:
    # Half a unit a year would do in fractions, but no whole one can ever be delivered; the budget is ample.
    solution = solve(
        make(
            programs="program annual_capacity_units\njet 0.5",
            requirements="nation need_by must_meet\nAAA 2027 yes",
            budgets="nation year budget_meur\nAAA 2027 1000",
        )
    )
    assert solution.status == "infeasible"
    assert solution.clash[0].startswith("physical rules alone")


def test_a_stop_before_the_start_gives_no_false_optimum() -> None:
    stop = threading.Event()
    stop.set()
    solution = solve(make(programs=EAGLE, requirements="nation need_by\nAAA 2027\nBBB 2027"), stop=stop)
    assert solution.status in ("cancelled", "feasible", "no_plan", "optimal")
    if solution.status == "optimal":
        assert solution.gap == pytest.approx(0, abs=1e-6)
        assert solution.objective_meur == pytest.approx(120)


def test_unknown_solvers_and_rules_are_refused() -> None:
    scenario = make(programs="program\njet", requirements="nation\nAAA")
    with pytest.raises(SolverUnavailable):
        solve(scenario, solver="abacus")
    with pytest.raises(InvalidInput, match="annual_budget"):
        solve(make(programs="program\njet", requirements="nation\nAAA", rules={"anual_budget": {"on": True}}))
    with pytest.raises(InvalidInput, match="physical"):
        solve(make(programs="program\njet", requirements="nation\nAAA", rules={"meet_need": {"on": False}}))


def test_development_is_shared_by_units_where_the_rules_leave_it_open() -> None:
    # Three units and one: 75 and 25 of 100.
    solution = best(make(programs=EAGLE, requirements="nation quantity need_by\nAAA 3 2027\nBBB 1 2027"))
    assert solution.plan.development == pytest.approx({("AAA", "eagle@joint"): 75.0, ("BBB", "eagle@joint"): 25.0})


def test_a_purse_moves_the_shares_no_further_than_it_must() -> None:
    solution = best(
        make(
            programs=EAGLE,
            requirements="nation quantity need_by\nAAA 3 2027\nBBB 1 2027",
            budgets="nation year class budget_meur\nAAA 2026 development 70",
        )
    )
    assert solution.plan.development == pytest.approx({("AAA", "eagle@joint"): 70.0, ("BBB", "eagle@joint"): 30.0})


def test_whole_units_are_delivered_even_where_fractions_would_be_cheaper() -> None:
    # A budget of 15 a year buys one jet at 10 in each year, never one and a half: two short in 2026, one in 2027.
    solution = best(
        make(
            programs="program\njet",
            requirements="nation quantity\nAAA 3",
            mode="national",
            budgets="nation year budget_meur\nAAA 2026 15\nAAA 2027 15\nAAA 2028 15",
        )
    )
    assert solution.objective_meur == pytest.approx(30 + 3 * 100)


def test_of_plans_that_cost_the_same_the_one_with_fewest_contracts_is_taken() -> None:
    # Jet and kite cost the same; one contract does for both nations, and the code that comes first.
    solution = best(make(programs="program\nkite\njet", requirements="nation quantity\nAAA 2\nBBB 2"))
    assert {contract for _, contract, _ in solution.plan.deliveries} == {"jet@joint"}


def test_the_constant_of_the_objective_buys_no_fewer_contracts() -> None:
    # Two fleets that stay are one type too many: 100, whatever is bought. Buying nothing (90 short) has fewer contracts
    # than buying for 20, but it does not cost the same.
    solution = best(
        make(
            capabilities="capability shortfall_meur_per_unit_year extra_type_meur\nfighter 45 100",
            programs="program unit_cost_meur family\njet 10 old_a",
            requirements="nation quantity\nAAA 2",
            fleets="nation program units\nBBB old_a 1\nBBB old_b 1",
        )
    )
    assert solution.objective_meur == pytest.approx(120)
    assert {contract for _, contract, _ in solution.plan.deliveries} == {"jet@AAA"}


def test_a_gap_is_kept_and_named() -> None:
    scenario = make(programs="program\njet", requirements="nation quantity\nAAA 3")
    solution = solve(scenario, gap=0.5)
    assert solution.termination in ("proved", "gap")
    assert solution.gap <= 0.5 + 1e-6
    assert solution.bound_meur <= solution.objective_meur + 1e-9
    assert solution.exit_code == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("order", [("shortfall", "cost"), ("cost", "shortfall")])
def test_another_solver_keeps_the_order_of_the_goals(order: tuple[str, ...]) -> None:
    # A short unit costs 1, a kite 9: the first goal decides whether anything is bought.
    scenario = make(
        capabilities="capability shortfall_meur_per_unit_year\nfighter 1",
        objective={"order": order},
        programs="program unit_cost_meur\nkite 9",
        requirements="nation quantity\nAAA 2",
    )
    expected, other = solve(scenario, gap=0.0), solve(scenario, gap=0.0, solver="PULP_CBC_CMD")
    assert other.terms_meur == pytest.approx(dict(expected.terms_meur))
    assert other.objective_meur == pytest.approx(expected.objective_meur)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_another_solver_sees_broken_rows_without_decisions() -> None:
    # AAA must have what nobody sells it; BBB buys.
    scenario = make(programs="program buyers\njet BBB", requirements="nation must_meet\nAAA yes\nBBB no")
    assert solve(scenario).status == "infeasible"
    assert solve(scenario, solver="PULP_CBC_CMD").status == "infeasible"
