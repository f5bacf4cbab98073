"""What a reader should know beside a verdict."""

from collections.abc import Iterable, Sequence

from actot.analysis import config_changes
from actot.analysis.run_summary import RunSummary
from actot.facts import Reason
from actot.profile_schema import Profile
from actot.verdicts import replicates
from actot.verdicts.reasons import (
    Alias,
    AlsoDiverged,
    LastPoint,
    OneKnob,
    Repeats,
    Replicate,
    UnknownConfig,
)
from actot.verdicts.verdict import Row


def notes(
    row: Row,
    runs: Sequence[RunSummary],
    bases: Sequence[RunSummary],
    gone: Sequence[str],
    profile: Profile,
) -> Iterable[Reason]:
    """What a reader should know beside the verdict."""
    unknown = next((r for r in (*runs, *bases) if not r.run.config), None)
    if unknown is not None:
        yield UnknownConfig(unknown.id)
    elif not any(r.turns for r in (*runs, *bases)):
        changes = config_changes.changes(bases[0].settings, runs[0].settings)
        if not changes:
            yield Replicate()
        elif len(changes) == 1:
            yield OneKnob(changes[0])
    if gone:
        yield AlsoDiverged(tuple(gone))
    for side in (runs, bases):
        seeds = replicates.by_seed(replicates.different(side, row.metric), profile)
        if len(seeds) < sum(map(len, seeds)):
            yield Repeats(sum(map(len, seeds)), len(seeds))
    keys = sorted({r.points(row.metric).key for r in (*runs, *bases)})
    if len(keys) > 1:
        yield Alias(tuple(keys))
    if profile.value == "last":
        yield LastPoint()
