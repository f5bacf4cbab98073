"""Student's t and Holm's correction, without scipy: an app should not install it for two functions."""

import math
from functools import lru_cache


def two_sided_p(t: float, df: float) -> float:
    """P(|T| >= |t|) for `df` degrees of freedom: the regularised incomplete beta I_x(df/2, 1/2)."""
    rest = t * t / (df + t * t)
    return _betainc(df / 2, 0.5, df / (df + t * t), rest)


@lru_cache(maxsize=1024)
def quantile(confidence: float, df: float) -> float:
    """The t with P(|T| <= t) = confidence, to the last few bits: bisection on the exact p."""
    low, high = 0.0, 2.0
    while two_sided_p(high, df) > 1 - confidence:
        low, high = high, high * 2
    while high - low > 1e-15 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if two_sided_p(middle, df) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


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
