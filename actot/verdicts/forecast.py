"""What a set-up can find, how many seeds would settle it, and which run more would narrow it most."""

import math
from collections.abc import Hashable, Sequence

from actot.analysis.run_summary import RunSummary
from actot.facts import Reason
from actot.statistics import student_t
from actot.verdicts.pair_series import Difference
from actot.verdicts.reasons import (
    AssumedNoise,
    BaselineSeedsScatter,
    FewEvals,
    OneBaselineSeed,
    OneSeed,
    RepeatFirst,
    SeedsBeyond,
    SeedsNeeded,
    SeedsScatter,
)
from actot.verdicts.scales import Scale
from actot.verdicts.seed_noise import Estimate, SeedNoise, shrunk
from actot.verdicts.verdict import Error, Narrowing

FOUND = 0.8  # how often a change of the minimum detectable effect is found
SETTLED_Z = 1.2816  # the normal quantile of 0.9: two-sided, 0.8 of the means lie within it
MOST_SEEDS = 30
GUESS_DF = 0.5  # the weight of other configs in the guess of the true spread


def effect_found(critical: float, error: Error, scale: Scale) -> float:
    """The rise that is found in four of five such set-ups."""
    one_sided = student_t.quantile(2 * FOUND - 1, error.df)
    return scale.change((critical + one_sided) * math.sqrt(error.total))


def seeds_needed(
    configs: tuple[Hashable, Hashable],
    noise: SeedNoise,
    found: Difference,
    effect: float | None,
    scale: Scale,
    confidence: float,
) -> Reason:
    """The seeds a side with which `same` is said in 80 % where nothing differs; an estimate from few seeds."""
    groups = {g.config: g for c in configs if (g := noise.group(c))}
    if not groups or effect is None:
        return RepeatFirst()
    centre = noise.centre(configs)
    df = sum(g.df for g in groups.values())
    own = sum(g.df * g.variance for g in groups.values())
    weight = GUESS_DF if centre else 0.0
    guess = ((weight * centre.variance if centre else 0.0) + own) / (weight + df)
    a_run = found.tail_variance / (1 / found.seeds + 1 / found.base_seeds)
    limit = scale.distance(effect)
    for n in range(2, MOST_SEEDS + 1):
        future = _future(guess, n, centre)
        q = student_t.quantile(confidence, future.df)
        error = math.sqrt(2 * (future.variance + a_run) / n)
        real = math.sqrt(2 * (guess + a_run) / n)
        if q * error + SETTLED_Z * real <= limit:
            return SeedsNeeded(n, effect)
    return SeedsBeyond(MOST_SEEDS, effect)


def _future(guess: float, n: int, centre: Estimate | None) -> Estimate:
    """What two configs of n seeds each with that true variance will be judged by."""
    if centre is None:
        return Estimate(guess, 2 * (n - 1))
    drawn = (centre.df * centre.variance + (n - 1) * guess) / (centre.df + n - 1)
    own = shrunk(guess, n - 1, Estimate(drawn, centre.df))
    return Estimate(own.variance, 2 * own.df)


def why_wide(found: Difference, error: Error, names: tuple[str, str]) -> Reason:
    """What widens the interval most."""
    run, base = names
    if error.is_assumed and error.tail < error.runs + error.baselines:
        return AssumedNoise()
    if error.tail >= max(error.runs, error.baselines):
        return FewEvals(found.points)
    if error.runs >= error.baselines:
        spread = math.sqrt(error.runs * found.seeds)
        return OneSeed(run) if found.seeds == 1 else SeedsScatter(run, found.seeds, spread)
    spread = math.sqrt(error.baselines * found.base_seeds)
    if found.base_seeds == 1:
        return OneBaselineSeed(base)
    return BaselineSeedsScatter(base, found.base_seeds, spread)


def narrowing(
    found: Difference,
    error: Error,
    sides: tuple[Sequence[RunSummary], Sequence[RunSummary]],
    scale: Scale,
    critical: float,
    confidence: float,
) -> Narrowing:
    """The one run more that is expected to narrow the interval most, if the change stays what it is."""
    surer = student_t.quantile(confidence, error.df + 1) / student_t.quantile(confidence, error.df)

    def width(more: int, more_bases: int) -> float:
        n, m = found.seeds, found.base_seeds
        variance = error.runs * n / (n + more) + error.baselines * m / (m + more_bases)
        tail = error.tail / (1 / n + 1 / m) * (1 / (n + more) + 1 / (m + more_bases))
        reach = critical * surer * math.sqrt(variance + tail)
        return (scale.change(found.mean + reach) - scale.change(found.mean - reach)) / 2

    of_run, of_baseline = width(1, 0), width(0, 1)
    is_baseline = of_baseline < of_run
    runs = sides[is_baseline]
    known = [r.run.runtime_s for r in runs if r.run.runtime_s is not None]
    return Narrowing(
        of_baseline=is_baseline,
        run=runs[0].id,
        half_width=min(of_run, of_baseline),
        hours=sum(known) / len(known) / 3600 if known else None,
    )
