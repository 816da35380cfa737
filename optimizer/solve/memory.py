"""Memory: what one solve leaves to the next - its point and multipliers by label, the bounds of blocks by content."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from optimizer.model.arrays import Floats, Ints
from optimizer.model.build import Model
from optimizer.model.rebuilt import rebuilt
from optimizer.scenario import Scenario
from optimizer.solve.blocks import Block, Cut
from optimizer.solve.kept import Kept, Label, is_worth_keeping, unknown

T = TypeVar("T")
# Units by nation, contract and year.
Units = dict[tuple[str, str, int], float]

# One record is a few kilobytes; the blocks of some fifty variants of a large scenario.
_MOST_RECORDS = 4000
_MOST_TRACES = 6


@dataclass(frozen=True)
class ImpliedRow:
    """A coupling row as one block sees it: its content there, and its limits."""

    content: bytes
    lower: float
    upper: float


@dataclass(frozen=True)
class BlockRecord:
    """A block once priced: the implied rows it was priced under, and the bound."""

    implied: dict[Label, ImpliedRow]
    bound: float

    def bounds(self, implied: dict[Label, ImpliedRow]) -> bool:
        """Whether the bound holds under other implied rows: none of those it was priced under may be looser now."""
        for row, then in self.implied.items():
            now = implied.get(row)
            if now is None or now.content != then.content or now.lower < then.lower or now.upper > then.upper:
                return False
        return True


@dataclass(frozen=True)
class Trace:
    """One solve: its scenario, the yes and no and the whole numbers of its plan, and its multipliers, by label."""

    scenario: Scenario
    point: dict[Label, float]
    multipliers: dict[Label, float]


@dataclass(frozen=True)
class Finish:
    """The whole deliveries of a finished plan."""

    scenario: Scenario
    units: Units
    gap: float
    """How far it is from the bound, relative; of a plan taken over, how far the plan that was searched for was."""


@dataclass
class Memory:
    """Traces of the last solves and of the first, and records of blocks by the hash of their content."""

    traces: list[Trace] = field(default_factory=list)
    finishes: list[Finish] = field(default_factory=list)
    """Of the last solves and of the first."""
    records: OrderedDict[bytes, list[BlockRecord]] = field(default_factory=OrderedDict)
    kept: list[Kept] = field(default_factory=list)
    """The models built first and last."""

    def branch(self) -> Memory:
        """What is known now, to be added to apart from this one."""
        records = OrderedDict((key, list(known)) for key, known in self.records.items())
        return Memory(list(self.traces), list(self.finishes), records, [kept.branch() for kept in self.kept])

    def learn_from(self, branches: Sequence[Memory]) -> None:
        """Add what branches have learned since, one after another."""
        before = self.branch()
        for branch in branches:
            self.traces = _joined(self.traces, branch.traces, before.traces, _MOST_TRACES)
            self.finishes = _joined(self.finishes, branch.finishes, before.finishes, _MOST_TRACES)
            for key, records in branch.records.items():
                for record in unknown(records, before.records.get(key, [])):
                    self.keep(key, record)
            for kept in branch.kept:
                mine = next((known for known in self.kept if known.model is kept.model), None)
                was = next((known for known in before.kept if known.model is kept.model), None)
                if mine is None:
                    self.kept = [*self.kept[:1], kept]
                elif was is not None:
                    mine.learn_from(kept, was)

    def model_of(self, scenario: Scenario) -> Model | None:
        """The model of the scenario made from one built before, which has other weights or fewer limits on goals."""
        models = (kept.under(scenario) for kept in reversed(self.kept))
        return next((model for model in models if model is not None), None)

    def rebuilt(self, scenario: Scenario, stop: threading.Event) -> Model | None:
        """The model of the scenario made from one built before, which differs in few capabilities and in budgets."""
        bases = {id(base): base for kept in reversed(self.kept) if (base := kept.model.base or kept.model)}
        models = (rebuilt(base, scenario, stop) for base in bases.values())
        return next((model for model in models if model is not None), None)

    def kept_of(self, model: Model) -> Kept | None:
        """What is kept of a model just built, or of the one it was made from."""
        return next((kept for kept in self.kept if kept.model.program is model.program), None)

    def keep_model(self, model: Model) -> None:
        """Keep a model just built."""
        if is_worth_keeping(model):
            self.kept = [*self.kept[:1], Kept(model)]

    def nearest(self, scenario: Scenario) -> Trace | None:
        """The trace of the scenario that differs in the fewest table rows and settings; the latest of equals."""
        if not self.traces:
            return None
        return min(reversed(self.traces), key=lambda trace: distance(trace.scenario, scenario))

    def learn(self, model: Model, x: Floats, multipliers: dict[Label, float]) -> None:
        """Keep a solve; the first one, mostly the base of all that follows, is never forgotten."""
        self.traces.append(Trace(model.scenario, _whole_numbers(model, x), multipliers))
        if len(self.traces) > _MOST_TRACES:
            del self.traces[1]

    def learn_finish(self, scenario: Scenario, units: Mapping[tuple[str, str, int], float], gap: float) -> None:
        """Keep the whole deliveries of a finished plan."""
        self.finishes.append(Finish(scenario, dict(units), gap))
        if len(self.finishes) > _MOST_TRACES:
            del self.finishes[1]

    def earlier_finish(self, scenario: Scenario) -> Finish | None:
        """The nearest scenario's finished plan, the latest of equals; None before the first.

        The plan of another variant breaks what only that one allows, and a start that does not fit is worth nothing.
        """
        return next(iter(self.earlier_finishes(scenario)), None)

    def earlier_finishes(self, scenario: Scenario) -> list[Finish]:
        """All nearest scenarios' finished plans, the latest first."""
        apart = [distance(finish.scenario, scenario) for finish in self.finishes]
        near = [finish for finish, by in zip(self.finishes, apart, strict=True) if by == min(apart)]
        return near[::-1]

    def recall(self, key: bytes, implied: dict[Label, ImpliedRow]) -> BlockRecord | None:
        """A record of a block of the same content whose bound holds here."""
        for record in self.records.get(key, ()):
            if record.bounds(implied):
                return record
        return None

    def keep(self, key: bytes, record: BlockRecord) -> None:
        """Keep a record; the oldest goes where there are too many."""
        self.records.setdefault(key, []).append(record)
        if len(self.records) > _MOST_RECORDS:
            self.records.popitem(last=False)


def _joined(mine: list[T], its: list[T], before: list[T], most: int) -> list[T]:
    """A list with what another has that was not there before; the first is kept, and of the others the latest."""
    joined = [*mine, *unknown(its, before)]
    return joined if len(joined) <= most else [joined[0], *joined[1 - most :]]


def distance(one: Scenario, other: Scenario) -> int:
    """In how many table rows and settings two scenarios differ; rows are the same when they are the same object."""
    if one is other:
        return 0
    differing = 0
    for name, rows in vars(one.tables).items():
        mine = vars(other.tables)[name]
        if rows is not mine:
            differing += len({id(row) for row in rows} ^ {id(row) for row in mine})
    if one.settings is not other.settings:
        a, b = one.settings.model_dump(exclude={"solver"}), other.settings.model_dump(exclude={"solver"})
        differing += sum(a[key] != b[key] for key in a)
        # A different pooling has other contracts altogether, a different objective other prices.
        differing += 1000 * (a["pooling"] != b["pooling"]) + 50 * (a["objective"] != b["objective"])
    return differing


def point_of(trace: Trace, model: Model) -> Floats:
    """The trace's point on the columns of another model; what that model does not have is left out."""
    return _placed(trace.point, model)


def _whole_numbers(model: Model, x: Floats) -> dict[Label, float]:
    chosen = np.flatnonzero(model.arrays.integer & (np.abs(x) > 0.5))
    labels = model.program.labels
    return {labels[int(column)]: float(np.round(x[column])) for column in chosen}


def _placed(point: dict[Label, float], model: Model) -> Floats:
    arrays, labels = model.arrays, model.program.labels
    x = np.zeros(arrays.columns)
    integers = np.flatnonzero(arrays.integer)
    x[integers] = [point.get(labels[column], 0.0) for column in integers.tolist()]
    return np.where(arrays.integer, np.clip(x, arrays.lower, arrays.upper), 0.0)


def labelled(multipliers: Floats, labels: list[Label], whole: Cut) -> dict[Label, float]:
    """Multipliers of the coupling rows by label."""
    return {labels[int(whole.rows[at])]: float(multipliers[at]) for at in np.flatnonzero(multipliers)}


def content_of(whole: Cut, block: Block, multipliers: Floats) -> bytes:
    """Hash of a block's own rows, bounds and priced costs."""
    arrays = whole.arrays
    position = np.full(arrays.columns, -1, dtype=np.int64)
    position[block.columns] = np.arange(len(block.columns))
    flat, row = arrays.entries_of(block.rows)
    cost = arrays.cost[block.columns] - block.coupling.priced(multipliers)
    hashed = hashlib.blake2b(digest_size=16)
    for part in (
        row,
        position[arrays.index[flat]],
        arrays.value[flat],
        arrays.row_lower[block.rows],
        arrays.row_upper[block.rows],
        arrays.lower[block.columns],
        arrays.upper[block.columns],
        arrays.integer[block.columns],
        # Noise in the last bits would only hide that a block is the same.
        np.round(cost, 9) + 0.0,
    ):
        hashed.update(np.ascontiguousarray(part).tobytes())
    return hashed.digest()


def shared_of(whole: Cut) -> dict[int, bytes]:
    """What each coupling row with columns of no capability has there, as all blocks see it."""
    arrays, shared = whole.arrays, whole.global_entries
    found: dict[int, bytes] = {}
    for row in np.unique(shared.row).tolist():
        others = np.flatnonzero(shared.row == row)
        columns = whole.globals[shared.column[others]]
        parts = (shared.value[others], arrays.lower[columns], arrays.upper[columns], arrays.cost[columns])
        found[row] = b"".join(part.tobytes() for part in parts)
    return found


def implied_of(
    block: Block, rows: Ints, lower: Floats, upper: Floats, names: list[Label], shared: dict[int, bytes]
) -> dict[Label, ImpliedRow]:
    """The implied rows of a block by the name of the coupling row, with a hash of what the block sees of each."""
    found: dict[Label, ImpliedRow] = {}
    order = np.argsort(block.coupling.row, kind="stable")
    own, column, value = block.coupling.row[order], block.coupling.column[order], block.coupling.value[order]
    begin, end = np.searchsorted(own, rows, "left").tolist(), np.searchsorted(own, rows, "right").tolist()
    for at, row in enumerate(rows.tolist()):
        mine = slice(begin[at], end[at])
        seen = column[mine].tobytes() + value[mine].tobytes() + shared.get(row, b"")
        content = hashlib.blake2b(seen, digest_size=16).digest()
        found[names[row]] = ImpliedRow(content, float(lower[at]), float(upper[at]))
    return found
