"""Short runs first: the wanted configs at a small equal budget, then those that pass at the full one."""

from collections.abc import Iterator, Sequence
from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.run_summary import RunSummary, diverged_at, is_whole
from actot.errors import BadInput
from actot.experiments import guard, remarks, typed_values
from actot.experiments.experiment import Experiment, hours
from actot.experiments.guard import PlanContext, PlannedRun, RunRequest
from actot.experiments.mistyped import NotShort
from actot.experiments.remarks import Held, OfValue
from actot.facts import Mistyped
from actot.profile_schema import Gate
from actot.verdicts.replicates import SAME_LENGTH, TRAINING
from actot.verdicts.verdict import IMPROVED, PICKED, REGRESSED, SAME, WITHIN_NOISE, Verdict

SHOWN = 60  # letters of what was typed
SCREEN, PROMOTE = "screen", "promote"
PASSES = (IMPROVED, SAME, WITHIN_NOISE)  # the verdicts that promote where the profile has no gate


def screen(context: PlanContext, wanted: Sequence[Experiment], steps: int) -> Experiment:
    """The anchor and every wanted value of its knobs, at that many steps; seeds are for later.

    Raises: BadInput where that is no shorter than the anchor, or its length is not known.
    """
    budget, full = context.profile.budget, full_length(context)
    if full is None:
        raise BadInput(f"screen: how long {context.anchor.id} was meant to run is not known")
    if not 0 < steps < full:
        raise BadInput(f"screen: {steps} steps; write fewer than the {full} of a whole run")
    asked = [
        RunRequest(r.knob, r.value, steps=steps)
        for e in wanted
        for r in e.runs
        if e.anchor == context.anchor.id and e.plan is None and r.knob not in (TRAINING, budget)
    ]
    # What the guard refused is not among the wanted: what it warned of has been seen.
    planned = guard.plan_runs(context, [RunRequest(budget, steps), *asked], override=True)
    return Experiment(
        SCREEN,
        f"screen_{steps}",
        knobs=tuple(dict.fromkeys(r.knob for r in asked)),
        anchor=context.anchor.id,
        metric=context.metric,
        key=context.key,
        hours=hours(context, planned.runs),
        facts={"steps": steps, "full": full},
        **vars(planned),
    )


def short_length(context: PlanContext, text: str) -> int | Mistyped | None:
    """The steps that somebody typed for a screen, what is wrong with them, or None for an empty text."""
    found = typed_values.read(context, context.profile.budget, text)
    if isinstance(found, Mistyped):
        return found
    if not found:
        return None
    full = full_length(context)
    if len(found) > 1 or full is None or found[0] >= full:
        like = str(max(1, (full or 1) // 10))
        return NotShort(context.profile.budget, text.strip()[:SHOWN], like, full or 1)
    return int(found[0])


def promote(context: PlanContext, rows: Sequence[Verdict]) -> Iterator[Experiment]:
    """The picked runs that were short ones, at the full length; what did not pass is named with its reason."""
    budget, full = context.profile.budget, full_length(context)
    if full is None:
        return
    runs: list[PlannedRun] = []
    have: list[tuple[Any, tuple[str, ...]]] = []
    refused: list[OfValue] = []
    screened = [*_screened(context, rows, full)]
    for run in screened:
        why = _holds_back(run, context, rows, full)
        if why is not None:
            refused.append(why)
            continue
        planned = guard.plan_runs(context.at(run.id), [RunRequest(budget, full)])
        runs += planned.runs
        have += planned.have
        refused += planned.refused
    if screened:
        yield Experiment(
            PROMOTE,
            PROMOTE,
            knobs=(budget,),
            anchor=context.anchor.id,
            metric=context.metric,
            key=context.key,
            runs=tuple(runs),
            have=tuple(have),
            refused=tuple(refused),
            hours=hours(context, runs),
            facts={"full": full, "n": len(screened), "gate": bool(context.profile.gate)},
        )


def full_length(context: PlanContext) -> int | None:
    """The longest that the anchor's config was planned for; the anchor may be a short run itself."""
    planned = (r.budget(context.profile) for r in guard.alike(context))
    return max((int(steps) for steps in planned if steps), default=None)


def _screened(context: PlanContext, rows: Sequence[Verdict], full: int) -> Iterator[RunSummary]:
    """The picked runs that went through and were meant to be short; one for each config."""
    by_id, seen = {r.id: r for r in context.summaries}, set()
    for run in dict.fromkeys(i for v in rows if v.against == PICKED for i in v.runs):
        summary = by_id[run]
        steps = summary.budget(context.profile)
        is_short = steps is not None and steps < full * (1 - SAME_LENGTH)
        stamp = config_changes.fingerprint(summary.settings)
        if is_short and stamp not in seen and is_whole(summary, context.profile):
            seen.add(stamp)
            yield summary


def _holds_back(
    run: RunSummary, context: PlanContext, rows: Sequence[Verdict], full: int
) -> Held | None:
    """Why a run is not promoted: it diverged, the gate, or without a gate its verdict."""
    about = (context.profile.budget, full, run.id)
    step = diverged_at(run, context.metric, context.profile)
    if step is not None:
        return remarks.Diverged(*about, step)
    for gate in context.profile.gate:
        if (why := _outside(gate, run, about)) is not None:
            return why
    if context.profile.gate:
        return None
    word = next((v.word for v in rows if v.against == PICKED and run.id in v.runs), "")
    if word == REGRESSED:
        return remarks.ScreenedWorse(*about)
    return None if word in PASSES else remarks.Undecided(*about)


def _outside(gate: Gate, run: RunSummary, about: tuple[str, int, str]) -> Held | None:
    """What is wrong with a run's figure, by one bound of the gate."""
    settings = run.settings
    if any(config_values.equal(settings.value(k), v) for k, v in gate.disabled_when.items()):
        return None
    found, series = run.stats[gate.metric].last_mean, run.finite(gate.metric)
    if found is None or series is None:
        return remarks.NotMeasured(*about, gate.metric)
    if gate.at_least is not None and found < gate.at_least:
        return remarks.BelowGate(*about, gate.metric, found, gate.at_least)
    if gate.at_most is not None and found > gate.at_most:
        return remarks.AboveGate(*about, gate.metric, found, gate.at_most)
    first = float(series.values[0])
    if gate.falls_by is not None and found > first * (1 - gate.falls_by):
        return remarks.NotFallen(*about, gate.metric, found, first, gate.falls_by * 100)
    return None


def in_place(
    context: PlanContext, found: Sequence[Experiment], steps: int
) -> tuple[Experiment, ...]:
    """What is written where a screen is asked for: the screen in place of what it tries, and what was promoted."""
    short = screen(context, found, steps)
    return (short, *(e for e in found if e.kind == PROMOTE))
