"""A W&B sweep over one knob itself: the arguments that its runs' configs differ in, as a grid."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from actot.errors import BadInput
from actot.experiments.experiment import Experiment
from actot.profile_schema import Profile

OWN_NAME = "job_name"  # each config file has its own; a flat sweep has one


@dataclass(frozen=True)
class Flat:
    """The grid, the config that all runs start from with its path, and the bash that copies tied arguments."""

    parameters: Mapping[str, Any]
    config_path: str
    config: Mapping[str, Any]
    ties: str = ""


def flatten(experiment: Experiment, profile: Profile) -> Flat:
    """The flat form. Raises: BadInput where the runs are no grid over arguments of the trainer."""
    base = {**experiment.runs[0].config, OWN_NAME: experiment.name}
    wanted = [{**run.config, OWN_NAME: experiment.name} for run in experiment.runs]
    paths = list(dict.fromkeys(p for config in wanted for p in _changed(base, config)))
    names = list(dict.fromkeys(_argument(p, profile) for p in paths))
    rows = [tuple(_value(config, name, paths) for name in names) for config in wanted]
    ties: list[str] = []
    if all(len(set(row)) == 1 for row in rows):
        names, ties, rows = names[:1], names[1:], [row[:1] for row in rows]
    values = [list(dict.fromkeys(row[i] for row in rows)) for i in range(len(names))]
    if set(product(*values)) != set(rows):
        raise BadInput(
            f"{experiment.name}: its runs change {', '.join(names)} together, which is no grid; "
            "use the form over config files"
        )
    grid = {name: {"values": some} for name, some in zip(names, values, strict=True)}
    path = f"configs/{experiment.name}.json"
    return Flat(grid, path, base, _copies(names, ties))


def _copies(names: list[str], ties: list[str]) -> str:
    """Bash that gives tied arguments the value of the first one."""
    if not ties:
        return ""
    added = " ".join(f'"--{tie}=${{a#*=}}"' for tie in ties)
    return f'for a in "$@"; do case "$a" in --{names[0]}=*) set -- "$@" {added};; esac; done; '


def _changed(base: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths of leaves and lists that differ."""
    if isinstance(base, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*base, *new)):
            yield from _changed(base.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif base != new or type(base) is not type(new):
        yield path


def _argument(path: str, profile: Profile) -> str:
    """The argument that sets a path: an untyped dict is set as JSON text, from its top."""
    return next((u for u in profile.untyped if path.startswith(f"{u}.")), path)


def _value(config: Mapping[str, Any], name: str, paths: list[str]) -> Any:
    """What the command line takes: a plain number or word, else JSON text; of a dict what changes.

    Raises: BadInput for a part of the config that the command line cannot replace.
    """
    node: Any = config
    for part in name.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    inner = [p.removeprefix(f"{name}.").split(".")[0] for p in paths if p.startswith(f"{name}.")]
    if inner:
        return json.dumps({key: node[key] for key in dict.fromkeys(inner) if key in node})
    if isinstance(node, Mapping):
        raise BadInput(f"{name}: cannot be replaced as a whole; use the form over config files")
    return node if isinstance(node, str) or _is_number(node) else json.dumps(node)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
