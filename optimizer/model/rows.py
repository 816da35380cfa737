"""Rows of a model under construction: as they are written, and packed, in which form a million entries are small."""

from __future__ import annotations

from array import array
from typing import Any, Iterable, NamedTuple, TypeAlias

import numpy as np
import pulp

from optimizer.model.arrays import Floats, Ints

Label: TypeAlias = tuple[Any, ...]
# Entries are gathered in lists, which are quick, and packed by so many.
_AT_ONCE = 1 << 15


class Variable(pulp.LpVariable):  # type: ignore[misc]
    """A variable of PuLP that knows its column.

    It sets what PuLP's own does, but leaves out its checks of names and bounds: four fifths of the time it takes. Its
    slots, and a name made only when asked for, save a quarter of its memory.
    """

    __slots__ = (
        "_kind",
        "_lowbound_original",
        "_upbound_original",
        "cat",
        "column",
        "dj",
        "hash",
        "lowBound",
        "modified",
        "upBound",
        "varValue",
    )

    name = property(lambda self: f"{self._kind}_{self.column:07d}")

    def __init__(self, kind: str, column: int, lower: float, upper: float | None, integer: bool) -> None:
        self._kind = kind
        self.column = column
        self.hash = id(self)
        self.modified = True
        self._lowbound_original = self.lowBound = lower
        self._upbound_original = self.upBound = upper
        self.cat = pulp.LpInteger if integer else pulp.LpContinuous
        self.varValue = self.dj = None


class Constraint:
    """One row while the model is built: terms <= limit (sense -1), >= (1) or == (0); a variable may come twice."""

    __slots__ = ("limit", "sense", "terms")

    def __init__(self, terms: list[tuple[Variable, float]], sense: int, limit: float) -> None:
        self.terms = terms
        self.sense = sense
        self.limit = float(limit)

    def add(self, variable: Variable, coefficient: float) -> None:
        """One more term."""
        self.terms.append((variable, coefficient))

    def as_pulp(self) -> pulp.LpConstraint:
        """The row as PuLP has it."""
        sums: dict[Variable, float] = {}
        for variable, coefficient in self.terms:
            sums[variable] = sums.get(variable, 0.0) + coefficient
        return pulp.LpConstraint(pulp.LpAffineExpression(sums), self.sense, rhs=self.limit)


class Sum:
    """A weighted sum of variables; compared with a number it gives a constraint.

    PuLP's own expressions carry a dictionary each; at two hundred thousand rows that is half the time of building.
    """

    __slots__ = ("terms",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, terms: list[tuple[Variable, float]]) -> None:
        self.terms = terms

    def __le__(self, limit: float) -> Constraint:
        return Constraint(self.terms, -1, limit)

    def __ge__(self, limit: float) -> Constraint:
        return Constraint(self.terms, 1, limit)

    def __eq__(self, limit: float) -> Constraint:  # type: ignore[override]
        return Constraint(self.terms, 0, limit)


def total(pairs: Iterable[tuple[Variable, float]]) -> Sum:
    """The sum of coefficient times variable; a variable may come more than once."""
    return Sum(list(pairs))


class Packed:
    """Rows in flat arrays: 12 bytes an entry where a term of a row takes 90."""

    def __init__(self) -> None:
        self.limit, self.sense, self.length = array("d"), array("b"), array("i")
        self.column, self.value = array("i"), array("d")
        self._columns: list[int] = []
        self._values: list[float] = []

    def add(self, row: Constraint) -> None:
        """One more row."""
        columns, values = self._columns, self._values
        for variable, coefficient in row.terms:
            columns.append(variable.column)
            values.append(coefficient)
        self.limit.append(row.limit)
        self.sense.append(row.sense)
        self.length.append(len(row.terms))
        if len(columns) > _AT_ONCE:
            self.pack()

    def pack(self) -> Packed:
        """Itself, with every entry in its arrays."""
        self.column.extend(self._columns)
        self.value.extend(self._values)
        self._columns.clear()
        self._values.clear()
        return self

    @classmethod
    def of(cls, rows: Flat) -> Packed:
        """Rows in arrays, packed."""
        packed = cls()
        for name, values in rows._asdict().items():
            own: array[Any] = getattr(packed, name)
            own.frombytes(values.astype(own.typecode).tobytes())
        return packed

    def unpacked(self, variables: list[Variable]) -> list[Constraint]:
        """The rows as they were written."""
        self.pack()
        rows, at = [], 0
        for limit, sense, length in zip(self.limit, self.sense, self.length, strict=True):
            end = at + length
            numbers, values = self.column[at:end], self.value[at:end]
            terms = [(variables[number], value) for number, value in zip(numbers, values, strict=True)]
            rows.append(Constraint(terms, sense, limit))
            at = end
        return rows


class Rows:
    """Labelled rows in the order they came; packed at once, unless they stay `open` to further terms."""

    def __init__(self, is_open: bool) -> None:
        self.labels: list[Label] = []
        self._open: list[Constraint] | None = [] if is_open else None
        self._packed = Packed()

    @classmethod
    def of(cls, labels: list[Label], rows: Flat) -> Rows:
        """Labelled rows in arrays."""
        given = cls(is_open=False)
        given.labels, given._packed = labels, Packed.of(rows)
        return given

    def add(self, label: Label, row: Constraint) -> None:
        """One more row."""
        self.labels.append(label)
        if self._open is None:
            self._packed.add(row)
        else:
            self._open.append(row)

    def constraints(self, variables: list[Variable]) -> list[Constraint]:
        """The rows, open ones themselves."""
        return self._packed.unpacked(variables) if self._open is None else self._open

    def packed(self) -> Packed:
        """The rows packed, as they are now."""
        if self._open is None:
            return self._packed.pack()
        packed = Packed()
        for row in self._open:
            packed.add(row)
        return packed.pack()


class Flat(NamedTuple):
    """Rows one after another: terms of each, their columns and coefficients, limits and senses of the rows."""

    length: Ints
    column: Ints
    value: Floats
    limit: Floats
    sense: Ints


def in_one(*parts: Packed) -> Flat:
    """Packed rows one after another."""
    return Flat(
        np.concatenate([np.array(part.length, dtype=np.int64) for part in parts]),
        np.concatenate([np.array(part.column, dtype=np.int64) for part in parts]),
        np.concatenate([np.array(part.value, dtype=np.float64) for part in parts]),
        np.concatenate([np.array(part.limit, dtype=np.float64) for part in parts]),
        np.concatenate([np.array(part.sense, dtype=np.int64) for part in parts]),
    )
