"""The written model, read by another reader and solved there, has the same optimum; every name is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import highspy
import pytest
from small_case import write_small

from optimizer import load_scenario, solve
from optimizer.export.files import read_csv_rows
from optimizer.export.model_file import write_model_file


@pytest.mark.parametrize("form", ["mps", "lp"])
def test_the_model_read_again_has_the_same_optimum(tmp_path: Path, form: Literal["mps", "lp"]) -> None:
    scenario = load_scenario(
        write_small(
            tmp_path / "in",
            settings="[objective]\nduplication = 0.5\n",
            capabilities=("capability,shortfall_meur_per_unit_year,extra_type_meur\ntank,50,30\n"),
        )
    )
    solution = solve(scenario.with_pooling("national"))
    names = write_model_file(scenario.with_pooling("national"), tmp_path / f"model.{form}", form)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(tmp_path / f"model.{form}")) == highspy.HighsStatus.kOk
    highs.run()
    # One lion 140, one ox 240, and half of 30 for the second type.
    assert solution.objective_meur == pytest.approx(395.0)
    assert highs.getInfo().objective_function_value == pytest.approx(395.0)
    header, rows = read_csv_rows(names.read_text())
    assert header == ["name", "kind", "label"]
    columns = {row["name"] for row in rows if row["kind"] == "column"}
    assert set(highs.getLp().col_names_) <= columns
    assert any(re.fullmatch(r"deliver AAA lion@AAA 2031.*", row["label"]) for row in rows)
