"""Alternatives: other plans almost as good, as unlike one another as can be, and what every such plan has in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, option, records
from optimizer.analysis.names import listed, program_name
from optimizer.analysis.near_optimal import Near, Role, Search
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import EXIT_STOPPED, Solution
from optimizer.solve.session import Session

if TYPE_CHECKING:
    import pandas as pd

PLANS = "plans"
ROLES: tuple[Role, ...] = ("in all", "in some", "in none", "not settled")
PLAN_COLUMNS = [
    "plan",
    "objective_meur",
    "above_best_meur",
    "above_best_share",
    "gap",
    "cost_meur",
    "shortfall_meur",
    "types",
    "contracts",
    "pairs",
    "differs_from_best_pairs",
    "differs_from_nearest_pairs",
]
_WHERE: Mapping[Role, str] = {"in all": "In every such plan", "in some": "In some"}
_MOST_NAMED = 8
ROLE_COLUMNS = ["program", "nation", "capability", "role", "in_plans", "of_plans", "proof"]


@dataclass(frozen=True)
class Settings:
    """How far from the best a plan may be, how many to show, and how long to prove what they share."""

    within: float = option(
        0.02,
        "slack: how far above the best objective a plan may be, as a share",
        metavar="SHARE",
        low=0.0,
        high=1.0,
        label="How much worse a plan may be",
        unit="% of the best objective",
        help="Only plans whose objective is at most this much above the best are shown and spoken of",
    )
    count: int = option(
        5,
        "plans to show, the best among them",
        metavar="N",
        low=1,
        high=50,
        label="Plans to show",
        unit="plans",
        help="The best one among them; the others are chosen to be as unlike one another as can be",
    )
    solves: int = option(
        100,
        "most forced solves that prove what is in all plans and in none",
        metavar="N",
        low=0,
        label="Effort for what all plans share",
        unit="solves at most",
        help="Each solve settles for a program or a purchase whether every such plan has it, or none; fewer solves "
        "are quicker and leave more unsettled",
    )


@dataclass(frozen=True)
class Result:
    """The plans shown, every plan found within the slack, and the role of each program and nation-program pair."""

    within: float
    best: Solution
    limit_meur: float | None
    plans: tuple[Near, ...]
    exhausted: bool
    roles: tuple[Mapping[str, object], ...]
    solves: int
    interrupted: bool

    def headline(self) -> str:
        """The answer in a few sentences."""
        if not self.plans:
            return f"There is no plan to compare with. {words.status(self.best)}."
        slack = f"within {words.percent(self.within)} of the best ({words.money(self.best.objective_meur)})"
        if len(self.plans) == 1:
            certain = "No other plan" if self.exhausted else "No other plan was found"
            lines = [f"{certain} {slack}{' has other buyers of any program' if self.exhausted else ''}."]
        else:
            nearest = min(self._nearest(near) for near in self.plans)
            lines = [
                f"{words.plural(len(self.plans), 'plan')} {slack}; any two differ in at least "
                f"{words.plural(nearest, 'purchase')} (a nation's of a program)."
            ]
            if self.exhausted:
                lines[0] += " No other plan that near to the best has other buyers."
        told = Counter(str(row["role"]) for row in self.roles if not row["nation"])
        lines.append(
            f"Of {words.plural(sum(told.values()), 'program')} every such plan has {told['in all']}, some have "
            f"{told['in some']}, none has {told['in none']}"
            + (f"; not settled: {told['not settled']}" if told["not settled"] else "")
            + f" ({words.plural(self.solves, 'solve')})."
        )
        lines += [f"{where}: {self._named(role)}." for role, where in _WHERE.items() if told[role]]
        if self.interrupted:
            lines.append("Stopped by the user.")
        return "\n".join(lines)

    def _named(self, role: Role) -> str:
        programs = [str(row["program"]) for row in self.roles if not row["nation"] and row["role"] == role]
        return listed([program_name(self.best.scenario, program) for program in programs], _MOST_NAMED)

    def names(self) -> list[str]:
        """Names of the plans shown: best, then alternative-1 and so on."""
        return ["best", *(f"alternative-{number}" for number in range(1, len(self.plans)))]

    def _nearest(self, near: Near) -> int:
        return min((len(near.pairs ^ other.pairs) for other in self.plans if other is not near), default=0)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: alternatives, roles, distances in pairs, role_counts."""
        import pandas as pd

        names = self.names()
        rows = [self._row(name, near) for name, near in zip(names, self.plans, strict=False)]
        distances = [
            {"plan": a, "other": b, "pairs": len(one.pairs ^ two.pairs)}
            for a, one in zip(names, self.plans, strict=False)
            for b, two in zip(names, self.plans, strict=False)
        ]
        counts = Counter((str(row["role"]), bool(row["nation"])) for row in self.roles)
        summary = [{"role": role, "programs": counts[role, False], "pairs": counts[role, True]} for role in ROLES]
        return {
            "alternatives": pd.DataFrame(rows, columns=PLAN_COLUMNS),
            "roles": pd.DataFrame(list(self.roles), columns=ROLE_COLUMNS),
            "distances": pd.DataFrame(distances, columns=["plan", "other", "pairs"]),
            "role_counts": pd.DataFrame(summary, columns=["role", "programs", "pairs"]),
        }

    def _row(self, name: str, near: Near) -> dict[str, object]:
        best = self.plans[0]
        above = near.objective - best.objective
        return {
            "plan": f"{PLANS}/{name}",
            "objective_meur": near.objective,
            "above_best_meur": above,
            "above_best_share": above / max(abs(best.objective), 1e-9),
            "gap": near.solution.gap,
            "cost_meur": near.solution.cost_meur,
            "shortfall_meur": near.solution.terms_meur["shortfall"],
            "types": near.solution.figures["types"],
            "contracts": near.solution.figures["contracts"],
            "pairs": len(near.pairs),
            "differs_from_best_pairs": len(near.pairs ^ best.pairs),
            "differs_from_nearest_pairs": self._nearest(near),
        }

    def pictures(self) -> tuple[Picture, ...]:
        """How far apart the plans are, and how many programs play which role."""
        if not self.plans:
            return ()
        told = Picture(self.headline().splitlines()[1], "bars", "role_counts", "role", "programs")
        if len(self.plans) == 1:
            return (told,)
        title = "Purchases (a nation's of a program) in which two plans differ"
        return (Picture(title, "matrix", "distances", "plan", "other", value="pairs"), told)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        tables = self.tables()
        return {
            "within": self.within,
            "status": self.best.status,
            "best_meur": self.best.objective_meur,
            "limit_meur": self.limit_meur,
            "plans": records(tables["alternatives"]),
            "exhausted": self.exhausted,
            "distances": records(tables["distances"]),
            "role_counts": records(tables["role_counts"]),
            "roles": records(tables["roles"]),
            "solves": self.solves,
            "clash": list(self.best.clash),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """The plans shown, by name."""
        return {name: near.solution for name, near in zip(self.names(), self.plans, strict=False)}

    @property
    def exit_code(self) -> int:
        """Exit code of the command line."""
        return EXIT_STOPPED if self.interrupted and self.best.exit_code == 0 else self.best.exit_code


def run(scenario: Scenario, settings: Settings | None = None, *, solve: Solve | None = None) -> Result:
    """Find plans within the slack, each as unlike those before as can be, and prove what all of them share.

    Raises
    ------
    InvalidInput
        When the scenario has an order of goals in place of weights, for then there is no objective to be near to.
    """
    asked = settings or Settings()
    check(scenario, asked)
    solve = solve or Session().solve
    best = solve(scenario)
    if best.plan is None:
        return Result(asked.within, best, None, (), False, (), 1, best.termination == "interrupted")
    search = Search(scenario, best, asked.within, solve)
    chosen = [search.plans[0]]
    while len(chosen) < asked.count and not search.interrupted:
        near = search.next_plan(chosen)
        if near is None:
            break
        chosen.append(near)
    search.settle(asked.solves)
    if search.is_large:  # what settles roles are plans as good as those looked for, and many more
        chosen = search.apart(asked.count)
    # Forced solves find plans, too; the most unlike of them fill the places that are left.
    while len(chosen) < asked.count:
        near = search.most_unlike(chosen)
        if near is None:
            break
        chosen.append(near)
    return Result(
        within=asked.within,
        best=best,
        limit_meur=search.limit,
        plans=tuple(chosen),
        exhausted=search.exhausted,
        roles=tuple(_roles(search)),
        solves=search.solves,
        interrupted=search.interrupted,
    )


def check(scenario: Scenario, settings: Settings) -> None:
    """Refuse a scenario in which goals are minimized in an order.

    Raises
    ------
    InvalidInput
        For then there is no objective to be near to.
    """
    if scenario.settings.objective.order:
        reason, remedy = "has no objective that a plan could be near to", "Give weights in place of an order"
        raise InvalidInput([Problem("scenario.toml", None, "objective.order", None, reason, remedy)])


def _roles(search: Search) -> list[Mapping[str, object]]:
    """A row for each program that can be bought, with an empty nation, and for each nation that can buy it."""
    scenario, plans = search.scenario, search.plans
    rows: list[Mapping[str, object]] = []
    for program in sorted({program for _, program in scenario.contracts_with}):
        facts = {"program": program, "capability": scenario.programs[program].capability, "of_plans": len(plans)}
        role = search.role_of(program)
        bought = sum(any(pair[1] == program for pair in near.pairs) for near in plans)
        buyers = sorted(nation for nation, other in scenario.contracts_with if other == program)
        proofs = {search.proofs[n, program] for n in buyers if (n, program) in search.proofs}
        proof = search.proofs.get(program) or (", ".join(sorted(proofs)) if role in ("in all", "in none") else "")
        rows.append({**facts, "nation": "", "role": role, "in_plans": bought, "proof": _proof(role, proof)})
        for nation in buyers:
            pair = (nation, program)
            role = search.role(pair)
            count = sum(pair in near.pairs for near in plans)
            proof = search.proofs.get(pair, "")
            rows.append({**facts, "nation": nation, "role": role, "in_plans": count, "proof": _proof(role, proof)})
    return rows


def _proof(role: Role, proof: str) -> str:
    if role == "in some":
        return "seen in one and not in another"
    return "" if role == "not settled" else f"forced otherwise: {proof}"


ANALYSIS = Analysis(
    name="alternatives",
    sentence="Other plans almost as good as the best, and what is in all of them, in some, and in none.",
    settings=Settings,
    run=run,
    check=check,
    document="alternatives.json",
    files={"alternatives": "alternatives.csv", "roles": "roles.csv"},
    titles={
        "alternatives": "The plans side by side",
        "roles": "What is in all such plans, in some, in none",
        "distances": "In how many purchases two plans differ",
        "role_counts": "How many programs are in all, some or none",
    },
    headings={
        "above_best_meur": "Above the best",
        "above_best_share": "Above the best",
        "pairs": "Purchases (a nation's of a program)",
        "differs_from_best_pairs": "Purchases unlike the best plan",
        "differs_from_nearest_pairs": "Purchases unlike the nearest plan",
        "role": "In how many of all such plans",
        "in_plans": "Plans found with it",
        "of_plans": "Plans found in all",
        "proof": "How that is known",
        "distances.pairs": "Purchases that differ",
        "distances.plan": "Plan",
        "other": "Other plan",
        "programs": "Programs",
    },
)
