"""Record the set-ups that need no torch: `python record_light.py SETUP FOLDER`.

Recorded with wandb 0.31, mlflow 3.17, tensorboard 2.21 and tensorboardX 2.6.
"""

import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import neutral
from training import RUNS, train


def wandb_define_metric(folder: Path) -> None:
    """W&B, whose own step counts calls while the runs declare the steps of their trainer."""
    import wandb

    for name, config in RUNS.items():
        nested = {"optim": {k: config[k] for k in ("lr", "momentum", "weight_decay")}}
        run = wandb.init(
            project="corpus",
            id=name,
            name=name,
            config={
                **nested,
                **{"batch_size": config["batch_size"], "seed": config["seed"]},
                **{"output_dir": f"outputs/{name}", "logger": {"run_name": name}},
            },
            mode="offline",
            dir=str(folder),
            settings=neutral.settings(),
        )
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step")
        for row in train(config):
            step = {"trainer/global_step": row["step"]}
            run.log({**step, "train/loss": row["train_loss"], "train/grad_norm": row["grad_norm"]})
            run.log({**step, "eval/success_rate": row["success"], "eval/loss": row["val_loss"]})
        run.finish()


def mlflow_runs(folder: Path) -> None:
    """MLflow's runs as `mlflow.search_runs` gives them, written with pandas."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder.parent / 'mlflow.db'}")
    mlflow.set_experiment("push_t")
    for name, config in RUNS.items():
        with mlflow.start_run(run_name=name):
            mlflow.log_params(config)
            for row in train(config):
                step = int(row.pop("step"))
                mlflow.log_metrics(row, step=step)
    mlflow.search_runs(experiment_names=["push_t"]).to_csv(folder / "runs.csv", index=False)


def tensorboard_csv(folder: Path) -> None:
    """The CSV that TensorBoard's page of scalars hands out for a run and a tag."""
    from tensorboard import program
    from tensorboardX import SummaryWriter

    logs = folder.parent / "logs"
    tags = {"train/loss": "train_loss", "eval/loss": "val_loss"}
    for name, config in RUNS.items():
        with SummaryWriter(str(logs / name)) as writer:
            for row in train(config):
                for tag, key in tags.items():
                    writer.add_scalar(tag, row[key], int(row["step"]))
    board = program.TensorBoard()
    board.configure(argv=[None, "--logdir", str(logs), "--load_fast", "false", "--port", "6100"])
    address = board.launch()
    threading.Event().wait(10)
    for name in RUNS:
        for tag in tags:
            asked = urlencode({"tag": tag, "run": name, "format": "csv"})
            with urllib.request.urlopen(f"{address}data/plugin/scalars/scalars?{asked}") as answer:
                # The page offers it under this name.
                file = folder / f"run-{name}-tag-{tag.replace('/', '_')}.csv"
                file.write_bytes(answer.read())


SETUPS: dict[str, Callable[[Path], None]] = {
    f.__name__: f for f in (wandb_define_metric, mlflow_runs, tensorboard_csv)
}

if __name__ == "__main__":
    SETUPS[sys.argv[1]](Path(sys.argv[2]).absolute())
