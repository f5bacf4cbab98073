"""One run to start: the anchor's config with one knob turned, guarded, never one that exists."""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.knob_settings import Settings
from actot.analysis.run_summary import RunSummary
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.experiments import config_edit, trainer_refusals
from actot.experiments.config_edit import WithoutEffect
from actot.experiments.remarks import Guarded, NoEffect, NoPlace, OfValue, Refuses, Warns
from actot.profile_schema import Knob, Profile
from actot.verdicts.replicates import SAME_LENGTH
from actot.verdicts.seed_noise import SeedNoise

LONGEST_NAME = 120
ROUNDING = 1e-4  # values are written with six digits


@dataclass(frozen=True)
class PlannedRun:
    """A run to start: its config is complete, only the trainer's command is missing.

    `remark`: what the guard says of the value.
    """

    name: str
    knob: str
    value: Any
    seed: Any
    config: Mapping[str, Any]
    settings: Settings = field(repr=False)
    remark: Guarded | None = None


@dataclass(frozen=True)
class PlanContext:
    """What runs are planned from."""

    anchor: RunSummary
    summaries: Sequence[RunSummary]
    healthy: Sequence[RunSummary]
    metric: str
    noise: SeedNoise
    profile: Profile

    @cached_property
    def config(self) -> TrainConfig:
        """The anchor's config."""
        return TrainConfig.parse(self.anchor.run.config, self.profile)

    def at(self, run: str) -> "PlanContext":
        """The same with another run of the source as the anchor."""
        return replace(self, anchor=next(r for r in self.summaries if r.id == run))

    @property
    def key(self) -> str:
        """What the anchor logged the metric under, "" for one that is computed from others."""
        keys = self.profile.metrics[self.metric].keys
        return (self.anchor.stats[self.metric].key or keys[0]) if keys else ""


@dataclass(frozen=True)
class RunRequest:
    """A run that is wanted. None is the anchor's own seed and budget."""

    knob: str
    value: Any
    seed: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class PlanResult:
    """What became of requests: runs, values that exist already with their runs, and refusals."""

    runs: tuple[PlannedRun, ...] = ()
    have: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    refused: tuple[OfValue, ...] = ()


def plan_runs(
    context: PlanContext, requests: Sequence[RunRequest], *, override: bool = False
) -> PlanResult:
    """Every request as a run, an existing run or a refusal; with `override` the guard only warns."""
    runs: dict[str, PlannedRun] = {}
    have: dict[str, tuple[Any, tuple[str, ...]]] = {}
    refused: list[OfValue] = []
    for request in requests:
        try:
            run = plan_run(context, request)
        except WithoutEffect:
            refused.append(NoEffect(request.knob, request.value))
            continue
        except BadInput:
            refused.append(NoPlace(request.knob, request.value))
            continue
        known = existing(context, run, any_seed=request.seed is None)
        anchor = context.anchor.settings
        broken = trainer_refusals.find(anchor, run.settings, run.knob, run.value, context.profile)
        if broken is not None:
            refused.append(broken)
        elif known:
            have[run.name] = (request.value, known)
        elif isinstance(run.remark, Refuses) and not override:
            refused.append(run.remark)
        else:
            runs.setdefault(run.name, run)
    return PlanResult(tuple(runs.values()), tuple(have.values()), tuple(refused))


def plan_run(context: PlanContext, request: RunRequest) -> PlannedRun:
    """The run of a request, with the guard's remark. Raises: BadInput where the knob has no place."""
    profile, anchor = context.profile, context.anchor
    entry = profile.knobs.get(request.knob)
    if (
        entry is not None
        and entry.integer
        and isinstance(request.value, float)
        and request.value % 1
    ):
        raise BadInput(f"{request.knob}: takes whole numbers")
    if request.knob in profile.same_knobs:
        raise BadInput(f"{request.knob}: runs that differ in it are not compared")
    config = config_edit.with_knob(context.config, request.knob, request.value)
    name = [anchor.id, request.knob, config_values.show(request.value)]
    if request.seed is not None:
        config = config_edit.with_knob(config, "seed", request.seed)
        name.append(f"s{request.seed}")
    if request.steps is not None and request.steps != anchor.settings.value(profile.budget):
        config = config_edit.with_knob(config, profile.budget, request.steps)
        name.append(f"{request.steps}steps")
    _check_alone(request.knob, anchor, config.settings, profile)
    label = slug("_".join(name))
    return PlannedRun(
        label,
        request.knob,
        request.value,
        config.settings.value("seed"),
        config_edit.reset(config, label).tree,
        config.settings,
        check_value(context, request.knob, request.value),
    )


def _check_alone(knob: str, anchor: RunSummary, new: Settings, profile: Profile) -> None:
    """Raises: BadInput where another effective knob would move too, as by another policy's preset."""
    hanging = {k.name for k in profile.knobs.values() if knob in k.disabled_when}
    moved = {c.knob for c in config_changes.changes(anchor.settings, new)} - hanging - {knob}
    if moved:
        raise BadInput(f"{knob}: {', '.join(sorted(moved))} would move too")


def check_value(context: PlanContext, knob: str, value: Any) -> Guarded | None:
    """Why a value is refused (Refuses) or only warned of (Warns), or None.

    Of tied parts with values of their own the farthest counts. A category and a knob that is not
    effective (the seed) are free.
    """
    anchor = context.anchor.settings.value(knob)
    entry = context.profile.knobs.get(knob)
    if entry is not None and (not entry.effective or entry.scale == "category"):
        return None
    parts = _parts(anchor, value)
    ratios = [r for a, v in parts if (r := _times(a, v, entry)) is not None]
    if not ratios or len(ratios) < len(parts):
        return None
    times = max(ratios, key=lambda r: abs(math.log(r)) if r > 0 else math.inf)
    tried = [p for r in context.healthy for p, _ in _parts(r.settings.value(knob), None)]
    tried = [p for p in tried if config_values.ratio(p, p) is not None]
    low, high = min(tried, default=anchor), max(tried, default=anchor)
    limit = context.profile.guard * (1 + ROUNDING)
    if times <= 0 or not 1 / limit <= times <= limit:
        return Refuses(knob, value, times, anchor, low, high)
    if not all(low <= v <= high for _, v in parts):
        return Warns(knob, value, times, anchor, low, high)
    return None


def _parts(anchor: Any, value: Any) -> list[tuple[Any, Any]]:
    """The parts of a tied knob, each with the value that it would get."""
    if not isinstance(anchor, tuple):
        return [(anchor, value)]
    values = value if isinstance(value, tuple) else (value,) * len(anchor)
    return list(zip(anchor, values, strict=False))


def _times(anchor: Any, value: Any, entry: Knob | None) -> float | None:
    """How many times the anchor's; 0 where a knob of a log scale is turned off."""
    if (
        value == 0
        and config_values.ratio(anchor, 1.0)
        and entry is not None
        and entry.scale == "log"
    ):
        return 0.0
    return config_values.ratio(anchor, value)


def existing(context: PlanContext, run: PlannedRun, *, any_seed: bool) -> tuple[str, ...]:
    """The runs of the source that are this one already: equal effective knobs, as long a budget.

    With `any_seed` a run of another seed counts too: the value has been tried.
    """
    stamp = config_changes.fingerprint(run.settings)
    budget = run.settings.value(context.profile.budget)
    return tuple(
        r.id
        for r in context.summaries
        if config_changes.fingerprint(r.settings) == stamp
        and r.run.state in ("finished", "running")
        and (any_seed or config_values.equal(r.settings.value("seed"), run.seed))
        and is_as_long(r, budget, context.profile)
    )


def alike(context: PlanContext) -> Iterator[RunSummary]:
    """The runs of the source with the anchor's effective knobs, the anchor among them."""
    stamp = config_changes.fingerprint(context.anchor.settings)
    return (r for r in context.summaries if config_changes.fingerprint(r.settings) == stamp)


def is_as_long(summary: RunSummary, budget: Any, profile: Profile) -> bool:
    """Whether a run is planned for about that length, as far as both are known."""
    mine = summary.budget(profile)
    known = mine is not None and isinstance(budget, int | float)
    return not known or abs(mine - budget) <= SAME_LENGTH * budget


def slug(text: str) -> str:
    """A name that is safe as a file name, a job name and a sweep value; a long one ends in its hash."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("_.")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
