"""The Metrics page's controls, and a chart per chosen metric."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from actot.analysis.metric_stats import tail
from actot.analysis.run_summary import RunSummary
from actot.output import messages, wording
from actot.output.messages import texts
from actot.records import Series
from actot.study import Study
from actot.widgets import curve_chart, palette, sidebar
from actot.widgets.curve_chart import Curve, Look
from actot.widgets.escaping import plain

STEP = "step"
AXES = {STEP: "screen_step", "hours": "screen_hours", "clock": "screen_time_of_day"}
SMOOTHING = ("0", "2", "5", "10")  # % of the points


@dataclass(frozen=True)
class Settings:
    """What the controls say."""

    metrics: tuple[str, ...]
    share: float
    log: bool
    axis: str
    place: tuple[int, int] | None


def controls(study: Study, lang: str) -> Settings:
    """Which metrics, how smooth, which axes; the choice stands in the URL."""
    titles = {name: m.title.get(lang, name) for name, m in study.profile.metrics.items()}
    first = [study.metric, *(m for m in ("train_l1", "ot_pi_sum", "grad_norm") if m in titles)]
    picks = st.session_state.picks
    picks["show"] = picks["show"] or list(dict.fromkeys(first))
    metrics = sidebar.widget(
        st.multiselect,
        texts(lang).screen_show,
        "show",
        "Metrics",
        list(titles),
        format_func=titles.__getitem__,
        max_selections=8,
    )
    left, middle, right = st.columns(3)
    with left:
        smooth = sidebar.widget(
            st.select_slider,
            texts(lang).screen_smoothing,
            "smooth",
            "Metrics",
            list(SMOOTHING),
            format_func="{} %".format,
        )
    with middle:
        axis = sidebar.widget(
            st.segmented_control,
            texts(lang).screen_horizontal_axis,
            "axis",
            "Metrics",
            list(AXES),
            format_func=lambda v: messages.named(AXES[v], lang),
            required=True,
        )
    with right:
        log = sidebar.toggle(texts(lang).screen_log_scale, "log", "Metrics")
    place = _place(picks["at"], lang) if axis == STEP else None
    return Settings(tuple(metrics), int(smooth) / 100, log, axis, place)


def _place(text: str, lang: str) -> tuple[int, int] | None:
    """The steps that a finding's link points at, and a way back to the whole curves."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        return None
    place = int(first), int(last)
    with st.container(horizontal=True, vertical_alignment="center"):
        marked = texts(lang).screen_steps_first_last_are_marked.format(
            first=place[0], last=place[1]
        )
        st.caption(f":material/flag: {marked}")
        st.button(
            texts(lang).screen_show_whole_curves,
            on_click=sidebar.remember,
            args=("at", ""),
            type="tertiary",
            icon=":material/zoom_out_map:",
        )
    return place


def draw(study: Study, settings: Settings, lang: str) -> None:
    """Two charts a row, each with what it leaves out."""
    columns = st.columns(2)
    for at, metric in enumerate(settings.metrics):
        with columns[at % 2], st.container(border=True):
            _one(metric, study, settings, lang)


def _one(metric: str, study: Study, settings: Settings, lang: str) -> None:
    entry = study.profile.metrics[metric]
    title = entry.title.get(lang, metric)
    st.markdown(f"**{plain(title)}**")
    most = curve_chart.points_each(len(study.all_picked))
    runs, bases = (
        [c for r in some if (c := _curve(study, r, metric, settings, most))]
        for some in (study.runs, study.baselines)
    )
    if not runs and not bases:
        st.info(texts(lang).screen_no_picked_run_has_data.format(metric=plain(title)))
        _reasons(metric, study, lang)
        return
    dark = st.context.theme.type == "dark"

    def chart() -> alt.LayerChart | alt.FacetChart:
        look = Look(
            title=title,
            x_title=messages.named(AXES[settings.axis], lang),
            colours=palette.colours(study, dark),
            dashes=palette.dashes(study),
            log=settings.log,
            clock=settings.axis == "clock",
            place=settings.place,
        )
        return curve_chart.chart(runs, bases, look)

    st.altair_chart(_kept(metric, (study, settings, dark, lang), chart), key=f"curve_{metric}")
    _notes(metric, study, settings, [*runs, *bases], lang)


def _kept(
    metric: str, of: tuple[Any, ...], make: Callable[[], alt.LayerChart | alt.FacetChart]
) -> alt.LayerChart | alt.FacetChart:
    """The session's last chart of a metric while it is of the same things: to make one takes Altair long.

    The Study of unchanged picks is one object, so it is not compared part by part.
    """
    charts = st.session_state.setdefault("charts", {})
    study, *rest = of
    if metric not in charts or charts[metric][0]() is not study or charts[metric][1] != rest:
        charts[metric] = (weakref.ref(study), rest, make())
    return charts[metric][2]


def _curve(study: Study, run: str, metric: str, settings: Settings, most: int) -> Curve | None:
    summary = study.summaries[run]
    series = summary.series.get(metric)
    if series is not None and settings.log:
        keep = ~(series.values <= 0)
        series = Series(series.key, series.steps[keep], series.values[keep])
    if series is None or not len(series.finite()):
        return None
    x = _across(summary, series.steps, settings.axis)
    if not np.isfinite(x).any():
        return None
    return curve_chart.curve(
        summary.id, x, series, settings.share, most, **_marks(study, run, metric, settings.axis)
    )


def _marks(study: Study, run: str, metric: str, axis: str) -> dict[str, tuple | None]:
    """The best point by the metric's direction, and the tail that is judged."""
    summary = study.summaries[run]
    stats, end = summary.stats[metric], tail(summary.series[metric], study.profile.tail)
    steps = np.array([stats.best_step or 0, end.steps[0], end.steps[-1]])
    best, first, last = _across(summary, steps, axis)
    return {
        "best": None if stats.best is None else (best, stats.best),
        "tail": (first, last, stats.last_mean),
    }


def _across(summary: RunSummary, steps: np.ndarray, axis: str) -> np.ndarray:
    """Where steps stand on the axis: by step, hours since the first record, or the clock.

    Absent: NaN throughout where the run logged no time.
    """
    if axis == STEP:
        return steps.astype(float)
    clock = summary.run.series.get("_timestamp")
    if clock is None:
        return np.full(len(steps), np.nan)
    times = np.interp(steps, clock.steps, clock.values)
    return times if axis == "clock" else (times - clock.values[0]) / 3600


def _notes(metric: str, study: Study, settings: Settings, drawn: list[Curve], lang: str) -> None:
    """What the picture leaves out, in small print."""
    ids = study.all_picked
    stats = [study.summaries[r].stats[metric] for r in ids]
    every = sum(s.n for s in stats)
    shown = sum(len(c.raw[0]) for c in drawn)
    lost = sum(s.n_nonfinite for s in stats)
    low = sum(
        int((s.values <= 0).sum())
        for r in ids
        if (s := study.summaries[r].finite(metric)) is not None
    )
    notes = []
    if shown < every and not settings.log:
        notes.append(texts(lang).screen_showing_shown_of_all_points.format(shown=shown, all=every))
    if settings.log and low:
        notes.append(texts(lang).screen_n_points_at_or_below.format(n=low))
    if lost:
        notes.append(texts(lang).screen_n_nan_or_inf_points.format(n=lost))
    if len(drawn) <= curve_chart.MOST_MARKED:
        notes.append(texts(lang).screen_ring_best_point_thick_line)
    if settings.axis != STEP:
        untimed = [
            r
            for r in ids
            if r not in {c.name for c in drawn} and study.summaries[r].series.get(metric)
        ]
        if untimed:
            notes.append(
                texts(lang).screen_runs_logged_no_time.format(
                    runs=plain(texts(lang).comma.join(untimed))
                )
            )
    if notes:
        st.caption(" ".join(notes))
    _reasons(metric, study, lang)


def _reasons(metric: str, study: Study, lang: str) -> None:
    """Why runs have no figure, each reason once with the runs that share it."""
    found: dict[str, list[str]] = {}
    for run in study.all_picked:
        why = study.summaries[run].stats[metric].missing
        if why is not None:
            found.setdefault(wording.missing(why, lang), []).append(run)
    for said, runs in found.items():
        st.caption(plain(f"{said}{texts(lang).colon}{wording.few(runs, lang)}"))
