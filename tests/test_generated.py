"""What is generated, judged by those who will run it: sweeps, the W&B agent, bash, draccus."""

import json
import os
import stat
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import builders, trainer_shape
from test_sweeps import expand
from wandb.wandb_agent import Agent

from actot.analysis import config_changes, config_values, knob_settings
from actot.errors import BadInput
from actot.experiments import proposals
from actot.experiments.experiment import Experiment
from actot.output import experiment_files, flat_sweep

TRAINER = """\
#!/usr/bin/env python3
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["STARTED"])
(folder / f"{len(list(folder.iterdir())):03}.json").write_text(json.dumps(sys.argv[1:]))
"""
LAUNCH = list(builders.PROFILE.trainer[1:])
BETAS = [("adam_betas", (0.9, 0.95)), ("adam_betas", (0.8, 0.999))]
EDITS: dict[str, tuple[list[tuple[str, Any]], tuple[int, ...]]] = {
    "a grid of numbers in a dict": ([("reg", 0.07), ("reg", 0.15)], ()),
    "numbers and seeds": ([("lambda_ot", 0.08), ("lambda_ot", 0.12)], (4, 5, 6)),
    "seeds alone": ([("seed", 11), ("seed", 12)], ()),
    "one value": ([("reg", 0.07)], ()),
    "a tied pair of arguments": ([("lr", 2e-5), ("lr", 1.5e-5)], ()),
    "tied values in a dict": ([("tau", 0.6), ("tau", 0.4)], (4, 5)),
    "a switch": ([("ot_enable", False)], (4, 5)),
    "a switch both ways": ([("heuristic", False), ("heuristic", True)], (4, 5)),
    "null and whole numbers": ([("topk_src_episodes", None), ("topk_src_episodes", 5)], ()),
    "whole numbers": ([("window_size", 12), ("window_size", 20)], ()),
    "a value in a list of features": ([("weight_label", 0.03), ("weight_label", 0.05)], ()),
    "lists": (BETAS, ()),
    "a clip that makes the optimizer explicit": (
        [("grad_clip_norm", 5.0), ("grad_clip_norm", 20.0)],
        (),
    ),
}


@cache
def edited(name: str) -> Experiment:
    """A sweep of the planted study with other values."""
    values, seeds = EDITS[name]
    found = builders.planted_study()
    sweep = next(e for e in found.experiments if e.kind == "sweep")
    return proposals.revise(sweep, found.plan_context, values, seeds=seeds, override=True)


def promised(experiment: Experiment) -> list[trainer_shape.TrainConfig]:
    """The configs of the planned runs as the trainer reads them, without their names."""
    return [_read(r.config) for r in experiment.runs]


def _read(config: Any) -> trainer_shape.TrainConfig:
    return trainer_shape.draccus.decode(trainer_shape.TrainConfig, {**config, "job_name": "x"})


Start = Callable[[dict[str, Any]], list[list[str]]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts every run of a sweep by the agent's own code, with a trainer that keeps its arguments."""
    started = tmp_path / "started"
    started.mkdir()
    trainer = tmp_path / builders.PROFILE.trainer[0]
    trainer.write_text(TRAINER)
    trainer.chmod(trainer.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STARTED", str(started))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("WANDB_SWEEP_ID", "abc")
    for name in ("WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH"):
        monkeypatch.setenv(name, "")

    def run(tree: dict[str, Any]) -> list[list[str]]:
        agent = object.__new__(Agent)  # its constructor wants a server
        agent._in_jupyter = agent._forward_signals = False
        agent._function = None
        agent._sweep_command = tree["command"]
        agent._run_processes = {}
        for at, chosen in enumerate(expand(tree)):
            args = {name: {"value": value} for name, value in chosen.items()}
            agent._command_run({"run_id": f"run{at}", "program": None, "args": args})
            assert agent._run_processes[f"run{at}"].wait() == 0
        words = [json.loads(p.read_text()) for p in sorted(started.iterdir())]
        assert all(w[: len(LAUNCH)] == LAUNCH for w in words)
        return [w[len(LAUNCH) :] for w in words]

    return run


def write(texts: dict[str, str], folder: Path) -> None:
    experiment_files.save(texts, folder / experiment_files.FOLDER)


def loaded(arguments: list[str], folder: Path) -> trainer_shape.TrainConfig:
    """What the trainer makes of its arguments, without the run's names."""
    split = dict(a.removeprefix("--").split("=", 1) for a in arguments)
    path = split.pop("config_path")
    rest = [f"--{k}={v}" for k, v in split.items() if k != "output_dir"]
    # The file is where the trainer was started from, as the argument says.
    config = trainer_shape.load(folder / path, *rest)
    config.job_name = "x"
    return config


@pytest.mark.parametrize("flat", [False, True], ids=["over files", "flat"])
@pytest.mark.parametrize("name", EDITS)
def test_the_agent_starts_exactly_the_promised_runs_each_in_a_folder_of_its_own(
    name: str, flat: bool, start: Start, tmp_path: Path
) -> None:
    experiment, profile = edited(name), builders.PROFILE
    texts = experiment_files.experiment_files(experiment, profile, flat=flat)
    write(texts, tmp_path)
    found = start(yaml.safe_load(texts[f"{experiment.name}.yaml"]))
    got = [loaded(arguments, tmp_path) for arguments in found]
    wanted = promised(experiment)
    assert len(got) == len(wanted) == len(experiment.runs) > 0
    for one in wanted:
        assert got.count(one) == 1
    folders = [next(a for a in arguments if a.startswith("--output_dir=")) for arguments in found]
    assert folders == [f"--output_dir=outputs/train/run{i}" for i in range(len(found))]


@pytest.mark.parametrize("folder", ["plans/round 2", '/data/a$b"c}d', "-x"])
def test_the_files_of_a_sweep_may_stand_anywhere_and_move(
    folder: str, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, profile = edited("one value"), builders.PROFILE
    text = experiment_files.sweep_yaml(experiment, profile, folder=folder)
    (run,) = experiment.runs
    assert f"--config_path={folder}/configs/{run.name}.json" in start(yaml.safe_load(text))[0]
    monkeypatch.setenv("FILES", "/else where")
    monkeypatch.setenv("TRAINER", f"{profile.trainer[0]} {' '.join(LAUNCH)} --fast=1")
    moved = start(yaml.safe_load(text))[-1]
    assert moved[:2] == ["--fast=1", f"--config_path=/else where/configs/{run.name}.json"]


def test_a_flat_sweep_names_its_knob_and_takes_a_dict_as_json_text() -> None:
    form = flat_sweep.flatten(edited("a grid of numbers in a dict"), builders.PROFILE)
    assert form.parameters["ot.loss_config"] == {"values": ['{"reg": 0.07}', '{"reg": 0.15}']}
    form = flat_sweep.flatten(edited("a tied pair of arguments"), builders.PROFILE)
    assert list(form.parameters) == ["policy.optimizer_lr"]
    assert "--policy.optimizer_lr_backbone=" in form.ties


def test_runs_that_move_different_knobs_are_no_flat_sweep() -> None:
    found = builders.planted_study()
    isolate = next(e for e in found.experiments if e.kind == "isolate")
    with pytest.raises(BadInput, match="use the form over config files"):
        flat_sweep.flatten(isolate, found.profile)
    # The files of everything still come, that experiment over config files.
    texts = experiment_files.files(found.experiments, found.profile, flat=True)
    assert "config_path" in texts["isolate.yaml"]


@pytest.mark.parametrize("name", EDITS)
def test_every_generated_config_loads_in_the_trainers_shape_and_differs_in_one_knob(
    name: str, tmp_path: Path
) -> None:
    found = builders.planted_study()
    anchor = found.summaries[found.anchor]
    for run in edited(name).runs:
        path = tmp_path / f"{run.name}.json"
        path.write_text(json.dumps(run.config))
        trainer_shape.load(path)
        moved = config_changes.changes(
            anchor.settings, knob_settings.read(run.config, found.profile)
        )
        assert [c.knob for c in moved] in ([run.knob], [])
        # With seeds asked for, the anchor's own value is a run too: its replicate.
        assert (
            moved
            or config_values.equal(run.value, anchor.settings.value(run.knob))
            or run.seed != 1
        )
        for key in ("steps", "batch_size", "num_workers", "seed", "eval_freq", "log_freq"):
            assert type(run.config[key]) is int, key
