"""What speaks for a knob, or against it: who moved it and came out how, matched pairs, rivals."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis import config_changes, config_values
from actot.analysis.config_changes import Change
from actot.analysis.config_values import ABSENT_STAMP
from actot.analysis.run_summary import RunSummary, is_whole
from actot.causes import knob_distance
from actot.causes.outcomes import RegressionContext, is_below, worst
from actot.causes.statements import (
    AlsoHealthy,
    Carried,
    Cleared,
    ClearedFor,
    Leaning,
    LeaningWithout,
    MatchedPair,
    Milder,
    NotAlone,
    OtherValue,
    Outlier,
    Outside,
    PairClears,
    Rival,
    Separates,
)
from actot.facts import Evidence
from actot.profile_schema import Profile
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

UNSURE = 0.5  # what counts that leans to one side and is not surely there


@dataclass(frozen=True)
class Pair:
    """Two sides of the source that differ in one knob alone, and what that change did."""

    change: Change
    row: Verdict

    def innocence(self, context: RegressionContext) -> float:
        """How surely it shows that its change does not do it: 1, half, or 0 for not at all.

        A pair that starts elsewhere than the reference says nothing of the way from there to its start.
        """
        reference = context.reference[0].settings
        if not config_values.equal(self.change.base, reference.value(self.change.knob)):
            return 0.0
        if is_below(self.row, context.regression_to_explain / 2):
            return 1.0
        return UNSURE if is_below(self.row, context.regression_to_explain) else 0.0

    def confirms(self, moved: Iterable[Change], context: RegressionContext) -> bool:
        """Worse, by enough to explain the regression, with a change on the way of a suspected one."""
        enough = (
            not isinstance(self.row, Judged) or worst(self.row) >= context.regression_to_explain / 2
        )
        on_the_way = any(
            knob_distance.is_part(self.change, change, context.profile) for change in moved
        )
        return self.row.word == REGRESSED and enough and on_the_way


def matched_pairs(
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


def movers(
    knob: str, carriers: Sequence[str], is_ruled_out: bool, context: RegressionContext
) -> Iterator[Evidence]:
    """Who moved a knob: the regressed runs, the healthy ones, and those in between."""
    moved = [context.moved[run][knob] for run in carriers]
    of = list(
        context.outliers if carriers[0] in context.outliers else (r.id for r in context.regressed)
    )
    yield Carried(knob, carriers, len(of), _spoken(moved))
    without = [run for run in of if run not in carriers]
    if without and not is_ruled_out:
        yield NotAlone(knob, _rows(without, context))
    yield from _healthy(knob, carriers, is_ruled_out, context)
    if is_ruled_out:
        return
    partial = [r.id for r in context.movers(knob, context.partial)]
    if partial:
        rows = [context.rows[r.id] for r in context.regressed]
        judged = [row for row in rows if isinstance(row, Judged)]
        whole = min(judged, key=lambda row: abs(row.change))
        yield Milder(knob, _rows(partial, context), whole)
    worse_unadjusted = [r.id for r in context.movers(knob, context.worse_unadjusted)]
    if worse_unadjusted:
        yield Leaning(knob, _rows(worse_unadjusted, context))
    rest = [r.id for r in context.worse_unadjusted if r.id not in worse_unadjusted]
    if rest:
        yield LeaningWithout(knob, _rows(rest, context))


def _rows(runs: Iterable[str], context: RegressionContext) -> list[Verdict]:
    return [context.rows[run] for run in runs]


def _healthy(
    knob: str, carriers: Sequence[str], is_ruled_out: bool, context: RegressionContext
) -> Iterator[Evidence]:
    """What the healthy runs say of a knob: it is cleared, for some runs or all, or nobody went there."""
    profile = context.profile
    tried = {r.id: context.moved[r.id][knob] for r in context.movers(knob, context.healthy)}
    moved = {run: context.moved[run][knob] for run in carriers}
    far = [
        (run, h)
        for h, went in tried.items()
        for run, change in moved.items()
        if knob_distance.share(went, change, profile) == 1
    ]
    runs = list(dict.fromkeys(h for _, h in far))
    if runs and is_ruled_out:
        yield Cleared(knob, runs)
    elif runs:
        of = list(dict.fromkeys(run for run, _ in far))
        yield ClearedFor(knob, _rows(runs, context), of)
    if is_ruled_out:
        return
    near = [h for h in tried if h not in runs]
    if not tried:
        yield Separates(knob, len(context.healthy))
    elif near:
        has_distance = any(knob_distance.distance(c, profile) is not None for c in moved.values())
        yield AlsoHealthy(knob, near) if has_distance else OtherValue(knob, near)
    yield from _outside(knob, list(moved.values()), list(tried.values()), profile)


def _outside(
    knob: str, moved: Sequence[Change], tried: Sequence[Change], profile: Profile
) -> Iterator[Evidence]:
    """Which values lie beyond those that healthy runs tried, the base's among them."""
    values = [c.value for c in _spoken(moved) if knob_distance.outside([c], tried, profile)]
    known = [c.value for c in tried if knob_distance.distance(c, profile) is not None]
    if values and known:
        low, high = (end(*known, moved[0].base) for end in (min, max))
        yield Outside(knob, values, low, high)


def ablations(
    knob: str, is_ruled_out: bool, pairs: Iterable[Pair], context: RegressionContext
) -> Iterator[Evidence]:
    """What the matched pairs of a knob show, and which of them clear it."""
    healthy = {r.id for r in context.healthy}
    for pair in pairs:
        row, moved = pair.row, pair.change
        yield MatchedPair(knob, row.run, row.baselines, moved.base, moved.value, row)
        if is_ruled_out and row.run not in healthy and pair.innocence(context) == 1:
            yield PairClears(knob, row.run, row.baselines)


def outliers(knob: str, context: RegressionContext) -> Iterator[Evidence]:
    """Regressed runs whose config is healthy in another run: the knob is not asked to explain them."""
    for run, duplicates in context.outliers.items():
        if knob in context.moved[run] or not context.moved[run]:
            yield Outlier(run, duplicates)


def rivals(context: RegressionContext) -> list[Evidence]:
    """Versions and commits that differ from the reference's: changes that no config shows."""
    base = context.reference[0].run.versions
    return [
        Rival(run.id, c.knob, c.value, c.base)
        for run in context.regressed
        for c in config_changes.uncontrolled(base, run.run.versions)
    ]


def _spoken(moved: Iterable[Change]) -> list[Change]:
    """Each different change once."""
    return list({(repr(c.base), repr(c.value)): c for c in moved}.values())
