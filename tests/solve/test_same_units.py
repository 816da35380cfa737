"""The whole deliveries of an earlier finish are kept, in part or altogether, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reference.scenarios import write_random
from scenario_maker import make
from two_blocks import TWO

from optimizer import Scenario, load_scenario
from optimizer.audit import audit
from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats, Ints
from optimizer.model.build import Model, build, weights_of
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.problems import InvalidInput
from optimizer.solve.finish import restated
from optimizer.solve.memory import Units
from optimizer.solve.same_units import SameUnits, changed_orders, nearest_units

NONE: Ints = np.zeros(0, dtype=np.int64)

# Ten million a unit, six from the third unit on; kites come a year after hawks.
BREAKS = {
    "programs": "program first_delivery\nhawk 2026\nkite 2027",
    "prices": "program from_units unit_price_meur\nhawk 1 10\nhawk 3 6\nkite 1 10\nkite 3 6",
    "requirements": "nation quantity need_by\nAAA 4 2027",
}


def best(scenario: Scenario) -> tuple[Model, Floats, Answer, Units]:
    """The compact model with its best point, and the best whole plan of the same choices with its units."""
    model = build(scenario, whole_deliveries=False)
    x = Highs(model.arrays).run().x
    assert x is not None
    exact, _ = restated(model, x, weights_of(scenario), {}, 0.0)
    answer = Highs(exact.arrays).run()
    if answer.x is None:
        return model, x, answer, {}
    return model, x, answer, {key: float(units) for key, units in exact.plan(answer.x).deliveries.items()}


def again(model: Model, x: Floats, earlier: Units, changed: Ints, most: float) -> Answer:
    """The earlier units in a model."""
    return SameUnits(model, model.arrays, x, earlier, 0).within(most, changed, gap=0.0, control=Control())


def worse(model: Model, earlier: Units) -> tuple[Units, int]:
    """The units but for one, and the number of its capability."""
    key = min(key for key in earlier if key[1].startswith("ox"))
    column = model.program.column(model.variables.deliveries[key[:2]][0].variable)
    return {**earlier, key: earlier[key] - 1.0}, int(model.arrays.column_block[column])


def test_units_that_are_still_good_enough_are_all_kept() -> None:
    model, x, answer, earlier = best(make(**TWO))
    found = again(model, x, earlier, NONE, answer.objective + 1e-6)
    assert found.x is not None and found.objective == pytest.approx(answer.objective)
    assert again(model, x, earlier, NONE, answer.objective - 1.0).x is None


def test_only_changed_capabilities_are_decided_anew() -> None:
    model, x, answer, earlier = best(make(**TWO))
    less, block = worse(model, earlier)
    # A unit short costs more than the room there is: as it was it does not do, nor with the other capability free.
    others = np.array([1 - block])
    assert again(model, x, less, NONE, answer.objective + 1e-6).x is None
    assert again(model, x, less, others, answer.objective + 1e-6).x is None
    found = again(model, x, less, np.array([block]), answer.objective + 1e-6)
    assert found.x is not None and found.objective == pytest.approx(answer.objective)


def test_nations_that_would_spend_too_much_decide_their_deliveries_anew() -> None:
    _, x, _, earlier = best(make(**TWO))
    spent = sum(by * earlier.get(("AAA", code, 2026), 0.0) for code, by in (("hawk@joint", 10.0), ("ox@joint", 8.0)))
    assert 50.0 < spent <= 60.0
    less = build(
        make(**TWO | {"budgets": TWO["budgets"].replace("2026 all 60", "2026 all 50")}), whole_deliveries=False
    )
    same = SameUnits(less, less.arrays, x, earlier, 0)
    assert same.kept().x is None
    deliveries = less.variables.deliveries
    nations = {int(less.arrays.column_nation[of[0].variable.column]): nation for (nation, _), of in deliveries.items()}
    assert [nations[number] for number in same.breaking().tolist()] == ["AAA"]
    found = same.within(1e9, NONE, gap=0.0, control=Control())
    assert found.x is not None
    plan = less.plan(found.x)
    assert audit(less.scenario, plan).is_clean
    # Some of AAA's deliveries wait for the next year, BBB's are what they were.
    assert plan.deliveries != earlier
    own = [{key: n for key, n in units.items() if key[0] == "BBB"} for units in (plan.deliveries, earlier)]
    assert own[0] == own[1] != {}
    # What costs more than it may is none.
    assert same.within(found.objective - 1.0, NONE, gap=0.0, control=Control()).x is None


def test_where_money_is_not_all_that_lacks_no_nation_is_named() -> None:
    _, x, _, earlier = best(make(**TWO))
    # In a year of 10 million there is no room for units that the plan takes then, whatever is paid on top.
    less = build(
        make(**TWO | {"budgets": TWO["budgets"].replace("2026 all 60", "2026 all 10")}), whole_deliveries=False
    )
    same = SameUnits(less, less.arrays, x, earlier, 0)
    assert same.kept().x is None and same.breaking().tolist() == []
    assert same.within(1e9, NONE, gap=0.0, control=Control()).x is None


def test_an_order_of_other_units_changes_its_capability() -> None:
    model, x, _, earlier = best(make(**TWO))
    less, block = worse(model, earlier)
    assert changed_orders(model, x, earlier).tolist() == []
    assert changed_orders(model, x, less).tolist() == [block]
    # Half a unit may be rounding.
    half = {key: (units + less[key]) / 2.0 for key, units in earlier.items()}
    assert changed_orders(model, x, half).tolist() == []


@pytest.mark.parametrize(("budget", "fits"), [(10, True), (9, False)])
def test_what_a_dear_price_band_costs_is_paid_when_it_falls_due(budget: float, fits: bool) -> None:
    # One hawk at 10 in 2026, three kites at 6 in 2027. At the cheapest bands the hawk is 6; a compact statement may pay
    # the other 4 with the kites a year later.
    scenario = make(**BREAKS, budgets=f"nation year class budget_meur\nAAA 2026 all {budget:g}")
    model = build(scenario, whole_deliveries=False)
    signed = {("hawk", 1), ("kite", 3)}
    x = np.zeros(model.arrays.columns)
    for contract in scenario.contracts.values():
        x[model.program.column(model.variables.launch[contract.id])] = 1.0
        x[model.program.column(model.variables.join["AAA", contract.id])] = 1.0
        for band, variable in model.variables.bands(contract):
            x[model.program.column(variable)] = float((contract.program, band.first) in signed)
    codes = {contract.program: contract.id for contract in scenario.contracts.values()}
    units = {("AAA", codes["hawk"], 2026): 1.0, ("AAA", codes["kite"], 2027): 3.0}
    found = again(model, x, units, NONE, np.inf)
    assert (found.x is not None) == fits
    if found.x is not None:
        assert found.objective == pytest.approx(28.0)
        assert audit(scenario, model.plan(found.x)).is_clean


def test_a_compact_statement_prices_whole_units_as_the_exact_one_does(tmp_path: Path) -> None:
    compared = 0
    for seed in range(300, 330):
        write_random(tmp_path / str(seed), seed, size="small")
        try:
            scenario = load_scenario(tmp_path / str(seed))
        except InvalidInput:
            continue
        if scenario.settings.objective.order or Highs(build(scenario, whole_deliveries=False).arrays).run().x is None:
            continue
        model, x, answer, earlier = best(scenario)
        if answer.x is None:
            continue
        found = again(model, x, earlier, NONE, np.inf)
        assert found.x is not None, seed
        assert found.objective == pytest.approx(answer.objective, abs=1e-4), seed
        compared += 1
    assert compared >= 12


def test_each_capability_takes_its_units_from_the_finish_that_ordered_as_it_does() -> None:
    model, x, _, earlier = best(make(**TWO))
    less, block = worse(model, earlier)

    def is_in(key: tuple[str, str, int]) -> bool:
        column = model.program.column(model.variables.deliveries[key[:2]][0].variable)
        return int(model.arrays.column_block[column]) == block

    # One finish has nothing of the other capability, the other one of this one is a unit short.
    half = {key: units for key, units in earlier.items() if is_in(key)}
    assert changed_orders(model, x, half).tolist() == [1 - block]
    assert nearest_units(model, x, [less, half]) == earlier
    assert nearest_units(model, x, [half, less]) == earlier
    # A capability like none of them takes the nearest.
    assert nearest_units(model, x, [{}, less]) == less
