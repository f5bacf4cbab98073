"""Record the set-ups whose trainers stand on torch: `python record_torch.py SETUP FOLDER`.

Of what they write, the logs and the files with configs are kept: no weights, and of the early checkpoints one.
Recorded with torch 2.14, lightning 2.6, stable-baselines3 2.9, transformers 5.24, wandb 0.31.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import neutral
import numpy as np
import torch
from training import RUNS, STEPS, train

# A run of Stable-Baselines3: the planted one is told to explore and to do nothing else.
PPO = {"learning_rate": 1e-3, "n_steps": 256, "batch_size": 64, "ent_coef": 0.0}
PPO_RUNS: dict[str, dict[str, Any]] = {
    **{f"base_s{seed}": {**PPO, "seed": seed} for seed in (1, 2, 3)},
    "clip_0.25": {**PPO, "clip_range": 0.25, "seed": 4},
    "entropy_5": {**PPO, "ent_coef": 5.0, "seed": 5},
}
TIMESTEPS = 15_000


def data(seed: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """States and the actions of a demonstrator, noisy."""
    drawn = np.random.default_rng(seed)
    states = drawn.normal(size=(rows, 8))
    actions = states @ np.random.default_rng(0).normal(size=(8, 2))
    noise = 0.5 * drawn.normal(size=actions.shape)
    return torch.tensor(states).float(), torch.tensor(actions + noise).float()


def lightning(folder: Path) -> None:
    """Lightning's CSV logger, as a trainer makes it: `lightning_logs/version_N`."""
    import lightning as pl
    from lightning.pytorch.loggers import CSVLogger
    from torch.utils.data import DataLoader, TensorDataset

    class Policy(pl.LightningModule):
        def __init__(self, lr: float, weight_decay: float, momentum: float, seed: int) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(8, 2)

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
            self.log("val_loss", loss)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            known = {k: v for k, v in self.hparams.items() if k != "seed"}
            return torch.optim.SGD(self.parameters(), **known)

    for config in RUNS.values():
        pl.seed_everything(config["seed"], verbose=False)
        rows = DataLoader(TensorDataset(*data(config["seed"], 320)), 16, shuffle=True)
        tested = DataLoader(TensorDataset(*data(99, 400)), 400)
        trainer = pl.Trainer(
            max_epochs=30,
            accelerator="cpu",
            logger=CSVLogger(str(folder)),
            log_every_n_steps=10,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        hyper = {k: v for k, v in config.items() if k != "batch_size"}
        trainer.fit(Policy(**hyper), rows, tested)


def hugging_face(folder: Path) -> None:
    """The Trainer of transformers, with its checkpoints."""
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    class PolicyConfig(PretrainedConfig):
        model_type = "linear_policy"

    class Policy(PreTrainedModel):
        config_class = PolicyConfig

        def __init__(self, config: PolicyConfig) -> None:
            super().__init__(config)
            self.layer = torch.nn.Linear(8, 2)
            self.post_init()

        def forward(self, states: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            found = self.layer(states)
            return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}

    def rows(seed: int, count: int) -> list[dict[str, torch.Tensor]]:
        return [{"states": s, "labels": a} for s, a in zip(*data(seed, count), strict=True)]

    for name, config in RUNS.items():
        arguments = TrainingArguments(
            output_dir=str(folder / name),
            learning_rate=4 * config["lr"],
            weight_decay=config["weight_decay"],
            per_device_train_batch_size=config["batch_size"],
            seed=config["seed"],
            lr_scheduler_type="constant",
            max_steps=STEPS,
            logging_steps=20,
            eval_strategy="steps",
            eval_steps=20,
            save_steps=STEPS // 2,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )
        torch.manual_seed(config["seed"])
        rows_of = {"train_dataset": rows(config["seed"], 320), "eval_dataset": rows(99, 400)}
        trainer = Trainer(Policy(PolicyConfig()), arguments, **rows_of)
        trainer.train()


def stable_baselines(folder: Path) -> None:
    """Stable-Baselines3 with a CSV logger and the monitor of its environment."""
    import gymnasium
    from stable_baselines3 import PPO as Algorithm
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.monitor import Monitor

    for name, config in PPO_RUNS.items():
        home = folder / name
        home.mkdir(parents=True)
        env = Monitor(gymnasium.make("CartPole-v1"), str(home / "monitor.csv"))
        model = Algorithm("MlpPolicy", env, device="cpu", **config)
        model.set_logger(configure(str(home), ["csv"]))
        model.learn(TIMESTEPS)
        env.close()


@contextmanager
def synced(folder: Path, name: str, config: dict[str, Any]) -> Iterator[None]:
    """A W&B run that takes what is written for TensorBoard."""
    import wandb

    run = wandb.init(
        project="corpus",
        name=name,
        id=name,
        config=config,
        mode="offline",
        dir=str(folder),
        sync_tensorboard=True,
        settings=neutral.settings(),
    )
    yield
    run.finish()


def tensorboard_sync(folder: Path) -> None:
    """W&B that takes what is written for TensorBoard; the writer is torch's."""
    from torch.utils.tensorboard import SummaryWriter

    for name, config in RUNS.items():
        told = {**config, "tensorboard_log": f"runs/{name}"}
        with synced(folder, name, told), SummaryWriter(str(folder / "tb" / name)) as writer:
            for row in train(config):
                step = int(row.pop("step"))
                writer.add_scalar("train/loss", row["train_loss"], step)
                writer.add_scalar("train/learning_rate", config["lr"], step)
                writer.add_scalar("eval/loss", row["val_loss"], step)


SETUPS: dict[str, Callable[[Path], None]] = {
    "lightning_csv": lightning,
    "hf_trainer": hugging_face,
    "sb3": stable_baselines,
    "wandb_tensorboard_sync": tensorboard_sync,
}


if __name__ == "__main__":
    torch.set_num_threads(1)
    SETUPS[sys.argv[1]](Path(sys.argv[2]))
