"""The evaluation scatters more than the run and the reference differ."""

import math
from typing import Any

from actot.rules import Case
from actot.verdicts import judging, pair_series
from actot.verdicts.scales import scale_of
from actot.verdicts.seed_noise import SeedNoise, prior_of
from actot.verdicts.verdict import JudgedBySeeds

SEVERITY = "info"


def check(case: Case, *, errors: float = 1.0) -> dict[str, Any] | None:
    """Speaks where `errors` standard errors of the two tails together, as a share of the reference,
    exceed both the difference and the smallest one that matters. Success rates have no tail."""
    run, metric, profile = case.summary, case.metric, case.profile
    if not case.reference or any(r.id == run.id for r in case.reference):
        return None
    noise = SeedNoise(prior_of(metric, profile, run))
    ((row, *_),) = judging.judge([([run], case.reference)], metric, noise, profile)
    if not isinstance(row, JudgedBySeeds):
        return None
    error = scale_of(profile.metrics[metric]).change(math.sqrt(row.error.tail))
    if errors * error <= max(abs(row.change), profile.smallest_effect):
        return None
    used = [r for r in case.reference if r.id in row.baselines]
    return {
        "metric": metric,
        "change_pct": 100 * row.change,
        "error_pct": 100 * error,
        "steps": pair_series.window([r.points(metric) for r in (run, *used)], profile.tail),
    }
