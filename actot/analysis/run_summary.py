"""A run as the profile sees it: its settings, and the series and figures of every metric."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from actot import step_axis
from actot.analysis import config_changes, flat_config, knob_settings, metric_stats
from actot.analysis.config_changes import Change
from actot.analysis.config_values import show
from actot.analysis.knob_settings import Settings
from actot.analysis.metric_stats import MetricStats
from actot.errors import BadInput
from actot.facts import Absence
from actot.foreign_text import few
from actot.profile_schema import Metric, Profile
from actot.records import Run, Series

FINISHED, RUNNING = "finished", "running"
MOST_SAID = 5  # settings that stand twice
LAST_POINTS = 5  # the logged points at the end of a run that show a divergence


# A series, or what makes it.
Curve = Series | Callable[[], Series | Absence]


@dataclass(frozen=True)
class Curves(Mapping[str, Series]):
    """Series by metric. Those that are computed from others are made when they are asked for, not kept:

    of a source of thousands of runs, what is held must not grow with the length of the runs.
    """

    known: Mapping[str, Curve]

    def __getitem__(self, metric: str) -> Series:
        found = self.known[metric]
        series = found if isinstance(found, Series) else found()
        if isinstance(series, Absence):
            raise KeyError(metric)
        return series

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class RunSummary:
    """One run with everything that the profile finds in it.

    `turns`: the effective knobs that were changed on the way, with the last step under the old value.
    Absent: `series` holds only metrics with a logged point; the stats of the others say why.
    """

    run: Run
    settings: Settings
    series: Mapping[str, Series]
    stats: Mapping[str, MetricStats]
    turns: tuple[tuple[int, tuple[Change, ...]], ...] = ()

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    def finite(self, metric: str) -> Series | None:
        """The finite points of a metric, or None where it has none."""
        series = self.series.get(metric)
        finite = None if series is None else series.finite()
        return finite if finite is not None and len(finite) else None

    def points(self, metric: str) -> Series:
        """The finite points of a metric that has some. Raises: LookupError."""
        found = self.finite(metric)
        if found is None:
            raise LookupError(f"{self.id}: no finite point of {metric}")
        return found

    def budget(self, profile: Profile) -> float | None:
        """The planned length in steps, or None where the config does not say, or the run is counted in something else."""
        if not step_axis.counts_steps(self.run.axis):
            return None
        value = self.settings.value(profile.budget)
        return float(value) if isinstance(value, int | float) else None


def summarize(run: Run, profile: Profile) -> RunSummary:
    """The summary of a run; a config that is none is left out, with a warning of the run."""
    try:
        settings = knob_settings.read(run.config, profile)
    except BadInput as e:
        run = replace(run, config={}, warnings=(*run.warnings, f"{e}; read without it"))
        settings = knob_settings.read({}, profile)
    clash = flat_config.conflicts(run.config, profile.naming_fields)
    if clash:
        said = [f"{p} is {show(a)} and {show(b)}" for p, (a, b) in clash.items()]
        warning = (
            f"config: stands twice with two values, read as the second: {few(said, MOST_SAID)}"
        )
        run = replace(run, warnings=(*run.warnings, warning))
    series: dict[str, Curve] = {}
    stats = {}
    for name, metric in profile.metrics.items():
        stats[name], curve = _read(run, metric, profile, settings)
        series |= {} if curve is None else {name: curve}
    return RunSummary(run, settings, Curves(series), stats, _turns(run, settings, profile))


def with_metric(summary: RunSummary, metric: Metric, profile: Profile) -> RunSummary:
    """The summary with one more metric, or with another reading of a known one."""
    stats, curve = _read(summary.run, metric, profile, summary.settings)
    known = summary.series.known if isinstance(summary.series, Curves) else summary.series
    series = known if curve is None else {**known, metric.name: curve}
    return replace(summary, series=Curves(series), stats={**summary.stats, metric.name: stats})


def with_knobs(summary: RunSummary, profile: Profile) -> RunSummary:
    """The summary with its config read by the knobs of another profile."""
    return replace(summary, settings=knob_settings.read_flat(summary.settings.flat, profile))


def _read(
    run: Run, metric: Metric, profile: Profile, settings: Settings
) -> tuple[MetricStats, Curve | None]:
    """(figures, series) of a metric; the series of one that is computed from others is made at each demand."""
    resolve = partial(metric_stats.resolve, run, metric, profile, settings)
    found = resolve()
    if isinstance(found, Absence):
        return MetricStats(missing=found), None
    is_derived = metric.ratio or metric.per_knob
    return metric_stats.summarize(found, metric, profile.tail), resolve if is_derived else found


def _turns(
    run: Run, settings: Settings, profile: Profile
) -> tuple[tuple[int, tuple[Change, ...]], ...]:
    """What each change of the config on the way changed of the effective knobs."""
    if not run.earlier:
        return ()
    known = [knob_settings.read(config, profile) for _, config in run.earlier]
    moved = [
        (step, config_changes.changes(old, new))
        for (step, _), old, new in zip(run.earlier, known, [*known[1:], settings], strict=True)
    ]
    return tuple((step, changes) for step, changes in moved if changes)


def diverged_at(summary: RunSummary, metric: str, profile: Profile) -> int | None:
    """The step from which a run is NaN or Inf to its end, or None for a run that did not diverge.

    Looks at the last five logged points of the judged metric and of the profile's divergence metrics.
    """
    starts = []
    for name in (metric, *profile.divergence):
        series = summary.series.get(name)
        if profile.metrics[name].rollouts:
            continue  # 0 of 0 rollouts is no divergence.
        if series is None or series.is_finite or np.isfinite(series.values[-LAST_POINTS:]).all():
            continue
        bad = ~np.isfinite(series.values)
        # Back from the last bad point to the first of its unbroken stretch.
        last = int(np.flatnonzero(bad)[-1])
        good_before = np.flatnonzero(~bad[:last])
        start = int(good_before[-1]) + 1 if len(good_before) else 0
        starts.append(int(series.steps[start]))
    return min(starts, default=None)


def is_replicable(summary: RunSummary, metric: str, profile: Profile) -> bool:
    """Whole, not diverged, and with a value: a run that may stand for its config."""
    return (
        is_whole(summary, profile)
        and summary.finite(metric) is not None
        and diverged_at(summary, metric, profile) is None
    )


def is_whole(summary: RunSummary, profile: Profile) -> bool:
    """Finished, or ended by whatever after its last planned step."""
    run, budget = summary.run, summary.budget(profile)
    if run.state in (FINISHED, RUNNING) or budget is None:
        return run.state == FINISHED
    return (run.last_step or 0) + 1 >= budget


def evaluation(summary: RunSummary, profile: Profile) -> tuple[float | None, ...]:
    """What the run was evaluated on: runs of one config with another set are not replicates."""
    return tuple(summary.stats[m].last for m in profile.same_metrics)
