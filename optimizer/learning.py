"""Learning curves by unit theory (Crawford 1947) and the price bands that stand for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

_CHUNK = 1_000_000


@lru_cache(maxsize=100_000)
def _power_sum(exponent: float, prior: int, units: int) -> float:
    """Sum of x^exponent for x = prior+1 .. prior+units, exact to rounding."""
    if exponent == 0.0:
        return float(units)
    sums = []
    for start in range(prior, prior + units, _CHUNK):
        stop = min(start + _CHUNK, prior + units)
        sums.append(float(np.sum(np.arange(start + 1, stop + 1, dtype=np.float64) ** exponent)))
    return math.fsum(sums)


def average_unit_cost(first_unit_cost: float, slope: float, prior_units: int, units: int) -> float:
    """Average cost of the next `units` units after `prior_units`, the very first having cost `first_unit_cost`.

    Unit theory: cost of unit x is T1 * x^log2(slope). The result has the unit of `first_unit_cost`.

    Raises
    ------
    ValueError
        When `units` < 1, `prior_units` < 0 or `slope` lies outside (0, 1].
    """
    if units < 1 or prior_units < 0 or not 0.0 < slope <= 1.0:
        raise ValueError("units >= 1, prior_units >= 0 and 0 < slope <= 1 are needed")
    if slope == 1.0:
        return first_unit_cost
    return first_unit_cost * _power_sum(math.log2(slope), prior_units, units) / units


def first_unit_cost(average: float, slope: float, prior_units: int, reference_units: int) -> float:
    """T1 of the curve on which `reference_units` units after `prior_units` cost `average` each."""
    if slope == 1.0:
        return average
    return average * reference_units / _power_sum(math.log2(slope), prior_units, reference_units)


@dataclass(frozen=True)
class PriceBand:
    """Contract totals from `first` to `last` units pay `price_meur` for every unit."""

    first: int
    last: int
    price_meur: float


def band_edges(lowest: int, highest: int, bands: int) -> tuple[tuple[int, int], ...]:
    """First and last unit of each band: geometric steps from `lowest` to `highest`, empty bands dropped."""
    edges = sorted({math.floor(lowest * (highest / lowest) ** (i / bands) + 0.5) for i in range(bands + 1)})
    if len(edges) == 1:
        return ((edges[0], edges[0]),)
    return tuple((left + (index > 0), right) for index, (left, right) in enumerate(pairwise(edges)))


def learning_bands(
    unit_cost: float, slope: float, prior_units: int, reference_units: int, lowest: int, highest: int, bands: int
) -> tuple[PriceBand, ...]:
    """Price bands of a learning curve; a band's price is the curve's average at its geometric middle."""
    if slope == 1.0:
        return (PriceBand(lowest, highest, unit_cost),)
    first = first_unit_cost(unit_cost, slope, prior_units, reference_units)
    return tuple(
        PriceBand(left, right, average_unit_cost(first, slope, prior_units, math.floor(math.sqrt(left * right) + 0.5)))
        for left, right in band_edges(lowest, highest, bands)
    )


def largest_deviation(
    price_bands: tuple[PriceBand, ...], unit_cost: float, slope: float, prior_units: int, reference_units: int
) -> float:
    """Largest relative distance of a band's price from the curve inside that band, as a share."""
    first = first_unit_cost(unit_cost, slope, prior_units, reference_units)
    return max(
        (
            abs(band.price_meur / exact - 1.0)
            for band in price_bands
            for end in (band.first, band.last)
            if (exact := average_unit_cost(first, slope, prior_units, end)) > 0.0
        ),
        default=0.0,
    )
