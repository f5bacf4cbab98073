"""Runs on screen: read once, however many there are; what failed is asked for again on request."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support import builders

from actot import sources
from actot.errors import ActotError, BadInput, Unreachable
from actot.files import run_cache
from actot.records import Listing, Run, RunInfo
from actot.source_ref import SourceRef
from actot.sources import Catalogue
from actot.widgets import session_cache

KEY = "eval/offline_eval/avg_l1"


@pytest.fixture(autouse=True)
def fresh() -> None:
    session_cache.clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that a source was asked for; one whose id is an error's name ends in that."""
    found: list[str] = []
    errors: dict[str, ActotError] = {"bad": BadInput("bad: broken"), "down": Unreachable("down")}

    def load(catalogue: Catalogue, run_id: str, *, revision: str, folder: Path) -> Run:
        found.append(run_id)
        if run_id in errors:
            raise errors[run_id]
        stale = ("not up to date: down",) if run_id == "stale" else ()
        return Run(run_id, run_id, "finished", {}, revision=revision, warnings=stale)

    monkeypatch.setattr(sources, "load", load)
    return found


def infos(*ids: str, revision: str = "1") -> list[RunInfo]:
    return [RunInfo(i, i, "finished", {}, revision=revision) for i in ids]


def listed(*infos: RunInfo) -> Catalogue:
    return Catalogue(SourceRef.parse("here"), Listing(infos))


def read(*ids: str, revision: str = "1") -> tuple[list[str], list[str]]:
    runs = infos(*ids, revision=revision)
    found, problems = session_cache.read_all(listed(*runs), runs, "en", "", "act_ot")
    return [r.id for r in found], problems


def test_a_source_of_thousands_of_runs_is_read_once(asked: list[str]) -> None:
    ids = [f"r{i}" for i in range(2_500)]
    assert read(*ids) == read(*ids) == (ids, [])
    assert sorted(asked) == sorted(ids)


def test_a_run_that_changed_is_read_again_and_no_other(asked: list[str]) -> None:
    read("a", "b")
    asked.clear()
    runs = [*infos("a"), *infos("b", revision="2")]
    found, _ = session_cache.read_all(listed(*runs), runs, "en", "", "act_ot")
    assert [r.run.revision for r in found] == ["1", "2"]
    assert asked == ["b"]


def test_a_run_that_left_the_source_is_let_go(asked: list[str]) -> None:
    read("a", "b")
    assert read("a") == (["a"], [])
    assert session_cache._held("here", "")["act_ot"].keys() == {"a"}


def test_what_cannot_be_read_is_named_at_every_look_and_tried_again_on_request(
    asked: list[str],
) -> None:
    for _ in range(3):
        assert read("a", "bad") == (["a"], ["bad: bad: broken"])
    assert sorted(asked) == ["a", "bad"]
    asked.clear()
    session_cache.forget("here", "")
    assert read("a", "bad")[1] and asked == ["bad"]
    asked.clear()
    read("a", "bad", revision="2")
    assert sorted(asked) == ["a", "bad"]


def test_a_source_that_did_not_answer_is_asked_again(asked: list[str]) -> None:
    for n in range(1, 3):
        assert read("a", "down") == (["a"], ["down: down"])
        assert asked.count("down") == n and asked.count("a") == 1


def test_what_was_kept_of_an_earlier_look_is_shown_until_somebody_asks_again(
    asked: list[str],
) -> None:
    assert read("a", "stale") == read("a", "stale") == (["a", "stale"], [])
    session_cache.forget("here", "")
    read("a", "stale")
    assert sorted(asked) == ["a", "stale", "stale"]


def test_a_key_of_ones_own_shares_nothing_with_others(asked: list[str]) -> None:
    read("a")
    session_cache.read_all(listed(*infos("a")), infos("a"), "en", "someone", "act_ot")
    assert asked == ["a", "a"]


def test_a_page_of_a_source_with_1500_runs_is_drawn_again_without_reading_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"r{i:04},{s},{0.4 + 0.01 * (s % 3)}" for i in range(1_500) for s in range(1, 9)]
    (tmp_path / "many.csv").write_text("\n".join([f"run,step,{KEY}", *rows]))
    asked = []
    theirs = sources.load
    monkeypatch.setattr(sources, "load", lambda *a, **k: asked.append(a[1]) or theirs(*a, **k))
    page = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=120)
    page.query_params |= {"source": str(tmp_path), "runs": "r0001,r0002", "base": "r0000"}
    page.run()
    assert not page.exception and not page.error
    assert len(asked) == 1_500
    page.run()
    assert not page.exception and len(asked) == 1_500


def test_a_link_to_more_runs_than_are_judged_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"r{i:04},{s},0.5" for i in range(1_500) for s in range(1, 9)]
    (tmp_path / "many.csv").write_text("\n".join([f"run,step,{KEY}", *rows]))
    monkeypatch.setattr(sources, "load", lambda *_, **__: pytest.fail("read"))
    page = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=120)
    page.query_params |= {"source": str(tmp_path), "base": "r0000"}
    page.query_params["runs"] = ",".join(f"r{i:04}" for i in range(1, 1_500))
    page.run()
    assert not page.exception
    (said,) = [e.value for e in page.error]
    assert "502 runs are picked; judge at most 500 at a time" in said


def test_the_cache_is_cleared_together_with_what_is_held(asked: list[str]) -> None:
    read("a")
    session_cache.clear()
    read("a")
    assert asked == ["a", "a"]
    assert run_cache.size(run_cache.default_folder()) == 0
