"""Real train configs of a team, as their trainer understands them: each change they really make."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import builders

from actot.analysis import config_changes, knob_settings, nearest_configs
from actot.analysis.config_values import ABSENT
from actot.analysis.knob_settings import KnobValue, Settings
from actot.verdicts.replicates import by_config

FOLDER = Path(__file__).parent / "team_configs"
TREES: dict[str, dict[str, Any]] = {
    p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.json"))
}
READ: dict[str, Settings] = {
    n: knob_settings.read(tree, builders.PROFILE) for n, tree in TREES.items()
}
PRESET_ON = ("align", "balanced", "baseline", "calA2d_long_s123", "calA2d_long_s87", "light")
PAIRS = "src/lerobot/datasets/hirol/dtw"
OLD_PAIRS = f"{PAIRS}/it_99to20_pair_info.json"
NEW_PAIRS = f"{PAIRS}/source_to_target_state_joint_gripper_pair_info.json"
NEW_DATA = {
    "dataset": ("1107_insert_tube_fr3_3dmouse_contain_ft_20eps", "left_fr3_ip_dst_q2cq"),
    "source_dataset": ("1025_insert_tube_fr3_3dmouse_99ep", "left_fr3_ip_src_q2cq"),
    "pairing": (OLD_PAIRS, NEW_PAIRS),
}
UNWEIGHTED = {
    "bc_src_weight": (0.9, ABSENT),
    "ot.normalize_bc_weights_by_ds_size": (True, ABSENT),
}
# Against the baseline: every effective knob that differs, and no other.
CHANGES: dict[str, dict[str, tuple[Any, Any]]] = {
    "align": {
        "lambda_ot": (0.1, 0.18),
        "reg": (0.1, 0.15),
        "window_size": (10, 0),
        "weight_label": (0.02, 0.03),
        "bc_src_weight": (0.9, 0.85),
        "batch_ratio": (0.5, 0.75),
        "pairing": (OLD_PAIRS, NEW_PAIRS),
        "sharpness": (ABSENT, 2.0),
        "topk_src_episodes": (ABSENT, 10),
        "ot.no_window": (ABSENT, False),
    },
    "balanced": {
        "lambda_ot": (0.1, 0.14),
        "reg": (0.1, 0.15),
        "tau": (0.5, 1.0),
        "window_size": (10, 8),
        "weight_label": (0.02, 0.015),
        "pairing": (OLD_PAIRS, NEW_PAIRS),
        "sharpness": (ABSENT, 0.75),
        "topk_src_episodes": (ABSENT, 15),
        "ot.no_window": (ABSENT, False),
        **UNWEIGHTED,
    },
    "light": {
        "lambda_ot": (0.1, 0.08),
        "tau": (0.5, 0.25),
        "window_size": (10, 12),
        "weight_label": (0.02, 0.005),
        "pairing": (OLD_PAIRS, NEW_PAIRS),
        "sharpness": (ABSENT, 0.0),
        "ot.no_window": (ABSENT, False),
        **UNWEIGHTED,
    },
    "calA2d_long_s87": {
        "reg": (0.1, 0.5),
        "tau": (0.5, 1.0),
        "window_size": (10, 8),
        "weight_label": (0.02, 0.001),
        "bc_src_weight": (0.9, 0.8),
        "sharpness": (ABSENT, 0.5),
        "topk_src_episodes": (ABSENT, 20),
        "ot.no_window": (ABSENT, False),
    },
    "A_stable": {
        "lr": (1e-5, 2e-4),
        "weight_decay": (1e-4, 0.05),
        "grad_clip_norm": (10.0, 1.0),
        "scheduler": ("none", "cosine_decay_with_warmup"),
        **NEW_DATA,
        **UNWEIGHTED,
    },
    "B_ot_tune": {
        "lr": (1e-5, 3e-4),
        "weight_decay": (1e-4, 0.02),
        "grad_clip_norm": (10.0, 1.0),
        "scheduler": ("none", "cosine_decay_with_warmup"),
        "lambda_ot": (0.1, 0.2),
        "reg": (0.1, 0.07),
        **NEW_DATA,
        **UNWEIGHTED,
    },
    "C_action_lbl_focus": {
        "lr": (1e-5, 2.5e-4),
        "weight_decay": (1e-4, 0.05),
        "grad_clip_norm": (10.0, 1.0),
        "scheduler": ("none", "cosine_decay_with_warmup"),
        "lambda_ot": (0.1, 0.05),
        "reg": (0.1, 0.05),
        "weight_label": (0.02, 0.05),
        **NEW_DATA,
        **UNWEIGHTED,
    },
    "diffusion_iter4a": {
        "lr": (1e-5, 3e-4),
        "scheduler": ("none", "diffuser"),
        "batch_size": (8, 16),
        "kl_weight": (10.0, ABSENT),
        "reg": (0.1, 0.02),
        "tau": (0.5, 0.01),
        "window_size": (10, 20),
        "use_vae": (True, ABSENT),
        "chunk_size": (100, ABSENT),
        "n_action_steps": ("whole chunk", ABSENT),
        "policy_type": ("act", "diffusion"),
        **NEW_DATA,
        **UNWEIGHTED,
    },
}
CHANGES["calA2d_long_s123"] = CHANGES["calA2d_long_s87"]
# What is no knob of the profile, and yet a setting of the trainer.
OTHER = {
    *("dataset.episodes", "dataset.image_transforms.enable", "dataset.streaming"),
    *("dataset.use_imagenet_stats", "policy.pretrained_path", "policy.use_amp"),
    *("ot.base_index_src", "ot.base_index_tgt", "ot.no_window", "ot.obs_keys"),
    "ot.normalize_bc_weights_by_ds_size",
}
FEATURES = {"img_third_person", "img_ee", "img_side", "action_lbl"}


def test_every_config_of_the_team_is_here_and_names_no_folder_of_a_machine() -> None:
    assert set(TREES) == {*CHANGES, "baseline"}

    def texts(node: Any) -> Iterator[str]:
        for value in node.values() if isinstance(node, dict) else node:
            if isinstance(value, dict | list):
                yield from texts(value)
            elif isinstance(value, str):
                yield value

    assert [t for tree in TREES.values() for t in texts(tree) if t.startswith(("/", "~"))] == []


@pytest.mark.parametrize("name", CHANGES)
def test_each_config_changes_exactly_these_knobs_of_the_baseline(name: str) -> None:
    found = config_changes.changes(READ["baseline"], READ[name])
    assert {c.knob: (c.base, c.value) for c in found} == CHANGES[name]


@pytest.mark.parametrize(
    ("name", "lr", "decay"),
    [("A_stable", 20, 500), ("B_ot_tune", 30, 200), ("C_action_lbl_focus", 25, 500)],
)
def test_the_three_updates_raised_the_rate_and_the_decay_by_these_factors(
    name: str, lr: float, decay: float
) -> None:
    found = {c.knob: c for c in config_changes.changes(READ["baseline"], READ[name])}
    assert found["lr"].ratio == pytest.approx(lr)
    assert found["weight_decay"].ratio == pytest.approx(decay)
    assert found["grad_clip_norm"].ratio == pytest.approx(0.1)
    assert found["scheduler"].ratio is None


@pytest.mark.parametrize("name", ["A_stable", "B_ot_tune", "C_action_lbl_focus"])
def test_the_schedule_of_an_update_comes_with_it_and_is_no_change_of_its_own(name: str) -> None:
    found = READ[name]
    warmup = {"A_stable": 2000, "B_ot_tune": 1000, "C_action_lbl_focus": 2000}[name]
    assert found.value("lr_warmup_steps") == warmup
    assert found.value("lr_decay_steps") == 20000
    assert found.value("lr_decay_ratio") == pytest.approx(0.1)
    assert READ["baseline"].is_off("lr_warmup_steps")
    every = {c.knob for c in config_changes.changes(READ["baseline"], found, every=True)}
    assert every - set(CHANGES[name]) == {"preset", "eval_freq", "log_freq"}


def test_two_seeds_of_one_config_are_replicates_and_would_share_one_output_folder() -> None:
    a, b = READ["calA2d_long_s87"], READ["calA2d_long_s123"]
    assert config_changes.fingerprint(a) == config_changes.fingerprint(b)
    assert config_changes.changes(a, b) == ()
    (seed,) = config_changes.changes(a, b, every=True)
    assert (seed.knob, seed.base, seed.value, seed.ratio) == ("seed", 87, 123, None)
    assert a.flat["output_dir"] == b.flat["output_dir"]
    duplicates = [builders.summary(n, TREES[n]) for n in ("calA2d_long_s87", "calA2d_long_s123")]
    assert [len(group) for group in by_config(duplicates, builders.PROFILE).values()] == [2]


def test_the_nearest_config_of_a_seed_is_its_other_seed() -> None:
    others = {n: s for n, s in READ.items() if n != "calA2d_long_s87"}
    near = nearest_configs.closest(READ["calA2d_long_s87"], others)
    assert near[0] == ("calA2d_long_s123", ())
    assert [len(moved) for _, moved in near] == sorted(len(moved) for _, moved in near)
    assert len(near) == 5


def test_the_diffusion_policys_optimizer_is_the_one_that_it_writes_out() -> None:
    found = READ["diffusion_iter4a"]
    wanted = {
        "optimizer_type": "adamw",
        "lr": 3e-4,
        "weight_decay": 1e-4,
        "adam_betas": (0.9, 0.999),
        "adam_eps": 1e-8,
        "grad_clip_norm": 10.0,
        "scheduler": "diffuser",
        "lr_warmup_steps": 1000,
    }
    assert {k: found.value(k) for k in wanted} == wanted
    assert {found.knobs[k].origin for k in wanted} == {"set"}
    assert found.knobs["lr"].paths == ("optimizer.lr",)
    assert found.shadowed == frozenset()


@pytest.mark.parametrize("name", TREES)
def test_what_the_trainer_ignores_is_shadowed_and_never_a_knob(name: str) -> None:
    found = READ[name]
    if name in PRESET_ON:
        assert found.knobs["lr"].paths == ("policy.optimizer_lr", "policy.optimizer_lr_backbone")
        # What the trainer noted beside the policy's own rate was in force, and is no knob of its own.
        assert found.shadowed == frozenset()
        assert not found.knobs.keys() & {
            "optimizer.lr",
            "optimizer.grad_clip_norm",
            "scheduler.type",
        }
        assert found.knobs["grad_clip_norm"] == KnobValue(10.0, origin="fixed")
    else:
        assert found.knobs["lr"].paths == ("optimizer.lr",)
        assert all(p.startswith("policy.optimizer_") for p in found.shadowed)
    read = {p for k in found.knobs.values() for p in k.paths}
    assert read & (found.shadowed | found.hidden) == set()
    assert {"output_dir", "num_workers", "dataset.root", "ot.src_root"} <= found.hidden


@pytest.mark.parametrize("name", TREES)
def test_every_knob_of_the_team_is_known(name: str) -> None:
    found = READ[name]
    needed = ["lr", "weight_decay", "grad_clip_norm", "scheduler", "optimizer_type", "batch_size"]
    needed += ["steps", "lambda_ot", "reg", "tau", "window_size", "weight_label", "weight_embed"]
    needed += ["dataset", "source_dataset", "pairing", "policy_type", "seed", "eval_freq"]
    assert [k for k in needed if found.value(k) in (ABSENT, None)] == []
    assert {found.knobs[k].origin for k in needed} <= {"set", "fixed"}
    others = found.knobs.keys() - builders.PROFILE.knobs.keys()
    parts = {k for k in others if k.startswith("ot.loss_config.features[")}
    assert others - parts <= OTHER
    # By name, never by place; and the name itself is no knob.
    assert {k.split("[")[1].split("]")[0] for k in parts} == FEATURES
    assert not any(k.endswith(".term_name") for k in parts)
