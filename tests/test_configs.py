"""Configs: flat paths, effective knobs, changes."""

from typing import Any

import pytest
from support import builders

from actot import profile
from actot.analysis import (
    config_changes,
    config_values,
    flat_config,
    knob_settings,
    nearest_configs,
)
from actot.analysis.knob_settings import Settings
from actot.errors import BadInput


def settings(changes: dict[str, Any] | None = None, **top: Any) -> Settings:
    return knob_settings.read(builders.config(changes, **top), builders.PROFILE)


def changed(changes: dict[str, Any], base: dict[str, Any] | None = None) -> dict[str, Any]:
    """knob -> Change against the base config."""
    a, b = settings(base), settings({**(base or {}), **changes})
    return {c.knob: c for c in config_changes.changes(a, b)}


# Flat paths.


def test_items_of_a_list_are_addressed_by_their_naming_field() -> None:
    flat = flat_config.flatten(builders.BASE, ("term_name",))
    assert flat["ot.loss_config.features[action_lbl].weight_label"] == 0.02
    assert flat["ot.loss_config.features[img_ee].weight_embed"] == 0.3333
    assert not any("features[0]" in path for path in flat)


def test_items_without_a_name_are_addressed_by_their_place() -> None:
    assert flat_config.flatten({"a": [{"x": 1}, {"x": 2}]}) == {"a[0].x": 1, "a[1].x": 2}
    assert flat_config.flatten({"a": [{"n": "p", "x": 1}, {"x": 2}]}, ("n",)) == {
        "a[p].n": "p",
        "a[p].x": 1,
        "a[1].x": 2,
    }


def test_two_items_of_one_name_both_count() -> None:
    tree = {"a": [{"n": "p", "x": 1}, {"n": "p", "x": 2}]}
    other = {"a": [{"n": "p", "x": 9}, {"n": "p", "x": 2}]}
    assert flat_config.flatten(tree, ("n",)) != flat_config.flatten(other, ("n",))


def test_a_list_of_plain_values_is_one_value() -> None:
    assert flat_config.flatten({"a": {"b": [1, 2]}, "c": [], "d": {}}) == {
        "a.b": (1, 2),
        "c": (),
        "d": {},
    }


def test_text_that_is_a_number_is_one_and_other_text_is_not() -> None:
    flat = flat_config.flatten(
        {"a": "1e-4", "b": "0.5", "c": "v1e4", "d": "nan", "e": "", "f": "1e-4x"}
    )
    assert flat == {"a": 1e-4, "b": 0.5, "c": "v1e4", "d": "nan", "e": "", "f": "1e-4x"}
    assert config_values.equal(settings({builders.REG: "1e-1"}).value("reg"), 0.1)


def test_a_config_too_deep_or_too_large_to_be_one_is_bad_input() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(BadInput, match="no train config"):
        knob_settings.read(deep, builders.PROFILE)
    with pytest.raises(BadInput, match="no train config"):
        flat_config.flatten({str(i): i for i in range(100_000)})


# Effective knobs.


def test_with_the_preset_on_the_policys_optimizer_counts() -> None:
    found = settings({"policy.optimizer_lr": 3e-5, "policy.optimizer_lr_backbone": 3e-5})
    assert found.value("lr") == 3e-5
    assert (found.value("grad_clip_norm"), found.value("scheduler")) == (10.0, "none")
    assert found.knobs["grad_clip_norm"].origin == "fixed"


def test_with_the_preset_off_the_explicit_optimizer_counts() -> None:
    found = settings(builders.own_optimizer(2e-4, 0.05))
    assert (found.value("lr"), found.value("weight_decay")) == (2e-4, 0.05)
    assert found.value("grad_clip_norm") == 1.0
    assert found.value("scheduler") == "cosine_decay_with_warmup"


def test_what_the_trainer_ignores_is_shadowed_and_no_change() -> None:
    ignored = {"optimizer.lr": 0.5, "optimizer.grad_clip_norm": 1.0, "scheduler": {"type": "x"}}
    assert changed(ignored) == {}
    assert {"optimizer.lr", "scheduler.type"} <= settings(ignored).shadowed
    off = builders.own_optimizer(2e-4, 0.05)
    assert changed({"policy.optimizer_lr": 0.5}, off) == {}
    assert "policy.optimizer_lr" in settings(off).shadowed


def test_an_absent_key_has_the_trainers_default() -> None:
    tree = builders.config()
    del tree["policy"]["optimizer_lr"], tree["policy"]["optimizer_lr_backbone"]
    del tree["policy"]["kl_weight"], tree["batch_size"]
    found = knob_settings.read(tree, builders.PROFILE)
    assert (found.value("lr"), found.knobs["lr"].origin) == (1e-5, "default")
    assert (found.value("batch_size"), found.knobs["batch_size"].origin) == (8, "default")
    assert config_changes.changes(settings(), found) == ()
    assert settings().knobs["lr"].origin == "set"


def test_an_absent_key_without_a_default_is_equal_to_absent_only() -> None:
    tree = builders.config()
    del tree["ot"]["sharpness"]
    found = knob_settings.read(tree, builders.PROFILE)
    assert found.value("sharpness") == config_values.ABSENT
    assert [c.knob for c in config_changes.changes(found, settings())] == ["sharpness"]
    assert config_changes.changes(found, found) == ()


def test_tied_paths_are_one_knob_and_show_their_parts_where_they_differ() -> None:
    assert settings().value("tau") == 0.5
    assert settings({"ot.loss_config.tau_src": 2.0}).value("tau") == (2.0, 0.5)
    assert list(changed(builders.tau(2.0))) == ["tau"]
    cameras = {f"ot.loss_config.features[img_{c}].weight_embed": 0.5 for c in builders.CAMERAS}
    assert list(changed(cameras)) == ["weight_embed"]
    backbone = {"policy.optimizer_lr_backbone": 1e-6}
    assert settings(backbone).value("lr") == (1e-5, 1e-6)


def test_the_weight_of_the_label_is_that_of_the_named_feature() -> None:
    assert settings().value("weight_label") == 0.02
    assert settings({builders.LABEL_WEIGHT: 0.05}).value("weight_label") == 0.05


def test_knobs_of_a_disabled_ot_are_not_effective() -> None:
    off = {"ot.enable": False}
    changes = {builders.REG: 9.0, builders.LAMBDA: 9.0, "ot.pair_info_path": "x", "ot.new": 1}
    assert changed(changes, off) == {}
    assert list(changed({**off, **changes})) == ["ot_enable"]


def test_a_constant_cosine_counts_as_no_scheduler() -> None:
    constant = builders.own_optimizer(1e-5, 1e-4, clip=10.0, warmup=0)
    constant["scheduler"]["decay_lr"] = 1e-5
    assert settings(constant).value("scheduler") == "none"
    assert changed(constant) == {}
    for field, value in (("num_warmup_steps", 10), ("decay_lr", 1e-6), ("peak_lr", 2e-5)):
        moving = {**constant, "scheduler": {**constant["scheduler"], field: value}}
        assert "scheduler" in changed(moving), field


def test_the_parts_of_a_schedule_count_only_where_there_is_one() -> None:
    base = builders.own_optimizer(2e-4, 0.05)
    longer = {**base, "scheduler": {**base["scheduler"], "num_warmup_steps": 400}}
    assert list(changed(longer, base)) == ["lr_warmup_steps"]
    assert not any(k.startswith("lr_") for k in changed(base))


def test_betas_and_eps_of_an_explicit_optimizer_count_and_equal_the_presets() -> None:
    explicit = builders.own_optimizer(1e-5, 1e-4, clip=10.0)
    explicit["scheduler"] = None
    assert changed(explicit) == {}
    assert list(changed({**explicit, "optimizer.betas": [0.95, 0.999]})) == ["adam_betas"]
    assert list(changed({**explicit, "optimizer.eps": 1e-6})) == ["adam_eps"]


# Changes.


@pytest.mark.parametrize(
    ("update", "lr", "decay"),
    [
        (builders.A_STABLE, 20, 500),
        (builders.B_OT_TUNE, 30, 200),
        (builders.C_LABEL, 25, 500),
    ],
    ids=["A", "B", "C"],
)
def test_the_three_updates_changed_the_optimizer_at_once(
    update: dict[str, Any], lr: float, decay: float
) -> None:
    found = changed(update)
    assert found["lr"].ratio == pytest.approx(lr)
    assert found["weight_decay"].ratio == pytest.approx(decay)
    assert (found["grad_clip_norm"].base, found["grad_clip_norm"].value) == (10.0, 1.0)
    assert found["grad_clip_norm"].ratio == pytest.approx(0.1)
    assert found["scheduler"].base == "none"
    assert found["scheduler"].value == "cosine_decay_with_warmup"
    assert found["scheduler"].ratio is None
    assert {c.group for c in found.values() if c.knob in ("lr", "scheduler")} == {"optimizer"}


def test_each_update_is_exactly_its_knobs() -> None:
    optimizer = ["lr", "weight_decay", "grad_clip_norm", "scheduler"]
    assert list(changed(builders.A_STABLE)) == optimizer
    assert list(changed(builders.B_OT_TUNE)) == [*optimizer, "lambda_ot", "reg"]
    assert list(changed(builders.C_LABEL)) == [*optimizer, "lambda_ot", "reg", "weight_label"]


def test_configs_that_differ_in_seed_and_bookkeeping_only_have_equal_fingerprints() -> None:
    other = {"seed": 87, "output_dir": "/x", "job_name": "y", "dataset.root": "/z", "save_freq": 1}
    assert config_changes.fingerprint(settings()) == config_changes.fingerprint(settings(other))
    assert changed(other) == {}
    assert config_changes.fingerprint(settings()) != config_changes.fingerprint(
        settings({builders.REG: 0.2})
    )
    assert {"output_dir", "dataset.root"} <= settings(other).hidden


def test_with_every_knob_asked_for_the_seed_shows_too() -> None:
    a, b = settings(), settings({"seed": 87})
    assert [c.knob for c in config_changes.changes(a, b, every=True)] == ["seed"]


def test_a_seed_has_no_ratio_and_a_weight_has() -> None:
    a, b = settings(), settings({"seed": 87, builders.REG: 0.2})
    found = {c.knob: c.ratio for c in config_changes.changes(a, b, every=True)}
    assert found == {"reg": 2.0, "seed": None}


def test_the_nearest_configs_are_those_with_the_fewest_changed_knobs() -> None:
    others = {
        "two": settings({builders.REG: 0.2, builders.LAMBDA: 0.2}),
        "seed": settings(seed=9),
        "b": settings({builders.REG: 0.3}),
        "a": settings({builders.REG: 0.2}),
        "far": settings(builders.C_LABEL),
    }
    found = nearest_configs.closest(settings(), others, 4)
    assert [(name, [c.value for c in moved]) for name, moved in found] == [
        ("seed", []),
        ("a", [0.2]),
        ("b", [0.3]),
        ("two", [0.2, 0.2]),
    ]
    assert nearest_configs.closest(settings(), {}) == []


def test_versions_count_as_different_only_where_both_are_known() -> None:
    base = {"python": "3.11", "wandb": "0.31", "git commit": "aa"}
    found = config_changes.uncontrolled(base, {"python": "3.11", "git commit": "bb", "torch": "2"})
    assert [(c.knob, c.group, c.base, c.value) for c in found] == [
        ("git commit", "uncontrolled", "aa", "bb")
    ]


def test_one_is_1_0_but_true_is_not_1_and_none_is_not_text() -> None:
    assert config_values.equal(1, 1.0)
    assert config_values.equal([1, 2.0], (1.0, 2))
    assert not config_values.equal(True, 1)
    assert not config_values.equal(None, "None")
    assert not config_values.equal("1.0x", 1.0)


def test_an_unclaimed_path_is_a_knob_of_its_own() -> None:
    found = changed({"dataset.fps": 50, "extra.size": 4})
    assert (found["dataset.fps"].base, found["dataset.fps"].value) == (config_values.ABSENT, 50)
    assert (found["dataset.fps"].group, found["extra.size"].group) == ("data", "other")


def test_the_name_of_a_listed_item_is_its_address_and_no_knob() -> None:
    more = builders.config()
    more["ot"]["loss_config"]["features"].append({"term_name": "new", "weight_embed": 0.1})
    found = config_changes.changes(settings(), knob_settings.read(more, builders.PROFILE))
    assert [c.knob for c in found] == ["ot.loss_config.features[new].weight_embed"]
    # A name that is not the item's own stays.
    odd = knob_settings.read({"a": [{"b": {"term_name": "x"}}]}, builders.PROFILE)
    assert odd.value("a[0].b.term_name") == "x"


def test_of_an_unknown_project_every_path_is_a_knob_of_its_own() -> None:
    empty = profile.parse("{name: x, judge: [], metrics: {}, knobs: {}}", "x")
    a = knob_settings.read({"model": {"width": 8, "layers": [1, 2]}, "lr": "1e-3"}, empty)
    b = knob_settings.read({"model": {"width": 16, "layers": [1, 2]}, "lr": 1e-3}, empty)
    assert set(a.knobs) == {"model.width", "model.layers", "lr"}
    assert [(c.knob, c.ratio) for c in config_changes.changes(a, b)] == [("model.width", 2)]


def test_a_path_that_is_called_like_a_knob_counts_and_hides_none() -> None:
    a, b = (knob_settings.read({"reg": r, "lr": 0.1}, builders.PROFILE) for r in (0.1, 0.2))
    assert [(c.knob, c.ratio) for c in config_changes.changes(a, b)] == [("reg", 2)]
    both = settings(lr=3.0)
    assert (both.value("lr"), both.value("lr (path)")) == (1e-5, 3.0)


@pytest.mark.parametrize(
    ("a", "b", "times"),
    [(1e-5, 2e-4, 20.0), (0, 1, None), (1, 0, None), ("a", 2, None), (True, 2, None), (10, 1, 0.1)],
)
def test_a_ratio_is_new_over_base_where_both_are_numbers_other_than_0(
    a: Any, b: Any, times: float | None
) -> None:
    assert config_values.ratio(a, b) == (None if times is None else pytest.approx(times))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-05, "1e-05"),
        (0.0002, "0.0002"),
        (10.0, "10"),
        (True, "true"),
        (None, "null"),
        ((0.5, 2.0), "(0.5,2)"),
        ("x", "x"),
        (20000, "20000"),
    ],
)
def test_values_are_shown_shortly(value: Any, text: str) -> None:
    assert config_values.show(value) == text


def test_an_ignored_schedule_is_no_change_where_the_preset_has_one() -> None:
    """Who writes another rate than the policy's wrote by hand: the trainer never notes that."""
    ignored = {"scheduler": {"type": "cosine_decay_with_warmup", "num_warmup_steps": 900}}
    a = builders.diffusion({"optimizer.lr": 2e-4})
    b = builders.diffusion({"optimizer.lr": 2e-4, **ignored})
    old, new = (knob_settings.read(c, builders.PROFILE) for c in (a, b))
    assert config_changes.changes(old, new) == ()
    assert (new.value("scheduler"), new.value("lr_warmup_steps")) == ("diffuser", 500)
    assert {"optimizer.lr", "scheduler.num_warmup_steps"} <= new.shadowed


def test_what_the_trainer_noted_under_its_preset_was_in_force() -> None:
    """A team changes the preset in its code: the configs ask for the same, the notes differ."""
    cosine = {"scheduler": {"type": "cosine_decay_with_warmup", "num_warmup_steps": 900}}
    old, new = (knob_settings.read(builders.config(c), builders.PROFILE) for c in ({}, cosine))
    changes = {c.knob: (c.base, c.value) for c in config_changes.changes(old, new)}
    assert changes == {"scheduler": ("none", "cosine_decay_with_warmup")}
    assert new.value("lr_warmup_steps") == 900
    assert new.fingerprint != old.fingerprint


def test_the_preset_of_an_unknown_policy_is_not_guessed() -> None:
    bare = builders.config({"policy.type": "someones_own"}, optimizer=None)
    found = knob_settings.read(bare, builders.PROFILE)
    assert {k: found.value(k) for k in ("scheduler", "grad_clip_norm")} == {
        "scheduler": "preset",
        "grad_clip_norm": "preset",
    }


def test_a_path_that_no_knob_claims_has_the_group_of_its_place() -> None:
    changes = {"ot.no_window": True, "ot.loss_config.features[img_ee].weight_label": 0.5}
    settings = knob_settings.read(
        builders.config({**changes, "policy.new": 1, "new.one": 1}), builders.PROFILE
    )
    assert {settings.groups[k] for k in changes} == {"ot"}
    assert (settings.groups["policy.new"], settings.groups["new.one"]) == ("policy", "other")


@pytest.mark.parametrize("nothing", [None, {}, [], ()])
def test_null_and_what_is_empty_are_absent(nothing: Any) -> None:
    assert changed({"extra.thing": nothing}) == {}
    absent, present = settings(), settings({"extra.thing": nothing})
    assert config_changes.fingerprint(absent) == config_changes.fingerprint(present)
    assert [c.value for c in changed({"extra.thing": 0}).values()] == [0]


def test_the_tree_of_a_config_wins_over_a_dotted_key_beside_it() -> None:
    for config in ({"a.b": 1, "a": {"b": 2}}, {"a": {"b": 2}, "a.b": 1}):
        assert flat_config.flatten(config) == {"a.b": 2}
