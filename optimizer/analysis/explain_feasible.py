"""That there is a plan: what is proven of it, and how many limits of each rule it uses up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture, records
from optimizer.analysis.explain_limits import Limit, in_words, limits_of
from optimizer.analysis.names import listed, rule_name
from optimizer.solution import Solution

if TYPE_CHECKING:
    import pandas as pd

ROOM_COLUMNS = ["rule", "limits", "stated", "says"]


@dataclass(frozen=True)
class Room:
    """A rule: how many limits it states, and those that leave the best plan no room."""

    rule: str
    stated: int
    used_up: tuple[Limit, ...]


@dataclass(frozen=True)
class Feasible:
    """The answer where nothing clashes; the rules with the most limits used up first."""

    base: Solution
    rooms: tuple[Room, ...]

    def headline(self) -> str:
        """That there is a plan, how good it is, and where it has no room left."""
        lines = [f"A plan exists: nothing clashes. {words.status(self.base)}.", f"{self._used()}."]
        lines.append("Ask for --program, --contract or --rules to see why it is as it is.")
        return "\n".join(lines)

    def _used(self) -> str:
        number = sum(len(room.used_up) for room in self.rooms)
        if not number:
            return "It uses up no limit of any rule"
        most = self.rooms[0]
        if len(most.used_up) == number:
            return f"It uses up {words.plural(number, 'limit')}, of the rule {rule_name(most.rule)}"
        many = words.plural(number, "limit")
        return f"It uses up {many}, most of them of the rule {rule_name(most.rule)} ({len(most.used_up)})"

    def tables(self) -> dict[str, pd.DataFrame]:
        """room: each rule with its limits, and those that the plan uses up."""
        import pandas as pd

        rows = []
        for room in self.rooms:
            named = listed(in_words(self.base.scenario, room.used_up)) if room.used_up else ""
            rows.append((room.rule, len(room.used_up), room.stated, named))
        return {"room": pd.DataFrame(rows, columns=ROOM_COLUMNS)}

    def pictures(self) -> tuple[Picture, ...]:
        """How many limits of each rule are used up."""
        return (Picture(self._used(), "bars", "room", x="rule", y="limits"),) if self.rooms else ()

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {"status": self.base.status, "room": records(self.tables()["room"])}

    def solutions(self) -> Mapping[str, Solution]:
        """The best plan."""
        return {"best": self.base}

    @property
    def exit_code(self) -> int:
        """That of the solve."""
        return self.base.exit_code


def explain_feasible(base: Solution) -> Feasible:
    """What the plan of a scenario in which nothing clashes uses up."""
    by_rule: dict[str, list[tuple[Limit, bool]]] = {}
    for limit, is_used_up in limits_of(base):
        by_rule.setdefault(limit.rule, []).append((limit, is_used_up))
    rooms = [Room(rule, len(rows), tuple(limit for limit, used in rows if used)) for rule, rows in by_rule.items()]
    return Feasible(base, tuple(sorted(rooms, key=lambda room: -len(room.used_up))))
