"""Turn one knob in a train config: the anchor's config in, a config that the trainer accepts out."""

from collections.abc import Mapping

from actot.analysis import config_values
from actot.analysis.folded_knobs import NEWER_TRAINER
from actot.analysis.knob_settings import Settings
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.profile_schema import Knob


class WithoutEffect(BadInput):
    """The value can be written, and the trainer would do the same as before."""


def with_knob(
    config: TrainConfig, knob: str, value: object, donor: Settings | None = None
) -> TrainConfig:
    """The config with the knob at the value; knobs that hang on it come from the donor.

    Raises: BadInput where the trainer has no place for the knob.
    """
    profile = config.profile
    entry = profile.knobs.get(knob)
    if knob in profile.folds:
        return _with_fold(config, knob, value)
    if value == config_values.ABSENT:
        if entry is not None:
            raise BadInput(
                f"{knob}: the other run leaves it to its trainer, and what it was there is not known"
            )
        return config.without_path(knob)
    if entry is None:
        if knob not in config.flat:
            raise BadInput(f"{knob}: neither a knob of the profile nor a path of the config")
        return config.with_path(knob, value)
    if knob in profile.explicit.unlocks and not _is_free(config, entry):
        config = materialize_preset(config)
    new = _with_knob(config, entry, value)
    if donor is not None:
        for other in profile.knobs.values():
            if knob in other.disabled_when and other.name in donor.knobs:
                new = _with_knob(new, other, donor.value(other.name))
    if not config_values.equal(new.settings.value(knob), value):
        raise WithoutEffect(
            f"{knob}: {config_values.show(value)} alone has no effect in this config"
        )
    return new


def _with_fold(config: TrainConfig, knob: str, value: object) -> TrainConfig:
    """The config with a whole part as another run has it, or without it."""
    if knob.startswith(NEWER_TRAINER):
        raise BadInput(f"{knob}: another trainer writes these keys; this one has no place for them")
    config = config.without_path(knob)
    if isinstance(value, Mapping):
        for path, inner in value.items():
            if path.startswith(f"{knob}["):
                raise BadInput(f"{knob}: a list of parts that this config does not have")
            config = config.with_path(f"{knob}.{path}", inner)
    return config


def materialize_preset(config: TrainConfig) -> TrainConfig:
    """The same effective config with everything stated that the trainer's preset would decide."""
    settings, profile, new = config.settings, config.profile, config
    for path, value in profile.explicit.set.items():
        new = new.with_path(path, value)
    steps = settings.value(profile.budget)
    if profile.explicit.steps_at and steps != config_values.ABSENT:
        new = new.with_path(profile.explicit.steps_at, steps)
    for knob in profile.knobs.values():
        if knob.group == "optimizer" and knob.effective and knob.name in settings.knobs:
            value = settings.value(knob.name)
            if isinstance(value, tuple) and len(settings.knobs[knob.name].paths) > 1:
                raise BadInput(
                    f"{knob.name}: the parts have different values {value}; "
                    "an explicit optimizer has one for all parameters"
                )
            place = new.place(knob)
            if place is not None and place.read:
                for path in place.write or place.read:
                    new = new.with_path(path, value)
    return new


def reset(config: TrainConfig, job_name: str) -> TrainConfig:
    """The config with its bookkeeping reset, ready for a run of its own."""
    new = config.without(*(k for k in config.tree if "." in k or k == "_wandb"))
    for path, value in config.profile.reset.items():
        head = path.split(".")[0]
        if head in new.tree or head == path:
            new = new.with_path(path, value)
    return new.with_path("job_name", job_name)


def _with_knob(config: TrainConfig, knob: Knob, value: object) -> TrainConfig:
    """The knob at its place; paths tied to it keep their proportion."""
    place, flat = config.place(knob), config.flat
    paths = () if place is None else place.write or place.read
    if place is not None and place.ratio:
        top, bottom = place.ratio
        if bottom not in flat or not isinstance(value, int | float):
            raise BadInput(f"{knob.name}: this config has no {bottom} that it could be a share of")
        return config.with_path(top, value * flat[bottom])
    if not paths and knob.name in config.profile.explicit.unlocks:
        # A fixed value of the explicit form (a constant schedule): its last place says where to write.
        paths = knob.cases[-1].read
    if not paths:
        raise BadInput(f"{knob.name}: this trainer has no place for it under this config")
    old = flat.get(paths[0])
    # A tied path inside a null (`scheduler: null`) has no place, and needs none.
    for path in (p for p in paths if p.rpartition(".")[0] not in flat):
        factor = config_values.ratio(old, flat.get(path)) if place and place.write else None
        if isinstance(value, int | float) and factor is not None:
            config = config.with_path(path, value * factor)
        else:
            config = config.with_path(path, value)
    return config


def _is_free(config: TrainConfig, knob: Knob) -> bool:
    """Whether the config lets one choose this knob as it is."""
    place = config.place(knob)
    return place is not None and bool(place.read)
