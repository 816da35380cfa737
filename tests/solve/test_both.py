"""The whole model in the solver's hands, with plans by neighborhoods beside it once that takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference.blocks import two_blocks
from reference.scenarios import write_random

from optimizer import load_scenario, solve
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import build
from optimizer.model.control import Control, Progress
from optimizer.model.highs import Highs
from optimizer.solve import both
from optimizer.solve.both import solve_both
from optimizer.solve.search import Search
from optimizer.solve.whole import solve_whole

# Of two units one fits the budget: 1 + 5. Buying none costs 10.
ONE, NONE = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])
BEST, BOUGHT_NOTHING = 6.0, 10.0


def answered(arrays: Arrays, control: Control | None = None, gap: float = 1e-6) -> Answer:
    return solve_both(arrays, gap=gap, time_limit=60.0, control=control or Control(), seed=0)


class Slow:
    """A solver that tells of some plans, then waits until it is told to end."""

    def __init__(self, plans: Sequence[Floats] = (), bound: float = 0.1) -> None:
        self.plans, self.bound = plans, bound
        self.began: list[Floats | None] = []
        self.options: list[dict[str, object]] = []

    def __call__(self, arrays: Arrays, *, seed: int) -> Slow:
        self.cost = arrays.cost
        self.began.append(None)
        self.options.append({})
        return self

    def start_from(self, x: Floats) -> None:
        self.began[-1] = x

    def option(self, name: str, value: object) -> None:
        self.options[-1][name] = value

    def run(
        self,
        *,
        gap: float,
        time_limit: float,
        control: Control,
        watch: Callable[[float, float], bool],
        on_plan: Callable[[Floats, float], object],
    ) -> Answer:
        best, objective = None, np.inf
        for x in [*self.plans, *(x for x in [self.began[-1]] if x is not None)]:
            best, objective = x, float(self.cost @ x)
            on_plan(x, objective)
        ended, waits = threading.Event(), 0
        while not (watch(objective, self.bound) or control.stop.is_set()):
            ended.wait(0.01)
            waits += 1
            assert waits < 2000
        status = "interrupted" if control.stop.is_set() else "feasible"
        return Answer("no_plan" if best is None else status, best, objective, self.bound)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are looked for beside the solver from the beginning."""
    monkeypatch.setattr(both, "_ALONE_SECONDS", 0.0)


def test_what_is_soon_decided_is_the_solver_s_own_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(search: Search, seed: int) -> None:
        raise AssertionError

    monkeypatch.setattr(both, "plans_alone", never)
    for seed in range(20, 30):
        arrays = build(load_scenario(write_random(tmp_path / str(seed), seed, "small")), whole_deliveries=True).arrays
        alone = solve_whole(arrays, gap=1e-4, time_limit=60.0, control=Control(), seed=0)
        found = answered(arrays, gap=1e-4)
        assert found.status == alone.status
        assert (found.x is None) == (alone.x is None)
        if found.x is not None:
            assert np.array_equal(found.x, alone.x)
            assert found.bound == pytest.approx(alone.bound)


@pytest.mark.usefixtures("at_once")
def test_plan_and_bound_come_from_beside_where_the_solver_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # Buying nothing, which comes first, is no plan to begin again from.
    slow = Slow(bound=0.1)
    monkeypatch.setattr(both, "Highs", slow)
    found = answered(two_blocks(1.0), gap=1e-3)
    assert found.objective == pytest.approx(BEST)
    assert found.bound == pytest.approx(BEST, rel=1e-3)
    assert found.bound <= found.objective
    assert len(slow.began) == 1


@pytest.mark.usefixtures("at_once")
def test_a_solver_far_behind_begins_again_from_the_better_plan_and_seeks_bounds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow(plans=[NONE], bound=5.9)
    monkeypatch.setattr(both, "Highs", slow)
    stop = threading.Event()

    def plans(search: Search, seed: int) -> None:
        search.offer_plan(ONE, BEST)
        while len(slow.began) < 2 and not search.over():
            stop.wait(0.01)
        stop.set()

    monkeypatch.setattr(both, "plans_alone", plans)
    found = answered(two_blocks(1.0), Control(stop=stop))
    assert found.objective == pytest.approx(BEST)
    assert found.status == "interrupted"
    assert slow.began[0] is None and slow.options[0] == {}
    assert slow.began[1] == pytest.approx(ONE)
    assert slow.options[1]["mip_allow_restart"] is False


@pytest.mark.usefixtures("at_once")
def test_a_solver_not_far_behind_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, near = two_blocks(1.0), ONE.copy()
    near[3] = 1.0 + 1e-3
    slow = Slow(plans=[near], bound=5.9)
    monkeypatch.setattr(both, "Highs", slow)
    stop = threading.Event()

    def plans(search: Search, seed: int) -> None:
        search.offer_plan(ONE, BEST)
        threading.Timer(0.3, stop.set).start()
        stop.wait()

    monkeypatch.setattr(both, "plans_alone", plans)
    found = answered(replace(arrays, upper=np.full(4, 2.0)), Control(stop=stop))
    assert len(slow.began) == 1
    assert found.objective == pytest.approx(BEST)


@pytest.mark.usefixtures("at_once")
def test_an_infeasible_verdict_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def infeasible(self: Any, start: Floats | None) -> None:
        self.answer = Answer("infeasible", None, np.inf, np.inf)

    monkeypatch.setattr(both._Whole, "run", infeasible)
    monkeypatch.setattr(both, "plans_alone", lambda search, seed: None)
    monkeypatch.setattr("optimizer.model.highs.PRESOLVE_FROM_COLUMNS", 1)
    found = answered(two_blocks(1.0))
    assert found.status == "optimal"
    assert found.objective == pytest.approx(BEST)


@pytest.mark.usefixtures("at_once")
def test_what_fails_beside_the_solver_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(search: Search, seed: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(both, "Highs", Slow())
    monkeypatch.setattr(both, "plans_alone", fails)
    with pytest.raises(ZeroDivisionError):
        answered(two_blocks(1.0))


@pytest.mark.usefixtures("at_once")
def test_scenarios_solved_by_both_cost_what_they_cost_alone(tmp_path: Path) -> None:
    for seed in range(40, 52):
        scenario = load_scenario(write_random(tmp_path / str(seed), seed, "small"))
        exact = {"solver": scenario.settings.solver.model_copy(update={"gap": 0.0, "strategy": "whole"})}
        alone = solve(scenario.replace(settings=exact))
        found = solve(scenario, gap=0.0, threads=2)
        assert found.status == alone.status
        if alone.objective_meur is not None:
            assert found.objective_meur == pytest.approx(alone.objective_meur, abs=0.01)


def test_progress_tells_of_the_better_plan_and_bound() -> None:
    told: list[Progress] = []
    found = answered(two_blocks(1.0), Control(on_progress=told.append))
    assert {message.stage for message in told} == {"solve"}
    assert told[-1].best == pytest.approx(found.objective)
    assert told[-1].bound == pytest.approx(found.bound)


def test_the_solver_tells_of_each_better_plan() -> None:
    told: list[tuple[Floats, float]] = []
    arrays = two_blocks(1.0)
    answer = Highs(arrays, presolve=False).run(on_plan=lambda x, objective: told.append((x, objective)))
    assert told[-1][1] == pytest.approx(answer.objective) == pytest.approx(BEST)
    assert arrays.cost @ told[-1][0] == pytest.approx(told[-1][1])


def test_a_stop_is_answered_though_the_solver_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario(write_random(tmp_path / "s", 43, "small"))
    stop, run = threading.Event(), both._Whole.run

    def deaf(self: Any, start: Floats | None) -> None:
        run(self, start)
        stop.set()
        threading.Event().wait(4.0)

    monkeypatch.setattr(both._Whole, "run", deaf)
    began = time.monotonic()
    found = solve(scenario, threads=2, stop=stop)
    assert time.monotonic() - began < 3.0
    assert found.termination == "proved"  # by the bound it had told of
    assert found.plan is not None


def test_a_model_solved_whole_tells_of_its_plans() -> None:
    told: list[float] = []
    control = Control(on_plan=lambda x, objective: told.append(objective))
    answer = solve_whole(two_blocks(1.0), gap=0.0, time_limit=10.0, control=control, seed=0)
    assert told[-1] == pytest.approx(answer.objective)
