"""Tables for people to read: names in place of the codes of nations, capabilities, programs and contracts."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

# What the codes in a column stand for; several in a cell are parted by semicolons.
_NATIONS = ("nation", "other", "supplier", "pool", "partners", "customers", "breakers")
_CAPABILITIES = ("capability",)
_PROGRAMS = ("program", "programs", "programs_in", "programs_out", "breaking")
_CONTRACTS = ("contract",)
_ANY = ("settled_on",)


class Names:
    """The names that some scenarios give to codes; a code without one, and what is no code, stays as it is."""

    def __init__(self, *scenarios: Scenario) -> None:
        self._scenarios = scenarios

    @cached_property
    def nations(self) -> Mapping[str, str]:
        """Names of nations."""
        return _unlike({code: row.name for scenario in self._scenarios for code, row in scenario.nations.items()})

    @cached_property
    def capabilities(self) -> Mapping[str, str]:
        """Names of capabilities."""
        return _unlike({code: row.name for scenario in self._scenarios for code, row in scenario.capabilities.items()})

    @cached_property
    def programs(self) -> Mapping[str, str]:
        """Names of programs, those no more on offer among them."""
        known = {code: row.name for scenario in self._scenarios for code, row in scenario.known_programs.items()}
        return _unlike(known)

    def contract(self, code: str) -> str:
        """A contract by its program and who buys: `K2PL (Poland)`."""
        program, at, pool = code.rpartition("@")
        return f"{self.programs.get(program, program)} ({self.nations.get(pool, pool)})" if at else code

    def listed(self, codes: str) -> str:
        """Nations parted by semicolons, as names parted by commas."""
        return _listed(codes, self.nations)

    def told(self, table: pd.DataFrame, *, beside: bool = False) -> pd.DataFrame:
        """The table with names in the columns that hold codes.

        Parameters
        ----------
        beside
            Write the codes of nations and programs beside their names: for who has to type them.
        """
        columns: dict[str, Any] = {}
        for column in map(str, table.columns):
            if column in _CONTRACTS:
                columns[column] = [self.contract(cell) if isinstance(cell, str) else cell for cell in table[column]]
            elif (known := self._known(column, beside)) is not None:
                columns[column] = [_listed(cell, known) if isinstance(cell, str) else cell for cell in table[column]]
        return table.assign(**columns) if columns else table

    def _known(self, column: str, beside: bool) -> Mapping[str, str] | None:
        if column in _CAPABILITIES:
            return self.capabilities
        if column in _ANY:
            return {**self.nations, **self.capabilities, **self.programs}
        known = self.nations if column in _NATIONS else self.programs if column in _PROGRAMS else None
        if known is None or not beside or column not in ("nation", "program"):
            return known
        return {code: name if name.endswith(f"({code})") else f"{name} ({code})" for code, name in known.items()}


def _unlike(names: Mapping[str, str | None]) -> dict[str, str]:
    """Names by code, the code beside those that two share; what has no name is left out."""
    given = {code: name for code, name in names.items() if name and name != code}
    often = Counter(given.values())
    return {code: f"{name} ({code})" if often[name] > 1 else name for code, name in given.items()}


def _listed(cell: str, known: Mapping[str, str]) -> str:
    return ", ".join(_each(cell.split(";"), known)) if ";" in cell else known.get(cell, cell)


def _each(codes: Iterable[str], known: Mapping[str, str]) -> list[str]:
    return [known.get(code, code) for code in codes]
