"""What to run next: anchored to the best baseline, one knob at a time, guarded, never a repeat."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from actot.analysis import config_values
from actot.analysis.run_summary import RunSummary, is_replicable
from actot.causes.cause import Cause
from actot.experiments import guard, isolation, screens
from actot.experiments.experiment import Experiment, hours
from actot.experiments.guard import PlanContext, RunRequest
from actot.experiments.templates import template_rows
from actot.profile_schema import Knob, Profile
from actot.verdicts import comparability
from actot.verdicts.reasons import SeedsNeeded
from actot.verdicts.replicates import TRAINING
from actot.verdicts.seed_noise import MEASURED
from actot.verdicts.verdict import (
    IMPROVED,
    NOISE_UNKNOWN,
    REGRESSED,
    WITHIN_NOISE,
    Judged,
    JudgedBySeeds,
    Verdict,
)

MOST_SECOND = 3  # configs of one seed that are repeated at a time
MOST_SEEDS = 10  # of the anchor that are proposed; the verdict says how many would settle it
REPLICATES = 3  # a baseline of three seeds says how noisy it is


def propose(
    context: PlanContext,
    rows: Sequence[Verdict],
    causes: Sequence[Cause],
    regressed: Sequence[RunSummary],
) -> tuple[Experiment, ...]:
    """The experiments in order of worth. Without a run left to do, only what holds short runs back is among them.

    Absent: none where the anchor came without its config, as from a bare table, or the metric cannot decide.
    """
    entry = context.profile.metrics[context.metric]
    if not context.anchor.run.config or entry.direction is None or entry.policy_independent:
        return ()
    unsure = [r for r in rows if r.word in (WITHIN_NOISE, NOISE_UNKNOWN)]
    found: list[Experiment] = [*_second_seeds(context, rows)]
    if context.noise.origin != MEASURED or unsure:
        wanted = min(MOST_SEEDS, max(REPLICATES, _seeds_needed(unsure)))
        found.append(_replicate(context, wanted))
    found += isolation.propose(context, rows, causes, regressed)
    found += _sweeps(context)
    found += screens.promote(context, rows)
    row = next((r for r in rows if isinstance(r, JudgedBySeeds)), None)
    planned: set[str] = set()
    kept = []
    for one in found:
        new = tuple(r for r in one.runs if r.name not in planned)
        planned |= {r.name for r in new}
        if new or (one.kind == screens.PROMOTE and one.refused):
            kept.append(
                replace(
                    one,
                    runs=new,
                    forecast=row.forecast if row else None,
                    hours=hours(context, new),
                )
            )
    return tuple(kept)


def recipes(context: PlanContext, beside: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """What of the recipes that go round can be tried alone, one knob at a time, beside other experiments."""
    planned = {run.name for one in beside for run in one.runs}
    found = []
    for one in _templates(context):
        new = tuple(r for r in one.runs if r.name not in planned)
        planned |= {r.name for r in new}
        if new:
            found.append(replace(one, runs=new, hours=hours(context, new)))
    return tuple(found)


def usual(found: Sequence[Experiment]) -> list[Experiment]:
    """Those that are run unless somebody chooses: of several plans for one question the first."""
    first = next((one for one in found if one.plan), None)
    return [one for one in found if one.plan is None or one is first]


def revise(
    experiment: Experiment,
    context: PlanContext,
    values: Sequence[tuple[str, Any]],
    *,
    seeds: Sequence[int] = (),
    steps: int | None = None,
    override: bool = False,
) -> Experiment:
    """The same question with other (knob, value) pairs, seeds and budget; its files follow.

    Without `seeds` each run has the anchor's seed, and a value counts as had whatever its seed.
    """
    requests = [
        RunRequest(knob, value, seed, steps)
        for knob, value in values
        for seed in (seeds if knob != "seed" and seeds else (None,))
    ]
    requests = [replace(w, seed=w.value) if w.knob == "seed" else w for w in requests]
    planned = guard.plan_runs(context, requests, override=override)
    return replace(
        experiment,
        anchor=context.anchor.id,
        key=context.key,
        knobs=tuple(dict.fromkeys(knob for knob, _ in values)),
        hours=hours(context, planned.runs),
        **vars(planned),
    )


def sweep(context: PlanContext, knob: str, values: Sequence[Any] = ()) -> Experiment:
    """A sweep of any knob of the anchor's config."""
    requests = [RunRequest(knob, value) for value in values]
    return _new("sweep", f"sweep_{guard.slug(knob)}", context, requests, knobs=(knob,))


def typed(
    context: PlanContext, knob: str, values: Sequence[Any], *, override: bool = False
) -> Experiment:
    """The runs of one knob at values that somebody asks for; of the seed, the anchor again."""
    empty = sweep(context, knob)
    if knob == TRAINING:
        empty = replace(empty, kind="replicate", name="replicate_anchor")
    return revise(empty, context, [(knob, value) for value in values], override=override)


def choose_anchor(
    groups: Sequence[Sequence[RunSummary]], metric: str, profile: Profile
) -> RunSummary | None:
    """The best baseline: the first usable run of the group with the best mean value.

    Absent: None where every baseline diverged or has no value.
    """
    sign = -1 if profile.metrics[metric].direction == "higher" else 1
    usable = [[r for r in g if comparability.unusable(r, metric, profile) is None] for g in groups]

    def mean(group: Sequence[RunSummary]) -> float:
        return sign * sum(r.stats[metric].last_mean or 0.0 for r in group) / len(group)

    best = min(filter(None, usable), key=mean, default=None)
    return best[0] if best else None


def _new(
    kind: str, name: str, context: PlanContext, requests: Sequence[RunRequest], **more: Any
) -> Experiment:
    planned = guard.plan_runs(context, requests)
    knobs = tuple(dict.fromkeys(w.knob for w in requests))
    fields = {"knobs": knobs, **vars(planned), **more}
    return Experiment(
        kind, name, anchor=context.anchor.id, metric=context.metric, key=context.key, **fields
    )


def _sweeps(context: PlanContext) -> Iterator[Experiment]:
    """One sweep per knob with a ladder, around the anchor's value; those of the profile's own knobs first."""
    profile = context.profile
    for knob in sorted(profile.knobs.values(), key=lambda k: k.name in profile.inherited):
        anchor = context.anchor.settings.value(knob.name)
        if knob.sweep_factors and config_values.ratio(anchor, 1.0) is not None:
            values = [_rung(anchor, factor, knob) for factor in knob.sweep_factors]
            yield sweep(context, knob.name, values)


def _rung(anchor: Any, factor: float, knob: Knob) -> float:
    value = float(f"{anchor * factor:.6g}")
    return max(1, round(value)) if knob.integer else value


def _second_seeds(context: PlanContext, rows: Sequence[Verdict]) -> Iterator[Experiment]:
    """A second seed of the picked configs that are better or worse in one seed, for the largest changes."""
    by_id = {r.id: r for r in context.summaries}
    single = [
        r
        for r in rows
        if isinstance(r, Judged) and r.seeds == 1 and r.word in (IMPROVED, REGRESSED)
    ]
    single.sort(key=lambda r: -abs(r.change))
    for run in [*dict.fromkeys(r.run for r in single)][:MOST_SECOND]:
        if by_id[run].run.config:
            yield _replicate(context.at(run), 2, f"replicate_{guard.slug(run)}")


def _seeds_needed(rows: Iterable[Verdict]) -> int:
    """The most seeds a side that would settle one of these rows, 0 where none can be said."""
    forecasts = [r.forecast for r in rows if isinstance(r, JudgedBySeeds)]
    return max((f.n for f in forecasts if isinstance(f, SeedsNeeded)), default=0)


def _replicate(context: PlanContext, wanted: int, name: str = "replicate_anchor") -> Experiment:
    """The anchor with other seeds, until there are as many as are wanted."""
    same = [r for r in guard.alike(context) if is_replicable(r, context.metric, context.profile)]
    seeds = {s for r in same if isinstance(s := r.settings.value("seed"), int)}
    first = max(seeds, default=0) + 1
    more = max(0, wanted - len(seeds))
    requests = [RunRequest("seed", s, seed=s) for s in range(first, first + more)]
    have = tuple((r.settings.value("seed"), (r.id,)) for r in same)
    return _new("replicate", name, context, requests, have=have, knobs=("seed",))


def _templates(context: PlanContext) -> Iterator[Experiment]:
    """A recipe that goes round moves many knobs at once; runnable is each of its knobs alone."""
    for name, text in context.profile.templates.items():
        requests = [
            RunRequest(row.knob, row.knob_value)
            for row in template_rows(text, context.anchor, context.profile)
            if row.knob and row.knob != "seed" and context.profile.knobs[row.knob].effective
        ]
        label = f"template_{guard.slug(name)}"
        yield _new("template", label, context, requests, facts={"template": name})
