"""Servers that lie, runs that vanish, processes that are killed: what is shown is true, or said to be missing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
import wandb_server
from wandb_server import Served, Server

from actot import cache, report, sources
from actot.errors import BadInput
from actot.records import Run
from actot.sources import wandb_online

KILLS = 30
LOSS = "train/loss"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An empty project, and the environment that points at it."""
    for name in ("CACHE_DIR", "CONFIG_DIR", "DATA_DIR", "DIR"):
        monkeypatch.setenv(f"WANDB_{name}", str(tmp_path / "wandb"))
    (tmp_path / "wandb").mkdir()
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("WANDB_ENTITY", raising=False)
    with Server() as served:
        monkeypatch.setenv("WANDB_BASE_URL", served.url)
        monkeypatch.setenv("WANDB_API_KEY", served.key)
        yield served
    # The client leaves the address of its process to its children.
    os.environ.pop("WANDB_SERVICE", None)


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
    infos = sources.list_runs(server.where, folder=tmp_path / "cache").runs
    server.runs = [run for run in server.runs if run.id != "b"]
    loaded, problems = sources.load_all(server.where, infos, tmp_path / "cache")
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
    infos = sources.list_runs(str(folder)).runs
    next(folder.glob("*base2*")).unlink()
    loaded, problems = sources.load_all(str(folder), infos)
    assert sorted(r.id for r in loaded) == ["base1", "lr20x"]
    assert len(problems) == 1 and problems[0].startswith("base2: ")


STORE = """
import sys
from pathlib import Path
import builders
from actot import cache
runs = [builders.healthy("r1", level, n=20_000) for level in (0.25, 0.75)]
cache.store(Path(sys.argv[1]), "w", runs[0])
print("ready", flush=True)
while True:
    for run in runs:
        cache.store(Path(sys.argv[1]), "w", run)
"""
APPEND = """
import sys
from pathlib import Path
import builders
from actot import report
found = builders.planted_study(picked=("lr20x",), baselines=("base1",))
print("ready", flush=True)
for n in range(100_000):
    path = Path(sys.argv[1])
    if n % 2:
        path.write_bytes(b"before\\n") if not path.exists() else None
        report.append(found, path, "en" if n % 4 == 1 else "zh")
    elif path.exists() and path.stat().st_size > 20:
        import os
        path.with_suffix(".one").write_bytes(b"before\\n")
        os.replace(path.with_suffix(".one"), path)
"""


def killed(code: str, target: Path, moments: random.Random) -> None:
    """Start the code, and kill it at a random moment of its work."""
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(builders.ROOT), str(Path(__file__).parent)))
    }
    command = [sys.executable, "-c", code, str(target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL


def test_a_process_killed_while_it_writes_the_cache_leaves_a_whole_run(
    tmp_path: Path,
) -> None:
    wanted: list[Run] = [builders.healthy("r1", level, n=20_000) for level in (0.25, 0.75)]
    key = builders.key("eval_l1")
    for seed in range(KILLS):
        killed(STORE, tmp_path, random.Random(seed))
        found = cache.fetch(tmp_path, "w", "r1")
        assert found is not None
        assert any(np.array_equal(found.series[key].values, w.series[key].values) for w in wanted)
    assert cache.store(tmp_path, "w", wanted[0])
    cache.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_while_it_adds_to_a_report_leaves_it_with_the_update_or_without(
    tmp_path: Path,
) -> None:
    path = tmp_path / "report.md"
    study = builders.planted_study(picked=("lr20x",), baselines=("base1",))
    path.write_bytes(b"before\n")
    whole = {b"before\n"}
    for lang in ("en", "zh"):
        added = report.appended(b"before\n", study, lang)
        assert added is not None
        whole.add(added)
    for seed in range(KILLS):
        killed(APPEND, path, random.Random(seed))
        assert path.read_bytes() in whole
    path.write_bytes(b"before\n")
    assert report.append(study, path, "en")
    with pytest.raises(BadInput):
        report.append(study, tmp_path / "no" / "folder.md", "en")
