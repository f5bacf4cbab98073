"""The same effective config and seed was run before."""

from typing import Any

from actot import configs
from actot.rules import Case

SEVERITY = "info"
TEXT = {
    "en": "Repeats {runs}: the same effective config and seed {seed}; it counts once.",
    "zh": "与 {runs} 重复：有效配置与种子（{seed}）相同，只计一次。",
}


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where another run has equal effective knobs, budget and seeds."""
    mine = case.reading.settings
    stamp = configs.fingerprint(mine)
    twins = [
        other.id
        for other in case.others
        if other.id != case.reading.id
        and configs.fingerprint(other.settings) == stamp
        and all(configs.equal(mine.value(k), other.settings.value(k)) for k in _own(case))
    ]
    return {"runs": sorted(twins), "seed": mine.value("seed")} if twins else None


def _own(case: Case) -> list[str]:
    """The knobs in which two replicates would differ."""
    return [k.name for k in case.profile.knobs.values() if k.group == "seed" or k.name == "steps"]
