"""Student's t against scipy."""

import math

import pytest
from scipy import stats as scipy_stats

from actot.statistics import student_t

DEGREES = [1, 2, 2.5, 3, *range(4, 30), 40, 60, 100, 150, 200]
TIMES = [0.0, 1e-6, 1e-3, 0.01, 0.1, 0.5, 0.9, 1, 1.5, 1.9599, 2, 2.5, 3, 5, 8, 13, 30, 80, 200]


@pytest.mark.parametrize("df", DEGREES)
def test_two_sided_p_equals_scipys(df: float) -> None:
    for t in TIMES:
        theirs = 2 * scipy_stats.t.sf(t, df)
        assert student_t.two_sided_p(t, df) == pytest.approx(theirs, rel=1e-9), t
        assert student_t.two_sided_p(-t, df) == student_t.two_sided_p(t, df)


@pytest.mark.parametrize("df", DEGREES)
def test_the_quantile_equals_scipys(df: float) -> None:
    for confidence in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        theirs = scipy_stats.t.ppf((1 + confidence) / 2, df)
        assert student_t.quantile(confidence, df) == pytest.approx(theirs, rel=1e-9)


def test_an_infinite_t_is_certain() -> None:
    assert student_t.two_sided_p(math.inf, 5) == 0


def test_the_quantile_that_holds_everything_is_infinite() -> None:
    assert student_t.quantile(1.0, 4.0) == math.inf
