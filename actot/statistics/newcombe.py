"""The difference of two proportions with its interval.

Source: R. G. Newcombe, Interval estimation for the difference between independent proportions, 1998,
method 10 (Wilson's limits, hybrid, no continuity correction).
"""

import math
from collections.abc import Callable
from statistics import NormalDist

SMALLEST_ALPHA = 1e-12


def wilson(k: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's score limits of k of n."""
    centre = (k + z * z / 2) / (n + z * z)
    half = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(
    k: float, n: float, base_k: float, base_n: float, z: float, extra: float = 0.0
) -> tuple[float, float, float]:
    """k/n - base_k/base_n with its lower and upper limit; `extra` widens both, as a square."""
    p, q = k / n, base_k / base_n
    (low_p, high_p), (low_q, high_q) = wilson(k, n, z), wilson(base_k, base_n, z)
    change = p - q
    more = math.sqrt(extra)
    low = change - math.hypot(p - low_p, high_q - q, more)
    return change, low, change + math.hypot(high_p - p, q - low_q, more)


def z_of(confidence: float) -> float:
    """The z that leaves 1 - confidence outside of +-z."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def smallest_alpha(limits: Callable[[float], tuple[float, float, float]]) -> float:
    """The smallest alpha at which the interval excludes 0: so p and interval never disagree.

    `limits` gives the difference and its limits at a confidence.
    """
    low, high = math.log(SMALLEST_ALPHA), 0.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        _, below, above = limits(-math.expm1(middle))
        if below > 0 or above < 0:
            high = middle
        else:
            low = middle
    return math.exp(high)


def half_width(rate: float, base_rate: float, n: float, z: float) -> float:
    """Half of the interval that n rollouts a side would give at these rates."""
    _, low, high = difference(rate * n, n, base_rate * n, n, z)
    return (high - low) / 2


def rollouts_needed(rate: float, base_rate: float, width: float, z: float) -> int:
    """The smallest number a side whose half-width is at most `width`; the width falls with n."""
    low, high = 0, 1
    while half_width(rate, base_rate, high, z) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if half_width(rate, base_rate, middle, z) > width:
            low = middle
        else:
            high = middle
    return high
