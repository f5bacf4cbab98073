"""How long the whole line takes, from a folder of runs to a comparison and a report, as one types it.

Beside bench/plain.py: the tail means of all keys and their change against one run, which is what `actot compare` begins with.
`python -m bench.line stations` prints which stations of the line the time goes to.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from actot import report, rules, study
from actot.analysis import flat_config, run_summary
from actot.causes import outcomes, ranking
from actot.experiments import proposals
from actot.verdicts import judging, seed_noise
from actot.verdicts import rows as verdict_rows
from bench import record
from bench.rows import Row, figure, table_of

GROUP = "The whole line, processes of their own"
RUNS, SHOWN, PICKED = 12, 500, 5
ROOT = Path(__file__).parent.parent
# What the line calls, by station. A call inside a call counts for the outer one.
STATIONS: Mapping[str, tuple[tuple[ModuleType, str], ...]] = {
    "figures of each run": ((run_summary, "summarize"),),
    "seed noise": ((seed_noise, "measure"),),
    "rows of configs": ((verdict_rows, "with_other_seeds"), (verdict_rows, "neighbours")),
    "verdicts": ((judging, "judge"), (judging, "judge_alone")),
    "findings": ((rules, "check"),),
    "causes": ((outcomes, "regression_context"), (ranking, "rank")),
    "experiments": ((proposals, "choose_anchor"), (proposals, "propose")),
    "report": ((report, "write"),),
}


def rows(runs: int = RUNS, rounds: int = 3) -> list[Row]:
    """Cold and warm, to a comparison and to a report."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = record.folder(place / "runs", runs)
        picks = ["--runs", "recipe001_s1,recipe001_s2", "--baselines", ",".join(record.BASELINES)]
        size = f"{runs} runs of {record.POINTS:,} steps x {record.METRICS} keys"
        script = "a script: `wandb leet inspect --json`, pandas, tail means printed"
        timed: dict[str, list[float]] = {}
        for at in range(rounds):
            cold, other = place / f"cold{at}", place / f"other{at}"
            plain = [
                sys.executable,
                str(ROOT / "bench" / "plain.py"),
                str(folder),
                record.BASELINES[0],
            ]
            for what, command, cache in (
                ("script", plain, cold),
                ("compare, cold", ["compare", str(folder), *picks], cold),
                ("compare, a second look", ["compare", str(folder), *picks], cold),
                ("report, cold", ["report", str(folder), *picks], other),
                ("report, a second look", ["report", str(folder), *picks], other),
            ):
                whole = command if what == "script" else [sys.executable, "-m", "actot", *command]
                timed.setdefault(what, []).append(run(whole, cache))
        theirs = figure(timed.pop("script"))
        for what, seconds in timed.items():
            word, comma, look = what.partition(", ")
            more = comma + look
            found.append(
                Row(GROUP, f"`actot {word}`{more}, {size}", script, "s", theirs, figure(seconds))
            )
    return found


def run(command: list[str], cache: Path) -> float:
    """Seconds of a command with a cache of its own."""
    start = time.perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    return time.perf_counter() - start


def stations() -> None:
    """Print seconds and shares of the stations for many runs in memory."""
    runs = list(record.made_up(SHOWN))
    key, high = record.LR[0], record.BROKEN[record.LR[0]]
    broken = [r.id for r in runs if flat_config.flatten(r.config)[key] == high]
    seconds = watch()
    start = time.perf_counter()
    picked = broken[:: record.SEEDS][:PICKED]
    found = study.study(runs, picked, record.BASELINES, record.PROFILE, source="bench")
    text = report.write(found, "en")
    total = time.perf_counter() - start
    seconds["the rest"] = total - seconds.total()
    size = f"{record.METRICS} metrics x {record.POINTS} points"
    print(f"{SHOWN} runs of {size}, {len(picked)} of them judged")
    for station in (*STATIONS, "the rest"):
        print(f"  {station:34}  {seconds[station]:8.3f} s   {seconds[station] / total:6.1%}")
    print(f"  {'all':34}  {total:8.3f} s")
    print(
        f"  which made {len(found.verdicts)} verdicts, {len(found.findings)} findings, "
        f"{len(found.causes)} causes, {len(found.experiments)} experiments, {len(text)} letters"
    )


def watch() -> Counter[str]:
    """The seconds of each station, counted from now on."""
    seconds: Counter[str] = Counter()
    inside: list[str] = []

    def timed(station: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def call(*args: Any, **kwargs: Any) -> Any:
            if inside:
                return work(*args, **kwargs)
            inside.append(station)
            start = time.perf_counter()
            try:
                made = work(*args, **kwargs)
                # A generator works only where it is read.
                return list(made) if isinstance(made, Iterator) else made
            finally:
                seconds[inside.pop()] += time.perf_counter() - start

        return call

    for station, functions in STATIONS.items():
        for module, name in functions:
            setattr(module, name, timed(station, getattr(module, name)))
    return seconds


if __name__ == "__main__":
    if sys.argv[1:] == ["stations"]:
        stations()
    else:
        print(table_of(rows()))
