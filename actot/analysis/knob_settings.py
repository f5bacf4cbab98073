"""The knobs of a config: where each stands, and what it is worth."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache
from math import prod
from typing import Any

from actot.analysis.config_values import ABSENT, ABSENT_STAMP, equal, plain, ratio, stamp
from actot.analysis.flat_config import flatten, holds, matching, with_defaults
from actot.profile_schema import Knob, Place, Profile


@dataclass(frozen=True)
class KnobValue:
    """The effective value of a knob: where it stands, and how it came to be.

    `origin`: "set" in the config, "default" of the trainer, or "fixed" by the preset.
    """

    value: Any
    paths: tuple[str, ...] = ()
    origin: str = "set"


@dataclass(frozen=True)
class Settings:
    """A config as its trainer understands it.

    `flat` holds every path; `knobs` the effective and informative knobs; `ineffective` the names of
    the latter, `categories` of those whose numbers are no sizes; `shadowed` and `hidden` the paths
    that the trainer ignores and the bookkeeping; `off` the profile's knobs and `off_paths` the path
    patterns that another setting switches off.
    """

    flat: Mapping[str, Any]
    knobs: Mapping[str, KnobValue]
    groups: Mapping[str, str]
    ineffective: frozenset[str]
    categories: frozenset[str]
    shadowed: frozenset[str]
    hidden: frozenset[str]
    off: frozenset[str]
    off_paths: tuple[str, ...]

    # Every run is compared with many others: its values are written out once.
    @cached_property
    def stamps(self) -> Mapping[str, str]:
        """Every knob's value as text, equal where a trainer sees equal values."""
        return {k: stamp(v.value) for k, v in self.knobs.items()}

    @cached_property
    def fingerprint(self) -> tuple[tuple[str, str], ...]:
        """The stamps of the effective knobs that have a value, in the order of their names."""
        stamps = self.stamps.items()
        return tuple(
            sorted((k, s) for k, s in stamps if k not in self.ineffective and s != ABSENT_STAMP)
        )

    def is_off(self, knob: str) -> bool:
        """Whether this config leaves the knob without effect."""
        # A path holds a dot, a profile's knob does not: `scheduler` the knob is not the path.
        return knob in self.off or ("." in knob and _any_of(self.off_paths).match(knob) is not None)

    def value(self, knob: str) -> Any:
        """The value of a knob, ABSENT where it has none here."""
        found = self.knobs.get(knob)
        return ABSENT if found is None else found.value


def read(config: Mapping[str, Any], profile: Profile) -> Settings:
    """The knobs of a config, every unclaimed path a knob of its own. Raises: BadInput."""
    return read_flat(flatten(config, profile.naming_fields), profile)


def read_flat(flat: Mapping[str, Any], profile: Profile) -> Settings:
    """The same from the paths of a config."""
    full = with_defaults(flat, profile)
    knobs = {k.name: v for k in profile.knobs.values() if (v := _knob_value(k, full, flat))}
    patterns = tuple(
        p for block in profile.shadowed if holds(block.when, full) for p in block.paths
    )
    shadowed = {p for p in flat if _any_of(patterns).match(p)}
    off = {k.name for k in profile.knobs.values() if _is_switched_off(k, knobs, shadowed)}
    for name in off & knobs.keys():
        del knobs[name]
    hidden = {p for p in flat if _any_of(profile.bookkeeping).match(p)}
    wanted = {p for k in profile.knobs.values() for place in k.cases for p in place.paths}
    claimed = {p for want in wanted for p in matching(want, flat)}
    # A null where the profile knows a sub-tree (scheduler: null) is no knob of its own.
    stems = {p[:at] for p in wanted for at, letter in enumerate(p) if letter in ".["}
    # The name of a list's item is its address already.
    names = {
        path
        for field in profile.naming_fields
        for path in flat
        if path.endswith(f"].{field}") and path.endswith(f"[{flat[path]}].{field}")
    }
    for path in flat.keys() - claimed - shadowed - hidden - stems - names:
        # Another project may call a path like a knob of the profile: what is set at both stays.
        taken = path in knobs and knobs[path].origin == "set"
        knobs[f"{path} (path)" if taken else path] = KnobValue(flat[path], (path,))
    for name, paths in profile.folds.items():
        written = tuple(p for p in paths if p in knobs)
        values = {p.removeprefix(f"{name}."): knobs.pop(p).value for p in written}
        if values:
            knobs[name] = KnobValue(values, written)
    off -= knobs.keys()
    ineffective = frozenset(n for n, k in profile.knobs.items() if not k.effective)
    order = [*profile.knobs, *sorted(knobs.keys() - profile.knobs.keys())]
    knobs = {n: knobs[n] for n in order if n in knobs}
    groups = {n: _group(n, profile) for n in knobs}
    return Settings(
        flat=flat,
        knobs=knobs,
        groups=groups,
        ineffective=ineffective,
        categories=frozenset(n for n, k in profile.knobs.items() if k.scale == "category"),
        shadowed=frozenset(shadowed),
        hidden=frozenset(hidden),
        off=frozenset(off),
        off_paths=patterns,
    )


def is_noted(path: str, flat: Mapping[str, Any], profile: Profile) -> bool:
    """Whether a path of this config only says what the trainer does."""
    full = with_defaults(flat, profile)
    patterns = (p for block in profile.noted if holds(block.when, full) for p in block.paths)
    return _any_of(tuple(patterns)).match(path) is not None


def active_place(knob: Knob, flat: Mapping[str, Any]) -> Place | None:
    """The first place of the knob whose condition holds."""
    return next((place for place in knob.cases if holds(place.when, flat)), None)


def _knob_value(knob: Knob, full: Mapping[str, Any], flat: Mapping[str, Any]) -> KnobValue | None:
    place = active_place(knob, full)
    if place is None:
        return None
    if place.ratio:
        top, bottom = (full.get(p) for p in place.ratio)
        value = ratio(bottom, top)
        return None if value is None else KnobValue(value, place.ratio)
    if place.product:
        return _product([p for p in place.product if p in full], full)
    if not place.read:
        noted = full.get(place.logged, ABSENT) if place.logged else ABSENT
        fixed = plain(place.value) if equal(noted, ABSENT) else noted
        if fixed is None:
            return None
        # A word for what stands at a place that one may write to is no decision of the preset's.
        return KnobValue(fixed, place.write) if place.write else KnobValue(fixed, origin="fixed")
    paths = tuple(p for want in place.read for p in matching(want, full))
    if not paths:
        return None
    values = [full[p] for p in paths]
    tied = all(equal(v, values[0]) for v in values)
    origin = "set" if any(p in flat for p in paths) else "default"
    return KnobValue(values[0] if tied else tuple(values), paths, origin)


def _product(paths: Sequence[str], full: Mapping[str, Any]) -> KnobValue | None:
    numbers = [v for p in paths if isinstance(v := full[p], int | float)]
    if not numbers or len(numbers) < len(paths):
        return None
    # A factor of 1 is no place that counts.
    used = tuple(p for p in paths if full[p] != 1)
    return KnobValue(prod(numbers), used or tuple(paths[:1]))


def _group(knob: str, profile: Profile) -> str:
    """The group of a knob, or of a path that no knob of the profile claims."""
    if knob in profile.knobs:
        return profile.knobs[knob].group
    found = (g for pattern, g in profile.path_groups.items() if _any_of((pattern,)).match(knob))
    return next(found, "other")


@lru_cache(maxsize=256)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Wildcard patterns as one expression: one match for each path, not one for each pattern."""
    return re.compile("|".join(map(translate, patterns)) or "(?!)")


def _is_switched_off(knob: Knob, knobs: Mapping[str, KnobValue], shadowed: Collection[str]) -> bool:
    """Whether another setting switches it off, or the trainer does not read the place it stands at."""
    paths = knobs[knob.name].paths if knob.disabled_when and knob.name in knobs else ()
    if paths and all(p in shadowed for p in paths):
        return True
    return any(
        other in knobs and equal(knobs[other].value, value)
        for other, value in knob.disabled_when.items()
    )
