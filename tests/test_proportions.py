"""Success rates: Newcombe's interval against scipy, and the verdicts of k of n rollouts."""

import itertools
import math
import statistics
from typing import Any

import pytest
from scipy import stats as scipy_stats
from support import builders, independent
from test_verdicts import LOUD

from actot import facts
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.output import row_words
from actot.statistics import newcombe
from actot.verdicts import judging, rates, replicates, success_rates
from actot.verdicts.success_rates import Count
from actot.verdicts.verdict import Verdict

COUNTS = [(0, 10), (1, 3), (5, 10), (17, 20), (20, 20), (45, 50), (300, 500)]
EPISODES = "eval.n_episodes"


@pytest.mark.parametrize(("mine", "base"), list(itertools.product(COUNTS, COUNTS)))
def test_interval_and_p_equal_those_of_an_independent_computation(
    mine: tuple[int, int], base: tuple[int, int]
) -> None:
    z = newcombe.z_of(0.95)
    change, low, high = newcombe.difference(*mine, *base, z)
    assert (low, high) == pytest.approx(independent.newcombe(*mine, *base, 0.95), abs=1e-9)
    assert change == pytest.approx(mine[0] / mine[1] - base[0] / base[1], abs=1e-12)
    p = newcombe.smallest_alpha(
        lambda confidence: newcombe.difference(*mine, *base, newcombe.z_of(confidence))
    )
    assert p == pytest.approx(independent.newcombe_p(*mine, *base), abs=1e-9)
    assert (p < 0.05) == (low > 0 or high < 0)


def test_the_published_example_of_the_method_comes_out() -> None:
    # Newcombe 1998, table II: 56/70 against 48/80.
    _, low, high = newcombe.difference(56, 70, 48, 80, newcombe.z_of(0.95))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(("p", "q"), [(0.5, 0.5), (0.9, 0.6), (1.0, 1.0), (0.0, 0.3)])
def test_the_rollouts_needed_are_the_smallest_number_that_settles_what_matters(
    p: float, q: float
) -> None:
    z = newcombe.z_of(0.95)
    n = newcombe.rollouts_needed(p, q, 0.02, z)
    assert newcombe.half_width(p, q, n, z) <= 0.02 < newcombe.half_width(p, q, n - 1, z)


def rate(run_id: str, k: int, n: int, changes: Any = None, *, counts: bool = True) -> RunSummary:
    """A run with one evaluation of n rollouts; logged as counts, or in per cent with n in its config."""
    logged: dict[str, Any] = {"eval/pc_success": ([2000], [100 * k / n])}
    if counts:
        logged["eval/pc_success/k"] = ([2000], [k])
        logged["eval/pc_success/n"] = ([2000], [n])
    config = builders.config({**(changes or {}), **({} if counts else {EPISODES: n})})
    return run_summary.summarize(builders.run(run_id, config, keys=logged), builders.PROFILE)


def judge(run: RunSummary, *bases: RunSummary) -> Verdict:
    return judging.judge([([run], bases)], "success", LOUD, builders.PROFILE)[0][0]


@pytest.mark.parametrize("counts", [True, False])
def test_more_successes_are_improved_fewer_are_regressed(counts: bool) -> None:
    bad, good = rate("bad", 25, 50, counts=counts), rate("good", 45, 50, counts=counts)
    assert judge(good, bad).word == "improved"
    row = judge(bad, good)
    assert row.word == "regressed"
    low, high = independent.newcombe(25, 50, 45, 50, 0.95)
    assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
    assert row.p == pytest.approx(independent.newcombe_p(25, 50, 45, 50), abs=1e-9)
    assert row.change == pytest.approx(-0.4)


def test_few_rollouts_are_within_noise_and_say_how_many_would_settle_it() -> None:
    row = judge(rate("a", 17, 20), rate("b", 15, 20))
    assert row.word == "within noise"
    assert row_words.interval(row) == "+10.0 points (-15.2 … +34.0)"
    low, high = independent.newcombe(17, 20, 15, 20, 0.95)
    assert (round(100 * low, 1), round(100 * high, 1)) == (-15.2, 34.0)
    for lang, words in (("en", "rollouts a side"), ("zh", "次试验")):
        reason = row_words.reason(row, builders.PROFILE, lang)
        assert words in reason
        assert "17" in reason
    assert "training seeds is not in it" in row_words.reason(row, builders.PROFILE, "en")


def test_the_rollouts_of_a_group_of_baselines_count_together() -> None:
    row = judge(rate("a", 17, 20), rate("b", 15, 20), rate("c", 12, 20))
    low, high = independent.newcombe(17, 20, 27, 40, 0.95)
    assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
    assert row.baselines == ("b", "c")


def test_the_last_evaluation_that_both_reached_is_judged() -> None:
    def evaluated(run_id: str, steps: list[int], k: list[int]) -> RunSummary:
        logged = {
            "eval/pc_success/k": (steps, k),
            "eval/pc_success/n": (steps, [20] * len(k)),
            "eval/pc_success": (steps, [100 * v / 20 for v in k]),
        }
        return run_summary.summarize(builders.run(run_id, keys=logged), builders.PROFILE)

    row = judge(
        evaluated("a", [500, 1000, 1500], [2, 9, 12]), evaluated("b", [1000, 2000], [5, 19])
    )
    assert (row.rollouts.k, row.rollouts.n) == (9, 20)
    assert (row.rollouts.base_k, row.rollouts.base_n) == (5, 20)


def test_a_rate_without_its_number_of_rollouts_is_not_comparable() -> None:
    lone = run_summary.summarize(
        builders.run("a", keys={"eval/pc_success": ([2000], [85.0])}), builders.PROFILE
    )
    odd = run_summary.summarize(
        builders.run(
            "o", builders.config({EPISODES: 20}), keys={"eval/pc_success": ([2000], [83.3])}
        ),
        builders.PROFILE,
    )
    for run in (lone, odd):
        row = judge(run, rate("b", 15, 20))
        assert (row.word, row.why.name) == ("not comparable", "no_count")
        assert "number of rollouts" in row_words.reason(row, builders.PROFILE, "en")


def test_counts_beside_a_rate_make_it_whatever_the_rates_own_scale_is() -> None:
    logged = {"success": ([1], [0.85]), "success/k": ([1], [17.0]), "success/n": ([1], [20.0])}
    found = run_summary.summarize(builders.run("a", keys=logged), builders.PROFILE)
    assert found.stats["success"].last == pytest.approx(85)
    count = success_rates.last_count(found, builders.PROFILE.metrics["success"])
    assert count == success_rates.Count(17, 20)


def test_no_rollouts_are_no_rate() -> None:
    logged = {"success": ([1], [0.0]), "success/k": ([1], [0.0]), "success/n": ([1], [0.0])}
    found = run_summary.summarize(builders.run("a", keys=logged), builders.PROFILE)
    assert found.stats["success"].n == 0
    assert isinstance(found.stats["success"].missing, facts.Absence)
    assert judge(found, rate("b", 15, 20)).word == "not comparable"


def test_the_number_of_rollouts_is_no_effective_knob() -> None:
    a = rate("a", 10, 20, counts=False)
    b = rate("b", 20, 40, counts=False)
    assert [*replicates.by_config([a, b], builders.PROFILE).values()] == [[a, b]]


SIDES = [
    ([(40, 50), (30, 50), (45, 50)], [(20, 50), (25, 50), (15, 50)]),
    ([(25, 50), (26, 50)], [(25, 50)]),
    ([(50, 50), (5, 50), (49, 50)], [(10, 20), (1, 40)]),
]


def directly(mine: list[tuple[int, int]], base: list[tuple[int, int]]) -> tuple[float, float]:
    """The limits with the spread between training seeds, word for word."""
    moments, df = 0.0, 0
    for side in (mine, base):
        if len(side) > 1:
            p = sum(k for k, _ in side) / sum(n for _, n in side)
            chance = p * (1 - p) * statistics.fmean(1 / n for _, n in side)
            spread = statistics.variance(k / n for k, n in side)
            moments += (len(side) - 1) * max(0.0, spread - chance)
            df += len(side) - 1
    m = moments / df
    tau2, own = ((4 * 0.05**2 + moments) / (4 + df), 4 + df) if m <= 3 * 0.05**2 else (m, df)
    x = scipy_stats.t.ppf(0.975, own) ** 2 * tau2 * (1 / len(mine) + 1 / len(base))
    pooled = [(sum(k for k, _ in s), sum(n for _, n in s)) for s in (mine, base)]
    low, high = independent.newcombe(*pooled[0], *pooled[1], 0.95)
    change = pooled[0][0] / pooled[0][1] - pooled[1][0] / pooled[1][1]
    return change - math.hypot(change - low, x**0.5), change + math.hypot(high - change, x**0.5)


@pytest.mark.parametrize(("mine", "base"), SIDES)
def test_the_spread_between_training_seeds_widens_the_interval_as_defined(
    mine: list[tuple[int, int]], base: list[tuple[int, int]]
) -> None:
    runs, bases = (
        [rate(f"{name}{i}", k, n, {"seed": i, **knob}) for i, (k, n) in enumerate(side)]
        for name, side, knob in (("r", mine, {"batch_size": 16}), ("b", base, {}))
    )
    row = judging.judge([(runs, bases)], "success", LOUD, builders.PROFILE)[0][0]
    assert (row.low, row.high) == pytest.approx(directly(mine, base), abs=1e-9)
    assert (row.seeds, row.base_seeds) == (len(mine), len(base))
    assert "is in the interval" in row_words.reason(row, builders.PROFILE, "en")


def test_checkpoints_of_one_seed_a_side_say_nothing_of_other_seeds() -> None:
    assert rates.between_seeds([Count(5, 10)], [Count(7, 10)]) is None


def test_success_rates_of_a_family_share_the_level() -> None:
    base = rate("b", 20, 50)
    runs = [rate(f"r{i}", 30 + i, 50, {"batch_size": 16 + i}) for i in range(3)]
    sides = [([r], [base]) for r in runs]
    together = judging.judge(sides, "success", LOUD, builders.PROFILE)
    for i, (row,) in enumerate(together):
        low, high = independent.newcombe(30 + i, 50, 20, 50, 1 - 0.05 / 3)
        assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
