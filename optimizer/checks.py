"""What tables and settings alone can tell is wrong between rows: codes, keys, sums, orders, contradictions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from optimizer.problems import Problem
from optimizer.tables.cells import shown, text_of
from optimizer.tables.nearest import Nearest
from optimizer.tables.read import Reading
from optimizer.tables.schema import NATION_CODE, OTHER_CODE, TABLES, Lock, Program, Row, Tables
from optimizer.tables.settings import LONGEST_HORIZON_YEARS, Settings

SHARE_TOLERANCE = 1e-6
_DEVELOPMENTS = ("joint_development", "national_development")
_SINGULAR = {
    "nations": "nation",
    "blocs": "bloc",
    "capabilities": "capability",
    "programs": "program",
    "elements": "element",
    "sectors": "sector",
    "regimes": "regime",
}


@dataclass(frozen=True)
class _Scene:
    """What the checks look at, and how they name what they find."""

    tables: Tables
    settings: Settings | None
    files: Mapping[str, str]
    known: Mapping[str, AbstractSet[str]]

    def at(self, table: str, row: Row, column: str | None, reason: str, remedy: str, value: object = None) -> Problem:
        """A fault of one cell."""
        file = row.written_by(column) or self.files.get(table, f"{table}.csv")
        return Problem(
            file, row.line or None, column, None if value is None else shown(text_of(value)), reason, remedy.rstrip(".")
        )

    def setting(self, key: str, reason: str, remedy: str, value: object = None) -> Problem:
        """A fault of one setting."""
        file = self.files.get(f"scenario.{key}") or self.files.get("scenario", "scenario.toml")
        return Problem(file, None, key, None if value is None else shown(text_of(value)), reason, remedy.rstrip("."))

    def unknown(self, table: str, row: Row, column: str, code: str | None, *kinds: str) -> Iterator[Problem]:
        """A fault unless the code is known in one of the kinds; none when one of them could not be read."""
        if code is None or any(kind not in self.known for kind in kinds):
            return
        if not any(code in self.known[kind] for kind in kinds):
            near = self.nearest(*kinds)
            if self.is_misspelt(near.find(code), kinds):
                return
            words = " or ".join(_SINGULAR[kind] for kind in kinds)
            if code in self.members and "blocs" not in kinds:
                remedy = f"It is a bloc; name its members: {', '.join(sorted(self.members[code]))}"
            else:
                remedy = near.remedy(code, f"Known are {near.list()}" if near.list() else "Add it to its table")
            yield self.at(table, row, column, f"is no known {words}", remedy, code)

    def nearest(self, *kinds: str) -> Nearest:
        """Near words among the codes of some kinds."""
        if kinds not in self._nearest:
            self._nearest[kinds] = Nearest(code for kind in kinds for code in self.known.get(kind, ()))
        return self._nearest[kinds]

    @staticmethod
    def is_misspelt(code: str | None, kinds: Sequence[str]) -> bool:
        """Whether a declared code is itself ill-formed: its own fault is told, those who name it rightly have none."""
        pattern = NATION_CODE if kinds[0] in ("nations", "blocs") else OTHER_CODE
        return code is not None and re.fullmatch(pattern, code) is None

    @cached_property
    def _nearest(self) -> dict[tuple[str, ...], Nearest]:
        return {}

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """Members of every bloc."""
        found: dict[str, set[str]] = defaultdict(set)
        for nation in self.tables.nations:
            for bloc in nation.blocs:
                found[bloc].add(nation.nation)
        return {bloc: frozenset(nations) for bloc, nations in found.items()}

    def expanded(self, codes: Iterable[str]) -> set[str]:
        """Nations among the codes, and the members of the blocs among them."""
        return {nation for code in codes for nation in self.members.get(code, frozenset((code,)))}

    def understands(self, codes: Iterable[str]) -> bool:
        """Whether the nations behind the codes are certain: no code is unknown, no nation's row has a fault."""
        nations = {row.nation for row in self.tables.nations}
        return self.known.get("nations") == nations and all(code in nations or code in self.members for code in codes)

    @cached_property
    def programs(self) -> Mapping[str, Program]:
        """Programs by code; of two with one code the first."""
        found: dict[str, Program] = {}
        for program in self.tables.programs:
            found.setdefault(program.program, program)
        return found

    @cached_property
    def program_words(self) -> Nearest:
        """Program codes and families, for near matches."""
        return Nearest([*self.known.get("programs", ()), *self.known.get("families", ())])


def all_problems(reading: Reading) -> tuple[Problem, ...]:
    """Every fault of a reading: those of single cells, and those between rows."""
    if reading.tables is None:
        return reading.problems
    return (*reading.problems, *check_references(reading.tables, reading.settings, reading.files, reading.known))


def all_warnings(reading: Reading) -> tuple[Problem, ...]:
    """Every warning of a reading: what was assumed, and what has no effect."""
    if reading.tables is None:
        return reading.warnings
    return (*reading.warnings, *check_warnings(reading.tables, reading.settings, reading.files, reading.known))


def check_references(
    tables: Tables,
    settings: Settings | None,
    files: Mapping[str, str] | None = None,
    known: Mapping[str, AbstractSet[str]] | None = None,
) -> list[Problem]:
    """Every fault between rows that tables and settings alone can show.

    Parameters
    ----------
    files
        How faults name a table's file, by table; `scenario` for the settings. Default `<table>.csv`.
    known
        Codes by kind, those on faulty rows included (see `Reading.known`); default: those in the tables. A kind left
        out is not checked.
    """
    scene = _Scene(tables, settings, files or {}, known_codes(tables) if known is None else known)
    return [problem for check in CHECKS for problem in check(scene)]


def check_warnings(
    tables: Tables,
    settings: Settings | None,
    files: Mapping[str, str] | None = None,
    known: Mapping[str, AbstractSet[str]] | None = None,
) -> list[Problem]:
    """What is allowed but most likely not meant."""
    scene = _Scene(tables, settings, files or {}, known_codes(tables) if known is None else known)
    return [problem for check in WARNINGS for problem in check(scene)]


def known_codes(tables: Tables) -> dict[str, frozenset[str]]:
    """Codes by kind, from checked tables."""
    return {
        "nations": frozenset(row.nation for row in tables.nations),
        "blocs": frozenset(bloc for row in tables.nations for bloc in row.blocs),
        "capabilities": frozenset(row.capability for row in tables.capabilities),
        "sectors": frozenset(row.sector for row in tables.capabilities),
        "programs": frozenset(row.program for row in tables.programs),
        "families": frozenset(row.family or row.program for row in tables.programs),
        "elements": frozenset(row.element for row in tables.elements),
        "regimes": frozenset(row.regime for row in tables.export),
        "previous": frozenset(row.program for row in tables.previous),
    }


def _duplicate_keys(scene: _Scene) -> Iterator[Problem]:
    for name, spec in TABLES.items():
        if not spec.key:
            continue
        attributes = ["class_" if part == "class" else part for part in spec.key]
        seen: dict[tuple[object, ...], Row] = {}
        for row in getattr(scene.tables, name):
            key = tuple(getattr(row, part) for part in attributes)
            if key in seen:
                first = seen[key].line
                yield scene.at(
                    name,
                    row,
                    spec.key[0],
                    f"repeats the key ({', '.join(spec.key)}) of row {first}",
                    "Remove or rename one of the two rows",
                    ", ".join(text_of(part) for part in key),
                )
            seen.setdefault(key, row)


def _nations_and_blocs(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.nations:
        for bloc in row.blocs:
            if bloc in scene.known.get("nations", ()):
                yield scene.at(
                    "nations", row, "blocs", "is the code of a nation as well as of a bloc", "Rename the bloc", bloc
                )


def _program_codes(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        yield from scene.unknown("programs", row, "capability", row.capability, "capabilities")
        for nation in row.partners:
            yield from scene.unknown("programs", row, "partners", nation, "nations")
        for buyer in row.buyers:
            yield from scene.unknown("programs", row, "buyers", buyer, "nations", "blocs")
        yield from scene.unknown("programs", row, "element", row.element, "elements")
        yield from scene.unknown("programs", row, "variant_of", row.variant_of, "programs")
        # Without export.csv there is no such rule, and the regime is a mere remark.
        if scene.known.get("regimes"):
            yield from scene.unknown("programs", row, "export_regime", row.export_regime, "regimes")


def _other_codes(scene: _Scene) -> Iterator[Problem]:
    tables = scene.tables
    for need in tables.requirements:
        yield from scene.unknown("requirements", need, "nation", need.nation, "nations", "blocs")
        yield from scene.unknown("requirements", need, "capability", need.capability, "capabilities")
        # What is under contract may be no candidate any more: it then counts as one unit of effect each.
        if not need.contracted_units:
            yield from scene.unknown("requirements", need, "baseline_program", need.baseline_program, "programs")
    for budget in tables.budgets:
        yield from scene.unknown("budgets", budget, "nation", budget.nation, "nations")
    for price in tables.prices:
        yield from scene.unknown("prices", price, "program", price.program, "programs")
    for offer in tables.offers:
        yield from scene.unknown("offers", offer, "program", offer.program, "programs")
        yield from scene.unknown("offers", offer, "nation", offer.nation, "nations")
    for fleet in tables.fleets:
        yield from scene.unknown("fleets", fleet, "nation", fleet.nation, "nations")
        yield from scene.unknown("fleets", fleet, "capability", fleet.capability, "capabilities")
    for group in tables.groups:
        yield from scene.unknown("groups", group, "nation", group.nation, "nations")
        yield from scene.unknown("groups", group, "capability", group.capability, "capabilities")
    for industry in tables.industry:
        yield from scene.unknown("industry", industry, "nation", industry.nation, "nations")
        yield from scene.unknown("industry", industry, "sector", industry.sector, "sectors")
    for instrument in tables.instruments:
        yield from scene.unknown("instruments", instrument, "bloc", instrument.bloc, "blocs")
    for export in tables.export:
        yield from scene.unknown("export", export, "buyer", export.buyer, "nations", "blocs")
    for lock in tables.locks:
        yield from scene.unknown("locks", lock, "nation", lock.nation, "nations")
        yield from scene.unknown("locks", lock, "program", lock.program, "programs")
    for previous in tables.previous:
        yield from scene.unknown("previous", previous, "nation", previous.nation, "nations")
        yield from scene.unknown("previous", previous, "program", previous.program, "programs")


def _shares(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        profiles: tuple[tuple[str, Sequence[tuple[object, float]]], ...] = (
            ("suppliers", row.suppliers),
            ("payment_profile", row.payment_profile),
            ("development_profile", row.development_profile),
        )
        for column, pairs in profiles:
            total = sum(share for _, share in pairs)
            if not pairs and column == "development_profile":
                continue
            if abs(total - 1.0) > SHARE_TOLERANCE:
                yield scene.at(
                    "programs",
                    row,
                    column,
                    f"has shares that sum to {total:.6g}, not 1",
                    "Correct the shares so that they sum to 1",
                    pairs,
                )
        for column, pairs in profiles:
            keys = [key for key, _ in pairs]
            if len(set(keys)) < len(keys):
                yield scene.at("programs", row, column, "names an entry twice", "Name it once", pairs)


def _horizon(scene: _Scene) -> Iterator[Problem]:
    settings = scene.settings
    if settings is None:
        return
    first, last = settings.first_year, settings.last_year
    if first > last:
        yield scene.setting("first_year", f"is after last_year, {last}", "Let first_year come first", first)
        return
    if last - first + 1 > LONGEST_HORIZON_YEARS:
        yield scene.setting(
            "last_year",
            f"makes a horizon of {last - first + 1} years, more than {LONGEST_HORIZON_YEARS}",
            "Shorten the horizon",
            last,
        )
    for need in scene.tables.requirements:
        if need.need_by > last:
            yield scene.at(
                "requirements",
                need,
                "need_by",
                f"is after the horizon's last year, {last}",
                "Bring the need forward, lengthen the horizon, or remove the row",
                need.need_by,
            )
    for program in scene.tables.programs:
        outside = [year for year, _ in program.development_profile if not first <= year <= last]
        if outside:
            yield scene.at(
                "programs",
                program,
                "development_profile",
                f"names {outside[0]}, outside the horizon {first} to {last}",
                "Leave out what is already spent, and let the rest sum to 1",
                program.development_profile,
            )


def _program_orders(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        if row.last_delivery is not None and row.last_delivery < row.first_delivery:
            yield scene.at(
                "programs",
                row,
                "last_delivery",
                f"is before first_delivery, {row.first_delivery}",
                "Correct one of the two years",
                row.last_delivery,
            )
        if row.max_units is not None and row.min_order_units > row.max_units:
            yield scene.at(
                "programs",
                row,
                "min_order_units",
                f"is above max_units, {row.max_units}",
                "Lower it, or raise max_units",
                row.min_order_units,
            )
        if row.max_partners is not None and (row.min_partners or 1) > row.max_partners:
            column = "min_partners" if row.min_partners is not None else "max_partners"
            yield scene.at(
                "programs",
                row,
                column,
                f"leaves no number of partners between {row.min_partners or 1} and {row.max_partners}",
                "Correct min_partners or max_partners",
                getattr(row, column),
            )
        growth = [
            (name, value)
            for name in ("growth_low", "growth_mode", "growth_high")
            if (value := getattr(row, name)) is not None
        ]
        for (lower, low), (higher, high) in pairwise(growth):
            if low > high:
                yield scene.at(
                    "programs", row, lower, f"is above {higher}, {high:.10g}", "Order the range: low, mode, high", low
                )


def _program_partners(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        if row.kind == "joint_development" and not row.partners:
            yield scene.at(
                "programs",
                row,
                "partners",
                "is empty, though the program is a joint_development",
                "Name the nations that may share the development",
            )
        if row.buyers and scene.understands(row.buyers):
            buyers = scene.expanded(row.buyers)
            for nation in row.partners:
                if nation not in buyers and nation in scene.known["nations"]:
                    yield scene.at(
                        "programs",
                        row,
                        "partners",
                        "is a partner but no buyer",
                        "Add it to buyers, or leave buyers empty for all",
                        nation,
                    )
        if (
            row.kind in _DEVELOPMENTS
            and row.development_meur is None
            and row.element is None
            and row.variant_development_meur is None
        ):
            yield scene.at(
                "programs",
                row,
                "development_meur",
                "is empty, though the program is a development",
                "Give the remaining development cost; 0 when it is finished",
            )


def _variants(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        if row.variant_of is None:
            if row.variant_development_meur is not None:
                yield scene.at(
                    "programs",
                    row,
                    "variant_development_meur",
                    "is given, but variant_of is empty",
                    "Name the base program in variant_of",
                    row.variant_development_meur,
                )
            continue
        if row.variant_development_meur is None:
            yield scene.at(
                "programs",
                row,
                "variant_development_meur",
                "is empty, though variant_of is given",
                "Give the development cost of the variant; 0 when there is none",
            )
        if row.variant_of == row.program:
            yield scene.at("programs", row, "variant_of", "names the program itself", "Name its base", row.variant_of)
            continue
        base = scene.programs.get(row.variant_of)
        if base is not None and base.capability != row.capability:
            yield scene.at(
                "programs",
                row,
                "variant_of",
                f"names a program of another capability, {base.capability}",
                "A variant serves the capability of its base",
                row.variant_of,
            )
        seen = [row.program]
        while base is not None and base.variant_of is not None and base.program not in seen:
            seen.append(base.program)
            base = scene.programs.get(base.variant_of)
        # Every member of a cycle is reported at its own row; those that merely lead into it are not.
        if base is not None and base.program == row.program and len(seen) > 1:
            yield scene.at(
                "programs",
                row,
                "variant_of",
                f"runs in a circle: {' -> '.join([*seen, row.program])}",
                "Let one of them stand on its own",
                row.variant_of,
            )


def _requirements(scene: _Scene) -> Iterator[Problem]:
    served = {program.capability for program in scene.tables.programs}
    priced = {row.capability: row for row in scene.tables.capabilities}
    unserved: set[str] = set()
    unpriced: set[str] = set()
    for row in scene.tables.requirements:
        capability = priced.get(row.capability)
        if (
            capability is not None
            and row.capability not in served
            and row.capability not in unserved
            and scene.known.get("programs")
            and not _has_faulty_program(scene)
        ):
            unserved.add(row.capability)
            yield scene.at(
                "requirements",
                row,
                "capability",
                "is needed, but no program delivers it",
                "Add a program of this capability, or remove the requirement",
                row.capability,
            )
        if (
            capability is not None
            and capability.shortfall_meur_per_unit_year is None
            and not row.must_meet
            and row.capability not in unpriced
        ):
            unpriced.add(row.capability)
            yield scene.at(
                "capabilities",
                capability,
                "shortfall_meur_per_unit_year",
                f"is empty, though requirements row {row.line} may fall short",
                "Give the price of a missing unit, or set must_meet = yes in every row",
                None,
            )
        if row.contracted_units > 0 and row.baseline_program is None:
            yield scene.at(
                "requirements",
                row,
                "baseline_program",
                "is empty, though units are under contract",
                "Name the program they were contracted from",
            )
        baseline = scene.programs.get(row.baseline_program or "")
        if baseline is not None and baseline.capability != row.capability and capability is not None:
            yield scene.at(
                "requirements",
                row,
                "baseline_program",
                f"is a program of another capability, {baseline.capability}",
                "Name a program of the capability needed",
                row.baseline_program,
            )


def _has_faulty_program(scene: _Scene) -> bool:
    """Whether a program's row has a fault of its own: what it delivers is then not known."""
    return any(code not in scene.programs for code in scene.known["programs"])


def _fleets_and_offers(scene: _Scene) -> Iterator[Problem]:
    for fleet in scene.tables.fleets:
        program = scene.programs.get(fleet.program)
        if program is not None and program.capability != fleet.capability:
            yield scene.at(
                "fleets",
                fleet,
                "capability",
                f"is not that of {fleet.program}, {program.capability}",
                "Correct the capability or the program",
                fleet.capability,
            )
    for offer in scene.tables.offers:
        if offer.work_minimum is not None and offer.work_limit is not None and offer.work_minimum > offer.work_limit:
            yield scene.at(
                "offers",
                offer,
                "work_minimum",
                f"is above work_limit, {offer.work_limit:.10g}",
                "Lower it, or raise work_limit",
                offer.work_minimum,
            )


def _groups(scene: _Scene) -> Iterator[Problem]:
    levels: dict[tuple[str, str], str] = {}
    for row in scene.tables.groups:
        level = levels.setdefault((row.group, row.capability), row.level)
        if level != row.level:
            yield scene.at(
                "groups",
                row,
                "level",
                f"differs from the level of the group for {row.capability}, {level}",
                "Give a group one level for each capability",
                row.level,
            )


def _ranges(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.industry:
        if row.min_work_meur is not None and row.max_work_meur is not None and row.min_work_meur > row.max_work_meur:
            yield scene.at(
                "industry",
                row,
                "min_work_meur",
                f"is above max_work_meur, {row.max_work_meur:.10g}",
                "Lower it, or raise max_work_meur",
                row.min_work_meur,
            )
    for scheme in scene.tables.instruments:
        if scheme.from_year is not None and scheme.to_year is not None and scheme.from_year > scheme.to_year:
            yield scene.at(
                "instruments",
                scheme,
                "from_year",
                f"is after to_year, {scheme.to_year}",
                "Correct one of the two years",
                scheme.from_year,
            )


def _locks(scene: _Scene) -> Iterator[Problem]:
    by_target: dict[tuple[str | None, str], list[Lock]] = defaultdict(list)
    for row in scene.tables.locks:
        by_target[row.nation, row.program].append(row)
        if row.action == "fix" and row.units is None:
            yield scene.at("locks", row, "units", "is empty, though the lock fixes a number", "Give the units")
        yield from _lock_years(scene, row)
    for (nation, program), locks in by_target.items():
        for later in locks:
            for earlier in locks:
                if earlier.line < later.line and earlier.action != later.action and _contradict(earlier, later):
                    yield scene.at(
                        "locks",
                        later,
                        "action",
                        f"contradicts row {earlier.line}, {earlier.action}",
                        "Keep one of the two",
                        later.action,
                    )
        if nation is None:
            continue
        for whole in by_target.get((None, program), ()):
            for row in locks:
                if _wants(row) and _refuses(whole):
                    yield scene.at(
                        "locks",
                        row,
                        "action",
                        f"contradicts row {whole.line}, which rules the program out",
                        "Keep one of the two",
                        row.action,
                    )
    yield from _fixed_totals(scene, by_target)


def _lock_years(scene: _Scene, row: Lock) -> Iterator[Problem]:
    """The years of a lock: in order, and only where something is bought."""
    first, last = row.first_delivery, row.last_delivery
    if first is not None and last is not None and first > last:
        yield scene.at(
            "locks", row, "last_delivery", f"is before first_delivery, {first}", "Give the years in order", last
        )
    if _refuses(row) and (first is not None or last is not None):
        column = "last_delivery" if first is None else "first_delivery"
        year = last if first is None else first
        yield scene.at("locks", row, column, "is given though nothing may be bought", "Leave the years empty", year)


def _fixed_totals(scene: _Scene, by_target: Mapping[tuple[str | None, str], Sequence[Lock]]) -> Iterator[Problem]:
    """A program's fixed total against what its nations are locked to buy."""
    least: dict[str, int] = defaultdict(int)
    for (nation, program), locks in by_target.items():
        if nation is not None:
            least[program] += max((row.units or 0 for row in locks if row.action != "forbid"), default=0)
    for row in scene.tables.locks:
        if row.nation is None and row.action == "fix" and row.units and row.units < least[row.program]:
            yield scene.at(
                "locks",
                row,
                "units",
                f"is below the {least[row.program]} units locked for single nations",
                "Raise it, or loosen the locks of the nations",
                row.units,
            )


def _wants(lock: Lock) -> bool:
    return lock.action == "require" or (lock.action == "fix" and bool(lock.units))


def _refuses(lock: Lock) -> bool:
    return lock.action == "forbid" or (lock.action == "fix" and lock.units == 0)


def _contradict(one: Lock, other: Lock) -> bool:
    """Whether no plan can obey both locks of one target."""
    if (_wants(one) and _refuses(other)) or (_refuses(one) and _wants(other)):
        return True
    fixed, required = (one, other) if one.action == "fix" else (other, one)
    return (
        fixed.action == "fix"
        and required.action == "require"
        and fixed.units is not None
        and (required.units or 0) > fixed.units
    )


def _pooling(scene: _Scene) -> Iterator[Problem]:
    if scene.settings is None:
        return
    pooling = scene.settings.pooling
    if pooling.mode == "blocs" and not any(pooling.blocs):
        yield scene.setting(
            "pooling.blocs",
            "is empty, though pooling.mode is blocs",
            'Name the blocs, such as [["FRA", "DEU"], ["GBR", "ITA"]]',
        )
    seen: set[str] = set()
    near = scene.nearest("nations")
    for bloc in pooling.blocs:
        for nation in bloc:
            if "nations" in scene.known and nation not in scene.known["nations"]:
                if scene.is_misspelt(near.find(nation), ("nations",)):
                    continue
                members = scene.members.get(nation)
                otherwise = f"Name its members: {', '.join(sorted(members))}" if members else f"Known are {near.list()}"
                remedy = otherwise if members else near.remedy(nation, otherwise)
                yield scene.setting("pooling.blocs", "names an unknown nation", remedy, nation)
            elif nation in seen:
                yield scene.setting("pooling.blocs", "names a nation twice", "A nation is in one pool at most", nation)
            seen.add(nation)


def _objective(scene: _Scene) -> Iterator[Problem]:
    if scene.settings is None:
        return
    objective = scene.settings.objective
    if len(set(objective.order)) < len(objective.order):
        yield scene.setting("objective.order", "names a term twice", "Name it once", objective.order)


def _change_without_plan(scene: _Scene) -> Iterator[Problem]:
    """A weight on change, or a limit, has nothing to act on without an approved plan."""
    if scene.settings is None or "previous" not in scene.known or scene.known["previous"]:
        return
    objective = scene.settings.objective
    if objective.change > 0 or "change" in objective.order:
        yield scene.setting(
            "objective.change",
            "changes nothing without previous.csv",
            "Add previous.csv, or leave change out",
            objective.change,
        )
    if "change_limit" in scene.settings.rules and scene.settings.rules["change_limit"].get("on", True):
        yield scene.setting(
            "rules.change_limit", "limits nothing without previous.csv", "Add previous.csv, or leave the rule out"
        )


def _rule_blocs(scene: _Scene) -> Iterator[Problem]:
    if scene.settings is None or "blocs" not in scene.known:
        return
    near = Nearest(scene.known["blocs"])
    for rule, body in scene.settings.rules.items():
        bloc = body.get("bloc")
        if body.get("on", True) is not False and isinstance(bloc, str) and bloc not in scene.known["blocs"]:
            yield scene.setting(
                f"rules.{rule}.bloc",
                "is no known bloc",
                near.remedy(
                    bloc,
                    f"Known are {near.list()}" if near.list() else "Name the bloc in the column blocs of nations.csv",
                ),
                bloc,
            )


def _warn_years(scene: _Scene) -> Iterator[Problem]:
    settings = scene.settings
    if settings is None:
        return
    for row in scene.tables.budgets:
        if not settings.first_year <= row.year <= settings.last_year:
            yield scene.at(
                "budgets",
                row,
                "year",
                f"is outside the horizon {settings.first_year} to {settings.last_year}; the row has no effect",
                "Remove the row, or mend the year",
                row.year,
            )


def _warn_partners(scene: _Scene) -> Iterator[Problem]:
    for row in scene.tables.programs:
        if row.kind not in _DEVELOPMENTS:
            continue
        partners = row.partners or ((row.lead,) if row.kind == "national_development" else ())
        if partners and (row.min_partners or 1) > len(partners):
            yield scene.at(
                "programs",
                row,
                "min_partners",
                f"is above the number of partners, {len(partners)}; the program can never be launched",
                "Lower it, or name more partners",
                row.min_partners,
            )
        if (
            not row.partners
            and "nations" in scene.known
            and row.lead not in scene.known["nations"]
            and (row.development_meur or row.element)
        ):
            yield scene.at(
                "programs",
                row,
                "partners",
                "is empty, and the lead is no nation of the scenario; nobody can develop the program",
                "Name the nations that may develop it",
                row.lead,
            )


def _warn_baselines(scene: _Scene) -> Iterator[Problem]:
    if "programs" not in scene.known:
        return
    words = scene.known["programs"] | scene.known.get("families", frozenset())
    for row in scene.tables.requirements:
        if row.contracted_units and row.baseline_program and row.baseline_program not in words:
            yield scene.at(
                "requirements",
                row,
                "baseline_program",
                "is no known program; each contracted unit counts as one",
                scene.program_words.remedy(row.baseline_program, "Nothing to do if that is right"),
                row.baseline_program,
            )


CHECKS: tuple[Callable[[_Scene], Iterator[Problem]], ...] = (
    _horizon,
    _pooling,
    _objective,
    _rule_blocs,
    _duplicate_keys,
    _nations_and_blocs,
    _program_codes,
    _other_codes,
    _shares,
    _program_orders,
    _program_partners,
    _variants,
    _requirements,
    _fleets_and_offers,
    _groups,
    _ranges,
    _locks,
)

WARNINGS: tuple[Callable[[_Scene], Iterator[Problem]], ...] = (
    _warn_years,
    _warn_partners,
    _warn_baselines,
    _change_without_plan,
)
