"""The best stretch came early, and the end is worse than it."""

from typing import Any

import numpy as np

from actot.analysis.metric_stats import tail
from actot.analysis.run_summary import diverged_at
from actot.rules import Case
from actot.verdicts.pair_series import tail_error

SEVERITY = "warning"


def check(case: Case, *, latest: float = 0.75, errors: float = 2.0) -> dict[str, Any] | None:
    """Speaks where the best window of k points ends before `latest` of the run, and the tail is
    worse than it by `errors` tail errors and by what matters. A best point alone is noise."""
    series = case.summary.finite(case.metric)
    direction = case.profile.metrics[case.metric].direction
    gone = diverged_at(case.summary, case.metric, case.profile) is not None
    if gone or series is None or direction is None or len(series) < 2 * case.profile.min_points:
        return None
    end = tail(series, case.profile.tail)
    k = len(end)
    sign = 1.0 if direction == "lower" else -1.0
    windows = sign * np.convolve(series.values, np.full(k, 1 / k), mode="valid")
    at = int(windows.argmin())
    last_of_best = int(series.steps[at + k - 1])
    now = float(end.values.mean())
    worse = sign * now - float(windows[at])
    best = sign * float(windows[at])
    if last_of_best >= latest * int(series.steps[-1]) or best == 0:
        return None
    if worse <= errors * tail_error(end.values) or worse / abs(best) < case.profile.smallest_effect:
        return None
    return {
        "metric": case.metric,
        "best": best,
        "step": last_of_best,
        "end": now,
        "worse_pct": 100 * worse / abs(best),
        "steps": (int(series.steps[at]), int(series.steps[-1])),
    }
