"""The documentation holds: generated pages are current, everything is described, commands run, links lead somewhere."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Iterator

import pytest
from scenario_maker import make, plan_of

from optimizer import reference
from optimizer.analysis import ANALYSES
from optimizer.cli import main
from optimizer.cli.command import parser
from optimizer.export.analysis import write_analysis
from optimizer.export.check import _PLAN_KEYS, _RESULT_KEYS
from optimizer.export.files import COMPARISON_FILES, RESULT_FILES
from optimizer.measures.ledger import Ledger
from optimizer.measures.report import COLUMNS
from optimizer.model.lp import LinearProgram
from optimizer.model.rules import RULES
from optimizer.model.terms import TERMS
from optimizer.model.variables import Variables
from optimizer.tables.schema import TABLES
from optimizer.tables.settings_text import setting_keys

PROJECT = Path(reference.__file__).parents[1]
DOCS = PROJECT / "docs"
PAGES = sorted([*PROJECT.glob("*.md"), *DOCS.glob("*.md")])
OWN_SCENARIO = "## Your own scenario in five steps"


def page(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """A section with its heading, up to the next of the same level."""
    assert f"\n{heading}\n" in f"\n{text}", f"no section {heading}"
    body = f"\n{text}".split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n{heading.split(' ')[0]} ", body)[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """Every jointbuy command line of the shell blocks, as arguments."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("jointbuy ")]


def verbs() -> dict[str, argparse.ArgumentParser]:
    (choice,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choice.choices)


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links() -> Iterator[tuple[Path, str]]:
    for path in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")):
                yield path, target


# --- generated pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(reference.PAGES))
def test_generated_pages_are_current(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == reference.PAGES[name](), f"docs/{name} is stale: run `make docs`"


def test_the_writer_writes_every_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(reference.PAGES)
    assert capsys.readouterr().out.count("\n") == len(reference.PAGES)


def test_the_model_page_has_every_rule_term_and_parameter() -> None:
    text = reference.model_page()
    for rule in RULES:
        entry = section(text, f"### {rule.name}")
        assert rule.sentence in entry and rule.unit in entry
        assert all(f"`{parameter.name}`" in entry and parameter.meaning in entry for parameter in rule.parameters)
    assert all(f"| `{term.name}` | `{term.goal}` | {term.sentence} |" in text for term in TERMS)


def test_the_data_page_has_every_table_column_and_setting() -> None:
    text = reference.data_page()
    for name, spec in TABLES.items():
        entry = section(text, f"## {name}.csv")
        for field, info in spec.row.model_fields.items():
            assert f"| `{info.alias or field}` |" in entry
    for key in setting_keys():
        assert f"| `{key}" in section(text, "## scenario.toml"), key


def test_tables_in_pages_have_the_columns_of_their_heads() -> None:
    for path in PAGES:
        width = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert width in (0, cells), f"{path.name}: {line}"
            width = cells


# --- what the pages must tell ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", list(verbs()))
def test_every_verb_is_documented_with_its_options(verb: str) -> None:
    text = page("docs/command-line.md")
    entry = section(text, f"### {verb}")
    assert [line for line in commands(entry) if line[0] == verb], f"no example of {verb}"
    told = entry + section(text, "## Options")
    for action in verbs()[verb]._actions:
        for option in action.option_strings:
            assert option in ("-h", "--help") or f"`{option}" in told or f" {option}" in told, f"{verb} {option}"


@pytest.mark.parametrize("option", ["--gap", "--time-limit"])
def test_help_says_of_a_limit_what_the_page_says(option: str) -> None:
    (action,) = [action for action in verbs()["solve"]._actions if option in action.option_strings]
    told = section(page("docs/command-line.md"), "## Options")
    assert f"| `{option} {action.metavar}` | all that solve | {action.help} |" in told


def test_no_verb_is_documented_that_is_not_there() -> None:
    told = section(page("docs/command-line.md"), "## Verbs")
    assert set(re.findall(r"^### (\w+)$", told, re.MULTILINE)) == set(verbs())


def test_every_setting_is_explained() -> None:
    told = section(page("docs/command-line.md"), "## Settings")
    for key in setting_keys():
        assert f"`{key}`" in told or key == "rules", key


def test_every_result_file_and_column_is_described() -> None:
    text = page("docs/results.md")
    for name, columns in COLUMNS.items():
        entry = section(text, f"## {name}.csv")
        assert [column for column in columns if f"`{column}`" not in entry] == [], name
    assert [name for name in (*RESULT_FILES, *COMPARISON_FILES) if name not in text] == []
    result = section(text, "## result.json")
    assert [key for key in _RESULT_KEYS if f"`{key}`" not in result and f"`{key}." not in result] == []
    assert [key for key in _PLAN_KEYS if f"`{key}`" not in section(text, "## plan.json")] == []


def test_every_definition_that_is_cited_is_there() -> None:
    numbers = [int(number) for number in re.findall(r"^- \*\*(\d+)\.", page("docs/numbers.md"), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    sources = [rule.source for rule in RULES]
    sources += [path.read_text(encoding="utf-8") for path in (PROJECT / "optimizer").rglob("*.py")]
    cited = {
        int(number)
        for text in sources
        for found in re.findall(r"fine print ([\d, -]*\d)", text)
        for number in re.findall(r"\d+", found)
    }
    assert cited and cited <= set(numbers)


def test_rules_are_named_as_they_are_called() -> None:
    known = {rule.name for rule in RULES}
    named = set(re.findall(r"rules\.([a-z_]+)", " ".join(path.read_text(encoding="utf-8") for path in PAGES)))
    assert named - {"price_bands"} <= known


# --- links, commands, code ---------------------------------------------------------------------------------------


def test_links_lead_somewhere() -> None:
    found = list(links())
    assert len(found) > 20
    for path, target in found:
        name, _, anchor = target.partition("#")
        goal = path if not name else path.parent / name
        assert goal.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in anchors(goal.read_text(encoding="utf-8")), f"{path.name}: {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_shown_parses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for line in commands(text):
        parser().parse_args(line)  # exits, and so fails, when it does not parse
    synopses = "\n".join(blocks(text, "text"))
    for verb in [*re.findall(r"`jointbuy ([a-z]+)", text), *re.findall(r"^jointbuy ([a-z]+)", synopses, re.MULTILINE)]:
        assert verb in verbs(), f"{path.name}: jointbuy {verb}"


def test_every_make_target_shown_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in PAGES:
        shown = re.findall(r"(?:`|^)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(shown) <= targets, path.name


def test_the_steps_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    readme = page("README.md")
    steps = commands(section(readme, OWN_SCENARIO))
    assert [line[0] for line in steps] == ["template", "validate", "solve", "compare", "audit"]
    for line in steps:
        assert main(line) == 0, (line, capsys.readouterr())
    assert {path.name for path in (tmp_path / "mine-result").iterdir()} == set(RESULT_FILES)
    assert {path.name for path in (tmp_path / "mine-comparison").iterdir()} == set(COMPARISON_FILES)

    whatifs = section(readme, "## What-ifs")
    (tmp_path / "cut.toml").write_text(blocks(whatifs, "toml")[0], encoding="utf-8")
    (line,) = commands(whatifs)
    assert main(line) == 0, capsys.readouterr()
    capsys.readouterr()

    (code,) = blocks(section(readme, "## From Python"), "python")
    exec(compile(code, "README.md", "exec"), {})
    assert "joint against national" in capsys.readouterr().out


def test_the_commands_of_the_reference_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page("docs/command-line.md")
    # What needs the default data takes minutes; it parses, as tested above.
    lines = [line for line in commands(text) if "data" not in line]
    assert {line[0] for line in lines} == set(verbs())
    # The page serves until it is stopped; tests/ui starts it.
    for line in (line for line in lines if line[0] != "ui"):
        assert main(line) == 0, (line, capsys.readouterr())
    (tmp_path / "whatif.toml").write_text(blocks(text, "toml")[0], encoding="utf-8")
    assert main(["validate", "whatif.toml"]) == 0, capsys.readouterr()


def _module(name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(code, name, "exec"), module.__dict__)
    return module


def test_the_example_rule_works(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks(page("docs/adding-a-rule.md"), "python")
    rule = _module("example_rule", code, monkeypatch).RULE
    scenario = make(
        programs="program\njet\nkite\nlark",
        requirements="nation quantity\nAAA 1\nBBB 2",
        rules={rule.name: {"most": 2}},
    )
    # AAA leads three programs, each with one joint contract: one row; two launched are allowed, three are too many.
    assert [row.key for row in rule.rows(scenario, _variables(scenario))] == [("AAA",)]
    two = plan_of("AAA jet@joint 2026 1\nBBB kite@joint 2026 1")
    three = plan_of("AAA jet@joint 2026 1\nBBB kite@joint 2026 1\nBBB lark@joint 2027 1")
    assert [v.amount for v in rule.violations(scenario, Ledger(scenario, two))] == [0]
    assert [v.amount for v in rule.violations(scenario, Ledger(scenario, three))] == [1]


def _variables(scenario):  # type: ignore[no-untyped-def]
    return Variables(scenario, LinearProgram("example"), whole_deliveries=True)


def test_the_example_analysis_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (code,) = blocks(page("docs/adding-an-analysis.md"), "python")
    analysis = _module("example_analysis", code, monkeypatch)
    scenario = make(programs="program support_meur_per_unit_year\njet 1", requirements="nation\nAAA")
    result = analysis.run(scenario)
    assert list(result.solutions()) == ["2027", "2028", "2029"]
    # One jet in 2026, and its support until 2027 or until 2029.
    assert result.headline() == "A horizon to 2029 instead of 2027 costs 2 meur more."
    write_analysis(analysis.ANALYSIS, scenario, result, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "horizon.json",
        "horizon.csv",
        "horizon.xlsx",
        "plans",
    }
    nothing = scenario.replace(
        tables={
            "programs": (),
            "requirements": tuple(r.model_copy(update={"must_meet": True}) for r in scenario.tables.requirements),
        }
    )
    empty = analysis.run(nothing)
    assert empty.exit_code == 3 and "has no plan" in empty.headline()


def test_every_analysis_has_its_files_described() -> None:
    folders = section(page("docs/results.md"), "## Analysis folders")
    for analysis in ANALYSES:
        entry = section(folders, f"### {analysis.name}")
        for file in (*analysis.files.values(), analysis.document):
            assert f"`{file}`" in entry, f"{analysis.name}: {file}"
