"""The program under construction, held by PuLP: variables, labelled rows, costs; readable rows in, arrays out."""

from __future__ import annotations

import threading
from typing import Any, Iterable, TypeAlias

import numpy as np
import pulp

from optimizer.model.arrays import INFINITY, Arrays, Ints
from optimizer.model.control import Stopped
from optimizer.model.parallel_rows import blocks_of_rows, merged

Variable: TypeAlias = pulp.LpVariable


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


class LinearProgram:
    """Variables and labelled rows under construction; PuLP holds them, ids are generated and mapped to labels."""

    def __init__(self, name: str, stop: threading.Event | None = None) -> None:
        self.problem = pulp.LpProblem(name, pulp.LpMinimize)
        self.stop = stop or threading.Event()
        self.variables: list[Variable] = []
        self.labels: list[tuple[Any, ...]] = []
        self.blocks: list[str | None] = []
        self.nations: list[str | None] = []
        self.rows: list[tuple[tuple[Any, ...], Constraint]] = []
        self.cost: dict[Variable, float] = {}
        self.offset = 0.0
        self._column: dict[int, int] = {}
        self._kept: Ints = np.zeros(0, dtype=np.int64)

    def variable(
        self,
        label: tuple[Any, ...],
        lower: float,
        upper: float | None,
        *,
        integer: bool = False,
        block: str | None = None,
        nation: str | None = None,
    ) -> Variable:
        """A new decision; `label` says in codes what it is, `block` its capability, `nation` who alone decides on it.

        Raises
        ------
        Stopped
            When the stop flag is set: building a large model takes longer than anyone waits for a stop.
        """
        if self.stop.is_set():
            raise Stopped
        name = f"{label[0]}_{len(self.variables):07d}"
        variable = self.problem.add_variable(name, lower, upper, pulp.LpInteger if integer else pulp.LpContinuous)
        self._column[id(variable)] = len(self.variables)
        self.variables.append(variable)
        self.labels.append(label)
        self.blocks.append(block)
        self.nations.append(nation)
        return variable

    def add(self, label: tuple[Any, ...], row: Constraint) -> None:
        """A labelled row."""
        if not isinstance(row, Constraint):
            raise TypeError(f"row {label} is no comparison of expressions but {row!r}")
        if self.stop.is_set():
            raise Stopped
        self.rows.append((label, row))

    def column(self, variable: Variable) -> int:
        """Column number of a variable."""
        return self._column[id(variable)]

    def arrays(self) -> Arrays:
        """The model as arrays, parallel rows merged."""
        column = self._column
        blocks = _numbered(self.blocks)
        lengths = np.fromiter((len(row.terms) for _, row in self.rows), dtype=np.int64, count=len(self.rows))
        entries = int(lengths.sum())
        at = np.fromiter((column[id(v)] for _, row in self.rows for v, _ in row.terms), dtype=np.int64, count=entries)
        by = np.fromiter((x for _, row in self.rows for _, x in row.terms), dtype=np.float64, count=entries)
        limit = np.fromiter((row.limit for _, row in self.rows), dtype=np.float64, count=len(self.rows))
        sense = np.fromiter((row.sense for _, row in self.rows), dtype=np.int64, count=len(self.rows))
        low = np.where(sense >= 0, limit, -INFINITY)
        high = np.where(sense <= 0, limit, INFINITY)
        start, at, by, low, high, self._kept = merged(lengths, at, by, low, high)
        row_block = blocks_of_rows(start, at, blocks)
        cost = np.zeros(len(self.variables))
        for variable, coefficient in self.cost.items():
            cost[column[id(variable)]] += coefficient
        return Arrays(
            cost=cost,
            offset=self.offset,
            lower=np.array(
                [v.lowBound if v.lowBound is not None else -INFINITY for v in self.variables], dtype=np.float64
            ),
            upper=np.array(
                [v.upBound if v.upBound is not None else INFINITY for v in self.variables], dtype=np.float64
            ),
            integer=np.array([v.cat == pulp.LpInteger for v in self.variables], dtype=np.bool_),
            start=start,
            index=at,
            value=by,
            row_lower=low,
            row_upper=high,
            column_block=blocks,
            row_block=row_block,
            column_nation=_numbered(self.nations),
        )

    def row_labels(self) -> list[tuple[Any, ...]]:
        """Labels of the rows of the arrays made last."""
        return [self.rows[number][0] for number in self._kept.tolist()]

    def finished(self) -> pulp.LpProblem:
        """The PuLP problem with every row and the objective, for export and for other solvers."""
        problem = pulp.LpProblem(self.problem.name, pulp.LpMinimize)
        problem.setObjective(pulp.LpAffineExpression(self.cost, self.offset))
        for number, (label, row) in enumerate(self.rows):
            if row.terms:
                problem.addConstraint(row.as_pulp(), f"{label[0]}_{number:07d}")
        problem._add_variables(self.variables)
        return problem

    def name_map(self) -> list[dict[str, str]]:
        """Generated names beside the labels they stand for, rows and columns."""

        def text(label: tuple[Any, ...]) -> str:
            return " ".join(str(part) for part in label)

        columns = [
            {"name": v.name, "kind": "column", "label": text(label)}
            for v, label in zip(self.variables, self.labels, strict=True)
        ]
        rows = [
            {"name": f"{label[0]}_{number:07d}", "kind": "row", "label": text(label)}
            for number, (label, _) in enumerate(self.rows)
        ]
        return columns + rows


def _numbered(names: list[str | None]) -> Ints:
    """Names as numbers in their order, -1 where there is none."""
    numbers = {name: number for number, name in enumerate(sorted({name for name in names if name is not None}))}
    return np.array([-1 if name is None else numbers[name] for name in names], dtype=np.int64)


def write_model(program: LinearProgram, path: str, form: str) -> None:
    """Write the model as `mps` or `lp`."""
    problem = program.finished()
    if form == "mps":
        problem.writeMPS(path)
    else:
        problem.writeLP(path, max_length=250)
