"""A step far beyond the plan was logged."""

from typing import Any

from actot.rules import Case

SEVERITY = "warning"


def check(case: Case, *, factor: float = 2.0) -> dict[str, Any] | None:
    """Speaks where something was logged at a step that is more than twice the planned length."""
    budget, last = case.summary.budget(case.profile), case.summary.run.last_step
    if not budget or last is None or last <= factor * budget:
        return None
    return {"last": last, "budget": int(budget), "steps": (int(budget), last)}
