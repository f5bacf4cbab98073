"""Made-up runs, and run files as the W&B client writes them, from the client's own message classes.

Writing through the client takes seconds per run; thousands of runs are needed here.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from actot import profile, sources
from actot.analysis.metric_stats import tail
from actot.analysis.train_config import TrainConfig
from actot.records import Run, Series

METRICS, POINTS, EVERY, SEEDS = 15, 2_000, 10, 4
PROFILE = profile.load()
CONSTANT = ("eval_batches", "lr")
LR = ("policy.optimizer_lr", "policy.optimizer_lr_backbone")
# Every tenth recipe is broken: a learning rate 20 times higher, with another decay.
BROKEN = {**dict.fromkeys(LR, 0.01), "policy.optimizer_weight_decay": 0.05}
WORSE = 1.4
TRIED: dict[str, tuple[Any, ...]] = {
    "ot.loss_config.reg": (0.05, 0.07, 0.12, 0.2),
    "ot.lambda_ot": (0.05, 0.08, 0.12, 0.2),
    "ot.window_size": (5, 15, 20),
    "ot.sharpness": (6.0, 24.0),
    "batch_size": (12, 48),
    "policy.kl_weight": (5.0, 20.0),
}
# Two replicates, and a recipe beside them.
BASELINES = ("recipe000_s1", "recipe000_s2", "recipe002_s1")
HEADER = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK, CHUNK = 32 * 1024, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def made_up(runs: int, seed: int = 0) -> Iterator[Run]:
    """Recipes of a few changed knobs with four seeds each, the first unchanged.

    The first runs are the same for every number of runs.
    """
    rng = np.random.default_rng(seed)
    model = sources.load(sources.list_runs("sample"), "base_a_s1")
    metrics = [m for m in PROFILE.metrics.values() if m.name not in CONSTANT]
    keys = [k for m in metrics for k in m.keys if k in model.series][:METRICS]
    ends = np.array([tail(model.series[k], PROFILE.tail).values.mean() for k in keys])
    starts = np.array([model.series[k].values[0] for k in keys])
    steps = EVERY * np.arange(1, POINTS + 1)
    falling = np.exp(-np.linspace(0, 14, POINTS))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    changes: dict[str, Any] = {}
    for at in range(runs):
        recipe, number = divmod(at, SEEDS)
        if number == 0:
            changes = _changes(recipe, rng)
        level = ends * (1 + 0.03 * rng.standard_normal()) * (WORSE if LR[0] in changes else 1.0)
        clean = level[:, None] + (starts - level)[:, None] * falling
        values = clean * (1 + 0.02 * rng.standard_normal((len(keys), POINTS)))
        config = TrainConfig.parse(model.config, PROFILE)
        for path, value in {**changes, "seed": number + 1, "steps": int(steps[-1])}.items():
            config = config.with_path(path, value)
        yield Run(
            id=run_id(at),
            name="act",
            state="finished",
            config=config.tree,
            created=(begin + timedelta(hours=at)).isoformat(),
            runtime_s=3600.0,
            series={k: Series(k, steps, v) for k, v in zip(keys, values, strict=True)},
        )


def run_id(at: int) -> str:
    """The id of a made-up run by its place."""
    return f"recipe{at // SEEDS:03}_s{at % SEEDS + 1}"


def _changes(recipe: int, rng: np.random.Generator) -> dict[str, Any]:
    """One to three knobs of a recipe; every tenth recipe is broken beside that."""
    if recipe == 0:
        return {}
    paths = rng.permutation(list(TRIED))[: rng.integers(1, 4)]
    changes = {str(p): TRIED[p][rng.integers(len(TRIED[p]))] for p in paths}
    return changes | (BROKEN if recipe % 10 == 1 else {})


def messages(run: Run, rows: int | None = None) -> list[bytes]:
    """The records of a run: run and config, its first history rows (None: all), the end."""
    from wandb.proto import wandb_internal_pb2 as pb

    head = pb.Record()
    head.run.run_id, head.run.display_name, head.run.project = run.id, run.name, "bench"
    head.run.start_time.FromJsonString(run.created.replace("+00:00", "Z"))
    for key, value in run.config.items():
        head.run.config.update.add(key=key, value_json=json.dumps(value))
    found = [head.SerializeToString()]
    for at in range(len(next(iter(run.series.values()))) if rows is None else rows):
        record = pb.Record()
        step = 0
        for key, one in run.series.items():
            step = int(one.steps[at])
            item = record.history.item.add(value_json=repr(float(one.values[at])))
            item.nested_key.append(key)
        record.history.item.add(value_json=str(step)).nested_key.append("_step")
        record.history.step.num = step
        found.append(record.SerializeToString())
    end = pb.Record()
    end.exit.exit_code = 0
    return [*found, end.SerializeToString()]


def save(path: Path, records: list[bytes]) -> None:
    """A run file: the records in LevelDB log blocks of 32 KiB."""
    out = bytearray(HEADER)
    for record in records:
        rest, first = record, True
        while rest or first:
            room = BLOCK - len(out) % BLOCK
            if room < CHUNK:
                out += bytes(room)
                room = BLOCK
            part, rest = rest[: room - CHUNK], rest[room - CHUNK :]
            kind = (FULL if first else LAST) if not rest else (FIRST if first else MIDDLE)
            data = bytes([kind]) + part
            out += struct.pack("<IH", zlib.crc32(data), len(part)) + data
            first = False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out)


def folder(place: Path, runs: int, rows: int | None = None) -> Path:
    """A folder of made-up runs, each with its first history rows or all of them."""
    for run in made_up(runs):
        save(place / f"offline-run-{run.id}" / f"run-{run.id}.wandb", messages(run, rows))
    return place
