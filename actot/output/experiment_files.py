"""The files of experiments: a W&B sweep each, one train config per run, a README and a plain loop."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from actot.analysis import config_values
from actot.errors import BadInput
from actot.experiments.proposals import Experiment
from actot.files import atomic_write
from actot.output import flat_sweep, render, wording
from actot.output.flat_sweep import Flat
from actot.output.markdown import escape
from actot.profile_schema import Profile

OUTPUTS = "outputs/train"
ASKED_TRAINER = "${TRAINER:?set it to what starts a training, like: python train.py}"
LATER = f'--output_dir="{OUTPUTS}/$WANDB_RUN_ID"'

RUN_ALL = """\
#!/usr/bin/env bash
# Every run, or those named as arguments, one after the other. Start it again after a stop: what is done is
# skipped, a run with a checkpoint is resumed, one without begins anew beside what it left.
# TRAINER replaces the command.
cd "$(dirname "$0")" || exit 1
read -r -a trainer <<< "${{TRAINER:-{trainer}}}"
trap 'echo "stopped; start it again to go on" >&2; exit 130' INT TERM
failed=()
if [ "$#" -eq 0 ]; then
  set -- \\
{names}
fi
for name in "$@"; do
  out="{outputs}/$name"
  if [ -e "$out/done" ]; then
    echo "$name: done already"
    continue
  fi
  if [ -n "{checkpoint}" ] && [ -e "$out/{checkpoint}" ]; then
    echo "$name: resumed"
    "${{trainer[@]}}" --config_path="$out/{checkpoint}" --resume=true
  else
    if [ -e "$out" ]; then
      aside=1
      while [ -e "$out.unfinished$aside" ]; do aside=$((aside + 1)); done
      mv "$out" "$out.unfinished$aside" || exit 1
    fi
    echo "$name: started"
    "${{trainer[@]}}" --config_path="configs/$name.json" --output_dir="$out"
  fi
  code=$?
  if [ "$code" -eq 0 ]; then
    mkdir -p "$out" && touch "$out/done"
  else
    echo "$name: failed with $code; the others go on" >&2
    failed+=("$name")
  fi
done
if [ "${{#failed[@]}}" -gt 0 ]; then
  echo "failed: ${{failed[*]}}" >&2
  exit 1
fi
"""


def files(found: Sequence[Experiment], profile: Profile, *, flat: bool = False) -> dict[str, str]:
    """Relative path -> text of every file; `flat` sweeps over one knob where a knob allows it."""
    texts = {"README.md": readme(found, profile)}
    if any(e.runs for e in found):
        texts["run_all.sh"] = run_all([r.name for e in found for r in e.runs], profile)
    for experiment in found:
        texts |= experiment_files(experiment, profile, flat=flat)
    return texts


def experiment_files(
    experiment: Experiment, profile: Profile, *, flat: bool = False
) -> dict[str, str]:
    """The sweep of one experiment and its train configs; over them too where `flat` is not possible."""
    form = form_of(experiment, profile) if flat else None
    texts = {f"{experiment.name}.yaml": sweep_yaml(experiment, profile, form)}
    for run in experiment.runs:
        texts[f"configs/{run.name}.json"] = _json(run.config)
    if form is not None:
        texts[form.config_path] = _json(form.config)
    return texts


def form_of(experiment: Experiment, profile: Profile) -> Flat | None:
    """The flat form of an experiment's sweep, or None where the trainer's arguments do not allow one."""
    with suppress(BadInput):
        return flat_sweep.flatten(experiment, profile)
    return None


def run_all(names: Iterable[str], profile: Profile) -> str:
    """A bash loop over the configs, for machines without W&B."""
    return RUN_ALL.format(
        trainer=_trainer(profile),
        names="\n".join(f"    {shlex.quote(name)} \\" for name in dict.fromkeys(names))[:-2],
        outputs=OUTPUTS,
        checkpoint=profile.checkpoint,
    )


def sweep_yaml(
    experiment: Experiment, profile: Profile, form: Flat | None = None, *, words: bool = True
) -> str:
    """The W&B sweep, `words` as comments: a grid over config files or one knob, an output_dir per run.

    A macro works only as a whole element of `command`, so bash puts the run's id into output_dir.
    """
    goal = "maximize" if profile.metrics[experiment.metric].direction == "higher" else "minimize"
    metric = {"metric": {"name": experiment.key, "goal": goal}} if experiment.key else {}
    over_files = {"config_path": {"values": [f"configs/{r.name}.json" for r in experiment.runs]}}
    trainer = _trainer(profile)
    tree = {
        "name": experiment.name,
        "method": "grid",
        **metric,
        "parameters": over_files if form is None else form.parameters,
        "command": [
            "bash",
            "-c",
            f'{form.ties if form else ""}exec {trainer} "$@" {LATER}',
            profile.trainer[0] if profile.trainer else "trainer",
            "${args}",
        ],
    }
    lines = "".join(f"# {line}\n" for line in _words(experiment) if words)
    return lines + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


def _trainer(profile: Profile) -> str:
    """What starts a training in bash; where the profile does not know, whoever starts it says so."""
    return " ".join(profile.trainer) or ASKED_TRAINER


def _words(experiment: Experiment) -> list[str]:
    """What a reader of the file should know, a line each."""
    lines = [render.experiment(experiment, "title", "en"), *render.case_for(experiment, "en")]
    lines += [f"have {config_values.show(v)}: {', '.join(ids)}" for v, ids in experiment.have]
    lines += [f"refused: {render.guard(why, 'en')}" for why in experiment.refused]
    lines += [f"warning: {render.guard(r.remark, 'en')}" for r in experiment.runs if r.remark]
    return [" ".join(line.split()) for line in lines]


def readme(found: Sequence[Experiment], profile: Profile) -> str:
    """What the files are and how to run them."""
    if not found:
        return "# Next experiments\n\nThere is nothing to propose: no usable baseline, or no run left.\n"
    lines = [
        "# Next experiments",
        "",
        "Each run differs from the anchor of its experiment in one effective knob (or the seed).",
        "",
        "All of them, one after the other, without W&B (start it again after a stop):",
        "",
        "```bash",
        "bash run_all.sh",
        "```",
        "",
        "Or one experiment as a W&B sweep, in this folder:",
        "",
    ]
    for experiment in found:
        lines += [
            f"## {escape(render.experiment(experiment, 'title', 'en'))}",
            "",
            "```bash",
            f"wandb sweep {experiment.name}.yaml   # then: wandb agent <the id it prints>",
            "```",
            "",
            *(f"- {escape(line)}" for line in _words(experiment)[1:]),
            f"- {escape(_cost(experiment, profile))}",
            "",
        ]
    return "\n".join(lines)


def _cost(experiment: Experiment, profile: Profile) -> str:
    """How many runs, how long, how many seeds."""
    n = len(experiment.runs)
    decided = experiment.key or experiment.metric
    parts = [f"{n} {'run' if n == 1 else 'runs'}, decided by {decided}"]
    if experiment.hours is not None:
        parts.append(f"about {wording.duration(experiment.hours, 'en')} one after the other")
    if power := render.power(experiment, profile, "en"):
        parts.append(power)
    return "; ".join(parts)


def _json(config: Mapping[str, Any]) -> str:
    return json.dumps(config, indent=2) + "\n"


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
            atomic_write.replace_file(folder / name, [text.encode()])
    except OSError as e:
        raise BadInput(f"{folder}: cannot be written ({e.strerror}); choose another folder") from e
    return [str(folder / name) for name in texts]
