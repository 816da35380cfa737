"""The one schema: a row class per table; every column with its type, bounds, unit, default and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

# Codes of nations and blocs are upper case, all other codes lower case.
NATION_CODE = r"^[A-Z][A-Z0-9_]*$"
OTHER_CODE = r"^[a-z][a-z0-9_]*$"

LARGEST_MEUR = 1e9
LARGEST_UNITS = 1e8
FIRST_CALENDAR_YEAR, LAST_CALENDAR_YEAR = 1900, 2200


def _items(value: Any) -> Any:
    """`A;B` as a tuple; what is no text passes unchanged."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def _pairs(value: Any) -> Any:
    """`A:1;B:2` as a tuple of pairs; what is no text passes unchanged."""
    if not isinstance(value, str):
        return value
    pairs = []
    for part in value.split(";"):
        if not part.strip():
            continue
        key, colon, number = part.partition(":")
        if not colon:
            raise ValueError(f"'{part.strip()}' is no pair of the form key:value")
        pairs.append((key.strip(), number.strip()))
    return tuple(pairs)


def _yes_no(value: Any) -> Any:
    """`yes` and `no` as truth values; true, false, 1 and 0 are understood too."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("yes", "true", "1"):
            return True
        if word in ("no", "false", "0"):
            return False
        raise ValueError("must be yes or no")
    return value


def _column(meaning: str, unit: str = "", default: Any = ..., **bounds: Any) -> Any:
    """A column: its meaning, its unit and its bounds, kept in one place for every use of the schema."""
    extra: dict[str, Any] | None = {"unit": unit} if unit else None
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


Nation_ = Annotated[str, Field(pattern=NATION_CODE, max_length=40)]
Code = Annotated[str, Field(pattern=OTHER_CODE, max_length=80)]
Text = Annotated[str, Field(max_length=2000)]
Nations = Annotated[tuple[Nation_, ...], BeforeValidator(_items)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_items)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Meur = Annotated[float, Field(ge=0.0, le=LARGEST_MEUR, allow_inf_nan=False)]
Units = Annotated[float, Field(ge=0.0, le=LARGEST_UNITS, allow_inf_nan=False)]
WholeUnits = Annotated[int, Field(ge=0, le=int(LARGEST_UNITS))]
Year = Annotated[int, Field(ge=FIRST_CALENDAR_YEAR, le=LAST_CALENDAR_YEAR)]
Years = Annotated[int, Field(ge=0, le=100)]
Factor = Annotated[float, Field(gt=0.0, le=100.0, allow_inf_nan=False)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
NationShares = Annotated[tuple[tuple[Nation_, Share], ...], BeforeValidator(_pairs)]
YearShares = Annotated[tuple[tuple[Year, Share], ...], BeforeValidator(_pairs)]
Offset = Annotated[int, Field(ge=-60, le=60)]
OffsetShares = Annotated[tuple[tuple[Offset, Share], ...], BeforeValidator(_pairs)]


class Row(BaseModel):
    """One row of a table; frozen. `line` is its number in the file, `notes` its x_ columns."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
    source: Text = _column("where the figures come from", default="")
    confidence: Literal["", "high", "medium", "low"] = _column("how far to trust the row", default="")
    _line: int = PrivateAttr(default=0)
    _notes: dict[str, str] = PrivateAttr(default_factory=dict)
    _written_by: str = PrivateAttr(default="")
    _changed: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def line(self) -> int:
        """Number of the row in its file, the header being row 1; 0 when it came from no file."""
        return self._line

    def written_by(self, column: str | None = None) -> str:
        """The what-if that wrote the row, or this column of it; empty when it stands in the table's own file."""
        return self._written_by or (self._changed.get(column, "") if column else "")

    @property
    def notes(self) -> dict[str, str]:
        """The analyst's own x_ columns, untouched."""
        return dict(self._notes)


class Nation(Row):
    """nations.csv: who takes part, and with how much money."""

    nation: Nation_ = _column("code of the nation")
    name: Text = _column("name as shown", default="")
    blocs: Nations = _column("blocs it belongs to", default=())
    gdp_meur: Meur = _column("gross domestic product, one year", "million euro", default=0.0)
    defense_spending_meur: Meur = _column("defense spending, one year", "million euro", default=0.0)
    budget_meur: Meur | None = _column(
        "acquisition money per year, all classes; overridden by budgets.csv; empty: no limit",
        "million euro per year",
        default=None,
    )
    max_joint_programs: WholeUnits | None = _column(
        "most joint contracts it can staff; empty: no limit", "contracts", default=None
    )


class Capability(Row):
    """capabilities.csv: what can be needed, and how shortfall and duplication are priced."""

    capability: Code = _column("code of the capability")
    name: Text = _column("name as shown", default="")
    domain: Literal["land", "air", "sea", "space", "cyber", "joint"] = _column("domain", default="joint")
    sector: Code = _column("industrial sector", default="defense")
    unit: Text = _column("what one unit is", default="unit")
    shortfall_meur_per_unit_year: Meur | None = _column(
        "price of one unit missing for one year", "million euro per unit and year", default=None
    )
    extra_type_meur: Meur = _column("price of each type beyond the first", "million euro", default=0.0)
    max_types: WholeUnits | None = _column("most types in the alliance; empty: no limit", "types", default=None)
    max_types_per_nation: WholeUnits | None = _column(
        "most types in one nation; empty: no limit", "types", default=None
    )
    min_suppliers: WholeUnits = _column("fewest lead nations to buy from, if anything is bought", "nations", default=1)
    type_is: Literal["program", "family"] = _column("what counts as one type", default="family")
    min_fleet_units: WholeUnits = _column("smallest fleet of one type a nation may buy", "units", default=0)


class Program(Row):
    """programs.csv: one candidate a nation can buy from."""

    program: Code = _column("code of the program")
    name: Text = _column("name as shown", default="")
    capability: Code = _column("capability it delivers")
    family: Code | None = _column("programs of one family count as one type; empty: the program itself", default=None)
    kind: Literal["joint_development", "national_development", "off_the_shelf", "pooled_service"] = _column("kind")
    lead: Nation_ = _column("lead nation; for a foreign sale the seller")
    partners: Nations = _column("nations that may share the development", default=())
    buyers: Nations = _column("nations or blocs that may buy; empty: all, subject to export.csv", default=())
    suppliers: NationShares = _column("where the component value arises; shares sum to 1")
    development_meur: Meur | None = _column(
        "remaining cost if one nation develops alone; 0: finished", "million euro", default=None
    )
    partner_exponent: Annotated[float, Field(ge=0.0, le=2.0, allow_inf_nan=False)] = _column(
        "k in development x partners^k", default=0.5
    )
    min_partners: WholeUnits | None = _column("fewest partners; default 1", "nations", default=None)
    max_partners: WholeUnits | None = _column("most partners; empty: no limit", "nations", default=None)
    development_start: Year | None = _column("first year of development money", "year", default=None)
    development_years: Years | None = _column("years of development money", "years", default=None)
    development_profile: YearShares = _column("year:share of development money; shares sum to 1", default=())
    unit_cost_meur: Meur = _column(
        "average price of a unit in an order of reference_units after prior_units", "million euro per unit"
    )
    reference_units: Annotated[int, Field(ge=1, le=10_000_000)] = _column(
        "order size the unit cost refers to", "units", default=1
    )
    prior_units: Annotated[int, Field(ge=0, le=10_000_000)] = _column("units built before", "units", default=0)
    learning_slope: Annotated[float, Field(ge=0.5, le=1.0, allow_inf_nan=False)] = _column(
        "cost multiplier per doubling of output (unit theory); 1: no learning", default=1.0
    )
    premium_share: Share = _column("uplift on the unit price in a pooled contract", "share", default=0.0)
    customer_premium_share: Share = _column("uplift for customers of a development", "share", default=0.05)
    sale_surcharge_share: Share = _column("government-to-government surcharge", "share", default=0.0)
    approval_years: Years = _column("years of approval before first delivery to a foreign buyer", "years", default=0)
    min_order_units: Annotated[int, Field(ge=1, le=int(LARGEST_UNITS))] = _column(
        "smallest total of a contract", "units", default=1
    )
    max_units: WholeUnits | None = _column(
        "most units of the line, all contracts; empty: no limit", "units", default=None
    )
    annual_capacity_units: Units | None = _column(
        "most units of the line in a year, all contracts; empty: no limit", "units per year", default=None
    )
    lot_units: Annotated[int, Field(ge=1, le=int(LARGEST_UNITS))] = _column(
        "a contract's total comes in whole lots of this many", "units", default=1
    )
    first_delivery: Year = _column("first year of delivery", "year")
    last_delivery: Year | None = _column("last year of delivery; empty: end of the horizon", "year", default=None)
    payment_profile: OffsetShares = _column(
        "offset:share of payment relative to delivery; shares sum to 1", default=((0, 1.0),)
    )
    support_meur_per_unit_year: Meur = _column(
        "support of one unit in service", "million euro per unit and year", default=0.0
    )
    joining_meur: Meur = _column("cost of introducing it, per nation", "million euro", default=0.0)
    operating_type_meur_per_year: Meur = _column(
        "yearly cost of operating the type, per nation", "million euro per year", default=0.0
    )
    grade: Annotated[int, Field(ge=1, le=5)] = _column("generation or performance class 1..5", default=3)
    effect_per_unit: Factor = _column("required units one unit delivers", "required units per unit", default=1.0)
    standards: Annotated[tuple[Code, ...], BeforeValidator(_items)] = _column(
        "standards and data links it carries", default=()
    )
    export_regime: Code | None = _column("key into export.csv; empty: unrestricted", default=None)
    element: Code | None = _column("shared development element, paid once", default=None)
    variant_of: Code | None = _column("program this is a national variant of", default=None)
    variant_development_meur: Meur | None = _column("development cost of the variant", "million euro", default=None)
    status: Literal["active", "planned", "proposal", "delayed", "at_risk", "cancelled_counterfactual"] = _column(
        "status today", default="active"
    )
    growth_low: Factor | None = _column("low cost growth factor", "factor", default=None)
    growth_mode: Factor | None = _column("likeliest cost growth factor", "factor", default=None)
    growth_high: Factor | None = _column("high cost growth factor", "factor", default=None)
    slip_years_mode: Annotated[float, Field(ge=0.0, le=50.0, allow_inf_nan=False)] | None = _column(
        "likeliest delay", "years", default=None
    )


class Requirement(Row):
    """requirements.csv: who needs how much of what, from when."""

    nation: Nation_ = _column("nation, or bloc for an alliance-level target")
    capability: Code = _column("capability needed")
    quantity: Units = _column("units needed", "required units")
    need_by: Year = _column("year from which they are needed", "year")
    priority: Annotated[float, Field(ge=0.0, le=1000.0, allow_inf_nan=False)] = _column(
        "multiplies the shortfall price", "factor", default=1.0
    )
    must_meet: YesNo = _column("no shortfall allowed", default=False)
    max_extra_units: Units = _column("units allowed beyond the need", "required units", default=0.0)
    max_share_per_nation: Share = _column("bloc rows: largest share one nation may carry", "share", default=0.5)
    contracted_units: Units = _column("already under contract, cost sunk", "units", default=0.0)
    min_grade: Annotated[int, Field(ge=1, le=5)] = _column("lowest grade that counts", default=1)
    baseline_program: Code | None = _column("today's real or likely choice", default=None)


class Budget(Row):
    """budgets.csv: money by nation, year and class."""

    nation: Nation_ = _column("nation")
    year: Year = _column("year", "year")
    class_: Literal["all", "development", "procurement", "support"] = Field(
        "all", alias="class", description="class of money"
    )
    budget_meur: Meur = _column("money of the year", "million euro")
    carry_over_share: Share = _column("share of what is left that passes to the next year", "share", default=0.0)
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class PriceBreak(Row):
    """prices.csv: explicit price breaks; they replace the learning curve."""

    program: Code = _column("program")
    from_units: Annotated[int, Field(ge=1, le=int(LARGEST_UNITS))] = _column(
        "contract total from which it holds", "units"
    )
    unit_price_meur: Meur = _column("price of every unit of the contract", "million euro per unit")


class Offer(Row):
    """offers.csv: what differs for one program and one nation."""

    program: Code = _column("program")
    nation: Nation_ = _column("nation")
    unit_price_meur: Meur | None = _column("price for this nation, any volume", "million euro per unit", default=None)
    joining_meur: Meur | None = _column("cost of introducing it", "million euro", default=None)
    max_units: WholeUnits | None = _column("most units for this nation", "units", default=None)
    work_limit: Share | None = _column("largest share of the work", "share", default=None)
    work_minimum: Share | None = _column("smallest share of the work", "share", default=None)
    earliest_delivery: Year | None = _column("first delivery to this nation", "year", default=None)
    allowed: YesNo | None = _column("no: this nation may not buy it", default=None)
    preference_meur_per_unit: Annotated[float, Field(ge=-LARGEST_MEUR, le=LARGEST_MEUR, allow_inf_nan=False)] = _column(
        "what it is worth to the nation to have this program", "million euro per unit", default=0.0
    )


class Fleet(Row):
    """fleets.csv: units in service today."""

    nation: Nation_ = _column("nation")
    program: Code = _column("program, or any family name")
    capability: Code = _column("capability")
    units: Units = _column("units in service", "units")
    retires: Year | None = _column("first year out of service; empty: never", "year", default=None)


class Group(Row):
    """groups.csv: nations that must operate together, on NATO's ladder."""

    group: Code = _column("group")
    nation: Nation_ = _column("member")
    capability: Code = _column("capability")
    level: Literal["compatible", "interchangeable", "common"] = _column("step of the ladder")
    from_year: Year | None = _column("year from which it holds; empty: the first", "year", default=None)


class Industry(Row):
    """industry.csv: least and most work of a nation's industry."""

    nation: Nation_ = _column("nation")
    sector: Code = _column("industrial sector")
    min_work_meur: Meur | None = _column("least work over the horizon", "million euro", default=None)
    max_work_meur: Meur | None = _column("most work over the horizon", "million euro", default=None)
    min_work_meur_per_year: Meur | None = _column("least work in each year", "million euro per year", default=None)


class Instrument(Row):
    """instruments.csv: co-funding schemes."""

    instrument: Code = _column("co-funding scheme")
    applies_to: Literal["development", "procurement"] = _column("what it co-funds")
    bloc: Nation_ = _column("bloc whose members it serves")
    min_nations: WholeUnits = _column("fewest nations of the contract", "nations", default=1)
    min_members: WholeUnits = _column("fewest of them in the bloc", "nations", default=1)
    rate: Share = _column("share of the cost it pays", "share")
    cap_per_program_meur: Meur | None = _column("most per program", "million euro", default=None)
    envelope_meur: Meur | None = _column("most in all", "million euro", default=None)
    max_outside_content_share: Share | None = _column(
        "largest share of value from outside the bloc", "share", default=None
    )
    from_year: Year | None = _column("first year of the window", "year", default=None)
    to_year: Year | None = _column("last year of the window", "year", default=None)
    exclusive_group: Code | None = _column("at most one scheme of a group per contract", default=None)
    checked_on: Text = _column("date the legal text was checked", default="")


class Export(Row):
    """export.csv: who may buy what from whom."""

    regime: Code = _column("export regime")
    supplier: Nation_ = _column("supplying nation")
    buyer: Nation_ = _column("buying nation or bloc")
    status: Literal["allowed", "delayed", "barred"] = _column("status")
    delay_years: Years = _column("years of delay", "years", default=0)


class Element(Row):
    """elements.csv: development elements shared by several programs."""

    element: Code = _column("element")
    development_meur: Meur = _column("cost, paid once", "million euro")


class Lock(Row):
    """locks.csv: the analyst's own choices."""

    nation: Nation_ | None = _column("nation; empty: the program itself", default=None)
    program: Code = _column("program")
    action: Literal["require", "forbid", "fix"] = _column("what is locked")
    units: WholeUnits | None = _column("units of require or fix", "units", default=None)
    first_delivery: Year | None = _column("of require or fix: no delivery before this year", "year", default=None)
    last_delivery: Year | None = _column("of require or fix: no delivery after this year", "year", default=None)


class Previous(Row):
    """previous.csv: an approved plan to stay close to."""

    nation: Nation_ = _column("nation")
    program: Code = _column("program")
    units: WholeUnits = _column("units approved", "units")


class Currency(Row):
    """currencies.csv: rates to the euro."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = _column("currency code")
    units_per_eur: Annotated[float, Field(gt=0.0, le=1e9, allow_inf_nan=False)] = _column(
        "units for one euro", "units per euro"
    )


class Inflation(Row):
    """inflation.csv: price index to the base year."""

    year: Year = _column("price year", "year")
    multiplier_to_base: Factor = _column("factor to base-year prices", "factor")


@dataclass(frozen=True)
class TableSpec:
    """A table: its name (file and sheet), its row class, its key columns, and whether it is required."""

    name: str
    row: type[Row]
    key: tuple[str, ...]
    required: bool = False


TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec("nations", Nation, ("nation",), required=True),
        TableSpec("capabilities", Capability, ("capability",), required=True),
        TableSpec("programs", Program, ("program",), required=True),
        TableSpec("requirements", Requirement, (), required=True),
        TableSpec("budgets", Budget, ("nation", "year", "class")),
        TableSpec("prices", PriceBreak, ("program", "from_units")),
        TableSpec("offers", Offer, ("program", "nation")),
        TableSpec("fleets", Fleet, ()),
        TableSpec("groups", Group, ("group", "nation", "capability")),
        TableSpec("industry", Industry, ("nation", "sector")),
        TableSpec("instruments", Instrument, ("instrument",)),
        TableSpec("export", Export, ("regime", "supplier", "buyer")),
        TableSpec("elements", Element, ("element",)),
        TableSpec("locks", Lock, ("nation", "program", "action")),
        TableSpec("previous", Previous, ("nation", "program")),
        TableSpec("currencies", Currency, ("currency",)),
        TableSpec("inflation", Inflation, ("year",)),
    )
}


@dataclass(frozen=True)
class Tables:
    """Every table of a scenario, row by row checked; absent tables are empty."""

    nations: tuple[Nation, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    programs: tuple[Program, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    budgets: tuple[Budget, ...] = ()
    prices: tuple[PriceBreak, ...] = ()
    offers: tuple[Offer, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    groups: tuple[Group, ...] = ()
    industry: tuple[Industry, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    export: tuple[Export, ...] = ()
    elements: tuple[Element, ...] = ()
    locks: tuple[Lock, ...] = ()
    previous: tuple[Previous, ...] = ()
    currencies: tuple[Currency, ...] = ()
    inflation: tuple[Inflation, ...] = ()
