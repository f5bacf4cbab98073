"""The config was changed while the run trained."""

from typing import Any

from actot.analysis.config_values import show
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where an effective knob had another value up to some step; such a run is no side of a matched pair."""
    turns = case.summary.turns
    if not turns:
        return None
    step = turns[0][0]
    what = [f"{c.knob} {show(c.base)} → {show(c.value)}" for _, moved in turns for c in moved]
    return {"what": what, "step": step, "steps": (step, case.summary.run.last_step or step)}
