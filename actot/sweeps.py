"""The files of an experiment: a W&B sweep over complete train configs, one JSON per run."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from actot import say
from actot.errors import BadInput
from actot.experiments import Experiment
from actot.profile import Profile
from actot.study import Study

LATER = '--output_dir="outputs/train/$WANDB_RUN_ID"'


def files(study: Study) -> dict[str, str]:
    """Relative path -> text of every file of every experiment."""
    found = {"README.md": readme(study)}
    for experiment in study.experiments:
        found |= experiment_files(experiment, study.profile)
    return found


def experiment_files(experiment: Experiment, profile: Profile) -> dict[str, str]:
    """The sweep of one experiment and its train configs."""
    found = {f"{experiment.name}.yaml": sweep_yaml(experiment, profile)}
    for run in experiment.runs:
        found[f"configs/{run.name}.json"] = json.dumps(run.config, indent=2) + "\n"
    return found


def sweep_yaml(experiment: Experiment, profile: Profile) -> str:
    """The W&B sweep: a grid over the config files, an output_dir of its own for each run.

    A macro works only as a whole element of `command`, so bash puts the run's id into output_dir.
    """
    metric = profile.metrics[experiment.metric]
    goal = "maximize" if metric.direction == "higher" else "minimize"
    tree = {
        "name": experiment.name,
        "method": "grid",
        "metric": {"name": metric.keys[0], "goal": goal},
        "parameters": {
            "config_path": {"values": [f"configs/{run.name}.json" for run in experiment.runs]}
        },
        "command": [
            "bash",
            "-c",
            f'exec {" ".join(profile.trainer)} "$@" {LATER}',
            profile.trainer[0],
            "${args}",
        ],
    }
    head = [say.experiment(experiment, part, "en") for part in ("title", "question", "answer")]
    head += [f"have {value}: {', '.join(ids)}" for value, ids in experiment.have]
    head += [f"refused: {say.guard(why, 'en')}" for why in experiment.refused]
    head += [f"warning: {say.guard(r.remark, 'en')}" for r in experiment.runs if r.remark]
    lines = "".join(f"# {' '.join(line.split())}\n" for line in head)
    return lines + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


def readme(study: Study) -> str:
    """What the files are and how to run them."""
    if not study.experiments:
        return "# Next experiments\n\nThere is nothing to propose: no usable baseline, or no run left.\n"
    lines = [
        "# Next experiments",
        "",
        f"Anchor: `{study.anchor}`. Each run differs from it in one effective knob (or the seed).",
        "Run the commands in this folder:",
        "",
    ]
    for experiment in study.experiments:
        lines += [
            f"## {say.experiment(experiment, 'title', 'en')}",
            "",
            say.experiment(experiment, "question", "en"),
            say.experiment(experiment, "answer", "en"),
            "",
            "```bash",
            f"wandb sweep {experiment.name}.yaml   # then: wandb agent <the id it prints>",
            "```",
            "",
        ]
    return "\n".join(lines)


def save(texts: Mapping[str, str], folder: Path) -> list[str]:
    """Write the files; the same file again is no error, another one under its name is.

    Raises: BadInput before anything is written where a file of another content stands in the way.
    """
    try:
        for name, text in texts.items():
            path = folder / name
            if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
                raise BadInput(f"{path}: exists with other content; choose another --out folder")
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as e:
        raise BadInput(f"{folder}: cannot be written ({e.strerror}); choose another folder") from e
    return [str(folder / name) for name in texts]
