"""Runs read past one machine: an Executor whose work is done by the workers of a Dask scheduler.

`distributed` is an extra (requirements-cluster.txt); it is imported where a cluster is asked for, nowhere else.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from actot.errors import BadInput, NoWorkers, Unreachable

PATIENCE = 5  # seconds until a scheduler answers and has a worker
ALONE = 15  # seconds that work waits for a worker where all were lost
RETRIES = 2  # of work that fails by itself; lost workers are counted by the scheduler
INSTALL = "pip install -r requirements-cluster.txt"
SCHEDULER_GONE = "the scheduler went away"
T = TypeVar("T")


class Workers(Executor):
    """The workers of the scheduler at an address (`tcp://host:8786`); close it, or use it in a `with`.

    Work that a worker takes with it when it dies is done again by another; where several die of it, its
    future ends in Unreachable. Where the scheduler or all workers are gone, every future ends in NoWorkers.
    Raises: BadInput for an address that is none, or without the extra; NoWorkers.
    """

    def __init__(self, address: str) -> None:
        if not re.fullmatch(r"(tcp|tls|wss?)://\S+:\d+", address):
            raise BadInput(f"cluster {address}: not an address; write it as tcp://scheduler:8786")
        try:
            from distributed import Client
        except ImportError as e:
            raise BadInput(f"cluster {address}: needs Dask Distributed; {INSTALL}") from e
        # What a lost worker or scheduler means is said by us, in one sentence.
        for name in ("distributed", "distributed.client", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.address = address
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as e:
            raise NoWorkers(
                f"cluster {address}: no scheduler answers there within {PATIENCE} s; check that it runs"
            ) from e
        self._pool = self._client.get_executor(pure=False, retries=RETRIES)
        self._open: set[Future] = set()
        self._closed = threading.Event()
        self._id = self._client.scheduler_info()["id"]
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as e:
            self._client.close(timeout=PATIENCE)
            raise NoWorkers(
                f"cluster {address}: no worker there; start one with `dask worker {address}`"
            ) from e
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Have work done by a worker, which imports it by its name."""
        theirs = self._pool.submit(work, *args, **kwargs)
        mine: Future[T] = Future()
        self._open.add(mine)
        mine.add_done_callback(lambda f: f.cancelled() and theirs.cancel())
        mine.add_done_callback(self._open.discard)
        theirs.add_done_callback(partial(self._settle, mine))
        return mine

    def usable(self) -> bool:
        """Whether the scheduler is still the one that was connected to."""
        return not self._closed.is_set() and self._client.status == "running"

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what is not done by then is cancelled there."""
        self._closed.set()
        self._client.close(timeout=PATIENCE)

    def _settle(self, mine: Future, theirs: Future) -> None:
        from distributed.scheduler import KilledWorker

        error: BaseException | None = self._gone(SCHEDULER_GONE)
        if not theirs.cancelled():
            error = theirs.exception()
        if isinstance(error, KilledWorker):
            error = Unreachable(
                "each worker that read it died; check the memory and the logs of the workers"
            )
        if isinstance(error, ImportError) or "deserialization of the task" in str(error):
            error = NoWorkers(
                f"cluster {self.address}: actot cannot be imported there; install the same version "
                "for the scheduler and for every worker"
            )
        # It may have been cancelled or given up meanwhile.
        with suppress(InvalidStateError):
            if error is None:
                mine.set_result(theirs.result())
            else:
                mine.set_exception(error)

    def _watch(self) -> None:
        """End what nobody will do any more: without this, it would be waited for forever."""
        seen = time.monotonic()
        while not self._closed.wait(0.5):
            try:
                same = self.usable() and self._client.scheduler_info()["id"] == self._id
                seen = time.monotonic() if self._client.nthreads() else seen
            except (OSError, ValueError, RuntimeError):
                same = False
            if same and time.monotonic() - seen < ALONE:
                continue
            what = "all workers are gone" if same else SCHEDULER_GONE
            for future in tuple(self._open):
                with suppress(InvalidStateError):
                    future.set_exception(self._gone(what))

    def _gone(self, what: str) -> NoWorkers:
        return NoWorkers(f"cluster {self.address}: {what}; start it, then try again")
