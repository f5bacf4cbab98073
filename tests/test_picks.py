"""How runs are picked: by id or name, and what the sidebar keeps of a pick."""

from typing import Any

import pytest

from actot.analysis import picking
from actot.errors import BadInput
from actot.records import RunInfo
from actot.widgets import sidebar


class State(dict):
    """A session's state: its entries are attributes too."""

    __getattr__ = dict.__getitem__


def test_a_control_that_the_browser_sends_empty_keeps_its_pick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = State(picks={"lang": "zh"})
    monkeypatch.setattr(sidebar.st, "session_state", state)

    def empty(label: str, options: list[str], *, key: str) -> Any:
        assert state[key] == "zh"
        state[key] = None

    for _ in range(2):
        assert sidebar.widget(empty, "Language", "lang", "Overview", ["en", "zh"]) == "zh"
    assert state.picks == {"lang": "zh"}


def named(*pairs: tuple[str, str]) -> list[RunInfo]:
    return [RunInfo(id=i, name=name, state="finished", config={}) for i, name in pairs]


RUNS = named(
    ("a1", "act"),
    ("a2", "act"),
    ("x", "lr=2e-4,bs=8"),
    ("lr=1,bs=2", "c"),
    ("b1", "first"),
    ("first", "b"),
)


@pytest.mark.parametrize(
    ("texts", "ids"),
    [
        (["a1,a2"], ("a1", "a2")),
        (["a1", "a2"], ("a1", "a2")),
        (["a1, a2", "a1"], ("a1", "a2")),
        (["lr=2e-4,bs=8"], ("x",)),
        (["lr=1,bs=2"], ("lr=1,bs=2",)),
        (["lr=2e-4,bs=8,lr=1,bs=2,a1"], ("x", "lr=1,bs=2", "a1")),
        (["c"], ("lr=1,bs=2",)),
        (["first"], ("first",)),
        (["nobody,a1"], ("nobody", "a1")),
    ],
)
def test_a_run_is_named_by_its_id_or_by_a_name_of_its_own_commas_and_all(
    texts: list[str], ids: tuple[str, ...]
) -> None:
    assert picking.resolve(texts, RUNS) == ids


def test_the_name_of_several_runs_asks_which() -> None:
    with pytest.raises(BadInput, match="act: 2 runs are called so; give an id: a1, a2"):
        picking.resolve(["act"], RUNS)


@pytest.mark.parametrize("texts", [[], [""], [","], [" , "]])
def test_no_name_at_all_is_said(texts: list[str]) -> None:
    with pytest.raises(BadInput, match="no run given"):
        picking.resolve(texts, RUNS)


@pytest.mark.parametrize("ids", [["a", "b"], ["lr=1,bs=2", "x"], ["100%2C", "a,b,c"]])
def test_ids_with_commas_survive_the_address(
    ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(picks={**sidebar.DEFAULTS, "runs": ids, "lang": "en"})
    monkeypatch.setattr(sidebar.st, "session_state", state)
    link = sidebar.link()
    monkeypatch.setattr(sidebar.st, "query_params", State(link, to_dict=lambda: link))
    assert sidebar._from_url(None)["runs"] == ids
