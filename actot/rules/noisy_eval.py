"""The evaluation scatters more than the run and the reference differ."""

from typing import Any

from actot.rules import Case
from actot.statistics import student_t
from actot.verdicts import judging, tail_estimate
from actot.verdicts.seed_noise import SeedNoise

SEVERITY = "info"
TEXT = {
    "en": "Evaluation noisier than the difference: {metric} differs from the reference's by "
    "{change_pct:+.1f} %, and its own scatter in the tails leaves ±{error_pct:.1f} % (one standard "
    "error). More batches per evaluation or a longer tail would make it finer.",
    "zh": "评估噪声大于差异：{metric} 与参照基线相差 {change_pct:+.1f} %，而两者尾段自身的波动就有 "
    "±{error_pct:.1f} %（一个标准误）。可增加每次评估的批数，或取更长的尾段。",
}
# Without seed noise, the error of a verdict is the scatter of the evaluations alone.
SCATTER = SeedNoise(relative=0.0, df=1.0, origin="measured")


def check(case: Case, *, errors: float = 1.0) -> dict[str, Any] | None:
    """Speaks where `errors` standard errors of the two tails together, as a share of the reference,
    exceed both the difference and the smallest one that matters. Success rates have no tail."""
    run, metric, profile = case.summary, case.metric, case.profile
    if not case.reference or any(r.id == run.id for r in case.reference):
        return None
    row = judging.compare(run, case.reference, metric, SCATTER, profile)
    if row.change is None or row.rollouts is not None:
        return None
    error = row.mde / student_t.quantile(judging.CONFIDENCE, SCATTER.df)
    if errors * error <= max(abs(row.change), profile.smallest_effect):
        return None
    used = [r for r in case.reference if r.id in row.baselines]
    return {
        "metric": metric,
        "change_pct": 100 * row.change,
        "error_pct": 100 * error,
        "steps": tail_estimate.matched_window([r.finite(metric) for r in (run, *used)], profile),
    }
