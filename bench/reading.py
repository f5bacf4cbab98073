"""How fast offline runs are read and listed, beside the W&B client's own reader."""

import subprocess
import sys
import tempfile
from pathlib import Path

from actot import sources
from actot.files import run_cache
from actot.wandb_io import offline_file
from bench import growth, plain, record
from bench.rows import Row, figure, fresh, in_turns, memory, show, table_of

GROUP = "Reading offline runs"
STEPS, KEYS, LISTED, COPIES = 20_000, 20, 10, 2_000
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


def rows(
    steps: int = STEPS, listed: int = LISTED, copies: int = COPIES, rounds: int = 3
) -> list[Row]:
    """One long run read whole and again, and many runs listed."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        big = real(place / "big", "big", steps)
        size = f"one run of {steps:,} steps x {KEYS} keys, {show(big.stat().st_size, 'B')}"
        leet = "`wandb leet inspect --json`, lines parsed"
        run = sources.load(sources.list_runs(str(big.parent)), "big")
        run_cache.store(place / "cache", "bench", run)
        theirs, ours, again = in_turns(
            lambda: plain.records(big),
            lambda: offline_file.read(big).series(),
            lambda: run_cache.fetch(place / "cache", "bench", "big"),
            rounds=rounds,
        )
        found = [
            Row(GROUP, size, leet, "s", theirs, ours),
            Row(GROUP, "the same run, a second look", leet, "s", theirs, again),
        ]
        sides = [
            figure([fresh("bench.reading", side, big) for _ in range(2)])
            for side in ("theirs", "ours")
        ]
        found.append(Row(GROUP, "the same run, memory that a process grows by", leet, "B", *sides))
        many = record.folder(place / "many", listed, 400)
        theirs, ours = in_turns(
            lambda: [plain.records(p)[0] for p in many.rglob("*.wandb")],
            lambda: sources.list_runs(str(many)),
            rounds=2,
        )
        what = f"{listed} runs of 400 steps x {record.METRICS} keys, listed with their configs"
        found.append(Row(GROUP, what, "`wandb leet inspect --json` of each", "s", theirs, ours))
        growth.copies(place / "copies", copies, 400)
        theirs, ours = in_turns(
            lambda: [offline_file.read(p).series() for p in (place / "copies").iterdir()],
            lambda: sources.list_runs(str(place / "copies")),
            rounds=2,
        )
        what = f"{copies:,} runs of 400 steps x {record.METRICS} keys, listed with their configs"
        found.append(
            Row(GROUP, what, "reading each whole, with actot's own reader", "s", theirs, ours)
        )
    return found


def real(folder: Path, run_id: str, steps: int) -> Path:
    """A run written by the real client."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", RECORD, str(folder), run_id, str(steps), str(KEYS)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.rglob("*.wandb")
    return path


def grown(side: str, path: Path) -> int:
    """Bytes by which this process grows while one side reads a file."""
    before = memory()["peak"]
    kept = plain.records(path) if side == "theirs" else offline_file.read(path).series()
    return memory()["peak"] - before if kept else 0


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(grown(sys.argv[1], Path(sys.argv[2])))
    else:
        print(table_of(rows()))
