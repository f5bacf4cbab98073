"""Optimizer, learning rate schedule and gradient clip, by the preset's rule."""

import math

import torch
from torch import nn

from config import SchedulerConfig, TrainConfig

PRESET_GRAD_CLIP = 10.0


class Optim:
    """AdamW with its schedule; `step` clips the gradients, updates the weights, gives the norm.

    With `use_policy_training_preset` everything comes from `policy.optimizer_*`: two parameter
    groups, constant rates, a clip of 10. `optimizer` and `scheduler` are then ignored, silently.
    Without it they decide, and all parameters share one rate.
    """

    def __init__(self, cfg: TrainConfig, model: nn.Module) -> None:
        """Build for `model`, with the rates of step 0."""
        self.model = model
        self.schedule: SchedulerConfig | None = None
        self.scale = 1.0
        if cfg.use_policy_training_preset or cfg.optimizer is None:
            named = list(model.named_parameters())
            rest = [p for name, p in named if not name.startswith("backbone.")]
            backbone = [p for name, p in named if name.startswith("backbone.")]
            self.clip = PRESET_GRAD_CLIP
            groups = [
                {"params": rest, "lr": cfg.policy.optimizer_lr},
                {"params": backbone, "lr": cfg.policy.optimizer_lr_backbone},
            ]
            decay = cfg.policy.optimizer_weight_decay
            self.adamw = torch.optim.AdamW(groups, weight_decay=decay)
        else:
            wanted = cfg.optimizer
            self.clip, self.schedule = wanted.grad_clip_norm, cfg.scheduler
            if self.schedule:
                # As in LeRobot, the optimizer's rate is the peak; peak_lr only shapes the curve.
                self.scale = wanted.lr / self.schedule.peak_lr
            self.adamw = torch.optim.AdamW(
                model.parameters(),
                lr=wanted.lr,
                betas=(wanted.betas[0], wanted.betas[1]),
                eps=wanted.eps,
                weight_decay=wanted.weight_decay,
            )
        self.set_rate(0)

    def set_rate(self, step: int) -> None:
        """The rate for the update number `step`, counted from 0."""
        if self.schedule:
            rate = scheduled_rate(self.schedule, step) * self.scale
            for group in self.adamw.param_groups:
                group["lr"] = rate

    @property
    def lr(self) -> float:
        """The rate of the first parameter group."""
        return self.adamw.param_groups[0]["lr"]

    def step(self) -> float:
        """Clip, update, clear the gradients; gives the gradient norm before clipping."""
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.adamw.step()
        self.adamw.zero_grad()
        return norm.item()


def scheduled_rate(cfg: SchedulerConfig, step: int) -> float:
    """Linear up to `peak_lr`, then a cosine to `decay_lr` at `num_decay_steps`, then constant."""
    if step < cfg.num_warmup_steps:
        return cfg.peak_lr * (step + 1) / (cfg.num_warmup_steps + 1)
    share = min(step, cfg.num_decay_steps) / max(cfg.num_decay_steps, 1)
    cosine = 0.5 * (1 + math.cos(math.pi * share))
    return cfg.decay_lr + (cfg.peak_lr - cfg.decay_lr) * cosine
