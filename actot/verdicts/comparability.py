"""Why two runs must not be compared in a metric, or why a run has no value in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from actot.analysis import train_config
from actot.analysis.run_summary import Reading, diverged_at, least_points
from actot.profile import Metric, Profile
from actot.records import are_equal
from actot.verdicts import success_rates


@dataclass(frozen=True)
class Why:
    """The reason of a verdict: the name of its sentence, and the facts that fill it."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def obstacles(
    run: Reading, group: Sequence[Reading], metric: str, profile: Profile
) -> Iterable[Why]:
    """Every reason why these runs must not be compared in this metric at all, the first first."""
    entry = profile.metrics[metric]
    base = group[0]
    for knob in profile.same_knobs:
        a, b = base.settings.value(knob), run.settings.value(knob)
        if not train_config.equal(a, b):
            yield Why("other_knob", {"knob": knob, "run": b, "base": a})
    for name in profile.same_metrics:
        a, b = base.summaries[name].last, run.summaries[name].last
        if a is not None and b is not None and a != b:
            yield Why("other_eval_set", {"metric": name, "run": b, "base": a})
    yield from _proxies(run, group, metric)
    yield from _rescaled(run, base, entry)
    if entry.policy_independent:
        yield Why("policy_independent", {"metric": metric})
    if entry.direction is None:
        yield Why("no_direction", {"metric": metric})


def _proxies(run: Reading, group: Sequence[Reading], metric: str) -> Iterable[Why]:
    for one in (run, *group):
        missing = one.summaries[metric].missing
        if missing is not None and missing.why == "proxy":
            yield Why("no_data", {"run": one.id, "missing": missing})


def _rescaled(run: Reading, base: Reading, metric: Metric) -> Iterable[Why]:
    for change in train_config.changes(base.settings, run.settings) if metric.rescaled_by else ():
        if change.knob in metric.rescaled_by or change.group in metric.rescaled_by:
            yield Why("rescaled", {"metric": metric.name, "knob": change.knob})


def unusable(reading: Reading, metric: str, profile: Profile) -> Why | None:
    """Why a run has no value in this metric, or None."""
    summary, entry = reading.summaries[metric], profile.metrics[metric]
    if summary.n == 0:
        return Why("no_data", {"run": reading.id, "missing": summary.missing})
    least = least_points(metric, profile)
    if summary.n < least:
        return Why("few_points", {"n": summary.n, "least": least})
    diverged = diverged_at(reading, metric, profile)
    if diverged is not None:
        return Why("diverged", {"step": diverged})
    if entry.rollouts and success_rates.last_count(reading, entry) is None:
        return Why("no_count", {"run": reading.id, "knob": entry.rollouts, "rate": summary.last})
    return None


def too_short(run: Reading, base: Reading, metric: str, profile: Profile) -> Why | None:
    """A run that ended before half of the other's budget is another experiment."""
    for one, other in ((run, base), (base, run)):
        mine, theirs = one.summaries[metric], other.summaries[metric]
        end, budget = mine.last_step, other.budget(profile) or theirs.last_step
        # One evaluation after the training says nothing of its length.
        if mine.n > 1 and end < budget / 2:
            return Why("too_short", {"run": one.id, "end": end, "budget": int(budget)})
    return None


def identical(a: Reading, b: Reading, metric: str) -> bool:
    """Whether two runs logged the same curve, point for point; a constant proves nothing."""
    mine, theirs = a.series[metric], b.series[metric]
    return are_equal(mine, theirs) and bool(np.ptp(mine.values) > 0)


def different(group: Sequence[Reading], metric: str) -> list[Reading]:
    """The runs of a group, those with identical curves once."""
    found: list[Reading] = []
    for reading in group:
        if not any(identical(reading, known, metric) for known in found):
            found.append(reading)
    return found
