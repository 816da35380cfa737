"""The form of an analysis: a field for each setting in words, pickers over the scenario's codes, and what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from optimizer import Scenario, words
from optimizer.analysis.analysis import Analysis, Setting, settings_asked
from optimizer.analysis.inputs import ALIASES, setting_names
from ui import text

MOST_LINES = 12
_FIRST_YEAR, _LAST_YEAR = 1950, 2150


class NotComplete(Exception):
    """A field that lacks a part, in a sentence for the analyst."""


# --- codes in words --------------------------------------------------------------------------------------------------


def named(scenario: Scenario, code: str) -> str:
    """A code with its name: `K2PL (Main battle tank, k2pl)`, `Poland (POL)`."""
    if code in scenario.known_programs:
        row = scenario.known_programs[code]
        capability = scenario.capabilities[row.capability].name or row.capability
        return f"{row.name} ({capability}, {code})" if row.name else f"{code} ({capability})"
    for rows in (scenario.nations, scenario.capabilities):
        if code in rows:
            name = rows[code].name
            return f"{name} ({code})" if name and name != code else code
    if code in scenario.contracts:
        program, _, pool = code.rpartition("@")
        return f"{scenario.known_programs[program].name or program}, pool {pool}"
    return code


def input_named(scenario: Scenario, name: str) -> str:
    """An input of a sensitivity in words: `Budgets of all years and classes: Poland (POL)`."""
    head, *codes = name.split(":")
    meaning = ALIASES[head][1] if head in ALIASES else head
    if head.startswith("rules."):
        meaning = f"rule {head.removeprefix('rules.').replace('.', ': ')}".replace("_", " ")
    shown = ["each in turn" if code == "each" else named(scenario, code) for code in codes]
    return ": ".join([text.capital(meaning), *shown])


def codes_of(scenario: Scenario, kind: str) -> list[str]:
    """What a part of a value can be, in the order of the tables or of their words."""
    if kind == "nation":
        return list(scenario.nations)
    if kind == "program":
        return sorted(scenario.programs, key=lambda code: (scenario.programs[code].capability, code))
    return sorted(scenario.contracts) if kind == "contract" else inputs_of(scenario)


def inputs_of(scenario: Scenario) -> list[str]:
    """The inputs that can be varied: of everything, of each in turn, of one code; then settings and rules' numbers."""
    whole, each, single = [], [], []
    for name, (columns, _) in ALIASES.items():
        table, _, column = columns[0].partition(".")
        rows = [row for row in getattr(scenario.tables, table, ()) if getattr(row, column) is not None]
        if not rows:
            continue
        whole.append(name)
        each.append(f"{name}:each")
        kinds = [kind for kind in ("nation", "program", "capability") if hasattr(rows[0], kind)]
        single += [f"{name}:{code}" for kind in kinds for code in sorted({str(getattr(row, kind)) for row in rows})]
    return [*whole, *setting_names(scenario), *each, *single]


# --- fields ----------------------------------------------------------------------------------------------------------


def fields(scenario: Scenario, analysis: Analysis) -> tuple[dict[str, Any], list[str], bool]:
    """Draw every field; what was given beyond the defaults, what is not complete, and whether a line was asked for."""
    given: dict[str, Any] = {}
    faults: list[str] = []
    more = False
    groups: dict[str, list[Setting]] = {}
    for setting in settings_asked(analysis):
        groups.setdefault(setting.group, []).append(setting)
    for group, settings in groups.items():
        if group:
            st.markdown(f"**{group}**")
        for row in _rows(settings):
            # What takes several values needs the whole width; the rest stands two by two.
            if row[0].several:
                try:
                    value, asked = _several(scenario, row[0], f"{analysis.name}_{row[0].name}")
                except NotComplete as fault:
                    faults.append(str(fault))
                    continue
                more |= asked
                given |= {} if tuple(value) == tuple(row[0].default) else {row[0].name: value}
                continue
            for place, setting in zip(st.columns(2, vertical_alignment="bottom"), row, strict=False):
                with place:
                    value = single(scenario, setting, f"{analysis.name}_{setting.name}")
                given |= {} if value is None or value == setting.default else {setting.name: value}
    if analysis.usual:
        st.caption(f"With nothing chosen here the question is: {analysis.usual}")
    return given, faults, more


def _rows(settings: list[Setting]) -> list[list[Setting]]:
    """The fields in rows, in their order."""
    rows: list[list[Setting]] = []
    for setting in settings:
        if rows and len(rows[-1]) == 1 and not setting.several and not rows[-1][0].several:
            rows[-1].append(setting)
        else:
            rows.append([setting])
    return rows


def _several(scenario: Scenario, setting: Setting, key: str) -> tuple[tuple[Any, ...], bool]:
    """A setting of several values; whether another line was asked for."""
    label, explained = setting.heading(), setting.explained()
    if setting.choices:
        picked = st.multiselect(
            label,
            setting.choices,
            default=list(setting.default),
            format_func=lambda word: text.capital(setting.names.get(word, word)),
            help=explained,
            placeholder=text.capital(setting.empty or "none"),
            key=key,
        )
        return tuple(picked), False
    if setting.takes == ("input",):
        known = inputs_of(scenario)
        picked = st.multiselect(
            label,
            known,
            format_func=lambda name: input_named(scenario, name),
            help=explained,
            placeholder=text.capital(setting.empty),
            accept_new_options=True,
            key=key,
        )
        return tuple(picked), False
    if setting.takes:
        return _lines(scenario, setting, key)
    written = st.text_input(label, ",".join(map(str, setting.default)), help=explained, key=key)
    return tuple(setting.kind(part.strip()) for part in written.split(",") if part.strip()), False


def _lines(scenario: Scenario, setting: Setting, key: str) -> tuple[tuple[str, ...], bool]:
    """A line of pickers for each value, and the button for one more."""
    st.markdown(setting.heading(), help=setting.explained())
    count = min(MOST_LINES, int(st.session_state.get(f"{key}_lines", 1)))
    found: list[str] = []
    for number in range(count):
        with st.container(key=f"{key}_line_{number}"):
            value = line(scenario, setting, f"{key}_{number}")
        found += [value] if value else []
    if count < MOST_LINES and st.form_submit_button(
        "Another line", key=f"{key}_more", icon=":material/add:", type="tertiary"
    ):
        st.session_state[f"{key}_lines"] = count + 1
        return tuple(found), True
    return tuple(found), False


def line(scenario: Scenario, setting: Setting, key: str) -> str:
    """One value put together of pickers; empty where nothing was picked.

    Raises
    ------
    NotComplete
        When a part that is needed is missing.
    """
    parts: dict[str, Any] = {}
    widths = [2 if part.startswith("units") else 3 for part in setting.takes]
    for place, part in zip(st.columns(widths), setting.takes, strict=True):
        kind, is_open = part.rstrip("?"), part.endswith("?")
        with place:
            parts[part] = _part(scenario, kind, is_open, f"{key}_{kind}")
    if all(value in (None, "") for value in parts.values()):
        return ""
    for part, value in parts.items():
        if value in (None, "") and not part.endswith("?"):
            raise NotComplete(f"“{setting.label}” has a line without {_WANTING[part]}")
    return ":".join(str(value) for value in parts.values() if value not in (None, ""))


_WANTING = {"program": "a program", "nation": "a nation", "units": "a number of units", "years": "a year"}


def _part(scenario: Scenario, kind: str, is_open: bool, key: str) -> Any:
    if kind == "units":
        return st.number_input(
            "At least, units" if is_open else "Units",
            min_value=1,
            value=None,
            step=1,
            placeholder="any number" if is_open else "how many",
            key=key,
        )
    if kind == "years":
        first, last = (
            place.number_input(
                label,
                min_value=_FIRST_YEAR,
                max_value=_LAST_YEAR,
                value=None,
                step=1,
                placeholder="any",
                key=f"{key}_{label.split()[0].lower()}",
            )
            for place, label in zip(st.columns(2), ("From year", "To year"), strict=True)
        )
        if first is None and last is None:
            return None
        return str(first) if first == last else f"{first or ''}-{last or ''}"
    return st.selectbox(
        kind.capitalize(),
        codes_of(scenario, kind),
        index=None,
        format_func=lambda code: named(scenario, code),
        placeholder="all nations together" if kind == "nation" else f"choose a {kind}",
        key=key,
    )


def single(scenario: Scenario, setting: Setting, key: str) -> Any:
    """A setting of one value; None where it is left open."""
    label, explained = setting.heading(), setting.explained()
    if setting.kind is bool:
        return st.checkbox(label, value=bool(setting.default), help=explained, key=key)
    if setting.choices or setting.takes:
        known = list(setting.choices) or codes_of(scenario, setting.takes[0])
        tell: Callable[[str], str] = (
            (lambda word: text.capital(setting.names.get(word, word)))
            if setting.choices
            else (lambda code: named(scenario, code))
        )
        index = None if setting.default is None else known.index(setting.default)
        faint = text.capital(setting.empty)
        return st.selectbox(label, known, index=index, format_func=tell, help=explained, placeholder=faint, key=key)
    if setting.kind in (int, float):
        return _number(setting, label, explained, key)
    return (
        st.text_input(label, setting.default or "", help=explained, placeholder=setting.empty, key=key).strip() or None
    )


def _number(setting: Setting, label: str, explained: str, key: str) -> Any:
    kind, times = setting.kind, 100.0 if setting.is_percent else 1.0
    low, high, usual = (
        None if value is None else kind(times * value) for value in (setting.low, setting.high, setting.default)
    )
    value = st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=usual if usual is not None or setting.optional else kind(low or 0),
        step=1 if kind is int else None,
        format=None if kind is int else "%g",
        help=explained,
        key=key,
        placeholder=text.capital(setting.empty),
    )
    return None if value is None else kind(value) if times == 1.0 else round(value / times, 9)


# --- what was asked, in words ----------------------------------------------------------------------------------------


def asked_in_words(scenario: Scenario | None, analysis: Analysis, given: Mapping[str, Any]) -> str:
    """The question as it was asked, defaults that matter to it included."""
    settings = settings_asked(analysis)
    groups = {setting.group for setting in settings if setting.name in given}
    told = []
    for setting in settings:
        value = given.get(setting.name, setting.default)
        matters = setting.name in given or (
            value not in (None, False, ()) and (not setting.group or setting.group in groups)
        )
        if matters:
            told.append(_told(scenario, setting, value))
        elif setting.several and setting.takes == ("input",):
            told.append(f"{setting.label}: {setting.empty}")
    if analysis.usual and not groups:
        return analysis.usual
    return "; ".join(told) or analysis.sentence.rstrip(".")


def _told(scenario: Scenario | None, setting: Setting, value: Any) -> str:
    label = setting.label or setting.heading()
    if value is True:
        return label
    values = value if isinstance(value, (list, tuple)) else [value]
    shown = ", ".join(_value(scenario, setting, part) for part in values) or setting.empty or "none"
    unit = setting.unit.replace("%", "\u00a0%", 1) if setting.is_percent else f" {setting.unit}" if setting.unit else ""
    if value == 1:
        unit = re.sub(r"s\b", "", unit, count=1)
    return f"{label}: {shown}" + ("" if setting.choices else unit)


def _value(scenario: Scenario | None, setting: Setting, value: Any) -> str:
    if setting.choices:
        return setting.names.get(str(value), str(value))
    if isinstance(value, (int, float)):
        return (
            f"{100.0 * value:g}" if setting.is_percent else words.count(value) if setting.kind is int else f"{value:g}"
        )
    if scenario is None:
        return str(value)
    if setting.takes == ("input",):
        return input_named(scenario, str(value))
    if not setting.takes:
        return str(value)
    parts = str(value).split(":")
    shown = [named(scenario, part) if not part[:1].isdigit() and not part.startswith("-") else part for part in parts]
    return ", ".join(shown)
