"""Rows of configs against baselines: a word, an interval, and the reason.

The difference d of two sides is the mean of their pair series; error^2 = v_run / n_run + v_base / n_base + that of the
tail; all rows against one baseline group are judged together, step by step (Dunnett's step-down).
Success rates: the difference of two proportions with Newcombe's interval.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis.run_summary import RunSummary, diverged_at
from actot.facts import Reason
from actot.profile_schema import Profile
from actot.statistics import dunnett
from actot.statistics.dunnett import Step
from actot.verdicts import (
    comparability,
    forecast,
    pair_series,
    rates,
    replicates,
    row_error,
    row_notes,
)
from actot.verdicts.comparability import unusable
from actot.verdicts.pair_series import Difference
from actot.verdicts.reasons import (
    BaselineUnusable,
    Diverged,
    Early,
    Identical,
    NoData,
    NoiseUnknown,
    OneValue,
)
from actot.verdicts.scales import lower_is_better, scale_of, smallest_effect
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import (
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    PAIR,
    PICKED,
    REGRESSED,
    Error,
    JudgedBySeeds,
    NotJudged,
    Row,
    Unsettled,
    Verdict,
)
from actot.verdicts.words import word_of

Side = tuple[Sequence[RunSummary], Sequence[RunSummary]]  # runs of one config, a baseline group
Fate = tuple[
    str, Reason, tuple[Reason, ...]
]  # of a run without figures: its word, why, and what else
EARLY = 0.5  # of what was planned


@dataclass(frozen=True)
class Pending:
    """A row that is measured and not yet judged among its family."""

    row: Row
    runs: Sequence[RunSummary]
    bases: Sequence[RunSummary]
    found: Difference
    error: Error
    configs: tuple[Hashable, Hashable]
    notes: tuple[Reason, ...]


def judge(
    sides: Iterable[Side], metric: str, noise: SeedNoise, profile: Profile, against: str = PICKED
) -> tuple[tuple[Verdict, ...], ...]:
    """The rows of each side against its baseline group, all judged together as one family.

    A side has one row of the runs that can be compared; those that cannot, or diverged, follow in rows of their own.
    """
    found = [tuple(_rows(side, metric, noise, profile, against)) for side in sides]
    flat = [row for side in found for row in side]
    pending = [row for row in flat if isinstance(row, Pending)]
    steps = iter(_steps(pending, profile))
    counted = sum(isinstance(row, rates.Pending) for row in flat)

    def decided(row: Pending | rates.Pending | Verdict) -> Verdict:
        if isinstance(row, Pending):
            return _decide(row, next(steps), noise, profile)
        return rates.decide(row, counted, profile) if isinstance(row, rates.Pending) else row

    return tuple(tuple(decided(row) for row in side) for side in found)


def judge_alone(
    sides: Iterable[Side], metric: str, noise: SeedNoise, profile: Profile, against: str = PICKED
) -> tuple[Verdict, ...]:
    """The rows of each side as if no other was judged."""
    return tuple(v for side in sides for v in judge([side], metric, noise, profile, against)[0])


def _steps(pending: Sequence[Pending], profile: Profile) -> list[Step]:
    """The step of each row of a family; rows against one baseline group share its noise."""
    roots = [math.sqrt(p.error.total) for p in pending]
    return dunnett.step_down(
        [abs(p.found.mean) / root for p, root in zip(pending, roots, strict=True)],
        [p.error.df for p in pending],
        [math.sqrt(p.error.baselines) / root for p, root in zip(pending, roots, strict=True)],
        [p.row.baseline for p in pending],
        1 - profile.alpha,
    )


def _rows(
    side: Side, metric: str, noise: SeedNoise, profile: Profile, against: str
) -> Iterable[Pending | rates.Pending | Verdict]:
    """The row of the runs that can be compared, then rows of those that share a reason why not."""
    runs, group = side
    usable = [b for b in group if unusable(b, metric, profile) is None]
    names = tuple(b.id for b in usable or group)
    fates: dict[Fate, list[str]] = {}
    compared: list[RunSummary] = []
    like: dict[str, RunSummary] = {}
    for run in runs:
        why = unusable(run, metric, profile)
        unlike = {b.id: why or _unlike(run, b, metric, profile) for b in usable}
        fate = _fate(run, group, unlike, metric, profile, against)
        if fate is None:
            compared.append(run)
            like |= {b.id: b for b in usable if unlike[b.id] is None}
        else:
            fates.setdefault(fate, []).append(run.id)
    if compared:
        gone = [i for (_, why, _), ids in fates.items() if isinstance(why, Diverged) for i in ids]
        bases = [b for b in usable if b.id in like]
        if not profile.metrics[metric].rollouts:
            bases = replicates.different(bases, metric)
        row = Row(
            tuple(r.id for r in compared),
            group[0].id,
            metric,
            against,
            tuple(b.id for b in bases),
        )
        notes = tuple(row_notes.notes(row, compared, bases, gone, profile))
        yield _measure(row, compared, bases, notes, noise, profile)
    for (word, why, more), ids in fates.items():
        row = Row(tuple(ids), group[0].id, metric, against, names)
        yield NotJudged(**vars(row), word=word, why=why, notes=more)


def _fate(
    run: RunSummary,
    group: Sequence[RunSummary],
    unlike: Mapping[str, Reason | None],
    metric: str,
    profile: Profile,
    against: str,
) -> Fate | None:
    """Why a run has no figures against a baseline group, or None where it can be compared.

    `unlike` holds by usable baseline why the run has no value or must not be compared with it, if so.
    """
    reasons = list(comparability.obstacles(run, group, metric, profile))
    if reasons:
        return NOT_COMPARABLE, reasons[0], tuple(reasons[1:])
    diverged = diverged_at(run, metric, profile)
    if diverged is not None and (
        unlike or _is_worse_than_all(diverged, group, metric, profile, against)
    ):
        return REGRESSED, Diverged(diverged), ()
    if not unlike:
        base, reason = _why_unusable(group, metric, profile)
        return NOT_COMPARABLE, BaselineUnusable(base, reason), ()
    if None not in unlike.values():
        return NOT_COMPARABLE, next(why for why in unlike.values() if why is not None), ()
    return None


def _unlike(run: RunSummary, base: RunSummary, metric: str, profile: Profile) -> Reason | None:
    """Why a usable run must not be compared with a usable baseline: another experiment, or the same curve."""
    why = comparability.unlike(run, base, metric, profile)
    if why is None and not profile.metrics[metric].rollouts:
        is_identical = replicates.is_identical(run, base, metric)
        why = Identical(metric, base.id) if is_identical else None
    return why


def _is_worse_than_all(
    diverged: int, group: Sequence[RunSummary], metric: str, profile: Profile, against: str
) -> bool:
    """Whether a run that diverged at that step is worse than baselines of which none is usable.

    Than picked ones that hold nothing, but not than one that diverged too: that is nothing to be worse
    than. In a matched pair than such as diverged strictly later, and than no other.
    """
    steps = [diverged_at(base, metric, profile) for base in group]
    if against == PAIR:
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
    row: Row,
    runs: Sequence[RunSummary],
    bases: Sequence[RunSummary],
    notes: tuple[Reason, ...],
    noise: SeedNoise,
    profile: Profile,
) -> Pending | rates.Pending | Verdict:
    """The difference of two sides with its error."""
    if profile.metrics[row.metric].rollouts:
        return rates.measure(row, runs, bases, notes, profile)
    own = replicates.different(runs, row.metric)
    found = pair_series.difference(own, bases, row.metric, profile)
    if isinstance(found, Reason):
        return NotJudged(**vars(row), word=NOT_COMPARABLE, why=found)
    budgets = [b for r in (*own, *bases) if (b := r.budget(profile)) is not None]
    if budgets and not found.is_final and found.end < EARLY * max(budgets):
        notes += (Early(found.end, int(max(budgets))),)
    configs = (
        replicates.config_key(own[0], profile),
        replicates.config_key(bases[0], profile),
    )
    error = row_error.error_of(found, configs, noise)
    if error is None:
        figures = _figures(row, runs, bases, found, profile)
        why = NoiseUnknown()
        return Unsettled(**vars(row), word=NOISE_UNKNOWN, why=why, notes=notes, **figures)
    if found.is_final and error.is_assumed:
        notes += (OneValue(),)
    return Pending(row, own, bases, found, error, configs, notes)


def _figures(
    row: Row,
    runs: Sequence[RunSummary],
    bases: Sequence[RunSummary],
    found: Difference,
    profile: Profile,
) -> dict[str, Any]:
    """What is known of a row whether or not it can be judged."""
    entry = profile.metrics[row.metric]
    scale = scale_of(entry)
    is_cut = not found.is_final and pair_series.cut_at((*runs, *bases), row.metric, found.end)
    return {
        "scale": scale.name,
        "lower_is_better": lower_is_better(entry),
        "value": scale.backward(found.level),
        "base_value": scale.backward(found.base_level),
        "change": scale.change(found.mean),
        "seeds": found.seeds,
        "base_seeds": found.base_seeds,
        "cut_at_step": found.end if is_cut else None,
    }


def _decide(pending: Pending, step: Step, noise: SeedNoise, profile: Profile) -> JudgedBySeeds:
    """The row with its interval at its own step, and the word that the interval says."""
    row, found, error = pending.row, pending.found, pending.error
    entry = profile.metrics[row.metric]
    scale, effect = scale_of(entry), smallest_effect(entry, profile)
    reach = step.critical * math.sqrt(error.total)
    low, high = scale.change(found.mean - reach), scale.change(found.mean + reach)
    figures = _figures(row, pending.runs, pending.bases, found, profile)
    word, why = word_of(low, high, figures["change"], effect, figures["lower_is_better"])
    sides = (pending.runs, pending.bases)
    names = (row.run, row.baseline)
    return JudgedBySeeds(
        **vars(row),
        word=word,
        why=why,
        notes=pending.notes,
        **figures,
        low=low,
        high=high,
        p=step.p,
        mde=forecast.effect_found(step.critical, error, scale),
        error=error,
        forecast=forecast.seeds_needed(
            pending.configs, noise, found, effect, scale, 1 - profile.alpha
        ),
        wide=forecast.why_wide(found, error, names),
        narrowing=forecast.narrowing(found, error, sides, scale, step.critical, 1 - profile.alpha),
    )
