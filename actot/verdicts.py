"""Runs against baselines: a word, an interval, and the reason.

Difference (r - b) / b; error^2 = se_r^2 + se_b^2 + noise^2 (r^2 / n_r + b^2 / n_b); Student's t.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from actot import configs, student
from actot.noise import SeedNoise
from actot.profile import Metric, Profile
from actot.readings import Reading, diverged_at
from actot.records import Series
from actot.stats import tail_length

IMPROVED, REGRESSED, SAME = "improved", "regressed", "same"
WITHIN_NOISE, NOT_COMPARABLE = "within noise", "not comparable"
DIFFERENT_LENGTH = (
    0.10  # runs whose lengths differ by more than this are cut, and the verdict says it
)
LARGEST_R = 0.9


@dataclass(frozen=True)
class Why:
    """The reason of a verdict: the name of its sentence, and the facts that fill it."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """One run against one baseline in one metric.

    Units: fractions (0.38 is +38 %), steps of the trainer. `low` and `high` bound the 95 % interval,
    unadjusted; `p_adjusted` is Holm's over the family; `detectable` is the half-width of the interval,
    the smallest change that could have been seen.
    Absent: None where nothing was judged, with the reason in `why`. `seeds_needed` is None where
    more seeds than affordable would be needed.
    """

    run: str
    baseline: str
    metric: str
    word: str
    why: Why
    against: str = "picked"
    baselines: tuple[str, ...] = ()
    value: float | None = None
    base_value: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None
    seeds_needed: int | None = None
    three_seeds: float | None = None
    cut_at_step: int | None = None
    assumed_noise: bool = False
    notes: tuple[Why, ...] = ()


@dataclass(frozen=True)
class Level:
    """The value of a run over a window: the mean, and its standard error."""

    mean: float
    error: float


def group_baselines(baselines: Sequence[Reading]) -> list[list[Reading]]:
    """Baselines with equal effective knobs together, the reference first."""
    groups: dict[Any, list[Reading]] = {}
    for base in baselines:
        groups.setdefault(configs.fingerprint(base.settings), []).append(base)
    return list(groups.values())


def judge(
    pairs: Iterable[tuple[Reading, Sequence[Reading]]],
    metric: str,
    noise: SeedNoise,
    profile: Profile,
    against: str = "picked",
) -> tuple[Verdict, ...]:
    """The verdicts of one family of (run, baseline group) rows, Holm-adjusted over its rows."""
    rows = [replace(compare(r, b, metric, noise, profile), against=against) for r, b in pairs]
    judged = [i for i, row in enumerate(rows) if row.p is not None]
    for i, adjusted in zip(judged, student.holm([rows[i].p for i in judged]), strict=True):
        rows[i] = _decide(replace(rows[i], p_adjusted=adjusted), profile)
    return tuple(rows)


def compare(
    run: Reading, group: Sequence[Reading], metric: str, noise: SeedNoise, profile: Profile
) -> Verdict:
    """One row before its family is known: change, interval and p, or why there is none."""
    row = Verdict(run.id, group[0].id, metric, NOT_COMPARABLE, Why("no_data"))
    usable = [b for b in group if unusable(b, metric, profile) is None]
    row = replace(row, baselines=tuple(b.id for b in usable or group))
    why = _incomparable(run, group, metric, profile)
    if why is None and not usable:
        why = Why("baseline_unusable", {"run": group[0].id})
    if why is not None:
        return replace(row, why=why)
    diverged = diverged_at(run, metric, profile)
    if diverged is not None:
        return replace(row, word=REGRESSED, why=Why("diverged", {"step": diverged}))
    why = unusable(run, metric, profile) or _too_short(run, usable, metric, profile)
    if why is not None:
        return replace(row, why=why)
    return _measure(row, run, usable, noise, profile)


def _measure(
    row: Verdict, run: Reading, group: Sequence[Reading], noise: SeedNoise, profile: Profile
) -> Verdict:
    """Fill in change, interval, p and what the set-up could have seen."""
    series = [r.finite(row.metric) for r in (run, *group)]
    low, high = matched_window(series, profile)
    windows = [s.window(low, high) for s in series]
    if min(len(w) for w in windows) < 2:
        return replace(row, why=Why("few_points", {"n": 1, "least": profile.min_points}))
    mine, *theirs = (level(w) for w in windows)
    n = len(theirs)
    r, b = mine.mean, sum(t.mean for t in theirs) / n
    if r <= 0 or b <= 0:
        return replace(row, why=Why("not_positive", {"value": min(r, b)}))
    base_var = sum(t.error**2 for t in theirs) / n**2
    seed_var = noise.relative**2
    error = math.sqrt(mine.error**2 + base_var + seed_var * (r**2 + b**2 / n)) / b
    t95 = student.quantile(0.95, noise.df)

    def half_width(seeds: int) -> float:
        """With that many seeds a side, each as noisy inside as these runs are."""
        variance = mine.error**2 + base_var * n + seed_var * (r**2 + b**2)
        return t95 * math.sqrt(variance / seeds) / b

    change = (r - b) / b
    affordable = range(1, profile.affordable_seeds + 1)
    ends = [int(s.steps[-1]) for s in series]
    cut = min(ends) < (1 - DIFFERENT_LENGTH) * max(ends)
    return replace(
        row,
        value=r,
        base_value=b,
        change=change,
        low=change - t95 * error,
        high=change + t95 * error,
        p=student.two_sided_p(change / error, noise.df) if error else float(change == 0),
        detectable=t95 * error,
        seeds_needed=next((k for k in affordable if half_width(k) <= profile.matters), None),
        three_seeds=half_width(3),
        cut_at_step=min(ends) if cut else None,
        assumed_noise=noise.origin == "assumed",
        notes=tuple(_notes(row.metric, run, group)),
    )


def _decide(row: Verdict, profile: Profile) -> Verdict:
    """The word for a measured row whose family is known."""
    matters = profile.matters
    certain = row.p_adjusted < profile.alpha
    lower_is_better = profile.metrics[row.metric].direction == "lower"
    if certain and abs(row.change) >= matters:
        better = (row.change < 0) == lower_is_better
        return replace(row, word=IMPROVED if better else REGRESSED, why=Why("clear"))
    if row.low >= -matters and row.high <= matters:
        return replace(row, word=SAME, why=Why("inside", {"matters": matters}))
    if certain:
        return replace(row, word=SAME, why=Why("too_small", {"matters": matters}))
    name = "not_held" if row.low > 0 or row.high < 0 else "noise"
    return replace(row, word=WITHIN_NOISE, why=Why(name, {"p": row.p_adjusted}))


def matched_window(series: Sequence[Series], profile: Profile) -> tuple[int, int]:
    """The step range that all tails cover: the longest tail's span up to the last common step."""
    end = min(int(s.steps[-1]) for s in series)
    span = 0
    for one in series:
        steps = one.steps[one.steps <= end]
        if len(steps):
            span = max(span, int(steps[-1] - steps[-tail_length(len(steps), profile.tail)]))
    return end - span, end


def level(window: Series) -> Level:
    """Mean and standard error of a window: s / sqrt(n_eff), n_eff = max(1, k (1 - r) / (1 + r))."""
    x = window.values
    k, centred = len(x), x - x.mean()
    variance = float((centred**2).sum())
    r = float((centred[1:] * centred[:-1]).sum()) / variance if variance > 0 else 0.0
    r = min(max(r, 0.0), LARGEST_R)
    effective = max(1.0, k * (1 - r) / (1 + r))
    return Level(float(x.mean()), float(np.std(x, ddof=1)) / math.sqrt(effective))


def neighbour(run: Reading, others: Iterable[Reading]) -> tuple[Reading, int] | None:
    """The run with the fewest changed effective knobs, at least one, and how many they are."""
    counted = [(len(configs.changes(o.settings, run.settings)), o) for o in others if o is not run]
    counted = [(n, o) for n, o in counted if n]
    return min(((o, n) for n, o in counted), key=lambda pair: (pair[1], pair[0].id), default=None)


def _incomparable(
    run: Reading, group: Sequence[Reading], metric: str, profile: Profile
) -> Why | None:
    """Why these runs must not be compared in this metric at all, or None."""
    entry = profile.metrics[metric]
    base = group[0]
    if entry.policy_independent:
        return Why("policy_independent", {"metric": metric})
    if entry.direction is None:
        return Why("no_direction", {"metric": metric})
    for knob in profile.same_knobs:
        a, b = base.settings.value(knob), run.settings.value(knob)
        if not configs.equal(a, b):
            return Why("other_knob", {"knob": knob, "run": b, "base": a})
    for name in profile.same_metrics:
        a, b = base.summaries[name].last, run.summaries[name].last
        if a is not None and b is not None and a != b:
            return Why("other_eval_set", {"metric": name, "run": b, "base": a})
    return _rescaled(run, base, entry)


def _rescaled(run: Reading, base: Reading, metric: Metric) -> Why | None:
    for change in configs.changes(base.settings, run.settings):
        if change.knob in metric.rescaled_by or change.group in metric.rescaled_by:
            return Why("rescaled", {"metric": metric.name, "knob": change.knob})
    return None


def unusable(reading: Reading, metric: str, profile: Profile) -> Why | None:
    """Why a run has no value in this metric, or None."""
    summary = reading.summaries[metric]
    if summary.n == 0:
        return Why("no_data", {"run": reading.id, "missing": summary.missing})
    if summary.n < profile.min_points:
        return Why("few_points", {"n": summary.n, "least": profile.min_points})
    if diverged_at(reading, metric, profile) is not None:
        return Why("diverged", {"step": diverged_at(reading, metric, profile)})
    return None


def _too_short(run: Reading, group: Sequence[Reading], metric: str, profile: Profile) -> Why | None:
    """A run that ended before half of the other's budget is another experiment."""
    for one, other in [pair for b in group for pair in ((run, b), (b, run))]:
        end = int(one.finite(metric).steps[-1])
        budget = other.budget(profile) or int(other.finite(metric).steps[-1])
        if end < budget / 2:
            return Why("too_short", {"run": one.id, "end": end, "budget": int(budget)})
    return None


def _notes(metric: str, run: Reading, group: Sequence[Reading]) -> Iterable[Why]:
    """What a reader should know beside the verdict: the same quantity under another name."""
    keys = sorted({r.summaries[metric].key for r in (run, *group)})
    if len(keys) > 1:
        yield Why("alias", {"keys": keys})
