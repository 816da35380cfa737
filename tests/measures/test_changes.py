"""Changes: how far a plan is from the approved one."""

from __future__ import annotations

from scenario_maker import make, plan_of

from optimizer.measures.changes import changed_pairs, changed_units, unit_changes
from optimizer.measures.ledger import Ledger

PLAN = "AAA jet@joint 2026 1\nAAA jet@joint 2027 2\nBBB jet@joint 2026 1"


def scenario(**tables: str):  # type: ignore[no-untyped-def]
    return make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3\nBBB 1", **tables)


def test_units_of_all_years_are_compared() -> None:
    ledger = Ledger(scenario(previous="nation program units\nAAA jet 1\nAAA kite 2\nBBB jet 1"), plan_of(PLAN))
    assert unit_changes(ledger) == {("AAA", "jet"): 2, ("AAA", "kite"): -2}
    assert (changed_units(ledger), changed_pairs(ledger)) == (4, 2)


def test_a_plan_approved_is_not_changed() -> None:
    # 1 + 2 jets for AAA, 1 for BBB, as `export --previous` writes them.
    same = scenario(previous="nation program units\nAAA jet 3\nBBB jet 1")
    assert (changed_units(Ledger(same, plan_of(PLAN))), changed_pairs(Ledger(same, plan_of(PLAN)))) == (0, 0)


def test_without_an_approved_plan_every_unit_is_new() -> None:
    assert changed_units(Ledger(scenario(), plan_of(PLAN))) == 4
