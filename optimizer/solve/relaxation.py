"""The diagnosis of an infeasible scenario: its clashes, and the cheapest ways to let demands give."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Mapping, Sequence

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.model.control import Control
from optimizer.scenario import Scenario
from optimizer.solve.clash import SMALL_COLUMNS, Clash, Finder
from optimizer.solve.demands import Demand, Elastic

# A relaxation is proven to this share of its price, so that the proof does not take minutes.
_GAP = 1e-3
# Rounds of looking for clashes that remain after a relaxation.
_ROUNDS = 5
# Room on what was given up, for the solver's own tolerance.
_ROOM = 1e-6
# What may give, tried one after another: policy, then also the analyst's locks, then also the needs.
_TIERS: tuple[tuple[str, ...], ...] = (("policy",), ("policy", "lock"), ("policy", "lock", "need"))


@dataclass(frozen=True)
class Relaxation:
    """A way out: what each demand gives in its own units, the price of it all, and what is proven."""

    rules: tuple[str, ...]
    """Rules that may give."""
    gives: Mapping[int, float] = field(default_factory=dict)
    """Units given up, by number of the demand; empty where this way leads nowhere."""
    price_meur: float | None = None
    bound_meur: float | None = None
    """No way out of this kind is cheaper than this."""
    status: str = "found"  # found | impossible | not known


@dataclass(frozen=True)
class Diagnosis:
    """Why no plan exists, and what it takes to have one; demands are numbered."""

    demands: tuple[Demand, ...]
    clashes: tuple[Clash, ...]
    alone: tuple[Mapping[int, float], ...]
    """For each clash: what each of its demands, its years together, must give at least to end it alone."""
    cheapest: Relaxation | None = None
    single: tuple[Relaxation, ...] = ()
    """The same with one rule only that may give, for each rule of the clashes."""
    complete: bool = True
    """Whether every clash was looked for; otherwise there may be more."""


def diagnose(scenario: Scenario, control: Control, *, exact: bool, whole: bool, seconds: float) -> Diagnosis | None:
    """The diagnosis, or None where no clash is found.

    Parameters
    ----------
    exact
        State whole yearly deliveries.
    whole
        Search also for clashes that only the whole model shows; slow in large scenarios.
    seconds
        Time for it all; what is not done by then is left out and said so.
    """
    started = time.monotonic()

    def left(share: float = 1.0) -> float:
        return max(1.0, share * (seconds - (time.monotonic() - started)))

    elastic = Elastic(scenario, whole_deliveries=exact)
    finder = Finder(elastic, control, min(20.0, left(0.3)))
    clashes = tuple(finder.clashes(whole=whole))
    if not clashes:
        return None
    everything = range(len(elastic.demands))
    alone = tuple(_alone(elastic, clash, control, left(0.1)) for clash in clashes)
    cheapest = None
    for kinds in _TIERS:
        giving = [number for number in everything if elastic.demands[number].kind in kinds]
        cheapest = _way_out(elastic, clashes, giving, control, left(0.5))
        if cheapest.status != "impossible":
            break
    rules = dict.fromkeys(elastic.demands[number].rule for clash in clashes for number in clash.demands)
    single = tuple(
        _way_out(
            elastic,
            clashes,
            [number for number in everything if elastic.demands[number].rule == rule],
            control,
            left(0.3),
        )
        for rule in rules
    )
    return Diagnosis(elastic.demands, clashes, alone, cheapest, single, finder.complete)


def _alone(elastic: Elastic, clash: Clash, control: Control, seconds: float) -> dict[int, float]:
    """What each demand of a clash gives, its years together, when the others of it are kept and all else is free."""
    found: dict[int, float] = {}
    region = elastic.region(clash.demands)
    for family in dict.fromkeys(elastic.demands[number].family for number in clash.demands):
        giving = [number for number in clash.demands if elastic.demands[number].family == family]
        others = [number for number in clash.demands if number not in giving]
        answer, given = elastic.least(others, giving, control, seconds, gap=_GAP, region=region)
        if answer.x is not None:
            found.update(elastic.units(given, giving))
    return found


def _way_out(
    elastic: Elastic, clashes: Sequence[Clash], giving: list[int], control: Control, seconds: float
) -> Relaxation:
    """The cheapest way out when only some demands may give.

    Asked first where the known clashes are, then also where letting those give turns out not to be enough: each such
    model is a relaxation, so its price is never above the least.
    """
    rules = tuple(dict.fromkeys(elastic.demands[number].rule for number in giving))
    everything = list(range(len(elastic.demands)))
    kept = [number for number in everything if number not in set(giving)]
    if elastic.clash_in_relaxation(kept):
        return Relaxation(rules, status="impossible")
    ends = control.seconds() + seconds
    bound = 0.0
    cover = {demand for clash in clashes for demand in clash.demands}
    small = elastic.arrays.columns <= SMALL_COLUMNS
    for _ in range(_ROUNDS):
        region = None if small else elastic.region(cover)
        answer, given = elastic.least(
            kept, giving, control, max(1.0, ends - control.seconds()), gap=0.0 if small else _GAP, region=region
        )
        if answer.status == "infeasible":
            return Relaxation(rules, status="impossible")
        if answer.x is None:
            return Relaxation(rules, status="not known")
        bound = max(bound, answer.bound)
        more = set() if small else _still_clashing(elastic, given, control) - cover
        if not more:
            return Relaxation(rules, elastic.units(given, giving), answer.objective, bound)
        cover |= more
    return Relaxation(rules, status="not known", bound_meur=bound)


def _still_clashing(elastic: Elastic, given: Floats, control: Control) -> set[int]:
    """Demands that clash although some have given."""
    everything = range(len(elastic.demands))
    misfit, price = elastic.relaxed_misfit(everything, given + _ROOM * np.abs(given))
    if misfit > 1e-6:
        return elastic.demands_at(price)
    for block, demands in sorted(elastic.blocks().items()):
        if elastic.clash(demands, control, 10.0, part=elastic.part(block), given=given + _ROOM * np.abs(given)):
            return set(demands)
    return set()
