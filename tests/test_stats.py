"""Every figure of a Summary against plain loops, and every reason for a missing one."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from support import builders, independent

from actot.analysis import absences, metric_stats
from actot.analysis.metric_stats import MetricStats
from actot.profile_schema import Metric, Profile, Tail

NAN, INF = math.nan, math.inf
Points = Sequence[tuple[int, float]]


def stats(points: Points, direction: str | None = "lower") -> MetricStats:
    series = builders.series([v for _, v in points], [s for s, _ in points])
    return metric_stats.summarize(series, builders.metric(direction=direction), Tail())


def walk(n: int, seed: int, *, bad: float = 0.0, level: float = 1.0) -> Points:
    """A random walk on uneven steps, some values NaN or Inf."""
    random_ = random.Random(seed)
    step, value, found = 0, level, []
    for _ in range(n):
        step += random_.randint(1, 90)
        value += random_.gauss(0, 0.1)
        shown = random_.choice([NAN, INF, -INF]) if random_.random() < bad else value
        found.append((step, shown))
    return found


def on(values: Sequence[float], every: int = 10) -> Points:
    return [(every * (i + 1), v) for i, v in enumerate(values)]


NASTY = {
    "one point": on([3.5]),
    "two points": on([3.5, 1.25]),
    "three points": on([3.0, 1.0, 2.0]),
    "four points": on([1.0, 2.0, 4.0, 8.0]),
    "five points": on([5.0, 4.0, 3.0, 2.0, 2.5]),
    "constant": on([0.3] * 30),
    "first is zero": on([0.0, 1.0, 2.0, 1.5, 3.0, 2.0]),
    "first is negative": on([-2.0, 1.0, 2.0, 1.5, 3.0, 2.0]),
    "median is zero": on([-1.0, 0.0, 1.0, 0.0, -1.0, 1.0, 0.0]),
    "all zero": on([0.0] * 12),
    "NaN inside": on([1.0, NAN, 0.5, INF, 0.25, 0.4, NAN, 0.3, 0.2, 0.1, 0.15]),
    "NaN at both ends": on([NAN, 1.0, 0.5, 0.25, 0.4, 0.3, 0.2, NAN]),
    "best twice": on([3.0, 1.0, 2.0, 1.0, 3.0, 2.0, 3.0]),
    "tiny": on([1e-24, 3e-24, 2e-24, 8.743e-24, 5e-24, 1e-24, 7e-24]),
    "large": on([1e30, 3e30, 2e30, 8e30, 5e30, 1e30, 7e30]),
    "negative values": on([-5.0, -3.0, -4.0, -1.0, -2.0, -2.5, -3.0]),
    "late steps": [(10**9 + 7 * i, 1.0 / (i + 1)) for i in range(60)],
    "49 points": walk(49, 1),
    "50 points": walk(50, 2),
    "51 points": walk(51, 3),
    "1000 points": walk(1000, 4),
    "1001 points": walk(1001, 5),
    "3000 points": walk(3000, 6),
    "NaN and Inf everywhere": walk(200, 7, bad=0.3),
    "mostly NaN": walk(200, 8, bad=0.95),
}


@pytest.mark.parametrize("direction", ["lower", "higher", None])
@pytest.mark.parametrize("points", NASTY.values(), ids=NASTY)
def test_every_figure_equals_a_plain_computation(points: Points, direction: str | None) -> None:
    mine = stats(points, direction)
    for name, theirs in independent.plain_figures(points, direction).items():
        value = getattr(mine, name)
        if theirs is None:
            assert value is None, name
        elif name in ("slope_last", "last_std", "jitter"):
            # Where the true figure is 0, rounding of the values themselves remains.
            scale = max(abs(v) for _, v in points if math.isfinite(v))
            assert value == pytest.approx(theirs, rel=1e-9, abs=1e-13 * scale), name
        else:
            assert value == pytest.approx(theirs, rel=1e-9, abs=0), name


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_of_random_series_equals_a_plain_computation(seed: int) -> None:
    points = walk(random.Random(seed).randint(6, 1500), seed, bad=0.05 * (seed % 3))
    mine = stats(points)
    for name, theirs in independent.plain_figures(points, "lower").items():
        assert getattr(mine, name) == pytest.approx(theirs, rel=1e-9), name


@pytest.mark.parametrize(
    ("n", "k"),
    [
        (1, 1),
        (4, 4),
        (5, 5),
        (6, 5),
        (50, 5),
        (51, 6),
        (200, 20),
        (999, 100),
        (1001, 100),
        (9999, 100),
    ],
)
def test_the_tail_is_a_tenth_but_at_least_5_and_at_most_100_points(n: int, k: int) -> None:
    assert metric_stats.tail_length(n, Tail()) == k


def test_the_tails_three_numbers_are_the_profiles() -> None:
    assert metric_stats.tail_length(1000, Tail(fraction=0.5, least=3, most=50)) == 50
    assert metric_stats.tail_length(10, Tail(fraction=0.5, least=3, most=50)) == 5
    assert metric_stats.tail_length(4, Tail(fraction=0.5, least=3, most=50)) == 3


def test_figures_are_plain_numbers() -> None:
    mine = stats(walk(60, 1))
    for name in independent.plain_figures(walk(60, 1), "lower"):
        assert type(getattr(mine, name)) in (int, float), name


def test_a_later_record_of_a_step_wins_and_steps_rise() -> None:
    series = builders.series([1.0, 2.0, 3.0, 4.0, 5.0], [10, 30, 20, 30, 10])
    assert series.steps.tolist() == [10, 20, 30]
    assert series.values.tolist() == [5.0, 3.0, 4.0]


def test_series_are_read_only() -> None:
    series = builders.series([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 3.0


# Which series a metric is.


def resolved(
    metric: str,
    logged: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    chosen: Profile = builders.PROFILE,
) -> MetricStats:
    return builders.summary("r", settings, keys=logged, chosen=chosen).stats[metric]


def test_the_first_listed_key_with_a_finite_point_wins_and_is_named() -> None:
    new, old = "train/ot_pi_sum", "train/ot_ot_pi_sum"
    both = resolved("ot_pi_sum", {new: [0.9] * 6, old: [0.5] * 6})
    assert (both.key, both.last_mean) == (new, pytest.approx(0.9))
    assert resolved("ot_pi_sum", {old: [0.5] * 6}).key == old
    dead = resolved("ot_pi_sum", {new: [NAN] * 6, old: [0.5] * 6})
    assert (dead.key, dead.last_mean) == (old, 0.5)


def test_old_names_of_the_same_quantities_are_found() -> None:
    old = {
        "train/ot_ot_pi_sum": [0.5] * 6,
        "train/ot_ot_pi_diag": [0.25] * 6,
        "train/ot_ot_cost/action": [0.02] * 6,
    }
    assert resolved("ot_pi_diag", old).last_mean == 0.25
    assert resolved("ot_cost_action_lbl", old).last_mean == pytest.approx(0.02)
    assert resolved("ot_diag_share", old).last_mean == 0.5


def test_a_metric_that_was_not_logged_says_which_keys_were_looked_for() -> None:
    why = resolved("ot_pi_sum", {"train/l1_loss": [1.0] * 6}).missing
    assert why is not None
    assert why.name == "not_logged"
    assert why.keys == ("train/ot_pi_sum", "train/ot_ot_pi_sum")


def test_the_nearest_logged_key_is_named() -> None:
    why = resolved("train_l1", {"train/l1_los": [1.0] * 6}).missing
    assert why is not None
    assert "train/l1_los" in why.near


def test_a_proxy_is_another_quantity_and_gives_no_figure() -> None:
    proxy = "train/ot_ot_cost/observation.state"
    found = resolved("ot_cost_action_lbl", {proxy: [1300.0] * 6})
    assert found.last_mean is None
    assert found.missing is not None
    assert (found.missing.name, found.missing.key) == ("proxy", proxy)
    assert resolved("ot_cost_state", {proxy: [1300.0] * 6}).last_mean == 1300.0


def test_all_points_nan_is_said_with_their_number() -> None:
    found = resolved("train_l1", {"train/l1_loss": [NAN, INF, NAN]})
    assert found.missing == absences.Nonfinite("train/l1_loss", 3)
    assert (found.n, found.n_nonfinite, found.last_mean) == (0, 3, None)


def test_a_run_that_ended_before_its_first_eval_says_at_which_step_that_is() -> None:
    settings = builders.config(eval_freq=1000)
    why = resolved("eval_l1", {"train/l1_loss": [1.0] * 6}, settings).missing
    assert why == absences.BeforeFirstEval(1000, 300)


def test_a_frequency_that_no_config_states_is_no_reason() -> None:
    settings = builders.config()
    del settings["eval_freq"]
    why = resolved("eval_l1", {"train/l1_loss": [1.0] * 6}, settings).missing
    assert isinstance(why, absences.NotLogged)


def test_a_run_that_should_have_been_evaluated_did_not_log_it() -> None:
    why = resolved("eval_l1", {"train/l1_loss": [1.0] * 6}, builders.config(eval_freq=100)).missing
    assert why is not None
    assert why.name == "not_logged"


def test_a_curve_of_zeros_where_nothing_was_measured_is_missing() -> None:
    found = resolved("eval_l1", {builders.key("eval_l1"): [0.0] * 8})
    assert found.missing == absences.Zeros(builders.key("eval_l1"), 8)
    assert found.last_mean is None
    assert resolved("eval_loss", {builders.key("eval_loss"): [0.0] * 8}).last_mean == 0.0


def test_one_point_has_too_few_for_slope_and_jitter() -> None:
    found = resolved("train_l1", {"train/l1_loss": [0.5]})
    assert found.missing == absences.TooFew(1)
    assert (found.last_mean, found.last_std) == (0.5, 0.0)
    assert (found.slope_last, found.jitter) == (None, None)


def test_a_ratio_is_taken_on_the_steps_that_both_logged() -> None:
    logged = {
        "train/ot_pi_diag": ([100, 200, 400], [0.4, 0.2, 0.3]),
        "train/ot_pi_sum": ([100, 300, 400], [0.8, 0.9, 0.4]),
    }
    found = resolved("ot_diag_share", logged)
    assert (found.n, found.first, found.last) == (2, 0.5, pytest.approx(0.75))


def test_a_ratio_over_zero_is_no_finite_point() -> None:
    logged = {"train/ot_pi_diag": [0.0, 0.2, 0.3], "train/ot_pi_sum": [0.0, 0.0, 0.4]}
    found = resolved("ot_diag_share", logged)
    assert (found.n, found.first) == (1, pytest.approx(0.75))


def test_a_ratio_without_its_part_says_what_is_missing() -> None:
    why = resolved("ot_diag_share", {"train/ot_pi_diag": [0.5] * 6}).missing
    assert why is not None
    assert (why.name, why.keys[0]) == ("not_logged", "train/ot_pi_sum")


def test_a_ratio_of_parts_that_share_no_step_does_not_claim_nan_points() -> None:
    logged = {"train/ot_pi_diag": ([1, 3], [0.5, 0.5]), "train/ot_pi_sum": ([2, 4], [1.0, 1.0])}
    found = resolved("ot_diag_share", logged)
    assert found.n == 0
    assert found.missing is not None
    assert found.missing.name != "nonfinite"


def test_a_cost_over_its_weight_takes_the_knob_out() -> None:
    weight, cost = {builders.LABEL_WEIGHT: 0.05}, {"train/ot_cost/action_lbl": [0.0377] * 6}
    found = resolved("ot_cost_action_lbl_unweighted", cost, builders.config(weight))
    assert found.last_mean == pytest.approx(0.754)
    other = {"train/ot_cost/action_lbl": [0.01508] * 6}
    assert resolved("ot_cost_action_lbl_unweighted", other).last_mean == pytest.approx(0.754)


def test_a_cost_over_a_weight_of_zero_or_without_ot_names_the_knob() -> None:
    cost = {"train/ot_cost/action_lbl": [0.0377] * 6}
    for change in ({builders.LABEL_WEIGHT: 0.0}, {"ot.enable": False}):
        why = resolved("ot_cost_action_lbl_unweighted", cost, builders.config(change)).missing
        assert why is not None
        assert (why.name, why.knob) == ("no_knob", "weight_label")


def test_a_metric_of_another_profile_is_found_under_its_own_keys() -> None:
    chosen = Profile(
        name="x",
        judge=("success",),
        metrics={"success": Metric("success", keys=("eval/pc_success",), direction="higher")},
        knobs={},
    )
    found = resolved("success", {"eval/pc_success": [0.1, 0.5, 0.3]}, {"a": 1}, chosen)
    assert (found.best, found.best_step) == (0.5, 100)


@pytest.mark.parametrize(
    ("values", "direction", "figure", "why"),
    [
        ([1.0, 2.0], None, "best", "no_best"),
        ([1.0, 2.0], None, "best_step", "no_best"),
        ([0.0, 1.0, 2.0], "lower", "pct", "zero_first"),
        ([0.0, 0.0, 2.0], "lower", "jitter", "zero_median"),
        ([1.0], "lower", "slope_last", "too_few"),
        ([1.0], "lower", "jitter", "too_few"),
        ([math.nan], "lower", "last", "nonfinite"),
        ([math.nan], None, "best", "nonfinite"),
    ],
)
def test_every_absent_figure_has_its_reason(
    values: list[float], direction: str | None, figure: str, why: str
) -> None:
    metric = builders.metric(direction=direction)
    found = metric_stats.summarize(builders.series(values), metric, builders.PROFILE.tail)
    missing = metric_stats.why_absent(found, figure, metric)
    assert missing is not None
    assert missing.name == why


def test_a_figure_that_is_there_has_no_reason() -> None:
    metric = builders.metric(direction="lower")
    found = metric_stats.summarize(builders.series([3.0, 2.0, 1.0]), metric, builders.PROFILE.tail)
    for figure in vars(found).keys() - {"missing"}:
        assert metric_stats.why_absent(found, figure, metric) is None


def test_no_figure_is_absent_without_a_reason_in_any_recorded_run() -> None:
    for summary in builders.sample().values():
        for name, stats in summary.stats.items():
            entry = builders.PROFILE.metrics[name]
            for figure in vars(stats).keys() - {"missing", "key"}:
                if getattr(stats, figure) is None:
                    assert metric_stats.why_absent(stats, figure, entry) is not None, (
                        name,
                        figure,
                    )


@pytest.mark.parametrize(
    ("wanted", "logged", "near"),
    [
        ("train/ot_pi_sum", ["ot/pi_sum", "train/loss", "lr"], ("ot/pi_sum",)),
        ("eval/offline_eval/avg_l1", ["val/avg_l1", "eval/avg_loss"], ("val/avg_l1",)),
        ("train/grad_norm", ["train/gradnorm", "train/grad_norm_total"], None),
        ("train/l1_loss", ["system/gpu", "_runtime"], ()),
    ],
)
def test_the_nearest_logged_keys_are_named(
    wanted: str, logged: list[str], near: tuple[str, ...] | None
) -> None:
    found = metric_stats.nearest((wanted,), frozenset(logged))
    if near is None:
        assert set(found) == set(logged)
    else:
        assert found[: len(near) or None] == near
