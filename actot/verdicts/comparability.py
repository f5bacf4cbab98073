"""Why two runs must not be compared in a metric, or why a run has no value in it."""

from collections.abc import Iterable, Sequence
from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.absences import Proxy
from actot.analysis.config_values import ABSENT
from actot.analysis.run_summary import RunSummary, diverged_at
from actot.facts import Reason
from actot.profile_schema import Metric, Profile
from actot.verdicts import success_rates
from actot.verdicts.reasons import (
    Annealed,
    Diverged,
    NoCount,
    NoData,
    NoDirection,
    OtherEvalSet,
    OtherKnob,
    OtherSchedule,
    PolicyIndependent,
    Rescaled,
    TooShort,
)

LARGEST_GAP = 0.25  # between the shares of their highest rates that two runs have at the cut
STRAY = 2.0  # times the planned length, beyond which a point is a stray one
CONSTANT = "none"  # the schedule that anneals nothing


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
    diverged = diverged_at(summary, metric, profile)
    if diverged is not None:
        return Diverged(diverged)
    if entry.rollouts and success_rates.last_count(summary, entry) is None:
        return NoCount(summary.id, entry.rollouts, stats.last)
    return None


def unlike(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """Why two usable runs are different experiments: one is too short, or was annealed otherwise."""
    return too_short(run, base, metric, profile) or annealed(run, base, metric, profile)


def too_short(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """A run that ended before half of the other's last step is another experiment."""
    for one, other in ((run, base), (base, run)):
        end, theirs = (_end(r, metric, profile) for r in (one, other))
        # One evaluation after the training says nothing of its length.
        if one.stats[metric].n > 1 and end < theirs / 2:
            return TooShort(one.id, end, theirs)
    return None


def _end(summary: RunSummary, metric: str, profile: Profile) -> int:
    """The last step with a value, but for a stray point far beyond the plan."""
    steps, budget = summary.points(metric).steps, summary.budget(profile)
    inside = len(steps) if budget is None else int(steps.searchsorted(STRAY * budget, "right"))
    return int(steps[(inside or len(steps)) - 1])


def annealed(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """Learning rates that were annealed over different budgets, where one of the runs is cut."""
    ends = [r.stats[metric].last_step or 0 for r in (run, base)]
    budgets = [r.budget(profile) for r in (run, base)]
    if ends[0] == ends[1] and (None in budgets or budgets[0] == budgets[1]):
        return None
    shares = [_rate_share(r, min(ends), profile) for r in (run, base)]
    if shares[0] is not None and shares[1] is not None:
        gap = abs(shares[0] - shares[1])
        return Annealed(min(ends), shares[0], shares[1]) if gap > LARGEST_GAP else None
    schedules = [_schedule(r, profile) for r in (run, base)]
    if schedules[0] is None or schedules[1] is None or schedules[0][1] == schedules[1][1]:
        return None
    return OtherSchedule(schedules[0][0], schedules[0][1], schedules[1][1])


def _rate_share(summary: RunSummary, step: int, profile: Profile) -> float | None:
    """The learning rate at a step over the run's own highest, or None where it was not logged."""
    name = profile.annealing.rate
    series = summary.finite(name) if name else None
    if series is None or len(series) < 2 or series.values.max() <= 0:
        return None
    at = max(0, int(series.steps.searchsorted(step, "right")) - 1)
    return float(series.values[at] / series.values.max())


def _schedule(summary: RunSummary, profile: Profile) -> tuple[Any, int] | None:
    """A schedule that is known not to be constant, and the step at which it ends."""
    names = profile.annealing
    schedule = summary.settings.value(names.schedule) if names.schedule else ABSENT
    if schedule in (ABSENT, None, CONSTANT, names.unknown):
        return None
    own = summary.settings.value(names.end) if names.end else ABSENT
    budget = summary.budget(profile)
    ends = [own] if isinstance(own, int | float) else []
    if budget is not None and (names.fits_budget or not ends):
        ends.append(budget)
    return (schedule, int(min(ends))) if ends else None
