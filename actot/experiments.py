"""What to run next: anchored to the best baseline, one knob at a time, guarded, never a repeat."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actot import configs, edits, verdicts
from actot.causes import Cause
from actot.configs import Change
from actot.errors import BadInput
from actot.noise import SAME_LENGTH, SeedNoise
from actot.profile import Profile
from actot.readings import Reading
from actot.verdicts import WITHIN_NOISE, Verdict, Why

ROUNDING = 1e-4  # values are written with six digits
REPLICATES = 3  # a baseline of three seeds says how noisy it is


@dataclass(frozen=True)
class PlannedRun:
    """A run to start: its config is complete, only the trainer's command is missing."""

    name: str
    value: Any
    seed: Any
    config: Mapping[str, Any]
    remark: Why | None = None


@dataclass(frozen=True)
class Experiment:
    """A question and the runs that answer it.

    `kind`: replicate, isolate or sweep. `have` are values that exist already, with their runs;
    `refused` values that the guard keeps out, with its reason.
    Units: `hours` for all runs one after the other, None where the anchor's runtime is unknown.
    """

    kind: str
    name: str
    knobs: tuple[str, ...]
    anchor: str
    metric: str
    runs: tuple[PlannedRun, ...]
    have: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    refused: tuple[Why, ...] = ()
    hours: float | None = None
    seeds_needed: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """What experiments are proposed from."""

    anchor: Reading
    readings: Sequence[Reading]
    healthy: Sequence[Reading]
    metric: str
    noise: SeedNoise
    profile: Profile


def propose(
    bench: Bench, rows: Sequence[Verdict], causes: Sequence[Cause], regressed: Sequence[Reading]
) -> tuple[Experiment, ...]:
    """The experiments in order of worth; those without a run left to do are not among them.

    Absent: none where the anchor came without its config, as from a bare table.
    """
    if not bench.anchor.run.config:
        return ()
    unsure = [r for r in rows if r.word == WITHIN_NOISE]
    found: list[Experiment] = []
    replicates = _replicate(bench, unsure)
    if bench.noise.origin == "assumed":
        found += replicates
    found += _isolate(bench, causes, regressed)
    found += _sweeps(bench)
    if bench.noise.origin != "assumed" and unsure:
        found += replicates
    needed = next((r.seeds_needed for r in rows if r.p is not None), None)
    runtime = bench.anchor.run.runtime_s
    return tuple(
        replace(
            e,
            seeds_needed=needed,
            hours=None if runtime is None else len(e.runs) * runtime / 3600,
        )
        for e in found
        if e.runs
    )


def choose_anchor(
    groups: Sequence[Sequence[Reading]], metric: str, profile: Profile
) -> Reading | None:
    """The best baseline: the first usable run of the group with the best mean value.

    Absent: None where every baseline diverged or has no value.
    """
    sign = -1 if profile.metrics[metric].direction == "higher" else 1
    usable = [[r for r in g if verdicts.unusable(r, metric, profile) is None] for g in groups]

    def mean(group: Sequence[Reading]) -> float:
        return sign * sum(r.summaries[metric].last_mean for r in group) / len(group)

    return min(filter(None, usable), key=mean, default=[None])[0]


def guard(bench: Bench, knob: str, value: Any) -> Why | None:
    """Why a value is refused ("guard_refuses") or only warned of ("guard_warns"), or None."""
    anchor = bench.anchor.settings.value(knob)
    times = configs.ratio(anchor, value)
    if times is None:
        return None
    tried = [r.settings.value(knob) for r in bench.healthy]
    tried = [t for t in tried if configs.ratio(anchor, t) is not None]
    low, high = min(tried, default=anchor), max(tried, default=anchor)
    facts = {"knob": knob, "value": value, "times": times, "anchor": anchor}
    facts |= {"low": low, "high": high}
    limit = bench.profile.guard * (1 + ROUNDING)
    if times <= 0 or not 1 / limit <= times <= limit:
        return Why("guard_refuses", facts)
    if not low <= value <= high:
        return Why("guard_warns", facts)
    return None


def _sweeps(bench: Bench) -> Iterator[Experiment]:
    """One sweep per knob with a ladder, around the anchor's value."""
    for knob in bench.profile.knobs.values():
        anchor = bench.anchor.settings.value(knob.name)
        if not knob.ladder or configs.ratio(anchor, 1.0) is None:
            continue
        runs, have, refused = [], [], []
        for factor in knob.ladder:
            value = float(f"{anchor * factor:.6g}")
            planned = _plan(bench, knob.name, value)
            existing = _existing(bench, planned.config)
            remark = guard(bench, knob.name, value)
            if existing:
                have.append((value, existing))
            elif remark is not None and remark.name == "guard_refuses":
                refused.append(remark)
            else:
                runs.append(replace(planned, remark=remark))
        yield Experiment(
            "sweep",
            f"sweep_{slug(knob.name)}",
            (knob.name,),
            bench.anchor.id,
            bench.metric,
            tuple(runs),
            tuple(have),
            tuple(refused),
        )


def _isolate(
    bench: Bench, causes: Sequence[Cause], regressed: Sequence[Reading]
) -> Iterator[Experiment]:
    """For the first confounded group: one run per knob but the last, which is left by elimination."""
    group = [c for c in causes if c.rank == 1 and c.score > 0 and c.confounded_with]
    by_id = {r.id: r for r in regressed}
    runs, refused, tried = [], [], []
    for cause in group[: len(group) - 1]:
        donor = by_id[cause.carriers[0]]
        value, remark = _bounded(bench, cause.changes[0])
        if value != cause.changes[0].value:
            refused.append(remark)
            remark = guard(bench, cause.knob, value)
        try:
            planned = _plan(bench, cause.knob, value, donor=donor)
        except BadInput as e:
            refused.append(Why("no_place", {"knob": cause.knob, "why": str(e)}))
            continue
        tried.append(cause.knob)
        if not _existing(bench, planned.config):
            runs.append(replace(planned, remark=remark))
    if group:
        left = group[-1].knob
        yield Experiment(
            "isolate",
            "isolate",
            tuple(tried),
            bench.anchor.id,
            bench.metric,
            tuple(runs),
            refused=tuple(refused),
            facts={"left": left, "knobs": [c.knob for c in group]},
        )


def _bounded(bench: Bench, change: Change) -> tuple[Any, Why | None]:
    """The suspicious value, or as near to it as the guard lets one go, with the guard's words."""
    remark = guard(bench, change.knob, change.value)
    if remark is None or remark.name != "guard_refuses":
        return change.value, remark
    anchor = bench.anchor.settings.value(change.knob)
    factor = bench.profile.guard if abs(change.value) > abs(anchor) else 1 / bench.profile.guard
    return float(f"{anchor * factor:.6g}"), remark


def _replicate(bench: Bench, unsure: Sequence[Verdict]) -> list[Experiment]:
    """The anchor with other seeds: as many as are needed, three in all where that is unknown."""
    stamp = configs.fingerprint(bench.anchor.settings)
    alike = [r for r in bench.readings if configs.fingerprint(r.settings) == stamp]
    seeds = {s for r in alike if isinstance(s := r.settings.value("seed"), int)}
    wanted = max([REPLICATES, *(r.seeds_needed or 0 for r in unsure)])
    new = []
    seed = max(seeds, default=0)
    while len(seeds) + len(new) < wanted:
        seed += 1
        new.append(seed)
    runs = []
    for value in new:
        planned = _plan(bench, "seed", value)
        runs.append(replace(planned, seed=value))
    have = tuple((r.settings.value("seed"), (r.id,)) for r in alike)
    return [
        Experiment(
            "replicate",
            "replicate_anchor",
            ("seed",),
            bench.anchor.id,
            bench.metric,
            tuple(runs),
            have,
        )
    ]


def _plan(bench: Bench, knob: str, value: Any, donor: Reading | None = None) -> PlannedRun:
    config = edits.turn(
        bench.anchor.run.config,
        knob,
        value,
        bench.profile,
        donor=None if donor is None else donor.run.config,
    )
    name = slug(f"{bench.anchor.id}_{knob}_{configs.show(value)}")
    config = edits.reset(config, name, bench.profile)
    return PlannedRun(name, value, bench.anchor.settings.value("seed"), config)


def _existing(bench: Bench, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The runs of the source that are this one already: equal effective knobs, as long a budget."""
    planned = configs.read(config, bench.profile)
    stamp, budget = configs.fingerprint(planned), planned.value(bench.profile.budget)
    return tuple(
        r.id
        for r in bench.readings
        if configs.fingerprint(r.settings) == stamp
        and r.run.state == "finished"
        and _as_long(r, budget, bench.profile)
    )


def _as_long(reading: Reading, budget: Any, profile: Profile) -> bool:
    mine = reading.budget(profile)
    known = mine is not None and isinstance(budget, int | float)
    return not known or abs(mine - budget) <= SAME_LENGTH * budget


def slug(text: str) -> str:
    """A name that is safe as a file name, a job name and a sweep value."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("_.")[:120]
