"""The pictures of verdicts: intervals, and small curves for cards."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from actot.analysis.run_summary import RunSummary
from actot.output import messages, row_words
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.scales import lower_is_better, smallest_effect
from actot.verdicts.verdict import (
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    SAME,
    WITHIN_NOISE,
    Measured,
    Verdict,
)
from actot.widgets import curve_chart
from actot.widgets.palette import GREY, VERDICTS

SIGNS = {SAME: "=", WITHIN_NOISE: "≈", NOISE_UNKNOWN: "?", NOT_COMPARABLE: "?"}


def sign(verdict: Verdict) -> str:
    """A sign beside the word, for those who do not see the colour: the way the value went."""
    if verdict.word in SIGNS:
        return SIGNS[verdict.word]
    if not isinstance(verdict, Measured):
        return "✕"
    return "▲" if verdict.change > 0 else "▼"


def in_unit(verdict: Verdict) -> dict[str, float | None]:
    """`change`, `low` and `high` in the verdict's unit; None where there is no such figure."""
    figures = {name: getattr(verdict, name, None) for name in ("change", "low", "high")}
    return {n: None if f is None else row_words.shown(f, verdict) for n, f in figures.items()}


def intervals(
    rows: Sequence[Verdict], study: Study, lang: str, base: str
) -> alt.LayerChart | alt.FacetChart:
    """Each row's change with the interval that decided, against no change and the smallest that matters."""
    entry = study.profile.metrics[study.metric]
    is_lower = lower_is_better(entry)
    better = "screen_left_is_better" if is_lower else "screen_right_is_better"
    names = [row_words.row_name(v, lang) for v in rows]
    frame = pd.DataFrame(
        [
            {
                "run": name,
                **in_unit(v),
                "word": v.word,
                "label": f"{sign(v)} {row_words.word(v, lang)}",
            }
            for name, v in zip(names, rows, strict=True)
        ]
    )
    unit = next((row_words.unit(v, lang) for v in rows if isinstance(v, Measured)), "%")
    title = texts(lang).screen_change_against_base_unit.format(base=base, unit=unit)
    title += f" · {messages.named(better, lang)}" if entry.direction else ""
    x = alt.X("change:Q", title=title, scale=alt.Scale(nice=True, zero=True))
    y = alt.Y(
        "run:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelLimit=260, labelBaseline="middle", ticks=False),
    )
    colour = alt.Color(
        "word:N",
        scale=alt.Scale(domain=list(VERDICTS), range=list(VERDICTS.values())),
        legend=None,
    )
    effect = row_words.scaled(smallest_effect(entry, study.profile) or 0.0, entry.scale)
    band = (
        alt.Chart(pd.DataFrame([{"a": -effect, "b": effect}]))
        .mark_rect(opacity=0.16, color=GREY)
        .encode(x="a:Q", x2="b:Q")
    )
    zero = alt.Chart(pd.DataFrame([{"z": 0}])).mark_rule(color=GREY).encode(x="z:Q")
    tooltip = [
        alt.Tooltip("run:N"),
        alt.Tooltip("label:N", title=texts(lang).screen_verdict),
        alt.Tooltip("change:Q", format="+.1f"),
        alt.Tooltip("low:Q", format="+.1f"),
        alt.Tooltip("high:Q", format="+.1f"),
    ]
    found = alt.Chart(frame).transform_filter("isValid(datum.change)")
    line = found.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=colour)
    point = found.mark_point(size=110, filled=True, opacity=1).encode(
        x=x, y=y, color=colour, tooltip=tooltip
    )
    text = (
        alt.Chart(frame)
        .transform_calculate(at="isValid(datum.high) ? datum.high : 0")
        .mark_text(align="left", dx=9, fontSize=13, fontWeight=600)
        .encode(x="at:Q", y=y, text="label:N", color=colour)
    )
    return alt.layer(band, zero, line, point, text).properties(
        height=90 + (44 if len(rows) <= 12 else 22) * len(rows)
    )


def sparkline(
    run: RunSummary, reference: Sequence[RunSummary], metric: str, word: str
) -> alt.Chart:
    """The judged curve of a run over that of the reference's first run, without axes."""
    parts = []
    for summary, name in ((run, "run"), (reference[0], "base")):
        series = summary.finite(metric)
        if series is not None:
            x, y = curve_chart.reduce(series.steps.astype(float), series.values, 120)
            parts.append(pd.DataFrame({"x": x, "y": y, "who": name}))
    frame = pd.concat(parts) if parts else pd.DataFrame({"x": [], "y": [], "who": []})
    colour = alt.Color(
        "who:N", scale=alt.Scale(domain=["base", "run"], range=[GREY, VERDICTS[word]]), legend=None
    )
    return (
        alt.Chart(frame)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", axis=None),
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False)),
            color=colour,
        )
        .properties(height=70, padding={"left": 0, "right": 0, "top": 4, "bottom": 0})
        .configure_view(strokeWidth=0)
    )
