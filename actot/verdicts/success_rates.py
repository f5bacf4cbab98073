"""Success rates: k of n rollouts, as a run logged or configured them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Metric

WHOLE = 0.02  # a logged rate times n is a count where it is this near to a whole number


@dataclass(frozen=True)
class Count:
    """k successes in n rollouts."""

    k: int
    n: int

    @property
    def rate(self) -> float:
        """k / n, a fraction."""
        return self.k / self.n


def matched_counts(summaries: Sequence[RunSummary], metric: Metric) -> list[Count]:
    """The counts at the last step that all evaluated, at each one's own last where there is none.

    Each of them has a count (`last_count`).
    """
    steps = [set(r.points(metric.name).steps.tolist()) for r in summaries]
    shared = set.intersection(*steps)
    found = [count_at(r, metric, max(shared)) for r in summaries] if shared else []
    counts = [c for c in found if c is not None]
    if len(counts) < len(summaries):
        counts = [c for r in summaries if (c := last_count(r, metric)) is not None]
    return counts


def last_count(summary: RunSummary, metric: Metric) -> Count | None:
    """The count of the last evaluation, or None as in `count_at`."""
    series = summary.finite(metric.name)
    return None if series is None else count_at(summary, metric, int(series.steps[-1]))


def count_at(summary: RunSummary, metric: Metric, step: int) -> Count | None:
    """The count of the evaluation at that step.

    Absent: None where the number of rollouts is not known, or the rate is none of so many.
    """
    series = summary.points(metric.name)
    rate = float(series.values[np.searchsorted(series.steps, step)]) / 100
    logged = summary.run.series.get(f"{series.key}/n")
    if logged is not None and step in logged.steps:
        n = float(logged.values[np.searchsorted(logged.steps, step)])
    else:
        known = summary.settings.value(metric.rollouts)
        n = float(known) if isinstance(known, int | float) else 0.0
    k = rate * n
    if n < 1 or not 0 <= round(k) <= n or abs(k - round(k)) > WHOLE:
        return None
    return Count(round(k), round(n))
