"""The house rules that can be checked: which way imports point, who knows the solver, what is registered and tested."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import optimizer
from optimizer.model import rules as rules_package
from optimizer.model import terms as terms_package
from optimizer.model.rules import RULES
from optimizer.model.terms import TERMS

ROOT = Path(optimizer.__file__).parent
PROJECT = ROOT.parent
TESTS = Path(__file__).parent

# One line per floor, from the ground up; a module imports from its own floor and those below, never from above.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("problems", "tolerances", "learning", "games"),
    ("workers",),
    ("tables",),
    ("scenario",),
    ("checks",),
    ("plan", "solution"),
    ("measures",),
    ("model",),
    ("solve", "audit"),
    ("load", "servable", "words"),
    ("batch",),
    ("analysis",),
    ("export",),
    ("runs", "runner", "drafts", "exchange", "trial", "probes", "studies"),
    ("cli",),
    ("reference",),
)
# Rows are checked against each other while they are read, so the cross checks stand beside the tables.
SAME_FLOOR = {("tables", "checks")}
LONGEST_FILE = 500
# Longer than that for a reason: one class that the whole house reads, one schema of checks.
LONG_FILES = {"scenario.py", "checks.py"}
# The files that know a solver or a modelling layer, and which.
KNOW_A_SOLVER = {
    "model/rows.py": {"pulp"},
    "model/lp.py": {"pulp"},
    "model/solvers.py": {"pulp"},
    "model/highs.py": {"highspy"},
}


def _modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _room(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def _imports(path: Path) -> list[str]:
    """Dotted names of the modules a file imports, also inside functions and for type checking."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)} imports relatively"
            found.append(node.module or "")
            # `from optimizer import measures` names a room, too.
            if node.module == "optimizer":
                found += [f"optimizer.{alias.name}" for alias in node.names]
    return found


def _floor(room: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"optimizer/{room} has no place in the order of imports")


def _is_for_typing(path: Path, module: str) -> bool:
    """Whether a file imports a module only under `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    users = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module]
    return bool(users) and all(id(node) in guarded for node in users)


@pytest.mark.parametrize("path", [p for p in _modules() if _name(p) not in ("__init__.py", "__main__.py")], ids=_name)
def test_imports_point_down(path: Path) -> None:
    own = _room(path)
    for module in _imports(path):
        parts = module.split(".")
        if parts[0] == "ui":
            raise AssertionError(f"{_name(path)} imports the page")
        if parts[0] != "optimizer" or len(parts) < 2 or parts[1] == own or (own, parts[1]) in SAME_FLOOR:
            continue
        if _is_for_typing(path, module):
            continue
        assert _floor(parts[1]) <= _floor(own), f"{_name(path)} imports {module}, which stands above it"


def test_within_the_model_nothing_below_knows_the_rules() -> None:
    for name in ("arrays", "control", "answer", "parallel_rows", "rows", "lp", "highs", "solvers", "variables", "rule"):
        imports = _imports(ROOT / "model" / f"{name}.py")
        assert not [m for m in imports if m.startswith(("optimizer.model.rules", "optimizer.model.terms"))], name


def test_no_rule_reads_another_rule() -> None:
    for folder, package in (("rules", rules_package), ("terms", terms_package)):
        for path in sorted((ROOT / "model" / folder).glob("[a-z]*.py")):
            others = [m for m in _imports(path) if m.startswith(package.__name__)]
            assert not others, f"{path.name} imports {others}"


def test_each_solver_is_known_where_it_belongs_and_nowhere_else() -> None:
    for path in _modules():
        solvers = {m.split(".")[0] for m in _imports(path)} & {"pulp", "highspy", "ortools", "scipy"}
        assert solvers == KNOW_A_SOLVER.get(_name(path), set()), f"{_name(path)} imports {solvers}"


def test_measures_and_audit_know_no_model() -> None:
    for path in [*(ROOT / "measures").glob("*.py"), ROOT / "plan.py", ROOT / "solution.py", ROOT / "scenario.py"]:
        assert not [m for m in _imports(path) if m.startswith(("optimizer.model", "optimizer.solve"))], path.name
    solving = {"optimizer." + name.removesuffix(".py").replace("/", ".") for name in KNOW_A_SOLVER}
    assert not [m for m in _imports(ROOT / "audit.py") if m.startswith("optimizer.solve") or m in solving]


def test_only_the_page_knows_streamlit() -> None:
    for path in _modules():
        assert "streamlit" not in {m.split(".")[0] for m in _imports(path)}, _name(path)


def test_the_page_uses_public_names_only() -> None:
    for path in sorted((PROJECT / "ui").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "optimizer":
                inside = [part for part in (node.module or "").split(".")[1:] if part.startswith("_")]
                assert not inside and not [a.name for a in node.names if a.name.startswith("_")], path.name


def test_the_library_imports_without_streamlit() -> None:
    program = (
        "import sys; sys.modules['streamlit'] = None\n"
        "import optimizer\n"
        "for name in optimizer.__all__: getattr(optimizer, name)\n"
        "print(len(optimizer.__all__))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert 5 <= int(run.stdout) <= 30


def test_every_public_name_is_documented() -> None:
    for name in optimizer.__all__:
        assert (getattr(optimizer, name).__doc__ or "").strip(), name


def test_every_file_says_its_purpose_in_its_first_line() -> None:
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        assert text.startswith('"""'), f"{_name(path)} does not begin with its purpose"
        first = text.splitlines()[0].strip('"').strip()
        assert len(first.split()) >= 3, f"{_name(path)}: {first!r}"


def test_no_file_is_too_long() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}
    assert {name for name, lines in lengths.items() if lines > LONGEST_FILE} <= LONG_FILES
    assert all((ROOT / name).exists() for name in LONG_FILES)


def _files(package: object) -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(package.__path__))  # type: ignore[attr-defined]


def test_every_rule_file_is_registered_once_under_its_own_name() -> None:
    assert sorted(rule.name for rule in RULES) == _files(rules_package)
    for name in _files(rules_package):
        module = importlib.import_module(f"{rules_package.__name__}.{name}")
        assert module.RULE.name == name
        assert [rule for rule in RULES if rule is module.RULE] == [module.RULE]


def test_every_term_file_is_registered_once_under_its_own_name() -> None:
    assert sorted(term.name for term in TERMS) == _files(terms_package)
    for name in _files(terms_package):
        module = importlib.import_module(f"{terms_package.__name__}.{name}")
        assert module.TERM.name == name
        assert [term for term in TERMS if term is module.TERM] == [module.TERM]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_is(rule: object) -> None:
    assert rule.sentence.endswith(".")  # type: ignore[attr-defined]
    assert len(rule.sentence.split()) >= 5  # type: ignore[attr-defined]
    assert rule.unit  # type: ignore[attr-defined]
    assert rule.source  # type: ignore[attr-defined]
    assert rule.price > 0.0  # type: ignore[attr-defined]
    assert all(parameter.meaning for parameter in rule.parameters)  # type: ignore[attr-defined]
    assert (rule.rows.__doc__ or "").strip()  # type: ignore[attr-defined]
    assert (rule.violations.__doc__ or "").strip()  # type: ignore[attr-defined]


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_says_what_it_is(term: object) -> None:
    assert term.sentence.endswith(".")  # type: ignore[attr-defined]
    assert (term.expression.__doc__ or "").strip()  # type: ignore[attr-defined]
    assert (term.value.__doc__ or "").strip()  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["rules", "terms"])
def test_every_rule_and_term_has_a_test_of_its_name(kind: str) -> None:
    files = {path.stem for path in (ROOT / "model" / kind).glob("[a-z]*.py")}
    tests = {path.stem.removeprefix("test_") for path in (TESTS / "model" / kind).glob("test_*.py")}
    assert files == tests
