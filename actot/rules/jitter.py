"""Training is rougher than the reference's."""

from typing import Any

from actot.rules import Case

SEVERITY = "warning"
TEXT = {
    "en": "Jitter of {metric} is {mine}, {times}x the reference's {theirs}.",
    "zh": "{metric} 的抖动为 {mine}，是参照基线 {theirs} 的 {times} 倍。",
}


def check(case: Case, *, factor: float = 1.5, metric: str = "train_l1") -> dict[str, Any] | None:
    """Speaks above `factor` times the reference's mean, where both log equally often."""
    mine = case.stats(metric).jitter
    if mine is None:
        return None
    often = case.summary.settings.value("log_freq")
    theirs = [
        r.stats[metric].jitter
        for r in case.reference
        if r.id != case.summary.id and r.settings.value("log_freq") == often
    ]
    theirs = [j for j in theirs if j]
    if not theirs:
        return None
    level = sum(theirs) / len(theirs)
    if mine <= factor * level:
        return None
    return {"metric": metric, "mine": mine, "theirs": level, "times": mine / level}
