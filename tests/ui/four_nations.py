"""Four nations, three capabilities, seven programs and an approved plan: what the pictures of answers are taken of."""

from __future__ import annotations

from pathlib import Path

# All figures are made up, and of a size that every question is answered within a minute.
FILES = {
    "nations.csv": """nation,name,budget_meur,blocs
DEU,Germany,600,EU
FRA,France,600,EU
POL,Poland,260,EU
ITA,Italy,300,EU
""",
    "capabilities.csv": """capability,name,shortfall_meur_per_unit_year,extra_type_meur,max_types
tank,Main battle tank,40,20,3
air_defense,Ground-based air defense,90,30,
howitzer,Howitzer,15,10,
""",
    "programs.csv": """program,name,capability,kind,lead,partners,suppliers,development_meur,partner_exponent,\
unit_cost_meur,learning_slope,first_delivery,payment_profile,premium_share,customer_premium_share,annual_capacity_units
mgcs,Main Ground Combat System,tank,joint_development,DEU,DEU;FRA;ITA;POL,DEU:1,300,0.3,14,1,2033,0:1,0.02,0.04,12
leopard2a8,Leopard 2A8,tank,off_the_shelf,DEU,,DEU:1,,,19,1,2030,0:1,0,0,10
k2pl,K2PL,tank,off_the_shelf,POL,,POL:0.5;DEU:0.5,,,16,1,2031,0:1,0,0,8
sampt_ng,SAMP/T NG,air_defense,joint_development,FRA,FRA;ITA;POL;DEU,FRA:0.6;ITA:0.4,150,0.4,60,1,2031,0:1,0.02,0.05,4
iris_t,IRIS-T SLM,air_defense,off_the_shelf,DEU,,DEU:1,,,75,1,2030,0:1,0,0,4
rch155,RCH 155,howitzer,off_the_shelf,DEU,,DEU:1,,,11,1,2030,0:1,0,0,12
caesar,CAESAR Mk II,howitzer,off_the_shelf,FRA,,FRA:1,,,8.5,1,2030,0:1,0,0,9
""",
    "requirements.csv": """nation,capability,quantity,need_by,must_meet,baseline_program
DEU,tank,24,2035,no,leopard2a8
FRA,tank,20,2035,no,leopard2a8
POL,tank,18,2034,no,k2pl
ITA,tank,12,2035,no,leopard2a8
DEU,air_defense,6,2033,no,iris_t
FRA,air_defense,5,2034,no,sampt_ng
ITA,air_defense,4,2034,no,sampt_ng
POL,air_defense,4,2033,no,iris_t
DEU,howitzer,18,2033,no,rch155
FRA,howitzer,16,2033,no,caesar
POL,howitzer,12,2034,no,rch155
""",
    "groups.csv": "group,nation,capability,level\ncorps,DEU,tank,common\ncorps,POL,tank,common\n",
    "previous.csv": """nation,program,units
DEU,leopard2a8,24
FRA,leopard2a8,20
POL,leopard2a8,18
ITA,leopard2a8,12
DEU,iris_t,6
FRA,sampt_ng,5
ITA,sampt_ng,4
POL,iris_t,4
DEU,rch155,18
FRA,caesar,16
POL,rch155,12
""",
    "scenario.toml": """name = "Four nations"
illustrative = true
first_year = 2030
last_year = 2037
discount_rate = 0.03
[solver]
gap = 0.002
time_limit_s = 20
""",
}


def write_four(folder: Path) -> Path:
    """Write the scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
