"""Plan: what is decided - who takes delivery of how much from which contract and when, who pays, who works."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class Plan:
    """The decisions of one plan, keyed by codes; what is absent is zero.

    A contract is signed when it delivers anything, and a nation joins the contracts it takes delivery from.
    """

    deliveries: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    """Whole units by (nation, contract, year)."""
    development: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Development money, undiscounted million euro, by (nation, contract)."""
    elements: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Money for a shared development element, undiscounted million euro, by (nation, contract that carries it)."""
    work: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Work of open developments placed inside the pool, undiscounted million euro, by (nation, contract)."""
    grants: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Grants, undiscounted million euro, by (contract, instrument)."""

    def as_dict(self) -> dict[str, list[dict[str, object]]]:
        """The plan as plain lists of rows, in code order, for JSON."""
        return {
            "deliveries": [
                {"nation": n, "contract": a, "year": t, "units": units}
                for (n, a, t), units in sorted(self.deliveries.items())
            ],
            "development": [
                {"nation": n, "contract": a, "meur": meur} for (n, a), meur in sorted(self.development.items())
            ],
            "elements": [{"nation": n, "contract": a, "meur": meur} for (n, a), meur in sorted(self.elements.items())],
            "work": [{"nation": n, "contract": a, "meur": meur} for (n, a), meur in sorted(self.work.items())],
            "grants": [{"contract": a, "instrument": i, "meur": meur} for (a, i), meur in sorted(self.grants.items())],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, list[dict[str, object]]]) -> Plan:
        """The plan written by `as_dict`.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the data are not of that form.
        """

        def number(value: object) -> float:
            return float(value)  # type: ignore[arg-type]

        def count(value: object) -> int:
            units = number(value)
            return int(units) if units == int(units) else units  # type: ignore[return-value]

        return cls(
            deliveries={
                (str(row["nation"]), str(row["contract"]), count(row["year"])): count(row["units"])
                for row in data["deliveries"]
            },
            development={
                (str(row["nation"]), str(row["contract"])): number(row["meur"]) for row in data["development"]
            },
            elements={(str(row["nation"]), str(row["contract"])): number(row["meur"]) for row in data["elements"]},
            work={(str(row["nation"]), str(row["contract"])): number(row["meur"]) for row in data["work"]},
            grants={(str(row["contract"]), str(row["instrument"])): number(row["meur"]) for row in data["grants"]},
        )
