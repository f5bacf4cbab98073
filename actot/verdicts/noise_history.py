"""What the replicates of a team's sources teach of the noise between seeds, for the profile's `noise:`."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Learnt, Profile
from actot.verdicts import seed_noise
from actot.verdicts.scales import ABSOLUTE
from actot.verdicts.seed_noise import Replicates


@dataclass(frozen=True)
class Taught:
    """A replicate group of a source in one metric; `same` are its data and its policy.

    Units: the group's spread is a ratio, or in own units where `is_own`.
    """

    source: str
    metric: str
    same: tuple[tuple[str, Any], ...]
    group: Replicates
    is_own: bool = False


def taught(
    source: str,
    summaries: Sequence[RunSummary],
    profile: Profile,
    metrics: Sequence[str] | None = None,
) -> list[Taught]:
    """The replicate groups of a source in these metrics, by default in all that may decide a verdict by seeds."""
    by_id = {r.id: r for r in summaries}
    found = []
    for metric in metrics or profile.judge:
        if profile.metrics[metric].rollouts:
            continue
        for group in seed_noise.measure(summaries, metric, profile).groups:
            settings = by_id[group.runs[0]].settings
            same = tuple((knob, settings.value(knob)) for knob in profile.same_knobs)
            is_own = profile.metrics[metric].scale == ABSOLUTE
            found.append(Taught(source, metric, same, group, is_own))
    return found


def pooled(groups: Iterable[Taught]) -> tuple[Learnt, ...]:
    """One line for each metric on equal data and policy; a spread in own units teaches no other source."""
    alike: dict[str, list[Taught]] = {}
    for one in groups:
        if not one.is_own:
            alike.setdefault(repr((one.metric, one.same)), []).append(one)
    return tuple(_learnt(same) for same in alike.values())


def _learnt(same: Sequence[Taught]) -> Learnt:
    df = sum(t.group.df for t in same)
    variance = sum(t.group.df * t.group.variance for t in same) / df
    return Learnt(same[0].metric, math.sqrt(variance), df, dict(same[0].same))
