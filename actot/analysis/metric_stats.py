"""Series -> Summary: every figure of one metric of one run, or the reason why there is none."""

import difflib
import heapq
import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from actot.analysis.absences import (
    BeforeFirstEval,
    NoBest,
    NoKnob,
    Nonfinite,
    NoSharedStep,
    NotLogged,
    Proxy,
    TooFew,
    ZeroFirst,
    ZeroMedian,
    Zeros,
)
from actot.analysis.config_values import ABSENT
from actot.analysis.knob_settings import Settings
from actot.facts import Absence
from actot.profile_schema import Metric, Profile, Tail
from actot.records import Run, Series, shared

OF_A_TAIL = ("slope_last", "jitter")  # figures that need two points
WORD = re.compile(r"[^\W_]+")
CLOSE = 0.6
LIKELY = 50  # logged keys that are compared letter by letter with the wanted ones


@dataclass(frozen=True)
class MetricStats:
    """The figures of one metric of one run.

    Units: values as logged; steps of the trainer; `slope_last` per step; `pct` in per cent.
    Absent: None, with the reason in `missing`. `best` is None without a direction.
    """

    key: str | None = None
    n: int = 0
    n_nonfinite: int = 0
    first: float | None = None
    last: float | None = None
    last_step: int | None = None
    best: float | None = None
    best_step: int | None = None
    min: float | None = None
    min_step: int | None = None
    max: float | None = None
    max_step: int | None = None
    delta: float | None = None
    pct: float | None = None
    last_mean: float | None = None
    last_std: float | None = None
    slope_last: float | None = None
    jitter: float | None = None
    tail_points: int | None = None
    missing: Absence | None = None


def tail_length(n: int, tail: Tail) -> int:
    """k, the number of points in the last window of n finite points."""
    return min(n, max(tail.least, min(tail.most, math.ceil(tail.fraction * n))))


def tail(series: Series, window: Tail) -> Series:
    """The last window of a series without its NaN and Inf."""
    finite = series.finite()
    k = tail_length(len(finite), window)
    at = len(finite) - k
    return Series(finite.key, finite.steps[at:], finite.values[at:])


def summarize(series: Series, metric: Metric, window: Tail) -> MetricStats:
    """The figures of one series. Absent: all of them where no point is finite."""
    finite = series.finite()
    lost = len(series) - len(finite)
    if not len(finite):
        return MetricStats(series.key, 0, lost, missing=Nonfinite(series.key, lost))
    x, steps = finite.values, finite.steps
    end = tail(finite, window)
    low, high = int(x.argmin()), int(x.argmax())
    best = {"lower": low, "higher": high, None: None}[metric.direction]
    first, last = float(x[0]), float(x[-1])
    return MetricStats(
        key=series.key,
        n=len(x),
        n_nonfinite=lost,
        first=first,
        last=last,
        last_step=int(steps[-1]),
        best=None if best is None else float(x[best]),
        best_step=None if best is None else int(steps[best]),
        min=float(x[low]),
        min_step=int(steps[low]),
        max=float(x[high]),
        max_step=int(steps[high]),
        delta=last - first,
        pct=100 * (last - first) / abs(first) if first else None,
        last_mean=float(end.values.mean()),
        last_std=float(end.values.std()),
        slope_last=_slope(end),
        jitter=jitter(x),
        tail_points=len(end),
        missing=TooFew(1) if len(x) == 1 else None,
    )


def why_absent(stats: MetricStats, figure: str, metric: Metric) -> Absence | None:
    """Why one figure is absent, or None for one that is there."""
    if getattr(stats, figure) is not None:
        return None
    if stats.missing is not None and (stats.n == 0 or figure in OF_A_TAIL):
        return stats.missing
    if figure in ("best", "best_step"):
        return NoBest(metric.name)
    if figure == "pct":
        return ZeroFirst(stats.key or metric.name)
    return ZeroMedian(stats.key or metric.name)


def jitter(x: np.ndarray) -> float | None:
    """Population std of the first differences over |median|; None where that is 0 or x too short."""
    median = float(np.median(x))
    return float(np.diff(x).std()) / abs(median) if len(x) > 1 and median else None


def _slope(end: Series) -> float | None:
    if len(end) < 2:
        return None
    t = end.steps - end.steps.mean()
    return float((t * (end.values - end.values.mean())).sum() / (t * t).sum())


def resolve(run: Run, metric: Metric, profile: Profile, settings: Settings) -> Series | Absence:
    """The series of a metric in a run: logged or derived, or why there is none."""
    if metric.ratio:
        return _ratio(run, metric, profile, settings)
    if metric.per_knob:
        return _per_knob(run, metric, profile, settings)
    # W&B writes a dict that was logged within a dict with a dot.
    keys = dict.fromkeys(k for key in metric.keys for k in (key, key.replace("/", ".")))
    logged = [_logged(run, k, metric) for k in keys if k in run.series and len(run.series[k])]
    for series in logged:
        if np.isfinite(series.values).any():
            if metric.zero_is_missing and not series.finite().values.any():
                return Zeros(series.key, len(series))
            return series
    if logged:
        return logged[0]
    return _why_absent(run, metric, settings)


def _logged(run: Run, key: str, metric: Metric) -> Series:
    """The series of a key; a success rate with its counts beside it is 100 k / n."""
    if not metric.rollouts:
        return run.series[key]
    successes, rollouts = run.series.get(f"{key}/k"), run.series.get(f"{key}/n")
    if successes is None or rollouts is None:
        series = run.series[key]
        finite = series.values[np.isfinite(series.values)]
        fraction = key not in metric.percent and len(finite) and finite.max() <= 1
        return Series(key, series.steps, 100 * series.values) if fraction else series
    return Series(key, *_over(successes, rollouts, times=100.0))


def _over(top: Series, bottom: Series, times: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The steps that both logged, and `times` top / bottom there."""
    steps, above, below = shared(top, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return steps, times * above / below


def _ratio(run: Run, metric: Metric, profile: Profile, settings: Settings) -> Series | Absence:
    """One metric over another on the steps that both logged."""
    top, bottom = (resolve(run, profile.metrics[m], profile, settings) for m in metric.ratio)
    if isinstance(top, Absence):
        return top
    if isinstance(bottom, Absence):
        return bottom
    steps, values = _over(top, bottom)
    if not len(steps):
        return NoSharedStep((top.key, bottom.key))
    return Series(f"{top.key} / {bottom.key}", steps, values)


def _per_knob(run: Run, metric: Metric, profile: Profile, settings: Settings) -> Series | Absence:
    """A metric over the value of a knob: what is left when a weight is taken out."""
    name, knob = metric.per_knob
    series = resolve(run, profile.metrics[name], profile, settings)
    if isinstance(series, Absence):
        return series
    value = settings.value(knob)
    if value == ABSENT or not isinstance(value, int | float) or not value:
        return NoKnob(knob, value)
    return Series(f"{series.key} / {knob}", series.steps, series.values / value)


def _why_absent(run: Run, metric: Metric, settings: Settings) -> Absence:
    proxy = next((p for p in metric.proxies if p in run.series), None)
    if proxy:
        return Proxy(proxy, metric.keys)
    stated = settings.knobs.get(metric.every) if metric.every else None
    every = stated.value if stated is not None and stated.origin == "set" else ABSENT
    end = run.last_step or 0
    if isinstance(every, int | float) and end < every:
        return BeforeFirstEval(int(every), end)
    near = nearest(metric.keys, frozenset(run.series))
    return NotLogged(metric.keys, near)


@lru_cache(maxsize=4096)
def nearest(wanted: tuple[str, ...], logged: frozenset[str]) -> tuple[str, ...]:
    """The logged keys most like the wanted ones, at most three; runs of a project share the answer."""
    words = {w for key in wanted for w in WORD.findall(key.lower())}
    shared = {key: len(words & set(WORD.findall(key.lower()))) for key in logged}
    likely = heapq.nsmallest(LIKELY, (k for k in logged if shared[k]), lambda k: (-shared[k], k))

    def likeness(key: str) -> float:
        whole = (difflib.SequenceMatcher(None, key, one).ratio() for one in wanted)
        leaves = (
            difflib.SequenceMatcher(None, key.rpartition("/")[2], one.rpartition("/")[2]).ratio()
            for one in wanted
        )
        return max(*whole, *leaves)

    scored = {key: likeness(key) for key in likely}
    close = sorted((key for key in scored if scored[key] >= CLOSE), key=lambda k: (-scored[k], k))
    return tuple(close[:3])
