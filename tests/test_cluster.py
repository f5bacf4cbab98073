"""Runs read by other processes: a real Dask scheduler with workers on the loopback, some of which die."""

import builtins
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support import builders
from support.by_text import unlisted
from support.loopback import BOUND, Loopback, free_port

from actot import errors, report, sources, study
from actot.__main__ import main
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import ActotError, BadInput, NoWorkers
from actot.loading import dask_executor, parallel
from actot.loading.dask_executor import Workers
from actot.output import json_documents
from actot.records import Run, Series
from actot.sources import wandb_online
from bench import record

RUNS, SOME = 200, 9
EVERY = 40  # one of so many points is kept
PICKED = ("recipe001_s1", "recipe001_s2")
READ = partial(run_summary.summarize, profile=builders.PROFILE)
# On the path of the workers, as actot is: one run is more than any of them can bear.
DEADLY = """
import os

def then(run):
    if run.id == "recipe000_s4":
        os._exit(1)
    return run.id
"""


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    place = tmp_path_factory.mktemp("loopback")
    (place / "deadly.py").write_text(DEADLY)
    found = Loopback(place)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 runs of 50 recipes, with few points each."""
    folder = tmp_path_factory.mktemp("many")
    for run in record.made_up(RUNS):
        thin = {
            k: Series(k, s.steps[::EVERY].copy(), s.values[::EVERY].copy())
            for k, s in run.series.items()
        }
        path = folder / f"offline-run-{run.id}" / f"run-{run.id}.wandb"
        record.save(path, record.messages(replace(run, series=thin)))
    return folder


@pytest.fixture(scope="module")
def few(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of them."""
    return part(many, tmp_path_factory.mktemp("few"), SOME)


def part(whole: Path, folder: Path, runs: int) -> Path:
    """The first runs of a folder in another one."""
    for path in sorted(whole.rglob("*.wandb"))[:runs]:
        (folder / path.name).hardlink_to(path)
    return folder


def call(*args: Any) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(a) for a in args])


def read(
    where: Path,
    pool: Executor | None = None,
    done: Callable[[int], None] = lambda n: None,
    folder: Path | None = None,
) -> tuple[list[RunSummary], list[str]]:
    """The summaries of every run of a folder, and of one that is not there."""
    listed = sources.list_runs(str(where))
    infos = [replace(listed.runs[0], id="gone"), *listed.runs]
    return parallel.load_all(listed, infos, folder, done, then=READ, pool=pool)


def written(found: list[RunSummary], pool: Executor | None = None) -> list[Any]:
    """Everything that is shown of a Study."""
    judged = study.study_summaries(
        found, PICKED, record.BASELINES, builders.PROFILE, source="many", pool=pool
    )
    assert judged.findings
    assert judged.causes and judged.experiments
    return [
        json_documents.compare(judged),
        json_documents.summary(found, builders.PROFILE),
        json_documents.report(judged),
        report.write(judged, "en"),
    ]


def runs_of(found: list[RunSummary]) -> tuple[str, ...]:
    return tuple(r.id for r in found)


def arrays(summary: RunSummary) -> dict[tuple[str, str], tuple[bytes, bytes, str, str]]:
    """Every array of a summary, bit for bit."""
    assert not any(s.values.flags.writeable or s.steps.flags.writeable for s in all_series(summary))
    return {
        (kind, name): (s.steps.tobytes(), s.values.tobytes(), str(s.steps.dtype), s.key)
        for kind, some in (("run", summary.run.series), ("reading", summary.series))
        for name, s in some.items()
    }


def all_series(summary: RunSummary) -> list[Any]:
    return [*summary.run.series.values(), *summary.series.values()]


def assert_same(ours: list[RunSummary], theirs: list[RunSummary]) -> None:
    """Equal in every bit, and so is what a Study makes of them."""
    assert [r.id for r in ours] == [r.id for r in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert arrays(a) == arrays(b)
        assert replace(a.run, series={}) == replace(b.run, series={})
        assert (a.settings, repr(a.stats)) == (b.settings, repr(b.stats))


# On real workers.


def test_200_runs_are_read_alike_though_a_worker_is_killed_in_the_middle(
    loopback: Loopback, many: Path, tmp_path: Path
) -> None:
    first, second = loopback.need(2)
    seen: list[int] = []

    def done(n: int) -> None:
        seen.append(n)
        if n == RUNS // 4:
            first.send_signal(signal.SIGKILL)

    with Workers(loopback.address) as pool:
        far, problems = read(many, pool, done, tmp_path)
        shown = written(far, pool)
    assert first.wait(BOUND) == -signal.SIGKILL
    here, said = read(many)
    assert (len(far), problems) == (RUNS, said)
    assert seen == list(range(1, RUNS + 2))
    assert_same(here, far)
    assert written(here) == shown
    # Both did their part, each in its own cache, and the caller kept nothing.
    assert loopback.kept(first) > 0 and loopback.kept(second) > RUNS // 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["compare", "summary"])
def test_a_command_prints_the_same_with_a_cluster(
    loopback: Loopback, few: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.need(1)
    picks = ("--runs", "recipe001_s1", "--baselines", "recipe000_s1,recipe000_s2")
    args = (command, few.name, *(picks if command == "compare" else ()), "--json")
    # A folder is named from where the caller stands.
    monkeypatch.chdir(few.parent)
    here = call(*args, "--no-cache")
    far = call(*args, "--no-cache", "--cluster", loopback.address)
    assert (far.exit_code, far.stdout, far.stderr) == (0, here.stdout, here.stderr)


def test_the_run_that_kills_its_workers_is_named_and_the_others_stay(
    loopback: Loopback, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(loopback.place))
    import deadly

    loopback.need(3)
    listed = sources.list_runs(str(few))
    with Workers(loopback.address) as pool:
        found, problems = parallel.load_all(listed, listed.runs, then=deadly.then, pool=pool)
    assert found == [i.id for i in listed.runs if i.id != "recipe000_s4"]
    assert [p.split(":")[0] for p in problems] == ["recipe000_s4"]
    assert "each worker that read it died" in problems[0]
    assert len(loopback.alive()) == 1


def test_the_app_reads_on_the_workers(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    from actot.widgets import session_cache

    (worker, *_) = loopback.need(1)
    before = loopback.kept(worker)
    monkeypatch.setenv("ACTOT_CLUSTER", loopback.address)
    session_cache.clear()
    try:
        page = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=BOUND).run()
        assert not page.exception and not page.error
        assert any("regressed" in m.value for m in page.main.markdown)
        assert loopback.kept(worker) == before + len(sources.list_runs("sample").runs)
    finally:
        session_cache.cluster(loopback.address).shutdown()
        session_cache.cluster.clear()


def test_what_waits_for_lost_workers_ends_with_one_sentence(
    loopback: Loopback, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_executor, "ALONE", 1)
    monkeypatch.setattr(dask_executor, "PATIENCE", 1)
    loopback.need(1)
    with Workers(loopback.address) as pool:
        for worker in loopback.alive():
            worker.kill()
        with pytest.raises(NoWorkers, match="all workers are gone"):
            read(few, pool)
    result = call("summary", few, "--cluster", loopback.address)
    assert_one_line(result, 3, "no worker there", "dask worker")
    loopback.need(0)
    loopback.need(1)
    with Workers(loopback.address) as pool:
        waiting = pool.submit(time.sleep, BOUND)
        loopback.scheduler.kill()
        with pytest.raises(NoWorkers, match="the scheduler went away"):
            waiting.result(BOUND)
        assert not pool.usable()


# Without any.


def assert_one_line(result: Result, code: int, *words: str) -> None:
    """The exit code, nothing on stdout, one sentence on stderr."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    (line,) = [x for x in result.stderr.splitlines() if x]
    assert line.startswith("actot: ") and "Traceback" not in line
    for word in words:
        assert word in line


def test_a_scheduler_that_does_not_answer_is_one_sentence_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_executor, "PATIENCE", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    start = time.monotonic()
    assert_one_line(call("summary", "sample", "--cluster", address), 3, address, "no scheduler")
    assert time.monotonic() - start < BOUND / 2


def test_the_app_says_once_that_no_scheduler_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    from actot.widgets import session_cache

    monkeypatch.setattr(dask_executor, "PATIENCE", 1)
    monkeypatch.setenv("ACTOT_CLUSTER", f"tcp://127.0.0.1:{free_port()}")
    session_cache.clear()
    page = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=BOUND).run()
    assert not page.exception
    assert len(page.error) == 1 and "no scheduler" in page.error[0].value


def test_without_the_extra_a_cluster_is_bad_input_that_says_how_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "distributed":
            raise ModuleNotFoundError(name)
        return theirs(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    result = call("summary", "sample", "--cluster", "tcp://127.0.0.1:8786")
    assert_one_line(result, 2, "Dask Distributed", dask_executor.INSTALL)


@pytest.mark.parametrize("address", ["scheduler", "tcp://scheduler", "http://scheduler:8786"])
def test_an_address_that_is_none_is_bad_input(address: str) -> None:
    assert_one_line(call("summary", "sample", "--cluster", address), 2, "tcp://scheduler:8786")


def test_any_executor_reads_the_same(few: Path) -> None:
    here, said = read(few)
    for kind in (ThreadPoolExecutor, partial(ProcessPoolExecutor, mp_context=get_context("spawn"))):
        with kind(2) as pool:
            far, problems = read(few, pool)
            assert (len(far), problems) == (SOME, said)
            assert_same(here, far)
            runs = [r.run for r in here]
            ours, theirs = (
                study.study(runs, runs_of(here), (), builders.PROFILE, pool=p) for p in (None, pool)
            )
            assert json_documents.compare(ours) == json_documents.compare(theirs)
            assert ours.findings


def test_a_worker_of_another_version_or_without_the_folder_ends_the_reading(
    few: Path, tmp_path: Path
) -> None:
    then = parallel.itself
    other = replace(parallel.remote_task(unlisted(str(few)), "x", "", kept=False), version="0")
    assert "has actot 0" in str(parallel.load_remote(other, then))
    listed = sources.list_runs(str(few))
    gone = parallel.remote_task(unlisted(str(tmp_path / "gone")), "x", "", kept=False)
    found = parallel.load_remote(gone, then)
    assert isinstance(found, NoWorkers) and "does not see it" in str(found)

    class Elsewhere(Executor):
        def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future:
            future: Future = Future()
            future.set_result(found)
            return future

    with pytest.raises(NoWorkers, match="does not see it"):
        parallel.load_all(listed, listed.runs, then=then, pool=Elsewhere())


def test_a_process_that_lives_on_sees_what_came_after_its_first_look(
    few: Path, many: Path, tmp_path: Path
) -> None:
    part(many, tmp_path, 2)
    assert len(read_there(tmp_path)) == 2
    (later,) = set(few.iterdir()) - {few / p.name for p in sorted(few.iterdir())[: SOME - 1]}
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / later.name).hardlink_to(later)
    assert len(read_there(tmp_path)) == 3


def read_there(where: Path) -> set[str]:
    """The ids of what this process reads for another one, which listed the runs."""
    listed = sources.list_runs(str(where))
    found = []
    for info in listed.runs:
        task = parallel.remote_task(listed, info.id, info.revision, kept=False)
        found.append(parallel.load_remote(pickle.loads(pickle.dumps(task)), READ))
    return {r.id for r in found if isinstance(r, RunSummary)}


@pytest.mark.parametrize("kind", ["runs", "tables"])
def test_a_worker_lists_no_folder_and_walks_through_none(
    kind: str, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("step,x\n1,2\n2,3\n")
    listed = sources.list_runs(str(few if kind == "runs" else tmp_path))
    tasks = [parallel.remote_task(listed, i.id, i.revision, kept=False) for i in listed.runs]
    assert len(pickle.dumps(tasks[0])) < 10_000
    for walk in ("pathlib.Path.rglob", "os.walk"):
        monkeypatch.setattr(walk, lambda *_, **__: pytest.fail("walked"))
    found = [parallel.load_remote(task, parallel.itself) for task in tasks]
    assert [r.id for r in found if isinstance(r, Run)] == [i.id for i in listed.runs]


def test_a_sessions_key_stands_in_nothing_that_is_sent(few: Path) -> None:
    sent = []

    class Recorder(ThreadPoolExecutor):
        def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future:
            sent.append(pickle.dumps((work, args, kwargs)))
            return super().submit(work, *args, **kwargs)

    wandb_online.use_key("a-key-of-one-session")
    try:
        with Recorder(1) as pool:
            read(few, pool)
    finally:
        wandb_online.use_key(None)
    assert len(sent) == SOME + 1
    assert not any(b"a-key-of-one-session" in data for data in sent)


def test_every_error_survives_the_way_between_processes() -> None:
    def kinds(kind: type[ActotError]) -> Iterator[type[ActotError]]:
        yield kind
        for inner in kind.__subclasses__():
            yield from kinds(inner)

    found = list(kinds(ActotError))
    assert {BadInput, errors.Unreachable, errors.Refused, NoWorkers} <= set(found)
    for kind in found:
        again = pickle.loads(pickle.dumps(kind("what: why; do this")))
        assert (type(again), str(again)) == (kind, "what: why; do this")


def test_series_are_read_only_in_the_other_process_too() -> None:
    one = builders.series([1.0, float("nan"), -0.0])
    again = pickle.loads(pickle.dumps(one))
    assert again.values.tobytes() == one.values.tobytes()
    assert not again.values.flags.writeable and not again.steps.flags.writeable
