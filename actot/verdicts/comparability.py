"""Why two runs must not be compared in a metric, or why a run has no value in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from actot.analysis import train_config
from actot.analysis.run_summary import RunSummary, diverged_at, least_points
from actot.profile import Metric, Profile
from actot.records import are_equal
from actot.verdicts import success_rates


@dataclass(frozen=True)
class Reason:
    """The reason of a verdict: the name of its sentence, and the facts that fill it."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def obstacles(
    run: RunSummary, group: Sequence[RunSummary], metric: str, profile: Profile
) -> Iterable[Reason]:
    """Every reason why these runs must not be compared in this metric at all, the first first."""
    entry = profile.metrics[metric]
    base = group[0]
    for knob in profile.same_knobs:
        a, b = base.settings.value(knob), run.settings.value(knob)
        if not train_config.equal(a, b):
            yield Reason("other_knob", {"knob": knob, "run": b, "base": a})
    for name in profile.same_metrics:
        a, b = base.stats[name].last, run.stats[name].last
        if a is not None and b is not None and a != b:
            yield Reason("other_eval_set", {"metric": name, "run": b, "base": a})
    yield from _proxies(run, group, metric)
    yield from _rescaled(run, base, entry)
    if entry.policy_independent:
        yield Reason("policy_independent", {"metric": metric})
    if entry.direction is None:
        yield Reason("no_direction", {"metric": metric})


def _proxies(run: RunSummary, group: Sequence[RunSummary], metric: str) -> Iterable[Reason]:
    for one in (run, *group):
        missing = one.stats[metric].missing
        if missing is not None and missing.why == "proxy":
            yield Reason("no_data", {"run": one.id, "missing": missing})


def _rescaled(run: RunSummary, base: RunSummary, metric: Metric) -> Iterable[Reason]:
    for change in train_config.changes(base.settings, run.settings) if metric.rescaled_by else ():
        if change.knob in metric.rescaled_by or change.group in metric.rescaled_by:
            yield Reason("rescaled", {"metric": metric.name, "knob": change.knob})


def unusable(summary: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """Why a run has no value in this metric, or None."""
    stats, entry = summary.stats[metric], profile.metrics[metric]
    if stats.n == 0:
        return Reason("no_data", {"run": summary.id, "missing": stats.missing})
    least = least_points(metric, profile)
    if stats.n < least:
        return Reason("few_points", {"n": stats.n, "least": least})
    diverged = diverged_at(summary, metric, profile)
    if diverged is not None:
        return Reason("diverged", {"step": diverged})
    if entry.rollouts and success_rates.last_count(summary, entry) is None:
        return Reason("no_count", {"run": summary.id, "knob": entry.rollouts, "rate": stats.last})
    return None


def too_short(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """A run that ended before half of the other's budget is another experiment."""
    for one, other in ((run, base), (base, run)):
        mine, theirs = one.stats[metric], other.stats[metric]
        end, budget = mine.last_step, other.budget(profile) or theirs.last_step
        # One evaluation after the training says nothing of its length.
        if mine.n > 1 and end < budget / 2:
            return Reason("too_short", {"run": one.id, "end": end, "budget": int(budget)})
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
