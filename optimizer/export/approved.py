"""A result as the approved plan: previous.csv, from which later plans are told apart, priced or limited."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from optimizer.export.check import Written
from optimizer.export.files import rows_csv, write_file, write_text
from optimizer.problems import InvalidInput, Problem

COLUMNS = ("nation", "program", "units", "source")


def write_approved(written: Written, path: str | Path, name: str) -> Path:
    """Write what each nation buys of each program in a result as previous.csv.

    Raises
    ------
    InvalidInput
        When the result has no plan that can be read, or the file is there already or cannot be written.
    """
    target = Path(path)
    if written.plan is None:
        raise _fault(str(written.folder), "has no plan that can be read", "Give a folder that solve wrote with --out")
    if target.exists():
        raise _fault(
            str(path), "is there already", "Approved plans are not overwritten; remove it, or name another file"
        )
    units: dict[tuple[str, str], int] = defaultdict(int)
    for (nation, contract, _), count in written.plan.deliveries.items():
        units[nation, contract.rpartition("@")[0]] += count
    source = f"plan of {name}, input {str(written.result.get('provenance', {}).get('input_sha256', ''))[:12]}"
    rows = [
        dict(zip(COLUMNS, (nation, program, count, source), strict=True))
        for (nation, program), count in sorted(units.items())
        if count
    ]
    write_file(target, lambda file: write_text(file, rows_csv(COLUMNS, rows)))
    return target


def _fault(file: str, reason: str, remedy: str) -> InvalidInput:
    return InvalidInput([Problem(file, None, None, None, reason, remedy)])
