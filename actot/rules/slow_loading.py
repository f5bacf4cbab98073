"""The trainer waits for its data longer than it computes."""

from typing import Any

import numpy as np

from actot.records import shared
from actot.rules import Case

SEVERITY = "info"


def check(
    case: Case,
    *,
    factor: float = 1.0,
    metric: str = "dataloading_s",
    update: str = "update_s",
) -> dict[str, Any] | None:
    """Speaks where the median loading time is above `factor` times the median update time, over the
    steps that logged both. Medians: the first step and a hiccup of the disk do not count."""
    loading, updating = case.summary.finite(metric), case.summary.finite(update)
    if loading is None or updating is None:
        return None
    steps, waits, works = shared(loading, updating)
    if len(steps) < case.profile.min_points:
        return None
    mine, theirs = float(np.median(waits)), float(np.median(works))
    if theirs <= 0 or mine <= factor * theirs:
        return None
    return {
        "metric": metric,
        "loading": mine,
        "updating": theirs,
        "times": mine / theirs,
        "steps": (int(steps[0]), int(steps[-1])),
    }
