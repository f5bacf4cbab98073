"""What the tests are built from: series, configs, runs, summaries, studies, and real recorded runs."""

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from actot import profile, sources
from actot.analysis import run_summary
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Metric, Profile
from actot.records import Run, Series, make_series
from actot.study import Study, study
from bench import record as bench_record

ROOT = Path(__file__).parents[2]
PROFILE = profile.load()
STEPS = 2000
POINTS = 40

CAMERAS = ("third_person", "ee", "side")


def feature(name: str, embed: float, label: float) -> dict[str, Any]:
    """One item of the OT cost."""
    return {
        "src_key": name,
        "tgt_key": name,
        "use_learned_embed": bool(embed),
        "weight_embed": embed,
        "weight_label": label,
        "term_name": name,
    }


BASE: dict[str, Any] = {
    "dataset": {"repo_id": "insert_tube_20eps", "root": "/data/insert_tube", "episodes": None},
    "policy": {
        "type": "act",
        "device": "cuda",
        "chunk_size": 100,
        "kl_weight": 10.0,
        "optimizer_lr": 1e-05,
        "optimizer_lr_backbone": 1e-05,
        "optimizer_weight_decay": 0.0001,
    },
    "optimizer": {
        "type": "adamw",
        "lr": 1e-05,
        "weight_decay": 0.0001,
        "betas": [0.9, 0.999],
        "eps": 1e-08,
        "grad_clip_norm": 10.0,
    },
    "scheduler": None,
    "batch_size": 8,
    "num_workers": 4,
    "steps": STEPS,
    "eval_freq": 50,
    "log_freq": 50,
    "save_checkpoint": True,
    "save_freq": 1000,
    "seed": 1,
    "use_policy_training_preset": True,
    "wandb": {"enable": True, "run_id": None},
    "output_dir": "/data/ckpts/insert_tube",
    "job_name": "act",
    "resume": False,
    "ot": {
        "enable": True,
        "src_repo_id": "insert_tube_99ep",
        "src_root": "/data/insert_tube_99ep",
        "pair_info_path": "pairs.json",
        "batch_ratio": 0.5,
        "bc_src_weight": 0.9,
        "lambda_ot": 0.1,
        "window_size": 10,
        "sharpness": 12.0,
        "topk_src_episodes": 10,
        "loss_config": {
            "features": [
                *(feature(f"img_{camera}", 0.3333, 0.0) for camera in CAMERAS),
                feature("action_lbl", 0.0, 0.02),
            ],
            "reg": 0.1,
            "tau_src": 0.5,
            "tau_tgt": 0.5,
            "heuristic": True,
        },
    },
}

LABEL_WEIGHT = "ot.loss_config.features[action_lbl].weight_label"
REG = "ot.loss_config.reg"
LAMBDA = "ot.lambda_ot"


def config(
    changes: Mapping[str, Any] | None = None, base: Mapping[str, Any] = BASE, **top: Any
) -> dict[str, Any]:
    """A copy of a config with changes at dotted paths (`features[action_lbl]` by term_name)."""
    new = copy.deepcopy(dict(base))
    for path, value in {**(changes or {}), **top}.items():
        *stem, leaf = re.findall(r"[^.\[\]]+", path)
        node: Any = new
        for part in stem:
            if isinstance(node, list):
                node = next(item for item in node if item["term_name"] == part)
            else:
                if not isinstance(node.get(part), dict | list):
                    node[part] = {}
                node = node[part]
        node[leaf] = copy.deepcopy(value)
    return new


# A Diffusion policy under its preset, as the trainer notes it.
OF_DIFFUSION: dict[str, Any] = {
    "policy": {
        "type": "diffusion",
        "device": "cuda",
        "horizon": 16,
        "n_action_steps": 8,
        "optimizer_lr": 1e-4,
        "optimizer_betas": [0.95, 0.999],
        "optimizer_eps": 1e-08,
        "optimizer_weight_decay": 1e-06,
        "scheduler_name": "cosine",
        "scheduler_warmup_steps": 500,
    },
    "optimizer": {
        "type": "adam",
        "lr": 1e-4,
        "weight_decay": 1e-06,
        "betas": [0.95, 0.999],
        "eps": 1e-08,
        "grad_clip_norm": 10.0,
    },
    "scheduler": {"type": "diffuser", "name": "cosine", "num_warmup_steps": 500},
}


def diffusion(changes: Mapping[str, Any] | None = None, **top: Any) -> dict[str, Any]:
    """A config of a Diffusion policy with changes at dotted paths."""
    return config(changes, {**BASE, **OF_DIFFUSION}, **top)


def tau(value: float) -> dict[str, float]:
    """Both sides of tau at one value."""
    return {"ot.loss_config.tau_src": value, "ot.loss_config.tau_tgt": value}


def own_optimizer(lr: float, decay: float, clip: float = 1.0, warmup: int = 200) -> dict[str, Any]:
    """Preset off, and a cosine schedule."""
    return {
        "use_policy_training_preset": False,
        "optimizer.lr": lr,
        "optimizer.weight_decay": decay,
        "optimizer.grad_clip_norm": clip,
        "scheduler": {
            "type": "cosine_decay_with_warmup",
            "num_warmup_steps": warmup,
            "num_decay_steps": STEPS,
            "peak_lr": lr,
            "decay_lr": lr / 10,
        },
    }


# The three updates that a team tried at once, as changes of the base config.
A_STABLE = own_optimizer(2e-4, 0.05)
B_OT_TUNE = {**own_optimizer(3e-4, 0.02, warmup=100), LAMBDA: 0.2, REG: 0.07}
C_LABEL = {**own_optimizer(2.5e-4, 0.05), LAMBDA: 0.05, REG: 0.05, LABEL_WEIGHT: 0.05}


def curve(
    level: float,
    *,
    start: float | None = None,
    n: int = POINTS,
    seed: int = 0,
    noise: float = 0.004,
) -> np.ndarray:
    """A curve that falls from `start` to `level` in its first half, with multiplicative noise."""
    start = 3 * level if start is None else start
    t = np.linspace(0, 1, n)
    fall = level + (start - level) * np.exp(-t * 14)
    return fall * (1 + noise * np.random.default_rng(seed).standard_normal(n))


def flat(level: float, *, n: int = POINTS, seed: int = 0, noise: float = 0.004) -> np.ndarray:
    """Noise around one level."""
    return curve(level, start=level, n=n, seed=seed, noise=noise)


def series(
    values: Iterable[float], steps: Iterable[int] | None = None, key: str = "some/key"
) -> Series:
    """A series, on 50, 100, ... without steps."""
    values = list(values)
    return make_series(key, steps if steps is not None else even(len(values)), values)


def even(n: int, every: int = 50) -> list[int]:
    """The steps every, 2 every, ..."""
    return [every * (i + 1) for i in range(n)]


def key(metric: str, chosen: Profile = PROFILE) -> str:
    """The first key under which a metric is logged."""
    return chosen.metrics[metric].keys[0]


def run(
    run_id: str = "run",
    settings: Mapping[str, Any] | None = None,
    *,
    keys: Mapping[str, Any] | None = None,
    state: str = "finished",
    created: str = "",
    every: int = 50,
    name: str = "act",
    group: str = "",
    **curves: Any,
) -> Run:
    """A run; `curves` by metric name, `keys` by logged key; values, or (steps, values)."""
    logged = {**(keys or {}), **{key(metric): values for metric, values in curves.items()}}
    found = {}
    for logged_key, points in logged.items():
        steps, values = points if isinstance(points, tuple) else (even(len(points), every), points)
        found[logged_key] = make_series(logged_key, steps, values)
    return Run(
        id=run_id,
        name=name,
        state=state,
        config=config() if settings is None else settings,
        group=group,
        created=created or "2025-01-01T00:00:00+00:00",
        series=found,
    )


def summary(*args: Any, chosen: Profile = PROFILE, **kwargs: Any) -> RunSummary:
    """The reading of a run."""
    return run_summary.summarize(run(*args, **kwargs), chosen)


def train_curves(level: float, seed: int, n: int = POINTS) -> dict[str, np.ndarray]:
    """The training metrics of a healthy run."""
    return {
        "train_l1": curve(level, n=n, seed=seed + 100),
        "train_loss": curve(2 * level, n=n, seed=seed + 200),
        "grad_norm": flat(20.0, n=n, seed=seed + 300, noise=0.05),
        "lr": np.full(n, 1e-05),
        "ot_pi_sum": flat(0.97, n=n, seed=seed + 400),
        "ot_pi_diag": flat(0.95, n=n, seed=seed + 500),
    }


def healthy(
    run_id: str,
    level: float = 0.4,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    n: int = POINTS,
    **kwargs: Any,
) -> Run:
    """A whole run whose eval L1 ends at the level."""
    curves = {"eval_l1": curve(level, n=n, seed=seed), **train_curves(level / 4, seed, n)}
    return run(run_id, settings, **{**curves, **kwargs})


def planted() -> list[Run]:
    """The planted runs, oldest first."""
    return list(_planted())


@cache
def _planted() -> tuple[Run, ...]:
    """Three baselines that differ by their seed, a second baseline, two one-knob updates, three regressed runs."""
    other = {**tau(2.0), REG: 0.2, "ot.window_size": 20}
    found = [
        healthy("base1", 0.400, seed=1),
        healthy("base2", 0.404, config(seed=2), seed=2),
        healthy("base3", 0.396, config(seed=3), seed=3),
        healthy("other", 0.440, config(other), seed=4),
        healthy("upd_reg", 0.402, config({REG: 0.12}), seed=5),
        healthy("upd_lambda", 0.401, config({LAMBDA: 0.08}), seed=6),
        healthy("lr20x", 0.640, config(A_STABLE), seed=7),
        healthy("lr30x", 0.920, config(B_OT_TUNE), seed=8),
        healthy("lr25x", 0.910, config(C_LABEL), seed=9),
    ]
    return tuple(
        Run(**{**vars(r), "created": f"2025-01-01T{at:02}:00:00+00:00"})
        for at, r in enumerate(found)
    )


REGRESSED = ("lr20x", "lr30x", "lr25x")
BASELINES = ("base1", "other")


def planted_study(
    picked: Sequence[str] = REGRESSED,
    baselines: Sequence[str] = BASELINES,
    runs: Sequence[Run] | None = None,
    **kwargs: Any,
) -> Study:
    """The study of the planted runs."""
    if runs is None:
        return _planted_study(tuple(picked), tuple(baselines), **kwargs)
    return study(runs, picked, baselines, PROFILE, source="planted", **kwargs)


@cache
def _planted_study(picked: tuple[str, ...], baselines: tuple[str, ...], **kwargs: Any) -> Study:
    return study(planted(), picked, baselines, PROFILE, source="planted", **kwargs)


def figures(run_id: str, settings: Mapping[str, Any], **metrics: Mapping[str, Any]) -> RunSummary:
    """A reading that holds nothing but figures, as a report gives them."""
    empty = run_summary.summarize(run(run_id, settings), PROFILE)
    known = {name: MetricStats(key=key(name), n=100, **values) for name, values in metrics.items()}
    return RunSummary(empty.run, empty.settings, {}, {**empty.stats, **known})


def metric(name: str = "m", **fields: Any) -> Metric:
    """A metric of a profile."""
    return Metric(name, **{"keys": ("some/key",), **fields})


RECORDER = """
import json, sys
import wandb
for spec in json.loads(sys.stdin.read()):
    run = wandb.init(
        project="toy", id=spec["id"], name=spec["name"], group=spec.get("group"),
        tags=spec.get("tags"), dir=sys.argv[1], config=spec["config"], mode="offline",
        resume="allow" if spec.get("resume") else None, fork_from=spec.get("fork_from"),
        settings=wandb.Settings(
            mode="offline", x_disable_meta=True, x_disable_machine_info=True,
            x_disable_stats=True, host="x", disable_git=True, disable_code=True,
            console="off", silent=True,
        ),
    )
    for name, axis in spec.get("axes", ()):
        run.define_metric(name, step_metric=axis)
    for row in spec.get("rows", ()):
        run.log(row)
    for step, logged_key, value in spec.get("points", ()):
        if logged_key == "@config":
            run.config.update(value, allow_val_change=True)
        else:
            run.log({logged_key: value}, step=step)
    run.finish(exit_code=spec.get("exit_code", 0))
"""


def spec(recorded: Run, **more: Any) -> dict[str, Any]:
    """What `record` needs of a run: its points in the order of their steps."""
    points = sorted(
        (int(s), k, float(v))
        for k, one in recorded.series.items()
        for s, v in zip(one.steps, one.values, strict=True)
    )
    facts = {"id": recorded.id, "name": recorded.name, "config": recorded.config}
    return {**facts, "points": points, **more}


def rows_of(run: Run) -> list[dict[str, Any]]:
    """The rows that a server would hold of a run."""
    found: dict[int, dict[str, Any]] = {}
    for key, one in run.series.items():
        for step, value in zip(one.steps.tolist(), one.values.tolist(), strict=True):
            found.setdefault(step, {"_step": step})[key] = value
    return [found[step] for step in sorted(found)]


def record(folder: Path, specs: Sequence[Mapping[str, Any]]) -> Path:
    """Record runs with the real W&B client, one key per call, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", RECORDER, str(folder)],
        input=json.dumps(specs),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder


def write(folder: Path, *runs: Run) -> Path:
    """Run files in the client's form but without the client, which takes seconds; every metric has every step."""
    for one in runs:
        bench_record.save(folder / f"run-{one.id}.wandb", bench_record.messages(one))
    return folder


def run_file(folder: Path, run_id: str) -> Path:
    """The first file of a run below a folder."""
    return sorted(folder.rglob(f"run-{run_id}.wandb"))[0]


def inspect(path: Path) -> list[dict[str, Any]]:
    """The records of a run file as the W&B client itself prints them, by the program behind `wandb leet inspect`."""
    from wandb.util import get_core_path

    done = subprocess.run(
        [
            get_core_path(),
            "leet",
            "inspect",
            "--no-observability",
            "--json",
            "--run-file",
            str(path),
            str(path.parent),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def inspected_rows(path: Path) -> list[dict[str, Any]]:
    """The history rows of a run file as the W&B client itself prints them."""
    return [r["history"]["item"] for r in inspect(path) if r["type"] == "history"]


def as_number(value: Any) -> float | None:
    """A logged value as a number; W&B writes NaN and Inf as text."""
    if isinstance(value, str):
        return float(value) if value in ("NaN", "Infinity", "-Infinity") else None
    return float(value) if isinstance(value, int | float) else None


def rows_as_series(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, float]]:
    """key -> step -> value of history rows, nested keys joined by dots."""
    found: dict[str, dict[int, float]] = {}

    def walk(node: Mapping[str, Any], path: str, step: int) -> None:
        for name, value in node.items():
            full = f"{path}.{name}" if path else name
            if isinstance(value, Mapping):
                walk(value, full, step)
            elif (number := as_number(value)) is not None and full != "_step":
                found.setdefault(full, {})[step] = number

    for row in rows:
        walk(row, "", int(row["_step"]))
    return found


@cache
def sample() -> Mapping[str, RunSummary]:
    """The bundled runs by id."""
    found = sources.list_runs("sample")
    return {i.id: run_summary.summarize(sources.load(found, i.id), PROFILE) for i in found.runs}


def tour(folder: Path) -> Path:
    """The folder of the README's tour: the bundled runs, and those that were suggested and run."""
    for where in (ROOT / "actot" / "sample" / "runs", ROOT / "tests" / "data" / "tour"):
        for run_folder in where.iterdir():
            shutil.copytree(run_folder, folder / run_folder.name)
    return folder
