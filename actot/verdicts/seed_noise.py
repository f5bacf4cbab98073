"""How far two runs of the same config differ because of their seed alone."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from actot.analysis import config_changes
from actot.analysis.run_summary import RunSummary, evaluation, is_replicable
from actot.profile import Profile

SAME_LENGTH = 0.10  # replicates end within this share of one another


@dataclass(frozen=True)
class Replicates:
    """Runs of one config with different seeds. Units: `spread` is the relative std (ddof 1)."""

    runs: tuple[str, ...]
    spread: float


@dataclass(frozen=True)
class SeedNoise:
    """The relative seed noise of a metric, and the degrees of freedom behind it.

    Absent: without groups `origin` is "assumed" and the profile's prior stands alone.
    Source: moderated as in Smyth, Linear models and empirical Bayes methods, 2004.
    """

    relative: float
    df: float
    origin: str
    groups: tuple[Replicates, ...] = ()


def measure(summaries: Iterable[RunSummary], metric: str, profile: Profile) -> SeedNoise:
    """The seed noise of a metric, learnt from all replicate groups of a source."""
    groups = tuple(replicate_groups(summaries, metric, profile))
    prior, prior_df = profile.noise.prior, profile.noise.prior_df
    d = sum(len(g.runs) - 1 for g in groups)
    pooled = sum((len(g.runs) - 1) * g.spread**2 for g in groups)
    moderated = (prior_df * prior**2 + pooled) / (prior_df + d)
    return SeedNoise(
        math.sqrt(moderated), prior_df + d, "measured" if groups else "assumed", groups
    )


def replicate_groups(
    summaries: Iterable[RunSummary], metric: str, profile: Profile
) -> Iterable[Replicates]:
    """The groups of healthy, finished runs that differ in nothing but their seed."""
    alike = defaultdict(list)
    for summary in summaries:
        if is_replicable(summary, metric, profile):
            kind = config_changes.fingerprint(summary.settings), evaluation(summary, profile)
            alike[kind].append(summary)
    for group in (same for some in alike.values() for same in _by_length(some, metric)):
        # A repeat with the same seed gives the same curve: it says nothing about other seeds.
        different: dict[bytes, RunSummary] = {}
        for summary in group:
            different.setdefault(summary.series[metric].values.tobytes(), summary)
        group = list(different.values())
        seeds = {repr(r.settings.value("seed")) for r in group}
        means = np.array([r.stats[metric].last_mean for r in group])
        centre = means.mean()
        if len(seeds) < 2 or centre == 0:
            continue
        spread = float((means / centre).std(ddof=1))
        yield Replicates(tuple(r.id for r in group), spread)


def _by_length(group: list[RunSummary], metric: str) -> Iterable[list[RunSummary]]:
    """Runs of one config whose lengths are within 10 %, the longest first."""
    ends = [(int(r.series[metric].finite().steps[-1]), r) for r in group]
    while ends:
        least = (1 - SAME_LENGTH) * max(end for end, _ in ends)
        yield [r for end, r in ends if end >= least]
        ends = [(end, r) for end, r in ends if end < least]
