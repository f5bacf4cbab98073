"""The training configuration, in LeRobot's own shape: a tree of dataclasses with defaults."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ImageTransformsConfig:
    """Noise and gain jitter on the camera patches of the training batches."""

    enable: bool = True


@dataclass
class DatasetConfig:
    """The target domain; `sampler_seed` null lets the data order follow the run's seed."""

    repo_id: str = "toy/insert_tube_target"
    episodes: int = 24
    sampler_seed: int | None = None
    image_transforms: ImageTransformsConfig = field(default_factory=ImageTransformsConfig)


@dataclass
class PolicyConfig:
    """The ACT policy, and the optimizer values of its preset."""

    type: str = "act"
    device: str = "cpu"
    chunk_size: int = 16
    dim_model: int = 48
    n_heads: int = 4
    dim_feedforward: int = 128
    n_encoder_layers: int = 2
    n_decoder_layers: int = 1
    n_vae_encoder_layers: int = 1
    latent_dim: int = 8
    dropout: float = 0.1
    kl_weight: float = 10.0
    optimizer_lr: float = 5e-4
    optimizer_lr_backbone: float = 5e-4
    optimizer_weight_decay: float = 2e-3


@dataclass
class OptimizerConfig:
    """AdamW for all parameters at one rate; read only when the preset is off."""

    type: str = "adamw"
    lr: float = 5e-4
    weight_decay: float = 2e-3
    betas: list[float] = field(default_factory=lambda: [0.9, 0.999])
    eps: float = 1e-8
    grad_clip_norm: float = 10.0


@dataclass
class SchedulerConfig:
    """Linear warm-up to `peak_lr`, a cosine to `decay_lr`; read only when the preset is off."""

    type: str = "cosine_decay_with_warmup"
    num_warmup_steps: int = 0
    num_decay_steps: int = 2400
    peak_lr: float = 5e-4
    decay_lr: float = 5e-5


@dataclass
class WandbConfig:
    """Where the run is logged; `legacy_keys` logs the OT metrics under their older names."""

    enable: bool = True
    project: str = "toy-act-ot"
    entity: str | None = None
    run_id: str | None = None
    group: str | None = None
    tags: list[str] = field(default_factory=list)
    notes: str | None = None
    mode: str = "offline"
    disable_artifact: bool = True
    legacy_keys: bool = False


@dataclass
class OTConfig:
    """Co-training with a source domain through an unbalanced Sinkhorn plan.

    `batch_ratio` is the source share of a batch, `bc_src_weight` the source share of the imitation
    loss. `loss_config` is an untyped dict, as in the team's trainer: it is merged as JSON text.
    """

    enable: bool = True
    src_repo_id: str = "toy/insert_tube_source"
    src_episodes: int = 100
    pair_info_path: str | None = None
    topk_src_episodes: int = 10
    batch_ratio: float = 0.5
    bc_src_weight: float = 0.3
    lambda_ot: float = 0.1
    window_size: int = 10
    no_window: bool = False
    sharpness: float = 12.0
    obs_keys: list[str] = field(default_factory=list)
    loss_config: dict[str, Any] = field(default_factory=dict)


@dataclass
class TrainConfig:
    """One training run."""

    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    optimizer: OptimizerConfig | None = None
    scheduler: SchedulerConfig | None = None
    batch_size: int = 24
    num_workers: int = 0
    steps: int = 2400
    eval_freq: int = 50
    log_freq: int = 10
    save_checkpoint: bool = True
    save_freq: int = 600
    seed: int = 1
    use_policy_training_preset: bool = True
    wandb: WandbConfig = field(default_factory=WandbConfig)
    output_dir: str | None = None
    job_name: str | None = None
    resume: bool = False
    ot: OTConfig = field(default_factory=OTConfig)
