"""What to run next: anchored to the best baseline, one knob at a time, guarded, never a repeat."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actot.analysis import train_config
from actot.analysis.run_summary import Reading, is_replicable
from actot.causes.ranking import Cause
from actot.experiments import guard
from actot.experiments.guard import Bench, PlannedRun, Wish
from actot.experiments.templates import template_rows
from actot.profile import Profile
from actot.verdicts import comparability
from actot.verdicts.judging import WITHIN_NOISE, Verdict, Why

REPLICATES = 3  # a baseline of three seeds says how noisy it is


@dataclass(frozen=True)
class Experiment:
    """A question and the runs that answer it.

    `kind`: replicate, isolate, sweep or template. `have` are values that exist already, with their
    runs; `refused` values that the guard keeps out, with its reason.
    `seeds_needed` is None where more than affordable are needed: then `three_seeds` is the smallest
    change that three a side would show, a fraction.
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
    refused: tuple[Why, ...] = ()
    hours: float | None = None
    seeds_needed: int | None = None
    three_seeds: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def propose(
    bench: Bench, rows: Sequence[Verdict], causes: Sequence[Cause], regressed: Sequence[Reading]
) -> tuple[Experiment, ...]:
    """The experiments in order of worth; those without a run left to do are not among them.

    Absent: none where the anchor came without its config, as from a bare table, or the metric cannot decide.
    """
    entry = bench.profile.metrics[bench.metric]
    if not bench.anchor.run.config or entry.direction is None or entry.policy_independent:
        return ()
    unsure = [r for r in rows if r.word == WITHIN_NOISE]
    found: list[Experiment] = []
    if bench.noise.origin == "assumed" or unsure:
        found.append(_replicate(bench, unsure))
    found += _isolate(bench, causes, regressed)
    found += _sweeps(bench)
    found += _templates(bench)
    row = next((r for r in rows if r.three_seeds is not None), None)
    needed = row and row.seeds_needed
    planned: set[str] = set()
    kept = []
    for one in found:
        new = tuple(r for r in one.runs if r.name not in planned)
        planned |= {r.name for r in new}
        if new:
            kept.append(
                replace(
                    one,
                    runs=new,
                    seeds_needed=needed,
                    three_seeds=row and row.three_seeds,
                    hours=hours(bench, new),
                )
            )
    return tuple(kept)


def revise(
    experiment: Experiment,
    bench: Bench,
    values: Sequence[tuple[str, Any]],
    *,
    seeds: Sequence[int] = (),
    steps: int | None = None,
    override: bool = False,
) -> Experiment:
    """The same question with other (knob, value) pairs, seeds and budget; its files follow.

    Without `seeds` each run has the anchor's seed, and a value counts as had whatever its seed.
    """
    donors = {r.knob: r.donor for r in experiment.runs}
    wishes = [
        Wish(knob, value, seed, steps, donors.get(knob))
        for knob, value in values
        for seed in (seeds if knob != "seed" and seeds else (None,))
    ]
    wishes = [replace(w, seed=w.value) if w.knob == "seed" else w for w in wishes]
    plans = guard.plan(bench, wishes, override=override)
    return replace(
        experiment,
        anchor=bench.anchor.id,
        key=bench.key,
        knobs=tuple(dict.fromkeys(knob for knob, _ in values)),
        hours=hours(bench, plans.runs),
        **vars(plans),
    )


def sweep(bench: Bench, knob: str, values: Sequence[Any] = ()) -> Experiment:
    """A sweep of any knob of the anchor's config."""
    wishes = [Wish(knob, value) for value in values]
    return _new("sweep", f"sweep_{guard.slug(knob)}", bench, wishes, knobs=(knob,))


def choose_anchor(
    groups: Sequence[Sequence[Reading]], metric: str, profile: Profile
) -> Reading | None:
    """The best baseline: the first usable run of the group with the best mean value.

    Absent: None where every baseline diverged or has no value.
    """
    sign = -1 if profile.metrics[metric].direction == "higher" else 1
    usable = [[r for r in g if comparability.unusable(r, metric, profile) is None] for g in groups]

    def mean(group: Sequence[Reading]) -> float:
        return sign * sum(r.summaries[metric].last_mean for r in group) / len(group)

    return min(filter(None, usable), key=mean, default=[None])[0]


def hours(bench: Bench, runs: Sequence[PlannedRun]) -> float | None:
    """The time of these runs one after the other, by the anchor's runtime and their budgets."""
    runtime, usual = bench.anchor.run.runtime_s, bench.anchor.budget(bench.profile)
    if runtime is None:
        return None
    budgets = [train_config.read(r.config, bench.profile).value(bench.profile.budget) for r in runs]
    shares = [b / usual if usual and isinstance(b, int | float) else 1.0 for b in budgets]
    return sum(shares) * runtime / 3600


def _new(kind: str, name: str, bench: Bench, wishes: Sequence[Wish], **more: Any) -> Experiment:
    plans = guard.plan(bench, wishes)
    knobs = tuple(dict.fromkeys(w.knob for w in wishes))
    fields = {"knobs": knobs, **vars(plans), **more}
    return Experiment(
        kind, name, anchor=bench.anchor.id, metric=bench.metric, key=bench.key, **fields
    )


def _sweeps(bench: Bench) -> Iterator[Experiment]:
    """One sweep per knob with a ladder, around the anchor's value."""
    for knob in bench.profile.knobs.values():
        anchor = bench.anchor.settings.value(knob.name)
        if knob.ladder and train_config.ratio(anchor, 1.0) is not None:
            values = [float(f"{anchor * factor:.6g}") for factor in knob.ladder]
            yield sweep(bench, knob.name, values)


def _isolate(
    bench: Bench, causes: Sequence[Cause], regressed: Sequence[Reading]
) -> Iterator[Experiment]:
    """For the first confounded group: one run per knob but the last, which is left by elimination."""
    group = [c for c in causes if c.rank == 1 and c.score > 0 and c.confounded_with]
    if not group:
        return
    wishes, bounds = [], []
    for cause in group[:-1]:
        value, remark = guard.bounded(bench, cause.knob, cause.changes[0].value)
        if value != cause.changes[0].value:
            bounds.append(remark)
        wishes.append(Wish(cause.knob, value, donor=cause.carriers[0]))
    found = _new("isolate", "isolate", bench, wishes)
    facts = {"left": group[-1].knob, "group": [c.knob for c in group]}
    lost = {w.facts["knob"] for w in found.refused}
    tried = tuple(k for k in found.knobs if k not in lost)
    yield replace(found, knobs=tried, refused=(*bounds, *found.refused), facts=facts)


def _replicate(bench: Bench, unsure: Sequence[Verdict]) -> Experiment:
    """The anchor with other seeds: as many as are needed, three in all where that is unknown."""
    same = [r for r in guard.alike(bench) if is_replicable(r, bench.metric, bench.profile)]
    seeds = {s for r in same if isinstance(s := r.settings.value("seed"), int)}
    wanted = max([REPLICATES, *(r.seeds_needed or 0 for r in unsure)]) - len(seeds)
    first = max(seeds, default=0) + 1
    wishes = [Wish("seed", s, seed=s) for s in range(first, first + max(0, wanted))]
    have = tuple((r.settings.value("seed"), (r.id,)) for r in same)
    return _new("replicate", "replicate_anchor", bench, wishes, have=have, knobs=("seed",))


def _templates(bench: Bench) -> Iterator[Experiment]:
    """A recipe that goes round moves many knobs at once; runnable is each of its knobs alone."""
    for name, text in bench.profile.templates.items():
        wishes = [
            Wish(row.knob, row.knob_value)
            for row in template_rows(text, bench.anchor, bench.profile)
            if row.knob and row.knob != "seed" and bench.profile.knobs[row.knob].effective
        ]
        label = f"template_{guard.slug(name)}"
        yield _new("template", label, bench, wishes, facts={"template": name})
