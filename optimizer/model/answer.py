"""What a solver run gave: status, point, objective and bound, the same for every solver."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.arrays import Floats


@dataclass(frozen=True)
class Answer:
    """What a solver run gave: `x` is None without a plan; `bound` is valid for the model it was asked.

    A search that has none may give a point that breaks some rows, its status `no_plan`: one to be mended.
    """

    status: str  # optimal | feasible | infeasible | unbounded | no_plan | interrupted | beyond (a bound it was given)
    x: Floats | None
    objective: float
    bound: float
    row_dual: Floats | None = None
    column_dual: Floats | None = None

    @property
    def is_plan(self) -> bool:
        """Whether `x` is one."""
        return self.x is not None and self.status != "no_plan"

    @property
    def gap(self) -> float:
        """Relative gap; infinite without a plan."""
        if not self.is_plan:
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)
