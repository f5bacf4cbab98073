"""The line: recorded runs in, one Study out. Screen, report and command line read the same Study.

source -> Run -> RunSummary -> Verdict, Change -> Finding -> Cause -> Experiment -> Study
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from actot import rules
from actot.analysis import (
    duplicates,
    folded_knobs,
    open_metrics,
    picking,
    run_summary,
)
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.causes.cause import RULED_OUT, Cause
from actot.causes.ranking import Ranking
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.explanation import Explained, explain
from actot.profile_schema import Profile
from actot.records import Run
from actot.rules import SEVERITIES, Case, Finding
from actot.verdicts import judging, replicates, rows, seed_noise
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import PICKED, Measured, Verdict


@dataclass(frozen=True)
class Study:
    """Everything that was found out about the picked runs.

    `summaries` are all runs of the source by id, oldest first; `baselines` the picked ones, `groups` these by config
    with the other seeds that joined them unless `alone`, the reference first; `offered` by picked run the other seeds of its
    config; `healthy` the reference and every run of the source that did not come out worse than it;
    `verdicts` a row for each picked config, then those against the nearest neighbours; `changes` the
    knobs of each picked run against the reference.
    `proposed`: nobody chose the metric, its name alone says that it decides, and which way.
    `unread`: how many runs of the source have a history that was not read; the closest of them stand in
    `summaries` with their configs alone.
    Absent: `anchor` is None and `experiments` empty where no baseline is usable; without any
    baseline everything after `findings` is empty.
    """

    source: str
    profile: Profile
    metric: str
    proposed: bool
    summaries: Mapping[str, RunSummary]
    runs: tuple[str, ...]
    baselines: tuple[str, ...]
    alone: bool
    offered: Mapping[str, tuple[str, ...]]
    groups: tuple[tuple[str, ...], ...]
    noise: SeedNoise
    verdicts: tuple[Verdict, ...]
    changes: Mapping[str, tuple[Change, ...]]
    findings: tuple[Finding, ...]
    ranking: Ranking
    healthy: tuple[str, ...]
    anchor: str | None
    experiments: tuple[Experiment, ...]
    unread: int = 0

    @property
    def joined(self) -> tuple[str, ...]:
        """The runs that joined a picked baseline as other seeds of its config."""
        return tuple(i for group in self.groups for i in group if i not in self.baselines)

    @property
    def all_picked(self) -> tuple[str, ...]:
        """The picked runs, then the baselines."""
        return (*self.runs, *self.baselines)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The classes of knobs that may have made runs worse, the strongest first."""
        return self.ranking.causes

    @property
    def suspects(self) -> tuple[Cause, ...]:
        """The causes that are named; where none is, the first of the ranking unless it is ruled out."""
        named = tuple(c for c in self.causes if c.is_named)
        return named or tuple(c for c in self.causes[:1] if c.word != RULED_OUT)

    @property
    def ruled_out(self) -> tuple[Cause, ...]:
        """What healthy runs, matched pairs or all levels together rule out."""
        return tuple(c for c in self.causes if c.word == RULED_OUT)

    @property
    def plan_context(self) -> PlanContext | None:
        """What further runs are planned from, or None without an anchor."""
        if self.anchor is None:
            return None
        return PlanContext(
            self.summaries[self.anchor],
            tuple(self.summaries.values()),
            tuple(self.summaries[i] for i in self.healthy),
            self.metric,
            self.noise,
            self.profile,
        )

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """What could decide where no row could be judged: metrics and keys that both sides have, the likeliest first."""
        if any(isinstance(v, Measured) for v in self.verdicts):
            return ()
        sides = ([self.summaries[i] for i in ids] for ids in (self.runs, self.baselines))
        known = {self.metric: None}
        for key in open_metrics.in_both(*sides):
            metric = open_metrics.named(key, self.profile)
            if metric is None or (metric.direction and not metric.policy_independent):
                known[key if metric is None else metric.name] = None
        return tuple(known)[1:]

    def headline(self, run: str) -> Verdict | None:
        """A run's row against the reference, or None where no baseline is picked."""
        return next((v for v in self.headlines if run in v.runs), None)

    @property
    def headlines(self) -> tuple[Verdict, ...]:
        """The rows of the picked runs against the reference."""
        first = self.groups[0][0] if self.groups else None
        return tuple(v for v in self.verdicts if v.against == PICKED and v.baseline == first)

    def gravest(self, *runs: str) -> Finding | None:
        """The gravest finding of these runs, the first of its severity; None where no rule warns."""
        graver = [f for f in self.findings if f.run in runs and f.severity != "info"]
        return min(graver, key=lambda f: SEVERITIES.index(f.severity), default=None)


def study(
    runs: Sequence[Run],
    picked: Sequence[str],
    baselines: Sequence[str],
    profile: Profile,
    *,
    source: str = "",
    metric: str | None = None,
    direction: str | None = None,
    anchor: str | None = None,
    alone: bool = False,
    pool: Executor | None = None,
) -> Study:
    """Judge the picked runs against the baselines, with all runs of the source as evidence.

    Other finished healthy runs of a baseline's config join it, unless `alone`.
    A `pool` does what is done for each run alone: its figures, its findings. The result is the same.
    Raises: BadInput for an id that the source does not hold, or a run that is also a baseline.
    """
    found = [*_each(pool)(partial(run_summary.summarize, profile=profile), runs)]
    return study_summaries(
        found,
        picked,
        baselines,
        profile,
        source=source,
        metric=metric,
        direction=direction,
        anchor=anchor,
        alone=alone,
        pool=pool,
    )


def study_summaries(
    found: Sequence[RunSummary],
    picked: Sequence[str],
    baselines: Sequence[str],
    profile: Profile,
    *,
    source: str = "",
    metric: str | None = None,
    direction: str | None = None,
    anchor: str | None = None,
    alone: bool = False,
    pool: Executor | None = None,
    unread: int = 0,
) -> Study:
    """The same from summaries that were made before; `unread` runs of the source were not read. Raises: BadInput."""
    everything = {r.id: r for r in sorted(found, key=lambda r: (r.run.created, r.id))}
    picking.check_picks(picked, baselines, everything)
    everything = picking.on_agreed_axis(everything, (*picked, *baselines), profile)
    mine, bases = [everything[i] for i in picked], [everything[i] for i in baselines]
    entry, proposed = picking.deciding_metric(metric, direction, mine, bases, profile)
    metric = entry.name
    if profile.metrics.get(metric) != entry:
        profile = replace(profile, metrics={**profile.metrics, metric: entry})
        everything = {i: run_summary.with_metric(r, entry, profile) for i, r in everything.items()}
        mine, bases = [everything[i] for i in picked], [everything[i] for i in baselines]
    folds = folded_knobs.folds(mine, bases, profile) if mine and bases else {}
    if folds:
        profile = replace(profile, folds=folds)
        everything = {i: run_summary.with_knobs(r, profile) for i, r in everything.items()}
        mine, bases = [everything[i] for i in picked], [everything[i] for i in baselines]
    summaries = tuple(everything.values())
    configs = replicates.by_config(summaries, profile)
    everyone = {r.id for r in (*mine, *bases)}
    groups = rows.with_other_seeds(bases, {} if alone else configs, everyone, metric, profile)
    like = next(iter((*bases, *mine)), None)
    noise = seed_noise.measure(summaries, metric, profile, like)
    chosen = replicates.by_config(mine, profile)
    judged = [
        judging.judge([(c, g) for c in chosen.values()], metric, noise, profile) for g in groups
    ]
    verdicts = tuple(v for config in zip(*judged, strict=True) for side in config for v in side)
    reference = groups[0] if groups else ()
    duplicates_of = duplicates.find_duplicates(summaries, profile)
    cases = [Case(r, metric, profile, reference, duplicates_of(r)) for r in (*mine, *bases)]
    findings = tuple(f for some in _each(pool)(rules.check, cases) for f in some)
    explained = Explained()
    if groups:
        explained = explain(
            [*chosen.values()],
            groups,
            verdicts,
            configs,
            everything,
            metric,
            noise,
            profile,
            anchor,
        )
    return Study(
        source=source,
        profile=profile,
        metric=metric,
        proposed=proposed,
        summaries=everything,
        runs=tuple(picked),
        baselines=tuple(b.id for g in groups for b in g if b.id in baselines),
        alone=alone,
        offered={
            alike[0].id: tuple(r.id for r in more)
            for key, alike in chosen.items()
            if (more := rows.other_seeds(alike, configs[key], everyone, metric, profile))
        },
        groups=tuple(tuple(r.id for r in g) for g in groups),
        noise=noise,
        verdicts=(*verdicts, *explained.neighbours),
        changes=explained.changes,
        findings=findings,
        ranking=explained.ranking,
        healthy=tuple(r.id for r in explained.healthy),
        anchor=explained.anchor.id if explained.anchor else None,
        experiments=explained.experiments,
        unread=unread,
    )


def _each(pool: Executor | None) -> Callable[..., Iterable[Any]]:
    """`map`, in this process or in a pool's."""
    return map if pool is None else pool.map
