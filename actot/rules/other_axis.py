"""The steps are those of a counter that was logged beside the others."""

from typing import Any

from actot import step_axis
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where the lengths of the picked runs agree on a logged counter, and not on their own steps."""
    run = case.summary.run
    if run.axis_origin != step_axis.AGREED:
        return None
    return {"axis": run.axis, "end": run.last_step or 0}
