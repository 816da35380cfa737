"""Flips: the price, development cost, date or budget at which being in and being out cost the same, by bisection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from optimizer import words
from optimizer.analysis.analysis import Solve
from optimizer.analysis.explain_target import Target
from optimizer.scenario import Scenario
from optimizer.solution import Solution

KINDS = ("price", "development", "date", "budget")
# How far a figure is moved in search of a flip, as a factor.
_FARTHEST = 4.0
_MOST_STEPS = 40


@dataclass(frozen=True)
class Flip:
    """Where the answer changes: with `value_in` the target is in the best plan, with `value_out` it is out.

    Between the two nothing was tried; they are the tolerance apart, or a year.
    """

    kind: str
    unit: str
    now: float
    value_in: float | None
    value_out: float | None
    searched_to: float
    proven: bool
    """Whether the gaps leave no doubt on either side."""
    tolerance: float

    @property
    def found(self) -> bool:
        """Whether there is a flip in the range searched."""
        return self.value_in is not None and self.value_out is not None

    def sentence(self, target: Target, is_in: bool) -> str:
        """The flip in words."""
        name = {
            "price": "unit price",
            "development": "development cost",
            "date": "first delivery",
            "budget": "budget",
        }[self.kind]
        if not self.found:
            return f"No {name} from {self._text(self.now)} to {self._text(self.searched_to)}{self._of} changes that."
        assert self.value_in is not None and self.value_out is not None
        proof = "" if self.proven else ", as exactly as the solves tell"
        when = "in" if self.kind == "date" else "at"
        inside, outside = self._text(self.value_in), self._text(self.value_out)
        if is_in:
            return f"With {_a(name)} {when} {outside}{self._of} it is out, {when} {inside} still in{proof}."
        return f"With {_a(name)} {when} {inside}{self._of} it is in, {when} {outside} still out{proof}."

    @property
    def _of(self) -> str:
        return " of today's" if self.kind in ("price", "budget") else ""

    def _text(self, value: float) -> str:
        if self.kind == "date":
            return f"{value:.0f}"
        return words.money(value) if self.kind == "development" else f"{100.0 * value:.4g} %"


def _a(name: str) -> str:
    """`a unit price`, `its first delivery`."""
    return f"{'its' if name == 'first delivery' else 'a'} {name}"


def find_flip(
    scenario: Scenario,
    target: Target,
    kind: str,
    *,
    is_in: bool,
    known: tuple[Solution, Solution],
    solve: Solve,
    tolerance: float,
) -> Flip | None:
    """Look for the flip of one figure; None where the target has no such figure.

    In a scenario where only this figure moves, the target is in the best plan when the best plan with it costs less
    than the best without. Both are solved; the best without stays as it is where the figure is the target's own.

    Parameters
    ----------
    known
        The best plans with the target in and out, as the scenario stands.
    """
    now = _now(scenario, target, kind)
    if now is None:
        return None
    trial = _Trial(scenario, target, kind, known[1], solve)
    farthest = _farthest(scenario, kind, now, is_in)
    if farthest == now:
        return None
    there, sure = trial.is_in(farthest)
    unit = {"development": "million euro", "date": "year"}.get(kind, "share of today's")
    if there is None or there == is_in:
        return Flip(kind, unit, now, None, None, farthest, sure, tolerance)
    proven = sure and _differs(known[0], known[1])
    near, far = now, farthest
    step = 1.0 if kind == "date" else tolerance * max(now, 1e-9)
    for _ in range(_MOST_STEPS):
        if abs(far - near) <= step + 1e-12:
            break
        middle = (near + far) / 2.0
        if kind == "date":
            middle = float(int(middle))
            if middle in (near, far):
                break
        here, sure = trial.is_in(middle)
        if here is None:
            break
        near, far = (middle, far) if here == is_in else (near, middle)
    surely = [trial.sure.get(value, proven) for value in (near, far)]
    value_in, value_out = (near, far) if is_in else (far, near)
    return Flip(kind, unit, now, value_in, value_out, farthest, all(surely), tolerance)


class _Trial:
    """Solves with the figure at a value, once with the target in and once with it out."""

    def __init__(self, scenario: Scenario, target: Target, kind: str, out: Solution, solve: Solve) -> None:
        self.scenario, self.target, self.kind, self.out, self.solve = scenario, target, kind, out, solve
        self.sure: dict[float, bool] = {}

    def is_in(self, value: float) -> tuple[bool | None, bool]:
        """Whether the target belongs in the best plan, and whether that is proven; None where it is not known."""
        changed = with_value(self.scenario, self.target, self.kind, value)
        inside = self.solve(self.target.forced_in(changed))
        own = self.kind != "budget" and self.target.nation is None and self.target.contract is None
        outside = self.out if own else self.solve(self.target.forced_out(changed))
        if inside.status == "infeasible":
            self.sure[value] = outside.plan is not None
            return False, self.sure[value]
        if outside.status == "infeasible":
            self.sure[value] = inside.plan is not None
            return True, self.sure[value]
        if inside.objective_meur is None or outside.objective_meur is None:
            return None, False
        self.sure[value] = _differs(inside, outside)
        return inside.objective_meur < outside.objective_meur, self.sure[value]


def _differs(one: Solution, other: Solution) -> bool:
    """Whether the bounds tell which of two best plans is better."""
    if one.status == "infeasible" or other.status == "infeasible":
        return True
    if None in (one.bound_meur, other.bound_meur, one.objective_meur, other.objective_meur):
        return False
    assert one.bound_meur is not None and other.bound_meur is not None
    assert one.objective_meur is not None and other.objective_meur is not None
    return one.objective_meur < other.bound_meur or other.objective_meur < one.bound_meur


def _now(scenario: Scenario, target: Target, kind: str) -> float | None:
    program = scenario.programs[target.program]
    if kind == "price":
        return 1.0 if program.unit_cost_meur > 0.0 or target.program in scenario.explicit_prices else None
    if kind == "development":
        cost = scenario.development_meur(target.program)
        return cost if scenario.is_open(target.program) and cost > 0.0 else None
    if kind == "date":
        return float(program.first_delivery)
    return 1.0 if any(nation in target.nations(scenario) for nation, _ in scenario.budgets) else None


def _farthest(scenario: Scenario, kind: str, now: float, is_in: bool) -> float:
    """The value likeliest to turn the answer: dearer, later, less money for what is in; the reverse for what is out."""
    if kind == "date":
        return float(scenario.last_year + 1 if is_in else min(now, scenario.first_year))
    if kind == "budget":
        return 0.0 if is_in else _FARTHEST
    return _FARTHEST * now if is_in else 0.0


def with_value(scenario: Scenario, target: Target, kind: str, value: float) -> Scenario:
    """The scenario with one figure of the target at a value; prices and budgets as a share of today's."""
    edit: Callable[[Scenario, Target, float], Scenario] = {
        "price": _with_price,
        "development": _with_development,
        "date": _with_date,
        "budget": _with_budget,
    }[kind]
    return edit(scenario, target, value)


def _with_price(scenario: Scenario, target: Target, factor: float) -> Scenario:
    """Every price of the program: its unit cost, price breaks and offers."""
    code, tables = target.program, scenario.tables
    return scenario.replace(
        tables={
            "programs": tuple(
                row.model_copy(update={"unit_cost_meur": factor * row.unit_cost_meur}) if row.program == code else row
                for row in tables.programs
            ),
            "prices": tuple(
                row.model_copy(update={"unit_price_meur": factor * row.unit_price_meur}) if row.program == code else row
                for row in tables.prices
            ),
            "offers": tuple(
                row.model_copy(update={"unit_price_meur": factor * row.unit_price_meur})
                if row.program == code and row.unit_price_meur is not None
                else row
                for row in tables.offers
            ),
        }
    )


def _with_development(scenario: Scenario, target: Target, meur: float) -> Scenario:
    """A cost of nothing would make it a finished development, with other rules; a thousandth of a euro does not."""
    row = scenario.programs[target.program]
    column = "variant_development_meur" if row.variant_of else "development_meur"
    return _with_program(scenario, target.program, {column: max(meur, 1e-9)})


def _with_date(scenario: Scenario, target: Target, year: float) -> Scenario:
    return _with_program(scenario, target.program, {"first_delivery": int(year)})


def _with_program(scenario: Scenario, code: str, values: dict[str, object]) -> Scenario:
    rows = tuple(row.model_copy(update=values) if row.program == code else row for row in scenario.tables.programs)
    return scenario.replace(tables={"programs": rows})


def _with_budget(scenario: Scenario, target: Target, factor: float) -> Scenario:
    """Every budget of the nations concerned."""
    nations = target.nations(scenario)
    return scenario.replace(
        tables={
            "budgets": tuple(
                row.model_copy(update={"budget_meur": factor * row.budget_meur}) if row.nation in nations else row
                for row in scenario.tables.budgets
            ),
            "nations": tuple(
                row.model_copy(update={"budget_meur": factor * row.budget_meur})
                if row.nation in nations and row.budget_meur is not None
                else row
                for row in scenario.tables.nations
            ),
        }
    )
