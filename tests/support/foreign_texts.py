"""Runs of the corpus whose loggers write text by a documented form, and that nobody here can install or ask.

Each function writes five runs of the small training into a folder, as the named logger or dashboard would.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from data.corpus.training import BASE, RUNS, train

from support.own_tables import written

DAY = "2026-03-0{}T10:00:00.000Z"
Row = Mapping[str, Any]


def _csv(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Every cell in quotes, as W&B and MLflow write them; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    written(path, text.getvalue())


def robomimic(folder: Path) -> None:
    """`NAME/TIME/logs/log.txt` with what robomimic prints, and its whole config in the folder above.

    Source: robomimic/scripts/train.py.
    """
    for n, (name, config) in enumerate(RUNS.items(), 1):
        home = folder / name / f"2026030{n}120000"
        whole = json.dumps(_robomimic_config(name, config), indent=4)
        written(home / "config.json", whole)
        head = "\n============= Loaded Environment Metadata =============\n{'env_name': 'Lift'}\n\n"
        epochs = "".join(_robomimic_epoch(epoch, row) for epoch, row in enumerate(train(config), 1))
        written(home / "logs" / "log.txt", head + epochs + "finished run successfully!\n")


def _robomimic_config(name: str, config: Row) -> dict[str, Any]:
    policy = {
        "learning_rate": {"initial": config["lr"], "decay_factor": 0.1, "epoch_schedule": []},
        "regularization": {"L2": config["weight_decay"]},
    }
    return {
        "algo_name": "bc",
        "experiment": {
            **{"name": name, "validate": True, "epoch_every_n_steps": 20},
            "logging": {"terminal_output_to_txt": True, "log_tb": True, "log_wandb": False},
            "rollout": {"enabled": True, "n": 50, "horizon": 400, "rate": 5},
        },
        "train": {
            **{"data": "lift/ph/low_dim.hdf5", "output_dir": f"../trained_{name}"},
            **{"batch_size": config["batch_size"], "num_epochs": 30, "seed": config["seed"]},
        },
        "algo": {"optim_params": {"policy": policy}, "loss": {"l2_weight": 1.0, "l1_weight": 0.0}},
    }


def _robomimic_epoch(epoch: int, row: Row) -> str:
    def printed(values: Row) -> str:
        return json.dumps(values, indent=4, sort_keys=True)

    loss = {"Loss": row["train_loss"], "L2_Loss": row["train_loss"], "Optimizer/policy0_lr": 0.005}
    loss |= {"Policy_Grad_Norms": row["grad_norm"], "Time_Epoch": 0.0026}
    text = f"Train Epoch {epoch}\n{printed(loss)}\n"
    text += (
        f"\nValidation Epoch {epoch}\n{printed({'Loss': row['val_loss'], 'Time_Epoch': 0.001})}\n"
    )
    if epoch % 2 == 0:
        rollout = {"Horizon": 400.0, "Return": 20 * row["success"], "Time_Episode": 2.5}
        rollout |= {"Success_Rate": row["success"], "time": 3.1}
        text += f"\nEpoch {epoch} Rollouts took 3.1s (avg) with results:\n"
        text += f"Env: Lift\n{printed(rollout)}\n"
    return text + f"\nEpoch {epoch} Memory Usage: 812 MB\n\n"


def diffusion_policy(folder: Path) -> None:
    """`DATE/TIME_NAME/logs.json.txt` with a line a step, the evaluation at the last of an epoch, and hydra's config.

    Source: diffusion_policy/workspace/train_diffusion_unet_lowdim_workspace.py.
    """
    for n, (name, config) in enumerate(RUNS.items(), 1):
        home = folder / "2026.03.01" / f"20.0{n}.00_{name}_pusht_lowdim"
        hydra = {
            "_target_": "diffusion_policy.workspace.TrainDiffusionUnetLowdimWorkspace",
            **{"name": "train_diffusion_unet_lowdim", "exp_name": "default", "horizon": 16},
            "dataloader": {"batch_size": config["batch_size"], "num_workers": 1, "shuffle": True},
            "optimizer": {
                **{"_target_": "torch.optim.AdamW", "betas": [0.95, 0.999], "eps": 1e-8},
                **{"lr": config["lr"], "weight_decay": config["weight_decay"]},
            },
            "policy": {"_target_": "diffusion_policy.policy.DiffusionUnetLowdimPolicy"},
            "training": {"num_epochs": 30, "seed": config["seed"], "use_ema": True},
            "logging": {"mode": "online", "name": "${now:%Y.%m.%d-%H.%M.%S}_${name}"},
        }
        written(home / ".hydra" / "config.yaml", yaml.safe_dump(hydra, sort_keys=False))
        lines = map(json.dumps, _diffusion_rows(config))
        written(home / "logs.json.txt", "".join(f"{line}\n" for line in lines))


def _diffusion_rows(config: Row) -> Iterator[dict[str, Any]]:
    for epoch, row in enumerate(train(dict(config))):
        for batch in range(3):
            line = {"train_loss": row["train_loss"] * (1 + (2 - batch) / 20)}
            line |= {"global_step": 3 * epoch + batch, "epoch": epoch, "lr": config["lr"]}
            if batch == 2:
                seeds = {f"test/sim_max_reward_{100000 + i}": row["success"] for i in range(2)}
                line |= {"train/mean_score": 0.9 * row["success"], **seeds}
                line |= {"test/mean_score": row["success"], "val_loss": row["val_loss"]}
                line |= {"train_action_mse_error": row["train_loss"] / 2}
            yield line


def mlflow_download(folder: Path) -> None:
    """The CSV that MLflow's table of runs offers: parameters and metrics without a prefix, `'` before a minus sign.

    Source: mlflow/server/js/src/experiment-tracking/utils/CsvUtils.ts, `runInfosToCsv`.
    """
    said = ["Start Time", "Duration", "Run ID", "Name", "Source Type", "Source Name", "User"]
    rows: list[list[Any]] = [[*said, "Status", *BASE, "seed", "train_loss", "eval_return"]]
    for n, (name, config) in enumerate(RUNS.items(), 1):
        *_, last = train(config)
        facts = [
            f"2026-03-0{n} 10:00:00",
            "3.1s",
            f"{n:032x}",
            name,
            "LOCAL",
            "train.py",
            "someone",
        ]
        figures = [last["train_loss"], f"'{-20 * last['val_loss']}"]
        rows.append([*facts, "FINISHED", *config.values(), *figures])
    _csv(folder / "runs.csv", rows)


def mlflow_chart(folder: Path) -> None:
    """The CSV of the whole history of metrics that MLflow's page of charts offers, a row a point.

    Source: mlflow/server/js/src/experiment-tracking/utils/CsvUtils.ts, `chartMetricHistoryToCsv`.
    """
    rows: list[list[Any]] = [["Run", "Run ID", "metric", "step", "timestamp", "value"]]
    for key in ("train_loss", "val_loss"):
        for n, (name, config) in enumerate(RUNS.items(), 1):
            facts = [name, f"{n:032x}", key]
            rows += [
                [*facts, row["step"], 1_772_000_000_000 + row["step"], row[key]]
                for row in train(config)
            ]
    _csv(folder / "metrics.csv", rows)


def pandas_history(folder: Path) -> None:
    """`run.history()` of the client's public API, all runs in one frame, written by pandas with its index.

    Source: wandb/apis/public/runs.py, `Run.history`.
    """
    frames = [
        pd.DataFrame(_history(name, config)).assign(run=name) for name, config in RUNS.items()
    ]
    written(folder / "history.csv", pd.concat(frames).to_csv())


def pandas_project(folder: Path) -> None:
    """The runs of a project in a frame with their summaries and configs, each a dictionary in one cell.

    Source: docs.wandb.ai/guides/track/public-api-guide.
    """
    rows = []
    for n, (name, config) in enumerate(RUNS.items()):
        *_, last = train(config)
        own = {"_step": 600, "_runtime": 61.5, "_timestamp": 1.772e9, "_wandb": {"runtime": 61}}
        figures = {"eval/loss": last["val_loss"], "train": {"loss": last["train_loss"]}}
        figures |= {"worst": float("nan" if n else "inf"), "note": 'the robot\'s "hand"'}
        rows.append({"summary": {**figures, **own}, "config": dict(config), "name": name})
    written(folder / "project.csv", pd.DataFrame(rows).to_csv())


def wandb_full_history(folder: Path) -> None:
    """W&B's export of the whole history of a run, a file each: all that was logged, with what W&B adds.

    Absent: a documented form; these are the columns of `run.history()`.
    """
    for name, config in RUNS.items():
        rows = list(_history(name, config))
        _csv(folder / f"{name}.csv", [list(rows[0]), *([*row.values()] for row in rows)])


def _history(name: str, config: Row) -> Iterator[dict[str, Any]]:
    """A row a call of `log`: what was logged, between W&B's own keys; None for what was not."""
    for n, row in enumerate(train(dict(config))):
        yield {
            "_step": n,
            "_runtime": 1.5 * n,
            "_timestamp": 1_772_000_000 + 1.5 * n + config["seed"] * 1000,
            "trainer/global_step": row["step"],
            "train/loss": row["train_loss"],
            "train/grad_norm": row["grad_norm"],
            "gradients/policy.weight": '{"_type": "histogram", "values": [1, 2]}'
            if n % 5
            else None,
            "eval/loss": row["val_loss"] if n % 2 else None,
            "eval/return": 5 + 100 * row["success"] if n % 2 else None,
        }


def wandb_runs_table(folder: Path) -> None:
    """The CSV of W&B's table of runs: its own columns, then config and summary without a word which is which.

    Absent: a documented form; these are the columns that the page of a project shows.
    """
    said = ["Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep"]
    keys = ["epoch", "eval/loss", "train/loss", "train/grad_norm"]
    rows: list[list[Any]] = [[*said, *BASE, "seed", *keys]]
    for n, (name, config) in enumerate(RUNS.items(), 1):
        *_, last = train(config)
        facts = [name, "finished", "-", "someone", "bc", DAY.format(n), 120 + n, None]
        figures = [30, last["val_loss"], last["train_loss"], last["grad_norm"]]
        rows.append([*facts, *config.values(), *figures])
    _csv(folder / "wandb_export_2026-03-06T10_00_00.000+01_00.csv", rows)


def _bounded(name: str, values: Sequence[float]) -> dict[str, float]:
    """A column of the mean with those of the lowest and the highest, as W&B's charts are exported."""
    mean = sum(values) / len(values)
    return {name: mean, f"{name}__MIN": min(values), f"{name}__MAX": max(values)}


def wandb_line_chart(folder: Path) -> None:
    """The CSVs of two of W&B's charts, a line a run with its own steps; the bounds of a point are the point.

    Source: github.com/wandb/wandb/issues/5349; the columns `_step` as public code reads them.
    """
    lines = {name: list(train(config)) for name, config in RUNS.items()}
    for n, (key, of) in enumerate({"eval/success": "success", "train/loss": "train_loss"}.items()):
        rows = []
        for at in zip(*lines.values(), strict=True):
            row = {"Step": at[0]["step"]}
            for name, point in zip(lines, at, strict=True):
                row |= _bounded(f"{name} - _step", [point["step"]])
                row |= _bounded(f"{name} - {key}", [point[of]])
            rows.append(row)
        name = f"wandb_export_2026-03-06T10_0{n}_00.000+01_00.csv"
        _csv(folder / name, [[*rows[0]], *([*row.values()] for row in rows)])


GROUPS = ("base_a", "base_b", "base_c", "decay_2x", "lr_20x")


def wandb_grouped_chart(folder: Path) -> None:
    """The CSV of W&B's chart of groups: each line is the mean of three seeds, with the lowest and the highest.

    Source: github.com/wandb/wandb/issues/5349; the columns `_step` as public code reads them.
    """
    lines = {}
    for n, group in enumerate(GROUPS):
        config = RUNS.get(group, BASE)
        lines[group] = [list(train({**config, "seed": 10 * n + s})) for s in range(3)]
    rows = []
    for at in zip(*(zip(*seeds, strict=True) for seeds in lines.values()), strict=True):
        row = {"Step": at[0][0]["step"]}
        for group, points in zip(lines, at, strict=True):
            row |= _bounded(f"Group: {group} - _step", [p["step"] for p in points])
            row |= _bounded(f"Group: {group} - eval/loss", [p["val_loss"] for p in points])
        rows.append(row)
    name = "wandb_export_2026-03-06T10_00_00.000+01_00.csv"
    _csv(folder / name, [[*rows[0]], *([*row.values()] for row in rows)])
