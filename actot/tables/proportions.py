"""Success rates in two columns: the pairs of successes and trials as counts and rate."""

import numpy as np

from actot.records import Series, make_series, shared

PROPORTIONS = (("_k", "_n"), ("_successes", "_trials"))


def as_rates(series: dict[str, Series], warnings: list[str]) -> None:
    """Turn the pairs of successes and trials into NAME/k, NAME/n and the rate NAME."""
    for top, bottom in PROPORTIONS:
        for key in [k for k in series if k.endswith(top) and len(k) > len(top)]:
            stem = key.removesuffix(top)
            if stem + bottom not in series:
                continue
            steps, k, n = shared(series[key], series[stem + bottom])
            with np.errstate(invalid="ignore"):
                good = (k >= 0) & (k <= n) & (n > 0) & (k == np.round(k)) & (n == np.round(n))
            # Metrics that merely end so (`top_k`, `top_n`) stay what they are.
            if good.sum() * 2 <= len(steps):
                continue
            if not good.all():
                warnings.append(f"{stem}: {int((~good).sum())} row(s) are no k of n; left out")
            steps, k, n = steps[good], k[good], n[good]
            del series[key], series[stem + bottom]
            for name, values in ((f"{stem}/k", k), (f"{stem}/n", n), (stem, k / n)):
                series.setdefault(name, make_series(name, steps, values))
