"""The same effective config and seed was run before."""

from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.config_values import ABSENT
from actot.analysis.duplicates import by_process, own_knobs
from actot.analysis.run_summary import RunSummary
from actot.records import are_equal
from actot.rules import Case

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where another run has equal effective knobs, budget and a known seed, and no other curve."""
    again = [r for r in of_one_seed(case) if not came_out_otherwise(case, r)]
    if not again:
        return None
    seed = case.summary.settings.value("seed")
    return {"runs": sorted(r.id for r in again), "seed": seed}


def of_one_seed(case: Case) -> list[RunSummary]:
    """The other runs with equal effective knobs, budget and seeds; a seed that is not known equals none, and no rank of one training another."""
    mine, profile = case.summary.settings, case.profile
    if not mine.flat or mine.value("seed") in (None, ABSENT):
        return []
    stamp = config_changes.fingerprint(mine)
    ranks = {r.id for r in of_one_training(case)}
    return [
        other
        for other in case.duplicates
        if other.id not in ranks
        and config_changes.fingerprint(other.settings) == stamp
        and all(
            config_values.equal(mine.value(k), other.settings.value(k)) for k in own_knobs(profile)
        )
    ]


def of_one_training(case: Case) -> list[RunSummary]:
    """The other ranks of the run's distributed training."""
    mine = case.summary.id
    trainings = by_process((case.summary, *case.duplicates))
    ranks = next(r for r in trainings if mine in {rank.id for rank in r})
    return [rank for rank in ranks if rank.id != mine]


def came_out_otherwise(case: Case, other: RunSummary) -> bool:
    """Whether both logged the judged metric, with other values."""
    mine, theirs = (r.finite(case.metric) for r in (case.summary, other))
    return mine is not None and theirs is not None and not are_equal(mine, theirs)
