"""What reading runs costs here, and with two workers of a Dask scheduler on this machine; nothing is cached.

`python -m bench.cluster` prints the table and writes it into docs/cluster.md. It stands in no other: on one machine a cluster is not
what one would otherwise use.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from actot import sources
from actot.analysis import run_summary
from actot.loading import parallel
from actot.loading.dask_executor import Workers
from bench import blocks, record
from bench.rows import cell, in_turns

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.loopback import Loopback

SIZES = ((200, 50), (1_000, 50), (100, record.POINTS))  # runs, rows of each
WORKERS = 2


def table(sizes: Iterable[tuple[int, int]] = SIZES, rounds: int = 3) -> list[str]:
    """Lines of Markdown: seconds of both ways in turns, and the CPU seconds of all processes in one round."""
    lines = [
        f"| runs of {record.METRICS} keys | here | {WORKERS} workers on the same machine | CPU here | CPU with workers |",
        "|---|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as name:
        loopback = Loopback(Path(name))
        try:
            processes = [p.pid for p in (*loopback.need(WORKERS), loopback.scheduler)]
            with Workers(loopback.address) as pool:
                lines += [_row(Path(name), n, rows, pool, processes, rounds) for n, rows in sizes]
        finally:
            loopback.end()
    return lines


def _row(
    place: Path, n: int, rows: int, pool: Workers, processes: Sequence[int], rounds: int
) -> str:
    folder = str(record.folder(place / f"{n}x{rows}", n, rows))
    listed = sources.list_runs(folder)
    then = partial(run_summary.summarize, profile=record.PROFILE)

    def read(where: Workers | None) -> None:
        found, problems = parallel.load_all(listed, listed.runs, then=then, pool=where)
        assert len(found) == n and not problems

    ways = partial(read, None), partial(read, pool)
    seconds = [cell(vars(f), "s") for f in in_turns(*ways, rounds=rounds)]
    used = []
    for way in ways:
        before = _cpu(processes)
        way()
        used.append(f"{_cpu(processes) - before:.1f} s")
    return " | ".join([f"| {n:,} of {rows:,} rows", *seconds, *used]) + " |"


def _cpu(processes: Sequence[int]) -> float:
    """The CPU seconds of this process and of others so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = time.process_time()
    for pid in processes:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += (int(words[11]) + int(words[12])) / ticks
    return found


if __name__ == "__main__":
    found = table()
    print("\n".join(found))
    blocks.write("cluster.md", "cluster", found)
