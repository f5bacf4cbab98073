"""What the trainer's own checks of a config refuse, found before a file is written."""

from collections.abc import Mapping
from typing import Any

from actot.analysis import config_values, flat_config
from actot.analysis.knob_settings import Settings
from actot.experiments.remarks import AboveLimit, NoMultiple, NotTaken, OfValue
from actot.profile_schema import Profile, TrainerCheck


def find(
    anchor: Settings, planned: Settings, knob: str, value: Any, profile: Profile
) -> OfValue | None:
    """Why the trainer would not start a run that turns a knob, or None. What the anchor did itself, it allows."""
    old, new = (flat_config.with_defaults(s.flat, profile) for s in (anchor, planned))
    broken = (c for c in profile.trainer_checks if _breaks(c, new) and not _breaks(c, old))
    check = next(broken, None)
    if check is None:
        return None
    found = config_values.show(new[check.path])
    if check.any_of:
        allowed = ", ".join(config_values.show(v) for v in check.any_of)
        return NotTaken(knob, value, check.path, allowed)
    if check.multiple_of:
        return NoMultiple(knob, value, check.path, found, check.multiple_of)
    named = f"{check.at_most} " if isinstance(check.at_most, str) else ""
    limit = f"{named}{config_values.show(_limit(check, new))}"
    return AboveLimit(knob, value, check.path, found, limit)


def _breaks(check: TrainerCheck, flat: Mapping[str, Any]) -> bool:
    found, limit = flat.get(check.path), _limit(check, flat)
    if found is None or not flat_config.holds(check.when, flat):
        return False
    if check.any_of:
        return not any(config_values.equal(found, v) for v in check.any_of)
    if not isinstance(found, int | float):
        return False
    above = isinstance(limit, int | float) and found > limit
    return above or (check.multiple_of > 0 and found % check.multiple_of != 0)


def _limit(check: TrainerCheck, flat: Mapping[str, Any]) -> Any:
    return flat.get(check.at_most) if isinstance(check.at_most, str) else check.at_most
