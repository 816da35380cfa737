"""Edit: the plan with the analyst's own choices forced in, out, fixed or moved, and what they lose against the best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Mapping

from optimizer import words
from optimizer.analysis.analysis import Analysis, Picture, Solve, option, records
from optimizer.analysis.compare import plan_differences
from optimizer.analysis.edits import FORMS, Edit, check_edits, read_edits, replaced_in_words, with_edits
from optimizer.analysis.names import nation_name, rule_name
from optimizer.analysis.ranges import (
    Range,
    exit_code_of,
    figures_of,
    objective_of,
    restricted,
    rise,
)
from optimizer.measures.changes import changed_pairs, changed_units
from optimizer.measures.ledger import Ledger
from optimizer.model.rules import RULES
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.session import Session
from optimizer.tolerances import RECONCILE_MEUR

if TYPE_CHECKING:
    import pandas as pd

OPTIMUM, EDITED = "optimum", "edited"
EDIT_COLUMNS = ["change", "nation", "capability", "program", "from_units", "to_units", "from_year", "to_year"]
NATION_COLUMNS = [
    "nation",
    "optimum_cost_meur",
    "edited_cost_meur",
    "change_cost_meur",
    "optimum_shortfall_meur",
    "edited_shortfall_meur",
    "change_shortfall_meur",
    "change_both_meur",
]
TERM_COLUMNS = ["term", "optimum_meur", "edited_meur", "change_meur"]
LOCK_COLUMNS = ["nation", "program", "action", "units", "first_delivery", "last_delivery"]
_MOST_NAMED = 3


@dataclass(frozen=True)
class Settings:
    """What to force in, out, fix or move; without anything the optimum is set beside itself."""

    require: tuple[str, ...] = option(
        (),
        f"force in: {FORMS['require']}; several with commas",
        metavar="NATION:PROGRAM:UNITS",
        label="Must be bought",
        help="The plan must buy this program, in this nation if you name one, and at least so many if you say how many",
        takes=("nation?", "program", "units?"),
    )
    forbid: tuple[str, ...] = option(
        (),
        f"force out: {FORMS['forbid']}; several with commas",
        metavar="NATION:PROGRAM",
        label="May not be bought",
        help="No nation may buy this program, or the one you name",
        takes=("nation?", "program"),
    )
    units: tuple[str, ...] = option(
        (),
        f"fix the units: {FORMS['units']}; several with commas",
        metavar="NATION:PROGRAM:UNITS",
        label="Exactly so many units",
        help="This many of the program, by the nation you name or by all together; no more and no fewer",
        takes=("nation?", "program", "units"),
    )
    move: tuple[str, ...] = option(
        (),
        f"fix when it is delivered: {FORMS['move']}; keeps the units of the optimum unless --units or --require says "
        "otherwise; several with commas",
        metavar="NATION:PROGRAM:YEARS",
        label="Delivered in these years",
        help="As many units as the best plan buys, or as fixed above, but delivered from the first of these years to "
        "the last",
        takes=("nation?", "program", "years"),
    )


@dataclass(frozen=True)
class Result:
    """The optimum and the plan with the edits in it."""

    edits: tuple[Edit, ...]
    optimum: Solution
    edited: Solution
    replaced: tuple[str, ...] = ()
    """Locks of the scenario that the edits took the place of, in words."""
    conflict: tuple[Edit, ...] = ()
    """Edits of which none can be left out of the clash; empty where the edited scenario has a plan."""

    def loss(self) -> Range:
        """By how much the best plan with the edits is worse than the best without."""
        before, after = objective_of(self.optimum), objective_of(self.edited)
        if not self.replaced:
            before, after = restricted(before, after)
        loss = rise(before, after)
        return loss if self.replaced or loss.least is None else replace(loss, least=max(0.0, loss.least))

    def headline(self) -> str:
        """The loss, what differs and who pays, in a few lines."""
        said = "; ".join(edit.sentence(self.edited.scenario) for edit in self.edits)
        lines = [f"{said[0].upper()}{said[1:]}."]
        if self.replaced:
            lines.append(f"In place of the scenario's own: {'; '.join(self.replaced)}.")
        if self.edited.plan is None:
            return "\n".join([*lines, *self._no_plan()])
        if self.optimum.plan is None:
            lines.append(f"Without the edit there is no plan to compare with: {words.status(self.optimum)}.")
            return "\n".join([*lines, f"With it: {words.status(self.edited)}."])
        lines += [self._loss_in_words(), *self._money(), self._differences_in_words()]
        if self.edited.scenario.previous_units:
            lines.append(self._from_approved())
        lines += [
            f"{name} plan: {words.status(solution)}."
            for name, solution in (("Best", self.optimum), ("Edited", self.edited))
            if solution.exit_code
        ]
        return "\n".join(lines)

    def _no_plan(self) -> list[str]:
        if self.edited.status != "infeasible":
            return [f"{words.status(self.edited)}."]
        if self.optimum.status == "infeasible":
            return [
                "There is no plan with or without the edit; the rules that clash without it: "
                f"{', '.join(map(rule_name, self.optimum.clash))}."
            ]
        lines = ["No plan can do that: the edit and the rules cannot all hold."]
        if len(self.edits) > 1 and self.conflict:
            lines.append(f"What cannot be: {'; '.join(edit.sentence(self.edited.scenario) for edit in self.conflict)}.")
        own = {"locks"} if len(self.edited.scenario.tables.locks) == len(self.edits) else set()
        sentences = {rule.name: rule.sentence for rule in RULES}
        clash = [f"{name} ({sentences[name]})" if name in sentences else name for name in self.edited.clash]
        named = [told for name, told in zip(self.edited.clash, clash, strict=True) if name not in own]
        if named:
            lines.append(f"It clashes with {'; '.join(named)}")
        return lines

    def _loss_in_words(self) -> str:
        loss = self.loss()
        if not loss.is_known:
            return "The goals are minimized in an order, so there is no single loss; see the terms."
        before = self.optimum.objective_meur or 0.0
        share = f" ({words.percent(abs(loss.found or 0.0) / before)})" if before > 0.0 else ""
        if loss.is_exact and not loss.is_told:
            return "It loses nothing: a plan with it is as good as the best plan, proven."
        if not loss.is_told:
            return (
                f"The solves are not exact enough to tell what it loses, if anything: {loss.between()}, all that is "
                "priced in. Ask for a smaller --gap to know more."
            )
        if (loss.found or 0.0) < 0.0:
            text = f"It gains {words.money(-(loss.found or 0.0))}{share}, all that is priced in"
            return f"{text}." if loss.is_exact else f"{text}; as exactly as it was solved, {loss.between()}."
        text = f"It loses {words.money(loss.found)}{share} against the best plan, all that is priced in"
        return f"{text}." if loss.is_exact else f"{text}; as exactly as it was solved, {loss.between()}."

    def _money(self) -> list[str]:
        changes = {row["nation"]: float(str(row["change_cost_meur"])) for row in records(self.tables()["nations"])}
        more = sorted(((meur, name) for name, meur in changes.items() if meur > RECONCILE_MEUR), reverse=True)
        less = sorted((meur, name) for name, meur in changes.items() if meur < -RECONCILE_MEUR)
        first, *rest = words.against(self.optimum, self.edited)
        lines = [" ".join((f"In money: {first}", *rest))]
        told = [
            f"{words.plural(len(group), 'nation')} {'pays' if len(group) == 1 else 'pay'} {how}: "
            + ", ".join(
                f"{nation_name(self.edited.scenario, str(name))} {words.money(abs(meur))}"
                for meur, name in group[:_MOST_NAMED]
            )
            + (" and others" if len(group) > _MOST_NAMED else "")
            for how, group in (("more", more), ("less", less))
            if group
        ]
        return [*lines, "; ".join(told) + "."] if told else lines

    def _differences_in_words(self) -> str:
        rows = self._differences()
        if not rows:
            return "The plans buy the same, in the same years."
        counts = {
            change: sum(row["change"] == change for row in rows) for change in ("joined", "left", "volume", "moved")
        }
        named = {"joined": "new", "left": "gone", "volume": "of another number", "moved": "in other years"}
        told = ", ".join(f"{words.count(number)} {named[change]}" for change, number in counts.items() if number)
        return f"Purchases (a nation's of a program) that differ: {told}."

    def _from_approved(self) -> str:
        told = []
        for name, solution in (("best", self.optimum), ("edited", self.edited)):
            if solution.plan is not None:
                ledger = Ledger(solution.scenario, solution.plan)
                told.append(
                    f"the {name} plan changes {words.plural(changed_units(ledger), 'unit')} in "
                    f"{words.plural(changed_pairs(ledger), 'purchase')}"
                )
        text = "; ".join(told)
        return f"Against the approved plan {text}."

    def _differences(self) -> list[dict[str, object]]:
        if self.optimum.plan is None or self.edited.plan is None:
            return []
        return plan_differences(self.optimum, self.edited, OPTIMUM, EDITED)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name: edit (what differs), nations (whose cost or shortfall changes), terms, locks."""
        import pandas as pd

        return {
            "edit": pd.DataFrame(self._differences(), columns=EDIT_COLUMNS),
            "nations": pd.DataFrame(self._nations(), columns=NATION_COLUMNS),
            "terms": pd.DataFrame(self._terms(), columns=TERM_COLUMNS),
            "locks": pd.DataFrame(
                [
                    {column: getattr(lock, column) for column in LOCK_COLUMNS}
                    for lock in self.edited.scenario.tables.locks
                ],
                columns=LOCK_COLUMNS,
            ).astype(object),
        }

    def _nations(self) -> list[dict[str, object]]:
        """Nations whose cost or shortfall changes, the largest change first."""
        if self.optimum.plan is None or self.edited.plan is None:
            return []
        before, after = (Ledger(s.scenario, s.plan) for s in (self.optimum, self.edited) if s.plan is not None)
        rows = []
        for nation in self.edited.scenario.nations:
            cost, cost_now = before.nation_cost[nation], after.nation_cost[nation]
            short, short_now = before.nation_shortfall_cost[nation], after.nation_shortfall_cost[nation]
            if max(abs(cost_now - cost), abs(short_now - short)) > RECONCILE_MEUR:
                more, lacking = cost_now - cost, short_now - short
                values = (nation, cost, cost_now, more, short, short_now, lacking, more + lacking)
                rows.append(dict(zip(NATION_COLUMNS, values, strict=True)))
        return sorted(rows, key=lambda row: -abs(row["change_both_meur"]))  # type: ignore[arg-type]

    def _terms(self) -> list[dict[str, object]]:
        if self.optimum.plan is None or self.edited.plan is None:
            return []
        before, after = self.optimum.terms_meur, self.edited.terms_meur
        return [
            dict(zip(TERM_COLUMNS, (term, before[term], after[term], after[term] - before[term]), strict=True))
            for term in words.TERMS
        ]

    def pictures(self) -> tuple[Picture, ...]:
        """Who pays more and who less, and in which terms."""
        if self.optimum.plan is None or self.edited.plan is None:
            return ()
        rows = self._nations()
        if not rows:
            return ()
        top = rows[0]
        more = float(str(top["change_both_meur"]))
        who = nation_name(self.edited.scenario, str(top["nation"]))
        title = f"{who} pays {words.money(abs(more))} {'more' if more > 0.0 else 'less'} than in the best plan"
        if any(row["change_shortfall_meur"] for row in rows):
            title += ", priced shortfall counted in"
        return (Picture(title, "bars", "nations", "nation", "change_both_meur"),)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        tables = self.tables()
        return {
            "edits": [
                {"option": edit.option, "text": edit.text, "sentence": edit.sentence(self.edited.scenario)}
                for edit in self.edits
            ],
            "replaced": list(self.replaced),
            "conflict": [edit.sentence(self.edited.scenario) for edit in self.conflict],
            "loss": self.loss().as_dict(),
            OPTIMUM: figures_of(self.optimum),
            EDITED: figures_of(self.edited),
            "differences": records(tables["edit"]),
            "nations": records(tables["nations"]),
            "terms": records(tables["terms"]),
            "locks": records(tables["locks"]),
        }

    def solutions(self) -> Mapping[str, Solution]:
        """Both plans."""
        return {OPTIMUM: self.optimum, EDITED: self.edited}

    @property
    def exit_code(self) -> int:
        """3 where the edits cannot be, 5 and 4 where either plan is in doubt or stopped early."""
        return exit_code_of((self.optimum, self.edited), needed=(self.edited,))


def run(scenario: Scenario, settings: Settings | None = None, *, solve: Solve | None = None) -> Result:
    """Solve the scenario as it is and with the edits in it, and set the two side by side.

    Raises
    ------
    InvalidInput
        When an edit is not understood, names what is not there, or asks for what nobody can deliver.
    """
    settings = settings or Settings()
    solve = solve or Session().solve
    edits = check(scenario, settings)
    optimum = solve(scenario)
    edits = tuple(_with_units(edit, optimum) for edit in edits)
    check_edits(scenario, edits)
    edited = solve(with_edits(scenario, edits))
    conflict: tuple[Edit, ...] = ()
    if edited.status == "infeasible" and optimum.plan is not None:
        conflict = _conflict(scenario, edits, solve)
    return Result(edits, optimum, edited, replaced_in_words(scenario, edits), conflict)


def check(scenario: Scenario, settings: Settings) -> tuple[Edit, ...]:
    """The edits asked for, read.

    Raises
    ------
    InvalidInput
        When there is none, or one is not understood, names what is not there, or asks for what nobody can deliver.
    """
    asked = [(name, text) for name in FORMS for text in getattr(settings, name)]
    if not asked:
        raise InvalidInput(
            [
                Problem(
                    "edit",
                    None,
                    None,
                    None,
                    "is not told what to change",
                    "Give --require, --forbid, --units or --move",
                )
            ]
        )
    edits = read_edits(asked)
    check_edits(scenario, edits)
    return edits


def _with_units(edit: Edit, optimum: Solution) -> Edit:
    """A move keeps what the optimum buys."""
    if edit.option != "move" or optimum.plan is None:
        return edit
    nation, program = edit.target
    ledger = Ledger(optimum.scenario, optimum.plan)
    units = sum(
        sum(by_year.values())
        for (buyer, bought), by_year in ledger.program_units.items()
        if bought == program and nation in (None, buyer)
    )
    if not units:
        return edit
    return replace(edit, lock=edit.lock.model_copy(update={"action": "fix", "units": round(units)}))


def _conflict(scenario: Scenario, edits: tuple[Edit, ...], solve: Solve) -> tuple[Edit, ...]:
    """Edits that cannot all be, of which none can be left out (deletion filter); in doubt an edit stays."""
    kept = list(edits)
    for edit in edits:
        rest = [other for other in kept if other is not edit]
        if rest and solve(with_edits(scenario, rest), gap=1.0).status == "infeasible":
            kept = rest
    return tuple(kept)


ANALYSIS = Analysis(
    name="edit",
    sentence="Force programs in or out, fix units or years, and see what that loses against the best plan.",
    settings=Settings,
    run=run,
    check=check,
    document="edit.json",
    files={"edit": "edit.csv", "nations": "nations.csv", "terms": "terms.csv", "locks": "locks.csv"},
    titles={
        "edit": "What differs from the best plan",
        "nations": "Nations whose cost or shortfall changes",
        "terms": "Cost terms side by side, before their weights",
        "locks": "Locks that were in force",
    },
    headings={
        "from_units": "Units in the best plan",
        "to_units": "Units with your changes",
        "from_year": "First delivery in the best plan",
        "to_year": "First delivery with your changes",
        "optimum_cost_meur": "Cost in the best plan",
        "edited_cost_meur": "Cost with your changes",
        "change_cost_meur": "Change of cost",
        "optimum_shortfall_meur": "Priced shortfall in the best plan",
        "edited_shortfall_meur": "Priced shortfall with your changes",
        "change_shortfall_meur": "Change of priced shortfall",
        "change_both_meur": "Change of cost and priced shortfall",
        "optimum_meur": "Best plan",
        "edited_meur": "With your changes",
        "change_meur": "Change",
        "action": "What is locked",
        "first_delivery": "Delivered from",
        "last_delivery": "Delivered by",
    },
    shown=("edit", "nations"),
)
