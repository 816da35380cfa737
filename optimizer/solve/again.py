"""Again: a decomposed solve from what an earlier one left - old prices, old bounds where nothing changed, old plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Floats, Ints
from optimizer.model.control import Control
from optimizer.solve.block_solver import begin_with, block_solver
from optimizer.solve.blocks import Cut, implied_rows, stacked, without
from optimizer.solve.branching import Branching
from optimizer.solve.kept import Kept, Known, Label
from optimizer.solve.memory import BlockRecord, ImpliedRow, Memory, content_of, implied_of, labelled, shared_of
from optimizer.solve.multipliers import multipliers_by_columns
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search

# Blocks priced whole raise the bound of their relaxations far more than closer prices would.
_ROOT_GAP = 2e-3
_BLOCK_GAP, _BLOCK_SECONDS = 1e-3, 8.0
# Branching is quick to get closer than a bound needs; what it has not decided after so many nodes needs cuts.
_CLOSER, _NODES = 0.05, 200
# With more blocks free than this share, fixing the rest says little, and the search is a new one.
MOST_FREE = 0.34
_FREE_GAP, _FREE_SECONDS = 2e-4, 10.0
_KEPT_GAP = 2e-4
# A block need not be priced closer than this share of the gap asked for.
_BLOCK_SHARE = 0.2
# Where no more is asked than that bound and plan meet within it, plans are sought with the rest.
_BLOCK_SHARE_AT_MOST = 0.5
# Half of the blocks may close a gap that is no more than so many times the one asked for.
_IN_REACH = 2.0
# What lies between two plans is searched to this share of the gap asked for.
_BETWEEN_SHARE = 0.15
# It ends where the known bound is this near, as a share of the gap asked for: the rest of a proof is not needed.
_ENOUGH = 0.5
# Only where the known bound and plan are so near is that worth while before there is a better bound.
_NEAR = 0.3


@dataclass
class Recall:
    """What is known before a decomposed search begins, in the columns and rows of its model, and what it leaves."""

    memory: Memory
    labels: list[Label]
    """Labels of the model's rows."""
    point: Floats | None = None
    """An earlier plan on the model's columns; only yes and no and whole numbers count."""
    multipliers: dict[Label, float] | None = None
    """Of coupling rows, by label; under another objective they are a guess as good as most."""
    kept: Kept | None = None
    """What is known of the same model under other objectives."""
    found: dict[Label, float] = field(default_factory=dict)
    """Multipliers of the last full pass of this search."""
    fresh: dict[int, Floats] = field(default_factory=dict)
    """Plans of the blocks priced in this search, by number of the block."""
    prices: Floats | None = None
    """Multipliers of the last full pass by coupling row, None without one."""

    def known(self, cost: Floats, bound: float) -> Known | None:
        """The bound of this search with its multipliers, for other objectives."""
        return None if self.prices is None else Known(cost, bound, self.prices)


def take_up(recall: Recall, search: Search, *, workers: int, seed: int) -> None:
    """The old plan and the old prices side by side; where they leave a gap, the blocks that changed are freed.

    Where the objective alone is another one, what is known under others is mixed instead.
    """
    if recall.kept is not None and recall.kept.bounds:
        mix(recall, recall.kept, search, workers=workers, seed=seed)
        return
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(old_plan, recall, search, seed)
        changed = bound_again(recall, search, workers=workers, seed=seed)
        fits = kept.result()
    if changed is not None and not search.reached():
        free_changed(recall, search, changed, fits, seed)


def bound_again(
    recall: Recall, search: Search, *, workers: int, seed: int, until_reached: bool = False
) -> list[int] | None:
    """Bound the model by the old multipliers; block numbers priced anew, None where there are no multipliers.

    Where the bounds of half of them close the gap to the best plan, the rest need not be priced, if only so much is
    asked (`until_reached`): a block not priced yet stands with what its relaxation has.
    """
    if recall.multipliers is None:  # none at all is something else than all of them zero
        return None
    whole = search.whole
    old = np.array([recall.multipliers.get(recall.labels[int(row)], 0.0) for row in whole.rows])
    constant, multipliers = constant_of(whole, legal(whole, old))
    implied = implied_rows(whole)
    seen = _seen(whole, multipliers, implied, recall.labels)
    records = [recall.memory.recall(key, rows) for key, rows in seen]
    new = [number for number, record in enumerate(records) if record is None]
    answers: dict[int, Answer] = {}
    # What a search has of blocks' relaxations, if anything, holds at its own multipliers only.
    is_relaxed = until_reached and search.has_shares and np.array_equal(search.multipliers, old)
    relaxed = search.shares if is_relaxed else np.full(len(whole.blocks), -np.inf)
    shares = np.array([relaxed[k] if record is None else record.bound for k, record in enumerate(records)])
    gap = max(_BLOCK_GAP, (_BLOCK_SHARE_AT_MOST if until_reached else _BLOCK_SHARE) * search.gap)
    plans = {} if recall.kept is None else recall.kept.plans

    def gap_of(number: int) -> float:
        """Half of the room goes by cost, half in equal parts: a small block need not be priced as closely as others."""
        block = whole.blocks[number]
        priced = whole.arrays.cost[block.columns] - block.coupling.priced(multipliers)
        sizes = [abs(float(priced @ x[: len(priced)])) for x in plans.get(block.number, ())]
        if not until_reached or search.best_x is None or not sizes:
            return gap
        part = 0.5 * gap * abs(search.best) / len(whole.blocks)
        return max(_BLOCK_GAP, 0.5 * gap + part / max(min(sizes), part))

    def offer() -> None:
        if np.isfinite(shares).all():
            search.offer_bound(constant + float(shares.sum()), multipliers, shares.copy())

    def price(number: int) -> None:
        if search.control.stop.is_set() or search.left() <= 0.0 or (search.over() and not until_reached):
            return
        starts = plans.get(whole.blocks[number].number, ())
        answer = _priced(search, number, implied[number], multipliers, seed, gap_of(number), starts)
        shares[number] = max(shares[number], answer.bound)
        answers[number] = answer

    waiting = sorted(new, key=lambda number: -len(whole.blocks[number].columns))
    # What is enough is asked once, half way, where it does not hang on which block is done first.
    halves = until_reached and np.isfinite(shares).all() and search.best - search.bound <= _IN_REACH * search.wanted()
    half = (len(waiting) + 1) // 2 if halves else len(waiting)
    for wave in (waiting[:half], waiting[half:]):
        with ThreadPoolExecutor(max(1, workers)) as pool:
            list(pool.map(price, wave))
        if until_reached:
            offer()
        if search.over():
            break
    if np.isfinite(shares).all():
        offer()
        _learn_prices(recall, whole, multipliers)
        for number in answers:
            _keep(recall, seen[number], answers[number])
            _keep_plan(recall, whole, number, answers[number])
    return new


def mix(recall: Recall, kept: Kept, search: Search, *, workers: int, seed: int) -> None:
    """Mix what is known under other objectives: the bounds, and the best plans of the blocks at the mixed prices.

    Where that does not close the gap, every block is priced anew, and what sets the best plan apart from the best plans
    of the blocks is decided anew.
    """
    whole = search.whole
    bound, multipliers = kept.promise(whole.arrays)
    assert multipliers is not None
    recall.found = labelled(multipliers, recall.labels, whole)
    search.offer_bound(bound)
    point, is_limited = kept.blockwise(whole, multipliers), whole.arrays.rows > kept.model.arrays.rows
    for known in kept.fitting(whole.arrays) if is_limited else ():
        search.offer_plan(known, float(whole.arrays.cost @ known))
    # Put together without regard to a limit they hardly ever keep it.
    if point is not None and search.best_x is None and not search.control.stop.is_set():
        _fix_and_solve(search, _decided(search), point, _KEPT_GAP, seed, though_reached=True)
    for known in () if is_limited else kept.fitting(whole.arrays):
        search.offer_plan(known, float(whole.arrays.cost @ known))
    near = search.best_x is not None and search.best - bound <= _NEAR * abs(search.best)
    if point is not None and near and not search.over():
        between(search, point, seed)
    if search.reached():
        return
    if not is_limited:
        priced = multipliers_by_columns(Pricing(whole, seed), search, _ROOT_GAP, workers, seed)
        if priced is None or priced.infeasible:
            return
        recall.prices = multipliers = priced.multipliers
        if search.over():
            return
    # Under a limit more the known prices hold as they are, and only the blocks that it is about are priced anew.
    recall.multipliers = labelled(multipliers, recall.labels, whole)
    changed = bound_again(recall, search, workers=workers, seed=seed, until_reached=True)
    point = kept.blockwise(whole, multipliers, recall.fresh)
    if point is None or search.over():
        return
    if search.best_x is not None:
        between(search, point, seed)
    elif changed:
        held = _decided(search)
        own = np.concatenate([whole.blocks[number].columns for number in changed])
        if not _fix_and_solve(search, held, point, _KEPT_GAP, seed):
            _fix_and_solve(search, np.setdiff1d(held, own), point, _FREE_GAP, seed)


def between(search: Search, guide: Floats, seed: int) -> None:
    """Decide anew the yes and no in which the best plan differs from a guide."""
    assert search.best_x is not None
    held = _decided(search)
    held = held[np.round(search.best_x[held]) == np.round(guide[held])]
    _fix_and_solve(search, held, search.best_x, max(_FREE_GAP, _BETWEEN_SHARE * search.gap), seed)


Implied = tuple[Ints, Floats, Floats]
Seen = tuple[bytes, dict[Label, ImpliedRow]]


def _priced(
    search: Search,
    number: int,
    implied: Implied,
    multipliers: Floats,
    seed: int,
    gap: float = _BLOCK_GAP,
    starts: Sequence[Floats] = (),
) -> Answer:
    """One block at the multipliers, from the best of earlier plans of it."""
    whole, block = search.whole, search.whole.blocks[number]
    arrays, _ = stacked(whole, (block,), *implied)
    own = len(block.columns)
    arrays.cost[:own] = whole.arrays.cost[block.columns] - block.coupling.priced(multipliers)
    arrays.cost[own:] = 0.0
    limit, control = max(0.1, min(_BLOCK_SECONDS, search.left())), Control(stop=search.control.stop)
    starts = [x for x in starts if len(x) == arrays.columns]
    start = min(starts, key=lambda x: float(arrays.cost @ x), default=None)
    tree = Branching(arrays, seed)
    answer = tree.run(gap=_CLOSER * gap, time_limit=limit, control=control, start=start, nodes=_NODES)
    left = limit - control.seconds()
    if answer.status in ("infeasible", "interrupted") or answer.gap <= gap or left <= 0.0:
        return answer
    solver = block_solver(arrays, seed)
    if answer.x is not None:
        begin_with(solver, answer.x)
    closer = solver.run(gap=gap, time_limit=left, control=control)
    return dataclasses.replace(closer, bound=max(closer.bound, answer.bound))


def _seen(whole: Cut, multipliers: Floats, implied: list[Implied], labels: list[Label]) -> list[Seen]:
    """By what a block is known: its priced content, and the coupling rows as it sees them."""
    names, shared = [labels[int(row)] for row in whole.rows], shared_of(whole)
    return [
        (content_of(whole, block, multipliers), implied_of(block, rows, lower, upper, names, shared))
        for block, (rows, lower, upper) in zip(whole.blocks, implied, strict=True)
    ]


def _keep(recall: Recall, seen: Seen, answer: Answer) -> None:
    key, implied = seen
    if np.isfinite(answer.bound):
        recall.memory.keep(key, BlockRecord(implied, answer.bound))


def keep_pass(recall: Recall, whole: Cut, multipliers: Floats, answers: list[Answer]) -> None:
    """Keep the bounds of a full pass at the multipliers for the solves to come."""
    _, multipliers = constant_of(whole, legal(whole, multipliers))
    _learn_prices(recall, whole, multipliers)
    for seen, answer in zip(_seen(whole, multipliers, implied_rows(whole), recall.labels), answers, strict=True):
        _keep(recall, seen, answer)
    for number, answer in enumerate(answers):
        _keep_plan(recall, whole, number, answer)


def _learn_prices(recall: Recall, whole: Cut, multipliers: Floats) -> None:
    recall.found = labelled(multipliers, recall.labels, whole)
    recall.prices = multipliers


def _keep_plan(recall: Recall, whole: Cut, number: int, answer: Answer) -> None:
    if recall.kept is not None and answer.x is not None:
        recall.fresh[whole.blocks[number].number] = answer.x
        recall.kept.learn_plan(whole.blocks[number].number, answer.x)


def old_plan(recall: Recall, search: Search, seed: int) -> bool:
    """The old plan's yes and no kept and all else decided anew: a first plan in a moment, where it still fits."""
    if recall.point is None:
        return False
    return _fix_and_solve(search, _decided(search), recall.point, _KEPT_GAP, seed)


def free_changed(recall: Recall, search: Search, changed: list[int], fits: bool, seed: int) -> None:
    """The old plan's yes and no kept only in the blocks that did not change, where these are most."""
    assert recall.point is not None
    whole = search.whole
    if not changed and not fits:
        changed = list(range(len(whole.blocks)))
    if not changed or len(changed) > MOST_FREE * len(whole.blocks):
        return
    held = _decided(search)
    own = np.concatenate([whole.blocks[number].columns for number in changed])
    _fix_and_solve(search, np.setdiff1d(held, own), recall.point, _FREE_GAP, seed)


def _decided(search: Search) -> Ints:
    return np.flatnonzero(search.whole.arrays.yes_or_no)


def _fix_and_solve(
    search: Search, held: Ints, point: Floats, gap: float, seed: int, *, though_reached: bool = False
) -> bool:
    """Offer the best plan with some columns held at a point."""
    if search.over() and not (though_reached and search.reached()):
        return False
    arrays = search.whole.arrays
    part, columns = without(arrays, held, point)
    solver = block_solver(part, seed)
    if search.best_x is not None:
        solver.start_from(search.best_x[columns])
    moved = float(arrays.cost[held] @ np.where(arrays.integer[held], np.round(point[held]), point[held]))

    def enough(best: float, bound: float) -> bool:
        del bound
        # Before the solver has a plan it tells of none or of zero.
        return abs(best) < INFINITY and 0.0 <= moved + best - search.bound <= _ENOUGH * search.gap * abs(moved + best)

    answer = solver.run(
        gap=gap,
        time_limit=max(0.1, min(_FREE_SECONDS, search.left())),
        control=Control(stop=search.control.stop),
        watch=enough,
        # Where the bound is known already the solver sees to it itself, at the same step each time.
        enough=search.bound / (1.0 - np.sign(search.bound) * _ENOUGH * search.gap) - moved,
    )
    if answer.x is None:
        return False
    x = np.where(arrays.integer, np.round(point), point)
    x[columns] = answer.x
    search.offer_plan(x, float(arrays.cost @ x))
    return True
