"""Which runs are of one config, which of one seed, and which are the same run twice."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from actot.analysis import config_changes, duplicates
from actot.analysis.config_values import ABSENT
from actot.analysis.run_summary import RunSummary, evaluation
from actot.profile_schema import Profile
from actot.records import are_equal

TRAINING = "seed"  # the knob of the training's own seed
SAME_LENGTH = 0.10  # replicates end within this share of one another


def config_key(summary: RunSummary, profile: Profile) -> Hashable:
    """Equal for runs with equal effective knobs and evaluation set.

    A config that is unknown, or was changed on the way, equals no other.
    """
    if not summary.run.config or summary.turns:
        return summary.id
    return config_changes.fingerprint(summary.settings), evaluation(summary, profile)


def by_config(
    summaries: Iterable[RunSummary], profile: Profile
) -> dict[Hashable, list[RunSummary]]:
    """Runs of one config together, in the order in which each config comes first."""
    found: dict[Hashable, list[RunSummary]] = {}
    for summary in summaries:
        found.setdefault(config_key(summary, profile), []).append(summary)
    return found


def by_seed(group: Iterable[RunSummary], profile: Profile) -> list[list[RunSummary]]:
    """Runs of one config by their seed. A seed that is null or absent is another one each time; a fork has its trunk's."""
    knobs = [k.name for k in profile.knobs.values() if k.group == "seed"]
    # The order of the data has a seed of its own: without that of the weights it says nothing.
    knobs.sort(key=lambda name: name != TRAINING)
    group = list(group)
    keys: dict[str, Hashable] = {}
    for summary in group:
        seeds: list[Any] = [summary.settings.value(k) for k in knobs]
        is_known = bool(seeds) and seeds[0] not in (None, ABSENT)
        keys[summary.id] = repr(seeds) if is_known else (summary.id,)
    forks = {r.id: r.run.fork[0] for r in group if r.run.fork}
    found: dict[Hashable, list[RunSummary]] = {}
    for summary in group:
        trunk = _trunk(summary.id, forks)
        found.setdefault(keys.get(trunk, (trunk,)), []).append(summary)
    return list(found.values())


def _trunk(run: str, forks: Mapping[str, str]) -> str:
    """The run that a run was forked from, by way of other forks, or the run itself."""
    seen = {run}
    while run in forks and forks[run] not in seen:
        run = forks[run]
        seen.add(run)
    return run


def by_length(group: Iterable[RunSummary], metric: str) -> list[list[RunSummary]]:
    """Runs of one config whose lengths are within 10 %, the longest first."""
    ends = [(r.stats[metric].last_step or 0, r) for r in group]
    found = []
    while ends:
        least = (1 - SAME_LENGTH) * max(end for end, _ in ends)
        found.append([r for end, r in ends if end >= least])
        ends = [(end, r) for end, r in ends if end < least]
    return found


def is_identical(a: RunSummary, b: RunSummary, metric: str) -> bool:
    """Whether two runs logged the same curve, point for point; a constant proves nothing."""
    known, other = a.stats[metric], b.stats[metric]
    if (known.n, known.last_step, known.last) != (other.n, other.last_step, other.last):
        return False
    curve = a.series[metric]
    return are_equal(curve, b.series[metric]) and bool(np.ptp(curve.values) > 0)


def different(group: Sequence[RunSummary], metric: str) -> list[RunSummary]:
    """The runs of a group, those with identical curves once, the ranks of one training once."""
    found: list[RunSummary] = []
    trainings = duplicates.by_process(group)
    later = {r.id for ranks in trainings for r in _ranks_with_points(ranks, metric)[1:]}
    for summary in (r for r in group if r.id not in later):
        if not any(is_identical(summary, known, metric) for known in found):
            found.append(summary)
    return found


def _ranks_with_points(ranks: Sequence[RunSummary], metric: str) -> list[RunSummary]:
    """The ranks of a training, those that logged the metric first."""
    return sorted(ranks, key=lambda r: r.finite(metric) is None)
