"""The steps on which a run's series stand: those of its source, or of a key that the run logged beside the others.

A run declares a step metric for a key or a pattern of keys (`define_metric`); a person chooses one for all keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.records import Run, Series, make_series

DECLARED, CHOSEN, AGREED = "declared", "chosen", "agreed"  # who chose an axis
OWN = "_step"
CLOCKS = ("_runtime", "_timestamp", OWN)
MOST_FALLS = 20  # of a counter that a run went back in; more are no counter's
LEAST_POINTS = 5
SHOWN_KEYS = 8
NEAR = 0.10  # lengths within this share of one another agree
THOUSANDTHS = 1000
UNITS = ("epoch", "sample", "frame", "token", "example", "episode", "hour")


@dataclass(frozen=True)
class Axis:
    """A logged counter: its value from each of the source's steps on, NaN where the run went back to before it.

    Shapes: `starts` and `values` (n,); both rise.
    """

    starts: np.ndarray
    values: np.ndarray

    def of(self, series: Series) -> Series:
        """A series on this axis; a point has the last value that was logged up to it, one before any has none."""
        at = self.starts.searchsorted(series.steps, "right") - 1
        known = at >= 0
        known[known] = ~np.isnan(self.values[at[known]])
        steps = self.values[at[known]]
        return make_series(series.key, steps.astype(np.int64), series.values[known])


def declared(run: Run) -> Run:
    """The run on the step metrics that it declares; what cannot be is said in its warnings and stays as it was."""
    if not run.axes:
        return run
    axes: dict[str, Axis | None] = {}
    warnings: list[str] = []
    moved: dict[str, Series] = {}
    times: dict[str, int] = {}
    for key, series in run.series.items():
        name = _declared_for(key, run.axes)
        if name is None or name in (key, OWN) or name not in run.series:
            continue
        if name not in axes:
            try:
                axes[name] = _axis(run, name)
            except BadInput as e:
                axes[name] = None
                warnings.append(f"{e}; steps are those of the source")
        axis = axes[name]
        if axis is not None and not _is_own(axis):
            moved[key] = axis.of(series)
            times[name] = times.get(name, 0) + 1
    if not moved:
        return replace(run, warnings=(*run.warnings, *warnings)) if warnings else run
    most = max(times, key=lambda name: times[name])
    rewinds = (*run.rewinds, *_rewinds(run.series[most]))
    return _moved(run, {**run.series, **moved}, most, DECLARED, warnings, rewinds)


def on(run: Run, key: str, origin: str = CHOSEN) -> Run:
    """The run with all series on the values of one key. Raises: BadInput for one that it did not log, or that counts nothing."""
    if key == OWN:
        return replace(run, axis_origin=origin)
    if run.axis == key:
        return run
    if key not in run.series:
        near = sorted(counters(run)) or sorted(run.series)
        shown = ", ".join(near[:SHOWN_KEYS]) or "nothing"
        raise BadInput(f"step={legible(key)}: not logged; what may count steps is {legible(shown)}")
    axis = _axis(run, key)
    series = {k: axis.of(s) for k, s in run.series.items()}
    kept = {k: s for k, s in series.items() if len(s)}
    return _moved(run, kept, key, origin, (), (*run.rewinds, *_rewinds(run.series[key])))


def _moved(
    run: Run,
    series: Mapping[str, Series],
    key: str,
    origin: str,
    warnings: Sequence[str],
    rewinds: tuple[tuple[int, int], ...],
) -> Run:
    is_whole = _is_whole(run.series[key].finite().values)
    fractions = () if is_whole else (f"{key} holds fractions; steps are thousandths of it",)
    return replace(
        run,
        series=series,
        axis=key,
        axis_origin=origin,
        rewinds=rewinds,
        warnings=(*run.warnings, *warnings, *fractions),
    )


def counters(run: Run) -> dict[str, int]:
    """The logged keys that count otherwise than the run's own steps, with the last value of each."""
    found = {}
    for key, series in run.series.items():
        points = series.finite()
        if key in CLOCKS or len(points) < LEAST_POINTS or points.values[-1] <= points.values[0]:
            continue
        is_rising = _is_whole(points.values) and bool((np.diff(points.values) >= 0).all())
        if is_rising and not np.array_equal(points.values, points.steps):
            found[key] = int(points.values[-1])
    return found


def agreed(runs: Sequence[Run], planned: Callable[[Run], float | None] = lambda run: None) -> str:
    """The counter on which the lengths of runs agree that do not agree on their own steps, "" for none.

    Runs that end where their config `planned` it count by what was planned.
    """
    if len(runs) < 2 or any(run.axis or run.axis_origin for run in runs):
        return ""
    ends = [run.last_step or 0 for run in runs]
    if _agree(ends) or any(
        _agree([end, plan]) for run, end in zip(runs, ends, strict=True) if (plan := planned(run))
    ):
        return ""
    known = [counters(run) for run in runs]
    shared = set.intersection(*map(set, known))
    fitting = [key for key in shared if _agree([ends[key] for ends in known])]
    return min(fitting, key=lambda key: (not counts_steps(key), len(key), key), default="")


def counts_steps(axis: str) -> bool:
    """Whether an axis may count the trainer's steps: not samples, epochs or hours."""
    return not any(unit in axis.rpartition("/")[2].lower() for unit in UNITS)


def _agree(ends: Sequence[float]) -> bool:
    return min(ends) >= (1 - NEAR) * max(ends)


def _declared_for(key: str, axes: Mapping[str, str]) -> str | None:
    """The step metric of a key: its own, else that of the first pattern that fits."""
    if key in axes:
        return axes[key]
    return next(
        (axis for pattern, axis in axes.items() if "*" in pattern and fnmatchcase(key, pattern)),
        None,
    )


def _axis(run: Run, key: str) -> Axis:
    """Raises: BadInput for a key that counts nothing."""
    points = run.series[key].finite()
    values = points.values
    falls = int((np.diff(values) < 0).sum())
    if not len(values) or falls > MOST_FALLS:
        what = f"falls {falls} times" if len(values) else "holds no number"
        raise BadInput(f"step={legible(key)}: it {what}, so it counts no steps; choose another")
    is_whole = _is_whole(values)
    steps = np.floor(values) if is_whole else np.round(values * THOUSANDTHS)
    # A counter that falls goes on from an earlier step: what it had reached from there on is gone.
    later = np.minimum.accumulate(steps[::-1])[::-1]
    return Axis(points.steps, np.where(steps <= later, steps, np.nan))


def _rewinds(series: Series) -> tuple[tuple[int, int], ...]:
    values = series.finite().values
    top = np.maximum.accumulate(values)
    at = np.flatnonzero(np.diff(values) < 0) + 1
    return tuple((int(top[i - 1]), int(values[i])) for i in at)


def _is_own(axis: Axis) -> bool:
    return np.array_equal(axis.starts, axis.values)


def _is_whole(values: np.ndarray) -> bool:
    return bool((values == np.floor(values)).all()) and bool((np.abs(values) < 2**53).all())
