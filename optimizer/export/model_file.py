"""The model as an MPS or LP file for another solver, with a CSV beside it that says what each name stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from optimizer.export.files import rows_csv, write_file, write_text
from optimizer.model.build import build
from optimizer.model.lp import write_model
from optimizer.scenario import Scenario


def name_map_path(path: str | Path) -> Path:
    """Where the name map of a model file is written: `plan.mps` has `plan.mps.names.csv`."""
    return Path(f"{path}.names.csv")


def write_model_file(scenario: Scenario, path: str | Path, form: Literal["mps", "lp"]) -> Path:
    """Write the model with whole deliveries and its name map; returns the path of the map. No solver is involved.

    Raises
    ------
    InvalidInput
        When a file cannot be written.
    """
    program = build(scenario, whole_deliveries=True).program
    names = rows_csv(("name", "kind", "label"), program.name_map())
    write_file(name_map_path(path), lambda target: write_text(target, names))
    write_file(Path(path), lambda target: write_model(program, str(target), form))
    return name_map_path(path)
