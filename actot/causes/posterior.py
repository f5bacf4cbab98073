"""Which terms explain the levels of many runs: the posterior over all models of at most two terms.

A level is y = a + sum of beta z + e with a ~ N(0, 1), beta ~ N(0, 0.3^2), e ~ N(0, sigma^2); the noise is summed over a
grid, weighed by an inverse gamma. The weight of a model is its marginal likelihood times the prior odds of its terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EFFECT = 0.3  # the standard deviation of an effect beforehand
SIGMAS = np.geomspace(0.01, 0.2, 10)
SIGN_AT = SIGMAS[3]  # the noise, 2.7 %, at which the sign of an effect is asked for
NOISE_SHAPE, NOISE_SCALE = 2.0, 2 * 0.04**2
MOST_TERMS = 400  # of which every pair is a model
MOST_PAIRED = 60  # beyond that, those of the largest weight alone make pairs


@dataclass(frozen=True)
class Term:
    """What a level may follow: a size for each run, the odds beforehand, and the classes of knobs it belongs to.

    `owners` are two for what the classes do only together, and none for a single run's seed.
    """

    values: np.ndarray
    odds: float
    owners: tuple[int, ...]


@dataclass(frozen=True)
class Posterior:
    """The share of the weight of models in which a class, a pair or a run's seed has an effect.

    Shapes: `harm` and `help` (classes), by the sign of the effect; `together` (classes, classes), harm of what two do
    only together; `terms` (terms), harm of each. `by_seed` is the harm of any single run's seed.
    `paired`: how many of the terms made pairs, all of them unless there are too many.
    """

    harm: np.ndarray
    help: np.ndarray
    together: np.ndarray
    terms: np.ndarray
    by_seed: float
    paired: int


@dataclass(frozen=True)
class _Moments:
    """The levels and the terms in sums of products.

    Shapes: `sums`, `squares`, `with_y` (terms); `gram` (terms, terms), or (0, 0) where no pairs are asked for.
    """

    n: int
    y: float
    yy: float
    sums: np.ndarray
    squares: np.ndarray
    with_y: np.ndarray
    gram: np.ndarray

    def alone(self, variance: float) -> tuple[np.ndarray, np.ndarray]:
        """(own, with y): each term's product with itself and with the levels, once the intercept is taken out."""
        whole = self.n + variance
        own = self.squares - self.sums**2 / whole + variance / EFFECT**2
        return own, self.with_y - self.sums * self.y / whole

    def crossed(self, variance: float) -> np.ndarray:
        """The products of each pair of terms; the diagonal is without meaning."""
        found: np.ndarray = self.gram - np.outer(self.sums, self.sums) / (self.n + variance)
        return found


@dataclass(frozen=True)
class _Weights:
    """The normed weights of the models of one and of two terms.

    Shapes: `one` (terms), `two` (paired, paired) without its diagonal; `effect_one`, `effect_two` of the row's term;
    `paired` are places of terms.
    """

    one: np.ndarray
    two: np.ndarray
    effect_one: np.ndarray
    effect_two: np.ndarray
    paired: np.ndarray


def posterior(y: np.ndarray, terms: Sequence[Term], classes: int) -> Posterior:
    """The posterior of each class, over the models of at most two terms. Units: y is on a log scale, worse is higher."""
    z = np.array([t.values for t in terms], dtype=float).reshape(len(terms), len(y)).T
    odds = np.log([t.odds for t in terms])
    found = _weigh(y, z, odds)
    owned = np.array([[k in t.owners for t in terms] for k in range(classes)], dtype=bool)
    owned = owned.reshape(classes, len(terms))
    seeds = np.array([[not t.owners for t in terms]], dtype=bool).reshape(1, len(terms))
    worse = found.effect_one > 0, found.effect_two > 0
    harm = _terms(found, *worse)
    together = np.zeros((classes, classes))
    for term, share in zip(terms, harm, strict=True):
        if len(term.owners) == 2:
            a, b = term.owners
            together[a, b] = together[b, a] = share
    return Posterior(
        harm=_classes(found, *worse, owned),
        help=_classes(found, found.effect_one < 0, found.effect_two < 0, owned),
        together=together,
        terms=harm,
        by_seed=float(_classes(found, *worse, seeds)[0]),
        paired=len(found.paired),
    )


def _terms(found: _Weights, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """The weight of the models that hold a term with an effect of the asked sign."""
    share: np.ndarray = found.one * one
    share[found.paired] += (found.two * two).sum(axis=1)
    return share


def _classes(found: _Weights, one: np.ndarray, two: np.ndarray, owned: np.ndarray) -> np.ndarray:
    """The weight of the models that hold such a term of a class; one that holds two of them counts once."""
    inside = owned[:, found.paired].astype(float)
    both = found.two * two * two.T
    twice = ((inside @ both) * inside).sum(axis=1) / 2
    share: np.ndarray = owned @ _terms(found, one, two) - twice
    return np.clip(share, 0.0, 1.0)


def _weigh(y: np.ndarray, z: np.ndarray, odds: np.ndarray) -> _Weights:
    """The weight of every model of one or two terms; the model of none has the rest."""
    all_terms = _moments(y, z)
    none, one = -np.inf, np.full(z.shape[1], -np.inf)
    for variance in SIGMAS**2:
        base = _log_of_none(all_terms, variance)
        none = np.logaddexp(none, base)
        one = np.logaddexp(one, base + _gain_of_one(all_terms, variance) + odds)
    paired = np.arange(len(one))
    if len(one) > MOST_TERMS:
        paired = np.sort(np.argsort(-one, kind="stable")[:MOST_PAIRED])
    some, both = _moments(y, z[:, paired], has_pairs=True), np.add.outer(odds[paired], odds[paired])
    two = np.full(both.shape, -np.inf)
    for variance in SIGMAS**2:
        base = _log_of_none(some, variance)
        two = np.logaddexp(two, base + _gain_of_two(some, variance) + both)
    np.fill_diagonal(two, -np.inf)
    top = max(float(none), *(float(w.max(initial=-np.inf)) for w in (one, two)))
    weights = [np.exp(w - top) for w in (none, one, two)]
    whole = weights[0] + weights[1].sum() + weights[2].sum() / 2
    own, b = all_terms.alone(SIGN_AT**2)
    return _Weights(weights[1] / whole, weights[2] / whole, b / own, _effects(some), paired)


def _moments(y: np.ndarray, z: np.ndarray, has_pairs: bool = False) -> _Moments:
    return _Moments(
        n=len(y),
        y=float(y.sum()),
        yy=float(y @ y),
        sums=z.sum(axis=0),
        squares=np.einsum("ij,ij->j", z, z),
        with_y=z.T @ y,
        gram=z.T @ z if has_pairs else np.zeros((0, 0)),
    )


def _log_of_none(known: _Moments, variance: float) -> float:
    """The log likelihood without a term, with the weight of the noise; what all models share is left out."""
    whole = known.n + variance
    rest = (known.yy - known.y**2 / whole) / variance
    likelihood = -0.5 * ((known.n - 1) * np.log(variance) + np.log(whole) + rest)
    return float(likelihood - NOISE_SHAPE * np.log(variance) - NOISE_SCALE / variance)


def _gain_of_one(known: _Moments, variance: float) -> np.ndarray:
    """What each term alone adds to the log likelihood."""
    own, b = known.alone(variance)
    found: np.ndarray = 0.5 * (b**2 / own / variance - np.log(own * EFFECT**2 / variance))
    return found


def _gain_of_two(known: _Moments, variance: float) -> np.ndarray:
    """What each pair of terms adds to it."""
    (own, b), crossed = known.alone(variance), known.crossed(variance)
    determinant = _determinant(own, crossed)
    explained = np.outer(b**2, own)
    explained = explained + explained.T - 2 * crossed * np.outer(b, b)
    cost = np.log(determinant) + 2 * np.log(EFFECT**2 / variance)
    found: np.ndarray = 0.5 * (explained / determinant / variance - cost)
    return found


def _effects(known: _Moments) -> np.ndarray:
    """The mean effect of the row's term beside the column's."""
    (own, b), crossed = known.alone(SIGN_AT**2), known.crossed(SIGN_AT**2)
    found: np.ndarray = np.outer(b, own) - crossed * b[None, :]
    return found / _determinant(own, crossed)


def _determinant(own: np.ndarray, crossed: np.ndarray) -> np.ndarray:
    """Of every pair of terms; 1 on the diagonal, where no pair stands."""
    found: np.ndarray = np.outer(own, own) - crossed**2
    np.fill_diagonal(found, 1.0)
    return found
