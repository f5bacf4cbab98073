"""What speaks for a knob, or against it, in words: who moved it and came out how, matched pairs, rivals."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from actot.analysis import config_changes
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.causes import knob_distance
from actot.causes.matched_pairs import Pair
from actot.causes.outcomes import RegressionContext
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
from actot.verdicts.verdict import Judged, Verdict


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
        if knob_distance.is_as_far(went, change, profile)
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
    knob: str,
    moved: Sequence[Change],
    is_ruled_out: bool,
    pairs: Iterable[Pair],
    context: RegressionContext,
) -> Iterator[Evidence]:
    """What the matched pairs of a knob show, the worse first, and which of them clear it."""
    healthy = {r.id for r in context.healthy}
    for pair in sorted(pairs, key=lambda p: not p.confirms(moved, context)):
        row, went = pair.row, pair.change
        yield MatchedPair(knob, row.run, row.baselines, went.base, went.value, row)
        clears = any(pair.clears(change, context) for change in moved)
        if is_ruled_out and row.run not in healthy and clears:
            yield PairClears(knob, row.run, row.baselines)


def outliers(knobs: Collection[str], context: RegressionContext) -> Iterator[Evidence]:
    """Regressed runs whose config is healthy in another run: the knobs are not asked to explain them."""
    for run, duplicates in context.outliers.items():
        if not context.moved[run].keys().isdisjoint(knobs) or not context.moved[run]:
            yield Outlier(run, duplicates)


def rivals(base: RunSummary, runs: Iterable[RunSummary]) -> list[Rival]:
    """Versions and commits that differ from the reference's, with the runs: changes that no config shows."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for run in runs:
        for c in config_changes.uncontrolled(base.run.versions, run.run.versions):
            found.setdefault((c.knob, c.value, c.base), []).append(run.id)
    return [Rival(tuple(ids), *what) for what, ids in found.items()]


def _spoken(moved: Iterable[Change]) -> list[Change]:
    """Each different change once."""
    return list({(repr(c.base), repr(c.value)): c for c in moved}.values())
