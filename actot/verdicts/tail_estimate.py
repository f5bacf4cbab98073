"""The value of a run over the steps that a comparison covers, with its standard error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from actot.analysis.metric_stats import tail_length
from actot.profile import Profile
from actot.records import Series

LARGEST_R = 0.9


@dataclass(frozen=True)
class Level:
    """The value of a run over a window, and its standard error."""

    mean: float
    error: float


def matched_window(series: Sequence[Series], profile: Profile) -> tuple[int, int]:
    """The step range that all tails cover: the longest tail's span up to the last common step."""
    end = min(int(s.steps[-1]) for s in series)
    span = 0
    for one in series:
        n = int(one.steps.searchsorted(end, "right"))
        if n:
            span = max(span, int(one.steps[n - 1] - one.steps[n - tail_length(n, profile.tail)]))
    return end - span, end


def value(window: Series, profile: Profile) -> Level:
    """What is judged of a window: its mean, or on request its last point."""
    return last(window) if profile.value == "last" else level(window)


def level(window: Series) -> Level:
    """Mean and standard error of a window: s / sqrt(n_eff), n_eff = max(1, k (1 - r) / (1 + r))."""
    x = window.values
    k, mean = len(x), float(x.mean())
    centred = x - mean
    variance = float(centred @ centred)
    r = float(centred[1:] @ centred[:-1]) / variance if variance > 0 else 0.0
    r = min(max(r, 0.0), LARGEST_R)
    effective = max(1.0, k * (1 - r) / (1 + r))
    return Level(mean, math.sqrt(variance / (k - 1) / effective) if k > 1 else 0.0)


def last(window: Series) -> Level:
    """The last point; one point is as uncertain as the tail scatters."""
    return Level(float(window.values[-1]), float(window.values.std(ddof=1)))
