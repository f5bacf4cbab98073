"""The folders below which this process reads the files of runs: everywhere, until it is confined."""

import os
from collections.abc import Iterable
from pathlib import Path

_roots: tuple[Path, ...] | None = None


def confine(roots: Iterable[str | Path] | None) -> None:
    """Read below these folders only, from now on; None for everywhere."""
    global _roots
    _roots = None if roots is None else tuple(Path(os.path.realpath(r)) for r in roots)


def is_confined() -> bool:
    """Whether there is any path that may not be read."""
    return _roots is not None


def admits(path: str | Path) -> bool:
    """Whether a file or folder may be read. Where its links and `..` lead is what counts."""
    if _roots is None:
        return True
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):
        return False
    return any(real.is_relative_to(root) for root in _roots)
