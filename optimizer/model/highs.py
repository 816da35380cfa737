"""The HiGHS solver, and the only file that knows it: a model held, run, changed and run again."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import Any, Callable

import highspy
import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Arrays, Floats, Ints
from optimizer.model.control import Control
from optimizer.problems import SolverFailed
from optimizer.tolerances import SOLVER_FEASIBILITY

# HiGHS's presolve can call tiny feasible models infeasible; below this many columns it stays off (docs/solving.md).
PRESOLVE_FROM_COLUMNS = 1000
# A relaxation of fewer columns takes a moment, and is not asked at each step whether to stop: a tenth of its time, more
# where another thread waits for Python.
_LISTENS_FROM_COLUMNS = 8000
# An objective or a bound from here on stands for none.
_NONE = 1e29


def presolves(arrays: Arrays) -> bool:
    """Whether a model is presolved unless asked otherwise."""
    return arrays.columns >= PRESOLVE_FROM_COLUMNS


def tells_of_a_plan(best: float) -> bool:
    """Whether the best objective that `watch` is told is that of a plan: before it has one a solver tells none or 0."""
    return 0.0 < abs(best) < _NONE


def tells_of_a_bound(bound: float) -> bool:
    """Whether the bound that `watch` is told is one."""
    return abs(bound) < _NONE


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


# HiGHS keeps its workers by thread; before 1.16 this was called the reset of the global ones.
_forget_workers = getattr(highspy.Highs, "resetThreadScheduler", highspy.Highs.resetGlobalScheduler)


def _run(highs: highspy.Highs) -> None:
    """Run, also in a thread that has used HiGHS with another number of workers: there the first try is refused."""
    if highs.run() == highspy.HighsStatus.kError:
        _forget_workers(True)
        highs.run()


class Highs:
    """One HiGHS object over one model: run, change costs or bounds, run again. One thread per run."""

    def __init__(self, arrays: Arrays, *, relax: bool = False, seed: int = 0, presolve: bool | None = None) -> None:
        self.arrays = arrays
        self.relax = relax
        self._highs = _new_highs()
        self._columns = np.arange(arrays.columns, dtype=np.int32)
        if presolve is None:
            presolve = presolves(arrays)
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

    def drop_columns(self, columns: Ints) -> None:
        """Columns taken out, those after them moved up; the next run begins where the last one stood."""
        self._highs.deleteCols(len(columns), columns.astype(np.int32))

    def change_costs_of(self, columns: Ints, cost: Floats) -> None:
        """New costs of some columns."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), np.ascontiguousarray(cost, dtype=np.float64))

    def change_bounds_of(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """New bounds of some columns."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def basis(self) -> Any:
        """Where a relaxation stands, to begin there again."""
        return self._highs.getBasis()

    def begin_at(self, basis: Any) -> None:
        """Begin the next run of a relaxation where it stood before."""
        self._highs.setBasis(basis)

    @property
    def steps(self) -> int:
        """Steps of the simplex method that the last run took."""
        return int(self._highs.getInfo().simplex_iteration_count)

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
        enough: float = -INFINITY,
        beyond: float = INFINITY,
        duals: bool = True,
        on_plan: Callable[[Floats, float], object] | None = None,
    ) -> Answer:
        """Run to the relative gap, the time limit (seconds) or the stop flag; the answer is the solver's own.

        A whole plan whose objective is `enough` or less ends the run; so does, of a relaxation, the proof that its
        objective is more than `beyond`. The answer of a relaxation has its `duals` unless they are of no use; a small
        one does not listen while it runs.

        `offset` is only added to what is reported while running; `watch` is told best and bound now and then, and
        ends the run by answering true; `on_plan` is told each better plan and its objective, without the offset.
        """
        highs = self._highs
        if self._hopeless:
            return Answer("infeasible", None, float("inf"), float("inf"))
        if control is not None and control.stop.is_set():
            return Answer("interrupted", None, float("inf"), -float("inf"))
        self._set("mip_rel_gap", gap)
        self._set("mip_abs_gap", 1e-9 if gap <= 1e-9 else 1e-6)
        seconds = float(max(time_limit, 0.01))
        if self.relax:  # of a relaxation run again HiGHS counts the earlier runs too
            self._set("time_limit", highs.getRunTime() + seconds)
            self._set("objective_bound", float(beyond))
        else:
            self._set("time_limit", seconds)
            self._set("objective_target", float(enough))
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
                        best + offset if abs(best) < _NONE else None,
                        bound + offset if abs(bound) < _NONE else None,
                    )
                if watch is not None and watch(best, bound):
                    event.interrupt(True)

        callbacks = []
        if control is not None and not (self.relax and self.arrays.columns < _LISTENS_FROM_COLUMNS):
            callbacks = [highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt]
            for callback in callbacks:
                callback.subscribe(listen)

        def improved(event: Any) -> None:
            told = event.data_out
            assert on_plan is not None
            on_plan(np.array(told.mip_solution, dtype=np.float64), float(told.objective_function_value))

        if on_plan is not None:
            callbacks = [*callbacks, highs.cbMipImprovingSolution]
            highs.cbMipImprovingSolution.subscribe(improved)
        try:
            _run(highs)
        finally:
            for callback in callbacks:
                callback.clear()
        return self._answer(interrupted.is_set(), duals and self.relax)

    def _answer(self, interrupted: bool, duals: bool) -> Answer:
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
        if status == kinds.kObjectiveBound:
            return Answer("beyond", None, float("inf"), -float("inf"))
        x = None
        objective = float("inf")
        bound = -float("inf")
        if status == kinds.kModelEmpty:
            return Answer("optimal", np.zeros(self.arrays.columns), 0.0, 0.0)
        solution = highs.getSolution()
        if has_point and abs(info.objective_function_value) < _NONE:
            x = np.array(solution.col_value, dtype=np.float64)
            objective = float(info.objective_function_value)
        if mip:
            bound = float(info.mip_dual_bound) if abs(info.mip_dual_bound) < _NONE else -float("inf")
        elif status == kinds.kOptimal:
            bound = objective
        if x is None:
            return Answer("interrupted" if interrupted else "no_plan", None, float("inf"), bound)
        row_dual = np.array(solution.row_dual, dtype=np.float64) if duals else None
        column_dual = np.array(solution.col_dual, dtype=np.float64) if duals else None
        if status == kinds.kOptimal:
            return Answer("optimal", x, objective, min(bound, objective), row_dual, column_dual)
        return Answer(
            "interrupted" if interrupted else "feasible", x, objective, min(bound, objective), row_dual, column_dual
        )


class Presolved:
    """A model as HiGHS's presolve leaves it, for searches that run many relaxations of it; and the way back.

    `arrays` is None where presolve alone settles it, in whichever way.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays: Arrays | None = None
        self._whole = Highs(arrays, presolve=True)
        self._whole._highs.presolve()
        status = self._whole._highs.getModelPresolveStatus()
        self._same = status == highspy.HighsPresolveStatus.kNotReduced
        if self._same:
            self.arrays = arrays if arrays.offset == 0.0 else replace(arrays, offset=0.0)
        if status != highspy.HighsPresolveStatus.kReduced:
            return
        left = self._whole._highs.getPresolvedLp()
        columns, rows = int(left.num_col_), int(left.num_row_)
        start, at = np.array(left.a_matrix_.start_, dtype=np.int64), np.array(left.a_matrix_.index_, dtype=np.int64)
        value = np.array(left.a_matrix_.value_, dtype=np.float64)
        if left.a_matrix_.format_ == highspy.MatrixFormat.kColwise:
            order = np.argsort(at, kind="stable")
            start, at = (
                np.concatenate([[0], np.cumsum(np.bincount(at, minlength=rows))]).astype(np.int64),
                np.repeat(np.arange(columns), np.diff(start))[order],
            )
            value = value[order]
        self.arrays = Arrays(
            cost=np.array(left.col_cost_, dtype=np.float64),
            offset=float(left.offset_),
            lower=np.array(left.col_lower_, dtype=np.float64),
            upper=np.array(left.col_upper_, dtype=np.float64),
            integer=np.array([kind == highspy.HighsVarType.kInteger for kind in left.integrality_], dtype=np.bool_),
            start=start,
            index=at,
            value=value,
            row_lower=np.array(left.row_lower_, dtype=np.float64),
            row_upper=np.array(left.row_upper_, dtype=np.float64),
            column_block=np.zeros(columns, dtype=np.int64),
            row_block=np.zeros(rows, dtype=np.int64),
        )

    def restored(self, x: Floats) -> Floats:
        """The point of the model itself that a point of what was left of it stands for."""
        if self._same:
            return x
        point = highspy.HighsSolution()
        point.col_value = list(x)
        point.value_valid = True
        self._whole._highs.postsolve(point)
        return np.array(self._whole._highs.getSolution().col_value, dtype=np.float64)


def irreducible_rows(arrays: Arrays, time_limit: float) -> tuple[int, ...]:
    """Rows of an irreducible infeasible subsystem of the relaxation; empty where the solver finds none in time.

    Valid for the relaxation only: where whole numbers make the clash, other means are needed.
    """
    solver = Highs(arrays, relax=True, presolve=False)
    highs = solver._highs
    solver.option("time_limit", float(time_limit))
    kinds = highspy.IisStrategy
    solver.option("iis_strategy", int(kinds.kIisStrategyFromLp) + int(kinds.kIisStrategyIrreducible))
    _run(highs)
    if highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
        return ()
    status, found = highs.getIis()
    return tuple(int(row) for row in found.row_index_) if status == highspy.HighsStatus.kOk and found.valid_ else ()
