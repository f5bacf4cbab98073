"""The run was forked from another one."""

from typing import Any

from actot.rules import Case

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a run shares its history with the one it was forked from; the two count as one seed."""
    if case.summary.run.fork is None:
        return None
    trunk, step = case.summary.run.fork
    return {"trunk": trunk, "step": step, "steps": (step, case.summary.run.last_step or step)}
