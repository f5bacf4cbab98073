"""The run crashed, was killed, still runs, or is shorter than planned."""

from typing import Any

from actot.analysis.run_summary import RunSummary, is_whole
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case, *, share: float = 0.98) -> dict[str, Any] | None:
    """Speaks where steps are missing at the end, or the config does not say how many there should be and the run failed.

    A run that crashed after its last planned step is whole.
    """
    run = case.summary.run
    budget = case.summary.budget(case.profile)
    end = run.last_step or 0
    # The last record may lie one logging interval before the end.
    short = budget is not None and end + _interval(case.summary) < share * budget
    if is_whole(case.summary, case.profile) and not short:
        return None
    planned = "?" if budget is None else int(budget)
    return {"state": run.state, "end": end, "budget": planned, "steps": (end, end)}


def _interval(summary: RunSummary) -> int:
    """The steps between the last two points of the curve with the most points."""
    densest = max(summary.run.series.values(), key=len, default=None)
    return int(densest.steps[-1] - densest.steps[-2]) if densest and len(densest) > 1 else 0
