"""A small scenario written to a folder: two nations, tanks they can develop together or alone."""

from __future__ import annotations

from pathlib import Path

# Alone: lion costs 100 to develop with one partner. Together: k = 0, so 100 in all, shared by both.
# Unit price 10 flat; 4 units each. National: 2 * (100 + 40) = 280. Joint: 100 + 80 = 180. Nothing is discounted.
# As is: both name lion as their baseline, so its joint development goes ahead: 180 as well, without pooling else.
FILES = {
    "nations.csv": "nation,name\nAAA,Alpha\nBBB,Beta\n",
    "capabilities.csv": "capability,name,shortfall_meur_per_unit_year\ntank,Main battle tank,50\n",
    "programs.csv": (
        "program,name,capability,kind,lead,partners,suppliers,development_meur,partner_exponent,unit_cost_meur,"
        "learning_slope,first_delivery,payment_profile,premium_share,customer_premium_share\n"
        "lion,Lion,tank,joint_development,AAA,AAA;BBB,AAA:0.5;BBB:0.5,100,0,10,1,2031,0:1,0,0\n"
        "ox,Ox,tank,off_the_shelf,AAA,,AAA:1,,,60,1,2030,0:1,0,0\n"
    ),
    "requirements.csv": (
        "nation,capability,quantity,need_by,must_meet,baseline_program\nAAA,tank,4,2031,no,ox\nBBB,tank,4,2032,no,ox\n"
    ),
    "scenario.toml": (
        'name = "Two nations"\nillustrative = true\nfirst_year = 2030\nlast_year = 2033\ndiscount_rate = 0.0\n'
        "[solver]\ngap = 0.0\ntime_limit_s = 30\n"
    ),
}


def write_small(folder: Path, **replaced: str) -> Path:
    """Write the scenario; a keyword such as `nations` replaces that table's text, `settings` adds to scenario.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    extra = replaced.pop("settings", "")
    files = {**FILES, **{f"{name}.csv": text for name, text in replaced.items()}}
    files["scenario.toml"] += extra
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
