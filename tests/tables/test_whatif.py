"""What-ifs: they change cells, rows and settings, stack, are written and read back, and say where they are wrong."""

from __future__ import annotations

import pytest

from optimizer.checks import all_problems
from optimizer.tables.raw import Findings
from optimizer.tables.read import read
from optimizer.tables.whatif import AddRow, ChangeCell, RemoveRow, SetValue, parse_whatif, write_whatif

HEAD = 'base = "small"\nname = "Test"\n'


@pytest.fixture
def whatif(small):
    """Writes a what-if beside the small scenario and reads it."""

    def make(body, name="w.toml", head=HEAD):
        path = small.folder.parent / name
        path.write_text(head + body, encoding="utf-8")
        return read(path)

    return make


def test_a_what_if_without_changes_means_its_base(small, whatif):
    reading = whatif("", head='base = "small"\nname = "Small"\n')
    assert reading.problems == ()
    assert reading.sha256 == read(small.folder).sha256
    assert reading.chain == ("small", "Small")


def test_a_cell_by_a_plain_key(whatif):
    reading = whatif('[[change]]\ntable = "programs"\nkey = "panther"\ncolumn = "unit_cost_meur"\nvalue = 20\n')
    assert all_problems(reading) == ()
    assert reading.tables.programs[1].unit_cost_meur == 20.0
    assert reading.changes == ("programs panther: unit_cost_meur 15 -> 20",)
    assert reading.settings.name == "Test"


def test_a_cell_by_a_key_of_several_columns(whatif):
    reading = whatif(
        '[[change]]\ntable = "requirements"\nkey = { nation = "FRA", capability = "tank" }\n'
        'column = "quantity"\nvalue = 90\n'
    )
    assert reading.tables.requirements[0].quantity == 90.0
    reading = whatif(
        '[[change]]\ntable = "budgets"\nkey = { nation = "FRA", year = 2030.0, class = "all" }\n'
        'column = "budget_meur"\nvalue = 1\n'
    )
    assert reading.tables.budgets[0].budget_meur == 1.0


def test_an_empty_value_brings_the_default_back(whatif):
    reading = whatif('[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "learning_slope"\nvalue = ""\n')
    assert reading.tables.programs[0].learning_slope == 1.0
    assert reading.changes == ("programs lion: learning_slope 0.9 -> empty",)


def test_many_rows_are_multiplied(whatif):
    reading = whatif(
        '[[change]]\ntable = "budgets"\nwhere = { nation = "FRA" }\ncolumn = "budget_meur"\nmultiply = 0.9\n'
    )
    assert [row.budget_meur for row in reading.tables.budgets] == [810.0, 810.0]
    assert reading.changes == ("budgets where nation = FRA: budget_meur x 0.9 (2 rows)",)


def test_where_matches_defaults_and_skips_empty_cells(whatif):
    # Only two of the three nations have a budget; no limit times 0.5 is no limit.
    reading = whatif(
        '[[change]]\ntable = "nations"\nwhere = { max_joint_programs = "" }\ncolumn = "budget_meur"\nmultiply = 0.5\n'
    )
    assert [row.budget_meur for row in reading.tables.nations] == [2500.0, None, 1000.0]


def test_whole_numbers_are_rounded_and_currencies_kept(small, whatif):
    small.replace("prices.csv", "panther,1,16", "panther,1,10 USD 2019")
    reading = whatif(
        '[[change]]\ntable = "programs"\nkey = "panther"\ncolumn = "max_units"\nmultiply = 0.333\n'
        '[[change]]\ntable = "prices"\nkey = { program = "panther", from_units = 1 }\n'
        'column = "unit_price_meur"\nmultiply = 2\n'
    )
    assert reading.tables.programs[1].max_units == 67  # 66.6, rounded
    assert reading.tables.prices[0].unit_price_meur == pytest.approx(20 / 1.25 * 1.5)


def test_rows_are_added_and_removed(whatif):
    reading = whatif(
        '[[add]]\ntable = "requirements"\nrow = { nation = "DEU", capability = "radar", quantity = 1, '
        'need_by = 2033, must_meet = true }\n[[remove]]\ntable = "offers"\n'
        'key = { program = "lion", nation = "FRA" }\n'
    )
    assert all_problems(reading) == ()
    assert reading.tables.offers == ()
    assert reading.tables.requirements[-1].must_meet is True
    assert reading.changes == ("offers: removed lion FRA", "requirements: added DEU radar")


def test_a_row_may_be_added_to_a_table_the_base_lacks(small, whatif):
    (small.folder / "locks.csv").unlink()
    reading = whatif('[[add]]\ntable = "locks"\nrow = { program = "panther", action = "forbid" }\n')
    assert all_problems(reading) == ()
    assert reading.tables.locks[0].nation is None


def test_settings_nested_and_dotted(whatif):
    reading = whatif(
        '[set]\npooling.mode = "national"\n"solver.gap" = 0.5\nrules.fair_return = { tolerance = 0.2 }\n'
        "rules.annual_budget = false\n[set.objective]\ncost = 2\n"
    )
    assert reading.problems == ()
    assert reading.settings.pooling.mode == "national"
    assert reading.settings.solver.gap == 0.5
    assert reading.settings.objective.cost == 2.0
    assert reading.settings.rules == {"annual_budget": {"on": False}, "fair_return": {"on": True, "tolerance": 0.2}}


def test_what_ifs_stack_and_overrides_come_last(small, whatif):
    whatif(
        '[set]\ndiscount_rate = 0.05\n[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\n'
        "multiply = 2\n",
        name="first.toml",
        head='base = "small"\nname = "First"\n',
    )
    reading = whatif(
        '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\nmultiply = 2\n',
        head='base = "first.toml"\nname = "Second"\n',
    )
    assert reading.chain == ("small", "First", "Second")
    assert reading.tables.programs[0].unit_cost_meur == 48.0
    assert reading.settings.discount_rate == 0.05
    assert read(small.folder.parent / "w.toml", {"discount_rate": "0.01"}).settings.discount_rate == 0.01


@pytest.mark.parametrize(
    ("body", "row", "column", "remedy"),
    [
        ('[[change]]\ntable = "programs"\nkey = "pantha"\ncolumn = "unit_cost_meur"\nvalue = 1\n', 3, "key", "panther"),
        ('[[change]]\ntable = "program"\nkey = "lion"\ncolumn = "unit_cost_meur"\nvalue = 1\n', 3, "table", "programs"),
        (
            '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost"\nvalue = 1\n',
            3,
            "unit_cost",
            "unit_cost_meur",
        ),
        ('[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\n', 3, "value", "multiply"),
        (
            '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\nvalue = 1\nmultiply = 2\n',
            3,
            "value",
            "multiply",
        ),
        (
            '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\nmultiply = "2"\n',
            3,
            "multiply",
            "0.9",
        ),
        ('[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "kind"\nmultiply = 2\n', 3, "kind", "number"),
        (
            '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "annual_capacity_units"\nmultiply = 2\n',
            3,
            "annual_capacity_units",
            "value",
        ),
        ('[[change]]\ntable = "programs"\ncolumn = "unit_cost_meur"\nvalue = 1\n', 3, "key", "where"),
        (
            '[[change]]\ntable = "offers"\nkey = "lion"\ncolumn = "allowed"\nvalue = false\n',
            3,
            "key",
            "program, nation",
        ),
        (
            '[[change]]\ntable = "budgets"\nkey = { nation = "FRA" }\ncolumn = "budget_meur"\nvalue = 1\n',
            3,
            "key",
            "where",
        ),
        (
            '[[change]]\ntable = "budgets"\nwhere = { nation = "ITA" }\ncolumn = "budget_meur"\nvalue = 1\n',
            3,
            "where",
            "budgets",
        ),
        ('[[change]]\ntable = "budgets"\nwhere = {}\ncolumn = "budget_meur"\nvalue = 1\n', 3, "where", "column"),
        (
            '[[change]]\ntable = "budgets"\nwhere = { nations = "FRA" }\ncolumn = "budget_meur"\nvalue = 1\n',
            3,
            "nations",
            "nation",
        ),
        ('[[change]]\ntable = "budgets"\nwhere = "FRA"\ncolumn = "budget_meur"\nvalue = 1\n', 3, "where", "column"),
        ('[[change]]\ntable = "programs"\nkey = "lion"\nvalue = 1\n', 3, "column", "column"),
        ('[[change]]\ntable = "programs"\nkey = "lion"\ncolum = "x"\nvalue = 1\n', 3, "colum", "column"),
        (
            '[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\nvalue = "dear"\n',
            3,
            "unit_cost_meur",
            "number",
        ),
        (
            '[[change]]\ntable = "offers"\nkey = { program = "lion", nation = "FRA" }\n'
            'column = "nation"\nvalue = "FRX"\n',
            None,
            "nation",
            "FRA",
        ),
        ('[[add]]\ntable = "locks"\n', 3, "row", "row ="),
        ('[[add]]\ntable = "locks"\nrow = { programm = "lion", action = "forbid" }\n', 3, "programm", "program"),
        ('[[add]]\ntable = "locks"\nrow = { program = "lion" }\n', 3, "action", "require"),
        ('[[add]]\ntable = "nations"\nrow = { nation = "FRA" }\n', 3, "nation", "Remove"),
        ('[[remove]]\ntable = "elements"\nkey = "glass"\n', 3, "key", "lens"),
        ('[set]\npooling.mod = "joint"\n', 4, "pooling.mod", "pooling.mode"),
        ('[set]\ndiscount_rate = "high"\n', 4, "discount_rate", "number"),
        ("[set]\nfirst_year = 2045\n", None, "first_year", "first"),
        ("change = 5\n", None, "change", "[[change]]"),
        ("set = 5\n", None, "set", "[set]"),
        ("[rules]\nfair_return = true\n", 3, "rules", "[set]"),
        ("note = 5\n", 3, "note", "quotes"),
    ],
)
def test_a_fault_of_the_what_if_is_told_at_the_what_if(whatif, body, row, column, remedy):
    problems = all_problems(whatif(body))
    assert any(
        problem.file == "w.toml"
        and (row is None or problem.row == row)
        and problem.column == column
        and remedy in problem.remedy
        for problem in problems
    ), problems


@pytest.mark.parametrize(
    "head",
    [
        "",
        "base = 5\n",
        'base = ""\n',
        'base = "nowhere"\n',
        'base = "w.toml"\n',
        "base = [\n",
        'base = "a\\u0000b"\n',
        'base = "small/nations.csv"\n',
    ],
)
def test_a_faulty_base_is_one_fault(whatif, head):
    reading = whatif("", head=head)
    assert reading.tables is None
    assert 1 <= len(reading.problems) <= 2


def test_what_ifs_in_a_circle(small, whatif):
    whatif("", name="a.toml", head='base = "b.toml"\n')
    reading = whatif("", name="b.toml", head='base = "a.toml"\n')
    assert [problem.column for problem in reading.problems] == ["base"]
    assert "b.toml -> a.toml -> b.toml" in reading.problems[0].reason


def test_a_long_chain_is_a_fault(whatif):
    whatif("", name="w0.toml")
    for count in range(1, 60):
        reading = whatif("", name=f"w{count}.toml", head=f'base = "w{count - 1}.toml"\n')
    assert "50" in reading.problems[0].reason


def test_faults_of_the_base_stay_with_the_base(small, whatif):
    small.replace("budgets.csv", "FRA,2030,all,900", "FRA,2030,all,much")
    assert [problem.file for problem in whatif("").problems] == ["budgets.csv"]


def test_written_what_ifs_read_back_the_same(small):
    changes = (
        SetValue("pooling.mode", "national"),
        SetValue("pooling.blocs", [["FRA", "DEU"]]),
        SetValue("rules.fair_return.on", False),
        SetValue("discount_rate", 0.02),
        RemoveRow("elements", key="lens"),
        RemoveRow("offers", where={"program": "lion"}),
        ChangeCell("nations", "name", 'Quote " and \\ and \n and ü', key="FRA"),
        ChangeCell("budgets", "budget_meur", where={"nation": "FRA", "year": 2030}, multiply=0.5),
        ChangeCell("budgets", "budget_meur", 5.5, key={"nation": "FRA", "year": 2031, "class": "all"}),
        AddRow("locks", {"program": "panther", "action": "require", "x_my note": "why"}),
    )
    path = write_whatif(small.folder.parent / "sub.toml", small.folder, "My what-if", "because", changes)
    findings = Findings()
    whatif = parse_whatif(path.read_bytes(), path.name, findings)
    assert findings.problems == []
    assert whatif.changes == changes
    assert (whatif.base, whatif.name, whatif.note) == ("small", "My what-if", "because")
    assert read(path).settings.description == "because"
