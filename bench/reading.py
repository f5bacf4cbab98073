"""How fast runs are read, each beside what one would otherwise use, measured in the same run.

python bench/reading.py    prints ratios; the runs are recorded by the real client first.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from actot import cache, sources, wandb_log
from actot.sources import offline

STEPS, KEYS, RUNS, ROUNDS = 20_000, 20, 2_000, 3
RECORD = """
import random, sys, wandb
folder, run_id, steps, keys = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
settings = wandb.Settings(mode="offline", x_disable_meta=True, x_disable_machine_info=True,
    host="bench", disable_git=True, console="off", silent=True)
run = wandb.init(project="bench", id=run_id, config={"lr": 1e-5}, dir=folder, settings=settings)
draw = random.Random(0).random
for step in range(steps):
    run.log({f"train/key_{k}": draw() for k in range(keys)}, step=step)
run.finish()
"""


def main() -> None:
    """Record, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        big = record(place / "big", "big", STEPS, KEYS)
        leet, ours, warm = read_big(big, place / "cache")
        print(f"one run of {STEPS} steps x {KEYS} keys, {big.stat().st_size / 1e6:.0f} MB")
        print(f"  wandb leet inspect --json, parsed   {leet:8.3f} s")
        print(f"  actot, the whole file               {ours:8.3f} s   {leet / ours:6.1f}x")
        print(f"  actot, from the cache               {warm:8.4f} s   {leet / warm:6.0f}x")
        grown = memory(big)
        times = grown / big.stat().st_size
        print(
            f"  memory grown while reading          {grown / 1e6:8.0f} MB  {times:6.1f}x the file"
        )
        one = record(place / "one", "one", 400, KEYS).read_bytes()
        many = place / "many"
        for n in range(RUNS):
            path = many / f"offline-run-{n:05d}" / f"run-r{n:05d}.wandb"
            path.parent.mkdir(parents=True)
            # The id stands in the run record: the same bytes under another name are the same run.
            path.write_bytes(one)
        listing = median(lambda: sources.list_runs(str(many)))
        whole = median(lambda: [wandb_log.read(p) for p in many.rglob("*.wandb")], rounds=1)
        print(f"{RUNS} runs of {len(one) / 1e3:.0f} kB")
        print(f"  listed                              {listing:8.3f} s")
        print(f"  read whole                          {whole:8.3f} s   {whole / listing:6.1f}x")


def read_big(big: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds of leet with its output parsed, of a whole reading, and of a reading from the cache."""
    leet = Path(sys.executable).parent / "wandb"

    def inspect() -> None:
        command = [str(leet), "leet", "inspect", "--json", str(big)]
        out = subprocess.run(command, capture_output=True, check=True).stdout
        for line in out.splitlines():
            json.loads(line)

    run = offline.load(str(big.parent), "big")
    cache.store(folder, "bench", run)
    kept = cache.fetch(folder, "bench", "big")
    assert kept is not None and kept.series.keys() == run.series.keys()
    return (
        median(inspect),
        median(lambda: wandb_log.read(big).series()),
        median(lambda: cache.fetch(folder, "bench", "big")),
    )


def memory(big: Path) -> float:
    """Bytes by which a fresh process grows while it reads the file."""
    # The peak that Linux tells of the process itself; getrusage's is inherited from the parent.
    code = (
        "import re, sys; from pathlib import Path; from actot import wandb_log\n"
        "status = Path('/proc/self/status')\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1])\n"
        "before = peak(); series = wandb_log.read(Path(sys.argv[1])).series(); print(peak() - before)"
    )
    command = [sys.executable, "-c", code, str(big)]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(out.stdout) * 1024


def record(folder: Path, run_id: str, steps: int, keys: int) -> Path:
    """A run written by the real client."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", RECORD, str(folder), run_id, str(steps), str(keys)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.rglob("*.wandb")
    return path


def median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median seconds of a few rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
