"""Multipliers: prices of the coupling rows by column generation over the blocks' own relaxations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimizer.model.lp import Control, Floats, Highs
from optimizer.solve.blocks import Cut
from optimizer.solve.master import Master
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search

# Money rows and the objective are both million euro: a first guess is that no euro of budget is worth more than one.
_FIRST_PRICE, _DEARER, _DEAREST = 1.0, 4.0, 1e4
# Weight of the best multipliers so far in the next trial (in-out): 0.8 takes 25 passes at M where 0.5 takes 32.
_SMOOTHING = 0.8
_PASSES = 60
# Slack prices wait until the mixture is this close to the bound: early mixtures break rows for want of plans.
_NEAR, _BROKEN, _NOTHING = 0.02, 1e-6, 1e-9


@dataclass(frozen=True)
class Priced:
    """The best multipliers, the mean plan of each block behind them, and the most it did in any plan seen."""

    multipliers: Floats
    mean: list[Floats]
    used: list[Floats]
    infeasible: bool = False


class Relaxed:
    """The blocks' own relaxations, kept warm from pass to pass."""

    def __init__(self, pricing: Pricing, seed: int) -> None:
        self.pricing = pricing
        self.whole: Cut = pricing.whole
        self.solvers = [Highs(model, relax=True, seed=seed, presolve=True) for model in pricing.models]
        self.first = True

    def run(self, multipliers: Floats, control: Control, workers: int) -> tuple[str, float, Floats, list[Floats]]:
        """`optimal`, `infeasible` or `interrupted`; the bound, each block's share of it, and the blocks' plans."""
        constant, multipliers = constant_of(self.whole, legal(self.whole, multipliers))

        def work(number: int) -> tuple[str, float, Floats | None]:
            if control.stop.is_set():
                return "interrupted", 0.0, None
            solver = self.solvers[number]
            solver.change_cost(self.pricing.cost(number, multipliers))
            answer = solver.run(control=Control(stop=control.stop))
            if self.first:  # the basis is kept from here on, which presolve would throw away
                solver.option("presolve", "off")
                solver.option("simplex_strategy", 4)
            return answer.status, answer.bound, answer.x

        with ThreadPoolExecutor(workers) as pool:
            answers = list(pool.map(work, range(len(self.whole.blocks))))
        self.first = False
        states = {status for status, _, _ in answers}
        if states != {"optimal"}:
            return "infeasible" if "infeasible" in states else "interrupted", -np.inf, np.zeros(0), []
        plans = [x[: len(b.columns)] for (_, _, x), b in zip(answers, self.whole.blocks, strict=True) if x is not None]
        shares = np.array([bound for _, bound, _ in answers])
        return "optimal", constant + float(shares.sum()), shares, plans


def multipliers_by_columns(pricing: Pricing, search: Search, gap: float, workers: int, seed: int) -> Priced | None:
    """Multipliers whose bound is within `gap` of the linear relaxation, or as good as time allows.

    The whole relaxation takes 12 s at M, over 100 s at L; the same bound comes from its blocks in a quarter of that,
    and every pass gives a valid bound. None when not even one pass was done.
    """
    whole, rows = pricing.whole, len(pricing.whole.rows)
    relaxed = Relaxed(pricing, seed)
    master = Master(whole, np.full(rows, _FIRST_PRICE), seed)
    best, trial = -np.inf, np.zeros(rows)
    seen: list[list[Floats]] = []
    priced: Priced | None = None
    for _ in range(_PASSES):
        status, bound, shares, plans = relaxed.run(trial, search.control, workers)
        if status == "infeasible":
            return Priced(np.zeros(rows), [], [], infeasible=True)
        if status != "optimal":
            return priced
        if bound > best:
            best, center = bound, trial
            search.offer_bound(bound, trial, shares)
        seen.append(plans)
        master.add_all(list(plans))
        mixture = master.solve()
        if mixture is None:
            return priced
        used = [np.maximum(*both) for both in zip(priced.used, plans, strict=True)] if priced else plans
        priced = Priced(center, _mean(seen, mixture.weights), used)
        broken = mixture.broken > _BROKEN
        near = mixture.objective - best <= _NEAR * abs(mixture.objective)
        if near and (broken & (master.price < _DEAREST)).any():
            master.raise_price(broken & (master.price < _DEAREST), _DEARER)
        elif mixture.objective - best <= gap * abs(mixture.objective):
            return priced
        if search.over():
            return priced
        trial = _SMOOTHING * center + (1.0 - _SMOOTHING) * mixture.multipliers
    return priced


def _mean(seen: list[list[Floats]], weights: Floats) -> list[Floats]:
    """The mean plan of each block, plans numbered pass by pass."""
    blocks = len(seen[0])
    by_pass = weights.reshape(len(seen), blocks)
    return [
        np.sum([by_pass[k, number] * seen[k][number] for k in np.flatnonzero(by_pass[:, number] > _NOTHING)], axis=0)
        for number in range(blocks)
    ]
