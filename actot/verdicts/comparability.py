"""Why two runs must not be compared in a metric, or why a run has no value in it."""

from collections.abc import Iterable, Sequence

import numpy as np

from actot.analysis import config_changes, config_values
from actot.analysis.absences import Proxy
from actot.analysis.run_summary import RunSummary, diverged_at, least_points
from actot.facts import Reason
from actot.profile import Metric, Profile
from actot.records import are_equal
from actot.verdicts import success_rates
from actot.verdicts.reasons import (
    Diverged,
    FewPoints,
    NoCount,
    NoData,
    NoDirection,
    OtherEvalSet,
    OtherKnob,
    PolicyIndependent,
    Rescaled,
    TooShort,
)


def obstacles(
    run: RunSummary, group: Sequence[RunSummary], metric: str, profile: Profile
) -> Iterable[Reason]:
    """Every reason why these runs must not be compared in this metric at all, the first first."""
    entry = profile.metrics[metric]
    base = group[0]
    for knob in profile.same_knobs:
        a, b = base.settings.value(knob), run.settings.value(knob)
        if not config_values.equal(a, b):
            yield OtherKnob(knob, b, a)
    for name in profile.same_metrics:
        a, b = base.stats[name].last, run.stats[name].last
        if a is not None and b is not None and a != b:
            yield OtherEvalSet(name, b, a)
    yield from _proxies(run, group, metric)
    yield from _rescaled(run, base, entry)
    if entry.policy_independent:
        yield PolicyIndependent(metric)
    if entry.direction is None:
        yield NoDirection(metric)


def _proxies(run: RunSummary, group: Sequence[RunSummary], metric: str) -> Iterable[Reason]:
    for one in (run, *group):
        missing = one.stats[metric].missing
        if isinstance(missing, Proxy):
            yield NoData(one.id, missing)


def _rescaled(run: RunSummary, base: RunSummary, metric: Metric) -> Iterable[Reason]:
    for change in config_changes.changes(base.settings, run.settings) if metric.rescaled_by else ():
        if change.knob in metric.rescaled_by or change.group in metric.rescaled_by:
            yield Rescaled(metric.name, change.knob)


def unusable(summary: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """Why a run has no value in this metric, or None."""
    stats, entry = summary.stats[metric], profile.metrics[metric]
    if stats.n == 0:
        return NoData(summary.id, stats.missing)
    least = least_points(metric, profile)
    if stats.n < least:
        return FewPoints(stats.n, least)
    diverged = diverged_at(summary, metric, profile)
    if diverged is not None:
        return Diverged(diverged)
    if entry.rollouts and success_rates.last_count(summary, entry) is None:
        return NoCount(summary.id, entry.rollouts, stats.last)
    return None


def too_short(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """A run that ended before half of the other's budget is another experiment."""
    for one, other in ((run, base), (base, run)):
        end, theirs = (int(r.points(metric).steps[-1]) for r in (one, other))
        budget = other.budget(profile) or theirs
        # One evaluation after the training says nothing of its length.
        if one.stats[metric].n > 1 and end < budget / 2:
            return TooShort(one.id, end, int(budget))
    return None


def identical(a: RunSummary, b: RunSummary, metric: str) -> bool:
    """Whether two runs logged the same curve, point for point; a constant proves nothing."""
    mine, theirs = a.series[metric], b.series[metric]
    return are_equal(mine, theirs) and bool(np.ptp(mine.values) > 0)


def different(group: Sequence[RunSummary], metric: str) -> list[RunSummary]:
    """The runs of a group, those with identical curves once."""
    found: list[RunSummary] = []
    for summary in group:
        if not any(identical(summary, known, metric) for known in found):
            found.append(summary)
    return found
