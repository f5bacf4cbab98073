"""The one table: rows that hold both sides of a comparison, and the page that is written from them.

A side is measured several times, in turns with the other, so that a busy machine slows both.
"""

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
UNITS = {"s": ((1, "s"), (1e-3, "ms")), "B": ((1e6, "MB"), (1e3, "kB")), "requests": ((1, ""),)}
HEAD = """# Benchmarks

`make bench` measures both tables anew (a quarter of an hour) and writes this page and `benchmarks.json`.

Each row compares actot with what one would do without it, on the same data, in one run, the two sides in turns. The \
ratio is *without actot* over *actot*: above 1 actot takes less. A cell is the median, and (lowest to highest) of its \
rounds.
"""
NOTES = """What the rows do not say:

- `wandb leet inspect` starts a process per file, and its rows stop at parsed lines: no column, no array is made of them.
- The W&B server is the one of the tests, on the loopback, in a process of its own. `run.history()` is complete only where \
no run has more rows than it is asked for, and where the rows are live; `run.scan_history()` pages by 1,000 rows. The \
first look at exported rows starts with an empty cache of the client, the second look with what the first one left. Where \
the ratio of bytes is 1, the same rows travel on both sides; they are nearly all of it.
- actot always makes all 16 figures of a series, also where the row counts 8. That the three sides agree is checked \
before they are timed.
- The script beside the whole line is `bench/plain.py`: it prints tail means and their change, and judges nothing. actot \
also judges, looks for causes and proposes experiments. A second look finds the runs in the cache.
- The raw page smooths with pandas and draws each point with `st.altair_chart`. Seconds of pages run until the browser has \
the page and answers again, and hold 0.3 s of waiting on both sides. The rerun that changes no chart is a number typed into \
the sidebar, which draws its field alone, beside a note typed on the raw page. A rerun of the whole Metrics page sends about \
13 kB, nearly all of it for its controls; the raw page has two.
"""
GROWTH = """## How cost grows

Each figure is from a fresh process. Peak memory is that of the whole process (VmHWM), the interpreter, its packages and \
the pages of mapped cache files included, which the system takes back where it needs them; own memory is what the process \
alone holds at the end (RssAnon). The exponent is that of the seconds since the size before: 1 is linear. Reading, Study \
and report of a size share one process.
"""


@dataclass(frozen=True)
class Figure:
    """The rounds of one measurement: median, lowest and highest, in the unit of the row."""

    median: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True)
class Row:
    """One comparison: what actot does, and what one would do instead.

    Units: `unit` is "s", "B" or "requests", the same on both sides.
    """

    group: str
    what: str
    instead: str
    unit: str
    theirs: Figure
    ours: Figure

    @property
    def ratio(self) -> float | None:
        """How many times less actot takes; None where it takes nothing at all."""
        return self.theirs.median / self.ours.median if self.ours.median else None


@dataclass(frozen=True)
class Size:
    """What one piece of work costs at one size.

    Units: seconds; bytes: the process's peak, and what of it at the end is its own, not pages of files.
    """

    what: str
    runs: int
    seconds: Figure
    peak: Figure
    own: Figure


def figure(values: Sequence[float]) -> Figure:
    """Median and spread. Raises: ValueError without a value."""
    return Figure(statistics.median(values), min(values), max(values), len(values))


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(*works: Callable[[], object], rounds: int = 5) -> list[Figure]:
    """Seconds of each, measured in turns."""
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    return [figure(column) for column in zip(*times, strict=True)]


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [x.partition(":")[2].strip() for x in lines if x.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "os": platform.platform(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def as_tree(rows: Sequence[Row], sizes: Sequence[Size] = ()) -> dict[str, Any]:
    """Everything as JSON holds it."""
    grown = [
        {**asdict(size), "exponent": exponent(before, size)}
        for before, size in zip([None, *sizes], sizes, strict=False)
    ]
    return {
        "machine": machine(),
        "rows": [{**asdict(r), "ratio": r.ratio} for r in rows],
        "growth": grown,
    }


def exponent(before: Size | None, size: Size) -> float | None:
    """The power of the number of runs with which the seconds grew; None for the first size of a work."""
    if before is None or before.what != size.what:
        return None
    return math.log(size.seconds.median / before.seconds.median) / math.log(size.runs / before.runs)


def show(value: float, unit: str) -> str:
    """A figure with a unit that suits its size."""
    factor, name = next((p for p in UNITS[unit] if abs(value) >= p[0]), UNITS[unit][-1])
    return (
        f"{value / factor:.3g} {name}".strip()
        if value / factor < 1000
        else f"{value / factor:.0f} {name}".strip()
    )


def cell(side: Mapping[str, Any], unit: str) -> str:
    """Median, and the spread where there is one."""
    if side["low"] == side["high"]:
        return show(side["median"], unit)
    return f"{show(side['median'], unit)} ({show(side['low'], unit)} to {show(side['high'], unit)})"


def table(tree: Mapping[str, Any]) -> list[str]:
    """The rows as lines of Markdown."""
    lines = ["| | without actot | | actot | ratio |", "|---|---|---:|---:|---:|"]
    group = ""
    for row in tree["rows"]:
        if row["group"] != group:
            group = row["group"]
            lines.append(f"| **{group}** | | | | |")
        ratio = "all" if row["ratio"] is None else f"{row['ratio']:.3g}"
        sides = [cell(row[side], row["unit"]) for side in ("theirs", "ours")]
        lines.append(f"| {row['what']} | {row['instead']} | {sides[0]} | {sides[1]} | {ratio} |")
    return lines


def table_of(rows: Sequence[Row]) -> str:
    """The table of some rows alone."""
    return "\n".join(table(as_tree(rows)))


def growth_table(tree: Mapping[str, Any]) -> list[str]:
    """The sizes as lines of Markdown."""
    lines = [
        "| | runs | time | exponent | peak memory | own memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for size in tree["growth"]:
        power = "" if size["exponent"] is None else f"{size['exponent']:.2f}"
        memory = " | ".join(show(size[name]["median"], "B") for name in ("peak", "own"))
        time_ = cell(size["seconds"], "s")
        lines.append(f"| {size['what']} | {size['runs']:,} | {time_} | {power} | {memory} |")
    return lines


def page(tree: Mapping[str, Any]) -> str:
    """The whole page as Markdown."""
    m = tree["machine"]
    on = f"Machine: {m['cpu']}, {m['cores']} cores, Python {m['python']}, {m['os']}; load {m['load']} at the start of the last measurement."
    parts = [HEAD, on, "", *table(tree), "", NOTES, GROWTH]
    return "\n".join([*parts, *growth_table(tree)]) + "\n"


def known(folder: Path = DOCS) -> dict[str, Any]:
    """What was written before; empty where nothing was."""
    path = folder / "benchmarks.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(tree: Mapping[str, Any], folder: Path = DOCS) -> None:
    """benchmarks.json and benchmarks.md."""
    text = json.dumps(tree, indent=1, allow_nan=False)
    (folder / "benchmarks.json").write_text(text + "\n", encoding="utf-8")
    (folder / "benchmarks.md").write_text(page(tree), encoding="utf-8")


def memory() -> dict[str, int]:
    """The most bytes that this process has held, and those that are its own now; Linux alone tells."""
    # getrusage's maximum is inherited from the parent.
    lines = [x.split() for x in Path("/proc/self/status").read_text().splitlines()]
    known = {words[0]: words[1] for words in lines if len(words) > 1}
    return {"peak": int(known["VmHWM:"]) * 1024, "own": int(known["RssAnon:"]) * 1024}


def fresh(module: str, *arguments: object) -> Any:
    """What a module prints as JSON in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=DOCS.parent)
    return json.loads(done.stdout.splitlines()[-1])
