"""Verdicts, changes and symptoms -> ranked Causes. No regression, no causes.

The score of a knob says how well it alone explains the regressions, and is made of

- separation, 0 to 1. Every regressed run gives the knob a credit: 0 where the run did not change it,
  or where a healthy run or a matched pair went as far with it; less than 1 where those went part of the
  way, or are less bad and not surely healthy; else 1. Separation is the mean credit times the share
  of the runs that give any: a run that regressed without the knob weighs more than a doubt does.
  Picked runs that are worse only if judged alone count half.
- size and symptoms, which add up to a fifth and a tenth of the separation: changes far beyond what
  healthy runs tried, curves that point to the knob's group. They order what the runs leave open.
- a matched pair that is worse adds 1. Only a knob that nearly all regressed runs share and that hardly
  anything speaks against can stand before a knob with such a pair.

A score of 0 means that healthy runs or pairs clear the knob. Knobs that no run of known outcome
moved apart share one rank and one score: the best of theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.causes import evidence, knob_distance, symptoms
from actot.causes.evidence import UNSURE, Pair
from actot.causes.outcomes import RegressionContext
from actot.causes.statements import Confounded, Symptom, Undecided, Untangle
from actot.facts import Evidence

SIZE_WEIGHT, SYMPTOM_WEIGHT, PAIR_WEIGHT = 0.2, 0.1, 1.0


@dataclass(frozen=True)
class Cause:
    """A knob that may have caused the regression.

    `carriers` are the regressed runs that changed it; `confounded_with` the knobs that no run of known
    outcome moved apart from it. A knob that is `confirmed_by_ablation` is worse where it was changed alone, so it
    stands for itself. A score of 0 means that healthy runs clear it.
    """

    knob: str
    group: str
    rank: int
    score: float
    carriers: tuple[str, ...]
    changes: tuple[Change, ...]
    confounded_with: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confirmed_by_ablation: bool = False


def rank(context: RegressionContext | None, summaries: Sequence[RunSummary]) -> tuple[Cause, ...]:
    """The suspects, the strongest first; knobs that healthy runs clear stand last with score 0."""
    if context is None:
        return ()
    worse = [*(r.id for r in context.regressed), *context.outliers]
    knobs = dict.fromkeys(k for run in worse for k in context.moved[run])
    pairs = evidence.matched_pairs(knobs, context, summaries)
    signs = symptoms.read(context, summaries)
    groups: dict[Any, list[Cause]] = {}
    for knob in knobs:
        mine = pairs.get(knob, [])
        cause = _weigh(knob, context, mine, signs)
        is_alone = cause.score == 0 or cause.confirmed_by_ablation
        groups.setdefault(knob if is_alone else _pattern(knob, context), []).append(cause)
    ranked = sorted(groups.values(), key=lambda g: -max(c.score for c in g))
    return tuple(c for place, g in enumerate(ranked, 1) for c in _place(g, place, context))


def _pattern(knob: str, context: RegressionContext) -> frozenset[str]:
    """The runs of known outcome in which the knob moved."""
    known = (*context.regressed, *context.worse_unadjusted, *context.healthy, *context.partial)
    return frozenset(r.id for r in context.movers(knob, known))


def _place(group: Sequence[Cause], place: int, context: RegressionContext) -> Iterator[Cause]:
    """The causes of one rank with their common score, the largest change first."""
    group = sorted(group, key=lambda c: -_size(c.knob, c.changes, context))
    score = max(c.score for c in group)
    names = [c.knob for c in group]
    for cause in group:
        others = tuple(n for n in names if n != cause.knob)
        found = cause.evidence
        if others:
            found += tuple(_confounded(cause.knob, others, names, context))
        yield replace(cause, rank=place, score=score, confounded_with=others, evidence=found)


def _confounded(
    knob: str, others: Sequence[str], names: Sequence[str], context: RegressionContext
) -> Iterator[Evidence]:
    """That the data cannot separate the knobs of a group, and which runs would."""
    apart = [
        r.id
        for r in context.undetermined
        if len({n in context.moved[r.id] for n in (knob, *others)}) > 1
    ]
    if apart:
        rows = [context.rows[run] for run in apart]
        yield Undecided(knob, others, rows)
    else:
        yield Confounded(knob, others)
    yield Untangle(names[:-1], names[-1])


def _weigh(
    knob: str, context: RegressionContext, pairs: Sequence[Pair], signs: Sequence[Symptom]
) -> Cause:
    """One knob with its evidence and its own score."""
    carriers = [r.id for r in context.movers(knob, context.regressed)]
    carriers = carriers or [run for run in context.outliers if knob in context.moved[run]]
    moved = tuple(context.moved[run][knob] for run in carriers)
    separation = _separation(knob, context, pairs)
    signs = [s for s in signs if s.run in carriers and s.group in (None, moved[0].group)]
    score = separation
    confirmed_by_ablation = separation > 0 and any(p.confirms(moved, context) for p in pairs)
    if separation:
        score += separation * SIZE_WEIGHT * _size(knob, moved, context)
        score += separation * SYMPTOM_WEIGHT * any(s.group for s in signs)
        score += PAIR_WEIGHT * confirmed_by_ablation
    found = [
        *evidence.movers(knob, carriers, separation == 0, context),
        *evidence.ablations(knob, separation == 0, pairs, context),
        *(signs if separation else ()),
        *evidence.outliers(knob, context),
        *evidence.rivals(context),
    ]
    return Cause(
        knob,
        moved[0].group,
        0,
        score,
        tuple(carriers),
        moved,
        evidence=tuple(found),
        confirmed_by_ablation=confirmed_by_ablation,
    )


def _separation(knob: str, context: RegressionContext, pairs: Sequence[Pair]) -> float:
    """The mean credit of the runs that got worse, times the share of them that give any."""
    tried = [(context.moved[r.id][knob], 1.0) for r in context.movers(knob, context.healthy)]
    tried += [(context.moved[r.id][knob], UNSURE) for r in context.movers(knob, context.partial)]
    tried += [(p.change, p.innocence(context)) for p in pairs]

    def credit(run: RunSummary) -> float:
        change = context.moved[run.id].get(knob)
        if change is None:
            return 0.0
        return 1 - max(
            (s * knob_distance.share(t, change, context.profile) for t, s in tried), default=0.0
        )

    regressed = [credit(r) for r in context.regressed]
    if not any(regressed):
        return 0.0
    credits = [(1.0, c) for c in regressed] + [
        (UNSURE, credit(r)) for r in context.worse_unadjusted
    ]
    whole = sum(weight for weight, _ in credits)
    sharing = sum(weight for weight, c in credits if c) / whole
    return sharing * sum(weight * c for weight, c in credits) / whole


def _size(knob: str, moved: Sequence[Change], context: RegressionContext) -> float:
    """How far the regressed runs went beyond what healthy runs tried, 0 to 1."""
    tried = [context.moved[r.id][knob] for r in context.movers(knob, context.healthy)]
    return knob_distance.outside(moved, tried, context.profile)
