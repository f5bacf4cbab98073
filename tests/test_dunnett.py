"""The largest of several t against scipy, against a published table, and step by step against a slow version."""

import math
from collections.abc import Hashable, Sequence

import numpy as np
import pytest
from scipy import stats as scipy_stats
from support import slow_verdict

from actot.statistics import dunnett, normal, student_t
from actot.statistics.dunnett import Step

EQUAL = math.sqrt(0.5)  # the load of a row whose runs and baselines are equally many

# C. W. Dunnett, New tables for multiple comparisons with a control, 1964: two-sided, for 1 to 9 rows, as printed.
TABLE = {
    (0.05, 5): (2.57, 3.03, 3.29, 3.48, 3.62, 3.73, 3.82, 3.90, 3.97),
    (0.05, 10): (2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24),
    (0.05, 20): (2.09, 2.38, 2.54, 2.65, 2.73, 2.80, 2.86, 2.90, 2.95),
    (0.05, 60): (2.00, 2.27, 2.41, 2.51, 2.58, 2.64, 2.69, 2.73, 2.77),
    (0.01, 10): (3.17, 3.53, 3.74, 3.88, 3.99, 4.08, 4.16, 4.22, 4.28),
    (0.01, 20): (2.85, 3.13, 3.29, 3.40, 3.48, 3.55, 3.60, 3.65, 3.69),
}


def steps(
    t: Sequence[float],
    df: Sequence[float],
    load: Sequence[float],
    shared: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> list[Step]:
    """The steps of rows that share one baseline, unless it is said otherwise."""
    return dunnett.step_down(t, df, load, shared or ["base"] * len(t), confidence)


@pytest.mark.parametrize(("alpha", "df"), TABLE)
def test_the_quantile_is_that_of_the_published_table(alpha: float, df: int) -> None:
    for rows, printed in enumerate(TABLE[alpha, df], 1):
        found = steps([0.0] * rows, [df] * rows, [EQUAL] * rows, confidence=1 - alpha)
        assert found[0].critical == pytest.approx(printed, abs=0.0051), rows


@pytest.mark.parametrize("df", [1, 1.7, 2, 4, 6, 12.3, 60, 400])
@pytest.mark.parametrize("load", [0.0, 0.5, 0.9999])
def test_a_single_row_is_judged_by_students_t(df: float, load: float) -> None:
    (step,) = steps([2.0], [df], [load])
    assert step.critical == pytest.approx(scipy_stats.t.ppf(0.975, df), abs=1e-6)
    assert step.p == pytest.approx(2 * scipy_stats.t.sf(2.0, df), abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_quantile_and_p_equal_a_quadrature_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, 7))
    df = [float(rng.choice([1, 1.3, 2, 4, 6, 8.4, 25, 150]))] * rows
    load = rng.uniform(0.05, 0.97, rows).tolist()
    # Below every quantile, so that all rows stay at the first step.
    t = rng.uniform(0.2, 1.9, rows).tolist()
    for row, step in enumerate(steps(t, df, load)):
        around = (step.critical * (1 - 1e-5), step.critical * (1 + 1e-5))
        below, above = (slow_verdict.all_within(c, load, df[row]) for c in around)
        assert below < 0.95 < above
        wanted = 1 - slow_verdict.all_within(t[row], load, df[row])
        assert step.p == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("t", [0.1, 1.0, 2.5, 4.0, 9.0])
@pytest.mark.parametrize("df", [1, 1.5, 4, 8.3, 60])
def test_p_of_the_first_row_equals_a_quadrature_of_scipy(t: float, df: float) -> None:
    load = [0.3, 0.7, 0.9]
    first, *_ = steps([t, 0.0, 0.0], [df] * 3, load)
    assert first.p == pytest.approx(1 - slow_verdict.all_within(t, load, df), abs=1e-6)


def test_every_row_has_the_quantile_of_its_own_df() -> None:
    df, load = [3.0, 6.0, 40.0], [0.4, 0.6, 0.8]
    for step, own in zip(steps([0.1, 0.2, 0.3], df, load), df, strict=True):
        assert step.critical == pytest.approx(slow_verdict.critical(load, own, 0.95), abs=1e-4)


def test_rows_against_other_baselines_share_nothing_but_the_scale() -> None:
    load, shared = [0.9, 0.9, 0.8], ["a", "a", "b"]
    found = steps([0.5] * 3, [5] * 3, load, shared)
    wanted = slow_verdict.critical(load, 5, 0.95, shared)
    assert found[0].critical == pytest.approx(wanted, abs=1e-4)
    assert found[0].critical > steps([0.5] * 3, [5] * 3, load)[0].critical


@pytest.mark.parametrize("seed", range(5))
def test_p_agrees_with_scipys_dunnett(seed: int) -> None:
    rng = np.random.default_rng(seed)
    control = rng.normal(0, 1, 6)
    rows = [rng.normal(shift, 1, n) for shift, n in ((0, 4), (0.5, 5), (0.9, 6))]
    theirs = scipy_stats.dunnett(*rows, control=control, rng=np.random.default_rng(1))
    df = sum(map(len, rows)) + len(control) - len(rows) - 1
    load = [math.sqrt(len(r) / (len(r) + len(control))) for r in rows]
    for statistic, p in zip(theirs.statistic, theirs.pvalue, strict=True):
        mine = 1 - slow_verdict.all_within(abs(statistic), load, df)
        assert mine == pytest.approx(p, abs=2e-3)
    first = int(np.argmax(np.abs(theirs.statistic)))
    found = steps(np.abs(theirs.statistic).tolist(), [df] * len(rows), load)
    assert found[first].p == pytest.approx(theirs.pvalue[first], abs=2e-3)


@pytest.mark.parametrize("seed", range(8))
def test_the_steps_follow_their_definition(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    rows = int(rng.integers(2, 6))
    t = np.abs(rng.normal(1, 3, rows)).tolist()
    df = rng.choice([4.0, 6.0, 9.5], rows).tolist()
    load = rng.uniform(0.2, 0.9, rows).tolist()
    wanted = slow_verdict.step_down(t, df, load, 0.95)
    for mine, (critical, p) in zip(steps(t, df, load), wanted, strict=True):
        assert mine.critical == pytest.approx(critical, abs=1e-4)
        assert mine.p == pytest.approx(p, abs=1e-6)


def test_what_is_clear_is_set_aside_and_the_next_is_asked_for_less() -> None:
    found = steps([9.0, 2.6, 0.5], [10] * 3, [EQUAL] * 3)
    of_three, of_two = (steps([0.0] * n, [10] * n, [EQUAL] * n)[0].critical for n in (3, 2))
    of_one = student_t.quantile(0.95, 10)
    assert [s.critical for s in found] == pytest.approx([of_three, of_two, of_one], abs=1e-6)
    assert of_three > 2.6 > of_two


def test_p_never_falls_from_a_step_to_the_next() -> None:
    found = steps([3.0, 2.99, 2.98], [6] * 3, [0.2] * 3)
    assert found[0].p <= found[1].p <= found[2].p


@pytest.mark.parametrize("seed", range(20))
def test_beyond_the_quantile_p_is_below_the_level_and_only_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 8))
    t = np.abs(rng.normal(0, 3, rows)).tolist()
    found = steps(t, rng.uniform(2, 30, rows).tolist(), rng.uniform(0, 0.95, rows).tolist())
    assert [one > s.critical for one, s in zip(t, found, strict=True)] == [
        s.p < 0.05 for s in found
    ]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t, df = np.abs(rng.normal(1, 3, 5)), rng.uniform(3, 20, 5)
    load, order = rng.uniform(0.1, 0.9, 5), rng.permutation(5)
    straight, other = steps(t, df, load), steps(t[order], df[order], load[order])
    for at, row in enumerate(order):
        assert other[at].critical == pytest.approx(straight[row].critical, abs=1e-6)
        assert other[at].p == pytest.approx(straight[row].p, abs=1e-9)


@pytest.mark.parametrize("rows", range(2, 9))
def test_rows_of_one_df_have_one_that_is_farthest(rows: int) -> None:
    for t in np.random.default_rng(rows).uniform(0, 5, (50, rows)):
        assert len(steps(t, [6.0] * rows, [0.5] * rows)) == rows


def test_an_infinite_t_is_certain() -> None:
    found = steps([math.inf, 1.0], [4, 4], [0.5, 0.5])
    assert (found[0].p, found[1].p < 1) == (0, True)


def test_the_normal_distribution_is_scipys() -> None:
    x = np.concatenate([np.linspace(-12, 12, 4001), [-math.inf, math.inf]])
    assert normal.cdf(x) == pytest.approx(scipy_stats.norm.cdf(x), abs=1e-11)
    assert normal.density(x[:-2]) == pytest.approx(scipy_stats.norm.pdf(x[:-2]), abs=1e-15)
