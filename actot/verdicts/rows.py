"""Picks in, rows out: runs of one config together, against baselines of one config together."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from actot.analysis import nearest_configs
from actot.analysis.run_summary import RunSummary, is_replicable
from actot.profile_schema import Profile
from actot.verdicts import replicates

Configs = Mapping[Hashable, Sequence[RunSummary]]  # the runs of a source by `replicates.config_key`


def with_other_seeds(
    baselines: Iterable[RunSummary],
    configs: Configs,
    picked: Collection[str],
    metric: str,
    profile: Profile,
) -> list[list[RunSummary]]:
    """The baselines by config, the reference first, each with the other finished healthy runs of its config.

    A run that was picked, or that is not about as long as one of them, does not join.
    """
    groups = replicates.by_config(baselines, profile)
    return [
        [*group, *other_seeds(group, configs.get(key, ()), picked, metric, profile)]
        for key, group in groups.items()
    ]


def other_seeds(
    group: Sequence[RunSummary],
    alike: Iterable[RunSummary],
    picked: Collection[str],
    metric: str,
    profile: Profile,
) -> list[RunSummary]:
    """Of the runs of a group's config the other finished healthy ones that are about as long."""
    taken = {r.id for r in group}
    return [
        r
        for r in alike
        if r.id not in taken
        and r.id not in picked
        and is_replicable(r, metric, profile)
        and any(_is_as_long(r, one, metric) for one in group)
    ]


def _is_as_long(summary: RunSummary, base: RunSummary, metric: str) -> bool:
    ends = [r.stats[metric].last_step for r in (summary, base)]
    longest = max(end or 0 for end in ends)
    return all(end is not None and end >= (1 - replicates.SAME_LENGTH) * longest for end in ends)


def neighbours(
    picks: Sequence[Sequence[RunSummary]],
    configs: Configs,
    baselines: Collection[str],
    metric: str,
    profile: Profile,
) -> list[tuple[Sequence[RunSummary], Sequence[RunSummary]]]:
    """Each picked config with the nearest other one, where that is not a picked baseline anyway."""
    everyone = (r for config in configs.values() for r in config)
    candidates = [r for r in everyone if is_replicable(r, metric, profile)]
    found = nearest_configs.nearest([c[0] for c in picks], candidates, profile)
    near = [(config, found[config[0].id][0]) for config in picks if config[0].id in found]
    picked = {r.id for config in picks for r in config}
    return [
        (config, with_other_seeds([other], configs, picked, metric, profile)[0])
        for config, other in near
        if other.id not in baselines
    ]
