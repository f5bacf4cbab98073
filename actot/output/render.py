"""Finding, verdict, cause, experiment + language -> sentence.

Figures have 4 significant digits, changes one decimal in per cent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from actot import rules
from actot.analysis import metric_stats, train_config
from actot.analysis.metric_stats import Missing
from actot.analysis.run_summary import RunSummary
from actot.analysis.train_config import Change
from actot.causes.ranking import Cause, Evidence
from actot.experiments.proposals import Experiment
from actot.output.sentences import (
    EVIDENCE,
    EXPERIMENT,
    GUARD,
    MISSING,
    PARTS,
    REASONS,
    SEEDS,
    WORDS,
)
from actot.profile import Metric, Profile
from actot.rules import Finding
from actot.verdicts.comparability import Reason
from actot.verdicts.judging import Verdict

LANGUAGES = ("en", "zh")
COLON = {"en": ": ", "zh": "："}
COMMA = {"en": ", ", "zh": "、"}
APART = {"confounded", "undecided", "untangle"}  # evidence on a group of knobs as a whole


def number(value: Any) -> str:
    """A figure with 4 significant digits, "-" where there is none."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def few(names: Sequence[str], lang: str, most: int = 6) -> str:
    """The first names, and how many more there are."""
    more = [f"+{len(names) - most}"] if len(names) > most else []
    return COMMA[lang].join([*names[:most], *more])


def duration(hours: float, lang: str) -> str:
    """`40 min`, `3.5 h`."""
    minutes = 60 * hours
    if minutes < 90:
        return f"{max(1, round(minutes))} {'min' if lang == 'en' else '分钟'}"
    return f"{hours:.1f} {'h' if lang == 'en' else '小时'}"


def unit(verdict: Verdict, lang: str) -> str:
    """What a verdict's change is counted in: per cent, or the points of a success rate."""
    return "%" if verdict.rollouts is None else {"en": "points", "zh": "个百分点"}[lang]


def word(verdict: Verdict, lang: str) -> str:
    """The verdict's word."""
    return WORDS[verdict.word][lang]


def interval(verdict: Verdict, lang: str = "en") -> str:
    """`+38.2 % ± 12.1 %`, `-15.0 points (-33.2 … +5.1)`, or "" where nothing was measured."""
    if verdict.change is None:
        return ""
    if verdict.rollouts is None:
        return f"{100 * verdict.change:+.1f} % ± {100 * verdict.mde:.1f} %"
    change, low, high = (f"{100 * v:+.1f}" for v in (verdict.change, verdict.low, verdict.high))
    return f"{change} {unit(verdict, lang)} ({low} … {high})"


def bounds(verdict: Verdict, lang: str) -> str:
    """`+38.2 %, 95 %: +26.1 % … +50.3 %`, "-" where nothing was measured."""
    if verdict.change is None:
        return "-"
    change, low, high = (
        f"{100 * v:+.1f} {unit(verdict, lang)}" for v in (verdict.change, verdict.low, verdict.high)
    )
    return f"{change}, 95 %: {low} … {high}"


def missing(why: Missing | None, lang: str) -> str:
    """Why a figure is absent, or "" for one that is there."""
    if why is None:
        return ""
    facts = dict(why.facts)
    if "near" in facts:
        near = COMMA[lang].join(facts["near"])
        prefix = {"en": "; nearest logged: ", "zh": "；最接近的已记录键："}[lang]
        facts["near"] = prefix + near if near else ""
    return _fill(MISSING[why.why][lang], facts, lang)


def absent(
    summary: RunSummary, metric: Metric, figures: Sequence[str], lang: str
) -> dict[str, str]:
    """Figure -> why it is absent, for each absent one of these figures of a metric."""
    stats = summary.stats[metric.name]
    reasons = {f: metric_stats.why_absent(stats, f, metric) for f in figures}
    return {f: missing(why, lang) for f, why in reasons.items() if why is not None}


def reason(verdict: Verdict, profile: Profile, lang: str) -> str:
    """The reason of a verdict, with what the set-up could have seen and what would settle it."""
    facts = dict(verdict.why.facts)
    if isinstance(facts.get("missing"), Missing):
        facts["missing"] = missing(facts["missing"], lang)
    if isinstance(facts.get("reason"), Reason):
        facts["reason"] = reason(replace(verdict, why=facts["reason"], notes=()), profile, lang)
    facts["matters"] = _size(profile.smallest_effect, verdict, lang, ".4g")
    if verdict.mde is not None:
        facts["detectable"] = _size(verdict.mde, verdict, lang)
        facts["seeds"] = seeds(verdict, profile, lang)
    parts = [_fill(REASONS[verdict.why.name][lang], facts, lang)]
    if verdict.cut_at_step is not None:
        cut = {"en": "compared up to step {step}", "zh": "仅比较到第 {step} 步"}[lang]
        parts.append(cut.format(step=verdict.cut_at_step))
    if verdict.assumed_noise:
        parts.append(SEEDS["assumed"][lang])
    parts += [_note(note, lang) for note in verdict.notes]
    return {"en": "; ", "zh": "；"}[lang].join(parts)


def _note(note: Reason, lang: str) -> str:
    facts = dict(note.facts)
    if "change" in facts:
        facts["change"] = change(facts["change"])
    return _fill(REASONS[note.name][lang], facts, lang)


def seeds(verdict: Verdict, profile: Profile, lang: str) -> str:
    """How many seeds, or rollouts, a side would settle the smallest change that matters."""
    if verdict.rollouts is None:
        return _seeds(verdict.seeds_needed, verdict.three_seeds, profile, lang)
    facts = {
        "matters": _size(profile.smallest_effect, verdict, lang, ".4g"),
        "needed": f"{verdict.rollouts.needed:,}",
        "hundred": _size(verdict.rollouts.hundred, verdict, lang),
    }
    return _fill(SEEDS["rollouts"][lang], facts, lang)


def _seeds(needed: int | None, three: float | None, profile: Profile, lang: str) -> str:
    facts = {"matters": f"{100 * profile.smallest_effect:.4g} %", "most": profile.affordable_seeds}
    if needed is not None:
        return _fill(SEEDS["needed"][lang], {**facts, "n": needed}, lang)
    return _fill(SEEDS["unaffordable"][lang], {**facts, "three": f"{100 * three:.1f} %"}, lang)


def _size(fraction: float, verdict: Verdict, lang: str, form: str = ".1f") -> str:
    """`11.0 %`, or `11.0 points` of a success rate."""
    return f"{100 * fraction:{form}} {unit(verdict, lang)}"


def finding(found: Finding, lang: str) -> str:
    """The sentence of a finding."""
    return _fill(rules.shelf()[found.rule].TEXT[lang], found.facts, lang)


def change(moved: Change) -> str:
    """`lr 1e-05 → 0.0002 (20x)`."""
    times = f" ({ratio(moved.ratio)})" if moved.ratio else ""
    return f"{moved.knob} {train_config.show(moved.base)} → {train_config.show(moved.value)}{times}"


def changes(moved: Sequence[Change], lang: str) -> str:
    """Changes of one knob from one value: `1e-05 → 0.0002 (20x), 0.0003 (30x)`."""
    values = [
        train_config.show(c.value) + (f" ({ratio(c.ratio)})" if c.ratio else "") for c in moved
    ]
    return f"{train_config.show(moved[0].base)} → {COMMA[lang].join(values)}"


def ratio(times: float | None) -> str:
    """`20x`, "" where there is none."""
    return "" if times is None else f"{times:.4g}x"


def evidence(one: Evidence, lang: str) -> str:
    """One statement for or against a knob."""
    facts = dict(one.facts)
    if one.name == "carried":
        facts["count"] = len(facts["carriers"])
        facts["changes"] = changes(facts["changes"], lang)
    if "rows" in facts:
        facts["runs"] = COMMA[lang].join(_with_change(row, lang) for row in facts["rows"])
    if one.name == "milder":
        facts["whole"] = _size(abs(facts["whole"].change), facts["whole"], lang)
    if one.name == "pair":
        facts["word"] = word(facts["row"], lang)
        row = facts["row"]
        measured = row.change is not None
        # A side of a pair that diverged has no interval.
        facts["change"] = (
            bounds(row, lang)
            if measured
            else _fill(REASONS[row.why.name][lang], row.why.facts, lang)
        )
        facts |= {k: train_config.show(facts[k]) for k in ("base", "value")}
    return _fill(EVIDENCE[one.name][lang], facts, lang)


def _with_change(row: Verdict, lang: str) -> str:
    """`lr20x (+38.2 % ± 12.1 %)`, the run alone where nothing was measured."""
    change = interval(row, lang)
    return f"{row.run} ({change})" if change else row.run


def case_against(group: Sequence[Cause], lang: str) -> list[str]:
    """The evidence on knobs of one rank, each statement once, what would separate them last."""
    said = {
        (f"{cause.knob}{COLON[lang]}" if one.name == "carried" else "") + evidence(one, lang): None
        for cause in group
        for one in cause.evidence
        if one.name not in APART
    }
    last = [evidence(e, lang) for e in group[0].evidence if e.name in APART - {"confounded"}]
    return [*said, *last]


def suspects(causes: Sequence[Cause], lang: str) -> str:
    """`lr, weight_decay always moved together; reg`: the knobs of each rank together."""
    ranks = [list(group) for _, group in groupby(causes, key=lambda c: c.rank)]
    return {"en": "; ", "zh": "；"}[lang].join(_together(group, lang) for group in ranks)


def _together(group: Sequence[Cause], lang: str) -> str:
    names = COMMA[lang].join(cause.knob for cause in group)
    if len(group) == 1:
        return names
    if any(one.name == "undecided" for one in group[0].evidence):
        return names + {"en": " cannot be told apart", "zh": " 无法区分"}[lang]
    return names + {"en": " always moved together", "zh": " 总是同时改动"}[lang]


def guard(why: Reason, lang: str) -> str:
    """What the guard says of a value."""
    facts = dict(why.facts)
    if "times" in facts:
        times = facts["times"]
        facts["times"] = ratio(times) if lang == "en" else f"{times:.4g} 倍"
        low, high = train_config.show(facts["low"]), train_config.show(facts["high"])
        facts["tried"] = low if low == high else f"{low} … {high}"
    return _fill(GUARD[why.name][lang], facts, lang)


def experiment(one: Experiment, part: str, lang: str) -> str:
    """The `title`, `hypothesis`, `fixed`, `confirms` or `refutes` of an experiment."""
    facts = {"knobs": one.knobs, "anchor": one.anchor, "metric": one.metric, **one.facts}
    return _fill(EXPERIMENT[one.kind][part][lang], facts, lang)


def power(one: Experiment, profile: Profile, lang: str) -> str:
    """How many seeds a side would settle what matters, or what three would show; "" where unknown."""
    if one.three_seeds is None:
        return ""
    return _seeds(one.seeds_needed, one.three_seeds, profile, lang)


def case_for(one: Experiment, lang: str) -> list[str]:
    """What an experiment asks, keeps, and would answer, each part with its name."""
    parts = [p for p in PARTS if p != "title"]
    return [f"{PARTS[p][lang]}{COLON[lang]}{experiment(one, p, lang)}" for p in parts]


def _fill(template: str, facts: Mapping[str, Any], lang: str) -> str:
    return template.format(**{k: _spoken(v, lang) for k, v in facts.items()})


class _Figure(float):
    """A number that prints with 4 significant digits, and still takes a format of its own."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or ".4g")


def _spoken(value: Any, lang: str) -> Any:
    if value == train_config.ABSENT and isinstance(value, str):
        return {"en": train_config.ABSENT, "zh": "缺失"}[lang]
    if isinstance(value, float):
        return _Figure(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return COMMA[lang].join(train_config.show(v) for v in value)
    return train_config.show(value) if isinstance(value, bool) or value is None else value
