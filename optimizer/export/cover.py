"""The facts that head every export: what was solved, what came out, how far it is proven, and from which input."""

from __future__ import annotations

from optimizer import words
from optimizer.measures.ledger import Ledger
from optimizer.model.rules import active
from optimizer.scenario import Scenario
from optimizer.solution import Solution

Facts = list[tuple[str, str]]


def answer(solution: Solution) -> Facts:
    """The outcome in figures, as label and text."""
    figures = solution.figures
    order = solution.scenario.settings.objective.order
    objective = f"Objective, last goal: {order[-1]}" if order else "Objective, all that is priced in"
    return [
        ("Cost, discounted", words.money(solution.cost_meur)),
        ("Cost, undiscounted", words.money(figures.get("cost_undiscounted_meur"))),
        (objective, words.money(solution.objective_meur)),
        *([("Soft rules broken, priced", words.money(solution.relaxation_meur))] if solution.relaxation_meur else []),
        ("Types", f"{words.count(figures['types'])} (effective: {figures['effective_types']:.1f})"),
        ("Shortfall", words.shortfall(figures)),
        ("Contracts", words.count(figures["contracts"])),
    ]


def proof(solution: Solution) -> Facts:
    """Status, gap and audit, as label and text."""
    findings = len(solution.findings)
    return [
        ("Status", words.status(solution)),
        ("Gap", f"{words.percent(solution.gap)}, {words.money(solution.gap_meur)}"),
        ("Bound", words.money(solution.bound_meur)),
        (
            "Audit",
            "no hard rule is broken; the cost lines add up to the objective"
            if not findings
            else words.plural(findings, "objection"),
        ),
    ]


def origin(solution: Solution, sha256: str) -> Facts:
    """Input hash, versions and seed, as label and text."""
    versions = ", ".join(f"{name} {version}" for name, version in solution.versions.items())
    solver = solution.scenario.settings.solver
    solved = solution.scenario.provenance.get("solved")
    return [
        *([("Solved", str(solved))] if solved else []),
        ("Input (SHA-256)", sha256),
        ("Versions", versions),
        ("Solver", f"{solver.name}, gap asked {words.percent(solver.gap)}, seed {solver.seed}"),
    ]


def assumptions(scenario: Scenario) -> list[str]:
    """What the figures rest on, in sentences."""
    settings = scenario.settings
    objective = settings.objective
    lines = [
        f"Horizon {settings.first_year} to {settings.last_year}; prices of {settings.price_base_year}; payments "
        f"discounted by {words.percent(settings.discount_rate)} a year to {settings.first_year}.",
        f"Nations buy {words.POOLING[settings.pooling.mode]}.",
    ]
    if objective.order:
        lines.append(f"Minimized one after another: {', '.join(objective.order)}.")
    else:
        weights = {name: value for name, value in objective.model_dump(exclude={"order"}).items() if value}
        lines.append(
            "Minimized: "
            + ", ".join(name if value == 1.0 else f"{name} x {value:g}" for name, value in weights.items())
            + "."
        )
    policies = [rule for rule in active(scenario) if rule.kind != "physical"]
    named = [rule for rule in policies if rule.name in settings.rules]
    lines += [
        f"{rule.sentence}{' Breaking it is priced, not forbidden.' if rule.is_soft(scenario) else ''}" for rule in named
    ]
    if len(policies) > len(named):
        lines.append(
            "Further rules act wherever there are data for them: "
            + ", ".join(rule.name for rule in policies if rule not in named)
            + "."
        )
    off = [name for name, body in settings.rules.items() if body.get("on") is False]
    if off:
        lines.append(f"Switched off: {', '.join(off)}.")
    return lines


def warnings(solution: Solution) -> list[str]:
    """Warnings of the solve, then doubts about the input."""
    found = solution.scenario.provenance.get("warnings", ())
    return [*solution.warnings, *(map(str, found) if isinstance(found, (list, tuple)) else ())]


def work_values(solution: Solution) -> dict[tuple[str, str], float]:
    """Undiscounted development and production money by (program, pool)."""
    assert solution.plan is not None
    ledger = Ledger(solution.scenario, solution.plan)
    return {
        (contract.program, contract.pool_name): ledger.value(code) + ledger.element_cost(code)
        for code, contract in ledger.signed.items()
    }
