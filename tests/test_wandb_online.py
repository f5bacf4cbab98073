"""W&B projects, read by the real client from a server that the tests speak for."""

import contextvars
import json
import math
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest
from support import builders, wandb_server
from support.by_text import offline, wandb_online
from support.wandb_server import Served, Server

from actot.__main__ import main
from actot.errors import ActotError, BadInput, Unreachable
from actot.records import Run
from actot.wandb_io import run_history, server_api

KEYS = ("train/loss", "train/l1_loss", "lr")
BOUND = 15.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults show the same sentences sooner."""
    monkeypatch.setattr(server_api, "PATIENCE", 1.5)
    monkeypatch.setattr(server_api, "PROBE", 0.5)


def mixed(n: int = 60) -> list[dict[str, Any]]:
    """Rows with keys on rows of their own, NaN, Inf, nested keys, and what is no number."""
    rows = list(wandb_server.rows(n, 10, KEYS))
    for i, row in enumerate(rows):
        if i % 3:
            del row["lr"]
        if i % 5 == 0:
            row["eval"] = {"avg_l1": i / 7, "deep": {"er": float(i)}}
    rows[3]["train/loss"], rows[4]["train/loss"] = "NaN", "Infinity"
    rows[5]["train/loss"] = "-Infinity"
    rows[6] |= {"note": "a word", "image": {"_type": "image-file", "width": 640}}
    return rows


def assert_served(run: Run, rows: list[dict[str, Any]]) -> None:
    """Every number of the rows is in the run, at its step, and nothing else."""
    plain = [{k: v for k, v in row.items() if k != "image"} for row in rows]
    wanted = builders.rows_as_series(plain)
    assert set(run.series) == set(wanted)
    for key, points in wanted.items():
        one = run.series[key]
        assert one.steps.tolist() == sorted(points), key
        np.testing.assert_array_equal(one.values, [points[s] for s in sorted(points)], key)


def broken(read: Any) -> ActotError:
    """The error that a reading ends with, in bounded time and in one sentence without the key."""
    start = time.monotonic()
    with pytest.raises((BadInput, Unreachable)) as caught:
        read()
    assert time.monotonic() - start < BOUND
    text = str(caught.value)
    assert "\n" not in text and wandb_server.KEY not in text and len(text) < 300
    return caught.value


def test_wandb_addresses_are_claimed_and_nothing_else() -> None:
    assert wandb_online.claims("wandb://team/tube")
    assert not wandb_online.claims("sample")
    assert not wandb_online.claims("/data/wandb")


def test_300_runs_are_listed_newest_first_in_at_most_five_requests(server: Server) -> None:
    times = [f"2025-01-{1 + i % 28:02}T{i // 28:02}:00:00Z" for i in range(300)]
    server.runs = [
        Served(f"r{i}", config={"seed": i}, created=at, rows=list(wandb_server.rows(3)))
        for i, at in enumerate(times)
    ]
    listing = wandb_online.list_runs(server.where)
    assert server.count() <= 5, server.counts()
    created = [r.created for r in listing.runs]
    assert len(created) == 300 and created == sorted(created, reverse=True)
    assert {r.id: r.config["seed"] for r in listing.runs} == {f"r{i}": i for i in range(300)}
    assert server.history_requests() == 0


def test_a_listed_run_has_its_facts(server: Server) -> None:
    config = {
        **builders.BASE,
        "_wandb": {"python_version": "3.12.1", "cli_version": "0.31.0"},
        "odd": {"value": 1},
    }
    server.runs = [
        Served("abc", name="act", tags=("a", "b"), group="tube", config=config, commit="c0ffee")
    ]
    (run,) = wandb_online.list_runs(server.where).runs
    assert run.config == {**builders.BASE, "odd": {"value": 1}}
    assert (run.name, run.state, run.tags, run.group) == ("act", "finished", ("a", "b"), "tube")
    assert run.created == "2025-01-01T00:00:00+00:00"
    assert run.versions == {"python": "3.12.1", "wandb": "0.31.0", "git commit": "c0ffee"}
    assert run.url == f"{server.url}/team/tube/runs/abc"


def test_a_second_listing_shows_the_server_as_it_is_then(server: Server) -> None:
    server.runs = [Served("a", state="running", rows=mixed(8))]
    (before,) = wandb_online.list_runs(server.where).runs
    (again,) = wandb_online.list_runs(server.where).runs
    assert again == before
    server.runs[0].rows += wandb_server.rows(1, 10, KEYS, start=8)
    server.runs.append(Served("b", created="2025-02-01T00:00:00Z"))
    after = wandb_online.list_runs(server.where).runs
    assert [r.id for r in after] == ["b", "a"]
    assert after[1].revision != before.revision


def test_the_loaded_run_has_the_revision_that_was_listed(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    (listed,) = wandb_online.list_runs(server.where).runs
    assert wandb_online.load(server.where, "a").revision == listed.revision


def test_the_default_entity_and_the_projects_are_found(server: Server) -> None:
    server.runs = [Served("a")]
    assert [r.id for r in wandb_online.list_runs("wandb://tube").runs] == ["a"]
    assert wandb_online.projects() == ["wandb://team/tube"]
    assert wandb_online.projects("team") == ["wandb://team/tube"]
    assert wandb_online.projects("nobody") == []


FILTERED = {
    "tag": ("base", {"tags": {"$in": ["base"]}}),
    "group": ("tube", {"group": "tube"}),
    "state": ("running", {"state": "running"}),
    "name": ("act.", {"displayName": {"$regex": r"act\."}}),
    "id": ("yes", {"name": "yes"}),
    "since": ("2025-02-01", {"createdAt": {"$gte": "2025-02-01T00:00:00Z"}}),
}


@pytest.mark.parametrize("key", FILTERED)
def test_a_filter_is_applied_by_the_server(server: Server, key: str) -> None:
    yes = Served(
        "yes",
        name="my act.1",
        tags=("base",),
        group="tube",
        state="running",
        created="2025-03-01T00:00:00Z",
    )
    server.runs = [yes, Served("no", name="act1")]
    value, sent = FILTERED[key]
    assert [r.id for r in wandb_online.list_runs(server.where, {key: value}).runs] == ["yes"]
    (call,) = [c for c in server.calls if c.operation == "Runs"]
    assert json.loads(call.variables["filters"]) == sent


def test_a_config_filter_leaves_out_other_values_but_not_runs_without_the_key(
    server: Server,
) -> None:
    server.runs = [
        Served("small", config={"optimizer": {"lr": 1e-5}}),
        Served("large", config={"optimizer": {"lr": 2e-4}}),
        Served("default", config={}),
    ]
    found = wandb_online.list_runs(server.where, {"optimizer.lr": "1e-5", "state": "finished"})
    assert {r.id for r in found.runs} == {"small", "default"}
    sent = json.loads(server.calls[-1].variables["filters"])
    value = {"config.optimizer.lr": {"$in": ["1e-5", 1e-5]}}
    absent = {"config.optimizer.lr": {"$exists": False}}
    assert sent == {"$and": [{"$or": [value, absent]}, {"state": "finished"}]}


def test_a_date_that_is_none_is_refused(server: Server) -> None:
    assert "2025-01-31" in str(broken(lambda: wandb_online.list_runs(server.where, {"since": "x"})))


@pytest.mark.parametrize(
    "shape",
    [
        {"exported": 0},
        {"exported": None},
        {"exported": None, "files": 3, "file_order": (2, 0, 1)},
        {"exported": 40},
        {"exported": 40, "live_from": 31},
        {"exported": 40, "live_from": 0, "files": 2},
    ],
    ids=["live", "exported", "three files in disorder", "half", "overlapping", "all twice"],
)
def test_every_point_arrives_as_it_was_served(server: Server, shape: dict[str, Any]) -> None:
    rows = mixed()
    server.runs = [Served("a", rows=rows, **shape)]
    run = wandb_online.load(server.where, "a")
    assert_served(run, rows)
    loss = run.series["train/loss"].values
    assert math.isnan(loss[3]) and loss[4] == math.inf and loss[5] == -math.inf
    assert run.runtime_s == 29.5
    assert run.warnings == ()


def test_a_later_record_of_a_step_wins_whatever_the_order(server: Server) -> None:
    rows = [{"_step": s, "a": float(s)} for s in (0, 1, 2, 5, 4, 3)]
    rows += [{"_step": 2, "a": 200.0}, {"_step": 4, "b": 1.0}, {"_step": 5, "a": 500.0}]
    for shape in ({"exported": 0}, {"exported": None}, {"exported": 6}):
        server.runs = [Served("a", rows=rows, **shape)]
        run = wandb_online.load(server.where, "a")
        assert run.series["a"].steps.tolist() == [0, 1, 2, 3, 4, 5]
        assert run.series["a"].values.tolist() == [0.0, 1.0, 200.0, 3.0, 4.0, 500.0]
        assert run.series["b"].steps.tolist() == [4]


def test_an_exported_run_takes_at_most_six_requests_the_connection_included(
    server: Server,
) -> None:
    server.runs = [Served("a", rows=mixed(), exported=None, files=2)]
    wandb_online.load(server.where, "a")
    assert server.count() <= 6, server.counts()
    assert server.count("file") == 2 and server.count("HistoryPage") == 0


def test_a_long_live_run_is_read_in_pages_that_leave_nothing_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_history, "ROWS", 100)
    rows = list(wandb_server.rows(950, 7, KEYS))
    server.runs = [Served("a", rows=rows)]
    assert_served(wandb_online.load(server.where, "a"), rows)
    assert server.count("HistoryPage") == 10


def now() -> str:
    return datetime.now(UTC).isoformat()


@pytest.mark.parametrize("state", ["finished", "running"])
def test_a_young_run_is_one_request_and_the_same_as_in_several(server: Server, state: str) -> None:
    rows = [*mixed(), {"_step": 100, "train/loss": 7.0}]
    beat = "2025-01-01T01:00:00Z" if state == "running" else now()
    server.runs = [Served("a", rows=rows, state=state, heartbeat=beat)]
    several = wandb_online.load(server.where, "a")
    wandb_online.list_runs(server.where)
    server.forget()
    run = wandb_online.load(server.where, "a")
    assert server.counts() == {"RunLiveHistory": 1}
    assert run.warnings == several.warnings == ()
    assert run.cursor == several.cursor and run.revision == several.revision
    assert run.series.keys() == several.series.keys()
    for key, one in run.series.items():
        assert np.array_equal(one.steps, several.series[key].steps)
        assert np.array_equal(one.values, several.series[key].values, equal_nan=True)


def test_a_young_run_that_grew_or_was_exported_since_its_listing_is_whole(server: Server) -> None:
    served = Served("a", rows=mixed(), heartbeat=now())
    server.runs = [served]
    wandb_online.list_runs(server.where)
    served.rows = [*served.rows, *wandb_server.rows(4, 10, KEYS, start=60)]
    assert_served(wandb_online.load(server.where, "a"), served.rows)
    assert server.count("HistoryPage") == 1
    for exported in (40, None):
        served.exported = exported
        server.forget()
        assert_served(wandb_online.load(server.where, "a"), served.rows)
        assert server.count("file") == 1
    served.exported, served.rows = 0, mixed()[:7]
    assert_served(wandb_online.load(server.where, "a"), served.rows)


def test_an_old_run_is_not_asked_for_rows_that_may_be_exported(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    wandb_online.list_runs(server.where)
    wandb_online.load(server.where, "a")
    assert server.count("RunLiveHistory") == 0 and server.count("RunParquetHistory") == 1


def test_a_finished_run_that_is_known_costs_no_history_request(server: Server) -> None:
    server.runs = [Served("a", rows=mixed(), exported=40)]
    known = wandb_online.load(server.where, "a")
    server.forget()
    again = wandb_online.load(server.where, "a", known)
    assert server.history_requests() == 0 and server.count() == 1
    assert again.revision == known.revision
    server.runs[0].tags = ("late",)
    assert wandb_online.load(server.where, "a", known).tags == ("late",)
    assert server.history_requests() == 0


def test_a_running_run_fetches_its_new_rows_only(server: Server) -> None:
    served = Served("a", rows=mixed(), exported=40, state="running")
    server.runs = [served]
    known = wandb_online.load(server.where, "a")
    served.rows = [*served.rows, *wandb_server.rows(4, 10, KEYS, start=60)]
    server.forget()
    grown = wandb_online.load(server.where, "a", known)
    assert_served(grown, served.rows)
    assert server.counts() == {"Run": 1, "HistoryPage": 1}
    (page,) = [c for c in server.calls if c.operation == "HistoryPage"]
    assert page.variables["minStep"] == 591
    assert page.sent < 4 * 200
    assert grown.revision != known.revision


def test_a_run_that_was_recorded_anew_is_read_anew(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    known = wandb_online.load(server.where, "a")
    shorter = list(wandb_server.rows(20, 10, ("other",)))
    longer = list(wandb_server.rows(80, 10, ("other",)))
    for rows, created in ((shorter, "2025-01-01T00:00:00Z"), (longer, "2025-05-05T00:00:00Z")):
        server.runs = [Served("a", rows=rows, created=created)]
        assert_served(wandb_online.load(server.where, "a", known), rows)


def test_rows_written_over_known_steps_are_noticed(server: Server) -> None:
    served = Served("a", rows=mixed(), state="running")
    server.runs = [served]
    known = wandb_online.load(server.where, "a")
    served.rows = [
        *served.rows,
        {"_step": 590, "train/loss": 7.0},
        {"_step": 600, "train/loss": 8.0},
    ]
    run = wandb_online.load(server.where, "a", known)
    assert run.series["train/loss"].values[-2:].tolist() == [7.0, 8.0]


def test_a_run_exported_since_the_last_look_stays_whole(server: Server) -> None:
    served = Served("a", rows=mixed(40), state="running")
    server.runs = [served]
    known = wandb_online.load(server.where, "a")
    served.rows, served.exported, served.state = mixed(60), None, "finished"
    run = wandb_online.load(server.where, "a", known)
    assert_served(run, served.rows)
    assert run.state == "finished"


def test_a_deleted_run_is_one_clear_sentence(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    known = wandb_online.load(server.where, "a")
    server.runs = []
    assert "no run a" in str(broken(lambda: wandb_online.load(server.where, "a", known)))


def test_a_run_without_history_is_empty(server: Server) -> None:
    server.runs = [Served("a", state="crashed")]
    run = wandb_online.load(server.where, "a")
    assert (dict(run.series), run.last_step, run.runtime_s) == ({}, None, None)


def test_fifty_histories_load_eight_at_a_time(server: Server) -> None:
    rows = mixed()
    server.runs = [Served(f"r{i}", rows=rows) for i in range(50)]
    server.delay = 0.05
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda i: wandb_online.load(server.where, f"r{i}"), range(50)))
    assert time.monotonic() - start < 5
    assert server.count("Viewer") == 1
    for run in runs:
        assert_served(run, rows)


def test_the_same_rows_are_the_same_offline_and_online(server: Server, tmp_path: Path) -> None:
    points: list[list[Any]] = []
    for s in range(40):
        points += [[s, "train/loss", 1 / (s + 3)], [s, "lr", 1e-5], [s, "whole", 1.0]]
        if s % 7 == 0:
            points.append([s, "eval/avg_l1", math.nan if s == 7 else s / 11])
    one = {"id": "twin", "name": "act", "config": builders.BASE, "points": points}
    folder = builders.record(tmp_path / "recorded", [one])
    mine = offline.load(str(folder), "twin")
    rows = builders.inspected_rows(builders.run_file(folder, "twin"))
    for exported in (0, 25, None):
        server.runs = [Served("twin", rows=rows, config=builders.BASE, exported=exported)]
        theirs = wandb_online.load(server.where, "twin")
        assert set(theirs.series) == set(mine.series)
        for key, series in mine.series.items():
            np.testing.assert_array_equal(theirs.series[key].steps, series.steps)
            np.testing.assert_array_equal(theirs.series[key].values, series.values)
        assert theirs.config == mine.config


STATUSES = {401: "does not accept the API key", 403: "does not let", 404: "(404)", 500: "error 500"}


@pytest.mark.parametrize(
    "operation", ["Viewer", "Runs", "RunParquetHistory", "HistoryPage", "file"]
)
@pytest.mark.parametrize("status", STATUSES)
def test_an_http_error_is_said_with_its_reason(server: Server, operation: str, status: int) -> None:
    server.runs = [Served("a", rows=mixed(), exported=30)]
    server.fail(operation, status, message=f"echo {server.key}")
    error = broken(lambda: summary(server, operation))
    wanted = f"error {status}" if operation == "file" else STATUSES[status]
    assert wanted in str(error)
    assert isinstance(error, BadInput if status == 404 and operation != "file" else Unreachable)


def summary(server: Server, operation: str) -> object:
    """What asks for an operation."""
    if operation in ("Viewer", "Runs"):
        return wandb_online.list_runs(server.where)
    return wandb_online.load(server.where, "a")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("operation", ["Viewer", "Runs", "HistoryPage"])
def test_a_server_that_asks_to_wait_is_not_waited_for(server: Server, operation: str) -> None:
    server.runs = [Served("a", rows=mixed())]
    server.fail(operation, 429, Retry_After="60")
    assert "429" in str(broken(lambda: summary(server, operation)))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("operation", ["Viewer", "Runs", "HistoryPage", "file"])
def test_a_server_that_hangs_is_given_up(server: Server, operation: str) -> None:
    server.runs = [Served("a", rows=mixed(), exported=30)]
    server.hang(operation)
    assert "did not answer" in str(broken(lambda: summary(server, operation)))


def test_the_patience_of_the_product_is_ten_seconds(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    wandb_online.list_runs(server.where)
    server.hang("HistoryPage")
    start = time.monotonic()
    broken(lambda: wandb_online.load(server.where, "a"))
    assert time.monotonic() - start < 11


@pytest.mark.usefixtures("impatient")
def test_many_histories_of_a_server_that_hangs_do_not_wait_one_after_another(
    server: Server,
) -> None:
    server.runs = [Served(f"r{i}", rows=mixed()) for i in range(40)]
    wandb_online.list_runs(server.where)
    server.hang("HistoryPage")
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(lambda i: broken(lambda: wandb_online.load(server.where, f"r{i}")), range(40))
        )
    one_after_another = 40 * server_api.PATIENCE
    assert time.monotonic() - start < one_after_another / 2


@pytest.mark.parametrize("operation", ["Runs", "RunParquetHistory", "HistoryPage", "file"])
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(
    server: Server, operation: str
) -> None:
    server.runs = [Served("a", rows=mixed(), exported=30)]
    server.cut(operation)
    assert isinstance(broken(lambda: summary(server, operation)), Unreachable)


PASSING = [("Runs", 500), ("HistoryPage", 500), ("file", 500), ("Runs", 429), ("HistoryPage", 429)]


@pytest.mark.parametrize(("operation", "status"), PASSING)
def test_a_fault_that_passes_is_not_seen(server: Server, operation: str, status: int) -> None:
    rows = mixed()
    server.runs = [Served("a", rows=rows, exported=30)]
    server.fail(operation, status, times=1, Retry_After="1")
    wandb_online.list_runs(server.where)
    assert_served(wandb_online.load(server.where, "a"), rows)


def test_a_refused_query_is_said_in_the_servers_words(server: Server) -> None:
    server.fail("Runs", 200, message="permission denied")
    assert "permission denied" in str(broken(lambda: wandb_online.list_runs(server.where)))


def test_after_a_failure_the_source_works_again(server: Server) -> None:
    server.runs = [Served("a", rows=mixed())]
    server.fail("Viewer", 500)
    broken(lambda: wandb_online.list_runs(server.where))
    server.mend()
    assert len(wandb_online.list_runs(server.where).runs) == 1


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:9", "refuses the connection"),
        ("http://no-such-host.invalid", "no-such-host.invalid"),
        ("ftp://somewhere", "WANDB_BASE_URL"),
        ("nonsense", "WANDB_BASE_URL"),
    ],
)
def test_a_server_that_is_not_there_is_said_within_seconds(
    server: Server, monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", address)
    assert reason in str(broken(lambda: wandb_online.list_runs(server.where)))


@pytest.mark.parametrize("where", ["wandb://", "wandb://a/b/c", "wandb://a//b"])
def test_an_address_that_is_none_is_refused(where: str) -> None:
    assert isinstance(broken(lambda: wandb_online.list_runs(where)), BadInput)


def test_an_unknown_project_or_run_is_bad_input(server: Server) -> None:
    assert isinstance(broken(lambda: wandb_online.list_runs("wandb://team/nope")), BadInput)
    assert isinstance(broken(lambda: wandb_online.load(server.where, "nope")), BadInput)
    assert isinstance(broken(lambda: wandb_online.load("wandb://no/body", "nope")), BadInput)


def test_a_wrong_key_says_how_to_log_in(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("f" * 40, "short"):
        monkeypatch.setenv("WANDB_API_KEY", key)
        error = broken(lambda: wandb_online.list_runs(server.where))
        assert "WANDB_API_KEY" in str(error) and "wandb login" in str(error)
        assert key not in str(error)


def test_a_key_given_by_hand_serves_its_own_session_only(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "f" * 40)
    server.runs = [Served("a")]

    def session() -> None:
        wandb_online.use_key(server.key)
        assert len(wandb_online.list_runs(server.where).runs) == 1
        with ThreadPoolExecutor(1) as pool:
            mine = contextvars.copy_context()
            assert pool.submit(mine.run, wandb_online.load, server.where, "a").result().id == "a"

    contextvars.copy_context().run(session)
    broken(lambda: wandb_online.list_runs(server.where))
    assert server.key not in repr(server_api._links)


ALONE = """
import sys
from actot.errors import ActotError
from actot import sources
try:
    print(len(sources.list_runs(sys.argv[1]).runs))
except ActotError as e:
    print(type(e).__name__, e)
"""


@pytest.mark.parametrize("place", ["environment", "netrc", "nowhere"])
def test_the_key_comes_from_where_the_client_looks_and_nothing_else_is_printed(
    server: Server, tmp_path: Path, place: str
) -> None:
    server.runs = [Served("a")]
    env = {k: v for k, v in os.environ.items() if k not in ("WANDB_API_KEY", "WANDB_SERVICE")}
    netrc = tmp_path / "netrc"
    env |= {"NETRC": str(netrc), "PYTHONPATH": str(builders.ROOT)}
    if place == "environment":
        env["WANDB_API_KEY"] = server.key
    if place == "netrc":
        machine = server.url.removeprefix("http://")
        netrc.write_text(f"machine {machine}\n  login user\n  password {server.key}\n")
        netrc.chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, server.where],
        capture_output=True,
        text=True,
        timeout=60,
        env=env,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    if place == "nowhere":
        assert done.stdout.startswith("Refused") and "wandb login" in done.stdout
    else:
        assert done.stdout == "1\n"
    assert [p.name for p in tmp_path.iterdir() if p != netrc] == []


MANY = """
import json, os, sys
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest
from actot.__main__ import main
where, *_ = sys.argv[1:]
for variables in json.load(sys.stdin):
    os.environ |= variables
    done = CliRunner().invoke(main, ["runs", where, "--no-cache"])
    print(json.dumps([done.exit_code, done.stdout, done.stderr]))
"""
UNTIDY = ("{url} ", " {url}\n", "{url}/\t")
NO_ADDRESS = (
    "127.0.0.1:8080",
    "localhost",
    "htp://x",
    "http://",
    "://",
    "http://127.0.0.1:99999999",
    "http://127.0.0.1:abc",
    "http://[::1",
    "http://a b/",
    "file:///etc/passwd",
    wandb_server.KEY,
)


def in_turn(server: Server, tried: list[dict[str, str]], **env: str) -> list[Any]:
    """Exit code, stdout and stderr of listing a project with each of these variables, in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", MANY, server.where],
        input=json.dumps(tried),
        capture_output=True,
        text=True,
        timeout=120,
        env={k: v for k, v in os.environ.items() if k != "WANDB_SERVICE"} | env,
        cwd=builders.ROOT,
    )
    assert done.stderr == "", done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(tried)
    return found


def test_an_address_in_the_environment_that_is_none_is_one_sentence_and_exit_code_2(
    server: Server,
) -> None:
    tried = [{"WANDB_BASE_URL": address} for address in NO_ADDRESS]
    for code, out, said in in_turn(server, tried):
        assert (code, out) == (2, "")
        assert said.count("\n") == 1 and "WANDB_BASE_URL is not an address" in said
        assert wandb_server.KEY not in said


def test_blanks_at_the_ends_of_key_and_address_do_no_harm(server: Server) -> None:
    server.runs = [Served("abc")]
    tried = [{"WANDB_API_KEY": key.format(key=server.key)} for key in ("{key}\n", " {key}\r\n")]
    tried += [{"WANDB_BASE_URL": address.format(url=server.url)} for address in UNTIDY]
    for code, out, said in in_turn(server, tried):
        assert (code, said) == (0, "")
        assert "abc" in out


def test_a_key_of_blanks_is_none(server: Server) -> None:
    ((code, out, said),) = in_turn(server, [{"WANDB_API_KEY": " \n"}])
    assert (code, out) == (3, "")
    assert "there is no API key" in said and said.count("\n") == 1


def test_settings_that_the_client_does_not_take_are_one_sentence(server: Server) -> None:
    ((code, out, said),) = in_turn(server, [{"WANDB_INIT_TIMEOUT": "soon"}])
    assert (code, out) == (2, "")
    assert "the W&B client does not take its settings" in said and said.count("\n") == 1


@pytest.mark.parametrize("key", ["a b\nc" * 10, "x" * 300, "ключ" * 12, "short", "\x00" * 40])
def test_a_key_given_by_hand_that_is_none_is_refused_without_being_said(
    server: Server, key: str
) -> None:
    def session() -> None:
        wandb_online.use_key(key)
        for read in (lambda: wandb_online.list_runs(server.where), wandb_online.projects):
            error = broken(read)
            assert key not in str(error) and "API key" in str(error)

    contextvars.copy_context().run(session)


UNREAD = "could not be read: "


def troubled(server: Server, kind: str) -> str:
    """A project whose histories do not come, and what is said of that."""
    server.runs = [
        Served(r.id, builders.rows_of(r), r.config, exported=None) for r in builders.planted()
    ]
    if kind == "hang":
        server.hang("RunParquetHistory")
        return "did not answer within"
    server.fail("RunParquetHistory", 429, Retry_After="30")
    return "asks to wait (429, too many requests)"


@pytest.mark.parametrize("kind", ["429", "hang"])
@pytest.mark.parametrize("command", ["compare", "diff", "suggest", "report", "summary"])
def test_a_picked_run_whose_history_does_not_come_is_said_and_exit_code_3(
    server: Server, impatient: None, tmp_path: Path, command: str, kind: str
) -> None:
    why = troubled(server, kind)
    picks = ["--runs", "lr20x", *(["--baselines", "base1"] if command != "summary" else [])]
    more = ["--out", str(tmp_path / "next")] if command == "suggest" else []
    done = CliRunner().invoke(main, [command, server.where, "--no-cache", *picks, *more])
    assert (done.exit_code, done.stdout) == (3, ""), done.output
    last = done.stderr.splitlines()[-1]
    assert re.match(rf"actot: (lr20x|base1): {UNREAD}", last) and why in last
    assert "not in this source" not in done.stderr and server.key not in done.stderr


def test_a_run_that_was_not_picked_and_does_not_come_is_named_and_the_others_are_judged(
    server: Server, impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    picks = ["--runs", "lr20x", "--baselines", "base1"]
    troubled(server, "429")
    server.mend()
    late = server.runs.pop()
    assert CliRunner().invoke(main, ["compare", server.where, *picks]).exit_code == 0
    server.runs.append(late)
    server.fail("RunParquetHistory", 429)
    done = CliRunner().invoke(main, ["compare", server.where, *picks])
    assert done.exit_code == 0
    assert f"actot: {late.id}: " in done.stderr
    asked = ["suggest", server.where, *picks, "--anchor", late.id, "--out", str(tmp_path / "n")]
    anchored = CliRunner().invoke(main, asked)
    assert anchored.exit_code == 3 and f"{late.id}: {UNREAD}" in anchored.stderr


@pytest.mark.parametrize("page", ["app.py", "pages/2_Config_diff.py", "pages/5_Report.py"])
def test_a_picked_run_whose_history_does_not_come_is_a_sentence_on_the_page(
    server: Server, impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    why = troubled(server, "429")
    shown = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=120)
    shown.query_params |= {"source": server.where, "runs": "lr20x", "base": "base1", "lang": "en"}
    if page != "app.py":
        shown.switch_page(page)
    shown.run()
    assert not shown.exception
    said = [e.value.replace("\\", "") for e in shown.error]
    assert [s.partition(UNREAD)[0] for s in said] == ["lr20x: ", "base1: "]
    assert all(why in s for s in said)


def test_the_command_line_judges_a_project_and_shows_it_when_the_server_is_gone(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    planted = builders.planted()
    server.runs = [Served(r.id, builders.rows_of(r), r.config, exported=None) for r in planted]
    picks = ["compare", server.where, "--runs", "lr20x", "--baselines", "base1", "--json"]
    done = CliRunner().invoke(main, picks)
    assert done.exit_code == 0, done.stderr
    offline_study = builders.planted_study(picked=("lr20x",), baselines=("base1",))
    (pair, *_) = json.loads(done.stdout)["pairs"]
    assert pair["change_pct"] == pytest.approx(100 * offline_study.verdicts[0].change, rel=1e-9)
    server.forget()
    assert CliRunner().invoke(main, picks).stdout == done.stdout
    assert sum(server.count(name) for name in wandb_server.HISTORY) == 0
    server.fail("Runs", 500)
    late = CliRunner().invoke(main, picks)
    assert (late.exit_code, late.stdout) == (0, done.stdout)
    assert "showing what was read just now" in late.stderr
    server.fail("Runs", 401)
    refused = CliRunner().invoke(main, picks)
    assert refused.exit_code == 3
    assert "does not accept the API key" in refused.stderr and server.key not in refused.stderr
