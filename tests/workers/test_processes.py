"""Local processes: order, reports, errors, deaths, stopping, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from optimizer import InvalidInput
from optimizer.workers import Executor, Here, Processes, WorkerDied, executor
from workers import pieces


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    with Processes(2) as processes:
        yield processes


@pytest.fixture(params=["here", "processes"])
def any_executor(request: pytest.FixtureRequest, two: Processes) -> Executor:
    return Here() if request.param == "here" else two


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_values_come_in_the_order_of_the_items(any_executor: Executor) -> None:
    reports: list[tuple[int, Any]] = []
    finished: list[int] = []
    done = any_executor.run(
        pieces.square,
        range(5),
        on_report=lambda number, text: reports.append((number, text)),
        on_done=lambda number, one: finished.append(number),
    )
    assert [one.value for one in done] == [0, 1, 4, 9, 16]
    assert sorted(reports) == [(number, f"squaring {number}") for number in range(5)]
    assert sorted(finished) == list(range(5))


def test_nothing_to_do_is_done(any_executor: Executor) -> None:
    assert any_executor.run(pieces.square, []) == []


def test_an_error_costs_only_its_piece_and_arrives_whole(any_executor: Executor) -> None:
    done = any_executor.run(pieces.faulty, range(3))
    assert [one.value for one in done] == [0, None, 2]
    error = done[1].error
    assert isinstance(error, InvalidInput)
    assert error.problems[0].value == "ZZZ"
    assert str(error).startswith("1 fault in the input\nnations.csv, row 2")


def test_processes_are_kept_and_are_not_this_one(two: Processes) -> None:
    first = {one.value for one in two.run(pieces.whose, range(8))}
    second = {one.value for one in two.run(pieces.whose, range(8))}
    assert os.getpid() not in first
    # Two slots, so at most two processes in both runs together.
    assert 1 <= len(first | second) <= 2


def test_what_cannot_be_sent_is_an_error_of_its_piece(two: Processes) -> None:
    there = two.run(pieces.square, [2, threading.Lock()])
    assert there[0].value == 4 and there[1].error is not None
    back = two.run(pieces.unsendable, range(3))
    assert [one.value for one in back] == [0, None, 2]
    assert "could not send back" in str(back[1].error)


def test_what_a_solver_prints_does_not_garble_the_answers(two: Processes) -> None:
    assert [one.value for one in two.run(pieces.noisy, range(3))] == [0, 1, 2]


def test_a_process_that_dies_once_costs_nothing(two: Processes, tmp_path: Path) -> None:
    done = two.run(pieces.deadly_once, [0, tmp_path / "mark", 2, 3])
    assert [one.value for one in done] == ["first try", "second try", "first try", "first try"]
    assert [one.attempts for one in done] == [1, 2, 1, 1]


def test_a_piece_that_kills_twice_costs_only_itself(two: Processes) -> None:
    done = two.run(pieces.deadly, range(4))
    assert [one.value for one in done] == [0, None, 2, 3]
    assert isinstance(done[1].error, WorkerDied)
    assert done[1].attempts == 2
    assert "died twice (killed by signal SIGKILL)" in str(done[1].error)


def test_stop_asks_what_runs_and_begins_nothing_more(two: Processes) -> None:
    stop = threading.Event()
    told: list[float] = []

    def at_once(number: int, text: str) -> None:
        told.append(time.monotonic())
        if len(told) == 2:
            stop.set()

    done = two.run(pieces.patient, range(6), on_report=at_once, stop=stop)
    assert time.monotonic() - told[1] < 5.0
    assert [one.value for one in done] == ["asked to stop"] * 2 + [None] * 4
    assert [one.attempts for one in done] == [1, 1, 0, 0, 0, 0]
    # The request does not outlive its run.
    assert [one.value for one in two.run(pieces.square, [3])] == [9]


def test_here_stops_too() -> None:
    stop = threading.Event()
    done = Here().run(pieces.patient, range(2), on_report=lambda number, text: stop.set(), stop=stop)
    assert [one.value for one in done] == ["asked to stop", None]


def test_an_error_of_the_listener_ends_the_run_and_the_processes() -> None:
    pids: list[int] = []
    with Processes(2) as processes:
        pids += {one.value for one in processes.run(pieces.whose, range(8))}

        def break_off(number: int, text: str) -> None:
            raise KeyError(text)

        with pytest.raises(KeyError, match="waiting"):
            processes.run(pieces.patient, range(2), on_report=break_off)
    assert eventually(lambda: not any(map(is_alive, pids)))


def test_closing_ends_the_processes() -> None:
    with Processes(1) as processes:
        (one,) = processes.run(pieces.whose, [0])
        assert is_alive(one.value)
    assert eventually(lambda: not is_alive(one.value))


def test_a_script_without_a_guard_can_use_processes_and_leaves_none_behind(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from workers import pieces\n"
        "from optimizer.workers import Processes\n"
        "processes = Processes(1)\n"
        "print('begin')\n"
        "print(processes.run(pieces.whose, [0])[0].value)\n",
        encoding="utf-8",
    )
    # The processes find what the script finds, although only the script was told where.
    paths = os.pathsep.join(path for path in sys.path if path)
    run = subprocess.run(
        [sys.executable, script], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True
    )
    begin, pid = run.stdout.split()
    assert begin == "begin"
    assert eventually(lambda: not is_alive(int(pid)))


def test_processes_end_when_the_one_that_uses_them_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\n"
        "from pathlib import Path\n"
        "from workers import pieces\n"
        "from optimizer.workers import Processes\n"
        "def told(number, pid):\n"
        "    print(pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Processes(1).run(pieces.held_once, [Path({str(tmp_path / 'mark')!r})], on_report=told)\n",
        encoding="utf-8",
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    run = subprocess.run(
        [sys.executable, script], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert eventually(lambda: not is_alive(int(run.stdout)))


def test_workers_are_named_by_number_or_address() -> None:
    assert isinstance(executor(1), Here)
    with executor("3") as three:
        assert isinstance(three, Processes) and three.slots == 3
    for wrong in (0, -1, "many", "http://host", "1.5"):
        with pytest.raises(ValueError, match="workers must be"):
            executor(wrong)
