"""Two hundred and more ways to break a scenario: each gives a fault in the right place, no exception, in no time."""

from __future__ import annotations

import os
import time
import zipfile
from dataclasses import dataclass

import pytest

from optimizer.checks import all_problems, all_warnings
from optimizer.tables.read import read


@dataclass(frozen=True)
class Cell:
    """Replace the first `old` in a file by `new`; the fault is to be in `row` and `column`."""

    file: str
    old: str
    new: str
    row: int | None
    column: str | None
    said_of: str = ""


N, C, P, R = "nations.csv", "capabilities.csv", "programs.csv", "requirements.csv"
B, F, X, S = "budgets.csv", "offers.csv", "prices.csv", "scenario.toml"

NUMBERS = [
    ("nan", "nan"),
    ("inf", "inf"),
    ("minus_inf", "-inf"),
    ("infinity", "Infinity"),
    ("huge", "1e400"),
    ("above_bound", "1e12"),
    ("negative", "-1"),
    ("word", "twelve"),
    ("percent", "12%"),
    ("comma", '"1,5"'),
    ("thousands", '"1,500"'),
    ("apostrophes", "1'500"),
    ("european", '"1.500,25"'),
    ("spaces", "1 500"),
    ("underscore", "1_500"),
    ("euro_sign", "€12"),
    ("dollar_sign", "$12"),
    ("arabic_digits", "١٢"),
    ("fullwidth_digits", "１２"),
    ("superscript", "12²"),
    ("date", "2026-01-31"),
    ("date_day_first", "31/01/2026"),
    ("formula", "=1+2"),
    ("spreadsheet_error", "#DIV/0!"),
    ("hex", "0x10"),
    ("n_a", "n/a"),
    ("dash", "-"),
    ("two_points", "1.2.3"),
    ("unknown_currency", "12 XXX"),
    ("unknown_year", "12 USD 1999"),
    ("currency_small_letters", "12 usd"),
    ("trailing_unit", "12 million"),
    ("nul_like", "\\0"),
    ("true", "true"),
    ("list", "1;2"),
    ("exponent_alone", "e5"),
    ("plus_minus", "+-5"),
    ("tilde", "~5"),
    ("range", "5-6"),
]
WHOLE = [
    ("fraction", "2.5"),
    ("word", "many"),
    ("negative", "-3"),
    ("nan", "nan"),
    ("too_many", "1e20"),
    ("date", "2026-01-01"),
    ("currency", "5 USD"),
    ("empty_quotes_word", '"""5"""'),
]
YEARS = [
    ("before_1900", "1850"),
    ("after_2200", "9999"),
    ("two_digits", "34"),
    ("date", "2034-06-30"),
    ("date_us", "06/30/2034"),
    ("fraction", "2034.5"),
    ("word", "soon"),
    ("quarter", "2034Q1"),
    ("nan", "NaN"),
]
CODES = [
    ("upper", "Tank"),
    ("space", "main tank"),
    ("hyphen", "main-tank"),
    ("digit_first", "1tank"),
    ("accent", "tänk"),
    ("unknown", "tonk"),
    ("formula", "=tank"),
    ("empty", ""),
    ("slash", "tank/mbt"),
    ("emoji", "🚜"),
]
NATIONS = [
    ("lower", "fra"),
    ("unknown", "FRX"),
    ("space", "F RA"),
    ("digit_first", "1FR"),
    ("empty", ""),
    ("hyphen", "FR-A"),
    ("full_name", "France"),
    ("cyrillic", "FRА"),
]

CELLS: dict[str, Cell] = {}
CELLS |= {f"number_{name}": Cell(P, ",1000,12,", f",1000,{text},", 2, "unit_cost_meur") for name, text in NUMBERS}
CELLS |= {f"whole_{name}": Cell(P, ",10,400,", f",10,{text},", 2, "max_units") for name, text in WHOLE}
CELLS |= {f"year_{name}": Cell(R, "tank,100,2034", f"tank,100,{text}", 2, "need_by") for name, text in YEARS}
CELLS |= {f"code_{name}": Cell(R, "FRA,tank,100", f"FRA,{text},100", 2, "capability") for name, text in CODES}
CELLS |= {f"nation_{name}": Cell(B, "FRA,2030", f"{text},2030", 2, "nation") for name, text in NATIONS}
CELLS |= {
    # One column of each kind, out of its bounds.
    "share_above_one": Cell(B, "900,0.5", "900,1.5", 2, "carry_over_share"),
    "share_percent": Cell(B, "900,0.5", "900,50%", 2, "carry_over_share"),
    "share_negative": Cell(B, "900,0.5", "900,-0.5", 2, "carry_over_share"),
    "slope_below_half": Cell(P, ",12,0.9,", ",12,0.4,", 2, "learning_slope"),
    "slope_above_one": Cell(P, ",12,0.9,", ",12,1.1,", 2, "learning_slope"),
    "slope_in_percent": Cell(P, ",12,0.9,", ",12,90,", 2, "learning_slope"),
    "kind_unknown": Cell(P, "joint_development", "joint_developmnt", 2, "kind"),
    "kind_empty": Cell(P, "joint_development", "", 2, "kind"),
    "kind_upper": Cell(P, "joint_development", "Joint_Development", 2, "kind"),
    "lead_empty": Cell(P, "joint_development,DEU", "joint_development,", 2, "lead"),
    "lead_lower": Cell(P, "joint_development,DEU", "joint_development,deu", 2, "lead"),
    "domain_unknown": Cell(C, "land", "sand", 2, "domain"),
    "sector_upper": Cell(C, "vehicles", "Vehicles", 2, "sector"),
    "yes_no_maybe": Cell(R, "2034,1,no", "2034,1,maybe", 2, "must_meet"),
    "yes_no_number": Cell(R, "2034,1,no", "2034,1,2", 2, "must_meet"),
    "allowed_perhaps": Cell(F, "0.2,yes", "0.2,perhaps", 2, "allowed"),
    "class_unknown": Cell(B, "2030,all", "2030,everything", 2, "class"),
    "min_order_zero": Cell(P, ",10,400,", ",0,400,", 2, "min_order_units"),
    "growth_zero": Cell(P, ",0.9,1.5\n", ",0,1.5\n", 2, "growth_low"),
    "level_unknown": Cell("groups.csv", "interchangeable", "same", 2, "level"),
    "applies_to_unknown": Cell("instruments.csv", "development", "research", 2, "applies_to"),
    "rate_above_one": Cell("instruments.csv", "2,0.2", "2,20", 2, "rate"),
    "status_unknown": Cell("export.csv", "delayed", "late", 2, "status"),
    "action_unknown": Cell("locks.csv", "require", "requires", 2, "action"),
    "currency_code_long": Cell("currencies.csv", "USD", "DOLLAR", 2, "currency"),
    "rate_zero": Cell("currencies.csv", "1.25", "0", 2, "units_per_eur"),
    "inflation_year_word": Cell("inflation.csv", "2019", "last", 2, "year"),
    "name_too_long": Cell(N, "France", "F" * 3000, 2, "name"),
    # Lists and pairs.
    "list_commas": Cell(P, "FRA;DEU,EU", '"FRA,DEU",EU', 2, "partners"),
    "list_twice": Cell(P, "FRA;DEU,EU", "FRA;FRA,EU", 2, "partners"),
    "list_bad_code": Cell(P, "FRA;DEU,EU", "FRA;deu,EU", 2, "partners"),
    "pairs_no_colon": Cell(P, "FRA:0.5;DEU:0.5", "FRA=0.5;DEU=0.5", 2, "suppliers"),
    "pairs_no_number": Cell(P, "FRA:0.5;DEU:0.5", "FRA:half;DEU:0.5", 2, "suppliers"),
    "pairs_percent": Cell(P, "FRA:0.5;DEU:0.5", "FRA:50%;DEU:50%", 2, "suppliers"),
    "pairs_above_one": Cell(P, "FRA:0.5;DEU:0.5", "FRA:50;DEU:50", 2, "suppliers"),
    "pairs_twice": Cell(P, "FRA:0.5;DEU:0.5", "FRA:0.5;FRA:0.5", 2, "suppliers"),
    "pairs_sum": Cell(P, "FRA:0.5;DEU:0.5", "FRA:0.5;DEU:0.4", 2, "suppliers"),
    "pairs_sum_nearly": Cell(P, "FRA:0.5;DEU:0.5", "FRA:0.5;DEU:0.50001", 2, "suppliers"),
    "pairs_empty": Cell(P, "FRA:0.5;DEU:0.5", "", 2, "suppliers"),
    "pairs_separators_only": Cell(P, "FRA:0.5;DEU:0.5", ";;", 2, "suppliers"),
    "pairs_lower": Cell(P, "FRA:0.5;DEU:0.5", "fra:0.5;deu:0.5", 2, "suppliers"),
    "pairs_nan": Cell(P, "FRA:0.5;DEU:0.5", "FRA:nan;DEU:0.5", 2, "suppliers"),
    "pairs_negative": Cell(P, "FRA:0.5;DEU:0.5", "FRA:1.5;DEU:-0.5", 2, "suppliers"),
    "profile_sum": Cell(P, "-1:0.5;0:0.5", "-1:0.5;0:0.6", 2, "payment_profile"),
    "profile_far": Cell(P, "-1:0.5;0:0.5", "-99:0.5;0:0.5", 2, "payment_profile"),
    "profile_fraction": Cell(P, "-1:0.5;0:0.5", "-1.5:0.5;0:0.5", 2, "payment_profile"),
    "development_profile_sum": Cell(P, "2027:0.5;2028:0.5", "2027:0.5;2028:0.4", 2, "development_profile"),
    "development_profile_early": Cell(P, "2027:0.5;2028:0.5", "2020:0.5;2028:0.5", 2, "development_profile"),
    "development_profile_late": Cell(P, "2027:0.5;2028:0.5", "2027:0.5;2050:0.5", 2, "development_profile"),
    "development_profile_offset": Cell(P, "2027:0.5;2028:0.5", "1:0.5;2:0.5", 2, "development_profile"),
    # Unknown codes.
    "program_capability_unknown": Cell(P, "panther,tank", "panther,tnak", 3, "capability"),
    "partner_unknown": Cell(P, "FRA;DEU,EU", "FRA;DEX,EU", 2, "partners"),
    "partner_bloc": Cell(P, "FRA;DEU,EU", "EU,EU", 2, "partners"),
    "buyer_unknown": Cell(P, "FRA;DEU,EU", "FRA;DEU,EUU", 2, "buyers"),
    "element_unknown": Cell(P, ",,lens,", ",,lense,", 5, "element"),
    "variant_unknown": Cell(P, ",lion,100,", ",lyon,100,", 4, "variant_of"),
    "regime_unknown": Cell(P, "licensed", "licenced", 3, "export_regime"),
    "requirement_nation_unknown": Cell(R, "FRA,tank", "FRN,tank", 2, "nation"),
    "baseline_unknown": Cell(R, "0,lion\n", "0,loin\n", 3, "baseline_program"),
    "price_program_unknown": Cell(X, "panther,1", "pantha,1", 2, "program"),
    "offer_program_unknown": Cell(F, "lion,FRA", "lino,FRA", 2, "program"),
    "offer_nation_unknown": Cell(F, "lion,FRA", "lion,GBR", 2, "nation"),
    "offer_nation_bloc": Cell(F, "lion,FRA", "lion,EU", 2, "nation"),
    "fleet_nation_unknown": Cell("fleets.csv", "FRA,lynx", "GBR,lynx", 2, "nation"),
    "fleet_capability_unknown": Cell("fleets.csv", "lynx,tank", "lynx,tanc", 2, "capability"),
    "group_nation_unknown": Cell("groups.csv", "brigade,FRA", "brigade,GBR", 2, "nation"),
    "group_capability_unknown": Cell("groups.csv", "FRA,tank", "FRA,plane", 2, "capability"),
    "industry_nation_unknown": Cell("industry.csv", "FRA", "USA", 2, "nation"),
    "industry_sector_unknown": Cell("industry.csv", "vehicles", "vehicle", 2, "sector"),
    "instrument_bloc_unknown": Cell("instruments.csv", ",EU,", ",EUX,", 2, "bloc"),
    "instrument_bloc_nation": Cell("instruments.csv", ",EU,", ",FRA,", 2, "bloc"),
    "export_buyer_unknown": Cell("export.csv", "NATO", "NATU", 2, "buyer"),
    "lock_nation_unknown": Cell("locks.csv", "FRA,lion", "ITA,lion", 2, "nation"),
    "lock_program_unknown": Cell("locks.csv", "FRA,lion", "FRA,leon", 2, "program"),
    "previous_program_unknown": Cell("previous.csv", "FRA,lion", "FRA,tiger", 2, "program"),
    "previous_nation_unknown": Cell("previous.csv", "FRA,lion", "ITA,lion", 2, "nation"),
    "bloc_is_a_nation": Cell(N, "EU;NATO,5000", "EU;DEU,5000", 2, "blocs"),
    # Duplicate keys.
    "nation_twice": Cell(N, "NA,North Atlantia", "FRA,North Atlantia", 4, "nation"),
    "capability_twice": Cell(C, "radar,Radar", "tank,Radar", 3, "capability"),
    "program_twice": Cell(P, "lion_f,tank", "lion,tank", 4, "program"),
    "budget_twice": Cell(B, "FRA,2031", "FRA,2030", 3, "nation"),
    "price_twice": Cell(X, "panther,50", "panther,1", 3, "program"),
    "offer_twice": Cell(F, "yes\n", "yes\nlion,FRA,,,,\n", 3, "program"),
    "group_twice": Cell("groups.csv", "brigade,DEU", "brigade,FRA", 3, "group"),
    "industry_twice": Cell("industry.csv", "9000\n", "9000\nFRA,vehicles,,\n", 3, "nation"),
    "instrument_twice": Cell("instruments.csv", "2030\n", "2030\nfund,procurement,EU,1,0.1,,\n", 3, "instrument"),
    "export_twice": Cell("export.csv", "1\n", "1\nlicensed,ISR,NATO,barred,\n", 3, "regime"),
    "element_twice": Cell("elements.csv", "50\n", "50\nlens,60\n", 3, "element"),
    "lock_twice": Cell("locks.csv", "5\n", "5\nFRA,lion,require,6\n", 3, "nation"),
    "previous_twice": Cell("previous.csv", "100\n", "100\nFRA,lion,50\n", 3, "nation"),
    "currency_twice": Cell("currencies.csv", "1.25\n", "1.25\nUSD,1.3\n", 3, "currency"),
    "inflation_twice": Cell("inflation.csv", "1.5\n", "1.5\n2019,1.6\n", 3, "year"),
    # Orders, sums, contradictions.
    "last_before_first_delivery": Cell(P, "2030,2039", "2030,2029", 2, "last_delivery"),
    "order_above_line": Cell(P, ",10,400,", ",500,400,", 2, "min_order_units"),
    "growth_out_of_order": Cell(P, ",0.9,1.5\n", ",1.6,1.5\n", 2, "growth_low"),
    "partner_no_buyer": Cell(P, "FRA;DEU,EU", "FRA;DEU;NA,EU", 2, "partners"),
    "joint_without_partners": Cell(P, "FRA;DEU,EU", ",EU", 2, "partners"),
    "development_without_cost": Cell(P, "DEU:0.5,1000,", "DEU:0.5,,", 2, "development_meur"),
    "variant_without_cost": Cell(P, ",lion,100,", ",lion,,", 4, "variant_development_meur"),
    "variant_cost_without_base": Cell(P, ",lion,100,", ",,100,", 4, "variant_development_meur"),
    "variant_of_itself": Cell(P, ",lion,100,", ",lion_f,100,", 4, "variant_of"),
    "variant_of_other_capability": Cell(P, ",lion,100,", ",eye,100,", 4, "variant_of"),
    "shortfall_unpriced": Cell(C, "tank,4,3", "tank,,3", 2, "shortfall_meur_per_unit_year"),
    "shortfall_unpriced_optional_need": Cell(R, "1,yes", "1,no", 3, "shortfall_meur_per_unit_year", C),
    "need_without_program": Cell(P, "eye,radar", "eye,tank", 5, "capability", R),
    "need_after_horizon": Cell(R, "tank,100,2034", "tank,100,2041", 2, "need_by"),
    "contracted_without_program": Cell(R, "10,lion_f", "10,", 2, "baseline_program"),
    "baseline_of_other_capability": Cell(R, "0,lion\n", "0,eye\n", 3, "baseline_program"),
    "fleet_of_other_capability": Cell("fleets.csv", "lion,tank", "lion,radar", 3, "capability"),
    "work_minimum_above_limit": Cell(F, "0.8,0.2", "0.2,0.8", 2, "work_minimum"),
    "two_levels_in_a_group": Cell("groups.csv", "DEU,tank,interchangeable", "DEU,tank,common", 3, "level"),
    "industry_range": Cell("industry.csv", "100,9000", "9000,100", 2, "min_work_meur"),
    "instrument_window": Cell("instruments.csv", "2026,2030", "2030,2026", 2, "from_year"),
    "fix_without_units": Cell("locks.csv", "require,5", "fix,", 2, "units"),
    "lock_years_out_of_order": Cell(
        "locks.csv",
        "units\nFRA,lion,require,5\n,panther,forbid,\n",
        "units,first_delivery,last_delivery\nFRA,lion,require,5,2035,2033\n",
        2,
        "last_delivery",
    ),
    "lock_years_of_nothing": Cell(
        "locks.csv",
        "units\nFRA,lion,require,5\n,panther,forbid,\n",
        "units,first_delivery,last_delivery\n,panther,forbid,,2030,\n",
        2,
        "first_delivery",
    ),
    "require_and_forbid": Cell("locks.csv", "5\n", "5\nFRA,lion,forbid,\n", 3, "action"),
    "require_above_fix": Cell("locks.csv", "5\n", "5\nFRA,lion,fix,4\n", 3, "action"),
    "require_and_fix_zero": Cell("locks.csv", "5\n", "5\nFRA,lion,fix,0\n", 3, "action"),
    "require_what_is_forbidden": Cell("locks.csv", "5\n", "5\nFRA,panther,require,\n", 3, "action"),
    "total_below_locks": Cell("locks.csv", "5\n", "5\n,lion,fix,4\n", 3, "units"),
    # Headers and rows.
    "column_unknown": Cell(N, "budget_meur", "budget_mio", 1, "budget_mio"),
    "column_upper": Cell(N, "nation,", "Nation,", 1, "Nation"),
    "column_twice": Cell(N, "nation,name", "nation,nation", 1, "nation"),
    "column_unnamed": Cell(N, "name,", ",", 1, None),
    "column_required_missing": Cell(P, "suppliers", "x_suppliers", 1, "suppliers"),
    "column_required_misspelt": Cell(R, "quantity", "quantitty", 1, "quantity"),
    "columns_swapped": Cell(R, "capability,quantity", "quantity,capability", 2, "quantity"),
    "row_too_long": Cell(N, "DEU,Germany,EU;NATO,", "DEU,Germany,EU;NATO,5,6", 3, None),
    "row_too_short": Cell(N, "DEU,Germany,EU;NATO,", "DEU,Germany", 3, None),
    "comma_unquoted": Cell(N, "North Atlantia", "North, Atlantia", 4, None),
    "quote_open": Cell(N, "Germany", '"Germany', 3, None),
    "quote_inside": Cell(N, "Germany", '"Ger"many', 3, None),
    "control_character": Cell(N, "FRA,", "FR\x01A,", 2, "nation"),
    "zero_width_space": Cell(N, "FRA,", "FR\u200bA,", 2, "nation"),
    "cell_enormous": Cell(N, "Germany", "G" * 200_000, 3, None),
    "mixed_decimal_signs": Cell(
        B,
        "nation,year,class,budget_meur,carry_over_share\nFRA,2030,all,900,0.5\nFRA,2031,all,900,0.5\n",
        "nation;year;class;budget_meur;carry_over_share\nFRA;2030;all;1.500;0,5\n",
        2,
        "budget_meur",
    ),
    # Settings.
    "toml_broken": Cell(S, 'name = "Small"', 'name = "Small', 1, None),
    "toml_twice": Cell(S, 'name = "Small"', 'name = "Small"\nname = "Large"', None, None),
    "setting_unknown": Cell(S, "discount_rate", "discount_rates", 4, "discount_rates"),
    "section_unknown": Cell(S, "[pooling]", "[pool]", None, "pool"),
    "setting_in_section_unknown": Cell(S, "gap = 0.01", "gaps = 0.01", None, "solver.gaps"),
    "first_year_missing": Cell(S, "first_year = 2026\n", "", None, "first_year"),
    "last_year_missing": Cell(S, "last_year = 2040\n", "", None, "last_year"),
    "first_year_text": Cell(S, "2026", '"soon"', 2, "first_year"),
    "first_year_date": Cell(S, "2026", "2026-01-01", 2, "first_year"),
    "first_year_fraction": Cell(S, "2026", "2026.5", 2, "first_year"),
    "first_year_truth": Cell(S, "2026", "true", 2, "first_year"),
    "years_reversed": Cell(S, "2026", "2041", None, "first_year"),
    "horizon_long": Cell(S, "2040", "2099", None, "last_year"),
    "year_absurd": Cell(S, "2040", "20400", 3, "last_year"),
    "discount_percent": Cell(S, "0.03", "3", 4, "discount_rate"),
    "discount_text": Cell(S, "0.03", '"3%"', 4, "discount_rate"),
    "discount_nan": Cell(S, "0.03", "nan", 4, "discount_rate"),
    "discount_negative": Cell(S, "0.03", "-0.03", 4, "discount_rate"),
    "name_number": Cell(S, '"Small"', "5", 1, "name"),
    "mode_unknown": Cell(S, '"blocs"', '"block"', 7, "pooling.mode"),
    "mode_blocs_without_blocs": Cell(S, '[["FRA", "DEU"]]', "[]", None, "pooling.blocs"),
    "pooling_nation_unknown": Cell(S, '"DEU"]', '"DUE"]', None, "pooling.blocs"),
    "pooling_bloc_code": Cell(S, '"DEU"]', '"NATO"]', None, "pooling.blocs"),
    "pooling_nation_twice": Cell(S, '"DEU"]]', '"DEU"], ["FRA", "NA"]]', None, "pooling.blocs"),
    "pooling_flat_list": Cell(S, '[["FRA", "DEU"]]', '["FRA", "DEU"]', 8, "pooling.blocs"),
    "weight_negative": Cell(S, "change = 0.1", "change = -1", 11, "objective.change"),
    "weight_text": Cell(S, "change = 0.1", 'cost = "high"', 11, "objective.cost"),
    "order_unknown": Cell(S, "change = 0.1", 'order = ["price"]', 11, "objective.order"),
    "order_twice": Cell(S, "change = 0.1", 'order = ["cost", "cost"]', None, "objective.order"),
    "order_text": Cell(S, "change = 0.1", 'order = "cost"', 11, "objective.order"),
    "rule_number": Cell(S, "annual_budget = true", "annual_budget = 3", 14, "rules.annual_budget"),
    "rule_bloc_unknown": Cell(S, "tolerance = 0.1", 'bloc = "EUR"', None, "rules.fair_return.bloc"),
    "gap_above_one": Cell(S, "gap = 0.01", "gap = 5", 18, "solver.gap"),
    "threads_zero": Cell(S, "gap = 0.01", "threads = 0", 18, "solver.threads"),
    "time_limit_zero": Cell(S, "gap = 0.01", "time_limit_s = 0", 18, "solver.time_limit_s"),
    "seed_fraction": Cell(S, "gap = 0.01", "seed = 0.5", 18, "solver.seed"),
    "solver_number": Cell(S, "gap = 0.01", "name = 5", 18, "solver.name"),
    "strategy_unknown": Cell(S, "gap = 0.01", 'strategy = "best"', 18, "solver.strategy"),
}

FILES = {
    "empty": b"",
    "blank": b"  \n\n \n",
    "mark_only": b"\xef\xbb\xbf",
    "binary": bytes(range(256)) * 20,
    "nul": b"nation,name\nFRA,Fr\x00ance\n",
    "utf16": "nation,name\nFRA,France\n".encode("utf-16"),
    "utf16_without_mark": "nation,name\nFRA,France\n".encode("utf-16-le"),
    "utf32": "nation,name\nFRA,France\n".encode("utf-32"),
    "latin1": "nation,name\nFRA,Fran\xe7aise\n".encode("latin-1"),
    "zip": b"PK\x03\x04\x14\x00",
    "pdf": b"%PDF-1.7\n",
    "png": b"\x89PNG\r\n\x1a\n",
    "old_office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "gzip": b"\x1f\x8b\x08\x00",
    "html": b"<html><body>Sign in</body></html>",
    "json": b'[{"nation": "FRA"}]',
    "no_header": b"FRA,France\nDEU,Germany\n",
    "header_only": b"nation,name\n",
    "wide": b",".join(b"x_%d" % count for count in range(2000)) + b"\n",
    "control": b"\x02\x03\x04\x05" * 100,
    "git_conflict": b"<<<<<<< HEAD\nnation,name\nFRA,France\n=======\n>>>>>>> x\n",
    "lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
}


def assert_fault(path, file, row=None, column=None):
    start = time.perf_counter()
    reading = read(path)
    problems = all_problems(reading)
    assert time.perf_counter() - start < 2.0
    assert problems, "no fault was found"
    assert reading.sha256 == "" or not reading.problems
    places = [(problem.file, problem.row, problem.column) for problem in problems]
    assert any(
        place[0] == file and (row is None or place[1] == row) and (column is None or place[2] == column)
        for place in places
    ), places
    for problem in problems:
        assert problem.reason and problem.remedy, problem
        assert "\n" not in str(problem)
        assert len(str(problem)) < 700
    return problems


@pytest.mark.parametrize("cell", CELLS.values(), ids=list(CELLS))
def test_a_broken_cell_is_named(small, cell):
    small.replace(cell.file, cell.old, cell.new)
    problems = assert_fault(small.folder, cell.said_of or cell.file, cell.row, cell.column)
    assert len(problems) <= 20, "one broken cell makes few faults"


@pytest.mark.parametrize("content", FILES.values(), ids=list(FILES))
@pytest.mark.parametrize("name", [N, P])
def test_a_broken_file_is_named(small, name, content):
    small.write(name, content)
    assert_fault(small.folder, name)


@pytest.mark.parametrize("content", FILES.values(), ids=list(FILES))
def test_broken_settings_are_named(small, content):
    small.write(S, content)
    assert_fault(small.folder, S)


@pytest.mark.parametrize("name", [N, C, P, R, S, "elements.csv", "currencies.csv"])
def test_a_missing_file_is_told(small, name):
    if name == "currencies.csv":
        small.replace(X, "panther,1,16", "panther,1,16 USD")
    (small.folder / name).unlink()
    assert_fault(small.folder, {"elements.csv": P, "currencies.csv": X}.get(name, name))


def test_a_weight_on_change_without_an_approved_plan_is_a_warning(small):
    (small.folder / "previous.csv").unlink()
    reading = read(small.folder)
    assert not all_problems(reading)
    assert "objective.change" in {warning.column for warning in all_warnings(reading)}


def test_variants_in_a_circle(small):
    small.replace(P, "2027:0.5;2028:0.5,,,,,", "2027:0.5;2028:0.5,,lion_f,10,,")
    assert_fault(small.folder, P, 2, "variant_of")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("nation.csv", "nations.csv"),
        ("Programs.csv", "programs.csv"),
        ("budget.csv", "budgets.csv"),
        ("copy of nations.csv", "nations.csv"),
        ("zzz.csv", "x_"),
        ("nations.CSV", "nations.csv"),
    ],
)
def test_an_unknown_table_names_the_nearest(small, name, near):
    small.write(name, "a,b\n1,2\n")
    problems = all_problems(read(small.folder))
    assert len(problems) == 1
    assert near in problems[0].remedy


def test_a_table_that_is_a_folder(small):
    (small.folder / N).unlink()
    (small.folder / N).mkdir()
    assert_fault(small.folder, N)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_table_that_is_a_pipe(small):
    (small.folder / N).unlink()
    os.mkfifo(small.folder / N)
    assert_fault(small.folder, N)


def test_a_table_that_links_to_itself(small):
    (small.folder / N).unlink()
    (small.folder / N).symlink_to(small.folder / N)
    assert_fault(small.folder, N)


def test_a_table_that_links_to_nothing(small):
    (small.folder / N).unlink()
    (small.folder / N).symlink_to(small.folder / "gone.csv")
    assert_fault(small.folder, N)


def test_a_file_above_the_limit_is_not_read(small):
    with open(small.folder / N, "ab") as file:
        file.truncate(60_000_000)
    problems = assert_fault(small.folder, N)
    assert [problem.reason for problem in problems] == ["is larger than 50 MB"]


def test_too_many_rows(small, monkeypatch):
    monkeypatch.setattr("optimizer.tables.sheet.MOST_ROWS", 2)
    assert_fault(small.folder, N)


def nowhere(folder):
    return folder / "nowhere"


def no_tables(folder):
    (folder / "bare").mkdir()
    return folder / "bare"


def a_table(folder):
    return folder / N


def loop(folder):
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def odd_suffix(folder):
    (folder / "a.docx").write_bytes(b"x")
    return folder / "a.docx"


def old_workbook(folder):
    (folder / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    return folder / "a.xls"


def device(folder):
    return "/dev/zero"


def nul_in_path(folder):
    return "a\0b"


def long_path(folder):
    return "x" * 5000


@pytest.mark.parametrize(
    "make", [nowhere, no_tables, a_table, loop, odd_suffix, old_workbook, device, nul_in_path, long_path]
)
def test_a_path_that_is_no_scenario(small, make):
    reading = read(make(small.folder))
    assert len(reading.problems) == 1
    assert reading.tables is None


def archive(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


BOOK = "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'/>"
ARCHIVES = {
    "empty_archive": {},
    "foreign": {"readme.txt": "hello"},
    "absolute": {"/etc/nations.csv": "nation\nFRA\n"},
    "escaping": {"../nations.csv": "nation\nFRA\n"},
    "escaping_inside": {"inputs/../../nations.csv": "nation\nFRA\n"},
    "backslashes": {"..\\..\\nations.csv": "nation\nFRA\n"},
    "drive": {"C:/nations.csv": "nation\nFRA\n"},
    "bomb": {"nations.csv": b"0" * 210_000_000},
    "ratio": {"nations.csv": b"0" * 60_000_000},
    "half_workbook": {"xl/workbook.xml": BOOK},
    "doctype": {"xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]>" + BOOK},
    "not_xml": {"xl/workbook.xml": "nonsense", "[Content_Types].xml": "nonsense"},
}


@pytest.mark.parametrize("suffix", [".zip", ".xlsx"])
@pytest.mark.parametrize("members", ARCHIVES.values(), ids=list(ARCHIVES))
def test_a_broken_archive_is_one_fault(tmp_path, members, suffix):
    assert_fault(archive(tmp_path / f"a{suffix}", members), f"a{suffix}")


@pytest.mark.parametrize("suffix", [".zip", ".xlsx"])
@pytest.mark.parametrize("content", FILES.values(), ids=list(FILES))
def test_what_is_no_archive_is_one_fault(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert len(assert_fault(path, f"a{suffix}")) == 1


def test_a_truncated_and_a_damaged_bundle(small, tmp_path):
    whole = archive(tmp_path / "a.zip", {path.name: path.read_bytes() for path in small.folder.iterdir()})
    content = whole.read_bytes()
    for size in (10, len(content) // 2, len(content) - 10):
        whole.write_bytes(content[:size])
        assert_fault(whole, "a.zip")
    whole.write_bytes(content[:60] + b"\xff" * 40 + content[100:])
    assert all_problems(read(whole))


def test_a_truncated_workbook(tmp_path):
    from optimizer.tables.template import write_template

    [path] = write_template(tmp_path, workbook=True)
    content = path.read_bytes()
    for size in (10, len(content) // 2, len(content) - 30):
        path.write_bytes(content[:size])
        assert_fault(path, path.name)


@pytest.mark.parametrize("sheet", ["nations", "programs", "scenario"])
def test_a_workbook_without_a_sheet(tmp_path, sheet):
    import openpyxl

    from optimizer.tables.template import write_template

    [path] = write_template(tmp_path, workbook=True)
    book = openpyxl.load_workbook(path)
    del book[sheet]
    book.save(path)
    assert_fault(path, f"{path.name}: {sheet}")


def test_there_are_two_hundred_broken_scenarios():
    assert len(CELLS) >= 200
