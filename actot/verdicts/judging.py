"""Runs against baselines: a word, an interval, and the reason.

Difference (r - b) / b; error^2 = se_r^2 + se_b^2 + noise^2 (r^2 / n_r + b^2 / n_b); Student's t.
Success rates: the difference of two proportions with Newcombe's interval.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actot.analysis import train_config
from actot.analysis.run_summary import RunSummary, diverged_at, evaluation
from actot.profile import Profile
from actot.statistics import holm, newcombe, student_t
from actot.verdicts import comparability, success_rates, tail_estimate
from actot.verdicts.comparability import Reason, unusable
from actot.verdicts.seed_noise import SeedNoise

IMPROVED, REGRESSED, SAME = "improved", "regressed", "same"
WITHIN_NOISE, NOT_COMPARABLE = "within noise", "not comparable"
PAIR = "pair"  # against: the base of a matched pair, not a picked baseline
CONFIDENCE = 0.95
DIFFERENT_LENGTH = (
    0.10  # runs whose lengths differ by more than this are cut, and the verdict says it
)
AFFORDABLE_ROLLOUTS = 100  # what a success rate's verdict says of more rollouts a side


@dataclass(frozen=True)
class Rollouts:
    """The counts behind the difference of two success rates, and what more of them would show.

    `needed` is the number a side that would settle what matters, `hundred` the half-width of 100 a side.
    """

    k: int
    n: int
    base_k: int
    base_n: int
    needed: int
    hundred: float


@dataclass(frozen=True)
class Verdict:
    """One run against one baseline in one metric.

    Units: fractions (0.38 is +38 %), of the baseline's value or, where `rollouts` is given, points of a
    success rate; steps of the trainer. `low` and `high` bound the 95 % interval,
    unadjusted; `p_adjusted` is Holm's over the family; `detectable` is the half-width of the interval,
    the smallest change that could have been seen.
    Absent: None where nothing was judged, with the reason in `why`. `seeds_needed` is None where
    more seeds than affordable would be needed.
    """

    run: str
    baseline: str
    metric: str
    word: str
    why: Reason
    against: str = "picked"
    baselines: tuple[str, ...] = ()
    value: float | None = None
    base_value: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    mde: float | None = None
    seeds_needed: int | None = None
    three_seeds: float | None = None
    rollouts: Rollouts | None = None
    cut_at_step: int | None = None
    assumed_noise: bool = False
    notes: tuple[Reason, ...] = ()


def group_baselines(baselines: Sequence[RunSummary], profile: Profile) -> list[list[RunSummary]]:
    """Baselines with equal effective knobs and evaluation set together, the reference first."""
    groups: dict[Any, list[RunSummary]] = {}
    for base in baselines:
        kind = train_config.fingerprint(base.settings), evaluation(base, profile)
        groups.setdefault(kind, []).append(base)
    return list(groups.values())


def judge(
    pairs: Iterable[tuple[RunSummary, Sequence[RunSummary]]],
    metric: str,
    noise: SeedNoise,
    profile: Profile,
    against: str = "picked",
) -> tuple[Verdict, ...]:
    """The verdicts of one family of (run, baseline group) rows, Holm-adjusted over its rows."""
    rows = [compare(r, b, metric, noise, profile, against) for r, b in pairs]
    judged = [i for i, row in enumerate(rows) if row.p is not None]
    for i, adjusted in zip(judged, holm.holm([rows[i].p for i in judged]), strict=True):
        word, why = _decide(rows[i], adjusted, profile)
        rows[i] = replace(rows[i], p_adjusted=adjusted, word=word, why=why)
    return tuple(rows)


def compare(
    run: RunSummary,
    group: Sequence[RunSummary],
    metric: str,
    noise: SeedNoise,
    profile: Profile,
    against: str = "picked",
) -> Verdict:
    """One row before its family is known: change, interval and p, or why there is none."""
    usable = [b for b in group if unusable(b, metric, profile) is None]
    bases = tuple(b.id for b in usable or group)
    row = Verdict(run.id, group[0].id, metric, NOT_COMPARABLE, Reason("no_data"), against, bases)
    reasons = list(comparability.obstacles(run, group, metric, profile))
    if reasons:
        return replace(row, why=reasons[0], notes=tuple(reasons[1:]))
    diverged = diverged_at(run, metric, profile)
    if diverged is not None and (usable or _is_worse_than_all(diverged, row, group, profile)):
        return replace(row, word=REGRESSED, why=Reason("diverged", {"step": diverged}))
    if not usable:
        base, reason = _why_unusable(group, metric, profile)
        return replace(row, why=Reason("baseline_unusable", {"run": base, "reason": reason}))
    why = unusable(run, metric, profile)
    if why is not None:
        return replace(row, why=why)
    # One short member does not spoil the baseline for the others.
    short = [comparability.too_short(run, b, metric, profile) for b in usable]
    if all(short):
        return replace(row, why=short[0])
    if any(short):
        usable = [b for b, why in zip(usable, short, strict=True) if why is None]
        row = replace(row, baselines=tuple(b.id for b in usable))
    if profile.metrics[metric].rollouts:
        return _measure_rates(row, run, usable, profile)
    others = [
        b
        for b in comparability.different(usable, metric)
        if not comparability.identical(run, b, metric)
    ]
    if not others:
        return replace(row, why=Reason("identical", {"metric": metric, "run": usable[0].id}))
    if len(others) < len(usable):
        row = replace(row, baselines=tuple(b.id for b in others))
    return _measure(row, run, others, noise, profile)


def _is_worse_than_all(
    diverged: int, row: Verdict, group: Sequence[RunSummary], profile: Profile
) -> bool:
    """Whether a run that diverged at that step is worse than baselines of which none is usable.

    Than picked ones that hold nothing, but not than one that diverged too: that is nothing to be worse
    than. In a matched pair than such as diverged strictly later, and than no other.
    """
    steps = [diverged_at(base, row.metric, profile) for base in group]
    if row.against == PAIR:
        return all(step is not None and step > diverged for step in steps)
    return all(step is None for step in steps)


def _why_unusable(group: Sequence[RunSummary], metric: str, profile: Profile) -> tuple[str, Reason]:
    """The baseline that speaks for a group without a usable one, and its reason: a divergence first."""
    for base in group:
        diverged = diverged_at(base, metric, profile)
        if diverged is not None:
            return base.id, Reason("diverged", {"step": diverged})
    return group[0].id, unusable(group[0], metric, profile)


def _measure(
    row: Verdict, run: RunSummary, group: Sequence[RunSummary], noise: SeedNoise, profile: Profile
) -> Verdict:
    """Fill in change, interval, p and what the set-up could have seen."""
    series = [r.finite(row.metric) for r in (run, *group)]
    low, high = tail_estimate.matched_window(series, profile)
    windows = [s.window(low, high) for s in series]
    fewest = min(len(w) for w in windows)
    if fewest < 2:
        return replace(row, why=Reason("few_points", {"n": fewest, "least": 2}))
    mine, *theirs = (tail_estimate.value(w, profile) for w in windows)
    n = len(theirs)
    r, b = mine.mean, sum(t.mean for t in theirs) / n
    if r <= 0 or b <= 0:
        return replace(row, why=Reason("not_positive", {"value": min(r, b)}))
    base_var = sum(t.error**2 for t in theirs) / n**2
    seed_var = noise.relative**2
    error = math.sqrt(mine.error**2 + base_var + seed_var * (r**2 + b**2 / n)) / b
    t95 = student_t.quantile(CONFIDENCE, noise.df)

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
        p=student_t.two_sided_p(change / error, noise.df) if error else float(change == 0),
        mde=t95 * error,
        seeds_needed=next(
            (k for k in affordable if half_width(k) <= profile.smallest_effect), None
        ),
        three_seeds=half_width(3),
        cut_at_step=min(ends) if cut else None,
        assumed_noise=noise.origin == "assumed",
        notes=tuple(_notes(row.metric, run, group, profile)),
    )


def _measure_rates(
    row: Verdict, run: RunSummary, group: Sequence[RunSummary], profile: Profile
) -> Verdict:
    """k of n rollouts against those of the group together, at the last evaluation that all share."""
    metric = profile.metrics[row.metric]
    mine, *theirs = success_rates.matched_counts([run, *group], metric)
    base_k, base_n = sum(c.k for c in theirs), sum(c.n for c in theirs)
    z = newcombe.z_of(CONFIDENCE)
    change, low, high = newcombe.difference(mine.k, mine.n, base_k, base_n, z)
    rate, base_rate = mine.rate, base_k / base_n
    return replace(
        row,
        value=rate,
        base_value=base_rate,
        change=change,
        low=low,
        high=high,
        p=newcombe.two_sided_p(mine.k, mine.n, base_k, base_n),
        mde=(high - low) / 2,
        rollouts=Rollouts(
            mine.k,
            mine.n,
            base_k,
            base_n,
            newcombe.rollouts_needed(rate, base_rate, profile.smallest_effect, z),
            newcombe.half_width(rate, base_rate, AFFORDABLE_ROLLOUTS, z),
        ),
        notes=(
            Reason("rollouts", {"k": mine.k, "n": mine.n, "base_k": base_k, "base_n": base_n}),
            *_notes(row.metric, run, group, profile),
        ),
    )


def _decide(row: Verdict, p_adjusted: float, profile: Profile) -> tuple[str, Reason]:
    """The word for a measured row whose family is known, and its reason."""
    smallest_effect = profile.smallest_effect
    certain = p_adjusted < profile.alpha
    lower_is_better = profile.metrics[row.metric].direction == "lower"
    if certain and abs(row.change) >= smallest_effect:
        better = (row.change < 0) == lower_is_better
        return IMPROVED if better else REGRESSED, Reason("clear")
    if row.low >= -smallest_effect and row.high <= smallest_effect:
        return SAME, Reason("inside")
    if certain:
        return SAME, Reason("too_small")
    name = "not_held" if row.low > 0 or row.high < 0 else "noise"
    return WITHIN_NOISE, Reason(name, {"p": p_adjusted})


def _notes(
    metric: str, run: RunSummary, group: Sequence[RunSummary], profile: Profile
) -> Iterable[Reason]:
    """What a reader should know beside the verdict."""
    changes = (
        train_config.changes(group[0].settings, run.settings) if run.run.config else (None, None)
    )
    if len(changes) <= 1:
        yield Reason("one_knob", {"change": changes[0]}) if changes else Reason("replicate")
    keys = sorted({r.stats[metric].key for r in (run, *group)})
    if len(keys) > 1:
        yield Reason("alias", {"keys": keys})
    if profile.value == "last":
        yield Reason("last_point")
