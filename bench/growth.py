"""How the cost grows with the number of runs: time, and peak memory, each in a fresh process.

`python -m bench.growth WORK RUNS FOLDER` does one piece of work and prints [[name, seconds], ...] and its memory.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from actot import report, sources, study
from actot.analysis import run_summary
from actot.files import run_cache
from actot.source_ref import SourceRef
from actot.sources import Catalogue
from bench import record
from bench.rows import Size, as_tree, figure, fresh, growth_table, memory

LISTED, STUDIED, PICKS = (10, 100, 1_000, 10_000), (10, 100, 1_000), (4, 40, 400)
LISTED_ROWS = 50
WHERE = "wandb://bench/growth"
KEPT = Catalogue(SourceRef.parse(WHERE))
PICKED = ("recipe001_s1", "recipe001_s2", "recipe001_s3", "recipe001_s4")
NAMES = {
    "list": f"list a folder of runs, {LISTED_ROWS} steps x {record.METRICS} keys each",
    "picker": "draw the picker again, listing at hand",
    "keep": "keep one more run in the cache, which holds so many",
    "load": f"read runs from the cache, {record.POINTS:,} steps x {record.METRICS} keys each",
    "study": "Study of them, readings included",
    "report": "report from the Study",
    "picked": f"Study of {STUDIED[-1]:,} runs, readings at hand; so many of them picked",
}


def sizes(
    listed: Sequence[int] = LISTED, studied: Sequence[int] = STUDIED, rounds: int = 3
) -> list[Size]:
    """All works at all sizes; the largest size of each is measured with fewer rounds."""
    found: dict[str, list[Size]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        copies(place / "all", max(listed))
        for n in listed:
            some = part(place / "all", place / f"n{n}", n)
            for work in ("list", "picker"):
                add(found, work, n, some, rounds)
            add(found, "keep", n, kept(place / f"kept{n}", n), rounds)
        for at, run in enumerate(record.made_up(max(studied)), 1):
            run_cache.store(place / "cache", WHERE, run)
            if at in studied:
                add(found, "study", at, place / "cache", rounds)
        for n in PICKS if max(studied) >= STUDIED[-1] else ():
            add(found, "picked", n, place / "cache", rounds)
    return [size for some in found.values() for size in some]


def add(found: dict[str, list[Size]], work: str, n: int, folder: Path, rounds: int) -> None:
    """Measure one work at one size."""
    done = [fresh("bench.growth", work, n, folder) for _ in range(rounds)]
    for at, (name, _) in enumerate(done[0]["seconds"]):
        times = figure([d["seconds"][at][1] for d in done])
        peak, own = (figure([d[kind] for d in done]) for kind in ("peak", "own"))
        found[name].append(Size(NAMES[name], n, times, peak, own))


def copies(folder: Path, n: int, rows: int = LISTED_ROWS) -> None:
    """n short run files: one recipe's records under n ids."""
    from wandb.proto import wandb_internal_pb2 as pb

    (run,) = record.made_up(1)
    records = record.messages(run, rows)
    head = pb.Record.FromString(records[0])
    for i in range(n):
        head.run.run_id = f"r{i:05d}"
        path = folder / f"run-r{i:05d}.wandb"
        record.save(path, [head.SerializeToString(), *records[1:]])


def part(whole: Path, folder: Path, n: int) -> Path:
    """A folder with the first n files, each in one of its own as the client leaves them."""
    for path in sorted(whole.iterdir())[:n]:
        inner = folder / f"offline-{path.stem}"
        inner.mkdir(parents=True)
        (inner / path.name).hardlink_to(path)
    return folder


def kept(folder: Path, n: int) -> Path:
    """A cache of n files; their size does not matter to it."""
    folder.mkdir()
    for i in range(n):
        (folder / f"{i:040d}.arrow").write_bytes(b"x")
    return folder


def one(work: str, n: int, folder: Path) -> dict[str, Any]:
    """One piece of work in this process."""
    start = time.perf_counter()
    if work == "list":
        runs = sources.list_runs(str(folder)).runs
        assert len(runs) == n
        return {"seconds": [("list", time.perf_counter() - start)], **memory()}
    if work == "picker":
        return {"seconds": [("picker", picker(folder))], **memory()}
    if work == "keep":
        (run,) = record.made_up(1)
        run_cache.store(folder, WHERE, run)  # loads Arrow
        start = time.perf_counter()
        assert run_cache.store(folder, WHERE, run)
        return {"seconds": [("keep", time.perf_counter() - start)], **memory()}
    if work == "picked":
        return picked(n, folder)
    return studied([record.run_id(at) for at in range(n)], folder)


def studied(ids: Sequence[str], folder: Path) -> dict[str, Any]:
    """Runs from the cache, their Study, the report."""
    marks = [time.perf_counter()]
    runs = [sources.load(KEPT, i, revision="", folder=folder) for i in ids]
    marks.append(time.perf_counter())
    found = study.study(runs, PICKED, record.BASELINES, record.PROFILE, source=WHERE)
    marks.append(time.perf_counter())
    report.write(found, "en")
    marks.append(time.perf_counter())
    times = [b - a for a, b in pairwise(marks)]
    return {"seconds": list(zip(("load", "study", "report"), times, strict=True)), **memory()}


def picked(n: int, folder: Path) -> dict[str, Any]:
    """A Study with n of all runs picked, whose readings are at hand."""
    ids = [record.run_id(at) for at in range(STUDIED[-1])]
    runs = [sources.load(KEPT, i, revision="", folder=folder) for i in ids]
    found = [run_summary.summarize(run, record.PROFILE) for run in runs if run.series]
    others = [r.id for r in found if r.id not in record.BASELINES]
    some = others[:: max(1, len(others) // n)][:n]
    start = time.perf_counter()
    made = study.study_summaries(found, some, record.BASELINES, record.PROFILE, source=WHERE)
    assert len(made.runs) == n
    return {"seconds": [("picked", time.perf_counter() - start)], **memory()}


def picker(folder: Path) -> float:
    """Seconds of a rerun of a page that holds nothing but the picker; its listing is cached."""
    from streamlit.testing.v1 import AppTest

    os.environ["BENCH_SOURCE"] = str(folder)

    def page() -> None:
        import os

        from actot.widgets import session_cache, sidebar

        sidebar.restore("Bench")
        listed = session_cache.listing(os.environ["BENCH_SOURCE"], "")
        sidebar.choose_runs(listed.listing, "Bench", "en")

    app = AppTest.from_function(page, default_timeout=120).run()
    assert not app.exception
    start = time.perf_counter()
    app.run()
    return time.perf_counter() - start


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(one(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
    else:
        print("\n".join(growth_table(as_tree((), sizes()))))
