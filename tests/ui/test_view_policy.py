"""Policy: pools, rules, goals, budgets and locks become changes of the same what-if, faults beside their control."""

from __future__ import annotations

from page_maker import open_view, said

from optimizer.drafts import read_draft


def opened(section: str):
    test = open_view("policy")
    test.button_group(key="policy_section").set_value([section]).run()
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


def test_every_section_draws(place) -> None:
    for section in ("Rules", "Goals", "Budgets", "Locks", "Horizon and solver"):
        opened(section)
