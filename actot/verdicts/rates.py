"""Success rates of two configs: the difference of two proportions, with what training seeds add."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from actot.analysis.run_summary import RunSummary
from actot.facts import Reason
from actot.profile_schema import Profile
from actot.statistics import newcombe, student_t
from actot.verdicts import replicates, success_rates
from actot.verdicts.forecast import FOUND
from actot.verdicts.reasons import CountedRollouts, CountedSeeds
from actot.verdicts.scales import lower_is_better
from actot.verdicts.seed_noise import Estimate, shrunk
from actot.verdicts.success_rates import Count
from actot.verdicts.verdict import JudgedRates, Rollouts, Row
from actot.verdicts.words import word_of

AFFORDABLE_ROLLOUTS = 100  # what a success rate's verdict says of more rollouts a side
PRIOR = Estimate(0.05**2, 4.0)  # of the spread between training seeds, in points of a rate
RATES = "rates"  # the scale: points of a rate


@dataclass(frozen=True)
class Pending:
    """Counts of both sides, one of each seed."""

    row: Row
    counts: Sequence[Count]
    base_counts: Sequence[Count]
    notes: tuple[Reason, ...]


@dataclass(frozen=True)
class Between:
    """The variance between training seeds that an interval has to carry, with its df."""

    variance: float
    df: float

    def widening(self, confidence: float) -> float:
        """What is added to the squares of both half-widths."""
        return self.variance * student_t.quantile(confidence, self.df) ** 2


def measure(
    row: Row,
    runs: Sequence[RunSummary],
    bases: Sequence[RunSummary],
    notes: tuple[Reason, ...],
    profile: Profile,
) -> Pending:
    """The counts at the last evaluation that all share."""
    counts = success_rates.matched_counts([*runs, *bases], profile.metrics[row.metric])
    mine = _by_seed(runs, counts[: len(runs)], profile)
    return Pending(row, mine, _by_seed(bases, counts[len(runs) :], profile), notes)


def _by_seed(
    runs: Sequence[RunSummary], counts: Sequence[Count], profile: Profile
) -> Sequence[Count]:
    known = dict(zip((r.id for r in runs), counts, strict=True))
    return [_pooled([known[r.id] for r in same]) for same in replicates.by_seed(runs, profile)]


def between_seeds(counts: Sequence[Count], base_counts: Sequence[Count]) -> Between | None:
    """The spread between training seeds, less what chance adds, drawn towards 5 points with 4 df.

    Absent: None where no side has two seeds; the interval is of these checkpoints then.
    """
    moments, df = 0.0, 0
    for side in (counts, base_counts):
        if len(side) < 2:
            continue
        rates = [c.rate for c in side]
        mean, pooled = math.fsum(rates) / len(rates), _pooled(side).rate
        variance = sum((r - mean) ** 2 for r in rates) / (len(rates) - 1)
        chance = pooled * (1 - pooled) * sum(1 / c.n for c in side) / len(side)
        moments += (len(side) - 1) * max(0.0, variance - chance)
        df += len(side) - 1
    if not df:
        return None
    share = 1 / len(counts) + 1 / len(base_counts)
    whole = shrunk(moments / df, df, PRIOR)
    return Between(share * whole.variance, whole.df)


def _pooled(counts: Sequence[Count]) -> Count:
    return Count(sum(c.k for c in counts), sum(c.n for c in counts))


def decide(pending: Pending, rows: int, profile: Profile) -> JudgedRates:
    """The verdict of one of several rows, at Bonferroni's share of the level."""
    run, base = _pooled(pending.counts), _pooled(pending.base_counts)
    spread = between_seeds(pending.counts, pending.base_counts)
    confidence = 1 - profile.alpha / rows
    limits = partial(_limits, run, base, spread)
    change, low, high = limits(confidence)
    z, effect = newcombe.z_of(confidence), profile.smallest_effect
    power = newcombe.z_of(2 * FOUND - 1)
    is_lower_better = lower_is_better(profile.metrics[pending.row.metric])
    word, why = word_of(low, high, change, effect, is_lower_better)
    counts = CountedSeeds if spread else CountedRollouts
    return JudgedRates(
        **vars(pending.row),
        word=word,
        why=why,
        notes=(counts(run.k, run.n, base.k, base.n), *pending.notes),
        scale=RATES,
        lower_is_better=is_lower_better,
        value=run.rate,
        base_value=base.rate,
        change=change,
        seeds=len(pending.counts),
        base_seeds=len(pending.base_counts),
        low=low,
        high=high,
        p=min(1.0, rows * newcombe.smallest_alpha(limits)),
        mde=(high - low) / 2 * (z + power) / z,
        rollouts=Rollouts(
            run.k,
            run.n,
            base.k,
            base.n,
            newcombe.rollouts_needed(run.rate, base.rate, effect, z),
            newcombe.half_width(run.rate, base.rate, AFFORDABLE_ROLLOUTS, z),
        ),
    )


def _limits(
    run: Count, base: Count, spread: Between | None, confidence: float
) -> tuple[float, float, float]:
    extra = spread.widening(confidence) if spread else 0.0
    z = newcombe.z_of(confidence)
    return newcombe.difference(run.k, run.n, base.k, base.n, z, extra)
