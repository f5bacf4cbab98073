"""Why a figure of a metric is absent, a type for each reason."""

from dataclasses import dataclass
from typing import Any

from actot.facts import Absence


@dataclass(frozen=True)
class NotLogged(Absence):
    """None of the keys was logged; `near` are the logged keys most like them."""

    keys: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True)
class Proxy(Absence):
    """Only another quantity was logged."""

    key: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Nonfinite(Absence):
    """All n logged points are NaN or Inf."""

    key: str
    n: int


@dataclass(frozen=True)
class BeforeFirstEval(Absence):
    """The run ended before the step of its first evaluation."""

    step: int
    end: int


@dataclass(frozen=True)
class Zeros(Absence):
    """All n points are exactly 0, which says that nothing was measured."""

    key: str
    n: int


@dataclass(frozen=True)
class NoSharedStep(Absence):
    """The two parts of a ratio were never logged on the same step."""

    keys: tuple[str, str]


@dataclass(frozen=True)
class NoKnob(Absence):
    """The knob that the metric is divided by has no size here."""

    knob: str
    value: Any


@dataclass(frozen=True)
class TooFew(Absence):
    """One point has neither slope nor jitter."""

    n: int


@dataclass(frozen=True)
class NoBest(Absence):
    """A metric without a direction has no best value."""

    metric: str


@dataclass(frozen=True)
class ZeroFirst(Absence):
    """There is no change relative to a first value of 0."""

    key: str


@dataclass(frozen=True)
class ZeroMedian(Absence):
    """There is no jitter relative to a median of 0."""

    key: str
