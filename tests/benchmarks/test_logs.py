"""Solver logs read back: plans, bounds and seconds as the solvers print them."""

from __future__ import annotations

from benchmarks.logs import Entry, cbc_trace, highs_trace

HIGHS = """\
Src: B => Branching; C => Central rounding; S => Solve LP
        Nodes      |    B&B Tree     |        Objective Bounds           |  Dynamic Constraints |       Work
Src  Proc. InQueue |  Leaves   Expl. | BestBound     BestSol         Gap |   Cuts   InLp Confl. | LpIters     Time

         0       0         0   0.00%   -inf          inf              inf        0      0      0         0     0.1s
 J       0       0         0   0.00%   -inf          120            Large        0      0      0         0     0.2s
 S      12       4         3  45.00%   90.5          100            9.500%      120     30      1      1404     1.5s

Solving report
  Status            Time limit reached
  Primal bound      99.5
  Dual bound        91.25
  Timing            2.25
"""
CBC = """\
Continuous objective value is 80.5 - 0.02 seconds
Cbc0038I Mini branch and bound improved solution from 130 to 120 (0.50 seconds)
Cbc0012I Integer solution of 110 found by feasibility pump after 0 iterations and 0 nodes (0.75 seconds)
Cbc0010I After 100 nodes, 52 on tree, 105 best solution, best possible 90.25 (1.50 seconds)
Result - Stopped on time limit
Objective value:                104.00000000
Lower bound:                    91.000
Total time (CPU seconds):       1.90   (Wallclock seconds):       2.00
"""


def test_a_highs_log_gives_every_line_and_the_report() -> None:
    trace = highs_trace(HIGHS)
    assert trace.entries == (
        Entry(0.1, None, None),
        Entry(0.2, 120.0, None),
        Entry(1.5, 100.0, 90.5),
        Entry(2.25, 99.5, 91.25),
    )
    assert trace.seconds == 2.25


def test_a_cbc_log_gives_the_root_plans_and_the_report() -> None:
    trace = cbc_trace(CBC)
    assert trace.entries == (
        Entry(0.02, None, 80.5),
        Entry(0.5, 120.0, 80.5),
        Entry(0.75, 110.0, 80.5),
        Entry(1.5, 105.0, 90.25),
        Entry(2.0, 104.0, 91.0),
    )
    assert trace.seconds == 2.0


def test_a_log_that_ends_early_has_what_it_has() -> None:
    assert highs_trace("").entries == () and cbc_trace("").entries == ()
    cut = HIGHS[: HIGHS.index("Solving report")]
    assert highs_trace(cut).seconds == 1.5 and len(highs_trace(cut).entries) == 3
