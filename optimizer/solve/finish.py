"""The finish: the plan restated exactly with whole units per year, then development payments shared by units."""

from __future__ import annotations

import dataclasses
import math
import threading
from functools import partial

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model, build
from optimizer.model.control import Control, Stopped
from optimizer.model.highs import Highs
from optimizer.model.rows import Label
from optimizer.plan import Plan
from optimizer.scenario import Scenario
from optimizer.solve.blocks import without
from optimizer.solve.cleaning import cleaned
from optimizer.solve.given_back import give_back
from optimizer.solve.memory import Memory, Units
from optimizer.solve.same_units import SameUnits, changed_orders, chosen_bands, nearest_units
from optimizer.solve.whole import with_row
from optimizer.solve.whole_by_parts import opened
from optimizer.solve.whole_improved import Improving
from optimizer.solve.whole_units import Guide, is_guided, whole_deliveries
from optimizer.tolerances import PROVED_GAP

_SECONDS = 40.0
# A rough plan may be this far from the best.
_ROUGH = 0.01
_WHOLE = 1e-6
# Where whole deliveries cannot hold an earlier goal of an order at its value, it gets this share of room.
_HELD_ROOM = 0.005
# Gap of the finish, as a share of the asked gap and at most; where more than a loose gap is asked, a share of the rest.
_FINISH_SHARE, _FINISH_GAP, _LOOSE = 0.1, 1e-4, 0.01
# A whole plan within this share of the gap asked for is near enough to its bound: searches mostly come as near.
NEAR_SHARE = 0.1
# Of what a search for a loose gap left of it, units of an earlier finish may cost this share.
_OF_SPARE = 0.25
# Plans closer than this in cost, relative, are tied; larger models are spared the two extra solves.
_TIE, _TIE_SECONDS, _TIES_UP_TO_COLUMNS = 1e-9, 5.0, 3000
# Of the time limit a finish gets this share at most, and so many seconds for ten thousand columns of the search: at
# first, and from some seconds on; and so many seconds in all.
_OF_LIMIT, _FOR_COLUMNS, _FROM_SECONDS, _FOR_MORE, _MOST_SECONDS = 0.2, 4.0, 10.0, 0.6, 36.0
# On a slow machine that is no more than it takes to have a whole plan: it gets this much of what a rough finish beside
# the search took, within the same share of the limit.
_OF_ROUGH = 1.2


@dataclasses.dataclass(frozen=True)
class Begun:
    """Whole deliveries that can be improved: those of a compact plan, as a point of the model it is restated as."""

    compact: Floats
    model: Model
    point: Floats


@dataclasses.dataclass(frozen=True)
class Finished:
    """A whole plan and its objective, as the solver has it; not `proven` when earlier goals had to give way."""

    plan: Plan
    objective: float
    proven: bool
    begun: Begun | None = None
    """Where a rough one can be improved from."""


def finish_seconds(model: Model) -> float:
    """What a search leaves to its finish; models whose deliveries are whole in the search itself need none."""
    if model.variables.whole_deliveries:
        return 0.0
    limit = model.scenario.settings.solver.time_limit_s
    columns = model.arrays.columns / 1e4
    return min(_OF_LIMIT * limit, _FOR_COLUMNS * columns, _FROM_SECONDS + _FOR_MORE * columns, _MOST_SECONDS)


def wanted_seconds(model: Model, rough: float) -> float:
    """What a finish wants beyond that when a rough one, in one thread beside the search, took so many seconds."""
    most = _OF_LIMIT * model.scenario.settings.solver.time_limit_s
    return max(0.0, min(most, _OF_ROUGH * rough) - finish_seconds(model))


def finished_as_before(
    model: Model,
    answer: Answer,
    arrays: Arrays,
    control: Control,
    memory: Memory | None,
) -> Finished | None:
    """The plan of a search with the whole deliveries of an earlier finish, where that costs no more than a finish may.

    None where there is no earlier one, or it does not do.
    """
    asked = model.scenario.settings.solver
    known = [] if memory is None else [finish.units for finish in memory.earlier_finishes(model.scenario)]
    if not known or answer.x is None or not answer.is_plan or model.variables.whole_deliveries:
        return None
    gap = finish_gap(asked.gap)
    # A search for no more than a loose gap mostly ends well within it: some of the rest may go to the finish.
    spare = asked.gap - answer.gap if asked.gap > _LOOSE else 0.0
    most = answer.objective + max(gap, _OF_SPARE * spare) * abs(answer.objective)
    most = max(most, answer.bound + NEAR_SHARE * asked.gap * abs(answer.objective)) - arrays.offset
    earlier = nearest_units(model, answer.x, known)
    others = changed_orders(model, answer.x, earlier)
    enough = most if asked.gap > _LOOSE else -math.inf
    same = SameUnits(model, arrays, answer.x, earlier, asked.seed)
    found = same.within(most, others, gap=gap, control=control, enough=enough)
    return None if found.x is None else ended(model, found.x, asked.seed, arrays)


def finished(
    model: Model,
    answer: Answer,
    arrays: Arrays,
    goals: dict[str, float],
    held: dict[str, float],
    control: Control,
    memory: Memory | None = None,
    abandon: threading.Event | None = None,
    rough: bool = False,
    deadline: float = math.inf,
    begun: Begun | None = None,
) -> Finished | None:
    """The finished plan with its objective, constants included; None where no whole plan was found.

    A `rough` one takes the first whole deliveries near the best, beside a search: something to have when that is
    stopped. After the `deadline` a plan found is improved no more. What has `begun` is improved, in place of the
    answer's plan. A point that is no plan yet is mended on the way or given up: there may be none near it.

    Raises
    ------
    Stopped
        When `abandon` is set meanwhile; the stop flag of `control` only hurries it.
    """
    assert answer.x is not None
    asked = model.scenario.settings.solver
    proven, found = True, answer.x if begun is None else begun.compact
    is_plan = answer.is_plan
    if not model.variables.whole_deliveries:
        gap = _ROUGH if rough else finish_gap(asked.gap)
        prices = answer.row_dual
        earlier = None if memory is None else memory.earlier_finish(model.scenario)
        # Each way keeps less of the plan than the one before; mostly the first one does.
        most = _HELD_ROOM if held else 0.0
        ways = [(0.0, False), *([(most, False)] if held else []), (most, True)]
        for room, loose in ways if is_plan else ways[:1]:
            units = None if earlier is None else earlier.units
            if begun is not None and not loose:
                exact, start = begun.model, begun.point
            else:
                exact, start = restated(model, found, goals, held, room, units, loose=loose, stop=abandon)
                give_back()  # what building it took
            guide = None
            if prices is not None and (is_guided(exact.arrays) or not is_plan):  # all that it signs may not fit at all
                guide = _guide(model, found, prices, exact)
            whole = partial(
                whole_deliveries,
                exact,
                start,
                gap=gap,
                seed=asked.seed,
                workers=1 if rough else asked.threads,
                loose=loose,
                guide=guide,
                known=None if begun is None else begun.point,
                staged=is_plan,
            )
            answer = whole(control=control, rough=rough, deadline=deadline)
            give_back()  # what its solvers held: what follows takes as much again
            if abandon is not None and abandon.is_set():
                raise Stopped
            if answer.x is None and control.stop.is_set() and not loose:  # the plan is kept, if not made the best of
                answer = whole(control=Control(), rough=True, workers=asked.threads)
            proven = room == 0.0
            if answer.x is not None:
                break
        model, arrays = exact, exact.arrays
    elif asked.name == "highs" and answer.gap <= PROVED_GAP:
        answer = fewest_contracts(model, arrays, answer, control=control, seed=asked.seed)
    if answer.x is None:
        return None
    point = cleaned(arrays, answer.x, asked.seed)
    give_back()
    if point.x is None:
        return None
    done = ended(model, point.x, asked.seed, arrays, proven)
    return dataclasses.replace(done, begun=Begun(found, model, point.x)) if rough else done


def gone_on(
    model: Model, done: Finished, prices: Floats, seconds: float, seed: int, hurry: threading.Event
) -> Finished | None:
    """A rough finish made cheaper in one thread for so long; `prices` are those of the compact plan's rows.

    None where nothing was gained. In a hurry what has `begun` is better, the plan still what it was.
    """
    begun = done.begun
    if begun is None:
        return None
    arrays = begun.model.arrays
    guide = _guide(model, begun.compact, prices, begun.model)
    improving = Improving(begun.model, opened(begun.model), guide.point, begun.point, hurry, seed)
    x = improving.run(gap=0.0, bound=-math.inf, workers=1, seconds=seconds)
    if arrays.cost @ x >= arrays.cost @ begun.point:
        return None
    if not hurry.is_set():
        point = cleaned(arrays, x, seed)
        if point.x is None:  # what the finish could not clean either is not gone on from
            return None
        x, done = point.x, ended(begun.model, point.x, seed, arrays)
    return dataclasses.replace(done, begun=dataclasses.replace(begun, point=x))


def ended(model: Model, x: Floats, seed: int, arrays: Arrays | None = None, proven: bool = True) -> Finished:
    """The finished plan of a clean point, its payments shared by units; `arrays` where they are not the model's."""
    arrays = model.arrays if arrays is None else arrays
    shared = share_by_units(model, arrays, x, seed)
    return Finished(model.plan(shared), float(arrays.cost @ x) + arrays.offset, proven)


def finish_gap(asked: float) -> float:
    """Gap of the finish of a search that is asked for a gap."""
    if asked <= PROVED_GAP:
        return 0.0
    return max(min(_FINISH_GAP, _FINISH_SHARE * asked), min(_ROUGH, _FINISH_SHARE * (asked - _LOOSE)))


def restated(
    model: Model,
    x: Floats,
    weights: dict[str, float],
    held: dict[str, float],
    room: float,
    earlier: Units | None = None,
    *,
    loose: bool = False,
    stop: threading.Event | None = None,
) -> tuple[Model, Floats]:
    """The exact model of the contracts a compact plan signs, each at its price band, and a first point of it.

    Launches and joins are kept as they are in the plan; units and years are free within the band. For plans that
    cannot be kept in whole units, nations may also leave, contracts fall away and price bands change when `loose`.
    `held` bounds the earlier goals of an order, with `room` as a share of it. The point has the deliveries of an
    `earlier` finish, if there is one.
    """
    scenario, variables, program = model.scenario, model.variables, model.program
    chosen = {
        code: scenario.contracts[code].bands if loose else (band,) for code, band in chosen_bands(model, x).items()
    }
    joined = {key for key, join in variables.join.items() if key[1] in chosen and x[program.column(join)] > 0.5}
    exact = build(scenario.narrowed(chosen), whole_deliveries=True, stop=stop)
    cost, offset = exact.cost_of(weights)
    arrays = dataclasses.replace(exact.arrays, cost=cost, offset=offset)
    for goal, most in held.items():
        by_column, constant = exact.cost_of({goal: 1.0})
        arrays = with_row(arrays, by_column, -np.inf, most + room * abs(most) - constant)
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    start = np.zeros(arrays.columns)
    for code, launch in exact.variables.launch.items():
        column = exact.program.column(launch)
        upper[column] = min(upper[column], float(code in chosen))
        lower[column] = lower[column] if loose else float(code in chosen)
    for key, join in exact.variables.join.items():
        column = exact.program.column(join)
        upper[column] = min(upper[column], float(key in joined))
        lower[column] = lower[column] if loose else float(key in joined)
    for key, deliveries in exact.variables.deliveries.items():
        if key in joined:
            units = {(*key, d.year): float(x[program.column(d.variable)]) for d in variables.deliveries[key]}
            units = units if earlier is None else earlier
            for delivery in deliveries:
                start[exact.program.column(delivery.variable)] = units.get((*key, delivery.year), 0.0)
    return dataclasses.replace(exact, arrays=dataclasses.replace(arrays, lower=lower, upper=upper)), start


def _guide(model: Model, x: Floats, prices: Floats, exact: Model) -> Guide:
    """A compact plan, with the prices of its rows, as a point of the restated model; what is new there is zero."""
    at = {_common(label): value for label, value in zip(model.program.labels, x.tolist(), strict=True)}
    price = dict(zip(model.program.row_labels(), prices.tolist(), strict=False))  # rows of earlier goals have no label
    arrays = exact.arrays
    point = np.array([at.get(_common(label), 0.0) for label in exact.program.labels])
    by_row = np.zeros(arrays.rows)
    labels = exact.program.row_labels()
    by_row[: len(labels)] = [price.get(label, 0.0) for label in labels]
    return Guide(np.clip(point, arrays.lower, arrays.upper), by_row)


def _common(label: Label) -> Label:
    """The label of a decision in either statement: of deliveries without their price band."""
    return label[:4] if label[0] == "deliver" else label


def fewest_contracts(model: Model, arrays: Arrays, answer: Answer, *, control: Control, seed: int) -> Answer:
    """Of the plans that cost the same, the one with the fewest contracts, and of these the first in code order.

    The answer's objective holds the model's constant, the row over its columns must not.
    """
    assert answer.x is not None
    if not model.variables.launch or arrays.columns > _TIES_UP_TO_COLUMNS:
        return answer
    launches = [model.program.column(launch) for _, launch in sorted(model.variables.launch.items())]
    room = _TIE * max(1.0, abs(answer.objective))
    most = answer.objective - arrays.offset + room
    tied = with_row(arrays, arrays.cost, -np.inf, most)
    best = answer
    for weight in (np.ones(len(launches)), np.arange(1.0, len(launches) + 1.0)):
        cost = np.zeros(arrays.columns)
        cost[launches] = weight
        solver = Highs(dataclasses.replace(tied, cost=cost), seed=seed)
        solver.start_from(best.x)  # type: ignore[arg-type]
        found = solver.run(time_limit=_TIE_SECONDS, control=Control(stop=control.stop))
        if found.status != "optimal" or found.x is None:
            break
        best = dataclasses.replace(answer, x=found.x)
        tied = with_row(tied, cost, -np.inf, round(found.objective) + 0.5)
    point = cleaned(arrays, best.x, seed)  # type: ignore[arg-type]
    if point.x is None or point.objective > most + 10 * room:
        return answer
    return best


def share_by_units(model: Model, arrays: Arrays, x: Floats, seed: int) -> Floats:
    """Development payments and work moved as near as the rules allow to shares by units, all else kept.

    Minimizes the sum of |payment - cost * units share| over partners; the objective cannot change, because a
    development falls due by its program's profile whoever pays it.
    """
    targets = _targets(model.scenario, model, x)
    if not targets:
        return x
    free = set(targets) | {model.program.column(v) for v in model.variables.work().values()}
    free |= {number for number, label in enumerate(model.program.labels) if label[0] == "left"}
    held = np.setdiff1d(np.arange(arrays.columns), np.array(sorted(free), dtype=np.int64))
    values = arrays.row_values(x)
    loose = dataclasses.replace(  # rounding noise in x must not make it infeasible
        arrays, row_lower=np.minimum(arrays.row_lower, values), row_upper=np.maximum(arrays.row_upper, values)
    )
    part, columns = without(dataclasses.replace(loose, integer=np.zeros(arrays.columns, dtype=bool)), held, x)
    position = {int(column): number for number, column in enumerate(columns)}
    count, over = part.columns, len(targets)
    paying = np.array([position[column] for column in targets], dtype=np.int64)
    slack = count + np.arange(over)
    target = np.array(list(targets.values()))
    pairs = np.stack([np.concatenate([paying, paying]), np.concatenate([slack, slack])], axis=1).ravel()
    signs = np.stack([np.repeat([1.0, -1.0], over), np.full(2 * over, -1.0)], axis=1).ravel()
    extended = Arrays(
        cost=np.concatenate([np.zeros(count), np.ones(over)]),
        offset=0.0,
        lower=np.concatenate([part.lower, np.zeros(over)]),
        upper=np.concatenate([part.upper, np.full(over, np.inf)]),
        integer=np.zeros(count + over, dtype=bool),
        start=np.concatenate([part.start, part.start[-1] + 2 * np.arange(1, 2 * over + 1)]).astype(np.int64),
        index=np.concatenate([part.index, pairs]).astype(np.int64),
        value=np.concatenate([part.value, signs]),
        row_lower=np.concatenate([part.row_lower, np.full(2 * over, -np.inf)]),
        row_upper=np.concatenate([part.row_upper, target, -target]),
        column_block=np.zeros(count + over, dtype=np.int64),
        row_block=np.zeros(part.rows + 2 * over, dtype=np.int64),
    )
    answer = Highs(extended, relax=True, seed=seed, presolve=False).run(time_limit=_SECONDS)
    if answer.x is None or answer.status != "optimal":
        return x
    moved = x.copy()
    moved[columns] = answer.x[:count]
    return moved


def _targets(scenario: Scenario, model: Model, x: Floats) -> dict[int, float]:
    """Column of each partner's development payment and its share by units of what the contract's partners pay."""
    variables, program = model.variables, model.program
    targets: dict[int, float] = {}
    for contract in scenario.contracts.values():
        for money in (variables.development, variables.element):
            columns = {
                n: program.column(money[n, contract.id])
                for n in contract.possible_partners
                if (n, contract.id) in money
            }
            cost = sum(x[column] for column in columns.values())
            if len(columns) > 1 and cost > _WHOLE:
                units = {
                    n: sum(by * x[program.column(v)] for v, by in variables.units(n, contract.id)) for n in columns
                }
                ordered = sum(units.values())
                for nation, column in columns.items():
                    targets[column] = cost * units[nation] / ordered if ordered > 0 else 0.0
    return targets
