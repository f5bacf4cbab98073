"""Sources that were opened before: offered again, on this machine alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from actot.files import run_cache
from actot.widgets import roots, used


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_cache, "default_folder", lambda: tmp_path / "cache")
    visit(monkeypatch, Host="localhost:8501")
    return tmp_path / "cache"


def visit(monkeypatch: pytest.MonkeyPatch, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    monkeypatch.setattr(roots.st, "context", SimpleNamespace(headers=named))


def test_the_sources_are_offered_again_the_latest_first(folder: Path) -> None:
    assert used.known() == []
    for source in ("wandb://a/b", "/data/runs", "wandb://a/b"):
        used.remember(source)
    assert used.known() == ["wandb://a/b", "/data/runs"]
    for n in range(30):
        used.remember(f"wandb://a/{n}")
    assert used.known()[0] == "wandb://a/29"
    assert len(used.known()) == used.MOST


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
    used.remember("wandb://mine/secret")
    visit(monkeypatch, **headers)
    assert used.known() == []
    used.remember("wandb://theirs/own")
    visit(monkeypatch, Host="127.0.0.1:8501")
    assert used.known() == ["wandb://mine/secret"]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[1, null]", "[" * 9000, "\x00"])
def test_a_damaged_list_is_an_empty_one_and_is_written_anew(text: str, folder: Path) -> None:
    folder.mkdir()
    (folder / used.FILE).write_text(text)
    assert used.known() == []
    used.remember("/data/runs")
    assert used.known() == ["/data/runs"]


def test_where_nothing_can_be_kept_nothing_is_said(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    used.remember("/data/runs")
    assert used.known() == []
