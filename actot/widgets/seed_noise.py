"""The noise model in pictures: how far seeds scatter, and what change could be seen at all."""

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from actot.output import noise_lines, row_words
from actot.output.messages import Count, texts
from actot.study import Study
from actot.verdicts import noise_history
from actot.verdicts.scales import ABSOLUTE, scale_of, smallest_effect
from actot.verdicts.seed_noise import MEASURED, UNKNOWN
from actot.verdicts.verdict import JudgedBySeeds
from actot.widgets.escaping import plain
from actot.widgets.palette import GREY

SEED, LIMIT = "#0a84c6", "#D55E00"


def draw(study: Study, lang: str) -> None:
    """The statement, then the replicate groups beside what more seeds would show."""
    metric = study.profile.metrics[study.metric]
    if metric.rollouts:
        st.info(texts(lang).screen_success_rates_are_judged_by)
        return
    st.markdown(_statement(study, lang))
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown(f"**{texts(lang).screen_how_far_seeds_differ}**")
        if study.noise.groups:
            st.altair_chart(_groups(study, lang), key="noise_groups")
            st.caption(texts(lang).screen_a_point_is_a_run)
        else:
            st.info(texts(lang).screen_no_config_of_this_source)
    with right, st.container(border=True, height="stretch"):
        st.markdown(f"**{texts(lang).screen_what_this_set_up_can}**")
        judged = [v for v in study.headlines if isinstance(v, JudgedBySeeds)]
        if judged:
            st.caption(texts(lang).screen_the_change_that_four_in)
            st.altair_chart(_sight(judged, study, lang), key="noise_sight")
        else:
            st.info(texts(lang).screen_no_picked_run_could_be)
    _download(study, lang)


def _download(study: Study, lang: str) -> None:
    """What the replicates of this source teach, for the profile of the next one."""
    is_own = study.profile.metrics[study.metric].scale == ABSOLUTE
    if study.noise.groups and not is_own:
        st.download_button(
            texts(lang).screen_what_history_teaches,
            lambda: _lines(study),
            "noise.yaml",
            "application/yaml",
            on_click="ignore",
            icon=":material/download:",
        )


def _lines(study: Study) -> str:
    summaries = tuple(study.summaries.values())
    found = noise_history.taught(study.source, summaries, study.profile, (study.metric,))
    return noise_lines.write(noise_history.pooled(found), study.profile.noise)


def caption(study: Study, lang: str) -> str:
    """The noise in a few words, for a headline."""
    if study.profile.metrics[study.metric].rollouts:
        return texts(lang).screen_judged_by_rollouts_newcombes_interval
    spread = study.noise.spread
    size = "" if spread is None else f" {_amount(study, spread, lang)}"
    return texts(lang).screen_noise_and_origin.format(
        known=f"{texts(lang).screen_seed_noise}{size}", origin=origin(study, lang)
    )


def origin(study: Study, lang: str) -> str:
    """Where the noise comes from."""
    if study.noise.origin == MEASURED:
        return texts(lang).screen_measured_replicate_groups_n.format(n=len(study.noise.groups))
    if study.noise.origin == UNKNOWN:
        return texts(lang).screen_unknown_no_config_was_run
    return texts(lang).screen_assumed_no_config_was_run


def _statement(study: Study, lang: str) -> str:
    noise, known = study.noise, study.noise.overall
    title = study.profile.metrics[study.metric].title.get(lang, study.metric)
    if known is None:
        return f"{plain(title)}{texts(lang).colon}{origin(study, lang)}"
    text = texts(lang).screen_metric_runs_of_one_config.format(
        metric=plain(title),
        noise=_amount(study, noise.spread or 0.0, lang),
        origin=origin(study, lang),
    )
    if noise.origin != MEASURED or noise.prior is None:
        return text
    weight = texts(lang).screen_own_of_all_degrees_of.format(
        own=f"{known.df - noise.prior.df:g}",
        all=f"{known.df:g}",
        prior=f"{100 * math.sqrt(noise.prior.variance):.3g}",
    )
    return f"{text} {weight}"


def _amount(study: Study, spread: float, lang: str) -> str:
    """`3.2 %`, or `1.4` in own units."""
    return row_words.amount(spread, study.profile.metrics[study.metric].scale, lang)


def _groups(study: Study, lang: str) -> alt.LayerChart | alt.FacetChart:
    """A row per replicate group, a point per run: its distance from the mean of its group."""
    scale = scale_of(study.profile.metrics[study.metric])
    rows = []
    for group in study.noise.groups:
        values = [study.summaries[r].stats[study.metric].last_mean or 0.0 for r in group.runs]
        places = scale.forward(np.array(values))
        name = texts(lang).screen_run_n_seeds.format(run=group.runs[0], n=Count(group.df + 1))
        rows += [
            {
                "group": name,
                "run": run,
                "seed": str(study.summaries[run].settings.value("seed")),
                "away": row_words.scaled(scale.change(float(place)), scale.name),
            }
            for run, place in zip(group.runs, places - places.mean(), strict=True)
        ]
    frame = pd.DataFrame(rows)
    reach = row_words.scaled(study.noise.spread or 0.0, scale.name)
    unit = row_words.unit_of(scale.name, lang)
    title = texts(lang).screen_distance_from_the_groups_mean.format(unit=unit)
    x = alt.X("away:Q", title=title, scale=alt.Scale(nice=True))
    y = alt.Y("group:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, ticks=False))
    band = alt.Chart(pd.DataFrame([{"low": -reach, "high": reach}]))
    zero = alt.Chart(pd.DataFrame([{"at": 0}])).mark_rule(color=GREY).encode(x="at:Q")
    points = alt.Chart(frame).mark_point(filled=True, size=90, opacity=0.85, color=SEED)
    return alt.layer(
        band.mark_rect(opacity=0.16, color=GREY).encode(x="low:Q", x2="high:Q"),
        zero,
        points.encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("run:N", title=texts(lang).screen_run),
                alt.Tooltip("seed:N", title="seed"),
                alt.Tooltip("away:Q", title=unit, format="+.3g"),
            ],
        ),
    ).properties(height=90 + 34 * len(study.noise.groups))


def _sight(
    judged: Sequence[JudgedBySeeds], study: Study, lang: str
) -> alt.LayerChart | alt.FacetChart:
    """A bar per row: the change that would be found in four of five, beside what matters."""
    names = [row_words.row_name(v, lang) for v in judged]
    frame = pd.DataFrame(
        {"run": name, "size": row_words.shown(v.mde, v)}
        for name, v in zip(names, judged, strict=True)
    )
    unit = row_words.unit(judged[0], lang)
    x = alt.X(
        "size:Q",
        title=texts(lang).screen_smallest_visible_change.format(unit=unit),
        scale=alt.Scale(zero=True),
    )
    y = alt.Y("run:N", sort=names, title=None, axis=alt.Axis(labelLimit=220, ticks=False))
    bars = alt.Chart(frame).encode(x=x, y=y)
    layers = [
        bars.mark_bar(color=SEED, height=12, opacity=0.85),
        bars.mark_text(align="left", dx=6, color=GREY, fontSize=12).encode(
            text=alt.Text("size:Q", format=".3g")
        ),
    ]
    effect = smallest_effect(study.profile.metrics[study.metric], study.profile)
    if effect is not None:
        limit = pd.DataFrame(
            [{"at": row_words.shown(effect, judged[0]), "text": texts(lang).screen_what_matters}]
        )
        rule = alt.Chart(limit).encode(x="at:Q")
        layers.append(rule.mark_rule(color=LIMIT, strokeDash=[5, 4]))
        layers.append(
            rule.mark_text(align="left", dx=4, baseline="top", color=LIMIT).encode(
                y=alt.value(2), text="text:N"
            )
        )
    return alt.layer(*layers).properties(height=90 + 34 * len(judged))
