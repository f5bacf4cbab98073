"""Two runs logged the same curve, point for point."""

from collections import defaultdict
from typing import Any

import numpy as np

from actot.rules import Case

SEVERITY = "info"
TEXT = {
    "en": "{metrics} of this run are identical to those of {runs}, point for point: they hold no "
    "evidence of their own.",
    "zh": "本运行的 {metrics} 与 {runs} 逐点相同：不构成独立证据。",
}


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a curve that is not constant equals that of another run."""
    mine = {
        name: series.values.tobytes()
        for name, series in case.reading.series.items()
        if case.profile.metrics[name].keys and len(series) > 1 and np.ptp(series.values) > 0
    }
    same = defaultdict(list)
    for other in case.others:
        for name, values in mine.items():
            twin = other.series.get(name)
            if other.id != case.reading.id and twin is not None and _equal(twin.values, values):
                same[other.id].append(name)
    if not same:
        return None
    return {"metrics": sorted({m for names in same.values() for m in names}), "runs": sorted(same)}


def _equal(values: Any, raw: bytes) -> bool:
    return values.nbytes == len(raw) and values.tobytes() == raw
