"""The bundle: inputs, results and provenance in one zip, which loads again as the same scenario."""

from __future__ import annotations

import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Mapping

from optimizer import words
from optimizer.export.files import RESULT_FILES, json_text, write_file
from optimizer.export.results import input_sha256
from optimizer.scenario import Scenario
from optimizer.tables.read import BUNDLE_FOLDER, SETTINGS_FILE
from optimizer.tables.schema import TABLES, Tables
from optimizer.tables.write import settings_toml, table_csv

# The same bundle twice is the same file, byte for byte.
_CREATED = (2026, 1, 1, 0, 0, 0)

README = """\
jointbuy bundle: {name}
{mark}
inputs/          the tables that were solved, as CSV in UTF-8, and scenario.toml
results/         the plan: tables as CSV, result.json, plan.json, portfolio.xlsx; read brief.html first
provenance.json  input hash, versions, solver settings, status and gap

Money is in million euro at constant prices; amounts given in other currencies have been converted.

Read it, solve it again, or check it with the bundle in place of a scenario:
  jointbuy solve BUNDLE.zip
  jointbuy audit BUNDLE.zip results        (results unpacked)
"""


def write_bundle(
    scenario: Scenario,
    folder: str | Path,
    path: str | Path,
    result: dict[str, object],
    more: Mapping[str, bytes] | None = None,
) -> None:
    """Write the scenario and a result folder of it as one zip.

    Parameters
    ----------
    result
        The parsed result.json.
    more
        Further files by their name in the zip.

    Raises
    ------
    InvalidInput
        When the file cannot be written.
    """
    place = Path(folder)
    settings = scenario.settings
    contents: dict[str, bytes] = dict(more or {})
    for table in fields(Tables):
        rows = getattr(scenario.tables, table.name)
        # Money is converted already; rates would convert nothing, and other price years are gone.
        if table.name not in ("currencies", "inflation") and (rows or TABLES[table.name].required):
            contents[f"{BUNDLE_FOLDER}/{table.name}.csv"] = table_csv(table.name, rows).encode()
    contents[f"{BUNDLE_FOLDER}/{SETTINGS_FILE}"] = settings_toml(settings).encode()
    for name in RESULT_FILES:
        if (place / name).is_file():
            contents[f"results/{name}"] = (place / name).read_bytes()
    known = {key: result.get(key) for key in ("status", "termination", "objective_meur", "bound_meur", "gap")}
    chain = scenario.provenance.get("chain", ())
    contents["provenance.json"] = json_text(
        {
            "input_sha256": input_sha256(scenario),
            "scenario": settings.name,
            "illustrative": settings.illustrative,
            "chain": list(chain) if isinstance(chain, (list, tuple)) else [],
            **known,
            "solver": settings.solver.model_dump(mode="json"),
            "run": result.get("provenance"),
        }
    ).encode()
    mark = f"\n{words.ILLUSTRATIVE}\n" if settings.illustrative else ""
    contents["README.txt"] = README.format(name=settings.name, mark=mark).encode()

    def fill(target: Path) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(contents.items()):
                member = zipfile.ZipInfo(name, _CREATED)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                archive.writestr(member, content)

    write_file(Path(path), fill)
