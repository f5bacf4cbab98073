"""Causes: what separates the regressed runs from the healthy ones."""

from typing import Any

import builders
import pytest

from actot import causes, say
from actot.causes import Cause
from actot.records import Run
from actot.study import Study

OPTIMIZER = {"lr", "weight_decay", "grad_clip_norm", "scheduler"}


def by_knob(found: Study) -> dict[str, Cause]:
    return {c.knob: c for c in found.causes}


def names(cause: Cause) -> set[str]:
    return {e.name for e in cause.evidence}


def with_runs(*more: Run, picked: tuple[str, ...] = builders.REGRESSED) -> Study:
    return builders.planted_study(picked, runs=[*builders.planted(), *more])


def test_the_first_cause_is_the_optimizer_knobs_as_one_confounded_group() -> None:
    found = builders.planted_study()
    first = [c for c in found.causes if c.rank == 1]
    assert {c.knob for c in first} == OPTIMIZER
    assert {c.group for c in first} == {"optimizer"}
    for cause in first:
        assert set(cause.confounded_with) == OPTIMIZER - {cause.knob}
        assert cause.score == first[0].score > 0
        assert "confounded" in names(cause)
        assert "separates" in names(cause)
        assert cause.carriers == builders.REGRESSED
    assert first[0].knob == "lr"


def test_the_causes_stand_in_the_order_of_their_scores() -> None:
    found = builders.planted_study()
    scores = [c.score for c in found.causes]
    ranks = [c.rank for c in found.causes]
    assert scores == sorted(scores, reverse=True)
    assert ranks == sorted(ranks)
    assert {c.knob for c in found.causes} == {*OPTIMIZER, "lambda_ot", "reg", "weight_label"}


def test_the_evidence_gives_the_changes_with_their_ratios() -> None:
    carried = next(
        e for e in by_knob(builders.planted_study())["lr"].evidence if e.name == "carried"
    )
    text = say.evidence(carried, "en")
    for part in ("3 of 3", "20x", "30x", "25x", "1e-05", *builders.REGRESSED):
        assert part in text


def test_a_healthy_run_with_the_same_value_clears_a_knob() -> None:
    clip = builders.own_optimizer(1e-5, 1e-4, clip=1.0, warmup=0)
    clip["scheduler"]["decay_lr"] = 1e-5
    found = with_runs(builders.healthy("clip1", 0.401, builders.config(clip), seed=31))
    cleared = by_knob(found)["grad_clip_norm"]
    assert cleared.score == 0
    assert cleared.confounded_with == ()
    assert "cleared" in names(cleared)
    first = [c for c in found.causes if c.rank == 1]
    assert {c.knob for c in first} == OPTIMIZER - {"grad_clip_norm"}
    assert cleared.rank > 1


def test_a_healthy_run_that_went_further_clears_too_one_that_went_less_far_does_not() -> None:
    def lr(times: float) -> Run:
        rate = 1e-5 * times
        both = {"policy.optimizer_lr": rate, "policy.optimizer_lr_backbone": rate}
        return builders.healthy(f"x{times}", 0.401, builders.config(both), seed=32)

    assert by_knob(with_runs(lr(2)))["lr"].score > 0
    assert by_knob(with_runs(lr(40)))["lr"].score == 0
    assert by_knob(with_runs(lr(0.01)))["lr"].score > 0


def test_a_healthy_run_that_moved_a_knob_less_far_is_named() -> None:
    found = builders.planted_study()
    assert "also_healthy" in names(by_knob(found)["reg"]) | names(by_knob(found)["lambda_ot"])


def test_a_run_that_regressed_itself_clears_nothing() -> None:
    bad = builders.healthy("bad", 0.9, builders.config({"batch_size": 16}), seed=33)
    good = builders.healthy("good", 0.4, builders.config({"batch_size": 16}), seed=34)
    alone = with_runs(bad, picked=("bad",))
    assert by_knob(alone)["batch_size"].score > 0
    # A second run with the same knob is healthy: the knob is not it.
    assert by_knob(with_runs(bad, good, picked=("bad",)))["batch_size"].score == 0


def test_without_a_regression_there_are_no_causes() -> None:
    assert builders.planted_study(("upd_reg", "upd_lambda", "base2")).causes == ()


def test_without_a_change_there_are_no_causes() -> None:
    same = builders.healthy("same", 0.9, builders.config(seed=9), seed=35)
    found = with_runs(same, picked=("same",))
    assert found.causes == ()


def test_a_matched_pair_is_direct_evidence() -> None:
    both = {"policy.optimizer_lr": 2e-4, "policy.optimizer_lr_backbone": 2e-4}
    pair = builders.healthy("lr_only", 0.62, builders.config(both), seed=36)
    found = with_runs(pair, picked=(*builders.REGRESSED, "lr_only"))
    cause = by_knob(found)["lr"]
    evidence = next(e for e in cause.evidence if e.name == "pair")
    assert (evidence.facts["run"], evidence.facts["row"].word) == ("lr_only", "regressed")
    assert found.causes[0].knob == "lr"
    assert cause.score > by_knob(found)["weight_decay"].score


def test_a_pair_that_is_far_apart_in_another_knob_is_none() -> None:
    cause = by_knob(builders.planted_study())["lr"]
    assert "pair" not in names(cause)


def test_a_diverged_run_has_causes_too() -> None:
    values = builders.curve(0.4)
    values[30:] = float("nan")
    bad = builders.healthy(
        "bad", settings=builders.config(builders.own_optimizer(2e-3, 0.05)), eval_l1=values
    )
    found = with_runs(bad, picked=("bad",))
    assert {c.knob for c in found.causes if c.rank == 1} == OPTIMIZER


def test_worse_training_without_more_jitter_points_to_the_optimizer() -> None:
    cause = by_knob(builders.planted_study())["lr"]
    assert "optimizer_symptom" in names(cause)
    assert "ot_symptom" not in names(cause)


def test_rough_training_with_a_collapsed_plan_points_to_ot() -> None:
    rough: dict[str, Any] = {
        "train_l1": builders.flat(0.2, seed=3, noise=0.5),
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
    rivals = [e for e in by_knob(found)["lr"].evidence if e.name == "rival"]
    assert [e.facts["run"] for e in rivals] == ["lr20x"]


@pytest.mark.parametrize("lang", say.LANGUAGES)
def test_every_piece_of_evidence_can_be_said(lang: str) -> None:
    for cause in builders.planted_study().causes:
        for one in cause.evidence:
            assert "{" not in say.evidence(one, lang)


def test_no_scene_no_causes() -> None:
    assert causes.rank(None, ()) == ()


def score(found: Study, knob: str) -> float:
    return by_knob(found)[knob].score


def lr_alone(times: float, level: float) -> Run:
    both = {"policy.optimizer_lr": 1e-5 * times, "policy.optimizer_lr_backbone": 1e-5 * times}
    return builders.healthy("lr_only", level, builders.config(both), seed=36)


def test_a_regressed_pair_raises_the_score_of_its_knob() -> None:
    found = with_runs(lr_alone(20, 0.62))
    assert "pair" in names(by_knob(found)["lr"])
    assert score(found, "lr") > score(builders.planted_study(), "lr")


def test_a_one_knob_run_that_was_not_picked_separates_its_knob_from_the_group() -> None:
    found = with_runs(lr_alone(20, 0.62))
    first = found.causes[0]
    assert (first.knob, first.confounded_with) == ("lr", ())
    assert set(by_knob(found)["weight_decay"].confounded_with) == OPTIMIZER - {
        "lr",
        "weight_decay",
    }
    assert score(found, "weight_decay") < first.score


def test_symptoms_raise_the_score_of_their_group() -> None:
    key = builders.key("train_l1")
    blind = [
        Run(**{**vars(r), "series": {k: s for k, s in r.series.items() if k != key}})
        for r in builders.planted()
    ]
    assert score(builders.planted_study(runs=blind), "lr") < score(builders.planted_study(), "lr")


def test_healthy_runs_that_moved_a_knob_less_far_lower_its_score() -> None:
    assert score(with_runs(lr_alone(2, 0.401)), "lr") < score(builders.planted_study(), "lr")


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
    assert by_knob(found)["batch_size"].score > 0
    # Where it is plainly no worse, it clears.
    runs[2] = builders.healthy("mild", 0.38, runs[2].config, seed=42)
    assert by_knob(builders.planted_study(("bad",), ("base1",), runs))["batch_size"].score == 0
