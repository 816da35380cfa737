"""Scenario: windows, uplifts, limits, bands, pools and which contracts exist."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, make

from optimizer import Scenario

NATIONS = "nation blocs\nAAA EU\nBBB EU\nCCC -"
ALL = "nation quantity\nAAA 2\nBBB 2\nCCC 2"


def jets(columns: str = "", values: str = "", **more: str) -> Scenario:
    tables = {"nations": NATIONS, "requirements": ALL, **more}
    return make(programs=f"program {columns}\njet {values}", **tables)  # type: ignore[arg-type]


def ids(scenario: Scenario) -> list[str]:
    return sorted(scenario.contracts)


# --- windows (fine print 22) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "values", "own", "foreign"),
    [
        ("first_delivery", "2027", 2027, 2027),
        ("first_delivery", "2020", 2026, 2026),  # not before the horizon
        ("approval_years", "1", 2026, 2027),  # the lead waits for nobody
        ("first_delivery approval_years", "2024 1", 2026, 2026),  # approval counts from the line's first delivery
    ],
)
def test_first_year_of_delivery(columns: str, values: str, own: int, foreign: int) -> None:
    scenario = jets(columns, values)
    assert scenario.pairs["AAA", "jet"].earliest == own
    assert scenario.pairs["BBB", "jet"].earliest == foreign


def test_an_offer_replaces_the_first_delivery_and_the_rest_is_added() -> None:
    offers = "program nation earliest_delivery\njet BBB 2026\njet CCC 2027"
    scenario = jets("first_delivery approval_years", "2027 1", offers=offers)
    assert scenario.pairs["AAA", "jet"].earliest == 2027
    assert scenario.pairs["BBB", "jet"].earliest == 2027
    assert scenario.pairs["CCC", "jet"].earliest == 2028


def test_the_largest_export_delay_is_added_to_approval() -> None:
    export = "regime supplier buyer status delay_years\nr AAA BBB delayed 1\nr CCC EU delayed 1\nr AAA CCC delayed 9"
    scenario = jets("suppliers approval_years export_regime", "AAA:0.5;CCC:0.5 1 r", export=export)
    assert scenario.pairs["AAA", "jet"].earliest == 2027  # delayed by CCC, no approval
    assert scenario.pairs["BBB", "jet"].earliest == 2028  # 1 + max(1, 1)
    assert ("CCC", "jet") not in scenario.pairs  # after the horizon


def test_the_last_year_is_the_lines_or_the_horizons() -> None:
    assert jets("last_delivery", "2027").pairs["AAA", "jet"].latest == 2027
    assert jets("last_delivery", "2040").pairs["AAA", "jet"].latest == 2028
    assert jets().pairs["AAA", "jet"].latest == 2028
    # A last year before the first leaves no pair.
    assert jets("first_delivery last_delivery approval_years", "2026 2026 1").contracts_with.keys() == {("AAA", "jet")}


# --- prices (fine print 24-28) ---------------------------------------------------------------------------------------


def test_uplifts_multiply_and_go_by_kind() -> None:
    scenario = make(
        nations=NATIONS,
        requirements=ALL,
        programs="""
        program kind                 partners lead development_meur sale_surcharge_share customer_premium_share
        hawk    joint_development    AAA;BBB  AAA  0                0.1                  0.2
        jet     off_the_shelf        -        AAA  -                0.1                  0.2
        kite    national_development -        BBB  0                -                    -""",
    )
    uplift = {key: round(pair.uplift, 9) for key, pair in scenario.pairs.items()}
    assert (uplift["AAA", "hawk"], uplift["BBB", "hawk"], uplift["CCC", "hawk"]) == (1.0, 1.1, 1.32)
    assert (uplift["AAA", "jet"], uplift["BBB", "jet"]) == (1.0, 1.1)
    # A national development without partners has its lead for one; customers pay 5 % by default.
    assert (uplift["BBB", "kite"], uplift["AAA", "kite"]) == (1.0, 1.05)


def test_bands_reach_from_the_minimum_order_to_what_all_nations_may_buy_in_every_mode() -> None:
    # 2 + 2 + 2 units; three bands with edges 2, 2 * 3^(1/3) = 2.88, 4.16, 6.
    for mode in ("joint", "national"):
        scenario = make(
            nations=NATIONS,
            requirements=ALL,
            mode=mode,
            rules={"price_bands": {"bands": 3}},
            programs="program min_order_units learning_slope\njet 2 0.8",
        )
        assert [(band.first, band.last) for band in scenario.bands["jet"]] == [(2, 3), (4, 4), (5, 6)]


def test_bands_end_with_the_line_and_never_below_the_minimum_order() -> None:
    assert jets("max_units learning_slope", "4 0.8").bands["jet"][-1].last == 4
    assert jets("min_order_units learning_slope", "9 0.8").bands["jet"][0].first == 9


def test_price_breaks_replace_the_curve() -> None:
    scenario = jets("learning_slope", "0.8", prices="program from_units unit_price_meur\njet 4 7\njet 2 9")
    assert [(b.first, b.last, b.price_meur) for b in scenario.bands["jet"]] == [(2, 3, 9), (4, 6, 7)]
    assert scenario.minimum_total("jet") == 2
    assert scenario.band_deviation == {}


def test_the_deviation_from_the_curve_is_known() -> None:
    scenario = make(
        requirements="nation quantity\nAAA 4",
        programs="program learning_slope unit_cost_meur\njet 0.5 12",
        rules={"price_bands": {"bands": 1}},
    )
    assert scenario.band_deviation["jet"] == pytest.approx(9 / 6.25 - 1)


# --- how much a nation may take (fine print 33) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("need", "effect", "units"),
    [
        ("nation quantity\nAAA 2", "1", 2),
        ("nation quantity\nAAA 2", "0.3", 7),  # 6.67
        ("nation quantity\nAAA 0.6", "0.2", 3),  # 3 and not 4, for all that 0.6 / 0.2 is in floating point
        ("nation quantity max_extra_units\nAAA 2 0.5", "1", 3),
        ("nation quantity contracted_units baseline_program\nAAA 2 5 jet", "1", None),
        ("nation quantity max_share_per_nation\nEU 5 0.5\nAAA 1 -", "1", 4),  # 2.5 + 1
    ],
)
def test_most_units_of_a_program(need: str, effect: str, units: int | None) -> None:
    scenario = jets("effect_per_unit", effect, requirements=need)
    pair = scenario.pairs.get(("AAA", "jet"))
    assert (None if pair is None else pair.max_units) == units


def test_most_required_units_allow_the_largest_rounding() -> None:
    scenario = make(
        requirements="nation quantity\nAAA 2", programs="program effect_per_unit\njet 1\nheron 1.5\nlark 0.3"
    )
    # 2 jets: 2; 2 herons: 3; 7 larks: 2.1.
    assert scenario.most_required_units["AAA", "fighter"] == pytest.approx(3)


# --- pools and contracts (fine print 1-5, 10-13) ---------------------------------------------------------------------


def test_pools_by_mode() -> None:
    def pools(mode: str, blocs: tuple[tuple[str, ...], ...] = ()) -> dict[str, tuple[str, ...]]:
        return make(nations=NATIONS, programs="program\njet", requirements=ALL, mode=mode, blocs=blocs).pools

    assert pools("joint") == {"joint": ("AAA", "BBB", "CCC")}
    assert pools("national") == {n: (n,) for n in ("AAA", "BBB", "CCC")}
    assert pools("as_is") == pools("national")
    assert pools("blocs", (("CCC", "AAA"),)) == {"bloc1": ("AAA", "CCC"), "BBB": ("BBB",)}
    assert pools("blocs", (("EU",),)) == {"bloc1": ("AAA", "BBB"), "CCC": ("CCC",)}


def test_a_pooled_contract_needs_two_nations_that_may_buy_and_want() -> None:
    assert ids(jets()) == ["jet@joint"]
    assert ids(jets(requirements="nation\nAAA")) == ["jet@AAA"]
    assert ids(jets("buyers", "EU")) == ["jet@joint"]
    assert ids(jets("buyers", "CCC")) == ["jet@CCC"]
    assert jets("buyers", "EU").contracts["jet@joint"].nations == ("AAA", "BBB")
    assert jets("buyers", "EU").contracts["jet@joint"].pool == ("AAA", "BBB", "CCC")
    # A target of the bloc is a wish of its members.
    assert jets(requirements="nation quantity\nEU 2").contracts["jet@joint"].nations == ("AAA", "BBB")


@pytest.mark.parametrize(
    ("columns", "values", "more"),
    [
        ("premium_share", "0.1", {}),
        ("-", "-", {"nations": "nation max_joint_programs\nAAA 1\nBBB -\nCCC -"}),
        ("-", "-", {"industry": "nation min_work_meur\nAAA 1"}),
        ("-", "-", {"prices": "program from_units unit_price_meur\njet 1 5\njet 2 6"}),
    ],
)
def test_own_contracts_stay_where_pooling_can_be_a_disadvantage(
    columns: str, values: str, more: dict[str, str]
) -> None:
    columns, values = columns.strip("-"), values.strip("-")
    assert ids(jets(columns, values, **more)) == ["jet@AAA", "jet@BBB", "jet@CCC", "jet@joint"]


@pytest.mark.parametrize(
    "rule", ["fair_return", "burden_sharing", "no_nation_worse_off", "supplier_share", "outside_content"]
)
def test_own_contracts_stay_under_rules_on_pools_or_nations(rule: str) -> None:
    tables = {"nations": NATIONS, "programs": "program\njet", "requirements": ALL}
    assert len(ids(make(**tables, rules={rule: {"on": True}}))) == 4
    assert len(ids(make(**tables, rules={rule: {"on": False}}))) == 1


def test_open_developments_are_launched_alone_by_partners_only() -> None:
    scenario = make(nations=NATIONS, programs=EAGLE, requirements=ALL, mode="national")
    assert ids(scenario) == ["eagle@AAA", "eagle@BBB"]
    two = EAGLE.replace("first_delivery", "first_delivery min_partners").replace(" 2027", " 2027 2")
    assert ids(make(nations=NATIONS, programs=two, requirements=ALL, mode="national")) == []
    assert ids(make(nations=NATIONS, programs=two, requirements=ALL)) == ["eagle@joint"]
    # Two partners in no pool together.
    assert ids(make(nations=NATIONS, programs=two, requirements=ALL, mode="blocs", blocs=(("BBB", "CCC"),))) == []


def test_finished_developments_are_bought_by_anyone() -> None:
    finished = EAGLE.replace(" 100 ", " 0 ")
    assert ids(make(nations=NATIONS, programs=finished, requirements=ALL, mode="national")) == [
        "eagle@AAA",
        "eagle@BBB",
        "eagle@CCC",
    ]
    contract = make(nations=NATIONS, programs=finished, requirements=ALL).contracts["eagle@joint"]
    assert not contract.open_development
    assert contract.partner_counts == ()


def test_a_national_development_has_one_partner_unless_told_otherwise() -> None:
    hawk = "program kind development_meur {0}\nhawk national_development 50 {1}"
    alone = make(nations=NATIONS, programs=hawk.format("", ""), requirements=ALL).contracts["hawk@joint"]
    assert alone.possible_partners == ("AAA",)
    assert alone.partner_counts == (1,)
    three = make(nations=NATIONS, requirements=ALL, programs=hawk.format("partners max_partners", "AAA;BBB;CCC 2"))
    assert three.contracts["hawk@joint"].partner_counts == (1, 2)


def test_an_element_alone_makes_a_development_open() -> None:
    text = "program kind partners development_meur element\nhawk joint_development AAA;BBB 0 engine"
    scenario = make(programs=text, requirements="nation\nAAA\nBBB", elements="element development_meur\nengine 40")
    assert scenario.is_open("hawk")
    assert scenario.contracts["hawk@joint"].open_development


def test_contracts_that_cannot_reach_the_minimum_order_do_not_exist() -> None:
    assert ids(jets("min_order_units", "6")) == ["jet@joint"]
    assert ids(jets("min_order_units", "7")) == []
    assert ids(jets("lot_units", "4")) == ["jet@joint"]
    assert jets("lot_units", "4").contracts["jet@joint"].max_total == 4


def test_as_is_everyone_buys_its_baseline_alone_and_joint_developments_are_shared_by_those_who_name_them() -> None:
    programs = EAGLE.replace("AAA;BBB ", "AAA;BBB;CCC ") + "jet off_the_shelf - - - AAA:1 2026\n"
    need = """
        nation quantity need_by baseline_program
        AAA    1        2027    eagle
        BBB    1        2027    eagle
        CCC    1        2027    jet"""
    scenario = make(nations=NATIONS, programs=programs, requirements=need, mode="as_is")
    assert "jet@CCC" in scenario.contracts
    assert ("CCC", "eagle") not in scenario.pairs
    assert ("AAA", "jet") not in scenario.pairs
    shared = scenario.contracts["eagle@baseline"]
    assert shared.nations == shared.possible_partners == ("AAA", "BBB")
    assert shared.pooled
    # Off the shelf nothing is pooled, and a row without baseline buys nothing.
    both = make(programs="program\njet", mode="as_is", requirements="nation baseline_program\nAAA jet\nBBB jet")
    assert ids(both) == ["jet@AAA", "jet@BBB"]
    assert ids(make(programs="program\njet", requirements="nation\nAAA", mode="as_is")) == []


def test_cancelled_counterfactuals_are_left_out_unless_let_in() -> None:
    text = "program status\njet cancelled_counterfactual"
    assert ids(make(programs=text, requirements="nation\nAAA")) == []
    let_in = make(programs=text, requirements="nation\nAAA", settings={"include_counterfactuals": True})
    assert ids(let_in) == ["jet@AAA"]


def test_offers_and_buyers_decide_together_who_may_buy() -> None:
    # An offer can close but not open.
    scenario = jets("buyers", "AAA;BBB", offers="program nation allowed\njet BBB no\njet CCC yes")
    assert scenario.eligible["jet"] == ("AAA",)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_a_scenario_is_changed_by_making_another() -> None:
    scenario = jets()
    national = scenario.with_pooling("national")
    assert (ids(scenario), len(ids(national))) == (["jet@joint"], 3)
    strict = scenario.with_rule("annual_budget", on=False).with_rule("annual_budget", soft=True)
    assert strict.settings.rules["annual_budget"] == {"on": False, "soft": True}
    assert scenario.settings.rules == {}


def test_years_are_discounted_to_the_first() -> None:
    scenario = make(programs="program\njet", requirements="nation\nAAA", rate=0.25)
    assert [scenario.discount(year) for year in scenario.years] == pytest.approx([1, 0.8, 0.64])
    assert [scenario.clamp(year) for year in (2000, 2027, 2100)] == [2026, 2027, 2028]


def test_budgets_of_a_nation_hold_where_no_row_says_otherwise() -> None:
    scenario = jets(
        nations="nation budget_meur\nAAA 10\nBBB -\nCCC -",
        budgets="nation year class budget_meur\nAAA 2027 all 20\nBBB 2028 support 5\nAAA 2040 all 1",
    )
    money = {key: {year: row.budget_meur for year, row in rows.items()} for key, rows in scenario.budgets.items()}
    assert money == {("AAA", "all"): {2026: 10, 2027: 20, 2028: 10}, ("BBB", "support"): {2028: 5}}


def test_work_limits_default_to_one_and_a_half_shares() -> None:
    scenario = make(
        nations=NATIONS,
        requirements=ALL,
        programs=EAGLE.replace("AAA:0.5;BBB:0.5", "AAA:0.8;BBB:0.2"),
        offers="program nation work_limit work_minimum\neagle CCC 0.1 0.05",
    )
    contract = scenario.contracts["eagle@joint"]
    assert scenario.work_limits(contract, "AAA") == (0.0, 1.0)
    assert scenario.work_limits(contract, "BBB") == (0.0, pytest.approx(0.3))
    assert scenario.work_limits(contract, "CCC") == (0.05, 0.1)
    assert scenario.inside_share(contract) == pytest.approx(1.0)


def test_rows_read_twice_are_shared_where_they_are_the_same() -> None:
    one = make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3\nBBB 2")
    again = make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3\nBBB 5\nCCC 1")
    shared = again.sharing_rows(one)
    assert shared.tables == again.tables and again.tables.programs is not one.tables.programs
    assert shared.tables.programs is one.tables.programs
    assert [row is other for row, other in zip(shared.tables.requirements, one.tables.requirements, strict=False)] == [
        True,
        False,
    ]
    assert len(shared.tables.requirements) == 3
    fewer = make(programs="program\njet", requirements="nation quantity\nAAA 3\nBBB 2").sharing_rows(one)
    assert fewer.tables.requirements is one.tables.requirements and fewer.tables.programs == one.tables.programs[:1]
    assert one.sharing_rows(one) is one
