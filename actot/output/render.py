"""Finding, verdict, cause, experiment + language -> sentence.

Figures have 4 significant digits, changes one decimal in per cent.
"""

from collections.abc import Sequence
from typing import Any

from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.causes.cause import Cause
from actot.causes.notes import Compared
from actot.causes.statements import Carried, MatchedPair, Milder, Undecided
from actot.experiments.experiment import PARTS, Experiment
from actot.experiments.remarks import Guarded, OfValue
from actot.facts import Evidence, Mistyped
from actot.output import change_words, messages
from actot.output.messages import texts
from actot.output.row_words import amount, bounds, interval, matters, row_name, said, sized, word
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
    elif isinstance(one, Compared):
        known["change"] = amount(one.change, one.scale, lang, "+.1f")
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


def case_against(cause: Cause, lang: str) -> list[str]:
    """The evidence on a cause, what its word rests on first, each statement once."""
    colon = texts(lang).colon
    said = (
        (f"{one.knob}{colon}" if isinstance(one, Carried) else "") + evidence(one, lang)
        for one in cause.evidence
    )
    return list(dict.fromkeys(said))


def suspects(causes: Sequence[Cause], lang: str) -> str:
    """`lr, weight_decay always moved together; reg`: the knobs of each cause together."""
    return texts(lang).semicolon.join(_knobs(cause, lang) for cause in causes)


def _knobs(cause: Cause, lang: str) -> str:
    names, known = joined(cause.knobs, lang), texts(lang)
    if cause.is_confounded:
        undecided = any(isinstance(one, Undecided) for one in cause.evidence)
        text = known.cannot_be_told_apart if undecided else known.always_moved_together
        names = fill(text, lang, knobs=names)
    if cause.together_with:
        others = joined(cause.together_with, lang)
        names = fill(known.only_together_with, lang, knobs=names, others=others)
    return names


def standing(cause: Cause, lang: str) -> str:
    """`likely, 97 %`, `confirmed`, or that a cause is only ranked."""
    known = texts(lang)
    word = known.cause_ranked if cause.word is None else _word(cause.word, lang)
    if cause.probability is None:
        return word
    per_cent = int(100 * cause.probability)
    chance = known.almost_all if per_cent >= 99 else fill(known.per_cent, lang, n=per_cent)
    return fill(known.cause_named, lang, word=word, chance=chance)


def _word(word: str, lang: str) -> str:
    return messages.named(f"cause_{word.replace(' ', '_')}", lang)


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
