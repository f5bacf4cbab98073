"""The same effective config and seed was run before."""

from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.duplicates import own_knobs
from actot.rules import Case

SEVERITY = "info"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where another run has equal effective knobs, budget and seeds; runs without a config say nothing."""
    mine, profile = case.summary.settings, case.profile
    if not mine.flat:
        return None
    stamp = config_changes.fingerprint(mine)
    duplicates = [
        other.id
        for other in case.duplicates
        if config_changes.fingerprint(other.settings) == stamp
        and all(
            config_values.equal(mine.value(k), other.settings.value(k)) for k in own_knobs(profile)
        )
    ]
    return {"runs": sorted(duplicates), "seed": mine.value("seed")} if duplicates else None
