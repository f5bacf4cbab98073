"""The shape of LeRobot's train config as dataclasses, for draccus to judge what is generated."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import draccus


@dataclass
class ImageTransforms:
    enable: bool = False


@dataclass
class Dataset:
    repo_id: str
    root: str | None = None
    episodes: list[int] | None = None
    streaming: bool = False
    use_imagenet_stats: bool = True
    sampler_seed: int | None = None
    image_transforms: ImageTransforms = field(default_factory=ImageTransforms)


@dataclass
class Policy(draccus.ChoiceRegistry):
    device: str | None = None
    push_to_hub: bool = True
    use_amp: bool = False
    pretrained_path: str | None = None
    optimizer_lr: float = 1e-5
    optimizer_weight_decay: float = 1e-4


@Policy.register_subclass("act")
@dataclass
class Act(Policy):
    optimizer_lr_backbone: float = 1e-5
    chunk_size: int = 100
    kl_weight: float = 10.0
    use_vae: bool = True


@Policy.register_subclass("diffusion")
@dataclass
class Diffusion(Policy):
    horizon: int = 16


@dataclass
class Optimizer(draccus.ChoiceRegistry):
    lr: float = 1e-3
    weight_decay: float = 0.0
    grad_clip_norm: float = 10.0


@Optimizer.register_subclass("adam")
@Optimizer.register_subclass("adamw")
@dataclass
class Adam(Optimizer):
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


@dataclass
class Scheduler(draccus.ChoiceRegistry):
    num_warmup_steps: int = 0


@Scheduler.register_subclass("cosine_decay_with_warmup")
@dataclass
class Cosine(Scheduler):
    num_decay_steps: int = 0
    peak_lr: float = 0.0
    decay_lr: float = 0.0


@Scheduler.register_subclass("diffuser")
@dataclass
class Diffuser(Scheduler):
    name: str = "cosine"


@dataclass
class Wandb:
    enable: bool = False
    disable_artifact: bool = False
    project: str = "lerobot"
    run_id: str | None = None
    mode: str | None = None


@dataclass
class Evaluation:
    n_episodes: int = 50
    batch_size: int = 50


@dataclass
class Ot:
    enable: bool = False
    src_repo_id: str | None = None
    src_root: str | None = None
    pair_info_path: str | None = None
    batch_ratio: float = 0.5
    bc_src_weight: float = 0.9
    normalize_bc_weights_by_ds_size: bool = False
    lambda_ot: float = 0.1
    obs_keys: list[str] | None = None
    base_index_src: int = 0
    base_index_tgt: int = 0
    window_size: int = 10
    sharpness: float | None = None
    topk_src_episodes: int | None = None
    loss_config: dict[str, Any] = field(default_factory=dict)


@dataclass
class TrainConfig:
    dataset: Dataset
    policy: Policy | None = None
    optimizer: Optimizer | None = None
    scheduler: Scheduler | None = None
    batch_size: int = 8
    num_workers: int = 4
    steps: int = 100_000
    eval_freq: int = 20_000
    log_freq: int = 200
    save_checkpoint: bool = True
    save_freq: int = 20_000
    seed: int | None = 1000
    use_policy_training_preset: bool = True
    wandb: Wandb = field(default_factory=Wandb)
    eval: Evaluation = field(default_factory=Evaluation)
    output_dir: Path | None = None
    job_name: str | None = None
    resume: bool = False
    ot: Ot = field(default_factory=Ot)


def load(path: Path, *arguments: str) -> TrainConfig:
    """The config of a file and command-line arguments, as the trainer reads it.

    Raises: whatever draccus does for a config that the trainer would refuse.
    """
    return draccus.parse(TrainConfig, config_path=path, args=list(arguments))
