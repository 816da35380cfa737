"""Multipliers: prices of the coupling rows by column generation over the blocks' own relaxations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Sequence

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.model.control import Control
from optimizer.solve.blocks import Cut
from optimizer.solve.master import Master, Mixture
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search

# A first guess of what a unit of a row is worth: so much, or as much as all its units together are this share of the
# bound. Money rows and the objective are both million euro.
_LEAST_PRICE, _FIRST_SHARE = 0.1, 2e-4
_WIDEST = 1e4
# Weight of the best multipliers so far in the next trial (in-out): small steps keep the blocks' bases (L: 37 s with the
# box, 54 s without smoothing, 88 s with smoothing alone).
_SMOOTHING = 0.5
_PASSES = 60
# Of the time of a search they take this share at most: near multipliers and no plan are of no use.
_OF_SEARCH = 0.35
# A step that did at least this share of what was predicted may go further next time.
_AS_PREDICTED = 0.3
_GROWTH = 2.0
_BROKEN = 1e-6


@dataclass(frozen=True)
class Priced:
    """The best multipliers, the mean plan of each block behind them, and the most it did in any plan seen."""

    multipliers: Floats
    mean: list[Floats]
    used: list[Floats]
    infeasible: bool = False

    def with_plans(self, plans: Sequence[Floats | None]) -> Priced:
        """What some more plans of the blocks do counts as well."""
        both = zip(self.used, plans, strict=True)
        return replace(self, used=[used if plan is None else np.maximum(used, plan) for used, plan in both])


def _relaxed(
    pricing: Pricing, multipliers: Floats, control: Control, workers: int
) -> tuple[str, float, Floats, list[Floats]]:
    """`optimal`, `infeasible` or `interrupted`; the bound, each block's share of it, and the relaxations' plans."""
    blocks = pricing.whole.blocks
    constant, multipliers = constant_of(pricing.whole, legal(pricing.whole, multipliers))

    def work(number: int) -> tuple[str, float, Floats | None]:
        if control.stop.is_set():
            return "interrupted", 0.0, None
        answer = pricing.relaxed(number, multipliers, control)
        return answer.status, answer.bound, answer.x

    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(work, range(len(blocks))))
    states = {status for status, _, _ in answers}
    if states != {"optimal"}:
        return "infeasible" if "infeasible" in states else "interrupted", -np.inf, np.zeros(0), []
    plans = [x[: len(b.columns)] for (_, _, x), b in zip(answers, blocks, strict=True) if x is not None]
    shares = np.array([bound for _, bound, _ in answers])
    return "optimal", constant + float(shares.sum()), shares, plans


class Trust:
    """The best multipliers so far, and how far the next ones may go from them; what a master predicts beyond is idle.

    A box that follows the best (Marsten, Hogan and Blankenship 1975): it grows where a step that did about as well as
    predicted, or the second good one in a row, ran into its edge, and shrinks by half after one that did worse.
    """

    def __init__(self, master: Master, radius: Floats) -> None:
        self.master = master
        self.radius = radius
        self.center = np.zeros(len(radius))
        self.best = -np.inf
        self.predicted = np.inf
        self.better = False
        self.outside = np.zeros(len(radius), dtype=bool)

    def step(self, multipliers: Floats, bound: float, plans: list[Floats | None]) -> Mixture | None:
        """Learn what a pass gave; the mixture whose multipliers promise most within the box."""
        if bound > self.best:
            as_predicted = np.isfinite(self.best) and bound - self.best > _AS_PREDICTED * (self.predicted - self.best)
            if as_predicted or self.better:
                self.grow(_GROWTH if not self.better else _GROWTH**2)
            self.better = np.isfinite(self.best)
            self.best, self.center = bound, multipliers
        else:
            self.better = False
            self.radius = 0.5 * self.radius
        self.master.add_all(plans)
        self.master.around(self.center, self.radius)
        mixture = self.master.solve()
        if mixture is not None:
            self.predicted = mixture.objective
            self.outside = (mixture.broken > _BROKEN) & (self.radius < _WIDEST)
        return mixture

    def grow(self, factor: float = _GROWTH) -> None:
        """Let the multipliers at the edge go further next time."""
        self.radius = np.where(self.outside, factor * self.radius, self.radius)


def multipliers_by_columns(pricing: Pricing, search: Search, gap: float, workers: int, seed: int) -> Priced | None:
    """Multipliers whose bound is within `gap` of the linear relaxation, or as good as time allows.

    The whole relaxation takes 12 s at M, over 100 s at L; the same bound comes from its blocks in a quarter of that,
    and every pass gives a valid bound. None when not even one pass was done.
    """
    whole, rows = pricing.whole, len(pricing.whole.rows)
    trust: Trust | None = None
    trial = np.zeros(rows)
    priced: Priced | None = None
    near = False
    until = search.left() - _OF_SEARCH * search.seconds
    for _ in range(_PASSES):
        status, bound, shares, plans = _relaxed(pricing, trial, search.control, workers)
        if status == "infeasible":
            return Priced(np.zeros(rows), [], [], infeasible=True)
        if status != "optimal":
            return priced
        if trust is None:
            radius = np.maximum(_LEAST_PRICE, _FIRST_SHARE * abs(bound) / np.maximum(_activity(whole, plans), 1.0))
            trust = Trust(Master(whole, radius, seed), radius)
        if bound > trust.best:
            search.offer_bound(bound, trial, shares)
        mixture = trust.step(trial, bound, list(plans))
        if mixture is None:
            return priced
        used = [np.maximum(*both) for both in zip(priced.used, plans, strict=True)] if priced else plans
        priced = Priced(trust.center, mixture.mean, used)
        if mixture.objective - trust.best <= gap * abs(mixture.objective):
            if near or not trust.outside.any():
                return priced
            near = True
            trust.grow()
        else:
            near = False
        if search.over() or search.left() < until:
            return priced
        trial = _SMOOTHING * trust.center + (1.0 - _SMOOTHING) * mixture.multipliers
    return priced


def _activity(whole: Cut, plans: list[Floats]) -> Floats:
    """How much the blocks' plans move each coupling row."""
    return np.asarray(
        np.sum([np.abs(b.coupling.activity(x)) for b, x in zip(whole.blocks, plans, strict=True)], axis=0)
    )
