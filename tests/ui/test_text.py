"""Numbers on the page: the words of the command line, with thin spaces that never break."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer.runs import Run
from ui import charts, tables, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(551863.7, "551\u202f864\u00a0meur"), (12.34, "12.3\u00a0meur"), (None, "not known"), (0.0, "0\u00a0meur")],
)
def test_money(value, shown) -> None:
    assert text.money(value) == shown


def test_thin_touches_numbers_only() -> None:
    assert text.thin("in 2030 100 units at 1 234 567 meur") == "in 2030 100 units at 1\u202f234\u202f567\u00a0meur"
    assert text.thin("in 3 nations") == "in 3 nations"


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        (1234567.8, "cost_meur", "1\u202f234\u202f568"),
        (-1234.4, "saving_meur", "\u22121\u202f234"),
        (12.345, "cost_meur", "12.3"),
        (1.239, "return_ratio", "1.24"),
        (0.087, "saving_share", "8.7"),
        (2031.0, "year", "2031"),
        (2031, "from_year", "2031"),
        (float("nan"), "cost_meur", "–"),
        (None, "cost_meur", "–"),
        (7.0, "units", "7"),
        (-0.001, "cost_meur", "0"),
        ("optimal", "status", "optimal"),
    ],
)
def test_cells(value, column, shown) -> None:
    assert tables.number(value, column) == shown


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ("unit_price_meur", "Unit price, meur"),
        ("shortfall_unit_years", "Shortfall, unit-years"),
        ("saving_share", "Saving, %"),
        ("share", "Share, %"),
        ("nation", "Nation"),
    ],
)
def test_headings_have_units(column, shown) -> None:
    assert tables.heading(column) == shown


def test_the_same_code_has_the_same_color_whatever_is_shown() -> None:
    mapping = {"AAA": "#111111", "BBB": "#222222", "CCC": "#333333"}
    scale = charts.colors(mapping, ["CCC", "AAA"])
    assert (scale.domain, scale.range) == (["AAA", "CCC"], ["#111111", "#333333"])


def test_a_picture_is_made_without_a_browser() -> None:
    import altair as alt

    chart = (
        alt.Chart(pd.DataFrame({"nation": ["AAA"], "cost_meur": [1.0]}))
        .mark_bar()
        .encode(x="cost_meur:Q", y="nation:N")
    )
    assert charts.picture_bytes(chart).startswith(b"<svg")


def test_runs_of_one_minute_are_told_apart(tmp_path) -> None:
    # A list hands back the words that were chosen: two runs with the same words would become one.
    runs = [
        Run(tmp_path / name, "Two nations", "joint", "done", "2026-11-24T17:00:00+00:00", "", "")
        for name in ("one", "two", "three")
    ]
    labels = text.labels(runs)
    assert list(labels) == ["one", "two", "three"] and len(set(labels.values())) == 3
    assert labels["one"] == text.label(runs[0]) and labels["three"] == f"{labels['one']} (3)"
