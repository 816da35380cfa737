"""Money, shares and counts as a reader expects them."""

from __future__ import annotations

import pytest

from optimizer import words


@pytest.mark.parametrize(
    ("meur", "text"),
    [
        (462359.4, "462 359 meur"),
        (-1234.5, "-1 234 meur"),
        (999.94, "999.9 meur"),
        (12.50, "12.5 meur"),
        (0.126, "0.13 meur"),
        (0.0, "0 meur"),
        (-0.001, "0 meur"),
        (1e-12, "0 meur"),
        (7.0, "7 meur"),
        (None, "not known"),
    ],
)
def test_money(meur: float | None, text: str) -> None:
    assert words.money(meur) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.534, "53 %"),
        (0.0412, "4.1 %"),
        (0.04, "4 %"),
        (0.0003, "0.03 %"),
        (0.00002, "below 0.01 %"),
        (0.0, "0 %"),
        (-0.25, "-25 %"),
        (None, "not known"),
    ],
)
def test_percent(share: float | None, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (1, "nation", "1 nation"),
        (2, "nation", "2 nations"),
        (0, "capability", "0 capabilities"),
        (12345, "type", "12 345 types"),
        (2.5, "unit", "2.5 units"),
    ],
)
def test_plural(number: float, noun: str, text: str) -> None:
    assert words.plural(number, noun) == text
