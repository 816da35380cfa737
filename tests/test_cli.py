"""Every verb in one process: what it prints, what it writes, and the exit code of every outcome."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from small_case import FILES, write_small

from optimizer.cli import command, console, main, verbs
from optimizer.export.files import COMPARISON_FILES, RESULT_FILES
from optimizer.model.control import Progress

VERBS = ("template", "validate", "solve", "compare", "audit", "export", "demo", "versions")


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(write_small(tmp_path / "small"))


@pytest.fixture
def infeasible(tmp_path: Path) -> str:
    # Both must have four tanks, and neither may spend more than 1 meur a year.
    return str(
        write_small(
            tmp_path / "infeasible",
            nations="nation,budget_meur\nAAA,1\nBBB,1\n",
            requirements="nation,capability,quantity,need_by,must_meet\nAAA,tank,4,2031,yes\nBBB,tank,4,2032,yes\n",
        )
    )


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_solve_writes_the_contract_and_says_so(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    code, text, _ = run(capsys, "solve", small, "--out", str(out))
    assert code == 0
    assert {entry.name for entry in out.iterdir()} == set(RESULT_FILES)
    for part in ("180 meur", "Proven optimal", "Illustrative data", "saves 200 meur (53 %)", f"Written to {out}"):
        assert part in text
    assert run(capsys, "audit", small, str(out))[0] == 0


def test_solve_json_is_result_json_and_nothing_else(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, errors = run(capsys, "solve", small, "--json", "--quiet", "--out", str(tmp_path / "out"))
    printed, written = json.loads(text), json.loads((tmp_path / "out" / "result.json").read_text())
    assert (code, errors) == (0, "")
    printed["provenance"].pop("seconds")
    written["provenance"].pop("seconds")
    assert printed == written


def test_pooling_and_set_are_remembered_for_the_audit(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert run(capsys, "solve", small, "--pooling", "national", "--set", "discount_rate=0.02", "--out", out)[0] == 0
    code, text, _ = run(capsys, "audit", small, out)
    assert code == 0 and "pooling.mode=national" in text and "discount_rate=0.02" in text
    # Checked against other settings it is another input.
    assert run(capsys, "audit", small, out, "--set", "discount_rate=0.03")[0] == 5


def test_without_a_baseline_the_national_columns_stay_empty(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "solve", small, "--no-baseline", "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "nations.csv").read_text().splitlines()[1].startswith("AAA,4,90,,,,")
    assert run(capsys, "audit", small, str(tmp_path / "out"))[0] == 0


def test_national_pooling_compares_with_itself(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "solve", small, "--pooling", "national", "--out", str(tmp_path / "out"))
    rows = [line.split(",") for line in (tmp_path / "out" / "nations.csv").read_text().splitlines()[1:]]
    assert all(row[2] == row[3] and row[4] == "0" for row in rows)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["solve"],
        ["solve", "{small}", "--gap", "5"],
        ["solve", "{small}", "--gap", "nan"],
        ["solve", "{small}", "--time-limit", "0"],
        ["solve", "{small}", "--threads", "two"],
        ["solve", "{small}", "--solver", "abacus"],
        ["solve", "{small}", "--set", "pooling"],
        ["solve", "{small}", "--set", "poling.mode=national"],
        ["solve", "{small}", "--set", "solver.gap=7"],
        ["solve", "{small}", "--pooling", "blocs"],
        ["solve", "{small}", "--pooling", "all"],
        ["solve", "nowhere"],
        ["compare", "{small}", "nowhere"],
        ["audit", "{small}", "nowhere"],
        ["audit", "{small}", "{small}"],
        ["export", "{small}"],
        ["export", "{small}", "--bundle", "b.zip"],
        ["export", "{small}", "--previous", "p.csv"],
        ["solve", "{small}", "--out", "{small}"],
        ["export", "{small}", "nowhere", "--mps", "m.mps"],
        ["validate", "nowhere"],
        ["demo", "nowhere"],
        ["solve", "{small}", "--tim", "3"],
    ],
)
def test_bad_input_is_exit_code_two_in_a_few_lines(
    argv: list[str], small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code, text, errors = run(capsys, *(word.replace("{small}", small) for word in argv))
    assert code == 2
    assert errors or "fault" in text
    assert sorted(tmp_path.rglob("*")) == before


def test_every_fault_is_listed_at_once_also_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_small(tmp_path, nations="nation,budget_meur\nAAA,x\nBBB,y\n"))
    for verb in ("validate", "solve"):
        code, text, errors = run(capsys, verb, folder)
        assert code == 2 and "row 2" in text + errors and "row 3" in text + errors
        code, text, _ = run(capsys, verb, folder, "--json")
        assert code == 2 and {problem["row"] for problem in json.loads(text)["problems"]} == {2, 3}


def test_validate_says_what_is_there(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "validate", small)
    assert code == 0 and "No fault. 2 nations, 1 capability, 2 programs" in text
    code, text, _ = run(capsys, "validate", small, "--json")
    assert code == 0 and json.loads(text)["valid"] is True


def test_infeasible_is_exit_code_three_with_the_clash(
    infeasible: str, small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run(capsys, "solve", small, "--out", str(out))
    before = {entry.name: entry.read_bytes() for entry in out.iterdir()}
    code, text, _ = run(capsys, "solve", infeasible, "--out", str(out))
    assert code == 3 and "annual_budget" in text and "Nothing was written" in text
    assert {entry.name: entry.read_bytes() for entry in out.iterdir()} == before
    code, text, _ = run(capsys, "solve", infeasible, "--json")
    assert code == 3 and json.loads(text)["clash"] == ["annual_budget"]
    assert run(capsys, "compare", infeasible)[0] == 3
    assert run(capsys, "demo", infeasible, "--out", str(tmp_path / "demo"))[0] == 3
    assert not (tmp_path / "demo").exists()


def test_stopped_before_a_plan_is_exit_code_four(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As Ctrl-C does: the flag that the search listens to is up.
    class Stopped(console.Console):
        def __post_init__(self) -> None:
            self.stop = threading.Event()
            self.stop.set()

    monkeypatch.setattr(command, "Console", Stopped)
    code, text, _ = run(capsys, "solve", small, "--out", str(tmp_path / "out"))
    status = json.loads(run(capsys, "solve", small, "--json")[1])["status"]
    # So small a case may be done before the flag is looked at; then the plan must be written as proven.
    assert (code, status) in ((4, "cancelled"), (4, "no_plan"), (0, "optimal"), (4, "feasible")), text
    assert (tmp_path / "out").exists() == (status in ("optimal", "feasible"))


def test_a_plan_short_of_the_gap_is_written_with_its_gap_and_exit_code_four(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import dataclasses

    def early(scenario, **options):  # type: ignore[no-untyped-def]
        from optimizer.solve import solve

        found = solve(scenario, **options)
        return dataclasses.replace(
            found, status="feasible", termination="time_limit", bound_meur=found.objective_meur * 0.9
        )

    monkeypatch.setattr(console, "solve", early)
    code, text, _ = run(capsys, "solve", small, "--out", str(tmp_path / "out"))
    assert code == 4 and "Stopped early by the time limit: at most 18 meur (10 %) above the best plan" in text
    assert json.loads((tmp_path / "out" / "result.json").read_text())["gap"] == pytest.approx(0.1)
    assert run(capsys, "audit", small, str(tmp_path / "out"))[0] == 0
    assert run(capsys, "compare", small)[0] == 4


def test_a_plan_the_audit_objects_to_is_exit_code_five_and_not_written(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import dataclasses

    def wrong(scenario, **options):  # type: ignore[no-untyped-def]
        from optimizer.solve import solve

        return dataclasses.replace(solve(scenario, **options), findings=("lots: exceeded by 1",))

    monkeypatch.setattr(console, "solve", wrong)
    code, text, _ = run(capsys, "solve", small, "--out", str(tmp_path / "out"))
    assert code == 5 and "The audit disagrees: lots: exceeded by 1" in text
    assert not (tmp_path / "out").exists()
    assert run(capsys, "compare", small)[0] == 5


def test_a_fault_of_ours_is_exit_code_one_without_a_traceback_unless_asked(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(verbs, "load_scenario", broken)
    monkeypatch.delenv("JOINTBUY_TRACEBACK", raising=False)
    code, _, errors = run(capsys, "solve", small)
    assert code == 1 and "JOINTBUY_TRACEBACK=1" in errors and "ZeroDivisionError: oh" in errors
    monkeypatch.setenv("JOINTBUY_TRACEBACK", "1")
    assert main(["solve", small]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_outside_a_solve_is_exit_code_four(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "load_scenario", interrupted)
    code, _, errors = run(capsys, "solve", small)
    assert code == 4 and "nothing was written" in errors


def test_ctrl_c_in_a_solve_keeps_the_plan_found_and_skips_the_baseline(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import dataclasses

    solved: list[str] = []

    def pressed(scenario, *, stop, **options):  # type: ignore[no-untyped-def]
        from optimizer.solve import solve

        solved.append(scenario.settings.pooling.mode)
        found = solve(scenario, **options)
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(5.0)
        return dataclasses.replace(found, status="feasible", termination="interrupted", bound_meur=90.0)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(console, "solve", pressed)
    code, text, _ = run(capsys, "solve", small, "--out", str(tmp_path / "out"))
    assert code == 4 and "Stopped early by the user: at most 90 meur (50 %) above the best plan" in text
    assert solved == ["joint"] and signal.getsignal(signal.SIGINT) == before
    assert json.loads((tmp_path / "out" / "result.json").read_text())["termination"] == "interrupted"
    assert run(capsys, "audit", small, str(tmp_path / "out"))[0] == 0


_BUSY = """
import threading, time
from optimizer.cli import console, main
from optimizer.model.control import in_thread
def work(stop):
    print("at work", flush=True)
    stop.wait(30.0)
    threading.Thread(target=time.sleep, args=(30.0,)).start()  # one that Python would wait for
    time.sleep(30.0)
console.solve = lambda scenario, *, stop, **options: in_thread(lambda: work(stop), stop)
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
def test_ctrl_c_is_answered_at_once_and_a_second_one_gives_up(small: str) -> None:
    # What was asked to stop still works, as a plan does that is being made whole.
    program = [sys.executable, "-c", _BUSY, "solve", small]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        assert "best plan so far, if there is one, is kept" in process.stderr.readline()
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10.0) == 4
        assert "nothing was written" in process.stderr.read()


def test_demo_without_a_joint_plan_writes_nothing(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from optimizer import Solution

    def late(scenario, **options):  # type: ignore[no-untyped-def]
        from optimizer.solve import solve

        if scenario.settings.pooling.mode == "joint":
            return Solution(scenario, "no_plan", "time_limit")
        return solve(scenario, **options)

    monkeypatch.setattr(console, "solve", late)
    code, text, _ = run(capsys, "demo", small, "--out", str(tmp_path / "out"))
    assert code == 4 and "Nothing was written" in text and not (tmp_path / "out").exists()


def test_a_soft_rule_that_is_broken_is_named_with_its_price(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Together each pays 50 for development and 40 for tanks; BBB may spend 1 a year, at 1 meur for each meur over.
    folder = str(
        write_small(
            tmp_path / "in",
            nations="nation,budget_meur\nAAA,500\nBBB,1\n",
            settings="[rules]\nannual_budget = { on = true, soft = true }\n",
        )
    )
    code, text, _ = run(capsys, "solve", folder, "--out", str(tmp_path / "out"))
    assert code == 0 and "soft rule broken: annual_budget BBB" in text
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    over = result["objective_meur"] - sum(result["terms_meur"].values())
    assert over > 1.0 and re.search(r"Soft rules broken, priced +" + f"{over:.0f} meur", text)
    assert run(capsys, "audit", folder, str(tmp_path / "out"))[0] == 0


def test_compare_writes_its_four_files(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "compare", small, "--out", str(tmp_path / "out"))
    assert code == 0 and "saves 200 meur (53 %)" in text
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == set(COMPARISON_FILES)
    body = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert [case["case"] for case in body["cases"]] == ["as_is", "national", "joint"]
    assert body["saving"]["cost_meur"] == pytest.approx(200.0)
    code, text, _ = run(capsys, "compare", small, "--json", "--quiet")
    assert json.loads(text)["saving"]["cost_share"] == pytest.approx(200.0 / 380.0)


def test_compare_side_by_side_gives_the_same_answer(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, notes = run(capsys, "compare", small, "--workers", "2")
    assert (code, text) == run(capsys, "compare", small)[:2]
    # As is, national and joint, in the order in which they ended.
    assert sorted(re.findall(r"^Solved (\d) of 3: optimal, [\d.]+ s\.$", notes, re.MULTILINE)) == ["1", "2", "3"]


@pytest.mark.parametrize("wrong", ["0", "-1", "257", "two", "1.5", "http://localhost:8786"])
def test_workers_are_a_number_or_an_address(wrong: str, small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaint = run(capsys, "compare", small, f"--workers={wrong}")
    assert code == 2 and "must be a number from 1 to 256 or tcp://host:port" in complaint


def test_compare_with_a_what_if(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dearer.toml").write_text(
        'base = "small"\nname = "dearer"\n[[change]]\ntable = "programs"\nkey = "lion"\ncolumn = "unit_cost_meur"\n'
        "value = 15\n"
    )
    code, text, _ = run(capsys, "compare", small, str(tmp_path / "dearer.toml"))
    # Eight tanks, 5 meur more each.
    assert code == 0 and "dearer against small: costs more by 40 meur (22 %)" in text


def test_demo_writes_three_results_and_the_comparison(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code, text, _ = run(capsys, "demo", small, "--out", str(out))
    assert code == 0 and "Illustrative data" in text and "brief.html" in text
    assert sorted(entry.name for entry in out.iterdir()) == ["as_is", "comparison", "joint", "national"]
    for name in ("as_is", "joint", "national"):
        assert run(capsys, "audit", small, str(out / name))[0] == 0, name
    assert run(capsys, "demo", small, "--out", str(out))[0] == 0


def test_template_validates_and_solves_in_both_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "template", str(tmp_path / "csv"))
    assert code == 0 and "nations.csv" in text
    assert run(capsys, "validate", str(tmp_path / "csv"))[0] == 0
    assert run(capsys, "template", str(tmp_path / "book"), "--workbook")[0] == 0
    assert run(capsys, "validate", str(tmp_path / "book" / "scenario.xlsx"))[0] == 0
    assert run(capsys, "template", str(tmp_path / "csv"))[0] == 2


def test_export_writes_bundle_and_models(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, bundle, mps = (str(tmp_path / name) for name in ("out", "all.zip", "model.mps"))
    run(capsys, "solve", small, "--set", "discount_rate=0.01", "--out", out)
    assert run(capsys, "export", small, out, "--bundle", bundle, "--mps", mps, "--lp", str(tmp_path / "m.lp"))[0] == 0
    assert Path(mps).exists() and Path(f"{mps}.names.csv").exists() and (tmp_path / "m.lp").exists()
    # The bundle holds the settings of the solve, so it is audited as it is.
    assert run(capsys, "audit", bundle, out)[0] == 0
    assert "discount_rate = 0.01" in zipfile.ZipFile(bundle).read("inputs/scenario.toml").decode()
    assert run(capsys, "export", small, "--mps", mps)[0] == 0


def test_a_spoiled_result_is_exit_code_five_and_never_bundled(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run(capsys, "solve", small, "--out", str(out))
    (out / "work.csv").unlink()
    code, text, _ = run(capsys, "audit", small, str(out))
    assert code == 5 and "work.csv: is missing" in text
    code, text, _ = run(capsys, "audit", small, str(out), "--json")
    assert code == 5 and json.loads(text)["objections"] == ["work.csv: is missing"]
    assert run(capsys, "export", small, str(out), "--bundle", str(tmp_path / "b.zip"))[0] == 5
    assert not (tmp_path / "b.zip").exists()


def test_spoiled_options_are_exit_code_five(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    run(capsys, "solve", small, "--out", str(out))
    body = json.loads((out / "plan.json").read_text())
    for wrong in ({"nonsense": "1"}, {"discount_rate": "0.5"}):
        body["options"] = wrong
        (out / "plan.json").write_text(json.dumps(body))
        assert run(capsys, "audit", small, str(out))[0] == 5, wrong


def test_help_and_versions(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "--help")
    assert code == 0 and all(verb in text for verb in VERBS)
    for verb in VERBS:
        code, text, _ = run(capsys, verb, "--help")
        assert code == 0 and "--json" in text
    code, text, _ = run(capsys, "versions", "--json")
    assert code == 0 and {"jointbuy", "python", "highspy", "pulp", "solvers"} <= set(json.loads(text))
    assert run(capsys, "--version")[0] == 0


def test_progress_is_one_line_for_a_terminal_only(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = console.progress_line("joint", Progress("search", 12.3, 462359.4, 450000.0))
    assert line == "joint, search: best 462 359 meur, bound 450 000 meur, gap 2.7 %, 12 s (Ctrl-C keeps it)"
    heard: list[object] = []

    def listening(scenario, *, on_progress, **options):  # type: ignore[no-untyped-def]
        from optimizer.solve import solve

        heard.append(on_progress)
        if on_progress:
            on_progress(Progress("search", 1.0, None, 5.0))
        return solve(scenario, **options)

    monkeypatch.setattr(console, "solve", listening)
    run(capsys, "solve", small, "--no-baseline")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run(capsys, "solve", small, "--no-baseline", "--quiet")
    assert heard == [None, None]
    _, text, errors = run(capsys, "solve", small, "--no-baseline")
    assert "best none yet, bound 5 meur" in errors and "none yet" not in text


def test_a_stopped_batch_tells_no_more_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    told = console.Console()

    def batch(scenarios, *, on_progress, on_done, stop):  # type: ignore[no-untyped-def]
        on_progress(0, Progress("search", 1.0, 6.0, 5.0))
        stop.set()
        on_progress(1, Progress("search", 2.0, 7.0, 5.0))
        return []

    monkeypatch.setattr(console, "run_batch", batch)
    assert told.run_batch([]) == []
    errors = capsys.readouterr().err
    assert errors.count("solved; gaps: ") == 1 and "gaps: 1 " in errors


def test_money_has_no_float_noise(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, "compare", small, "--set", "discount_rate=0.03")
    assert not re.search(r"\d\.\d{3,}", text), text


def test_python_m_optimizer_is_the_command_line(tmp_path: Path) -> None:
    folder = write_small(tmp_path, nations="nation\nAAA\n")
    assert FILES["nations.csv"] != (folder / "nations.csv").read_text()
    root = Path(command.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "optimizer", "validate", str(folder), "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert done.returncode == 2 and json.loads(done.stdout)["valid"] is False and done.stderr == ""


def test_a_reader_that_leaves_early_is_no_fault(small: str) -> None:
    root = Path(command.__file__).parents[2]
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; '{sys.executable}' -m optimizer versions | true"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert done.stderr == "" and done.returncode == 0


def test_a_process_of_its_own_says_nothing_but_the_answer(small: str) -> None:
    # In a process of its own: the solver may greet on standard output once per process, below Python.
    found = subprocess.run(
        [sys.executable, "-m", "optimizer", "solve", small, "--json", "--quiet"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["status"] == "optimal"
