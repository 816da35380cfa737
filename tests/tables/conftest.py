"""A small valid scenario for the tests of the tables, written to a folder that a test may spoil."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

SMALL_FILES = {
    "nations.csv": """\
nation,name,blocs,budget_meur
FRA,France,EU;NATO,5000
DEU,Germany,EU;NATO,
NA,North Atlantia,NATO,2000
""",
    "capabilities.csv": """\
capability,name,domain,sector,unit,shortfall_meur_per_unit_year,max_types
tank,Main battle tank,land,vehicles,tank,4,3
radar,Radar,air,electronics,radar,,
""",
    "programs.csv": """\
program,capability,kind,lead,partners,buyers,suppliers,development_meur,unit_cost_meur,learning_slope,\
first_delivery,last_delivery,min_order_units,max_units,payment_profile,development_profile,element,variant_of,\
variant_development_meur,export_regime,growth_low,growth_high
lion,tank,joint_development,DEU,FRA;DEU,EU,FRA:0.5;DEU:0.5,1000,12,0.9,2030,2039,10,400,-1:0.5;0:0.5,\
2027:0.5;2028:0.5,,,,,0.9,1.5
panther,tank,off_the_shelf,ISR,,,ISR:1,,15,1,2028,,1,200,,,,,,licensed,,
lion_f,tank,national_development,FRA,FRA,FRA,FRA:1,0,13,0.95,2031,,1,,,,,lion,100,,,
eye,radar,national_development,FRA,,,FRA:0.7;DEU:0.3,0,30,0.9,2027,,1,,,,lens,,,,,
""",
    "requirements.csv": """\
nation,capability,quantity,need_by,priority,must_meet,contracted_units,baseline_program
FRA,tank,100,2034,1,no,10,lion_f
DEU,tank,120,2034,1.5,no,0,lion
NA,tank,20,2035,1,no,,
NA,radar,2,2032,1,yes,,eye
EU,tank,200,2036,,,,
""",
    "budgets.csv": "nation,year,class,budget_meur,carry_over_share\nFRA,2030,all,900,0.5\nFRA,2031,all,900,0.5\n",
    "prices.csv": "program,from_units,unit_price_meur\npanther,1,16\npanther,50,14\n",
    "offers.csv": "program,nation,unit_price_meur,work_limit,work_minimum,allowed\nlion,FRA,,0.8,0.2,yes\n",
    "fleets.csv": "nation,program,capability,units,retires\nFRA,lynx,tank,50,2033\nDEU,lion,tank,5,\n",
    "groups.csv": "group,nation,capability,level\nbrigade,FRA,tank,interchangeable\nbrigade,DEU,tank,interchangeable\n",
    "industry.csv": "nation,sector,min_work_meur,max_work_meur\nFRA,vehicles,100,9000\n",
    "instruments.csv": "instrument,applies_to,bloc,min_nations,rate,from_year,to_year\n"
    "fund,development,EU,2,0.2,2026,2030\n",
    "export.csv": "regime,supplier,buyer,status,delay_years\nlicensed,ISR,NATO,delayed,1\n",
    "elements.csv": "element,development_meur\nlens,50\n",
    "locks.csv": "nation,program,action,units\nFRA,lion,require,5\n,panther,forbid,\n",
    "previous.csv": "nation,program,units\nFRA,lion,100\n",
    "currencies.csv": "currency,units_per_eur\nUSD,1.25\n",
    "inflation.csv": "year,multiplier_to_base\n2019,1.5\n",
    "scenario.toml": """\
name = "Small"
first_year = 2026
last_year = 2040
discount_rate = 0.03

[pooling]
mode = "blocs"
blocs = [["FRA", "DEU"]]

[objective]
change = 0.1

[rules]
annual_budget = true
fair_return = { on = true, tolerance = 0.1 }

[solver]
gap = 0.01
""",
}


@dataclass(frozen=True)
class Small:
    """The small scenario in a folder."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Replace a file."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def replace(self, name: str, old: str, new: str) -> Path:
        """Change the first place in a file that reads `old`."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        return self.write(name, text.replace(old, new, 1))


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """The small scenario, fresh."""
    folder = tmp_path / "small"
    folder.mkdir()
    scenario = Small(folder)
    for name, text in SMALL_FILES.items():
        scenario.write(name, text)
    return scenario
