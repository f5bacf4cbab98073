"""Servers that lie, runs that vanish, processes that are killed: what is shown is true, or said to be missing."""

import itertools
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from support import builders, wandb_server
from support.by_text import wandb_online
from support.wandb_server import Served, Server

from actot import report, sources
from actot.errors import BadInput, Unreachable
from actot.files import run_cache
from actot.loading import parallel
from actot.records import Run
from actot.wandb_io import server_api

KILLS, ALL_KILLS = 6, 30  # all with --long
LOSS = "train/loss"


def shuffled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in another order."""
    return random.Random(0).sample(rows, len(rows))


def doubled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every row twice."""
    return [row for row in rows for _ in range(2)]


def clock_back(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clock of the machine was set back by a day in the middle."""
    half = len(rows) // 2
    return rows[:half] + [row | {"_timestamp": row["_timestamp"] - 86400} for row in rows[half:]]


@pytest.mark.parametrize("exported", [0, None], ids=["live", "exported"])
@pytest.mark.parametrize("lie", [shuffled, doubled, clock_back])
def test_rows_in_another_order_twice_or_with_a_clock_that_goes_back_give_the_same_curve(
    server: Server,
    lie: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    exported: int | None,
) -> None:
    rows = list(wandb_server.rows(60))
    server.runs = [Served("a", lie(rows), exported=exported)]
    found = wandb_online.load(server.where, "a").series[LOSS]
    assert found.steps.tolist() == [row["_step"] for row in rows]
    assert found.values.tolist() == [row[LOSS] for row in rows]


@pytest.mark.parametrize("claimed", [1, 59, 61, 100_000])
def test_a_wrong_count_of_rows_costs_none_and_a_shortfall_is_said(
    server: Server, claimed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(wandb_server.rows(60))
    server.runs = [Served("a", rows)]
    honest = Served.node
    monkeypatch.setattr(
        Served, "node", lambda s, *at: honest(s, *at) | {"historyLineCount": claimed}
    )
    run = wandb_online.load(server.where, "a")
    assert run.series[LOSS].steps.tolist() == [row["_step"] for row in rows]
    assert any("of " + str(claimed) in w for w in run.warnings) == (claimed > 60)


def test_a_run_that_is_deleted_after_it_was_listed_leaves_the_others(
    server: Server, tmp_path: Path
) -> None:
    server.runs = [Served(i, list(wandb_server.rows(20))) for i in ("a", "b", "c")]
    listed = sources.list_runs(server.where, folder=tmp_path / "cache")
    server.runs = [run for run in server.runs if run.id != "b"]
    loaded, problems = parallel.load_all(
        listed, listed.runs, tmp_path / "cache", then=parallel.itself
    )
    assert sorted(r.id for r in loaded) == ["a", "c"]
    assert len(problems) == 1 and "no run b (any more)" in problems[0]


@pytest.mark.parametrize("kind", ["runs", "tables"])
def test_a_file_that_is_removed_after_it_was_listed_leaves_the_others(
    kind: str, recorded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("base1", "base2", "lr20x"):
        if kind == "runs":
            file = builders.run_file(recorded, name)
            (folder / file.name).write_bytes(file.read_bytes())
        else:
            (folder / f"{name}.csv").write_text("_step,loss\n1,2\n2,1\n")
    listed = sources.list_runs(str(folder))
    next(folder.glob("*base2*")).unlink()
    loaded, problems = parallel.load_all(listed, listed.runs, then=parallel.itself)
    assert sorted(r.id for r in loaded) == ["base1", "lr20x"]
    assert len(problems) == 1 and problems[0].startswith("base2: ")


def kill_client() -> None:
    """The process of the W&B client that belongs to this one ends."""
    (found,) = [p for p in psutil.Process().children() if p.name() == "wandb-core"]
    found.kill()
    found.wait(10)


@pytest.mark.parametrize("waiting", [False, True], ids=["idle", "waiting"])
def test_a_killed_client_costs_one_sentence_and_the_next_question_is_answered(
    server: Server, waiting: bool
) -> None:
    server.runs = [Served("a", list(wandb_server.rows(20)))]
    link = server_api.connect("team")
    assert wandb_online.load(server.where, "a").series
    if waiting:
        server.hang("Runs", times=1)
        timer = threading.Timer(0.5, kill_client)
        timer.start()
    else:
        kill_client()
    with pytest.raises(Unreachable, match=r"process of the W&B client has ended; try again$"):
        wandb_online.list_runs(server.where)
    assert [run.id for run in wandb_online.list_runs(server.where).runs] == ["a"]
    with pytest.raises(Unreachable, match="has ended"):
        server_api.ask(link, server_api.PROJECTS, {"entity": "team"})
    assert wandb_online.load(server.where, "a").series[LOSS].values.size == 20


@pytest.mark.parametrize("program", ["/no/such/program", "/bin/false"])
def test_a_client_that_cannot_start_its_process_says_so(server: Server, program: str) -> None:
    code = (
        "from wandb.sdk.lib.service import service_process as s\n"
        f"s.get_core_path = lambda: {program!r}\n"
        "from actot.__main__ import main\n"
        f"main(['summary', {server.where!r}, '--no-cache'])"
    )
    env = os.environ | {"PYTHONPATH": str(builders.ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1 and "install the package wandb again" in done.stderr


def store_for_ever(folder: Path, ready: Connection) -> None:
    """Store one of two runs in the cache, over and over."""
    runs = [builders.healthy("r1", level, n=20_000) for level in (0.25, 0.75)]
    run_cache.store(folder, "w", runs[0])
    ready.send(None)
    for n in itertools.count():
        run_cache.store(folder, "w", runs[n % 2])


def append_for_ever(path: Path, ready: Connection) -> None:
    """Add one of two updates to a report, and begin it anew, over and over."""
    found = builders.planted_study(picked=("lr20x",), baselines=("base1",))
    ready.send(None)
    for lang in itertools.cycle(("en", "zh")):
        report.append(found, path, lang)
        path.with_suffix(".one").write_bytes(b"before\n")
        os.replace(path.with_suffix(".one"), path)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    """Processes that start with this module imported."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def killed(
    processes: ForkServerContext,
    work: Callable[[Path, Connection], None],
    target: Path,
    moments: random.Random,
) -> None:
    """Start the work in a process of its own, and kill it at a random moment."""
    ready, other = processes.Pipe(duplex=False)
    process = processes.Process(target=work, args=(target, other))
    process.start()
    other.close()
    with ready:
        ready.recv()
    time.sleep(moments.uniform(0.0, 0.1))
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_process_killed_while_it_writes_the_cache_leaves_a_whole_run(
    tmp_path: Path, processes: ForkServerContext, is_long: bool
) -> None:
    wanted: list[Run] = [builders.healthy("r1", level, n=20_000) for level in (0.25, 0.75)]
    key = builders.key("eval_l1")
    for seed in range(ALL_KILLS if is_long else KILLS):
        killed(processes, store_for_ever, tmp_path, random.Random(seed))
        found = run_cache.fetch(tmp_path, "w", "r1")
        assert found is not None
        assert any(np.array_equal(found.series[key].values, w.series[key].values) for w in wanted)
    assert run_cache.store(tmp_path, "w", wanted[0])
    run_cache.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_while_it_adds_to_a_report_leaves_it_with_the_update_or_without(
    tmp_path: Path, processes: ForkServerContext, is_long: bool
) -> None:
    path = tmp_path / "report.md"
    study = builders.planted_study(picked=("lr20x",), baselines=("base1",))
    path.write_bytes(b"before\n")
    whole = {b"before\n"}
    for lang in ("en", "zh"):
        added = report.appended(b"before\n", study, lang)
        assert added is not None
        whole.add(added)
    for seed in range(ALL_KILLS if is_long else KILLS):
        killed(processes, append_for_ever, path, random.Random(seed))
        assert path.read_bytes() in whole
    path.write_bytes(b"before\n")
    assert report.append(study, path, "en")
    with pytest.raises(BadInput):
        report.append(study, tmp_path / "no" / "folder.md", "en")
