"""Plans that isolate what made a run worse, from the causes that are suspected."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from actot.analysis import config_changes
from actot.analysis.run_summary import RunSummary, diverged_at
from actot.causes.cause import CONFIRMED, RULED_OUT, Cause
from actot.errors import BadInput
from actot.experiments import progress
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.experiments.plan import Plan
from actot.experiments.readings import Reader
from actot.experiments.strategies import HALVING, REVERTS, VERIFICATION
from actot.verdicts.verdict import PICKED, Verdict, size

MOST_REVERTS = 6  # suspects; of more, halving is proposed first


def propose(
    context: PlanContext,
    rows: Sequence[Verdict],
    causes: Sequence[Cause],
    regressed: Sequence[RunSummary],
) -> Iterator[Experiment]:
    """The next round that tells the suspects of one regressed run apart, in one round or in fewer runs."""
    known = {r.id for r in regressed if r.run.config}
    carried = [c for c in causes if c.word != RULED_OUT and known & {*c.carriers}]
    if not carried:
        return
    first = carried[0]
    worst = _clearest(context, rows, first, regressed)
    suspects = _suspects(context, carried, worst)
    if not suspects or (len(suspects) == 1 and first.word == CONFIRMED):
        return
    strategies = [REVERTS, HALVING] if len(suspects) > 1 else [VERIFICATION]
    if len(suspects) > MOST_REVERTS:
        strategies.reverse()
    entry = context.profile.metrics[context.metric]
    for strategy in strategies:
        plan = Plan(
            strategy, context.anchor.id, worst.id, suspects, context.metric, entry.direction
        )
        yield from _next_round(plan, context)


def _next_round(plan: Plan, context: PlanContext) -> Iterator[Experiment]:
    """The experiment of a plan, nothing where it has its answer or no config says what it asks for."""
    try:
        reader = Reader(plan, context)
        refusals = {k: reader.mixer.refusal(k, plan.suspects) for k in plan.suspects}
        able = tuple(k for k, why in refusals.items() if why is None)
        if not able:
            return
        plan = replace(plan, suspects=able, seeds=reader.seeds)
        found = progress.next_experiment(progress.follow_up(plan, context), context)
    except BadInput:
        return
    if found is not None:
        yield replace(found, refused=tuple(why for why in refusals.values() if why is not None))


def _clearest(
    context: PlanContext, rows: Sequence[Verdict], cause: Cause, regressed: Sequence[RunSummary]
) -> RunSummary:
    """The carrier of a cause that moved the least beside it; of those one that did not diverge, and the worst."""
    worse = {run: size(row) for row in rows if row.against == PICKED for run in row.runs}

    def order(run: RunSummary) -> tuple[float, ...]:
        moved = config_changes.changes(context.anchor.settings, run.settings)
        beside = [c for c in moved if c.knob not in cause.knobs]
        has_diverged = diverged_at(run, context.metric, context.profile) is not None
        return len(beside), has_diverged, -worse.get(run.id, 0.0)

    return min((r for r in regressed if r.id in cause.carriers and r.run.config), key=order)


def _suspects(context: PlanContext, causes: Sequence[Cause], worst: RunSummary) -> tuple[str, ...]:
    """The knobs of the first cause if it is named, with those it acts with; else all that are not ruled out."""
    first = causes[0]
    known = [*first.knobs, *first.together_with]
    if not first.is_named:
        known = [k for cause in causes for k in cause.knobs]
    moved = {c.knob for c in config_changes.changes(context.anchor.settings, worst.settings)}
    return tuple(knob for knob in dict.fromkeys(known) if knob in moved)
