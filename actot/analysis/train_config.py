"""A nested config in, its knobs out; two configs in, the Changes between them."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache
from typing import Any

from actot.errors import BadInput
from actot.profile import Knob, Place, Profile

ABSENT = "absent"
ABSENT_STAMP = repr(ABSENT)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DEEPEST, MOST_PATHS, MOST_LETTERS, MOST_ITEMS = 40, 20_000, 10_000_000, 2_000


@dataclass(frozen=True)
class KnobValue:
    """The effective value of a knob: where it stands, and how it came to be.

    `origin`: "set" in the config, "default" of the trainer, or "fixed" by the preset.
    """

    value: Any
    paths: tuple[str, ...] = ()
    origin: str = "set"


@dataclass(frozen=True)
class Change:
    """One knob that differs. `ratio` is new / base where both are sizes other than 0, else None."""

    knob: str
    group: str
    base: Any
    value: Any
    ratio: float | None = None


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
        """The stamps of the effective knobs in the order of their names."""
        return tuple(sorted((k, s) for k, s in self.stamps.items() if k not in self.ineffective))

    def is_off(self, knob: str) -> bool:
        """Whether this config leaves the knob without effect."""
        # A path holds a dot, a profile's knob does not: `scheduler` the knob is not the path.
        return knob in self.off or ("." in knob and _any_of(self.off_paths).match(knob) is not None)

    def value(self, knob: str) -> Any:
        """The value of a knob, ABSENT where it has none here."""
        found = self.knobs.get(knob)
        return ABSENT if found is None else found.value


def flatten(config: Mapping[str, Any], naming_fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """Dotted path -> value; an item of a list of dicts is `path[name]` by its naming field.

    A list of more than MOST_ITEMS dicts is one value. Raises: BadInput for a config that is too deep or
    too large to be one.
    """
    flat: dict[str, Any] = {}
    letters = 0

    def check(depth: int) -> None:
        if depth > DEEPEST or len(flat) > MOST_PATHS or letters > MOST_LETTERS:
            raise BadInput(
                f"config: nested deeper than {DEEPEST} levels or more than {MOST_PATHS} values; "
                "this is no train config"
            )

    def walk(node: Any, path: str, depth: int) -> None:
        nonlocal letters
        letters += len(path)
        check(depth)
        if isinstance(node, Mapping) and node:
            for key, value in node.items():
                walk(value, f"{path}.{key}" if path else str(key), depth + 1)
        elif (
            isinstance(node, list | tuple)
            and 0 < len(node) <= MOST_ITEMS
            and all(isinstance(i, Mapping) for i in node)
        ):
            for name, item in zip(item_names(node, naming_fields), node, strict=True):
                walk(item, f"{path}[{name}]", depth + 1)
        elif path:
            descend(node, depth)
            flat[path] = plain(node)

    def descend(node: Any, depth: int) -> None:
        check(depth)
        inner = node.values() if isinstance(node, Mapping) else node
        for value in inner if isinstance(node, Mapping | list | tuple) else ():
            descend(value, depth + 1)

    walk(config, "", 0)
    return flat


def item_names(items: Sequence[Mapping[str, Any]], naming_fields: Sequence[str]) -> list[str]:
    """What the items of a list are called: by naming field, else by place; a name twice gets `#2`."""
    names: list[str] = []
    times: Counter[str] = Counter()
    for at, item in enumerate(items):
        name = str(next((item[f] for f in naming_fields if item.get(f) is not None), at))
        again = times[name]
        names.append(f"{name}#{again + 1}" if again else name)
        times[names[-1].split("#")[0]] += 1
    return names


def read(config: Mapping[str, Any], profile: Profile) -> Settings:
    """The knobs of a config, every unclaimed path a knob of its own. Raises: BadInput."""
    flat = flatten(config, profile.naming_fields)
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
    wanted = {
        p for k in profile.knobs.values() for place in k.cases for p in place.read + place.ratio
    }
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


def with_defaults(flat: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The paths of a config, and the trainer's defaults where it is silent."""
    full = dict(flat)
    for block in profile.defaults:
        if holds(block.when, full):
            full.update({p: plain(v) for p, v in block.values.items() if p not in flat})
    return full


def changes(base: Settings, new: Settings, *, every: bool = False) -> tuple[Change, ...]:
    """The effective knobs that differ, in the profile's order; with `every`, the others too."""
    found = []
    old, mine = base.stamps, new.stamps
    other = {knob for knob, _ in old.items() ^ mine.items()}
    for knob in dict.fromkeys((*base.knobs, *new.knobs)) if other else ():
        if knob not in other or old.get(knob, ABSENT_STAMP) == mine.get(knob, ABSENT_STAMP):
            continue
        counts = every or not (knob in base.ineffective or knob in new.ineffective)
        if counts and not (base.is_off(knob) or new.is_off(knob)):
            a, b = base.value(knob), new.value(knob)
            group = new.groups.get(knob, base.groups.get(knob, "other"))
            times = None if knob in new.categories else ratio(a, b)
            found.append(Change(knob, group, a, b, times))
    return tuple(found)


def uncontrolled(base: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """The versions and commits that differ, where both sides are known."""
    return tuple(
        Change(name, "uncontrolled", base[name], value)
        for name, value in new.items()
        if name in base and base[name] != value
    )


def fingerprint(settings: Settings, without: str = "") -> tuple[tuple[str, str], ...]:
    """A hashable form of the effective knobs: equal for runs that differ in nothing that counts."""
    stamps = settings.fingerprint
    return tuple(pair for pair in stamps if pair[0] != without) if without else stamps


def ratio(a: Any, b: Any) -> float | None:
    """b / a where both are numbers and a is not 0."""
    if _is_number(a) and _is_number(b) and a != 0 and b != 0:
        return b / a
    return None


def show(value: Any) -> str:
    """A config value as text: `1e-05`, `true`, `null`, `(0.5,2)`."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple):
        return "(" + ",".join(show(v) for v in value) + ")"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def equal(a: Any, b: Any) -> bool:
    """Equal as a trainer sees it: 1 is 1.0, but true is not 1."""
    return stamp(a) == stamp(b)


def holds(when: Mapping[str, Any], flat: Mapping[str, Any]) -> bool:
    """Whether every path has the wanted value; `{same_as: path}` compares two paths."""
    for path, want in when.items():
        if isinstance(want, Mapping):
            want = flat.get(want["same_as"], ABSENT)
        if path not in flat or not equal(flat[path], want):
            return False
    return True


def active_place(knob: Knob, flat: Mapping[str, Any]) -> Place | None:
    """The first place of the knob whose condition holds."""
    return next((place for place in knob.cases if holds(place.when, flat)), None)


def matching(want: str, flat: Mapping[str, Any]) -> list[str]:
    """The paths that a profile path names; `*` stands for anything inside one part."""
    if "*" not in want:
        return [want] if want in flat else []
    pattern = re.compile(re.escape(want).replace(r"\*", r"[^\].]*"))
    return [p for p in flat if pattern.fullmatch(p)]


def _knob_value(knob: Knob, full: Mapping[str, Any], flat: Mapping[str, Any]) -> KnobValue | None:
    place = active_place(knob, full)
    if place is None:
        return None
    if place.ratio:
        top, bottom = (full.get(p) for p in place.ratio)
        value = ratio(bottom, top)
        return None if value is None else KnobValue(value, place.ratio)
    if not place.read:
        return KnobValue(plain(place.value), origin="fixed")
    paths = tuple(p for want in place.read for p in matching(want, full))
    if not paths:
        return None
    values = [full[p] for p in paths]
    tied = all(equal(v, values[0]) for v in values)
    origin = "set" if any(p in flat for p in paths) else "default"
    return KnobValue(values[0] if tied else tuple(values), paths, origin)


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


def plain(value: Any) -> Any:
    """A value as the trainer reads it: YAML's "1e-5" is a number, a list is a tuple."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def stamp(value: Any) -> str:
    """A value as text, equal where a trainer sees equal values."""
    if _is_number(value):
        return f"{value:.12g}"
    if isinstance(value, list | tuple):
        return "(" + ",".join(stamp(v) for v in value) + ")"
    return repr(value)
