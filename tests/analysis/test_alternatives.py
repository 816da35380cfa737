"""Alternatives: plans within the slack, unlike one another, and roles that forced solves prove."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from scenario_maker import make
from small_case import write_small

from optimizer import Scenario, load_scenario, solve
from optimizer.analysis import ANALYSES
from optimizer.analysis.alternatives import Result, Settings, run
from optimizer.audit import audit
from optimizer.cli import main
from optimizer.export.analysis import write_analysis
from optimizer.problems import InvalidInput

# What a unit costs each nation. Everyone must buy one; cheapest are jet, jet, jet for 30.
PRICES = {"jet": (10, 10, 10), "kite": (11, 12, 20), "lark": (13, 10.5, 40)}
NATIONS = ("AAA", "BBB", "CCC")


def three_nations(**more) -> Scenario:  # type: ignore[no-untyped-def]
    offers = [
        f"{program} {n} {price}" for program, row in PRICES.items() for n, price in zip(NATIONS, row, strict=True)
    ]
    return make(
        **{
            "nations": "nation\nAAA\nBBB\nCCC",
            "programs": "program\njet\nkite\nlark",
            "offers": "program nation unit_price_meur\n" + "\n".join(offers),
            "requirements": "nation must_meet\nAAA yes\nBBB yes\nCCC yes",
            **more,
        }
    )


def choices(within: float) -> dict[tuple[str, ...], float]:
    """Every choice of programs by the three nations within the slack, and its cost."""
    costs = {
        chosen: sum(PRICES[program][i] for i, program in enumerate(chosen)) for chosen in product(PRICES, repeat=3)
    }
    return {chosen: cost for chosen, cost in costs.items() if cost <= 30 * (1 + within) + 1e-9}


def roles(result: Result) -> dict[tuple[str, str], str]:
    return {(str(row["program"]), str(row["nation"])): str(row["role"]) for row in result.roles}


@pytest.mark.parametrize("within", [0.0, 0.05, 0.15, 0.4])
def test_roles_are_those_of_every_plan_within_the_slack(within: float) -> None:
    # At 5 %, 31.5: AAA may take the kite (31), BBB the lark (30.5), or both (31.5); CCC has but the jet.
    near = choices(within)
    result = run(three_nations(), Settings(within=within, count=3))

    for (program, nation), role in roles(result).items():
        having = sum((program in chosen) if not nation else chosen[NATIONS.index(nation)] == program for chosen in near)
        assert role == ("in none" if not having else "in all" if having == len(near) else "in some"), (program, nation)
    assert roles(result)["jet", "CCC"] == ("in all" if within < 0.33 else "in some")


def test_plans_are_as_unlike_as_can_be() -> None:
    # Within 5 %: kite, lark, jet for 31.5 differs from three jets in four pairs, two left and two joined.
    result = run(three_nations(), Settings(within=0.05, count=2))

    table = result.tables()["alternatives"]
    assert list(table["differs_from_best_pairs"]) == [0, 4]
    assert list(table["objective_meur"]) == pytest.approx([30, 31.5])
    assert list(table["above_best_share"]) == pytest.approx([0, 0.05])
    assert "2 plans within 5 % of the best (30 meur); any two differ in at least 4 purchases" in (result.headline())


def test_every_plan_keeps_the_slack_and_every_rule() -> None:
    scenario = three_nations(capabilities="capability max_types\nfighter 2")
    result = run(scenario, Settings(within=0.15, count=10))

    # Two types at most and 34.5: kite and lark together with the jet of CCC are barred.
    possible = {chosen for chosen in choices(0.15) if len(set(chosen)) <= 2}
    found = {tuple(sorted((n, p) for n, p in near.pairs)) for near in result.plans}
    assert found == {tuple(zip(NATIONS, chosen, strict=True)) for chosen in possible}
    assert result.exhausted and "No other plan that near to the best" in result.headline()
    for near in result.plans:
        assert near.objective <= 34.5 + 1e-6
        assert audit(scenario, near.solution.plan).is_clean


def test_claims_hold_when_checked_by_forced_solves() -> None:
    result = run(three_nations(), Settings(within=0.1, count=2))

    for row in result.roles:
        if not row["nation"] or row["role"] not in ("in all", "in none"):
            continue
        action = "forbid" if row["role"] == "in all" else "require"
        locks = f"nation program action\n{row['nation']} {row['program']} {action}"
        forced = three_nations(locks=locks)
        solution = solve(forced)
        assert solution.status == "infeasible" or solution.objective_meur > 33 + 1e-6


def test_capabilities_solved_apart_give_the_same_roles() -> None:
    # Two capabilities, the same prices in either: 60 in all, 63 at 5 %, so that one may take up all of the slack.
    offers = [
        f"{p}{c} {n} {price}" for c in "xy" for p, row in PRICES.items() for n, price in zip(NATIONS, row, strict=True)
    ]
    scenario = three_nations(
        capabilities="capability\nx\ny",
        programs="program capability\n" + "\n".join(f"{p}{c} {c}" for c in "xy" for p in PRICES),
        offers="program nation unit_price_meur\n" + "\n".join(offers),
        requirements="nation capability must_meet\n" + "\n".join(f"{n} {c} yes" for c in "xy" for n in NATIONS),
        settings={"solver": {"gap": 0.001, "strategy": "decomposed", "time_limit_s": 60.0}},
    )

    result = run(scenario, Settings(within=0.05, count=3))

    assert result.best.strategy == "decomposed"
    assert len(result.plans) == 3
    for near in result.plans:
        assert near.objective <= 63 + 1e-6 and near.objective == pytest.approx(near.solution.cost_meur)
        assert audit(scenario, near.solution.plan).is_clean
    for c in "xy":
        # Up to 3 dearer in a capability: AAA and BBB can have any program (lark 13, kite 12), CCC only the jet.
        for n, some in {"AAA": {"jet", "kite", "lark"}, "BBB": {"jet", "kite", "lark"}, "CCC": set()}.items():
            assert {p for p in PRICES if roles(result)[f"{p}{c}", n] == "in some"} == some
        assert roles(result)[f"jet{c}", "CCC"] == "in all"
        assert roles(result)[f"lark{c}", "CCC"] == "in none"


def test_without_solves_nothing_is_claimed() -> None:
    result = run(three_nations(), Settings(within=0.0, count=1, solves=0))

    assert set(roles(result).values()) == {"not settled"}
    assert "not settled: 3" in result.headline()
    assert result.solves == 1


def test_the_number_of_solves_is_kept() -> None:
    solved = []

    def counted(scenario: Scenario, **options):  # type: ignore[no-untyped-def]
        solved.append(scenario)
        return solve(scenario, **options)

    result = run(three_nations(), Settings(within=0.15, count=1, solves=2), solve=counted)

    assert len(solved) == result.solves <= 3


def test_a_scenario_without_a_plan() -> None:
    result = run(three_nations(capabilities="capability max_types\nfighter 0"))

    assert result.exit_code == 3 and result.plans == () and result.roles == ()
    assert "no plan" in result.headline()
    assert result.as_dict()["clash"] == ["type_limit"]


def test_an_order_of_goals_has_no_slack() -> None:
    with pytest.raises(InvalidInput):
        run(three_nations(objective={"order": ("cost",)}))


def test_files_and_plans(tmp_path: Path) -> None:
    (analysis,) = (known for known in ANALYSES if known.name == "alternatives")
    scenario = load_scenario(write_small(tmp_path / "in"))
    result = run(scenario, Settings(within=1.0, count=2))

    write_analysis(analysis, scenario, result, tmp_path / "out")

    for name in ("best", "alternative-1"):
        assert main(["audit", str(tmp_path / "in"), str(tmp_path / "out" / "plans" / name)]) == 0
    rows = (tmp_path / "out" / "roles.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "program,nation,capability,role,in_plans,of_plans,proof"
    # Two programs, and two nations that can buy either.
    assert len(rows) == 1 + 2 + 4
