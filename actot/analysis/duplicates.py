"""Runs that may equal one another: in config and seeds, or in a curve."""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime

from actot.analysis import config_changes
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile
from actot.records import RunInfo

ONE_START = 60  # seconds between the first and the last rank of a training


def find_duplicates(
    summaries: Iterable[RunSummary], profile: Profile
) -> Callable[[RunSummary], tuple[RunSummary, ...]]:
    """Finds the other runs that may equal a run, in config and seeds or in a curve; in the order given.

    Runs are looked up by what equal ones share, so that not every run is held against every other.
    """
    alike: dict[Hashable, dict[str, RunSummary]] = defaultdict(dict)
    place: dict[str, int] = {}
    for summary in summaries:
        place[summary.id] = len(place)
        for mark in _fingerprint_keys(summary, profile):
            alike[mark][summary.id] = summary

    def of(summary: RunSummary) -> tuple[RunSummary, ...]:
        found: dict[str, RunSummary] = {}
        for mark in _fingerprint_keys(summary, profile):
            found |= alike.get(mark, {})
        found.pop(summary.id, None)
        return tuple(sorted(found.values(), key=lambda r: place[r.id]))

    return of


def _fingerprint_keys(summary: RunSummary, profile: Profile) -> Iterator[Hashable]:
    """What equal runs share: knobs and seeds, and the ends and bounds of each curve that moves."""
    settings = summary.settings
    seeds = tuple(settings.stamps.get(k) for k in own_knobs(profile))
    yield config_changes.fingerprint(settings), seeds
    for name in measured(profile):
        s = summary.stats[name]
        if s.n > 1 and s.min != s.max:
            yield name, s.n, s.first, s.last, s.min, s.max


def by_process(summaries: Iterable[RunSummary]) -> list[list[RunSummary]]:
    """Runs apart, the ranks of one distributed training together: one W&B group, one start, one config with its seeds."""
    trainings: dict[Hashable, list[list[RunSummary]]] = defaultdict(list)
    for summary in sorted(summaries, key=lambda r: r.run.created):
        run, config = summary.run, frozenset(summary.settings.stamps.items())
        is_one = bool(run.group and run.created and config)
        same = trainings[(run.group, config) if is_one else run.id]
        if same and _seconds(same[-1][0].run, run) <= ONE_START:
            same[-1].append(summary)
        else:
            same.append([summary])
    return [ranks for same in trainings.values() for ranks in same]


def _seconds(first: RunInfo, later: RunInfo) -> float:
    """The time between two starts."""
    try:
        a, b = (datetime.fromisoformat(r.created) for r in (first, later))
        return (b - a).total_seconds()
    except (TypeError, ValueError):
        return math.inf


def own_knobs(profile: Profile) -> list[str]:
    """The knobs in which two replicates would differ: seeds and budget."""
    return [k.name for k in profile.knobs.values() if k.group == "seed" or k.name == profile.budget]


def measured(profile: Profile) -> list[str]:
    """The metrics whose equal curves in two runs mean something: logged under keys of their own, and
    no clock, no setting (lr, the size of the test set), no rate of a few rollouts."""
    settings = {*profile.knobs, *profile.same_metrics}
    logged = [m for m in profile.metrics.values() if m.keys and m.name not in settings]
    return [m.name for m in logged if m.group != "timing" and not m.rollouts]
