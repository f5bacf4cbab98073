"""The noise model in pictures: how far seeds scatter, and what change could be seen at all."""

import math
import statistics

import altair as alt
import pandas as pd
import streamlit as st

from actot.output.messages import Count, texts
from actot.study import Study
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
        widths = [v.three_seeds for v in study.verdicts if isinstance(v, JudgedBySeeds)]
        if widths:
            st.caption(texts(lang).screen_half_of_the_95_interval)
            st.altair_chart(_sight(statistics.median(widths), study, lang), key="noise_sight")
        else:
            st.info(texts(lang).screen_no_picked_run_could_be)


def caption(study: Study, lang: str) -> str:
    """The noise in a few words, for a headline."""
    if study.profile.metrics[study.metric].rollouts:
        return texts(lang).screen_judged_by_rollouts_newcombes_interval
    known = f"{texts(lang).screen_seed_noise} {100 * study.noise.relative:.1f} %"
    form = {"en": "{known} ({origin})", "zh": "{known}（{origin}）"}[lang]
    return form.format(known=known, origin=origin(study, lang))


def origin(study: Study, lang: str) -> str:
    """Where the noise comes from."""
    if study.noise.origin == "measured":
        return texts(lang).screen_measured_replicate_groups_n.format(n=len(study.noise.groups))
    return texts(lang).screen_assumed_no_config_was_run


def _statement(study: Study, lang: str) -> str:
    noise, prior = study.noise, study.profile.noise
    title = study.profile.metrics[study.metric].title.get(lang, study.metric)
    text = texts(lang).screen_metric_runs_of_one_config.format(
        metric=plain(title), noise=f"{100 * noise.relative:.1f}", origin=origin(study, lang)
    )
    if noise.origin == "assumed":
        return text
    weight = texts(lang).screen_own_of_all_degrees_of.format(
        own=f"{noise.df - prior.prior_df:g}", all=f"{noise.df:g}", prior=f"{100 * prior.prior:g}"
    )
    return f"{text} {weight}"


def _groups(study: Study, lang: str) -> alt.LayerChart | alt.FacetChart:
    """A row per replicate group, a point per run: its distance from the mean of its group."""
    rows = []
    for group in study.noise.groups:
        values = [study.summaries[r].stats[study.metric].last_mean or 0.0 for r in group.runs]
        mean = statistics.fmean(values)
        name = texts(lang).screen_run_n_seeds.format(run=group.runs[0], n=Count(len(group.runs)))
        rows += [
            {
                "group": name,
                "run": run,
                "seed": str(study.summaries[run].settings.value("seed")),
                "away": 100 * (value / mean - 1),
            }
            for run, value in zip(group.runs, values, strict=True)
        ]
    frame = pd.DataFrame(rows)
    reach = 100 * study.noise.relative
    title = texts(lang).screen_distance_from_the_groups_mean
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
                alt.Tooltip("away:Q", title="%", format="+.2f"),
            ],
        ),
    ).properties(height=90 + 34 * len(study.noise.groups))


def _sight(three: float, study: Study, lang: str) -> alt.LayerChart | alt.FacetChart:
    """The smallest change that 1 to 10 seeds a side would show; it falls with their square root."""
    seeds = range(1, study.profile.affordable_seeds + 1)
    frame = pd.DataFrame({"seeds": n, "width": 100 * three * math.sqrt(3 / n)} for n in seeds)
    smallest_effect = 100 * study.profile.smallest_effect
    x = alt.X(
        "seeds:Q",
        title=texts(lang).screen_seeds_a_side,
        axis=alt.Axis(values=list(seeds), format="d", grid=False),
        scale=alt.Scale(domain=[0.7, len(seeds) + 0.3]),
    )
    y = alt.Y(
        "width:Q", title=texts(lang).screen_smallest_visible_change, scale=alt.Scale(zero=True)
    )
    line = alt.Chart(frame).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("seeds:Q", title=texts(lang).screen_seeds_a_side),
            alt.Tooltip("width:Q", title="%", format=".1f"),
        ],
    )
    limit = pd.DataFrame(
        [{"at": smallest_effect, "x": len(seeds), "text": texts(lang).screen_what_matters}]
    )
    rule = alt.Chart(limit).encode(y="at:Q")
    return alt.layer(
        rule.mark_rule(color=LIMIT, strokeDash=[5, 4]),
        rule.mark_text(align="right", dy=-7, color=LIMIT).encode(x="x:Q", text="text:N"),
        line.mark_line(color=SEED),
        line.mark_point(color=SEED, filled=True, size=60),
        line.transform_filter("datum.seeds == 1 || datum.seeds == 3 || datum.seeds == 10")
        .mark_text(dy=-13, color=GREY, fontSize=12)
        .encode(text=alt.Text("width:Q", format=".1f")),
    ).properties(height=230)
