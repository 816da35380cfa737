"""Verbs of the analyses, made from their settings: options, what is printed, what is written; pictures as text."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_case import write_small

from optimizer.analysis import ANALYSES
from optimizer.analysis.analysis import Analysis, Picture, option
from optimizer.cli import main
from optimizer.cli.analyses import add_options
from optimizer.cli.drawing import drawn
from optimizer.cli.text_table import text_table


@dataclass(frozen=True)
class Settings:
    """One field of each kind."""

    count: int = option(3, "how many", low=1, high=9)
    share: float | None = option(None, "which part", low=0.0, high=1.0)
    way: str = option("up", "which way", choices=("up", "down"))
    goals: tuple[str, ...] = option((), "what for", choices=("cost", "types"))
    levels: tuple[float, ...] = option((), "how far", metavar="NUMBERS", low=0.0)
    swift: bool = option(False, "without rest")
    inner: int = 0
    """No option: it has no meaning to show."""


ANALYSIS = Analysis("made", "What is made.", Settings, lambda: None, "made.json", {})


def parsed(*argv: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_options(parser, ANALYSIS)
    return vars(parser.parse_args(list(argv)))


def test_each_field_with_a_meaning_is_an_option() -> None:
    given = parsed("--count", "4", "--share", "0.5", "--way", "down", "--goals", "cost, types", "--swift")
    assert given == {
        "count": 4,
        "share": 0.5,
        "way": "down",
        "goals": ["cost", "types"],
        "levels": None,
        "swift": True,
    }


def test_a_list_may_be_given_at_once_or_bit_by_bit() -> None:
    assert parsed("--levels", "1,2.5", "--levels", "4")["levels"] == [1.0, 2.5, 4.0]
    assert set(parsed().values()) == {None}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--count", "0"], "must be at least 1 and at most 9, not '0'"),
        (["--count", "2.5"], "must be a whole number, not '2.5'"),
        (["--share", "nan"], "must be at least 0 and at most 1, not 'nan'"),
        (["--way", "left"], "must be one of up, down, not 'left'"),
        (["--goals", "cost,peace"], "must be one of cost, types, not 'peace'"),
        (["--levels", "1,-1"], "must be at least 0, not '-1'"),
        (["--inner", "1"], "unrecognized arguments"),
    ],
)
def test_a_wrong_value_is_told_what_would_be_right(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parsed(*argv)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(write_small(tmp_path / "small"))


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


# In the small scenario both share lion: 100 + 80. Without lion, eight of ox at 60: 480, one year earlier for AAA.
def test_a_verb_prints_answer_picture_and_tables(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "edit", small, "--forbid", "lion")
    assert code == 0
    lines = text.splitlines()
    assert lines[:2] == [
        "Two nations",
        "Illustrative data: public, rounded and partly estimated figures. Not a basis for decisions.",
    ]
    assert "It loses 300 meur (167 %) against the best plan, all that is priced in." in lines
    assert any(line.startswith("  Alpha ") and "#" in line for line in lines)
    # Names, with the codes that options take beside them.
    left = ["buys it no more", "Alpha (AAA)", "Main battle tank", "Lion (lion)", "4", "0", "2031", "-"]
    assert any(re.split(r"\s{2,}", line.strip()) == left for line in lines)
    assert "What differs from the best plan" in lines and "Nations whose cost or shortfall changes" in lines
    assert "Nothing was written; give --out DIR to keep the result." in lines


def test_a_table_has_heads_in_words_and_wraps_long_texts() -> None:
    table = pd.DataFrame(
        {
            "rule": ["type_limit", "annual_budget"],
            "cost_meur": [1234.5, None],
            "best_share": [0.0142, 0.0],
            "return": [0.05, 0.5],
            "year": [2031, 2032],
            "empty": [None, ""],
            "says": ["No capability has more types than allowed, in the alliance and in a nation.", ""],
        }
    )
    named = {"cost_meur": "What the rule costs", "return": "Largest miss of fair return [%]", "says": "In words"}
    assert text_table(table, named) == [
        "                   What the         Largest miss",
        "                 rule costs              of fair",
        "  Rule               [meur]   Best        return  Year  In words",
        "  type_limit          1 234  1.4 %           5 %  2031  No capability has more types than allowed, in the",
        "                                                        alliance and in a nation.",
        "  annual_budget           -    0 %          50 %  2032  -",
    ]
    assert text_table(table[["empty"]]) == []


def test_as_json_it_prints_the_answer_and_nothing_else(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "edit", small, "--forbid", "lion", "--json")
    assert code == 0
    assert json.loads(text)["loss"]["found_meur"] == pytest.approx(300)


def test_it_writes_the_same_answer_that_it_prints(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code, text, _ = run(capsys, "edit", small, "--forbid", "lion", "--json", "--out", str(out))
    assert code == 0
    body = json.loads((out / "edit.json").read_text(encoding="utf-8"))
    assert {key: body[key] for key in json.loads(text)} == json.loads(text)
    assert run(capsys, "audit", small, str(out / "plans" / "optimum"))[0] == 0


def test_limits_and_settings_reach_every_solve(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(
        capsys, "edit", small, "--forbid", "ox", "--json", "--gap", "0.25", "--set", "discount_rate=0.1"
    )
    body = json.loads(text)
    assert code == 0
    # Development in 2030 at par, four units in 2031 and in 2032, or all as soon as they may come.
    assert body["optimum"]["objective_meur"] == pytest.approx(100 + 40 / 1.1 + 40 / 1.21)
    assert body["optimum"]["gap"] <= 0.25


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["edit", "{small}"], 2, "is not told what to change"),
        (["edit", "{small}", "--units", "lion"], 2, "is not understood"),
        (["edit", "{small}", "--forbid", "lyon"], 2, "Did you mean 'lion'?"),
        (["stability", "{small}"], 2, "there is no approved plan"),
        (["stability", "{small}", "--measure", "tons"], 2, "must be one of units, pairs"),
        (["sensitivity", "{small}", "--inputs", "unit_costs"], 2, "Did you mean 'unit_cost'?"),
        (["sensitivity", "{small}", "--two-way", "--inputs", "unit_cost"], 2, "needs two inputs"),
        (["sensitivity", "{small}", "--low", "2"], 2, "must be at least 0.01 and at most 1"),
        (["edit", "{small}", "--forbid", "lion", "--out", "{small}"], 2, "holds a scenario"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(
    argv: list[str], code: int, said: str, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _, errors = run(capsys, *(word.format(small=small) for word in argv))
    assert found == code
    assert said in errors


def test_an_edit_that_cannot_be_is_exit_code_three_and_names_the_clash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = write_small(
        tmp_path / "tight",
        nations="nation,budget_meur\nAAA,100\nBBB,100\n",
        requirements="nation,capability,quantity,need_by,must_meet\nAAA,tank,4,2031,yes\nBBB,tank,4,2032,no\n",
    )
    # Four of ox in two years cost 240 of 200.
    code, text, _ = run(capsys, "edit", str(scenario), "--forbid", "lion")
    assert code == 3
    assert "No plan can do that" in text and "annual_budget" in text


def test_stability_and_sensitivity_from_the_command_line(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", small, "--pooling", "as_is", "--no-baseline", "--quiet", "--out", str(tmp_path / "out")]) == 0
    approved = str(Path(small) / "previous.csv")
    assert main(["export", small, str(tmp_path / "out"), "--previous", approved]) == 0
    capsys.readouterr()
    # As is, both buy ox: 480. Free, both buy lion: 8 units out, 8 in. Half way one stays with ox: 100 + 40 + 240.
    code, text, _ = run(capsys, "stability", small, "--steps", "2", "--json")
    assert code == 0
    points = [(point["allowed"], point["objective_meur"]) for point in json.loads(text)["points"]]
    assert points == [(0, pytest.approx(480)), (8, pytest.approx(380)), (16, pytest.approx(180))]
    code, text, _ = run(capsys, "sensitivity", small, "--inputs", "development,unit_cost", "--quiet")
    # Development of 100 by a fifth is 20; units cost 80, by a fifth 16.
    assert code == 0
    assert "Development cost moves the objective most: -20 meur at x 0.8, +20 meur at x 1.2. Then unit cost." in text


def test_long_tables_are_cut_and_say_so(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "sensitivity", small, "--inputs", "discount_rate", "--set", "discount_rate=0.02")
    assert code == 0 and "more rows" not in text
    code, text, _ = run(capsys, "sensitivity", small, "--inputs", "unit_cost", "--steps", "23", "--quiet")
    assert code == 0
    # 23 values from 0.8 to 1.2, the base among them; the file has them all.
    assert "... 3 more rows; --out DIR writes them all" in text


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_every_analysis_has_its_verb_and_explains_its_options(
    analysis: Analysis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([analysis.name, "--help"]) == 0
    assert "--out DIR" in capsys.readouterr().out


# --- pictures as text --------------------------------------------------------------------------------------------


def test_bars_are_as_long_as_their_numbers_and_show_their_sign() -> None:
    table = pd.DataFrame({"who": ["AAA", "BBB", "CCC"], "meur": [10.0, -5.0, float("nan")]})
    assert drawn(Picture("Title", "bars", "t", "who", "meur"), table) == [
        "Title",
        "  AAA          10  " + 48 * "#",
        "  BBB          -5  " + 24 * "-",
    ]


def test_ranges_lie_side_by_side_on_one_scale() -> None:
    table = pd.DataFrame({"what": ["wide", "narrow"], "low": [-10.0, 0.0], "high": [10.0, 5.0]})
    _, wide, narrow = drawn(Picture("Title", "ranges", "t", "what", "low", y_to="high"), table)
    assert wide == "  wide           -10 to 10         " + 48 * "#"
    # From the middle of 48 for a quarter of it.
    assert narrow == "  narrow           0 to 5          " + 24 * " " + 12 * "#"


def test_lines_are_placed_by_their_numbers() -> None:
    table = pd.DataFrame({"x": [0.0, 1.0, 0.0, 1.0], "y": [0.0, 10.0, 10.0, 0.0], "by": ["a", "a", "b", "b"]})
    lines = drawn(Picture("Title", "lines", "t", "x", "y", by="by"), table)
    assert lines[1] == "  10 |+" + 47 * " " + "o"
    assert lines[15] == "   0 |o" + 47 * " " + "+"
    assert lines[17].split() == ["0", "1"]
    assert lines[-2:] == ["  o a, + b", "  across: x; up: y"]


def test_a_single_point_is_drawn_in_the_middle() -> None:
    lines = drawn(Picture("Title", "points", "t", "x", "y"), pd.DataFrame({"x": [3.0], "y": [7.0]}))
    (row,) = [line for line in lines if "o" in line and "|" in line]
    assert row.index("o") - row.index("|") - 1 == 24


def test_a_matrix_has_its_values_and_gaps_where_none_are() -> None:
    table = pd.DataFrame({"down": ["u", "u", "v"], "across": ["1", "2", "2"], "value": [1.0, 2.5, "none"]})
    assert drawn(Picture("Title", "matrix", "t", "across", "down", value="value"), table) == [
        "Title",
        "     1     2",
        "  u  1   2.5",
        "  v     none",
    ]


def test_a_table_without_numbers_has_no_picture() -> None:
    table = pd.DataFrame({"who": ["AAA"], "meur": [None]})
    assert drawn(Picture("Title", "bars", "t", "who", "meur"), table) == []
