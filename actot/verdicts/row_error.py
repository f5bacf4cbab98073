"""What the interval of a row is made of: the noise of both sides, the scatter inside the runs, the degrees of freedom."""

from collections.abc import Hashable

from actot.verdicts.pair_series import Difference
from actot.verdicts.seed_noise import Estimate, SeedNoise
from actot.verdicts.verdict import Error


def error_of(
    found: Difference, configs: tuple[Hashable, Hashable], noise: SeedNoise
) -> Error | None:
    """What the interval is made of. A side without replicates takes the other side's noise; without any, the
    centre of all others. Absent: None where nothing is known of the noise.
    """
    own = [noise.of(config) for config in configs]
    measured = [e for e in own if e is not None]
    other = measured[0] if measured else noise.centre()
    if other is None:
        return None
    run, base = (e or other for e in own)
    a = max(run.variance, noise.floor(configs[0])) / found.seeds
    b = max(base.variance, noise.floor(configs[1])) / found.base_seeds
    df = other.df
    if len(measured) == 2 and configs[0] != configs[1]:
        df = _welch(a, run, b, base)
    total = a + b + found.tail_variance
    if total == 0:
        return None
    if found.tail_variance:
        tail = found.tail_variance**2 / (found.points - 1)
        df = min(df, total**2 / ((a + b) ** 2 / df + tail))
    return Error(a, b, found.tail_variance, df, found.points, not measured)


def _welch(a: float, run: Estimate, b: float, base: Estimate) -> float:
    """The degrees of freedom of the sum of two variances. Source: B. L. Welch, 1947; F. E. Satterthwaite, 1946."""
    if a + b == 0:
        return min(run.df, base.df)
    return (a + b) ** 2 / (a**2 / run.df + b**2 / base.df)
