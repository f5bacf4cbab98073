"""Sources that were opened before: offered again, on this machine alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from actot.files import run_cache
from actot.widgets import access, recent_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_cache, "default_folder", lambda: tmp_path / "cache")
    visit(monkeypatch, Host="localhost:8501")
    return tmp_path / "cache"


def visit(monkeypatch: pytest.MonkeyPatch, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    monkeypatch.setattr(access.st, "context", SimpleNamespace(headers=named))


def test_the_sources_are_offered_again_the_latest_first(folder: Path) -> None:
    assert recent_sources.known() == []
    for source in ("wandb://a/b", "/data/runs", "wandb://a/b"):
        recent_sources.remember(source)
    assert recent_sources.known() == ["wandb://a/b", "/data/runs"]
    for n in range(30):
        recent_sources.remember(f"wandb://a/{n}")
    assert recent_sources.known()[0] == "wandb://a/29"
    assert len(recent_sources.known()) == recent_sources.MOST


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "actot.example.org"},
        {"Host": "10.0.0.7:8501"},
        {"Host": "localhost:8501", "X_Forwarded_For": "10.0.0.9"},
        {"Host": "127.0.0.1:8501", "Forwarded": "for=10.0.0.9"},
        {},
    ],
)
def test_a_visitor_from_elsewhere_neither_sees_nor_leaves_any(
    headers: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recent_sources.remember("wandb://mine/secret")
    visit(monkeypatch, **headers)
    assert recent_sources.known() == []
    recent_sources.remember("wandb://theirs/own")
    visit(monkeypatch, Host="127.0.0.1:8501")
    assert recent_sources.known() == ["wandb://mine/secret"]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1, null]", "[" * 9000, "\x00"])
def test_a_damaged_list_is_an_empty_one_and_is_written_anew(text: str, folder: Path) -> None:
    folder.mkdir()
    (folder / recent_sources.FILE).write_text(text)
    assert recent_sources.known() == []
    recent_sources.remember("/data/runs")
    assert recent_sources.known() == ["/data/runs"]


def test_where_nothing_can_be_kept_nothing_is_said(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    recent_sources.remember("/data/runs")
    assert recent_sources.known() == []
