"""Projects of thousands of runs: what is read of them, how soon the verdict is there, and a server that dies meanwhile."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support import builders
from support.screen import Screen
from support.wandb_server import Fault, Served, Server

from actot import profile
from actot.__main__ import main
from actot.analysis import relevant_runs
from actot.analysis.relevant_runs import MOST_READ, select
from actot.errors import ServerDown, Unreachable
from actot.loading.parallel import AT_ONCE
from actot.output import wording
from actot.records import RunInfo
from actot.wandb_io import server_api, server_failures
from actot.widgets import session_cache

RUNS, FILLED = 11_000, 4
MOST_HISTORIES = 40  # requests
SOON = (
    30.0  # s, for the verdict of a project of so many runs on a machine that does other things too
)
AT_AN_END = 12.0  # s, for the end of a command on a server that died
PICKS = {"runs": "lr20x", "baselines": "base1"}
ACT_OT = profile.load("act_ot")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session_cache.clear()
    yield
    session_cache.clear()


def served(run: str, *, as_run: str = "") -> Served:
    """A planted run, under another id where one is given."""
    (found,) = (r for r in builders.planted() if r.id == run)
    return Served(as_run or run, builders.rows_of(found), found.config, exported=None)


def empty(n: int) -> list[Served]:
    """Runs that ended before they logged anything, each with a seed of its own."""
    return [
        Served(f"r{i}", config=builders.config(seed=100 + i), state="crashed") for i in range(n)
    ]


def many(n: int) -> list[Served]:
    """The picked runs, and n runs with data that could be read beside them."""
    more = [served("upd_reg", as_run=f"more{i:03}") for i in range(n)]
    return [served("lr20x"), served("base1"), *more]


def run(command: str, server: Server, *more: str) -> Result:
    picks = [f"--{name}={ids}" for name, ids in PICKS.items()]
    return CliRunner().invoke(main, [command, server.where, *picks, *more])


def all_ended() -> None:
    """Wait for the readers, as the end of a process does."""
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join()


def histories(server: Server) -> set[str]:
    """The runs whose histories were asked for."""
    asked = ("RunParquetHistory", "RunLiveHistory", "HistoryPage")
    return {
        c.variables["name"] for c in server.calls if c.operation in asked and "name" in c.variables
    }


def screen(server: Server, page: str = "", **query: str) -> Screen:
    return Screen(page, source=server.where, runs="lr20x", base="base1", lang="en", **query)


@pytest.fixture
def large(server: Server) -> Server:
    """11,000 runs, four of them with data."""
    filled = [served(i) for i in ("lr20x", "base1", "base2", "base3")]
    server.runs = [*empty(RUNS - FILLED), *filled]
    return server


def test_of_11000_runs_compare_asks_for_the_four_with_data_and_judges_within_30_seconds(
    large: Server,
) -> None:
    start = time.monotonic()
    done = run("compare", large, "--json")
    assert time.monotonic() - start < SOON
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["verdict"] for row in found["rows"] if row["against"] == "picked"] == ["regressed"]
    assert found["seed_noise"]["groups"][0]["runs"] == ["base1", "base2", "base3"]
    assert found["unread"] == 0
    assert histories(large) == {"lr20x", "base1", "base2", "base3"}
    assert large.history_requests() <= MOST_HISTORIES
    assert large.count("Runs") <= 20


def test_of_11000_runs_the_overview_asks_for_the_four_with_data_and_judges_within_30_seconds(
    large: Server,
) -> None:
    start = time.monotonic()
    shown = screen(large)
    assert time.monotonic() - start < SOON
    assert "1 regressed" in shown.main and "other seeds" in shown.main
    assert histories(large) == {"lr20x", "base1", "base2", "base3"}
    assert large.history_requests() <= MOST_HISTORIES
    before = large.count()
    shown.go("Regression")
    assert large.count() == before


def test_every_command_and_page_reads_the_same_runs_and_says_how_many_it_left(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(relevant_runs, "MOST_READ", 5)
    server.runs = [*many(8), served("base2"), served("base3")]
    left = wording.unread(5, "en")
    report = run("report", server, "--no-cache")
    read = histories(server)
    assert {"lr20x", "base1", "base2", "base3"} < read and len(read) == 2 + 5
    assert left in report.stderr and left in report.stdout
    chinese = run("report", server, "--no-cache", "--lang", "zh")
    assert wording.unread(5, "zh") in chinese.stdout
    for command, more in {
        "compare": ["--json"],
        "diff": [],
        "suggest": ["--json", "--out", str(tmp_path / "next")],
    }.items():
        server.forget()
        done = run(command, server, "--no-cache", *more)
        assert done.exit_code == 0, done.stderr
        assert histories(server) == read and left in done.stderr
        assert "--json" not in more or json.loads(done.stdout)["unread"] == 5
    for page in ("", "Regression", "Experiments"):
        server.forget()
        session_cache.clear()
        shown = screen(server, page)
        assert histories(server) == read and left in shown.main


def test_a_run_that_was_left_is_read_once_it_is_picked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relevant_runs, "MOST_READ", 2)
    server.runs = many(6)
    run("compare", server, "--no-cache")
    (last, *_) = {r.id for r in server.runs} - histories(server)
    server.forget()
    run("compare", server, "--no-cache", "--runs", last)
    assert last in histories(server)


def test_an_experiment_that_a_run_tried_is_not_proposed_though_that_run_was_not_read(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def proposed() -> set[str]:
        folder = ["--out", str(tmp_path / str(len(server.runs))), "--no-cache", "--json"]
        found = json.loads(run("suggest", server, *folder).stdout)["experiments"]
        return {r["name"] for e in found for r in e["runs"]}

    server.runs = many(0)
    name = "base1_reg_0.12"
    assert name in proposed()
    server.runs = many(1)
    monkeypatch.setattr(relevant_runs, "MOST_READ", 0)
    assert name not in proposed()
    assert "more000" not in histories(server)


def info(run: str, config: dict[str, Any], *, is_empty: bool = False) -> RunInfo:
    return RunInfo(run, run, "finished", config, is_empty=is_empty)


def test_other_seeds_come_first_then_close_configs_and_other_data_last() -> None:
    base, seed = builders.config(seed=1), builders.config(seed=2)
    near, far = builders.config({builders.REG: 0.3}), builders.config(builders.A_STABLE)
    other = builders.config()
    other["dataset"] = {**other["dataset"], "repo_id": "someone/else"}
    runs = [info("other", other), info("far", far), info("near", near), info("seed", seed)]
    runs += [info(f"pad{i}", far) for i in range(MOST_READ)]
    found = select([*runs, info("base", base)], {"base"}, ACT_OT, is_remote=True)
    assert [r.id for r in found.picked] == ["base"]
    assert [r.id for r in found.others[:3]] == ["seed", "near", "far"]
    assert (len(found.others), found.unread) == (MOST_READ, 4)
    assert found.listed[-1].id == "other"


def test_what_lies_here_is_read_whole_and_an_empty_run_of_a_server_never() -> None:
    config = builders.config()
    runs = [info(f"r{i}", config) for i in range(3 * MOST_READ)]
    assert len(select(runs, {"r0"}, ACT_OT, is_remote=False).others) == 3 * MOST_READ - 1
    runs = [info("full", config), *(info(f"r{i}", config, is_empty=True) for i in range(9))]
    found = select(runs, {"r0"}, ACT_OT, is_remote=True)
    assert [r.id for r in found.others] == ["full"] and len(found.listed) == 8
    assert found.unread == 0


def test_the_page_judges_the_picked_runs_before_it_reads_the_others(server: Server) -> None:
    server.runs = [*many(2 * AT_ONCE), served("base2"), served("base3")]
    shown = screen(server)
    assert histories(server) == {"lr20x", "base1"}
    assert "1 regressed" in shown.main
    assert f"from the picked runs alone; {2 * AT_ONCE + 2} other runs are being read" in shown.main
    shown.run()
    assert len(histories(server)) == 2 * AT_ONCE + 4
    assert "1 regressed" in shown.main and "are being read" not in shown.main
    assert "other seeds" in shown.main


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence shows the same sentences sooner."""
    monkeypatch.setattr(server_api, "PATIENCE", 1.5)
    monkeypatch.setattr(server_api, "PROBE", 0.5)


DEATHS = {"refused": "refuses the connection", "503": "error 503", "hang": "did not answer within"}
# What eight readers have under way, and the one retry of each, when the last of a few failures is seen.
MOST_AFTER = 3 * AT_ONCE


def last_words(server: Server) -> str:
    """The one sentence with which a command ends within seconds where a server dies."""
    start = time.monotonic()
    done = run("compare", server)
    all_ended()
    assert time.monotonic() - start < AT_AN_END
    assert (done.exit_code, done.stdout) == (3, "")
    (said,) = done.stderr.splitlines()
    return said


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", DEATHS)
def test_a_server_that_dies_in_the_middle_of_a_listing_ends_a_command_within_seconds(
    server: Server, kind: str
) -> None:
    server.runs = [*many(0), *empty(1_500)]
    server.die("Runs", kind, after=1)
    assert DEATHS[kind] in last_words(server)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", DEATHS)
def test_a_server_that_dies_in_the_middle_of_the_histories_ends_a_command_within_seconds(
    server: Server, kind: str
) -> None:
    server.runs = many(120)
    server.die("RunParquetHistory", kind, after=20)
    said = last_words(server)
    assert DEATHS[kind] in said and "of 120 runs had been read" in said
    answered = server.count("Runs", "Viewer") + 2 * 20
    assert server.begun - answered <= MOST_AFTER


@pytest.mark.usefixtures("impatient")
def test_exports_that_come_no_more_end_a_command_though_the_server_answers(server: Server) -> None:
    server.runs = many(120)
    server.faults["file"] = Fault(wait=3600.0, after=20)
    said = last_words(server)
    assert "did not answer within" in said and "of 120 runs had been read" in said


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", DEATHS)
def test_a_server_that_dies_in_the_middle_of_the_histories_leaves_the_page_its_verdict(
    server: Server, kind: str
) -> None:
    server.runs = many(120)
    server.die("RunParquetHistory", kind, after=20)
    shown = screen(server)
    assert "1 regressed" in shown.main
    start = time.monotonic()
    shown.run()
    assert time.monotonic() - start < AT_AN_END
    assert "1 regressed" in shown.main and not shown.app.error
    assert shown.main.count(DEATHS[kind]) == 1 and "runs not read" in shown.main
    before = server.begun
    shown.run()
    assert server.begun == before and "1 regressed" in shown.main
    assert shown.main.count(DEATHS[kind]) == 1


def test_after_four_failures_in_a_row_a_host_is_left_alone_and_an_answer_counts_anew() -> None:
    why = Unreachable("h answers with error 500")
    failed = [type(server_failures.failed(["h"], why)) for _ in range(server_failures.MOST)]
    assert failed == [*[Unreachable] * (server_failures.MOST - 1), ServerDown]
    with pytest.raises(ServerDown, match="error 500"):
        server_failures.check("h", 60)
    server_failures.check("other", 60)
    server_failures.check("h", 0)
    server_failures.answered("h")
    server_failures.check("h", 60)
