"""Which runs have the closest configs: knobs are compared as columns of numbers, not run by run."""

from collections.abc import Mapping, Sequence
from heapq import nsmallest

import numpy as np

from actot.analysis import config_changes, config_values
from actot.analysis.config_changes import Change
from actot.analysis.config_values import ABSENT_STAMP
from actot.analysis.knob_settings import Settings
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile


def distances(bases: Sequence[Settings], others: Sequence[Settings]) -> np.ndarray:
    """How many effective knobs differ between each base and each of the others.

    Shapes: (bases, others) int32; each number is the length of `configs.changes` of the two.
    """
    everyone = [*bases, *others]
    found = np.zeros((len(bases), len(others)), np.int32)
    # Which knobs count is the same for most configs: it is asked once for each kind.
    kinds: dict[tuple[frozenset[str], frozenset[str], tuple[str, ...]], int] = {}
    kind = np.array(
        [kinds.setdefault((s.ineffective, s.off, s.off_paths), len(kinds)) for s in everyone],
        np.int32,
    )
    samples = {number: everyone[int(np.argmax(kind == number))] for number in kinds.values()}
    for knob in dict.fromkeys(k for s in everyone for k in s.knobs):
        codes: dict[str, int] = {}
        column = np.array(
            [codes.setdefault(s.stamps.get(knob, ABSENT_STAMP), len(codes)) for s in everyone],
            np.int32,
        )
        if len(codes) == 1:
            continue
        counts = np.array([not (knob in s.ineffective or s.is_off(knob)) for s in samples.values()])
        counted = counts[kind]
        mine, theirs = np.split(column, [len(bases)])
        differ = mine[:, None] != theirs[None, :]
        differ &= counted[: len(bases), None] & counted[None, len(bases) :]
        found += differ
    return found


def closest(
    base: Settings, others: Mapping[str, Settings], most: int = 5
) -> list[tuple[str, tuple[Change, ...]]]:
    """The configs with the fewest changed effective knobs, nearest first; none for a replicate."""
    if not others:
        return []
    (counts,) = distances([base], [*others.values()])
    near = nsmallest(most, zip(counts, others, strict=True))
    return [(name, config_changes.changes(base, others[name])) for _, name in near]


def nearest(
    mine: Sequence[RunSummary], others: Sequence[RunSummary], profile: Profile
) -> dict[str, tuple[RunSummary, int]]:
    """By run, the other with the fewest changed effective knobs, at least one, and how many they are.

    Absent: a run without another of the same data and policy type that differs in a knob.
    """
    others = sorted(others, key=lambda r: r.id)
    if not mine or not others:
        return {}
    counted = distances([r.settings for r in mine], [r.settings for r in others])
    kinds = [_kind(r, profile) for r in others]
    found = {}
    for run, row in zip(mine, counted, strict=True):
        kind = _kind(run, profile)
        fits = np.array([k == kind for k in kinds]) & (row > 0)
        if fits.any():
            at = int(np.where(fits, row, np.iinfo(row.dtype).max).argmin())
            found[run.id] = others[at], int(row[at])
    return found


def _kind(summary: RunSummary, profile: Profile) -> tuple[str, ...]:
    """What has to be equal for runs to be comparable at all: dataset, policy type."""
    return tuple(config_values.stamp(summary.settings.value(k)) for k in profile.same_knobs)
