"""Figures, noise and verdicts computed a second time, from the definitions, with scipy and plain loops."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scipy import stats as scipy_stats
from scipy.optimize import brentq

Curve = Sequence[tuple[int, float]]


def plain_figures(points: Curve, direction: str | None) -> dict[str, Any]:
    """The figures of one series by loops over (step, value)."""
    finite = [(s, v) for s, v in points if math.isfinite(v)]
    values = [v for _, v in finite]
    n = len(finite)
    k = min(n, max(5, min(100, math.ceil(0.10 * n))))
    end = finite[n - k :]
    tail = [v for _, v in end]
    low, high = min(values), max(values)
    first_at = {v: next(s for s, w in finite if w == v) for v in (low, high)}
    best = {"lower": low, "higher": high, None: None}[direction]
    slope = None
    if k > 1:
        t_mean = statistics.fmean(s for s, _ in end)
        v_mean = statistics.fmean(tail)
        slope = math.fsum((s - t_mean) * (v - v_mean) for s, v in end) / math.fsum(
            (s - t_mean) ** 2 for s, _ in end
        )
    middle = statistics.median(values)
    diffs = [b - a for a, b in pairwise(values)]
    return {
        "n": n,
        "n_nonfinite": len(points) - n,
        "first": values[0],
        "last": values[-1],
        "last_step": finite[-1][0],
        "best": best,
        "best_step": None if best is None else first_at[best],
        "min": low,
        "min_step": first_at[low],
        "max": high,
        "max_step": first_at[high],
        "delta": values[-1] - values[0],
        "pct": 100 * (values[-1] - values[0]) / abs(values[0]) if values[0] else None,
        "last_mean": statistics.fmean(tail),
        "last_std": statistics.pstdev(tail),
        "slope_last": slope,
        "jitter": statistics.pstdev(diffs) / abs(middle) if diffs and middle else None,
        "tail_points": k,
    }


def tail_size(n: int) -> int:
    """k = min(n, max(5, min(100, ceil(0.10 n))))."""
    return min(n, max(5, min(100, math.ceil(0.10 * n))))


def tail_mean(curve: Curve) -> float:
    """The value of a run."""
    return statistics.fmean(v for _, v in curve[len(curve) - tail_size(len(curve)) :])


def noise(groups: Sequence[Sequence[Curve]]) -> tuple[float, float]:
    """Relative seed noise and degrees of freedom: replicates pooled, moderated with 4 % at 4 degrees."""
    squares, degrees = 0.0, 0
    for group in groups:
        means = [tail_mean(c) for c in group]
        centre = statistics.fmean(means)
        squares += sum((m / centre - 1) ** 2 for m in means)
        degrees += len(means) - 1
    return math.sqrt((4 * 0.04**2 + squares) / (4 + degrees)), 4 + degrees


def standard_error(values: Sequence[float]) -> float:
    """s / sqrt(n_eff), n_eff = max(1, k (1 - r) / (1 + r)), r the lag-1 autocorrelation in [0, 0.9]."""
    k, mean = len(values), statistics.fmean(values)
    total = sum((v - mean) ** 2 for v in values)
    pairs = pairwise(values)
    r = sum((a - mean) * (b - mean) for a, b in pairs) / total if total else 0.0
    r = min(0.9, max(0.0, r))
    return statistics.stdev(values) / math.sqrt(max(1.0, k * (1 - r) / (1 + r)))


@dataclass
class Row:
    """One judged row."""

    change: float
    low: float
    high: float
    p: float
    mde: float
    seeds_needed: int | None
    three_seeds: float


def compare(run: Curve, bases: Sequence[Curve], noise: float, df: float) -> Row:
    """A run against the baselines of one group."""
    end = min(c[-1][0] for c in (run, *bases))
    span = 0
    for curve in (run, *bases):
        steps = [s for s, _ in curve if s <= end]
        span = max(span, steps[-1] - steps[-tail_size(len(steps))])
    windows = [[v for s, v in c if end - span <= s <= end] for c in (run, *bases)]
    r, *b = [statistics.fmean(w) for w in windows]
    se_r, *se_b = [standard_error(w) for w in windows]
    n = len(bases)
    base = statistics.fmean(b)
    error_b = math.sqrt(sum(e**2 for e in se_b)) / n
    error = math.sqrt(se_r**2 + error_b**2 + noise**2 * (r**2 + base**2 / n)) / base
    t = scipy_stats.t(df)
    change = (r - base) / base
    half = t.ppf(0.975) * error

    def with_seeds(k: int) -> float:
        inside = se_r**2 + statistics.fmean(e**2 for e in se_b)
        return t.ppf(0.975) * math.sqrt((inside + noise**2 * (r**2 + base**2)) / k) / base

    needed = next((k for k in range(1, 11) if with_seeds(k) <= 0.02), None)
    p = 2 * t.sf(abs(change) / error)
    return Row(change, change - half, change + half, p, half, needed, with_seeds(3))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p by its definition."""
    ordered, m = sorted(p), len(p)
    return [min(1.0, max((m - j) * ordered[j] for j in range(m) if ordered[j] <= one)) for one in p]


def t_quantile(share: float, df: float) -> float:
    """The t below which that share of Student's distribution lies."""
    return float(scipy_stats.t.ppf(share, df))


def newcombe(k: int, n: int, base_k: int, base_n: int, confidence: float) -> tuple[float, float]:
    """Newcombe's interval of k/n - base_k/base_n, from scipy's Wilson limits."""
    p, q = k / n, base_k / base_n
    mine, base = (
        scipy_stats.binomtest(a, b).proportion_ci(confidence, method="wilson")
        for a, b in ((k, n), (base_k, base_n))
    )
    low = math.sqrt((p - mine.low) ** 2 + (base.high - q) ** 2)
    return p - q - low, p - q + math.sqrt((mine.high - p) ** 2 + (q - base.low) ** 2)


def newcombe_p(k: int, n: int, base_k: int, base_n: int) -> float:
    """1 - the confidence at which Newcombe's interval touches 0."""
    if k / n == base_k / base_n:
        return 1.0
    side = 0 if k / n > base_k / base_n else 1
    return 1 - brentq(
        lambda c: newcombe(k, n, base_k, base_n, c)[side], 1e-12, 1 - 1e-12, xtol=1e-14
    )
