"""The contract of the shelf: every source has the same four things, and a text is claimed once."""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from support import builders

from actot import sources
from actot.errors import BadInput

SHELF = list(sources.shelf())


@pytest.mark.parametrize("source", SHELF, ids=lambda s: s.__name__.rsplit(".", 1)[-1])
def test_a_source_has_a_label_in_both_languages_and_the_three_functions(source: ModuleType) -> None:
    assert source.LABEL["en"] and source.LABEL["zh"]
    assert list(inspect.signature(source.claims).parameters) == ["where"]
    assert list(inspect.signature(source.list_runs).parameters) == ["where", "filters"]
    assert list(inspect.signature(source.load).parameters) == ["where", "run_id", "known"]
    assert source.__doc__ and source.list_runs.__doc__ and source.load.__doc__


def claimants(where: str) -> list[str]:
    return [s.__name__.rsplit(".", 1)[-1] for s in SHELF if s.claims(where)]


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
    with pytest.raises(BadInput, match=r"holds no run-ID\.wandb file"):
        sources.list_runs(str(tmp_path))


@pytest.mark.parametrize("where", ["nothing/here", "", "ftp://x", "a b"])
def test_what_nobody_claims_is_refused_with_what_would_be_taken(where: str) -> None:
    with pytest.raises(BadInput, match="no such source; give `sample`"):
        sources.list_runs(where)


def test_every_source_of_files_lists_the_revision_that_a_loaded_run_has(recorded: Path) -> None:
    for info in sources.list_runs(str(recorded)).runs:
        assert sources.load(str(recorded), info.id).revision == info.revision
        assert info.revision


def test_the_bundled_runs_are_a_source(recorded: Path) -> None:
    assert len(sources.list_runs("sample").runs) == 17
    assert sources.load("sample", "base_a_s1").last_step == 2400
    with pytest.raises(BadInput, match="no run"):
        sources.load("sample", builders.REGRESSED[0] + "x")


def test_the_runs_of_a_listed_folder_are_loaded_without_asking_every_source_again(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for source in SHELF:
        monkeypatch.setattr(source, "claims", _counted(source.claims, asked))
    infos = sources.list_runs(str(recorded)).runs
    listed = len(asked)
    runs, problems = sources.load_all(str(recorded), infos)
    assert len(runs) == len(infos) > 5 and not problems
    assert listed > 0 and len(asked) == listed


def _counted(claims: Callable[[str], bool], asked: list[str]) -> Callable[[str], bool]:
    def count(where: str) -> bool:
        asked.append(where)
        return claims(where)

    return count


def test_a_folder_that_holds_runs_of_another_kind_now_is_read_as_that(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,x\n1,2\n2,3\n")
    assert [r.id for r in sources.list_runs(str(tmp_path)).runs] == ["a"]
    (tmp_path / "a.csv").unlink()
    builders.record(tmp_path, [{"id": "b", "name": "b", "config": {}, "points": [[1, "x", 0.5]]}])
    assert [r.id for r in sources.list_runs(str(tmp_path)).runs] == ["b"]
    assert sources.load(str(tmp_path), "b").series["x"].values.tolist() == [0.5]


def test_what_was_read_first_and_what_comes_from_the_cache_are_the_same(
    recorded: Path, tmp_path: Path
) -> None:
    """The arrays of both looks are the cache file's: the memory of many runs is the system's to take back."""
    for info in sources.list_runs(str(recorded)).runs:
        first, second = (
            sources.load(str(recorded), info.id, revision=info.revision, folder=tmp_path)
            for _ in range(2)
        )
        plain = sources.load(str(recorded), info.id)
        for key, one in plain.series.items():
            for kept in (first.series[key], second.series[key]):
                assert np.array_equal(kept.values, one.values, equal_nan=True)
                assert np.array_equal(kept.steps, one.steps)
                assert not kept.values.flags.owndata
        assert vars(first) | {"series": {}} == vars(second) | {"series": {}}
        assert vars(plain) | {"series": {}} == vars(second) | {"series": {}}
