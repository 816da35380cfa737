"""Goals: what they are on finished plans, and that their weights, their limits and their order bear on the plan."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, bought, make, plan_of

from optimizer.measures.ledger import Ledger
from optimizer.model.build import build
from optimizer.model.goals import GOALS, OTHERS, PRICED, weights_of, with_name
from optimizer.model.goals.likeness import listed, marks
from optimizer.tables.settings import Objective

PROGRAMS = "program unit_cost_meur standards\njet 10 link\nkite 11 mesh\nlark 14 link;mesh"
OFFERS = "program nation unit_price_meur\nkite BBB 9"
NEEDS = "nation must_meet\nAAA yes\nBBB yes"
MIXED = plan_of("AAA jet@joint 2026 1\nBBB kite@joint 2026 1")


def value(name: str, scenario, plan) -> float:  # type: ignore[no-untyped-def]
    return with_name(name).value(scenario, Ledger(scenario, plan))


def test_weights_are_those_of_the_settings() -> None:
    assert set(PRICED) | set(OTHERS) == set(Objective.model_fields) - {"order", "unlike"}
    plain = make(programs=PROGRAMS, requirements=NEEDS)
    assert list(weights_of(plain)) == list(PRICED)
    counted = make(programs=PROGRAMS, requirements=NEEDS, objective={"types": 3.0})
    assert weights_of(counted)["types"] == 3.0


def test_what_a_goal_is() -> None:
    assert len({goal.name for goal in GOALS}) == len(GOALS)
    for goal in GOALS:
        assert goal.sentence.endswith(".")
        assert (goal.expression is None) == (goal.limit_rows is not None) == (goal.limit_violations is not None)


def test_types_bear_a_weight() -> None:
    # Jet and kite 19, two jets 20: a type is worth more than 1.
    def cheapest(weight: float):  # type: ignore[no-untyped-def]
        return best(make(programs=PROGRAMS, offers=OFFERS, requirements=NEEDS, objective={"types": weight}))

    assert cheapest(0.9).figures["types"] == 2
    assert cheapest(1.1).figures["types"] == 1
    assert cheapest(1.1).objective_meur == pytest.approx(20 + 1.1)


def test_types_count_fleets_that_stay() -> None:
    scenario = make(programs=PROGRAMS, requirements=NEEDS, fleets="nation program units retires\nAAA old 3 -")
    assert value("types", scenario, MIXED) == 3


def test_cells_settle_on_one_key() -> None:
    groups = "nation level\nAAA compatible\nBBB compatible"
    scenario = make(
        programs=PROGRAMS,
        offers=OFFERS,
        requirements=NEEDS,
        groups=groups,
        rules={"interoperability": {"on": False}},
        objective={"interoperability": 1.5},
    )
    assert value("interoperability", scenario, MIXED) == 0
    assert value("interoperability", scenario, plan_of("AAA jet@joint 2026 1\nBBB lark@joint 2026 1")) == -1
    assert value("interoperability", scenario, plan_of("")) == -1
    # Two jets for 20 settle the only cell and save 1.5 against jet and kite for 19.
    solution = best(scenario)
    assert bought(solution) == {("AAA", "jet"): 1, ("BBB", "jet"): 1}
    assert solution.objective_meur == pytest.approx(18.5)
    assert value("interoperability", make(programs=PROGRAMS, requirements=NEEDS), MIXED) == 0


def test_return_is_the_largest_part_missed() -> None:
    # The eagle's work is half and half; AAA alone pays: due 110 for one unit, got 60 of 120.
    scenario = make(programs=EAGLE, requirements="nation\nAAA\nBBB", rules={"goal_limit": {"return": 1.0}})
    plan = plan_of(
        "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1",
        development={("AAA", "eagle@joint"): 100.0},
        work={("AAA", "eagle@joint"): 60.0, ("BBB", "eagle@joint"): 60.0},
    )
    assert value("return", scenario, plan) == pytest.approx(1 - 60 / 110)
    assert value("return", scenario, plan_of("")) == 0


def test_outside_is_a_share_of_what_the_bloc_buys() -> None:
    scenario = make(
        nations="nation blocs\nAAA EU\nBBB -",
        programs="program unit_cost_meur suppliers\njet 10 AAA:1\nkite 30 AAA:0.5;USA:0.5",
        requirements="nation quantity\nAAA 2\nBBB 2",
    )
    # AAA buys 10 and 30, of which 15 from outside; what BBB buys does not count.
    plan = plan_of("AAA jet@joint 2026 1\nAAA kite@joint 2026 1\nBBB kite@joint 2026 2")
    assert value("outside", scenario, plan) == pytest.approx(15 / 40)
    assert value("outside", scenario, plan_of("")) == 0


def test_likeness_is_to_the_nearest_list() -> None:
    jets, kites = (listed([(n, p) for n in ("AAA", "BBB")]) for p in ("jet", "kite"))
    scenario = make(
        programs=PROGRAMS, offers=OFFERS, requirements=NEEDS, objective={"likeness": 10.0, "unlike": (jets, kites)}
    )
    # Six pairs are marked in either list. Jet and kite differ in two marks from both.
    assert [len(known) for known in marks(scenario)] == [6, 6]
    assert value("likeness", scenario, MIXED) == -2
    # Two larks differ in four marks from both: 28 - 40.
    solution = best(scenario)
    assert bought(solution) == {("AAA", "lark"): 1, ("BBB", "lark"): 1}
    assert solution.objective_meur == pytest.approx(28 - 40)


def test_marks_name_what_is_bought_and_what_is_not() -> None:
    scenario = make(
        programs=PROGRAMS, requirements=NEEDS, objective={"unlike": (("AAA:jet", "!BBB:kite", "ZZZ:jet", "AAA:none"),)}
    )
    assert marks(scenario) == [{("AAA", "jet"): True, ("BBB", "kite"): False}]


def test_what_a_narrowed_scenario_cannot_buy_differs_from_a_mark_as_bought() -> None:
    # A finish has the contracts signed only, here those of kites: AAA buys no jet in it, which is unlike the mark.
    scenario = make(programs=PROGRAMS, requirements=NEEDS, objective={"likeness": 1.0, "unlike": (("AAA:jet",),)})
    kites = {code: contract.bands for code, contract in scenario.contracts.items() if contract.program == "kite"}
    narrow = scenario.narrowed(kites)
    assert ("AAA", "jet") not in narrow.contracts_with
    assert marks(narrow) == [{("AAA", "jet"): True}]
    cost, constant = build(narrow, whole_deliveries=True).cost_of({"likeness": 1.0})
    assert not cost.any() and constant == -1.0


@pytest.mark.parametrize("name", ["types", "interoperability", "likeness"])
def test_an_order_may_name_it(name: str) -> None:
    # Cheapest are jet and kite for 19. One type, one key, or nothing like two jets: two kites for 20.
    unlike = (listed([("AAA", "jet"), ("BBB", "jet")]),)
    scenario = make(
        programs=PROGRAMS,
        offers=OFFERS,
        requirements=NEEDS,
        groups="nation level\nAAA compatible\nBBB compatible",
        rules={"interoperability": {"on": False}},
        objective={"order": (name, "cost"), "unlike": unlike},
    )
    assert best(scenario).objective_meur == pytest.approx(20)
