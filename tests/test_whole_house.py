"""Properties of the whole house over random scenarios: what must hold of every solve, whatever is in the tables."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import pytest
from reference import brute
from reference import data as reference_data
from reference import model as reference
from reference.scenarios import write_random
from scenario_maker import make

from optimizer import InvalidInput, Scenario, Solution, load_scenario, solve
from optimizer.audit import audit
from optimizer.model.arrays import Arrays
from optimizer.model.build import build, weights_of
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.model.lp import LinearProgram
from optimizer.model.rows import total
from optimizer.model.rules import RULES
from optimizer.model.terms import TERMS
from optimizer.solve.whole import solve_whole

pytestmark = pytest.mark.slow

# Rules under which a national plan may not be allowed in a larger pool (fine print 11, 62-64).
POOL_RULES = (
    "fair_return",
    "burden_sharing",
    "supplier_share",
    "outside_content",
    "no_nation_worse_off",
    "joint_program_limit",
    "sector_workload",
    "sustaining_rate",
    "locks",
)


def close(a: float | None, b: float | None, tolerance: float = 1e-6) -> bool:
    """Equal relative to size, or both without a plan."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= tolerance * max(1.0, abs(b))


def random_scenario(
    folder: Path, seed: int, size: str = "tiny", rules: object = None, mode: str | None = None
) -> Scenario | None:
    """A random scenario, or None where the checks refuse it (a lock on what nobody can sell in these pools)."""
    try:
        return load_scenario(write_random(folder / f"s{seed}", seed, size, rules, mode))  # type: ignore[arg-type]
    except InvalidInput:
        return None


def exact(scenario: Scenario, **options: object) -> Solution:
    """Solved to proof; a plan is audited and its terms add up."""
    solution = solve(scenario, gap=0.0, time_limit=60.0, **options)  # type: ignore[arg-type]
    assert solution.status in ("optimal", "infeasible"), solution.status
    if solution.plan is not None:
        assert solution.findings == ()
        assert solution.objective_difference_meur <= 0.01
    return solution


# --- returned plans ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_plans_pass_the_audit_and_terms_reconcile(tmp_path: Path, size: str) -> None:
    planned = 0
    for seed in range(1000, 1024):
        scenario = random_scenario(tmp_path, seed, size)
        if scenario is None:
            continue
        solution = exact(scenario)
        if solution.plan is None:
            continue
        planned += 1
        report = audit(scenario if scenario.national_costs else solution.scenario, solution.plan)
        assert report.is_clean
        if not scenario.settings.objective.order:
            by_hand = solution.relaxation_meur + sum(
                weights_of(scenario)[term.goal] * solution.terms_meur[term.name] for term in TERMS
            )
            assert solution.objective_meur == pytest.approx(by_hand, abs=0.01)
        assert solution.bound_meur <= solution.objective_meur + 1e-6
    assert planned >= 12


# What makes a rule bind in random scenarios.
_COMPANIONS = {
    "type_limit": {"fleets"},
    "interoperability": {"fleets"},
    "change_limit": {"change"},
}


@pytest.mark.parametrize(
    "name", [rule.name for rule in RULES if rule.kind == "policy" and rule.name not in ("half_rule",)]
)
def test_a_soft_rule_costs_its_price_times_what_the_audit_finds(tmp_path: Path, name: str) -> None:
    features = {name} | _COMPANIONS.get(name, set())
    binding = 0
    for seed in range(12):
        scenario = random_scenario(tmp_path, seed, "tiny", features, "joint")
        if scenario is None:
            continue
        soft = scenario.with_rule(name, on=True, soft=True, price=0.05)
        if name == "no_nation_worse_off":
            soft = soft.replace(national_costs={nation: 10.0 for nation in soft.nations})
        if name == "goal_limit":
            soft = soft.with_rule(name, types=1.0, cost=10.0, outside=0.1, objective=20.0)
        solution = solve(soft, gap=0.0)
        if solution.plan is None:
            continue
        assert solution.findings == ()
        assert solution.objective_difference_meur <= 1e-4, (seed, solution.relaxation_meur, solution.warnings)
        binding += solution.relaxation_meur > 1e-3
    # Where development money can be shared freely, random tables hardly ever make this rule costly.
    assert binding >= (0 if name == "burden_sharing" else 1)


# --- pools ---------------------------------------------------------------------------------------------------------


def test_joint_never_costs_more_than_national(tmp_path: Path) -> None:
    cheaper, features = 0, {"offers", "effects", "element", "variant", "prices"}
    for seed in range(2000, 2030):
        scenario = random_scenario(tmp_path, seed, "tiny", features, "joint")
        assert scenario is not None
        for name in POOL_RULES:
            scenario = scenario.with_rule(name, on=False)
        joint, national = exact(scenario), exact(scenario.with_pooling("national"))
        if national.plan is None:
            continue
        assert joint.objective_meur <= national.objective_meur + 1e-6 * max(1.0, abs(national.objective_meur)), seed
        cheaper += joint.objective_meur < national.objective_meur - 1e-3
    assert cheaper >= 5


def test_blocs_lie_between_national_and_joint(tmp_path: Path) -> None:
    for seed in range(2104, 2112):
        scenario = random_scenario(tmp_path, seed, "small", {"capacity", "lots"}, "joint")
        assert scenario is not None
        nations = sorted(scenario.nations)
        costs = [
            exact(s).objective_meur
            for s in (scenario, scenario.with_pooling("blocs", [nations[:2]]), scenario.with_pooling("national"))
        ]
        assert costs[0] <= costs[1] + 1e-5 <= costs[2] + 2e-5, (seed, costs)


class _KeepsOwn(Scenario):
    """A scenario that drops no own contract."""

    def _keeps_own_contracts(self, row: object) -> bool:
        return True


def test_dropping_own_contracts_changes_nothing(tmp_path: Path) -> None:
    dropped = 0
    for seed in range(3000, 3040):
        scenario = random_scenario(tmp_path, seed, "tiny", None, ("joint", "blocs")[seed % 2])
        if scenario is None:
            continue
        keeping = _KeepsOwn(scenario.tables, scenario.settings)
        fewer = len(keeping.contracts) - len(scenario.contracts)
        assert fewer >= 0
        if fewer:
            # A lock may name what only the larger choice can sell, so only the objective is compared.
            assert close(exact(scenario).objective_meur, exact(keeping).objective_meur), seed
            dropped += 1
    assert dropped >= 10


# --- money ---------------------------------------------------------------------------------------------------------


def test_more_budget_never_costs_more(tmp_path: Path) -> None:
    helped = 0
    for seed in range(4000, 4015):
        scenario = random_scenario(tmp_path, seed, "tiny", {"annual_budget", "carry_over"}, "joint")
        assert scenario is not None
        costs = []
        for factor in (0.6, 1.0, 1.5):
            richer = scenario.replace(
                tables={
                    "nations": tuple(
                        n.model_copy(update={"budget_meur": None if n.budget_meur is None else n.budget_meur * factor})
                        for n in scenario.tables.nations
                    ),
                    "budgets": tuple(
                        b.model_copy(update={"budget_meur": b.budget_meur * factor}) for b in scenario.tables.budgets
                    ),
                }
            )
            cost = exact(richer).objective_meur
            costs.append(float("inf") if cost is None else cost)
        assert costs[0] >= costs[1] - 1e-5 >= costs[2] - 2e-5, (seed, costs)
        helped += costs[0] > costs[2] + 1e-3
    assert helped >= 3


# --- names ---------------------------------------------------------------------------------------------------------


def _renamed(folder: Path, target: Path) -> Path:
    """The folder with nations and programs renamed so that their order is reversed."""
    nations = {"AAA": "ZZA", "BBB": "YYB", "CCC": "XXC", "DDD": "WWD"}
    target.mkdir()
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        for old, new in nations.items():
            text = text.replace(old, new)
        for number in range(10):
            text = text.replace(f"prog{number}", f"qrog{9 - number}")
        (target / path.name).write_text(text, encoding="utf-8")
    return target


def test_relabeling_changes_nothing(tmp_path: Path) -> None:
    compared = 0
    for seed in range(5000, 5030):
        scenario = random_scenario(tmp_path, seed)
        # Of plans that tie, the order of codes picks one, and it is that one's cost per nation that is compared.
        if scenario is None or scenario.rule_is_named_on("no_nation_worse_off"):
            continue
        renamed = load_scenario(_renamed(tmp_path / f"s{seed}", tmp_path / f"r{seed}"))
        assert close(exact(scenario).objective_meur, exact(renamed).objective_meur), seed
        compared += 1
    assert compared >= 20


# --- rules ---------------------------------------------------------------------------------------------------------

# Tables and columns without which a rule has nothing to say.
_UNWRITTEN = {
    "annual_budget": ({"budgets": ()}, "nations", {"budget_meur": None}),
    "type_limit": ({}, "capabilities", {"max_types": None, "max_types_per_nation": None}),
    "minimum_fleet": ({}, "capabilities", {"min_fleet_units": 0}),
    "minimum_suppliers": ({}, "capabilities", {"min_suppliers": 1}),
    "interoperability": ({"groups": ()}, "", {}),
    "sector_workload": ({"industry": ()}, "", {}),
    "sustaining_rate": ({"industry": ()}, "", {}),
    "joint_program_limit": ({}, "nations", {"max_joint_programs": None}),
    "locks": ({"locks": ()}, "", {}),
}


@pytest.mark.parametrize("name", sorted(_UNWRITTEN))
def test_a_rule_switched_off_is_a_rule_never_written(tmp_path: Path, name: str) -> None:
    tables, table, columns = _UNWRITTEN[name]
    mattered = 0
    for seed in range(10):
        features = {name, "duplication"} if name == "interoperability" else {name}
        scenario = random_scenario(tmp_path, seed, "tiny", features, "joint")
        if scenario is None:
            continue
        replaced = dict(tables)
        if table:
            replaced[table] = tuple(row.model_copy(update=columns) for row in getattr(scenario.tables, table))
        off, unwritten = exact(scenario.with_rule(name, on=False)), exact(scenario.replace(tables=replaced))
        assert close(off.objective_meur, unwritten.objective_meur), seed
        mattered += not close(exact(scenario).objective_meur, off.objective_meur)
    assert mattered >= 1


@pytest.mark.parametrize("name", sorted(rule.name for rule in RULES if rule.named_only))
def test_a_named_rule_switched_off_is_a_rule_never_named(tmp_path: Path, name: str) -> None:
    for seed in range(4):
        scenario = random_scenario(tmp_path, seed, "tiny", {name}, "joint")
        assert scenario is not None
        rules = {key: body for key, body in scenario.settings.rules.items() if key != name}
        off, never = exact(scenario.with_rule(name, on=False)), exact(scenario.replace(settings={"rules": rules}))
        assert close(off.objective_meur, never.objective_meur), seed


# --- the same again ------------------------------------------------------------------------------------------------


def test_same_input_twice_gives_the_same_plan(tmp_path: Path) -> None:
    for seed in range(6007, 6017):
        folder = write_random(tmp_path / f"s{seed}", seed, "small", set(), "joint")
        first, second = exact(load_scenario(folder)), exact(load_scenario(folder))
        assert first.plan == second.plan
        assert first.objective_meur == second.objective_meur


def test_presolve_on_and_off_agree(tmp_path: Path) -> None:
    for seed in range(7000, 7040):
        scenario = random_scenario(tmp_path, seed, "tiny")
        if scenario is None or scenario.rule_is_named_on("no_nation_worse_off"):
            continue
        arrays = build(scenario, whole_deliveries=True).arrays
        off = Highs(arrays, presolve=False).run(gap=0.0)
        believed = solve_whole(arrays, gap=0.0, time_limit=60.0, control=Control(), seed=0)
        assert believed.status == off.status
        on = Highs(arrays, presolve=True).run(gap=0.0)
        if on.status == off.status == "optimal":
            assert close(on.objective, off.objective), seed
            assert close(believed.objective, off.objective), seed


# Binaries u and v, continuous x, y, z: an inequality parallel to an equation over u, v and x. With presolve, HiGHS
# 1.15.1 calls the rows as they stand infeasible.
FIVE_COLUMNS = (
    ({"u": -2.8, "v": 19.8415, "x": 0.7}, "<=", 0.0),
    ({"y": 1.0, "z": -9.69}, "<=", -0.1),
    ({"u": 4.0, "v": -28.345, "x": -1.0}, "==", 0.0),
    ({"v": 1.0, "z": 1.0, "x": -21.11, "u": -2.62}, ">=", 1.0),
)


def _five_columns() -> Arrays:
    program = LinearProgram("five")
    upper = {"u": 1.0, "v": 1.0, "x": None, "y": 13.0, "z": 7.0}
    variables = {name: program.variable((name,), 0, most, integer=name in "uv") for name, most in upper.items()}
    for number, (coefficients, sense, right) in enumerate(FIVE_COLUMNS):
        left = total((variables[name], by) for name, by in coefficients.items())
        row = left <= right if sense == "<=" else left >= right if sense == ">=" else left == right
        program.add((str(number),), row)
    program.cost[variables["y"]] = -1.63
    return program.arrays()


def test_parallel_rows_over_binaries_do_not_make_a_model_infeasible() -> None:
    # u = v = x = 0 and z = 7 leave y its 13: -21.19.
    answer = solve_whole(_five_columns(), gap=0.0, time_limit=10.0, control=Control(), seed=0)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(-1.63 * 13)


def test_parallel_rows_are_merged_so_that_presolve_does_no_harm() -> None:
    arrays = _five_columns()
    assert arrays.rows == 3
    answer = Highs(arrays, presolve=True).run(gap=0.0)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(-1.63 * 13)


def test_parallel_rows_that_differ_by_rounding_only_are_no_contradiction() -> None:
    # 3 x + 3 y = 0.9 and x + y <= 0.3; in floating point three times 0.3 is less than 0.9.
    program = LinearProgram("rounding")
    x, y = (program.variable((name,), 0, 10) for name in "xy")
    program.add(("equation",), total([(x, 3.0), (y, 3.0)]) == 0.9)
    program.add(("parallel",), total([(x, 1.0), (y, 1.0)]) <= 0.3)
    arrays = program.arrays()
    assert Highs(arrays, presolve=False).run().status == "optimal"
    assert Highs(arrays, presolve=True).run().status == "optimal"


# --- against others ------------------------------------------------------------------------------------------------


def _is_read_in_two_ways(scenario: Scenario) -> bool:
    """Whether the two programs read the documents differently: a supplier's delay for a bloc it belongs to."""
    return any(
        row.status == "delayed" and row.supplier in scenario.members(row.buyer) for row in scenario.tables.export
    )


@pytest.mark.parametrize("size,seeds", [("tiny", range(0, 60)), ("small", range(100, 140))])
def test_the_reference_program_agrees(tmp_path: Path, size: str, seeds: range) -> None:
    compared = 0
    for seed in seeds:
        scenario = random_scenario(tmp_path, seed, size)
        if scenario is None or _is_read_in_two_ways(scenario):
            continue
        solution = exact(scenario)
        status, optimum = reference.optimum(reference_data.load(tmp_path / f"s{seed}"))
        assert status in ("optimal", "infeasible")
        assert (status == "infeasible") == (solution.status == "infeasible"), seed
        assert close(solution.objective_meur, optimum, 1e-5), (seed, solution.objective_meur, optimum)
        compared += 1
    assert compared >= len(seeds) * 0.75


def test_brute_force_agrees(tmp_path: Path) -> None:
    enumerated = 0
    for seed in range(8000, 8040):
        scenario = random_scenario(tmp_path, seed)
        if scenario is None or _is_read_in_two_ways(scenario):
            continue
        try:
            best = brute.best(reference_data.load(tmp_path / f"s{seed}"), 300)
        except brute.TooLarge:
            continue
        assert close(exact(scenario).objective_meur, best, 1e-5), seed
        enumerated += 1
    assert enumerated >= 15


def test_another_solver_agrees(tmp_path: Path) -> None:
    for seed in range(9000, 9008):
        scenario = random_scenario(tmp_path, seed, "tiny", {"annual_budget", "prices"}, "joint")
        assert scenario is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            other = exact(scenario, solver="PULP_CBC_CMD")
        assert close(other.objective_meur, exact(scenario).objective_meur), seed


# --- orders and clashes --------------------------------------------------------------------------------------------


def test_goals_are_minimized_one_after_another() -> None:
    # A short unit costs 1 and a jet 10: by weight nothing is bought. Shortfall first: all is bought, cheapest.
    tables = {
        "capabilities": "capability shortfall_meur_per_unit_year\nfighter 1",
        "programs": "program unit_cost_meur\njet 10\nkite 9",
        "requirements": "nation quantity\nAAA 2",
    }
    by_weight = exact(make(**tables))
    assert by_weight.objective_meur == pytest.approx(6)
    shortfall_first = exact(make(**tables, objective={"order": ["shortfall", "cost"]}))
    assert shortfall_first.terms_meur["shortfall"] == pytest.approx(0)
    assert shortfall_first.objective_meur == pytest.approx(18)
    cost_first = exact(make(**tables, objective={"order": ["cost", "shortfall"]}))
    assert cost_first.cost_meur == pytest.approx(0)
    assert cost_first.objective_meur == pytest.approx(6)


def test_an_earlier_goal_keeps_its_best_value(tmp_path: Path) -> None:
    for seed in range(10):
        scenario = random_scenario(tmp_path, seed, "tiny", {"duplication"}, "joint")
        assert scenario is not None

        def ordered(*order: str, scenario: Scenario = scenario) -> Solution:
            objective = scenario.settings.objective.model_copy(update={"order": order})
            return exact(scenario.replace(settings={"objective": objective}))

        first = ordered("shortfall")
        both = ordered("shortfall", "duplication", "cost")
        assert both.terms_meur["shortfall"] <= first.objective_meur + 1e-4
        assert both.terms_meur["duplication"] <= ordered("shortfall", "duplication").objective_meur + 1e-4


def test_a_clash_is_named_and_lifting_any_of_it_helps() -> None:
    # Three jets must stand in 2026: 30 is asked, 20 is there, and the lock wants the fourth besides.
    scenario = make(
        programs="program\njet",
        requirements="nation quantity must_meet max_extra_units\nAAA 3 yes 1",
        budgets="nation year budget_meur\nAAA 2026 20\nAAA 2027 20\nAAA 2028 20",
        industry="nation sector min_work_meur\nAAA defense 1",
    )
    solution = solve(scenario)
    assert solution.status == "infeasible"
    assert solution.plan is None
    assert solution.objective_meur is None
    assert solution.clash == ("annual_budget",)
    assert solution.exit_code == 3
    assert exact(scenario.with_rule("annual_budget", on=False)).objective_meur == pytest.approx(30)


def test_a_clash_of_two_rules_names_both() -> None:
    # The work minimum of 25 takes three jets, the lock allows two.
    scenario = make(
        programs="program\njet",
        requirements="nation quantity\nAAA 3",
        industry="nation sector min_work_meur\nAAA defense 25",
        locks="nation program action units\nAAA jet fix 2",
        budgets="nation year budget_meur\nAAA 2026 100",
    )
    solution = solve(scenario)
    assert solution.status == "infeasible"
    assert set(solution.clash) == {"sector_workload", "locks"}
    for name in solution.clash:
        assert exact(scenario.with_rule(name, on=False)).status == "optimal"


def test_random_clashes_once_lifted_are_feasible(tmp_path: Path) -> None:
    clashes = 0
    for seed in range(30):
        scenario = random_scenario(tmp_path, seed, "tiny", {"must_meet", "annual_budget", "type_limit", "locks"})
        if scenario is None or solve(scenario).status != "infeasible":
            continue
        clash = solve(scenario).clash
        assert clash, seed
        if clash[0].startswith("physical"):
            continue
        clashes += 1
        kinds = {rule.name: rule.kind for rule in RULES}
        others = [rule for rule in RULES if rule.kind != "physical" and rule.name not in clash]
        alone = scenario
        for rule in others:
            alone = alone.with_rule(rule.name, on=False)
        assert solve(alone).status == "infeasible", (seed, clash)
        for name in clash:
            assert kinds[name] != "physical"
            assert solve(alone.with_rule(name, on=False)).plan is not None, (seed, clash, name)
    assert clashes >= 3


def test_dataclasses_of_a_solution_are_frozen() -> None:
    solution = exact(make(programs="program\njet", requirements="nation\nAAA"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        solution.status = "infeasible"  # type: ignore[misc]
