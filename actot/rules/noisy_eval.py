"""The evaluation scatters more than the run and the reference differ."""

from typing import Any

from actot.rules import Case
from actot.statistics import student_t
from actot.verdicts import judging, tail_estimate
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import JudgedBySeeds

SEVERITY = "info"
# Without seed noise, the error of a verdict is the scatter of the evaluations alone.
SCATTER = SeedNoise(relative=0.0, df=1.0, origin="measured")


def check(case: Case, *, errors: float = 1.0) -> dict[str, Any] | None:
    """Speaks where `errors` standard errors of the two tails together, as a share of the reference,
    exceed both the difference and the smallest one that matters. Success rates have no tail."""
    run, metric, profile = case.summary, case.metric, case.profile
    if not case.reference or any(r.id == run.id for r in case.reference):
        return None
    row = judging.compare(run, case.reference, metric, SCATTER, profile)
    if not isinstance(row, JudgedBySeeds):
        return None
    error = row.mde / student_t.quantile(judging.CONFIDENCE, SCATTER.df)
    if errors * error <= max(abs(row.change), profile.smallest_effect):
        return None
    used = [r for r in case.reference if r.id in row.baselines]
    return {
        "metric": metric,
        "change_pct": 100 * row.change,
        "error_pct": 100 * error,
        "steps": tail_estimate.matched_window([r.points(metric) for r in (run, *used)], profile),
    }
