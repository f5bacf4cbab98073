"""Verdicts computed a second time, from the definition of the rule: plain loops, and the quadratures of scipy."""

import math
import statistics
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats as scipy_stats
from scipy.integrate import fixed_quad
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from scipy.special import ndtr

Curve = Sequence[tuple[int, float]]

FORWARD = {
    "ratio": math.log,
    "complement": lambda x: math.log(1 - x),
    "absolute": float,
}
PRIOR = {"ratio": 0.04, "complement": 0.15}
NODES, WEIGHTS = np.polynomial.legendre.leggauss(160)
WIDTH = 9.0
STRETCHES = (1e-6, 1e-3, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-7)  # of the distribution of s


# Series.


def tail_size(n: int) -> int:
    """The number of points in the last window of n."""
    return min(n, max(5, min(100, math.ceil(0.10 * n))))


def window(curves: Sequence[Curve]) -> tuple[int, int]:
    """From where the longest of the tails begins to the last common step."""
    end = min(c[-1][0] for c in curves)
    starts = []
    for curve in curves:
        steps = [s for s, _ in curve if s <= end]
        starts.append(steps[-tail_size(len(steps))])
    return max(min(starts), max(c[0][0] for c in curves)), end


def on_grid(curves: Sequence[Curve], scale: str) -> list[list[float]]:
    """Every curve at the steps of the one with the fewest points in the window, the first on a tie."""
    start, end = window(curves)
    inside = [[s for s, _ in c if start <= s <= end] for c in curves]
    grid = min(inside, key=len)
    found = []
    for curve in curves:
        steps, values = zip(*curve, strict=True)
        line = interp1d(steps, [FORWARD[scale](v) for v in values])
        found.append([float(line(s)) for s in grid])
    return found


@dataclass
class Pair:
    """Two sides step by step."""

    d: float
    tail: float
    points: int


def pair(runs: Sequence[Curve], bases: Sequence[Curve], scale: str) -> Pair:
    """The mean difference, and the variance that the scatter inside the runs adds to it."""
    values = on_grid([*runs, *bases], scale)
    columns = list(zip(*values, strict=True))
    series = [statistics.fmean(c[: len(runs)]) - statistics.fmean(c[len(runs) :]) for c in columns]
    mean, k = statistics.fmean(series), len(series)
    centred = [x - mean for x in series]
    squares = math.fsum(c * c for c in centred)
    r = math.fsum(a * b for a, b in zip(centred[1:], centred, strict=False)) / squares
    r = min(0.9, max(0.0, r))
    effective = max(1.0, k * (1 - r) / (1 + r))
    return Pair(mean, statistics.variance(series) / effective, k)


# Seed noise.

Groups = Mapping[str, Sequence[Curve]]  # the curves of each config, one a seed


@dataclass
class Noise:
    """A variance between seeds with its degrees of freedom."""

    v: float
    df: float


def group_variances(groups: Groups, scale: str) -> dict[str, tuple[float, int]]:
    """Of each config with two seeds or more, and two points in their window."""
    found = {}
    for name, curves in groups.items():
        values = on_grid(curves, scale) if len(curves) > 1 else [[]]
        if len(values[0]) > 1:
            means = [statistics.fmean(g) for g in values]
            found[name] = (statistics.variance(means), len(means) - 1)
    return found


def centre(
    known: Mapping[str, tuple[float, int]], without: Sequence[str], scale: str
) -> Noise | None:
    """What the prior and all other configs say."""
    rest = [v for name, v in known.items() if name not in without]
    squares, df = sum(d * v for v, d in rest), sum(d for _, d in rest)
    if scale in PRIOR:
        return Noise((4 * PRIOR[scale] ** 2 + squares) / (4 + df), 4)
    return Noise(squares / df, min(4, df)) if df else None


def drawn(v: float, df: float, middle: Noise | None) -> Noise:
    """A config's own variance, drawn towards the others'; three times theirs, and it stands alone."""
    if middle is None or v > 3 * middle.v:
        return Noise(v, df)
    return Noise((middle.df * middle.v + df * v) / (middle.df + df), middle.df + df)


def noise_of(name: str, known: Mapping[str, tuple[float, int]], scale: str) -> Noise | None:
    """Of a config with replicates."""
    return drawn(*known[name], centre(known, [name], scale)) if name in known else None


# Rows.


@dataclass
class Row:
    """One row before its family is judged."""

    pair: Pair
    a: float
    b: float
    df: float
    e: float

    @classmethod
    def of(cls, found: Pair, run: Noise, base: Noise, n: int, m: int, *, are_both: bool) -> "Row":
        """From n runs and m baselines; `are_both`: each side has an estimate of its own."""
        a, b, e = run.v / n, base.v / m, found.tail
        df = (a + b) ** 2 / (a**2 / run.df + b**2 / base.df) if are_both else run.df
        whole = (a + b + e) ** 2 / ((a + b) ** 2 / df + e**2 / (found.points - 1))
        return cls(found, a, b, min(df, whole), e)

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return math.sqrt(self.a + self.b + self.pair.tail)


def row(run: str, base: str, groups: Groups, scale: str) -> Row:
    """The difference of two configs with its error and degrees of freedom."""
    known = group_variances(groups, scale)
    mine, theirs = (noise_of(name, known, scale) for name in (run, base))
    found = pair(groups[run], groups[base], scale)
    of_run = mine or theirs or centre(known, [], scale)
    of_base = theirs or mine or centre(known, [], scale)
    assert of_run and of_base
    return Row.of(
        found, of_run, of_base, len(groups[run]), len(groups[base]), are_both=bool(mine and theirs)
    )


@dataclass
class Judged:
    """One row after it."""

    d: float
    low: float
    high: float
    p: float
    critical: float


def judge(rows: Sequence[Row]) -> list[Judged]:
    """Intervals on the metric's scale, each at its own step, and the adjusted p."""
    t = [abs(r.pair.d) / r.error for r in rows]
    load = [math.sqrt(r.b) / r.error for r in rows]
    found = step_down(t, [r.df for r in rows], load, 0.95)
    return [
        Judged(r.pair.d, r.pair.d - c * r.error, r.pair.d + c * r.error, p, c)
        for r, (c, p) in zip(rows, found, strict=True)
    ]


def effect_found(judged: Judged, row: Row) -> float:
    """On the scale: what is found in four of five such set-ups."""
    return (judged.critical + float(scipy_stats.t.ppf(0.8, row.df))) * row.error


def seeds_needed(run: str, base: str, groups: Groups, scale: str, limit: float) -> int | None:
    """The seeds a side that would say `same` in 80 % of cases without a difference; None beyond 30.

    `limit` on the scale. Raises: ValueError where neither side has replicates.
    """
    known = group_variances(groups, scale)
    own = [known[name] for name in (run, base) if name in known]
    if not own:
        raise ValueError("repeat first")
    middle = centre(known, [run, base], scale)
    squares, df = sum(d * v for v, d in own), sum(d for _, d in own)
    guess = squares / df
    if middle:
        guess = (0.5 * middle.v + squares) / (0.5 + df)
    e = pair(groups[run], groups[base], scale).tail
    e /= 1 / len(groups[run]) + 1 / len(groups[base])
    for n in range(2, 31):
        v, d = guess, 2 * (n - 1)
        if middle:
            c = (middle.df * middle.v + (n - 1) * guess) / (middle.df + n - 1)
            if guess <= 3 * c:
                v = (middle.df * c + (n - 1) * guess) / (middle.df + n - 1)
                d = 2 * (middle.df + n - 1)
        real, error = math.sqrt(2 * (guess + e) / n), math.sqrt(2 * (v + e) / n)
        if scipy_stats.t.ppf(0.975, d) * error + 1.2816 * real <= limit:
            return n
    return None


# The largest of several t.


def all_within(
    c: float, load: Sequence[float], df: float, shared: Sequence[Hashable] | None = None
) -> float:
    """P(max |T| <= c): over the probability of s, and over the z of each baseline given s."""
    blocks: dict[Hashable, list[float]] = {}
    for own, name in zip(load, shared or [0] * len(load), strict=True):
        blocks.setdefault(name, []).append(own)

    def given(s: np.ndarray) -> np.ndarray:
        found = np.ones(len(s))
        z = WIDTH * NODES
        for loads in blocks.values():
            inside = WIDTH * WEIGHTS * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
            inside = np.tile(inside, (len(s), 1))
            for own in loads:
                q = math.sqrt(1 - own * own)
                high, low = (ndtr((x[:, None] + own * z) / q) for x in (c * s, -c * s))
                inside *= high - low
            found *= inside.sum(axis=1)
        return found

    chi = scipy_stats.chi(df, scale=1 / math.sqrt(df))
    edges = [0.0, *chi.ppf(STRETCHES), chi.isf(1e-14)]
    return sum(
        fixed_quad(lambda s: given(s) * chi.pdf(s), a, b, n=20)[0] for a, b in pairwise(edges)
    )


def critical(
    load: Sequence[float], df: float, confidence: float, shared: Sequence[Hashable] | None = None
) -> float:
    """The c with P(max |T| <= c) = confidence."""
    if len(load) == 1:
        return float(scipy_stats.t.ppf((1 + confidence) / 2, df))
    ends = (float(scipy_stats.t.isf((1 - confidence) / 2 / share, df)) for share in (1, len(load)))
    low, high = ends
    return float(
        brentq(
            lambda c: all_within(c, load, df, shared) - confidence,
            low - 1e-9,
            high + 1e-9,
            xtol=1e-6,
        )
    )


def step_down(
    t: Sequence[float], df: Sequence[float], load: Sequence[float], confidence: float
) -> list[tuple[float, float]]:
    """Each row's quantile at its own step, and its p, which never falls from a step to the next."""
    open_rows = list(range(len(t)))
    found: dict[int, tuple[float, float]] = {}
    reached = 0.0

    def at_this_step(row: int) -> tuple[float, float]:
        loads = [load[j] for j in open_rows]
        p = 1 - all_within(t[row], loads, df[row])
        if len(loads) == 1:
            p = float(2 * scipy_stats.t.sf(t[row], df[row]))
        return critical(loads, df[row], confidence), max(reached, p)

    while open_rows:
        now = {row: at_this_step(row) for row in open_rows}
        first = max(open_rows, key=lambda row: t[row] / now[row][0])
        if t[first] <= now[first][0]:
            return [{**found, **now}[row] for row in range(len(t))]
        found[first] = now[first]
        reached = now[first][1]
        open_rows.remove(first)
    return [found[row] for row in range(len(t))]
