"""Turning one knob of a train config."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from support import builders

from actot.analysis import config_changes, config_values, flat_config, knob_settings
from actot.analysis.knob_settings import Settings
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.experiments import config_edit

PRESET = builders.config()
EXPLICIT = builders.config(builders.own_optimizer(2e-4, 0.05))

# A new value for every knob that the trainer lets one choose.
VALUES: dict[str, Any] = {
    "lr": 3e-05,
    "weight_decay": 0.01,
    "grad_clip_norm": 5.0,
    "scheduler": "cosine_decay_with_warmup",
    "optimizer_type": "adam",
    "adam_betas": (0.95, 0.999),
    "adam_eps": 1e-06,
    "batch_size": 16,
    "kl_weight": 1.0,
    "lambda_ot": 0.12,
    "reg": 0.08,
    "tau": 1.0,
    "window_size": 20,
    "weight_label": 0.04,
    "weight_embed": 0.5,
    "heuristic": False,
    "bc_src_weight": 0.5,
    "batch_ratio": 0.75,
    "sharpness": 2.0,
    "topk_src_episodes": 20,
    "dataset": "other",
    "source_dataset": "other",
    "pairing": "other.json",
    "policy_type": "diffusion",
    "use_vae": False,
    "replace_final_stride_with_dilation": True,
    "chunk_size": 40,
    "n_action_steps": 50,
    "ot_enable": False,
}
SCHEDULE = {
    "scheduler_name": "linear",
    "lr_warmup_steps": 400,
    "lr_decay_steps": 1500,
    "lr_decay_ratio": 0.5,
}


def read(tree: dict[str, Any]) -> Settings:
    return knob_settings.read(tree, builders.PROFILE)


def parsed(tree: Mapping[str, Any]) -> TrainConfig:
    return TrainConfig.parse(tree, builders.PROFILE)


def turn(
    tree: dict[str, Any], knob: str, value: Any, donor: dict[str, Any] | None = None
) -> dict[str, Any]:
    theirs = None if donor is None else read(donor)
    return dict(config_edit.with_knob(parsed(tree), knob, value, theirs).tree)


def moved(tree: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {c.knob: c.value for c in config_changes.changes(read(tree), read(new))}


def test_a_value_is_tried_for_every_knob_of_the_profile() -> None:
    knobs = builders.PROFILE.knobs.values()
    choosable = {k.name for k in knobs if k.effective}
    assert choosable == VALUES.keys() | SCHEDULE.keys()


@pytest.mark.parametrize("knob", [k for k in VALUES if k not in ("policy_type", "scheduler")])
@pytest.mark.parametrize("start", [PRESET, EXPLICIT], ids=["preset", "explicit"])
def test_the_turned_config_differs_in_that_one_effective_knob(
    start: dict[str, Any], knob: str
) -> None:
    before = copy.deepcopy(start)
    new = turn(start, knob, VALUES[knob])
    assert start == before
    assert list(moved(start, new)) == [knob]
    assert config_values.equal(moved(start, new)[knob], VALUES[knob])


def test_a_scheduler_turned_from_the_preset_differs_in_the_scheduler_alone() -> None:
    new = turn(PRESET, "scheduler", "cosine_decay_with_warmup", donor=EXPLICIT)
    found = moved(PRESET, new)
    assert found.pop("scheduler") == "cosine_decay_with_warmup"
    # Its parts are the donor's; they are no knobs of a run without a schedule.
    assert found == {}
    for knob in ("lr_warmup_steps", "lr_decay_steps", "lr_decay_ratio"):
        assert config_values.equal(read(new).value(knob), read(EXPLICIT).value(knob)), knob


def test_a_scheduler_without_a_donor_is_the_one_asked_for_or_bad_input() -> None:
    try:
        new = turn(PRESET, "scheduler", "cosine_decay_with_warmup")
    except BadInput as e:
        assert "scheduler" in str(e)
        return
    assert moved(PRESET, new) == {"scheduler": "cosine_decay_with_warmup"}


def test_a_scheduler_can_be_turned_off() -> None:
    new = turn(EXPLICIT, "scheduler", "none")
    assert moved(EXPLICIT, new) == {"scheduler": "none"}


@pytest.mark.parametrize("knob", SCHEDULE)
def test_the_parts_of_a_schedule_can_be_turned_where_there_is_one(knob: str) -> None:
    new = turn(EXPLICIT, knob, SCHEDULE[knob])
    assert list(moved(EXPLICIT, new)) == [knob]
    assert moved(EXPLICIT, new)[knob] == pytest.approx(SCHEDULE[knob])


@pytest.mark.parametrize("knob", SCHEDULE)
def test_the_parts_of_a_schedule_have_no_place_where_there_is_none(knob: str) -> None:
    with pytest.raises(BadInput, match=rf"{knob}|scheduler"):
        turn(PRESET, knob, SCHEDULE[knob])


def test_ints_stay_ints_and_floats_stay_floats() -> None:
    for knob, path in (("batch_size", "batch_size"), ("window_size", "ot.window_size")):
        new = flat_config.flatten(turn(PRESET, knob, 20.0), ("term_name",))
        assert new[path] == 20
        assert type(new[path]) is int
    flat = flat_config.flatten(turn(PRESET, "lambda_ot", 0.2), ("term_name",))
    before = flat_config.flatten(PRESET, ("term_name",))
    assert {k: type(v) for k, v in flat.items()} == {k: type(v) for k, v in before.items()}


def test_lr_with_the_preset_on_writes_both_policy_keys() -> None:
    new = turn(PRESET, "lr", 3e-05)
    assert new["use_policy_training_preset"] is True
    assert new["policy"]["optimizer_lr"] == new["policy"]["optimizer_lr_backbone"] == 3e-05


def test_lr_with_the_preset_off_moves_the_whole_schedule() -> None:
    new = turn(EXPLICIT, "lr", 4e-4)
    assert new["optimizer"]["lr"] == new["scheduler"]["peak_lr"] == 4e-4
    assert new["scheduler"]["decay_lr"] == pytest.approx(4e-5)
    assert list(moved(EXPLICIT, new)) == ["lr"]


def test_lr_with_the_preset_off_and_no_scheduler_writes_no_schedule() -> None:
    start = builders.config({**builders.own_optimizer(2e-4, 0.05), "scheduler": None})
    new = turn(start, "lr", 4e-4)
    assert list(moved(start, new)) == ["lr"]
    assert new["optimizer"]["lr"] == 4e-4


def test_a_clip_norm_from_a_preset_anchor_states_the_full_optimizer() -> None:
    new = turn(PRESET, "grad_clip_norm", 1.0)
    assert new["use_policy_training_preset"] is False
    assert new["optimizer"] == {
        "type": "adamw",
        "lr": 1e-05,
        "weight_decay": 0.0001,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "grad_clip_norm": 1.0,
    }
    assert new["scheduler"] == {
        "type": "cosine_decay_with_warmup",
        "num_warmup_steps": 0,
        "num_decay_steps": builders.STEPS,
        "peak_lr": 1e-05,
        "decay_lr": 1e-05,
    }


def test_the_explicit_form_has_no_null_left_and_is_the_same_config() -> None:
    new = dict(config_edit.materialize_preset(parsed(PRESET)).tree)
    assert moved(PRESET, new) == {}
    assert None not in new["optimizer"].values()
    assert None not in new["scheduler"].values()


def test_different_rates_for_the_backbone_cannot_be_stated_explicitly() -> None:
    start = builders.config({"policy.optimizer_lr_backbone": 1e-06})
    with pytest.raises(BadInput, match="lr"):
        turn(start, "grad_clip_norm", 1.0)


def test_tied_paths_are_written_together() -> None:
    flat = read(turn(PRESET, "tau", 2.0)).flat
    assert flat["ot.loss_config.tau_src"] == flat["ot.loss_config.tau_tgt"] == 2.0
    start = builders.config({"policy.optimizer_lr_backbone": 1e-06})
    assert moved(start, turn(start, "lr", 2e-05)) == {"lr": 2e-05}


def test_a_knob_of_lists_reaches_every_matching_item() -> None:
    new = turn(PRESET, "weight_embed", 0.5)
    features = new["ot"]["loss_config"]["features"]
    assert [f["weight_embed"] for f in features] == [0.5, 0.5, 0.5, 0.0]
    assert [
        f["weight_label"]
        for f in turn(PRESET, "weight_label", 0.04)["ot"]["loss_config"]["features"]
    ] == [
        0.0,
        0.0,
        0.0,
        0.04,
    ]


def test_a_path_of_the_config_is_a_knob_too_and_any_other_name_is_none() -> None:
    start = builders.config({"policy.dim_model": 512})
    assert moved(start, turn(start, "policy.dim_model", 256)) == {"policy.dim_model": 256}
    with pytest.raises(BadInput, match="nosuch"):
        turn(PRESET, "nosuch", 1)


def test_a_config_without_a_place_says_so() -> None:
    start = builders.config()
    start["ot"] = None
    with pytest.raises(BadInput, match=r"null|no place"):
        turn(start, "reg", 0.1)


def test_reset_clears_the_bookkeeping_and_drops_what_no_trainer_reads() -> None:
    start = builders.config(resume=True, job_name="act", output_dir="/x")
    start["wandb"]["run_id"] = "abc"
    start["_wandb"] = {"x": 1}
    start["ot.reg"] = 3
    new = dict(config_edit.reset(parsed(start), "base_reg_0.12").tree)
    assert (new["output_dir"], new["resume"], new["wandb"]["run_id"]) == (None, False, None)
    assert new["job_name"] == "base_reg_0.12"
    assert "_wandb" not in new
    assert "ot.reg" not in new
    assert start["output_dir"] == "/x"
    assert moved(PRESET, new) == {}


def test_reset_adds_no_section_that_the_config_does_not_have() -> None:
    start = builders.config()
    del start["wandb"]
    assert "wandb" not in config_edit.reset(parsed(start), "x").tree


# A config is a value.


@pytest.mark.parametrize("tree", [PRESET, EXPLICIT])
def test_the_flat_view_of_a_turned_config_is_that_of_its_tree(tree: dict[str, Any]) -> None:
    config = parsed(tree)
    for knob in config.settings.knobs:
        value = config.settings.value(knob)
        new = 2 * value if isinstance(value, float) and value else value
        try:
            turned = config_edit.with_knob(config, knob, new)
        except BadInput:
            continue
        assert turned.flat == parsed(turned.tree).flat, knob
    whole = config_edit.reset(config_edit.materialize_preset(config), "x")
    assert whole.flat == parsed(whole.tree).flat


def test_a_turned_config_leaves_the_old_one_as_it_was() -> None:
    before = copy.deepcopy(PRESET)
    config = parsed(PRESET)
    config_edit.with_knob(config_edit.materialize_preset(config), "lr", 0.5)
    assert before == PRESET
    assert config.flat == parsed(before).flat


def test_a_turn_flattens_nothing_and_reads_the_knobs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = parsed(EXPLICIT)
    assert config.settings.knobs
    flattened: list[Any] = []
    reads: list[Any] = []
    flatten, read_flat = flat_config.flatten, knob_settings.read_flat
    monkeypatch.setattr(flat_config, "flatten", lambda *a: flattened.append(a) or flatten(*a))
    monkeypatch.setattr(knob_settings, "read_flat", lambda *a: reads.append(a) or read_flat(*a))
    turned = config_edit.with_knob(config, "lr", 0.5)
    assert turned.settings.value("lr") == 0.5
    assert (len(flattened), len(reads)) == (0, 1)


def test_absent_is_never_written_the_key_is_dropped() -> None:
    tree = builders.config({"extra.a": 1, "extra.b": 2})
    new = config_edit.with_knob(parsed(tree), "extra.a", config_values.ABSENT)
    assert new.tree["extra"] == {"b": 2}
    assert set(moved(tree, dict(new.tree))) == {"extra.a"}


@pytest.mark.parametrize("knob", ["lr", "lambda_ot"])
def test_a_knob_that_the_trainer_would_fill_in_cannot_be_made_absent(knob: str) -> None:
    with pytest.raises(BadInput, match="leaves it to its trainer"):
        config_edit.with_knob(parsed(builders.config()), knob, config_values.ABSENT)
