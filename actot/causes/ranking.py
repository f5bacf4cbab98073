"""Verdicts, changes, levels -> ranked Causes.

Every run of the source with a value weighs in the posterior; what it gives more than 0.95 is named. What diverged has no value:
the knobs that only such runs moved are ranked by who shares them and who went as far and stayed healthy. Matched pairs and
healthy runs speak as evidence: a pair confirms, a healthy run that went as far rules out what is not named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from actot.analysis.run_summary import RunSummary
from actot.causes import evidence, suspects
from actot.causes.cause import NAMED, RULED_OUT, Cause
from actot.causes.notes import FewerPairs, FewerThresholds, IsRanking
from actot.causes.outcomes import RegressionContext
from actot.causes.statements import Rival
from actot.causes.weighing import Weighing
from actot.facts import Evidence


@dataclass(frozen=True)
class Ranking:
    """The causes, the strongest first; beside them what differs and no config shows, and what limits the ranking."""

    causes: tuple[Cause, ...] = ()
    rivals: tuple[Rival, ...] = ()
    notes: tuple[Evidence, ...] = ()


def rank(
    context: RegressionContext | None,
    weighed: Weighing | Evidence,
    reference: Sequence[RunSummary],
    summaries: Sequence[RunSummary],
) -> Ranking:
    """What made the regressed runs worse, and what made any runs of the source worse for certain.

    Absent: no causes where no picked run regressed and nothing is named.
    """
    weighing = weighed if isinstance(weighed, Weighing) else None
    placed = suspects.of_regression(context, weighing, summaries) if context else []
    if weighing:
        shown = {knob for one in placed for knob in one.cause.knobs}
        placed += [
            suspects.of_class(pattern, weighing)
            for pattern, knobs in weighing.knobs.items()
            if (weighing.harm(pattern) or 0) > NAMED and not shown & set(knobs)
        ]
    if not placed:
        return Ranking()
    placed.sort(key=lambda one: one.place)
    causes = [replace(one.cause, rank=at) for at, one in enumerate(placed, 1)]
    worse = {r.id for r in context.regressed} if context else set()
    worse |= {run for cause in causes if cause.is_named for run in cause.carriers}
    rivals = evidence.rivals(reference[0], [r for r in summaries if r.id in worse])
    return Ranking(
        tuple(_beside(c, rivals) for c in causes), tuple(rivals), tuple(_notes(causes, weighed))
    )


def _beside(cause: Cause, rivals: Sequence[Rival]) -> Cause:
    """A cause with the rivals that moved in all of its carriers."""
    found = []
    for what in dict.fromkeys(r.what for r in rivals):
        same = [r for r in rivals if r.what == what]
        if set(cause.carriers) <= {run for r in same for run in r.runs}:
            found += same
    return replace(cause, evidence=(*cause.evidence, *found))


def _notes(causes: Sequence[Cause], weighing: Weighing | Evidence) -> Iterator[Evidence]:
    """What a reader should know of the whole ranking."""
    if not isinstance(weighing, Weighing):
        yield weighing
        return
    if any(not cause.is_named and cause.word != RULED_OUT for cause in causes):
        yield IsRanking(round(100 * NAMED))
    if not weighing.has_all_pairs:
        yield FewerPairs(weighing.found.paired)
    if weighing.thinned:
        yield FewerThresholds()
