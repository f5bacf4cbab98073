"""Train the toy ACT policy: python train.py --config_path=FILE.json [--key=value ...]

Besides the keys of the configuration: --as_logged=FILE.csv (every value as logged) and
--stop_at_step=N (an orderly end before `steps`).
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from config import TrainConfig
from data import (
    FRAMES,
    SOURCE,
    TARGET,
    Batch,
    Sampler,
    held_out,
    make_demos,
)
from model import ACTPolicy
from optim import Optim
from ot_loss import check_loss_config, ot_loss
from parse import ConfigError, read_config
from runlog import LEGACY_STATE, Meters, RunLog, Value


class Trainer:
    """Policy, optimizer and data of one run."""

    def __init__(self, cfg: TrainConfig) -> None:
        """Build everything at step 0 from the configuration and its seeds."""
        self.cfg, self.step = cfg, 0
        self.target = make_demos(TARGET, cfg.dataset.episodes)
        source = make_demos(SOURCE, cfg.ot.src_episodes) if cfg.ot.enable else None
        self.sampler = Sampler(cfg, self.target, source)
        self.eval_batches = held_out(cfg.policy.chunk_size)
        torch.manual_seed(cfg.seed)
        mean, std = self.target.state.mean((0, 1)), self.target.state.std((0, 1))
        self.model = ACTPolicy(cfg.policy, mean, std)
        self.optim = Optim(cfg, self.model)
        self.meters = Meters()

    def update(self) -> None:
        """One batch, one update; what it measured goes to the meters."""
        began = time.perf_counter()
        target, source, gaps = self.sampler.next()
        loaded = time.perf_counter()
        self.model.train()
        self.optim.set_rate(self.step)
        loss = self._loss(target, source, gaps)
        loss.backward()
        norm = self.optim.step()
        self.step += 1
        self.meters.add(
            loss=loss.item(),
            grad_norm=norm,
            update_s=time.perf_counter() - loaded,
            dataloading_s=loaded - began,
        )

    def _loss(self, target: Batch, source: Batch | None, gaps: torch.Tensor) -> torch.Tensor:
        cfg = self.cfg
        embeds = self.model.embed(target)
        if source is None:
            l1, kld = (each.mean() for each in self.model(target, embeds))
            self.meters.add(l1_loss=l1.item(), kld_loss=kld.item())
            return l1 + cfg.policy.kl_weight * kld
        n_src, n_tgt = gaps.shape
        embeds_src = self.model.embed(source)
        both = {key: torch.cat([source[key], target[key]]) for key in target}
        both_embeds = {key: torch.cat([embeds_src[key], embeds[key]]) for key in embeds}
        share = cfg.ot.bc_src_weight
        weight = torch.tensor([share / n_src] * n_src + [(1 - share) / n_tgt] * n_tgt)
        l1, kld = ((each * weight).sum() for each in self.model(both, both_embeds))
        found = ot_loss(cfg.ot, source, target, embeds_src, embeds, gaps)
        self.meters.add(l1_loss=l1.item(), kld_loss=kld.item(), **found.metrics)
        if cfg.wandb.legacy_keys:
            self.meters.add(ot_ot_loss=found.metrics["ot_loss"])
            self.meters.add(**{LEGACY_STATE: found.raw_state})
        return l1 + cfg.policy.kl_weight * kld + cfg.ot.lambda_ot * found.loss

    def train_values(self) -> dict[str, Value]:
        """Means since the last call, with the rate and the progress counters."""
        samples = self.step * self.cfg.batch_size
        return {
            **self.meters.take(),
            "lr": self.optim.lr,
            "steps": self.step,
            "samples": samples,
            "episodes": samples / FRAMES,
            "epochs": samples / (self.target.episodes * FRAMES),
        }

    @torch.no_grad()
    def eval_values(self) -> dict[str, Value]:
        """The L1 error on the held-out target demonstrations, by its two names."""
        self.model.eval()
        losses = [self.model(b, self.model.embed(b))[0].mean().item() for b in self.eval_batches]
        l1 = sum(losses) / len(losses)
        values: dict[str, Value] = {"avg_loss": l1, "avg_l1": l1, "n_batches": len(losses)}
        return {f"offline_eval/{name}": value for name, value in values.items()}

    def save(self, path: Path) -> None:
        """Write a checkpoint that `restore` continues from."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizer": self.optim.adamw.state_dict(),
            "rng": torch.get_rng_state(),
            "sampler": self.sampler.draw.get_state(),
        }
        torch.save(state, path)

    def restore(self, path: Path) -> None:
        """Continue from a checkpoint, random generators included."""
        state = torch.load(path, weights_only=True)
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        self.optim.adamw.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.sampler.draw.set_state(state["sampler"])


def train(cfg: TrainConfig, as_logged: str | None, stop_at: int | None) -> None:
    """Run from the start or the last checkpoint to `cfg.steps` (or `stop_at`), and log it all."""
    output_dir = _output_dir(cfg)
    cfg.output_dir, cfg.job_name = str(output_dir), cfg.job_name or cfg.policy.type
    checkpoints = output_dir / "checkpoints"
    trainer = Trainer(cfg)
    if cfg.resume:
        found = sorted(checkpoints.glob("*.pt"))
        if not found:
            raise ConfigError(f"resume: no checkpoint in {checkpoints}")
        trainer.restore(found[-1])
    output_dir.mkdir(parents=True, exist_ok=True)
    with RunLog(cfg, output_dir, as_logged) as log:
        cfg.wandb.run_id = log.run.id
        while trainer.step < (stop_at or cfg.steps):
            trainer.update()
            step = trainer.step
            if step % cfg.log_freq == 0:
                log.log("train", trainer.train_values(), step)
            if cfg.eval_freq and step % cfg.eval_freq == 0:
                log.log("eval", trainer.eval_values(), step)
            if cfg.save_checkpoint and step % cfg.save_freq == 0:
                trainer.save(checkpoints / f"{step:06d}.pt")
                _write_config(cfg, checkpoints / "last" / "pretrained_model" / "train_config.json")


def _write_config(cfg: TrainConfig, path: Path) -> None:
    """What `--config_path=... --resume=true` continues from: this run's folder and W&B id stand in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(cfg), indent=2) + "\n")


def _output_dir(cfg: TrainConfig) -> Path:
    """The folder of the run; a new unique one where the configuration names none."""
    if cfg.output_dir is not None:
        if Path(cfg.output_dir).exists() and not cfg.resume:
            raise ConfigError(f"output_dir: {cfg.output_dir} exists and resume is false")
        return Path(cfg.output_dir)
    if cfg.resume:
        raise ConfigError("resume: output_dir must name the folder to continue")
    stem = f"outputs/train/{cfg.job_name or cfg.policy.type}_{cfg.seed}"
    return next(path for path in _numbered(stem) if not path.exists())


def _numbered(stem: str) -> Iterator[Path]:
    yield Path(stem)
    number = 2
    while True:
        yield Path(f"{stem}_{number}")
        number += 1


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 1 with one line on stderr."""
    own = {"config_path": "", "as_logged": "", "stop_at_step": ""}
    overrides = []
    for argument in arguments:
        name, _, text = argument.removeprefix("--").partition("=")
        if name in own:
            own[name] = text
        else:
            overrides.append(argument)
    try:
        if not own["config_path"]:
            raise ConfigError("--config_path=FILE.json is missing")
        if not own["stop_at_step"].isdecimal() and own["stop_at_step"]:
            raise ConfigError(f"--stop_at_step: expected a number, found {own['stop_at_step']}")
        cfg = read_config(own["config_path"], overrides)
        if cfg.ot.enable:
            check_loss_config(cfg.ot)
        torch.set_num_threads(1)
        train(cfg, own["as_logged"] or None, int(own["stop_at_step"] or 0) or None)
    except ConfigError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
