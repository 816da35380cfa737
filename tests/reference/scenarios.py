"""Seeded random scenario folders, valid by the documents, with any subset of tables, columns and rules."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .data import Data, load
from .facts import Facts

# Every feature that can be asked for alone: rules, optional tables, and habits of the tables.
RULES = (
    "annual_budget",
    "budget_classes",
    "carry_over",
    "soft_budget",
    "type_limit",
    "minimum_fleet",
    "minimum_suppliers",
    "interoperability",
    "fair_return",
    "sector_workload",
    "sustaining_rate",
    "supplier_share",
    "outside_content",
    "burden_sharing",
    "no_nation_worse_off",
    "bloc_rows",
    "half_rule_off",
    "joint_program_limit",
    "locks",
    "element",
    "variant",
    "export",
    "prices",
    "offers",
    "fleets",
    "contracted",
    "lots",
    "capacity",
    "several_rows",
    "must_meet",
    "preference",
    "change",
    "order",
    "counterfactual",
    "effects",
    "duplication",
    "rules_off",
)
SWITCHES = (
    "annual_budget",
    "type_limit",
    "minimum_fleet",
    "minimum_suppliers",
    "interoperability",
    "sector_workload",
    "sustaining_rate",
    "half_rule",
    "joint_program_limit",
)
FIRST_YEAR = 2026
PAYMENTS = ("", "", "0:1", "-1:0.3;0:0.7", "-2:0.2;0:0.5;1:0.3", "0:0.6;2:0.4", "-3:0.25;-1:0.25;0:0.5")
Row = dict[str, Any]


def write_random(
    folder: str | Path,
    seed: int,
    size: str = "tiny",
    rules: Collection[str] | None = None,
    mode: str | None = None,
) -> Path:
    """Write a valid random scenario; `rules` picks features of RULES, None a random few; `mode` the pooling."""
    folder = Path(folder)
    for attempt in range(100):
        maker = _Maker(random.Random(f"{seed}/{size}/{attempt}"), size, rules, mode)
        maker.make()
        if folder.exists():
            shutil.rmtree(folder)
        maker.write(folder)
        if maker.repair(load(folder)):
            maker.write(folder)
            if maker.lock(load(folder)):
                maker.write(folder)
            return folder
    raise RuntimeError(f"seed {seed} yields no valid scenario")


class _Maker:
    """Builds the tables in memory, then mends what a check would refuse."""

    def __init__(self, rng: random.Random, size: str, rules: Collection[str] | None, mode: str | None) -> None:
        self.rng, self.tiny = rng, size == "tiny"
        if rules is None:
            count = rng.choice((0, 1, 2, 2, 3, 3, 4, 5, 6, 8))
            self.on = set(rng.sample(RULES, count))
        else:
            self.on = set(rules)
        if "no_nation_worse_off" in self.on:
            self.on -= {"element", "order"}  # the national baseline must leave no nation's cost open
        if "order" in self.on:
            self.on -= {"soft_budget", "element"}
        modes = ("joint", "joint", "joint", "joint", "blocs", "blocs", "as_is", "national")
        self.mode = mode or rng.choice(modes)
        if mode is None and "no_nation_worse_off" in self.on and self.mode not in ("joint", "blocs"):
            self.mode = "joint"
        self.tables: dict[str, list[Row]] = {}
        self.settings: dict[str, Any] = {}
        self.years = rng.choice((1, 1, 2, 2, 3)) if self.tiny else rng.randint(2, 6)
        self.last = FIRST_YEAR + self.years - 1

    def chance(self, share: float) -> bool:
        """True in a share of the cases."""
        return self.rng.random() < share

    def money(self, low: float, high: float) -> float:
        """A random amount with enough digits to make ties unlikely."""
        return round(self.rng.uniform(low, high), 3)

    def make(self) -> None:
        """All tables and settings but locks."""
        rng = self.rng
        count = rng.choice((2, 2, 3)) if self.tiny else rng.choice((2, 3, 3, 4))
        self.nations = ["AAA", "BBB", "CCC", "DDD"][:count]
        inner = 1 if "outside_content" in self.on and self.chance(0.6) else 2
        self.blocs = {n: ["EU"] if i < inner or self.chance(0.3) else ["NORTH"] for i, n in enumerate(self.nations)}
        self.tables["nations"] = [
            {"nation": n, "blocs": ";".join(self.blocs[n]), "gdp_meur": rng.randint(200, 3000)} for n in self.nations
        ]
        if "joint_program_limit" in self.on:
            for row in self.tables["nations"]:
                if self.chance(0.7):
                    row["max_joint_programs"] = rng.choice((0, 1, 1, 2))
        self.capabilities = ["fighter", "tanker", "radar"][: 1 if self.tiny and self.chance(0.7) else rng.randint(1, 2)]
        if not self.tiny and self.chance(0.3):
            self.capabilities = ["fighter", "tanker", "radar"]
        self.tables["capabilities"] = [self.capability(c) for c in self.capabilities]
        self.make_programs()
        self.make_requirements()
        self.make_budgets()
        self.make_others()
        self.make_settings()

    def capability(self, c: str) -> Row:
        """A row of capabilities.csv."""
        rng = self.rng
        row: Row = {
            "capability": c,
            "sector": rng.choice(("air", "electronics")),
            "shortfall_meur_per_unit_year": round(self.rng.uniform(10, 60) * max(1.0, 4.0 / self.years), 3),
            "type_is": rng.choice(("", "program", "family")),
        }
        if "duplication" in self.on or self.chance(0.3):
            row["extra_type_meur"] = self.money(1, 25)
        if "type_limit" in self.on:
            if self.chance(0.6):
                row["max_types"] = rng.choice((1, 1, 2))
            if self.chance(0.6):
                row["max_types_per_nation"] = 1
        if "minimum_suppliers" in self.on:
            row["min_suppliers"] = 2
        if "minimum_fleet" in self.on:
            row["min_fleet_units"] = 2
        return row

    def shares(self) -> dict[str, float]:
        """Supplier shares that sum to one."""
        names = self.rng.sample(self.nations, self.rng.randint(1, min(3, len(self.nations))))
        choices: dict[int, Any] = {
            1: [(1.0,)],
            2: [(0.5, 0.5), (0.7, 0.3), (0.85, 0.15)],
            3: [(0.5, 0.3, 0.2), (0.4, 0.35, 0.25)],
        }
        return dict(zip(names, self.rng.choice(choices[len(names)]), strict=True))

    def make_programs(self) -> None:
        """programs.csv, with elements, variants, counterfactuals, prices."""
        rng = self.rng
        self.programs: list[Row] = []
        count = rng.choice((2, 2, 3)) if self.tiny else rng.randint(max(2, len(self.capabilities)), 6)
        self.mixed = bool(self.on & {"type_limit", "interoperability", "minimum_suppliers", "duplication"})
        if self.mixed:
            count = max(count, 3)
            self.capabilities = self.capabilities[: 1 if self.tiny else 2]
            self.tables["capabilities"] = self.tables["capabilities"][: len(self.capabilities)]
        for i in range(max(count, len(self.capabilities))):
            c = self.capabilities[i % len(self.capabilities)]
            kinds = ["joint_development", "off_the_shelf", "national_development", "pooled_service"]
            kind = kinds[0] if i == 0 else rng.choices(kinds, (1, 6, 1, 1) if self.mixed else (4, 4, 2, 1))[0]
            self.programs.append(self.program(f"prog{i}", c, kind))
        developments = [p for p in self.programs if p["kind"].endswith("_development")]
        if "variant" in self.on:
            base = rng.choice(developments)
            variant = self.program("variant0", base["capability"], rng.choice(("national_development", base["kind"])))
            variant.update(variant_of=base["program"], variant_development_meur=self.money(3, 20))
            variant["development_meur"] = self.money(10, 60)
            variant["unit_cost_meur"] = round(base["unit_cost_meur"] * rng.uniform(0.4, 0.9), 3)
            self.programs = [*self.programs[: 1 if self.tiny else 5], variant]
            if base not in self.programs:
                self.programs.insert(0, base)
        if "element" in self.on:
            developments = [p for p in self.programs if p["kind"].endswith("_development")]
            if len(developments) < 2:
                extra = self.program("prog_e", rng.choice(self.capabilities), "joint_development")
                self.programs = [*self.programs[:2], extra] if self.tiny else [*self.programs, extra]
                developments.append(extra)
            for p in developments[:2]:
                p["element"] = "engine"
                if self.chance(0.3):
                    p["development_meur"] = 0
            self.tables["elements"] = [{"element": "engine", "development_meur": self.money(10, 60)}]
        if "counterfactual" in self.on and len(self.programs) > 1:
            self.programs[-1]["status"] = "cancelled_counterfactual"
        self.tables["programs"] = self.programs
        if "prices" in self.on:
            self.tables["prices"] = []
            for p in self.programs:
                if self.chance(0.6):
                    self.tables["prices"] += self.price_breaks(p)

    def price_breaks(self, p: Row) -> list[Row]:
        """Two or three breaks, mostly falling, sometimes rising; the first may act as minimum order."""
        rng = self.rng
        start, price = rng.choice((1, 1, 1, 2)), p["unit_cost_meur"]
        factor = 1.15 if self.chance(0.25) else 0.85
        rows = []
        for _ in range(rng.choice((1, 2, 3))):
            rows.append({"program": p["program"], "from_units": start, "unit_price_meur": round(price, 3)})
            start += rng.randint(1, 2)
            price *= factor
        return rows

    def program(self, code: str, c: str, kind: str) -> Row:
        """A row of programs.csv."""
        rng = self.rng
        suppliers = self.shares()
        lead = max(suppliers, key=lambda n: suppliers[n]) if self.chance(0.7) else rng.choice(self.nations)
        development = kind.endswith("_development")
        row: Row = {
            "program": code,
            "capability": c,
            "family": rng.choice(("", "", "fam_x", "fam_y")),
            "kind": kind,
            "lead": lead,
            "suppliers": ";".join(f"{n}:{share}" for n, share in suppliers.items()),
            "unit_cost_meur": self.money(8, 40),
            "first_delivery": FIRST_YEAR + (rng.choice((0, 0, 1)) if self.years > 1 else 0),
            "payment_profile": rng.choice(PAYMENTS),
            "standards": ";".join(sorted(rng.sample(("link_a", "link_b", "link_c"), rng.choice((1, 1, 2))))),
            "grade": rng.choice(("", "", 2, 4)),
        }
        if development:
            row["development_meur"] = self.money(5, 60)
            if self.chance(0.15):
                row["development_meur"] = 0
            if kind == "joint_development":
                partners = rng.sample(self.nations, rng.randint(min(2, len(self.nations)), len(self.nations)))
                row["partners"] = ";".join(partners)
                row["partner_exponent"] = rng.choice(("", 0, 0.3, 0.7, 1))
                row["min_partners"] = rng.choice(("", 1, 2, 2))
                if self.chance(0.25):
                    row["max_partners"] = rng.randint(max(1, row["min_partners"] or 1), len(partners))
            elif self.chance(0.3):
                row["partners"] = lead
            row["customer_premium_share"] = rng.choice(("", 0, 0.12))
            style = rng.randint(0, 5)
            if style == 1:
                row["development_start"] = FIRST_YEAR - 1
                row["development_years"] = rng.randint(1, 3)
            elif style == 2:
                row["development_years"] = rng.randint(1, 3)
            elif style == 3:
                row["development_start"] = FIRST_YEAR + rng.randint(-2, 0)
            elif style == 4:
                row["development_profile"] = (
                    f"{FIRST_YEAR}:1" if self.years == 1 else f"{FIRST_YEAR}:0.4;{self.last}:0.6"
                )
        if self.chance(0.5):
            row["learning_slope"] = rng.choice((0.75, 0.85, 0.92))
            row["reference_units"] = rng.choice(("", 2, 5))
            row["prior_units"] = rng.choice(("", 1, 10))
        if self.chance(0.4):
            row["premium_share"] = rng.choice((0.02, 0.06, 0.15))
        if kind == "off_the_shelf" and self.chance(0.3):
            row["sale_surcharge_share"] = rng.choice((0.05, 0.1))
            row["approval_years"] = rng.choice(("", 1)) if self.years > 1 else ""
        if self.chance(0.05 if self.mixed else 0.2):
            row["min_order_units"] = rng.choice((2, 3))
        if self.chance(0.15):
            row["max_units"] = rng.randint(3, 6)
        if "lots" in self.on and self.chance(0.7):
            row["lot_units"] = 2
        if "capacity" in self.on and self.chance(0.8):
            row["annual_capacity_units"] = rng.choice((1, 2, 2.5, 3))
        if self.chance(0.15):
            row["last_delivery"] = self.last - (1 if self.years > 2 else 0)
        if self.chance(0.4):
            row["support_meur_per_unit_year"] = self.money(0.1, 2)
        if self.chance(0.5):
            row["joining_meur"] = self.money(0.5, 8)
        if self.chance(0.3):
            row["operating_type_meur_per_year"] = self.money(0.2, 3)
        if "effects" in self.on and self.chance(0.6):
            row["effect_per_unit"] = rng.choice((0.5, 0.75, 1.5, 2))
        if self.chance(0.2):
            buyers = set(rng.sample(self.nations, max(1, len(self.nations) - 1)))
            buyers |= set(str(row.get("partners", "")).split(";")) - {""}
            if kind == "national_development":
                buyers.add(lead)
            row["buyers"] = ";".join(sorted(buyers))
            if self.chance(0.3):
                row["buyers"] += ";EU"
        return row

    def make_requirements(self) -> None:
        """requirements.csv, with stepped, graded, firm, contracted and bloc rows."""
        rng = self.rng
        rows: list[Row] = []
        for c in self.capabilities:
            for n in self.nations:
                if not self.chance(0.9):
                    continue
                for _ in range(rng.choice((1, 2, 2, 3)) if "several_rows" in self.on else 1):
                    rows.append(self.requirement(n, c))
            if ("bloc_rows" in self.on or "half_rule_off" in self.on) and self.chance(0.8):
                row = {"nation": "EU", "capability": c, "quantity": rng.randint(1, 3), "need_by": self.year()}
                row["priority"] = rng.choice(("", 0.6, 2))
                row["max_share_per_nation"] = rng.choice(("", "", 0.6, 1))
                row["max_extra_units"] = rng.choice(("", "", 1))
                if "must_meet" in self.on and self.chance(0.2):
                    row["must_meet"] = "yes"
                rows.append(row)
        self.tables["requirements"] = rows

    def year(self) -> int:
        """A year of the horizon, mostly early."""
        return FIRST_YEAR + min(self.rng.randint(0, self.years - 1), self.rng.randint(0, self.years - 1))

    def requirement(self, n: str, c: str) -> Row:
        """A nation's own row."""
        rng = self.rng
        several = "several_rows" in self.on
        row: Row = {
            "nation": n,
            "capability": c,
            "quantity": rng.randint(1, 2) if self.tiny or several else rng.randint(1, 4),
            "need_by": self.year(),
        }
        if self.chance(0.1):
            row["quantity"] = row["quantity"] - 0.5
        if several or self.chance(0.3):
            row["priority"] = rng.choice((0.5, 0.8, 1.5, 3))
        if several and self.chance(0.5):
            row["min_grade"] = rng.choice((1, 2, 3, 4))
        if "must_meet" in self.on and self.chance(0.5):
            row["must_meet"] = "yes"
        if self.chance(0.15):
            row["max_extra_units"] = 1
        own = [p["program"] for p in self.programs if p["capability"] == c]
        if own and (self.mode == "as_is" or self.chance(0.6)):
            row["baseline_program"] = rng.choice(own) if self.chance(0.5) else own[0]
            if "contracted" in self.on and self.chance(0.6):
                row["contracted_units"] = 1
                row["quantity"] = int(row["quantity"]) + 1
        return row

    def make_budgets(self) -> None:
        """Budgets by nation and year, some by class, some carried over."""
        rng = self.rng
        if not self.on & {"annual_budget", "budget_classes", "carry_over", "soft_budget"}:
            return
        self.tables["budgets"] = []
        for row in self.tables["nations"]:
            n = row["nation"]
            need = sum(r["quantity"] for r in self.tables["requirements"] if r["nation"] == n) + 0.5
            yearly = 25.0 * need / self.years
            if "annual_budget" in self.on and self.chance(0.7):
                row["budget_meur"] = round(yearly * rng.uniform(0.7, 2.5), 3)
            classes = []
            if self.on & {"carry_over", "soft_budget"} or self.chance(0.4):
                classes.append("all")
            if "budget_classes" in self.on:
                classes += rng.sample(("development", "procurement", "support"), rng.randint(1, 2))
            for kind in classes:
                for t in range(FIRST_YEAR, self.last + 1):
                    if self.chance(0.85):
                        part = {"all": 1.2, "procurement": 1.0, "development": 0.6, "support": 0.3}[kind]
                        budget = {
                            "nation": n,
                            "year": t,
                            "class": kind,
                            "budget_meur": round(yearly * part * rng.uniform(0.5, 2.2), 3),
                        }
                        if "carry_over" in self.on and self.chance(0.8):
                            budget["carry_over_share"] = rng.choice((0.5, 0.9, 1))
                        self.tables["budgets"].append(budget)

    def make_others(self) -> None:
        """Offers, fleets, groups, industry, export control, the previous plan."""
        rng, on = self.rng, self.on
        pairs = [(p, n) for p in self.programs for n in self.nations]
        # Where a rule asks for fewer types, each nation has its own cheap offer, so that the rule costs something.
        mixed = self.mixed and self.chance(0.7)
        if "offers" in on or "preference" in on or mixed:
            self.tables["offers"] = []
            for p, n in pairs:
                if self.chance(0.9 if mixed else 0.4):
                    row: Row = {"program": p["program"], "nation": n}
                    if "preference" in on:
                        row["preference_meur_per_unit"] = self.money(-8, 8)
                    if "offers" in on:
                        self.offer(row, p, n)
                    if mixed:
                        row["unit_price_meur"] = round(p["unit_cost_meur"] * rng.uniform(0.15, 1.1), 3)
                    self.tables["offers"].append(row)
        if "fleets" in on:
            self.tables["fleets"] = []
            for c in self.capabilities:
                for n in self.nations:
                    if self.chance(0.6):
                        own = [p for p in self.programs if p["capability"] == c]
                        names = [p["program"] for p in own] + [p["family"] for p in own if p["family"]] + ["old_type"]
                        self.tables["fleets"].append(
                            {
                                "nation": n,
                                "program": rng.choice(names),
                                "capability": c,
                                "units": rng.randint(1, 2),
                                "retires": rng.choice(("", FIRST_YEAR + 1, self.last, self.last + 1, self.last + 5)),
                            }
                        )
                        for row in self.tables["requirements"]:
                            if row["nation"] == n and row["capability"] == c and self.chance(0.5):
                                row["quantity"] += 1
        if "interoperability" in on:
            self.tables["groups"] = []
            for c in self.capabilities:
                if self.chance(0.85):
                    level = rng.choice(("compatible", "compatible", "interchangeable", "common"))
                    for n in rng.sample(self.nations, rng.randint(2, len(self.nations))):
                        self.tables["groups"].append(
                            {
                                "group": "wing",
                                "nation": n,
                                "capability": c,
                                "level": level,
                                "from_year": rng.choice(("", "", FIRST_YEAR, self.last, self.last + 1)),
                            }
                        )
        if on & {"sector_workload", "sustaining_rate"}:
            self.tables["industry"] = []
            for sector in {row["sector"] for row in self.tables["capabilities"]}:
                for n in self.nations:
                    if self.chance(0.5):
                        row = {"nation": n, "sector": sector}
                        if "sector_workload" in on:
                            if self.chance(0.6):
                                row["min_work_meur"] = self.money(1, 25)
                            if self.chance(0.6):
                                row["max_work_meur"] = self.money(30, 90)
                        if "sustaining_rate" in on:
                            row["min_work_meur_per_year"] = self.money(0.2, 5)
                        if len(row) > 2:
                            self.tables["industry"].append(row)
        if "export" in on:
            rows = {}
            for p in self.programs:
                if self.chance(0.6):
                    p["export_regime"] = "strict"
            for _ in range(rng.randint(1, 4)):
                supplier = rng.choice(self.nations)
                buyer = rng.choice([*self.nations, "EU"])
                if supplier != buyer:
                    status = rng.choice(("barred", "delayed", "delayed", "allowed"))
                    rows[supplier, buyer] = {
                        "regime": "strict",
                        "supplier": supplier,
                        "buyer": buyer,
                        "status": status,
                        "delay_years": rng.randint(1, 2) if status == "delayed" else "",
                    }
            self.tables["export"] = list(rows.values())
        if "change" in on:
            self.tables["previous"] = [
                {"nation": n, "program": p["program"], "units": rng.randint(1, 2)}
                for p, n in pairs
                if self.chance(0.4) and p.get("status") != "cancelled_counterfactual"
            ]

    def offer(self, row: Row, p: Row, n: str) -> None:
        """Columns of an offer."""
        rng = self.rng
        if self.chance(0.3):
            row["unit_price_meur"] = round(p["unit_cost_meur"] * rng.uniform(0.7, 1.2), 3)
        if self.chance(0.3):
            row["joining_meur"] = rng.choice((0, self.money(0.5, 6)))
        if self.chance(0.2):
            row["max_units"] = rng.randint(1, 2)
        if self.chance(0.3) and p["kind"].endswith("_development"):
            row["work_limit"] = rng.choice((0.3, 0.5, 0.6, 0.9))
            row["work_minimum"] = rng.choice(("", 0.1, 0.2))
        if self.chance(0.2):
            row["earliest_delivery"] = FIRST_YEAR + (rng.choice((0, 1)) if self.years > 1 else 0)
        partner = n in str(p.get("partners", "")).split(";") or n == p["lead"]
        if self.chance(0.08) and not partner:
            row["allowed"] = "no"

    def make_settings(self) -> None:
        """scenario.toml."""
        rng, on = self.rng, self.on
        rules: dict[str, dict[str, Any]] = {"price_bands": {"bands": rng.choice((1, 2, 3, 6))}}
        if self.chance(0.3):
            del rules["price_bands"]
        if "fair_return" in on:
            rules["fair_return"] = {
                "on": True,
                "mode": rng.choice(("balance", "program")),
                "tolerance": rng.choice((0.0, 0.05, 0.1, 0.3)),
            }
        if "supplier_share" in on:
            rules["supplier_share"] = {"max_share": rng.choice((0.5, 0.6, 0.75, 0.9))}
        if "outside_content" in on:
            rules["outside_content"] = {"on": True, "bloc": "EU", "max_share": rng.choice((0.2, 0.35, 0.6))}
        if "burden_sharing" in on:
            rules["burden_sharing"] = {"on": True} if self.chance(0.4) else {"tolerance": rng.choice((0.1, 0.3, 0.8))}
        if "no_nation_worse_off" in on:
            rules["no_nation_worse_off"] = {"on": True}
        if "half_rule_off" in on:
            rules["half_rule"] = {"on": False}
        if "soft_budget" in on:
            rules["annual_budget"] = {"on": True, "soft": True}
            if self.chance(0.5):
                rules["annual_budget"]["price"] = rng.choice((0.2, 0.5, 2.0))
        if "rules_off" in on:
            for name in rng.sample(SWITCHES, 3):
                rules[name] = {"on": False}
        objective: dict[str, Any] = {}
        if "change" in on:
            objective["change"] = rng.choice((0.3, 1.0))
        if "preference" in on and self.chance(0.3):
            objective["preference"] = 0.5
        if self.chance(0.1):
            objective["duplication"] = rng.choice((0.0, 2.0))
        if "order" in on:
            order = ["shortfall", "cost", "duplication"]
            rng.shuffle(order)
            order = order[: rng.choice((2, 3))]
            objective = {"order": order, "change": 1.0}
        blocs: list[list[str]] = []
        if self.mode == "blocs":
            names = rng.sample(self.nations, len(self.nations))
            blocs = [names[:2], names[2:]] if len(names) == 4 else [names[:2]]
        self.settings = {
            "pooling": {"mode": self.mode, "blocs": blocs},
            "objective": objective,
            "rules": rules,
            "discount_rate": rng.choice((0.0, 0.03, 0.07)),
            "include_counterfactuals": "counterfactual" in on and self.chance(0.3),
        }

    def repair(self, data: Data) -> bool:
        """Drop or shift what the checks would refuse; False when too little is left."""
        f = Facts(data)
        kept = []
        for r, row in zip(data.requirements, self.tables["requirements"], strict=True):
            names = [n for n in f.nations if f.within(n, r.nation)]
            first = [
                f.earliest(n, p)
                for n in names
                for p, q in f.programs.items()
                if q.capability == r.capability and q.grade >= r.min_grade and f.may_buy(n, p) and f.window(n, p)
            ]
            if first:
                row["need_by"] = max(row["need_by"], min(first))
                if r.baseline_program is not None and not self.can_be_baseline(f, r.nation, r.baseline_program):
                    row["baseline_program"] = ""
                    row["contracted_units"] = ""
                kept.append(row)
        self.tables["requirements"] = kept
        if len({row["nation"] for row in kept}) < 2:
            return False
        groups = []
        for cell in f.cells:

            def serves(n: str, key: str, c: str = cell.capability, carried: Any = cell.carried) -> bool:
                return any(key in keys and f.may_buy(n, p) and f.window(n, p) for p, keys in carried.items())

            if any(all(serves(n, key) for n in cell.members) for keys in cell.carried.values() for key in keys):
                groups.append(cell.capability)
        if "groups" in self.tables:
            self.tables["groups"] = [row for row in self.tables["groups"] if row["capability"] in groups]
        for row in self.programs:
            able = [n for n in self.nations if row["program"] not in f.programs or f.may_buy(n, row["program"])]
            partners = [n for n in str(row.get("partners", "")).split(";") if n]
            if row["kind"] == "joint_development" and not set(partners) <= set(able):
                # A partner barred from buying is no fault by the documents; its check may still ask for enough.
                least = row.get("min_partners") or 1
                if len(set(partners) & set(able)) < least:
                    row["min_partners"] = 1
        return True

    def can_be_baseline(self, f: Facts, n: str, p: str) -> bool:
        """Whether the row's nation could buy its baseline at all."""
        return n in f.nations and p in f.programs and f.may_buy(n, p)

    def lock(self, data: Data) -> bool:
        """Add locks that no exclusion or capacity contradicts; True when there are any."""
        if "locks" not in self.on:
            return False
        rng, f = self.rng, Facts(data)
        rows: list[Row] = []
        programs = rng.sample(sorted(f.programs), len(f.programs))
        for p in programs[:2]:
            program = f.programs[p]
            contracts = f.of_program[p]
            capacity = program.annual_capacity_units
            capacity = 99 if capacity is None else int(capacity) * self.years
            members = sorted({n for a in contracts for n in a.members if f.window(n, p) and f.most(n, p) >= 1})
            tight = any(data.nations[n].budget_meur is not None for n in members) or data.budgets
            if not members or (program.variant_of is not None):
                continue
            least = max(f.smallest_order(p), program.lot_units)
            room = min(capacity, sum(f.most(n, p) for n in members))
            style = rng.randint(0, 4)
            n = rng.choice(members)
            if style == 0 and least <= room and not tight:
                rows.append({"nation": "", "program": p, "action": "require"})
            elif style == 1:
                rows.append({"nation": rng.choice(("", n)), "program": p, "action": "forbid"})
            elif style == 2 and least <= room and not tight:
                rows.append({"nation": "", "program": p, "action": "fix", "units": least * program.lot_units})
                if rows[-1]["units"] > room:
                    rows.pop()
            elif style == 3 and not tight:
                rows.append({"nation": n, "program": p, "action": "require"})
                if self.chance(0.5):
                    rows[-1]["units"] = min(f.most(n, p), capacity, rng.randint(1, 2))
            elif style == 4:
                units = 0 if tight else min(f.most(n, p), capacity, rng.randint(0, 2))
                rows.append({"nation": n, "program": p, "action": "fix", "units": units})
        self.tables["locks"] = rows
        return bool(rows)

    def write(self, folder: Path) -> None:
        """The folder as it stands."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            if not rows:
                (folder / f"{name}.csv").unlink(missing_ok=True)
                continue
            columns = list(dict.fromkeys(key for row in rows for key in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
        lines = [
            'name = "random"',
            f"first_year = {FIRST_YEAR}",
            f"last_year = {self.last}",
            f"discount_rate = {self.settings['discount_rate']}",
        ]
        if self.settings["include_counterfactuals"]:
            lines.append("include_counterfactuals = true")
        for section in ("pooling", "objective"):
            lines.append(f"\n[{section}]")
            lines += [f"{key} = {_toml(value)}" for key, value in self.settings[section].items()]
        lines.append("\n[rules]")
        for name, body in self.settings["rules"].items():
            inner = ", ".join(f"{key} = {_toml(value)}" for key, value in body.items())
            lines.append(f"{name} = {{ {inner} }}")
        lines.append('\n[solver]\nname = "highs"\ngap = 0.0\ntime_limit_s = 60\n')
        (folder / "scenario.toml").write_text("\n".join(lines), encoding="utf-8")


def _toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)
