"""Turn one knob in a train config: the anchor's config in, a config that the trainer accepts out."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from actot.analysis import train_config
from actot.errors import BadInput
from actot.profile import Profile


class WithoutEffect(BadInput):
    """The value can be written, and the trainer would do the same as before."""


SEGMENT = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def set_knob(
    config: Mapping[str, Any],
    knob: str,
    value: Any,
    profile: Profile,
    donor: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A copy of the config with the knob at the value; knobs that hang on it come from the donor.

    Raises: BadInput where the trainer has no place for the knob.
    """
    new = copy.deepcopy(dict(config))
    entry = profile.knobs.get(knob)
    if entry is None:
        if knob not in train_config.flatten(new, profile.naming_fields):
            raise BadInput(f"{knob}: neither a knob of the profile nor a path of the config")
        write(new, knob, value, profile)
        return new
    if knob in profile.explicit.unlocks and not _is_free(new, knob, profile):
        new = materialize_preset(new, profile)
    _write_knob(new, knob, value, profile)
    if donor is not None:
        theirs = train_config.read(donor, profile)
        for other in profile.knobs.values():
            if knob in other.disabled_when and other.name in theirs.knobs:
                _write_knob(new, other.name, theirs.value(other.name), profile)
    if not train_config.equal(train_config.read(new, profile).value(knob), value):
        raise WithoutEffect(
            f"{knob}: {train_config.show(value)} alone has no effect in this config"
        )
    return new


def materialize_preset(config: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The same effective config with everything stated that the trainer's preset would decide."""
    settings = train_config.read(config, profile)
    new = copy.deepcopy(dict(config))
    for path, value in profile.explicit.set.items():
        new[path] = copy.deepcopy(value)
    steps = settings.value(profile.budget)
    if profile.explicit.steps_at and steps != train_config.ABSENT:
        write(new, profile.explicit.steps_at, steps, profile)
    for knob in profile.knobs.values():
        if knob.group == "optimizer" and knob.effective and knob.name in settings.knobs:
            value = settings.value(knob.name)
            if isinstance(value, tuple) and not _is_list_valued(knob.name, settings):
                raise BadInput(
                    f"{knob.name}: the parts have different values {value}; "
                    "an explicit optimizer has one for all parameters"
                )
            flat = train_config.flatten(new, profile.naming_fields)
            place = train_config.active_place(knob, flat)
            if place is not None and place.read:
                for path in place.write or place.read:
                    write(new, path, value, profile)
    return new


def reset(config: Mapping[str, Any], job_name: str, profile: Profile) -> dict[str, Any]:
    """The config with its bookkeeping reset, ready for a run of its own."""
    new = {k: copy.deepcopy(v) for k, v in config.items() if "." not in k and k != "_wandb"}
    for path, value in profile.reset.items():
        head = path.split(".")[0]
        if head in new or head == path:
            write(new, path, value, profile)
    new["job_name"] = job_name
    return new


def write(config: dict[str, Any], path: str, value: Any, profile: Profile) -> None:
    """Set one path; `*` sets every matching one, and an int stays an int."""
    if "*" in path:
        for match in train_config.matching(
            path, train_config.flatten(config, profile.naming_fields)
        ):
            write(config, match, value, profile)
        return
    node: Any = config
    *stem, leaf = SEGMENT.findall(path)
    for part, item in stem:
        node = _item(node, item, profile) if item else node.setdefault(part, {})
        if node is None:
            raise BadInput(f"config: {path} leads through a null; the config has no place for it")
    old = node.get(leaf[0])
    whole = isinstance(old, int) and not isinstance(old, bool)
    if whole and isinstance(value, float) and value.is_integer():
        value = int(value)
    node[leaf[0]] = list(value) if isinstance(value, tuple) else value


def _write_knob(config: dict[str, Any], knob: str, value: Any, profile: Profile) -> None:
    """Write a knob at its place; paths tied to it keep their proportion."""
    flat = train_config.flatten(config, profile.naming_fields)
    place = train_config.active_place(profile.knobs[knob], _with_defaults(config, profile))
    paths = () if place is None else place.write or place.read
    if place is not None and place.ratio:
        top, bottom = place.ratio
        if bottom not in flat:
            raise BadInput(f"{knob}: this config has no {bottom} that it could be a share of")
        write(config, top, value * flat[bottom], profile)
        return
    if not paths and knob in profile.explicit.unlocks:
        # A fixed value of the explicit form (a constant schedule): its last place says where to write.
        paths = profile.knobs[knob].cases[-1].read
    if not paths:
        raise BadInput(f"{knob}: this trainer has no place for it under this config")
    old = flat.get(paths[0])
    # A tied path inside a null (`scheduler: null`) has no place, and needs none.
    for path in (p for p in paths if p.rpartition(".")[0] not in flat):
        mine = flat.get(path)
        factor = train_config.ratio(old, mine) if place and place.write else None
        scaled = isinstance(value, int | float) and factor is not None
        write(config, path, value * factor if scaled else value, profile)


def _with_defaults(config: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    return train_config.with_defaults(train_config.flatten(config, profile.naming_fields), profile)


def _is_free(config: Mapping[str, Any], knob: str, profile: Profile) -> bool:
    """Whether the config lets one choose this knob as it is."""
    place = train_config.active_place(profile.knobs[knob], _with_defaults(config, profile))
    return place is not None and bool(place.read)


def _is_list_valued(knob: str, settings: train_config.Settings) -> bool:
    return len(settings.knobs[knob].paths) < 2


def _item(node: Any, name: str, profile: Profile) -> Any:
    for called, item in zip(
        train_config.item_names(node, profile.naming_fields), node, strict=True
    ):
        if called == name:
            return item
    raise BadInput(f"config: no item {name} in the list")
