"""The small training of the corpus: a linear policy cloned from noisy demonstrations, in numpy alone.

Every set-up that brings no trainer of its own logs this one. Three seeds of one config are the baselines; the healthy
run turns a knob that does not matter here, the planted one trains at twenty times the learning rate.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

BASE: dict[str, Any] = {"lr": 0.005, "batch_size": 16, "weight_decay": 1e-4, "momentum": 0.9}
RUNS: dict[str, dict[str, Any]] = {
    **{f"base_s{seed}": {**BASE, "seed": seed} for seed in (1, 2, 3)},
    "decay_2x": {**BASE, "weight_decay": 2e-4, "seed": 4},
    "lr_20x": {**BASE, "lr": 20 * BASE["lr"], "seed": 5},
}
BASELINES, HEALTHY, PLANTED = ("base_s1", "base_s2", "base_s3"), "decay_2x", "lr_20x"
STEPS, EVERY = 600, 20  # steps of a run, and steps from one evaluation to the next
STATES, ACTIONS, TESTED = 8, 2, 400
NEAR, SHAKE = (
    0.18,
    0.15,
)  # a movement that misses by less is a success; how far the robot itself shakes


def train(config: dict[str, Any]) -> Iterator[dict[str, float]]:
    """What a run says of itself at each evaluation: its step, its losses, and how often its policy succeeds."""
    truth = np.random.default_rng(0).normal(size=(STATES, ACTIONS))
    drawn = np.random.default_rng(config["seed"])
    tested = np.random.default_rng(1).normal(size=(TESTED, STATES))
    shaken = SHAKE * np.random.default_rng(2).normal(size=(TESTED, ACTIONS))
    policy, speed = np.zeros_like(truth), np.zeros_like(truth)
    losses = []
    for step in range(1, STEPS + 1):
        states = drawn.normal(size=(config["batch_size"], STATES))
        wanted = states @ truth + 0.5 * drawn.normal(size=(config["batch_size"], ACTIONS))
        missed = states @ policy - wanted
        slope = 2 * states.T @ missed / len(states) + config["weight_decay"] * policy
        speed = config["momentum"] * speed - config["lr"] * slope
        policy = policy + speed
        losses.append(float((missed**2).mean()))
        if step % EVERY == 0:
            error = tested @ (policy - truth)
            yield {
                "step": step,
                "train_loss": float(np.mean(losses[-EVERY:])),
                "val_loss": 0.25 + float((error**2).mean()),
                "success": float((np.hypot(*(error + shaken).T) < NEAR).mean()),
                "grad_norm": float(np.hypot(*slope.ravel()[:2])),
            }
