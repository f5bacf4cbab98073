"""The plan moves mass, but nothing is aligned: no OT cost of the policy falls."""

from typing import Any

from actot.analysis.metric_stats import tail_length
from actot.profile_schema import Profile
from actot.records import Series
from actot.rules import Case

SEVERITY = "warning"


def check(
    case: Case, *, mass: float = 0.6, fall: float = 0.10, metric: str = "ot_pi_sum"
) -> dict[str, Any] | None:
    """Speaks where the tail's mean mass is above `mass` and each cost's tail mean lies less than
    `fall` below the mean of its first window of as many points. One cost that falls is alignment."""
    level = case.stats(metric).last_mean
    if level is None or level <= mass:
        return None
    moved = {}
    for name in costs(case.profile, metric):
        series = case.summary.finite(name)
        change = None if series is None else _moved(series, case.profile)
        if change is not None:
            moved[name] = change
    if not moved or min(moved.values()) <= -fall:
        return None
    best = min(moved, key=lambda name: moved[name])
    steps = case.summary.points(best).steps
    return {
        "mass": level,
        "least": mass,
        "fall_pct": 100 * fall,
        "metric": best,
        "moved_pct": 100 * moved[best],
        "steps": (int(steps[0]), int(steps[-1])),
    }


def costs(profile: Profile, mass: str) -> list[str]:
    """The costs that hold the policy: beside the mass in its group, logged, times a weight knob."""
    return [
        m.name
        for m in profile.metrics.values()
        if m.group == profile.metrics[mass].group
        and m.keys
        and not m.policy_independent
        # A metric that a whole group of knobs rescales is the loss or the plan, not a cost.
        and m.rescaled_by
        and all(knob in profile.knobs for knob in m.rescaled_by)
    ]


def _moved(series: Series, profile: Profile) -> float | None:
    """The relative change from the first window to the last; None for too few points or no cost."""
    k = tail_length(len(series), profile.tail)
    first, last = float(series.values[:k].mean()), float(series.values[-k:].mean())
    return None if len(series) < 2 * k or first <= 0 else last / first - 1
