"""What the training curves of the regressed runs point to: the optimizer, the OT plan, or neither."""

import inspect
from collections.abc import Iterable
from typing import Any

from actot import rules
from actot.analysis import config_values
from actot.analysis.run_summary import RunSummary
from actot.causes.outcomes import RegressionContext, is_below, worst
from actot.causes.statements import OptimizerSymptom, OtSymptom, OverfitSymptom, Symptom
from actot.profile_schema import Profile
from actot.verdicts import judging, seed_noise
from actot.verdicts.verdict import REGRESSED, Judged, JudgedBySeeds, Verdict


def read(
    context: RegressionContext,
    summaries: Iterable[RunSummary],
    *,
    optimizer: str = "optimizer",
    plan: str = "ot",
) -> list[Symptom]:
    """What the training curves of the regressed runs point to; the keywords are groups of knobs.

    The metrics, and what counts as rough or collapsed, are those of the rules jitter, grad_norm and
    plan_collapse. A metric that does not depend on the policy has no row, so its jitter says nothing.
    """
    profile, base = context.profile, context.reference[0]
    train = keyword("jitter", "metric", profile)
    if train not in profile.metrics or train == context.metric:
        return []
    learnt = seed_noise.measure(summaries, train, profile)
    sides = [([run], [base]) for run in context.regressed]
    rows = judging.judge(sides, train, learnt, profile, "symptom")
    rough = keyword("jitter", "factor", profile)
    found: list[Symptom] = []
    for run, (row, *_) in zip(context.regressed, rows, strict=True):
        jitter = rougher(run, base, train)
        if not isinstance(row, Judged) or jitter is None:
            continue
        l1 = 100 * row.change
        gradient = rougher(run, base, keyword("grad_norm", "metric", profile)) or 0.0
        if row.word == REGRESSED and jitter <= rough and gradient <= rough:
            found.append(OptimizerSymptom(run.id, optimizer, l1, jitter))
        mass = _collapsed(run, profile)
        if jitter > rough and mass is not None:
            found.append(OtSymptom(run.id, plan, l1, jitter, mass))
        if is_below(row, _half_of(context.rows[run.id], profile)):
            most = 100 * worst(row)
            found.append(OverfitSymptom(run.id, None, l1, jitter, most, context.metric))
    return found


def keyword(rule: str, name: str, profile: Profile) -> Any:
    """A threshold or metric of a rule: the profile's, else the rule's own."""
    known = inspect.signature(rules.shelf()[rule].check).parameters
    return rules.thresholds(rule, profile).get(name, known[name].default)


def rougher(run: RunSummary, base: RunSummary, metric: str) -> float | None:
    """The jitter of a run as a multiple of the reference's, where both log equally often."""
    often = [r.settings.value("log_freq") for r in (run, base)]
    mine, theirs = (r.stats[metric].jitter if metric in r.stats else None for r in (run, base))
    return mine / theirs if mine is not None and theirs and config_values.equal(*often) else None


def _collapsed(run: RunSummary, profile: Profile) -> float | None:
    """The plan's mass in the tail where it is next to nothing, else None."""
    stats = run.stats.get(keyword("plan_collapse", "metric", profile))
    mass = None if stats is None else stats.last_mean
    below = keyword("plan_collapse", "tail_below", profile)
    return mass if mass is not None and mass < below else None


def _half_of(row: Verdict, profile: Profile) -> float:
    """Half of a run's regression; points of a success rate compare with no loss, so what matters there."""
    if not isinstance(row, JudgedBySeeds):
        return profile.smallest_effect
    return abs(row.change) / 2
