"""The Metrics page's controls, and a chart per chosen metric."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from actot import say
from actot.readings import Reading
from actot.records import Series
from actot.study import Study
from actot.widgets import charts, picker
from actot.widgets.charts import Curve
from actot.widgets.words import plain, t

SMOOTHING = {"0 %": 0.0, "2 %": 0.02, "5 %": 0.05, "10 %": 0.1}


@dataclass(frozen=True)
class Settings:
    """What the controls say."""

    metrics: tuple[str, ...]
    share: float
    log: bool
    hours: bool
    place: tuple[int, int] | None


def controls(study: Study, lang: str) -> Settings:
    """Which metrics, how smooth, which axes; the choice stands in the URL."""
    titles = {name: m.title.get(lang, name) for name, m in study.profile.metrics.items()}
    first = [study.metric, *(m for m in ("train_l1", "ot_pi_sum", "grad_norm") if m in titles)]
    picks = st.session_state.picks
    picks["show"] = picks["show"] or list(dict.fromkeys(first))
    metrics = picker.widget(
        st.multiselect,
        t("Show", lang),
        "show",
        "Metrics",
        list(titles),
        format_func=titles.__getitem__,
        max_selections=8,
    )
    picker.write_url()
    left, middle, right = st.columns(3)
    smoothing = left.select_slider(t("Smoothing", lang), list(SMOOTHING), value="2 %")
    axis = middle.segmented_control(
        t("Horizontal axis", lang),
        ["step", "hours"],
        default="step",
        format_func=lambda v: t(v, lang),
        required=True,
    )
    log = right.toggle(t("Log scale", lang))
    place = None if axis == "hours" else _place(picks["at"], lang)
    return Settings(tuple(metrics), SMOOTHING[smoothing], log, axis == "hours", place)


def _place(text: str, lang: str) -> tuple[int, int] | None:
    """The steps that a finding's link points at, and a way back to the whole curves."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        return None
    place = int(first), int(last)
    with st.container(horizontal=True, vertical_alignment="center"):
        marked = t("Steps {first} – {last} are marked.", lang, first=place[0], last=place[1])
        st.caption(f":material/flag: {marked}")
        st.button(
            t("Show whole curves", lang),
            on_click=picker.remember,
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
    title = study.profile.metrics[metric].title.get(lang, metric)
    st.markdown(f"**{plain(title)}**")
    runs = [c for r in study.runs if (c := _curve(study.readings[r], metric, settings))]
    bases = [c for r in study.baselines if (c := _curve(study.readings[r], metric, settings))]
    if not runs and not bases:
        st.info(t("No picked run has data for {metric}.", lang, metric=plain(title)))
        _reasons(metric, study, lang)
        return
    chart = charts.curves(
        runs,
        bases,
        title=title,
        x_title=t("hours" if settings.hours else "step", lang),
        log=settings.log,
        colours=charts.colours(study, st.context.theme.type == "dark"),
        place=settings.place,
    )
    st.altair_chart(chart, key=f"curve_{metric}")
    _notes(metric, study, settings, [*runs, *bases], lang)


def _curve(reading: Reading, metric: str, settings: Settings) -> Curve | None:
    series = reading.finite(metric)
    if series is not None and settings.log:
        keep = series.values > 0
        series = Series(series.key, series.steps[keep], series.values[keep])
    if series is None or not len(series):
        return None
    x = _hours(reading, series) if settings.hours else series.steps.astype(float)
    return charts.curve(reading.id, x, series, settings.share)


def _hours(reading: Reading, series: Series) -> np.ndarray:
    """Hours since the run's first record, from the time logged on the nearest steps."""
    clock = reading.run.series.get("_timestamp")
    if clock is None:
        return series.steps.astype(float) * np.nan
    return np.interp(series.steps, clock.steps, (clock.values - clock.values[0]) / 3600)


def _notes(metric: str, study: Study, settings: Settings, drawn: list[Curve], lang: str) -> None:
    """What the picture leaves out, in small print."""
    ids = [*study.runs, *study.baselines]
    summaries = [study.readings[r].summaries[metric] for r in ids]
    every = sum(s.n for s in summaries)
    shown = sum(len(c.raw[0]) for c in drawn)
    lost = sum(s.n_nonfinite for s in summaries)
    low = sum(
        int((s.values <= 0).sum())
        for r in ids
        if (s := study.readings[r].finite(metric)) is not None
    )
    notes = []
    if shown < every and not settings.log:
        text = "Showing {shown} of {all} points; extremes are kept."
        notes.append(t(text, lang, shown=shown, all=every))
    if settings.log and low:
        notes.append(t("{n} points at or below 0 cannot be shown on a log scale.", lang, n=low))
    if lost:
        notes.append(t("{n} NaN or Inf points are left out.", lang, n=lost))
    if notes:
        st.caption(" ".join(notes))
    _reasons(metric, study, lang)


def _reasons(metric: str, study: Study, lang: str) -> None:
    for run in (*study.runs, *study.baselines):
        why = study.readings[run].summaries[metric].missing
        if why is not None:
            st.caption(plain(f"{run}: {say.missing(why, lang)}"))
