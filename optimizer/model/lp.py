"""The only file that knows PuLP and HiGHS: readable rows in, arrays and honest solver answers out."""

from __future__ import annotations

import importlib.metadata
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, TypeAlias

import highspy
import numpy as np
import pulp
from numpy.typing import NDArray

from optimizer.problems import SolverFailed, SolverUnavailable
from optimizer.tolerances import SOLVER_FEASIBILITY

Variable: TypeAlias = pulp.LpVariable
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INFINITY = highspy.kHighsInf
OLDEST_HIGHS = (1, 15, 1)
# HiGHS's presolve can call tiny feasible models infeasible; below this many columns it stays off (docs/solving.md).
PRESOLVE_FROM_COLUMNS = 1000


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


@dataclass(frozen=True)
class Arrays:
    """A whole model as arrays: minimize cost @ x + offset, row_lower <= A x <= row_upper, lower <= x <= upper.

    A is stored row by row: row i has columns `index[start[i]:start[i+1]]` with values `value[...]`.
    `column_block` and `row_block` number the capability a column or row belongs to; -1 couples capabilities.
    `column_nation` numbers the nation that decides on a column, -1 where several do; empty in parts of a model.
    """

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    start: Ints
    index: Ints
    value: Floats
    row_lower: Floats
    row_upper: Floats
    column_block: Ints
    row_block: Ints
    column_nation: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def yes_or_no(self) -> NDArray[np.bool_]:
        """Columns that are zero or one."""
        return self.integer & (self.upper <= 1.0)

    @property
    def decisions(self) -> NDArray[np.bool_]:
        """Columns that are yes or no, and whole numbers that nations share, as lots; not what one nation counts."""
        if not len(self.column_nation):
            return self.yes_or_no
        return self.yes_or_no | (self.integer & (self.column_nation < 0))

    def objective(self, x: Floats) -> float:
        """Objective of a point, constant included."""
        return float(self.cost @ x) + self.offset

    def entries_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """Where the entries of some rows stand, row after row, and for each the place of its row among `rows`."""
        lengths = self.start[rows + 1] - self.start[rows]
        ends = np.cumsum(lengths)
        within = np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
        return np.repeat(self.start[rows], lengths) + within, np.repeat(np.arange(len(rows)), lengths)

    def row_values(self, x: Floats) -> Floats:
        """A x."""
        if self.rows == 0:
            return np.zeros(0)
        products = np.append(self.value * x[self.index], 0.0)
        sums = np.add.reduceat(products, np.minimum(self.start[:-1], len(self.value)))
        return np.where(self.start[1:] > self.start[:-1], sums, 0.0)

    def keeps(self, x: Floats, room: float) -> bool:
        """Whether a point keeps every row, within `room` as a share of the row's value and at least as it stands."""
        values = self.row_values(x)
        most = room * np.maximum(1.0, np.abs(values))
        return bool(((values >= self.row_lower - most) & (values <= self.row_upper + most)).all())


@dataclass(frozen=True)
class Progress:
    """One message while solving: stage, seconds, best objective so far, bound, relative gap."""

    stage: str
    seconds: float
    best: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """(best - bound) / |best|, or None while either is unknown."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, self.best - self.bound) / max(abs(self.best), 1e-9)

    def __str__(self) -> str:
        def money(value: float | None) -> str:
            return "-" if value is None else f"{value:,.1f}"

        gap = "-" if self.gap is None else f"{100 * self.gap:.3f} %"
        return f"{self.stage}: best {money(self.best)}, bound {money(self.bound)}, gap {gap}, {self.seconds:.0f} s"


@dataclass
class Control:
    """What a running solve listens to: a stop flag, and who wants to hear of progress and of better plans."""

    on_progress: Callable[[Progress], object] | None = None
    on_plan: Callable[[Floats, float], object] | None = None
    started: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)

    def seconds(self) -> float:
        """Seconds since the solve began."""
        return time.monotonic() - self.started

    def report(self, stage: str, best: float | None, bound: float | None) -> None:
        """Tell the listener, if any."""
        if self.on_progress is not None:
            self.on_progress(Progress(stage, self.seconds(), best, bound))


@dataclass(frozen=True)
class Answer:
    """What a solver run gave: `x` is None without a plan; `bound` is valid for the model it was asked."""

    status: str  # optimal | feasible | infeasible | unbounded | no_plan | interrupted
    x: Floats | None
    objective: float
    bound: float
    row_dual: Floats | None = None
    column_dual: Floats | None = None

    @property
    def gap(self) -> float:
        """Relative gap; infinite without a plan."""
        if self.x is None:
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)


class Stopped(Exception):
    """Building was given up because the stop flag was set."""


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
        start, at, by, low, high, self._kept = _merged(lengths, at, by, low, high)
        row_block = _blocks_of_rows(start, at, blocks)
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


def _merged(
    lengths: Ints, at: Ints, by: Floats, low: Floats, high: Floats
) -> tuple[Ints, Ints, Floats, Floats, Floats, Ints]:
    """Rows with sorted columns and no zeros; parallel rows merged; rows that hold without any column left out.

    The last value numbers the rows that stay.
    """
    rows = len(lengths)
    row, at, by = _sorted_entries(np.repeat(np.arange(rows), lengths), at, by)
    counts = np.bincount(row, minlength=rows)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    some = counts > 0
    first = np.zeros(rows)
    first[some] = by[start[:-1][some]]
    # A random projection of the scaled row tells candidates apart; candidates are compared entry by entry.
    weight = np.random.default_rng(0).random(int(at.max(initial=0)) + 1)
    print_of = np.bincount(row, weights=weight[at] * by / np.where(some, first, 1.0)[row], minlength=rows)
    lead = np.full(rows, -1, dtype=np.int64)
    lead[some] = at[start[:-1][some]]
    stays = some | (low > SOLVER_FEASIBILITY) | (high < -SOLVER_FEASIBILITY)
    order = np.lexsort((print_of, lead, counts))
    known = -1
    for number in order[some[order]].tolist():
        if (
            known >= 0
            and counts[known] == counts[number]
            and lead[known] == lead[number]
            and abs(print_of[known] - print_of[number]) <= 1e-9 * max(1.0, abs(print_of[number]))
            and _parallel(start, at, by, known, number)
        ):
            factor = first[known] / first[number]
            one, other = low[number] * factor, high[number] * factor
            low[known], high[known] = max(low[known], min(one, other)), min(high[known], max(one, other))
            stays[number] = False
        else:
            known = number
    picked = stays[row]
    counts = counts[stays]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, at[picked], by[picked], low[stays], high[stays], np.flatnonzero(stays)


def _sorted_entries(row: Ints, at: Ints, by: Floats) -> tuple[Ints, Ints, Floats]:
    """Entries by row and column, those of the same place summed, zeros left out."""
    order = np.lexsort((at, row))
    row, at, by = row[order], at[order], by[order]
    if len(row) > 1:
        first = np.concatenate([[True], (row[1:] != row[:-1]) | (at[1:] != at[:-1])])
        if not first.all():
            row, at, by = row[first], at[first], np.add.reduceat(by, np.flatnonzero(first))
    keep = by != 0.0
    return row[keep], at[keep], by[keep]


def _parallel(start: Ints, at: Ints, by: Floats, one: int, other: int) -> bool:
    """Whether two rows of equal length have the same columns and proportional values."""
    a, b = slice(start[one], start[one + 1]), slice(start[other], start[other + 1])
    return bool((at[a] == at[b]).all() and np.allclose(by[a] / by[a][0], by[b] / by[b][0], rtol=1e-12, atol=1e-12))


def _blocks_of_rows(start: Ints, at: Ints, blocks: Ints) -> Ints:
    """The block all columns of a row belong to, or -1."""
    rows = len(start) - 1
    if rows == 0:
        return np.zeros(0, dtype=np.int64)
    some = start[1:] > start[:-1]
    least, most = np.full(rows, -1, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
    if some.any():
        least[some] = np.minimum.reduceat(blocks[at], start[:-1][some])
        most[some] = np.maximum.reduceat(blocks[at], start[:-1][some])
    return np.where(least == most, least, -1)


def versions() -> dict[str, str]:
    """Versions of the modelling layer and the solver."""
    return {"pulp": importlib.metadata.version("pulp"), "highspy": importlib.metadata.version("highspy")}


def solvers() -> tuple[str, ...]:
    """Names of the solvers that can be asked for on this machine."""
    found = ["highs"]
    for name in pulp.listSolvers(onlyAvailable=True):
        if name not in ("HiGHS", "HiGHS_CMD"):
            found.append(name)
    return tuple(found)


def require_solver(name: str) -> None:
    """Refuse a solver that is missing, and a HiGHS known to give wrong answers.

    Raises
    ------
    SolverUnavailable
        With the reason and the remedy.
    """
    if name == "highs":
        found = importlib.metadata.version("highspy")
        numbers = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in found.split(".")[:3])
        if numbers < OLDEST_HIGHS:
            raise SolverUnavailable(f"highspy {found} is known to give wrong answers; install highspy >= 1.15.1")
    elif name not in solvers():
        raise SolverUnavailable(f"solver {name!r} is not on this machine; available: {', '.join(solvers())}")


def _highs_model(arrays: Arrays, relax: bool) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_ = arrays.columns
    model.num_row_ = arrays.rows
    model.col_cost_ = arrays.cost
    model.col_lower_ = arrays.lower
    model.col_upper_ = arrays.upper
    model.row_lower_ = arrays.row_lower
    model.row_upper_ = arrays.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_ = arrays.columns
    model.a_matrix_.num_row_ = arrays.rows
    model.a_matrix_.start_ = arrays.start
    model.a_matrix_.index_ = arrays.index
    model.a_matrix_.value_ = arrays.value
    if not relax and arrays.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in arrays.integer]
    return model


_greeting = threading.Lock()
_has_greeted = False


def _new_highs() -> highspy.Highs:
    """A solver object, made in silence.

    HiGHS 1.16 greets on standard output when its first object is made, whatever the options; answers for programs stand
    there, so the file behind it is put aside for that moment.
    """
    global _has_greeted
    with _greeting:
        if _has_greeted:
            return highspy.Highs()
        _has_greeted = True
        try:
            aside = os.dup(1)
        except OSError:  # no standard output at all
            return highspy.Highs()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            return highspy.Highs()
        finally:
            os.dup2(aside, 1)
            os.close(aside)
            os.close(nowhere)


class Highs:
    """One HiGHS object over one model: run, change costs or bounds, run again. One thread per run."""

    def __init__(self, arrays: Arrays, *, relax: bool = False, seed: int = 0, presolve: bool | None = None) -> None:
        self.arrays = arrays
        self.relax = relax
        self._highs = _new_highs()
        self._columns = np.arange(arrays.columns, dtype=np.int32)
        if presolve is None:
            presolve = arrays.columns >= PRESOLVE_FROM_COLUMNS
        self.presolve = presolve
        empty = arrays.start[1:] == arrays.start[:-1]
        self._hopeless = bool(
            (empty & ((arrays.row_lower > SOLVER_FEASIBILITY) | (arrays.row_upper < -SOLVER_FEASIBILITY))).any()
        )
        self._set("output_flag", False)
        self._set("log_to_console", False)
        self._set("random_seed", seed)
        self._set("presolve", "on" if presolve else "off")
        self._set("threads", 1)
        self._set("mip_feasibility_tolerance", SOLVER_FEASIBILITY)
        self._set("primal_feasibility_tolerance", SOLVER_FEASIBILITY)
        if self._highs.passModel(_highs_model(arrays, relax)) == highspy.HighsStatus.kError:
            raise SolverFailed("the solver refused the model")

    def _set(self, option: str, value: object) -> None:
        if self._highs.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise SolverFailed(f"the solver refused option {option} = {value!r}")

    def option(self, name: str, value: object) -> None:
        """Set a solver option by name, refused loudly when unknown."""
        self._set(name, value)

    def change_cost(self, cost: Floats) -> None:
        """New costs for every column."""
        self._highs.changeColsCost(self.arrays.columns, self._columns, np.ascontiguousarray(cost, dtype=np.float64))

    def add_column(self, cost: float, rows: Ints, values: Floats) -> None:
        """One more column from zero up; the answers of later runs hold it after the others."""
        self._hopeless = False  # a row that was empty may now hold
        self._highs.addCol(cost, 0.0, INFINITY, len(rows), rows.astype(np.int32), np.asarray(values, dtype=np.float64))

    def change_costs_of(self, columns: Ints, cost: Floats) -> None:
        """New costs of some columns."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), np.ascontiguousarray(cost, dtype=np.float64))

    def start_from(self, x: Floats) -> None:
        """Offer a point as first plan."""
        solution = highspy.HighsSolution()
        solution.col_value = list(x)
        self._highs.setSolution(solution)

    def run(
        self,
        *,
        gap: float = 0.0,
        time_limit: float = INFINITY,
        control: Control | None = None,
        stage: str = "",
        offset: float = 0.0,
        watch: Callable[[float, float], bool] | None = None,
    ) -> Answer:
        """Run to the relative gap, the time limit (seconds) or the stop flag; the answer is the solver's own.

        `offset` is only added to what is reported while running; `watch` is told best and bound now and then, and
        ends the run by answering true.
        """
        highs = self._highs
        if self._hopeless:
            return Answer("infeasible", None, float("inf"), float("inf"))
        if control is not None and control.stop.is_set():
            return Answer("interrupted", None, float("inf"), -float("inf"))
        self._set("mip_rel_gap", gap)
        self._set("mip_abs_gap", 1e-9 if gap <= 1e-9 else 1e-6)
        self._set("time_limit", float(max(time_limit, 0.01)))
        interrupted = threading.Event()
        last = [0.0]

        def listen(event: Any) -> None:
            if control is None:
                return
            if control.stop.is_set():
                event.interrupt(True)
                interrupted.set()
            now = time.monotonic()
            if now - last[0] > 0.2:
                last[0] = now
                best = event.data_out.mip_primal_bound
                bound = event.data_out.mip_dual_bound
                if stage:
                    control.report(
                        stage,
                        best + offset if abs(best) < 1e29 else None,
                        bound + offset if abs(bound) < 1e29 else None,
                    )
                if watch is not None and watch(best, bound):
                    event.interrupt(True)

        callbacks = []
        if control is not None:
            callbacks = [highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt]
            for callback in callbacks:
                callback.subscribe(listen)
        try:
            highs.run()
        finally:
            for callback in callbacks:
                callback.clear()
        return self._answer(interrupted.is_set())

    def _answer(self, interrupted: bool) -> Answer:
        highs = self._highs
        info = highs.getInfo()
        status = highs.getModelStatus()
        kinds = highspy.HighsModelStatus
        mip = not self.relax and bool(self.arrays.integer.any())
        has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return Answer("infeasible", None, float("inf"), float("inf"))
        if status == kinds.kUnbounded:
            return Answer("unbounded", None, -float("inf"), -float("inf"))
        x = None
        objective = float("inf")
        bound = -float("inf")
        if status == kinds.kModelEmpty:
            return Answer("optimal", np.zeros(self.arrays.columns), 0.0, 0.0)
        if has_point and abs(info.objective_function_value) < 1e29:
            x = np.array(highs.getSolution().col_value, dtype=np.float64)
            objective = float(info.objective_function_value)
        if mip:
            bound = float(info.mip_dual_bound) if abs(info.mip_dual_bound) < 1e29 else -float("inf")
        elif status == kinds.kOptimal:
            bound = objective
        if x is None:
            return Answer("interrupted" if interrupted else "no_plan", None, float("inf"), bound)
        solution = highs.getSolution()
        row_dual = None if mip else np.array(solution.row_dual, dtype=np.float64)
        column_dual = None if mip else np.array(solution.col_dual, dtype=np.float64)
        if status == kinds.kOptimal:
            return Answer("optimal", x, objective, min(bound, objective), row_dual, column_dual)
        return Answer(
            "interrupted" if interrupted else "feasible", x, objective, min(bound, objective), row_dual, column_dual
        )


def irreducible_rows(arrays: Arrays, time_limit: float) -> tuple[int, ...]:
    """Rows of an irreducible infeasible subsystem of the relaxation; empty where the solver finds none in time.

    Valid for the relaxation only: where whole numbers make the clash, other means are needed.
    """
    solver = Highs(arrays, relax=True, presolve=False)
    highs = solver._highs
    solver.option("time_limit", float(time_limit))
    kinds = highspy.IisStrategy
    solver.option("iis_strategy", int(kinds.kIisStrategyFromLp) + int(kinds.kIisStrategyIrreducible))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
        return ()
    status, found = highs.getIis()
    return tuple(int(row) for row in found.row_index_) if status == highspy.HighsStatus.kOk and found.valid_ else ()


_FREEING_SECONDS = 10.0


def in_thread(work: Callable[[], Any], stop: threading.Event) -> Any:
    """Run `work` in a thread of its own, so that Ctrl-C reaches us; it sets `stop` and waits for the end."""
    result: dict[str, Any] = {}

    def target() -> None:
        try:
            result["value"] = work()
        except BaseException as error:  # handed to the caller below
            result["error"] = error
        finally:
            done.set()

    done = threading.Event()
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    # An interrupted join can forget its thread (Python 3.11), so the end is an event of our own.
    while True:
        try:
            if done.wait(0.2):
                # Models are still being freed there: a program that ends meanwhile would tear down the solver at work.
                thread.join(_FREEING_SECONDS)
                break
        except KeyboardInterrupt:
            stop.set()
    if "error" in result:
        raise result["error"]
    return result["value"]


def solve_with_pulp(arrays: Arrays, solver: str, *, gap: float, time_limit: float, threads: int) -> Answer:
    """Solve with any solver PuLP knows; it tells no bound, so only a proof within the asked gap gives one."""
    empty = arrays.start[1:] == arrays.start[:-1]
    if (empty & ((arrays.row_lower > SOLVER_FEASIBILITY) | (arrays.row_upper < -SOLVER_FEASIBILITY))).any():
        return Answer("infeasible", None, float("inf"), float("inf"))
    problem, variables = _as_pulp(arrays)
    options: dict[str, Any] = {"msg": False, "timeLimit": time_limit, "gapRel": gap}
    if solver in ("PULP_CBC_CMD", "COIN_CMD"):
        options["threads"] = threads
    problem.solve(pulp.getSolver(solver, **options))
    if problem.status == pulp.LpStatusInfeasible or problem.sol_status == pulp.LpSolutionInfeasible:
        return Answer("infeasible", None, float("inf"), float("inf"))
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Answer("no_plan", None, float("inf"), -float("inf"))
    x = np.array(
        [
            variable.varValue if variable.varValue is not None else max(0.0, low)
            for variable, low in zip(variables, arrays.lower, strict=True)
        ]
    )
    objective = float(arrays.cost @ x)
    proved = problem.sol_status == pulp.LpSolutionOptimal
    bound = objective - gap * abs(objective) if proved else -float("inf")
    return Answer("optimal" if proved and gap <= 1e-9 else "feasible", x, objective, bound)


def _as_pulp(arrays: Arrays) -> tuple[pulp.LpProblem, list[Variable]]:
    """The arrays as a PuLP problem, without the constant."""
    problem = pulp.LpProblem("jointbuy", pulp.LpMinimize)
    variables = [
        problem.add_variable(
            f"x{number:07d}",
            None if np.isinf(low) else low,
            None if np.isinf(high) else high,
            pulp.LpInteger if integer else pulp.LpContinuous,
        )
        for number, (low, high, integer) in enumerate(
            zip(arrays.lower.tolist(), arrays.upper.tolist(), arrays.integer.tolist(), strict=True)
        )
    ]
    problem.setObjective(pulp.LpAffineExpression({v: c for v, c in zip(variables, arrays.cost.tolist(), strict=True)}))
    index, value = arrays.index.tolist(), arrays.value.tolist()
    for row in range(arrays.rows):
        entries = range(int(arrays.start[row]), int(arrays.start[row + 1]))
        terms = pulp.LpAffineExpression([(variables[index[entry]], value[entry]) for entry in entries])
        low, high = float(arrays.row_lower[row]), float(arrays.row_upper[row])
        if low == high:
            problem.addConstraint(terms == low)
            continue
        if low > -INFINITY:
            problem.addConstraint(terms >= low)
        if high < INFINITY:
            problem.addConstraint(terms <= high)
    return problem, variables


def write_model(program: LinearProgram, path: str, form: str) -> None:
    """Write the model as `mps` or `lp`."""
    problem = program.finished()
    if form == "mps":
        problem.writeMPS(path)
    else:
        problem.writeLP(path, max_length=250)


def slices(arrays: Arrays, columns: Ints, rows: Ints) -> Arrays:
    """The model restricted to some columns and rows; entries in other columns are dropped."""
    position = np.full(arrays.columns, -1, dtype=np.int64)
    position[columns] = np.arange(len(columns))
    entries, row = arrays.entries_of(np.asarray(rows, dtype=np.int64))
    index = position[arrays.index[entries]]
    keep = index >= 0
    counts = np.bincount(row[keep], minlength=len(rows))
    return Arrays(
        cost=arrays.cost[columns],
        offset=0.0,
        lower=arrays.lower[columns],
        upper=arrays.upper[columns],
        integer=arrays.integer[columns],
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        index=index[keep],
        value=arrays.value[entries][keep],
        row_lower=arrays.row_lower[rows],
        row_upper=arrays.row_upper[rows],
        column_block=arrays.column_block[columns],
        row_block=arrays.row_block[rows],
    )
