"""The corpus of foreign set-ups: five runs each, as another trainer or logger left them, and what must come out.

The recorded ones lie under `tests/data/corpus`, the others are written when they are asked for.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from actot.__main__ import main
from support import builders, foreign_texts

CORPUS = builders.ROOT / "tests" / "data" / "corpus"
BASES = ("base_s1", "base_s2", "base_s3")
BY_HAND = "by hand"


@dataclass(frozen=True)
class Setup:
    """Runs of one kind, and what must be said of them. `runs`: the healthy one, then the planted one.

    Absent: `write` is None where the runs were recorded; `cause` is "" where the format holds no configs.
    """

    title: str
    recorded: str
    metric: str
    direction: str
    cause: str = ""
    runs: tuple[str, str] = ("decay_2x", "lr_20x")
    baselines: tuple[str, ...] = BASES
    write: Callable[[Path], None] | None = None


def _numbered(form: str, names: tuple[str, ...], first: int) -> tuple[str, ...]:
    return tuple(form.format(name=name, n=n) for n, name in enumerate(names, first))


def _hand(title: str, write: Callable[[Path], None], *facts: str, form: str = "") -> Setup:
    healthy, planted = _numbered(form or "{name}", ("decay_2x", "lr_20x"), 4)
    bases = _numbered(form or "{name}", BASES, 1)
    return Setup(title, BY_HAND, *facts, runs=(healthy, planted), baselines=bases, write=write)


VERSION = "lightning_logs/version_{}"
PPO_RUNS = ("clip_0.25", "entropy_5")
PUSH_T = "20.0{n}.00_{name}_pusht_lowdim"
ROBOMIMIC = "{name}/2026030{n}120000"
ROBOMIMIC_LR = "algo.optim_params.policy.learning_rate.initial"

SETUPS: Mapping[str, Setup] = {
    "wandb_define_metric": Setup(
        "W&B offline, `define_metric`", "wandb 0.31", "eval/success_rate", "higher", "lr"
    ),
    "wandb_tensorboard_sync": Setup(
        "W&B offline, `sync_tensorboard`", "wandb 0.31, torch 2.14", "eval/loss", "lower", "lr"
    ),
    "wandb_runs_table": _hand(
        "W&B, table of runs (CSV)", foreign_texts.wandb_runs_table, "eval/loss", "lower", "lr"
    ),
    "wandb_line_chart": _hand(
        "W&B, line charts (CSV)", foreign_texts.wandb_line_chart, "eval/success", "higher"
    ),
    "wandb_grouped_chart": Setup(
        *("W&B, grouped chart (CSV)", BY_HAND, "eval/loss", "lower"),
        runs=("Group: decay_2x", "Group: lr_20x"),
        baselines=("Group: base_a", "Group: base_b", "Group: base_c"),
        write=foreign_texts.wandb_grouped_chart,
    ),
    "wandb_full_history": _hand(
        "W&B, full history (CSV)", foreign_texts.wandb_full_history, "eval/return", "higher"
    ),
    "pandas_history": _hand(
        "W&B, `run.history()` by pandas", foreign_texts.pandas_history, "eval/return", "higher"
    ),
    "pandas_project": _hand(
        *("W&B, summaries and configs by pandas", foreign_texts.pandas_project),
        *("eval/loss", "lower", "lr"),
    ),
    "lightning_csv": Setup(
        *("Lightning, `CSVLogger`", "lightning 2.6, torch 2.14", "val_loss", "lower", "lr"),
        runs=(VERSION.format(3), VERSION.format(4)),
        baselines=tuple(map(VERSION.format, range(3))),
    ),
    "hf_trainer": Setup(
        "Hugging Face `Trainer`", "transformers 5.24, torch 2.14", "eval_loss", "lower"
    ),
    "sb3_progress": Setup(
        *("Stable-Baselines3, `progress.csv`", "stable-baselines3 2.9"),
        *("rollout/ep_rew_mean", "higher"),
        runs=PPO_RUNS,
    ),
    "sb3_monitor": Setup(
        *("Stable-Baselines3, `monitor.csv`", "stable-baselines3 2.9", "r", "higher"), runs=PPO_RUNS
    ),
    "robomimic": _hand(
        *("robomimic, `logs/log.txt`", foreign_texts.robomimic),
        *("Rollout/Success_Rate/Lift", "higher", ROBOMIMIC_LR),
        form=ROBOMIMIC,
    ),
    "diffusion_policy": _hand(
        *("diffusion_policy, `logs.json.txt`", foreign_texts.diffusion_policy),
        *("test/mean_score", "higher", "lr"),
        form=PUSH_T,
    ),
    "mlflow_runs": Setup(
        "MLflow, `search_runs` by pandas", "mlflow 3.17", "success", "higher", "lr"
    ),
    "mlflow_download": _hand(
        "MLflow, download of its page (CSV)",
        *(foreign_texts.mlflow_download, "eval_return", "higher", "lr"),
    ),
    "mlflow_chart": _hand(
        "MLflow, download of a chart (CSV)", foreign_texts.mlflow_chart, "val_loss", "lower"
    ),
    "tensorboard_csv": Setup(
        "TensorBoard, download of scalars (CSV)", "tensorboard 2.21", "eval_loss", "lower"
    ),
}


@cache
def compared(name: str) -> dict[str, Any]:
    """What `actot compare --json` says of a set-up, by nothing but its runs and baselines."""
    setup = SETUPS[name]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / name if setup.write else CORPUS / name
        if setup.write:
            setup.write(source)
        picks = ["--runs", ",".join(setup.runs), "--baselines", ",".join(setup.baselines)]
        asked = ["compare", str(source), *picks, "--json", "--no-cache"]
        result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def verdict(name: str, run: str) -> str:
    """The verdicts of a run of a set-up, each once: several where its baselines are judged one by one."""
    rows = (row for row in compared(name)["rows"] if row["runs"] == [run_id(name, run)])
    return ", ".join(dict.fromkeys(row["verdict"] for row in rows))


def run_id(name: str, run: str) -> str:
    """The id of a run that was picked by its name."""
    rows = compared(name)["rows"]
    ids = list(dict.fromkeys(i for row in rows for i in row["runs"]))
    return run if run in ids else ids[SETUPS[name].runs.index(run)]


def first_cause(name: str) -> str:
    """The first suspect, with what it always moved together with; "" for none."""
    causes = compared(name)["causes"]
    return ", ".join(causes[0]["knobs"]) if causes else ""


def table() -> list[str]:
    """The lines of the table in docs/foreign_runs.md."""
    lines = [
        "| set-up | recorded with | deciding metric | better | healthy run | planted run | first cause |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, setup in SETUPS.items():
        said = compared(name)
        words = [verdict(name, run) for run in setup.runs]
        cause = f"`{first_cause(name)}`" if first_cause(name) else "no configs in it"
        figures = [f"`{said['metric']}`", said["direction"], *words, cause]
        lines.append(f"| {' | '.join([setup.title, setup.recorded, *figures])} |")
    return lines
