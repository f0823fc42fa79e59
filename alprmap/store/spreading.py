"""The same work on many parts: in this process, on the cores of this machine, or on a Dask cluster.

Dask is an extra and is imported only where workers or a scheduler were asked for.
"""

from __future__ import annotations

import importlib
import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from alprmap import steps
from alprmap.errors import StorageError, UsageError, reason

Job = TypeVar("Job")
Done = TypeVar("Done")


class Keeps(Protocol):
    """Where finished jobs are kept: `Parts` of a run, `Finished` tiles of a result."""

    def get(self, name: str) -> dict[str, Any] | None:
        """Return what was kept under a name; None where nothing was."""

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep values under a name."""


RETRIES = 3
"""How often a part is done again whose worker died (Dask's own count of suspicions is the same)."""


def spread(
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    what: str = "working",
    parts: Keeps | None = None,
    keys: Sequence[str] | None = None,
    shelve: Callable[[int, Done], Done] | None = None,
) -> list[Done]:
    """Return what `function` makes of each job, in the order of the jobs.

    Parameters
    ----------
    function
        A function of a module, without side effects: a part whose worker died is done again.
    jobs
        What it is called with; sent to the workers where there are any.
    workers
        Processes on this machine; None or 1 for this process.
    scheduler
        Address of a Dask scheduler that runs already, `tcp://127.0.0.1:8786`; other machines only
        through `tls://`, since a scheduler and its workers run what they are sent.
    progress
        Called with (what, done, total).
    parts
        Where finished jobs are kept for a later run of the same jobs, whose results then are
        mappings of arrays, tables and plain values.
    keys
        What each finished job is kept under, a digest of all it rests on: a job that did not
        change is then taken over though others did. None: its place among the jobs.
    shelve
        Called with the place of each job and its result as it comes; what it returns stands in the
        list. For results that together are too large for memory.

    Raises
    ------
    UsageError
        When Dask is not installed, or the address is not one of this machine and not `tls://`.
    StorageError
        When the scheduler does not answer, or a part failed on every worker that tried it.
    """
    results: dict[int, Done] = {}
    names = [f"job {number}" for number in range(len(jobs))] if keys is None else list(keys)
    for number in range(len(jobs)):
        kept: Any = None if parts is None else parts.get(names[number])
        if kept is not None:
            results[number] = kept if shelve is None else shelve(number, kept)
    missing = [number for number in range(len(jobs)) if number not in results]

    def take(number: int, done: Done) -> None:
        if parts is not None:
            kept: Any = done
            parts.put(names[number], kept)
        results[number] = done if shelve is None else shelve(number, done)
        (progress or steps.tell)(what, len(results), len(jobs))

    if scheduler is None and (workers or 1) <= 1:
        for number in missing:
            take(number, function(jobs[number]))
    elif missing:
        with _client(workers, scheduler) as client:
            _gather(client, function, jobs, missing, take)
    return [results[number] for number in range(len(jobs))]


def check_scheduler(address: str) -> None:
    """Refuse a scheduler on another machine whose line is not encrypted and signed.

    Raises
    ------
    UsageError
        When it is one.
    """
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    host = parts.hostname or ""
    try:
        near = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if parts.scheme != "tls" and not near:
        raise UsageError(
            f"the scheduler {address} is on another machine, and its line is open",
            fix="use tls:// with Dask's certificates: a scheduler runs what it is sent",
        )


@contextmanager
def _client(workers: int | None, scheduler: str | None) -> Iterator[Any]:
    if scheduler is not None:
        check_scheduler(scheduler)
    try:
        dask: Any = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "workers and schedulers need Dask", fix="pip install 'alprmap[cluster]'"
        ) from None
    if scheduler is not None:
        try:
            client = dask.Client(scheduler, timeout="20s")
        except (OSError, TimeoutError) as error:
            raise StorageError(
                f"the scheduler does not answer ({reason(error)})",
                where=scheduler,
                fix="start it with `dask scheduler`, or check the address",
            ) from None
        with client:
            yield client
        return
    # nothing listens beyond this machine, on no port that another run may hold, and the pages that
    # Dask serves of itself are off
    silent: dict[str, list[str]] = {
        f"distributed.{part}.http.routes": [] for part in ("scheduler", "nanny", "worker")
    }
    with (
        importlib.import_module("dask").config.set(silent),
        dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


def _gather(
    client: Any,
    function: Callable[[Job], Done],
    jobs: Sequence[Job],
    numbers: Sequence[int],
    take: Callable[[int, Done], None],
) -> None:
    dask: Any = importlib.import_module("distributed")
    some = [jobs[number] for number in numbers]
    futures = client.map(function, some, pure=False, retries=RETRIES)
    place = {future.key: number for future, number in zip(futures, numbers, strict=True)}
    try:
        for future in dask.as_completed(futures):
            take(place[future.key], future.result())
            # what was taken need not stay on its worker
            future.release()
    except dask.KilledWorker:
        raise StorageError(
            "a part ended every worker that tried it, most likely for lack of memory",
            fix="give fewer --workers, each then has more",
        ) from None
    finally:
        client.cancel(futures)
