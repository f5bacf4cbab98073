"""Much of the transported mass pairs frames that do not belong together."""

from typing import Any

from actot.analysis.metric_stats import tail
from actot.rules import Case

SEVERITY = "info"


def check(
    case: Case, *, least: float = 0.8, metric: str = "ot_diag_share"
) -> dict[str, Any] | None:
    """Speaks where the tail's mean diagonal share is below `least`."""
    share = case.stats(metric).last_mean
    if share is None or share >= least:
        return None
    steps = tail(case.summary.points(metric), case.profile.tail).steps
    return {
        "share": share,
        "least": least,
        "metric": metric,
        "steps": (int(steps[0]), int(steps[-1])),
    }
