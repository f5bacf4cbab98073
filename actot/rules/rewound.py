"""The run went on from an earlier step than it had reached."""

from typing import Any

from actot.rules import Case

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a run was resumed before its end; what it had logged from there on does not count."""
    if not case.summary.run.rewinds:
        return None
    reached, began = case.summary.run.rewinds[-1]
    return {"reached": reached, "began": began, "steps": (began, reached)}
