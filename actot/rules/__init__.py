"""The shelf of rules. A rule is a module with

- `SEVERITY`: "error", "warning" or "info";
- `check(case, *, threshold=...)`: the facts of a finding, or None. The fact `steps` is the range
  of steps that it is about, `metric` the profile's name of the metric whose curve shows it; the fact
  `severity` overrides the rule's own.

The keywords of `check` are its thresholds; the profile may set them under `rules`. Its sentence is
`rule_NAME` of the messages, with the facts as placeholders.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from actot import shelves
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.profile_schema import Profile

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Case:
    """What a rule looks at: one run, the reference baselines, and the runs that may equal it (see `find_duplicates`).

    Absent: `reference` is empty where no baseline is picked.
    """

    summary: RunSummary
    metric: str
    profile: Profile
    reference: Sequence[RunSummary] = ()
    duplicates: Sequence[RunSummary] = ()

    def stats(self, metric: str) -> MetricStats:
        """The figures of a metric. Absent: an empty Summary for one that the profile lacks."""
        return self.summary.stats.get(metric, MetricStats())


@dataclass(frozen=True)
class Finding:
    """What a rule says of a run: the facts of its sentence, and the range of steps it is about."""

    run: str
    rule: str
    severity: str
    facts: Mapping[str, Any]
    steps: tuple[int, int] | None = None

    @property
    def metric(self) -> str | None:
        """The metric whose curve shows it, or None where no curve does."""
        return self.facts.get("metric")


@cache
def shelf() -> Mapping[str, ModuleType]:
    """Every rule by its name."""
    return shelves.modules(__name__, __path__)


def check(case: Case) -> tuple[Finding, ...]:
    """The findings of one run, the gravest first. Raises: BadInput for an unknown threshold."""
    found = []
    for name, rule in shelf().items():
        facts = rule.check(case, **thresholds(name, case.profile))
        if facts is not None:
            severity = facts.get("severity", rule.SEVERITY)
            found.append(Finding(case.summary.id, name, severity, facts, facts.get("steps")))
    return tuple(sorted(found, key=lambda f: SEVERITIES.index(f.severity)))


def thresholds(name: str, profile: Profile) -> Mapping[str, Any]:
    """What the profile sets for a rule. Raises: BadInput for a rule, threshold or value that is none."""
    for other in profile.rules:
        if other not in shelf():
            raise BadInput(f"rules: no rule {other}; known are {', '.join(shelf())}")
    wanted = profile.rules.get(name, {})
    _, *keywords = inspect.signature(shelf()[name].check).parameters.values()
    known = {k.name: k.default for k in keywords}
    for key, value in wanted.items():
        if key not in known:
            raise BadInput(f"rules: {name} has no threshold {key}; known are {', '.join(known)}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(known[key], str):
            if not isinstance(value, str) or value not in profile.metrics:
                raise BadInput(f"rules: {name}: {key} is {value!r}, which is no metric here")
        elif not number:
            raise BadInput(f"rules: {name}: {key} is {value!r}, which is not a number")
    return wanted
