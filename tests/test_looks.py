"""Success rates that are looked at while rollouts come in: the level holds however often."""

import itertools

import numpy as np
import pytest

from actot.statistics import looks

LEVEL = 0.05
PLANS = (50, 100, 200)


@pytest.mark.parametrize("most", PLANS)
def test_planned_looks_tell_equal_rates_apart_in_at_most_one_of_twenty_at_any_rate(
    most: int,
) -> None:
    c = looks.bound(most)
    fine = np.linspace(0.01, 0.5, 50 if most == 200 else 197)
    worst = max(looks.told_apart(p, p, most, c)[0] for p in fine)
    assert worst <= LEVEL + 5e-5
    assert max(looks.told_apart(1 - p, 1 - p, most, c)[0] for p in fine[::20]) <= LEVEL + 5e-5


def test_a_smaller_bound_would_not_keep_the_level() -> None:
    c = looks.bound(200) - 0.02
    assert max(looks.told_apart(p, p, 200, c)[0] for p in (0.37, 0.38)) > LEVEL


def test_seven_of_ten_is_told_from_five_of_ten_by_ninety_rollouts_a_side() -> None:
    power, mean = looks.told_apart(0.5, 0.7, 200, looks.bound(200))
    assert power >= 0.95
    assert mean <= 92


def test_the_bound_of_200_rollouts_is_the_published_one() -> None:
    assert looks.bound(200) == pytest.approx(2.56, abs=0.005)


@pytest.mark.parametrize(("p", "base_p"), [(0.5, 0.5), (0.3, 0.8)])
def test_the_enumeration_is_that_of_every_sequence_of_rollouts(p: float, base_p: float) -> None:
    most, parts, c = 4, 2, 1.3
    decided, mean = 0.0, 0.0
    for mine in itertools.product((0, 1), repeat=most):
        for theirs in itertools.product((0, 1), repeat=most):
            chance = float(np.prod([p if y else 1 - p for y in mine]))
            chance *= float(np.prod([base_p if y else 1 - base_p for y in theirs]))
            ends = (n for n in (2, 4) if abs(looks.z_of(sum(mine[:n]), sum(theirs[:n]), n)) > c)
            stop = next(ends, None)
            decided += chance * (stop is not None)
            mean += chance * (stop or most)
    found = looks.told_apart(p, base_p, most, c, parts)
    assert found == pytest.approx((decided, mean), abs=1e-12)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_peeking_after_every_rollout_without_a_plan_keeps_the_level_too(p: float) -> None:
    rng = np.random.default_rng([8, int(100 * p)])
    draws = 1_000
    hits = 0
    for _ in range(draws):
        sides = rng.random((2, 200)) < p
        hits += max(looks.evidence(*sides.tolist())) > 1 / LEVEL
    assert hits / draws <= LEVEL


def test_a_look_before_the_first_rollout_or_at_equal_counts_says_nothing() -> None:
    assert looks.z_of(0, 0, 10) == looks.z_of(10, 10, 10) == looks.z_of(5, 5, 10) == 0.0
    assert looks.evidence([], []) == []
    assert looks.at(7, 10) == [1, 2, 3, 4, 5, 6, 7]
    assert looks.at(200) == [*range(20, 201, 20)]
