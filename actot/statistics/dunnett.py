"""Several t statistics that share a baseline, judged together and step by step.

Source: C. W. Dunnett, A. C. Tamhane, Step-down multiple tests for comparing treatments with a control,
1991; unequal variances as in M. Hasler, L. A. Hothorn, Multiple contrast tests in the presence of
heteroscedasticity, 2008.

The largest |T| of rows with correlation load_j load_k and a common scale s = chi_df / sqrt(df) has
P(max <= c) = int f(s) G(c s) ds, G(u) = int phi(z) prod_j [Phi((u + load_j z) / q_j) - Phi((-u + load_j z) / q_j)] dz,
q_j = sqrt(1 - load_j^2). G does not depend on df: it is computed once on a grid of log u, and f is shifted along it.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from actot.statistics import normal, student_t

LOWEST_U, HIGHEST_U = 1e-4, 9.0  # below it G is 0, above it 1
WIDEST_U = 1e5  # how far f is followed where G is 1
FARTHEST_Z = 8.0
HIGHEST_LOAD = 0.9999
SMALLEST = 1e-300
HAIR = 1e-6


@dataclass(frozen=True)
class Step:
    """What a row is judged by: the quantile at its own step, and the p adjusted for its family."""

    critical: float
    p: float


def step_down(
    t: Sequence[float],
    df: Sequence[float],
    load: Sequence[float],
    shared: Sequence[Hashable],
    confidence: float,
) -> list[Step]:
    """The step of every row, in the order given; rows with an equal `shared` share a baseline.

    The row that is farthest beyond its quantile among those that are open is judged, and set aside where it is
    beyond it; the first that is not ends it, and all that are open are judged at that step.
    """
    rows = _Rows(np.abs(t), np.array(df, float), np.array(load, float), shared, confidence)
    steps: dict[int, Step] = {}
    reached = 0.0
    while rows.open:
        first = rows.farthest()
        critical = rows.critical(first)
        if rows.t[first] <= critical:
            break
        reached = max(reached, rows.p(first))
        steps[first] = Step(critical, reached)
        rows.close(first)
    for row in rows.open:
        steps[row] = Step(rows.critical(row), max(reached, rows.p(row)))
    return [steps[row] for row in range(len(t))]


class _Rows:
    """The rows that are not set aside yet, and the distribution of the largest of them."""

    def __init__(
        self,
        t: np.ndarray,
        df: np.ndarray,
        load: np.ndarray,
        shared: Sequence[Hashable],
        confidence: float,
    ) -> None:
        self.t, self.df, self.shared, self.confidence = t, df, shared, confidence
        self.load = np.minimum(load, HIGHEST_LOAD)
        self.open = list(range(len(t)))
        self._known: dict[float, float] = {}
        self._logs: dict[Hashable, np.ndarray] = {}

    @cached_property
    def _h(self) -> float:
        """The step in log u: f of the largest df is the narrowest."""
        return min(0.05, 0.6 / math.sqrt(2 * float(self.df.max())))

    @cached_property
    def _u(self) -> np.ndarray:
        return np.exp(np.arange(math.log(LOWEST_U), math.log(HIGHEST_U), self._h))

    @cached_property
    def _log_u(self) -> np.ndarray:
        """The same and on, to where f ends."""
        return np.arange(math.log(LOWEST_U), math.log(WIDEST_U), self._h)

    @cached_property
    def _z(self) -> np.ndarray:
        narrowest = math.sqrt(1 - float(self.load.max()) ** 2)
        return np.arange(-FARTHEST_Z, FARTHEST_Z, min(0.25, 0.6 * narrowest))

    def _log_inside(self, row: int) -> np.ndarray:
        """log P(|row| <= u) given the shared z. Shapes: (u, z)."""
        load, u = float(self.load[row]), self._u[:, None]
        q = math.sqrt(1 - load * load)
        inside = normal.cdf((u + load * self._z) / q) - normal.cdf((load * self._z - u) / q)
        return np.log(np.maximum(inside, SMALLEST))

    def close(self, row: int) -> None:
        """Set a row aside."""
        self.open.remove(row)
        if self.shared[row] in self._logs:
            self._logs[self.shared[row]] -= self._log_inside(row)
        self._known.clear()
        self.__dict__.pop("_inside", None)

    @cached_property
    def _inside(self) -> np.ndarray:
        """G on the whole grid of u."""
        if not self._logs:
            for row in self.open:
                logs = self._log_inside(row)
                self._logs[self.shared[row]] = self._logs.get(self.shared[row], 0.0) + logs
        weights = normal.density(self._z) * (self._z[1] - self._z[0])
        left = {self.shared[row] for row in self.open}
        found = np.ones(len(self._log_u))
        for block in left:
            found[: len(self._u)] *= np.exp(self._logs[block]) @ weights
        return found

    def _below(self, c: float, df: float) -> float:
        """P(max <= c)."""
        log_s = self._log_u - math.log(c)
        log_f = df * (log_s - np.exp(2 * log_s) / 2)
        # Over all s, not over the grid: of one degree of freedom, some of f lies below it.
        log_whole = math.lgamma(df / 2) + df / 2 * math.log(2 / df) - math.log(2)
        return float(np.exp(log_f - log_whole) @ self._inside * self._h)

    def critical(self, row: int) -> float:
        """The c that the largest of the open rows stays below, at a row's df."""
        df = float(self.df[row])
        if df not in self._known:
            self._known[df] = self._quantile(df)
        return self._known[df]

    def _quantile(self, df: float) -> float:
        low = student_t.quantile(self.confidence, df)
        if len(self.open) == 1:
            return low
        # Bonferroni's quantile is never below that of the largest.
        high = student_t.quantile(1 - (1 - self.confidence) / len(self.open), df)
        wrong_low, wrong_high = (self._below(c, df) - self.confidence for c in (low, high))
        for _ in range(60):
            middle = low + (high - low) * min(0.9, max(0.1, -wrong_low / (wrong_high - wrong_low)))
            wrong = self._below(middle, df) - self.confidence
            if wrong < 0:
                low, wrong_low = middle, wrong
            else:
                high, wrong_high = middle, wrong
            if high - low < 1e-7 * high:
                break
        return (low + high) / 2

    def p(self, row: int) -> float:
        """P(max > t) of a row's t."""
        t, df = float(self.t[row]), float(self.df[row])
        if len(self.open) == 1:
            return student_t.two_sided_p(t, df) if math.isfinite(t) else 0.0
        if t == 0 or not math.isfinite(t):
            return float(t == 0)
        return min(1.0, max(0.0, 1 - self._below(t, df)))

    def farthest(self) -> int:
        """The open row with the largest t / c; quantiles are computed only for those that may be it."""
        if len(self.open) == 1:
            return self.open[0]
        dfs = [float(self.df[row]) for row in self.open]
        few, many = (self.open[dfs.index(end)] for end in (min(dfs), max(dfs)))
        least = float(self.t[self.open].max()) / self.critical(few)
        # The quantile falls as df rises. Both are found to 1e-7, so that a hair of t decides nothing.
        least *= self.critical(many) * (1 - HAIR)
        may = [row for row in self.open if self.t[row] >= least]
        return max(may, key=lambda row: self.t[row] / self.critical(row))
