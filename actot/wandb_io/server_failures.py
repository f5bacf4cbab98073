"""How often each server failed in a row. After a few times nothing more is asked of it for a while."""

import threading
import time
from dataclasses import dataclass

from actot.bounded_memory import BoundedMemory
from actot.errors import ServerDown, Unreachable

MOST = 4  # failures in a row


@dataclass
class _Failures:
    n: int = 0
    at: float = 0.0
    why: str = ""


_lock = threading.Lock()
_known: BoundedMemory[str, _Failures] = BoundedMemory(64)


def check(host: str, pause: float) -> None:
    """Raises: ServerDown for a host that failed too often, the last time less than `pause` seconds ago."""
    with _lock:
        known = _known.get(host)
    if known and known.n >= MOST and time.monotonic() - known.at < pause:
        raise ServerDown(known.why)


def answered(host: str) -> None:
    """Count anew."""
    with _lock:
        _known.pop(host, None)


def failed(host: str, error: Unreachable) -> Unreachable:
    """Count a failure; the error to raise for it."""
    with _lock:
        known = _known.setdefault(host, _Failures())
        known.n, known.at, known.why = known.n + 1, time.monotonic(), str(error)
    return ServerDown(known.why) if known.n >= MOST else error
