"""Paths that came or went together, as one knob: a part that was null before, the keys of a newer trainer."""

from collections.abc import Iterator, Sequence

from actot.analysis.config_values import ABSENT_STAMP, stamp
from actot.analysis.flat_config import prefixes
from actot.analysis.knob_settings import Settings
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile

NEWER_TRAINER = "config of a newer trainer"
LEAST_NEW = 5  # places that one side alone writes: fewer may as well be somebody's own
COMMIT = "git commit"


def folds(
    picked: Sequence[RunSummary], baselines: Sequence[RunSummary], profile: Profile
) -> dict[str, tuple[str, ...]]:
    """Name of a knob -> the paths that it stands for.

    Only paths that the profile does not know, each with one value wherever it stands: what differs
    among the runs that have it stays a knob of its own, and so does what belongs to a part that the profile knows.
    """
    runs = (*picked, *baselines)
    everyone = [r.settings for r in runs]
    parts: dict[frozenset[int], dict[str, list[str]]] = {}
    for name, root, having in _one_sided(everyone, profile):
        parts.setdefault(having, {}).setdefault(root, []).append(name)
    nulls = {k for s in everyone for k, text in s.stamps.items() if text == ABSENT_STAMP}
    blocks = {
        root: (*names, *sorted(k for k in nulls - profile.knobs.keys() if k.startswith(f"{root}.")))
        for roots in parts.values()
        for root, names in roots.items()
        if len(names) > 1
    }
    commits = {r.run.versions.get(COMMIT) for r in runs}
    sides: tuple[frozenset[int], ...] = (
        frozenset(range(len(picked))),
        frozenset(range(len(picked), len(runs))),
    )
    # One known commit is one trainer: what it writes more was asked of it.
    if None not in commits and len(commits) == 1:
        sides = ()
    for having, roots in parts.items():
        new = _newly_written(having, everyone, profile)
        places = [root for root, names in roots.items() if new.issuperset(names)]
        if len(places) >= LEAST_NEW and any(having <= side for side in sides):
            blocks = {root: names for root, names in blocks.items() if root not in places}
            blocks[f"{NEWER_TRAINER} ({len(new)} keys)"] = tuple(sorted(new))
    return blocks


def _one_sided(
    everyone: Sequence[Settings], profile: Profile
) -> Iterator[tuple[str, str, frozenset[int]]]:
    """Each unclaimed path with one value in some runs and none in the others, the part that these lack, and the runs that have it."""
    claimed = {
        up
        for s in everyone
        for name, knob in s.knobs.items()
        if name in profile.knobs and name not in s.ineffective
        for path in knob.paths
        for up in prefixes(path)
    }
    present = [
        {
            up
            for path, value in s.flat.items()
            if stamp(value) != ABSENT_STAMP
            for up in prefixes(path)
        }
        for s in everyone
    ]
    for name in sorted({k for s in everyone for k in s.knobs} - profile.knobs.keys()):
        stamps = [s.stamps.get(name, ABSENT_STAMP) for s in everyone]
        having = frozenset(i for i, text in enumerate(stamps) if text != ABSENT_STAMP)
        one_value = len({stamps[i] for i in having}) == 1
        if not one_value or len(having) == len(everyone) or any(s.is_off(name) for s in everyone):
            continue
        lacking = [ups for i, ups in enumerate(present) if i not in having]
        root = next(up for up in prefixes(name) if not any(up in ups for ups in lacking))
        if root not in claimed:
            yield name, root, having


def _newly_written(
    having: frozenset[int], everyone: Sequence[Settings], profile: Profile
) -> set[str]:
    """The unclaimed paths, null ones too, that these runs alone write, all of them alike."""
    mine = [s for i, s in enumerate(everyone) if i in having]
    others = [s.flat for i, s in enumerate(everyone) if i not in having]
    first = mine[0]
    return {
        name
        for name in first.knobs.keys() - profile.knobs.keys()
        if not any(up in flat for flat in others for up in prefixes(name))
        and all(s.stamps.get(name) == first.stamps[name] for s in mine)
    }
