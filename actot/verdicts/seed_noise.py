"""How far two runs of the same config differ because of their seed alone, config by config."""

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from actot.analysis.run_summary import RunSummary, is_replicable
from actot.facts import Reason
from actot.profile_schema import Noise, Profile
from actot.verdicts import pair_series, replicates
from actot.verdicts.scales import ABSOLUTE, COMPLEMENT

ALONE = 3.0  # a config whose variance is more than this times the others' speaks for itself
LARGEST_DF = 4.0  # of what others say: of a team's history, and of other groups without a prior
ALL = ()  # the key of all configs together
MEASURED, ASSUMED, UNKNOWN = "measured", "assumed", "unknown"


@dataclass(frozen=True)
class Replicates:
    """Runs of one config with different seeds.

    Units: `variance` (ddof 1) on the metric's scale, where a hundredth is about one per cent.
    """

    config: Hashable
    runs: tuple[str, ...]
    variance: float
    df: int

    @property
    def spread(self) -> float:
        """The standard deviation between seeds."""
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class Estimate:
    """A variance between seeds, and the degrees of freedom behind it."""

    variance: float
    df: float


@dataclass(frozen=True)
class SeedNoise:
    """What is known of the noise between seeds in a metric.

    `prior` stands for configs that nobody replicated, None where the metric has none; `repeats` holds by config the
    variance of runs of one seed that came out otherwise, a lower bound of its noise.
    Source: G. K. Smyth, Linear models and empirical Bayes methods, 2004.
    """

    prior: Estimate | None
    groups: tuple[Replicates, ...] = ()
    repeats: tuple[tuple[Hashable, float], ...] = ()

    @cached_property
    def _own(self) -> dict[Hashable, Replicates]:
        """The group of each config; of several lengths, that with the most runs."""
        found: dict[Hashable, Replicates] = {}
        for group in sorted(self.groups, key=lambda g: g.df):
            found[group.config] = group
        return found

    @cached_property
    def _sums(self) -> dict[Hashable, tuple[int, float]]:
        """By config, and of all together: the df, and the variances weighted with them."""
        found: dict[Hashable, tuple[int, float]] = {ALL: (0, 0.0)}
        for group in self.groups:
            for key in (ALL, group.config):
                df, pooled = found.get(key, (0, 0.0))
                found[key] = df + group.df, pooled + group.df * group.variance
        return found

    def group(self, config: Hashable) -> Replicates | None:
        """The replicates of a config, or None."""
        return self._own.get(config)

    def centre(self, without: Collection[Hashable] = ()) -> Estimate | None:
        """What the prior and the other configs say of a config, or None where there is neither."""
        df, pooled = self._sums[ALL]
        for own in (self._sums[c] for c in set(without) if c in self._sums):
            df, pooled = df - own[0], pooled - own[1]
        if self.prior is None:
            return Estimate(max(0.0, pooled) / df, min(LARGEST_DF, df)) if df else None
        weight = self.prior.df
        variance = (weight * self.prior.variance + max(0.0, pooled)) / (weight + df)
        return Estimate(variance, weight)

    def of(self, config: Hashable) -> Estimate | None:
        """The noise of a config with replicates: its own, drawn towards the centre of the others.

        Absent: None for a config without replicates.
        """
        group = self.group(config)
        if group is None:
            return None
        found = shrunk(group.variance, group.df, self.centre([config]))
        return Estimate(max(found.variance, self.floor(config)), found.df)

    def floor(self, config: Hashable) -> float:
        """The least variance that a config can have: that of its repeats."""
        return self._floors.get(config, 0.0)

    @cached_property
    def _floors(self) -> dict[Hashable, float]:
        return dict(self.repeats)

    @property
    def origin(self) -> str:
        """`measured`, `assumed` where the prior stands alone, `unknown` where there is none either."""
        return MEASURED if self.groups else ASSUMED if self.prior else UNKNOWN

    @property
    def overall(self) -> Estimate | None:
        """What is known of a config of which nothing is known, with all df behind it."""
        centre = self.centre()
        if centre is None:
            return None
        return Estimate(centre.variance, centre.df + sum(g.df for g in self.groups))

    @property
    def spread(self) -> float | None:
        """The standard deviation between seeds of a config of which nothing is known."""
        return None if self.overall is None else math.sqrt(self.overall.variance)


def shrunk(variance: float, df: float, centre: Estimate | None) -> Estimate:
    """A config's own variance with that of the others in the weight of their df, or alone."""
    if centre is None or variance > ALONE * centre.variance:
        return Estimate(variance, df)
    whole = centre.df + df
    return Estimate((centre.df * centre.variance + df * variance) / whole, whole)


def measure(
    summaries: Iterable[RunSummary], metric: str, profile: Profile, like: RunSummary | None = None
) -> SeedNoise:
    """The seed noise of a metric, learnt from all replicate groups of a source.

    Of the profile's history only what was learnt on the data and the policy of `like` counts.
    """
    groups, repeats = [], []
    finished = (r for r in summaries if is_replicable(r, metric, profile))
    for config, alike in replicates.by_config(finished, profile).items():
        for group in replicates.by_length(alike, metric) if len(alike) > 1 else ():
            found, floor = _measure_group(config, group, metric, profile)
            groups += [found] if found else []
            repeats += [(config, floor)] if floor else []
    return SeedNoise(prior_of(metric, profile, like), tuple(groups), tuple(repeats))


def prior_of(metric: str, profile: Profile, like: RunSummary | None) -> Estimate | None:
    """The profile's prior of a metric with what a team's history adds; None in own units."""
    scale, noise = profile.metrics[metric].scale, profile.noise
    if scale == ABSOLUTE:
        return None
    prior = noise.complement_prior if scale == COMPLEMENT else noise.prior
    weight, variance = noise.prior_df, prior**2
    known = _history(noise, metric, like)
    df = sum(h[1] for h in known)
    if df:
        learnt = sum(spread**2 * own for spread, own in known) / df
        more = min(LARGEST_DF, df)
        variance = (weight * variance + more * learnt) / (weight + more)
        weight += more
    return Estimate(variance, weight)


def _history(noise: Noise, metric: str, like: RunSummary | None) -> list[tuple[float, float]]:
    """The (spread, df) of a history that was learnt in the same metric, on equal data and policy."""
    return [
        (h.spread, h.df)
        for h in noise.history
        if h.metric == metric
        and like is not None
        and all(str(like.settings.value(k)) == str(v) for k, v in h.same.items())
    ]


def _measure_group(
    config: Hashable, group: Sequence[RunSummary], metric: str, profile: Profile
) -> tuple[Replicates | None, float]:
    """The spread of runs of one config and length, and the variance of repeats among them, else 0."""
    group = replicates.different(group, metric)
    if len(group) < 2:
        return None, 0.0
    aligned = pair_series.align(group, metric, profile)
    if isinstance(aligned, Reason):
        return None, 0.0
    means, repeats = pair_series.seed_means(
        aligned.values.mean(axis=1, keepdims=True), group, profile
    )
    floor = 0.0
    if repeats:
        df = sum(len(r) - 1 for r in repeats)
        floor = float(sum((len(r) - 1) * r.var(ddof=1) for r in repeats)) / df
    if len(means) < 2:
        return None, floor
    variance = float(np.var(means, ddof=1))
    return Replicates(config, tuple(r.id for r in group), variance, len(means) - 1), floor
