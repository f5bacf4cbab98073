"""The posterior of causes against densities that are written out, model by model."""

import itertools
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from scipy import stats
from support import builders

from actot.analysis import run_summary
from actot.causes import posterior, ranking, weighing
from actot.causes.notes import FewerPairs
from actot.causes.posterior import Term

RUNS, CLASSES = 7, 3


def planted(number: int, effect: float = 0.25) -> tuple[np.ndarray, list[Term]]:
    """Seven runs, three classes of which the first does harm, a dose, a pair, and the seed of each run."""
    rng = np.random.default_rng(number)
    moved = rng.random((RUNS, CLASSES)) < 0.5
    moved[0] = False
    terms = [Term(moved[:, k].astype(float), 0.3, (k,)) for k in range(CLASSES)]
    terms.append(Term(rng.random(RUNS) * moved[:, 0], 0.1, (0,)))
    terms.append(Term((moved[:, 0] & moved[:, 1]).astype(float), 0.05, (0, 1)))
    terms += [Term(row, 0.02, ()) for row in np.eye(RUNS)[1:]]
    return 0.04 * rng.standard_normal(RUNS) + effect * moved[:, 0], terms


def models(y: np.ndarray, terms: Sequence[Term]) -> Iterator[tuple[tuple[Term, ...], float]]:
    """Every model of at most two terms with its weight, from the density of the levels."""
    for size in range(3):
        for model in itertools.combinations(terms, size):
            z = np.array([t.values for t in model]).reshape(size, len(y)).T
            weight = 0.0
            for sigma in np.geomspace(0.01, 0.2, 10):
                noise = sigma**2 * np.eye(len(y)) + 1 + 0.3**2 * z @ z.T
                density = stats.multivariate_normal(np.zeros(len(y)), noise).pdf(y)
                weight += density * stats.invgamma.pdf(sigma**2, 2, scale=2 * 0.04**2) * sigma**2
            yield model, weight * float(np.prod([t.odds for t in model]))


def effects(y: np.ndarray, model: Sequence[Term]) -> np.ndarray:
    """The mean effect of each term of a model at the fourth noise of the grid."""
    x = np.column_stack([np.ones(len(y)), *(t.values for t in model)])
    variance = np.geomspace(0.01, 0.2, 10)[3] ** 2
    prior = np.diag([1.0, *(1 / 0.3**2 for _ in model)])
    found: np.ndarray = np.linalg.solve(x.T @ x + variance * prior, x.T @ y)[1:]
    return found


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("effect", [0.25, -0.25, 0.0])
def test_the_posterior_is_that_of_the_densities(number: int, effect: float) -> None:
    y, terms = planted(number, effect)
    whole, by_seed = 0.0, 0.0
    harm, helps, alone = np.zeros(CLASSES), np.zeros(CLASSES), np.zeros(len(terms))
    places = {id(t): at for at, t in enumerate(terms)}
    for model, weight in models(y, terms):
        whole += weight
        known = list(zip(model, effects(y, model), strict=True))
        for k in range(CLASSES):
            harm[k] += weight * any(k in t.owners and b > 0 for t, b in known)
            helps[k] += weight * any(k in t.owners and b < 0 for t, b in known)
        by_seed += weight * any(not t.owners and b > 0 for t, b in known)
        for term, b in known:
            alone[places[id(term)]] += weight * (b > 0)
    found = posterior.posterior(y, terms, CLASSES)
    assert found.harm == pytest.approx(harm / whole, abs=1e-6)
    assert found.help == pytest.approx(helps / whole, abs=1e-6)
    assert found.terms == pytest.approx(alone / whole, abs=1e-6)
    assert found.by_seed == pytest.approx(by_seed / whole, abs=1e-6)
    assert found.together[0, 1] == found.together[1, 0] == found.terms[4]
    assert found.paired == len(terms)


def test_a_common_level_and_the_order_of_runs_change_nothing() -> None:
    y, terms = planted(1)
    order = np.random.default_rng(5).permutation(RUNS)
    mixed = [Term(t.values[order], t.odds, t.owners) for t in terms]
    found = posterior.posterior(y, terms, CLASSES).harm
    assert posterior.posterior(y[order], mixed, CLASSES).harm == pytest.approx(found, abs=1e-12)
    assert posterior.posterior(y + 0.01, terms, CLASSES).harm == pytest.approx(found, abs=1e-3)


def test_beyond_400_terms_those_of_the_largest_weight_alone_make_pairs() -> None:
    rng = np.random.default_rng(2)
    moved = rng.random((401, 50)) < 0.5
    terms = [Term(row.astype(float), 0.01, (at % 2,)) for at, row in enumerate(moved)]
    y = 0.3 * moved[7] + 0.3 * moved[300] + 0.03 * rng.standard_normal(50)
    found = posterior.posterior(y, terms, 2)
    assert found.paired == posterior.MOST_PAIRED
    assert found.terms[[7, 300]] == pytest.approx(1, abs=1e-3)
    assert posterior.posterior(y, terms[:400], 2).paired == 400


def test_without_terms_nothing_has_an_effect() -> None:
    found = posterior.posterior(np.zeros(4), [], 0)
    assert (len(found.harm), found.by_seed, found.paired) == (0, 0.0, 0)


LARGEST = 2.0  # s


def test_fifty_knobs_of_two_hundred_runs_are_weighed_in_two_seconds_and_the_cut_is_said() -> None:
    rng = np.random.default_rng(7)
    knobs = [f"extra.k{k}" for k in range(50)]
    moved = rng.random((200, len(knobs))) < 0.3
    moved[:3] = False
    base = {**builders.BASE, "extra": dict.fromkeys((k.rpartition(".")[2] for k in knobs), 1.0)}
    summaries = []
    for at, row in enumerate(moved):
        changed = {
            k: 2.0 + rng.integers(3) for k, is_moved in zip(knobs, row, strict=True) if is_moved
        }
        tree = builders.config(changed, seed=at + 1, base=base)
        level = 0.4 * (1.3 if row[0] else 1.0) * (1 + 0.03 * rng.standard_normal())
        summaries.append(
            run_summary.summarize(builders.healthy(f"r{at}", level, tree), builders.PROFILE)
        )
    start = time.perf_counter()
    weighed = weighing.weigh(summaries[:3], summaries, "eval_l1", builders.PROFILE)
    found = ranking.rank(None, weighed, summaries[:3], summaries)
    assert time.perf_counter() - start < LARGEST
    assert [cause.knobs for cause in found.causes] == [("extra.k0",)]
    assert any(isinstance(note, FewerPairs) for note in found.notes)
