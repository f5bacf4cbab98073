"""Two configs in, the changes between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actot.analysis.config_values import ABSENT_STAMP, ratio
from actot.analysis.knob_settings import Settings


@dataclass(frozen=True)
class Change:
    """One knob that differs. `ratio` is new / base where both are sizes other than 0, else None."""

    knob: str
    group: str
    base: Any
    value: Any
    ratio: float | None = None


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
