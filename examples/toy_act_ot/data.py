"""Synthetic demonstrations of one insertion task in two domains, and the batches drawn from them.

An arm with 7 joints and a gripper moves from a home pose to a goal that only its three cameras see.
The source domain is larger, noisier, seen by shifted cameras, and its arm ends a little elsewhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from config import TrainConfig

CAMERAS = ("third_person_cam_color", "ee_cam_color", "side_cam_color")
IMAGE_KEYS = tuple(f"observation.images.{camera}" for camera in CAMERAS)
STATE_KEY, ACTION_KEY = "observation.state", "action"
FRAMES, JOINTS, GOAL_DIM, PIXELS = 128, 8, 3, 36
TICKS = 1000.0  # the state is logged in encoder ticks, the action in radians
WORLD_SEED, HELD_OUT_SEED = 20240, 977
AUGMENT_NOISE, AUGMENT_GAIN = 0.10, 0.10
PAIR_JITTER = 1  # frames by which a pair may be out of step

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Domain:
    """How one domain differs from the ideal: camera shift, arm bias, and noise levels."""

    seed: int
    camera_shift: float
    arm_bias: float
    image_noise: float
    action_noise: float


TARGET = Domain(seed=11, camera_shift=0.0, arm_bias=0.0, image_noise=0.05, action_noise=0.03)
SOURCE = Domain(seed=12, camera_shift=0.5, arm_bias=0.12, image_noise=0.15, action_noise=0.08)


@dataclass(frozen=True)
class Demos:
    """Episodes of one domain.

    Shapes: images E x T x 36 each, state and action E x T x 8, goal E x 3.
    """

    images: dict[str, Tensor]
    state: Tensor
    action: Tensor
    goal: Tensor

    @property
    def episodes(self) -> int:
        """How many demonstrations there are."""
        return self.goal.shape[0]

    def frames(self, episode: Tensor, time: Tensor, chunk: int) -> Batch:
        """The observations at (episode, time) and the `chunk` actions from there, the last held."""
        ahead = (time[:, None] + torch.arange(chunk)).clamp(max=FRAMES - 1)
        batch = {key: image[episode, time] for key, image in self.images.items()}
        batch[STATE_KEY] = self.state[episode, time]
        batch[ACTION_KEY] = self.action[episode[:, None], ahead]
        return batch


def make_demos(domain: Domain, episodes: int, seed_shift: int = 0) -> Demos:
    """The same demonstrations for the same arguments, whatever the run's seed."""
    world = torch.Generator().manual_seed(WORLD_SEED)
    reach = torch.randn(GOAL_DIM, JOINTS, generator=world)
    bend = torch.randn(GOAL_DIM, JOINTS, generator=world)
    sway = torch.randn(GOAL_DIM, JOINTS, generator=world)
    lenses = [_lens(world) for _ in CAMERAS]
    draw = torch.Generator().manual_seed(domain.seed)
    reach = reach + domain.arm_bias * torch.randn(reach.shape, generator=draw)
    shifts = [
        (
            1 + domain.camera_shift * torch.randn(PIXELS, generator=draw) * 0.5,
            domain.camera_shift * torch.randn(PIXELS, generator=draw),
        )
        for _ in CAMERAS
    ]
    draw = torch.Generator().manual_seed(domain.seed + seed_shift)
    goal = 2 * torch.rand(episodes, GOAL_DIM, generator=draw) - 1
    home = 0.3 * torch.randn(episodes, JOINTS, generator=draw)
    path = _path(home, goal, reach, bend, sway)
    state, action = path[:, :-1], path[:, 1:]
    action = action + domain.action_noise * torch.randn(action.shape, generator=draw)
    goals = goal[:, None].expand(-1, FRAMES, -1)
    images = {}
    for key, lens, (gain, offset), view in zip(
        IMAGE_KEYS, lenses, shifts, (1.0, 0.6, 0.3), strict=True
    ):
        image = torch.tanh(torch.cat([view * state, goals], -1) @ lens[0]) @ lens[1]
        noise = domain.image_noise * torch.randn(image.shape, generator=draw)
        images[key] = image * gain + offset + noise
    return Demos(images, state * TICKS, action, goal)


def _lens(world: torch.Generator) -> tuple[Tensor, Tensor]:
    first = torch.randn(JOINTS + GOAL_DIM, 48, generator=world) / 1.5
    return first, torch.randn(48, PIXELS, generator=world) / 48**0.5


def _path(home: Tensor, goal: Tensor, reach: Tensor, bend: Tensor, sway: Tensor) -> Tensor:
    """Joint positions E x (T+1) x 8: minimum jerk to the goal with a sway; the gripper closes."""
    end = torch.tanh(goal @ reach) + 0.5 * torch.sin(2 * goal @ bend)
    s = torch.linspace(0, 1, FRAMES + 1)[None, :, None]
    jerk = s**3 * (10 - 15 * s + 6 * s**2)
    path = home[:, None] + jerk * (end - home)[:, None]
    path = path + 0.4 * torch.sin(torch.pi * s) ** 2 * torch.sin(goal @ sway)[:, None]
    path[..., -1] = torch.sigmoid(25 * (s[..., 0] - 0.8))
    return path


class Sampler:
    """Training batches from one generator: equal seeds give equal data in equal order.

    With OT on, source frame i is paired with target frame i: an episode with a near goal, at the
    same time, give or take PAIR_JITTER frames.
    """

    def __init__(self, cfg: TrainConfig, target: Demos, source: Demos | None) -> None:
        """Pair the episodes and seed the generator (`dataset.sampler_seed`, else `seed`)."""
        self.cfg, self.target, self.source = cfg, target, source
        seed = cfg.dataset.sampler_seed
        self.draw = torch.Generator().manual_seed(cfg.seed if seed is None else seed)
        if source is not None:
            self.pairs = _pairs(cfg, target, source)

    def next(self) -> tuple[Batch, Batch | None, Tensor]:
        """A target batch, its paired source batch, and the time gaps |t_src - t_tgt|.

        Shapes: n_t x ..., n_s x ..., n_s x n_t. Absent: no source batch with OT off.
        """
        cfg, chunk = self.cfg, self.cfg.policy.chunk_size
        n_src = round(cfg.batch_size * cfg.ot.batch_ratio) if self.source else 0
        n_tgt = cfg.batch_size - n_src
        episode = self._integers(self.target.episodes, n_tgt)
        time = self._integers(FRAMES, n_tgt)
        target = self._augment(self.target.frames(episode, time, chunk))
        if self.source is None:
            return target, None, torch.empty(0)
        of = torch.arange(n_src) % n_tgt
        pick = self._integers(self.pairs.shape[1], n_src)
        jitter = self._integers(2 * PAIR_JITTER + 1, n_src) - PAIR_JITTER
        time_src = (time[of] + jitter).clamp(0, FRAMES - 1)
        source = self._augment(self.source.frames(self.pairs[episode[of], pick], time_src, chunk))
        return target, source, (time_src[:, None] - time[None]).abs().float()

    def _integers(self, high: int, count: int) -> Tensor:
        return torch.randint(high, (count,), generator=self.draw)

    def _augment(self, batch: Batch) -> Batch:
        if not self.cfg.dataset.image_transforms.enable:
            return batch
        for key in IMAGE_KEYS:
            image = batch[key]
            gain = 1 + AUGMENT_GAIN * torch.randn(len(image), 1, generator=self.draw)
            noise = AUGMENT_NOISE * torch.randn(image.shape, generator=self.draw)
            batch[key] = image * gain + noise
        return batch


def _pairs(cfg: TrainConfig, target: Demos, source: Demos) -> Tensor:
    """The source episodes of each target episode (E_tgt x k): from a file, else by nearest goal."""
    if cfg.ot.pair_info_path:
        return torch.tensor(json.loads(Path(cfg.ot.pair_info_path).read_text()))
    near = torch.cdist(target.goal, source.goal).argsort(1)
    return near[:, : cfg.ot.topk_src_episodes]


def held_out(chunk: int) -> list[Batch]:
    """The evaluation batches: target demonstrations with goals that no training episode has."""
    demos = make_demos(TARGET, 16, seed_shift=HELD_OUT_SEED)
    episode = torch.arange(16).repeat_interleave(FRAMES // 8)
    time = torch.arange(0, FRAMES, 8).repeat(16)
    groups = zip(episode.split(32), time.split(32), strict=True)
    return [demos.frames(e, t, chunk) for e, t in groups]
