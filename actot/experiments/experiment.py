"""A question and the runs that answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actot.experiments.guard import PlanContext, PlannedRun
from actot.experiments.plan import Plan
from actot.experiments.remarks import OfValue
from actot.facts import Reason

PARTS = ("title", "hypothesis", "fixed", "confirms", "refutes")  # what is said of an experiment


@dataclass(frozen=True)
class Experiment:
    """A question and the runs that answer it.

    `kind`: replicate, sweep, screen, promote, template, or a round of a `plan`: isolate, halve, verify, repeat, alone. `have` are values that exist already, with their
    runs; `refused` values that the guard keeps out, with its reason.
    `forecast`: how many seeds a side would settle what matters, None where no row was judged by seeds.
    `key` is what the deciding metric is logged under, "" for one that is computed from others.
    Units: `hours` for all runs one after the other, None where the anchor's runtime is unknown.
    """

    kind: str
    name: str
    knobs: tuple[str, ...]
    anchor: str
    metric: str
    key: str
    runs: tuple[PlannedRun, ...]
    have: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    refused: tuple[OfValue, ...] = ()
    hours: float | None = None
    forecast: Reason | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan | None = None


def hours(context: PlanContext, runs: Sequence[PlannedRun]) -> float | None:
    """The time of these runs one after the other, by the anchor's runtime and their budgets."""
    runtime, usual = context.anchor.run.runtime_s, context.anchor.budget(context.profile)
    if runtime is None:
        return None
    budgets = [r.settings.value(context.profile.budget) for r in runs]
    shares = [b / usual if usual and isinstance(b, int | float) else 1.0 for b in budgets]
    return sum(shares) * runtime / 3600
