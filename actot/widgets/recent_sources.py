"""The sources that were opened on this machine before, offered again to its own user."""

import json
from collections.abc import Iterable
from contextlib import suppress

from actot.files import atomic_write, run_cache
from actot.source_ref import SourceRef
from actot.widgets import access

FILE, MOST = "sources.json", 12


def known() -> list[str]:
    """The sources that may be opened, the latest first; none for a visitor from elsewhere."""
    if not access.is_at_home():
        return []
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((run_cache.default_folder() / FILE).read_text(encoding="utf-8"))
        if isinstance(found, list):
            return [s for s in found if isinstance(s, str) and access.allows(s)][:MOST]
    return []


def remember(source: str) -> None:
    """Keep a source that could be listed; a folder that cannot be written keeps none."""
    if access.is_at_home():
        own = SourceRef.parse(source).identity
        _write([source, *(s for s in known() if SourceRef.parse(s).identity != own)])


def _write(found: Iterable[str]) -> None:
    path = run_cache.default_folder() / FILE
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic_write.replace_file(path, [json.dumps(list(found)[:MOST]).encode()], private=True)
