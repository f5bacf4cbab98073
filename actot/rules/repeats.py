"""Runs of one config and seed that came out otherwise."""

from typing import Any

from actot.rules import Case
from actot.rules.duplicate import came_out_otherwise, of_one_seed

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where runs with equal knobs and a known seed differ in the judged metric; they count as one seed."""
    again = [r for r in of_one_seed(case) if came_out_otherwise(case, r)]
    means = [r.stats[case.metric].last_mean or 0.0 for r in (case.summary, *again)]
    if not again or min(means) <= 0:
        return None
    return {
        "metric": case.metric,
        "runs": sorted(r.id for r in again),
        "seed": case.summary.settings.value("seed"),
        "apart_pct": 100 * (max(means) / min(means) - 1),
    }
