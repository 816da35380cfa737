"""Rebuilt: the model of a scenario made of another's, where they differ in few capabilities, and in budgets."""

from __future__ import annotations

import copy
import threading
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Ints
from optimizer.model.build import Model, Statement, no_collection, stated, with_arrays
from optimizer.model.difference import Amounts, difference, restricted
from optimizer.model.lp import LinearProgram
from optimizer.model.rows import Flat, Label, Variable
from optimizer.model.rules.annual_budget import RULE as BUDGET
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

# With more of the capabilities than this to be built by themselves, twice each, building all anew is as quick.
_MOST_SHARE = 0.25
_GONE = "gone"


class _FartherReaching(Exception):
    """Something in the part of a model hangs on what is outside of it."""


class _Part(NamedTuple):
    """Some capabilities built by themselves, in the columns of a whole model."""

    statement: Statement
    columns: Ints
    labels: list[Label]
    rows: Flat

    @property
    def row_of(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(len(self.labels)), self.rows.length)


def rebuilt(base: Model, scenario: Scenario, stop: threading.Event | None = None) -> Model | None:
    """The model that `build` would make, columns and rows in another order; None where it has to be built.

    The capabilities of which rows of tables differ are built by themselves, as they were and as they are now. What is
    built as they were has to be in the base model, entry for entry; where it is not, a rule looks at more than these
    capabilities. Budgets are limits of rows. Columns that are no more stay, empty and labelled as gone.

    Raises
    ------
    Stopped
        When `stop` is set meanwhile.
    """
    apart = difference(base.scenario, scenario)
    if apart is None or base.slacks or len(apart.capabilities) > _MOST_SHARE * len(scenario.capabilities):
        return None
    with no_collection():
        try:
            splice = _Splice(base, apart.capabilities)
            if apart.capabilities:
                splice.replace(*(_alone(one, base, apart.capabilities, stop) for one in (base.scenario, scenario)))
            splice.move_budgets(apart.budgets)
            return splice.model(scenario)
        except _FartherReaching:
            return None


def _alone(scenario: Scenario, base: Model, capabilities: frozenset[str], stop: threading.Event | None) -> Statement:
    """Some capabilities of a scenario under the budgets of the base."""
    part = restricted(scenario, capabilities)
    part.__dict__["budgets"] = base.scenario.budgets
    return stated(part, LinearProgram("part", stop), whole_deliveries=base.variables.whole_deliveries)


class _Splice:
    """A model in whose place another is put together: its rows, its columns, its goals."""

    def __init__(self, base: Model, capabilities: frozenset[str]) -> None:
        self._base = base
        program = base.program
        self._rows, self._labels = program.flat(), program.labels_of_rows()
        self._row_of = np.repeat(np.arange(len(self._labels)), self._rows.length)
        self._own = np.fromiter((block in capabilities for block in program.blocks), dtype=bool)
        self._shared = np.fromiter((block is None for block in program.blocks), dtype=bool)
        self._new = program.with_rows(self._labels, self._rows)
        self._goals = dict(base.goals)
        self._variables = base.variables

    def replace(self, before: Statement, after: Statement) -> None:
        """Put capabilities as they are now in the place of what they were."""
        program = self._base.program
        seen = np.flatnonzero(self._own | self._shared).tolist()
        column_of = {program.labels[number]: number for number in seen}
        row_of = {label: number for number, label in enumerate(self._labels)}
        _require(len(row_of) == len(self._labels))
        old = _part(before, column_of)
        local = self._checked(old, row_of)
        self._new_columns(after.program, column_of)
        new = _part(after, column_of)
        self._new_rows(old, new, row_of, local)
        self._new_goals(old, new)
        self._variables = _overlaid(self._base.variables, before.variables, after.variables)

    def move_budgets(self, amounts: Amounts) -> None:
        """Move the limits of rows by what budgets are apart."""
        if amounts:
            by = [amounts.get(label[1:], 0.0) if label[0] == BUDGET.name else 0.0 for label in self._labels]
            self._rows = self._rows._replace(limit=self._rows.limit + np.array(by))

    def model(self, scenario: Scenario) -> Model:
        """What has come of it, as the model of a scenario."""
        program = self._new.with_rows(self._labels, self._rows)
        variables = _bare(self._variables)
        variables.scenario, variables.program, variables.goals = scenario, program, {}
        return with_arrays(Statement(variables, program, self._goals, ()), scenario, base=self._base)

    def _checked(self, part: _Part, row_of: dict[Label, int]) -> NDArray[np.bool_]:
        """Which rows are of the part alone; the part has to be in the base model entry for entry."""
        base, rows = self._base, self._rows
        _require(all(label in row_of for label in part.labels))
        mine = np.array([row_of[label] for label in part.labels], dtype=np.int64)
        place, own = self._row_of, self._own[rows.column]
        counts = np.bincount(place[own], minlength=len(self._labels))
        is_mine = np.zeros(len(self._labels), dtype=bool)
        is_mine[mine] = True
        local: NDArray[np.bool_] = is_mine & (counts == rows.length)
        _require(not (counts[~is_mine] > 0).any())
        at = np.flatnonzero(is_mine[place] & (own | self._shared[rows.column]))
        order = np.argsort(mine[part.row_of], kind="stable")
        _require(np.array_equal(place[at], mine[part.row_of][order]))
        _require(np.array_equal(rows.column[at], part.rows.column[order]))
        _require(np.array_equal(rows.value[at], part.rows.value[order]))
        _require(np.array_equal(rows.sense[mine], part.rows.sense))
        _require(np.array_equal(rows.limit[mine][local[mine]], part.rows.limit[local[mine]]))
        _require(len(np.flatnonzero(self._own[part.columns])) == np.count_nonzero(self._own))
        for variable, column in zip(part.statement.program.variables, part.columns.tolist(), strict=True):
            _require(_bounds(variable) == _bounds(base.program.variables[column]))
        for goal, (cost, _) in base.goals.items():
            _require(np.array_equal(cost[part.columns], part.statement.goals[goal][0]))
        return local

    def _new_columns(self, after: LinearProgram, column_of: dict[Label, int]) -> None:
        """Columns with labels known keep their place, others get places at the end; `column_of` learns of them."""
        new = self._new
        gone = {new.labels[column]: column for column in np.flatnonzero(self._own).tolist()}
        for variable, label, block, nation in zip(
            after.variables, after.labels, after.blocks, after.nations, strict=True
        ):
            column = column_of.get(label)
            _require(block is not None or (column is not None and self._shared[column]))
            if column is None:
                column = column_of[label] = len(new.variables)
                new.variables.append(variable)
                new.labels.append(label)
                new.blocks.append(block)
                new.nations.append(nation)
            elif block is None:
                _require(_bounds(variable) == _bounds(new.variables[column]))
            else:
                new.variables[column] = variable
                del gone[label]
            variable.column = column
        for label, column in gone.items():
            new.labels[column] = (_GONE, *label)
            new.variables[column] = Variable(_GONE, column, 0, 0, False)
        more = len(new.variables) - len(self._own)
        self._own = np.concatenate([self._own, np.ones(more, dtype=bool)])
        self._shared = np.concatenate([self._shared, np.zeros(more, dtype=bool)])

    def _new_rows(self, old: _Part, new: _Part, row_of: dict[Label, int], local: NDArray[np.bool_]) -> None:
        """Rows of the part alone replaced; in rows that others share its entries replaced and limits moved."""
        is_shared = np.array([label in row_of and not local[row_of[label]] for label in new.labels], dtype=bool)
        numbers = self._numbered(old, new, row_of, local, is_shared)
        self._require_common(new, numbers, is_shared, local)
        others = ~local[self._row_of] & ~self._own[self._rows.column]
        own = self._own[new.rows.column]
        stays = np.concatenate([~local, np.ones(len(self._labels) - len(local), dtype=bool)])
        stays[numbers] = True
        row, column, value = numbers[new.row_of[own]], new.rows.column[own], new.rows.value[own]
        order = np.argsort(row, kind="stable")
        before, count = self._row_of[others], len(self._labels)
        at = np.searchsorted(before, row[order], side="right")
        self._labels = [label for label, stay in zip(self._labels, stays.tolist(), strict=True) if stay]
        self._rows = Flat(
            (np.bincount(before, minlength=count) + np.bincount(row, minlength=count))[stays],
            np.insert(self._rows.column[others], at, column[order]),
            np.insert(self._rows.value[others], at, value[order]),
            self._rows.limit[stays],
            self._rows.sense[stays],
        )

    def _numbered(
        self, old: _Part, new: _Part, row_of: dict[Label, int], local: NDArray[np.bool_], is_shared: NDArray[np.bool_]
    ) -> Ints:
        """The number of each row of the part, those with labels not known at the end; limits and senses are set."""
        was = dict(zip(old.labels, old.rows.limit.tolist(), strict=True))
        _require({label for label in was if not local[row_of[label]]} <= {*new.labels})
        labels, limit, sense = list(self._labels), self._rows.limit.tolist(), self._rows.sense.tolist()
        numbers = []
        for label, by, direction, with_others in zip(
            new.labels, new.rows.limit.tolist(), new.rows.sense.tolist(), is_shared.tolist(), strict=True
        ):
            number = row_of.get(label, len(labels))
            if with_others:
                _require(direction == sense[number] and (label in was or by == limit[number]))
                limit[number] += by - was.get(label, by)
            elif number < len(labels):
                limit[number], sense[number] = by, direction
            else:
                labels.append(label)
                limit.append(by)
                sense.append(direction)
            numbers.append(number)
        self._labels = labels
        self._rows = self._rows._replace(limit=np.array(limit), sense=np.array(sense))
        return np.array(numbers, dtype=np.int64)

    def _require_common(
        self, new: _Part, numbers: Ints, is_shared: NDArray[np.bool_], local: NDArray[np.bool_]
    ) -> None:
        """What shared rows have of columns of no capability has to be as it was, and rows of the part have none."""
        rows, common = self._rows, np.flatnonzero(~self._own[new.rows.column])
        _require(bool(is_shared[new.row_of[common]].all()))
        touched = np.zeros(len(self._labels), dtype=bool)
        touched[numbers[is_shared]] = True
        mine = ~local[self._row_of] & touched[self._row_of] & self._shared[rows.column]
        order = common[np.argsort(numbers[new.row_of[common]], kind="stable")]
        _require(np.array_equal(self._row_of[mine], numbers[new.row_of[order]]))
        _require(np.array_equal(rows.column[mine], new.rows.column[order]))
        _require(np.array_equal(rows.value[mine], new.rows.value[order]))

    def _new_goals(self, old: _Part, new: _Part) -> None:
        """Costs of the part replaced, constants moved by what the part's have."""
        for goal, (cost, constant) in self._goals.items():
            by_column = np.zeros(len(self._new.variables))
            by_column[: len(cost)] = cost
            by_column[self._own] = 0.0
            own = self._own[new.columns]
            by_column[new.columns[own]] = new.statement.goals[goal][0][own]
            self._goals[goal] = by_column, constant + new.statement.goals[goal][1] - old.statement.goals[goal][1]


def _part(statement: Statement, column_of: dict[Label, int]) -> _Part:
    """The part of a statement; its columns have to be known, and its rows known apart by their labels."""
    program = statement.program
    _require(all(label in column_of for label in program.labels))
    columns = np.array([column_of[label] for label in program.labels], dtype=np.int64)
    rows, labels = program.flat(), program.labels_of_rows()
    _require(len(set(labels)) == len(labels))
    return _Part(statement, columns, labels, rows._replace(column=columns[rows.column]))


def _overlaid(base: Variables, before: Variables, after: Variables) -> Variables:
    """The base's decisions with those of a part in the place of what they were."""
    merged, was, now = _bare(base), vars(before), vars(after)
    for name, known in vars(merged).items():
        if isinstance(known, dict):
            others = {key: value for key, value in known.items() if key not in was[name]}
            setattr(merged, name, {**others, **now[name]})
    return merged


def _bare(variables: Variables) -> Variables:
    """A copy without what hangs on the scenario alone, which is found anew when asked for."""
    bare = copy.copy(variables)
    for name in list(vars(bare)):
        if isinstance(getattr(Variables, name, None), cached_property):
            delattr(bare, name)
    return bare


def _bounds(variable: Variable) -> tuple[float, float | None, str]:
    return variable.lowBound, variable.upBound, variable.cat


def _require(holds: bool) -> None:
    if not holds:
        raise _FartherReaching
