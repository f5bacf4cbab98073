"""Two runs logged the same curve, point for point."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from actot.analysis.duplicates import measured
from actot.records import are_equal
from actot.rules import Case

SEVERITY = "info"
MOST_RUNS = 4


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a measured curve that is not constant equals that of another run."""
    series = {n: case.summary.series[n] for n in measured(case.profile) if n in case.summary.series}
    mine = {n: s for n, s in series.items() if len(s) > 1 and np.ptp(s.values) > 0}
    duplicates: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for other in case.duplicates:
        same = tuple(
            name
            for name, one in mine.items()
            if name in other.series and are_equal(one, other.series[name])
        )
        if same:
            duplicates[same].append(other.id)
    if not duplicates:
        return None
    # The runs that share most come first; each set of metrics names its own runs.
    groups = sorted(duplicates.items(), key=lambda pair: -len(pair[0]))
    what = "; ".join(f"{_few(names)} = {_few(runs)}" for names, runs in groups)
    metrics = sorted({m for names in duplicates for m in names})
    return {"what": what, "metrics": metrics, "metric": groups[0][0][0]}


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_RUNS])
    return shown if len(names) <= MOST_RUNS else f"{shown}, +{len(names) - MOST_RUNS}"
