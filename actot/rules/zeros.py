"""A curve of exact zeros: nothing was measured."""

from typing import Any

from actot.analysis.absences import Zeros
from actot.rules import Case

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks for every metric with a direction whose finite points are all 0. A rate of 0 in rollouts is one."""
    judged = {n for n, m in case.profile.metrics.items() if m.direction and not m.rollouts}
    zero = [
        name
        for name, stats in case.summary.stats.items()
        if isinstance(stats.missing, Zeros) or (name in judged and stats.min == stats.max == 0)
    ]
    if not zero:
        return None
    # Zeros that count as missing leave no curve of their metric, only the logged key.
    shown = next((name for name in zero if name in case.summary.series), None)
    missing = case.summary.stats[zero[0]].missing
    if shown is None and isinstance(missing, Zeros):
        series = case.summary.run.series[missing.key]
    else:
        series = case.summary.series[shown or zero[0]]
    steps = (int(series.steps[0]), int(series.steps[-1]))
    return {"metrics": zero, "metric": shown, "steps": steps}
