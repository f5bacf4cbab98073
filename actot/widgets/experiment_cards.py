"""Experiment cards: the question, the values with the guard's words, edits, files; and the recipes."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from actot.analysis import config_values
from actot.experiments import guard, progress, templates
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.output import messages, render, wording
from actot.output.messages import Count, texts
from actot.study import Study
from actot.widgets import downloads, experiment_editor, tables
from actot.widgets.escaping import plain
from actot.widgets.palette import BadgeColour

KINDS: Mapping[str, BadgeColour] = {
    "replicate": "blue",
    **dict.fromkeys(progress.KINDS.values(), "orange"),
    "sweep": "green",
    "screen": "yellow",
    "promote": "primary",
    "template": "violet",
}


def card(
    experiment: Experiment, context: PlanContext, study: Study, flat: bool, lang: str
) -> Experiment:
    """One experiment; returns it as the user has edited it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = plain(render.experiment(experiment, "title", lang))
            st.markdown(f"#### {title}", width="stretch")
            st.badge(messages.screen(experiment.kind, lang), color=KINDS[experiment.kind])
        first, *rest = render.case_for(experiment, lang)
        st.markdown(plain(first))
        facts = st.empty()
        say = texts(lang)
        names = [say.screen_runs, say.screen_edit, say.screen_sweep_yaml]
        names += [say.screen_train_configs, say.screen_what_it_would_show]
        runs, change, sweep, files, shows = st.tabs(names)
        with change:
            experiment = experiment_editor.edited(experiment, context, study, lang)
        facts.markdown(_cost(experiment, study, lang))
        with runs:
            tables.prose(_values(experiment, lang))
        with shows:
            st.markdown("\n".join(f"- {plain(line)}" for line in rest))
        if experiment.runs:
            with sweep:
                downloads.sweep(experiment, study, flat, lang)
            with files:
                downloads.configs(experiment, lang)
        else:
            for tab in (sweep, files):
                tab.info(texts(lang).screen_no_run_is_left_in)
    return experiment


def _cost(experiment: Experiment, study: Study, lang: str) -> str:
    facts = [f"**{texts(lang).screen_n_to_run.format(n=len(experiment.runs))}**"]
    if experiment.hours:
        time = wording.duration(experiment.hours, lang)
        facts.append(texts(lang).screen_about_time_one_after_the.format(time=time))
    title = study.profile.metrics[experiment.metric].title.get(lang, experiment.metric)
    facts.append(texts(lang).screen_decided_by_metric.format(metric=plain(title)))
    if power := render.power(experiment, study.profile, lang):
        facts.append(plain(power))
    return " · ".join(facts)


def _values(experiment: Experiment, lang: str) -> pd.DataFrame:
    """Every value: new, there already, or refused."""
    rows = [
        {
            "": messages.named("screen_warned" if r.remark else "screen_new", lang),
            texts(lang).screen_run: r.name,
            texts(lang).screen_knob: r.knob,
            texts(lang).screen_value: config_values.show(r.value),
            texts(lang).screen_seed_column: config_values.show(r.seed),
            texts(lang).screen_remark: render.guard(r.remark, lang) if r.remark else "",
        }
        for r in experiment.runs
    ]
    rows += [
        {
            "": texts(lang).screen_have,
            texts(lang).screen_run: texts(lang).comma.join(ids),
            texts(lang).screen_value: config_values.show(value),
        }
        for value, ids in experiment.have
    ]
    rows += [
        {
            "": texts(lang).screen_refused,
            texts(lang).screen_knob: why.knob,
            texts(lang).screen_value: config_values.show(why.value),
            texts(lang).screen_remark: render.guard(why, lang),
        }
        for why in experiment.refused
    ]
    say = texts(lang)
    head = ["", say.screen_run, say.screen_knob, say.screen_value]
    head += [say.screen_seed_column, say.screen_remark]
    return pd.DataFrame(rows, columns=head).fillna("")


def recipes(context: PlanContext, study: Study, lang: str) -> None:
    """The templates as they go round, and what this trainer makes of each of their keys."""
    if not study.profile.templates:
        return
    st.subheader(texts(lang).screen_recipes_that_go_round, anchor=False)
    st.caption(texts(lang).screen_each_moves_many_knobs_at)
    for name, template in study.profile.templates.items():
        rows = templates.template_rows(template, context.anchor, study.profile)
        moved = templates.moved(rows, context.anchor)
        label = f"{name} · {texts(lang).screen_moves_n_knobs.format(n=Count(len(moved)))}"
        with st.expander(plain(label)):
            left, right = st.columns([2, 3])
            left.code(template, language="yaml")
            with right:
                tables.prose(_recipe(rows, context, lang))


def _recipe(rows: list[templates.TemplateRow], context: PlanContext, lang: str) -> pd.DataFrame:
    none = texts(lang).screen_no_such_knob
    found = []
    for row in rows:
        why = guard.check_value(context, row.knob, row.knob_value) if row.knob else None
        found.append(
            {
                texts(lang).screen_key: row.key,
                texts(lang).screen_value: config_values.show(row.value),
                texts(lang).screen_knob: row.knob or none,
                texts(lang).screen_remark: render.guard(why, lang) if why else "",
            }
        )
    return pd.DataFrame(found)
