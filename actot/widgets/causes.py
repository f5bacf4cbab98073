"""The Regression page's causes: knobs against verdicts, then the evidence."""

from collections.abc import Sequence
from itertools import groupby

import altair as alt
import pandas as pd
import streamlit as st

from actot.analysis import config_changes, config_values
from actot.causes.ranking import Cause
from actot.output import render
from actot.output.messages import texts
from actot.study import Study
from actot.widgets import palette
from actot.widgets.escaping import plain


def draw(study: Study, lang: str) -> None:
    """The pattern first, then a card per group of knobs that moved together."""
    if not study.causes:
        st.info(texts(lang).screen_no_run_regressed_so_there)
        return
    st.altair_chart(_pattern(study), key="pattern")
    for _, same in groupby((c for c in study.causes if c.score), key=lambda c: c.rank):
        with st.container(border=True):
            _card([*same], lang)
    if study.cleared:
        with st.expander(texts(lang).screen_n_cleared.format(n=len(study.cleared))):
            for cause in study.cleared:
                _card([cause], lang)


def _card(group: Sequence[Cause], lang: str) -> None:
    """The knobs of one rank, and what speaks for and against them."""
    names = plain(texts(lang).comma.join(c.knob for c in group))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{group[0].rank}. {names}**", width="stretch")
        if group[0].score:
            label = texts(lang).screen_score_score.format(score=f"{group[0].score:.2f}")
            st.badge(label, color="orange")
        if len(group) > 1:
            st.badge(texts(lang).screen_cannot_be_told_apart, color="violet")
    st.markdown("\n".join(f"- {plain(line)}" for line in render.case_against(group, lang)))


def _pattern(study: Study) -> alt.LayerChart | alt.FacetChart:
    """Knobs in rows, runs in columns: filled where the run changed the knob, coloured by verdict."""
    base = study.summaries[study.groups[0][0]].settings
    knobs = [c.knob for c in study.causes]
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
        .mark_text(fontSize=12)
        .encode(
            x=x,
            y=y,
            text="value:N",
            color=alt.condition("datum.word == ''", alt.value(palette.GREY), alt.value("white")),
        )
    )
    return alt.layer(box, text).properties(height=60 + 30 * len(knobs))
