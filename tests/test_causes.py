"""Causes: what separates the regressed runs from the healthy ones."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from support import builders

from actot import report
from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.causes import knob_distance, statements
from actot.causes.cause import CONFIRMED, LIKELY, ORDER, POSSIBLE, RULED_OUT, Cause
from actot.facts import Evidence
from actot.output import messages, render
from actot.records import Run
from actot.study import Study, study
from actot.verdicts import judging

OPTIMIZER = {"lr", "weight_decay", "grad_clip_norm", "scheduler"}


def by_knob(found: Study) -> dict[str, Cause]:
    return {knob: c for c in found.causes for knob in c.knobs}


def names(cause: Cause) -> set[str]:
    return {e.name for e in cause.evidence}


def with_runs(*more: Run, picked: tuple[str, ...] = builders.REGRESSED) -> Study:
    return builders.planted_study(picked, runs=[*builders.planted(), *more])


def test_the_first_cause_is_the_optimizer_knobs_as_one_confounded_group() -> None:
    found = builders.planted_study()
    first = found.causes[0]
    assert set(first.knobs) == OPTIMIZER
    assert {m.group for m in first.moved} == {"optimizer"}
    assert first.is_confounded
    assert first.word == LIKELY
    assert first.probability is not None and first.probability > 0.95
    assert {"confounded", "separates"} <= names(first)
    assert first.carriers == builders.REGRESSED
    assert first.knobs[0] == "lr"
    assert found.suspects == (first,)


def test_the_causes_stand_in_the_order_of_their_words() -> None:
    found = builders.planted_study()
    words = [ORDER.index(c.word) for c in found.causes]
    assert words == sorted(words)
    assert [c.rank for c in found.causes] == [*range(1, len(words) + 1)]
    assert set(by_knob(found)) == {*OPTIMIZER, "lambda_ot", "reg", "weight_label"}
    assert all(c.probability is None for c in found.causes[1:])


def test_the_first_line_of_the_evidence_is_what_the_word_rests_on() -> None:
    first = builders.planted_study().causes[0].evidence[0]
    assert first.name == "almost_surely"
    assert (first.count, first.others) == (3, 6)
    assert render.evidence(first, "en").startswith("almost surely: on average +99.8 % in 3 runs")
    pair = builders.healthy("lr_only", 0.62, builders.config(lr_tree(20)), seed=36)
    found = with_runs(pair, picked=(*builders.REGRESSED, "lr_only"))
    assert by_knob(found)["lr"].word == CONFIRMED
    assert by_knob(found)["lr"].evidence[0].name == "matched_pair"


def test_the_evidence_gives_the_changes_with_their_ratios() -> None:
    carried = next(
        e for e in by_knob(builders.planted_study())["lr"].evidence if e.name == "carried"
    )
    text = render.evidence(carried, "en")
    for part in ("3 of 3", "20x", "30x", "25x", "1e-05", *builders.REGRESSED):
        assert part in text


def test_a_healthy_run_with_the_same_value_clears_a_knob() -> None:
    clip = builders.own_optimizer(1e-5, 1e-4, clip=1.0, warmup=0)
    clip["scheduler"]["decay_lr"] = 1e-5
    found = with_runs(builders.healthy("clip1", 0.401, builders.config(clip), seed=31))
    cleared = by_knob(found)["grad_clip_norm"]
    assert cleared.word == RULED_OUT
    assert cleared.knobs == ("grad_clip_norm",)
    assert cleared.evidence[0].name == "cleared"
    assert set(found.causes[0].knobs) == OPTIMIZER - {"grad_clip_norm"}


def test_a_healthy_run_that_went_further_clears_too_one_that_went_less_far_does_not() -> None:
    def lr(times: float) -> Run:
        rate = 1e-5 * times
        both = {"policy.optimizer_lr": rate, "policy.optimizer_lr_backbone": rate}
        return builders.healthy(f"x{times}", 0.401, builders.config(both), seed=32)

    assert word(with_runs(lr(2)), "lr") == POSSIBLE
    assert word(with_runs(lr(40)), "lr") == RULED_OUT
    assert word(with_runs(lr(0.01)), "lr") == POSSIBLE


def test_a_healthy_run_that_moved_a_knob_less_far_is_named() -> None:
    found = builders.planted_study()
    assert "also_healthy" in names(by_knob(found)["reg"]) | names(by_knob(found)["lambda_ot"])


def test_a_run_that_regressed_itself_clears_nothing() -> None:
    # It did not end well, so it is no replicate that would show its config to be noisy.
    bad = builders.healthy(
        "bad", 0.9, builders.config({"batch_size": 16}), seed=33, n=38, state="failed"
    )
    good = builders.healthy("good", 0.4, builders.config({"batch_size": 16}), seed=34)
    alone = with_runs(bad, picked=("bad",))
    assert word(alone, "batch_size") != RULED_OUT
    # A second run with the same knob is healthy: the knob is not it.
    assert word(with_runs(bad, good, picked=("bad",)), "batch_size") == RULED_OUT


def test_without_a_regression_only_what_is_named_is_a_cause() -> None:
    picked = ("upd_reg", "upd_lambda", "base2")
    (cause,) = builders.planted_study(picked).causes
    assert set(cause.knobs) == OPTIMIZER
    assert (cause.word, cause.carriers) == (LIKELY, tuple(sorted(builders.REGRESSED)))
    assert [e.name for e in cause.evidence] == ["almost_surely"]
    healthy = [r for r in builders.planted() if r.id not in builders.REGRESSED]
    assert builders.planted_study(picked, runs=healthy).causes == ()


def test_without_a_change_there_are_no_causes() -> None:
    same = builders.healthy("same", 0.9, builders.config(seed=9), seed=35)
    found = with_runs(same, picked=("same",))
    assert found.causes == ()


def test_a_matched_pair_is_direct_evidence() -> None:
    both = {"policy.optimizer_lr": 2e-4, "policy.optimizer_lr_backbone": 2e-4}
    pair = builders.healthy("lr_only", 0.62, builders.config(both), seed=36)
    found = with_runs(pair, picked=(*builders.REGRESSED, "lr_only"))
    cause = by_knob(found)["lr"]
    evidence = next(e for e in cause.evidence if e.name == "matched_pair")
    assert (evidence.run, evidence.row.word) == ("lr_only", "regressed")
    assert found.causes[0].knobs == ("lr",)
    assert cause.word == CONFIRMED


def test_a_pair_that_is_far_apart_in_another_knob_is_none() -> None:
    cause = by_knob(builders.planted_study())["lr"]
    assert "matched_pair" not in names(cause)


def test_a_diverged_run_has_causes_too() -> None:
    values = builders.curve(0.4)
    values[30:] = float("nan")
    bad = builders.healthy(
        "bad", settings=builders.config(builders.own_optimizer(2e-3, 0.03)), eval_l1=values
    )
    found = with_runs(bad, picked=("bad",))
    assert set(found.causes[0].knobs) == OPTIMIZER


def test_two_runs_away_from_the_reference_that_differ_in_one_knob_are_a_pair_too() -> None:
    values = builders.curve(0.4)
    values[30:] = float("nan")
    worse = builders.own_optimizer(2e-3, 0.05)
    bad = builders.healthy("bad", settings=builders.config(worse), eval_l1=values)
    found = with_runs(bad, picked=("bad",))
    one = only(found, "lr", "matched_pair")
    assert (one.run, one.baseline) == ("bad", ("lr20x",))
    assert "lr20x in lr alone (0.0002 → 0.002)" in render.evidence(one, "en")
    assert [(c.knobs, c.word) for c in found.suspects] == [(("lr",), CONFIRMED)]


def burst(run_id: str, at: int, settings: dict[str, Any]) -> Run:
    """A run that is NaN from its point number `at` on."""
    values = builders.curve(0.4)
    values[at:] = float("nan")
    return builders.healthy(run_id, settings=builders.config(settings), eval_l1=values)


LR_20X = {"policy.optimizer_lr": 2e-4, "policy.optimizer_lr_backbone": 2e-4}


def burst_pair(with_lr: int, with_both: int) -> Study:
    """lr 20x diverges, and so does lr 20x with another batch size."""
    alone = burst("lr_alone", with_lr, LR_20X)
    both = burst("lr_and_batch", with_both, {**LR_20X, "batch_size": 16})
    return with_runs(alone, both, picked=("lr_alone", "lr_and_batch"))


@pytest.mark.parametrize("with_both", [20, 30])
def test_a_pair_whose_base_diverged_no_later_than_the_run_convicts_nobody(with_both: int) -> None:
    found = burst_pair(20, with_both)
    assert said(found, "batch_size", "matched_pair") == []
    assert word(found, "batch_size") != CONFIRMED
    assert [(c.knobs, c.word) for c in found.suspects] == [(("lr",), CONFIRMED)]


def test_a_pair_whose_base_diverged_strictly_later_counts_as_worse() -> None:
    found = burst_pair(30, 20)
    one = only(found, "batch_size", "matched_pair")
    assert (one.run, one.row.word) == ("lr_and_batch", "regressed")
    assert word(found, "batch_size") == CONFIRMED
    assert "regressed (diverged at step 1050)" in render.evidence(one, "en")
    assert "（在第 1050 步发散）" in render.evidence(one, "zh")


def test_a_usable_seed_of_the_base_stands_for_it_before_one_that_diverged() -> None:
    bad = burst("bad", 20, {**LR_20X, "batch_size": 16})
    seeds = burst("s1", 20, LR_20X), builders.healthy("s2", 0.4, builders.config(LR_20X, seed=2))
    found = with_runs(bad, *seeds, picked=("bad",))
    assert only(found, "batch_size", "matched_pair").baseline == ("s2",)


def test_against_a_picked_reference_that_diverged_no_cause_is_sought() -> None:
    base, run = burst("base", 30, {}), burst("run", 10, {"batch_size": 16})
    found = study([base, run], ["run"], ["base"], builders.PROFILE)
    assert [v.word for v in found.verdicts] == ["not comparable"]
    assert found.causes == ()


def test_a_pair_away_from_the_reference_clears_nothing() -> None:
    # Nobody knows what the way from the reference to the nearer of the two does.
    near = made("near", 0.9, BOTH)
    far = made("far", 0.9, {**BOTH, "batch_size": 64}, seed=46)
    found = alone(("far",), near, far)
    one = only(found, "batch_size", "matched_pair")
    assert (one.run, one.baseline) == ("far", ("near",))
    assert word(found, "batch_size") != RULED_OUT
    assert "pair_clears" not in names(by_knob(found)["batch_size"])


def test_a_pair_beyond_the_suspected_value_convicts_nobody() -> None:
    near = made("near", 0.4, {"ot.window_size": 12, **lr_tree(40)})
    far = made("far", 0.9, {"ot.window_size": 12, **lr_tree(80)})
    found = with_runs(near, far)
    row = only(found, "lr", "matched_pair").row
    assert (row.run, row.word) == ("far", "regressed")
    assert word(found, "lr") != CONFIRMED


def test_every_knob_that_its_own_ablation_convicts_is_a_suspect() -> None:
    found = with_runs(
        lr_alone(20, 0.62),
        made("lambda_only", 0.6, HIGH_LAMBDA, seed=47),
        made("bad_both", 0.8, {**HIGH_LAMBDA, **lr_tree(20)}, seed=48),
        picked=("bad_both", "lr_only", "lambda_only"),
    )
    assert {c.knobs for c in found.suspects} == {("lr",), ("lambda_ot",)}
    stats = report.write(found, "en", sections=["summary"])
    assert "Also lambda_ot 0.1 → 0.3 (3x) (confirmed)." in stats
    differences = report.write(found, "en", sections=["differences"])
    assert "not ruled out beside" not in differences
    assert "; " in render.suspects(found.suspects, "en")


def test_worse_training_without_more_jitter_points_to_the_optimizer() -> None:
    cause = by_knob(builders.planted_study())["lr"]
    assert "optimizer_symptom" in names(cause)
    assert "ot_symptom" not in names(cause)


def test_rough_training_with_a_collapsed_plan_points_to_ot() -> None:
    rough: dict[str, Any] = {
        "train_l1": builders.flat(0.2, seed=3, noise=0.25),
        "ot_pi_sum": builders.flat(1e-5, seed=4),
    }
    bad = builders.healthy("bad", 0.9, builders.config({builders.REG: 1e-3}), seed=37, **rough)
    cause = by_knob(with_runs(bad, picked=("bad",)))["reg"]
    assert "ot_symptom" in names(cause)
    assert "optimizer_symptom" not in names(cause)


def test_another_library_version_is_a_rival() -> None:
    runs = builders.planted()
    runs = [
        Run(**{**vars(r), "versions": {"wandb": "0.31" if r.id == "lr20x" else "0.30"}})
        for r in runs
    ]
    found = builders.planted_study(runs=runs)
    (rival,) = found.ranking.rivals
    assert (rival.runs, rival.what) == (("lr20x",), "wandb")
    # It moved in one of the three: it is no rival of their cause.
    assert "rival" not in names(by_knob(found)["lr"])


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_piece_of_evidence_can_be_said(lang: str) -> None:
    for cause in builders.planted_study().causes:
        for one in cause.evidence:
            assert "{" not in render.evidence(one, lang)


def word(found: Study, knob: str) -> str | None:
    return by_knob(found)[knob].word


def lr_alone(times: float, level: float) -> Run:
    return builders.healthy("lr_only", level, builders.config(lr_tree(times)), seed=36)


def lr_tree(times: float) -> dict[str, Any]:
    rate = 1e-5 * times
    return {"policy.optimizer_lr": rate, "policy.optimizer_lr_backbone": rate}


def test_a_one_knob_run_that_was_not_picked_separates_its_knob_from_the_group() -> None:
    found = with_runs(lr_alone(20, 0.62))
    first = found.causes[0]
    assert (first.knobs, first.word) == (("lr",), CONFIRMED)
    assert set(by_knob(found)["weight_decay"].knobs) == OPTIMIZER - {"lr"}
    assert word(found, "weight_decay") == RULED_OUT


def test_a_pair_of_one_bad_run_that_no_other_run_supports_confirms_nothing() -> None:
    healthy = made("fine", 0.4, {"ot.pair_info_path": "c.json"})
    one = made("bad", 0.9, {"ot.pair_info_path": "b.json"})
    found = with_runs(one, healthy, picked=("bad",))
    cause = by_knob(found)["pairing"]
    assert only(found, "pairing", "other_value").runs == ["fine"]
    assert cause.word is None
    assert {"or_seed", "matched_pair"} <= names(cause)
    again = made("again", 0.91, {"ot.pair_info_path": "b.json"}, seed=52)
    again = replace(again, config={**again.config, "seed": 52})
    assert word(with_runs(one, again, healthy, picked=("bad", "again")), "pairing") == CONFIRMED


def test_a_run_that_may_be_half_as_bad_is_not_healthy_and_clears_nothing() -> None:
    changed = builders.config({"batch_size": 16})
    runs = [
        builders.planted()[0],
        builders.healthy("bad", 0.56, changed, seed=41),
        builders.healthy(
            "mild", 0.432, {**changed, "policy": {**changed["policy"], "x": 1}}, seed=42
        ),
    ]
    found = builders.planted_study(("bad",), ("base1",), runs)
    mild = builders.planted_study(("mild",), ("base1",), runs).headline("mild")
    assert found.noise.origin == "assumed"
    assert found.headline("bad").word == "regressed"
    assert mild.word == "within noise"
    assert found.headline("bad").change / 2 < mild.high < found.headline("bad").change
    assert word(found, "batch_size") == CONFIRMED
    # Where it is plainly no worse, it clears.
    runs[2] = builders.healthy("mild", 0.38, runs[2].config, seed=42)
    assert word(builders.planted_study(("bad",), ("base1",), runs), "batch_size") == RULED_OUT


# How far a knob was moved.


def moved_to(knob: str, base: Any, value: Any) -> Change:
    return Change(knob, "g", base, value, config_values.ratio(base, value))


@pytest.mark.parametrize(
    ("knob", "base", "value", "expected"),
    [
        ("lr", 1e-5, 1e-3, 2.0),
        ("lr", 1e-5, 1e-6, -1.0),
        ("window_size", 10, 25, 15.0),
        ("window_size", 0, -5, -5.0),
        ("policy.chunk_size", 10, 100, 1.0),  # a path that the profile does not know
        ("scheduler", "none", "cosine", None),
        ("heuristic", True, False, None),
        ("lr", 0.0, 1e-3, None),
        ("lr", -1.0, 1.0, None),
        ("window_size", config_values.ABSENT, 5, None),
        ("seed", 1, 2, None),
    ],
)
def test_the_distance_of_a_change_is_measured_on_the_scale_of_its_knob(
    knob: str, base: Any, value: Any, expected: float | None
) -> None:
    distance = knob_distance.distance(moved_to(knob, base, value), builders.PROFILE)
    assert distance == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("knob", "base", "tried", "value", "expected"),
    [
        ("lr", 1e-5, 1e-3, 1e-3, True),
        ("lr", 1e-5, 1e-2, 1e-3, True),
        ("lr", 1e-5, 1e-4, 1e-3, False),
        ("lr", 1e-5, 1e-6, 1e-3, False),
        ("window_size", 10, 18, 20, False),
        ("window_size", 10, 5, 20, False),
        ("scheduler", "none", "cosine", "cosine", True),
        ("scheduler", "none", "linear", "cosine", False),
    ],
)
def test_a_run_that_went_part_of_the_way_or_another_way_did_not_go_as_far(
    knob: str, base: Any, tried: Any, value: Any, expected: bool
) -> None:
    pair = moved_to(knob, base, tried), moved_to(knob, base, value)
    assert knob_distance.is_as_far(*pair, builders.PROFILE) == expected


@pytest.mark.parametrize(
    ("knob", "base", "tried", "values", "expected"),
    [
        ("lr", 1e-5, [], [1e-3], 1.0),
        ("lr", 1e-5, [], [2e-5], 0.30103),
        ("lr", 1e-5, [2e-5], [4e-5], 0.30103),
        ("lr", 1e-5, [1e-2], [1e-3], 0.0),
        ("lr", 1e-5, [1e-2], [1e-6], 1.0),
        ("window_size", 10, [], [12], 0.2),
        ("window_size", 10, [8, 30], [41], 0.5),
        ("window_size", 10, [8, 30], [20], 0.0),
        ("lr_warmup_steps", 0, [], [200], 1.0),
        ("scheduler", "none", ["linear"], ["cosine"], 0.0),
    ],
)
def test_the_size_is_what_lies_beyond_the_range_that_was_tried(
    knob: str, base: Any, tried: list[Any], values: list[Any], expected: float
) -> None:
    moved, known = ([moved_to(knob, base, v) for v in some] for some in (values, tried))
    assert knob_distance.outside(moved, known, builders.PROFILE) == pytest.approx(
        expected, abs=1e-5
    )


# Every kind of evidence: where it speaks, and where it is silent.


def said(found: Study, knob: str, name: str) -> list[Evidence]:
    known = by_knob(found)[knob].evidence
    return [e for e in known if e.name == name and getattr(e, "knob", knob) == knob]


def only(found: Study, knob: str, name: str) -> Evidence:
    (one,) = said(found, knob, name)
    return one


def in_rows(one: Evidence) -> list[str]:
    return [row.run for row in one.rows]


def alone(picked: Sequence[str], *runs: Run) -> Study:
    """One baseline, so the noise is assumed and intervals are wide."""
    return builders.planted_study(picked, ("base1",), [builders.planted()[0], *runs])


def bad(level: float = 0.9, run_id: str = "bad", **curves: Any) -> Run:
    """A regressed run with twice the batch and a higher lambda."""
    return builders.healthy(run_id, level, builders.config(BOTH), seed=41, **curves)


BATCH = {"batch_size": 16}
HIGH_LAMBDA = {builders.LAMBDA: 0.3}
BOTH = {**BATCH, **HIGH_LAMBDA}
BOTH_KNOBS = ("batch_size", "lambda_ot")


def made(run_id: str, level: float, changes: dict[str, Any], seed: int = 45, **curves: Any) -> Run:
    return builders.healthy(run_id, level, builders.config(changes), seed=seed, **curves)


def test_a_regressed_run_without_the_knob_speaks_against_it() -> None:
    found = builders.planted_study()
    assert in_rows(only(found, "lambda_ot", "not_alone")) == ["lr20x"]
    assert in_rows(only(found, "weight_label", "not_alone")) == ["lr20x", "lr30x"]
    assert said(found, "lr", "not_alone") == []


def test_a_knob_is_cleared_in_the_runs_that_went_no_farther_than_a_healthy_one() -> None:
    found = with_runs(lr_alone(20, 0.401))
    one = only(found, "lr", "cleared_for")
    assert (in_rows(one), one.carriers) == (["lr_only"], ["lr20x"])
    assert word(found, "lr") == POSSIBLE
    assert said(builders.planted_study(), "lr", "cleared_for") == []
    assert said(with_runs(lr_alone(40, 0.401)), "lr", "cleared_for") == []


def test_another_value_of_a_category_is_named_and_clears_nothing() -> None:
    def pairing(run_id: str, level: float, value: str) -> Run:
        return made(run_id, level, {"ot.pair_info_path": value})

    found = with_runs(
        pairing("bad", 0.9, "b.json"), pairing("fine", 0.4, "c.json"), picked=("bad",)
    )
    assert only(found, "pairing", "other_value").runs == ["fine"]
    assert not {"also_healthy", "outside", "separates", "cleared"} & names(
        by_knob(found)["pairing"]
    )
    assert word(found, "pairing") != RULED_OUT
    assert said(builders.planted_study(), "lambda_ot", "other_value") == []


def test_a_value_outside_of_what_healthy_runs_tried_is_named_with_their_range() -> None:
    found = builders.planted_study()
    outside = only(found, "reg", "outside")
    assert (outside.values, outside.low, outside.high) == ([0.07, 0.05], 0.1, 0.12)
    # Where nobody tried another value, that is said instead; inside the range there is nothing to say.
    assert said(found, "lr", "outside") == []
    wide = [made("low", 0.401, {builders.REG: 0.06}), made("high", 0.401, {builders.REG: 0.2})]
    one = made("bad", 0.9, {builders.REG: 0.15}, seed=46)
    assert said(with_runs(*wide, one, picked=("bad",)), "reg", "outside") == []


def test_a_run_that_is_less_bad_but_not_surely_healthy_stands_against_its_knob() -> None:
    mild = made("mild", 0.432, {**BATCH, "policy.x": 1}, seed=42)
    found = alone(("bad",), bad(0.56), mild)
    one = only(found, "batch_size", "milder")
    assert in_rows(one) == ["mild"]
    change = f"{100 * found.headline('bad').change:.1f} %"
    assert f"less bad than {change}" in render.evidence(one, "en")
    assert [c.knobs for c in found.suspects] == [("lambda_ot",)]
    assert said(builders.planted_study(), "reg", "milder") == []


def worse_unadjusted() -> Study:
    lean = made("lean", 0.48, BATCH, seed=43)
    calm = made("calm", 0.4, {"ot.window_size": 12}, seed=44)
    return alone(("bad", "lean", "calm"), bad(0.52), lean, calm)


def test_a_picked_run_that_is_worse_if_judged_alone_speaks_for_its_knobs() -> None:
    found = worse_unadjusted()
    assert found.headline("lean").word == "within noise"
    assert found.headline("lean").low < 0
    assert in_rows(only(found, "batch_size", "leaning")) == ["lean"]
    assert in_rows(only(found, "lambda_ot", "leaning_without")) == ["lean"]
    assert [c.knobs for c in found.suspects] == [("batch_size",)]
    # Not picked, it says nothing: it may have causes of its own.
    lean = made("lean", 0.48, BATCH, seed=43)
    silent = alone(("bad",), bad(0.52), lean)
    assert not {"leaning", "leaning_without"} & names(by_knob(silent)["lambda_ot"])
    assert not {"leaning", "leaning_without"} & names(by_knob(silent)["batch_size"])


def test_a_picked_run_that_is_surely_less_bad_does_not_lean() -> None:
    lean = made("lean", 0.48, BATCH, seed=43)
    calm = made("calm", 0.4, {"ot.window_size": 12}, seed=44)
    found = alone(("bad", "lean", "calm"), bad(0.9), lean, calm)
    assert found.headline("lean").word == "within noise"
    assert found.headline("lean").low < 0 < found.headline("lean").high < 1
    for knob in BOTH_KNOBS:
        assert not {"leaning", "leaning_without"} & names(by_knob(found)[knob])


def test_the_largest_change_of_a_group_stands_first() -> None:
    (cause,) = alone(("bad",), bad()).suspects
    assert cause.knobs == ("lambda_ot", "batch_size")


def test_a_pair_stands_against_all_runs_of_the_other_config() -> None:
    found = with_runs(lr_alone(20, 0.62), picked=(*builders.REGRESSED, "lr_only"))
    one = only(found, "lr", "matched_pair")
    assert one.baseline == ("base1", "base2", "base3")
    assert "base1, base2, base3 in lr alone" in render.evidence(one, "en")


def test_the_pairs_of_all_knobs_are_one_family() -> None:
    found = with_runs(lr_alone(20, 0.62))
    rows = [e.row for c in found.causes for e in c.evidence if e.name == "matched_pair"]
    assert {row.run for row in rows} == {"lr_only", "upd_reg", "upd_lambda"}
    alone = [
        judging.judge(
            [
                [
                    [found.summaries[i] for i in row.runs],
                    [found.summaries[i] for i in row.baselines],
                ]
            ],
            found.metric,
            found.noise,
            found.profile,
            "pair",
        )[0][0]
        for row in rows
    ]
    assert all(a.p <= row.p for a, row in zip(alone, rows, strict=True))
    assert any(a.p < row.p for a, row in zip(alone, rows, strict=True))


def test_a_pair_whose_knob_went_the_other_way_convicts_nobody() -> None:
    found = with_runs(lr_alone(0.01, 0.62))
    assert only(found, "lr", "matched_pair").row.word == "regressed"
    assert word(found, "lr") == LIKELY


def test_a_pair_that_does_too_little_convicts_nobody() -> None:
    # Certain, and surely below half of the regressions.
    found = with_runs(lr_alone(20, 0.5), picked=("lr30x", "lr25x"))
    row = only(found, "lr", "matched_pair").row
    assert (row.word, row.high < 0.6) == ("regressed", True)
    assert word(found, "lr") == POSSIBLE


def test_a_pair_that_is_no_worse_clears_although_both_sides_regressed() -> None:
    other = made("other_side", 0.9, HIGH_LAMBDA)
    found = with_runs(bad(), other, picked=("bad",))
    one = only(found, "batch_size", "pair_clears")
    assert (one.run, one.baseline) == ("bad", ("other_side",))
    assert word(found, "batch_size") == RULED_OUT
    assert found.suspects[0].knobs == ("lambda_ot",)
    assert said(found, "lambda_ot", "pair_clears") == []
    assert said(with_runs(bad(), picked=("bad",)), "batch_size", "pair_clears") == []


def test_a_pair_that_is_less_bad_but_not_surely_healthy_clears_nothing() -> None:
    found = alone(("bad",), bad(0.56), made("other_side", 0.52, HIGH_LAMBDA))
    row = only(found, "batch_size", "matched_pair").row
    whole = found.headline("bad").change
    assert whole / 2 < row.high < whole
    assert word(found, "batch_size") == POSSIBLE


def test_the_regressed_run_stands_for_its_config_in_a_pair() -> None:
    found = with_runs(made("a_twin", 0.9, BATCH), made("bad", 0.9, BATCH, seed=46), picked=("bad",))
    assert only(found, "batch_size", "matched_pair").run == "bad"


def test_a_pair_leaves_out_unfinished_and_shorter_runs_where_it_can() -> None:
    slow = builders.healthy("short", 0.4, seed=51, n=18)
    killed = builders.healthy("killed", 0.4, seed=52, state="killed", n=38)
    found = with_runs(slow, killed, lr_alone(20, 0.62))
    assert only(found, "lr", "matched_pair").baseline == ("base1", "base2", "base3")
    other = made("other_side", 0.9, HIGH_LAMBDA, n=32)
    found = with_runs(bad(), other, picked=("bad",))
    assert only(found, "batch_size", "matched_pair").baseline == ("other_side",)


def test_a_healthy_run_that_clears_is_named_once() -> None:
    found = with_runs(bad(), made("fine", 0.4, BATCH), picked=("bad",))
    assert {"cleared", "matched_pair"} <= names(by_knob(found)["batch_size"])
    assert "pair_clears" not in names(by_knob(found)["batch_size"])


def test_training_that_is_worse_by_less_than_the_noise_is_no_symptom() -> None:
    def worse(l1: float) -> Study:
        curves = {"train_l1": builders.curve(l1, seed=7)}
        return with_runs(made("slow", 0.9, BATCH, **curves), picked=("slow",))

    assert said(worse(0.16), "batch_size", "optimizer_symptom")
    assert said(worse(0.104), "batch_size", "optimizer_symptom") == []


def test_rougher_training_is_not_the_optimizers_and_without_a_collapse_not_the_plans() -> None:
    rough = {"train_l1": builders.flat(0.2, seed=3, noise=0.25)}
    found = with_runs(made("slow", 0.9, BATCH, **rough), picked=("slow",))
    assert not {"optimizer_symptom", "ot_symptom"} & names(by_knob(found)["batch_size"])
    calm = {"ot_pi_sum": builders.flat(1e-5, seed=4)}
    found = with_runs(made("slow", 0.9, {builders.REG: 0.01}, **calm), picked=("slow",))
    assert said(found, "reg", "ot_symptom") == []


def test_a_rougher_gradient_is_no_symptom_of_the_optimizer() -> None:
    rough = {"grad_norm": builders.flat(20.0, seed=3, noise=0.5)}
    found = with_runs(made("slow", 0.9, BATCH, **rough), picked=("slow",))
    assert said(found, "batch_size", "optimizer_symptom") == []


def test_jitter_at_another_log_frequency_is_not_compared() -> None:
    slow = made("slow", 0.9, {**BATCH, "log_freq": 10})
    assert said(with_runs(slow, picked=("slow",)), "batch_size", "optimizer_symptom") == []


def test_what_counts_as_rough_is_the_threshold_of_the_rule() -> None:
    strict = replace(builders.PROFILE, rules={"jitter": {"factor": 0.01}})
    runs = builders.planted()
    found = study(runs, builders.REGRESSED, ("base1",), strict)
    assert said(found, "lr", "optimizer_symptom") == []
    assert said(
        study(runs, builders.REGRESSED, ("base1",), builders.PROFILE), "lr", "optimizer_symptom"
    )


def test_a_symptom_counts_for_the_knobs_of_its_run_alone() -> None:
    found = builders.planted_study()
    spoken = {e.run for e in said(found, "lr", "optimizer_symptom")}
    assert spoken == set(builders.REGRESSED)
    slow = made("slow", 0.9, BATCH, train_l1=builders.curve(0.1, seed=8))
    found = with_runs(slow, picked=(*builders.REGRESSED, "slow"))
    assert said(found, "batch_size", "optimizer_symptom") == []


def test_worse_evaluation_with_training_as_good_is_said_of_the_run_and_moves_nothing() -> None:
    fit = with_runs(made("fit", 0.9, BATCH, train_l1=builders.curve(0.1, seed=8)), picked=("fit",))
    one = only(fit, "batch_size", "overfit_symptom")
    assert one.group is None
    assert one.most < 60
    slow = with_runs(made("slow", 0.9, BATCH), picked=("slow",))
    assert said(slow, "batch_size", "overfit_symptom") == []
    blind = with_runs(made("fit", 0.9, BATCH, train_l1=[0.1] * 3), picked=("fit",))
    assert word(fit, "batch_size") == word(blind, "batch_size")
    assert by_knob(fit)["batch_size"].rank == by_knob(blind)["batch_size"].rank


def test_the_jitter_of_the_action_label_cost_is_never_used() -> None:
    key = builders.key("ot_cost_action_lbl")

    def with_cost(noise: float, **kwargs: Any) -> Study:
        cost = builders.series(builders.flat(0.02, seed=1, noise=noise), key=key)
        wild = [
            Run(**{**vars(r), "series": {**r.series, key: cost}}) if r.id == "lr20x" else r
            for r in builders.planted()
        ]
        return builders.planted_study(runs=wild)

    assert with_cost(3.0).causes == with_cost(0.01).causes


def test_a_metric_that_the_policy_does_not_move_gives_no_symptom() -> None:
    rules = {"jitter": {"metric": "ot_cost_action_lbl"}}
    runs = [
        Run(**{**vars(r), "series": {**r.series, cost.key: cost}})
        for r in builders.planted()
        for level in [0.06 if r.id in builders.REGRESSED else 0.02]
        for cost in [builders.series(builders.flat(level), key=builders.key("ot_cost_action_lbl"))]
    ]
    found = study(runs, builders.REGRESSED, ("base1",), replace(builders.PROFILE, rules=rules))
    assert not [n for c in found.causes for n in names(c) if n.endswith("symptom")]


def test_a_regressed_run_with_the_knobs_of_a_healthy_one_is_set_aside() -> None:
    odd = made("odd", 0.8, {builders.REG: 0.12}, seed=47, n=38, state="failed")
    found = with_runs(odd, picked=(*builders.REGRESSED, "odd"))
    assert found.headline("odd").word == "regressed"
    one = only(found, "reg", "outlier")
    assert (one.run, one.duplicates) == ("odd", ["upd_reg"])
    # A pair is made of the healthy one.
    assert only(found, "reg", "matched_pair").run == "upd_reg"
    assert said(found, "lr", "outlier") == []
    for cause in builders.planted_study().causes:
        assert word(found, cause.knobs[0]) == cause.word
        assert by_knob(found)[cause.knobs[0]].carriers == cause.carriers
    assert {e.of for e in said(found, "lr", "carried")} == {3}
    assert said(builders.planted_study(), "reg", "outlier") == []


def test_a_regressed_run_with_the_knobs_of_the_reference_is_set_aside() -> None:
    same = made("same", 0.9, {}, seed=35, n=38, state="failed")
    found = alone(("bad", "same"), bad(), same)
    assert found.headline("same").word == "regressed"
    assert only(found, "batch_size", "outlier").duplicates == ["base1"]
    assert word(found, "batch_size") == word(alone(("bad",), bad()), "batch_size")


def test_equal_versions_are_no_rivals() -> None:
    runs = [Run(**{**vars(r), "versions": {"wandb": "0.30"}}) for r in builders.planted()]
    assert builders.planted_study(runs=runs).ranking.rivals == ()


def test_a_rival_that_moved_in_all_carriers_stands_beside_the_cause() -> None:
    newer = [Run(**{**vars(r), "versions": {"git": r.id}}) for r in builders.planted()]
    found = builders.planted_study(runs=newer)
    rivals = said(found, "lr", "rival")
    assert [e.runs for e in rivals] == [(run,) for run in builders.REGRESSED]
    assert list(found.ranking.rivals) == rivals


def test_a_confounded_group_says_which_runs_would_separate_it() -> None:
    found = builders.planted_study()
    untangle = only(found, "weight_decay", "untangle")
    assert ({*untangle.knobs}, untangle.run) == (OPTIMIZER, builders.REGRESSED[0])
    lines = render.case_against(found.causes[0], "en")
    assert lines[-1] == "runs that put one of them back at a time would separate them, as of lr20x"
    assert len(lines) == len(set(lines))
    batch = with_runs(made("bad", 0.9, BATCH), picked=("bad",))
    assert not {"untangle", "confounded", "undecided"} & names(by_knob(batch)["batch_size"])


def undecided() -> Study:
    return alone(("bad",), bad(0.52), made("fuzzy", 0.46, BATCH, seed=48))


def test_a_run_of_unclear_outcome_separates_nothing_and_is_named() -> None:
    found = undecided()
    row = found.verdicts[0]
    assert row.word == "regressed"
    (cause,) = found.suspects
    assert set(cause.knobs) == {"batch_size", "lambda_ot"}
    assert in_rows(only(found, "batch_size", "undecided")) == ["fuzzy"]
    assert "confounded" not in names(cause)
    assert render.suspects(found.suspects, "en").endswith("cannot be told apart")
    assert render.suspects(builders.planted_study().suspects, "en").endswith(
        "always moved together"
    )


def test_every_kind_of_evidence_is_tried_and_can_be_said_in_both_languages() -> None:
    rivals = [Run(**{**vars(r), "versions": {"git": r.id}}) for r in builders.planted()]
    rough = {
        "train_l1": builders.flat(0.2, seed=3, noise=0.25),
        "ot_pi_sum": builders.flat(1e-5, seed=4),
    }
    tried = [
        builders.planted_study(runs=rivals),
        worse_unadjusted(),
        undecided(),
        with_runs(lr_alone(20, 0.401)),
        with_runs(bad(), made("other_side", 0.9, HIGH_LAMBDA), picked=("bad",)),
        with_runs(
            made("bad", 0.9, {"ot.pair_info_path": "b"}),
            made("c", 0.4, {"ot.pair_info_path": "c"}),
            picked=("bad",),
        ),
        with_runs(made("bad", 0.9, {builders.REG: 1e-3}, **rough), picked=("bad",)),
        with_runs(made("bad", 0.9, BATCH, train_l1=builders.curve(0.1)), picked=("bad",)),
        with_runs(
            made("bad", 0.9, BATCH, n=38, state="failed"),
            made("fine", 0.4, BATCH, seed=49),
            picked=("bad",),
        ),
        alone(
            ("bad",),
            made("bad", 0.56, BATCH),
            made("mild", 0.432, {**BATCH, "policy.x": 1}, seed=42),
        ),
    ]
    found = [e for one in tried for c in one.causes for e in c.evidence]
    kinds = [k for k in vars(statements).values() if isinstance(k, type)]
    leaves = {k for k in kinds if k.__module__ == statements.__name__ and not k.__subclasses__()}
    assert {type(e) for e in found if type(e).__module__ == statements.__name__} == leaves
    for one in found:
        texts = [render.evidence(one, lang) for lang in messages.LANGUAGES]
        assert all(text and "{" not in text and "Verdict(" not in text for text in texts)
        figures = [Counter(re.findall(r"\d+(?:\.\d+)?", text)) for text in texts]
        assert figures[0] == figures[1], texts


def test_causes_of_a_falling_success_rate_look_at_the_lower_end() -> None:
    def rate(run_id: str, changes: dict[str, Any], per_cent: float) -> Run:
        settings = builders.config({**changes, "eval.n_episodes": 100})
        return builders.run(run_id, settings, success=[per_cent])

    fine = [rate("base1", {}, 90), rate("up", HIGH_LAMBDA, 99)]
    down = rate("bad", BOTH, 60)
    found = builders.planted_study(("bad",), ("base1",), [*fine, down], metric="success")
    assert [c.knobs for c in found.suspects] == [("batch_size",)]
    assert only(found, "lambda_ot", "cleared").runs == ["up"]
    # 8 points lower is surely less bad than 30, and not surely less than half of that.
    mild = rate("mild", {**BATCH, "policy.x": 1}, 82)
    found = builders.planted_study(("bad",), ("base1",), [*fine, down, mild], metric="success")
    assert "less bad than 30.0 points" in render.evidence(only(found, "batch_size", "milder"), "en")
