"""The numbers of the results page, from measures made by hand."""

from __future__ import annotations

from typing import Any

from benchmarks.results import NEVER, gap_at, last_gap, page, time_to

# Best 100 and bound 80 at 2 s (20 %), 99.5 at 5 s (0.5 %), 99.95 at 9 s (0.05 %).
TRACE = [(1.0, None, 80.0), (2.0, 100.0, 80.0), (5.0, 100.0, 99.5), (9.0, 100.0, 99.95)]


def measure(contender: str = "jointbuy", seed: int = 1, **changed: Any) -> dict[str, Any]:
    made = {
        "case": "S",
        "seed": seed,
        "contender": contender,
        "trace": TRACE,
        "total_s": 10.0,
        "objective": 100.0,
        "bound": 99.95,
        "is_plan": True,
        "peak_mb": 200.0,
        "columns": 10,
        "rows": 5,
        "read_s": 0.5,
        "build_s": 1.0,
        "hand_over_s": 0.5,
        "solve_s": 7.0,
        "finish_s": 1.0,
        "finish_solver_s": 0.75,
        "audit_s": 0.25,
        "write_s": 0.25,
    }
    return {**made, **changed}


def test_times_to_a_gap_and_gaps_at_a_time() -> None:
    run = measure()
    assert [time_to(run, gap) for gap in (0.25, 0.01, 0.001, 0.0001)] == [2.0, 5.0, 9.0, NEVER]
    assert [round(gap_at(run, seconds), 6) for seconds in (2.5, 5.0, 60.0)] == [0.2, 0.005, 0.0005]
    assert gap_at(run, 1.5) == NEVER


def test_a_plan_found_only_by_the_finish_counts_at_the_end() -> None:
    run = measure(trace=[(1.0, None, 99.95)])
    assert time_to(run, 0.001) == 10.0


def test_what_is_no_plan_has_no_gap() -> None:
    assert last_gap(measure(is_plan=False)) == NEVER
    assert last_gap(measure(objective=None)) == NEVER


def text(*measures: dict[str, Any]) -> str:
    return page(measures, command="python -m benchmarks.run", facts={"Seeds": "1"}, skipped=["x"], limits={"S": 30.0})


def test_the_page_has_medians_ratios_and_steps() -> None:
    later = [(4.0 * at, best, bound) for at, best, bound in TRACE]
    told = text(
        measure(seed=1),
        measure(seed=2, trace=later, total_s=40.0),
        measure(seed=3),
        measure("highs", seed=1, trace=later, total_s=40.0),
        measure("cbc", seed=1, trace=[], is_plan=False, objective=None),
    )
    # Medians of 5, 20, 5 and of 9, 36, 9 seconds. HiGHS takes 20 s to 1 %, four times as long; CBC never gets there in
    # 30 s, six times as long.
    assert "| jointbuy | 5.0 | 9.0 | 0.050 % | 0.050 % | 0.050 % | 0.050 % | 1.0 | 200 |" in told
    assert "| HiGHS on raw arrays | 20.0 | 36.0 |" in told and "| 4.0 | 200 |" in told
    assert "| PuLP + CBC | - | - | - | - | - | - | more than 6.0 | 200 |" in told
    # All but the search: read 0.5, build 1, hand-over 0.5, finish 1, audit 0.25, write 0.25, of 10 in all; solvers
    # are at work in 0.75 of the finish.
    assert "| S | 0.50 | 1.0 | 0.50 | 7.0 | 1.0 | 0.25 | 0.25 | 35.0 % | 27.5 % |" in told
    assert "S, 3 seeds, limit 30 s" in told and "- Left out: x" in told


def test_what_a_measure_does_not_know_is_left_open() -> None:
    older = measure(loop_s=0.75)
    del older["finish_solver_s"]
    told = text(older)
    assert "| 35.0 % | - |" in told and "| 5.0 | 9.0 | 0.75 |" in told


def test_a_measure_that_failed_is_told() -> None:
    told = text({"case": "S", "seed": 1, "contender": "cbc", "total_s": 3.0, "fault": "failed, code 1"})
    assert "| S | 1 | PuLP + CBC | - | - | 3.0 | - | - | failed, code 1 | - | - | - |" in told
