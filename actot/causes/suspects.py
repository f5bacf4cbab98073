"""The knobs of the regressed runs as causes: what the levels, the healthy runs and the matched pairs make of each."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from actot.analysis.run_summary import RunSummary
from actot.causes import by_levels, evidence, knob_distance, matched_pairs, symptoms
from actot.causes.cause import (
    AS_LIKELY_AS_NOT,
    CONFIRMED,
    HARDLY,
    LIKELY,
    NAMED,
    ORDER,
    POSSIBLE,
    RULED_OUT,
    Cause,
    Moved,
)
from actot.causes.columns import Pattern
from actot.causes.matched_pairs import Pair
from actot.causes.outcomes import RegressionContext
from actot.causes.statements import (
    Cleared,
    Confounded,
    MatchedPair,
    PairClears,
    Symptom,
    Undecided,
    Untangle,
)
from actot.causes.weighing import Weighing
from actot.facts import Evidence

# What a word rests on; the others rest on the levels, or on who moved the knobs.
LEADS: Mapping[str | None, tuple[type[Evidence], ...]] = {
    CONFIRMED: (MatchedPair,),
    RULED_OUT: (Cleared, PairClears),
}


@dataclass(frozen=True)
class Placed:
    """A cause, and what it is sorted by: its word, its probability, then what the runs leave open."""

    place: tuple[float, ...]
    cause: Cause


@dataclass(frozen=True)
class _Suspect:
    """One knob of the regressed runs.

    `explains` are the regressed runs that it may have made worse: they moved it, and none that went as far is healthy.
    It `is_worse_alone` in a matched pair, and that confirms it unless one run alone says so, which may be bad by its seed.
    """

    moved: Moved
    carriers: tuple[str, ...]
    explains: frozenset[str]
    pairs: Sequence[Pair]
    is_worse_alone: bool
    is_confirmed: bool


@dataclass(frozen=True)
class _Group:
    """Suspects that no run moved apart, with the probability of their class: None where no level speaks for all of it."""

    suspects: Sequence[_Suspect]
    pattern: Pattern
    harm: float | None
    explains: frozenset[str]
    carriers: tuple[str, ...]


def of_regression(
    context: RegressionContext, weighing: Weighing | None, summaries: Sequence[RunSummary]
) -> list[Placed]:
    """A cause for each class of knobs that the regressed runs moved."""
    worse = [*(r.id for r in context.regressed), *context.outliers]
    knobs = dict.fromkeys(k for run in worse for k in context.moved[run])
    pairs = matched_pairs.find(knobs, context, summaries)
    suspects = [_suspect(k, context, pairs.get(k, []), weighing) for k in knobs]
    signs = symptoms.read(context, summaries)
    return [
        _place(group, context, weighing, signs) for group in _groups(suspects, context, weighing)
    ]


def of_class(pattern: Pattern, weighing: Weighing) -> Placed:
    """A named class of knobs that no regressed run moved."""
    levels = [weighing.levels[at] for at in sorted(pattern)]
    moved = tuple(
        Moved(knob, changes[0].group, changes)
        for knob in weighing.knobs[pattern]
        for changes in [tuple(level.moved[knob] for level in levels)]
    )
    carriers = tuple(run for level in levels for run in level.runs)
    partners = by_levels.partners(pattern, weighing)
    harm = weighing.harm(pattern) or 0.0
    found = by_levels.weighed(pattern, carriers, partners, weighing)
    cause = Cause(moved, carriers, LIKELY, harm, partners, tuple(found))
    return Placed((ORDER.index(LIKELY), -harm), cause)


def _suspect(
    knob: str, context: RegressionContext, pairs: Sequence[Pair], weighing: Weighing | None
) -> _Suspect:
    """One knob with its carriers, and what healthy runs and pairs say of it."""
    carriers = [r.id for r in context.movers(knob, context.regressed)]
    carriers = carriers or [run for run in context.outliers if knob in context.moved[run]]
    changes = tuple(context.moved[run][knob] for run in carriers)
    tried = [context.moved[r.id][knob] for r in context.movers(knob, context.healthy)]
    explains = frozenset(
        run
        for run, change in zip(carriers, changes, strict=True)
        if run not in context.outliers
        and not any(knob_distance.is_as_far(t, change, context.profile) for t in tried)
        and not any(pair.clears(change, context) for pair in pairs)
    )
    worse = [p for p in pairs if explains and p.confirms(changes, context)]
    return _Suspect(
        Moved(knob, changes[0].group, changes),
        tuple(carriers),
        explains,
        pairs,
        is_worse_alone=bool(worse),
        is_confirmed=_are_enough(worse, knob, weighing),
    )


def _are_enough(worse: Sequence[Pair], knob: str, weighing: Weighing | None) -> bool:
    """Whether regressed pairs are more than one run that was bad by its seed: a second run, or all levels agree."""
    runs = {run for pair in worse for run in pair.row.runs}
    if len(runs) != 1 or weighing is None or not runs.issubset(weighing.runs):
        return bool(runs)
    harm = weighing.harm(weighing.pattern(knob))
    return harm is None or harm > NAMED


def _groups(
    suspects: Sequence[_Suspect], context: RegressionContext, weighing: Weighing | None
) -> Iterator[_Group]:
    """The suspects that no run of known outcome moved apart; what is confirmed alone stands for itself."""
    keys = {s.moved.knob: _key(s, context, weighing) for s in suspects}
    groups: dict[tuple[Hashable, ...], list[_Suspect]] = {}
    harms: dict[tuple[Hashable, ...], float | None] = {}
    for one in suspects:
        key = keys[one.moved.knob]
        pattern = weighing.pattern(one.moved.knob) if weighing else frozenset()
        known = weighing.knobs.get(pattern, []) if weighing else []
        is_whole = all(keys.get(k) == key for k in known)
        harm = weighing.harm(pattern) if weighing and is_whole else None
        if harm is None or harm <= NAMED:
            # In words, a knob that healthy runs clear parts from those that they do not.
            key = (*key, bool(one.explains))
        groups.setdefault(key, []).append(one)
        harms[key] = harm
    for key, group in groups.items():
        knob, carriers = group[0].moved.knob, group[0].carriers
        group.sort(key=lambda s: -_size(s, context))
        yield _Group(
            group,
            weighing.pattern(knob) if weighing else frozenset(),
            harms[key],
            frozenset(run for s in group for run in s.explains),
            carriers,
        )


def _key(
    suspect: _Suspect, context: RegressionContext, weighing: Weighing | None
) -> tuple[Hashable, ...]:
    """The runs of known outcome that moved a knob: those with a level, and the regressed ones without."""
    knob = suspect.moved.knob
    alone = knob if suspect.is_confirmed else ""
    if weighing:
        rest = [r for r in context.regressed if r.id not in weighing.runs]
        return weighing.pattern(knob), frozenset(r.id for r in context.movers(knob, rest)), alone
    known = (*context.regressed, *context.worse_unadjusted, *context.healthy, *context.partial)
    return frozenset(r.id for r in context.movers(knob, known)), alone


def _place(
    group: _Group,
    context: RegressionContext,
    weighing: Weighing | None,
    signs: Sequence[Symptom],
) -> Placed:
    """The cause of a group with its word, its evidence, and its place."""
    word = _word(group, context, weighing)
    partners: tuple[str, ...] = ()
    found: list[Evidence] = []
    if weighing and group.harm is not None:
        partners = by_levels.partners(group.pattern, weighing)
        found += by_levels.weighed(group.pattern, group.carriers, partners, weighing)
    found += _in_words(group, context, signs)
    if len(group.suspects) > 1:
        found += _confounded(group, context, weighing)
    found.sort(key=lambda e: not isinstance(e, LEADS.get(word, ())))
    harm = group.harm or 0.0
    cause = Cause(
        tuple(s.moved for s in group.suspects),
        group.carriers,
        word,
        harm if harm > NAMED else None,
        partners,
        tuple(found),
    )
    return Placed((ORDER.index(word), -harm, *_open(group, context)), cause)


def _word(group: _Group, context: RegressionContext, weighing: Weighing | None) -> str | None:
    """The word of a group; what diverged has no level, so there the knobs that all such runs share are possible."""
    known = weighing.runs if weighing else frozenset()
    silent = {r.id for r in context.regressed if r.id not in known}
    harm = group.harm
    if any(s.is_confirmed for s in group.suspects):
        return CONFIRMED
    if harm is not None and harm > NAMED:
        return LIKELY
    if not group.explains:
        return RULED_OUT
    is_open = bool(group.explains & silent) or any(s.is_worse_alone for s in group.suspects)
    if harm is not None and harm < HARDLY and not is_open:
        return RULED_OUT
    is_shared = bool(silent) and silent <= group.explains
    return POSSIBLE if is_shared or (harm or 0.0) > AS_LIKELY_AS_NOT else None


def _open(group: _Group, context: RegressionContext) -> tuple[float, ...]:
    """What the runs leave open, the least first: regressed runs without it, then leaning, milder and healthy ones."""
    knob = group.suspects[0].moved.knob
    movers = [
        len(context.movers(knob, runs))
        for runs in (context.worse_unadjusted, context.partial, context.healthy)
    ]
    missed = len(context.regressed) - len(group.explains)
    leaning = len(context.worse_unadjusted) - movers[0]
    return missed, leaning, *movers[1:], -_size(group.suspects[0], context)


def _size(suspect: _Suspect, context: RegressionContext) -> float:
    """How far the regressed runs went beyond what healthy runs tried, 0 to 1."""
    knob = suspect.moved.knob
    tried = [context.moved[r.id][knob] for r in context.movers(knob, context.healthy)]
    return knob_distance.outside(suspect.moved.changes, tried, context.profile)


def _in_words(
    group: _Group, context: RegressionContext, signs: Sequence[Symptom]
) -> Iterator[Evidence]:
    """What speaks for and against each knob of a group."""
    is_out = not group.explains
    for one in group.suspects:
        knob, changes = one.moved.knob, one.moved.changes
        yield from evidence.movers(knob, one.carriers, is_out, context)
        yield from evidence.ablations(knob, changes, is_out, one.pairs, context)
        if not is_out:
            groups = (None, one.moved.group)
            yield from (s for s in signs if s.run in one.carriers and s.group in groups)
    yield from evidence.outliers([s.moved.knob for s in group.suspects], context)


def _confounded(
    group: _Group, context: RegressionContext, weighing: Weighing | None
) -> Iterator[Evidence]:
    """That the data cannot separate the knobs of a group, and which runs would."""
    names = [s.moved.knob for s in group.suspects]
    moved: Mapping[str, set[str]] = {
        r.id: set(names) & set(context.moved[r.id]) for r in context.undetermined
    }
    apart = [run for run, some in moved.items() if 0 < len(some) < len(names)]
    if apart and weighing is None:
        yield Undecided(names, [context.rows[run] for run in apart])
    else:
        yield Confounded(names)
    yield Untangle(names, group.carriers[0])
