"""What a source delivers: runs, and the series of their metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

Steps = Sequence[int] | np.ndarray
Values = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Series:
    """The logged points of one key of one run, on the steps of that key alone.

    Shapes: `steps` (n,) int64, rising and unique; `values` (n,) float64; both read-only.
    Absent: a logged NaN or Inf stays in `values`; statistics leave it out and count it.
    """

    key: str
    steps: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        self.steps.flags.writeable = False
        self.values.flags.writeable = False

    def __reduce__(self) -> tuple[Any, ...]:
        return Series, (self.key, self.steps, self.values)  # read-only in the other process too

    def __len__(self) -> int:
        return len(self.steps)

    def finite(self) -> "Series":
        """The same points without NaN and Inf."""
        if self.is_finite:
            return self
        keep = np.isfinite(self.values)
        return Series(self.key, self.steps[keep], self.values[keep])

    @cached_property
    def is_finite(self) -> bool:
        """Whether no point is NaN or Inf."""
        return bool(np.isfinite(self.values).all())

    def window(self, low: float, high: float) -> "Series":
        """The points with low <= step <= high."""
        start, end = self.steps.searchsorted(low), self.steps.searchsorted(high, "right")
        return Series(self.key, self.steps[start:end], self.values[start:end])


def are_equal(a: Series, b: Series) -> bool:
    """Whether two series hold the same values, point for point; NaN equals nothing."""
    # The last point tells most pairs apart.
    same_end = len(a) == len(b) and (not len(a) or a.values[-1] == b.values[-1])
    return bool(same_end and np.array_equal(a.values, b.values))


def shared(a: Series, b: Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps that both logged, and the values of each there."""
    if np.array_equal(a.steps, b.steps):
        return a.steps, a.values, b.values
    steps, i, j = np.intersect1d(a.steps, b.steps, assume_unique=True, return_indices=True)
    return steps, a.values[i], b.values[j]


def make_series(key: str, steps: Steps, values: Values) -> Series:
    """A series from points in the order in which they were logged; a later point of a step wins."""
    s = np.array(steps, dtype=np.int64)
    v = np.array(values, dtype=np.float64)
    if len(s) > 1 and not (np.diff(s) > 0).all():
        # The first hit of each step in the reversed order is its last record.
        _, at = np.unique(s[::-1], return_index=True)
        at = len(s) - 1 - at
        s, v = s[at], v[at]
    return Series(key, s, v)


def join_points(key: str, parts: Sequence[tuple[Steps, Values]]) -> Series:
    """A series from several stretches of (steps, values); where they overlap, the later one wins."""
    steps = np.concatenate([np.asarray(s, np.int64) for s, _ in parts])
    values = np.concatenate([np.asarray(v, np.float64) for _, v in parts])
    return make_series(key, steps, values)


@dataclass(frozen=True)
class RunInfo:
    """What a source lists of a run: all but its history.

    Units: `created` is ISO 8601 in UTC, `runtime_s` seconds of training.
    `is_empty`: the source says that nothing was logged, so there is no history to ask for.
    Absent: "" for an unknown url, group or time; None for an unknown runtime.
    """

    id: str
    name: str
    state: str
    config: Mapping[str, Any]
    url: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    created: str = ""
    runtime_s: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    revision: str = ""
    is_empty: bool = False


@dataclass(frozen=True)
class Run(RunInfo):
    """One training run: what is listed of it, and its series by logged key.

    `earlier` holds each config that was changed on the way, with the last step that was logged under it;
    `rewinds` each (step reached, step gone back to) of a run that went on from an earlier step; `fork` the run that it was
    forked from, and the last step they share. `axes` are the step metrics that the run declares, by key or pattern;
    `axis` is the one that its series stand on, "" for the source's own, and `axis_origin` who chose it (`step_axis`).
    `cursor` is for the source alone: where to read on when the run has grown.
    """

    series: Mapping[str, Series] = field(default_factory=dict)
    earlier: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    rewinds: tuple[tuple[int, int], ...] = ()
    fork: tuple[str, int] | None = None
    axes: Mapping[str, str] = field(default_factory=dict)
    axis: str = ""
    axis_origin: str = ""
    cursor: str = ""

    @property
    def last_step(self) -> int | None:
        """The last step at which anything was logged, or None."""
        return max((int(s.steps[-1]) for s in self.series.values() if len(s)), default=None)


def without_history(info: RunInfo) -> Run:
    """A run as it is listed: its config, and no series."""
    return Run(**vars(info))


@dataclass(frozen=True)
class Listing:
    """The runs of a source, newest first, and one sentence for each place that could not be read."""

    runs: tuple[RunInfo, ...]
    problems: tuple[str, ...] = ()
