"""The loop closes: what was suggested was run, is recognised by its config, and names the cause."""

import csv
import json
import os
import stat
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support import builders

from actot.__main__ import main

OLD = "lr20x,lr30x,lr25x"
BASES = "base_a_s1,base_a_s2,base_a_s3"
FIRST = {
    "lr20x_lr_0.0005": "lr",
    "lr20x_weight_decay_0.002": "weight_decay",
    "lr20x_grad_clip_norm_10": "grad_clip_norm",
    "lr20x_scheduler_none": "scheduler",
}
SECOND = {
    "base_a_s1_lr_0.01": ("lr",),
    "base_a_s1_weight_decay_1": ("weight_decay",),
    "base_a_s1_lr_weight_decay_of_lr20x": ("lr", "weight_decay"),
}
TAIL = 5  # points: the tenth that a run's value is the mean of, as long as that is so many

# Stands for the toy trainer: the recorded run of that name, in the folder it is told to make.
TRAINER = """\
#!/usr/bin/env python3
import pathlib, shutil, sys
out = next(pathlib.Path(a.split("=", 1)[1]) for a in sys.argv if a.startswith("--output_dir="))
recorded = next(pathlib.Path({recorded!r}).glob(f"*-{{out.name}}"))
shutil.copytree(recorded, out / "wandb" / recorded.name)
"""


def call(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled runs and those of both rounds, with what was suggested before any of these was run."""
    where = builders.tour(tmp_path_factory.mktemp("tour") / "tour")
    picks = ["--runs", OLD, "--baselines", BASES]
    call("suggest", "sample", *picks, "--out", str(where / "next_runs"))
    return where


@pytest.fixture(scope="module")
def answer(folder: Path) -> dict:
    return json.loads(call("next", str(folder / "next_runs" / "plan.json"), str(folder), "--json"))


@pytest.fixture(scope="module")
def ablation() -> dict[frozenset[str], float]:
    """The value of a run for every set of the four knobs that it took from lr20x: the base with everything tried."""
    curves: dict[frozenset[str], list[float]] = defaultdict(list)
    with (builders.ROOT / "tests" / "data" / "ablation.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            curves[frozenset(filter(None, row["moved"].split("+")))].append(float(row["eval_l1"]))
    return {moved: float(np.mean(values[-TAIL:])) for moved, values in curves.items()}


def test_the_loop_ends_with_the_knob_that_does_it_named_and_verified(answer: dict) -> None:
    assert answer["answer"] == {"kind": "takes_part", "knobs": ["lr"], "beside": ["weight_decay"]}
    assert answer["standing"].startswith("found: lr; verified")
    assert (answer["round"], answer["rounds"], answer["missing"]) == (2, 2, [])


def test_an_exhaustive_ablation_says_the_same(
    answer: dict, ablation: dict[frozenset[str], float]
) -> None:
    assert len(ablation) == 2 ** len(FIRST)
    whole = frozenset(FIRST.values())
    half = np.sqrt(ablation[frozenset()] * ablation[whole])
    enough = {k for k in whole if ablation[frozenset({k})] > half}
    needed = {k for k in whole if ablation[whole - {k}] < half}
    assert enough == set(answer["answer"]["knobs"])
    assert needed == enough | set(answer["answer"]["beside"])
    for line in answer["runs"]:
        if line["run"] in FIRST:
            is_healed = bool(ablation[whole - {FIRST[line["run"]]}] < half)
            assert line["reading"].startswith("heals nothing") is not is_healed
        else:
            is_harm = bool(ablation[frozenset(SECOND[line["run"]])] > half)
            assert line["reading"].startswith("harm") is is_harm


def test_each_run_is_recognised_in_its_round_whatever_it_is_called(answer: dict) -> None:
    by_round = defaultdict(set)
    for line in answer["runs"]:
        by_round[line["round"]].add(line["run"])
    assert by_round == {"1": set(FIRST), "2": set(SECOND)}


def test_a_run_that_came_out_better_than_the_baseline_is_said(answer: dict) -> None:
    (surprise,) = answer["surprises"]
    assert surprise.startswith("lr20x_weight_decay_0.002 is better than base_a_s1")


def test_the_tour_runs_both_rounds_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    trainer = tmp_path / "trainer"
    trainer.write_text(TRAINER.format(recorded=str(builders.ROOT / "tests" / "data" / "tour")))
    trainer.chmod(trainer.stat().st_mode | stat.S_IXUSR)
    script = builders.ROOT / "examples" / "tour" / "tour.sh"

    def run() -> str:
        environment = {"TRAINER": f"{sys.executable} {trainer}", "PYTHON": sys.executable}
        done = subprocess.run(
            ["bash", str(script), str(tmp_path / "tour")],
            env={**os.environ, **environment, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first, second = run(), run()
    assert first.count(": started") == len(FIRST) + len(SECOND)
    assert second.count(": done already") == len(FIRST) + len(SECOND)
    assert "Round 2 of 2: 0 of 3 have run" in first
    assert "found: lr; verified" in first.split("$ actot next")[-1]
