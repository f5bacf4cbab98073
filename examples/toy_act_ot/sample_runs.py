"""The runs of the sample: what each one changes in `configs/base_a.json`."""

import json
from pathlib import Path
from typing import Any

BASE = json.loads((Path(__file__).parent / "configs" / "base_a.json").read_text())
LR: float = BASE["policy"]["optimizer_lr"]
WEIGHT_DECAY: float = BASE["policy"]["optimizer_weight_decay"]
STEPS: int = BASE["steps"]
KILL_AFTER_STEP = 2000
STOP_AT_STEP = 1250  # 50 steps after a checkpoint, so the two parts overlap


def override(key: str, value: Any) -> str:
    """`--key=value` as the trainer reads it."""
    return f"--{key}={json.dumps(value)}"


def loss_config(**changes: float) -> str:
    """New values in `ot.loss_config`."""
    return override("ot.loss_config", changes)


def label_weight(weight: float) -> str:
    """Another `weight_label` of the action feature; a list is replaced whole."""
    features = [dict(feature) for feature in BASE["ot"]["loss_config"]["features"]]
    next(f for f in features if f["term_name"] == "action_lbl")["weight_label"] = weight
    return override("ot.loss_config", {"features": features})


def own_optimizer(lr: float, decay: float, clip: float, warmup: float) -> list[str]:
    """Preset off: AdamW, and a cosine from `lr` to a tenth of it after a share of warm-up steps."""
    return [
        override("use_policy_training_preset", False),
        override("optimizer", {"lr": lr, "weight_decay": decay, "grad_clip_norm": clip}),
        override(
            "scheduler",
            {
                "type": "cosine_decay_with_warmup",
                "num_warmup_steps": round(warmup * STEPS),
                "num_decay_steps": STEPS,
                "peak_lr": lr,
                "decay_lr": lr / 10,
            },
        ),
    ]


def seed(number: int) -> str:
    """Another seed."""
    return override("seed", number)


BASE_B = [
    loss_config(reg=0.2, tau_src=2.0, tau_tgt=2.0),
    override("ot.window_size", 20),
    override("dataset.sampler_seed", 7),
]

RUNS: dict[str, list[str]] = {
    "base_a_s1": [],
    "base_a_s2": [seed(2)],
    "lr20x": own_optimizer(20 * LR, 500 * WEIGHT_DECAY, clip=1.0, warmup=0.10),
    "lr25x": [
        *own_optimizer(25 * LR, 500 * WEIGHT_DECAY, clip=1.0, warmup=0.10),
        override("ot.lambda_ot", 0.05),
        loss_config(reg=0.05),
        label_weight(0.05),
    ],
    "lr30x": [
        *own_optimizer(30 * LR, 200 * WEIGHT_DECAY, clip=1.0, warmup=0.05),
        override("ot.lambda_ot", 0.2),
        loss_config(reg=0.07),
    ],
    "diverged": own_optimizer(800 * LR, WEIGHT_DECAY, clip=1e6, warmup=0.75),
    "collapse": [loss_config(reg=0.005, tau_src=0.003, tau_tgt=0.003)],
    "base_b_s1": BASE_B,
    "base_b_s2": [*BASE_B, seed(2)],
    "base_a_s3": [seed(3)],
    "upd_reg": [loss_config(reg=0.12)],
    "upd_lambda": [override("ot.lambda_ot", 0.08)],
    "killed": [seed(4)],
    "resumed": [seed(5)],
    "oldkeys": [seed(6), override("wandb.legacy_keys", True)],
    "no_ot": [override("ot.enable", False)],
    "repeat": [],
}

SCAN: dict[str, list[str]] = {
    f"{factor * LR:.3g}": [
        override("policy.optimizer_lr", factor * LR),
        override("policy.optimizer_lr_backbone", factor * LR),
    ]
    for factor in (0.25, 0.5, 1, 2, 4, 8)
}
