"""What can be wrong with an input, and the few exceptions the package raises."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Iterable


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of the input: where it is, what is wrong, and what to do about it."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        value = f" (value: {self.value!r})" if self.value is not None else ""
        return f"{place}: {self.reason}{value}. {self.remedy}"

    def as_dict(self) -> dict[str, object]:
        """The fault as plain values, for JSON."""
        return asdict(self)


class JointbuyError(Exception):
    """Base of every exception this package raises on purpose."""


class InvalidInput(JointbuyError):
    """The scenario has faults and cannot be solved; `problems` lists every one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = f"{count} fault{'s' if count != 1 else ''} in the input"
        super().__init__("\n".join([head, *(str(problem) for problem in self.problems)]))

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Problem, ...]]]:
        # By default an exception is made again from its text, in the process it is sent to.
        return type(self), (self.problems,)


class SolverUnavailable(JointbuyError):
    """The asked solver is not on this machine, or its version is known to give wrong answers."""


class ClusterUnavailable(SolverUnavailable):
    """The cluster that was asked to solve is not there, has no workers, or needs a package that is missing."""


class SolverFailed(JointbuyError):
    """The solver stopped without an answer for a reason of its own."""
