"""The figures of a report that was written by hand, and its lines: what the product must reproduce."""

from collections.abc import Mapping
from typing import Any

from actot.analysis.run_summary import RunSummary
from support import builders

# The base config of these figures has a budget of 20,000 steps.
BASE = builders.config(steps=20_000)


def cosine(lr: float, decay: float) -> dict[str, Any]:
    """An explicit optimizer with clip 1 and a cosine schedule."""
    return builders.own_optimizer(lr, decay)


def ot(lambda_ot: float, reg: float, tau: float, window: int, label: float) -> dict[str, Any]:
    """The OT values of a run."""
    return {
        builders.LAMBDA: lambda_ot,
        builders.REG: reg,
        **builders.tau(tau),
        "ot.window_size": window,
        builders.LABEL_WEIGHT: label,
    }


A = ot(0.1, 0.1, 0.5, 10, 0.02)
B = ot(0.1, 0.2, 2.0, 20, 0.02)


def summary(run_id: str, changes: Mapping[str, Any], **figures: Any) -> RunSummary:
    """A reading of nothing but figures."""
    return builders.figures(run_id, builders.config(changes, BASE), **figures)


def summary_row(
    run_id: str, changes: Mapping[str, Any], label: tuple[float, ...], ot_loss: float, l1: float
) -> RunSummary:
    """last_mean, last_std, slope and jitter of the label cost, and two tail means."""
    mean, std, slope, jitter = label
    return summary(
        run_id,
        changes,
        ot_cost_action_lbl={
            "last_mean": mean,
            "last_std": std,
            "slope_last": slope,
            "jitter": jitter,
        },
        ot_loss={"last_mean": ot_loss},
        eval_l1={"last_mean": l1},
    )


SUMMARY = [
    summary_row("zecwqro4", B, (0.01996, 0.005859, -4.435e-06, 0.4299), 0.01659, 0.4441),
    summary_row("4gb7zc4r", A, (0.01892, 0.005671, 9.063e-05, 0.4556), 0.01363, 0.3944),
    summary_row("80h5t9k8", B, (0.01996, 0.005859, -4.435e-06, 0.4299), 0.01563, 0.4457),
]
SUMMARY_LINES = """\
| run_id | ot_cost/action_lbl last_mean | last_std | slope_last | jitter | ot_loss last_mean | eval_l1 last_mean |
|---|---:|---:|---:|---:|---:|---:|
| zecwqro4 | 0.01996 | 0.005859 | -4.435e-06 | 0.4299 | 0.01659 | 0.4441 |
| 4gb7zc4r | 0.01892 | 0.005671 | 9.063e-05 | 0.4556 | 0.01363 | 0.3944 |
| 80h5t9k8 | 0.01996 | 0.005859 | -4.435e-06 | 0.4299 | 0.01563 | 0.4457 |"""


def postmortem(
    run_id: str, changes: Mapping[str, Any], l1: float, label: float, jitter: float
) -> RunSummary:
    """The three figures of a postmortem line."""
    return summary(
        run_id,
        changes,
        eval_l1={"last_mean": l1},
        ot_cost_action_lbl={"last_mean": label, "jitter": jitter},
    )


REGRESSED = [
    postmortem("z851dpqu", {**cosine(2e-4, 0.05), **A}, 0.6379, 0.02185, 0.3865),
    postmortem(
        "64fubjbc",
        {**cosine(3e-4, 0.02), **ot(0.2, 0.07, 0.5, 10, 0.02)},
        0.9249,
        0.01508,
        0.3784,
    ),
    postmortem(
        "qrsts3lb",
        {**cosine(2.5e-4, 0.05), **ot(0.05, 0.05, 0.5, 10, 0.05)},
        0.918,
        0.0377,
        0.3784,
    ),
]
BASELINES = [
    postmortem("4gb7zc4r", A, 0.3944, 0.01892, 0.4556),
    postmortem("80h5t9k8", B, 0.4457, 0.01996, 0.4299),
]
POSTMORTEM_LINES = """\
- z851dpqu · eval_l1=0.6379, ot_action_lbl=0.02185, jitter=0.3865
  - optimizer: lr=0.0002, wd=0.05, clip=1, sched=cosine_decay_with_warmup
  - ot: lambda=0.1, reg=0.1, tau=(0.5,0.5), win=10, action_lbl_w=0.02
- 64fubjbc · eval_l1=0.9249, ot_action_lbl=0.01508, jitter=0.3784
  - optimizer: lr=0.0003, wd=0.02, clip=1, sched=cosine_decay_with_warmup
  - ot: lambda=0.2, reg=0.07, tau=(0.5,0.5), win=10, action_lbl_w=0.02
- qrsts3lb · eval_l1=0.918, ot_action_lbl=0.0377, jitter=0.3784
  - optimizer: lr=0.00025, wd=0.05, clip=1, sched=cosine_decay_with_warmup
  - ot: lambda=0.05, reg=0.05, tau=(0.5,0.5), win=10, action_lbl_w=0.05

- baseline 4gb7zc4r · eval_l1=0.3944, ot_action_lbl=0.01892, jitter=0.4556
  - optimizer: lr=1e-05, wd=0.0001, clip=10, sched=None
  - ot: lambda=0.1, reg=0.1, tau=(0.5,0.5), win=10, action_lbl_w=0.02
- baseline 80h5t9k8 · eval_l1=0.4457, ot_action_lbl=0.01996, jitter=0.4299
  - optimizer: lr=1e-05, wd=0.0001, clip=10, sched=None
  - ot: lambda=0.1, reg=0.2, tau=(2,2), win=20, action_lbl_w=0.02"""


def lower(first: float, last: float, best: float, step: int) -> dict[str, Any]:
    """A figure that should fall."""
    return {"first": first, "last": last, "best": best, "best_step": step}


def plain(first: float, last: float, low: float, step: int) -> dict[str, Any]:
    """A figure without better or worse."""
    return {"first": first, "last": last, "min": low, "min_step": step}


UPDATES = [
    summary(
        "8dfuhytp",
        ot(0.1, 0.12, 0.5, 10, 0.02),
        train_loss=lower(10.25, 0.09822, 0.09775, 14600),
        train_l1=lower(0.5189, 0.08222, 0.04157, 12400),
        eval_l1=lower(0.4598, 0.413, 0.3813, 4000),
        ot_loss=plain(0.07093, 0.02124, 0.001865, 7800),
        ot_pi_sum=plain(0.01748, 0.9808, 0.01748, 100),
        ot_pi_diag=plain(0.01748, 0.9808, 0.01748, 100),
    ),
    summary(
        "avj1u2ok",
        ot(0.08, 0.1, 0.5, 10, 0.02),
        train_loss=lower(10.25, 0.07377, 0.07377, 20000),
        train_l1=lower(0.5185, 0.05834, 0.03905, 12400),
        eval_l1=lower(0.453, 0.3982, 0.3849, 5000),
        ot_loss=plain(0.03514, 0.01061, 8.743e-24, 300),
        ot_pi_sum=plain(0.00735, 0.9903, 1.638e-24, 300),
        ot_pi_diag=plain(0.00735, 0.9903, 1.638e-24, 300),
    ),
]
UPDATE_BLOCKS = [
    """\
### act (8dfuhytp)
- Config:
  - window_size=10, reg=0.12, tau=(0.5,0.5), heuristic=True
  - weight_embed=0.3333, weight_label=0.02, lambda_ot=0.1
- Metrics:
  - train/loss: first=10.25, last=0.09822, best=0.09775@14600
  - train/l1_loss: first=0.5189, last=0.08222, best=0.04157@12400
  - eval/avg_l1: first=0.4598, last=0.413, best=0.3813@4000
  - ot_loss: first=0.07093, last=0.02124, min=0.001865@7800
  - ot_pi_sum: first=0.01748, last=0.9808, min=0.01748@100
  - ot_pi_diag: first=0.01748, last=0.9808, min=0.01748@100
  - ot_cost(state): not logged""",
    """\
### act (avj1u2ok)
- Config:
  - window_size=10, reg=0.1, tau=(0.5,0.5), heuristic=True
  - weight_embed=0.3333, weight_label=0.02, lambda_ot=0.08
- Metrics:
  - train/loss: first=10.25, last=0.07377, best=0.07377@20000
  - train/l1_loss: first=0.5185, last=0.05834, best=0.03905@12400
  - eval/avg_l1: first=0.453, last=0.3982, best=0.3849@5000
  - ot_loss: first=0.03514, last=0.01061, min=8.743e-24@300
  - ot_pi_sum: first=0.00735, last=0.9903, min=1.638e-24@300
  - ot_pi_diag: first=0.00735, last=0.9903, min=1.638e-24@300
  - ot_cost(state): not logged""",
]
# Per run: last against the tail means of both baselines, best against the reference's.
COMPARISON = {
    "8dfuhytp": ("0.4130", "0.3944 (+4.7%)", "0.4457 (-7.3%)", "0.3813", "-3.3%", 4000),
    "avj1u2ok": ("0.3982", "0.3944 (+1.0%)", "0.4457 (-10.7%)", "0.3849", "-2.4%", 5000),
}

# The three recipes that go round, as the report printed them.
STABLE_OT = """\
experiment: stable_ot
train:
  optimizer: adamw
  lr: 2.0e-4
  weight_decay: 0.05
  scheduler: cosine
  warmup_ratio: 0.10
  batch_size: 256
  grad_accum: 4
  grad_clip_norm: 1.0
  ema: true
  ema_decay: 0.999
  seed: 42
data:
  seq_len: 128
  window_stride: 2
loss:
  weights:
    ot: 0.5
    action_lbl: 1.0
  ot:
    cost: l2
    sinkhorn_epsilon: 0.10
    sinkhorn_iters: 200
    weight_warmup_ratio: 0.30
logging:
  smooth_window: 200
eval:
  interval_steps: 2000
"""
OT_TUNE = """\
experiment: ot_tune
train:
  optimizer: adamw
  lr: 3.0e-4
  weight_decay: 0.02
  scheduler: cosine
  warmup_ratio: 0.05
  batch_size: 128
  grad_accum: 2
  grad_clip_norm: 1.0
data:
  seq_len: 160
  window_stride: 2
loss:
  weights:
    ot: 0.7
    action_lbl: 1.0
  ot:
    cost: l2_squared
    sinkhorn_epsilon: 0.07
    sinkhorn_iters: 160
    compute_every_n_steps: 2
    detach_cost_grad: true
eval:
  interval_steps: 2000
"""
ACTION_LBL_FOCUS = """\
experiment: action_lbl_focus
train:
  optimizer: adamw
  lr: 2.5e-4
  weight_decay: 0.05
  scheduler: cosine
  warmup_ratio: 0.10
  batch_size: 192
  grad_accum: 2
  grad_clip_norm: 1.0
loss:
  weights:
    ot: 0.2
    action_lbl: 2.0
  action_lbl:
    label_smoothing: 0.05
    focal_gamma: 1.5
    class_balance: true
  ot:
    cost: l2
    sinkhorn_epsilon: 0.05
    sinkhorn_iters: 120
eval:
  interval_steps: 1500
"""
HEADINGS = [
    "# Act/OT Comparison Report",
    "## Runs",
    "## Metrics Summary (key curves)",
    "### Interpretation",
    "## Next-Step Experiments",
    "### A) stable_ot",
    "### B) ot_tune",
    "### C) action_lbl_focus",
    "## Jitter Diagnosis & Fixes",
    "## Regression Check: Latest 3 vs Baselines",
    "### Latest 3",
    "### Baselines",
    "## Postmortem: Regression Root Causes",
    "### Key Differences Observed",
    "### Recommendations",
    "## ACT-OT Report Update (2025-12-29 01:55)",
    "#### Baseline Comparison: lr20x & lr30x & lr25x",
]
