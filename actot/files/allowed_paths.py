"""The folders below which this process reads the files of runs: everywhere, until it is confined."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_roots: tuple[Path, ...] | None = None


def confine(roots: Iterable[str | Path] | None) -> None:
    """Read below these folders only, from now on; None for everywhere."""
    global _roots
    _roots = None if roots is None else tuple(Path(os.path.realpath(r)) for r in roots)


def is_confined() -> bool:
    """Whether there is any path that may not be read."""
    return _roots is not None


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """A file to read. Raises: OSError, also where it may not be read.

    What was opened is what counts: a link may have come into the way since the path was looked at.
    """
    with Path(path).open("rb") as file:
        try:
            real = os.readlink(f"/proc/self/fd/{file.fileno()}")
        except OSError:
            real = os.path.realpath(path)  # a system without /proc
        if not admits(real):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield file


def admits(path: str | Path) -> bool:
    """Whether a file or folder may be read. Where its links and `..` lead is what counts."""
    if _roots is None:
        return True
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):
        return False
    return any(real.is_relative_to(root) for root in _roots)
