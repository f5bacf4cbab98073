"""What is made once for all workers of a test run."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this name; the first worker that asks for it makes it, the others wait."""
    base = factory.getbasetemp()
    # A worker has its own folder inside of the run's.
    base = base.parent if base.name.startswith("popen-") else base
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder
