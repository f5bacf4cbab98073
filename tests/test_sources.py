"""The contract of the shelf: every source has the same five things, and a text is read by one of them."""

import inspect
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
from support import builders

from actot import sources
from actot.errors import ActotError, BadInput
from actot.loading import parallel
from actot.source_ref import SourceRef
from actot.wandb_io import offline_file

SHELF = sources.shelf()
CONTRACT = ("claims", "list_runs", "load", "who")


@pytest.mark.parametrize("name", SHELF)
def test_a_source_has_all_of_the_contract_with_its_types(name: str) -> None:
    source = SHELF[name]
    assert isinstance(source.ORDER, int) and source.__doc__
    for verb in CONTRACT:
        wanted, found = getattr(sources.Source, verb), getattr(source, verb)
        own, hints = (get_type_hints(f) for f in (found, wanted))
        assert list(own) == list(hints) and own == hints, verb
        assert list(inspect.signature(found).parameters) == [
            p for p in inspect.signature(wanted).parameters if p != "self"
        ]
        assert found.__doc__, verb


def test_no_two_sources_have_the_same_place_and_the_order_is_not_the_alphabets() -> None:
    orders = [source.ORDER for source in SHELF.values()]
    assert orders == sorted(set(orders))
    assert [*SHELF][-1] == "offline"
    assert list(SHELF) != sorted(SHELF)


SPARE = """
'''Runs that nobody logged.'''
from actot.records import Listing, Run, RunInfo
from actot.sources import Catalogue, for_all

ORDER = 99
who = for_all

def claims(ref):
    return ref.text == "spare://runs"

def list_runs(ref, filters):
    return Catalogue(ref, Listing((RunInfo("one", "one", "finished", {}),)), {"one": 7})

def load(catalogue, run_id, known):
    return Run(run_id, str(catalogue.places[run_id]), "finished", {})
"""


def test_one_new_file_is_one_more_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spare.py").write_text(SPARE)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    sources.shelf.cache_clear()
    try:
        listed = sources.list_runs("spare://runs")
        assert list(sources.shelf()) == [*SHELF, "spare"]
        assert sources.load(listed, "one").name == "7"
    finally:
        sys.modules.pop("actot.sources.spare", None)
        sources.shelf.cache_clear()


def claimants(where: str) -> list[str]:
    return [name for name, source in SHELF.items() if source.claims(SourceRef.parse(where))]


def test_the_sample_is_claimed_once_even_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "a.csv").write_text("step,x\n1,2\n")
    monkeypatch.chdir(tmp_path)
    assert claimants("sample") == ["sample"]


def test_a_folder_of_runs_is_claimed_once_even_with_tables_beside(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("step,x\n1,2\n")
    (tmp_path / "run-a.wandb").write_bytes(b":W&B")
    assert claimants(str(tmp_path)) == ["offline"]
    assert claimants(str(tmp_path / "run-a.wandb")) == ["offline"]


def test_an_empty_folder_is_claimed_by_the_source_that_says_what_is_missing(tmp_path: Path) -> None:
    assert claimants(str(tmp_path)) == ["offline"]
    (tmp_path / "notes.md").write_text("none of them")
    with pytest.raises(BadInput, match=r"holds no run-ID\.wandb file"):
        sources.list_runs(str(tmp_path))


@pytest.mark.parametrize("where", ["", "ftp://x", "a b"])
def test_what_nobody_claims_is_refused_with_what_would_be_taken(where: str) -> None:
    with pytest.raises(BadInput, match="no such source; give `sample`"):
        sources.list_runs(where)


def test_two_names_that_are_no_folder_are_a_project_and_the_error_says_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
        with pytest.raises(ActotError, match="nothing/here: no such file or folder here; as a W&B"):
            sources.list_runs("nothing/here")


def test_every_source_of_files_lists_the_revision_that_a_loaded_run_has(recorded: Path) -> None:
    listed = sources.list_runs(str(recorded))
    for info in listed.runs:
        assert sources.load(listed, info.id).revision == info.revision
        assert info.revision


def test_the_bundled_runs_are_a_source(recorded: Path) -> None:
    listed = sources.list_runs("sample")
    assert len(listed.runs) == 17
    assert sources.load(listed, "base_a_s1").last_step == 2400
    with pytest.raises(BadInput, match="no run"):
        sources.load(listed, builders.REGRESSED[0] + "x")


def test_the_runs_of_a_listed_folder_are_loaded_without_asking_every_source_again(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SourceRef] = []
    for source in SHELF.values():
        monkeypatch.setattr(source, "claims", _counted(source.claims, asked))
    listed = sources.list_runs(str(recorded))
    claims = len(asked)
    runs, problems = parallel.load_all(listed, listed.runs, then=parallel.itself)
    assert len(runs) == len(listed.runs) > 5 and not problems
    assert claims > 0 and len(asked) == claims


Claims = Callable[[SourceRef], bool]


def _counted(claims: Claims, asked: list[SourceRef]) -> Claims:
    def count(ref: SourceRef) -> bool:
        asked.append(ref)
        return claims(ref)

    return count


def test_a_folder_that_holds_runs_of_another_kind_now_is_read_as_that(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,x\n1,2\n2,3\n")
    assert [r.id for r in sources.list_runs(str(tmp_path)).runs] == ["a"]
    (tmp_path / "a.csv").unlink()
    builders.write(tmp_path, builders.run("b", {}, keys={"x": [0.5]}))
    assert [r.id for r in sources.list_runs(str(tmp_path)).runs] == ["b"]
    listed = sources.list_runs(str(tmp_path))
    assert sources.load(listed, "b").series["x"].values.tolist() == [0.5]


def table(path: Path, value: float) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"step,x\n1,{value}\n2,{value}\n")


def test_two_sources_that_were_listed_in_turn_are_both_loaded_from(
    recorded: Path, tmp_path: Path
) -> None:
    """The last listing is not the only one that can be loaded from, also where both name their run alike."""
    table(tmp_path / "one" / "r.csv", 1)
    table(tmp_path / "two" / "r.csv", 2)
    where = [tmp_path / "one", recorded, tmp_path / "two", tmp_path / "one"]
    one, runs, two, again = (sources.list_runs(str(w)) for w in where)
    assert [sources.load(c, "r").series["x"].values[0] for c in (one, two, again)] == [1, 2, 1]
    assert sources.load(runs, "base1").id == "base1"


def test_a_catalogue_can_be_sent_to_another_process_whole_or_for_one_run(
    recorded: Path, tmp_path: Path
) -> None:
    table(tmp_path / "r.csv", 1)
    for where in ("sample", str(recorded), str(tmp_path)):
        listed = sources.list_runs(where)
        run_id = listed.runs[-1].id
        wanted = sources.load(listed, run_id)
        for part in (listed, listed.only(run_id)):
            found = sources.load(pickle.loads(pickle.dumps(part)), run_id)
            assert vars(found) | {"series": {}} == vars(wanted) | {"series": {}}
            assert found.series.keys() == wanted.series.keys()
        assert listed.only(run_id).places.keys() == {run_id}


def test_a_renamed_file_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.write(tmp_path, *(builders.run(i, {}, keys={"x": [0.5]}) for i in ("a", "b")))
    file = builders.run_file(tmp_path, "a")
    file.rename(file.with_name("copy.wandb"))
    listed = sources.list_runs(str(tmp_path))
    read = offline_file.read
    paths: list[Path] = []
    monkeypatch.setattr(offline_file, "read", lambda p, **k: paths.append(p) or read(p, **k))
    assert sources.load(listed, "a").id == "a"
    assert [p.name for p in paths] == ["copy.wandb"]


def test_what_was_read_first_and_what_comes_from_the_cache_are_the_same(
    recorded: Path, tmp_path: Path
) -> None:
    """The arrays of both looks are the cache file's: the memory of many runs is the system's to take back."""
    listed = sources.list_runs(str(recorded))
    for info in listed.runs:
        first, second = (
            sources.load(listed, info.id, revision=info.revision, folder=tmp_path) for _ in range(2)
        )
        plain = sources.load(listed, info.id)
        for key, one in plain.series.items():
            for kept in (first.series[key], second.series[key]):
                assert np.array_equal(kept.values, one.values, equal_nan=True)
                assert np.array_equal(kept.steps, one.steps)
                assert not kept.values.flags.owndata
        assert vars(first) | {"series": {}} == vars(second) | {"series": {}}
        assert vars(plain) | {"series": {}} == vars(second) | {"series": {}}
