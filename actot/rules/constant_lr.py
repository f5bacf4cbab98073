"""A scheduler is configured, but the learning rate never moved."""

from typing import Any

from actot.rules import Case

SEVERITY = "warning"


def check(case: Case, *, spread: float = 1e-9, metric: str = "lr") -> dict[str, Any] | None:
    """Speaks where the effective scheduler is known to be one and lr's range is below `spread` of its level."""
    scheduler = case.summary.settings.value("scheduler")
    stats = case.stats(metric)
    if (
        scheduler in ("none", "absent", None, case.profile.annealing.unknown)
        or stats.n < 2
        or stats.max is None
        or stats.min is None
    ):
        return None
    if stats.max - stats.min > spread * abs(stats.max):
        return None
    steps = case.summary.points(metric).steps
    return {
        "scheduler": scheduler,
        "lr": stats.last,
        "metric": metric,
        "steps": (int(steps[0]), int(steps[-1])),
    }
