"""The gradient norm is large for long, not for a spike."""

from typing import Any

import numpy as np

from actot.analysis.metric_stats import tail_length
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case, *, above: float = 100.0, metric: str = "grad_norm") -> dict[str, Any] | None:
    """Speaks where more than half of as many points in a row as a tail has lie above `above`,
    anywhere in the run: their median does then too. The longest such stretch is named."""
    series = case.summary.finite(metric)
    if series is None or len(series) < case.profile.min_points:
        return None
    k = tail_length(len(series), case.profile.tail)
    high = series.values > above
    counts = np.convolve(high, np.ones(k), mode="valid")
    # Where the windows begin and cease to be high: pairs of edges.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], counts > k / 2, [False]])))
    if not len(edges):
        return None
    starts, stops = edges[::2], edges[1::2]
    at = int((stops - starts).argmax())
    # The outermost windows reach beyond the high points by up to half their length.
    where = starts[at] + np.flatnonzero(high[starts[at] : stops[at] + k - 1])
    first, last = int(series.steps[where[0]]), int(series.steps[where[-1]])
    return {
        "metric": metric,
        "above": above,
        "points": k,
        "level": float(np.median(series.values[where])),
        "first": first,
        "last": last,
        "steps": (first, last),
    }
