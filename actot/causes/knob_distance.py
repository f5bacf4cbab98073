"""How far a knob was moved, on the scale of the knob.

On a log scale distances are decades, on a linear one plain differences; a category has no distance.
A knob that the profile does not know is taken as logarithmic where both values are positive numbers.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.profile_schema import Profile


def distance(change: Change, profile: Profile) -> float | None:
    """How far the value lies from the base's, negative where it went down; None where that means nothing."""
    scale = profile.knobs[change.knob].scale if change.knob in profile.knobs else "log"
    if scale == "log" and change.ratio is not None and change.ratio > 0:
        return math.log10(change.ratio)
    if scale == "linear" and is_number(change.base) and is_number(change.value):
        return float(change.value - change.base)
    return None


def is_as_far(tried: Change, moved: Change, profile: Profile) -> bool:
    """Whether another run went as far as `moved`, or farther, with `tried`."""
    if config_values.equal(tried.value, moved.value):
        return True
    mine, theirs = distance(tried, profile), distance(moved, profile)
    return mine is not None and theirs is not None and mine * theirs > 0 and mine / theirs >= 1


def is_part(tried: Change, moved: Change, profile: Profile) -> bool:
    """Whether `tried` goes the way of `moved`: to its value, or in its direction from before that."""
    if config_values.equal(tried.value, moved.value):
        return True
    mine, theirs = distance(tried, profile), distance(moved, profile)
    if mine is None or theirs is None or mine * theirs <= 0:
        return False
    start = replace(moved, value=tried.base, ratio=config_values.ratio(moved.base, tried.base))
    done = 0.0 if config_values.equal(moved.base, tried.base) else distance(start, profile)
    return done is not None and done / theirs < 1


def outside(moved: Sequence[Change], tried: Sequence[Change], profile: Profile) -> float:
    """How far the changes reach beyond the range of what was tried and the base, 0 to 1.

    Units: on a log scale a decade counts whole; on a linear one the tried range does, or the base's own
    value where that is larger. Absent: 0 for what has no distance.
    """
    known = list(_known(tried, profile))
    low, high = min([0.0, *known]), max([0.0, *known])
    beyond = max((max(d - high, low - d) for d in _known(moved, profile)), default=0.0)
    if beyond <= 0:
        return 0.0
    if moved[0].knob in profile.knobs and profile.knobs[moved[0].knob].scale == "linear":
        unit = max(high - low, abs(moved[0].base))
        return min(1.0, beyond / unit) if unit else 1.0
    return min(1.0, beyond)


def _known(changes: Iterable[Change], profile: Profile) -> Iterable[float]:
    return (d for c in changes if (d := distance(c, profile)) is not None)


def is_number(value: Any) -> bool:
    """A number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)
