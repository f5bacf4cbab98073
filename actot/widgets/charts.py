"""The pictures of verdicts: intervals, and small curves for cards."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from actot.analysis.run_summary import RunSummary
from actot.output import messages, render
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.verdict import NOT_COMPARABLE, SAME, WITHIN_NOISE, Judged, Verdict
from actot.widgets import curve_chart
from actot.widgets.palette import GREY, VERDICTS

SIGNS = {SAME: "=", WITHIN_NOISE: "≈", NOT_COMPARABLE: "?"}


def sign(verdict: Verdict) -> str:
    """A sign beside the word, for those who do not see the colour: the way the value went."""
    if verdict.word in SIGNS:
        return SIGNS[verdict.word]
    if not isinstance(verdict, Judged):
        return "✕"
    return "▲" if verdict.change > 0 else "▼"


def per_cent(verdict: Verdict) -> dict[str, float | None]:
    """`change`, `low` and `high` in per cent; None where nothing was measured."""
    names = ("change", "low", "high")
    judged = isinstance(verdict, Judged)
    return {n: 100 * getattr(verdict, n) if judged else None for n in names}


def intervals(
    rows: Sequence[Verdict], study: Study, lang: str, base: str
) -> alt.LayerChart | alt.FacetChart:
    """Each run's change with its interval, against no change and the smallest that matters."""
    sides = {"lower": "screen_left_is_better", "higher": "screen_right_is_better"}
    better = sides.get(study.profile.metrics[study.metric].direction or "")
    frame = pd.DataFrame(
        [
            {
                "run": v.run,
                **per_cent(v),
                "word": v.word,
                "label": f"{sign(v)} {render.word(v, lang)}",
            }
            for v in rows
        ]
    )
    order = [v.run for v in rows]
    unit = next((render.unit(v, lang) for v in rows if isinstance(v, Judged)), "%")
    title = texts(lang).screen_change_against_base_unit.format(base=base, unit=unit)
    title += f" · {messages.named(better, lang)}" if better else ""
    x = alt.X("change:Q", title=title, scale=alt.Scale(nice=True, zero=True))
    y = alt.Y(
        "run:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=260, labelBaseline="middle", ticks=False),
    )
    colour = alt.Color(
        "word:N",
        scale=alt.Scale(domain=list(VERDICTS), range=list(VERDICTS.values())),
        legend=None,
    )
    smallest_effect = 100 * study.profile.smallest_effect
    band = (
        alt.Chart(pd.DataFrame([{"a": -smallest_effect, "b": smallest_effect}]))
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
    """The judged curve of a run over the mean curve of the reference, without axes."""
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
