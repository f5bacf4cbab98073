"""How often each server failed in a row. After a few times nothing more is asked of it for a while."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from actot.bounded_memory import BoundedMemory
from actot.errors import ServerDown, Unreachable

MOST = 4  # failures in a row
SETTLE = 0.25  # s in which requests that were under way together fail together


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


def failed(hosts: Sequence[str], error: Unreachable) -> Unreachable:
    """Count a failure of each host; the error to raise for it, after those that fail at the same time are counted too.

    Without that wait a reader would begin its next request, and wait for that, before the last of a few is seen.
    """
    is_down = False
    with _lock:
        for host in hosts:
            known = _known.setdefault(host, _Failures())
            known.n, known.at, known.why = known.n + 1, time.monotonic(), str(error)
            is_down |= known.n >= MOST
    if not is_down:
        time.sleep(SETTLE)
    return ServerDown(str(error)) if is_down else error
