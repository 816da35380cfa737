"""Seeded, plausible scenarios of four sizes, written as scenario folders with every coupling rule on.

The tables are drawn in two steps: first a world (nations, needs, programs, groups, export control), then limits that
bind in it (yearly budgets, industrial workloads, outside content), set from a simple reference plan for that world.
Buying nothing breaks no rule but the small industrial minima, because every need may fall short at a price; a modest
plan that reaches the minima is built and audited, so every scenario has a plan.

    python -m benchmarks.generate SIZE SEED FOLDER
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.reference_plan import modest_plan, reference_plan
from optimizer import Scenario, load_scenario
from optimizer.audit import audit
from optimizer.measures.ledger import Ledger
from optimizer.tables.schema import (
    TABLES,
    Budget,
    Capability,
    Export,
    Group,
    Industry,
    Nation,
    Offer,
    Program,
    Requirement,
    Tables,
)
from optimizer.tables.settings import Settings, Solver
from optimizer.tables.write import settings_toml, table_csv

FIRST_YEAR = 2026
BLOC = "UNION"
REGIONS = ("NORTH", "EAST", "SOUTH", "WEST")
OUTSIDERS = ("OUT_A", "OUT_B", "OUT_C")
MEDIAN_GDP_MEUR = 300_000.0
SHARE_DECIMALS = 4


@dataclass(frozen=True)
class Size:
    """How large a scenario is; `requirements` counts (nation, capability) pairs with a need."""

    nations: int
    capabilities: int
    programs: int
    years: int
    requirements: int
    groups: int


SIZES = {
    "S": Size(8, 6, 20, 10, 29, 5),
    "M": Size(20, 20, 80, 15, 217, 6),
    "L": Size(32, 60, 240, 15, 1051, 9),
    "XL": Size(40, 100, 400, 20, 2173, 12),
}


@dataclass(frozen=True)
class CapabilityClass:
    """What capabilities of one class have in common; ranges are (low, high), years count from the horizon's start."""

    name: str
    domain: str
    sector: str
    unit: str
    price_meur: tuple[float, float]
    median_need_units: tuple[int, int]
    slope: float
    development_years: tuple[int, int]
    support_share: float
    payments: tuple[tuple[int, float], ...]


CLASSES = (
    CapabilityClass(
        "frigate",
        "sea",
        "ships",
        "ship",
        (350, 900),
        (1, 3),
        0.91,
        (4, 6),
        0.030,
        ((-3, 0.2), (-2, 0.2), (-1, 0.2), (0, 0.4)),
    ),
    CapabilityClass(
        "fighter",
        "air",
        "aircraft",
        "aircraft",
        (75, 130),
        (8, 24),
        0.87,
        (5, 8),
        0.040,
        ((-2, 0.25), (-1, 0.25), (0, 0.5)),
    ),
    CapabilityClass(
        "armor", "land", "land_vehicles", "vehicle", (6, 18), (30, 120), 0.89, (3, 5), 0.030, ((-1, 0.4), (0, 0.6))
    ),
    CapabilityClass(
        "helicopter",
        "air",
        "aircraft",
        "aircraft",
        (18, 45),
        (6, 24),
        0.89,
        (4, 6),
        0.045,
        ((-2, 0.2), (-1, 0.2), (0, 0.6)),
    ),
    CapabilityClass(
        "air_defense",
        "land",
        "missiles",
        "battery",
        (90, 260),
        (1, 4),
        0.90,
        (3, 6),
        0.025,
        ((-2, 0.3), (-1, 0.3), (0, 0.4)),
    ),
    CapabilityClass("ammunition", "land", "missiles", "lot", (6, 12), (6, 30), 0.94, (1, 3), 0.005, ((0, 1.0),)),
    CapabilityClass(
        "drone", "air", "aircraft", "system", (12, 60), (2, 12), 0.88, (2, 5), 0.040, ((-1, 0.3), (0, 0.7))
    ),
    CapabilityClass(
        "radar",
        "joint",
        "electronics",
        "radar",
        (15, 70),
        (2, 10),
        0.92,
        (2, 4),
        0.025,
        ((-1, 0.5), (0, 0.4), (1, 0.1)),
    ),
    CapabilityClass(
        "satellite",
        "space",
        "electronics",
        "satellite",
        (150, 400),
        (1, 2),
        0.95,
        (3, 5),
        0.030,
        ((-2, 0.3), (-1, 0.4), (0, 0.3)),
    ),
    CapabilityClass(
        "artillery", "land", "land_vehicles", "gun", (5, 15), (10, 50), 0.88, (2, 4), 0.025, ((-1, 0.4), (0, 0.6))
    ),
)
SECTORS = tuple(dict.fromkeys(class_.sector for class_ in CLASSES))


@dataclass
class World:
    """What is drawn before any table: sizes of nations, strengths of industries, needs and reference prices."""

    size: Size
    draw: np.random.Generator
    nations: list[str]
    gdp: dict[str, float]
    strength: dict[tuple[str, str], float]
    blocs: dict[str, tuple[str, ...]]
    classes: dict[str, CapabilityClass]
    prices_meur: dict[str, float]
    need_units: dict[tuple[str, str], int] = field(default_factory=dict)
    partnerships: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def last_year(self) -> int:
        return FIRST_YEAR + self.size.years - 1

    def between(self, low: float, high: float) -> float:
        """A number between two others."""
        return float(self.draw.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return int(self.draw.integers(low, max(low, high) + 1))

    def chance(self, share: float) -> bool:
        """True with the given probability."""
        return bool(self.draw.random() < share)

    def some(self, items: Sequence[str], count: int, weights: Iterable[float] | None = None) -> list[str]:
        """Distinct items in their own order, at most `count`."""
        if not items or count <= 0:
            return []
        odds = None if weights is None else np.fromiter(weights, dtype=float, count=len(items)) + 1e-9
        chosen = self.draw.choice(
            len(items), min(count, len(items)), replace=False, p=None if odds is None else odds / odds.sum()
        )
        return [items[index] for index in sorted(chosen)]

    def wanting(self, capability: str) -> list[str]:
        """Nations that need a capability."""
        return [nation for nation in self.nations if (nation, capability) in self.need_units]

    def units(self, capability: str, nations: Iterable[str] | None = None) -> int:
        """Units needed of a capability, by all nations or by some."""
        chosen = self.nations if nations is None else nations
        return sum(self.need_units.get((nation, capability), 0) for nation in chosen)

    def industrial(self) -> list[str]:
        """Nations that enter developments: the larger two thirds.

        Burden sharing asks money of every possible partner once any joint development starts, so the very small
        ones are left to buy, and `partnerships` evens out in how many developments the others can enter.
        """
        return sorted(sorted(self.nations, key=lambda nation: -self.gdp[nation])[: math.ceil(0.65 * len(self.nations))])


def _world(size: Size, draw: np.random.Generator) -> World:
    nations = [f"N{number:02d}" for number in range(1, size.nations + 1)]
    sizes = np.clip(draw.lognormal(0.0, 0.9, size.nations), 0.15, 8.0)
    gdp = dict(zip(nations, (sizes / np.median(sizes)).tolist(), strict=True))
    strength = {(n, s): float(draw.random() * (0.4 + math.log1p(gdp[n]))) for n in nations for s in SECTORS}
    inside = set(draw.permutation(nations)[: round(0.75 * size.nations)].tolist())
    regions = draw.permutation([REGIONS[number % len(REGIONS)] for number in range(size.nations)]).tolist()
    blocs = {n: ((BLOC,) if n in inside else ()) + (region,) for n, region in zip(nations, regions, strict=True)}
    order = [CLASSES[index] for index in draw.permutation(len(CLASSES))][: size.capabilities]
    order += [CLASSES[index] for index in draw.integers(0, len(CLASSES), size.capabilities - len(order))]
    counts: dict[str, int] = defaultdict(int)
    classes = {}
    for class_ in order:
        counts[class_.name] += 1
        classes[f"{class_.name}_{counts[class_.name]}"] = class_
    prices = {capability: float(draw.uniform(*class_.price_meur)) for capability, class_ in classes.items()}
    world = World(size, draw, nations, gdp, strength, blocs, classes, prices)
    for nation, capability in _pairs_with_a_need(world):
        base = world.whole(*classes[capability].median_need_units)
        world.need_units[nation, capability] = max(1, round(base * max(0.25, gdp[nation]) ** 0.8))
    return world


def _pairs_with_a_need(world: World) -> list[tuple[str, str]]:
    """Three industrial nations or more for each capability, one or more for each nation, larger ones more."""
    chosen = {(nation, capability) for capability in world.classes for nation in world.some(world.industrial(), 3)}
    for nation in world.nations:
        if not any(nation == other for other, _ in chosen):
            chosen.add((nation, world.some(list(world.classes), 1)[0]))
    left = [(n, c) for n in world.nations for c in world.classes if (n, c) not in chosen]
    lateness = world.draw.exponential(1.0, len(left)) / np.array([world.gdp[n] ** 0.3 for n, _ in left])
    more = max(0, world.size.requirements - len(chosen))
    return sorted(chosen | {left[index] for index in np.argsort(lateness)[:more]})


# --- the world's tables --------------------------------------------------------------------------------------


def _nations(world: World) -> tuple[Nation, ...]:
    rows = []
    for nation in world.nations:
        wanted = sum(1 for other, _ in world.need_units if other == nation)
        gdp = round(MEDIAN_GDP_MEUR * world.gdp[nation], -2)
        rows.append(
            Nation(
                nation=nation,
                name=f"Nation {nation[1:]}",
                blocs=world.blocs[nation],
                gdp_meur=gdp,
                defense_spending_meur=round(gdp * world.between(0.014, 0.03), -1),
                max_joint_programs=max(3, math.ceil(0.85 * wanted) + 1),
            )
        )
    return tuple(rows)


def _requirements(world: World) -> tuple[Requirement, ...]:
    years = world.size.years
    return tuple(
        Requirement(
            nation=nation,
            capability=capability,
            quantity=float(units),
            need_by=FIRST_YEAR + world.whole(math.ceil(0.35 * years), math.floor(0.72 * years)),
            priority=(0.8, 1.0, 1.0, 1.25)[world.whole(0, 3)],
        )
        for (nation, capability), units in world.need_units.items()
    )


def _capabilities(world: World, programs: Sequence[Program]) -> tuple[Capability, ...]:
    families: dict[str, set[str]] = defaultdict(set)
    for program in programs:
        families[program.capability].add(str(program.family))
    rows = []
    for capability, class_ in world.classes.items():
        market = world.prices_meur[capability] * world.units(capability)
        # Two and a half to three and a half prices over the years a typical need is open: buying pays, mostly.
        open_years = 0.47 * world.size.years
        rows.append(
            Capability(
                capability=capability,
                name=capability.replace("_", " ").capitalize(),
                domain=class_.domain,
                sector=class_.sector,
                unit=class_.unit,
                shortfall_meur_per_unit_year=round(
                    world.prices_meur[capability] * world.between(2.5, 3.5) / open_years, 3
                ),
                extra_type_meur=round(market * world.between(0.005, 0.02), 1),
                max_types=max(2, math.ceil(0.7 * len(families[capability]))),
                max_types_per_nation=1 if world.chance(0.65) else 2,
            )
        )
    return tuple(rows)


def _shares(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Weights as shares that sum to exactly 1 when written; what rounds to nothing is left out."""
    whole = sum(weights.values())
    shares = {code: round(weight / whole, SHARE_DECIMALS) for code, weight in weights.items()}
    shares = {code: share for code, share in shares.items() if share > 0.0}
    largest = max(shares, key=lambda code: shares[code])
    rest = sum(share for code, share in shares.items() if code != largest)
    return tuple(
        (code, round(1.0 - rest, SHARE_DECIMALS) if code == largest else share) for code, share in shares.items()
    )


def _industry_weights(world: World, capability: str, nations: Iterable[str]) -> dict[str, float]:
    """Weights of work: near what a nation needs, more where its industry is strong."""
    sector = world.classes[capability].sector
    return {n: (1.0 + world.need_units.get((n, capability), 0)) * (0.5 + world.strength[n, sector]) for n in nations}


def _led(lead: str, lead_share: float, others: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Shares with a given part for the lead and the rest spread by weight."""
    rest = {code: weight for code, weight in others.items() if code != lead}
    whole = sum(rest.values())
    if not rest:
        return ((lead, 1.0),)
    return _shares({lead: lead_share, **{code: (1.0 - lead_share) * weight / whole for code, weight in rest.items()}})


def _kinds(world: World) -> list[tuple[str, str]]:
    """(capability, kind): one line to buy and one joint development for each capability, the rest drawn."""
    capabilities = list(world.classes)
    rows = [(capability, "off_the_shelf") for capability in capabilities]
    rows += [(capability, "joint_development") for capability in capabilities]
    kinds = ("joint_development", "off_the_shelf", "national_development", "pooled_service")
    for _ in range(world.size.programs - len(rows)):
        kind = str(world.draw.choice(kinds, p=(0.40, 0.27, 0.27, 0.06)))
        rows.append((capabilities[world.whole(0, len(capabilities) - 1)], kind))
    return sorted(rows, key=lambda row: capabilities.index(row[0]))


def _programs(world: World) -> tuple[Program, ...]:
    """Programs by capability; the first of each is the anchor, a line that every nation can buy in time."""
    rows: list[Program] = []
    numbers: dict[str, int] = defaultdict(int)
    for capability, kind in _kinds(world):
        numbers[capability] += 1
        rows.append(
            _program(
                world, capability, kind, numbers[capability], [row for row in rows if row.capability == capability]
            )
        )
    return tuple(rows)


def _program(world: World, capability: str, kind: str, number: int, earlier: Sequence[Program]) -> Program:
    class_ = world.classes[capability]
    anchor = number == 1
    wanting = world.wanting(capability)
    standards = [f"{capability}_link_{letter}" for letter in "abc"]
    older = [row for row in earlier if row.kind == "off_the_shelf"]
    upgrade = kind == "off_the_shelf" and bool(older) and world.chance(0.5)
    who = {
        "off_the_shelf": _line,
        "pooled_service": _line,
        "joint_development": _joint,
        "national_development": _national,
    }[kind](world, capability, kind, anchor)
    price, buyers = float(str(who["unit_cost_meur"])), who.get("buyers") or ()
    able = [n for n in wanting if not buyers or n in buyers or set(world.blocs[n]) & set(buyers)]
    reach = max(1, world.units(capability, able))
    first = int(str(who["first_delivery"]))
    window = max(2.0, FIRST_YEAR + 0.62 * world.size.years - first)
    prior = {"joint_development": 0.03, "national_development": 0.0}.get(kind, world.between(0.2, 0.8))
    joining = world.between(0.02, 0.06) * price * world.units(capability) / len(wanting)
    lot = world.whole(2, 4) if kind == "pooled_service" and reach >= 20 else 1
    limited = kind == "off_the_shelf" and not anchor and world.chance(0.3)
    growth = world.between(1.0, 1.15) + (0.1 if "development" in kind else 0.0)
    least = {
        "joint_development": world.between(0.08, 0.15),
        "national_development": world.between(0.3, 0.5) * min(1.0, world.units(capability, [str(who["lead"])]) / reach),
    }.get(kind, world.between(0.0, 0.04))
    least_units = max(1, math.floor(least * reach))
    return Program.model_validate(
        {
            "program": f"{capability}_p{number}",
            "name": f"{capability.replace('_', ' ').capitalize()} candidate {number}",
            "capability": capability,
            "family": older[-1].family if upgrade else f"{capability}_family_{number}",
            "kind": kind,
            "reference_units": max(1, round(2.0 * world.units(capability) / len(wanting))),
            "prior_units": round(prior * world.units(capability)),
            "learning_slope": round(float(np.clip(class_.slope + world.draw.normal(0.0, 0.012), 0.85, 0.97)), 3),
            "premium_share": round(world.between(0.02, 0.05), 3),
            "min_order_units": max(lot, least_units - least_units % lot),
            "max_units": max(least_units, round(reach * world.between(0.5, 0.8))) if limited else None,
            "annual_capacity_units": float(max(1, lot, round(reach * world.between(0.55, 0.9) / window))),
            "lot_units": lot,
            "payment_profile": ((0, 1.0),) if kind == "pooled_service" else class_.payments,
            "support_meur_per_unit_year": round(class_.support_share * price * world.between(0.85, 1.15), 4),
            "joining_meur": round(joining, 2),
            "operating_type_meur_per_year": round(joining * world.between(0.03, 0.08), 3),
            "grade": world.whole(3, 4),
            "standards": tuple(world.some(standards, 1 if world.chance(0.6) else 2)),
            "growth_low": round(growth * 0.95, 3),
            "growth_mode": round(growth, 3),
            "growth_high": round(growth * 1.25, 3),
            "slip_years_mode": round(world.between(0.0, 1.0), 1),
            **who,
        }
    )


def _line(world: World, capability: str, kind: str, anchor: bool) -> dict[str, object]:
    """An existing line: dearer per unit, soon at hand, most work with its seller and some with its buyers."""
    class_ = world.classes[capability]
    wanting = world.wanting(capability)
    outside = world.chance(0.35)
    if outside:
        lead = OUTSIDERS[world.whole(0, len(OUTSIDERS) - 1)]
    else:
        lead = world.some(world.nations, 1, (world.strength[n, class_.sector] for n in world.nations))[0]
    offsets = _industry_weights(world, capability, world.some(wanting, world.whole(3, 6)))
    buyers: tuple[str, ...] = ()
    if not anchor and world.chance(0.4):
        buyers = tuple(world.some(world.nations, math.ceil(world.between(0.5, 0.85) * len(world.nations))))
        buyers = tuple(sorted({*buyers, *(() if outside else (lead,))}))
    price = world.prices_meur[capability] * world.between(1.1, 1.4)
    if kind == "pooled_service":
        price *= 0.75
    return {
        "lead": lead,
        "buyers": buyers,
        "suppliers": _led(lead, world.between(0.55, 0.8) if outside else world.between(0.35, 0.6), offsets),
        "unit_cost_meur": round(price, 3),
        "sale_surcharge_share": round(world.between(0.02, 0.04), 3) if outside else 0.0,
        "approval_years": 1 if outside and world.chance(0.6) else 0,
        "first_delivery": FIRST_YEAR + world.whole(1, 2 if anchor else 3),
        "last_delivery": None if anchor or world.chance(0.8) else world.last_year - world.whole(1, 2),
        "export_regime": None if anchor or world.chance(0.6) else f"regime_{world.whole(1, 3)}",
    }


def _joint(world: World, capability: str, kind: str, anchor: bool) -> dict[str, object]:
    """A joint development: cheaper per unit, late, its development shared by the partners that join."""
    class_ = world.classes[capability]
    wanting = world.wanting(capability)
    able = [nation for nation in world.industrial() if nation in wanting]
    partners = world.some(
        able,
        max(3, math.ceil(world.between(0.4, 0.8) * len(able))),
        (1.0 / (1.0 + world.partnerships[nation]) ** 2 for nation in able),
    )
    for nation in partners:
        world.partnerships[nation] += 1
    lead = world.some(partners, 1, _industry_weights(world, capability, partners).values())[0]
    weights = _industry_weights(world, capability, partners)
    if world.chance(0.3):
        weights[OUTSIDERS[world.whole(0, len(OUTSIDERS) - 1)]] = sum(weights.values()) * world.between(0.05, 0.2)
    buyers: tuple[str, ...] = ()
    if world.chance(0.3):
        others = [nation for nation in world.nations if nation not in partners]
        buyers = tuple(sorted({*partners, *world.some(others, len(others) // 2)}))
    years = world.whole(*class_.development_years)
    first = FIRST_YEAR + min(years, math.floor(0.5 * world.size.years))
    market = world.prices_meur[capability] * world.units(capability)
    return {
        "lead": lead,
        "partners": tuple(partners),
        "buyers": buyers,
        "suppliers": _shares(weights),
        "development_meur": round(market * world.between(0.04, 0.13), 1),
        "partner_exponent": 0.5,
        "min_partners": 2 if world.chance(0.8) or len(partners) < 4 else 3,
        "max_partners": world.whole(4, 8) if world.chance(0.25) else None,
        "development_years": min(years, world.whole(2, 4)),
        "customer_premium_share": round(world.between(0.03, 0.08), 3),
        "unit_cost_meur": round(world.prices_meur[capability] * world.between(0.85, 1.1), 3),
        "first_delivery": first,
        "status": "planned" if world.chance(0.7) else "proposal",
    }


def _national(world: World, capability: str, kind: str, anchor: bool) -> dict[str, object]:
    """A national development: one partner, some of them open to customers."""
    class_ = world.classes[capability]
    wanting = world.wanting(capability)
    able = [nation for nation in world.industrial() if nation in wanting]
    lead = world.some(able, 1, _industry_weights(world, capability, able).values())[0]
    others = [nation for nation in wanting if nation != lead]
    customers = world.some(others, math.ceil(world.between(0.2, 0.6) * len(others))) if world.chance(0.5) else []
    own = world.prices_meur[capability] * world.units(capability, [lead])
    years = world.whole(max(1, class_.development_years[0] - 1), class_.development_years[1])
    return {
        "lead": lead,
        "buyers": tuple(sorted([lead, *customers])),
        "suppliers": _led(
            lead,
            world.between(0.6, 0.8),
            _industry_weights(world, capability, world.some(world.nations, world.whole(3, 4))),
        ),
        "development_meur": round(own * world.between(0.12, 0.3), 1),
        "development_years": min(years, world.whole(1, 4)),
        "customer_premium_share": round(world.between(0.03, 0.08), 3),
        "unit_cost_meur": round(world.prices_meur[capability] * world.between(0.9, 1.15), 3),
        "first_delivery": FIRST_YEAR + min(years, math.floor(0.5 * world.size.years)),
        "export_regime": f"regime_{world.whole(1, 3)}" if customers and world.chance(0.4) else None,
        "status": "active",
    }


def _export(world: World, programs: Sequence[Program]) -> tuple[Export, ...]:
    """For each regime and selling nation a few buyers barred and a few delayed; now and then a whole region."""
    rows: dict[tuple[str, str, str], Export] = {}
    for regime, seller in sorted({(p.export_regime, p.lead) for p in programs if p.export_regime}):
        others = [nation for nation in world.nations if nation != seller]
        buyers = world.some(others, world.whole(2, max(2, len(others) // 4)))
        if world.chance(0.15):
            buyers.append(REGIONS[world.whole(0, len(REGIONS) - 1)])
        for buyer in buyers:
            barred = buyer not in REGIONS and world.chance(0.45)
            rows[str(regime), seller, buyer] = Export(
                regime=regime,
                supplier=seller,
                buyer=buyer,
                status="barred" if barred else "delayed",
                delay_years=0 if barred else world.whole(1, 2),
            )
    return tuple(rows.values())


def _groups(world: World) -> tuple[Group, ...]:
    """Groups of nations over several capabilities on all three levels.

    The anchor of a capability carries a key of every level and every member can buy it, so all groups of a
    capability can be served at once, however they overlap.
    """
    rows = []
    levels = ("compatible", "interchangeable", "common")
    cell = world.whole(0, 2)
    for number in range(1, world.size.groups + 1):
        members = world.some(world.nations, world.whole(3, min(6, max(3, len(world.nations) // 3))))
        shared = [c for c in world.classes if sum((n, c) in world.need_units for n in members) >= 2]
        for capability in world.some(shared, world.whole(2, max(3, len(world.classes) // 6))):
            level = levels[cell % 3] if world.chance(0.7) else "compatible"
            cell += 1
            rows += [
                Group(
                    group=f"group_{number}",
                    nation=nation,
                    capability=capability,
                    level=level,
                    from_year=None if world.chance(0.5) else FIRST_YEAR + 2,
                )
                for nation in members
                if (nation, capability) in world.need_units
            ]
    return tuple(rows)


def _offers(world: World, programs: Sequence[Program]) -> tuple[Offer, ...]:
    """Preferences for home programs and against some others, and a few terms that differ for one nation."""
    rows = []
    anchors = {f"{capability}_p1" for capability in world.classes}
    for program in programs:
        for nation in world.wanting(program.capability):
            home = nation == program.lead or nation in program.partners
            if not world.chance(0.25 if home else 0.05):
                continue
            taste = world.between(0.01, 0.05) if home else world.between(-0.06, 0.03)
            body: dict[str, object] = {"preference_meur_per_unit": round(taste * program.unit_cost_meur, 4)}
            kind = world.whole(0, 9)
            if kind == 0:
                body["joining_meur"] = round(program.joining_meur * world.between(0.3, 0.8), 2)
            elif kind == 1 and program.kind == "off_the_shelf":
                body["unit_price_meur"] = round(program.unit_cost_meur * world.between(0.85, 0.97), 3)
            elif kind == 2 and program.program not in anchors and not home:
                body["allowed"] = False
            elif kind in (3, 4) and program.kind == "joint_development" and home:
                share = dict(program.suppliers).get(nation, 0.0)
                body["work_minimum"] = round(0.5 * share, 3)
                body["work_limit"] = round(min(1.0, 1.8 * share), 3)
            rows.append(Offer.model_validate({"program": program.program, "nation": nation, **body}))
    return tuple(rows)


# --- limits that bind in that world --------------------------------------------------------------------------


def _budgets(world: World, ledger: Ledger) -> tuple[Budget, ...]:
    """Yearly money near the reference plan's payments: 10 to 25 % short in its peak years, a reserve in the others."""
    rows = []
    years = list(ledger.scenario.years)
    for nation in world.nations:
        paid = np.array([ledger.paid(nation, year, "all") for year in years])
        smooth = np.array([paid[max(0, i - 2) : i + 3].mean() for i in range(len(paid))])
        money = 0.6 * paid + 0.4 * smooth + 0.02 * paid.mean()
        peak = np.zeros(len(years), dtype=bool)
        peak[np.argsort(-paid)[: max(2, len(years) // 5)]] = True
        money[peak] = paid[peak] * world.draw.uniform(0.75, 0.9, int(peak.sum()))
        rest = 1.15 * paid.sum() - money[peak].sum()
        if money[~peak].sum() > 0.0:
            money[~peak] *= max(1.0, rest / money[~peak].sum())
        rows += [
            Budget(nation=nation, year=year, class_="all", budget_meur=round(float(meur), 1), carry_over_share=0.5)
            for year, meur in zip(years, money, strict=True)
        ]
    return tuple(rows)


def _industry(world: World, ledger: Ledger) -> tuple[Industry, ...]:
    """Least work far below, most work somewhat above what the reference plan places."""
    work: dict[tuple[str, str], float] = defaultdict(float)
    for (nation, code), meur in ledger.work.items():
        capability = ledger.scenario.contracts[code].capability
        work[nation, world.classes[capability].sector] += meur
    rows = []
    for nation in world.nations:
        strongest = max(SECTORS, key=lambda sector: world.strength[nation, sector])
        for sector in SECTORS:
            placed = work.get((nation, sector), 0.0)
            least = round(world.between(0.01, 0.04) * placed, 1) if sector == strongest and world.chance(0.6) else None
            most = round(world.between(1.2, 1.8) * placed, 1) if world.chance(0.35) else None
            if placed > 0.0 and (least or most):
                rows.append(Industry(nation=nation, sector=sector, min_work_meur=least or None, max_work_meur=most))
    return tuple(rows)


def _with_reachable_minima(scenario: Scenario) -> Scenario:
    """The scenario without the least workloads that a plan found to keep every rule does not reach."""
    while True:
        plan, reached = modest_plan(scenario)
        industry = tuple(
            row
            if row.min_work_meur is None or (row.nation, row.sector) in reached
            else row.model_copy(update={"min_work_meur": None})
            for row in scenario.tables.industry
        )
        limited = scenario.replace(
            tables={"industry": tuple(row for row in industry if row.min_work_meur or row.max_work_meur)}
        )
        found = audit(limited, plan)
        if found.is_clean:
            return limited
        if not reached:
            raise RuntimeError(f"the modest plan breaks rules of {scenario.settings.name}: {found.findings()[0]}")
        scenario = limited.replace(tables={"industry": _halved(limited)})


def _halved(scenario: Scenario) -> tuple[Industry, ...]:
    """industry.csv with every second of its least workloads left out."""
    rows, kept = [], False
    for row in scenario.tables.industry:
        if row.min_work_meur is not None:
            kept = not kept
            row = row if kept else row.model_copy(update={"min_work_meur": None})
        rows.append(row)
    if sum(row.min_work_meur is not None for row in scenario.tables.industry) == 1:
        rows = [row.model_copy(update={"min_work_meur": None}) for row in rows]
    return tuple(row for row in rows if row.min_work_meur or row.max_work_meur)


def _outside_share(ledger: Ledger) -> float:
    """A limit on outside content a little below what the reference plan has."""
    members = frozenset(ledger.scenario.members(BLOC))
    bought = outside = 0.0
    for (nation, code), meur in ledger.production.items():
        if nation in members:
            shares = ledger.scenario.shares[ledger.scenario.contracts[code].program]
            bought += meur
            outside += meur * (1.0 - sum(share for supplier, share in shares.items() if supplier in members))
    return round(min(0.6, max(0.1, 0.95 * outside / bought)), 3) if bought else 0.5


def _settings(world: World, name: str, outside_share: float) -> Settings:
    return Settings(
        name=name,
        description="Generated benchmark: no figure stands for a real nation or program.",
        illustrative=True,
        first_year=FIRST_YEAR,
        last_year=world.last_year,
        rules={
            "annual_budget": {"on": True, "soft": False},
            "price_bands": {"bands": 6},
            "interoperability": {"on": True},
            "fair_return": {"on": True, "mode": "balance", "tolerance": 0.4},
            "sector_workload": {"on": True},
            "supplier_share": {"on": True, "max_share": 0.75},
            "outside_content": {"on": True, "bloc": BLOC, "max_share": outside_share},
            "burden_sharing": {"on": True, "tolerance": 0.9},
            "joint_program_limit": {"on": True},
        },
        solver=Solver(time_limit_s=600.0),
    )


# --- doors ---------------------------------------------------------------------------------------------------


def make_scenario(size: str, seed: int) -> Scenario:
    """The scenario of a size and seed, in memory; the same every time."""
    world = _world(SIZES[size], np.random.default_rng([seed, list(SIZES).index(size)]))
    programs = _programs(world)
    tables = Tables(
        nations=_nations(world),
        capabilities=_capabilities(world, programs),
        programs=programs,
        requirements=_requirements(world),
        offers=_offers(world, programs),
        groups=_groups(world),
        export=_export(world, programs),
    )
    name = f"Benchmark {size}, seed {seed}"
    free = Scenario(tables, _settings(world, name, 0.5))
    ledger = Ledger(free, reference_plan(free))
    limited = replace(tables, budgets=_budgets(world, ledger), industry=_industry(world, ledger))
    return _with_reachable_minima(Scenario(limited, _settings(world, name, _outside_share(ledger))))


def write_scenario(folder: str | Path, size: str, seed: int) -> Path:
    """Write the scenario of a size (S, M, L, XL) and seed as CSV tables and scenario.toml; returns the folder."""
    target = Path(folder)
    scenario = make_scenario(size, seed)
    target.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        rows = getattr(scenario.tables, name)
        path = target / f"{name}.csv"
        if rows:
            path.write_text(table_csv(name, rows), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    (target / "scenario.toml").write_text(settings_toml(scenario.settings), encoding="utf-8")
    return target


def summary(scenario: Scenario) -> dict[str, int]:
    """How large a scenario is, as counts by name."""
    contracts = scenario.contracts.values()
    return {
        "nations": len(scenario.nations),
        "capabilities": len(scenario.capabilities),
        "programs": len(scenario.programs),
        "years": len(scenario.years),
        "needs": len(scenario.needs),
        "pairs": len(scenario.pairs),
        "contracts": len(scenario.contracts),
        "pooled contracts": sum(contract.pooled for contract in contracts),
        "price bands": sum(len(contract.bands) for contract in contracts),
        "group cells": len({(row.group, row.capability) for row in scenario.tables.groups}),
        "offers": len(scenario.tables.offers),
        "export rows": len(scenario.tables.export),
        "industry rows": len(scenario.tables.industry),
        "work minima": sum(row.min_work_meur is not None for row in scenario.tables.industry),
        "warnings": len(scenario.provenance.get("warnings", ())),  # type: ignore[arg-type]
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one scenario, load it back as a check, and print its counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description="Write a benchmark scenario.")
    parser.add_argument("size", choices=list(SIZES))
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    started = time.monotonic()
    folder = write_scenario(asked.folder, asked.size, asked.seed)
    written = time.monotonic() - started
    scenario = load_scenario(folder)
    print(f"{folder}: written in {written:.1f} s")
    for name, count in summary(scenario).items():
        print(f"  {name:<18}{count:>8,}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
