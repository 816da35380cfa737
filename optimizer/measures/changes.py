"""Changes: how far a plan is from the approved one of previous.csv."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger


def unit_changes(ledger: Ledger) -> dict[tuple[str, str], float]:
    """Units less units approved by (nation, program), where they differ."""
    previous = ledger.scenario.previous_units
    units = {key: sum(by_year.values()) for key, by_year in ledger.program_units.items()}
    changes = {key: units.get(key, 0.0) - previous.get(key, 0) for key in sorted({*previous, *units})}
    return {key: change for key, change in changes.items() if change}


def changed_units(ledger: Ledger) -> float:
    """Sum of |units - units approved| over nations and programs."""
    return sum(abs(change) for change in unit_changes(ledger).values())


def changed_pairs(ledger: Ledger) -> int:
    """Pairs of nation and program whose units differ from those approved."""
    return len(unit_changes(ledger))
