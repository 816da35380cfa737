"""The pages of analyses: a form from the settings, a study in the background, its answer in words and pictures."""

from __future__ import annotations

import pytest
from page_maker import Place, open_view, said

from optimizer import load_scenario
from optimizer.analysis import ANALYSES
from optimizer.runner import work
from optimizer.studies import named, start_study, studies
from ui.views import VIEWS

NAMES = [analysis.name for analysis in ANALYSES]


def test_every_analysis_has_its_page() -> None:
    assert set(NAMES) <= {name for names in VIEWS.values() for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_every_setting_and_says_that_nothing_was_asked(place: Place, name: str) -> None:
    test = open_view(name)
    assert "Nothing asked yet" in said(test)
    assert named(name).sentence in said(test)
    asked = {
        widget.key
        for kind in (test.text_input, test.number_input, test.checkbox, test.selectbox, test.multiselect)
        for widget in kind
    }
    for field in named(name).settings.__dataclass_fields__.values():
        if "meaning" in field.metadata:
            assert f"{name}_{field.name}" in asked


def test_asking_starts_a_study_with_what_was_given(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.jobs import Board

    started = []
    monkeypatch.setattr(Board, "submit", lambda board, *runs: started.extend(runs))
    test = open_view("edit")
    test.text_input(key="edit_forbid").set_value("lion, ox")
    next(button for button in test.button if button.label == "Ask").click()
    test.run()
    (study,) = studies(place.workspace, named("edit"))
    assert [run.id for run in started] == [study.run.id]
    assert study.settings == {"forbid": ["lion", "ox"]}


def test_the_answer_is_shown_with_its_pictures_tables_plans_and_files(place: Place) -> None:
    study = start_study(place.workspace, load_scenario(place.scenario), named("edit"), {"forbid": ["lion"]})
    assert work(study.run.folder) == 0
    test = open_view("edit")
    shown = said(test)
    # Joint with lion 180, without it 480 (small_case.py): the edit loses 300.
    assert "300" in shown and "Stale" not in shown
    assert next(box for box in test.selectbox if box.key == "edit_plan").options == list(
        studies(place.workspace)[0].answer.plans
    )
    assert any(button.key == "edit_open" for button in test.button)
    assert test.dataframe


def test_a_failed_study_tells_its_reason(place: Place) -> None:
    study = start_study(place.workspace, load_scenario(place.scenario), named("edit"), {"forbid": ["tiger"]})
    work(study.run.folder)
    assert "tiger" in said(open_view("edit"))
