"""The files of experiments: a W&B sweep each, one train config per run, a README and a plain loop."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from actot.analysis import config_values
from actot.analysis.run_summary import RunSummary
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.experiments import config_edit, guard
from actot.experiments import plan as plans
from actot.experiments.experiment import Experiment
from actot.files import atomic_write
from actot.output import flat_sweep, plan_words, render, wording
from actot.output.flat_sweep import Flat
from actot.output.markdown import escape
from actot.profile_schema import Profile

FOLDER = "next_runs"  # where the files stand, seen from the folder where one trains
OUTPUTS = "outputs/train"
ASKED_TRAINER = "${TRAINER:?set it to what starts a training, like: python train.py}"
LATER = f'--output_dir="{OUTPUTS}/$WANDB_RUN_ID"'
GO_ON = f"actot next {{folder}}/{plans.FILE} SOURCE"
RUN_ALL = Path(__file__).with_name("run_all.sh")


def files(
    found: Sequence[Experiment], profile: Profile, *, flat: bool = False, folder: str = FOLDER
) -> dict[str, str]:
    """Path below the folder -> text of every file; `flat` sweeps over one knob where a knob allows it.

    `folder` is how the files are reached from the folder where training starts.
    """
    texts = {"README.md": readme(found, profile, folder)}
    if any(e.runs for e in found):
        names = [r.name for e in found for r in e.runs]
        texts["run_all.sh"] = run_all(names, profile, folder)
    planned = next((e for e in found if e.plan and e.runs), None)
    if planned is not None:
        texts[plans.FILE] = plan_file(planned, folder)
    for experiment in (e for e in found if e.runs):
        texts |= experiment_files(experiment, profile, flat=flat, folder=folder)
    return texts


def experiment_files(
    experiment: Experiment, profile: Profile, *, flat: bool = False, folder: str = FOLDER
) -> dict[str, str]:
    """The sweep of one experiment and its train configs; over them too where `flat` is not possible."""
    form = form_of(experiment, profile) if flat else None
    texts = {f"{experiment.name}.yaml": sweep_yaml(experiment, profile, form, folder=folder)}
    for run in experiment.runs:
        texts[f"configs/{run.name}.json"] = as_json(run.config)
    if form is not None:
        texts[form.config_path] = as_json(form.config)
    return texts


def plan_file(experiment: Experiment, folder: str) -> str:
    """The plan with what it asks and takes, and how to go on, for who opens the file."""
    assert experiment.plan is not None
    return plans.write(
        experiment.plan,
        question=plan_words.question(experiment.plan, "en"),
        cost=plan_words.cost(experiment, "en"),
        go_on=f"{GO_ON.format(folder=shlex.quote(folder))} says what the runs say, and writes the next round's files",
    )


def form_of(experiment: Experiment, profile: Profile) -> Flat | None:
    """The flat form of an experiment's sweep, or None where the trainer's arguments do not allow one."""
    with suppress(BadInput):
        return flat_sweep.flatten(experiment, profile)
    return None


def run_all(names: Iterable[str], profile: Profile, folder: str = FOLDER) -> str:
    """A bash loop over the configs, for machines without W&B."""
    filled = {
        "FOLDER": shlex.quote(folder),
        "OUTPUTS": OUTPUTS,
        "TRAINER": " ".join(profile.trainer),
        "CHECKPOINT": profile.checkpoint,
        "NAMES": "\n".join(f"  {shlex.quote(name)}" for name in dict.fromkeys(names)),
    }
    text = RUN_ALL.read_text(encoding="utf-8")
    if not profile.trainer:
        text = text.replace("${TRAINER:-@TRAINER@}", ASKED_TRAINER)
    return re.sub(r"@([A-Z]+)@", lambda found: filled[found[1]], text)


def sweep_yaml(
    experiment: Experiment,
    profile: Profile,
    form: Flat | None = None,
    *,
    words: bool = True,
    folder: str = FOLDER,
) -> str:
    """The W&B sweep, `words` as comments: a grid over config files or one knob, an output_dir per run.

    A macro works only as a whole element of `command`, so bash puts the run's id into output_dir.
    """
    goal = "maximize" if profile.metrics[experiment.metric].direction == "higher" else "minimize"
    metric = {"metric": {"name": experiment.key, "goal": goal}} if experiment.key else {}
    paths = [f"{folder}/configs/{r.name}.json" for r in experiment.runs]
    parameters: Mapping[str, Any] = {"config_path": {"values": paths}}
    if form is not None:
        parameters = {"config_path": {"value": f"{folder}/{form.config_path}"}, **form.parameters}
    tree = {
        "name": experiment.name,
        "method": "grid",
        **metric,
        "parameters": parameters,
        "command": _command(profile, form.ties if form else "", folder),
    }
    lines = "".join(f"# {line}\n" for line in _words(experiment) if words)
    return lines + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


def _command(profile: Profile, ties: str, folder: str) -> list[str]:
    """What the agent starts for a run: TRAINER or the profile's command, with the files where FILES says."""
    trainer = f"${{TRAINER:-{' '.join(profile.trainer)}}}" if profile.trainer else ASKED_TRAINER
    usual = re.sub(r'(["$`\\}/])', r"\\\1", folder)
    files = f"${{@/#--config_path={usual}\\//--config_path=${{FILES:-{usual}}}/}}"
    line = f'{ties}exec {trainer} "{files}" {LATER}'
    return ["bash", "-c", line, profile.trainer[0] if profile.trainer else "trainer", "${args}"]


def _words(experiment: Experiment) -> list[str]:
    """What a reader of the file should know, a line each."""
    lines = [render.experiment(experiment, "title", "en"), *render.case_for(experiment, "en")]
    lines += [f"have {config_values.show(v)}: {', '.join(ids)}" for v, ids in experiment.have]
    lines += [f"refused: {render.guard(why, 'en')}" for why in experiment.refused]
    lines += [f"warning: {render.guard(r.remark, 'en')}" for r in experiment.runs if r.remark]
    return [" ".join(line.split()) for line in lines]


def readme(found: Sequence[Experiment], profile: Profile, folder: str = FOLDER) -> str:
    """What the files are and how to run them."""
    if not found:
        return "# Next experiments\n\nThere is nothing to propose: no usable baseline, or no run left.\n"
    here = shlex.quote(folder)
    lines = [
        "# Next experiments",
        "",
        "Each run differs from the anchor of its experiment in one effective knob, the seed or the length.",
        "",
        "Every command here is for the folder where you train: nothing changes directory, and relative paths in the",
        "configs lead where they always did.",
        "",
        "All runs, without W&B (start it again after a stop; its first lines say what else it takes):",
        "",
        "```bash",
        f"bash {here}/run_all.sh",
        f'GPUS="0 1 2 3" bash {here}/run_all.sh --log_freq=100   # four at once, a trainer\'s argument for all',
        "```",
        "",
        "Or one experiment as a W&B sweep. `TRAINER` replaces the command there too.",
        "",
    ]
    plan = next((e.plan for e in found if e.plan and e.runs), None)
    if plan is not None:
        lines += [
            f"{escape(plan_words.question(plan, 'en'))} When runs have ended, where the runs so far lie too:",
            "",
            *("```bash", GO_ON.format(folder=here), "```", ""),
        ]
    for experiment in found:
        lines += [
            f"## {escape(render.experiment(experiment, 'title', 'en'))}",
            "",
            *(_how(f"{here}/{experiment.name}.yaml") if experiment.runs else ()),
            *(f"- {escape(line)}" for line in _words(experiment)[1:]),
            f"- {escape(_cost(experiment, profile))}",
            "",
        ]
    return "\n".join(lines)


def _how(sweep: str) -> list[str]:
    """How one starts a sweep."""
    return ["```bash", f"wandb sweep {sweep}   # then: wandb agent <the id it prints>", "```", ""]


def _cost(experiment: Experiment, profile: Profile) -> str:
    """How many runs, how long, how many seeds."""
    n = len(experiment.runs)
    decided = experiment.key or experiment.metric
    parts = [f"{n} {'run' if n == 1 else 'runs'}, decided by {decided}"]
    if experiment.plan:
        parts.append(plan_words.cost(experiment, "en"))
    if experiment.hours is not None:
        parts.append(f"about {wording.duration(experiment.hours, 'en')} one after the other")
    if power := render.power(experiment, profile, "en"):
        parts.append(power)
    return "; ".join(parts)


def config_of(summary: RunSummary, profile: Profile) -> str:
    """The train config that a run was started with, its bookkeeping reset. Raises: BadInput where it is not known."""
    if not summary.run.config:
        raise BadInput(
            f"{summary.id}: its config is not known, the source holds none; choose a run that has one"
        )
    config = TrainConfig.parse(summary.run.config, profile)
    return as_json(config_edit.reset(config, guard.slug(summary.id)).tree)


def as_json(config: Mapping[str, Any]) -> str:
    """A train config as its file holds it."""
    return json.dumps(config, indent=2) + "\n"


def save(texts: Mapping[str, str], folder: Path) -> list[str]:
    """Write the files; the same file again is no error, another one under its name is.

    Raises: BadInput before anything is written where a file of another content stands in the way.
    """
    try:
        for name, text in texts.items():
            path = folder / name
            if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
                raise BadInput(f"{path}: exists with other content; choose another --out")
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            atomic_write.replace_file(folder / name, [text.encode()])
    except OSError as e:
        raise BadInput(f"{folder}: cannot be written ({e.strerror}); choose another folder") from e
    return [str(folder / name) for name in texts]
