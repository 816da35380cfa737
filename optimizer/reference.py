"""Writes the reference pages that follow from the code: `python -m optimizer.reference docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

from optimizer.model.goals import GOALS
from optimizer.model.rule import Parameter, Rule, Term
from optimizer.model.rules import OTHER_SECTIONS, RULES
from optimizer.model.terms import TERMS
from optimizer.tables.cells import text_of
from optimizer.tables.settings import Settings
from optimizer.tables.template import data_dictionary

GENERATED = "<!-- Written by `make docs` from the code. Do not edit: change the code and run it again. -->"
NUMBERS_PAGE = "numbers.md"

KINDS = {
    "physical": ("Physical rules", "They describe what is possible. They are never relaxed, switched off or priced."),
    "policy": (
        "Policy rules",
        "They can be switched off (`on = false`) or made soft (`soft = true`): then breaking "
        "them is not forbidden but costs the price given, per unit of the excess.",
    ),
    "lock": ("Locks", "The analyst's own choices, from locks.csv. They can be switched off, not made soft."),
}

MODEL_HEAD = """\
# The model: decisions, costs, rules

The model decides who signs which contract, who joins it, and who takes delivery of how many units when, so that the
weighted sum of the cost terms below is least and every rule holds. How each number is defined to the cent is in
[numbers.md](numbers.md); how the model is solved is in [solving.md](solving.md); the words are in
[glossary.md](glossary.md).

## Decisions

Indices: n nation, a contract (a program bought by a pool, or by one nation on its own), c capability, t year, b price
band, m number of partners. `x[n,a]` is read "x of nation n in contract a".

| decision | values | meaning |
|---|---|---|
| launch[a] | 0 or 1 | the contract is signed |
| join[n,a] | 0 or 1 | the nation buys from the contract |
| units[n,a] | whole | units the nation buys from it in all |
| deliver[n,a,t,b] | whole | units delivered in a year at the price of a band (large models: [solving.md](solving.md)) |
| band[a,b] | 0 or 1 | the contract's total lies in the price band |
| count[a,m] | 0 or 1 | an open development has exactly m partners |
| dev[n,a] | >= 0 | development money the nation pays |
| element[n,a] | >= 0 | money n pays for a shared development element through the contract a that carries it |
| work[n,a] | >= 0 | work of an open development placed in a nation of the pool |
| short[r,t] | >= 0 | units of requirement row r missing in a year |
"""


GOALS_HEAD = """\
What plans are judged by, less being better: in `[objective]` by weight or in order, in the rule goal_limit by a
ceiling, and in `frontier` against one another. `return` and `outside` are ratios: they can be limited and traded off,
not weighted."""


def model_page() -> str:
    """Every rule and term: sentence, kind, unit, source, parameters, price, and what the model says of it."""
    lines = [
        GENERATED,
        "",
        MODEL_HEAD,
        "## Cost terms",
        "",
        "All in million euro. The objective is their weighted sum; a term's weight is its goal's key in "
        "`[objective]` of scenario.toml.",
        "",
        *_table(("term", "goal", "what it is", "formula"), (_term_cells(term) for term in TERMS)),
        "",
    ]
    lines += ["## Goals", "", GOALS_HEAD, ""]
    lines += _table(("goal", "unit", "what it is"), ((f"`{g.name}`", g.unit, g.sentence) for g in GOALS))
    lines.append("")
    for kind, (title, meaning) in KINDS.items():
        lines += [f"## {title}", "", meaning, ""]
        for rule in RULES:
            if rule.kind == kind:
                lines += _rule_lines(rule)
    lines += ["## Other sections of [rules]", "", "They switch nothing; they hold a number that the model reads.", ""]
    for section, parameters in OTHER_SECTIONS.items():
        lines += [f"### {section}", "", *_parameter_lines(parameters), ""]
    return "\n".join(lines).rstrip() + "\n"


def _term_cells(term: Term) -> tuple[str, ...]:
    return f"`{term.name}`", f"`{term.goal}`", term.sentence, _formula(term.expression.__doc__)


def _rule_lines(rule: Rule) -> list[str]:
    facts = [f"Unit: {rule.unit}"]
    if rule.kind == "policy":
        facts.append(f"price when soft: {text_of(rule.price)} million euro for each")
        facts.append("off unless scenario.toml names it" if rule.named_only else "on wherever there are data for it")
    facts.append(f"source: {_linked(rule.source)}")
    lines = [
        f"### {rule.name}",
        "",
        rule.sentence,
        "",
        f"- {'; '.join(facts)}.",
        f"- In the model: {_formula(rule.rows.__doc__)}",
        f"- In the audit: {_first_line(rule.violations.__doc__)}",
        "",
    ]
    return [*lines, *_parameter_lines(rule.parameters), ""] if rule.parameters else lines


def _parameter_lines(parameters: Sequence[Parameter]) -> list[str]:
    return _table(
        ("parameter", "default", "values", "meaning"),
        (
            (f"`{p.name}`", "" if p.default is None else f"`{text_of(p.default)}`", _values(p), p.meaning)
            for p in parameters
        ),
    )


def _values(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    if isinstance(parameter.default, str):
        return "a nation or bloc"
    return f"{text_of(parameter.low)} to {text_of(parameter.high)}"


def _linked(source: str) -> str:
    """A source, its place in the definitions of numbers linked."""
    return re.sub(r"fine print ([\d, -]*\d)", rf"[numbers \1]({NUMBERS_PAGE})", source)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n\n")[0].replace("\n", " ")


def _formula(text: str | None) -> str:
    """A formula as code; prose that says there is none stays prose."""
    line = _first_line(text)
    if line.startswith(("None", "Empty")):
        return line
    return f"`{line.removesuffix('.')}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {row} |" for row in body)]


def data_page() -> str:
    """Every input table and column, then every key of scenario.toml."""
    body = data_dictionary().replace("# Columns\n", "# Data dictionary: tables and settings\n", 1).rstrip()
    schema = Settings.model_json_schema()
    lines = [
        "## scenario.toml",
        "",
        "The settings. What they mean is told in [command-line.md](command-line.md#settings); the rules and their "
        "parameters, in [model.md](model.md).",
        "",
    ]
    rows = [row for name, value in schema["properties"].items() for row in _setting_rows(schema, name, value)]
    required = set(schema["required"])
    lines += _table(
        ("key", "values", "default"),
        ((f"`{key}`", values, "required" if key in required else default) for key, values, default in rows),
    )
    return "\n".join([GENERATED, "", body, "", *lines]) + "\n"


def _setting_rows(schema: Mapping[str, Any], name: str, value: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Key, values and default of a setting, or of every setting of a section."""
    section = value.get("$ref", "").rpartition("/")[2]
    if section:
        properties = schema["$defs"][section]["properties"]
        return [(f"{name}.{key}", _kind(part), _default(part)) for key, part in properties.items()]
    if name == "rules":
        return [("rules.NAME", "true, false, or a table of `on`, `soft`, `price` and the rule's own parameters", "")]
    return [(name, _kind(value), _default(value))]


def _kind(value: Mapping[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(map(str, value["enum"]))
    if value["type"] == "array":
        inner = value["items"]
        return "a list of " + (", ".join(inner["enum"]) if "enum" in inner else "lists of codes")
    word = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
    low = value.get("minimum", value.get("exclusiveMinimum"))
    if low is None:
        return word[value["type"]]
    above = "above " if "exclusiveMinimum" in value else ""
    return f"{word[value['type']]}, {above}{low:.10g} to {value['maximum']:.10g}"


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, (list, tuple)):
        return "`[]`"
    return "" if default in (None, "") else f"`{default}`"


PAGES: Mapping[str, Callable[[], str]] = {"model.md": model_page, "data-dictionary.md": data_page}


def write_pages(folder: str | Path) -> list[Path]:
    """Write every generated page into a folder and return the paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (target / name).write_text(page(), encoding="utf-8", newline="\n")
    return [target / name for name in PAGES]


def main(argv: Sequence[str]) -> int:
    """Write the pages into the folder named, by default docs."""
    for path in write_pages(argv[0] if argv else "docs"):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
