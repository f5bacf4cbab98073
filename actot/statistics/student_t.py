"""Student's t without scipy: an app should not install it for two functions."""

import math
from functools import lru_cache
from statistics import NormalDist

SMALLEST_ALPHA = 1e-14
MOST_STEPS, CLOSE = 200, 4e-15


def two_sided_p(t: float, df: float) -> float:
    """P(|T| >= |t|) for `df` degrees of freedom: the regularised incomplete beta I_x(df/2, 1/2)."""
    rest = t * t / (df + t * t)
    return _betainc(df / 2, 0.5, df / (df + t * t), rest)


@lru_cache(maxsize=4096)
def quantile(confidence: float, df: float) -> float:
    """The t with P(|T| <= t) = confidence, to the last few bits; infinite for certainty. Newton's steps inside of a bracket."""
    alpha = 1 - confidence
    if alpha <= 0:
        return math.inf
    low, high = 0.0, math.inf
    t = NormalDist().inv_cdf(1 - alpha / 2) if alpha > SMALLEST_ALPHA else 8.0
    for _ in range(MOST_STEPS):
        off = two_sided_p(t, df) - alpha
        low, high = (t, high) if off > 0 else (low, t)
        density = 2 * _density(t, df)
        after = t + off / density if density else math.inf
        if not low < after < high:
            after = 2 * t if math.isinf(high) else (low + high) / 2
        if abs(after - t) <= CLOSE * t:
            return after
        t = after
    return t


def _density(t: float, df: float) -> float:
    log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return math.exp(log - (df + 1) / 2 * math.log1p(t * t / df))


def _betainc(a: float, b: float, x: float, rest: float) -> float:
    """Regularised incomplete beta I_x(a, b) by its continued fraction; `rest` is 1 - x, uncancelled.

    Source: Abramowitz and Stegun 26.5.8, evaluated by the modified Lentz method.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _betainc(b, a, rest, x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    )
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            value *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return front * value / a
