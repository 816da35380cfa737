"""A model made of another one is the model that would be built, or none where a rule looks farther than a change."""

from __future__ import annotations

import dataclasses
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from reference.scenarios import write_random
from scenario_maker import make
from two_blocks import TWO

from optimizer import Scenario, load_scenario
from optimizer.model import rebuilt as module
from optimizer.model.build import Model, build
from optimizer.model.rebuilt import rebuilt
from optimizer.model.rows import total
from optimizer.model.rule import Row
from optimizer.model.rules import active, change_limit
from optimizer.model.variables import Variables
from optimizer.problems import InvalidInput
from optimizer.tables.schema import Lock


def priced(scenario: Scenario, rng: random.Random) -> Scenario:
    """One program at another price, and another development cost."""
    rows = list(scenario.tables.programs)
    at = rng.randrange(len(rows))
    new = {
        "unit_cost_meur": rows[at].unit_cost_meur * 1.3,
        "development_meur": (rows[at].development_meur or 0.0) * 0.7,
    }
    rows[at] = rows[at].model_copy(update=new)
    return scenario.replace(tables={"programs": tuple(rows)})


def needed(scenario: Scenario, rng: random.Random) -> Scenario:
    """One requirement larger, which is other price bands and other columns as well."""
    rows = list(scenario.tables.requirements)
    at = rng.randrange(len(rows))
    rows[at] = rows[at].model_copy(update={"quantity": rows[at].quantity + rng.choice((-1, 1, 2, 9))})
    return scenario.replace(tables={"requirements": tuple(row for row in rows if row.quantity >= 0)})


def richer(scenario: Scenario, rng: random.Random) -> Scenario:
    """Budgets scaled."""
    by = rng.choice((0.8, 1.2))
    rows = tuple(row.model_copy(update={"budget_meur": row.budget_meur * by}) for row in scenario.tables.budgets)
    nations = tuple(
        row if row.budget_meur is None else row.model_copy(update={"budget_meur": row.budget_meur * by})
        for row in scenario.tables.nations
    )
    return scenario.replace(tables={"budgets": rows, "nations": nations})


def locked(scenario: Scenario, rng: random.Random) -> Scenario:
    """One program more that is forbidden or required."""
    program = rng.choice(sorted(scenario.programs))
    lock = Lock(program=program, action=rng.choice(("forbid", "require")))
    return scenario.replace(tables={"locks": (*scenario.tables.locks, lock)})


def later(scenario: Scenario, rng: random.Random) -> Scenario:
    """One program delivered a year later, and of another effect."""
    rows = list(scenario.tables.programs)
    at = rng.randrange(len(rows))
    new = {"first_delivery": rows[at].first_delivery + 1, "effect_per_unit": rows[at].effect_per_unit * 2}
    rows[at] = rows[at].model_copy(update=new)
    return scenario.replace(tables={"programs": tuple(rows)})


def both(scenario: Scenario, rng: random.Random) -> Scenario:
    """A price and the budgets."""
    return richer(priced(scenario, rng), rng)


def assert_same(made: Model, built: Model) -> None:
    """The same columns and rows by label, with the same numbers; what is gone is empty and fixed at zero."""
    labels = made.program.labels
    there = [at for at, label in enumerate(labels) if label[0] != "gone"]
    column_of = {label: at for at, label in enumerate(built.program.labels)}
    assert sorted(map(str, column_of)) == sorted(str(labels[at]) for at in there)
    place = np.full(len(labels), -1)
    place[there] = [column_of[labels[at]] for at in there]
    mine, its = made.arrays, built.arrays
    for name in ("lower", "upper", "integer", "cost"):
        assert np.allclose(getattr(mine, name)[there], getattr(its, name)[place[there]], rtol=1e-12, atol=1e-9), name
    assert mine.offset == pytest.approx(its.offset)
    assert not mine.upper[place < 0].any() and not mine.cost[place < 0].any() and not mine.integer[place < 0].any()
    for goal, (cost, constant) in made.goals.items():
        assert np.allclose(cost[there], built.goals[goal][0][place[there]]) and constant == pytest.approx(
            built.goals[goal][1]
        )
    assert rows_of(made, place) == rows_of(built, np.arange(its.columns))
    for nation, contract in built.variables.join:
        # What comes after a search reads the plan by its decisions.
        for model in (made, built):
            assert model.program.labels[model.variables.launch[contract].column] == ("launch", contract)
        pairs = [
            [
                (model.program.labels[d.variable.column], d.year, d.band)
                for d in model.variables.deliveries[nation, contract]
            ]
            for model in (made, built)
        ]
        prices = [[(p.band, p.price_meur) for p in m.variables.at_price(nation, contract)] for m in (made, built)]
        assert pairs[0] == pairs[1] and prices[0] == prices[1]
    assert {*made.variables.deliveries} == {*built.variables.deliveries}


def rows_of(model: Model, place: np.ndarray) -> list[object]:
    """Rows by what they have in columns of the built model, scaled; of a parallel pair either may be the one kept."""
    arrays, found = model.arrays, []
    for row in range(arrays.rows):
        at = slice(arrays.start[row], arrays.start[row + 1])
        entries = sorted(zip(place[arrays.index[at]].tolist(), arrays.value[at].tolist(), strict=True))
        by = entries[0][1] if entries else 1.0
        limits = sorted(round(limit / by, 6) for limit in (arrays.row_lower[row], arrays.row_upper[row]))
        found.append((*((column, round(value / by, 9)) for column, value in entries), limits))
    return sorted(found, key=str)


@pytest.mark.parametrize("whole_deliveries", [False, True])
def test_a_model_made_of_another_is_the_one_that_would_be_built(
    tmp_path: Path, whole_deliveries: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_SHARE", 1.0)
    made = dict.fromkeys((priced, needed, richer, locked, later, both), 0)
    for seed in range(1200, 1225):
        folder, rng = tmp_path / str(seed), random.Random(seed)
        write_random(folder, seed, size="small")
        try:
            scenario = load_scenario(folder)
        except InvalidInput:
            continue
        if scenario.rule_is_named_on("no_nation_worse_off"):
            continue
        base = build(scenario, whole_deliveries=whole_deliveries)
        for change in made:
            other = change(scenario, rng)
            model = rebuilt(base, other)
            if model is not None:
                made[change] += 1
                assert_same(model, build(other, whole_deliveries=whole_deliveries))
    assert min(made.values()) >= 3


def test_what_a_part_was_may_not_hang_on_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SHARE", 1.0)
    scenario = make(**TWO)
    dearer = priced(scenario, random.Random(0))
    assert rebuilt(build(scenario, whole_deliveries=False), dearer) is not None

    def counting(scenario: Scenario, variables: Variables) -> Iterator[Row]:
        """At most half of all launches: a limit that no capability knows by itself."""
        launches = [(launch, 1.0) for launch in variables.launch.values()]
        yield Row(("half",), total(launches) <= len(launches) / 2)

    rules = (*active(scenario), dataclasses.replace(change_limit.RULE, name="half", rows=counting))
    monkeypatch.setattr(sys.modules[build.__module__], "active", lambda scenario: rules)
    made = rebuilt(build(scenario, whole_deliveries=False), dearer)
    assert made is not None and made.program.row_labels().count(("half", "half")) == 1
    assert_same(made, build(dearer, whole_deliveries=False))

    def averaging(scenario: Scenario, variables: Variables) -> Iterator[Row]:
        """The mean of all launches: a coefficient that no capability knows by itself."""
        launches = [(launch, 1.0 / len(variables.launch)) for launch in variables.launch.values()]
        yield Row(("mean",), total(launches) <= 0.5)

    rules = (*rules[:-1], dataclasses.replace(change_limit.RULE, name="mean", rows=averaging))
    assert rebuilt(build(scenario, whole_deliveries=False), dearer) is None


def test_contracts_that_come_to_be_count_where_a_nation_staffs_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SHARE", 1.0)
    scenario = make(**TWO | {"requirements": TWO["requirements"].replace("BBB tank 2", "BBB tank 0")})
    nations = tuple(row.model_copy(update={"max_joint_programs": 2}) for row in scenario.tables.nations)
    scenario, rows = scenario.replace(tables={"nations": nations}), scenario.tables.requirements
    more = scenario.replace(tables={"requirements": (*rows[:-1], rows[-1].model_copy(update={"quantity": 2.0}))})
    built = build(more, whole_deliveries=False)
    assert ("joint_program_limit", "BBB") in built.program.row_labels()
    made = rebuilt(build(scenario, whole_deliveries=False), more)
    assert made is not None
    assert_same(made, built)


def test_what_no_capability_has_for_itself_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SHARE", 1.0)
    scenario = make(**TWO)
    base = build(scenario, whole_deliveries=False)
    assert rebuilt(base, scenario.replace(settings={"discount_rate": 0.09})) is None
    assert rebuilt(base, scenario.with_rule("annual_budget", on=False)) is None
    assert rebuilt(base, scenario.with_pooling("national")) is None
    staffed = tuple(row.model_copy(update={"max_joint_programs": 1}) for row in scenario.tables.nations)
    assert rebuilt(base, scenario.replace(tables={"nations": staffed})) is None
    # A default that was not there before is a limit where there was none.
    limited = tuple(row.model_copy(update={"budget_meur": 50.0}) for row in scenario.tables.nations)
    assert rebuilt(base, scenario.replace(tables={"nations": limited})) is None
    less = scenario.replace(tables={"nations": tuple(row.model_copy(update={"budget_meur": 40.0}) for row in limited)})
    money = scenario.replace(tables={"nations": limited})
    made = rebuilt(build(money, whole_deliveries=False), less)
    assert made is not None
    assert_same(made, build(less, whole_deliveries=False))
    fewer = scenario.tables.requirements[1:]
    assert rebuilt(base, scenario.replace(tables={"requirements": fewer})) is None
