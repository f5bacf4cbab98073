"""The pictures: intervals, curves with their baseline band, small curves for cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from actot import say
from actot.readings import Reading
from actot.records import Series
from actot.study import Study
from actot.verdicts import IMPROVED, NOT_COMPARABLE, REGRESSED, SAME, WITHIN_NOISE, Verdict
from actot.widgets.words import t

# Orange, blue and greys hold for every kind of colour vision, on white and on black.
COLOURS = {
    REGRESSED: "#D55E00",
    IMPROVED: "#0a84c6",
    SAME: "#6f8a7d",
    WITHIN_NOISE: "#8a8f98",
    NOT_COMPARABLE: "#8a8f98",
}
SIGNS = {SAME: "=", WITHIN_NOISE: "≈", NOT_COMPARABLE: "?"}
GREY = "#8a8f98"
MARK = "#E69F00"
MOST_POINTS = 600
# Okabe and Ito's hues, without those that vanish on the background.
LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9")
DARK = ("#56B4E9", "#E69F00", "#2BC49A", "#F0E442", "#CC79A7", "#FF7F50")
GREYS = ("#4a4f57", "#8a8f98", "#b4b8bf")
GREYS_DARK = ("#d5d9e0", "#9aa0aa", "#6c727c")


@dataclass(frozen=True)
class Curve:
    """One line of a chart. `x` and `y` are the smoothed line, `raw` the points behind it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    raw: tuple[np.ndarray, np.ndarray]


def sign(verdict: Verdict) -> str:
    """A sign beside the word, for those who do not see the colour: the way the value went."""
    if verdict.word in SIGNS:
        return SIGNS[verdict.word]
    return "✕" if verdict.change is None else "▲" if verdict.change > 0 else "▼"


def intervals(rows: Sequence[Verdict], study: Study, lang: str, base: str) -> alt.LayerChart:
    """Each run's change with its interval, against no change and the smallest that matters."""
    lower = study.profile.metrics[study.metric].direction == "lower"
    frame = pd.DataFrame(
        [
            {
                "run": v.run,
                "change": None if v.change is None else 100 * v.change,
                "low": None if v.low is None else 100 * v.low,
                "high": None if v.high is None else 100 * v.high,
                "word": v.word,
                "label": f"{sign(v)} {say.word(v, lang)}",
            }
            for v in rows
        ]
    )
    order = [v.run for v in rows]
    better = t("left is better" if lower else "right is better", lang)
    unit = next((say.unit(v, lang) for v in rows if v.change is not None), "%")
    title = f"{t('Change against {base} ({unit})', lang, base=base, unit=unit)} · {better}"
    x = alt.X("change:Q", title=title, scale=alt.Scale(nice=True, zero=True))
    y = alt.Y(
        "run:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=260, labelBaseline="middle", ticks=False),
    )
    colour = alt.Color(
        "word:N",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=None,
    )
    matters = 100 * study.profile.matters
    band = (
        alt.Chart(pd.DataFrame([{"a": -matters, "b": matters}]))
        .mark_rect(opacity=0.16, color=GREY)
        .encode(x="a:Q", x2="b:Q")
    )
    zero = alt.Chart(pd.DataFrame([{"z": 0}])).mark_rule(color=GREY).encode(x="z:Q")
    tooltip = [
        alt.Tooltip("run:N"),
        alt.Tooltip("label:N", title=t("Verdict", lang)),
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
    return alt.layer(band, zero, line, point, text).properties(height=90 + 44 * len(rows))


def sparkline(run: Reading, reference: Sequence[Reading], metric: str, word: str) -> alt.Chart:
    """The judged curve of a run over the mean curve of the reference, without axes."""
    parts = []
    for reading, name in ((run, "run"), (reference[0], "base")):
        series = reading.finite(metric)
        if series is not None:
            x, y = reduce(series.steps.astype(float), series.values, 120)
            parts.append(pd.DataFrame({"x": x, "y": y, "who": name}))
    frame = pd.concat(parts) if parts else pd.DataFrame({"x": [], "y": [], "who": []})
    colour = alt.Color(
        "who:N", scale=alt.Scale(domain=["base", "run"], range=[GREY, COLOURS[word]]), legend=None
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


def reduce(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most about `most` points that keep the ends and the extremes of every stretch."""
    if len(x) <= most:
        return x, y
    width = -(-len(x) // (most // 2))
    keep = {0, len(x) - 1}
    for start in range(0, len(x), width):
        part = y[start : start + width]
        keep |= {start + int(part.argmin()), start + int(part.argmax())}
    at = np.array(sorted(keep))
    return x[at], y[at]


def smooth(y: np.ndarray, share: float) -> np.ndarray:
    """A centred moving mean over `share` of the points; the ends use what there is."""
    width = max(1, int(share * len(y)) | 1)
    if width == 1:
        return y
    padded = np.cumsum(np.insert(y, 0, 0.0))
    half = width // 2
    at = np.arange(len(y))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(y))
    return (padded[high] - padded[low]) / (high - low)


def curves(
    lines: Sequence[Curve],
    bases: Sequence[Curve],
    *,
    title: str,
    x_title: str,
    log: bool,
    colours: Mapping[str, str],
    place: tuple[int, int] | None = None,
) -> alt.LayerChart:
    """Runs in colour over the baselines in grey; raw points faint, the smoothed line on top.

    `place`: a range of x to mark and to start at, with as much again on both sides.
    """
    scale = alt.Scale(type="log", zero=False, nice=False) if log else alt.Scale(zero=False)
    span = _around(place, [*lines, *bases])
    x = alt.X(
        "x:Q",
        title=x_title,
        axis=alt.Axis(format=",.4~g", tickCount=6),
        scale=alt.Scale(domain=span, nice=False) if span else alt.Undefined,
    )
    y = alt.Y("y:Q", title=title, scale=scale, axis=alt.Axis(format=".4~g"))
    drawn = {c.name: colours[c.name] for c in (*lines, *bases)}
    colour = alt.Color(
        "run:N",
        scale=alt.Scale(domain=list(drawn), range=list(drawn.values())),
        legend=alt.Legend(title=None, orient="top", labelLimit=200, columns=3, symbolOpacity=1),
    )
    pick = alt.selection_point(fields=["run"], bind="legend")
    layers = []
    band = _band(bases)
    if len(band):
        low = alt.Y("low:Q", scale=scale, title=title)
        area = alt.Chart(band).mark_area(opacity=0.16, color=GREY, clip=True)
        layers.append(area.encode(x=x, y=low, y2="high:Q"))
    if place:
        frame = pd.DataFrame([{"x": place[0], "x2": place[1]}])
        mark = alt.Chart(frame).mark_rect(opacity=0.13, color=MARK, stroke=MARK, clip=True)
        layers.append(mark.encode(x=x, x2="x2:Q"))
    raw = alt.Chart(_frame([*bases, *lines], raw=True)).mark_line(strokeWidth=1, clip=True)
    layers.append(
        raw.encode(
            x=x, y=y, color=colour, opacity=alt.condition(pick, alt.value(0.3), alt.value(0.04))
        )
    )
    smoothed = alt.Chart(_frame([*bases, *lines])).mark_line(strokeWidth=2.2, clip=True)
    layers.append(
        smoothed.encode(
            x=x,
            y=y,
            color=colour,
            opacity=alt.condition(pick, alt.value(1), alt.value(0.12)),
            tooltip=[
                alt.Tooltip("run:N"),
                alt.Tooltip("x:Q", format=",.4~g", title=x_title),
                alt.Tooltip("y:Q", format=".4g", title=title),
            ],
        ).add_params(pick)
    )
    zoom = alt.selection_interval(name="zoom", bind="scales", encodings=["x"])
    return alt.layer(*layers).add_params(zoom).properties(height=330)


def _around(place: tuple[int, int] | None, lines: Sequence[Curve]) -> list[float] | None:
    """The x range that shows a place and its surroundings, within what the curves cover."""
    if place is None:
        return None
    low, high = min(c.x[0] for c in lines), max(c.x[-1] for c in lines)
    reach = max(place[1] - place[0], 0.05 * (high - low))
    start, end = max(low, place[0] - reach), min(high, place[1] + reach)
    return [float(start), float(end)] if start < end else None


def colours(study: Study, dark: bool) -> dict[str, str]:
    """Run -> colour: one of its own for each run on every page, greys for the baselines."""
    palette = DARK if dark else LIGHT
    found = {run: palette[i % len(palette)] for i, run in enumerate(study.runs)}
    greys = GREYS_DARK if dark else GREYS
    found |= {run: greys[i % len(greys)] for i, run in enumerate(study.baselines)}
    return found


def curve(name: str, x: np.ndarray, series: Series, share: float) -> Curve:
    """A line from a finite series: smoothed first, then reduced."""
    sx, sy = reduce(x, smooth(series.values, share))
    return Curve(name, sx, sy, reduce(x, series.values))


def _frame(lines: Sequence[Curve], raw: bool = False) -> pd.DataFrame:
    drawn = [(c.name, *(c.raw if raw else (c.x, c.y))) for c in lines]
    return pd.concat(pd.DataFrame({"x": x, "y": y, "run": name}) for name, x, y in drawn)


def _band(bases: Sequence[Curve]) -> pd.DataFrame:
    """Between the lowest and the highest baseline, where all of them have values."""
    if len(bases) < 2:
        return pd.DataFrame()
    low = max(c.x[0] for c in bases)
    high = min(c.x[-1] for c in bases)
    grid = np.linspace(low, high, 200)
    values = np.array([np.interp(grid, c.x, c.y) for c in bases])
    return pd.DataFrame({"x": grid, "low": values.min(0), "high": values.max(0)})
