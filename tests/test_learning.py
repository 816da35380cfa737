"""Learning curves by unit theory, and the price bands that stand for them."""

from __future__ import annotations

import math

import pytest

from optimizer.learning import (
    PriceBand,
    average_unit_cost,
    band_edges,
    first_unit_cost,
    largest_deviation,
    learning_bands,
)


@pytest.mark.parametrize(
    ("slope", "prior", "units", "average"),
    [
        (0.8, 0, 1, 100.0),
        (0.8, 0, 2, (100 + 80) / 2),  # the second unit costs 80 % of the first
        (0.8, 1, 1, 80.0),
        (0.8, 3, 1, 64.0),  # the fourth 80 % of the second
        (0.5, 0, 4, (100 + 50 + 100 / 3 + 25) / 4),
        (0.5, 4, 4, (20 + 100 / 6 + 100 / 7 + 12.5) / 4),
        (1.0, 7, 9, 100.0),
    ],
)
def test_average_of_the_next_units(slope: float, prior: int, units: int, average: float) -> None:
    assert average_unit_cost(100.0, slope, prior, units) == pytest.approx(average)


def test_doubling_output_multiplies_the_cost_of_a_unit_by_the_slope() -> None:
    for unit in (1, 5, 40):
        once, twice = (average_unit_cost(1.0, 0.85, x - 1, 1) for x in (unit, 2 * unit))
        assert twice / once == pytest.approx(0.85)


def test_the_first_unit_gives_back_the_average_it_came_from() -> None:
    first = first_unit_cost(10.0, 0.9, prior_units=20, reference_units=50)
    assert average_unit_cost(first, 0.9, 20, 50) == pytest.approx(10.0)
    assert first > 10.0
    assert first_unit_cost(10.0, 1.0, 20, 50) == 10.0


def test_long_runs_are_summed_exactly() -> None:
    exponent = math.log2(0.9)
    exact = math.fsum(x**exponent for x in range(1, 1_500_001)) / 1_500_000
    assert average_unit_cost(1.0, 0.9, 0, 1_500_000) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("given", [(0.8, 0, 0), (0.8, -1, 1), (0.0, 0, 1), (1.1, 0, 1)])
def test_senseless_values_are_refused(given: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match="needed"):
        average_unit_cost(1.0, *given)


@pytest.mark.parametrize(
    ("lowest", "highest", "bands", "edges"),
    [
        (1, 1, 6, ((1, 1),)),
        (1, 100, 1, ((1, 100),)),
        (1, 100, 2, ((1, 10), (11, 100))),  # the geometric middle
        (1, 16, 4, ((1, 2), (3, 4), (5, 8), (9, 16))),
        (1, 3, 6, ((1, 2), (3, 3))),  # 1, 1.2, 1.44, 1.73, 2.08, 2.50, 3: duplicates dropped
        (4, 9, 2, ((4, 6), (7, 9))),
        (10, 11, 3, ((10, 11),)),
    ],
)
def test_edges_in_geometric_steps(lowest: int, highest: int, bands: int, edges: tuple[tuple[int, int], ...]) -> None:
    assert band_edges(lowest, highest, bands) == edges


@pytest.mark.parametrize(("lowest", "highest", "bands"), [(1, 7, 6), (3, 250, 6), (12, 5000, 20), (1, 2, 50)])
def test_bands_cover_every_total_once(lowest: int, highest: int, bands: int) -> None:
    covered = [x for first, last in band_edges(lowest, highest, bands) for x in range(first, last + 1)]
    assert covered == list(range(lowest, highest + 1))


def test_the_price_of_a_band_is_the_curve_at_its_own_geometric_middle() -> None:
    # Slope 0.5, first unit 12: averages of 1, 2, 3, 4 units are 12, 9, 22/3, 25/4. Band 1..2 has its middle at
    # floor(sqrt 2 + 0.5) = 1, band 3..4 at floor(sqrt 12 + 0.5) = 3.
    bands = learning_bands(12.0, 0.5, 0, 1, 1, 4, 2)
    assert bands == (PriceBand(1, 2, 12.0), PriceBand(3, 4, pytest.approx(22 / 3)))


def test_without_learning_one_band_at_the_unit_cost() -> None:
    assert learning_bands(7.0, 1.0, 3, 10, 2, 80, 6) == (PriceBand(2, 80, 7.0),)


def test_prices_fall_from_band_to_band_and_more_bands_fit_better() -> None:
    deviations = []
    for count in (1, 3, 6, 20):
        bands = learning_bands(10.0, 0.85, 5, 30, 1, 300, count)
        prices = [band.price_meur for band in bands]
        assert prices == sorted(prices, reverse=True)
        deviations.append(largest_deviation(bands, 10.0, 0.85, 5, 30))
    assert deviations == sorted(deviations, reverse=True)
    assert deviations[-1] < 0.25 * deviations[0]


def test_the_deviation_is_that_of_the_band_ends() -> None:
    # One band 1..4 at slope 0.5: price at 2 units is 9; the curve has 12 at 1 and 6.25 at 4: 9 / 6.25 - 1.
    bands = learning_bands(12.0, 0.5, 0, 1, 1, 4, 1)
    assert largest_deviation(bands, 12.0, 0.5, 0, 1) == pytest.approx(9 / 6.25 - 1)
    assert largest_deviation((PriceBand(1, 4, 7.0),), 7.0, 1.0, 0, 1) == 0.0
