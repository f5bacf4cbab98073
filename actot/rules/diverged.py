"""The run ends in NaN or Inf."""

from typing import Any

import numpy as np

from actot.analysis.run_summary import diverged_at
from actot.rules import Case

SEVERITY = "error"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where the last five points of the judged metric or of train loss are not all finite."""
    step = diverged_at(case.summary, case.metric, case.profile)
    if step is None:
        return None
    return {
        "step": step,
        "metric": next(
            n for n in (case.metric, *case.profile.divergence) if _breaks(case, n, step)
        ),
        "steps": (step, case.summary.run.last_step),
    }


def _breaks(case: Case, metric: str, step: int) -> bool:
    series = case.summary.series.get(metric)
    return series is not None and not np.isfinite(series.values[series.steps == step]).all()
