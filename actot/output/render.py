"""Finding, verdict, cause, experiment + language -> sentence.

Figures have 4 significant digits, changes one decimal in per cent.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from actot.analysis import config_values, metric_stats
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.causes.ranking import Cause
from actot.causes.statements import (
    Carried,
    Confounded,
    MatchedPair,
    Milder,
    Undecided,
    Untangle,
)
from actot.experiments.proposals import PARTS, Experiment
from actot.experiments.remarks import Guarded, OfValue
from actot.facts import Absence, Evidence, Reason
from actot.output import messages
from actot.output.messages import Count, texts
from actot.profile import Metric, Profile
from actot.rules import Finding
from actot.verdicts.rates import RATES
from actot.verdicts.reasons import BaselineUnusable, NoData, OneKnob
from actot.verdicts.scales import ABSOLUTE, COMPLEMENT, smallest_effect
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


def number(value: Any) -> str:
    """A figure with 4 significant digits, "-" where there is none."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def joined(names: Iterable[str], lang: str) -> str:
    """`a, b, c` as the language writes it."""
    return texts(lang).comma.join(names)


def few(names: Sequence[str], lang: str, most: int = 6) -> str:
    """The first names, and how many more there are."""
    more = [f"+{len(names) - most}"] if len(names) > most else []
    return joined([*names[:most], *more], lang)


def duration(hours: float, lang: str) -> str:
    """`40 min`, `3.5 h`."""
    minutes = 60 * hours
    if minutes < 90:
        return fill(texts(lang).minutes, lang, n=max(1, round(minutes)))
    return fill(texts(lang).hours, lang, n=f"{hours:.1f}")


def unit(verdict: Verdict, lang: str) -> str:
    """What a verdict's change is counted in: per cent, points of a success rate, or own units."""
    known = {RATES: texts(lang).points, ABSOLUTE: texts(lang).own_units}
    known[COMPLEMENT] = texts(lang).of_the_rest
    return known.get(verdict.scale, "%") if isinstance(verdict, Measured) else "%"


def shown(figure: float, verdict: Verdict) -> float:
    """A figure of a verdict in its unit: per cent or points, unless it is in own units."""
    is_own = isinstance(verdict, Measured) and verdict.scale == ABSOLUTE
    return figure if is_own else 100 * figure


def word(verdict: Verdict, lang: str) -> str:
    """The verdict's word; where a side has one seed it holds for this seed alone."""
    plain = messages.named(f"word_{verdict.word.replace(' ', '_')}", lang)
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


def missing(why: Absence | None, lang: str) -> str:
    """Why a figure is absent, or "" for one that is there."""
    if why is None:
        return ""
    facts = dict(vars(why))
    if facts.get("near"):
        facts["near"] = fill(texts(lang).nearest_logged, lang, keys=facts["near"])
    return fill(messages.sentence(why, lang), lang, **facts)


def absent(
    summary: RunSummary, metric: Metric, figures: Sequence[str], lang: str
) -> dict[str, str]:
    """Figure -> why it is absent, for each absent one of these figures of a metric."""
    stats = summary.stats[metric.name]
    reasons = {f: metric_stats.why_absent(stats, f, metric) for f in figures}
    return {f: missing(why, lang) for f, why in reasons.items() if why is not None}


def reason(verdict: Verdict, profile: Profile, lang: str) -> str:
    """The reason of a verdict, with what the set-up could have seen and what would settle it."""
    facts = {"matters": matters(verdict, profile, lang)}
    if isinstance(verdict, Judged):
        facts["detectable"] = _size(verdict.mde, verdict, lang)
        facts["forecast"] = forecast(verdict, profile, lang)
    parts = [_said(verdict.why, lang, **facts)]
    if isinstance(verdict, Measured) and verdict.cut_at_step is not None:
        parts.append(fill(texts(lang).cut_at_step, lang, step=verdict.cut_at_step))
    if isinstance(verdict, JudgedBySeeds) and verdict.error.is_assumed:
        parts.append(texts(lang).seeds_noise_is_assumed)
    parts += [_said(note, lang) for note in verdict.notes]
    return texts(lang).semicolon.join(parts)


def _said(why: Reason, lang: str, **facts: str) -> str:
    """The sentence of a reason; what it holds beside plain values is put into words first."""
    known: dict[str, Any] = {**vars(why), **facts}
    if isinstance(why, NoData):
        known["missing"] = missing(why.missing, lang)
    elif isinstance(why, BaselineUnusable):
        known["reason"] = _said(why.reason, lang)
    elif isinstance(why, OneKnob):
        known["change"] = change(why.change)
    elif "spread" in known:
        known["spread"] = f"{100 * known['spread']:.1f} %"
    return fill(messages.sentence(why, lang), lang, **known)


def matters(verdict: Verdict, profile: Profile, lang: str) -> str:
    """The smallest change that matters, in the verdict's unit."""
    effect = smallest_effect(profile.metrics[verdict.metric], profile)
    return "-" if effect is None else _size(effect, verdict, lang, ".4g")


def forecast(verdict: Judged, profile: Profile, lang: str) -> str:
    """How many seeds, or rollouts, a side would settle the smallest change that matters."""
    effect = matters(verdict, profile, lang)
    if isinstance(verdict, JudgedRates):
        return fill(
            texts(lang).seeds_rollouts,
            lang,
            matters=effect,
            needed=f"{verdict.rollouts.needed:,}",
            hundred=_size(verdict.rollouts.hundred, verdict, lang),
        )
    assert isinstance(verdict, JudgedBySeeds)
    return _said(verdict.forecast, lang, matters=effect)


def sureness(verdict: Verdict, profile: Profile, lang: str) -> list[str]:
    """Why an interval is wide, and which run more would narrow it most, with its price."""
    if not isinstance(verdict, JudgedBySeeds):
        return []
    more = verdict.narrowing
    price = ""
    if more.hours is not None:
        price = texts(lang).narrowing_price.format(time=duration(more.hours, lang))
    width = _size(more.half_width, verdict, lang)
    return [
        texts(lang).wide.format(why=_said(verdict.wide, lang)),
        fill(texts(lang).narrowing, lang, run=more.run, width=width, price=price),
    ]


def _size(figure: float, verdict: Verdict, lang: str, form: str = ".1f") -> str:
    """`11.0 %`, `11.0 points` of a success rate, or `0.3` in own units."""
    if isinstance(verdict, Measured) and verdict.scale == ABSOLUTE:
        return f"{figure:.3g}"
    return f"{100 * figure:{form}} {unit(verdict, lang)}"


def finding(found: Finding, lang: str) -> str:
    """The sentence of a finding."""
    return fill(messages.named(f"rule_{found.rule}", lang), lang, **found.facts)


def change(moved: Change) -> str:
    """`lr 1e-05 → 0.0002 (20x)`."""
    times = f" ({ratio(moved.ratio)})" if moved.ratio else ""
    return (
        f"{moved.knob} {config_values.show(moved.base)} → {config_values.show(moved.value)}{times}"
    )


def changes(moved: Sequence[Change], lang: str) -> str:
    """Changes of one knob from one value: `1e-05 → 0.0002 (20x), 0.0003 (30x)`."""
    values = [
        config_values.show(c.value) + (f" ({ratio(c.ratio)})" if c.ratio else "") for c in moved
    ]
    return f"{config_values.show(moved[0].base)} → {joined(values, lang)}"


def ratio(times: float | None) -> str:
    """`20x`, "" where there is none."""
    return "" if times is None else f"{times:.4g}x"


def evidence(one: Evidence, lang: str) -> str:
    """One statement for or against a knob."""
    known: dict[str, Any] = dict(vars(one))
    if "rows" in known:
        known["runs"] = joined((_with_change(row, lang) for row in known["rows"]), lang)
    if isinstance(one, Carried):
        known |= {"count": len(one.carriers), "changes": changes(one.changes, lang)}
    elif isinstance(one, Milder):
        known["whole"] = _size(abs(one.whole.change), one.whole, lang)
    elif isinstance(one, MatchedPair):
        row = one.row
        # A side of a pair that diverged has no interval.
        came_out = bounds(row, lang) if isinstance(row, Judged) else _said(row.why, lang)
        known |= {"word": word(row, lang), "change": came_out}
        known |= {"base": config_values.show(one.base), "value": config_values.show(one.value)}
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


def experiment(one: Experiment, part: str, lang: str) -> str:
    """The `title`, `hypothesis`, `fixed`, `confirms` or `refutes` of an experiment."""
    facts = {"knobs": one.knobs, "anchor": one.anchor, "metric": one.metric, **one.facts}
    return fill(messages.named(f"experiment_{one.kind}_{part}", lang), lang, **facts)


def power(one: Experiment, profile: Profile, lang: str) -> str:
    """How many seeds a side would settle what matters; "" where nothing was judged by seeds."""
    if one.forecast is None:
        return ""
    effect = smallest_effect(profile.metrics[one.metric], profile)
    size = "-" if effect is None else f"{100 * effect:.4g} %"
    return _said(one.forecast, lang, matters=size)


def part(name: str, lang: str) -> str:
    """What a part of an experiment is called."""
    return messages.named(f"part_{name}", lang)


def case_for(one: Experiment, lang: str) -> list[str]:
    """What an experiment asks, keeps, and would answer, each part with its name."""
    colon = texts(lang).colon
    parts = [p for p in PARTS if p != "title"]
    return [f"{part(p, lang)}{colon}{experiment(one, p, lang)}" for p in parts]


def fill(template: str, lang: str, /, **facts: Any) -> str:
    """A text with its placeholders filled: figures with 4 digits, lists joined, absent values named."""
    return template.format(**{k: _spoken(v, lang) for k, v in facts.items()})


class _Figure(float):
    """A number that prints with 4 significant digits, and still takes a format of its own."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or ".4g")


def _spoken(value: Any, lang: str) -> Any:
    if value == config_values.ABSENT and isinstance(value, str):
        return texts(lang).absent
    if isinstance(value, float):
        return _Figure(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Count(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return joined((config_values.show(v) for v in value), lang)
    return config_values.show(value) if isinstance(value, bool) or value is None else value
