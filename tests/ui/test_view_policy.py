"""Policy: pools, rules, goals, budgets and locks become changes of the same what-if, faults beside their control."""

from __future__ import annotations

from page_maker import open_view, said

from optimizer.drafts import read_draft
from ui import text


def opened(section: str):
    test = open_view("policy")
    test.button_group(key="policy_section").set_value(section).run()
    assert not test.exception, test.exception
    return test


def find(elements, part: str):
    return next(element for element in elements if part in str(element.key))


def press(test, label: str) -> None:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception, test.exception


def draft(place):
    return read_draft(place.workspace, str(place.scenario))


def test_pools_are_chosen_and_applied(place) -> None:
    test = opened("Pools")
    find(test.radio, "pooling.mode").set_value("national").run()
    assert 'pooling.mode = "national"' in said(test)
    press(test, "Apply")
    (change,) = draft(place).changes
    assert (change.key, change.value) == ("pooling.mode", "national")


def test_a_rule_is_switched_on_and_its_numbers_come_from_its_record(place) -> None:
    test = opened("Rules")
    assert "No nation takes more than a share of its purchases from one foreign supplier." in said(test)
    find(test.toggle, "rules.supplier_share.on").set_value(True).run()
    share = find(test.number_input, "rules.supplier_share.max_share")
    assert (share.min, share.max) == (0.0, 1.0)
    share.set_value(0.3).run()
    find(test.toggle, "rules.supplier_share.soft").set_value(True).run()
    find(test.number_input, "rules.supplier_share.price").set_value(2.5).run()
    press(test, "Apply")
    assert {change.key: change.value for change in draft(place).changes} == {
        "rules.supplier_share.on": True,
        "rules.supplier_share.max_share": 0.3,
        "rules.supplier_share.soft": True,
        "rules.supplier_share.price": 2.5,
    }
    find(test.toggle, "rules.supplier_share.soft").set_value(False).run()
    press(test, "Apply")
    # Hard is what the base says anyway: no change is left of it.
    assert "rules.supplier_share.soft" not in {change.key for change in draft(place).changes}
    press(test, "Undo")
    assert find(test.toggle, "rules.supplier_share.soft").value is True


def test_a_fault_stands_beside_its_control_and_hinders_apply(place) -> None:
    test = opened("Horizon and solver")
    find(test.number_input, "last_year").set_value(2020).run()
    assert next(button for button in test.button if button.label == "Apply").disabled
    beside = [caption.value for caption in test.caption if "material/error" in caption.value]
    assert len(beside) == 1 and "2020" in beside[0]
    find(test.number_input, "last_year").set_value(2034).run()
    press(test, "Apply")
    assert [(change.key, change.value) for change in draft(place).changes] == [("last_year", 2034)]


def test_budgets_are_scaled_in_money(place) -> None:
    (place.scenario / "budgets.csv").write_text(
        "nation,year,budget_meur\nAAA,2030,100\nAAA,2031,60\nBBB,2031,50\n", encoding="utf-8"
    )
    test = opened("Budgets")
    find(test.slider, "budget_AAA").set_value(50).run()
    # AAA has 100 + 60 = 160 over the horizon; half of it is 80.
    assert f"{text.money(160)} → {text.money(80)}" in said(test).replace(" meur", "\u00a0meur")
    press(test, "Apply")
    (change,) = draft(place).changes
    assert (change.table, change.where, change.multiply) == ("budgets", {"nation": "AAA"}, 0.5)
    find(test.slider, "budget_AAA").set_value(100).run()
    press(test, "Apply")
    assert draft(place).changes == ()


def test_goals_are_weighed_or_put_in_order(place) -> None:
    test = opened("Goals")
    find(test.number_input, "objective.types").set_value(5.0).run()
    assert "objective.types = 5.0" in said(test)
    find(test.radio, "goals_how").set_value("One after another").run()
    find(test.multiselect, "objective.order").set_value(["shortfall", "cost"]).run()
    assert 'objective.order = ["shortfall", "cost"]' in said(test)
    find(test.radio, "goals_how").set_value("Weigh them against each other").run()
    assert "objective.order" not in said(test)


def test_locks_are_added_and_removed(place) -> None:
    test = opened("Locks")
    for name, value in (("nation", "AAA"), ("program", "lion"), ("action", "forbid")):
        next(box for box in test.selectbox if str(box.key).endswith(f"_{name}")).set_value(value)
    press(test, "Add the lock")
    assert "forbid of lion for AAA" in said(test)
    press(test, "Apply")
    assert [change.row for change in draft(place).changes] == [{"nation": "AAA", "program": "lion", "action": "forbid"}]
    press(test, "Remove")
    press(test, "Apply")
    assert draft(place).changes == ()


def test_blocs_are_picked(place) -> None:
    test = opened("Pools")
    press(test, "Add a bloc")
    find(test.multiselect, "bloc_0").set_value(["AAA", "BBB"]).run()
    assert 'pooling.blocs = [["AAA", "BBB"]]' in said(test)
    press(test, "Drop")
    assert "not applied yet" not in said(test)
