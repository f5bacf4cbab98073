"""A part of the fuzzing with fixed seeds; `make fuzz` does all of it. And what was mended on its way."""

import contextlib
import json
import multiprocessing
import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import builders, fuzz
from support.by_text import exports, offline, wandb_online
from support.fuzz import BOMBS, RUN_ID, Answers, Cost, Tally

from actot import profile, sources
from actot.analysis import flat_config
from actot.errors import BadInput, Unreachable
from actot.files import run_cache
from actot.records import Listing, Run
from actot.source_ref import SourceRef
from actot.sources import Catalogue
from actot.wandb_io import offline_file, run_history, server_api

SEED = 20
NAME = f"run-{RUN_ID}.wandb"


@pytest.fixture
def rng() -> random.Random:
    return random.Random(SEED)


# Damage -------------------------------------------------------------------------------------------


def test_a_cut_run_file_gives_every_whole_record(tmp_path: Path, rng: random.Random) -> None:
    small, large = fuzz.small_run(), fuzz.large_run()
    assert fuzz.wandb_cuts(small, range(0, len(small), 211), tmp_path).tried > 300
    assert fuzz.wandb_cuts(small, fuzz.ends(small, 1)[::2], tmp_path).tried > 100
    fuzz.wandb_cuts(large, fuzz.ends(large, 0)[::12], tmp_path)
    fuzz.wandb_cuts(large, rng.sample(range(len(large)), 40), tmp_path)


def test_a_flipped_byte_costs_the_rest_of_its_block_and_says_where(
    tmp_path: Path, rng: random.Random
) -> None:
    small, large = fuzz.small_run(), fuzz.large_run()
    fuzz.wandb_flips(
        small, [*range(40), *(rng.randrange(len(small)) for _ in range(200))], rng, tmp_path
    )
    fuzz.wandb_flips(large, [rng.randrange(len(large)) for _ in range(80)], rng, tmp_path)


def test_a_damaged_run_file_leaves_the_other_runs(tmp_path: Path, rng: random.Random) -> None:
    assert fuzz.offline_runs(fuzz.small_run(9_000), 150, rng, tmp_path).read == 150


@pytest.mark.parametrize("name", fuzz.tables())
def test_a_damaged_table_is_read_or_refused(name: str, rng: random.Random) -> None:
    assert fuzz.table_damage(name, 150, rng).tried == 150


@pytest.mark.parametrize("name", fuzz.LINES)
def test_a_damaged_line_costs_itself(name: str, rng: random.Random) -> None:
    assert fuzz.table_lines(name, 300, rng).read == 300


def test_a_damaged_profile_is_read_or_refused(rng: random.Random) -> None:
    found = fuzz.profiles(250, rng)
    assert found.read > 40 and found.refused > 40


def test_a_damaged_config_is_left_out_with_a_word(tmp_path: Path, rng: random.Random) -> None:
    assert fuzz.run_configs(250, rng, tmp_path).read == 250


def test_what_stands_in_a_report_stays(tmp_path: Path, rng: random.Random) -> None:
    assert fuzz.reports(150, rng, tmp_path).read == 150


def test_a_damaged_answer_of_the_server_is_one_sentence(rng: random.Random) -> None:
    found = fuzz.answers(1_000, rng)
    assert found.read > 500 and found.refused > 100


def test_a_damaged_answer_over_the_wire_is_one_sentence(tmp_path: Path, rng: random.Random) -> None:
    assert fuzz.client_answers(25, rng, tmp_path).tried == 25


def test_a_damaged_cache_file_is_absent(tmp_path: Path, rng: random.Random) -> None:
    assert fuzz.cache_files(80, 300, rng, tmp_path).tried == 760


# Limits -------------------------------------------------------------------------------------------

# These take seconds to make; `make fuzz` reads them too.
DEAR = ("table, gzip of zeros", "table, a long text a million times", "run file, a million keys")
CHEAP = [name for name in BOMBS if name not in DEAR]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cost]:
    return fuzz.explode(CHEAP, tmp_path_factory.mktemp("bombs"))


@pytest.mark.parametrize("name", CHEAP)
def test_a_small_input_that_asks_for_much_costs_little(name: str, costs: dict[str, Cost]) -> None:
    assert costs[name].is_bounded(name), costs[name]


STEPS = (-5, 0, 3, 10**18, 2**63 - 1)


def test_steps_below_zero_and_of_1e18_are_read_as_logged(tmp_path: Path) -> None:
    rows = [fuzz.history_record(s, {"x": "1"}) for s in STEPS]
    (tmp_path / NAME).write_bytes(fuzz.log_file([fuzz.run_record(), *rows]))
    run = offline.load(str(tmp_path), RUN_ID)
    assert run.series["x"].steps.tolist() == list(STEPS)
    assert run.warnings == ()


@pytest.mark.parametrize("step", ["1e30", "NaN", "99999999999999999999"])
def test_a_row_whose_step_no_run_has_is_left_out_and_said(step: str, tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record()
    for key, text in (("x", "1"), ("_step", step)):
        item = record.history.item.add()
        item.key, item.value_json = key, text
    good = fuzz.history_record(1, {"x": "1"})
    messages = [fuzz.run_record(), record.SerializeToString(), good]
    (tmp_path / NAME).write_bytes(fuzz.log_file(messages))
    run = offline.load(str(tmp_path), RUN_ID)
    assert run.series["x"].steps.tolist() == [1]
    assert any("cannot be decoded" in w for w in run.warnings)


def test_steps_in_tables_are_read_or_left_out_and_counted() -> None:
    steps = (-5, 0, 3, 10**18)
    csv = "step,x\n" + "".join(f"{s},1\n" for s in steps)
    lines = "".join(json.dumps({"_step": s, "x": 1}) + "\n" for s in (*steps, 10**400))
    for name, text, lost in (("t.csv", csv, 1), ("t.jsonl", lines, 2)):
        (run,) = exports.from_bytes(name, text.encode())
        assert run.series["x"].steps.tolist() == [-5, 0, 3]
        assert any(w.startswith(f"{lost} row(s) have no whole number") for w in run.warnings)


def test_names_of_10_000_letters_are_read(tmp_path: Path) -> None:
    long = "n" * 10_000
    record = fuzz.run_record(**{long: f'"{long}"'})
    (tmp_path / NAME).write_bytes(fuzz.log_file([record, fuzz.history_record(1, {long: "1"})]))
    run = offline.load(str(tmp_path), RUN_ID)
    assert list(run.series) == list(run.config) == [long]
    assert run_cache.store(tmp_path / "cache", "w", replace(run, id=long))
    assert run_cache.fetch(tmp_path / "cache", "w", long) is not None
    (table,) = exports.from_bytes("t.csv", f"run,step,{long}\n{long},1,2\n".encode())
    assert table.id == long and list(table.series) == [long]


# Run files ----------------------------------------------------------------------------------------


def test_a_run_whose_record_is_damaged_keeps_its_history(tmp_path: Path) -> None:
    data = bytearray(fuzz.large_run())
    data[100] ^= 1
    (tmp_path / NAME).write_bytes(data)
    (info,) = offline.list_runs(str(tmp_path)).runs
    assert info.id == RUN_ID
    run = offline.load(str(tmp_path), RUN_ID)
    assert run.last_step is not None and len(run.series) > 5
    assert any("the run record is damaged" in w for w in run.warnings)
    assert any("damaged data at byte " in w for w in run.warnings)


def test_a_damaged_mark_of_a_run_file_costs_nothing_else(tmp_path: Path) -> None:
    whole, broken = tmp_path / "run-whole.wandb", tmp_path / NAME
    whole.write_bytes(fuzz.small_run())
    broken.write_bytes(b"X" + fuzz.small_run()[1:])
    found = offline_file.read(broken)
    assert fuzz.logged(found) == fuzz.logged(offline_file.read(whole))
    assert any("byte 0" in w for w in found.warnings)


def test_a_record_that_cannot_be_decoded_is_said_with_its_place(tmp_path: Path) -> None:
    data = fuzz.log_file([fuzz.run_record(), b"\x07", fuzz.history_record(1, {"x": "1"})])
    (tmp_path / NAME).write_bytes(data)
    found = offline_file.read(tmp_path / NAME)
    end = fuzz.HEADER + 2 * fuzz.CHUNK.size + len(fuzz.run_record()) + 1
    assert [w for w in found.warnings if f"byte {end} " in w]
    assert fuzz.logged(found) == [(1, "x", b"1")]


def test_a_file_of_nothing_but_damage_has_few_warnings(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(fuzz.log_file([fuzz.run_record(), *[b"\x07"] * 500]))
    assert len(offline_file.read(tmp_path / NAME).warnings) <= offline_file.MOST_WARNINGS + 1


def test_a_run_file_with_too_many_keys_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline_file, "MOST_KEYS", 10)
    rows = [fuzz.history_record(i, {f"loss/{i}": "1"}) for i in range(11)]
    (tmp_path / NAME).write_bytes(fuzz.log_file([fuzz.run_record(), *rows]))
    with pytest.raises(BadInput, match="more than 10 different keys"):
        offline_file.read(tmp_path / NAME)


def test_a_record_without_its_end_is_said(tmp_path: Path) -> None:
    data = fuzz.log_file([fuzz.run_record()])
    begin = len(data)
    part = fuzz.log_file([fuzz.history_record(1, {"x": "1"})])[fuzz.HEADER :]
    body = bytes([offline_file.FIRST]) + part[fuzz.CHUNK.size :]
    first = fuzz.CHUNK.pack(fuzz.zlib.crc32(body), len(body) - 1, offline_file.FIRST) + body[1:]
    (tmp_path / NAME).write_bytes(data + first + part)
    found = offline_file.read(tmp_path / NAME)
    assert fuzz.logged(found) == [(1, "x", b"1")]
    assert found.warnings == [f"the record that begins at byte {begin} has no end; skipped"]


def test_a_value_of_a_config_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    record = fuzz.run_record(a="1", deep="[" * 60 + "]" * 60, cut='{"x"', half='"\\ud800"', z="2")
    row = fuzz.history_record(1, {"x": "1"})
    (tmp_path / NAME).write_bytes(fuzz.log_file([record, row]))
    run = offline.load(str(tmp_path), RUN_ID)
    assert run.config == {"a": 1, "half": "?", "z": 2}
    assert [w[:30] for w in run.warnings] == [
        "the value 'deep' of the config",
        "the value 'cut' of the config ",
    ]
    assert run_cache.store(tmp_path / "cache", "w", run)


def test_a_run_that_started_outside_of_the_calendar_keeps_its_tags(tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record()
    record.run.run_id = RUN_ID
    record.run.tags.append("a")
    record.run.start_time.seconds = 10**17
    (tmp_path / NAME).write_bytes(fuzz.log_file([record.SerializeToString()]))
    found = offline_file.read(tmp_path / NAME)
    assert (found.tags, found.created) == (("a",), "")


def test_a_home_that_nobody_has_is_no_source() -> None:
    with pytest.raises(BadInput, match="no such source"):
        sources.list_runs("~nobody-of-this-name/runs")


# Profiles and configs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["9" * 5_000, "2025-13-45", "!!int x", "!!timestamp x", "!!bool x", "!!float x", "!!int ''"],
)
def test_a_value_that_yaml_cannot_make_is_refused_with_the_place(value: str) -> None:
    with pytest.raises(BadInput, match=r"mine\.yaml: not valid YAML"):
        profile.parse(f"{fuzz.PROFILE}smallest_effect: {value}\n", "mine.yaml")


def test_a_message_about_a_profile_is_one_short_line() -> None:
    for key in ("n" * 10_000, "a\\nb", "\\ud800"):
        with pytest.raises(BadInput, match="unknown key") as caught:
            profile.parse(f'{fuzz.PROFILE}? "{key}"\n: 1\n', "mine.yaml")
        fuzz.sentence(str(caught.value))


def test_aliases_and_merged_keys_in_bounds_are_read() -> None:
    text = fuzz.PROFILE.replace("tail: {", "tail: &t {").replace("noise: {", "noise: &n {")
    text += "reset: {<<: *n, a: *t}\n"
    found = profile.parse(text, "mine.yaml")
    assert found.reset["prior"] == 0.04 and found.reset["a"]["least"] == 5


def test_the_runs_of_a_table_read_the_config_of_their_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    theirs = Path.open
    rows = "".join(f"r{i},1,0.5\n" for i in range(50))
    (tmp_path / "t.csv").write_text(f"run,step,x\n{rows}")
    (tmp_path / "config.yaml").write_text("lr: 0.5\n")
    monkeypatch.setattr(Path, "open", lambda p, *more: read.append(p.name) or theirs(p, *more))
    runs = exports.list_runs(str(tmp_path)).runs
    assert len(runs) == 50 and all(r.config == {"lr": 0.5} for r in runs)
    assert read.count("config.yaml") == 1


def test_a_config_that_may_not_be_read_is_said_and_read_when_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Path.open

    def refused(path: Path, *more: Any) -> Any:
        if path.name == "config.yaml":
            raise PermissionError(13, "Permission denied")
        return theirs(path, *more)

    (tmp_path / "t.csv").write_text("step,x\n1,0.5\n")
    (tmp_path / "config.yaml").write_text("lr: 0.5\n")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        (run,) = exports.list_runs(str(tmp_path)).runs
        assert run.warnings == ("config.yaml: cannot be read (Permission denied); it is left out",)
    (run,) = exports.list_runs(str(tmp_path)).runs
    assert run.config == {"lr": 0.5} and run.warnings == ()


def test_a_long_list_of_dicts_is_one_value() -> None:
    few, many = ([{"x": 1}] * n for n in (3, flat_config.MOST_ITEMS + 1))
    assert flat_config.flatten({"a": few}) == {"a[0].x": 1, "a[1].x": 1, "a[2].x": 1}
    assert list(flat_config.flatten({"a": many})) == ["a"]


# Server -------------------------------------------------------------------------------------------


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """A server without a wire, whose answers a test may change."""
    server = fuzz.served()
    found = Answers(server, random.Random(1))
    found.left = -10
    wandb_online.listed.clear()
    monkeypatch.setattr(server_api, "connect", lambda entity: fuzz.link())
    monkeypatch.setattr(server_api, "ask", found.ask)
    monkeypatch.setattr(server_api, "download", found.download)
    yield found
    server._http.server_close()


Change = Callable[[dict[str, Any]], Any]


def change(given: Answers, monkeypatch: pytest.MonkeyPatch, operation: str, how: Change) -> None:
    real = given.server.answer

    def answer(asked: str, v: Any) -> Any:
        found = real(asked, v)
        if asked == operation:
            how(found)
        return found

    monkeypatch.setattr(given.server, "answer", answer)


def test_a_run_that_cannot_be_read_leaves_the_others_listed(
    given: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(given, monkeypatch, "Runs", lambda a: a["project"]["runs"]["edges"][0].update(node=None))
    listing = wandb_online.list_runs(given.server.where)
    assert len(listing.runs) == 2
    assert listing.problems == ("server: 1 run(s) of its answer cannot be read; left out",)


def test_a_server_that_always_has_another_page_comes_to_an_end(
    given: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"endCursor": "again", "hasNextPage": True}
    change(given, monkeypatch, "Runs", lambda a: a["project"]["runs"].update(pageInfo=more))
    change(given, monkeypatch, "GetProjects", lambda a: a["models"].update(pageInfo=more))
    assert len(wandb_online.list_runs(given.server.where).runs) == 3
    assert set(server_api.projects(given.server.entity)) == {given.server.where}


@pytest.mark.parametrize(
    "operation", ["Runs", "Run", "RunLiveHistory", "RunParquetHistory", "HistoryPage"]
)
def test_an_answer_of_another_shape_is_one_sentence(
    operation: str, given: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = given.server.where
    live = given.server.run("live")
    known = wandb_online.load(where, "live")
    change(given, monkeypatch, operation, lambda a: a.update(project=[1]))
    with pytest.raises(Unreachable, match="that no W&B server gives"):
        wandb_online.load(where, "live")
        wandb_online.load(where, "live", known)
        live.heartbeat = datetime.now(UTC).isoformat()
        wandb_online.list_runs(where)
        wandb_online.load(where, "live")


def test_steps_on_a_server_far_apart_take_one_question(given: Answers) -> None:
    given.server.runs = [
        fuzz.Served("r", rows=[{"_step": s, "x": 1.0} for s in (0, 5, 10**18 - 1)])
    ]
    run = wandb_online.load(given.server.where, "r")
    assert run.series["x"].steps.tolist() == [0, 5, 10**18 - 1]
    assert given.asked == 2


def test_half_a_surrogate_pair_from_a_server_reaches_no_name(
    given: Answers, tmp_path: Path
) -> None:
    half = "\ud800"
    served = fuzz.Served("r", rows=[{"_step": 1, half: 1.0}], name=half, config={half: half})
    given.server.runs = [served]
    run = wandb_online.load(given.server.where, "r")
    assert (run.name, dict(run.config), list(run.series)) == ("?", {"?": "?"}, ["?"])
    assert run_cache.store(tmp_path, "w", run)


def test_an_export_with_rows_without_a_step_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"_step": 1, "x": 1.0}, {"x": 2.0}]
    data = fuzz.wandb_server.parquet_file(rows)
    monkeypatch.setattr(server_api, "download", lambda link, url: data)
    with pytest.raises(Unreachable, match="an exported history is damaged"):
        run_history._export(fuzz.link(), "url")


def test_words_in_an_export_are_numbers_only_where_json_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"_step": i, "x": x} for i, x in enumerate(["NaN", "a word", "-Infinity", None, "12"])]
    data = fuzz.wandb_server.parquet_file(rows)
    monkeypatch.setattr(server_api, "download", lambda link, url: data)
    _, n, found = run_history._export(fuzz.link(), "url")
    steps, values = found["x"]
    assert (n, list(steps)) == (5, [0, 2])
    np.testing.assert_array_equal(values, [np.nan, -np.inf])


# Cache --------------------------------------------------------------------------------------------


@pytest.fixture
def run() -> Run:
    return replace(builders.healthy("r1", 0.4), revision="1")


def next_start(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What a start shows of a run that the source still has."""

    class Source:
        def claims(self, ref: SourceRef) -> bool:
            return True

        def load(self, catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
            return run

        def list_runs(self, ref: SourceRef, filters: object) -> Catalogue:
            return Catalogue(ref, Listing((run,)))

        def who(self) -> str:
            return ""

    monkeypatch.setattr(sources, "shelf", lambda: {"far": Source()})
    listed = sources.list_runs("far://w", folder=folder)
    assert [r.id for r in listed.runs] == ["r1"]
    return sources.load(listed, "r1", revision=run.revision, folder=folder)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def older(path: Path) -> None:
    """Without a checksum, as version 1 wrote it."""
    path.write_bytes(path.read_bytes()[: -run_cache.CHECKSUM])


def another(path: Path) -> None:
    """A file of ours by its checksum that holds something else."""
    for text in (b"[]", b'"text"', b"[" * 100_000, b'{"runs": 5, "cache_version": 2}'):
        run_cache._keep(path, text)


def folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [torn, flipped, empty, older, another, folder_there])
def test_after_damage_the_next_start_shows_true_figures(
    damage: Callable[[Path], None], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cache.store(tmp_path, "far://w", run)
    run_cache.store_listing(tmp_path, "far://w", Listing((run,)))
    for path in list(tmp_path.iterdir()):
        damage(path)
    assert run_cache.fetch(tmp_path, "far://w", "r1") is None
    assert run_cache.fetch_listing(tmp_path, "far://w") is None
    shown = next_start(tmp_path, run, monkeypatch)
    assert fuzz._as_bytes(shown) == fuzz._as_bytes(run)
    again = run_cache.fetch(tmp_path, "far://w", "r1")
    assert (again is None) == (damage is folder_there)


def test_a_folder_that_may_only_be_read_still_gives_what_it_holds(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cache.store(tmp_path, "w", run)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # A test may run as root, whom no folder refuses.
    for name in ("os.utime", "tempfile.mkstemp"):
        monkeypatch.setattr(name, refused)
    assert run_cache.fetch(tmp_path, "w", "r1") is not None
    assert not run_cache.store(tmp_path, "w", replace(run, id="r2"))
    assert fuzz._as_bytes(next_start(tmp_path, run, monkeypatch)) == fuzz._as_bytes(run)


def _store_on_a_full_disk(folder: str, run: Run) -> None:
    """Writes that end in the middle, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
    assert not run_cache.store(Path(folder), "w", run)
    assert not run_cache.store_listing(Path(folder), "w", Listing((run,) * 20))


def test_a_full_disk_leaves_what_was_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cache.store(tmp_path, "w", run)
    fuller = replace(run, revision="2", tags=("another",))
    spawn = multiprocessing.get_context("spawn")
    full = spawn.Process(target=_store_on_a_full_disk, args=(str(tmp_path), fuller))
    full.start()
    full.join(60)
    assert full.exitcode == 0
    assert [p.suffix for p in tmp_path.iterdir()] == [run_cache.RUN]
    kept = run_cache.fetch(tmp_path, "w", "r1")
    assert kept is not None and kept.tags == run.tags
    assert next_start(tmp_path, fuller, monkeypatch).tags == ("another",)


def _store_often(folder: str, run: Run) -> None:
    for _ in range(30):
        assert run_cache.store(Path(folder), "w", run)
        assert run_cache.store_listing(Path(folder), "w", Listing((run,)))


def test_two_processes_that_write_one_entry_leave_a_whole_file(run: Run, tmp_path: Path) -> None:
    runs = [run, replace(builders.healthy("r1", 0.9), revision="2")]
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_store_often, args=(str(tmp_path), r)) for r in runs]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert [one.exitcode for one in both] == [0, 0]
    found, listed = run_cache.fetch(tmp_path, "w", "r1"), run_cache.fetch_listing(tmp_path, "w")
    assert found is not None and listed is not None
    assert fuzz._as_bytes(found) in [fuzz._as_bytes(r) for r in runs]
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [run_cache.RUN, run_cache.LISTING]


def test_a_run_that_no_file_can_hold_is_not_kept_and_shown_all_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    odd = replace(run, config=deep)
    assert not run_cache.store(tmp_path, "w", odd)
    assert not run_cache.store_listing(tmp_path, "w", Listing((odd,)))
    assert next_start(tmp_path, odd, monkeypatch).config is deep


def test_a_folder_whose_name_is_no_text_has_a_cache(run: Run, tmp_path: Path) -> None:
    where = os.fsdecode(b"/runs/\xff")
    assert run_cache.store(tmp_path, where, run)
    assert run_cache.fetch(tmp_path, where, "r1") is not None


def test_the_tallies_add_up() -> None:
    tally = Tally("x")
    with contextlib.suppress(AssertionError):
        fuzz.attempt(tally, 1, lambda: 1 / 0)
    fuzz.attempt(tally, 1, lambda: 1)
    assert tally.tried == tally.read == 1
