"""The benchmark commands work: measures of every contender, the page, batches, cancel."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from scenario_maker import make
from small_case import write_small

from benchmarks import batches, cancel, run
from benchmarks.generate import write_scenario
from benchmarks.measure import OWN, arrays_of, covered, is_plan, measured, solver_spans
from benchmarks.peers import PEERS, Peer, raw_highs
from benchmarks.results import last_gap
from benchmarks.whatifs import numeric_whatifs
from optimizer import load_scenario, solve
from optimizer.model import highs


# What other packages deprecate is not ours to mend here.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("contender", [OWN, *PEERS])
def test_every_contender_finds_the_best_plan_of_a_small_scenario(contender: str, tmp_path: Path) -> None:
    missing = PEERS[contender].missing() if contender in PEERS else ()
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: pip install 'jointbuy[bench]'")
    found = measured(contender, str(write_small(tmp_path)), gap=0.0, time_limit_s=20.0, threads=1)
    # One lion for both nations: 100 + 8 * 10.
    assert found["objective"] == pytest.approx(180.0)
    assert found["is_plan"] and last_gap(found) == pytest.approx(0.0, abs=1e-6)
    assert found["total_s"] >= found["build_s"] > 0.0 and found["peak_mb"] > 10.0


def test_it_is_known_when_solvers_are_at_work() -> None:
    spans = [(3.0, 5.0), (1.0, 2.0), (1.5, 4.0), (9.0, 10.0)]
    assert covered(spans, 0.0, 20.0) == 5.0
    assert (covered(spans, 1.75, 4.5), covered(spans, 5.0, 9.0), covered([], 0.0, 1.0)) == (2.75, 0.0, 0.0)
    own = highs._run
    with solver_spans() as seen:
        began = time.monotonic()
        solve(make(programs="program unit_cost_meur\nhawk 10", requirements="nation quantity\nAAA 2"))
        ended = time.monotonic()
    assert highs._run is own and seen
    assert all(began <= first <= last <= ended for first, last in seen)


def test_a_point_that_breaks_something_is_no_plan(tmp_path: Path) -> None:
    arrays = arrays_of(load_scenario(write_small(tmp_path)))
    assert not is_plan(arrays, arrays.lower - 1.0)
    # Eight tanks are needed; half of one that must be whole is none.
    assert not is_plan(arrays, np.where(arrays.integer, 0.5, arrays.lower))


def test_a_peer_that_is_not_there_is_missing() -> None:
    assert Peer("nobody", ("not_there_at_all", "highspy"), raw_highs).missing() == ("not_there_at_all",)


@pytest.mark.slow
def test_the_command_measures_writes_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0.0 < run._loop_seconds() < 60.0
    monkeypatch.setattr(run, "_loop_seconds", lambda: 1.5)
    out, record = tmp_path / "RESULTS.md", tmp_path / "record.jsonl"
    command = ["--sizes", "S", "--seeds", "1", "--peers", "highs", "--time-limit", "2"]
    places = ["--out", str(out), "--record", str(record)]
    assert run.main([*command, *places]) == 0
    text = out.read_text(encoding="utf-8")
    assert f"`python -m benchmarks.run {' '.join(command)}`" in text and str(tmp_path) not in text
    assert text.count("| 1.5 |\n") == 2  # how fast the machine was before each run
    for part in (" cores, ", "- Seeds: 1", "### S, 1 seed, limit 2 s", "| jointbuy |", "| HiGHS on raw arrays |"):
        assert part in text
    assert len(re.findall(r"^\| S \| 1 \| ", text, re.MULTILINE)) == 2
    lines = record.read_text(encoding="utf-8")
    assert run.main([*command, *places]) == 0
    assert record.read_text(encoding="utf-8") == lines
    assert out.read_text(encoding="utf-8") == text
    assert capsys.readouterr().out.count("jointbuy") == 2


def test_whatifs_differ_in_numbers_and_are_drawn_from_the_seed(tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path))
    first, again = numeric_whatifs(scenario, 8), numeric_whatifs(scenario, 8)
    assert [words for words, _ in first] == [words for words, _ in again]
    for _, whatif in first:
        assert (whatif.tables, whatif.settings) != (scenario.tables, scenario.settings)
        assert [row.program for row in whatif.tables.programs] == [row.program for row in scenario.tables.programs]


def test_batches_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batches.main(["--scenario", str(write_small(tmp_path)), "--count", "4"]) == 0
    assert re.search(r"4 what-ifs: .* ratio [\d.]+; 4 of 4 plans are the same", capsys.readouterr().out)


@pytest.mark.slow
def test_stopping_is_measured(tmp_path: Path) -> None:
    scenario = load_scenario(write_scenario(tmp_path, "S", 1))
    line = cancel.stopped_in("whole model", scenario, delay=0.1, gap=0.0, time_limit=30.0)
    assert re.match(r"whole model  at +[\d.]+ s: answer in +[\d.]+ s, (plan kept|no plan yet)", line)
