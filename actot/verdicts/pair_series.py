"""Two sides step by step: the mean curve of a config minus that of its baselines, on common steps.

A descent that both share and the noise of a shared evaluation set cancel in the difference.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from actot.analysis.metric_stats import tail_length
from actot.analysis.run_summary import RunSummary
from actot.facts import Reason
from actot.profile_schema import Profile, Tail
from actot.records import Series
from actot.verdicts import replicates
from actot.verdicts.reasons import FewPoints, NotPositive
from actot.verdicts.scales import Scale, scale_of

LARGEST_R = 0.9
LEAST_POINTS = 2
AT_THE_END = 0.9  # a single value at or beyond this share of a run is its final one


@dataclass(frozen=True)
class Aligned:
    """Runs on the common steps of their window, on the metric's scale.

    Shapes: `values` (runs, points). `is_final`: every run logged one value, at its end.
    """

    start: int
    end: int
    values: np.ndarray
    is_final: bool = False


@dataclass(frozen=True)
class Difference:
    """The mean difference of two sides on the metric's scale, and what the scatter in the runs adds.

    `tail_variance` is that of `mean`; `level` and `base_level` are the sides' means on the scale; `seeds`
    and `base_seeds` count them.
    """

    mean: float
    tail_variance: float
    points: int
    start: int
    end: int
    level: float
    base_level: float
    seeds: int
    base_seeds: int
    is_final: bool


def window(series: Sequence[Series], tail: Tail) -> tuple[int, int] | None:
    """The steps that are compared: from where the longest of the tails begins to the last common step.

    Absent: None where the runs have no steps in common.
    """
    end = min(int(s.steps[-1]) for s in series)
    starts = []
    for one in series:
        n = int(one.steps.searchsorted(end, "right"))
        if n == 0:
            return None
        starts.append(int(one.steps[n - tail_length(n, tail)]))
    return max(min(starts), *(int(s.steps[0]) for s in series)), end


def align(runs: Sequence[RunSummary], metric: str, profile: Profile) -> Aligned | Reason:
    """Runs on the steps of the one with the fewest points in their window, or why that is not possible."""
    series = [r.points(metric) for r in runs]
    scale = scale_of(profile.metrics[metric])
    if all(len(s) == 1 for s in series):
        return _final_values(runs, series, scale)
    found = window(series, profile.tail)
    if found is None:
        return FewPoints(0, LEAST_POINTS)
    start, end = found
    inside = [s.window(start, end) for s in series]
    grid = min(inside, key=len).steps
    if len(grid) < LEAST_POINTS:
        return FewPoints(len(grid), LEAST_POINTS)
    values = np.empty((len(series), len(grid)))
    for row, one in enumerate(series):
        found_values = _on_grid(one, inside[row], grid, scale)
        if isinstance(found_values, Reason):
            return found_values
        values[row] = found_values
    return Aligned(start, end, values)


def _on_grid(series: Series, inside: Series, grid: np.ndarray, scale: Scale) -> np.ndarray | Reason:
    """A run on the grid; between two of its points, the straight line on the scale."""
    own = inside
    if not np.array_equal(inside.steps, grid):
        first = max(0, int(series.steps.searchsorted(grid[0], "right")) - 1)
        last = int(series.steps.searchsorted(grid[-1])) + 1
        own = Series(series.key, series.steps[first:last], series.values[first:last])
    g = _on_scale(own.values, scale)
    return g if own is inside or isinstance(g, Reason) else np.interp(grid, own.steps, g)


def _on_scale(values: np.ndarray, scale: Scale) -> np.ndarray | Reason:
    """Values on the metric's scale, or the first of them that it cannot hold."""
    g = scale.forward(values)
    wrong = np.isnan(g)
    return NotPositive(float(values[wrong][0])) if wrong.any() else g


def _final_values(
    runs: Sequence[RunSummary], series: Sequence[Series], scale: Scale
) -> Aligned | Reason:
    ends = [int(s.steps[-1]) for s in series]
    if any(end < AT_THE_END * (r.run.last_step or 0) for end, r in zip(ends, runs, strict=True)):
        return FewPoints(1, LEAST_POINTS)
    g = _on_scale(np.array([s.values for s in series]), scale)
    return g if isinstance(g, Reason) else Aligned(min(ends), max(ends), g, is_final=True)


def seed_means(
    values: np.ndarray, runs: Sequence[RunSummary], profile: Profile
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The mean of each seed's runs, and the rows of the seeds that were run more than once.

    Shapes: `values` (runs, points) as the runs are given; (seeds, points).
    """
    place = {r.id: at for at, r in enumerate(runs)}
    rows = [values[[place[r.id] for r in same]] for same in replicates.by_seed(runs, profile)]
    return np.array([r.mean(axis=0) for r in rows]), [r for r in rows if len(r) > 1]


def difference(
    runs: Sequence[RunSummary], bases: Sequence[RunSummary], metric: str, profile: Profile
) -> Difference | Reason:
    """The picked runs of one config minus baselines of one config, or why they have no difference."""
    aligned = align([*runs, *bases], metric, profile)
    if isinstance(aligned, Reason):
        return aligned
    mine, _ = seed_means(aligned.values[: len(runs)], runs, profile)
    theirs, _ = seed_means(aligned.values[len(runs) :], bases, profile)
    curve, base_curve = mine.mean(axis=0), theirs.mean(axis=0)
    d = curve - base_curve
    is_last = profile.value == "last"
    at = slice(-1, None) if is_last else slice(None)
    return Difference(
        mean=float(d[at].mean()),
        tail_variance=0.0 if aligned.is_final else tail_variance(d, of_last=is_last),
        points=len(d),
        start=aligned.start,
        end=aligned.end,
        level=float(curve[at].mean()),
        base_level=float(base_curve[at].mean()),
        seeds=len(mine),
        base_seeds=len(theirs),
        is_final=aligned.is_final,
    )


def tail_variance(x: np.ndarray, *, of_last: bool = False) -> float:
    """The variance of the mean of autocorrelated points, or that of the last one.

    s^2 / n_eff, n_eff = max(1, k (1 - r) / (1 + r)), r the autocorrelation at lag 1 within 0 and 0.9.
    """
    k = len(x)
    if k < LEAST_POINTS:
        return 0.0
    c = x - x.mean()
    squares = float(c @ c)
    r = float(c[1:] @ c[:-1]) / squares if squares > 0 else 0.0
    r = min(max(r, 0.0), LARGEST_R)
    effective = 1.0 if of_last else max(1.0, k * (1 - r) / (1 + r))
    return squares / (k - 1) / effective


def tail_error(x: np.ndarray) -> float:
    """The standard error of the mean of autocorrelated points."""
    return math.sqrt(tail_variance(x))


def cut_at(runs: Iterable[RunSummary], metric: str, end: int) -> bool:
    """Whether some of the runs went on for more than a tenth after that step."""
    longest = max(r.stats[metric].last_step or 0 for r in runs)
    return end < (1 - replicates.SAME_LENGTH) * longest
