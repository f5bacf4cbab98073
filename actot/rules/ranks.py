"""Runs that are the ranks of one distributed training."""

from typing import Any

from actot.rules import Case
from actot.rules.duplicate import of_one_training

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where other runs of the W&B group started within a minute of the run, with its config and seeds."""
    others = of_one_training(case)
    if not others:
        return None
    return {"runs": sorted(r.id for r in others), "group": case.summary.run.group}
