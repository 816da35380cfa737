"""What the schema says of every column, as plain values for reading, templates, editors and the data dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from optimizer.tables.cells import text_of
from optimizer.tables.schema import NATION_CODE, TABLES

Kind = Literal[
    "number",
    "whole",
    "year",
    "yes_no",
    "choice",
    "nation",
    "code",
    "text",
    "nations",
    "codes",
    "nation_shares",
    "year_shares",
    "offset_shares",
]

KIND_WORDS: dict[Kind, str] = {
    "number": "number",
    "whole": "whole number",
    "year": "year",
    "yes_no": "yes or no",
    "choice": "one of",
    "nation": "nation or bloc code (A-Z, 0-9, _)",
    "code": "code (a-z, 0-9, _)",
    "text": "text",
    "nations": "list of nation or bloc codes, separated by ;",
    "codes": "list of codes, separated by ;",
    "nation_shares": "nation:share pairs, separated by ;",
    "year_shares": "year:share pairs, separated by ;",
    "offset_shares": "offset:share pairs, separated by ;",
}


@dataclass(frozen=True)
class Column:
    """One column: name, kind, unit, bounds, choices, default as cell text, and meaning."""

    name: str
    kind: Kind
    meaning: str
    unit: str
    required: bool
    default: str
    choices: tuple[str, ...]
    least: float | None
    above: float | None
    most: float | None

    @property
    def is_money(self) -> bool:
        """Whether it is stated in million euro, and so may be given in another currency."""
        return "_meur" in self.name

    @property
    def bounds(self) -> str:
        """The bounds in words; empty for none."""
        if self.above is not None:
            return f"above {text_of(self.above)}, up to {_short(self.most)}"
        if self.least is not None:
            return f"{_short(self.least)} to {_short(self.most)}"
        return ""


def _short(value: float | None) -> str:
    return "any" if value is None else f"{value:.10g}"


def _kind(schema: dict[str, Any], unit: str) -> Kind:
    """The kind of a column from its JSON schema."""
    if "enum" in schema:
        return "choice"
    match schema["type"]:
        case "boolean":
            return "yes_no"
        case "number":
            return "number"
        case "integer":
            return "year" if unit == "year" else "whole"
        case "string":
            # Currency codes are upper case as well and read the same way.
            if "pattern" not in schema:
                return "text"
            return "nation" if schema["pattern"].startswith("^[A-Z]") else "code"
    inner = schema["items"]
    if inner["type"] == "array":
        key = inner["prefixItems"][0]
        if key["type"] == "string":
            return "nation_shares"
        return "year_shares" if key["minimum"] > 0 else "offset_shares"
    return "nations" if inner["pattern"] == NATION_CODE else "codes"


def _column(name: str, schema: dict[str, Any], required: bool) -> Column:
    unit = schema.get("unit", "")
    default = schema.get("default")
    core = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    return Column(
        name=name,
        kind=_kind(core, unit),
        meaning=schema.get("description", ""),
        unit=unit,
        required=required,
        default=text_of(default),
        choices=tuple(word for word in core.get("enum", ()) if word),
        least=core.get("minimum"),
        above=core.get("exclusiveMinimum"),
        most=core.get("maximum"),
    )


@cache
def columns(table: str) -> dict[str, Column]:
    """The columns of a table by name: its own first, then `source` and `confidence`."""
    schema = TABLES[table].row.model_json_schema(by_alias=True)
    required = set(schema.get("required", ()))
    found = {name: _column(name, body, name in required) for name, body in schema["properties"].items()}
    last = {name: found.pop(name) for name in ("source", "confidence")}
    return {**found, **last}
