"""Inputs: what a sensitivity varies, read from names such as unit_cost:k2pl, and scenarios with them varied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from optimizer.analysis.names import name_of, rule_name
from optimizer.model.rules import RULES
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.tables.columns import Column, columns
from optimizer.tables.nearest import Nearest
from optimizer.tables.schema import TABLES, Row

# Short names: the columns they stand for, and what they mean.
ALIASES: dict[str, tuple[tuple[str, ...], str]] = {
    "unit_cost": (
        ("programs.unit_cost_meur", "prices.unit_price_meur", "offers.unit_price_meur"),
        "unit costs, price breaks and offered prices",
    ),
    "development": (
        ("programs.development_meur", "programs.variant_development_meur", "elements.development_meur"),
        "development costs, of variants and shared elements too",
    ),
    "quantity": (("requirements.quantity",), "units needed"),
    "budget": (("nations.budget_meur", "budgets.budget_meur"), "budgets of all years and classes"),
    "shortfall_price": (("capabilities.shortfall_meur_per_unit_year",), "price of a unit missing for a year"),
    "learning": (("programs.learning_slope",), "learning: what a doubling of output saves, 1 less the slope"),
    "premium": (("programs.premium_share",), "premium of pooled contracts"),
    "support": (("programs.support_meur_per_unit_year",), "support of a unit in service"),
    "joining": (("programs.joining_meur", "offers.joining_meur"), "cost of introducing a program"),
    "capacity": (("programs.annual_capacity_units",), "units a line delivers in a year"),
    "extra_type": (("capabilities.extra_type_meur",), "price of each type beyond the first"),
    "discount_rate": (("discount_rate",), "discount rate"),
    "first_delivery": (("programs.first_delivery", "offers.earliest_delivery"), "first year of delivery, in years"),
    "need_by": (("requirements.need_by",), "year from which units are needed, in years"),
}
_SAID = {
    "unit_cost": "unit cost",
    "development": "development cost",
    "quantity": "number of units needed",
    "budget": "budget",
    "shortfall_price": "price of a missing unit",
    "learning": "learning",
    "premium": "premium of joint contracts",
    "support": "support cost",
    "joining": "cost of introducing a program",
    "capacity": "yearly output of lines",
    "extra_type": "price of an extra type",
    "discount_rate": "discount rate",
    "first_delivery": "first delivery",
    "need_by": "year of need",
}
DEFAULTS = (
    "unit_cost",
    "development",
    "quantity",
    "budget",
    "shortfall_price",
    "learning",
    "discount_rate",
    "first_delivery",
)
# Columns that name whom or what a row is about, and so can be picked by code.
_CODES = ("nation", "program", "capability", "family", "element", "class_", "sector", "group", "regime")
_EACH = {"each": None, "each_nation": "nation", "each_program": "program", "each_capability": "capability"}

Kind = Literal["factor", "years"]


@dataclass(frozen=True)
class Input:
    """Something that is varied: columns of tables, or a setting, for all rows or those about some codes."""

    name: str
    parts: tuple[str, ...]
    codes: tuple[str, ...]
    kind: Kind
    says: str
    """Its name in words, with the names of its codes."""

    @property
    def base(self) -> float:
        """The value at which nothing is varied."""
        return 0.0 if self.kind == "years" else 1.0

    def label(self, value: float) -> str:
        """A value in words: `x 0.8`, `+1 year`."""
        if self.kind == "factor":
            return f"x {value:.6g}"
        return f"{'+' if value > 0 else ''}{value:.0f} {'year' if abs(value) == 1 else 'years'}"

    def varied(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with this input at a value: a factor, or a number of years."""
        if value == self.base:
            return scenario
        for part in self.parts:
            table, _, column = part.partition(".")
            if table in TABLES:
                scenario = self._vary_table(scenario, table, columns(table)[column], value)
            else:
                scenario = _vary_setting(scenario, part, value)
        return scenario

    def _vary_table(self, scenario: Scenario, table: str, column: Column, value: float) -> Scenario:
        rows = []
        for row in getattr(scenario.tables, table):
            old = getattr(row, column.name)
            if old is not None and is_about(scenario, row, self.codes):
                row = row.model_copy(update={column.name: _new(column, old, value)})
            rows.append(row)
        return scenario.replace(tables={table: tuple(rows)})


def is_about(scenario: Scenario, row: Row, codes: tuple[str, ...]) -> bool:
    """Whether a row is about all of these codes; a row that names a program is also about its capability and family."""
    return not codes or set(codes) <= set(_codes_of(scenario, row).values())


def _codes_of(scenario: Scenario, row: Row) -> dict[str, str]:
    found = {name: str(value) for name in _CODES if (value := getattr(row, name, None))}
    program = scenario.known_programs.get(found.get("program", ""))
    if program is not None:
        found = {"capability": program.capability, "family": scenario.family(program.program), **found}
    return found


def _new(column: Column, old: float, value: float) -> float | int:
    """The varied cell within the column's bounds: whole where it must be, a learning slope by what it saves."""
    if column.kind == "year":
        return int(old + value)
    new = 1.0 - (1.0 - old) * value if column.name == "learning_slope" else old * value
    if column.kind == "whole":
        new = float(int(new + 0.5))
    if column.most is not None:
        new = min(new, column.most)
    least = column.least if column.least is not None else column.above
    if least is not None:
        new = max(new, least)
    return int(new) if column.kind == "whole" else new


def _vary_setting(scenario: Scenario, key: str, value: float) -> Scenario:
    old = _setting(scenario, key)
    assert old is not None, key
    head, _, name = key.rpartition(".")
    if head == "objective":
        objective = scenario.settings.objective.model_copy(update={name: old * value})
        return scenario.replace(settings={"objective": objective})
    if head.startswith("rules."):
        rule = head.removeprefix("rules.")
        (about,) = (p for r in RULES if r.name == rule for p in r.parameters if p.name == name)
        return scenario.with_rule(rule, **{name: min(max(old * value, about.low), about.high)})
    return scenario.replace(settings={key: min(old * value, 1.0)})


def _setting(scenario: Scenario, key: str) -> float | None:
    """The value of a numeric setting that can be varied, None where it is none."""
    if key == "discount_rate":
        return scenario.settings.discount_rate
    head, _, name = key.rpartition(".")
    if head == "objective":
        value = getattr(scenario.settings.objective, name, None)
    elif head.startswith("rules."):
        rule = next((rule for rule in RULES if rule.name == head.removeprefix("rules.")), None)
        if rule is None or not rule.is_on(scenario):
            return None
        parameter = next((p for p in rule.parameters if p.name == name and not p.choices), None)
        value = scenario.settings.rules.get(rule.name, {}).get(name, parameter and parameter.default)
    else:
        return None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def setting_names(scenario: Scenario) -> list[str]:
    """Settings that can be varied: the discount rate, weights above 0, and numbers of rules that act."""
    keys = ["discount_rate", *(f"objective.{name}" for name in type(scenario.settings.objective).model_fields)]
    keys += [f"rules.{rule.name}.{p.name}" for rule in RULES for p in rule.parameters]
    return [key for key in keys if _setting(scenario, key)]


def column_names() -> list[str]:
    """Columns that can be varied, as `table.column`: numbers, whole numbers and years."""
    return [
        f"{table}.{name}"
        for table in TABLES
        for name, column in columns(table).items()
        if column.kind in ("number", "whole", "year") and table not in ("currencies", "inflation", "locks", "previous")
    ]


def read_inputs(scenario: Scenario, names: tuple[str, ...]) -> tuple[Input, ...]:
    """Inputs by name; without names those of `DEFAULTS` that the scenario has.

    Raises
    ------
    InvalidInput
        With every name that is not known or has nothing to vary.
    """
    if not names:
        found = (_input(scenario, name, name, ()) for name in DEFAULTS)
        return tuple(item for item in found if _values(scenario, item))
    problems: list[Problem] = []
    inputs: list[Input] = []

    def fault(name: str, reason: str, remedy: str) -> None:
        problems.append(Problem("--inputs", None, None, name, reason, remedy))

    for name in dict.fromkeys(names):
        head, *codes = (part.strip() for part in name.split(":"))
        try:
            whole = _input(scenario, head, head, ())
        except KeyError:
            known = Nearest([*ALIASES, *column_names(), *setting_names(scenario)])
            fault(name, "is no input that can be varied", known.remedy(head, f"Known are {', '.join(ALIASES)}"))
            continue
        if not _values(scenario, whole):
            fault(name, "has no number to vary in this scenario", "Leave it out, or fill the column")
            continue
        each = [code for code in codes if code in _EACH]
        plain = tuple(code for code in codes if code not in _EACH)
        wanted = _input(scenario, name, head, plain)
        if not _values(scenario, wanted):
            seen = {code for row in _rows(scenario, whole) for code in _codes_of(scenario, row).values()}
            near = Nearest(seen)
            wrong = next((code for code in plain if code not in seen), ":".join(plain))
            fault(name, "matches no row with a number to vary", near.remedy(wrong, f"Codes are {near.list()}"))
        elif each:
            inputs += _each(scenario, wanted, head, plain, _EACH[each[0]])
        else:
            inputs.append(wanted)
    if problems:
        raise InvalidInput(problems)
    return tuple({item.name: item for item in inputs}.values())


def _input(scenario: Scenario, name: str, head: str, codes: tuple[str, ...]) -> Input:
    parts = ALIASES[head][0] if head in ALIASES else (head,)
    if head not in ALIASES and head not in column_names() and head not in setting_names(scenario):
        raise KeyError(head)
    table, _, column = parts[0].partition(".")
    kind: Kind = "years" if table in TABLES and columns(table)[column].kind == "year" else "factor"
    named = ", ".join(name_of(scenario, code) for code in codes)
    return Input(name, parts, codes, kind, f"{_said(head)} of {named}" if named else _said(head))


def _said(head: str) -> str:
    """An input without its codes, in words."""
    if head in _SAID:
        return _SAID[head]
    *above, name = head.split(".")
    where = f" ({rule_name(above[-1])})" if above else ""
    return f"{rule_name(name.removesuffix('_meur'))}{where}"


def _rows(scenario: Scenario, item: Input) -> Iterator[Row]:
    """Rows with a number that the input varies."""
    for part in item.parts:
        table, _, column = part.partition(".")
        for row in getattr(scenario.tables, table, ()) if table in TABLES else ():
            value = getattr(row, column)
            if value is not None and (value or item.kind == "years") and is_about(scenario, row, item.codes):
                yield row


def _values(scenario: Scenario, item: Input) -> bool:
    """Whether there is anything to vary."""
    if any(True for _ in _rows(scenario, item)):
        return True
    return not item.codes and any(_setting(scenario, part) for part in item.parts)


def _each(scenario: Scenario, item: Input, head: str, codes: tuple[str, ...], by: str | None) -> Iterator[Input]:
    """One input for each code; by the first key of the table unless told otherwise."""
    table = item.parts[0].partition(".")[0]
    column = by or (TABLES[table].key or ("capability",))[0] if table in TABLES else ""
    found = {code for row in _rows(scenario, item) if (code := _codes_of(scenario, row).get(column))}
    for code in sorted(found):
        yield _input(scenario, ":".join((head, *codes, code)), head, (*codes, code))


def money_of(scenario: Scenario) -> float:
    """All budgets together, undiscounted million euro; where a class stands beside `all`, both are counted."""
    return sum(row.budget_meur for rows in scenario.budgets.values() for row in rows.values())
