"""NaN or Inf was logged on the way, and the run recovered."""

from typing import Any

import numpy as np

from actot.analysis.run_summary import diverged_at
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a metric that is logged itself holds NaN or Inf and the run did not diverge."""
    if diverged_at(case.summary, case.metric, case.profile) is not None:
        return None
    bad = {
        name: series.steps[~np.isfinite(series.values)]
        for name, series in case.summary.series.items()
        if case.profile.metrics[name].keys
    }
    bad = {name: steps for name, steps in bad.items() if len(steps)}
    if not bad:
        return None
    first = min(int(s[0]) for s in bad.values())
    last = max(int(s[-1]) for s in bad.values())
    n = sum(len(s) for s in bad.values())
    return {
        "n": n,
        "metrics": sorted(bad),
        "metric": min(sorted(bad), key=lambda name: bad[name][0]),
        "step": first,
        "steps": (first, last),
    }
