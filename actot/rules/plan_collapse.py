"""The transport plan has lost its mass."""

from typing import Any

from actot.rules import Case

SEVERITY = "warning"


def check(
    case: Case,
    *,
    tail_below: float = 1e-3,
    anywhere_below: float = 1e-12,
    metric: str = "ot_pi_sum",
) -> dict[str, Any] | None:
    """Speaks where the plan's mass is below `tail_below` in the tail; as a remark where it once was
    below `anywhere_below` and came back."""
    stats = case.stats(metric)
    if stats.last_mean is None or stats.min is None:
        return None
    collapsed = stats.last_mean < tail_below
    if not collapsed and stats.min >= anywhere_below:
        return None
    series = case.summary.points(metric)
    low = series.steps[series.values < (tail_below if collapsed else anywhere_below)]
    return {
        "metric": metric,
        "level": stats.last_mean,
        "lowest": stats.min,
        "step": stats.min_step,
        "severity": SEVERITY if collapsed else "info",
        "steps": (int(low[0]), int(low[-1])) if len(low) else None,
    }
