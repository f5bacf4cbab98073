"""Record the sample runs again: python record.py OUT [ID ...]; the rate scan: record.py OUT --scan

OUT gets `runs/` (the W&B files) and `as_logged/` (every value as the trainer logged it, packed).
Two runs at a time, one thread each. Outcomes are what they are: nothing is edited afterwards.
"""

import csv
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sample_runs import KILL_AFTER_STEP, RUNS, SCAN, STOP_AT_STEP

HERE = Path(__file__).resolve().parent
BASE = HERE / "configs" / "base_a.json"
AT_ONCE = 2


def start(work: Path, run_id: str, part: str, overrides: Sequence[str]) -> subprocess.Popen[bytes]:
    """The trainer for one run (or one part of it), in its own process group, working in `work`."""
    folder = work / run_id
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [
            *(sys.executable, str(HERE / "train.py"), f"--config_path={BASE}"),
            f"--as_logged={run_id}{part}.csv",
            f"--wandb.run_id={run_id}",
            f"--job_name=act_ot_{run_id}",
            f"--output_dir=outputs/train/act_ot_{run_id}",
            *overrides,
        ],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        start_new_session=True,
    )


def finish(run_id: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a trainer that must end well."""
    if process.wait() != 0:
        raise SystemExit(f"record.py: {run_id} ended with code {process.returncode}")


def record(work: Path, run_id: str, overrides: Sequence[str]) -> None:
    """One run: straight through, killed, or stopped and resumed."""
    if run_id == "killed":
        process = start(work, run_id, "", overrides)
        kill_after(process, work / run_id / f"{run_id}.csv", KILL_AFTER_STEP)
    elif run_id == "resumed":
        finish(run_id, start(work, run_id, ".1", [*overrides, f"--stop_at_step={STOP_AT_STEP}"]))
        time.sleep(2)  # the folders are named by the second
        finish(run_id, start(work, run_id, ".2", [*overrides, "--resume=true"]))
    else:
        finish(run_id, start(work, run_id, "", overrides))
    print(f"{run_id}: recorded", flush=True)


def kill_after(process: subprocess.Popen[bytes], as_logged: Path, step: int) -> None:
    """SIGKILL the trainer and its W&B process once `step` is logged, as a power cut would."""
    while last_step(as_logged) < step:
        if process.poll() is not None:
            raise SystemExit("record.py: the run to be killed ended by itself")
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_step(as_logged: Path) -> int:
    """The step of the last whole line, 0 where there is none."""
    if not as_logged.exists():
        return 0
    lines = as_logged.read_text().split("\n")[:-1]
    return int(lines[-1].split(",")[0]) if len(lines) > 1 else 0


def collect(work: Path, out: Path, run_id: str) -> None:
    """Copy the W&B files and pack the CSV files of one run, in place of an older recording."""
    runs = out / "runs"
    for old in runs.glob(f"offline-run-*-{run_id}"):
        shutil.rmtree(old)
    for found in sorted((work / run_id).rglob(f"run-{run_id}.wandb")):
        place = runs / found.parent.name
        place.mkdir(parents=True)
        shutil.copyfile(found, place / found.name)
    packed = out / "as_logged"
    packed.mkdir(parents=True, exist_ok=True)
    for table in (work / run_id).glob("*.csv"):
        with (
            open(packed / f"{table.name}.gz", "wb") as raw,
            gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as file,
        ):
            file.write(table.read_bytes())


def tail_l1(table: Path) -> float:
    """Mean of the last evaluations (at least 5, or a tenth) of `eval/offline_eval/avg_l1`."""
    with open(table, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["key"] == "eval/offline_eval/avg_l1"]
    values = [float(row["value"]) for row in rows]
    tail = values[-max(5, -(-len(values) // 10)) :]
    return sum(tail) / len(tail)


def main(arguments: Sequence[str]) -> None:
    """Record the named runs (all without names), or print the table of the rate scan."""
    scan = "--scan" in arguments
    plain = [argument for argument in arguments if argument != "--scan"]
    if not plain or set(plain[1:]) - set(RUNS):
        raise SystemExit(f"{__doc__}\nIDs: {', '.join(RUNS)}")
    out, ids = Path(plain[0]), plain[1:]
    runs = SCAN if scan else {run_id: RUNS[run_id] for run_id in ids or RUNS}
    work = out / "work"
    for run_id in runs:
        shutil.rmtree(work / run_id, ignore_errors=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: record(work, *item), runs.items()))
    for run_id in runs:
        if scan:
            print(f"| {run_id} | {tail_l1(work / run_id / f'{run_id}.csv'):.4f} |")
        else:
            collect(work, out, run_id)
    shutil.rmtree(work)


if __name__ == "__main__":
    main(sys.argv[1:])
