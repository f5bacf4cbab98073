"""Looking at two success rates while rollouts come in: bounds that keep the level however often one looks.

Planned: equally spaced looks at n, 2n, ... of `most` rollouts a side; a difference is decided where |z| exceeds one constant, found by
enumerating all counts so that the largest error over all rates is the level. Unplanned: a process of evidence that
exceeds 1 / level with at most that probability at any time, looked at after every pair of rollouts.
Source: S. J. Pocock, Group sequential methods, 1977 (a constant bound); R. Turner, A. Ly and P. Grünwald, Two-sample
tests that are safe under optional stopping, 2021 (the process).
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

LOOKS = 10
RATES = np.linspace(0.01, 0.5, 50)  # of both sides; the error at p is that at 1 - p
LEAST, MOST = 1.0, 6.0  # bounds
CLOSE = 1e-4  # of a bound
PRIOR = 0.18  # successes and failures that each side begins with


def at(most: int, looks: int = LOOKS) -> list[int]:
    """After how many rollouts a side one looks: about equally spaced, the last after all."""
    return sorted({round(most * i / looks) for i in range(1, looks + 1)} - {0})


def z_of(k: float, base_k: float, n: float) -> float:
    """How far two counts of n rollouts lie apart, in pooled standard errors; 0 where nothing differs."""
    pooled = (k + base_k) / (2 * n)
    spread = math.sqrt(2 * pooled * (1 - pooled) / n)
    return (k - base_k) / n / spread if spread else 0.0


@cache
def bound(most: int, level: float = 0.05, looks: int = LOOKS) -> float:
    """The |z| beyond which a look decides, so that at no rate more than `level` of equal pairs are ever told apart."""
    found = LEAST
    for p in RATES:
        if told_apart(p, p, most, found, looks)[0] <= level:
            continue
        low, high = found, MOST
        while high - low > CLOSE:
            middle = (low + high) / 2
            if told_apart(p, p, most, middle, looks)[0] > level:
                low = middle
            else:
                high = middle
        found = high
    return found


def told_apart(
    p: float, base_p: float, most: int, c: float, looks: int = LOOKS
) -> tuple[float, float]:
    """(probability, rollouts a side): that two rates are told apart, and how many rollouts it takes on average."""
    going = np.ones((1, 1))
    decided, mean, before = 0.0, 0.0, 0
    for n in at(most, looks):
        going = _rolled_out(_rolled_out(going, p, n - before).T, base_p, n - before).T
        mean += (n - before) * (1 - decided)
        is_out = np.abs(_table(n)) > c
        decided += float(going[is_out].sum())
        going = np.where(is_out, 0.0, going)
        before = n
    return decided, mean


def _rolled_out(going: np.ndarray, p: float, more: int) -> np.ndarray:
    """The probabilities of counts, along the first axis, after so many rollouts more."""
    found = np.zeros((len(going) + more, going.shape[1]))
    for i in range(more + 1):
        found[i : i + len(going)] += math.comb(more, i) * p**i * (1 - p) ** (more - i) * going
    return found


@cache
def _table(n: int) -> np.ndarray:
    """Shape (n + 1, n + 1): z of every pair of counts of n."""
    k = np.arange(n + 1) / n
    difference, pooled = k[:, None] - k, (k[:, None] + k) / 2
    spread = np.sqrt(2 * pooled * (1 - pooled) / n)
    return np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0)


def evidence(successes: Sequence[bool], base_successes: Sequence[bool]) -> list[float]:
    """How many times likelier two rates than one, after each pair of rollouts in the order in which they were made.

    Where both rates are equal it ever exceeds 1 / level with at most that probability.
    """
    found, log, k, base_k = [], 0.0, 0, 0
    for n, (y, base_y) in enumerate(zip(successes, base_successes, strict=False)):
        p, base_p = ((PRIOR + c) / (2 * PRIOR + n) for c in (k, base_k))
        both = (p + base_p) / 2
        for outcome, rate in ((y, p), (base_y, base_p)):
            log += math.log(rate if outcome else 1 - rate) - math.log(both if outcome else 1 - both)
        k, base_k = k + y, base_k + base_y
        found.append(math.exp(min(log, 700.0)))
    return found
