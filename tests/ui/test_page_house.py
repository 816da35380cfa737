"""The house rules of the page: what it may import, which views there are, and that it reaches no other host."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest

import ui
from optimizer.analysis import ANALYSES
from ui.views import VIEWS

ROOT = Path(ui.__file__).parent
TESTS = Path(__file__).parent
LONGEST_FILE = 500
FILES = sorted(path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts)
NAMES = [name for names in VIEWS.values() for name in names]
# Pages that `ui/study.py` makes out of an analysis; test_view_study.py opens each of them.
STUDIES = [name for name in NAMES if "study_page(" in (ROOT / "views" / f"{name}.py").read_text(encoding="utf-8")]
# The rooms of `optimizer` that are open to the page; models and solvers are not.
PUBLIC = (
    "optimizer",
    "optimizer.analysis",
    "optimizer.drafts",
    "optimizer.exchange",
    "optimizer.export",
    "optimizer.load",
    "optimizer.measures",
    "optimizer.model.goals",
    "optimizer.model.rules",
    "optimizer.model.terms",
    "optimizer.problems",
    "optimizer.runs",
    "optimizer.studies",
    "optimizer.tables",
    "optimizer.tolerances",
    "optimizer.probes",
    "optimizer.trial",
    "optimizer.words",
)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_knows_only_what_is_public(path: Path) -> None:
    for module in imports(path):
        if module.split(".")[0] == "optimizer":
            assert any(module == room or (module.startswith(f"{room}.") and room != "optimizer") for room in PUBLIC), (
                module
            )
        assert module.split(".")[0] not in ("pulp", "highspy", "numpy", "scipy"), module


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_says_its_purpose_and_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""') and len(text.splitlines()[0].split()) >= 5
    assert len(text.splitlines()) <= LONGEST_FILE


def test_every_view_is_registered_once_and_tested() -> None:
    files = {path.stem for path in (ROOT / "views").glob("*.py")} - {"__init__"}
    # A view may keep helpers in files of its own, named after it.
    assert set(NAMES) <= files and len(NAMES) == len(set(NAMES))
    assert all(any(file.startswith(f"{name}_") for name in NAMES) for file in files - set(NAMES))
    tested = {path.stem.removeprefix("test_view_") for path in TESTS.glob("test_view_*.py")}
    assert set(NAMES) - set(STUDIES) <= tested and "study" in tested
    assert sorted(STUDIES) == sorted(analysis.name for analysis in ANALYSES)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_named_drawn_and_documented(name: str) -> None:
    view = importlib.import_module(f"ui.views.{name}")
    assert view.TITLE and view.ICON.startswith(":material/") and (view.render.__doc__ or "").strip()
    assert f"| {view.TITLE} |" in (ROOT.parent / "docs" / "page.md").read_text(encoding="utf-8")


def test_the_server_stays_on_this_machine_and_tells_nobody() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert {"light", "dark"} <= set(settings["theme"])


def test_no_file_names_another_host() -> None:
    for path in [*FILES, ROOT / ".streamlit" / "config.toml", ROOT / "icon.svg", ROOT / "logo.svg"]:
        hosts = re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))
        # The name space of SVG is a name, not an address that is asked.
        assert set(hosts) <= {"www.w3.org", "127.0.0.1"}, (path, hosts)


def test_the_tab_has_an_icon_of_its_own() -> None:
    # Streamlit fetches icons given as :material/...: or emoji from another host.
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert "page_icon=str(ICON)" in source and (ROOT / "icon.svg").is_file()
