"""Turn one knob in a train config: the anchor's config in, a config that the trainer accepts out."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from actot.analysis import config_values, flat_config, knob_settings
from actot.analysis.folded_knobs import NEWER_TRAINER
from actot.analysis.knob_settings import Settings
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.profile_schema import Knob, Place, Profile


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
        if knob_settings.is_noted(knob, config.flat, profile):
            raise BadInput(f"{knob}: here the trainer only notes what its preset makes of it")
        return config.with_path(knob, value)
    if knob in profile.explicit.unlocks and not _is_free(config, entry):
        config = materialize_preset(config)
    if knob == profile.annealing.schedule and _is_form_of_another(profile, value):
        new = _filled(_with_schedule(config, config.settings, str(value)), config.settings, knob)
    else:
        new = _with_knob(config, entry, value)
        if knob == profile.annealing.schedule:
            _check_form(new, knob, value)
    if donor is not None:
        for other in profile.knobs.values():
            if knob in other.disabled_when and other.name in donor.knobs:
                new = _with_knob(new, other, donor.value(other.name))
    if not config_values.equal(new.settings.value(knob), value):
        raise WithoutEffect(
            f"{knob}: {config_values.show(value)} alone has no effect in this config"
        )
    return new


def _is_form_of_another(profile: Profile, schedule: object) -> bool:
    """Whether a schedule is written as a special case of another kind, as a constant rate is."""
    return profile.explicit.schedules.get(str(schedule), {}).get("type", schedule) != schedule


def _check_form(config: TrainConfig, knob: str, value: object) -> None:
    """Raises: BadInput where the config's schedule does not have the fields of the kind that it now names."""
    form = config.profile.explicit
    held = config.tree.get(form.schedule_at) if form.schedule_at else None
    if isinstance(held, Mapping) and held.keys() != form.schedules.get(str(value), {}).keys():
        raise BadInput(f"{knob}: {value} has other fields than the schedule of this config")


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
    form = profile.explicit
    own_rates = [p for p in form.one_rate if p in flat_config.with_defaults(config.flat, profile)]
    if own_rates:
        raise BadInput(
            f"{own_rates[0]}: a rate of its own; an explicit optimizer has one for all parameters"
        )
    for path, value in form.set.items():
        new = new.with_path(path, value)
    if form.schedule_at:
        new = _with_schedule(new, settings, settings.value(profile.annealing.schedule))
    return _filled(new, settings)


def _filled(config: TrainConfig, settings: Settings, without: str = "") -> TrainConfig:
    """The explicit form with the values that the optimizer has in these settings, but for what hangs on a knob."""
    new, profile = config, config.profile
    for knob in profile.knobs.values():
        if without and (knob.name == without or without in knob.disabled_when):
            continue
        if knob.group == "optimizer" and knob.effective and knob.name in settings.knobs:
            value = settings.value(knob.name)
            if isinstance(value, tuple) and len(settings.knobs[knob.name].paths) > 1:
                raise BadInput(
                    f"{knob.name}: the parts have different values {value}; "
                    "an explicit optimizer has one for all parameters"
                )
            place = new.place(knob)
            if place is not None and place.ratio:
                new = _with_knob(new, knob, value)
            elif place is not None and place.read:
                for path in (p for p in place.write or place.read if p in new.flat):
                    new = new.with_path(path, value)
    return new


def _with_schedule(config: TrainConfig, settings: Settings, kind: object) -> TrainConfig:
    """The form of a schedule over the length of these settings. Raises: BadInput where none is known."""
    form, profile = config.profile.explicit, config.profile
    if kind not in form.schedules:
        raise BadInput(f"{profile.annealing.schedule}: {kind} has no form that a config can state")
    config = config.with_path(form.schedule_at, dict(form.schedules[str(kind)]))
    steps = settings.value(profile.budget)
    if form.steps_at in config.flat and steps != config_values.ABSENT:
        config = config.with_path(form.steps_at, steps)
    return config


def reset(config: TrainConfig, job_name: str) -> TrainConfig:
    """The config with its bookkeeping reset, ready for a run of its own."""
    new = config.without(*(k for k in config.tree if "." in k or k == "_wandb"))
    for path, value in config.profile.reset.items():
        # A part of the config that older trainers do not have gets no new field.
        if path in new.flat or "." not in path:
            new = new.with_path(path, value)
    return new.with_path("job_name", job_name)


def _with_knob(config: TrainConfig, knob: Knob, value: object) -> TrainConfig:
    """The knob at its place; paths tied to it keep their proportion."""
    place = config.place(knob)
    full = flat_config.with_defaults(config.flat, config.profile)
    if place is not None and place.ratio:
        return _with_ratio(config, knob, place, value, full)
    if place is not None and place.product:
        return _with_product(config, knob, place.product, value, full)
    paths = () if place is None else place.write or place.read
    if not paths and knob.name in config.profile.explicit.unlocks:
        # A fixed value of the explicit form (a constant schedule): its last place says where to write.
        paths = knob.cases[-1].read
    # What a policy or schedule does not have has no place in its config.
    known = [p for want in paths for p in flat_config.matching(want, full)]
    if not known and len(paths) == 1 and paths[0].rpartition(".")[0] not in config.flat:
        known = [*paths]
    if not known:
        raise BadInput(f"{knob.name}: this trainer has no place for it under this config")
    own = [p for want in (place.read if place else ()) for p in flat_config.matching(want, full)]
    parts = (
        value if isinstance(value, tuple) and len(own) == len(value) > 1 else (value,) * len(own)
    )
    values = dict(zip(own, parts, strict=True))
    for path in known:
        factor = config_values.ratio(full.get(known[0]), full.get(path))
        if path not in values and isinstance(value, int | float) and factor is not None:
            config = config.with_path(path, _whole(value * factor, full.get(path)))
        else:
            config = config.with_path(path, values.get(path, value))
    return config


def _with_ratio(
    config: TrainConfig, knob: Knob, place: Place, value: object, full: Mapping[str, Any]
) -> TrainConfig:
    """The share written at the top of the ratio, and where it is noted again."""
    bottom = full.get(place.ratio[1])
    if not isinstance(bottom, int | float) or not isinstance(value, int | float):
        raise BadInput(
            f"{knob.name}: this config has no {place.ratio[1]} that it could be a share of"
        )
    for path in place.write or place.ratio[:1]:
        if path in full:
            config = config.with_path(path, value * bottom)
    return config


def _with_product(
    config: TrainConfig, knob: Knob, paths: Sequence[str], value: object, full: Mapping[str, Any]
) -> TrainConfig:
    """The product, by its last factor where that makes it: a larger batch is gathered, as memory is bounded."""
    known = [p for p in paths if p in full]
    for path in reversed(known):
        others = prod(full[p] for p in known if p != path)
        if isinstance(value, int | float) and others and value % others == 0 and value >= others:
            return config.with_path(path, int(value // others))
    raise BadInput(f"{knob.name}: {value} is no multiple of what this config gathers")


def _whole(value: float, old: Any) -> float:
    """A tied whole number stays one."""
    return round(value) if isinstance(old, int) and not isinstance(old, bool) else value


def _is_free(config: TrainConfig, knob: Knob) -> bool:
    """Whether the config lets one choose this knob as it is."""
    place = config.place(knob)
    return place is not None and bool(place.read)
