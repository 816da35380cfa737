"""Policy, rules: every rule with its sentence, its switch, its numbers, and what breaking it costs when it is soft."""

from __future__ import annotations

import streamlit as st

from optimizer import words
from optimizer.model.rules import OTHER_SECTIONS, RULES
from optimizer.trial import Trial
from ui.state import Desk
from ui.views.policy_controls import choice, faults, figure, switch

HIGHEST_PRICE_MEUR = 1e6


def draw(desk: Desk, found: Trial) -> None:
    """Draw the section."""
    policies = [rule for rule in RULES if rule.kind == "policy"]
    count = sum(found.rule_is_on(rule) for rule in policies)
    st.caption(
        f"{count} of {words.plural(len(policies), 'policy rule')} are on; a rule acts wherever there is data for it. "
        "A soft rule may be broken at a price; the others may not."
    )
    search = st.text_input("Find a rule", key="policy_find", icon=":material/search:", width=300).casefold()
    st.markdown("#### Policy rules")
    for rule in policies:
        if search in f"{_title(rule.name)} {rule.sentence}".casefold():
            _rule(found, rule)
    for name, parameters in OTHER_SECTIONS.items():
        st.markdown(f"#### {_title(name)}")
        _parameters(found, name, parameters)
    _fixed()


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _rule(found: Trial, rule) -> None:  # type: ignore[no-untyped-def]
    """One policy rule."""
    is_on = found.rule_is_on(rule)
    key = f"rules.{rule.name}"
    name, sentence, softness = st.columns((3, 6, 2), vertical_alignment="center")
    with name:
        switch(f"**{_title(rule.name)}**", f"{key}.on", is_on, help=f"Source: {rule.source}")
    sentence.caption(f"{rule.sentence} Unit: {rule.unit}.")
    faults(found, f"{key}.on")
    if not is_on:
        return
    with softness:
        is_soft = switch("Soft", f"{key}.soft", bool(found.setting(f"{key}.soft")), help="May be broken at a price.")
    faults(found, f"{key}.soft")
    _parameters(found, rule.name, rule.parameters)
    if is_soft:
        label = f"Price of breaking {_title(rule.name).lower()}, million euro per {_one(rule.unit)}"
        figure(found, label, f"{key}.price", float(found.setting(f"{key}.price")), 0.0, HIGHEST_PRICE_MEUR, width=380)


def _one(unit: str) -> str:
    """A unit as it stands after `per`."""
    return {"units": "unit", "types": "type", "programs": "program", "contracts": "contract"}.get(unit, unit)


def _parameters(found: Trial, name: str, parameters) -> None:  # type: ignore[no-untyped-def]
    """The numbers and choices of a rule, generated from its record."""
    if not parameters:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for parameter in parameters:
            with st.container(width=260):
                _parameter(found, f"rules.{name}.{parameter.name}", parameter)


def _parameter(found: Trial, key: str, parameter) -> None:  # type: ignore[no-untyped-def]
    value = found.setting(key)
    label, meaning = _title(parameter.name), f"{parameter.meaning[:1].upper()}{parameter.meaning[1:]}."
    if parameter.choices:
        choice(found, label, key, str(value), parameter.choices, help=meaning)
    elif isinstance(parameter.default, str):
        rows = found.sheet("nations").rows
        blocs = sorted({part.strip() for row in rows for part in row.get("blocs", "").split(";") if part.strip()})
        choice(found, label, key, str(value), blocs, help=meaning)
    else:
        number = value if isinstance(value, (int, float)) else None
        is_share = parameter.high <= 1.0
        figure(
            found,
            f"{label}, share" if is_share else label,
            key,
            number,
            parameter.low,
            parameter.high,
            help=meaning,
            placeholder="no limit",
            **({"step": 0.05} if is_share else {}),
        )


def _fixed() -> None:
    """The rules that always hold."""
    others = [rule for rule in RULES if rule.kind != "policy"]
    with st.expander(f"{words.plural(len(others), 'rule')} that always hold: physics, and the analyst's locks"):
        st.dataframe(
            [
                {"Rule": _title(rule.name), "Sentence": rule.sentence, "Kind": rule.kind, "Unit": rule.unit}
                for rule in others
            ],
            hide_index=True,
            key="policy_fixed",
            alt="Rules that cannot be switched off.",
        )
