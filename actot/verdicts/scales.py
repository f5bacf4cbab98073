"""How two values of a metric are compared: as a ratio, as a ratio of what is missing to 1, or in own units."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from actot.profile_schema import Metric, Profile

RATIO, COMPLEMENT, ABSOLUTE = "ratio", "complement", "absolute"


@dataclass(frozen=True)
class Scale:
    """What is averaged and subtracted instead of the values.

    `forward` takes values to the scale (NaN where they have no place on it), `backward` a mean on it to a
    value as logged; `change` takes a difference on it to a fraction, or to own units, and
    `distance` back again.
    """

    name: str
    forward: Callable[[np.ndarray], np.ndarray]
    backward: Callable[[float], float]
    change: Callable[[float], float]
    distance: Callable[[float], float]


def _log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.log(x)
    return np.where(np.isfinite(found), found, np.nan)


def _expm1(d: float) -> float:
    return math.expm1(d) if d < 700 else math.inf


SCALES = {
    RATIO: Scale(RATIO, _log, math.exp, _expm1, math.log1p),
    COMPLEMENT: Scale(
        COMPLEMENT, lambda x: _log(1 - x), lambda g: 1 - math.exp(g), _expm1, math.log1p
    ),
    ABSOLUTE: Scale(ABSOLUTE, lambda x: x, float, float, float),
}


def scale_of(metric: Metric) -> Scale:
    """The scale that a profile gives a metric."""
    return SCALES[metric.scale]


def lower_is_better(metric: Metric) -> bool:
    """Whether a change below 0 is an improvement; what is missing to 1 has the other direction."""
    return (metric.direction == "lower") != (metric.scale == COMPLEMENT)


def smallest_effect(metric: Metric, profile: Profile) -> float | None:
    """The smallest change that matters: a fraction, or own units. None where those have no entry."""
    return metric.smallest_effect if metric.scale == ABSOLUTE else profile.smallest_effect
