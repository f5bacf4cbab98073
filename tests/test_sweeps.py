"""The files of experiments, judged by W&B's own sweeps package."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import builders, plans
from sweeps import SweepRun, next_run
from sweeps.config import schema_violations_from_proposed_config

from actot.analysis import config_changes, knob_settings
from actot.errors import BadInput
from actot.experiments import proposals, screens
from actot.experiments.experiment import Experiment
from actot.output import experiment_files
from actot.study import Study
from actot.widgets import experiment_cards

CONFIG_FIELDS = set(builders.BASE)


@pytest.fixture(scope="module")
def found() -> Study:
    """A study that proposes every kind of experiment, and a screen of what it proposes."""
    alone = [r for r in builders.planted() if r.id not in ("base2", "base3")]
    short = builders.config({builders.REG: 0.11}, steps=400)
    passes = {"n": 8, "ot_pi_sum": [0.1] * 8, "ot_loss": [0.1] * 8}
    alone.append(builders.healthy("short", settings=short, seed=41, **passes))
    known = builders.planted_study((*builders.REGRESSED, "short"), runs=alone)
    context = known.plan_context
    assert context is not None
    screen = screens.screen(context, known.experiments, 500)
    single = plans.carried_out(lambda moved: plans.BAD if "lr" in moved else plans.GOOD)
    either = plans.carried_out(lambda moved: plans.BAD if len(moved) else plans.GOOD)
    rounds = {e.kind: e for _, e in (*single, *either) if e is not None and e.kind != "isolate"}
    recipes = proposals.recipes(context, known.experiments)
    return replace(known, experiments=(*known.experiments, *recipes, screen, *rounds.values()))


def expand(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs that the sweeps package starts for a sweep, until it has none left."""
    runs: list[SweepRun] = []
    while len(runs) < 200:
        run = next_run(tree, runs)
        if run is None:
            return [{k: v["value"] for k, v in r.config.items()} for r in runs]
        run.state = "finished"
        runs.append(run)
    raise AssertionError("the sweep does not end")


def trees(found: Study) -> list[tuple[Experiment, dict[str, Any]]]:
    return [
        (e, yaml.safe_load(experiment_files.sweep_yaml(e, found.profile)))
        for e in found.experiments
    ]


def test_every_kind_of_experiment_is_judged_here(found: Study) -> None:
    assert {e.kind for e in found.experiments} == set(experiment_cards.KINDS)


def test_a_sweep_has_no_violation_of_wandbs_schema(found: Study) -> None:
    for experiment, tree in trees(found):
        assert schema_violations_from_proposed_config(tree) == [], experiment.name


def test_a_sweep_watches_the_key_that_the_anchor_logged() -> None:
    """A metric that goes by several names: the one that this project uses, not the profile's first."""
    moved = {"base1": {}, "upd_reg": {builders.REG: 0.12}}
    runs = [
        builders.healthy(
            name,
            0.4,
            builders.config({"eval.n_episodes": 20, **change}),
            seed=i,
            keys={"eval/success_rate": ([2000], [60.0 + 5 * i])},
        )
        for i, (name, change) in enumerate(moved.items())
    ]
    found = builders.planted_study(("upd_reg",), ("base1",), runs, metric="success")
    assert found.experiments
    assert {e.key for e in found.experiments} == {"eval/success_rate"}
    for _, tree in trees(found):
        assert tree["metric"] == {"name": "eval/success_rate", "goal": "maximize"}


def test_a_sweep_expands_to_exactly_the_promised_runs(found: Study) -> None:
    for experiment, tree in trees(found):
        started = [r["config_path"] for r in expand(tree)]
        assert sorted(started) == sorted(
            f"next_runs/configs/{r.name}.json" for r in experiment.runs
        )


def test_a_sweep_decides_by_the_judged_metric(found: Study) -> None:
    for _, tree in trees(found):
        assert tree["metric"] == {"name": builders.key("eval_l1"), "goal": "minimize"}
        assert tree["method"] == "grid"


def test_the_command_gives_every_run_its_own_output_dir_and_passes_the_arguments(
    found: Study,
) -> None:
    for _, tree in trees(found):
        command = tree["command"]
        assert command[:2] == ["bash", "-c"]
        assert '"${@' in command[2]
        assert "$WANDB_RUN_ID" in command[2]
        assert command[-1] == "${args}"


def test_bash_runs_the_trainer_with_the_config_and_an_output_dir(
    found: Study, tmp_path: Path
) -> None:
    fake = tmp_path / found.profile.trainer[0]
    fake.write_text('#!/bin/sh\nfor a in "$@"; do echo "$a"; done\n')
    fake.chmod(0o755)
    command = trees(found)[0][1]["command"]
    at = command.index("${args}")
    argv = [*command[:at], "--config_path=configs/a b.json", *command[at + 1 :]]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        argv,
        env={**os.environ, "PATH": path, "WANDB_RUN_ID": "abc123"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        *found.profile.trainer[1:],
        "--config_path=configs/a b.json",
        "--output_dir=outputs/train/abc123",
    ]


def texts(node: Any) -> Iterator[str]:
    """Every text in a tree of YAML or JSON."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from texts(value)


def test_numbers_survive_yaml_and_json_as_numbers(found: Study) -> None:
    trees_ = [tree for _, tree in trees(found)]
    trees_ += [
        json.loads(text)
        for name, text in experiment_files.files(found.experiments, found.profile).items()
        if "json" in name
    ]
    for tree in trees_:
        assert yaml.safe_load(yaml.safe_dump(tree)) == tree
        assert not [t for t in texts(tree) if re.fullmatch(r"[\d.+-]+(e[+-]?\d+)?", t)]


def test_every_config_file_is_complete_and_has_no_foreign_keys(found: Study) -> None:
    files = experiment_files.files(found.experiments, found.profile)
    written = {name for name in files if name.startswith("configs/")}
    assert written == {f"configs/{r.name}.json" for e in found.experiments for r in e.runs}
    for experiment in found.experiments:
        for run in experiment.runs:
            tree = json.loads(files[f"configs/{run.name}.json"])
            assert set(tree) == CONFIG_FIELDS
            assert tree["output_dir"] is None
            assert tree["job_name"] == run.name
            assert type(tree["steps"]) is type(tree["batch_size"]) is int
            settings = knob_settings.read(tree, found.profile)
            plan = experiment.plan if experiment.kind in ("isolate", "repeat") else None
            start = plan.regressed if plan else experiment.anchor
            moved = config_changes.changes(found.summaries[start].settings, settings)
            if experiment.kind == "halve":
                assert [c.knob for c in moved] == run.knob.split(" + ")
                continue
            is_same = experiment.kind in ("replicate", "repeat") or run.knob == "steps"
            assert len(moved) == (1 if not is_same or experiment.kind == screens.PROMOTE else 0)


def test_the_yaml_of_an_experiment_names_what_exists_and_what_was_refused(found: Study) -> None:
    recipe = next(e for e in found.experiments if e.name == "template_ot_tune")
    text = experiment_files.sweep_yaml(recipe, found.profile)
    assert "# refused: lr 0.0003 is 30x the anchor's 1e-05" in text
    reg = next(e for e in found.experiments if e.knobs == ("reg",))
    assert "# have 0.12: upd_reg" in experiment_files.sweep_yaml(reg, found.profile)
    assert "# warning: reg 0.08 lies outside" in experiment_files.sweep_yaml(reg, found.profile)


def test_the_readme_names_every_sweep(found: Study) -> None:
    text = experiment_files.files(found.experiments, found.profile)["README.md"]
    for experiment in found.experiments:
        assert f"wandb sweep next_runs/{experiment.name}.yaml" in text
    assert all(experiment.anchor in text for experiment in found.experiments)


def test_the_same_study_gives_the_same_files(found: Study) -> None:
    assert experiment_files.files(found.experiments, found.profile) == experiment_files.files(
        found.experiments, found.profile
    )


def test_a_foreign_text_in_the_anchors_id_stays_in_the_comment() -> None:
    runs = builders.planted()
    first = type(runs[0])(**{**vars(runs[0]), "id": "x\nmethod: bayes\n#"})
    found = builders.planted_study(baselines=(first.id,), runs=[first, *runs[3:]])
    for experiment, tree in trees(found):
        assert tree["method"] == "grid"
        assert schema_violations_from_proposed_config(tree) == [], experiment.name


def test_saving_twice_is_no_error_and_other_content_is_never_overwritten(
    found: Study, tmp_path: Path
) -> None:
    files = experiment_files.files(found.experiments, found.profile)
    written = experiment_files.save(files, tmp_path / "next")
    assert sorted(written) == sorted(str(tmp_path / "next" / name) for name in files)
    assert experiment_files.save(files, tmp_path / "next") == written
    for name, text in files.items():
        assert (tmp_path / "next" / name).read_text(encoding="utf-8") == text


def test_other_content_in_the_way_is_bad_input_and_nothing_is_written(
    found: Study, tmp_path: Path
) -> None:
    files = experiment_files.files(found.experiments, found.profile)
    last = list(files)[-1]
    (tmp_path / last).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / last).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="other content"):
        experiment_files.save(files, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / last).read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_bad_input(found: Study, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"):
        experiment_files.save(
            experiment_files.files(found.experiments, found.profile), tmp_path / "file"
        )


def test_without_an_anchor_there_are_no_experiments_to_write() -> None:
    values = builders.curve(0.4)
    values[-3:] = float("nan")
    bad = builders.healthy("bad", settings=builders.config(batch_size=16), eval_l1=values)
    found = builders.planted_study(baselines=("bad",), runs=[*builders.planted(), bad])
    files = experiment_files.files(found.experiments, found.profile)
    assert list(files) == ["README.md"]
    assert "None" not in files["README.md"]
