"""The rules of the model, one file and one line each; the order has no meaning."""

from __future__ import annotations

from typing import Iterable

from optimizer.model.rule import Parameter, Rule
from optimizer.model.rules import (
    annual_budget,
    annual_capacity,
    burden_sharing,
    change_limit,
    delivery_window,
    development_paid,
    export_control,
    fair_return,
    goal_limit,
    half_rule,
    interoperability,
    joint_program_limit,
    launch_before_joining,
    locks,
    maximum_units,
    meet_need,
    minimum_fleet,
    minimum_order,
    minimum_suppliers,
    no_excess,
    no_nation_worse_off,
    one_price_band,
    outside_content,
    partner_count,
    sector_workload,
    single_development,
    supplier_share,
    sustaining_rate,
    type_limit,
    whole_lots,
    work_placed,
)
from optimizer.scenario import Scenario

RULES: tuple[Rule, ...] = (
    meet_need.RULE,
    no_excess.RULE,
    launch_before_joining.RULE,
    delivery_window.RULE,
    whole_lots.RULE,
    minimum_order.RULE,
    maximum_units.RULE,
    annual_capacity.RULE,
    one_price_band.RULE,
    partner_count.RULE,
    single_development.RULE,
    development_paid.RULE,
    work_placed.RULE,
    export_control.RULE,
    annual_budget.RULE,
    type_limit.RULE,
    minimum_fleet.RULE,
    interoperability.RULE,
    fair_return.RULE,
    sector_workload.RULE,
    sustaining_rate.RULE,
    supplier_share.RULE,
    minimum_suppliers.RULE,
    outside_content.RULE,
    burden_sharing.RULE,
    joint_program_limit.RULE,
    half_rule.RULE,
    goal_limit.RULE,
    change_limit.RULE,
    locks.RULE,
    no_nation_worse_off.RULE,
)

# Sections of [rules] that are no rules of their own but hold a number the model reads.
OTHER_SECTIONS: dict[str, tuple[Parameter, ...]] = {"price_bands": (one_price_band.BANDS,)}


def active(scenario: Scenario) -> Iterable[Rule]:
    """The rules that act in a scenario."""
    return (rule for rule in RULES if rule.is_on(scenario))
