"""Workers: pieces of work run here, in processes beside this one, or on a cluster, all through one interface."""

from __future__ import annotations

from optimizer.workers.cluster import PREFIXES, Cluster
from optimizer.workers.executor import Done, Executor, Here, Report, Work, WorkerDied
from optimizer.workers.processes import Processes


def executor(workers: int | str) -> Executor:
    """The executor that `--workers` names: 1 is this process, N are N processes, an address is a Dask cluster.

    Raises
    ------
    ClusterUnavailable
        When Dask is not installed, or nothing answers at the address.
    ValueError
        When it is neither a number from 1 nor an address.
    """
    if isinstance(workers, str) and workers.startswith(PREFIXES):
        return Cluster(workers)
    try:
        count = int(workers)
    except ValueError:
        count = 0
    if count < 1:
        raise ValueError(
            f"workers must be a whole number from 1 or an address such as tcp://host:8786, not {workers!r}"
        )
    return Here() if count == 1 else Processes(count)


__all__ = ["PREFIXES", "Done", "Executor", "Here", "Processes", "Report", "Work", "WorkerDied", "executor"]
