"""Runs against baselines: a word, an interval, and the reason.

Difference (r - b) / b; error^2 = se_r^2 + se_b^2 + noise^2 (r^2 / n_r + b^2 / n_b); Student's t.
Success rates: the difference of two proportions with Newcombe's interval.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from actot.analysis import config_changes
from actot.analysis.run_summary import RunSummary, diverged_at, evaluation
from actot.facts import Reason
from actot.profile import Profile
from actot.statistics import holm, newcombe, student_t
from actot.verdicts import comparability, success_rates, tail_estimate
from actot.verdicts.comparability import unusable
from actot.verdicts.reasons import (
    Alias,
    BaselineUnusable,
    Clear,
    CountedRollouts,
    Diverged,
    FewPoints,
    Identical,
    Inside,
    LastPoint,
    NoData,
    Noise,
    NotHeld,
    NotPositive,
    OneKnob,
    Replicate,
    TooSmall,
)
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import (
    IMPROVED,
    NOT_COMPARABLE,
    REGRESSED,
    SAME,
    WITHIN_NOISE,
    Judged,
    JudgedBySeeds,
    JudgedRates,
    NotJudged,
    Rollouts,
    Row,
    Verdict,
)

PAIR = "pair"  # against: the base of a matched pair, not a picked baseline
CONFIDENCE = 0.95
DIFFERENT_LENGTH = (
    0.10  # runs whose lengths differ by more than this are cut, and the verdict says it
)
AFFORDABLE_ROLLOUTS = 100  # what a success rate's verdict says of more rollouts a side


def group_baselines(baselines: Sequence[RunSummary], profile: Profile) -> list[list[RunSummary]]:
    """Baselines with equal effective knobs and evaluation set together, the reference first."""
    groups: dict[Any, list[RunSummary]] = {}
    for base in baselines:
        kind = config_changes.fingerprint(base.settings), evaluation(base, profile)
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
    judged = [row for row in rows if isinstance(row, Judged)]
    adjusted = iter(holm.holm([row.p for row in judged]))
    return tuple(
        _decide(row, next(adjusted), profile) if isinstance(row, Judged) else row for row in rows
    )


def compare(
    run: RunSummary,
    group: Sequence[RunSummary],
    metric: str,
    noise: SeedNoise,
    profile: Profile,
    against: str = "picked",
) -> Verdict:
    """The verdict of one row as if it stood alone, or why there is none."""
    usable = [b for b in group if unusable(b, metric, profile) is None]
    bases = tuple(b.id for b in usable or group)
    row = Row(run.id, group[0].id, metric, against, bases)
    reasons = list(comparability.obstacles(run, group, metric, profile))
    if reasons:
        return _not_judged(row, reasons[0], notes=tuple(reasons[1:]))
    diverged = diverged_at(run, metric, profile)
    if diverged is not None and (usable or _is_worse_than_all(diverged, row, group, profile)):
        return _not_judged(row, Diverged(diverged), word=REGRESSED)
    if not usable:
        base, reason = _why_unusable(group, metric, profile)
        return _not_judged(row, BaselineUnusable(base, reason))
    why = unusable(run, metric, profile)
    if why is not None:
        return _not_judged(row, why)
    # One short member does not spoil the baseline for the others.
    short = {b.id: comparability.too_short(run, b, metric, profile) for b in usable}
    usable = [b for b in usable if short[b.id] is None]
    if not usable:
        return _not_judged(row, next(why for why in short.values() if why is not None))
    row = replace(row, baselines=tuple(b.id for b in usable))
    if profile.metrics[metric].rollouts:
        return _measure_rates(row, run, usable, profile)
    others = [
        b
        for b in comparability.different(usable, metric)
        if not comparability.identical(run, b, metric)
    ]
    if not others:
        return _not_judged(row, Identical(metric, usable[0].id))
    if len(others) < len(usable):
        row = replace(row, baselines=tuple(b.id for b in others))
    return _measure(row, run, others, noise, profile)


def _not_judged(
    row: Row, why: Reason, *, word: str = NOT_COMPARABLE, notes: tuple[Reason, ...] = ()
) -> NotJudged:
    return NotJudged(**vars(row), word=word, why=why, notes=notes)


def _is_worse_than_all(
    diverged: int, row: Row, group: Sequence[RunSummary], profile: Profile
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
            return base.id, Diverged(diverged)
    return group[0].id, unusable(group[0], metric, profile) or NoData(group[0].id, None)


def _measure(
    row: Row, run: RunSummary, group: Sequence[RunSummary], noise: SeedNoise, profile: Profile
) -> Verdict:
    """The relative change with its interval, p and what the set-up could have seen."""
    series = [r.points(row.metric) for r in (run, *group)]
    low, high = tail_estimate.matched_window(series, profile)
    windows = [s.window(low, high) for s in series]
    fewest = min(len(w) for w in windows)
    if fewest < 2:
        return _not_judged(row, FewPoints(fewest, 2))
    mine, *theirs = (tail_estimate.value(w, profile) for w in windows)
    n = len(theirs)
    r, b = mine.mean, sum(t.mean for t in theirs) / n
    if r <= 0 or b <= 0:
        return _not_judged(row, NotPositive(min(r, b)))
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
    p = student_t.two_sided_p(change / error, noise.df) if error else float(change == 0)
    judged = JudgedBySeeds(
        **vars(row),
        word=WITHIN_NOISE,
        why=Noise(),
        value=r,
        base_value=b,
        change=change,
        low=change - t95 * error,
        high=change + t95 * error,
        p=p,
        p_adjusted=p,
        mde=t95 * error,
        seeds_needed=next(
            (k for k in affordable if half_width(k) <= profile.smallest_effect), None
        ),
        three_seeds=half_width(3),
        cut_at_step=min(ends) if cut else None,
        assumed_noise=noise.origin == "assumed",
        notes=tuple(_notes(row.metric, run, group, profile)),
    )
    return _decide(judged, p, profile)


def _measure_rates(
    row: Row, run: RunSummary, group: Sequence[RunSummary], profile: Profile
) -> Verdict:
    """k of n rollouts against those of the group together, at the last evaluation that all share."""
    metric = profile.metrics[row.metric]
    mine, *theirs = success_rates.matched_counts([run, *group], metric)
    base_k, base_n = sum(c.k for c in theirs), sum(c.n for c in theirs)
    z = newcombe.z_of(CONFIDENCE)
    change, low, high = newcombe.difference(mine.k, mine.n, base_k, base_n, z)
    rate, base_rate = mine.rate, base_k / base_n
    p = newcombe.two_sided_p(mine.k, mine.n, base_k, base_n)
    judged = JudgedRates(
        **vars(row),
        word=WITHIN_NOISE,
        why=Noise(),
        value=rate,
        base_value=base_rate,
        change=change,
        low=low,
        high=high,
        p=p,
        p_adjusted=p,
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
            CountedRollouts(mine.k, mine.n, base_k, base_n),
            *_notes(row.metric, run, group, profile),
        ),
    )
    return _decide(judged, p, profile)


def _decide(row: Judged, p_adjusted: float, profile: Profile) -> Judged:
    """The row with its word and reason, where its family gives it this p."""
    word, why = _word(row, p_adjusted, profile)
    return replace(row, word=word, why=why, p_adjusted=p_adjusted)


def _word(row: Judged, p_adjusted: float, profile: Profile) -> tuple[str, Reason]:
    smallest_effect = profile.smallest_effect
    certain = p_adjusted < profile.alpha
    lower_is_better = profile.metrics[row.metric].direction == "lower"
    if certain and abs(row.change) >= smallest_effect:
        better = (row.change < 0) == lower_is_better
        return IMPROVED if better else REGRESSED, Clear()
    if row.low >= -smallest_effect and row.high <= smallest_effect:
        return SAME, Inside()
    if certain:
        return SAME, TooSmall()
    return WITHIN_NOISE, NotHeld(p_adjusted) if row.low > 0 or row.high < 0 else Noise()


def _notes(
    metric: str, run: RunSummary, group: Sequence[RunSummary], profile: Profile
) -> Iterable[Reason]:
    """What a reader should know beside the verdict."""
    if run.run.config:
        changes = config_changes.changes(group[0].settings, run.settings)
        if not changes:
            yield Replicate()
        elif len(changes) == 1:
            yield OneKnob(changes[0])
    keys = sorted({r.points(metric).key for r in (run, *group)})
    if len(keys) > 1:
        yield Alias(tuple(keys))
    if profile.value == "last":
        yield LastPoint()
