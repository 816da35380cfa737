"""Kinds of neighborhoods of whole deliveries: nations alone first, the better one more often, none never."""

from __future__ import annotations

from optimizer.solve.whole_kinds import Kind, Kinds


def turns(kinds: Kinds, gain: dict[bool, float], count: int) -> list[Kind]:
    """Whose turn it is so many times, each gaining so much in a second by whether nations are alone."""
    seen = []
    for _ in range(count):
        kind = kinds.next()
        kind.pace.add(gain[kind.alone], 1.0)
        seen.append(kind)
    return seen


def test_nations_alone_come_first_and_the_other_kind_now_and_then() -> None:
    seen = turns(Kinds(), {True: 2.0, False: 1.0}, 64)
    assert all(kind.alone for kind in seen[:7])
    assert sum(not kind.alone for kind in seen) == 8


def test_the_kind_that_gains_more_comes_more_often() -> None:
    kinds = Kinds()
    turns(kinds, {True: 1.0, False: 2.0}, 40)
    assert sum(kind.alone for kind in turns(kinds, {True: 1.0, False: 2.0}, 64)) == 8


def test_capabilities_are_with_it_every_other_time_and_learn_their_own_amount() -> None:
    kinds = Kinds()
    first = kinds.next()
    crossed, amount = first.crossed, first.amount
    second = kinds.next()
    assert second is first and second.crossed is not crossed and second.amount is not amount
