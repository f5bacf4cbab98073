"""Finding, verdict, cause, experiment + language -> sentence.

Figures have 4 significant digits, changes one decimal in per cent.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.causes.ranking import Cause
from actot.causes.statements import (
    Carried,
    Confounded,
    MatchedPair,
    Milder,
    Undecided,
    Untangle,
)
from actot.experiments.experiment import PARTS, Experiment
from actot.experiments.remarks import Guarded, OfValue
from actot.facts import Evidence, Mistyped
from actot.output import change_words, messages
from actot.output.messages import texts
from actot.output.row_words import bounds, interval, matters, row_name, said, sized, word
from actot.output.wording import fill, joined
from actot.profile_schema import Profile
from actot.rules import Finding
from actot.verdicts.verdict import (
    Judged,
    Verdict,
)


def finding(found: Finding, lang: str) -> str:
    """The sentence of a finding."""
    return fill(messages.named(f"rule_{found.rule}", lang), lang, **found.facts)


def evidence(one: Evidence, lang: str) -> str:
    """One statement for or against a knob."""
    known: dict[str, Any] = dict(vars(one))
    if "rows" in known:
        known["runs"] = joined((_with_change(row, lang) for row in known["rows"]), lang)
    if isinstance(one, Carried):
        known |= {
            "count": len(one.carriers),
            "changes": change_words.changes(one.changes, lang),
        }
    elif isinstance(one, Milder):
        known["whole"] = sized(abs(one.whole.change), one.whole, lang)
    elif isinstance(one, MatchedPair):
        row = one.row
        # A side of a pair that diverged has no interval.
        came_out = bounds(row, lang) if isinstance(row, Judged) else said(row.why, lang)
        known |= {"word": word(row, lang), "change": came_out}
        base, value = change_words.sides(Change(one.knob, "", one.base, one.value), lang)
        known |= {"base": base, "value": value}
    return fill(messages.sentence(one, lang), lang, **known)


def _with_change(row: Verdict, lang: str) -> str:
    """`lr20x: +38.2 % (+26.1 … +50.3)`, the row alone where nothing was measured."""
    change, name = interval(row, lang), row_name(row, lang)
    return f"{name}{texts(lang).colon}{change}" if change else name


def case_against(group: Sequence[Cause], lang: str) -> list[str]:
    """The evidence on knobs of one rank, each statement once, what would separate them last."""
    colon = texts(lang).colon
    said = {
        (f"{cause.knob}{colon}" if isinstance(one, Carried) else "") + evidence(one, lang): None
        for cause in group
        for one in cause.evidence
        if not isinstance(one, Confounded | Undecided | Untangle)
    }
    last = [evidence(e, lang) for e in group[0].evidence if isinstance(e, Undecided | Untangle)]
    return [*said, *last]


def suspects(causes: Sequence[Cause], lang: str) -> str:
    """`lr, weight_decay always moved together; reg`: the knobs of each rank together."""
    ranks = [list(group) for _, group in groupby(causes, key=lambda c: c.rank)]
    return texts(lang).semicolon.join(_together(group, lang) for group in ranks)


def _together(group: Sequence[Cause], lang: str) -> str:
    names = joined((cause.knob for cause in group), lang)
    if len(group) == 1:
        return names
    undecided = any(isinstance(one, Undecided) for one in group[0].evidence)
    known = texts(lang)
    text = known.cannot_be_told_apart if undecided else known.always_moved_together
    return fill(text, lang, knobs=names)


def guard(why: OfValue, lang: str) -> str:
    """What the guard says of a value."""
    known: dict[str, Any] = dict(vars(why))
    if isinstance(why, Guarded):
        low, high = config_values.show(why.low), config_values.show(why.high)
        known["times"] = fill(texts(lang).times, lang, ratio=why.times)
        known["tried"] = low if low == high else f"{low} … {high}"
    return fill(messages.sentence(why, lang), lang, **known)


def mistyped(why: Mistyped, lang: str) -> str:
    """What is wrong with a typed value, and what would do."""
    return fill(messages.sentence(why, lang), lang, **vars(why))


def experiment(one: Experiment, part: str, lang: str) -> str:
    """The `title`, `hypothesis`, `fixed`, `confirms` or `refutes` of an experiment."""
    facts = {"knobs": one.knobs, "anchor": one.anchor, "metric": one.metric, **one.facts}
    return fill(messages.named(f"experiment_{one.kind}_{part}", lang), lang, **facts)


def power(one: Experiment, profile: Profile, lang: str) -> str:
    """How many seeds a side would settle what matters; "" where nothing was judged by seeds."""
    if one.forecast is None:
        return ""
    entry = profile.metrics[one.metric]
    return said(one.forecast, lang, matters=matters(entry, entry.scale, profile, lang))


def part(name: str, lang: str) -> str:
    """What a part of an experiment is called."""
    return messages.named(f"part_{name}", lang)


def case_for(one: Experiment, lang: str) -> list[str]:
    """What an experiment asks, keeps, and would answer, each part with its name."""
    colon = texts(lang).colon
    parts = [p for p in PARTS if p != "title"]
    return [f"{part(p, lang)}{colon}{experiment(one, p, lang)}" for p in parts]
