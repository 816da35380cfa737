"""What a user would do instead: the same model, from the same arrays, through other modeling layers and solvers."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.logs import Trace, cbc_trace, highs_trace
from optimizer.model.arrays import Arrays, Floats


@dataclass(frozen=True)
class Task:
    """What every contender is asked: relative gap, seconds, threads, and where the solver may write its log."""

    gap: float
    time_limit_s: float
    threads: int
    log: Path


@dataclass(frozen=True)
class Found:
    """What a peer found: the point, None without one; seconds of building and of the call to the solver; the log."""

    x: Floats | None
    build_s: float
    call_s: float
    trace: Trace


@dataclass(frozen=True)
class Peer:
    """A contender: its name as shown, the packages it needs, and how it solves."""

    name: str
    packages: tuple[str, ...]
    run: Callable[[Arrays, Task], Found]

    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(name for name in self.packages if importlib.util.find_spec(name) is None)

    def versions(self) -> str:
        """Versions of its packages."""
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in self.packages)


def raw_highs(arrays: Arrays, task: Task) -> Found:
    """HiGHS handed the arrays at once: no modeling layer can be faster than that."""
    import highspy

    began = time.monotonic()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = arrays.columns, arrays.rows
    model.col_cost_, model.col_lower_, model.col_upper_ = arrays.cost, arrays.lower, arrays.upper
    model.row_lower_, model.row_upper_ = arrays.row_lower, arrays.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = arrays.columns, arrays.rows
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = arrays.start, arrays.index, arrays.value
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(flag)] for flag in arrays.integer]
    built = time.monotonic()
    highs = highspy.Highs()
    for option, value in (
        ("log_to_console", False),
        ("log_file", str(task.log)),
        ("mip_rel_gap", task.gap),
        ("time_limit", task.time_limit_s),
        ("threads", task.threads),
    ):
        highs.setOptionValue(option, value)
    highs.passModel(model)
    highs.run()
    called = time.monotonic()
    has_plan = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(highs.getSolution().col_value) if has_plan else None
    return Found(x, built - began, called - built, highs_trace(task.log.read_text(encoding="utf-8")))


def linopy_highs(arrays: Arrays, task: Task) -> Found:
    """linopy: rows of like length as one array of terms, handed to HiGHS in memory."""
    import linopy
    import xarray

    began = time.monotonic()
    model = linopy.Model()
    labels = np.full(arrays.columns, -1, dtype=np.int64)
    for name, whole in (("x", False), ("k", True)):
        chosen = np.flatnonzero(arrays.integer == whole)
        if len(chosen):
            coordinate = {name: chosen}
            variable = model.add_variables(
                xarray.DataArray(arrays.lower[chosen], coordinate),
                xarray.DataArray(arrays.upper[chosen], coordinate),
                name=name,
                integer=whole,
            )
            labels[chosen] = variable.labels.values
    lengths = np.diff(arrays.start)
    widths = 2 ** np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64)
    for width in np.unique(widths[lengths > 0]):
        rows = np.flatnonzero((widths == width) & (lengths > 0))
        place = arrays.start[rows][:, None] + np.arange(width)[None, :]
        inside = np.arange(width)[None, :] < lengths[rows][:, None]
        place = np.where(inside, place, 0)
        terms = xarray.Dataset(
            {
                "coeffs": (("row", "_term"), np.where(inside, arrays.value[place], np.nan)),
                "vars": (("row", "_term"), np.where(inside, labels[arrays.index[place]], -1)),
                "const": (("row",), np.zeros(len(rows))),
            },
            coords={"row": rows},
        )
        low, high = arrays.row_lower[rows], arrays.row_upper[rows]
        for sign, side, which in (
            ("=", low, low == high),
            (">=", low, (low != high) & np.isfinite(low)),
            ("<=", high, (low != high) & np.isfinite(high)),
        ):
            if which.any():
                part = linopy.LinearExpression(terms.isel(row=np.flatnonzero(which)), model)
                bounds = xarray.DataArray(side[which], {"row": rows[which]})
                model.add_constraints(part, sign, bounds, name=f"{sign}{width}")
    priced = np.flatnonzero(arrays.cost)
    model.add_objective(
        linopy.LinearExpression(
            xarray.Dataset(
                {"coeffs": (("_term",), arrays.cost[priced]), "vars": (("_term",), labels[priced]), "const": 0.0}
            ),
            model,
        )
    )
    built = time.monotonic()
    model.solve(
        "highs",
        io_api="direct",
        log_fn=task.log,
        mip_rel_gap=task.gap,
        time_limit=task.time_limit_s,
        threads=task.threads,
        log_to_console=False,
    )
    called = time.monotonic()
    x = None
    if "solution" in model.variables["x" if (~arrays.integer).any() else "k"].data:
        x = np.zeros(arrays.columns)
        for name, whole in (("x", False), ("k", True)):
            if (arrays.integer == whole).any():
                x[arrays.integer == whole] = model.variables[name].solution.values
        x = None if np.isnan(x).any() else x
    return Found(x, built - began, called - built, highs_trace(task.log.read_text(encoding="utf-8")))


def pyomo_highs(arrays: Arrays, task: Task) -> Found:
    """Pyomo: linear expressions row by row, handed to HiGHS by its persistent interface."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.factory import SolverFactory
    from pyomo.core.expr.numeric_expr import LinearExpression

    began = time.monotonic()
    model = pyo.ConcreteModel()
    low, high = _open(arrays.lower), _open(arrays.upper)
    kinds = [pyo.Integers if flag else pyo.Reals for flag in arrays.integer.tolist()]
    model.x = pyo.Var(
        range(arrays.columns),
        domain=lambda _, column: kinds[column],
        bounds=lambda _, column: (low[column], high[column]),
    )
    x = [model.x[column] for column in range(arrays.columns)]
    start, index, value = arrays.start.tolist(), arrays.index.tolist(), arrays.value.tolist()
    least, most = _open(arrays.row_lower), _open(arrays.row_upper)

    def row(_: object, number: int) -> object:
        entries = slice(start[number], start[number + 1])
        body = LinearExpression(
            constant=0.0, linear_coefs=value[entries], linear_vars=[x[column] for column in index[entries]]
        )
        if least[number] is not None and least[number] == most[number]:
            return (body, least[number])
        return (least[number], body, most[number])

    filled = [number for number in range(arrays.rows) if start[number] < start[number + 1]]
    model.rows = pyo.Constraint(filled, rule=row)
    model.cost = pyo.Objective(expr=LinearExpression(constant=0.0, linear_coefs=arrays.cost.tolist(), linear_vars=x))
    built = time.monotonic()
    with task.log.open("w", encoding="utf-8") as log:
        results = SolverFactory("highs").solve(
            model,
            rel_gap=task.gap,
            time_limit=task.time_limit_s,
            threads=task.threads,
            tee=[log],
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
    called = time.monotonic()
    point = None
    if results.incumbent_objective is not None:
        values = results.solution_loader.get_vars()
        point = np.array([values[variable] for variable in x])
    return Found(point, built - began, called - built, highs_trace(task.log.read_text(encoding="utf-8")))


def pulp_cbc(arrays: Arrays, task: Task) -> Found:
    """PuLP with the CBC that comes with it, through a file."""
    import pulp

    began = time.monotonic()
    problem = pulp.LpProblem("model", pulp.LpMinimize)
    low, high = _open(arrays.lower), _open(arrays.upper)
    x = [
        problem.add_variable(f"x{column}", low[column], high[column], pulp.LpInteger if whole else pulp.LpContinuous)
        for column, whole in enumerate(arrays.integer.tolist())
    ]
    problem.setObjective(pulp.LpAffineExpression(dict(zip(x, arrays.cost.tolist(), strict=True))))
    start, index, value = arrays.start.tolist(), arrays.index.tolist(), arrays.value.tolist()
    least, most = _open(arrays.row_lower), _open(arrays.row_upper)
    for row in range(arrays.rows):
        entries = range(start[row], start[row + 1])
        body = pulp.LpAffineExpression([(x[index[entry]], value[entry]) for entry in entries])
        if not entries:
            continue
        if least[row] is not None and least[row] == most[row]:
            problem.addConstraint(body == least[row])
            continue
        if least[row] is not None:
            problem.addConstraint(body >= least[row])
        if most[row] is not None:
            problem.addConstraint(body <= most[row])
    built = time.monotonic()
    problem.solve(
        pulp.getSolver(
            "PULP_CBC_CMD",
            msg=False,
            gapRel=task.gap,
            timeLimit=task.time_limit_s,
            threads=task.threads,
            logPath=str(task.log),
        )
    )
    called = time.monotonic()
    point = None
    if problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        point = np.array(
            [max(0.0, low[c] or 0.0) if v.varValue is None else v.varValue for c, v in enumerate(x)], dtype=np.float64
        )
    return Found(point, built - began, called - built, cbc_trace(task.log.read_text(encoding="utf-8")))


def _open(bounds: Floats) -> list[float | None]:
    """Bounds with None where there is none."""
    return [bound if np.isfinite(bound) else None for bound in bounds.tolist()]


PEERS = {
    "highs": Peer("HiGHS on raw arrays", ("highspy",), raw_highs),
    "linopy": Peer("linopy + HiGHS", ("linopy", "highspy"), linopy_highs),
    "pyomo": Peer("Pyomo + HiGHS", ("pyomo", "highspy"), pyomo_highs),
    "cbc": Peer("PuLP + CBC", ("pulp",), pulp_cbc),
}
