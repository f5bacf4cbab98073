"""A Dask scheduler and workers on this machine's loopback, each a process of its own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BOUND = 60  # s for what takes a few, on a busy machine


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Loopback:
    """A scheduler, and workers with a cache folder each."""

    def __init__(self, place: Path) -> None:
        self.place, port = place, free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.workers: list[subprocess.Popen] = []
        # The second death by one task is its last; without that it would take four workers.
        env = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        # What waits behind it on the same worker would be blamed for the death too.
        env["DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION"] = "1.0"
        options = ("--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.scheduler = self._start("dask_scheduler", *options, **env)

    def _start(self, module: str, *options: Any, **env: str) -> subprocess.Popen:
        path = os.pathsep.join([str(ROOT), str(self.place)])
        with (self.place / f"{module}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *map(str, options)],
                stdout=log,
                stderr=log,
                cwd=self.place,
                env={**os.environ, "PYTHONPATH": path, **env},
            )

    def need(self, n: int) -> list[subprocess.Popen]:
        """n workers that live and are known to the scheduler."""
        from distributed import Client

        with Client(self.address, timeout=BOUND, set_as_default=False) as client:
            while len(self.alive()) < n:
                folder = self.place / f"worker{len(self.workers)}"
                options = ("--nthreads", 1, "--memory-limit", 0, "--no-nanny", "--no-dashboard")
                place = ("--host", "127.0.0.1", "--local-directory", folder)
                env = {"XDG_CACHE_HOME": str(folder / "cache")}
                self.workers.append(
                    self._start("dask_worker", self.address, *options, *place, **env)
                )
            end = time.monotonic() + BOUND
            while len(client.nthreads()) != len(self.alive()):
                assert time.monotonic() < end, "the workers do not come"
                time.sleep(0.1)
        return self.alive()

    def alive(self) -> list[subprocess.Popen]:
        """The workers that live."""
        return [w for w in self.workers if w.poll() is None]

    def kept(self, worker: subprocess.Popen) -> int:
        """The runs in a worker's cache: what it has read."""
        folder = self.place / f"worker{self.workers.index(worker)}" / "cache"
        return len(list(folder.rglob("*.arrow")))

    def end(self) -> None:
        """Kill everything."""
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait(BOUND)
