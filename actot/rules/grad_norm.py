"""The gradient norm is large for long, not for a spike."""

from typing import Any

import numpy as np

from actot.analysis.metric_stats import tail_length
from actot.rules import Case

SEVERITY = "warning"
TEXT = {
    "en": "{metric} stays above {above} from step {first} to {last}: of any {points} points in a row "
    "more than half lie higher, at {level} on the median. Single spikes do not count.",
    "zh": "{metric} 在第 {first} 至 {last} 步持续高于 {above}：任意连续 {points} 个点中过半更高，"
    "其中位数为 {level}。单个尖峰不计入。",
}


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
