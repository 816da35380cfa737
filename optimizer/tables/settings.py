"""The settings of a scenario: scenario.toml, section by section."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from optimizer.tables.schema import Year

LONGEST_HORIZON_YEARS = 60

Weight = Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pooling(_Section):
    """Which nations buy together: joint, national, blocs, or as_is (everyone its baseline program)."""

    mode: Literal["joint", "national", "blocs", "as_is"] = "joint"
    blocs: tuple[tuple[str, ...], ...] = ()


class Objective(_Section):
    """Weights on the goals, or the order in which they are minimized one after another.

    `unlike` holds the lists of marks that the goal likeness compares a plan with.
    """

    cost: Weight = 1.0
    shortfall: Weight = 1.0
    duplication: Weight = 1.0
    preference: Weight = 1.0
    change: Weight = 0.0
    types: Weight = 0.0
    interoperability: Weight = 0.0
    likeness: Weight = 0.0
    unlike: tuple[tuple[str, ...], ...] = ()
    order: tuple[
        Literal["cost", "shortfall", "duplication", "preference", "change", "types", "interoperability", "likeness"],
        ...,
    ] = ()


class Solver(_Section):
    """Which solver, how long, how exact."""

    name: str = "highs"
    strategy: Literal["auto", "whole", "decomposed"] = "auto"
    gap: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] = 0.005
    time_limit_s: Annotated[float, Field(gt=0.0, le=1e7, allow_inf_nan=False)] = 120.0
    threads: Annotated[int, Field(ge=1, le=256)] = 2
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 0


def _switches(value: Any) -> Any:
    """`rule = false` means `rule = { on = false }`."""
    if isinstance(value, dict):
        return {name: {"on": body} if isinstance(body, bool) else body for name, body in value.items()}
    return value


class Settings(_Section):
    """scenario.toml. The rules are checked against the rules' own parameters when a scenario is loaded."""

    name: Annotated[str, Field(max_length=200)] = "scenario"
    description: Annotated[str, Field(max_length=4000)] = ""
    illustrative: bool = False
    first_year: Year
    last_year: Year
    price_base_year: Year = 2025
    discount_rate: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] = 0.03
    include_counterfactuals: bool = False
    pooling: Pooling = Pooling()
    objective: Objective = Objective()
    rules: Annotated[dict[str, dict[str, Any]], BeforeValidator(_switches)] = {}
    solver: Solver = Solver()
