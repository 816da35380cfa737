"""That there is a plan: what is proven of it, and which limits of which rules it uses up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Picture, records
from optimizer.analysis.explain_limits import Limit, binding
from optimizer.analysis.names import listed, rule_name
from optimizer.solution import Solution

if TYPE_CHECKING:
    import pandas as pd

ROOM_COLUMNS = ["rule", "limits", "says"]


@dataclass(frozen=True)
class Feasible:
    """The answer where nothing clashes: the limits that leave the best plan no room."""

    base: Solution
    limits: tuple[Limit, ...]

    @property
    def _by_rule(self) -> list[tuple[str, list[Limit]]]:
        found: dict[str, list[Limit]] = {}
        for limit in self.limits:
            found.setdefault(limit.rule, []).append(limit)
        return sorted(found.items(), key=lambda item: -len(item[1]))

    def headline(self) -> str:
        """That there is a plan, how good it is, and where it has no room left."""
        lines = [f"A plan exists: nothing clashes. {words.status(self.base)}.", f"{self._used()}."]
        lines.append("Ask for --program, --contract or --rules to see why it is as it is.")
        return "\n".join(lines)

    def _used(self) -> str:
        if not self.limits:
            return "It uses up no limit of any rule"
        rule, most = self._by_rule[0]
        many = words.plural(len(self.limits), "limit")
        if len(most) == len(self.limits):
            return f"It uses up {many}, of the rule {rule_name(rule)}"
        return f"It uses up {many}, most of them of the rule {rule_name(rule)} ({len(most)})"

    def tables(self) -> dict[str, pd.DataFrame]:
        """room: each rule with limits that the plan uses up."""
        import pandas as pd

        rows = [
            {"rule": rule, "limits": len(limits), "says": listed([limit.says(self.base.scenario) for limit in limits])}
            for rule, limits in self._by_rule
        ]
        return {"room": pd.DataFrame(rows, columns=ROOM_COLUMNS)}

    def pictures(self) -> tuple[Picture, ...]:
        """How many limits of each rule are used up."""
        return (Picture(self._used(), "bars", "room", x="rule", y="limits"),) if self.limits else ()

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
    return Feasible(base, tuple(binding(base)))
