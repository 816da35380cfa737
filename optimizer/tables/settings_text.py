"""The settings as written: scenario.toml, the sheet `scenario`, `[set]` and `--set`, put together and checked."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from optimizer.tables.cells import clean
from optimizer.tables.csv_text import decoded
from optimizer.tables.nearest import Nearest
from optimizer.tables.raw import Findings, RawSettings
from optimizer.tables.settings import Settings

OVERRIDE_FILE = "--set"
RULES = "rules"
LARGEST_TOML_BYTES = 2_000_000

_SECTION = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-\"' ]+?)\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def parse_toml(content: bytes, file: str, findings: Findings) -> tuple[dict[str, Any], str] | None:
    """The values and the text of a TOML file; None, with a fault, when it is none."""
    if len(content) > LARGEST_TOML_BYTES:
        findings.fault(file, f"is larger than {LARGEST_TOML_BYTES // 1_000_000} MB", "Give a settings file")
        return None
    text = decoded(content, file, findings, "a text file in TOML")
    if text is None:
        return None
    try:
        return tomllib.loads(text.replace("\r\n", "\n")), text
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        reason = _AT_LINE.sub("", str(error)).strip()
        findings.fault(
            file,
            f"is no valid TOML: {reason}",
            row=int(found[1]) if found else None,
            remedy="Write key = value; texts in double quotes, lists in square brackets",
        )
    except (RecursionError, ValueError):
        findings.fault(file, "is nested too deeply, or holds a number too long", "Write plain settings")
    return None


def toml_lines(text: str) -> dict[str, int]:
    """The line of every dotted key, as well as a line-by-line look can tell."""
    lines: dict[str, int] = {}
    section = ""
    for count, line in enumerate(text.splitlines(), start=1):
        header = _SECTION.match(line)
        if header:
            section = header[1].replace('"', "").replace(" ", "")
            lines.setdefault(section, count)
            continue
        key = _KEY.match(line)
        if key:
            name = re.sub(r"[\"' ]", "", key[1])
            lines.setdefault(f"{section}.{name}" if section else name, count)
    return lines


def settings_from_toml(content: bytes, file: str, findings: Findings) -> RawSettings | None:
    """scenario.toml as raw settings."""
    parsed = parse_toml(content, file, findings)
    if parsed is None:
        return None
    values, text = parsed
    return RawSettings(file, values, {key: (file, line) for key, line in toml_lines(text).items()})


def settings_from_pairs(records: Iterable[tuple[int, Sequence[str]]], file: str, findings: Findings) -> RawSettings:
    """The sheet `scenario`: one dotted key and its value a row, under the header key, value."""
    raw = RawSettings(file)
    nearest = Nearest(setting_keys())
    seen: set[str] = set()
    for line, cells in records:
        key = clean(cells[0]) if cells else ""
        text = clean(cells[1]) if len(cells) > 1 else ""
        if not key:
            if text:
                findings.fault(
                    file, "has a value without a key", "Name the setting", row=line, column="key", value=text
                )
            continue
        if key.casefold() == "key" and text.casefold() == "value":
            continue
        if key in seen:
            findings.fault(file, "names the setting twice", "Remove one of them", row=line, column=key)
            continue
        seen.add(key)
        # An empty cell takes the default; an unknown key is a fault with or without a value.
        if not text:
            if key not in setting_keys() and not key.startswith(f"{RULES}."):
                findings.fault(
                    file, "is no setting", nearest.remedy(key, f"Known are {nearest.list()}"), row=line, column=key
                )
            continue
        put(raw, key, literal(key, text), file, line, findings)
    return raw


def setting_keys() -> list[str]:
    """Every dotted key of the settings, those of single rules apart."""
    keys: list[str] = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys.extend(f"{name}.{part}" for part in section.model_fields)
        else:
            keys.append(name)
    return keys


def _field(key: str) -> FieldInfo | None:
    """The field of a dotted key outside the rules."""
    head, _, tail = key.partition(".")
    field = Settings.model_fields.get(head)
    if field is None or not tail:
        return field
    section = field.annotation
    if isinstance(section, type) and issubclass(section, BaseModel):
        return section.model_fields.get(tail)
    return None


def _is_text(field: FieldInfo) -> bool:
    """Whether a field holds text, so that a value such as 2026 is no number there."""
    annotation: Any = field.annotation
    if annotation is str:
        return True
    return get_origin(annotation) is Literal and all(isinstance(word, str) for word in get_args(annotation))


def literal(key: str, text: str) -> Any:
    """The value a text stands for: a TOML literal where it is one, else the text itself."""
    field = _field(key)
    text_wanted = field is not None and _is_text(field)
    if text_wanted and not (len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"):
        return text
    if text.lower() in ("true", "false", "yes", "no"):
        return text.lower() in ("true", "yes")
    try:
        values = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text
    return values["value"] if set(values) == {"value"} else text


def put(raw: RawSettings, key: str, value: Any, file: str, line: int | None, findings: Findings) -> None:
    """Set a dotted key; in the rules `rule = false` and `rule.on = false` are the same."""
    parts = key.split(".")
    if not all(parts):
        findings.fault(file, "is no setting", "Write section.key, such as pooling.mode", row=line, column=key)
        return
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            put(raw, f"{key}.{name}", inner, file, line, findings)
        return
    if parts[0] == RULES and len(parts) == 2 and isinstance(value, bool):
        parts.append("on")
    section = raw.values
    for depth, part in enumerate(parts[:-1], start=1):
        inner = section.get(part)
        if isinstance(inner, bool) and parts[0] == RULES and depth == 2:
            inner = {"on": inner}
        if inner is None:
            inner = {}
        if not isinstance(inner, dict):
            findings.fault(
                file,
                f"is no setting: {'.'.join(parts[:depth])} is no section",
                row=line,
                column=key,
                remedy=f"Known are {Nearest(setting_keys()).list()}",
            )
            return
        section[part] = inner
        section = inner
    if not (value == {} and isinstance(section.get(parts[-1]), dict)):
        section[parts[-1]] = value
    raw.origins[key] = raw.origins[".".join(parts)] = (file, line)


def put_overrides(raw: RawSettings, overrides: Mapping[str, str], findings: Findings) -> None:
    """Apply `--set key=value` settings."""
    for key, text in overrides.items():
        put(raw, key.strip(), literal(key.strip(), text.strip()), OVERRIDE_FILE, None, findings)


def checked_settings(raw: RawSettings, findings: Findings) -> Settings | None:
    """The settings, or None with every fault noted."""
    faulty = _truth_for_number(raw, findings)
    try:
        settings = Settings.model_validate(raw.values)
    except ValidationError as error:
        nearest = Nearest([*setting_keys(), *Settings.model_fields])
        for entry in error.errors(include_url=False):
            key = ".".join(str(part) for part in entry["loc"] if isinstance(part, str))
            if key in faulty:
                continue
            faulty.add(key)
            file, line = raw.place(key)
            given = entry.get("input")
            value = None if entry["type"] == "missing" or isinstance(given, dict) else _as_text(given)
            reason, remedy = _in_plain_words(
                entry["type"], entry.get("ctx", {}), entry["msg"], key, value or "", nearest
            )
            findings.fault(file, reason, remedy, row=line, column=key, value=value)
        return None
    return None if faulty else settings


def _truth_for_number(raw: RawSettings, findings: Findings) -> set[str]:
    """`discount_rate = true` is a fault; pydantic alone would read 1."""
    faulty: set[str] = set()
    for key in setting_keys():
        section, _, name = key.rpartition(".")
        body = raw.values.get(section) if section else raw.values
        field = _field(key)
        if isinstance(body, dict) and isinstance(body.get(name), bool) and field and field.annotation in (int, float):
            file, line = raw.place(key)
            findings.fault(file, "must be a number", "Write a number", row=line, column=key, value=_as_text(body[name]))
            faulty.add(key)
    return faulty


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)


def _in_plain_words(
    kind: str, context: Mapping[str, Any], message: str, key: str, value: str, nearest: Nearest
) -> tuple[str, str]:
    """Reason and remedy for one pydantic error in the settings."""
    if kind == "missing":
        return "is required", f"Add the line {key} = <value>"
    if kind == "extra_forbidden":
        return "is no setting", nearest.remedy(key, f"Known are {nearest.list(30)}")
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        choices = Nearest(re.findall(r"'(\w+)'", expected))
        return f"is none of {expected}", choices.remedy(value, "Choose one of them")
    if kind in ("model_type", "model_attributes_type"):
        return "is a section", f"Write its settings under [{key}]"
    if kind in ("dict_type",):
        return "is no rule's setting", f"Write {key} = {{ on = true }}, or true, or false"
    if kind in ("tuple_type", "iterable_type"):
        example = '[["FRA", "DEU"], ["GBR", "ITA"]]' if key.startswith("pooling") else '["shortfall", "cost"]'
        example = '[["FRA:lion", "!*"]]' if key.startswith("objective.unlike") else example
        return "must be a list", f"Write a list such as {example}"
    bounds = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt"}
    if kind in bounds:
        words = {"ge": "is below", "le": "is above", "gt": "must be above"}
        return f"{words[bounds[kind]]} {context[bounds[kind]]:.10g}", "Give a value within the bounds"
    if kind.startswith(("int", "float", "finite")):
        whole = kind.startswith("int")
        return f"must be a {'whole ' if whole else ''}number", f"Write a {'whole ' if whole else ''}number"
    if kind.startswith("bool"):
        return "must be true or false", "Write true or false"
    if kind == "string_type":
        return "must be text", "Put it in double quotes"
    return f"is not understood ({message})", "Correct it"
