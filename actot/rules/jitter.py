"""Training is rougher than the reference's."""

from typing import Any

from actot.rules import Case

SEVERITY = "warning"


def check(case: Case, *, factor: float = 1.5, metric: str = "train_l1") -> dict[str, Any] | None:
    """Speaks above `factor` times the reference's mean, where both log equally often."""
    mine = case.stats(metric).jitter
    if mine is None:
        return None
    often = case.summary.settings.value("log_freq")
    theirs = [
        jitter
        for r in case.reference
        if r.id != case.summary.id and r.settings.value("log_freq") == often
        if (jitter := r.stats[metric].jitter)
    ]
    if not theirs:
        return None
    level = sum(theirs) / len(theirs)
    if mine <= factor * level:
        return None
    return {"metric": metric, "mine": mine, "theirs": level, "times": mine / level}
