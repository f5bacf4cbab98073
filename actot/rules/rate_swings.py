"""Success rates that jump between evaluations by more than the luck of the rollouts explains."""

from typing import Any

import numpy as np

from actot.rules import Case
from actot.verdicts import success_rates

SEVERITY = "warning"


def check(
    case: Case, *, times: float = 6.0, evaluations: int = 5, at_most: int = 10
) -> dict[str, Any] | None:
    """Speaks where the last evaluations, at least `evaluations` and `at_most` so many, scatter about a line with more than
    `times` the variance of so many rollouts: below 0.5 % by luck alone, level or rising."""
    entry = case.profile.metrics[case.metric]
    series = case.summary.finite(case.metric)
    if not entry.rollouts or series is None or len(series) < evaluations:
        return None
    steps = series.steps[-at_most:].tolist()
    counts = [success_rates.count_at(case.summary, entry, step) for step in steps]
    known = [c for c in counts if c is not None]
    if len(known) < len(counts):
        return None
    rates = np.array([c.k / c.n for c in known])
    mean, rollouts = rates.mean(), min(c.n for c in known)
    by_luck = mean * (1 - mean) / rollouts
    # Second differences leave a straight rise out; six times the variance of a value is theirs.
    if not by_luck or np.mean(np.diff(rates, n=2) ** 2) <= 6 * times * by_luck:
        return None
    return {
        "metric": case.metric,
        "low": f"{100 * rates.min():.0f} %",
        "high": f"{100 * rates.max():.0f} %",
        "points": len(known),
        "rollouts": rollouts,
        "steps": (int(steps[0]), int(steps[-1])),
    }
