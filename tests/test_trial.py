"""A draft checked in memory says the same as one that is loaded, with every fault at the row an editor shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_case import write_small

from optimizer import InvalidInput, load_scenario
from optimizer.drafts import Draft, bases_of, draft_of, save_whatif
from optimizer.runs import Workspace
from optimizer.tables.read import meaning_sha256
from optimizer.tables.whatif import AddRow, ChangeCell, RemoveRow, SetValue, write_whatif
from optimizer.trial import (
    budget_factors,
    budget_totals,
    changed_to,
    empty_workbook_bytes,
    merged,
    open_base,
    settings_between,
    take_in,
    trial,
    with_budget_factor,
    with_setting,
    workbook_bytes,
)

BUDGETS = "nation,year,budget_meur\nAAA,2030,100\nAAA,2031,60\nBBB,2031,50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "two", budgets=BUDGETS)


def test_a_trial_is_what_loading_the_what_if_gives(folder: Path, tmp_path: Path) -> None:
    changes = (
        SetValue("last_year", 2034),
        RemoveRow("budgets", key={"nation": "BBB", "year": 2031, "class": "all"}),
        ChangeCell("requirements", "quantity", where={"capability": "tank"}, multiply=2),
        AddRow("locks", {"program": "lion", "action": "require"}),
    )
    path = write_whatif(tmp_path / "more.toml", folder, "More", "", changes)
    found, loaded = trial(open_base(folder), "More", "", changes), load_scenario(path)
    assert found.problems == () and found.scenario is not None
    # Rows know where they came from, which differs; what they mean does not.
    assert meaning_sha256(found.scenario.tables, found.scenario.settings) == loaded.provenance["sha256"]
    assert found.told == loaded.provenance["changes"]


def test_faults_name_the_row_that_an_editor_shows(folder: Path) -> None:
    base = open_base(folder)
    wanted = base.sheet("budgets").with_cells({(1, "budget_meur"): "much"}).with_rows([{"nation": "CCC", "year": "1"}])
    found = trial(base, "", "", changed_to((), base, wanted))
    # Rows 2 to 4 are of the base, row 5 is new; the year 1 is outside the calendar, and a budget is required.
    assert {(fault.row, fault.column) for fault in found.faults("budgets")} == {
        (3, "budget_meur"),
        (5, "year"),
        (5, "budget_meur"),
    }
    assert found.numbers("budgets") == [2, 3, 4, 5] and found.marks("budgets") == ["", "changed", "", "new"]
    assert found.places(wanted) == [0, 1, 2, 3]
    assert trial(base, "", "", ()).problems == ()


def test_a_fault_of_the_settings_is_told_as_such(folder: Path) -> None:
    found = trial(open_base(folder), "", "", (SetValue("rules.supplier_share.max_share", 7.0),))
    assert [fault.column for fault in found.faults("scenario")] == ["rules.supplier_share.max_share"]


def test_a_setting_that_the_base_has_anyway_is_no_change(folder: Path) -> None:
    base = open_base(folder)
    once = with_setting((), base, "rules.supplier_share.on", True)
    assert once == (SetValue("rules.supplier_share.on", True),)
    assert with_setting(once, base, "rules.supplier_share.on", False) == ()
    assert with_setting((), base, "discount_rate", 0.0) == ()


def test_budgets_are_scaled_by_nation(folder: Path) -> None:
    base = open_base(folder)
    changes = with_budget_factor((), base, "AAA", 0.5)
    assert budget_factors(changes) == {"AAA": 0.5}
    # AAA: half of 100 + 60.
    assert budget_totals(trial(base, "", "", changes)) == {"AAA": 80.0, "BBB": 50.0}
    assert with_budget_factor(changes, base, "AAA", 1.0) == ()


def test_a_workbook_taken_in_again_changes_nothing(folder: Path) -> None:
    base = open_base(folder)
    found = trial(base, "", "", (SetValue("objective.order", ["cost"]),))
    taken = take_in(found, workbook_bytes(found), "inputs.xlsx", "nations")
    assert taken.problems == () and settings_between(found, taken) == []
    assert changed_to((), base, *merged(found, taken, keep_others=False)) == ()
    assert all(not rows for rows in take_in(found, empty_workbook_bytes(found), "e.xlsx", "nations").tables.values())


def test_a_file_that_is_no_table_is_a_fault_and_no_exception(folder: Path) -> None:
    found = trial(open_base(folder), "", "", ())
    for name, content in (("a.csv", b""), ("a.csv", b"\x89PNG"), ("a.xlsx", b"PK\x03\x04"), ("a.csv", b"x,y\n1,2\n")):
        assert take_in(found, content, name, "nations").problems
    assert open_base(folder / "nowhere").problems


def test_a_what_if_is_opened_as_saved_and_never_stands_on_itself(folder: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "runs", "testdesk")
    draft = Draft(str(folder), "Small", "a note", (SetValue("last_year", 2034),))
    path = save_whatif(workspace, draft)
    assert (draft_of(path).name, draft_of(path).note, draft_of(path).changes) == ("Small", "a note", draft.changes)
    assert bases_of(path) == [path.resolve(), folder.resolve()]
    with pytest.raises(InvalidInput, match="stands on"):
        save_whatif(workspace, Draft(str(path), "Small"))
