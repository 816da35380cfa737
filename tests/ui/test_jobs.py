"""Runs at work: a crash is one failed run, tried once more; stopping keeps the plan; no one waits for another."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_maker import KEY, wait_for, write_hard
from small_case import write_small

from optimizer import load_scenario
from optimizer.runs import LOG_FILE, Run, Workspace
from ui import processes
from ui.jobs import MOST_PER_OWNER, Board
from ui.processes import MOST_IDLE, Idle, Process


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario that finds a plan at once and would prove it only in many minutes."""
    return write_hard(tmp_path_factory.mktemp("hard") / "hard")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "runs", KEY)


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.close()


def fresh(workspace: Workspace, run: Run) -> Run:
    found = workspace.run(run.id)
    assert found is not None
    return found


def kill_at_work(board: Board, workspace: Workspace, run: Run, attempt: int) -> None:
    """Kill the process of an attempt once it says that it runs."""
    wait_for(lambda: fresh(workspace, run).status == "running" and fresh(workspace, run).attempts == attempt)
    process = board.process_id(run)
    assert process is not None
    os.kill(process, signal.SIGKILL)


def test_a_killed_solver_is_one_failed_run_after_a_second_try(
    board: Board, hard: Path, workspace: Workspace, tmp_path: Path
) -> None:
    crashing = workspace.create(load_scenario(hard), gap=0.0)
    other = workspace.create(load_scenario(write_small(tmp_path / "two")))
    board.submit(crashing, other)
    kill_at_work(board, workspace, crashing, 1)
    kill_at_work(board, workspace, crashing, 2)
    wait_for(lambda: not board.knows(crashing) and not board.knows(other))
    failed = fresh(workspace, crashing)
    assert (failed.status, failed.attempts, failed.has_plan) == ("failed", 2, False)
    assert "signal 9" in failed.message and "2 times in a row" in failed.message
    assert (fresh(workspace, other).status, fresh(workspace, other).outcome["status"]) == ("done", "optimal")


def test_a_solver_that_crashes_once_gives_its_plan_at_the_second_try(
    board: Board, workspace: Workspace, tmp_path: Path
) -> None:
    run = workspace.create(load_scenario(write_small(tmp_path / "two")))
    board.submit(run)
    process = board.process_id(run)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_for(lambda: not board.knows(run))
    done = fresh(workspace, run)
    assert (done.status, done.attempts, done.outcome["objective_meur"]) == ("done", 2, 180.0)


def test_stop_keeps_the_best_plan_and_answers_at_once(board: Board, hard: Path, workspace: Workspace) -> None:
    run = workspace.create(load_scenario(hard), gap=0.0, time_limit=120.0)
    board.submit(run)
    wait_for(lambda: any(message.best is not None for message in fresh(workspace, run).progress()))
    board.stop(run)
    asked = time.monotonic()
    wait_for(lambda: not board.knows(run))
    # The search ends within a second; writing the result and a busy machine take some more.
    assert time.monotonic() - asked < 5.0
    stopped = fresh(workspace, run)
    assert (stopped.status, stopped.has_plan) == ("stopped", True)
    assert stopped.outcome["termination"] == "interrupted" and stopped.outcome["gap"] > 0.0
    assert stopped.solution().findings == ()


def test_a_run_ended_at_once_keeps_no_plan_and_is_not_tried_again(
    board: Board, hard: Path, workspace: Workspace
) -> None:
    run = workspace.create(load_scenario(hard), gap=0.0)
    board.submit(run)
    wait_for(lambda: fresh(workspace, run).status == "running")
    board.end(run)
    wait_for(lambda: not board.knows(run))
    ended = fresh(workspace, run)
    assert (ended.status, ended.attempts, ended.has_plan) == ("stopped", 1, False)


def test_one_analysts_batch_leaves_room_for_another(board: Board, tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path / "two"))
    first, second = (Workspace(tmp_path / "runs", key) for key in ("analyst1", "analyst2"))
    batch = [first.create(scenario) for _ in range(MOST_PER_OWNER + 1)]
    board.submit(*batch)
    assert [board.place(run) for run in batch] == [None] * MOST_PER_OWNER + [0]
    own = second.create(scenario)
    board.submit(own)
    assert board.place(own) is None
    board.stop(batch[-1])
    assert fresh(first, batch[-1]).status == "stopped" and not board.knows(batch[-1])
    wait_for(lambda: not any(board.knows(run) for run in [*batch, own]))
    assert {fresh(first, run).status for run in batch[:-1]} | {fresh(second, own).status} == {"done"}
    # Neither sees the other's run at work; what is done of the unchanged base everyone may see.
    waiting = second.create(scenario)
    assert first.run(waiting.id) is None and second.run(waiting.id) is not None
    assert Board().settled(waiting).status == "failed"


def test_a_run_begins_from_what_the_analysts_last_one_left(board: Board, tmp_path: Path) -> None:
    scenario = load_scenario(write_small(tmp_path / "two"))
    first, second = (Workspace(tmp_path / "runs", key) for key in ("analyst1", "analyst2"))

    def solved(place: Workspace, mode: str) -> tuple[Run, int | None]:
        run = place.create(scenario.with_pooling(mode))
        board.submit(run)
        process = board.process_id(run)
        wait_for(lambda: not board.knows(run))
        return fresh(place, run), process

    runs = [solved(first, "joint"), solved(first, "national"), solved(first, "joint")]
    assert {run.status for run, _ in runs} == {"done"}
    assert runs[0][1] == runs[1][1] == runs[2][1]
    assert runs[0][0].outcome == runs[2][0].outcome != runs[1][0].outcome
    # The answer is the same, the folder's own inputs are told.
    assert runs[2][0].solution().plan == runs[0][0].solution().plan
    # Nothing of one analyst's process is another's.
    assert solved(second, "joint")[1] not in (None, runs[0][1])


def test_a_run_outlives_the_server_that_began_it(hard: Path, workspace: Workspace) -> None:
    run = workspace.create(load_scenario(hard), gap=0.0, time_limit=2.0)
    process = Process(KEY, run.folder / LOG_FILE)
    process.begin(run)
    wait_for(lambda: fresh(workspace, run).status == "running")
    # What is left of the server: nobody at the other end.
    process._folders.close()
    process._replies.close()
    wait_for(lambda: fresh(workspace, run).has_ended)
    assert fresh(workspace, run).status == "done" and fresh(workspace, run).has_plan
    wait_for(lambda: not process.is_alive)
    assert "Traceback" not in (run.folder / "log.txt").read_text(encoding="utf-8")


def test_after_a_failure_a_process_takes_no_more(workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.create(load_scenario(write_small(tmp_path / "two")))
    process = Process(KEY, run.folder / LOG_FILE)
    (run.folder / "progress.jsonl").mkdir()  # where it would write
    process.begin(run)
    assert process.wait() == 1
    wait_for(lambda: not process.is_alive)
    assert "Traceback" in (run.folder / "log.txt").read_text(encoding="utf-8")
    process.let_go()


def test_what_goes_wrong_before_the_first_run_is_in_its_log(
    board: Board, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ONE_AFTER_ANOTHER", "nowhere")
    run = workspace.create(load_scenario(write_small(tmp_path / "two")))
    board.submit(run)
    wait_for(lambda: not board.knows(run))
    failed = fresh(workspace, run)
    assert (failed.status, failed.attempts) == ("failed", 2) and "code 2" in failed.message
    assert (run.folder / LOG_FILE).read_text(encoding="utf-8").count("nowhere holds no run") == 2


def test_a_process_is_asked_for_what_it_knows(tmp_path: Path) -> None:
    scenario, place = load_scenario(write_small(tmp_path / "two")), Workspace(tmp_path / "runs", KEY)
    joint, national = place.create(scenario), place.create(scenario.with_pooling("national"))
    idle, known = Idle(), [Process(owner, tmp_path / "log") for owner in (KEY, KEY, "another1")]
    try:
        known[0].begin(joint)
        assert known[0].wait() == 0
        for process in known:
            idle.put(process)
        assert idle.take(joint) is known[0]
        assert idle.take(national) is known[1]
        assert idle.take(joint) is None
    finally:
        for process in known:
            process.let_go()


def test_of_processes_without_work_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Workspace(tmp_path / "runs", KEY).create(load_scenario(write_small(tmp_path / "two")))
    monkeypatch.setattr(processes, "IDLE_SECONDS", 0.2)
    idle, known = Idle(), [Process(KEY, tmp_path / "log") for _ in range(MOST_IDLE + 1)]
    for process in known:
        idle.put(process)
    taken = [idle.take(run) for _ in known]
    assert taken == [*known[:0:-1], None]
    for process in known[1:]:
        idle.put(process)
    # Each is kept for some time since it was last put there.
    wait_for(lambda: not any(process.is_alive for process in known))
    assert idle.take(run) is None
