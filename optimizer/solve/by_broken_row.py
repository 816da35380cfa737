"""By broken row: whatever could mend the dearest broken row, be it in use or never yet looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Floats
from optimizer.solve.amount import Amount, filled
from optimizer.solve.mending import Mending, Task

# Columns a neighborhood may have; the yes and no decided anew at first, at least, at most.
_COLUMNS = 20_000
_FIRST, _FEWEST, _MOST = 300.0, 60.0, 2_000.0
_MORE, _FEWER = 1.4, 0.6


class ByBrokenRow:
    """Broken rows in turn, dear ones first: what the row's nations decide in the row's blocks, then all there is there.

    The guides of other neighborhoods know only what some plan has used; a nation short of work in one sector may have
    to join a program that none has.
    """

    def __init__(self, mending: Mending, concerns: NDArray[np.bool_], random: np.random.Generator) -> None:
        self.mending = mending
        self.blocks = mending.whole.blocks
        self.concerns = concerns
        self.random = random
        self.amount = Amount(_FIRST, _FEWEST, _MOST, _MORE, _FEWER)
        self._asked = 0

    def tasks(self, x: Floats, count: int, taken: set[int]) -> list[Task]:
        """So many groups of blocks not taken, of broken rows that have such; none for a plan that breaks none."""
        broken = self.mending.broken(x)
        rows = np.flatnonzero(broken > 0.0)
        rows = rows[np.argsort(-(broken * self.mending.price)[rows], kind="stable")]
        rows = np.roll(rows, -self._asked)
        self._asked += 1
        tasks: list[Task] = []
        for row in [*rows, *rows]:  # of one row with many blocks there may be two groups
            members = self._members(int(row), taken)
            if members and len(tasks) < count:
                tasks.append(Task(members, self._undecided(int(row), members, x)))
                taken = taken | set(members)
        return tasks

    def _members(self, row: int, taken: set[int]) -> list[int]:
        """Some blocks with entries in a row, drawn by lot where they are too many."""
        having = [k for k, block in enumerate(self.blocks) if k not in taken and (block.coupling.row == row).any()]
        members: list[int] = []
        columns = 0
        for number in self.random.permutation(np.array(having, dtype=np.int64)).tolist():
            columns += len(self.blocks[number].columns)
            if members and columns > _COLUMNS:
                break
            members.append(int(number))
        return members

    def _undecided(self, row: int, members: list[int], x: Floats) -> NDArray[np.bool_]:
        """Yes and no of some blocks: what concerns the row's nations, what is chosen, then the rest, to the number."""
        decided = self.mending.decided
        choices = (self._concerned(row), decided & (x > 0.5), decided)
        return filled([self.blocks[number] for number in members], [(choice, self.amount.now) for choice in choices])

    def _concerned(self, row: int) -> NDArray[np.bool_]:
        """What the nations of a row decide, alone or with others; nothing where these are most nations."""
        arrays = self.mending.whole.arrays
        entries, _ = arrays.entries_of(self.mending.whole.rows[[row]])
        if not len(self.concerns):
            return np.zeros(arrays.columns, dtype=bool)
        nations = np.unique(arrays.column_nation[arrays.index[entries]])
        nations = nations[nations >= 0]
        if len(nations) > len(self.concerns) // 2:
            return np.zeros(arrays.columns, dtype=bool)
        return np.asarray(np.any(self.concerns[nations], axis=0))
