"""Demands: each rule in each place it binds, and the model in which any of them can give way."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Iterable, Literal, Mapping

import numpy as np

from optimizer.measures.coverage import bloc_cap
from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Arrays, Floats, Ints, slices
from optimizer.model.build import Model, build
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.model.rows import Variable, total
from optimizer.model.rule import Rule
from optimizer.model.rules import RULES
from optimizer.scenario import Need, Scenario
from optimizer.solve.whole import solve_whole

# What giving up one required unit of a must-meet need counts where the capability has no shortfall price, and a lock.
NEED_PRICE_MEUR = 100.0
LOCK_PRICE_MEUR = 100.0
# Slack per unit of the row's size below which a relaxation counts as met.
_MET = 1e-6
_SECONDS = 20.0
# How far bounds must miss a row, as a share of its size, for the demand to be hopeless; sums of large bounds are noisy.
_MISSED = 1e-4
# Up to so many demands the relaxation is asked only where they are.
_FEW = 60
# Numbers in a key from here on are years, below row numbers.
_FIRST_YEAR = 1900
# Price of a row of the relaxation from which it counts as part of a clash.
PRICED = 1e-9
_COUNTED = frozenset({"types", "lead nations", "contracts"})
_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}

Kind = Literal["policy", "lock", "need"]


@dataclass(frozen=True)
class Demand:
    """What a scenario asks for and could give up: a policy rule or a lock in one place, or a need that must be met."""

    rule: str
    kind: Kind
    key: tuple[Any, ...]
    """Whom it binds, in codes: those of the rule's rows; of a need the nation, the capability and its number."""
    unit: str
    price_meur: float
    """Price of one unit given up; of a lock, of lifting it."""

    @property
    def family(self) -> tuple[Any, ...]:
        """The demand without its year: the budget of a nation rather than that of one year."""
        return (self.rule, *(part for part in self.key if not (isinstance(part, int) and part >= _FIRST_YEAR)))


@dataclass
class _Place:
    """Where a demand stands in the model: the slacks that let it give way, its rows, and its switch (locks)."""

    demand: Demand
    slacks: list[Variable]
    switch: Variable | None = None


class Elastic:
    """The model of a scenario with a slack for each demand; a demand is kept (slack shut), or lifted (slack free)."""

    def __init__(self, scenario: Scenario, *, whole_deliveries: bool) -> None:
        self.scenario = scenario
        self.model: Model = build(scenario, whole_deliveries=whole_deliveries, tightened=False, open_rows=True)
        self._places: dict[tuple[str, tuple[Any, ...]], _Place] = {}
        self._of_label: dict[tuple[Any, ...], list[_Place]] = {}
        self._sizes: dict[int, float] = {}
        for label, row in list(self.model.program.rows):
            self._open(label, row)
        self._open_shares()
        self.demands: tuple[Demand, ...] = tuple(place.demand for place in self._places.values())
        self.arrays: Arrays = dataclasses.replace(self.model.program.arrays(), offset=0.0)
        self.labels = self.model.program.row_labels()
        column = self.model.program.column
        places = list(self._places.values())
        self._slacks = [np.array([column(v) for v in place.slacks], dtype=np.int64) for place in places]
        self._switches = [None if place.switch is None else column(place.switch) for place in places]
        number = {id(place): i for i, place in enumerate(places)}
        self.demands_of_row = [[number[id(p)] for p in self._of_label.get(label, ())] for label in self.labels]
        self._scale = np.ones(self.arrays.columns)
        for at, size in self._sizes.items():
            self._scale[at] = 1.0 / max(1.0, size)

    # --- building ----------------------------------------------------------------------------------------------

    def _open(self, label: tuple[Any, ...], row: Any) -> None:
        """Give a row the slacks of the demands it states."""
        name, key = str(label[0]), label[1:]
        if name == "meet_need":
            for need in _needs_of(self.scenario, key):
                place = self._place(_need_demand(self.scenario, need))
                if not place.slacks:
                    place.slacks.append(self._slack(place.demand, need.row.quantity, need.row.capability))
                self._attach(label, row, place, place.slacks[0], need.row.quantity)
            return
        rule = _BY_NAME.get(name)
        if rule is None or rule.kind == "physical" or rule.is_soft(self.scenario):
            return
        lock = rule.kind == "lock"
        whom = _without_part(key) if lock else key[:2] if name == "interoperability" else key
        price = LOCK_PRICE_MEUR if lock else rule.slack_price(self.scenario)
        place = self._place(Demand(name, "lock" if lock else "policy", whom, rule.unit, price))
        most = _furthest(row) if lock else None
        block = self._block(row)
        for sense in (1, -1):
            if row.sense == 0 or (row.sense > 0) == (sense > 0):
                slack = self._slack(place.demand, most, block)
                place.slacks.append(slack)
                self._attach(label, row, place, slack, abs(row.limit), sense)
                if lock:
                    self._switch(place, slack, most or 0.0, block)

    def _open_shares(self) -> None:
        """The share of an alliance-level target one nation may carry is a bound; state it as rows that can give."""
        rule = _BY_NAME["half_rule"]
        if not rule.is_on(self.scenario):
            return
        program = self.model.program
        for what, variable in list(zip(program.labels, program.variables, strict=True)):
            if what[0] != "contribution":
                continue
            nation, index, year = what[1:]
            need = self.scenario.needs[index]
            most, quantity = bloc_cap(self.scenario, need), need.row.quantity
            if most >= quantity:
                continue
            key = (need.row.nation, need.row.capability, index)
            place = self._place(Demand("half_rule", "policy", key, rule.unit, rule.slack_price(self.scenario)))
            if not place.slacks:
                place.slacks.append(self._slack(place.demand, quantity - most, need.row.capability))
            variable.upBound = quantity
            label = ("half_rule", *key, nation, year)
            row = total([(variable, 1.0)]) <= most
            program.add(label, row)
            self._attach(label, row, place, place.slacks[0], quantity)

    def _place(self, demand: Demand) -> _Place:
        return self._places.setdefault((demand.rule, demand.key), _Place(demand, []))

    def _slack(self, demand: Demand, most: float | None, block: str | None) -> Variable:
        return self.model.program.variable(
            ("gives", demand.rule, *demand.key), 0, most, integer=demand.unit in _COUNTED, block=block
        )

    def _attach(
        self, label: tuple[Any, ...], row: Any, place: _Place, slack: Variable, size: float, sense: int | None = None
    ) -> None:
        row.add(slack, 1.0 if (sense or row.sense) > 0 else -1.0)
        self._sizes[self.model.program.column(slack)] = size
        known = self._of_label.setdefault(label, [])
        if place not in known:
            known.append(place)

    def _switch(self, place: _Place, slack: Variable, most: float, block: str | None) -> None:
        """A lock is lifted whole: its slacks open only when its switch is on."""
        program = self.model.program
        if place.switch is None:
            place.switch = program.variable(("lifted", *place.demand.key), 0, 1, integer=True, block=block)
        program.add(
            ("definition", "lifted", *place.demand.key), total([(slack, 1.0), (place.switch, -max(most, 1.0))]) <= 0
        )

    def _block(self, row: Any) -> str | None:
        """The capability all variables of a row belong to, or None."""
        program = self.model.program
        blocks = {program.blocks[program.column(variable)] for variable, _ in row.terms}
        return blocks.pop() if len(blocks) == 1 else None

    # --- asking ------------------------------------------------------------------------------------------------

    def relaxed_misfit(self, kept: Iterable[int], given: Floats | None = None) -> tuple[float, Floats]:
        """How far the relaxation misses the kept demands, per unit of their size, and its row prices.

        Positive when no plan keeps them; the rows with a price are then a clash by themselves (Farkas). `given` is what
        each slack column has given up already.
        """
        cost = np.zeros(self.arrays.columns)
        for demand in kept:
            slacks = self._slacks[demand]
            cost[slacks] = self._scale[slacks]
        lower = self.arrays.lower if given is None else np.maximum(self.arrays.lower, given)
        # Started afresh each time: from the basis of other costs the simplex method can take minutes instead of half a
        # second.
        model = dataclasses.replace(self.arrays, cost=cost, lower=lower)
        answer = Highs(model, relax=True, presolve=False).run(time_limit=_SECONDS)
        if answer.x is None or answer.row_dual is None:
            return float("nan"), np.zeros(self.arrays.rows)
        return answer.objective - (0.0 if given is None else float(cost @ given)), answer.row_dual

    def clash_in_relaxation(self, kept: Iterable[int], given: Floats | None = None) -> bool:
        """Whether the relaxation already has no plan that keeps these demands."""
        kept = list(kept)
        if given is not None or len(kept) > _FEW:
            return self.relaxed_misfit(kept, given)[0] > _MET
        if not kept:
            return False
        # Shut slacks would tell the same; priced ones tell how far it is from a plan, and small noise is no clash.
        cost = np.zeros(self.arrays.columns)
        for demand in kept:
            cost[self._slacks[demand]] = self._scale[self._slacks[demand]]
        part = slices(dataclasses.replace(self.arrays, cost=cost), *self.region(kept))
        answer = Highs(part, relax=True, presolve=False).run(time_limit=_SECONDS)
        return answer.x is not None and answer.objective > _MET

    def demands_at(self, row_price: Floats) -> set[int]:
        """Demands stated by the rows that have a price."""
        rows = np.flatnonzero(np.abs(row_price) > PRICED)
        return {demand for row in rows.tolist() for demand in self.demands_of_row[row]}

    def blocks(self) -> dict[int, list[int]]:
        """Demands by the one capability they concern; those across capabilities are left out."""
        table: dict[int, list[int]] = {}
        for number, slacks in enumerate(self._slacks):
            found = set(self.arrays.column_block[slacks].tolist())
            if len(found) == 1 and (block := found.pop()) >= 0:
                table.setdefault(block, []).append(number)
        return table

    def part(self, block: int) -> tuple[Ints, Ints]:
        """Columns and rows of one capability, without what couples it to others."""
        return np.flatnonzero(self.arrays.column_block == block), np.flatnonzero(self.arrays.row_block == block)

    def region(self, demands: Iterable[int]) -> tuple[Ints, Ints]:
        """Columns and rows that bear on some demands: their own rows and every capability that can help them.

        A model of these alone is a relaxation: what is left out can only get in the way of these demands.
        """
        arrays, chosen = self.arrays, set(demands)
        rows = [row for row, stated in enumerate(self.demands_of_row) if chosen.intersection(stated)]
        blocks: set[int] = set()
        columns: set[int] = set()
        for row in rows:
            at = arrays.index[arrays.start[row] : arrays.start[row + 1]]
            by = arrays.value[arrays.start[row] : arrays.start[row + 1]]
            if arrays.row_block[row] >= 0:
                blocks.add(int(arrays.row_block[row]))
                continue
            helps = np.zeros(len(at), dtype=bool)
            if arrays.row_upper[row] < INFINITY:
                helps |= by < 0.0
            if arrays.row_lower[row] > -INFINITY:
                helps |= by > 0.0
            blocks |= set(arrays.column_block[at[helps]].tolist()) - {-1}
            columns |= set(at[arrays.column_block[at] < 0].tolist())
        kept_columns = np.isin(arrays.column_block, sorted(blocks))
        kept_columns[sorted(columns)] = True
        # Rows of these columns alone, whatever their block says; an empty row states nothing to solve for.
        outside = np.concatenate([[0], np.cumsum(~kept_columns[arrays.index])])
        kept_rows = (outside[arrays.start[1:]] == outside[arrays.start[:-1]]) & (arrays.start[1:] > arrays.start[:-1])
        kept_rows[rows] = True
        return np.flatnonzero(kept_columns), np.flatnonzero(kept_rows)

    def hopeless(self) -> list[int]:
        """Demands no plan can keep whatever else gives: even at their bounds the decisions do not reach their row."""
        arrays = self.shut(range(len(self.demands)))
        at, by = arrays.index, arrays.value
        ends = arrays.start

        def reach(worst: Floats) -> Floats:
            sums = np.concatenate([[0.0], np.cumsum(np.clip(worst, -1e15, 1e15))])
            return np.asarray(sums[ends[1:]] - sums[ends[:-1]], dtype=np.float64)

        least = reach(
            np.where(by > 0.0, by * np.clip(arrays.lower[at], -1e9, 1e9), by * np.minimum(arrays.upper[at], 1e9))
        )
        most = reach(
            np.where(by > 0.0, by * np.minimum(arrays.upper[at], 1e9), by * np.clip(arrays.lower[at], -1e9, 1e9))
        )
        size = np.maximum(1.0, np.abs(np.where(arrays.row_upper < INFINITY, arrays.row_upper, arrays.row_lower)))
        missed = (least > arrays.row_upper + _MISSED * size) | (most < arrays.row_lower - _MISSED * size)
        return sorted(
            {stated[0] for row in np.flatnonzero(missed).tolist() if len(stated := self.demands_of_row[row]) == 1}
        )

    def shut(self, kept: Iterable[int], given: Floats | None = None) -> Arrays:
        """The model in which these demands cannot give, or no more than given, and nothing costs anything."""
        upper = self.arrays.upper.copy()
        for demand in kept:
            slacks = self._slacks[demand]
            upper[slacks] = 0.0 if given is None else given[slacks]
        return dataclasses.replace(self.arrays, upper=upper, cost=np.zeros(self.arrays.columns))

    def clash(
        self,
        kept: Iterable[int],
        control: Control,
        seconds: float,
        *,
        part: tuple[Ints, Ints] | None = None,
        given: Floats | None = None,
    ) -> bool | None:
        """Whether no plan keeps these demands, whole numbers and all; None where time ran out.

        Of a `part` only its columns and rows are asked; a clash there is a clash of the whole.
        """
        arrays = self.shut(kept, given)
        if part is not None:
            arrays = slices(arrays, *part)
        answer = solve_whole(arrays, gap=1.0, time_limit=seconds, control=Control(stop=control.stop), seed=0)
        return True if answer.status == "infeasible" else False if answer.x is not None else None

    def least(
        self,
        kept: Iterable[int],
        giving: Iterable[int],
        control: Control,
        seconds: float,
        *,
        gap: float = 0.0,
        region: tuple[Ints, Ints] | None = None,
    ) -> tuple[Answer, Floats]:
        """The cheapest way out when some demands are kept, some may give at their price, and all others are free.

        The solver's answer, and what each slack column gives; of a `region` only its columns and rows are asked.
        """
        arrays = self.shut(kept)
        cost = np.zeros(arrays.columns)
        for demand in giving:
            switch = self._switches[demand]
            if switch is None:
                cost[self._slacks[demand]] = self.demands[demand].price_meur
            else:
                cost[switch] = self.demands[demand].price_meur
        arrays = dataclasses.replace(arrays, cost=cost)
        if region is not None:
            arrays = slices(arrays, *region)
        answer = solve_whole(arrays, gap=gap, time_limit=seconds, control=Control(stop=control.stop), seed=0)
        given = np.zeros(self.arrays.columns)
        if answer.x is not None:
            at = np.arange(self.arrays.columns) if region is None else region[0]
            slack = np.isin(at, np.concatenate([*self._slacks, np.zeros(0, dtype=np.int64)]))
            given[at[slack]] = answer.x[slack]
        return answer, given

    def units(self, given: Floats, giving: Iterable[int]) -> dict[int, float]:
        """Units given up by demand, of those that give more than rounding."""
        found = {}
        for demand in giving:
            slacks = self._slacks[demand]
            units = float(given[slacks].sum())
            if units * float(self._scale[slacks].min()) > _MET:
                found[demand] = units
        return found


def _needs_of(scenario: Scenario, key: tuple[Any, ...]) -> list[Need]:
    """The must-meet needs a row of meet_need states."""
    if key[0] in scenario.nations:
        nation, capability, year, grade = key
        return [
            need
            for need in scenario.national_needs[nation, capability]
            if need.row.must_meet and max(need.row.need_by, scenario.first_year) <= year and need.row.min_grade >= grade
        ]
    if len(key) > 4:
        return []
    return [scenario.needs[key[2]]] if scenario.needs[key[2]].row.must_meet else []


def _need_demand(scenario: Scenario, need: Need) -> Demand:
    """A need with the price of having one unit less of it, from its date to the horizon's end."""
    row = need.row
    price = scenario.capabilities[row.capability].shortfall_meur_per_unit_year
    years = range(max(row.need_by, scenario.first_year), scenario.last_year + 1)
    discounted = sum(scenario.discount(year) for year in years)
    money = NEED_PRICE_MEUR if not price else price * row.priority * discounted
    return Demand("meet_need", "need", (row.nation, row.capability, need.index), "required units", money)


def _without_part(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The lock a row belongs to: its key up to the action."""
    end = next(i for i, part in enumerate(key) if part in ("require", "forbid", "fix"))
    return key[: end + 1]


def _furthest(row: Any) -> float:
    """How far a row can be missed at most."""
    low = high = 0.0
    for variable, by in row.terms:
        least = 0.0 if variable.lowBound is None else variable.lowBound
        most = 1e6 if variable.upBound is None else variable.upBound
        low += min(by * least, by * most)
        high += max(by * least, by * most)
    constant = -row.limit
    return float(min(INFINITY, max(abs(low + constant), abs(high + constant))))
