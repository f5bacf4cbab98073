"""Verdicts: the words and their reasons against planted cases; the figures are in tests/test_pair_series.py."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import builders
from support.rows import QUIET, judged, known_noise
from test_noise import seeds

from actot import profile, report, study
from actot.analysis import nearest_configs, run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.output import messages, render, row_words
from actot.profile_schema import Profile
from actot.records import Run
from actot.verdicts import reasons, seed_noise
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import Judged, NotJudged, Unsettled, Verdict

LOUD = known_noise(0.04, 4)


def read(*runs: Run) -> list[RunSummary]:
    return [run_summary.summarize(r, builders.PROFILE) for r in runs]


def judge(
    run: Run, *bases: Run, noise: SeedNoise = QUIET, metric: str = "eval_l1", **kwargs: Any
) -> Verdict:
    return judged([run], bases, noise, metric, **kwargs)


BASE = builders.healthy("base", 0.4, seed=1)


def against_base(level: float, **kwargs: Any) -> Verdict:
    changed = builders.config({builders.REG: 0.12})
    return judge(builders.healthy("run", level, changed, seed=2), BASE, **kwargs)


# The words.


def test_much_lower_is_improved_and_much_higher_is_regressed() -> None:
    assert against_base(0.3).word == "improved"
    assert against_base(0.6).word == "regressed"
    assert against_base(0.6).why.name == "clear"


def test_an_interval_inside_what_matters_is_same() -> None:
    row = against_base(0.4, noise=known_noise(0.002, 20))
    assert (row.word, row.why.name) == ("same", "inside")
    assert row.low >= -0.02
    assert row.high <= 0.02


# Why not comparable.


def refused(run: Run, base: Run = BASE, metric: str = "eval_l1") -> str:
    row = judge(run, base, metric=metric)
    assert row.word == "not comparable"
    assert isinstance(row, NotJudged)
    return row.why.name


def test_another_dataset_is_not_comparable() -> None:
    row = judge(builders.healthy("r", 0.4, builders.config({"dataset.repo_id": "x"})), BASE)
    assert (row.word, row.why.name, row.why.knob) == (
        "not comparable",
        "other_knob",
        "dataset",
    )


def test_another_policy_type_is_not_comparable() -> None:
    row = judge(builders.healthy("r", 0.4, builders.config({"policy.type": "diffusion"})), BASE)
    assert (row.word, row.why.knob) == ("not comparable", "policy_type")


def test_another_evaluation_set_is_not_comparable() -> None:
    other = builders.healthy("r", 0.4, seed=2, eval_batches=np.full(40, 20.0))
    base = builders.healthy("b", 0.4, seed=3, eval_batches=np.full(40, 10.0))
    assert refused(other, base) == "other_eval_set"
    like = builders.healthy("l", 0.4, seed=2, eval_batches=np.full(40, 10.0))
    assert judge(like, base).word != "not comparable"


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        ("train_loss", {builders.REG: 0.2}),
        ("train_loss", {builders.LAMBDA: 0.2}),
        ("train_loss", {"policy.kl_weight": 1.0}),
    ],
)
def test_a_metric_that_a_changed_knob_rescales_is_not_comparable(
    metric: str, change: dict[str, Any]
) -> None:
    assert refused(builders.healthy("r", 0.4, builders.config(change)), metric=metric) == "rescaled"
    assert judge(builders.healthy("r", 0.4, builders.config(seed=2)), BASE, metric=metric).p


def test_a_metric_without_the_policy_in_it_or_without_a_direction_is_not_comparable() -> None:
    cost = {"ot_cost_action_lbl": builders.flat(0.02)}
    run, base = builders.run("r", **cost), builders.run("b", **cost)
    assert refused(run, base, "ot_cost_action_lbl") == "policy_independent"
    assert refused(builders.healthy("r"), metric="grad_norm") == "no_direction"


def test_the_reason_of_no_data_carries_what_was_looked_for() -> None:
    row = judge(builders.run("r", train_l1=[0.5] * 9), BASE)
    assert row.why.missing.name == "not_logged"


def test_a_proxy_is_not_compared_and_is_named() -> None:
    proxy = builders.run("r", keys={"train/ot_ot_cost/observation.state": builders.flat(1300.0)})
    base = builders.run("b", ot_cost_action_lbl=builders.flat(0.02))
    for mine, theirs in ((proxy, base), (base, proxy)):
        row = judge(mine, theirs, metric="ot_cost_action_lbl")
        assert (row.word, row.why.missing.name) == ("not comparable", "proxy")
        assert "logged only as a proxy" in row_words.reason(row, builders.PROFILE, "en")


def test_a_changed_label_weight_is_named_before_what_else_stands_in_the_way() -> None:
    cost = {"ot_cost_action_lbl": builders.flat(0.02)}
    run = builders.run("r", builders.config({builders.LABEL_WEIGHT: 0.05}), **cost)
    row = judge(run, builders.run("b", **cost), metric="ot_cost_action_lbl")
    assert [row.why.name, *(note.name for note in row.notes)] == [
        "rescaled",
        "policy_independent",
        "no_direction",
    ]
    for words in ("rescaled by the changed knob weight_label", "does not depend on the policy"):
        assert words in row_words.reason(row, builders.PROFILE, "en")


def test_identical_baselines_count_once() -> None:
    bases = [
        builders.run(f"b{i}", builders.config(seed=i), eval_l1=builders.curve(0.4, seed=seed))
        for i, seed in enumerate((1, 1, 2))
    ]
    run = builders.healthy("run", 0.5, builders.config({builders.REG: 0.2}), seed=9)
    assert judge(run, *bases).baselines == ("b0", "b2")


@pytest.mark.parametrize("value", [0.0, -0.4])
def test_values_that_are_not_positive_are_not_comparable(value: float) -> None:
    run = builders.run("r", eval_loss=np.full(40, value))
    assert (
        refused(run, builders.run("b", eval_loss=np.full(40, 0.4)), "eval_loss") == "not_positive"
    )
    assert (
        refused(builders.run("b", eval_loss=np.full(40, 0.4)), run, "eval_loss") == "not_positive"
    )


# Divergence.


def diverging(at: int, metric: str = "eval_l1", value: float = math.nan, until: int = 99) -> Run:
    curves = {"eval_l1": builders.curve(0.4, seed=3), "train_loss": builders.curve(0.8, seed=4)}
    curves[metric][at:until] = value
    return builders.healthy("bad", settings=builders.config(seed=2), **curves)


@pytest.mark.parametrize("metric", ["eval_l1", "train_loss"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_diverged_run_is_regressed_with_its_step_and_no_interval(
    metric: str, value: float
) -> None:
    row = judge(diverging(30, metric, value), BASE)
    assert (row.word, row.why) == ("regressed", reasons.Diverged(1550))
    assert isinstance(row, NotJudged)


def test_the_last_five_points_decide_whether_a_run_diverged() -> None:
    assert judge(diverging(35, until=36), BASE).word == "regressed"
    assert judge(diverging(34, until=35), BASE).why.name != "diverged"
    assert judge(diverging(0), BASE).why == reasons.Diverged(50)


def test_a_diverged_baseline_is_none() -> None:
    row = judge(BASE, diverging(30))
    assert (row.word, row.why.name) == ("not comparable", "baseline_unusable")
    both = judge(builders.healthy("r", 0.5, builders.config(seed=5), seed=6), BASE, diverging(30))
    assert both.baselines == ("base",)


def diverged_run(run_id: str, at: int) -> Run:
    return replace(diverging(at), id=run_id)


@pytest.mark.parametrize("at", [10, 30, 35])
def test_against_a_picked_baseline_that_diverged_nothing_is_judged_even_if_the_run_diverged_too(
    at: int,
) -> None:
    row = judge(diverged_run("run", at), diverging(30))
    assert (row.word, row.why.name) == ("not comparable", "baseline_unusable")
    assert row.why.reason == reasons.Diverged(1550)
    for lang in messages.LANGUAGES:
        assert "1550" in row_words.reason(row, builders.PROFILE, lang)


def test_a_run_that_diverged_is_regressed_against_a_group_with_a_usable_member() -> None:
    row = judge(diverged_run("run", 10), BASE, diverging(30))
    assert (row.word, row.baselines) == ("regressed", ("base",))


def test_the_reason_of_a_group_without_a_usable_member_is_its_divergence() -> None:
    empty = builders.run("empty", train_l1=[0.5] * 9)
    row = judge(diverged_run("run", 10), empty, diverging(30))
    assert (row.word, row.why.run) == ("not comparable", "bad")
    assert row.why.reason.name == "diverged"


# Families and neighbours.


def test_the_neighbour_is_the_run_with_the_fewest_changed_effective_knobs() -> None:
    found = builders.planted_study(("lr25x", "upd_reg"), ("other",))
    by_id = found.summaries
    near = nearest_configs.nearest([by_id["upd_reg"]], list(by_id.values()), builders.PROFILE)
    assert {run: (other.id, n) for run, (other, n) in near.items()} == {"upd_reg": ("base1", 1)}
    row = next(v for v in found.verdicts if v.run == "upd_reg" and v.against == "neighbour")
    assert row.baseline == "base1"


def test_a_run_alone_has_no_neighbour_and_a_replicate_is_none() -> None:
    a, b = read(*seeds((0.4, 0.41)))
    assert nearest_configs.nearest([a], [a, b], builders.PROFILE) == {}
    assert nearest_configs.nearest([], [a], builders.PROFILE) == {}


def test_a_baseline_that_is_the_neighbour_is_not_shown_twice() -> None:
    found = builders.planted_study(("upd_reg",), ("base1",))
    assert [v.against for v in found.verdicts] == ["picked"]


# The study.


def words(found: Any) -> dict[str, str]:
    return {run: found.headline(run).word for run in found.runs}


def test_diffusion_runs_are_judged_on_their_loss() -> None:
    settings = builders.config({"policy.type": "diffusion"})

    def one(run_id: str, level: float, seed: int) -> Run:
        return builders.run(
            run_id,
            builders.config({builders.REG: 0.1 * seed}, settings),
            eval_l1=np.zeros(40),
            eval_loss=builders.curve(level, seed=seed),
        )

    found = builders.planted_study(("b",), ("a",), [one("a", 0.4, 1), one("b", 0.7, 2)])
    assert found.metric == "eval_loss"
    assert found.headline("b").word == "regressed"


def test_no_data_never_makes_a_verdict() -> None:
    empty = [builders.run("a", keys={}), builders.run("b", keys={})]
    found = builders.planted_study(("b",), ("a",), empty)
    assert found.headline("b").word == "not comparable"
    assert found.causes == ()


@pytest.mark.parametrize(
    ("picked", "baselines", "words"),
    [
        (["nosuch"], ["base1"], "nosuch"),
        (["lr20x"], ["nosuch"], "nosuch"),
        (["base1"], ["base1"], "picked as a run and as a baseline"),
    ],
)
def test_picks_that_do_not_fit_are_bad_input(
    picked: Sequence[str], baselines: Sequence[str], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        builders.planted_study(picked, baselines)


def test_an_unknown_metric_or_anchor_is_bad_input() -> None:
    with pytest.raises(BadInput, match="known are"):
        builders.planted_study(metric="nosuch")
    with pytest.raises(BadInput, match="anchor nosuch"):
        builders.planted_study(anchor="nosuch")


def test_for_a_metric_that_should_rise_the_words_are_the_other_way_round() -> None:
    up = with_metric("eval_l1", direction="higher")
    for level, word in ((0.3, "regressed"), (0.6, "improved")):
        run = builders.healthy("run", level, builders.config(seed=2), seed=2)
        assert judge(run, BASE, profile=up).word == word


def with_metric(name: str, **changes: Any) -> Profile:
    """The profile with another entry of a metric."""
    metrics = dict(builders.PROFILE.metrics)
    metrics[name] = dataclasses.replace(metrics[name], **changes)
    return dataclasses.replace(builders.PROFILE, metrics=metrics)


def test_a_clear_change_that_is_too_small_to_matter_is_within_noise_and_says_so() -> None:
    run = builders.run("run", builders.config(seed=2), eval_l1=np.full(40, 0.4076))
    base = builders.run("base", eval_l1=np.full(40, 0.4))
    row = judge(run, base, noise=known_noise(0.0008, 50))
    assert isinstance(row, Judged)
    assert row.low > 0
    assert row.high > 0.02
    assert (row.word, row.why.name) == ("within noise", "small")
    assert "smaller than 2 %" in row_words.reason(row, builders.PROFILE, "en")


def test_a_small_change_under_loud_noise_is_within_noise_with_the_change_that_would_show() -> None:
    row = against_base(0.41, noise=LOUD)
    assert (row.word, row.why.name) == ("within noise", "noise")
    assert row.mde > row.high - row.change
    said = row_words.reason(row, builders.PROFILE, "en")
    assert f"four in five changes of {100 * row.mde:.1f} % would show" in said
    assert "seed noise is assumed" in said


# Rows are configs.


def in_study(runs: Sequence[Run], picked: Sequence[str], bases: Sequence[str], **more: Any) -> Any:
    return study.study(runs, picked, bases, builders.PROFILE, **more)


REPLICATED = seeds((0.40, 0.41, 0.395, 0.405))


def test_picked_runs_of_one_config_are_one_row_and_the_baselines_other_seeds_join() -> None:
    worse = seeds((0.50, 0.52, 0.51), {builders.REG: 0.2})
    found = in_study([*REPLICATED, *worse], [r.id for r in worse], [REPLICATED[1].id])
    (row,) = found.headlines
    assert row.runs == tuple(r.id for r in worse)
    assert set(row.baselines) == {r.id for r in REPLICATED}
    assert row.baseline == REPLICATED[1].id
    assert (row.seeds, row.base_seeds, row.word) == (3, 4, "regressed")
    assert set(found.joined) == {r.id for r in REPLICATED} - {REPLICATED[1].id}
    assert all(found.headline(r.id) is row for r in worse)


def test_alone_only_the_picked_baselines_count() -> None:
    run = builders.healthy("run", 0.5, builders.config({builders.REG: 0.2}), seed=9)
    found = in_study([*REPLICATED, run], ["run"], [REPLICATED[1].id], alone=True)
    assert found.headlines[0].baselines == (REPLICATED[1].id,)
    assert found.headlines[0].is_provisional


def test_the_other_seeds_of_a_picked_run_are_offered_and_not_taken() -> None:
    worse = seeds((0.50, 0.52, 0.51), {builders.REG: 0.2})
    found = in_study([*REPLICATED, *worse], [worse[0].id], [REPLICATED[0].id])
    assert found.headlines[0].runs == (worse[0].id,)
    assert set(found.offered[worse[0].id]) == {worse[1].id, worse[2].id}


def test_a_run_that_was_picked_does_not_join_the_baselines_of_its_own_config() -> None:
    found = in_study(REPLICATED, [REPLICATED[2].id], [REPLICATED[0].id])
    (row,) = found.headlines
    assert REPLICATED[2].id not in row.baselines
    assert row.word in ("same", "within noise")


def test_unfinished_diverged_and_much_shorter_runs_do_not_join() -> None:
    base = REPLICATED[0]
    others = [
        builders.healthy("open", 0.4, builders.config(seed=11), seed=11, state="running"),
        builders.healthy("short", 0.4, builders.config(seed=12), seed=12, n=30),
        replace(diverging(30), id="gone", config=builders.config(seed=13)),
    ]
    run = builders.healthy("run", 0.5, builders.config({builders.REG: 0.2}), seed=9)
    found = in_study([base, run, *others], ["run"], [base.id])
    assert found.headlines[0].baselines == (base.id,)


def test_three_seeds_against_three_find_a_tenth_where_one_against_one_does_not() -> None:
    base, worse = (
        seeds(levels, knob)
        for levels, knob in (((0.39, 0.40, 0.41), {}), ((0.43, 0.44, 0.45), {builders.REG: 0.2}))
    )
    pooled = in_study([*base, *worse], [r.id for r in worse], [base[0].id])
    assert pooled.headlines[0].word == "regressed"
    lone = in_study([base[0], worse[0]], [worse[0].id], [base[0].id])
    assert lone.headlines[0].word == "within noise"


def test_a_config_that_is_unknown_equals_no_other_and_the_row_says_so() -> None:
    runs = [
        builders.healthy(f"r{i}", level, {}, seed=i) for i, level in enumerate((0.4, 0.41, 0.5))
    ]
    found = in_study(runs, ["r2"], ["r0", "r1"])
    assert [v.baselines for v in found.verdicts if v.against == "picked"] == [("r0",), ("r1",)]
    assert found.noise.groups == ()
    assert "unknown_config" in [n.name for n in found.headlines[0].notes]


def test_a_diverged_seed_has_a_row_of_its_own_and_the_others_are_pooled() -> None:
    worse = seeds((0.50, 0.52), {builders.REG: 0.2})
    gone = replace(diverging(30), id="gone", config=builders.config({builders.REG: 0.2}, seed=7))
    found = in_study([*REPLICATED, *worse, gone], [*(r.id for r in worse), "gone"], ["1"])
    pooled, lost = found.headlines
    assert pooled.runs == tuple(r.id for r in worse)
    assert reasons.AlsoDiverged(("gone",)) in pooled.notes
    assert (lost.runs, lost.word, lost.why) == (("gone",), "regressed", reasons.Diverged(1550))


def test_a_copied_curve_is_no_evidence() -> None:
    copy = builders.run("copy", builders.config({builders.REG: 0.2}), eval_l1=builders.curve(0.4))
    base = builders.run("base", eval_l1=builders.curve(0.4))
    row = judge(copy, base)
    assert (row.word, row.why.name) == ("not comparable", "identical")
    assert "point for point" in row_words.reason(row, builders.PROFILE, "en")
    other = builders.run("other", builders.config(seed=2), eval_l1=builders.curve(0.41, seed=5))
    assert judge(copy, base, other).baselines == ("other",)


# Repeats and null seeds.


def test_a_null_seed_is_another_one_though_the_order_of_the_data_is_the_same() -> None:
    runs = [
        builders.healthy(
            f"r{i}", 0.4 + i / 100, builders.config({"dataset.sampler_seed": 3}), seed=i
        )
        for i in range(3)
    ]
    for run in runs:
        run.config["seed"] = None
    assert in_study(runs, ["r1"], ["r0"]).noise.groups[0].df == 2


@pytest.mark.parametrize("seed", [None, "absent"])
def test_a_null_or_absent_seed_is_another_seed_each_time(seed: Any) -> None:
    runs = [builders.healthy(f"r{i}", level, seed=i) for i, level in enumerate((0.4, 0.48, 0.42))]
    for run in runs:
        if seed is None:
            run.config["seed"] = None
        else:
            del run.config["seed"]
    found = in_study(runs, ["r1"], ["r0"])
    assert found.noise.origin == "measured"
    assert found.noise.groups[0].df == 2
    assert found.headlines[0].word == "within noise"


def test_runs_of_one_seed_that_came_out_otherwise_are_repeats_and_bound_the_noise_from_below() -> (
    None
):
    repeats = [
        builders.healthy(f"r{i}", level, builders.config(seed=1), seed=i)
        for i, level in enumerate((0.4, 0.52, 0.42))
    ]
    found = in_study(repeats, ["r1"], ["r0"])
    assert found.noise.groups == ()
    spread = np.std(np.log([0.4, 0.52, 0.42]), ddof=1)
    assert found.noise.repeats[0][1] == pytest.approx(spread**2, rel=0.05)
    row = found.headlines[0]
    assert row.word == "within noise"
    assert row.base_seeds == 1
    assert reasons.Repeats(2, 1) in row.notes


# Scales.


def absolute(effect: float | None = None) -> Profile:
    return with_metric("eval_l1", direction="higher", scale="absolute", smallest_effect=effect)


def rewards(levels: Sequence[float], knob: dict[str, Any] | None = None) -> list[Run]:
    name = "better" if knob else "base"
    return [
        builders.run(
            f"{name}{i}",
            builders.config(knob, seed=i),
            eval_l1=level + np.random.default_rng(50 * i + len(name)).normal(0, 0.2, 40),
        )
        for i, level in enumerate(levels, 1)
    ]


def test_a_reward_that_changes_its_sign_is_judged_in_own_units_by_replicates() -> None:
    base, better = rewards((-1.5, -0.5, 0.5)), rewards((20.0, 21.0, 19.5), {builders.REG: 0.2})
    found = study.study([*base, *better], [r.id for r in better], [base[0].id], absolute(1.0))
    row = found.headlines[0]
    assert row.word == "improved"
    assert row.change == pytest.approx(20.67, abs=0.3)
    assert "%" not in row_words.interval(row)
    assert "%" not in report.write(found, "en", sections=["summary"])
    assert all("%" not in render.power(e, found.profile, "en") for e in found.experiments)


def test_in_own_units_without_replicates_the_noise_is_unknown_and_only_numbers_are_given() -> None:
    base, better = rewards((-1.5,)), rewards((20.0,), {builders.REG: 0.2})
    found = study.study([*base, *better], ["better1"], ["base1"], absolute(1.0))
    row = found.headlines[0]
    assert isinstance(row, Unsettled)
    assert row.word == "noise unknown"
    assert row.change == pytest.approx(21.5, abs=0.3)
    assert found.noise.origin == "unknown"
    assert "nobody knows yet" in row_words.reason(row, found.profile, "en")


def test_in_own_units_without_a_smallest_effect_nothing_is_ever_the_same() -> None:
    base, other = rewards((5.0, 5.001, 4.999)), rewards((5.0, 5.001, 4.999), {builders.REG: 0.2})
    for effect, word in ((None, "within noise"), (5.0, "same")):
        found = study.study([*base, *other], [r.id for r in other], ["base1"], absolute(effect))
        assert found.headlines[0].word == word


def test_an_accuracy_near_one_is_judged_by_what_it_lacks_to_one() -> None:
    near = with_metric("eval_l1", direction="higher", scale="complement")

    def accuracy(name: str, lacking: float, seed: int, knob: dict[str, Any] | None = None) -> Run:
        values = 1 - lacking * np.exp(np.random.default_rng(seed).normal(0, 0.02, 40))
        return builders.run(name, builders.config(knob, seed=seed), eval_l1=values)

    bases = [accuracy(f"b{i}", 0.010 * (1 + i / 50), i) for i in range(3)]
    better = [accuracy(f"g{i}", 0.005 * (1 + i / 50), 9 + i, {builders.REG: 0.2}) for i in range(3)]
    found = study.study([*bases, *better], [r.id for r in better], ["b0"], near)
    row = found.headlines[0]
    assert row.word == "improved"
    assert row.change == pytest.approx(-0.5, abs=0.03)
    assert row.value == pytest.approx(0.995, abs=0.001)
    one = builders.run("one", builders.config({builders.REG: 0.3}), eval_l1=np.ones(40))
    refusal = judged([one], bases, QUIET, profile=near)
    assert (refusal.word, refusal.why.name) == ("not comparable", "not_positive")


# Lengths, budgets, schedules.


def test_a_run_that_ended_before_half_of_the_others_last_step_is_not_comparable() -> None:
    short = builders.healthy("short", 0.4, seed=3, n=19)
    row = judge(short, BASE)
    assert (row.word, row.why.name) == ("not comparable", "too_short")
    assert row.why.run == "short"
    assert judge(BASE, short).why.name == "too_short"
    half = builders.healthy("half", 0.4, seed=3, n=20)
    assert judge(half, BASE).why.name != "too_short"


def test_runs_that_stopped_at_the_same_step_are_compared_however_short_with_a_note() -> None:
    long = builders.config(steps=50 * builders.STEPS)
    runs = [
        builders.healthy(name, level, builders.config(knob, long, seed=seed), seed=seed, n=8)
        for name, level, seed, knob in (("a", 0.4, 1, {}), ("b", 0.8, 2, {builders.REG: 0.2}))
    ]
    row = judge(runs[1], runs[0], noise=known_noise(0.02, 10))
    assert row.word == "regressed"
    assert reasons.Early(400, 50 * builders.STEPS) in row.notes


def test_runs_whose_lengths_differ_by_more_than_a_tenth_are_cut_and_it_is_said() -> None:
    shorter = builders.healthy("shorter", 0.4, builders.config(seed=2), seed=3, n=30)
    row = judge(shorter, BASE)
    assert row.cut_at_step == 1500
    near = builders.healthy("near", 0.4, builders.config(seed=2), seed=3, n=37)
    assert judge(near, BASE).cut_at_step is None


def annealing(name: str, steps: int, *, rate: bool, **top: Any) -> Run:
    n = steps // 50
    curves = {"eval_l1": builders.curve(0.4, n=n, seed=len(name) + n + len(top))}
    if rate:
        curves["lr"] = 1e-4 * (1 + np.cos(np.pi * np.arange(1, n + 1) / n)) / 2
    settings = builders.diffusion(steps=steps, **top)
    return builders.run(name, settings, **curves)


@pytest.mark.parametrize("rate", [True, False])
def test_learning_rates_annealed_over_another_budget_are_never_judged(rate: bool) -> None:
    """Diffusion's preset anneals over the planned steps, whether or not the rate was logged."""
    long = annealing("long", 3000, rate=rate)
    short = annealing("short", 2000, rate=rate, batch_size=16)
    for run, base in ((long, short), (short, long)):
        row = judge(run, base)
        assert row.word == "not comparable"
        assert row.why.name == ("annealed" if rate else "other_schedule")
        assert "different budgets" in row_words.reason(row, builders.PROFILE, "en")


def test_equal_budgets_constant_rates_and_unknown_schedules_are_compared() -> None:
    for rate in (True, False):
        pair = [annealing(n, 2000, rate=rate, batch_size=b) for n, b in (("a", 8), ("bb", 16))]
        assert judge(*pair).word != "not comparable"
    constant = builders.healthy("longer", 0.4, builders.config(steps=3000, seed=2), seed=2, n=60)
    assert judge(constant, BASE).word != "not comparable"
    unknown = [
        builders.healthy(
            f"v{steps}",
            0.4,
            builders.config({"policy.type": "vqbet"}, steps=steps, seed=steps),
            seed=steps,
            n=steps // 50,
        )
        for steps in (2000, 3000)
    ]
    assert judge(*unknown).word != "not comparable"


def test_a_run_that_crashed_after_its_last_planned_step_is_whole() -> None:
    runs = [
        builders.healthy(f"r{i}", 0.4 + i / 100, builders.config(seed=i), seed=i, state=state)
        for i, state in enumerate(("finished", "failed", "unfinished"))
    ]
    found = in_study(runs, ["r2"], ["r0"])
    assert found.noise.groups[0].df == 2
    assert set(found.headlines[0].baselines) == {"r0", "r1"}
    early = builders.healthy("early", 0.4, builders.config(seed=9), seed=9, n=30, state="failed")
    assert early.id not in in_study([*runs, early], ["r2"], ["r0"]).headlines[0].baselines


# Few points.


def test_few_points_and_no_data_are_not_comparable() -> None:
    assert refused(builders.run("r", every=2000, eval_l1=[0.5])) == "few_points"
    assert refused(builders.run("r", train_l1=[0.5] * 9)) == "no_data"
    assert (
        refused(builders.healthy("r"), builders.run("b", train_l1=[0.5] * 9)) == "baseline_unusable"
    )


def test_two_common_points_are_enough_for_a_verdict() -> None:
    few = [
        builders.run(n, builders.config(seed=i), every=1000, eval_l1=[0.9, level])
        for i, (n, level) in enumerate((("a", 0.8), ("b", 0.4)))
    ]
    assert isinstance(judge(*few), Judged)


def test_a_final_accuracy_of_each_run_is_judged_by_its_value() -> None:
    runs = [
        builders.run(f"r{i}", builders.config(knob, seed=i), every=2000, eval_l1=[level])
        for i, (level, knob) in enumerate(
            ((0.40, {}), (0.41, {}), (0.39, {}), (0.60, {builders.REG: 0.2}))
        )
    ]
    found = in_study(runs, ["r3"], ["r0"])
    row = found.headlines[0]
    assert (row.word, row.error.tail, row.base_seeds) == ("regressed", 0.0, 3)
    lone = in_study([runs[0], runs[3]], ["r3"], ["r0"]).headlines[0]
    assert "one_value" in [n.name for n in lone.notes]


def test_a_single_value_far_from_the_end_is_no_final_one() -> None:
    curves = {"train_l1": builders.flat(0.3)}
    a, b = (
        builders.run(n, builders.config(seed=i), eval_l1=[0.4 + i], **curves)
        for i, n in enumerate("ab")
    )
    assert judge(a, b).why.name == "few_points"


# How sure.


def test_an_interval_says_why_it_is_wide_and_which_run_would_narrow_it() -> None:
    worse = seeds((0.50,), {builders.REG: 0.2})
    found = in_study([*REPLICATED, *worse], [worse[0].id], [REPLICATED[0].id])
    row = found.headlines[0]
    assert row.wide == reasons.OneSeed(worse[0].id)
    assert row.narrowing.run == worse[0].id
    assert 0 < row.narrowing.half_width < row.half_width
    wide, narrow = row_words.sureness(row, builders.PROFILE, "en")
    assert f"{worse[0].id} is one seed" in wide
    assert f"One more seed of {worse[0].id}" in narrow


def test_a_word_that_rests_on_one_seed_says_so_and_a_second_seed_is_proposed_first() -> None:
    worse = seeds((0.60,), {builders.REG: 0.2})
    found = in_study([*REPLICATED, *worse], [worse[0].id], [REPLICATED[0].id])
    assert row_words.word(found.headlines[0], "en") == "regressed in this seed"
    first = found.experiments[0]
    assert (first.kind, first.anchor, len(first.runs)) == ("replicate", worse[0].id, 1)
    assert first.runs[0].seed != worse[0].config["seed"]
    assert first.runs[0].config["ot"]["loss_config"]["reg"] == 0.2


def test_the_runs_of_an_anchor_at_another_place_keep_its_config() -> None:
    found = builders.planted_study(("lr20x",), ("base1",))
    planned = found.plan_context.at("lr20x")
    assert planned.anchor.id == "lr20x"
    assert planned.healthy == found.plan_context.healthy


def test_an_alias_compares_with_a_note() -> None:
    chosen = profile.parse(
        """
name: x
judge: [m]
metrics: {m: {keys: [new, old], direction: lower}}
""",
        "x",
    )
    new = builders.run("a", {"a": 1}, keys={"new": builders.flat(0.4)})
    old = builders.run("b", {"a": 2}, keys={"old": builders.flat(0.4, seed=2)})
    row = judged([new], [old], QUIET, "m", chosen)
    assert isinstance(row, Judged)
    assert "alias" in [n.name for n in row.notes]


def test_planted_regressions_are_found_and_seeds_of_the_baseline_are_not() -> None:
    found = builders.planted_study((*builders.REGRESSED, "base2", "base3", "upd_reg"))
    assert all(words(found)[r] == "regressed" for r in builders.REGRESSED)
    for run in ("base2", "base3", "upd_reg"):
        assert words(found)[run] in ("same", "within noise")


def test_seed_noise_is_learnt_from_all_runs_of_the_source() -> None:
    found = builders.planted_study(("lr20x",), ("other",))
    assert found.noise.origin == "measured"
    everything = found.summaries.values()
    assert seed_noise.measure(everything, "eval_l1", builders.PROFILE) == found.noise
