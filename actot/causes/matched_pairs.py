"""Clean ablations: two configs of the source that differ in one knob alone, and how they came out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.config_changes import Change
from actot.analysis.config_values import ABSENT_STAMP
from actot.analysis.run_summary import RunSummary, is_whole
from actot.causes import knob_distance
from actot.causes.outcomes import RegressionContext, is_below, worst
from actot.verdicts import comparability, judging
from actot.verdicts.replicates import SAME_LENGTH
from actot.verdicts.verdict import (
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    PAIR,
    REGRESSED,
    Judged,
    Verdict,
)


@dataclass(frozen=True)
class Pair:
    """Two sides of the source that differ in one knob alone, and what that change did."""

    change: Change
    row: Verdict

    def clears(self, moved: Change, context: RegressionContext) -> bool:
        """Whether it shows that a change which went no farther than its own does no harm.

        A pair that starts elsewhere than the reference says nothing of the way from there to its start.
        """
        reference = context.reference[0].settings
        is_whole_way = config_values.equal(self.change.base, reference.value(self.change.knob))
        return is_whole_way and self.is_harmless(context) and self._reaches(moved, context)

    def is_harmless(self, context: RegressionContext) -> bool:
        """Surely less bad than half of the regression."""
        return is_below(self.row, context.regression_to_explain / 2)

    def _reaches(self, moved: Change, context: RegressionContext) -> bool:
        return knob_distance.is_as_far(self.change, moved, context.profile)

    def confirms(self, moved: Iterable[Change], context: RegressionContext) -> bool:
        """Worse, by enough to explain the regression, with a change on the way of a suspected one."""
        enough = (
            not isinstance(self.row, Judged) or worst(self.row) >= context.regression_to_explain / 2
        )
        on_the_way = any(
            knob_distance.is_part(self.change, change, context.profile) for change in moved
        )
        return self.row.word == REGRESSED and enough and on_the_way


def find(
    knobs: Iterable[str], context: RegressionContext, summaries: Iterable[RunSummary]
) -> dict[str, list[Pair]]:
    """Clean ablations of the source by knob, from the value nearest to the reference's, all judged as one family.

    Runs of one config stand together on either side, a regressed one first.
    """
    regressed = {r.id for r in context.regressed}
    usable = [
        r
        for r in summaries
        if is_whole(r, context.profile) and r.id not in context.outliers and not r.turns
    ]
    usable.sort(key=lambda r: r.id not in regressed)
    found = [(k, runs, bases) for k in knobs for runs, bases in _ablations(k, context, usable)]
    sides = [(runs, bases) for _, runs, bases in found]
    judged = judging.judge(sides, context.metric, context.noise, context.profile, PAIR)
    pairs: dict[str, list[Pair]] = {}
    for (knob, runs, bases), rows in zip(found, judged, strict=True):
        for row in rows:
            if row.word in (NOT_COMPARABLE, NOISE_UNKNOWN):
                continue
            a, b = bases[0].settings, runs[0].settings
            ratio = config_values.ratio(a.value(knob), b.value(knob))
            group = b.groups.get(knob) or a.groups[knob]
            change = Change(knob, group, a.value(knob), b.value(knob), ratio)
            pairs.setdefault(knob, []).append(Pair(change, row))
    return pairs


def _ablations(
    knob: str, context: RegressionContext, summaries: Iterable[RunSummary]
) -> Iterable[tuple[list[RunSummary], list[RunSummary]]]:
    """The runs of a config that differs from another in this knob alone, with those of the other."""
    alike: dict[Any, dict[str, list[RunSummary]]] = {}
    for summary in summaries:
        if summary.run.config:
            rest = config_changes.fingerprint(summary.settings, without=knob)
            values = alike.setdefault(rest, {})
            stamp = summary.settings.stamps.get(knob, ABSENT_STAMP)
            values.setdefault(stamp, []).append(summary)
    for values in alike.values():
        nearest = min(values, key=lambda v: _from_reference(values[v][0], knob, context))
        bases = sorted(values.pop(nearest), key=lambda r: r.run.created)
        for runs in values.values():
            same = _as_long(runs[0], runs, context.metric)
            yield same, _as_long(runs[0], _usable(bases, context), context.metric)


def _from_reference(run: RunSummary, knob: str, context: RegressionContext) -> tuple[float, str]:
    """How far the run's value of a knob lies from the reference's, and when the run was made."""
    a, b = context.reference[0].settings.value(knob), run.settings.value(knob)
    if config_values.equal(a, b):
        return 0.0, run.run.created
    way = knob_distance.distance(Change(knob, "", a, b, config_values.ratio(a, b)), context.profile)
    return (math.inf if way is None else abs(way)), run.run.created


def _usable(bases: Sequence[RunSummary], context: RegressionContext) -> Sequence[RunSummary]:
    """The bases with a value; where none has one, all: what one of them says of a divergence may count."""
    usable = [
        b for b in bases if comparability.unusable(b, context.metric, context.profile) is None
    ]
    return usable or bases


def _as_long(run: RunSummary, bases: Sequence[RunSummary], metric: str) -> list[RunSummary]:
    """The bases that are as long as the run; where none is, the first."""
    end = run.stats[metric].last_step or 0
    ends = {b.id: b.stats[metric].last_step or 0 for b in bases}
    return [b for b in bases if abs(ends[b.id] - end) <= SAME_LENGTH * end] or [bases[0]]
