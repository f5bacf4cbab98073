"""Training has stopped to improve."""

from typing import Any

from actot.analysis.metric_stats import tail_length
from actot.rules import Case

SEVERITY = "info"


def check(
    case: Case, *, fall: float = 0.02, span: float = 2000, metric: str = "train_l1"
) -> dict[str, Any] | None:
    """Speaks where the last window lies less than `fall` from the window `span` steps earlier."""
    series = case.summary.finite(metric)
    if series is None:
        return None
    end = int(series.steps[-1])
    k = tail_length(len(series), case.profile.tail)
    earlier = series.steps <= end - span
    if earlier.sum() < k:
        return None
    before, now = series.values[earlier][-k:].mean(), series.values[-k:].mean()
    if before <= 0 or abs(before - now) / before >= fall:
        return None
    return {
        "metric": metric,
        "change_pct": 100 * float(now - before) / float(before),
        "span": int(span),
        "steps": (int(end - span), end),
    }
