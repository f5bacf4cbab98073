"""What the sidebar keeps of a pick, without a browser."""

from typing import Any

import pytest

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
