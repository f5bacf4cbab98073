"""Folders of offline runs."""

import re
import shutil
from pathlib import Path

import pytest
from support import builders
from support.by_text import offline, unlisted

from actot import sources
from actot.errors import BadInput


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run in two directories whose steps overlap from 6 to 8."""
    folder = tmp_path_factory.mktemp("resumed")
    first = [[s, "a", float(s)] for s in range(1, 9)]
    later = [[s, "a", 100.0 + s] for s in range(6, 13)] + [[13, "b", 1.0]]
    one = {"id": "res", "name": "res", "config": {"seed": 5, "steps": 12}}
    builders.record(folder, [{**one, "points": first, "exit_code": 1}])
    second = {**one, "points": later, "resume": True, "config": {"seed": 5, "extra": "late"}}
    return builders.record(folder, [second])


def test_the_listing_is_newest_first(recorded: Path) -> None:
    listing = offline.list_runs(str(recorded))
    created = [r.created for r in listing.runs]
    assert created == sorted(created, reverse=True)
    assert {r.id for r in listing.runs} == {r.id for r in builders.planted()}
    assert listing.problems == ()
    times = {r.id: r.created for r in listing.runs}
    assert times["base1"] <= times["lr25x"]


def test_a_listed_run_has_its_config_name_tags_and_state(recorded: Path) -> None:
    found = {r.id: r for r in offline.list_runs(str(recorded)).runs}["base2"]
    assert found.config == builders.config(seed=2)
    assert found.name == "act"
    assert set(found.tags) == {"planted", "base"}
    assert (found.group, found.state) == ("tube", "finished")


def test_a_resumed_run_is_one_whose_later_part_wins(resumed: Path) -> None:
    assert len(list(resumed.rglob("*.wandb"))) == 2
    listing = offline.list_runs(str(resumed))
    assert [r.id for r in listing.runs] == ["res"]
    run = offline.load(str(resumed), "res")
    assert run.series["a"].steps.tolist() == list(range(1, 13))
    assert run.series["a"].values.tolist() == [*range(1, 6), *range(106, 113)]
    assert run.series["b"].steps.tolist() == [13]


def test_a_resumed_run_has_the_last_state_and_all_of_its_config(resumed: Path) -> None:
    run = offline.load(str(resumed), "res")
    assert run.state == "finished"
    assert run.config["extra"] == "late"
    assert run.config["steps"] == 12


def test_a_config_that_only_grew_was_not_changed(resumed: Path) -> None:
    assert offline.load(str(resumed), "res").earlier == ()


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose config was changed: in one file, and where a second part goes on."""
    folder = tmp_path_factory.mktemp("turned")
    old, new = {"lr": 1e-5, "seed": 1}, {"lr": 2e-4}
    points = [[s, "a", float(s)] for s in range(1, 9)]
    # The client writes a row when the next one begins: the change comes after the row of step 4.
    inside = [*points[:5], [5, "@config", new], *points[5:]]
    builders.record(folder, [{"id": "inside", "name": "i", "config": old, "points": inside}])
    part = {"id": "parts", "name": "p", "resume": True}
    builders.record(folder, [{**part, "config": old, "points": points[:5]}])
    return builders.record(folder, [{**part, "config": {**old, **new}, "points": points[5:]}])


@pytest.mark.parametrize(("run_id", "step"), [("inside", 4), ("parts", 5)])
def test_a_config_that_was_changed_on_the_way_keeps_its_old_value_and_the_step(
    turned: Path, run_id: str, step: int
) -> None:
    run = offline.load(str(turned), run_id)
    assert run.earlier == ((step, {"lr": 1e-5, "seed": 1}),)
    assert run.config == {"lr": 2e-4, "seed": 1}


def test_a_file_that_grew_has_the_changes_of_its_config_as_if_it_was_read_at_once(
    tmp_path: Path,
) -> None:
    points = [[s, "a", float(s)] for s in range(1, 90)]
    rates = ([30, "@config", {"lr": 2e-4}], [60, "@config", {"lr": 3e-4}])
    inside = [*points[:30], rates[0], *points[30:60], rates[1], *points[60:]]
    one = {"id": "grown", "name": "g", "config": {"lr": 1e-5, "seed": 1}, "points": inside}
    (path,) = builders.record(tmp_path, [one]).rglob("*.wandb")
    whole, data = offline.load(str(tmp_path), "grown"), path.read_bytes()
    assert [config["lr"] for _, config in whole.earlier] == [1e-5, 2e-4]
    for share in (0.2, 0.5, 0.8):
        path.write_bytes(data[: int(share * len(data))])
        known = offline.load(str(tmp_path), "grown")
        path.write_bytes(data)
        listing = sources.list_runs(str(tmp_path))
        assert sources.offline.load(listing, "grown", known).earlier == whole.earlier


def test_the_runtime_is_that_of_all_parts(resumed: Path) -> None:
    rows = [builders.inspected_rows(p) for p in resumed.rglob("*.wandb")]
    theirs = sum(max(row["_runtime"] for row in part) for part in rows)
    assert offline.load(str(resumed), "res").runtime_s == pytest.approx(theirs, rel=1e-9)


def test_a_run_without_an_exit_record_is_unfinished_and_a_failure_is_failed(
    odd: Path, tmp_path: Path
) -> None:
    shutil.copytree(odd, tmp_path / "runs")
    path = builders.run_file(tmp_path, "tiny")
    path.write_bytes(path.read_bytes()[:-40])
    states = {r.id: r.state for r in offline.list_runs(str(tmp_path)).runs}
    assert states == {"tiny": "unfinished", "failed": "failed", "odd": "finished"}


def test_broken_files_cost_a_sentence_each_and_their_neighbours_load(
    odd: Path, tmp_path: Path
) -> None:
    shutil.copytree(odd, tmp_path / "runs")
    for name, content in {"empty": b"", "alien": b"hello", "header": b":W&B\x00\x00\x00"}.items():
        (tmp_path / f"run-{name}.wandb").write_bytes(content)
    listing = offline.list_runs(str(tmp_path))
    assert {r.id for r in listing.runs} == {"odd", "tiny", "failed"}
    assert len(listing.problems) == 3
    for name in ("empty", "alien", "header"):
        assert sum(f"run-{name}.wandb" in p for p in listing.problems) == 1
    assert all("\n" not in p for p in listing.problems)
    assert len(offline.load(str(tmp_path), "tiny").series["a"]) == 8


def test_a_folder_with_broken_files_only_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "run-a.wandb").write_bytes(b"")
    (tmp_path / "run-b.wandb").write_bytes(b"no")
    with pytest.raises(BadInput, match=r"run-a\.wandb.*run-b\.wandb"):
        offline.list_runs(str(tmp_path))


def test_a_folder_without_runs_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no run-ID\.wandb") as caught:
        sources.list_runs(str(tmp_path))
    assert str(tmp_path) in str(caught.value)


def test_a_run_that_is_not_there_is_bad_input(odd: Path) -> None:
    with pytest.raises(BadInput, match="nosuch"):
        sources.load(sources.list_runs(str(odd)), "nosuch")


def test_a_single_file_and_a_renamed_file_are_sources_too(odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "renamed.wandb"
    shutil.copy(builders.run_file(odd, "tiny"), path)
    assert [r.id for r in sources.list_runs(str(path)).runs] == ["tiny"]
    assert len(sources.load(unlisted(str(path)), "tiny").series["a"]) == 8
    assert len(sources.load(unlisted(str(tmp_path)), "tiny").series["a"]) == 8


def test_a_source_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no such source"):
        sources.list_runs("/nowhere/at/all")


def test_what_a_run_lists_as_warnings_names_what_was_lost(odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "run-tiny.wandb"
    path.write_bytes(builders.run_file(odd, "tiny").read_bytes()[:-40])
    (listed,) = offline.list_runs(str(tmp_path)).runs
    assert any(re.search("middle of a record", w) for w in listed.warnings)
