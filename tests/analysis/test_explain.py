"""Why and why not, flips and the prices of rules, on scenarios solved by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import InvalidInput
from optimizer.analysis.explain import ANALYSIS, Result, Settings, run
from optimizer.analysis.explain_flips import with_value
from optimizer.analysis.explain_target import check_target
from optimizer.export.analysis import write_analysis
from tests.scenario_maker import best, bought, make

# Three units: the kite costs 9, the jet 10. All kites: 27. One jet forced in: 28. No kite: 30.
TWO_LINES = make(
    programs="program unit_cost_meur\njet 10\nkite 9",
    requirements="nation quantity\nAAA 3",
    budgets="nation year budget_meur\nAAA 2026 30\nAAA 2027 30\nAAA 2028 30",
)
# Development 100 and 10 a unit for two nations of four units: 180, from 2027 on; the ox costs 24: 8 * 24 = 192.
# Without the lion in 2026 nothing is due, for needs begin in 2027.
LION = make(
    programs=(
        "program kind partners development_meur partner_exponent suppliers unit_cost_meur first_delivery\n"
        "lion joint_development AAA;BBB 100 0 AAA:0.5;BBB:0.5 10 2027\n"
        "ox off_the_shelf - - - AAA:1 24 2026"
    ),
    requirements="nation quantity need_by\nAAA 4 2027\nBBB 4 2027",
)


def flips(result: Result) -> dict[str, tuple[float | None, float | None]]:
    assert result.choice is not None
    return {flip.kind: (flip.value_in, flip.value_out) for flip in result.choice.flips}


def test_forcing_in_what_is_out_costs_its_price_over_the_best() -> None:
    result = run(TWO_LINES, Settings(program="jet", flips=("price",), tolerance=0.001))
    assert result.choice is not None and not result.choice.is_in
    assert result.choice.loss.found == pytest.approx(1)
    assert result.choice.loss.is_exact
    assert "jet is not in the best plan: buying it all the same costs 1 meur more" in result.headline()
    # In below nine tenths of its price, out above.
    within, without = flips(result)["price"]
    assert within is not None and without is not None
    assert within <= 0.9 + 1e-9 <= without + 2e-9 and without - within <= 0.001 + 1e-9
    assert result.exit_code == 0


def test_forcing_out_what_is_in_costs_the_next_best() -> None:
    result = run(TWO_LINES, Settings(program="kite", nation="AAA", flips=("price", "budget")))
    assert result.choice is not None and result.choice.is_in
    assert result.choice.loss.found == pytest.approx(3)
    # Dear as the jet at 10 / 9; with less than 9 of the 30 no kite can be paid.
    within, without = flips(result)["price"]
    assert within is not None and without is not None and within <= 10 / 9 <= without
    within, without = flips(result)["budget"]
    assert within is not None and without is not None and without <= 0.3 <= within


@pytest.mark.parametrize("kind", ["price", "development", "date"])
def test_just_below_and_just_above_a_flip_the_plan_differs_as_said(kind: str) -> None:
    result = run(LION, Settings(program="lion", flips=(kind,), tolerance=0.005))
    assert result.choice is not None and result.choice.is_in
    (flip,) = result.choice.flips
    assert flip.found and flip.proven
    assert flip.value_in is not None and flip.value_out is not None
    target = check_target(LION, "lion", None, None)
    assert target is not None
    at = {value: bought(best(with_value(LION, target, kind, value))) for value in (flip.value_in, flip.value_out)}
    assert any(program == "lion" for _, program in at[flip.value_in])
    assert not any(program == "lion" for _, program in at[flip.value_out])
    # 192 - 80 = 112 of development; (192 - 100) / 8 = 11.5, that is 1.15 of the price; one year later every unit is
    # short for a year at 100.
    expected = {"price": 1.15, "development": 112.0, "date": 2027.5}[kind]
    assert flip.value_in <= expected <= flip.value_out


def test_just_below_and_just_above_a_budget_the_plan_differs_as_said() -> None:
    # With less than 9 of the 30 a year no kite can be paid.
    result = run(TWO_LINES, Settings(program="kite", nation="AAA", flips=("budget",)))
    target = check_target(TWO_LINES, "kite", "AAA", None)
    within, without = flips(result)["budget"]
    assert within is not None and without is not None and target is not None
    assert ("AAA", "kite") in bought(best(with_value(TWO_LINES, target, "budget", within)))
    assert ("AAA", "kite") not in bought(best(with_value(TWO_LINES, target, "budget", without)))


def test_a_contract_is_forced_out_without_the_others_of_its_program() -> None:
    # As a pool they share 100; alone each pays it: both buy oxen then, 192 - 180 = 12 more.
    result = run(LION, Settings(contract="lion@joint", flips=()))
    assert result.choice is not None and result.choice.is_in
    assert result.choice.loss.found == pytest.approx(12)
    differences = result.tables()["differences"]
    assert set(zip(differences["change"], differences["program"], strict=True)) == {("left", "lion"), ("joined", "ox")}


def test_what_cannot_be_forced_in_is_told_with_the_clash() -> None:
    poor = make(
        programs="program unit_cost_meur\njet 50\nkite 9",
        requirements="nation quantity\nAAA 3",
        budgets="nation year budget_meur\nAAA 2026 30\nAAA 2027 30\nAAA 2028 30",
    )
    result = run(poor, Settings(program="jet", flips=("price", "budget")))
    assert result.choice is not None and result.choice.why_impossible is not None
    text = result.headline()
    assert "buying it all the same is impossible" in text and "AAA must" not in text and "somebody must buy jet" in text
    assert "AAA may pay in all 30 meur" in text
    # Without a budget it is still dearer than the kite; for less than 9 it comes in.
    within, without = flips(result)["price"]
    assert within is not None and without is not None and within <= 0.18 <= without
    assert flips(result)["budget"] == (None, None)
    assert result.exit_code == 0


def test_a_rule_that_binds_a_forced_choice_is_named_with_what_it_saves() -> None:
    # Two types allowed cost nothing; with one, forcing the jet in makes all three jets: 30 - 27 = 3 instead of 1.
    one_type = TWO_LINES.replace(
        tables={"capabilities": tuple(row.model_copy(update={"max_types": 1}) for row in TWO_LINES.tables.capabilities)}
    )
    result = run(one_type, Settings(program="jet", flips=()))
    assert result.choice is not None
    assert result.choice.loss.found == pytest.approx(3)
    saved = {bound.rule: bound.saved_without for bound in result.choice.bindings}
    assert saved["type_limit"] is not None and saved["type_limit"].found == pytest.approx(2)
    assert "runs into the rule type limit: without that rule it would cost 2 meur less" in result.headline()


def test_rules_cost_what_the_plan_without_them_saves() -> None:
    # Nine a year buy one kite in each year: short 2 in 2026 and 1 in 2027 at 100, and 27 for kites: 327. Without
    # budgets 27. Ten in 2026 still buy one kite, so one unit more is worth nothing there.
    tight = make(
        programs="program unit_cost_meur\nkite 9",
        requirements="nation quantity\nAAA 3",
        budgets="nation year budget_meur\nAAA 2026 9\nAAA 2027 9\nAAA 2028 9",
        capabilities="capability shortfall_meur_per_unit_year max_types\nfighter 100 1",
    )
    result = run(tight, Settings(rules=True, count=4))
    assert result.prices is not None
    cost = {price.rule.name: price.cost for price in result.prices.rules}
    assert cost["annual_budget"].found == pytest.approx(300)
    assert cost["annual_budget"].is_exact
    assert cost["type_limit"].found == pytest.approx(0)
    assert "The dearest rule is annual budget: without it the best plan costs 300 meur less" in result.headline()
    units = {(unit.limit.rule, *unit.limit.key): unit for unit in result.prices.units}
    budget = units["annual_budget", "AAA", "all", 2026]
    assert budget.worth is not None and budget.worth.found == pytest.approx(0)
    assert result.exit_code == 0


def test_a_unit_of_capacity_is_worth_the_shortfall_it_ends() -> None:
    # One a year: short 2 in 2026 and 1 in 2027, 300 and 30 for jets. Two a year: short 1 in 2026: 100 and 30.
    slow = make(programs="program annual_capacity_units\njet 1", requirements="nation quantity\nAAA 3")
    result = run(slow, Settings(rules=True))
    assert result.prices is not None
    best_unit = max(result.prices.units, key=lambda unit: unit.worth.found or 0.0 if unit.worth else 0.0)
    assert best_unit.limit.rule == "annual_capacity"
    assert best_unit.worth is not None and best_unit.worth.found == pytest.approx(200)
    assert "No policy rule acts" in result.headline()


@pytest.mark.parametrize(
    ("settings", "column"),
    [
        (Settings(program="jett"), "--program"),
        (Settings(program="jet", nation="CCC"), "--nation"),
        (Settings(nation="AAA"), "--nation"),
        (Settings(contract="jet@joint2"), "--contract"),
        (Settings(contract="jet@AAA", program="jet"), "--contract"),
        (Settings(program="jet", nation="BBB"), "--nation"),
    ],
)
def test_what_is_not_there_is_refused_with_a_remedy(settings: Settings, column: str) -> None:
    with pytest.raises(InvalidInput) as error:
        run(TWO_LINES, settings)
    (problem,) = error.value.problems
    assert problem.file == column and problem.remedy


def test_files_hold_what_was_asked(tmp_path: Path) -> None:
    result = run(TWO_LINES, Settings(program="jet", flips=("price",), rules=True, count=0))
    write_analysis(ANALYSIS, TWO_LINES, result, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "forced.csv",
        "binding.csv",
        "flips.csv",
        "rule_prices.csv",
        "unit_prices.csv",
        "explanation.json",
        "explain.xlsx",
        "plans",
    }
    document = json.loads((tmp_path / "out" / "explanation.json").read_text())
    assert document["choice"]["is_in"] is False and document["infeasible"] is None
    assert {path.name for path in (tmp_path / "out" / "plans").iterdir()} >= {"in", "out"}
    assert result.pictures()
