"""The overview answers first, in words and figures that are those of the written results."""

from __future__ import annotations

import json

from page_maker import open_view, plain, said

from ui import text


def test_the_answer_stands_first(place) -> None:
    # Alone AAA develops lion (100 + 4 x 10), and BBB, which does not lead it, buys ox (4 x 60): 380 in all. Together
    # one development and 8 lions: 180. Saved: 200, and 200 / 380 = 53 %.
    test = open_view("overview")
    assert test.title[0].value == "Overview"
    assert plain(test.subheader[0].value) == "Joint against national: saves 200 meur (53 %)."
    result = json.loads((place.runs["joint"].folder / "result" / "result.json").read_text())
    shown = {metric.label: metric.value for metric in test.metric}
    assert shown["Money spent"] == text.money(result["cost_meur"]) == "180\u00a0meur"
    assert shown["Types"] == str(result["types"])


def test_without_a_plan_it_says_what_to_do(place) -> None:
    for run in place.runs.values():
        import shutil

        shutil.rmtree(run.folder)
    test = open_view("overview")
    assert "No plan yet" in said(test)
    assert [button.label for button in test.button] == ["Solve now: as is, national, joint"]
