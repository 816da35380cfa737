"""Batches: the same answers as one after another, order, faults that cost one scenario, stopping, what travels."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import pytest
from published.writers import set_covering
from scenario_maker import EAGLE, make

from optimizer import InvalidInput, Progress, Scenario, Solution, SolverUnavailable, load_scenario, solve
from optimizer.analysis.analysis import records
from optimizer.batch import Outcome, run_batch
from optimizer.workers import Processes

# One jet costs 10 and a nation needs 1 to 5 of them.
COSTS_MEUR = [10.0, 20.0, 30.0, 40.0, 50.0]


def jets(quantity: int, **more: object) -> Scenario:
    return make(programs="program\njet", requirements=f"nation quantity\nAAA {quantity}", **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    with Processes(2) as processes:
        yield processes


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    return [jets(quantity) for quantity in range(1, 6)]


def plain(solution: Solution) -> dict[str, object]:
    """Everything a solution holds but what a clock says, tables as records."""
    fields = {name: value for name, value in vars(solution).items() if name not in ("scenario", "seconds", "_tables")}
    tables = {name: records(table) for name, table in solution.tables().items()}
    scenario = solution.scenario
    return {**fields, "tables": tables, "input": (scenario.tables, scenario.settings, scenario.provenance)}


def test_processes_give_the_answers_of_one_after_another(two: Processes, scenarios: list[Scenario]) -> None:
    # A development that pays only together: more than one row of every table.
    mixed = [*scenarios, make(programs=EAGLE, requirements="nation quantity need_by\nAAA 3 2027\nBBB 2 2027")]
    serial = [solve(scenario, threads=1) for scenario in mixed]
    spread = run_batch(mixed, workers=two)
    assert [one.known().objective_meur for one in spread[:5]] == pytest.approx(COSTS_MEUR)
    for one, other in zip(serial, spread, strict=True):
        assert plain(one) == plain(other.known())
        assert other.attempts == 1 and other.seconds > 0.0


def test_here_is_one_after_another_with_the_threads_of_the_scenario(scenarios: list[Scenario]) -> None:
    outcomes = run_batch(scenarios[:2])
    assert [plain(one.known()) for one in outcomes] == [plain(solve(scenario)) for scenario in scenarios[:2]]
    assert outcomes[0].known().scenario.settings.solver.threads == 2


def test_other_workers_use_one_thread_each_unless_told(two: Processes) -> None:
    def threads(**options: int) -> int:
        return run_batch([jets(1)], workers=two, **options)[0].known().scenario.settings.solver.threads  # type: ignore[arg-type]

    assert threads() == 1
    assert threads(threads=2) == 2


def test_options_reach_every_solve(two: Processes) -> None:
    (outcome,) = run_batch([jets(1)], workers=two, gap=0.25, time_limit=7.0, solver="highs")
    asked = outcome.known().scenario.settings.solver
    assert (asked.gap, asked.time_limit_s, asked.name) == (0.25, 7.0, "highs")


@pytest.mark.parametrize("workers", ["here", "two"])
def test_a_fault_costs_only_its_scenario(workers: str, two: Processes) -> None:
    wrong = jets(2, rules={"type_limit": {"mst": 3}})
    outcomes = run_batch([jets(1), wrong, jets(3)], workers=two if workers == "two" else 1)
    assert outcomes[0].known().objective_meur == pytest.approx(10.0)
    assert outcomes[2].known().objective_meur == pytest.approx(30.0)
    assert outcomes[1].solution is None
    with pytest.raises(InvalidInput, match=r"rules\.type_limit\.mst") as caught:
        outcomes[1].known()
    assert caught.value.problems[0].column == "rules.type_limit.mst"


def test_a_missing_solver_is_told_by_every_outcome(two: Processes) -> None:
    outcomes = run_batch([jets(1), jets(2)], workers=two, solver="nonesuch")
    assert [type(one.error) for one in outcomes] == [SolverUnavailable] * 2


def test_infeasible_is_an_answer(two: Processes) -> None:
    # Three jets are a must, and the only program makes two a year in the one year that counts.
    must = make(
        programs="program annual_capacity_units\njet 2",
        requirements="nation quantity must_meet need_by\nAAA 3 yes 2026",
    )
    (outcome,) = run_batch([must], workers=two)
    assert outcome.known().status == "infeasible" and outcome.known().clash
    assert outcome.known().clash == solve(must, threads=1).clash


def test_progress_and_outcomes_are_told_with_their_number(two: Processes, scenarios: list[Scenario]) -> None:
    heard: list[tuple[int, Progress]] = []
    finished: dict[int, Outcome] = {}
    outcomes = run_batch(
        scenarios,
        workers=two,
        on_progress=lambda number, message: heard.append((number, message)),
        on_done=finished.__setitem__,
    )
    assert {number for number, _ in heard} == set(range(5))
    assert all(isinstance(message, Progress) and message.stage for _, message in heard)
    assert [finished[number] for number in range(5)] == outcomes


@pytest.mark.parametrize("workers", ["here", "two"])
def test_stop_cancels_what_waits(workers: str, two: Processes, scenarios: list[Scenario]) -> None:
    stop = threading.Event()
    outcomes = run_batch(
        scenarios, workers=two if workers == "two" else 1, on_done=lambda number, one: stop.set(), stop=stop
    )
    assert [one.known().scenario.tables.requirements[0].quantity for one in outcomes] == [1, 2, 3, 4, 5]
    assert outcomes[-1].known().status == "cancelled" and outcomes[-1].known().plan is None
    assert outcomes[-1].known().termination == "interrupted" and outcomes[-1].attempts == 0
    assert outcomes[0].known().objective_meur == pytest.approx(10.0)


def test_stop_keeps_the_best_plans_of_what_runs(two: Processes, tmp_path: Path) -> None:
    # Steiner triples (Fulkerson and others 1974): the points of a 3 x 3 x 3 grid, a row for every line that they form
    # modulo 3. Two copies side by side have a plan within a second and a proof only in many minutes.
    points = list(product(range(3), repeat=3))
    thirds = {(a, b): tuple((-x - y) % 3 for x, y in zip(a, b, strict=True)) for a, b in combinations(points, 2)}
    lines = {frozenset(map(points.index, (a, b, c))) for (a, b), c in thirds.items()}
    rows = [[point + 27 * copy for point in line] for copy in (0, 1) for line in sorted(map(sorted, lines))]
    columns = [[number for number, row in enumerate(rows) if column in row] for column in range(54)]
    hard = load_scenario(set_covering(tmp_path, len(rows), columns, [1.0] * 54))
    stop = threading.Event()
    with_plan: set[int] = set()

    def stop_when_both_have_one(number: int, message: Progress) -> None:
        if message.best is not None:
            with_plan.add(number)
        if len(with_plan) == 2:
            stop.set()

    first, second, third = run_batch(
        [hard] * 3, workers=two, gap=0.0, on_progress=stop_when_both_have_one, stop=stop, time_limit=300.0
    )
    assert with_plan == {0, 1}
    for outcome in (first, second):
        solution = outcome.known()
        assert (solution.status, solution.termination) == ("feasible", "interrupted")
        # 18 of the 27 columns are the least for one copy.
        assert solution.objective_meur is not None and solution.objective_meur >= 36.0 - 1e-6
        assert not solution.findings
    assert third.known().status == "cancelled"


def test_a_batch_stopped_before_it_begins_solves_nothing(two: Processes, scenarios: list[Scenario]) -> None:
    stop = threading.Event()
    stop.set()
    started = time.monotonic()
    outcomes = run_batch(scenarios, workers=two, stop=stop)
    assert time.monotonic() - started < 5.0
    assert [one.known().status for one in outcomes] == ["cancelled"] * 5


@pytest.mark.parametrize("workers", ["here", "two"])
def test_warm_workers_give_the_same_objectives(workers: str, two: Processes, scenarios: list[Scenario]) -> None:
    outcomes = run_batch(scenarios, workers=two if workers == "two" else 1, warm=True)
    assert [one.known().objective_meur for one in outcomes] == pytest.approx(COSTS_MEUR)
    assert all(one.known().status == "optimal" for one in outcomes)


def test_workers_by_number_are_started_and_ended(scenarios: list[Scenario]) -> None:
    before = threading.active_count()
    outcomes = run_batch(scenarios[:2], workers=2)
    assert [one.known().objective_meur for one in outcomes] == pytest.approx(COSTS_MEUR[:2])
    assert run_batch([], workers=2) == []
    assert threading.active_count() <= before + 1


def test_a_scenario_and_its_solution_travel_without_what_they_worked_out(scenarios: list[Scenario]) -> None:
    solution = solve(scenarios[4])
    fresh = pickle.dumps(scenarios[4].replace())
    assert plain(pickle.loads(pickle.dumps(solution))) == plain(solution)
    # A solved scenario has looked up its pairs, contracts and needs; a batch sends it without them.
    assert len(fresh) < len(pickle.dumps(solution.scenario))
