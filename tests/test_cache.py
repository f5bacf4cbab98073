"""The cache gives back what was stored, and nothing else."""

import multiprocessing
import os
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from support import builders
from support.by_text import offline

from actot import sources
from actot.errors import Unreachable
from actot.files import run_cache
from actot.loading import parallel
from actot.records import Listing, Run, RunInfo
from actot.source_ref import SourceRef
from actot.sources import Catalogue


@pytest.fixture
def run() -> Run:
    found = builders.healthy("r1", eval_l1=[1.0, float("nan"), float("inf"), 0.5])
    return replace(found, tags=("a", "b"), warnings=("w",), revision="1", cursor="{}")


def assert_same(a: Run, b: Run) -> None:
    for f in fields(Run):
        if f.name != "series":
            assert getattr(a, f.name) == getattr(b, f.name), f.name
    assert a.series.keys() == b.series.keys()
    for key, series in a.series.items():
        assert np.array_equal(series.steps, b.series[key].steps)
        assert np.array_equal(series.values, b.series[key].values, equal_nan=True)


def test_a_run_comes_back_as_it_was_stored(run: Run, tmp_path: Path) -> None:
    assert run_cache.store(tmp_path, "w", run)
    found = run_cache.fetch(tmp_path, "w", "r1")
    assert found is not None
    assert_same(found, run)


def test_a_run_without_history_comes_back(run: Run, tmp_path: Path) -> None:
    run_cache.store(tmp_path, "w", replace(run, series={}))
    found = run_cache.fetch(tmp_path, "w", "r1")
    assert found is not None and found.series == {}


def test_some_keys_are_read_alone(run: Run, tmp_path: Path) -> None:
    run_cache.store(tmp_path, "w", run)
    key = builders.key("eval_l1")
    found = run_cache.fetch(tmp_path, "w", "r1", [key])
    assert found is not None and list(found.series) == [key]


def test_what_was_not_stored_is_absent(run: Run, tmp_path: Path) -> None:
    run_cache.store(tmp_path, "w", run)
    assert run_cache.fetch(tmp_path, "w", "r2") is None
    assert run_cache.fetch(tmp_path, "other", "r1") is None
    assert run_cache.fetch(tmp_path / "nowhere", "w", "r1") is None


def test_a_file_cut_anywhere_or_flipped_is_absent_or_whole(run: Run, tmp_path: Path) -> None:
    run_cache.store(tmp_path, "w", run)
    (path,) = tmp_path.glob("*.arrow")
    data = path.read_bytes()
    for length in range(0, len(data), 37):
        path.write_bytes(data[:length])
        assert run_cache.fetch(tmp_path, "w", "r1") is None
    path.write_bytes(b"")
    assert run_cache.fetch(tmp_path, "w", "r1") is None


def test_another_version_is_absent(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cache.store(tmp_path, "w", run)
    monkeypatch.setattr(run_cache, "VERSION", run_cache.VERSION + 1)
    assert run_cache.fetch(tmp_path, "w", "r1") is None


def test_the_least_recently_used_files_go_first(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        run_cache.store(tmp_path, "w", replace(run, id=f"r{n}"))
    for path in tmp_path.glob("*.arrow"):
        os.utime(path, (1, 1))
    assert run_cache.fetch(tmp_path, "w", "r0") is not None
    each = run_cache.size(tmp_path) // 4
    monkeypatch.setattr(run_cache, "LARGEST", 2 * each + 100)
    run_cache.store(tmp_path, "w", replace(run, id="new"))
    assert run_cache.size(tmp_path) <= 2 * each + 100
    assert run_cache.fetch(tmp_path, "w", "r0") is not None
    assert run_cache.fetch(tmp_path, "w", "new") is not None


def test_clearing_leaves_nothing_and_touches_nothing_else(run: Run, tmp_path: Path) -> None:
    run_cache.store(tmp_path, "w", run)
    run_cache.store_listing(tmp_path, "w", Listing((run,)))
    (tmp_path / "mine.txt").write_text("stay")
    assert run_cache.clear(tmp_path) > 0
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_costs_nothing_but_speed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not run_cache.store(tmp_path / "file" / "below", "w", run)


def _write_often(folder: str, level: float) -> None:
    run = builders.healthy("r1", level)
    for _ in range(40):
        run_cache.store(Path(folder), "w", run)


def test_two_processes_never_see_half_of_a_file(tmp_path: Path) -> None:
    levels = (0.25, 0.75)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write_often, args=(str(tmp_path), x)) for x in levels]
    wanted = {
        builders.healthy("r1", x).series[builders.key("eval_l1")].values.tobytes() for x in levels
    }
    for worker in workers:
        worker.start()
    seen = 0
    while any(w.is_alive() for w in workers):
        found = run_cache.fetch(tmp_path, "w", "r1")
        if found is not None:
            assert found.series[builders.key("eval_l1")].values.tobytes() in wanted
            seen += 1
    assert seen > 0
    assert all(w.exitcode == 0 for w in workers)


def test_an_unchanged_run_is_not_read_again(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = sources.list_runs(str(recorded))
    info = listed.runs[0]
    first = sources.load(listed, info.id, revision=info.revision, folder=tmp_path)

    def never(*args: object) -> Run:
        raise AssertionError("the source was read again")

    monkeypatch.setattr(sources.shelf()["offline"], "load", never)
    again = sources.load(listed, info.id, revision=info.revision, folder=tmp_path)
    assert_same(first, again)


def test_a_grown_file_is_read_on_where_the_last_look_stopped(
    recorded: Path, tmp_path: Path
) -> None:
    whole = builders.run_file(recorded, "base1")
    data = whole.read_bytes()
    growing = tmp_path / "runs" / whole.name
    growing.parent.mkdir()
    wanted = offline.load(str(recorded), "base1")
    known, where = None, str(growing.parent)
    for length in (*range(3000, len(data), 2777), len(data)):
        growing.write_bytes(data[:length])
        listed = sources.list_runs(where)
        revision = listed.runs[0].revision
        known = sources.load(listed, "base1", revision=revision, folder=tmp_path / "cache")
    assert known is not None
    assert known.series.keys() == wanted.series.keys()
    for key, series in wanted.series.items():
        assert np.array_equal(series.steps, known.series[key].steps), key
        assert np.array_equal(series.values, known.series[key].values, equal_nan=True), key
    assert (known.state, known.config, known.warnings) == ("finished", wanted.config, ())
    assert known.runtime_s == wanted.runtime_s


def test_a_finished_run_whose_file_was_only_touched_stays_finished(
    recorded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "runs" / "run-base1.wandb"
    path.parent.mkdir()
    path.write_bytes(builders.run_file(recorded, "base1").read_bytes())
    found = []
    for moment in (1, 2):
        os.utime(path, (moment, moment))
        listed = sources.list_runs(str(path.parent))
        revision = listed.runs[0].revision
        found.append(sources.load(listed, "base1", revision=revision, folder=tmp_path / "cache"))
    assert found[0].revision != found[1].revision
    assert_same(replace(found[0], revision=found[1].revision), found[1])
    assert found[1].state == "finished"


def test_a_replaced_file_is_read_from_its_beginning(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = folder / "run-base1.wandb"
    path.write_bytes(builders.run_file(recorded, "base1").read_bytes())
    known = offline.load(str(folder), "base1")
    # The same name, another run: what was known of the old one must not stay.
    builders.write(tmp_path / "again", builders.healthy("base1", 0.9, n=12))
    path.write_bytes(builders.run_file(tmp_path / "again", "base1").read_bytes())
    found = offline.load(str(folder), "base1", known)
    assert len(found.series[builders.key("eval_l1")]) == 12


class Server:
    """A source on a server that answers until it does not."""

    ORDER = 0

    def __init__(self, run: Run) -> None:
        self.run, self.up = run, True

    def claims(self, ref: SourceRef) -> bool:
        return ref.text == "far://away"

    def who(self) -> str:
        return ""

    def list_runs(self, ref: SourceRef, filters: object) -> Catalogue:
        if not self.up:
            raise Unreachable("far: did not answer")
        names = {f.name for f in fields(RunInfo)}
        return Catalogue(ref, Listing((RunInfo(**{n: getattr(self.run, n) for n in names}),)))

    def load(self, catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
        if not self.up:
            raise Unreachable("far: did not answer")
        return self.run


def test_what_is_kept_stays_usable_when_the_server_does_not_answer(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(run)
    monkeypatch.setattr(sources, "shelf", lambda: {"far": server})
    listing = sources.list_runs("far://away", folder=tmp_path)
    sources.load(listing, "r1", revision="1", folder=tmp_path)
    server.up = False
    listing = sources.list_runs("far://away", folder=tmp_path)
    assert [r.id for r in listing.runs] == ["r1"]
    assert listing.problems == ("far: did not answer; showing what was read just now",)
    stale = sources.load(listing, "r1", revision="2", folder=tmp_path)
    assert stale.warnings[-1] == "not up to date: far: did not answer"
    with pytest.raises(Unreachable):
        sources.list_runs("far://away", folder=tmp_path / "empty")


def test_one_run_that_cannot_be_read_leaves_the_others(recorded: Path, tmp_path: Path) -> None:
    listed = sources.list_runs(str(recorded))
    infos = list(listed.runs)
    gone = replace(infos[0], id="gone")
    seen: list[int] = []
    loaded, problems = parallel.load_all(
        listed, [gone, *infos], None, seen.append, then=parallel.itself
    )
    assert [r.id for r in loaded] == [i.id for i in infos]
    assert len(problems) == 1 and problems[0].startswith("gone: ")
    assert seen == list(range(1, len(infos) + 2))


def test_the_folder_is_looked_through_once_for_many_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda p, *more: looked.append(p) or glob(p, *more))

    def looks() -> float:
        """Since the last time, in looks that tell the size."""
        found = len(looked)
        looked.clear()
        run_cache.size(tmp_path)
        one = len(looked)
        looked.clear()
        return found / one

    for n in range(50):
        assert run_cache.store(tmp_path, "x", replace(builders.planted()[0], id=f"r{n}"))
    assert looks() == 1
    each = run_cache.size(tmp_path) / 50
    looks()
    # A limit that a few runs reach is looked after at each of them.
    monkeypatch.setattr(run_cache, "LARGEST", 10 * each)
    for n in range(3):
        run_cache.store(tmp_path, "x", replace(builders.planted()[0], id=f"s{n}"))
    assert looks() >= 3
    assert run_cache.size(tmp_path) <= 10 * each
