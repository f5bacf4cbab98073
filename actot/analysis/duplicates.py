"""Runs that may equal one another: in config and seeds, or in a curve."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator

from actot.analysis import train_config
from actot.analysis.run_summary import Reading
from actot.profile import Profile


def twins(
    readings: Iterable[Reading], profile: Profile
) -> Callable[[Reading], tuple[Reading, ...]]:
    """Finds the other runs that may equal a run, in config and seeds or in a curve; in the order given.

    Runs are looked up by what equal ones share, so that not every run is held against every other.
    """
    alike: dict[Hashable, dict[str, Reading]] = defaultdict(dict)
    place: dict[str, int] = {}
    for reading in readings:
        place[reading.id] = len(place)
        for mark in _marks(reading, profile):
            alike[mark][reading.id] = reading

    def of(reading: Reading) -> tuple[Reading, ...]:
        found: dict[str, Reading] = {}
        for mark in _marks(reading, profile):
            found |= alike.get(mark, {})
        found.pop(reading.id, None)
        return tuple(sorted(found.values(), key=lambda r: place[r.id]))

    return of


def _marks(reading: Reading, profile: Profile) -> Iterator[Hashable]:
    """What equal runs share: knobs and seeds, and the ends and bounds of each curve that moves."""
    settings = reading.settings
    seeds = tuple(settings.stamps.get(k) for k in own_knobs(profile))
    yield train_config.fingerprint(settings), seeds
    for name in measured(profile):
        s = reading.summaries[name]
        if s.n > 1 and s.min != s.max:
            yield name, s.n, s.first, s.last, s.min, s.max


def own_knobs(profile: Profile) -> list[str]:
    """The knobs in which two replicates would differ: seeds and budget."""
    return [k.name for k in profile.knobs.values() if k.group == "seed" or k.name == profile.budget]


def measured(profile: Profile) -> list[str]:
    """The metrics whose equal curves in two runs mean something: logged under keys of their own, and
    no clock, no setting (lr, the size of the test set), no rate of a few rollouts."""
    settings = {*profile.knobs, *profile.same_metrics}
    logged = [m for m in profile.metrics.values() if m.keys and m.name not in settings]
    return [m.name for m in logged if m.group != "timing" and not m.rollouts]
