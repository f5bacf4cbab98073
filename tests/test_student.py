"""Student's t and Holm's correction against scipy and against the definition."""

import math
import random

import pytest
from scipy import stats as scipy_stats

from actot.statistics import holm, student_t

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


def slow_holm(p: list[float]) -> list[float]:
    """The adjusted p of one test: the largest of the scaled p up to it in rising order."""
    ordered = sorted(p)
    m = len(p)
    return [min(1.0, max((m - j) * ordered[j] for j in range(m) if ordered[j] <= one)) for one in p]


@pytest.mark.parametrize("seed", range(30))
def test_holm_follows_its_definition(seed: int) -> None:
    random_ = random.Random(seed)
    p = [random_.random() ** 3 for _ in range(random_.randint(1, 12))]
    if seed % 3 == 0:
        p += p[:2]
    assert holm.holm(p) == pytest.approx(slow_holm(p), rel=1e-12)


def test_holm_of_a_textbook_case() -> None:
    assert holm.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm.holm([]) == []
    assert holm.holm([0.2]) == [0.2]
    assert holm.holm([0.9, 0.8]) == [1.0, 1.0]


def test_an_infinite_t_is_certain() -> None:
    assert student_t.two_sided_p(math.inf, 5) == 0
