"""The program under construction, held by PuLP: variables, labelled rows, costs; readable rows in, arrays out."""

from __future__ import annotations

import threading

import numpy as np
import pulp

from optimizer.model.arrays import INFINITY, Arrays, Ints
from optimizer.model.control import Stopped
from optimizer.model.parallel_rows import blocks_of_rows, merged
from optimizer.model.rows import Constraint, Flat, Label, Rows, Variable, in_one


class LinearProgram:
    """Variables and labelled rows under construction; PuLP holds them, ids are generated and mapped to labels.

    Rows are packed as they come, but for those of a program with `open_rows`, which may still get terms.
    """

    def __init__(self, name: str, stop: threading.Event | None = None, *, open_rows: bool = False) -> None:
        self.problem = pulp.LpProblem(name, pulp.LpMinimize)
        self.stop = stop or threading.Event()
        self.variables: list[Variable] = []
        self.labels: list[Label] = []
        self.blocks: list[str | None] = []
        self.nations: list[str | None] = []
        self.cost: dict[Variable, float] = {}
        self.offset = 0.0
        self._rows = Rows(open_rows)
        self._definitions = Rows(open_rows)
        self._kept: Ints = np.zeros(0, dtype=np.int64)

    def variable(
        self,
        label: Label,
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
        number = len(self.variables)
        variable = Variable(label[0], number, lower, upper, integer)
        self.variables.append(variable)
        self.labels.append(label)
        self.blocks.append(block)
        self.nations.append(nation)
        return variable

    def add(self, label: Label, row: Constraint) -> None:
        """A labelled row."""
        self._add(self._rows, label, row)

    def define(self, key: Label, row: Constraint) -> None:
        """A row that ties a helper to decisions; these come after all others, in whatever order they are asked for."""
        self._add(self._definitions, ("definition", *key), row)

    def _add(self, rows: Rows, label: Label, row: Constraint) -> None:
        if not isinstance(row, Constraint):
            raise TypeError(f"row {label} is no comparison of expressions but {row!r}")
        if self.stop.is_set():
            raise Stopped
        rows.add(label, row)

    @property
    def rows(self) -> list[tuple[Label, Constraint]]:
        """Labels and rows; of a program with open rows the rows themselves, else as they were written."""
        rows = self._rows.constraints(self.variables) + self._definitions.constraints(self.variables)
        return list(zip(self.labels_of_rows(), rows, strict=True))

    def labels_of_rows(self) -> list[Label]:
        """Labels of all rows, of those as well that the arrays leave out."""
        return self._rows.labels + self._definitions.labels

    def flat(self) -> Flat:
        """All rows as they were written, without their labels."""
        return in_one(self._rows.packed(), self._definitions.packed())

    def with_rows(self, labels: list[Label], rows: Flat) -> LinearProgram:
        """A program of the same variables and costs, to be changed apart from this one, that has other rows."""
        program = LinearProgram(self.problem.name)
        program.variables, program.labels = list(self.variables), list(self.labels)
        program.blocks, program.nations = list(self.blocks), list(self.nations)
        program.cost, program.offset = dict(self.cost), self.offset
        program._rows = Rows.of(labels, rows)
        return program

    def column(self, variable: Variable) -> int:
        """Column number of a variable."""
        return variable.column

    def arrays(self) -> Arrays:
        """The model as arrays, parallel rows merged."""
        blocks = _numbered(self.blocks)
        lengths, at, by, limit, sense = self.flat()
        low = np.where(sense >= 0, limit, -INFINITY)
        high = np.where(sense <= 0, limit, INFINITY)
        start, at, by, low, high, self._kept = merged(lengths, at, by, low, high)
        row_block = blocks_of_rows(start, at, blocks)
        cost = np.zeros(len(self.variables))
        for variable, coefficient in self.cost.items():
            cost[variable.column] += coefficient
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

    def row_labels(self) -> list[Label]:
        """Labels of the rows of the arrays made last."""
        labels = self.labels_of_rows()
        return [labels[number] for number in self._kept.tolist()]

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

        def text(label: Label) -> str:
            return " ".join(str(part) for part in label)

        columns = [
            {"name": v.name, "kind": "column", "label": text(label)}
            for v, label in zip(self.variables, self.labels, strict=True)
        ]
        rows = [
            {"name": f"{label[0]}_{number:07d}", "kind": "row", "label": text(label)}
            for number, label in enumerate(self.labels_of_rows())
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
