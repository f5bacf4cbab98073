"""A curve of exact zeros: nothing was measured."""

from typing import Any

from actot.rules import Case

SEVERITY = "info"
TEXT = {
    "en": "{metrics} is exactly 0 throughout: not measured, not perfect.",
    "zh": "{metrics} 始终恰为 0：是未测量，而不是完美。",
}


def check(case: Case) -> dict[str, Any] | None:
    """Speaks for every metric with a direction whose finite points are all 0."""
    zero = [
        name
        for name, stats in case.summary.stats.items()
        if (stats.missing is not None and stats.missing.why == "zeros")
        or (case.profile.metrics[name].direction and stats.min == stats.max == 0)
    ]
    if not zero:
        return None
    # Zeros that count as missing leave no curve of their metric, only the logged key.
    shown = next((name for name in zero if name in case.summary.series), None)
    if shown is None:
        series = case.summary.run.series[case.summary.stats[zero[0]].missing.facts["key"]]
    else:
        series = case.summary.series[shown]
    steps = (int(series.steps[0]), int(series.steps[-1]))
    return {"metrics": zero, "metric": shown, "steps": steps}
