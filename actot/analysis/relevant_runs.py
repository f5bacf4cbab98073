"""Which runs of a project a question needs: whose histories are read, and of which the config is enough.

A project may hold thousands of runs, and each history is a request. Beside the picked runs those are read that
can say something about them: other seeds of their configs, then the runs of the same data and policy in the order
of how few settings they have that no picked run has.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from typing import Any

from actot.profile_schema import Profile
from actot.records import RunInfo

MOST_READ = 200  # runs beside the picked ones whose histories are read
MOST_LISTED = 200  # of the rest, with and without a history, whose configs tell what was tried
DEEPEST = 40  # levels of a config that are told apart


@dataclass(frozen=True)
class Selection:
    """The picked runs, the `others` to read and those of which the config is enough; the closest first.

    `unread` counts the runs with a history that are not read.
    """

    picked: tuple[RunInfo, ...]
    others: tuple[RunInfo, ...]
    listed: tuple[RunInfo, ...] = ()
    unread: int = 0


def select(
    runs: Sequence[RunInfo], picked: Collection[str], profile: Profile, *, is_remote: bool
) -> Selection:
    """What to read of these runs, newest first, for a question about the picked ones; all where they lie here."""
    chosen = tuple(r for r in runs if r.id in picked)
    others = [r for r in runs if r.id not in picked]
    if not is_remote:
        return Selection(chosen, tuple(others))
    empty = [r for r in others if r.is_empty]
    full = [r for r in others if not r.is_empty]
    if len(full) > MOST_READ or len(empty) > MOST_LISTED:
        # What nests too deep to be compared is no train config: the newest are as close then.
        with suppress(RecursionError):
            distance = _distance(chosen, profile)
            full = sorted(full, key=distance)
            empty = sorted(empty, key=distance)
    read, unread = full[:MOST_READ], full[MOST_READ:]
    listed = (*unread[:MOST_LISTED], *empty[:MOST_LISTED])
    return Selection(chosen, tuple(read), listed, len(unread))


@dataclass(frozen=True)
class _Tried:
    """What configs have under a key: each value once, the same of what lies below, and whether all have the key."""

    values: Sequence[Any]
    below: Mapping[str, "_Tried"]
    is_everywhere: bool


def _distance(
    picked: Sequence[RunInfo], profile: Profile
) -> Callable[[RunInfo], tuple[bool, bool, int]]:
    """(other data or policy, not a config of theirs, how many settings no picked run has) of a run."""
    tried = _tried([r.config for r in picked])
    same = {p for k in profile.same_knobs for p in _paths(k, profile)}
    seeds = {
        p for k in profile.knobs.values() if k.group == "seed" for p in _paths(k.name, profile)
    }
    bookkeeping = re.compile("|".join(map(translate, profile.bookkeeping)) or "(?!)")

    @cache
    def counts(path: str) -> bool:
        return path not in seeds and not bookkeeping.match(path)

    def new(config: Mapping[str, Any], known: Mapping[str, _Tried]) -> Iterator[str]:
        return filter(counts, _untried(config, known))

    configs: list[Mapping[str, _Tried]] = []
    for run in picked:
        if all(any(new(run.config, one)) for one in configs):
            configs.append(_tried([run.config]))

    def distance(run: RunInfo) -> tuple[bool, bool, int]:
        paths = [*new(run.config, tried)]
        is_theirs = not paths and any(not any(new(run.config, known)) for known in configs)
        return not same.isdisjoint(paths), not is_theirs, len(paths)

    return distance


def _paths(knob: str, profile: Profile) -> Iterator[str]:
    entry = profile.knobs.get(knob)
    for place in entry.cases if entry else ():
        yield from place.paths


def _tried(configs: Sequence[Mapping[str, Any]], depth: int = 0) -> dict[str, _Tried]:
    """The values of configs by key, level by level."""
    found: dict[str, _Tried] = {}
    if depth == DEEPEST:
        return found
    for key in dict.fromkeys(key for config in configs for key in config):
        given = [config[key] for config in configs if key in config]
        values: list[Any] = []
        for value in given:
            if value not in values:
                values.append(value)
        below = _tried([v for v in values if isinstance(v, Mapping)], depth + 1)
        found[key] = _Tried(values, below, len(given) == len(configs))
    return found


def _untried(
    config: Mapping[str, Any], tried: Mapping[str, _Tried], stem: str = ""
) -> Iterator[str]:
    """The paths of a config with a value that none of the others has, or without one that all have."""
    for key, value in config.items():
        known = tried.get(key)
        if known is None or value not in known.values:
            if known is not None and known.below and isinstance(value, Mapping):
                yield from _untried(value, known.below, f"{stem}{key}.")
            else:
                yield f"{stem}{key}"
    for key, known in tried.items():
        if known.is_everywhere and key not in config:
            yield f"{stem}{key}"
