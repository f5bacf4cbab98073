"""From a JSON file and dotted overrides to a checked TrainConfig."""

import json
import types
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from config import TrainConfig


class ConfigError(Exception):
    """What is wrong with the configuration, in one line."""


def read_config(path: str, overrides: Sequence[str]) -> TrainConfig:
    """The configuration of `path` with every `--a.b=value` of `overrides` applied in order.

    Raises: ConfigError for an unreadable file, an unknown key, or a value of the wrong type.
    """
    try:
        tree = json.loads(Path(path).read_text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}: not JSON ({error})") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected an object, found {json.dumps(tree)}")
    for override in overrides:
        name, equals, text = override.partition("=")
        if not name.startswith("--") or not equals:
            raise ConfigError(f"{override}: expected --key=value")
        _override(tree, TrainConfig, name[2:], text)
    cfg: TrainConfig = _decode(TrainConfig, tree, "config")
    _check(cfg)
    return cfg


def _check(cfg: TrainConfig) -> None:
    if not cfg.use_policy_training_preset and not (cfg.optimizer and cfg.scheduler):
        raise ConfigError(
            "use_policy_training_preset is false: optimizer and scheduler must both be set"
        )
    if cfg.policy.type != "act":
        raise ConfigError(f"policy.type: this trainer knows 'act', not {cfg.policy.type!r}")
    if cfg.scheduler and cfg.scheduler.type != "cosine_decay_with_warmup":
        raise ConfigError(f"scheduler.type: unknown {cfg.scheduler.type!r}")
    if cfg.ot.enable and not 0 < round(cfg.batch_size * cfg.ot.batch_ratio) < cfg.batch_size:
        raise ConfigError("ot.batch_ratio: a batch needs frames of both domains")
    if cfg.num_workers != 0:
        raise ConfigError("num_workers: the demonstrations are in memory, only 0 is possible")


def _override(tree: dict[str, Any], cls: type, dotted: str, text: str) -> None:
    """Set one dotted key of the raw tree; a dict value is merged into the one that is there."""
    *parents, leaf = dotted.split(".")
    for name in parents:
        cls = _plain(_hints(cls, dotted).get(name, object))
        if not is_dataclass(cls):
            raise ConfigError(f"--{dotted}: unknown key")
        if tree.get(name) is None:
            tree[name] = {}
        tree = tree[name]
    hint = _hints(cls, dotted).get(leaf)
    if hint is None:
        raise ConfigError(f"--{dotted}: unknown key")
    value = _value(hint, dotted, text)
    if isinstance(value, dict) and isinstance(tree.get(leaf), dict):
        value = {**tree[leaf], **value}
    tree[leaf] = value


def _value(hint: Any, dotted: str, text: str) -> Any:
    if _plain(hint) is str and text != "null" and not text.startswith('"'):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise ConfigError(f"--{dotted}: {text} is not JSON") from None


def _hints(cls: type, dotted: str) -> dict[str, Any]:
    if not is_dataclass(cls):
        raise ConfigError(f"--{dotted}: unknown key")
    return get_type_hints(cls)


def _plain(hint: Any) -> Any:
    """`X` of `X | None`, anything else as it is."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint


def _decode(hint: Any, value: Any, path: str) -> Any:
    """`value` as the type `hint` says; an int is a float, but 20.0 is no int and 1 no bool."""
    plain = _plain(hint)
    if value is None and plain is not hint:
        return None
    if is_dataclass(plain):
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: expected an object, found {json.dumps(value)}")
        hints = get_type_hints(plain)
        known = [item.name for item in fields(plain)]
        for name in value:
            if name not in known:
                raise ConfigError(f"{path}: unknown key {name!r}; known: {', '.join(known)}")
        return plain(**{k: _decode(hints[k], v, f"{path}.{k}") for k, v in value.items()})
    if get_origin(plain) is list and isinstance(value, list):
        return [_decode(get_args(plain)[0], item, f"{path}[{i}]") for i, item in enumerate(value)]
    if get_origin(plain) is dict and isinstance(value, dict):
        return value
    if plain is float and type(value) is int:
        return float(value)
    if isinstance(plain, type) and type(value) is plain:
        return value
    name = getattr(plain, "__name__", str(plain))
    raise ConfigError(f"{path}: expected {name}, found {json.dumps(value)}")
