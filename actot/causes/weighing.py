"""Runs and their knobs -> the probability of every class of knobs that moved in the very same runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from actot.analysis import config_changes
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary, is_replicable
from actot.causes import columns
from actot.causes.cause import AS_LIKELY_AS_NOT
from actot.causes.columns import Pattern
from actot.causes.notes import ByRollouts, FewConfigs, NoReplicates, OwnUnits
from actot.causes.posterior import Posterior, posterior
from actot.facts import Evidence
from actot.profile_schema import Metric, Profile
from actot.verdicts import comparability, replicates
from actot.verdicts.scales import ABSOLUTE, Scale, lower_is_better, scale_of

FEWEST_CONFIGS = 3


@dataclass(frozen=True)
class Level:
    """The runs of one config and seed, how high they lie on the metric's scale, worse is higher, and what they moved."""

    runs: tuple[str, ...]
    height: float
    moved: Mapping[str, Change]


@dataclass(frozen=True)
class Weighing:
    """The posterior of the classes of knobs over all usable runs of a source.

    `knobs` are those of each class, by the levels that moved it; `seeds` holds the place of each term of a single run's seed, with its
    level. `thinned`: a knob was set to more values than became thresholds. `has_all_pairs` is False where there were too many terms. `sign` turns a height back into the metric's direction.
    """

    levels: Sequence[Level]
    knobs: Mapping[Pattern, Sequence[str]]
    found: Posterior
    seeds: Mapping[int, Level]
    thinned: bool
    has_all_pairs: bool
    scale: Scale
    sign: int

    @cached_property
    def runs(self) -> frozenset[str]:
        """The runs that weigh."""
        return frozenset(run for level in self.levels for run in level.runs)

    def pattern(self, knob: str) -> Pattern:
        """Which levels moved a knob."""
        return frozenset(at for at, level in enumerate(self.levels) if knob in level.moved)

    def harm(self, pattern: Pattern) -> float | None:
        """The probability that a class does harm, None for knobs that no usable run moved."""
        at = self._places.get(pattern)
        return None if at is None else float(self.found.harm[at])

    def partners(self, pattern: Pattern) -> list[Pattern]:
        """The classes with which this one does harm only together: they carry more than half of either's probability."""
        harm, mine = self.found.harm, self._places[pattern]
        shared = self.found.together[mine]
        return [
            other
            for other, at in self._places.items()
            if shared[at] > max(harm[at], harm[mine]) / 2 and at != mine
        ]

    @cached_property
    def _places(self) -> Mapping[Pattern, int]:
        return {pattern: at for at, pattern in enumerate(self.knobs)}

    @property
    def unlucky(self) -> str | None:
        """The run whose seed alone is as likely as not to have made it worse."""
        if self.found.by_seed <= AS_LIKELY_AS_NOT or not self.seeds:
            return None
        term = max(self.seeds, key=lambda at: self.found.terms[at])
        return self.seeds[term].runs[0]

    def change(self, pattern: Pattern) -> tuple[float, str]:
        """How the runs with a class lie against those without, as the metric's scale counts changes, and that scale."""
        heights = np.array([level.height for level in self.levels])
        with_it = np.array([at in pattern for at in range(len(heights))])
        higher = float(heights[with_it].mean() - heights[~with_it].mean())
        return self.scale.change(self.sign * higher), self.scale.name


def weigh(
    reference: Sequence[RunSummary], summaries: Iterable[RunSummary], metric: str, profile: Profile
) -> Weighing | Evidence:
    """The posterior over all whole runs that can be compared with the reference, or why there is none."""
    entry = profile.metrics[metric]
    if entry.rollouts:
        return ByRollouts(metric)
    if entry.scale == ABSOLUTE:
        return OwnUnits(metric)
    groups = list(_levels(reference, summaries, metric, profile))
    if len(groups) < FEWEST_CONFIGS:
        return FewConfigs(len(groups), FEWEST_CONFIGS)
    if all(len(group) == 1 for group in groups):
        return NoReplicates()
    levels = [level for group in groups for level in group]
    built = columns.build([level.moved for level in levels], profile)
    heights = np.array([level.height for level in levels])
    found = posterior(heights - heights[0], built.terms, len(built.classes))
    return Weighing(
        levels=levels,
        knobs=built.classes,
        found=found,
        seeds={term: levels[at] for term, at in built.seeds.items()},
        thinned=built.thinned,
        has_all_pairs=found.paired == len(built.terms) and not built.lacks_products,
        scale=scale_of(entry),
        sign=_sign(entry),
    )


def _levels(
    reference: Sequence[RunSummary], summaries: Iterable[RunSummary], metric: str, profile: Profile
) -> Iterator[list[Level]]:
    """The levels of each config that can be compared with the reference, the reference's first."""
    base = next((r for r in reference if is_replicable(r, metric, profile)), None)
    if base is None:
        return
    usable = [
        r
        for r in summaries
        if is_replicable(r, metric, profile)
        and r.run.config
        and not r.turns
        and not any(comparability.obstacles(r, [base], metric, profile))
        and comparability.unlike(r, base, metric, profile) is None
    ]
    mine = {r.id for r in reference}
    # The order of a source is not the order of its export, and sums of floats know the difference.
    usable.sort(key=lambda r: (r.id not in mine, r.id))
    for group in replicates.by_config(usable, profile).values():
        alike = replicates.different(group, metric)
        changes = config_changes.changes(base.settings, alike[0].settings)
        moved = {c.knob: c for c in changes}
        levels = [_level(s, moved, metric, profile) for s in replicates.by_seed(alike, profile)]
        finite = [level for level in levels if np.isfinite(level.height)]
        if finite:
            yield finite


def _level(
    runs: Sequence[RunSummary], moved: Mapping[str, Change], metric: str, profile: Profile
) -> Level:
    """The mean height of runs of one config and seed; NaN where the metric has no place on its scale."""
    entry = profile.metrics[metric]
    stats = [r.stats[metric] for r in runs]
    values = [s.last if profile.value == "last" else s.last_mean for s in stats]
    known = np.array([np.nan if v is None else v for v in values])
    height = _sign(entry) * float(scale_of(entry).forward(known).mean())
    return Level(tuple(r.id for r in runs), height, moved)


def _sign(entry: Metric) -> int:
    """What turns a metric so that worse is higher."""
    return 1 if lower_is_better(entry) else -1
