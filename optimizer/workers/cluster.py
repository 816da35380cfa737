"""A Dask cluster that is there already: pieces of work on its worker processes, wherever they run."""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from optimizer.problems import ClusterUnavailable
from optimizer.workers.executor import Closing, Done, OnDone, OnReport, Work, WorkerDied, done_by

PREFIXES = ("tcp://", "tls://")
_CONNECT_SECONDS = 5.0
# A cluster that has had no worker for so long is given up.
_NO_WORKER_SECONDS = 60.0
_TICK_SECONDS = 0.1
_LOOK_SECONDS = 1.0


def _piece(message: bytes, number: int, topic: str) -> bytes:
    """Runs on a worker of the cluster: one piece of work, its reports sent as events of the topic."""
    import distributed

    worker = distributed.get_worker()
    client = distributed.get_client()

    def tell(kind: str, value: object = None) -> None:
        worker.log_event(topic, {"kind": kind, "number": number, "value": pickle.dumps(value)})

    tell("begun")
    stop, over = threading.Event(), threading.Event()
    flag = distributed.Event(topic, client=client)

    def listen() -> None:
        # Whatever ends the connection ends the worker's task, too.
        with contextlib.suppress(Exception):
            while not over.is_set():
                if flag.wait(timeout=2.0):
                    stop.set()
                    return

    threading.Thread(target=listen, daemon=True).start()
    try:
        work, item = pickle.loads(zlib.decompress(message))
        if flag.is_set():
            stop.set()
        done = done_by(work, item, lambda news: tell("report", news), stop)
    except Exception as error:
        done = Done(error=error)
    finally:
        over.set()
    from optimizer.workers.child import packed

    return zlib.compress(packed(done), 1)


class Cluster(Closing):
    """The workers of a Dask scheduler, which must have this package installed in the same version."""

    def __init__(self, address: str, *, connect_s: float = _CONNECT_SECONDS) -> None:
        try:
            import distributed
        except ImportError:
            raise ClusterUnavailable(
                f"workers at {address} need Dask, which is not installed here: pip install 'jointbuy[cluster]'"
            ) from None
        self.address = address
        try:
            self._client = distributed.Client(address, timeout=connect_s, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterUnavailable(
                f"no Dask scheduler answers at {address} ({error or type(error).__name__}); start one with "
                "`dask scheduler`, or correct the address"
            ) from None
        if not self.threads():
            self._client.close()
            raise ClusterUnavailable(
                f"the Dask scheduler at {address} has no workers; start some with `dask worker {address}`"
            )

    def threads(self) -> int | None:
        """Tasks the workers could run at the same time now; None when the scheduler does not answer."""
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, RuntimeError):
            return None
        return sum(int(worker["nthreads"]) for worker in workers.values())

    @property
    def slots(self) -> int:
        """Tasks the cluster runs at the same time, at least one."""
        return max(1, self.threads() or 0)

    def run(
        self,
        work: Work,
        items: Sequence[Any],
        *,
        on_report: OnReport | None = None,
        on_done: OnDone | None = None,
        stop: threading.Event | None = None,
    ) -> list[Done]:
        """Run the pieces on the cluster; see `Executor.run`.

        A piece whose worker dies is given to another by Dask itself, as often as the scheduler's setting
        `distributed.scheduler.allowed-failures` says; then its error is `WorkerDied`.
        """
        import distributed

        stop = stop or threading.Event()
        client = self._client
        topic = f"jointbuy-{uuid.uuid4().hex}"
        flag = distributed.Event(topic, client=client)
        news: queue.SimpleQueue[tuple[str, int, Any]] = queue.SimpleQueue()

        def hear(event: tuple[float, dict[str, Any]]) -> None:
            message = event[1]
            news.put((message["kind"], message["number"], pickle.loads(message["value"])))

        client.subscribe_topic(topic, hear)
        found: dict[int, Done] = {}
        begun: Counter[int] = Counter()
        futures: dict[int, Any] = {}
        told = False
        watch = _Watch(self)
        try:
            for number, item in enumerate(items):
                try:
                    message = zlib.compress(pickle.dumps((work, item)), 1)
                except Exception as error:
                    news.put(("failed", number, Done(error=error)))
                    continue
                future = client.submit(_piece, message, number, topic, pure=False, key=f"{topic}-{number}")
                futures[number] = future
                future.add_done_callback(lambda future, number=number: news.put(("over", number, future)))
            while len(found) < len(items):
                if stop.is_set() and not told:
                    told = True
                    flag.set()
                    waiting = [number for number in futures if number not in begun and number not in found]
                    client.cancel([futures[number] for number in waiting], force=True)
                    for number in waiting:
                        news.put(("failed", number, Done(attempts=0)))
                try:
                    kind, number, value = news.get(timeout=_TICK_SECONDS)
                except queue.Empty:
                    trouble = watch.trouble()
                    if trouble is not None:
                        for number in set(range(len(items))) - set(found):
                            news.put(("failed", number, Done(error=trouble, attempts=begun[number])))
                    continue
                except KeyboardInterrupt:
                    if stop.is_set():
                        raise
                    stop.set()
                    continue
                if number in found:
                    continue
                if kind == "begun":
                    begun[number] += 1
                elif kind == "report":
                    if on_report is not None:
                        on_report(number, value)
                else:
                    done = value if kind == "failed" else self._outcome(value, begun[number], stop)
                    found[number] = done
                    if on_done is not None:
                        on_done(number, done)
        finally:
            with contextlib.suppress(Exception):
                client.cancel(list(futures.values()), force=True)
                client.unsubscribe_topic(topic)
                flag.clear()
        return [found[number] for number in range(len(items))]

    def _outcome(self, future: Any, begun: int, stop: threading.Event) -> Done:
        """What a finished future says."""
        attempts = max(1, begun)
        if future.status == "finished":
            done = pickle.loads(zlib.decompress(future.result()))[1]
            return Done(done.value, done.error, attempts)
        if future.status == "cancelled":
            if stop.is_set():
                return Done(attempts=0)
            return Done(error=ClusterUnavailable(f"the cluster at {self.address} dropped the task"), attempts=attempts)
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            # One that dies as it begins may not get out that it has begun; the scheduler knows how many it gave it to.
            attempts = max(attempts, getattr(error, "allowed_failures", 0) + 1)
            return Done(
                error=WorkerDied(
                    f"every worker of the cluster that tried it died ({attempts} of them); the others of the batch are "
                    "not touched. Often memory ran out there; else solve it alone to see what the solver says"
                ),
                attempts=attempts,
            )
        if isinstance(error, ModuleNotFoundError):
            error = ClusterUnavailable(
                f"the workers at {self.address} lack {error.name}: install this version of jointbuy there, too"
            )
        return Done(error=error, attempts=attempts)

    def close(self) -> None:
        """Leave the cluster; it goes on running."""
        self._client.close()


class _Watch:
    """Looks now and then whether a cluster is still there and has workers."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.looked = self.well = time.monotonic()

    def trouble(self) -> Exception | None:
        """What is wrong, if anything."""
        now = time.monotonic()
        if now - self.looked < _LOOK_SECONDS:
            return None
        self.looked = now
        threads = self.cluster.threads()
        if threads is None:
            return ClusterUnavailable(f"the connection to the cluster at {self.cluster.address} was lost")
        if threads:
            self.well = now
        elif now - self.well > _NO_WORKER_SECONDS:
            return WorkerDied(f"the cluster at {self.cluster.address} had no worker for {_NO_WORKER_SECONDS:.0f} s")
        return None
