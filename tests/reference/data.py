"""Read a valid scenario folder into plain rows: CSV tables and scenario.toml, with the defaults of the documents."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Nation:
    """One row of nations.csv."""

    nation: str
    blocs: tuple[str, ...]
    gdp_meur: float
    budget_meur: float | None
    max_joint_programs: int | None


@dataclass(frozen=True)
class Capability:
    """One row of capabilities.csv."""

    capability: str
    sector: str
    shortfall_meur_per_unit_year: float | None
    extra_type_meur: float
    max_types: int | None
    max_types_per_nation: int | None
    min_suppliers: int
    type_is: str
    min_fleet_units: int


@dataclass(frozen=True)
class Program:
    """One row of programs.csv."""

    program: str
    capability: str
    family: str
    kind: str
    lead: str
    partners: tuple[str, ...]
    buyers: tuple[str, ...]
    suppliers: dict[str, float]
    development_meur: float
    partner_exponent: float
    min_partners: int
    max_partners: int | None
    development_start: int | None
    development_years: int | None
    development_profile: dict[int, float]
    unit_cost_meur: float
    reference_units: int
    prior_units: int
    learning_slope: float
    premium_share: float
    customer_premium_share: float
    sale_surcharge_share: float
    approval_years: int
    min_order_units: int
    max_units: int | None
    annual_capacity_units: float | None
    lot_units: int
    first_delivery: int
    last_delivery: int | None
    payment_profile: dict[int, float]
    support_meur_per_unit_year: float
    joining_meur: float
    operating_type_meur_per_year: float
    grade: int
    effect_per_unit: float
    standards: tuple[str, ...]
    export_regime: str | None
    element: str | None
    variant_of: str | None
    variant_development_meur: float | None
    status: str


@dataclass(frozen=True)
class Requirement:
    """One row of requirements.csv; `nation` may be a bloc. `index` numbers the rows."""

    index: int
    nation: str
    capability: str
    quantity: float
    need_by: int
    priority: float
    must_meet: bool
    max_extra_units: float
    max_share_per_nation: float
    contracted_units: float
    min_grade: int
    baseline_program: str | None


@dataclass(frozen=True)
class Offer:
    """One row of offers.csv."""

    unit_price_meur: float | None = None
    joining_meur: float | None = None
    max_units: int | None = None
    work_limit: float | None = None
    work_minimum: float | None = None
    earliest_delivery: int | None = None
    allowed: bool = True
    preference_meur_per_unit: float = 0.0


@dataclass(frozen=True)
class Fleet:
    """One row of fleets.csv."""

    nation: str
    program: str
    capability: str
    units: float
    retires: int | None


@dataclass(frozen=True)
class GroupMember:
    """One row of groups.csv."""

    group: str
    nation: str
    capability: str
    level: str
    from_year: int | None


@dataclass(frozen=True)
class Industry:
    """One row of industry.csv."""

    nation: str
    sector: str
    min_work_meur: float | None
    max_work_meur: float | None
    min_work_meur_per_year: float | None


@dataclass(frozen=True)
class Export:
    """One row of export.csv."""

    regime: str
    supplier: str
    buyer: str
    status: str
    delay_years: int


@dataclass(frozen=True)
class Lock:
    """One row of locks.csv; `nation` None means the program itself."""

    nation: str | None
    program: str
    action: str
    units: int | None


@dataclass(frozen=True, eq=False)
class Data:
    """A scenario as it stands in its folder."""

    name: str
    first_year: int
    last_year: int
    discount_rate: float
    include_counterfactuals: bool
    mode: str
    blocs: tuple[tuple[str, ...], ...]
    weights: dict[str, float]
    order: tuple[str, ...]
    rules: dict[str, dict[str, Any]]
    nations: dict[str, Nation]
    capabilities: dict[str, Capability]
    programs: dict[str, Program]
    requirements: list[Requirement]
    budgets: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)
    prices: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    offers: dict[tuple[str, str], Offer] = field(default_factory=dict)
    fleets: list[Fleet] = field(default_factory=list)
    groups: list[GroupMember] = field(default_factory=list)
    industry: list[Industry] = field(default_factory=list)
    export: list[Export] = field(default_factory=list)
    elements: dict[str, float] = field(default_factory=dict)
    locks: list[Lock] = field(default_factory=list)
    previous: dict[tuple[str, str], float] | None = None


# Rules that need a parameter are off unless named (fine-print 71); all the others follow from the data.
OFF_UNLESS_NAMED = (
    "fair_return",
    "supplier_share",
    "outside_content",
    "burden_sharing",
    "no_nation_worse_off",
    "joint_share",
    "home_share",
)


def rule_on(data: Data, name: str) -> bool:
    """Whether a policy rule holds in this scenario (fine-print 71)."""
    if name in data.rules:
        body = data.rules[name]
        return bool(body.get("on", True)) and body.get("mode") != "off"
    return name not in OFF_UNLESS_NAMED


def parameter(data: Data, rule: str, name: str, default: Any) -> Any:
    """A rule's parameter, or its default."""
    return data.rules.get(rule, {}).get(name, default)


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {key.strip(): (value or "").strip() for key, value in row.items() if key is not None}
            for row in csv.DictReader(file)
            if any((value or "").strip() for key, value in row.items() if key is not None)
        ]


def _number(row: dict[str, str], column: str, default: float | None = None) -> Any:
    text = row.get(column, "")
    return float(text) if text else default


def _whole(row: dict[str, str], column: str, default: int | None = None) -> Any:
    text = row.get(column, "")
    return int(float(text)) if text else default


def _word(row: dict[str, str], column: str, default: str | None = None) -> Any:
    return row.get(column, "") or default


def _list(row: dict[str, str], column: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in row.get(column, "").split(";") if item.strip())


def _pairs(row: dict[str, str], column: str) -> dict[str, float]:
    pairs: dict[str, float] = {}
    for item in _list(row, column):
        key, _, value = item.partition(":")
        pairs[key.strip()] = float(value)
    return pairs


def _year_pairs(row: dict[str, str], column: str) -> dict[int, float]:
    return {int(key): value for key, value in _pairs(row, column).items()}


def _yes(row: dict[str, str], column: str, default: bool) -> bool:
    text = row.get(column, "").lower()
    return text in ("yes", "true", "1") if text else default


def _program(row: dict[str, str]) -> Program:
    code = row["program"]
    return Program(
        program=code,
        capability=row["capability"],
        family=_word(row, "family", code),
        kind=row["kind"],
        lead=row["lead"],
        partners=_list(row, "partners"),
        buyers=_list(row, "buyers"),
        suppliers=_pairs(row, "suppliers"),
        development_meur=_number(row, "development_meur", 0.0),
        partner_exponent=_number(row, "partner_exponent", 0.5),
        min_partners=_whole(row, "min_partners", 1),
        max_partners=_whole(row, "max_partners"),
        development_start=_whole(row, "development_start"),
        development_years=_whole(row, "development_years"),
        development_profile=_year_pairs(row, "development_profile"),
        unit_cost_meur=_number(row, "unit_cost_meur", 0.0),
        reference_units=_whole(row, "reference_units", 1),
        prior_units=_whole(row, "prior_units", 0),
        learning_slope=_number(row, "learning_slope", 1.0),
        premium_share=_number(row, "premium_share", 0.0),
        customer_premium_share=_number(row, "customer_premium_share", 0.05),
        sale_surcharge_share=_number(row, "sale_surcharge_share", 0.0),
        approval_years=_whole(row, "approval_years", 0),
        min_order_units=_whole(row, "min_order_units", 1),
        max_units=_whole(row, "max_units"),
        annual_capacity_units=_number(row, "annual_capacity_units"),
        lot_units=_whole(row, "lot_units", 1),
        first_delivery=_whole(row, "first_delivery"),
        last_delivery=_whole(row, "last_delivery"),
        payment_profile=_year_pairs(row, "payment_profile") or {0: 1.0},
        support_meur_per_unit_year=_number(row, "support_meur_per_unit_year", 0.0),
        joining_meur=_number(row, "joining_meur", 0.0),
        operating_type_meur_per_year=_number(row, "operating_type_meur_per_year", 0.0),
        grade=_whole(row, "grade", 3),
        effect_per_unit=_number(row, "effect_per_unit", 1.0),
        standards=_list(row, "standards"),
        export_regime=_word(row, "export_regime"),
        element=_word(row, "element"),
        variant_of=_word(row, "variant_of"),
        variant_development_meur=_number(row, "variant_development_meur"),
        status=_word(row, "status", "active"),
    )


def load(folder: str | Path) -> Data:
    """The scenario of a folder; only valid scenarios are understood."""
    folder = Path(folder)
    with (folder / "scenario.toml").open("rb") as file:
        settings = tomllib.load(file)
    objective = settings.get("objective", {})
    pooling = settings.get("pooling", {})
    weights = {
        name: float(objective.get(name, default))
        for name, default in (
            ("cost", 1.0),
            ("shortfall", 1.0),
            ("duplication", 1.0),
            ("preference", 1.0),
            ("change", 0.0),
        )
    }
    rules = {
        name: ({"on": body} if isinstance(body, bool) else dict(body))
        for name, body in settings.get("rules", {}).items()
    }
    prices: dict[str, list[tuple[int, float]]] = {}
    for row in _table(folder, "prices"):
        prices.setdefault(row["program"], []).append((_whole(row, "from_units"), _number(row, "unit_price_meur")))
    for breaks in prices.values():
        breaks.sort()
    previous = None
    if (folder / "previous.csv").exists():
        previous = {(row["nation"], row["program"]): _number(row, "units", 0.0) for row in _table(folder, "previous")}
    return Data(
        name=settings.get("name", "scenario"),
        first_year=settings["first_year"],
        last_year=settings["last_year"],
        discount_rate=settings.get("discount_rate", 0.03),
        include_counterfactuals=settings.get("include_counterfactuals", False),
        mode=pooling.get("mode", "joint"),
        blocs=tuple(tuple(bloc) for bloc in pooling.get("blocs", [])),
        weights=weights,
        order=tuple(objective.get("order", [])),
        rules=rules,
        nations={
            row["nation"]: Nation(
                row["nation"],
                _list(row, "blocs"),
                _number(row, "gdp_meur", 0.0),
                _number(row, "budget_meur"),
                _whole(row, "max_joint_programs"),
            )
            for row in _table(folder, "nations")
        },
        capabilities={
            row["capability"]: Capability(
                row["capability"],
                _word(row, "sector", "defense"),
                _number(row, "shortfall_meur_per_unit_year"),
                _number(row, "extra_type_meur", 0.0),
                _whole(row, "max_types"),
                _whole(row, "max_types_per_nation"),
                _whole(row, "min_suppliers", 1),
                _word(row, "type_is", "family"),
                _whole(row, "min_fleet_units", 0),
            )
            for row in _table(folder, "capabilities")
        },
        programs={row["program"]: _program(row) for row in _table(folder, "programs")},
        requirements=[
            Requirement(
                index,
                row["nation"],
                row["capability"],
                _number(row, "quantity"),
                _whole(row, "need_by"),
                _number(row, "priority", 1.0),
                _yes(row, "must_meet", False),
                _number(row, "max_extra_units", 0.0),
                _number(row, "max_share_per_nation", 0.5),
                _number(row, "contracted_units", 0.0),
                _whole(row, "min_grade", 1),
                _word(row, "baseline_program"),
            )
            for index, row in enumerate(_table(folder, "requirements"))
        ],
        budgets={
            (row["nation"], _word(row, "class", "all"), _whole(row, "year")): (
                _number(row, "budget_meur"),
                _number(row, "carry_over_share", 0.0),
            )
            for row in _table(folder, "budgets")
        },
        prices=prices,
        offers={
            (row["program"], row["nation"]): Offer(
                _number(row, "unit_price_meur"),
                _number(row, "joining_meur"),
                _whole(row, "max_units"),
                _number(row, "work_limit"),
                _number(row, "work_minimum"),
                _whole(row, "earliest_delivery"),
                _yes(row, "allowed", True),
                _number(row, "preference_meur_per_unit", 0.0),
            )
            for row in _table(folder, "offers")
        },
        fleets=[
            Fleet(row["nation"], row["program"], row["capability"], _number(row, "units"), _whole(row, "retires"))
            for row in _table(folder, "fleets")
        ],
        groups=[
            GroupMember(row["group"], row["nation"], row["capability"], row["level"], _whole(row, "from_year"))
            for row in _table(folder, "groups")
        ],
        industry=[
            Industry(
                row["nation"],
                row["sector"],
                _number(row, "min_work_meur"),
                _number(row, "max_work_meur"),
                _number(row, "min_work_meur_per_year"),
            )
            for row in _table(folder, "industry")
        ],
        export=[
            Export(row["regime"], row["supplier"], row["buyer"], row["status"], _whole(row, "delay_years", 0))
            for row in _table(folder, "export")
        ],
        elements={row["element"]: _number(row, "development_meur") for row in _table(folder, "elements")},
        locks=[
            Lock(_word(row, "nation"), row["program"], row["action"], _whole(row, "units"))
            for row in _table(folder, "locks")
        ],
        previous=previous,
    )
