"""A metric that no changed knob moves: it cannot say which run is better."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from actot.analysis import config_changes
from actot.analysis.config_changes import Change
from actot.analysis.duplicates import measured
from actot.analysis.run_summary import RunSummary
from actot.records import shared
from actot.rules import Case

SEVERITY = "info"
MOST_KNOBS = 4


def check(case: Case, *, rel: float = 1e-5) -> dict[str, Any] | None:
    """Speaks where effective knobs differ from the reference's and a measured curve is equal on all
    shared steps, or within `rel` once the ratio of a changed knob that rescales it is taken out.
    Beside `identical_curves`: that one asks which runs share data, whatever their knobs."""
    for base in case.reference:
        changes = config_changes.changes(base.settings, case.summary.settings)
        names = measured(case.profile) if changes else []
        compared = {name: _scale(case, base, name, changes, rel) for name in names}
        scales = {name: scale for name, scale in compared.items() if scale is not None}
        same = list(scales)
        if same:
            steps = case.summary.points(same[0]).steps
            knobs = [c.knob for c in changes]
            more = [f"+{len(knobs) - MOST_KNOBS}"] if len(knobs) > MOST_KNOBS else []
            return {
                "what": ", ".join(name + scales[name] for name in same),
                "base": base.id,
                "knobs": knobs[:MOST_KNOBS] + more,
                "metric": same[0],
                "steps": (int(steps[0]), int(steps[-1])),
            }
    return None


def _scale(
    case: Case, base: RunSummary, name: str, changes: Sequence[Change], rel: float
) -> str | None:
    """ "" for equal curves, ` / weight_label (2.5x)` for rescaled ones, None for others."""
    mine, theirs = case.summary.finite(name), base.finite(name)
    if mine is None or theirs is None:
        return None
    _, x, y = shared(mine, theirs)
    if len(x) < case.profile.min_points or np.ptp(x) == 0:
        return None
    if np.array_equal(x, y):
        return ""
    by = case.profile.metrics[name].rescaled_by
    for c in changes:
        rescales = c.ratio and (c.knob in by or c.group in by)
        if rescales and np.allclose(x, c.ratio * y, rtol=rel, atol=0):
            return f" / {c.knob} ({c.ratio:.4g}x)"
    return None
