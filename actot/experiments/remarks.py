"""What is said of a value that somebody wants to run."""

from dataclasses import dataclass
from typing import Any

from actot.facts import Remark


@dataclass(frozen=True)
class OfValue(Remark):
    """What every remark names: the knob and the value."""

    knob: str
    value: Any


@dataclass(frozen=True)
class NoEffect(OfValue):
    """The trainer would do the same as before."""


@dataclass(frozen=True)
class NoPlace(OfValue):
    """The anchor's config has no place for it."""


@dataclass(frozen=True)
class AboveLimit(OfValue):
    """The trainer would not start: what stands at `path` may not exceed the limit, as `policy.chunk_size 40`."""

    path: str
    found: Any
    limit: str


@dataclass(frozen=True)
class NoMultiple(OfValue):
    """The trainer would not start: what stands at `path` must be a multiple of a number."""

    path: str
    found: Any
    factor: int


@dataclass(frozen=True)
class NotTaken(OfValue):
    """The trainer would not start: at `path` it takes nothing but these values."""

    path: str
    allowed: str


@dataclass(frozen=True)
class Guarded(OfValue):
    """A value that lies far from the anchor's, or outside of what healthy runs have tried.

    `times` is the value over the anchor's; `low` and `high` bound what healthy runs have tried.
    """

    times: float
    anchor: Any
    low: Any
    high: Any


@dataclass(frozen=True)
class Refuses(Guarded):
    """Too far from the anchor's value."""


@dataclass(frozen=True)
class Warns(Guarded):
    """Outside of what healthy runs have tried."""
