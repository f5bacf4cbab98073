"""Rows of a comparison in words: names, changes with their intervals, reasons, and how sure they are."""

from collections.abc import Sequence
from typing import Any

from actot.facts import Reason
from actot.output import change_words, messages
from actot.output.messages import texts
from actot.output.wording import duration, fill, missing
from actot.profile_schema import Metric, Profile
from actot.verdicts.rates import RATES
from actot.verdicts.reasons import BaselineUnusable, NoData, OneKnob
from actot.verdicts.scales import ABSOLUTE, COMPLEMENT, RATIO, smallest_effect
from actot.verdicts.verdict import (
    IMPROVED,
    REGRESSED,
    Judged,
    JudgedBySeeds,
    JudgedRates,
    Measured,
    Row,
    Verdict,
)


def unit_of(scale: str, lang: str) -> str:
    """What figures on a scale are counted in: per cent, points of a success rate, or own units."""
    known = {RATES: texts(lang).points, ABSOLUTE: texts(lang).own_units}
    known[COMPLEMENT] = texts(lang).of_the_rest
    return known.get(scale, "%")


def scaled(figure: float, scale: str) -> float:
    """A figure as its unit counts it: per cent or points, unless it is in own units."""
    return figure if scale == ABSOLUTE else 100 * figure


def amount(figure: float, scale: str, lang: str, form: str = ".1f") -> str:
    """`11.0 %`, `11.0 points` of a success rate, or `0.3` in own units."""
    if scale == ABSOLUTE:
        return f"{figure:.3g}"
    return f"{scaled(figure, scale):{form}} {unit_of(scale, lang)}"


def _scale(verdict: Verdict) -> str:
    return verdict.scale if isinstance(verdict, Measured) else RATIO


def unit(verdict: Verdict, lang: str) -> str:
    """What a verdict's change is counted in."""
    return unit_of(_scale(verdict), lang)


def shown(figure: float, verdict: Verdict) -> float:
    """A figure of a verdict as its unit counts it."""
    return scaled(figure, _scale(verdict))


def sized(figure: float, verdict: Verdict, lang: str, form: str = ".1f") -> str:
    """A figure of a verdict with its unit."""
    return amount(figure, _scale(verdict), lang, form)


def plain_word(verdict: Verdict, lang: str) -> str:
    """The verdict's word alone."""
    return messages.named(f"word_{verdict.word.replace(' ', '_')}", lang)


def word(verdict: Verdict, lang: str) -> str:
    """The verdict's word; where a side has one seed it holds for this seed alone."""
    plain = plain_word(verdict, lang)
    if (
        isinstance(verdict, Judged)
        and verdict.is_provisional
        and verdict.word in (IMPROVED, REGRESSED)
    ):
        return texts(lang).word_in_this_seed.format(word=plain)
    return plain


def row_name(row: Row, lang: str) -> str:
    """`lr20x`, or `lr20x · 3 seeds` for a row of several runs."""
    if len(row.runs) == 1:
        return row.run
    if isinstance(row, Measured):
        return fill(texts(lang).row_seeds, lang, run=row.run, n=row.seeds)
    return fill(texts(lang).row_runs, lang, run=row.run, n=len(row.runs))


def base_name(row: Row, lang: str) -> str:
    """`base_a · 5 seeds`: the baselines that a row was compared with."""
    names = row.baselines or (row.baseline,)
    if len(names) == 1:
        return names[0]
    if isinstance(row, Measured):
        return fill(texts(lang).row_seeds, lang, run=names[0], n=row.base_seeds)
    return group_name(names, lang)


def group_name(group: Sequence[str], lang: str) -> str:
    """`base_a`, or `base_a · 5 runs` for a group of several."""
    if len(group) == 1:
        return group[0]
    return fill(texts(lang).row_runs, lang, run=group[0], n=len(group))


def interval(verdict: Verdict, lang: str = "en") -> str:
    """`+38.2 % (+26.1 … +50.3)`, the change alone where it has no interval, or "" where nothing was measured."""
    if not isinstance(verdict, Measured):
        return ""
    change = f"{_signed(verdict.change, verdict)} {_short_unit(verdict, lang)}".strip()
    if not isinstance(verdict, Judged):
        return change
    return f"{change} ({_signed(verdict.low, verdict)} … {_signed(verdict.high, verdict)})"


def bounds(verdict: Verdict, lang: str) -> str:
    """`+38.2 %, 95 %: +26.1 % … +50.3 %`, "-" where nothing was measured."""
    if not isinstance(verdict, Judged):
        return "-"
    change, low, high = (
        f"{_signed(v, verdict)} {_short_unit(verdict, lang)}".strip()
        for v in (verdict.change, verdict.low, verdict.high)
    )
    return f"{change}, 95 %: {low} … {high}"


def _signed(figure: float, verdict: Measured) -> str:
    return f"{figure:+.4g}" if verdict.scale == ABSOLUTE else f"{100 * figure:+.1f}"


def _short_unit(verdict: Measured, lang: str) -> str:
    """The unit beside a figure; own units have no name here."""
    return "" if verdict.scale == ABSOLUTE else unit(verdict, lang)


def reason(verdict: Verdict, profile: Profile, lang: str) -> str:
    """The reason of a verdict, with what the set-up could have seen and what would settle it."""
    facts = {"matters": _matters(verdict, profile, lang)}
    if isinstance(verdict, Judged):
        facts["detectable"] = sized(verdict.mde, verdict, lang)
        facts["forecast"] = forecast(verdict, profile, lang)
    parts = [said(verdict.why, lang, **facts)]
    if isinstance(verdict, Measured) and verdict.cut_at_step is not None:
        parts.append(fill(texts(lang).cut_at_step, lang, step=verdict.cut_at_step))
    if isinstance(verdict, JudgedBySeeds) and verdict.error.is_assumed:
        parts.append(texts(lang).seeds_noise_is_assumed)
    parts += [said(note, lang) for note in verdict.notes]
    return texts(lang).semicolon.join(parts)


def said(why: Reason, lang: str, **facts: str) -> str:
    """The sentence of a reason; what it holds beside plain values is put into words first."""
    known: dict[str, Any] = {**vars(why), **facts}
    if isinstance(why, NoData):
        known["missing"] = missing(why.missing, lang)
    elif isinstance(why, BaselineUnusable):
        known["reason"] = said(why.reason, lang)
    elif isinstance(why, OneKnob):
        known["change"] = change_words.change(why.change, lang)
    elif "spread" in known:
        known["spread"] = f"{100 * known['spread']:.1f} %"
    return fill(messages.sentence(why, lang), lang, **known)


def matters(entry: Metric, scale: str, profile: Profile, lang: str) -> str:
    """The smallest change of a metric that matters, on the scale of its verdicts."""
    effect = smallest_effect(entry, profile)
    return "-" if effect is None else amount(effect, scale, lang, ".4g")


def _matters(verdict: Verdict, profile: Profile, lang: str) -> str:
    return matters(profile.metrics[verdict.metric], _scale(verdict), profile, lang)


def forecast(verdict: Judged, profile: Profile, lang: str) -> str:
    """How many seeds, or rollouts, a side would settle the smallest change that matters."""
    effect = _matters(verdict, profile, lang)
    if isinstance(verdict, JudgedRates):
        return fill(
            texts(lang).seeds_rollouts,
            lang,
            matters=effect,
            needed=f"{verdict.rollouts.needed:,}",
            hundred=sized(verdict.rollouts.hundred, verdict, lang),
        )
    assert isinstance(verdict, JudgedBySeeds)
    return said(verdict.forecast, lang, matters=effect)


def sureness(verdict: Verdict, profile: Profile, lang: str) -> list[str]:
    """Why an interval is wide, and which run more would narrow it most, with its price."""
    if not isinstance(verdict, JudgedBySeeds):
        return []
    more = verdict.narrowing
    price = ""
    if more.hours is not None:
        price = texts(lang).narrowing_price.format(time=duration(more.hours, lang))
    width = sized(more.half_width, verdict, lang)
    return [
        texts(lang).wide.format(why=said(verdict.wide, lang)),
        fill(texts(lang).narrowing, lang, run=more.run, width=width, price=price),
    ]
