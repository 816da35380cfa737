"""A real Dask scheduler with two worker processes on loopback: same answers, a worker killed, stopping, no cluster."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenario_maker import make
from small_case import write_small

from optimizer.batch import run_batch
from optimizer.cli import main
from optimizer.problems import ClusterUnavailable, InvalidInput
from optimizer.workers import WorkerDied
from optimizer.workers.cluster import Cluster
from workers import pieces

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="Dask is not installed: pip install 'jointbuy[cluster]'",
)
TESTS = Path(__file__).parents[1]


class Loopback:
    """A scheduler and two workers, each a process of its own; workers that were killed are replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(file), "--no-show")
        end = time.monotonic() + 60.0
        while not file.exists() or not file.read_text(encoding="utf-8").strip():
            assert self.scheduler.poll() is None and time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.05)
        self.address: str = json.loads(file.read_text(encoding="utf-8"))["address"]

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--host", "127.0.0.1", "--no-dashboard"],
            env={
                **os.environ,
                "PYTHONPATH": paths,
                "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
                "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "false",
            },
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def two_workers(self) -> Cluster:
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(
                self._start(
                    "dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)
                )
            )
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        return Cluster(self.address)

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    cluster = Loopback(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@needs_dask
def test_values_errors_and_reports_as_everywhere(loopback: Loopback) -> None:
    reports: list[tuple[int, str]] = []
    with loopback.two_workers() as cluster:
        assert cluster.slots == 2
        done = cluster.run(pieces.square, range(4), on_report=lambda number, text: reports.append((number, text)))
        wrong = cluster.run(pieces.faulty, range(3))
        unsent = cluster.run(pieces.unsendable, [threading.Lock(), 1, 2])
    assert [one.value for one in done] == [0, 1, 4, 9]
    assert sorted(reports) == [(number, f"squaring {number}") for number in range(4)]
    assert [one.value for one in wrong] == [0, None, 2]
    assert isinstance(wrong[1].error, InvalidInput) and wrong[1].error.problems[0].value == "ZZZ"
    assert unsent[0].error is not None and unsent[1].error is not None and unsent[2].value == 2


@needs_dask
def test_a_worker_is_killed_and_its_piece_still_comes_back(loopback: Loopback, tmp_path: Path) -> None:
    with loopback.two_workers() as cluster:
        done = cluster.run(
            pieces.held_once,
            [0, tmp_path / "mark", 2, 3],
            on_report=lambda number, pid: os.kill(pid, signal.SIGKILL),
        )
    assert [one.value for one in done] == ["first try", "second try", "first try", "first try"]
    assert [one.attempts for one in done] == [1, 2, 1, 1]


@needs_dask
def test_a_batch_of_scenarios_with_a_worker_killed_equals_the_serial_one(loopback: Loopback) -> None:
    # One jet is 10; a nation needs 1 to 6 of them.
    scenarios = [make(programs="program\njet", requirements=f"nation quantity\nAAA {k}") for k in range(1, 7)]
    killed: list[int] = []

    def kill_the_first(number: int, message: object) -> None:
        if not killed:
            killed.append(loopback.workers[0].pid)
            loopback.workers[0].kill()

    serial = run_batch(scenarios, threads=1)
    with loopback.two_workers() as cluster:
        spread = run_batch(scenarios, workers=cluster, on_progress=kill_the_first)
    assert killed
    assert [one.known().objective_meur for one in spread] == pytest.approx([10.0 * k for k in range(1, 7)])
    for one, other in zip(serial, spread, strict=True):
        assert one.known().plan == other.known().plan
        assert one.known().scenario.settings == other.known().scenario.settings


@needs_dask
def test_compare_on_the_cluster_says_what_it_says_here(
    loopback: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = str(write_small(tmp_path / "small"))
    loopback.two_workers().close()
    assert main(["compare", small, "--workers", loopback.address]) == 0
    spread = capsys.readouterr().out
    assert main(["compare", small]) == 0
    assert spread == capsys.readouterr().out


@needs_dask
def test_a_piece_that_kills_every_worker_is_an_error_of_its_own(loopback: Loopback) -> None:
    with loopback.two_workers() as cluster:
        # The scheduler of this test allows one failure, so the second death is the last.
        (done,) = cluster.run(pieces.deadly, [1])
    assert isinstance(done.error, WorkerDied)
    assert done.attempts == 2


@needs_dask
def test_stop_reaches_the_workers(loopback: Loopback) -> None:
    stop = threading.Event()
    told: list[float] = []

    def at_second(number: int, text: str) -> None:
        told.append(time.monotonic())
        if len(told) == 2:
            stop.set()

    with loopback.two_workers() as cluster:
        done = cluster.run(pieces.patient, range(5), on_report=at_second, stop=stop)
        assert time.monotonic() - told[1] < 10.0
        assert [one.value for one in done] == ["asked to stop"] * 2 + [None] * 3
        assert [one.attempts for one in done] == [1, 1, 0, 0, 0]
        assert [one.value for one in cluster.run(pieces.square, [3])] == [9]


@needs_dask
def test_nobody_at_the_address_is_said_at_once() -> None:
    with pytest.raises(ClusterUnavailable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9", connect_s=0.5)


def test_without_dask_the_remedy_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['distributed'] = None\n"
        "from optimizer.workers import executor\n"
        "try: executor('tcp://127.0.0.1:8786')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=TESTS.parent, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("ClusterUnavailable workers at tcp://127.0.0.1:8786 need Dask")
    assert "pip install 'jointbuy[cluster]'" in run.stdout


# The last test here, because it ends the cluster of this file.
@needs_dask
def test_a_cluster_that_goes_away_is_an_error_of_what_it_still_had(loopback: Loopback) -> None:
    with loopback.two_workers() as cluster:
        done = cluster.run(pieces.patient, range(3), on_report=lambda number, text: loopback.scheduler.kill())
    assert [type(one.error) for one in done] == [ClusterUnavailable] * 3
