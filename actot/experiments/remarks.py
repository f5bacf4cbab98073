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
class Held(OfValue):
    """A short run that is not worth its full length: `knob` and `value` say how long that is."""

    run: str


@dataclass(frozen=True)
class Diverged(Held):
    """It was NaN or Inf from that step on."""

    step: int


@dataclass(frozen=True)
class NotMeasured(Held):
    """It has no value of a metric that the gate asks for."""

    metric: str


@dataclass(frozen=True)
class BelowGate(Held):
    """A metric ended below the gate's bound."""

    metric: str
    found: float
    bound: float


@dataclass(frozen=True)
class AboveGate(Held):
    """A metric ended above the gate's bound."""

    metric: str
    found: float
    bound: float


@dataclass(frozen=True)
class NotFallen(Held):
    """A metric has not fallen by the gate's share of where it began."""

    metric: str
    found: float
    first: float
    share_pct: float


@dataclass(frozen=True)
class ScreenedWorse(Held):
    """The profile has no gate, and the short run regressed."""


@dataclass(frozen=True)
class Undecided(Held):
    """The profile has no gate, and the short run could not be judged."""


@dataclass(frozen=True)
class Refuses(Guarded):
    """Too far from the anchor's value."""


@dataclass(frozen=True)
class Warns(Guarded):
    """Outside of what healthy runs have tried."""
