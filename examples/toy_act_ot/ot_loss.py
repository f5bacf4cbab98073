"""The co-training loss: an unbalanced Sinkhorn plan from the source to the target frames."""

import warnings
from dataclasses import dataclass

import numpy as np
import ot
import torch
from torch import Tensor

from config import OTConfig
from data import ACTION_KEY, IMAGE_KEYS, STATE_KEY, Batch
from parse import ConfigError

FEATURE_KEYS = {
    *("src_key", "tgt_key", "dim_slice", "use_learned_embed", "embed_name"),
    *("weight_embed", "weight_label", "term_name"),
}
LOSS_KEYS = {"features", "reg", "tau_src", "tau_tgt", "heuristic"}
SINKHORN_ITERATIONS = 200


@dataclass(frozen=True)
class OTLoss:
    """The loss with its gradient, and what is logged of it."""

    loss: Tensor
    metrics: dict[str, float]
    raw_state: float


def check_loss_config(cfg: OTConfig) -> None:
    """Silence if `ot.loss_config` is complete, and holds known keys and features only.

    Raises: ConfigError otherwise.
    """
    _same_keys("ot.loss_config", set(cfg.loss_config), LOSS_KEYS, LOSS_KEYS)
    for i, feature in enumerate(cfg.loss_config["features"]):
        needed = FEATURE_KEYS - {"dim_slice", "embed_name"}
        where = f"ot.loss_config.features[{i}]"
        _same_keys(where, set(feature), FEATURE_KEYS, needed)
        for key in (feature["src_key"], feature["tgt_key"]):
            if key not in {*IMAGE_KEYS, STATE_KEY, ACTION_KEY}:
                raise ConfigError(f"{where}: the demonstrations have no {key!r}")
            if feature["use_learned_embed"] and key not in cfg.obs_keys:
                raise ConfigError(f"{where}: {key!r} has no learned embedding in ot.obs_keys")


def _same_keys(where: str, found: set[str], known: set[str], needed: set[str]) -> None:
    if found - known:
        raise ConfigError(f"{where}: unknown key {min(found - known)!r}; known: {sorted(known)}")
    if needed - found:
        raise ConfigError(f"{where}: {min(needed - found)!r} is missing")


def ot_loss(
    cfg: OTConfig,
    source: Batch,
    target: Batch,
    embeds_src: dict[str, Tensor],
    embeds_tgt: dict[str, Tensor],
    gaps: Tensor,
) -> OTLoss:
    """sum(pi * M) with its gradient through M; the plan pi itself is held constant.

    M is the weighted sum of the features' distances. `ot_cost/TERM` is the weighted distance of a
    feature between paired frames (its mean over the diagonal), whatever the plan. A plan that has
    lost its mass is returned as it is.
    """
    total = torch.zeros(gaps.shape)
    metrics: dict[str, float] = {}
    for feature in cfg.loss_config["features"]:
        src_key, tgt_key = feature["src_key"], feature["tgt_key"]
        cost = torch.zeros(gaps.shape)
        if feature["use_learned_embed"] and feature["weight_embed"]:
            distance = _distances(embeds_src[src_key], embeds_tgt[tgt_key])
            cost = cost + feature["weight_embed"] * distance
        if feature["weight_label"]:
            low, high = feature.get("dim_slice") or (0, None)
            labels = _distances(source[src_key][..., low:high], target[tgt_key][..., low:high])
            cost = cost + feature["weight_label"] * labels
        metrics[f"ot_cost/{feature['term_name']}"] = cost.detach().diagonal().mean().item()
        total = total + cost
    plan = _plan(cfg, total.detach(), gaps)
    loss = (plan * total).sum()
    metrics["ot_loss"] = loss.item()
    metrics["ot_pi_sum"] = plan.sum().item()
    metrics["ot_pi_diag"] = plan.diagonal().sum().item()
    n = min(gaps.shape)
    raw_state = (source[STATE_KEY][:n] - target[STATE_KEY][:n]).norm(dim=-1).mean().item()
    return OTLoss(loss.float(), metrics, raw_state)


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared difference of every row of `a` with every row of `b`."""
    a, b = a.flatten(1), b.flatten(1)
    return (a[:, None] - b[None]).square().mean(-1)


def _plan(cfg: OTConfig, cost: Tensor, gaps: Tensor) -> Tensor:
    """The unbalanced plan (float64) under the cost plus the time prior; NaN where the cost is.

    `heuristic` adds sharpness * (gap / window)^2, so pairs far apart in time cost more; pairs
    outside the window get no mass, unless `no_window`.
    """
    loss = cfg.loss_config
    window = max(cfg.window_size, 1)
    matrix = cost.double()
    if not torch.isfinite(matrix).all():
        return torch.full_like(matrix, torch.nan)
    if loss["heuristic"]:
        matrix = matrix + cfg.sharpness * (gaps / window) ** 2
    n_src, n_tgt = matrix.shape
    prior = np.full((n_src, n_tgt), 1 / (n_src * n_tgt))
    if not cfg.no_window:
        prior[gaps.numpy() > window] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a plan that loses its mass is a result, not a fault
        plan = ot.unbalanced.sinkhorn_unbalanced(
            np.full(n_src, 1 / n_src),
            np.full(n_tgt, 1 / n_tgt),
            matrix.numpy(),
            loss["reg"],
            (loss["tau_src"], loss["tau_tgt"]),
            reg_type="kl",
            c=prior,
            numItermax=SINKHORN_ITERATIONS,
        )
    return torch.from_numpy(plan)
