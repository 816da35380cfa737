"""Pace: what the last turns of some kind gained in a second, by which whoever gained most has more of them."""

from __future__ import annotations


class Pace:
    """What the last turns took off the plan's cost in a second; endless before there were enough of them."""

    def __init__(self, turns: int) -> None:
        self.most = turns
        self._turns: list[tuple[float, float]] = []

    def add(self, gain: float, seconds: float) -> None:
        """One more turn."""
        self._turns = [*self._turns, (max(0.0, gain), seconds)][-self.most :]

    def __float__(self) -> float:
        if len(self._turns) < self.most:
            return float("inf")
        return sum(gain for gain, _ in self._turns) / max(1e-9, sum(seconds for _, seconds in self._turns))
