"""A file is replaced as a whole or not at all: it is written beside its place, then moved there in one step."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

BESIDE = ".part"


def replace_file(
    path: Path,
    parts: Iterable[Any],
    *,
    private: bool = False,
    lasting: bool = False,
    last_look: Callable[[], None] = lambda: None,
) -> None:
    """Put a file that holds these bytes in the place of what is there, which stays where that fails.

    A link stays a link, and a mode stays; a `private` file is its user's alone, and takes the place of a link.
    One that is `lasting` is on the disk before it is moved. `last_look` is called just before that, and stops it
    by raising. Raises: OSError, what `last_look` raises.
    """
    path = path if private else Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(BESIDE, f".{path.name[:100]}.", path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        if not private:
            _take_mode(beside, path)
        last_look()
        os.replace(beside, path)
    finally:
        with suppress(OSError):  # it is gone where it was moved
            beside.unlink()


def _take_mode(beside: Path, path: Path) -> None:
    """Whoever could read the file can go on; a new one is as readable as any that this user makes."""
    if path.exists():
        shutil.copymode(path, beside)
        return
    mask = os.umask(0)
    os.umask(mask)
    beside.chmod(0o666 & ~mask)
