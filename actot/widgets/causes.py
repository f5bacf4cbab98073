"""The Regression page's causes: knobs against verdicts, then the evidence."""

from collections.abc import Mapping
from typing import Literal

import altair as alt
import pandas as pd
import streamlit as st

from actot.analysis import config_changes, config_values
from actot.causes.cause import CONFIRMED, LIKELY, POSSIBLE, RULED_OUT, Cause
from actot.output import render
from actot.output.messages import texts
from actot.study import Study
from actot.widgets import palette
from actot.widgets.escaping import plain

Colour = Literal["red", "orange", "yellow", "green", "grey"]
COLOURS: Mapping[str | None, Colour] = {
    CONFIRMED: "red",
    LIKELY: "orange",
    POSSIBLE: "yellow",
    None: "grey",
    RULED_OUT: "green",
}


def draw(study: Study, lang: str) -> None:
    """The pattern first, then a card per cause; what is ruled out and the limits of the ranking last."""
    if not study.causes:
        st.info(texts(lang).screen_no_run_regressed_so_there)
        return
    st.altair_chart(_pattern(study), key="pattern")
    for cause in study.causes:
        if cause not in study.ruled_out:
            with st.container(border=True):
                _card(cause, lang)
    if study.ruled_out:
        n = sum(len(cause.knobs) for cause in study.ruled_out)
        with st.expander(texts(lang).screen_n_ruled_out.format(n=n)):
            for cause in study.ruled_out:
                _card(cause, lang)
    for note in study.ranking.notes:
        st.caption(plain(render.evidence(note, lang)))


def _card(cause: Cause, lang: str) -> None:
    """The knobs of a cause with its word, what it rests on, and behind that the rest."""
    names = plain(texts(lang).comma.join(cause.knobs))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{cause.rank}. {names}**", width="stretch")
        st.badge(render.standing(cause, lang), color=COLOURS[cause.word])
        if cause.is_confounded:
            st.badge(texts(lang).screen_cannot_be_told_apart, color="violet")
    first, *rest = (plain(line) for line in render.case_against(cause, lang))
    st.markdown(first)
    if rest:
        with st.popover(texts(lang).screen_evidence):
            st.markdown("\n".join(f"- {line}" for line in rest))


def _pattern(study: Study) -> alt.LayerChart | alt.FacetChart:
    """Knobs in rows, runs in columns: filled where the run changed the knob, coloured by verdict."""
    base = study.summaries[study.groups[0][0]].settings
    knobs = [knob for c in study.causes for knob in c.knobs]
    runs = [*study.runs, *(g[0] for g in study.groups[1:])]
    rows = []
    for run in runs:
        row = study.headline(run)
        word = row.word if row is not None else "within noise"
        settings = study.summaries[run].settings
        moved = {c.knob: c for c in config_changes.changes(base, settings)}
        for knob in knobs:
            change = moved.get(knob)
            value = config_values.show(settings.value(knob))
            rows.append(
                {
                    "run": run,
                    "knob": knob,
                    "word": word if change else "",
                    "value": value if change else "·",
                }
            )
    frame = pd.DataFrame(rows)
    x = alt.X("run:N", sort=runs, title=None, axis=alt.Axis(orient="top", labelAngle=0))
    y = alt.Y(
        "knob:N", sort=knobs, title=None, axis=alt.Axis(labelLimit=260, labelBaseline="middle")
    )
    colour = alt.Color(
        "word:N",
        scale=alt.Scale(
            domain=["", *palette.VERDICTS], range=["transparent", *palette.VERDICTS.values()]
        ),
        legend=None,
    )
    box = alt.Chart(frame).mark_rect(cornerRadius=5, opacity=0.85).encode(x=x, y=y, color=colour)
    text = (
        alt.Chart(frame)
        .mark_text(fontSize=12, limit=alt.ExprRef(f"width / {max(1, len(runs))} - 8"))
        .encode(
            x=x,
            y=y,
            text="value:N",
            tooltip=["run:N", "knob:N", "value:N"],
            color=alt.condition("datum.word == ''", alt.value(palette.GREY), alt.value("white")),
        )
    )
    return alt.layer(box, text).properties(height=60 + 30 * len(knobs))
