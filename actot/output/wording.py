"""Plain values in words: figures with 4 digits, lists, durations, and the filling of templates."""

from collections.abc import Iterable, Sequence
from typing import Any

from actot.analysis import config_values, metric_stats, relevant_runs
from actot.analysis.run_summary import RunSummary
from actot.facts import Absence
from actot.output import messages
from actot.output.messages import Count, texts
from actot.profile_schema import Metric


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


def unread(n: int, lang: str) -> str:
    """That so many runs of the source were not read, and what to do about it."""
    return fill(texts(lang).runs_unread, lang, n=n, most=relevant_runs.MOST_READ)


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
