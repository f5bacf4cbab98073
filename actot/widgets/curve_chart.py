"""Curves over their baseline band: what of a series the browser gets, and how it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from actot.records import Series
from actot.widgets.palette import GREY, MARK

MOST_POINTS, MOST_EACH, FEWEST = 6000, 480, 60  # of a whole chart, and of one line
GRID = 120  # places where the crosshair can stand
MOST_MARKED = 12  # lines whose best point and tail are marked


@dataclass(frozen=True)
class Curve:
    """One line of a chart. `x` and `y` are the smoothed line, `raw` the points behind it.

    Units: x in steps, hours or seconds since 1970. `y` is NaN where the run logged NaN or Inf: the line breaks.
    `best` is (x, y); `tail` is (first x, last x, mean).
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    raw: tuple[np.ndarray, np.ndarray]
    best: tuple[float, float] | None = None
    tail: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Look:
    """How a chart is drawn: its titles, its axes, each run's colour and dash, the place to mark."""

    title: str
    x_title: str
    colours: Mapping[str, str]
    dashes: Mapping[str, list[int]]
    log: bool = False
    clock: bool = False
    place: tuple[int, int] | None = None


def reduce(x: np.ndarray, y: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """At most about `most` points that keep the ends and the extremes of every stretch."""
    if len(x) <= most:
        return x, y
    width = -(-len(x) // max(1, most // 2))
    starts = np.arange(0, len(x), width)
    padded = np.full(len(starts) * width, np.nan)
    padded[: len(y)] = y
    rows = padded.reshape(len(starts), width)
    at = np.unique(
        [0, len(x) - 1, *(starts + np.nanargmin(rows, 1)), *(starts + np.nanargmax(rows, 1))]
    )
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


def curve(name: str, x: np.ndarray, series: Series, share: float, most: int, **marks: Any) -> Curve:
    """A line from a series and its x values: smoothed first, then reduced, broken at NaN and Inf."""
    good = np.isfinite(series.values)
    finite_x, finite_y = x[good], series.values[good]
    # The first bad point of every stretch between good ones.
    first_bad = np.flatnonzero(~good[1:] & good[:-1]) + 1
    gaps = x[[i for i in first_bad if good[i:].any()]]
    # A smoothed line bends less: half of the points draw it.
    line = _broken(*reduce(finite_x, smooth(finite_y, share), most // 2), gaps)
    return Curve(name, *line, _broken(*reduce(finite_x, finite_y, most), gaps), **marks)


def _broken(x: np.ndarray, y: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(gaps):
        return x, y
    at = np.searchsorted(x, gaps)
    return np.insert(x, at, gaps), np.insert(y, at, np.nan)


def points_each(lines: int) -> int:
    """How many points one of so many lines may have."""
    return max(FEWEST, min(MOST_EACH, MOST_POINTS // max(1, lines)))


def chart(
    lines: Sequence[Curve], bases: Sequence[Curve], look: Look
) -> alt.LayerChart | alt.FacetChart:
    """Runs in colour over the baselines in grey; raw points faint, the smoothed line on top."""
    scale = alt.Scale(type="log", zero=False, nice=False) if look.log else alt.Scale(zero=False)
    every = [*bases, *lines]
    span = _around(look.place, every)
    x = alt.X(
        "x:T" if look.clock else "x:Q",
        title=look.x_title,
        axis=alt.Axis(tickCount=6) if look.clock else alt.Axis(format=",.4~g", tickCount=6),
        scale=alt.Scale(domain=span, nice=False) if span else alt.Undefined,
    )
    y = alt.Y("y:Q", title=look.title, scale=scale, axis=alt.Axis(format=".4~g"))
    many = len(every) > MOST_MARKED
    pick = (
        alt.selection_point(fields=["run"], on="click")
        if many
        else alt.selection_point(fields=["run"], bind="legend")
    )
    layers = _behind(bases, look, x, scale)
    for raw, width, shown, hidden in ((True, 1, 0.3, 0.04), (False, 2.2, 1, 0.12)):
        line = alt.Chart(_frame(every, look, raw=raw)).mark_line(strokeWidth=width, clip=True)
        layers.append(
            line.encode(
                x=x,
                y=y,
                **_identity(every, look),
                tooltip="run:N",
                opacity=alt.condition(pick, alt.value(shown), alt.value(hidden)),
            )
        )
    layers[-1] = layers[-1].add_params(pick)
    if not many:
        layers += _marks(every, look, x, y, pick)
        layers.append(_crosshair(every, look, x))
    zoom = alt.selection_interval(name="zoom", bind="scales", encodings=["x"])
    return alt.layer(*layers).add_params(zoom).properties(height=330)


def _identity(every: Sequence[Curve], look: Look) -> dict[str, object]:
    """Colour and dash of each run, with one legend; many runs would leave no room beside theirs."""
    names = [c.name for c in every]
    legend = (
        None
        if len(names) > MOST_MARKED
        else alt.Legend(
            title=None,
            orient="top",
            labelLimit=200,
            columns=3,
            symbolLimit=30,
            symbolType="stroke",
            symbolOpacity=1,
            symbolStrokeWidth=3,
        )
    )
    hues = alt.Scale(domain=names, range=[look.colours[n] for n in names])
    patterns = alt.Scale(domain=names, range=[look.dashes[n] for n in names])
    return {
        "color": alt.Color("run:N", scale=hues, legend=legend),
        "strokeDash": alt.StrokeDash("run:N", scale=patterns, legend=legend),
    }


def _behind(bases: Sequence[Curve], look: Look, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    """The baseline band, and the place that a finding speaks of."""
    layers = []
    band = _band(bases)
    if len(band):
        band["x"] = _times(band["x"], look)
        low = alt.Y("low:Q", scale=scale, title=look.title)
        area = alt.Chart(band).mark_area(opacity=0.16, color=GREY, clip=True)
        layers.append(area.encode(x=x, y=low, y2="high:Q"))
    if look.place:
        frame = pd.DataFrame([{"x": look.place[0], "x2": look.place[1]}])
        mark = alt.Chart(frame).mark_rect(opacity=0.13, color=MARK, stroke=MARK, clip=True)
        layers.append(mark.encode(x=x, x2="x2:Q"))
    return layers


def _marks(
    every: Sequence[Curve], look: Look, x: alt.X, y: alt.Y, pick: alt.Parameter
) -> list[alt.Chart]:
    """The best point as a ring, the tail's mean as a thick line over its steps."""
    best = pd.DataFrame(
        [{"x": c.best[0], "y": c.best[1], "run": c.name} for c in every if c.best],
        columns=["x", "y", "run"],
    )
    tails = pd.DataFrame(
        [{"x": c.tail[0], "x2": c.tail[1], "y": c.tail[2], "run": c.name} for c in every if c.tail],
        columns=["x", "x2", "y", "run"],
    )
    for frame, names in ((best, ("x",)), (tails, ("x", "x2"))):
        for name in names:
            frame[name] = _times(frame[name], look)
    hue = _identity(every, look)["color"]
    shown = alt.condition(pick, alt.value(0.9), alt.value(0.05))
    ring = alt.Chart(best).mark_point(size=70, strokeWidth=2, filled=False, clip=True)
    thick = alt.Chart(tails).mark_rule(strokeWidth=6, clip=True)
    faint = alt.condition(pick, alt.value(0.45), alt.value(0.03))
    return [
        thick.encode(x=x, x2="x2", y=y, color=hue, opacity=faint),
        ring.encode(x=x, y=y, color=hue, opacity=shown),
    ]


def _crosshair(every: Sequence[Curve], look: Look, x: alt.X) -> alt.Chart:
    """A line at the pointer with the value of every run there."""
    low, high = min(c.x[0] for c in every), max(c.x[-1] for c in every)
    grid = np.linspace(low, high, GRID)
    data: dict[str, object] = {"x": _times(grid, look)}
    for i, one in enumerate(every):
        there = (grid >= one.x[0]) & (grid <= one.x[-1])
        # A run's name is a title and never a field: Vega would read dots and brackets in it.
        data[f"v{i}"] = np.where(there, np.interp(grid, one.x, one.y), np.nan)
    hover = alt.selection_point(
        fields=["x"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    shown = (
        alt.Tooltip("x:T", title=look.x_title)
        if look.clock
        else alt.Tooltip("x:Q", format=",.4~g", title=look.x_title)
    )
    values = [alt.Tooltip(f"v{i}:Q", format=".4g", title=one.name) for i, one in enumerate(every)]
    rule = alt.Chart(pd.DataFrame(data)).mark_rule(color=GREY)
    return rule.encode(
        x=x,
        opacity=alt.condition(hover, alt.value(0.7), alt.value(0)),
        tooltip=[shown, *values],
    ).add_params(hover)


def _around(place: tuple[int, int] | None, lines: Sequence[Curve]) -> list[float] | None:
    """The x range that shows a place and its surroundings, within what the curves cover."""
    if place is None:
        return None
    low, high = min(c.x[0] for c in lines), max(c.x[-1] for c in lines)
    reach = max(place[1] - place[0], 0.05 * (high - low))
    start, end = max(low, place[0] - reach), min(high, place[1] + reach)
    return [float(start), float(end)] if start < end else None


def _times(values: Any, look: Look) -> Any:
    """Seconds since 1970 as times where the axis is a clock."""
    return pd.to_datetime(values, unit="s") if look.clock else values


def _frame(lines: Sequence[Curve], look: Look, *, raw: bool) -> pd.DataFrame:
    drawn = [c.raw if raw else (c.x, c.y) for c in lines]
    x, y = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    # The browser gets each name once, and no index.
    names = np.repeat([c.name for c in lines], [len(one) for one, _ in drawn])
    return pd.DataFrame({"x": _times(x, look), "y": y, "run": pd.Categorical(names)})


def _band(bases: Sequence[Curve]) -> pd.DataFrame:
    """Between the lowest and the highest baseline, where all of them have values."""
    if len(bases) < 2:
        return pd.DataFrame()
    low = max(c.x[0] for c in bases)
    high = min(c.x[-1] for c in bases)
    grid = np.linspace(low, high, 200)
    values = np.array([np.interp(grid, c.x, c.y) for c in bases])
    return pd.DataFrame({"x": grid, "low": values.min(0), "high": values.max(0)})
