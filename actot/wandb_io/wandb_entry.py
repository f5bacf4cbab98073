"""What the W&B client keeps of its own in a run's config, under one key: step metrics, and where it was forked."""

from collections.abc import Sequence
from typing import Any

OWN_ENTRY = "_wandb"
MOST_AXES = 1_000
LARGEST_STEP = 2**63
NAME, PATTERN, AXIS, AXIS_AT = (
    "1",
    "2",
    "4",
    "5",
)  # fields of a declared metric, AXIS_AT counted from 1


def axes(entry: Any) -> dict[str, str]:
    """The declared step metric by key or pattern of keys."""
    declared = entry.get("m") if isinstance(entry, dict) else None
    if not isinstance(declared, list):
        return {}
    found = {}
    for one in declared[:MOST_AXES]:
        if isinstance(one, dict):
            name, axis = one.get(NAME) or one.get(PATTERN), one.get(AXIS) or _at(declared, one)
            if isinstance(name, str) and isinstance(axis, str):
                found[name] = axis
    return found


def _at(declared: Sequence[Any], one: dict[str, Any]) -> Any:
    """The name of the step metric that a declared metric names by its place."""
    at = one.get(AXIS_AT)
    meant = declared[at - 1] if isinstance(at, int) and 0 < at <= len(declared) else None
    return meant.get(NAME) if isinstance(meant, dict) else None


def fork(entry: Any, run_id: str) -> tuple[str, int] | None:
    """The run that a run was forked from, and the last step that they share; a run gone back in itself is none."""
    point = entry.get("branch_point") if isinstance(entry, dict) else None
    if not isinstance(point, dict):
        return None
    run, step = point.get("run_id"), point.get("step")
    if not isinstance(run, str) or not isinstance(step, int | float) or run == run_id:
        return None
    return (run, int(step)) if abs(step) < LARGEST_STEP else None
