"""The config of a run in exported tables: a file beside the table, and over it the columns `config.PATH`.

The file is the first of `NAME.config.json`, `.config.yaml`, `.config.yml`, `.yaml`, `.yml`, `.json`, NAME being the
run, then the table; else one that trainers write into the folder: `config.json`, `config.yaml`, `train_config.json`
(LeRobot, in its checkpoint's `pretrained_model` too), `hparams.yaml` (Lightning), `params.json` (Ray Tune), `.hydra/config.yaml`.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from actot.errors import BadInput
from actot.files import allowed_paths
from actot.files.bounded_yaml import YAML_ERRORS, plain_yaml
from actot.foreign_text import scrub
from actot.tables import file_formats

CONFIG = "config"
ENDS = (".config.json", ".config.yaml", ".config.yml", ".yaml", ".yml", ".json")
FOLDER_CONFIGS = (
    *("config.json", "config.yaml", "config.yml", "train_config.json"),
    *("hparams.yaml", "params.json", ".hydra/config.yaml"),
    "pretrained_model/train_config.json",
)
GUARD = re.compile(r"'(?=[=+@-])")  # against formulas in a spreadsheet
MODEL_MARK = "transformers_version"
LARGEST_CONFIG, MOST_VALUES, DEEPEST = 1_000_000, 20_000, 40
LITERALS = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}


def sidecar(path: Path, run: str, home: str = "") -> tuple[dict[str, Any], list[str], list[str]]:
    """(config, warnings, revision) of the file beside the table, or in a folder above it that is the run's own, too."""
    plain = re.fullmatch(r"[\w+=-][\w.+=-]{0,99}", run)
    # The log of a folder may lie beside another file of its name: metrics.csv, metrics.json.
    stems = dict.fromkeys([*([run] if plain else []), *([] if home else [_stem(path)])])
    names = [stem + end for stem in stems for end in ENDS]
    revisions = []
    for folder in _folders(path, home):
        for name in (*names, *FOLDER_CONFIGS):
            beside = folder / name
            revision = file_formats.revision(beside)
            if not revision or beside == path or not allowed_paths.admits(beside):
                continue
            revisions.append(revision)
            try:
                config, warnings = _kept(beside, revision)
            except OSError as e:
                said = f"{name}: cannot be read ({e.strerror}); it is left out"
                config, warnings = {}, (said,)
            if config or warnings:
                return config, list(warnings), revisions
    return {}, [], revisions


def _stem(path: Path) -> str:
    return file_formats.stem(path.name)


def _folders(path: Path, home: str) -> list[Path]:
    """The folder of a table, and those above it up to the run's own."""
    inside = [f for f in path.parents if home and f.is_relative_to(home)]
    return inside or [path.parent]


@lru_cache(maxsize=64)
def _kept(path: Path, revision: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(config, warnings) of a file; the runs of a table share one, and YAML is slow to read.

    Raises: OSError, which is not kept.
    """
    try:
        return _config_file(path), ()
    except BadInput as e:
        return {}, (str(e),)


def nested(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    """The upper config, with what only the lower one says."""
    both = over.keys() & under.keys()
    inner = {
        k: nested(over[k], under[k])
        for k in both
        if isinstance(over[k], dict) and isinstance(under[k], dict)
    }
    return {**under, **over, **inner}


def is_config(column: str) -> bool:
    """Whether a column holds a value of the config, or the whole."""
    return column == CONFIG or column.startswith(f"{CONFIG}.")


def place(config: dict[str, Any], column: str, value: Any) -> None:
    """Put a value where the dotted name of its column says."""
    if column == CONFIG:
        if isinstance(value, dict):
            config |= nested(config, value)
        return
    *stem, leaf = column.split(".")[1:]
    node: Any = config if len(stem) < DEEPEST else None
    for part in stem:
        node = node.setdefault(part, {}) if isinstance(node, dict) else None
    if not isinstance(node, dict) or leaf in node:
        config[column.partition(".")[2]] = value
    else:
        node[leaf] = value


def literal(value: Any) -> Any:
    """A config cell: JSON, or True, False, None as Python writes them; any other text is a text."""
    if not isinstance(value, str):
        return _tamed(value)
    value = GUARD.sub("", value, count=1) if GUARD.match(value) else value
    if value in LITERALS:
        return LITERALS[value]
    if value[:1] not in tuple('[{"-0123456789') or len(value) > LARGEST_CONFIG:
        return value
    try:
        return _tamed(json.loads(value, parse_constant=_refuse))
    except (ValueError, RecursionError):
        return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _tamed(value: Any) -> Any:
    try:
        return _tame(value)
    except (ValueError, RecursionError):
        return scrub(value)[:1000]


def _config_file(path: Path) -> dict[str, Any]:
    """A config file, W&B's {key: {value: ...}} unwrapped. Raises: BadInput, OSError."""
    try:
        with allowed_paths.opened(path) as file:
            data = file.read(LARGEST_CONFIG + 1)
        if len(data) > LARGEST_CONFIG:
            raise BadInput(f"{path.name}: too large for a config; it is left out")
        text = data.decode("utf-8-sig")
        config = _tame(json.loads(text) if path.suffix == ".json" else plain_yaml(text))
    except YAML_ERRORS as e:
        raise BadInput(f"{path.name}: cannot be read as a config; it is left out") from e
    if not isinstance(config, dict):
        raise BadInput(f"{path.name}: holds no config; expected keys and values; it is left out")
    if MODEL_MARK in config:
        # A model's own config says how it is built, and the same of runs that were trained otherwise.
        return {}
    for own in ("wandb_version", "_wandb"):
        config.pop(own, None)
    wrapped = [
        isinstance(v, dict) and {"value"} <= v.keys() <= {"value", "desc"} for v in config.values()
    ]
    return {k: v["value"] for k, v in config.items()} if wrapped and all(wrapped) else config


def _tame(node: Any) -> Any:
    """A config of plain values. Raises: ValueError where aliases make it endless."""
    left = MOST_VALUES

    def walk(node: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > DEEPEST:
            raise ValueError("too large or too deep for a config")
        if isinstance(node, dict):
            return {scrub(k): walk(v, depth + 1) for k, v in node.items()}
        if isinstance(node, list | tuple):
            return [walk(v, depth + 1) for v in node]
        return node if isinstance(node, bool | int | float | None) else scrub(node)

    return walk(node, 0)
