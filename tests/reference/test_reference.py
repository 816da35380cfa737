"""The reference agrees with itself, and with numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import brute, model
from .data import Data, load, rule_on
from .evaluate import evaluate, nation_costs, violations
from .facts import band_edges, development_years, facts, learning_price
from .results import from_result
from .scenarios import RULES, write_random

SEEDS = range(60)
# Candidates that brute force may look at in one scenario; larger scenarios are compared between the solvers only.
LIMIT = 1_000

NATIONS = """nation,blocs,gdp_meur
AAA,EU,1000
BBB,EU,500
CCC,,500
"""
CAPABILITIES = """capability,shortfall_meur_per_unit_year,extra_type_meur
fighter,50,7
"""


def folder(path: Path, settings: str = "", **tables: str) -> Data:
    """A scenario of 2026-2028 written from texts and read again."""
    texts = {"nations": NATIONS, "capabilities": CAPABILITIES, **tables}
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    (path / "scenario.toml").write_text("first_year = 2026\nlast_year = 2028\n" + settings, encoding="utf-8")
    return load(path)


def own(program: str, nation: str, deliveries: dict[int, int], **more: object) -> dict[str, object]:
    """A body of a nation's own contract."""
    units = {(nation, t): u for t, u in deliveries.items()}
    return {"program": program, "pool": None, "nation": nation, "deliveries": units, **more}


def close(a: float | None, b: float | None) -> bool:
    """Equal to 1e-6 relative, or both without a plan."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-6 * max(1.0, abs(b))


@pytest.mark.parametrize("seed", SEEDS)
def test_brute_force_and_both_solvers_agree(tmp_path: Path, seed: int) -> None:
    data = load(write_random(tmp_path / "s", seed))
    result = model.solve(data)
    assert result.status in ("optimal", "infeasible")
    assert close(model.optimum(data, "cbc")[1], result.objective)
    if result.plan is not None:
        national = model.national_costs(data) if rule_on(data, "no_nation_worse_off") else None
        assert violations(data, result.plan, national) == []
        assert close(evaluate(data, result.plan)["objective"], result.objective)
    try:
        assert close(brute.best(data, LIMIT), result.objective)
    except brute.TooLarge:
        return


@pytest.mark.parametrize("rule", RULES)
def test_every_feature_alone_is_reachable_and_solved_alike(tmp_path: Path, rule: str) -> None:
    data = load(write_random(tmp_path / "s", 7, "tiny", {rule}))
    assert close(model.optimum(data)[1], model.optimum(data, "cbc")[1])


def test_enough_scenarios_are_enumerated(tmp_path: Path) -> None:
    enumerated = joint = 0
    for seed in SEEDS:
        data = load(write_random(tmp_path / "s", seed))
        try:
            found = brute.best_plan(data, 300)
        except brute.TooLarge:
            continue
        enumerated += 1
        bodies = [] if found.plan is None else found.plan["contracts"].values()
        joint += any(body["pool"] and len({n for n, _ in body["deliveries"]}) > 1 for body in bodies)
    assert enumerated >= 20
    assert joint >= 5


def test_continuous_deliveries_never_cost_more(tmp_path: Path) -> None:
    for seed in range(12):
        data = load(write_random(tmp_path / "s", seed))
        whole, relaxed = model.optimum(data)[1], model.optimum(data, integer_deliveries=False)[1]
        assert whole is None or (relaxed is not None and relaxed <= whole + 1e-6 * max(1.0, abs(whole)))


PROGRAM = """program,capability,kind,lead,suppliers,unit_cost_meur,first_delivery,{columns}
jet,fighter,{kind},AAA,AAA:0.6;BBB:0.4,10,2027,{values}
"""
NEED = """nation,capability,quantity,need_by
AAA,fighter,2,2027
BBB,fighter,1,2027
CCC,fighter,1,2028
"""


def jet(kind: str = "off_the_shelf", **columns: object) -> str:
    """programs.csv with one program."""
    return PROGRAM.format(kind=kind, columns=",".join(columns), values=",".join(str(x) for x in columns.values()))


def test_learning_average(tmp_path: Path) -> None:
    # Slope 0.5: unit x costs T1 / x. Two units cost 10 on average: T1 (1 + 1/2) / 2 = 10, so T1 = 40/3.
    # Four units: T1 / 4 * (1 + 1/2 + 1/3 + 1/4) = 10/3 * 25/12.
    data = folder(tmp_path, programs=jet(learning_slope=0.5, reference_units=2), requirements=NEED)
    assert learning_price(data.programs["jet"], 4) == pytest.approx(250 / 36)
    assert learning_price(data.programs["jet"], 2) == pytest.approx(10.0)


def test_learning_after_prior_units(tmp_path: Path) -> None:
    # One unit after one built costs T1 / 2 = 10, so T1 = 20; two units: 20 / 2 * (1/2 + 1/3) = 25/3.
    data = folder(tmp_path, programs=jet(learning_slope=0.5, prior_units=1), requirements=NEED)
    assert learning_price(data.programs["jet"], 2) == pytest.approx(25 / 3)


@pytest.mark.parametrize(
    ("lo", "hi", "bands", "expected"),
    [
        # 8^(i/3) = 1, 2, 4, 8.
        (1, 8, 3, [(1, 2), (3, 4), (5, 8)]),
        # 2 * 1.5^(i/6) + 0.5 = 2.5, 2.6, 2.8, 2.9, 3.1, 3.3, 3.5: edges 2 and 3 only.
        (2, 3, 6, [(2, 3)]),
        (5, 5, 6, [(5, 5)]),
        (1, 10, 1, [(1, 10)]),
    ],
)
def test_band_edges(lo: int, hi: int, bands: int, expected: list[tuple[int, int]]) -> None:
    assert band_edges(lo, hi, bands) == expected


def test_band_prices_are_the_curve_at_the_geometric_middle(tmp_path: Path) -> None:
    # Needs 4 + 2 + 2 = 8 units, 3 bands: (1, 2), (3, 4), (5, 8) with middles sqrt 2 -> 1, sqrt 12 -> 3, sqrt 40 -> 6.
    # Slope 0.5, unit cost 10 for one unit: T1 = 10, A(3) = 10/3 * 11/6, A(6) = 10/6 * 49/20.
    need = NEED.replace("AAA,fighter,2", "AAA,fighter,4").replace("BBB,fighter,1", "BBB,fighter,2")
    data = folder(
        tmp_path,
        "[rules]\nprice_bands = { bands = 3 }\n",
        programs=jet(learning_slope=0.5),
        requirements=need.replace("CCC,fighter,1", "CCC,fighter,2"),
    )
    prices = [price for *_, price in facts(data).bands["jet"]]
    assert prices == pytest.approx([10.0, 110 / 18, 490 / 120])


def test_price_breaks_replace_the_curve(tmp_path: Path) -> None:
    breaks = "program,from_units,unit_price_meur\njet,2,9\njet,4,12\n"
    data = folder(tmp_path, programs=jet(learning_slope=0.8), requirements=NEED, prices=breaks)
    bands = facts(data).bands["jet"]
    assert [(lo, price) for lo, _, price in bands] == [(2, 9.0), (4, 12.0)]
    assert bands[0][1] == 3
    # One unit lies below the first break: it cannot be ordered.
    plan = {"contracts": {"jet@AAA": own("jet", "AAA", {2027: 1})}}
    assert any(text.startswith("one_price_band") for text in violations(data, plan))


def test_earliest_delivery(tmp_path: Path) -> None:
    export = """regime,supplier,buyer,status,delay_years
strict,AAA,EU,delayed,1
strict,BBB,CCC,delayed,2
strict,CCC,AAA,barred,
"""
    offers = "program,nation,earliest_delivery\njet,CCC,2020\n"
    data = folder(
        tmp_path,
        programs=jet(approval_years=1, export_regime="strict"),
        requirements=NEED,
        export=export,
        offers=offers,
    )
    f = facts(data)
    # BBB: 2027 + 1 approval + 1 delay (AAA to EU). CCC: the offer's 2020 + 1 + 2 = 2023, but not before 2026.
    # CCC supplies nothing, so its bar does not touch AAA.
    assert f.earliest("BBB", "jet") == 2029
    assert f.earliest("CCC", "jet") == 2026
    assert f.may_buy("AAA", "jet")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # From the first year to the year before first delivery, 2027.
        ({}, {2026: 1.0}),
        ({"first_delivery": 2029}, {2026: 1 / 3, 2027: 1 / 3, 2028: 1 / 3}),
        # 2029 - 2 .. 2028.
        ({"first_delivery": 2029, "development_years": 2}, {2027: 0.5, 2028: 0.5}),
        # 2025 .. 2027 clipped to 2026 .. 2027.
        ({"development_start": 2025, "development_years": 3}, {2026: 0.5, 2027: 0.5}),
        # 2024 .. 2025 lies before the horizon: all in the year before first delivery.
        ({"development_start": 2024, "development_years": 2, "first_delivery": 2028}, {2027: 1.0}),
        # Ready before the horizon: clamped to its first year.
        ({"first_delivery": 2024}, {2026: 1.0}),
        ({"development_profile": "2026:0.25;2028:0.75"}, {2026: 0.25, 2028: 0.75}),
    ],
)
def test_development_years(tmp_path: Path, columns: dict[str, object], expected: dict[int, float]) -> None:
    text = jet("joint_development", partners="AAA;BBB", development_meur=50, **columns)
    if "first_delivery" in columns:
        text = text.replace("first_delivery,", "x_first,", 1)
    data = folder(tmp_path, programs=text, requirements=NEED)
    assert development_years(data.programs["jet"], 2026, 2028) == pytest.approx(expected)


def test_uplifts_multiply(tmp_path: Path) -> None:
    text = jet(
        "joint_development",
        partners="AAA;BBB",
        development_meur=50,
        premium_share=0.1,
        customer_premium_share=0.05,
        sale_surcharge_share=0.2,
    )
    f = facts(folder(tmp_path, programs=text, requirements=NEED))
    pooled = f.contracts["jet@joint"]
    # CCC: pooled, customer, not the lead. BBB: partner. AAA: the lead.
    assert f.price("CCC", pooled, 10.0) == pytest.approx(10 * 1.1 * 1.05 * 1.2)
    assert f.price("BBB", pooled, 10.0) == pytest.approx(10 * 1.1 * 1.2)
    assert f.price("AAA", pooled, 10.0) == pytest.approx(11.0)


def test_payments_are_clamped_to_the_horizon(tmp_path: Path) -> None:
    f = facts(folder(tmp_path, programs=jet(payment_profile="-2:0.2;0:0.5;1:0.3"), requirements=NEED))
    # 2024 and 2026 fall together in 2026; 2029 falls back to 2028.
    assert f.due("jet", 2026) == pytest.approx({2026: 0.7, 2027: 0.3})
    assert f.due("jet", 2028) == pytest.approx({2026: 0.2, 2028: 0.8})


def test_every_term_by_hand(tmp_path: Path) -> None:
    text = jet(
        "joint_development",
        partners="AAA;BBB",
        development_meur=50,
        support_meur_per_unit_year=1,
        joining_meur=4,
        operating_type_meur_per_year=2,
        premium_share=0.1,
    )
    data = folder(
        tmp_path,
        "discount_rate = 0.25\n[objective]\nchange = 2.0\n",
        programs=text,
        requirements=NEED,
        fleets="nation,program,capability,units,retires\nCCC,old,fighter,1,2028\nBBB,older,fighter,1,\n",
        offers="program,nation,preference_meur_per_unit\njet,AAA,3\n",
        previous="nation,program,units\nAAA,jet,1\n",
    )
    plan = {
        "contracts": {
            "jet@joint": {
                "program": "jet",
                "pool": ["AAA", "BBB", "CCC"],
                "nation": None,
                "deliveries": {("AAA", 2027): 1, ("AAA", 2028): 1, ("BBB", 2028): 1},
                "development": {"AAA": 50.0, "BBB": 50 * 2**0.5 - 50.0},
                "work": {"AAA": 60.0, "BBB": 50 * 2**0.5 + 33 - 60.0},
            }
        }
    }
    money = evaluate(data, plan)
    # Discount factors 1, 0.8, 0.64. Two partners: 50 sqrt 2, all in 2026.
    assert money["development"] == pytest.approx(50 * 2**0.5)
    # 10 * 1.1 each: one in 2027, two in 2028.
    assert money["production"] == pytest.approx(11 * (0.8 + 2 * 0.64))
    # Two nations: 4 in 2027, 2 in 2027 and 2028.
    assert money["joining"] == pytest.approx(2 * (4 * 0.8 + 2 * (0.8 + 0.64)))
    # The unit of 2027 two years, those of 2028 one.
    assert money["support"] == pytest.approx(0.8 + 0.64 + 2 * 0.64)
    # AAA lacks one unit in 2027; BBB has its fleet; the fleet of CCC is gone in 2028, when it needs one.
    assert money["shortfall"] == pytest.approx(50 * 0.8 + 50 * 0.64)
    # Types at the end: jet and BBB's older; CCC's old has retired.
    assert money["duplication"] == pytest.approx(7.0)
    assert money["preference"] == pytest.approx(-6.0)
    # AAA has one more than before, BBB one more than none: 2 * 10.
    assert money["change"] == pytest.approx(20.0)
    total = sum(money[name] for name in ("cost", "shortfall", "duplication", "preference")) + 2 * 20.0
    assert money["objective"] == pytest.approx(total)
    assert violations(data, plan) == []
    # BBB pays its part of the development, one unit, joining, operating and support; it has no shortfall.
    expected = 50 * 2**0.5 - 50 + 11 * 0.64 + 4 * 0.8 + 2 * 1.44 + 0.64
    assert nation_costs(data, plan)["BBB"] == pytest.approx(expected)


def test_cheapest_rows_are_short_first(tmp_path: Path) -> None:
    # One unit of grade 3 for a row of grade 4 at priority 2 and one of grade 1 at priority 1, both of 1 unit, in 2028:
    # the unit cannot serve grade 4, so that row is short (50 * 2) and the other is met.
    rows = "nation,capability,quantity,need_by,priority,min_grade\nAAA,fighter,1,2028,2,4\nAAA,fighter,1,2028,1,\n"
    data = folder(tmp_path, "discount_rate = 0.0\n", programs=jet(), requirements=rows)
    plan = {"contracts": {"jet@AAA": own("jet", "AAA", {2027: 1})}}
    assert evaluate(data, plan)["shortfall"] == pytest.approx(100.0)


def test_bloc_row_is_capped_by_the_half_rule(tmp_path: Path) -> None:
    # AAA alone has two units; half of the bloc's two may come from it: one short in 2027 and 2028.
    rows = "nation,capability,quantity,need_by\nAAA,fighter,2,2027\nEU,fighter,2,2027\n"
    plan = {"contracts": {"jet@AAA": own("jet", "AAA", {2027: 2})}}
    data = folder(tmp_path, "discount_rate = 0.0\n", programs=jet(), requirements=rows)
    assert evaluate(data, plan)["shortfall"] == pytest.approx(100.0)
    lifted = folder(tmp_path, "discount_rate = 0.0\n[rules]\nhalf_rule = false\n", programs=jet(), requirements=rows)
    assert evaluate(lifted, plan)["shortfall"] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("tables", "settings", "deliveries", "expected"),
    [
        ({"locks": "nation,program,action,units\nAAA,jet,fix,2\n"}, "", {2027: 1}, "locks"),
        ({"locks": "nation,program,action,units\n,jet,forbid,\n"}, "", {2027: 1}, "locks"),
        ({"budgets": "nation,year,budget_meur\nAAA,2027,9\n"}, "", {2027: 1}, "annual_budget"),
        (
            {
                "fleets": "nation,program,capability,units\nBBB,old,fighter,1\n",
                "capabilities": "capability,shortfall_meur_per_unit_year,max_types\nfighter,50,1\n",
            },
            "",
            {2027: 1},
            "type_limit",
        ),
        (
            {"capabilities": "capability,shortfall_meur_per_unit_year,min_fleet_units\nfighter,50,2\n"},
            "",
            {2027: 1},
            "minimum_fleet",
        ),
        (
            {"capabilities": "capability,shortfall_meur_per_unit_year,min_suppliers\nfighter,50,2\n"},
            "",
            {2027: 1},
            "minimum_suppliers",
        ),
        ({}, "[rules]\nsupplier_share = { max_share = 0.39 }\n", {2027: 1}, "supplier_share"),
        ({}, '[rules]\noutside_content = { bloc = "AAA", max_share = 0.39 }\n', {2027: 1}, "outside_content"),
        ({"industry": "nation,sector,min_work_meur\nAAA,defense,7\n"}, "", {2027: 1}, "sector_workload"),
        ({"industry": "nation,sector,max_work_meur\nAAA,defense,5\n"}, "", {2027: 1}, "sector_workload"),
        ({"industry": "nation,sector,min_work_meur_per_year\nAAA,defense,1\n"}, "", {2027: 1}, "sustaining_rate"),
        ({}, "", {2027: 3}, "no_excess"),
        ({}, "", {2026: 1}, "delivery_window"),
    ],
)
def test_broken_rules_are_reported(
    tmp_path: Path, tables: dict[str, str], settings: str, deliveries: dict[int, int], expected: str
) -> None:
    # One jet for AAA costs 10, of which 4 arise in BBB.
    data = folder(tmp_path, settings, **{"programs": jet(), "requirements": NEED, **tables})
    plan = {"contracts": {"jet@AAA": own("jet", "AAA", deliveries)}}
    found = violations(data, plan)
    assert found
    assert all(text.startswith(expected) for text in found)


def test_carry_over_saves_the_year(tmp_path: Path) -> None:
    # 10 due in 2027; 8 there and half of the 4 left from 2026 is enough, half of 3.9 is not.
    for money, broken in ((4.0, False), (3.9, True)):
        budgets = f"nation,year,budget_meur,carry_over_share\nAAA,2026,{money},0.5\nAAA,2027,8,\n"
        data = folder(tmp_path, programs=jet(), requirements=NEED, budgets=budgets)
        plan = {"contracts": {"jet@AAA": own("jet", "AAA", {2027: 1})}}
        assert bool(violations(data, plan)) is broken


def test_a_written_result_is_read_back(tmp_path: Path) -> None:
    # Two of three nations share a development of 40 and an element of 30; BBB pays 25 of the 40 and all of the element.
    text = jet("joint_development", partners="AAA;BBB", development_meur=40, partner_exponent=0, element="engine")
    data = folder(tmp_path, programs=text, requirements=NEED, elements="element,development_meur\nengine,30\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "allocations.csv").write_text(
        "nation,program,capability,contract,year,units,unit_price_meur,payment_meur\n"
        "AAA,jet,fighter,jet@joint,2027,2,10,20\nBBB,jet,fighter,jet@joint,2028,1,10,10\n"
    )
    (out / "programs.csv").write_text("program,development_meur\njet,70\n")
    (out / "payments.csv").write_text(
        "nation,year,class,payment_meur\nAAA,2026,development,15\nBBB,2026,development,55\n"
    )
    (out / "work.csv").write_text("nation,program,work_meur\nAAA,jet,45\nBBB,jet,25\n")
    plan = from_result(data, out)
    assert list(plan["contracts"]) == ["jet@joint"]
    assert violations(data, plan) == []
    money = evaluate(data, plan)
    assert money["development"] == pytest.approx(70.0)
    assert money["production"] == pytest.approx((20 + 10 / 1.03) / 1.03)
