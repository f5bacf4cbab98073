"""Figures and proportions computed a second time, from the definitions, with scipy and plain loops."""

import math
import statistics
from collections.abc import Sequence
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
