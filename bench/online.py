"""How fast histories come from a W&B server, beside the client's own calls, with requests and bytes.

The server is that of the tests, on the loopback, in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from actot import sources
from actot.loading import parallel
from bench.rows import Row, figure, seconds, table_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support import wandb_server

GROUP = "Loading online histories"
OLD = "2025-01-01T01:00:00Z"
RUNS, ROWS, KEYS, LATE = 4, 5_000, 15, 0.05


class Served:
    """The server's process: where it is, and what it was asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url, self.where = self._line()

    def _line(self) -> Any:
        return json.loads(self.process.stdout.readline())

    def take(self) -> tuple[int, int]:
        """Requests and answered bytes since the last look."""
        return tuple(self.say("take"))

    def say(self, *words: object) -> Any:
        """One order to the server and its answer."""
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return self._line()


def rows(runs: int = RUNS, length: int = ROWS, rounds: int = 3) -> list[Row]:
    """The histories of a project, live and exported, at once and again."""
    found = []
    with serving(runs, length) as served:
        import wandb

        api = wandb.Api()
        path = served.where.removeprefix("wandb://")
        place = Path(os.environ["WANDB_CACHE_DIR"])

        def client(read: Callable[[Any], object], *, cold: bool = False) -> Callable[[], object]:
            def work() -> None:
                if cold:
                    # The client keeps exports; a first look has none.
                    shutil.rmtree(place, ignore_errors=True)
                api.flush()
                for run in api.runs(path, order="-created_at"):
                    read(run)

            return work

        def load(folder: Path | None = None) -> None:
            listed = sources.list_runs(served.where, folder=folder)
            then = parallel.itself
            loaded, problems = parallel.load_all(listed, listed.runs, folder, then=then)
            assert len(loaded) == runs and not problems
            assert all(len(s) == length for r in loaded for s in r.series.values())

        def again() -> None:
            load(place.parent / "actot")

        # One who asks what changed needs the config too; the client fetches it for each run.
        def scan(run: Any) -> None:
            assert run.config == {}
            assert len(pd.DataFrame(run.scan_history())) == length

        def sampled(run: Any) -> None:
            assert run.config == {}
            assert len(run.history(samples=100_000)) == length

        size = f"{runs} runs of {length:,} rows x {KEYS} keys"
        late = f"{1000 * LATE:.0f} ms a request"
        scanned = "`run.config`, `run.scan_history()`"
        whole = "`run.config`, `run.history(samples=100000)`"
        for what, instead, theirs, ours, delay, exported in (
            ("live rows", scanned, client(scan), load, 0, False),
            ("live rows", whole, client(sampled), load, 0, False),
            (f"live rows, {late}", whole, client(sampled), load, LATE, False),
            (f"live rows, {late}, a second look", whole, client(sampled), again, LATE, False),
            ("exported rows", scanned, client(scan, cold=True), load, 0, True),
            ("exported rows, a second look", scanned, client(scan), again, 0, True),
        ):
            served.say("set", delay, exported)
            if ours is again:
                again()
                theirs()
            found += _compare(f"{size}, {what}", instead, theirs, ours, served, rounds)
    return found


def _compare(
    what: str,
    instead: str,
    theirs: Callable[[], object],
    ours: Callable[[], object],
    served: Served,
    rounds: int,
) -> list[Row]:
    """Seconds, requests and bytes of both sides in turns."""
    seen: dict[str, list[list[float]]] = {"theirs": [], "ours": []}
    for _ in range(rounds):
        for side, work in (("theirs", theirs), ("ours", ours)):
            served.take()
            seen[side].append([seconds(work), *served.take()])
    sides = [[figure(column) for column in zip(*seen[s], strict=True)] for s in seen]
    return [
        Row(GROUP, what if unit == "s" else f"… {name}", instead, unit, a, b)
        for unit, name, a, b in zip(
            ("s", "requests", "B"), ("", "requests", "bytes"), *sides, strict=True
        )
    ]


@contextmanager
def serving(runs: int, length: int) -> Iterator[Served]:
    """A server with runs on it, and the environment that points at it."""
    code = ["-m", "bench.online", str(runs), str(length)]
    with tempfile.TemporaryDirectory() as name:
        process = subprocess.Popen(
            [sys.executable, *code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        before = dict(os.environ)
        try:
            served = Served(process)
            os.environ |= {f"WANDB_{x}": name for x in ("CONFIG_DIR", "DATA_DIR", "DIR")}
            os.environ["WANDB_CACHE_DIR"] = str(Path(name, "cache"))
            os.environ |= {"WANDB_BASE_URL": served.url, "WANDB_API_KEY": wandb_server.KEY}
            os.environ |= {"NETRC": str(Path(name, "netrc"))}
            yield served
        finally:
            process.stdin.close()
            process.wait(10)
            os.environ.clear()
            os.environ.update(before)


def serve(runs: int, length: int) -> None:
    """The server's side: orders on stdin, answers on stdout, until stdin ends."""
    keys = [f"train/key_{k}" for k in range(KEYS)]
    made = [
        wandb_server.Served(f"r{i}", rows=list(wandb_server.rows(length, 1, keys)))
        for i in range(runs)
    ]
    with wandb_server.Server(made) as server:
        print(json.dumps([server.url, server.where]), flush=True)
        for line in sys.stdin:
            order, *arguments = json.loads(line)
            if order == "set":
                server.delay = arguments[0]
                for run in made:
                    run.exported = None if arguments[1] else 0
                    # What has just ended is not exported yet.
                    run.heartbeat = OLD if arguments[1] else datetime.now(UTC).isoformat()
            print(json.dumps([server.count(), server.sent()]), flush=True)
            server.forget()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(int(sys.argv[1]), int(sys.argv[2]))
    else:
        print(table_of(rows()))
