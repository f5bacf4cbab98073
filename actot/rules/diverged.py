"""The run ends in NaN or Inf."""

from typing import Any

from actot.readings import diverged_at
from actot.rules import Case

SEVERITY = "error"
TEXT = {
    "en": "Diverged: from step {step} to its end the run is NaN or Inf.",
    "zh": "发散：从第 {step} 步起直到结束均为 NaN 或 Inf。",
}


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where the last five points of the judged metric or of train loss are not all finite."""
    step = diverged_at(case.reading, case.metric, case.profile)
    if step is None:
        return None
    return {"step": step, "steps": (step, case.reading.run.last_step)}
