"""One cell: escape and its inverse, numbers as people write them, money in currencies, text of values."""

from __future__ import annotations

import pytest

from optimizer.tables.cells import CellError, clean, escape, in_currency, items, number, pairs, text_of, whole_number


@pytest.mark.parametrize("text", ["=1+2", "+x", "-x", "@x", "\tx", "\rx", "'=x", "''=x", "plain", "'quoted'", "", "'"])
def test_escape_is_undone_on_reading(text):
    assert clean(escape(text)) == text
    assert not escape(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("-1.5", -1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("+2", 2.0), ("007", 7.0)],
)
def test_numbers(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1,500", "Write 1500, or 1.500"),
        ("1,500,000", "Write 1500000"),
        ("1.500,25", "Write 1500.25"),
        ("1,5", "Write 1.5"),
        ("12%", "Write 0.12"),
        ("1e400", "below 1e308"),
        ("2026-01-31", "2026"),
        ("n/a", "empty"),
    ],
)
def test_what_is_no_number_says_what_to_write(text, remedy):
    with pytest.raises(CellError) as fault:
        number(text)
    assert remedy in fault.value.remedy


def test_whole_numbers():
    assert whole_number("12.0") == 12
    with pytest.raises(CellError, match="whole"):
        whole_number("12.5")


def test_money_in_currency():
    assert in_currency("12.5 USD 2019") == ("12.5", "USD", 2019)
    assert in_currency("12.5 USD") == ("12.5", "USD", None)
    assert in_currency("12.5USD") == ("12.5", "USD", None)
    assert in_currency("12.5") is None
    assert in_currency("USD") is None


def test_lists_and_pairs():
    assert items("A; B;") == ("A", "B")
    assert pairs("FRA:0.5; DEU:.5", whole_keys=False) == (("FRA", 0.5), ("DEU", 0.5))
    assert pairs("-1:0.3;0:0.7", whole_keys=True) == ((-1, 0.3), (0, 0.7))
    with pytest.raises(CellError, match="twice"):
        items("A;A")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (5.0, "5"),
        (0.1, "0.1"),
        (("A", "B"), "A;B"),
        ((("A", 0.5),), "A:0.5"),
        ({"A": 0.5, "B": 0.5}, "A:0.5;B:0.5"),
        (7, "7"),
        ("x", "x"),
    ],
)
def test_text_of_values(value, text):
    assert text_of(value) == text
