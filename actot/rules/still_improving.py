"""The judged metric was still getting better when the run ended.

Why: a run that was stopped early loses against one that was not, and the config gets the blame.
"""

from typing import Any

import numpy as np

from actot.analysis.metric_stats import tail
from actot.analysis.run_summary import diverged_at
from actot.errors import BadInput
from actot.rules import Case
from actot.statistics import student_t

SEVERITY = "info"


def check(case: Case, *, confidence: float = 0.95) -> dict[str, Any] | None:
    """Speaks where the line fitted to the tail gains more than what matters between the tail's first
    and last step, and more than chance: beyond Student's t at `confidence` (k - 2 degrees)."""
    if not 0 < confidence < 1:
        raise BadInput(
            f"rules: still_improving: confidence is {confidence}; it lies between 0 and 1"
        )
    series = case.summary.finite(case.metric)
    direction = case.profile.metrics[case.metric].direction
    gone = diverged_at(case.summary, case.metric, case.profile) is not None
    if gone or series is None or direction is None or len(series) < 2 * case.profile.min_points:
        return None
    end = tail(series, case.profile.tail)
    k, mean = len(end), float(end.values.mean())
    if k < 3 or mean == 0:
        return None
    t = (end.steps - end.steps.mean()) / (end.steps[-1] - end.steps[0])
    gain = float(t @ end.values / (t @ t))  # over the whole tail, for t runs over a length of 1
    rest = end.values - mean - gain * t
    error = float(np.sqrt(rest @ rest / (k - 2) / (t @ t)))
    gain = -gain if direction == "lower" else gain
    chance = error * student_t.quantile(confidence, k - 2)
    if gain <= max(chance, case.profile.smallest_effect * abs(mean)):
        return None
    return {
        "metric": case.metric,
        "gain_pct": 100 * gain / abs(mean),
        "points": k,
        "steps": (int(end.steps[0]), int(end.steps[-1])),
    }
