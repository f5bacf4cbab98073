"""The sources that were opened on this machine before, offered again to its own user."""

import json
from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from actot import cache

FILE, MOST = "sources.json", 12
OWN = ("localhost", "127.0.0.1", "[::1]")


def known() -> list[str]:
    """The sources, the latest first; none for a visitor from elsewhere."""
    if not _is_at_home():
        return []
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((cache.default_folder() / FILE).read_text(encoding="utf-8"))
        if isinstance(found, list):
            return [s for s in found if isinstance(s, str)][:MOST]
    return []


def remember(source: str) -> None:
    """Keep a source that could be listed; a folder that cannot be written keeps none."""
    if _is_at_home():
        _write([source, *(s for s in known() if s != source)])


def _write(found: Iterable[str]) -> None:
    path = cache.default_folder() / FILE
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(list(found)[:MOST]), encoding="utf-8")
        fresh.replace(path)


def _is_at_home() -> bool:
    """Whether the browser runs on the server's machine: others share the server, not the list."""
    headers = st.context.headers
    host = str(headers.get("Host", "")).rpartition(":")[0]
    return host in OWN and "X-Forwarded-For" not in headers and "Forwarded" not in headers
