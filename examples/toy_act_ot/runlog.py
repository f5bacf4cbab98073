"""Logging: window averages, and the W&B client called as LeRobot calls it, one key per call."""

import csv
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import wandb

from config import TrainConfig

Value = int | float

LEGACY_NAMES = {
    "ot_pi_sum": "ot_ot_pi_sum",
    "ot_pi_diag": "ot_ot_pi_diag",
    "ot_cost/action_lbl": "ot_ot_cost/action",
}
LEGACY_STATE = "ot_ot_cost/observation.state"


class Meters:
    """Means of what was added since the last `take`."""

    def __init__(self) -> None:
        """Start empty."""
        self.values: dict[str, list[float]] = {}

    def add(self, **values: float) -> None:
        """Add one value under each name."""
        for name, value in values.items():
            self.values.setdefault(name, []).append(value)

    def take(self) -> dict[str, float]:
        """The mean under each name, and an empty start."""
        means = {name: sum(values) / len(values) for name, values in self.values.items()}
        self.values = {}
        return means


class RunLog:
    """A W&B run, and beside it a CSV of every value as it was given to `wandb.log`."""

    def __init__(self, cfg: TrainConfig, output_dir: Path, as_logged: str | None) -> None:
        """Start the run, without a word in it about the machine, its user or its folders."""
        self.legacy = cfg.wandb.legacy_keys
        self.run = wandb.init(
            project=cfg.wandb.project,
            entity=cfg.wandb.entity,
            id=cfg.wandb.run_id,
            name=cfg.job_name,
            group=cfg.wandb.group,
            tags=cfg.wandb.tags,
            notes=cfg.wandb.notes,
            dir=output_dir,
            config=asdict(cfg),
            mode=cfg.wandb.mode if cfg.wandb.enable else "disabled",
            resume="allow" if cfg.resume else None,
            settings=wandb.Settings(
                x_disable_meta=True,
                x_disable_machine_info=True,
                x_disable_stats=True,
                host="toy",
                disable_git=True,
                disable_code=True,
                console="off",
                silent=True,
            ),
        )
        self.file = open(as_logged, "a", newline="") if as_logged else None  # noqa: SIM115
        self.rows = csv.writer(self.file) if self.file else None
        if self.rows and self.file and self.file.tell() == 0:
            self.rows.writerow(["step", "key", "value"])

    def log(self, mode: str, values: dict[str, Value], step: int) -> None:
        """Log each value under `mode/name`, in a call of its own."""
        for name, value in values.items():
            key = f"{mode}/{LEGACY_NAMES.get(name, name) if self.legacy else name}"
            if self.rows and self.file:
                self.rows.writerow([step, key, repr(value)])
                self.file.flush()
            self.run.log({key: value}, step=step)

    def __enter__(self) -> "RunLog":
        """The log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the run; it counts as failed after an exception."""
        self.run.finish(exit_code=0 if error is None else 1)
        if self.file:
            self.file.close()
