"""Verdicts: the numbers against an independent computation, the words against planted cases."""

import dataclasses
import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import builders, independent
from test_noise import points, seeds

from actot import profile, study
from actot.analysis import nearest_configs, run_summary
from actot.analysis.run_summary import RunSummary
from actot.output import messages, render
from actot.records import Run
from actot.verdicts import judging, reasons, seed_noise, tail_estimate
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import NotJudged, Verdict

QUIET = SeedNoise(0.005, 10, "measured")
LOUD = SeedNoise(0.04, 4, "assumed")


def read(*runs: Run) -> list[RunSummary]:
    return [run_summary.summarize(r, builders.PROFILE) for r in runs]


def judge(
    run: Run, *bases: Run, noise: SeedNoise = QUIET, metric: str = "eval_l1", **kwargs: Any
) -> Verdict:
    mine, *others = read(run, *bases)
    return judging.judge([(mine, others)], metric, noise, builders.PROFILE, **kwargs)[0]


BASE = builders.healthy("base", 0.4, seed=1)


def against_base(level: float, **kwargs: Any) -> Verdict:
    changed = builders.config({builders.REG: 0.12})
    return judge(builders.healthy("run", level, changed, seed=2), BASE, **kwargs)


def assert_same(mine: Verdict, theirs: independent.Row) -> None:
    close = {"rel": 1e-9, "abs": 1e-12}
    assert mine.change == pytest.approx(theirs.change, **close)
    assert mine.low == pytest.approx(theirs.low, **close)
    assert mine.high == pytest.approx(theirs.high, **close)
    assert mine.p == pytest.approx(theirs.p, rel=1e-9)
    assert mine.mde == pytest.approx(theirs.mde, rel=1e-9)
    assert mine.three_seeds == pytest.approx(theirs.three_seeds, rel=1e-9)
    assert mine.seeds_needed == theirs.seeds_needed


def test_the_planted_study_equals_the_independent_computation() -> None:
    found = builders.planted_study()
    curves = {i: points(r) for i, r in found.summaries.items()}
    relative, df = independent.noise([[curves["base1"], curves["base2"], curves["base3"]]])
    assert found.noise.relative == pytest.approx(relative, rel=1e-9)
    picked = [v for v in found.verdicts if v.against == "picked"]
    rows = [independent.compare(curves[v.run], [curves[v.baseline]], relative, df) for v in picked]
    for mine, theirs in zip(picked, rows, strict=True):
        assert_same(mine, theirs)
    adjusted = independent.holm([row.p for row in rows])
    assert [v.p_adjusted for v in picked] == pytest.approx(adjusted, rel=1e-9)


@pytest.mark.parametrize("seed", range(15))
def test_random_pairs_equal_the_independent_computation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs = [
        builders.run(
            f"r{i}",
            builders.config(seed=i),
            every=int(rng.choice([20, 50])),
            eval_l1=0.4 + np.cumsum(rng.normal(0, 0.003, int(rng.integers(110, 300)))) % 0.3,
        )
        for i in range(int(rng.integers(2, 5)))
    ]
    relative, df = float(rng.uniform(0.001, 0.05)), float(rng.integers(4, 20))
    mine, *bases = read(*runs)
    row = judging.compare(
        mine, bases, "eval_l1", SeedNoise(relative, df, "measured"), builders.PROFILE
    )
    if isinstance(row, NotJudged):
        assert row.why.name == "too_short"
        return
    assert_same(row, independent.compare(points(mine), [points(b) for b in bases], relative, df))


def test_several_baselines_of_one_config_are_one_baseline() -> None:
    bases = seeds((0.40, 0.42, 0.39))
    run = builders.healthy("run", 0.5, builders.config({builders.REG: 0.2}), seed=9)
    row = judge(run, *bases, noise=LOUD)
    mine, *others = read(run, *bases)
    assert_same(row, independent.compare(points(mine), [points(o) for o in others], 0.04, 4))
    assert row.baselines == tuple(b.id for b in bases)


def test_baselines_are_grouped_by_their_effective_knobs_the_first_picked_leads() -> None:
    other = builders.healthy("other", 0.44, builders.config(builders.tau(2.0)), seed=4)
    a1, a2 = seeds((0.4, 0.41))
    groups = judging.group_baselines(read(a1, other, a2), builders.PROFILE)
    assert [[r.id for r in g] for g in groups] == [[a1.id, a2.id], ["other"]]


@pytest.mark.parametrize("n", [2, 5, 30, 100, 400])
def test_the_error_of_a_tail_takes_its_autocorrelation_for_what_it_is_up_to_0_9(n: int) -> None:
    rng = np.random.default_rng(n)
    for values in (np.linspace(1, 2, n), np.cumsum(rng.normal(0, 1, n)), rng.normal(0, 1, n)):
        mine = tail_estimate.level(builders.series(values))
        assert mine.error == pytest.approx(independent.standard_error(list(values)), rel=1e-9)
        assert mine.mean == pytest.approx(float(np.mean(values)), rel=1e-9, abs=1e-12)


# The words.


def test_much_lower_is_improved_and_much_higher_is_regressed() -> None:
    assert against_base(0.3).word == "improved"
    assert against_base(0.6).word == "regressed"
    assert against_base(0.6).why.name == "clear"


def test_for_a_metric_that_should_rise_the_words_are_the_other_way_round() -> None:
    tree = builders.PROFILE.metrics["eval_l1"]
    up = dataclasses.replace(
        builders.PROFILE,
        metrics={
            **builders.PROFILE.metrics,
            "eval_l1": dataclasses.replace(tree, direction="higher"),
        },
    )
    for level, word in ((0.3, "regressed"), (0.6, "improved")):
        mine, base = (
            run_summary.summarize(r, up)
            for r in (builders.healthy("run", level, builders.config(seed=2), seed=2), BASE)
        )
        assert judging.judge([(mine, [base])], "eval_l1", QUIET, up)[0].word == word


def test_an_interval_inside_what_matters_is_same() -> None:
    row = against_base(0.4, noise=SeedNoise(0.002, 20, "measured"))
    assert (row.word, row.why.name) == ("same", "inside")
    assert row.low >= -0.02
    assert row.high <= 0.02


def test_a_certain_change_that_is_too_small_to_matter_is_same() -> None:
    run = builders.run("run", builders.config(seed=2), eval_l1=np.full(40, 0.4076))
    base = builders.run("base", eval_l1=np.full(40, 0.4))
    row = judge(run, base, noise=SeedNoise(0.0008, 50, "measured"))
    assert row.p_adjusted < 0.05
    assert row.word == "same"
    # Certain, below what matters, though the interval reaches beyond it.
    near = builders.run("run", builders.config(seed=2), eval_l1=np.full(40, 0.4 * 1.0195))
    row = judge(near, base, noise=SeedNoise(0.0015, 50, "measured"))
    assert row.high > 0.02
    assert (row.word, row.why.name) == ("same", "too_small")


def test_a_small_change_under_loud_noise_is_within_noise() -> None:
    row = against_base(0.41, noise=LOUD)
    assert (row.word, row.why.name) == ("within noise", "noise")
    assert row.mde > 0.05
    assert row.assumed_noise


def test_an_interval_without_zero_that_does_not_hold_after_correction_is_said() -> None:
    changed = builders.config({builders.REG: 0.2})
    runs = [builders.healthy(f"r{i}", 0.469, changed, seed=40 + i) for i in range(6)]
    *mine, base = read(*runs, BASE)
    loud = SeedNoise(0.04, 8, "measured")
    rows = judging.judge([(r, [base]) for r in mine], "eval_l1", loud, builders.PROFILE)
    alone = judging.judge([(mine[0], [base])], "eval_l1", loud, builders.PROFILE)[0]
    assert alone.word == "regressed"
    assert rows[0].low > 0
    assert (rows[0].word, rows[0].why.name) == ("within noise", "not_held")


@pytest.mark.parametrize(
    ("relative", "df"), [(0.002, 30), (0.008, 20), (0.012, 10), (0.02, 10), (0.04, 4)]
)
def test_the_seeds_needed_are_the_smallest_number_that_settles_what_matters(
    relative: float, df: float
) -> None:
    row = against_base(0.41, noise=SeedNoise(relative, df, "measured"))
    mine, base = read(builders.healthy("run", 0.41, seed=2), BASE)
    theirs = independent.compare(points(mine), [points(base)], relative, df)
    assert row.seeds_needed == theirs.seeds_needed
    if row.seeds_needed is None:
        assert row.three_seeds * math.sqrt(3 / 10) > 0.02
    else:
        assert row.three_seeds * math.sqrt(3 / row.seeds_needed) <= 0.02 * (1 + 1e-12)
        if row.seeds_needed > 1:
            assert row.three_seeds * math.sqrt(3 / (row.seeds_needed - 1)) > 0.02


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


def test_few_points_and_no_data_and_a_proxy_are_not_comparable() -> None:
    assert refused(builders.run("r", every=500, eval_l1=[0.5, 0.4, 0.4, 0.4])) == "few_points"
    assert refused(builders.run("r", train_l1=[0.5] * 9)) == "no_data"
    assert (
        refused(builders.healthy("r"), builders.run("b", train_l1=[0.5] * 9)) == "baseline_unusable"
    )


def test_the_reason_of_no_data_carries_what_was_looked_for() -> None:
    row = judge(builders.run("r", train_l1=[0.5] * 9), BASE)
    assert row.why.missing.name == "not_logged"


def test_a_proxy_is_not_compared_and_is_named() -> None:
    proxy = builders.run("r", keys={"train/ot_ot_cost/observation.state": builders.flat(1300.0)})
    base = builders.run("b", ot_cost_action_lbl=builders.flat(0.02))
    for mine, theirs in ((proxy, base), (base, proxy)):
        row = judge(mine, theirs, metric="ot_cost_action_lbl")
        assert (row.word, row.why.missing.name) == ("not comparable", "proxy")
        assert "logged only as a proxy" in render.reason(row, builders.PROFILE, "en")


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
        assert words in render.reason(row, builders.PROFILE, "en")


def test_a_copied_curve_is_no_evidence() -> None:
    copy = builders.run("copy", builders.config({builders.REG: 0.2}), eval_l1=builders.curve(0.4))
    base = builders.run("base", eval_l1=builders.curve(0.4))
    row = judge(copy, base)
    assert (row.word, row.why.name) == ("not comparable", "identical")
    assert "point for point" in render.reason(row, builders.PROFILE, "en")
    other = builders.run("other", builders.config(seed=2), eval_l1=builders.curve(0.41, seed=5))
    assert judge(copy, base, other).baselines == ("other",)


def test_identical_baselines_count_once() -> None:
    bases = [
        builders.run(f"b{i}", builders.config(seed=i), eval_l1=builders.curve(0.4, seed=seed))
        for i, seed in enumerate((1, 1, 2))
    ]
    run = builders.healthy("run", 0.5, builders.config({builders.REG: 0.2}), seed=9)
    assert judge(run, *bases).baselines == ("b0", "b2")


def test_on_request_the_last_point_is_judged_with_the_scatter_of_the_tail() -> None:
    run, base = builders.healthy("r", 0.5, builders.config(seed=2), seed=2), BASE
    last = dataclasses.replace(builders.PROFILE, value="last")
    mine, theirs = (run_summary.summarize(r, last) for r in (run, base))
    row = judging.judge([(mine, [theirs])], "eval_l1", QUIET, last)[0]
    ends = [[v for _, v in points(r)[-5:]] for r in (mine, theirs)]
    r, b = ends[0][-1], ends[1][-1]
    inside = [statistics.stdev(e) for e in ends]
    error = math.sqrt(inside[0] ** 2 + inside[1] ** 2 + 0.005**2 * (r**2 + b**2)) / b
    assert row.change == pytest.approx(r / b - 1, rel=1e-9)
    half = independent.t_quantile(0.975, 10) * error
    assert (row.low, row.high) == pytest.approx((r / b - 1 - half, r / b - 1 + half), rel=1e-9)
    assert "last point" in render.reason(row, last, "en")


@pytest.mark.parametrize("value", [0.0, -0.4])
def test_values_that_are_not_positive_are_not_comparable(value: float) -> None:
    run = builders.run("r", eval_loss=np.full(40, value))
    assert (
        refused(run, builders.run("b", eval_loss=np.full(40, 0.4)), "eval_loss") == "not_positive"
    )
    assert (
        refused(builders.run("b", eval_loss=np.full(40, 0.4)), run, "eval_loss") == "not_positive"
    )


def test_a_run_that_ended_before_half_of_the_others_budget_is_not_comparable() -> None:
    short = builders.healthy("short", 0.4, seed=3, n=19)
    row = judge(short, BASE)
    assert (row.word, row.why.name) == ("not comparable", "too_short")
    assert row.why.run == "short"
    assert judge(BASE, short).why.name == "too_short"
    half = builders.healthy("half", 0.4, seed=3, n=20)
    assert judge(half, BASE).why.name != "too_short"


def test_runs_whose_lengths_differ_by_more_than_a_tenth_are_cut_and_it_is_said() -> None:
    shorter = builders.healthy("shorter", 0.4, builders.config(seed=2), seed=3, n=30)
    row = judge(shorter, BASE)
    assert row.cut_at_step == 1500
    mine, base = read(shorter, BASE)
    assert_same(row, independent.compare(points(mine), [points(base)], 0.005, 10))
    near = builders.healthy("near", 0.4, builders.config(seed=2), seed=3, n=37)
    assert judge(near, BASE).cut_at_step is None


def test_both_tails_cover_the_longer_span_where_one_run_logs_more_often() -> None:
    dense = builders.run(
        "dense", builders.config(seed=2), every=10, eval_l1=builders.curve(0.4, n=200, seed=4)
    )
    mine, base = read(dense, BASE)
    low, high = tail_estimate.matched_window(
        [mine.finite("eval_l1"), base.finite("eval_l1")], builders.PROFILE
    )
    assert (low, high) == (1800, 2000)


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
        assert "1550" in render.reason(row, builders.PROFILE, lang)


def test_a_run_that_diverged_is_regressed_against_a_group_with_a_usable_member() -> None:
    row = judge(diverged_run("run", 10), BASE, diverging(30))
    assert (row.word, row.baselines) == ("regressed", ("base",))


def test_the_reason_of_a_group_without_a_usable_member_is_its_divergence() -> None:
    empty = builders.run("empty", train_l1=[0.5] * 9)
    row = judge(diverged_run("run", 10), empty, diverging(30))
    assert (row.word, row.why.run) == ("not comparable", "bad")
    assert row.why.reason.name == "diverged"


# Families and neighbours.


def test_the_picked_rows_are_one_family_and_the_neighbours_another() -> None:
    found = builders.planted_study(("lr20x", "upd_reg", "upd_lambda"), ("other",))
    for kind in ("picked", "neighbour"):
        rows = [v for v in found.verdicts if v.against == kind]
        assert len(rows) == 3
        adjusted = independent.holm([v.p for v in rows])
        assert [v.p_adjusted for v in rows] == pytest.approx(adjusted, rel=1e-12)


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


def test_an_alias_compares_with_a_note() -> None:
    chosen = profile.parse(
        """
name: x
judge: [m]
metrics: {m: {keys: [new, old], direction: lower}}
""",
        "x",
    )
    new = run_summary.summarize(builders.run("a", {}, keys={"new": builders.flat(0.4)}), chosen)
    old = run_summary.summarize(
        builders.run("b", {}, keys={"old": builders.flat(0.4, seed=2)}), chosen
    )
    row = judging.judge([(new, [old])], "m", QUIET, chosen)[0]
    assert row.p is not None
    assert [n.name for n in row.notes] == ["alias"]


# The study.


def words(found: Any) -> dict[str, str]:
    return {run: found.headline(run).word for run in found.runs}


def test_planted_regressions_are_found_and_seeds_of_the_baseline_are_not() -> None:
    found = builders.planted_study((*builders.REGRESSED, "base2", "base3", "upd_reg"))
    assert all(words(found)[r] == "regressed" for r in builders.REGRESSED)
    for run in ("base2", "base3", "upd_reg"):
        assert words(found)[run] in ("same", "within noise")


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
    with pytest.raises(study.BadInput, match=words):
        builders.planted_study(picked, baselines)


def test_an_unknown_metric_or_anchor_is_bad_input() -> None:
    with pytest.raises(study.BadInput, match="known are"):
        builders.planted_study(metric="nosuch")
    with pytest.raises(study.BadInput, match="anchor nosuch"):
        builders.planted_study(anchor="nosuch")


def test_seed_noise_is_learnt_from_all_runs_of_the_source() -> None:
    found = builders.planted_study(("lr20x",), ("other",))
    assert found.noise.origin == "measured"
    assert seed_noise.measure(found.summaries.values(), "eval_l1", builders.PROFILE) == found.noise
