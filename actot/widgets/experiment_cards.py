"""Experiment cards: the question, the values with the guard's words, edits, files; and the recipes."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from actot.analysis import config_values
from actot.experiments import guard, progress, templates
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.output import messages, plan_words, render, wording
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
    experiment: Experiment,
    context: PlanContext,
    study: Study,
    flat: bool,
    lang: str,
    *,
    is_open: bool = False,
    is_usual: bool = True,
) -> Experiment | None:
    """One experiment as the user has edited it, None where it is not ticked or has no run left.

    `is_usual`: it is ticked until somebody says otherwise.
    """
    title, say = plain(render.experiment(experiment, "title", lang)), texts(lang)
    with st.container(border=True, gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            with st.container(
                horizontal=True, vertical_alignment="center", wrap=False, width="content"
            ):
                tick = st.container(width="content")
                st.markdown(f"#### {title}")
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                cost = st.container(width="content")
                st.badge(messages.screen(experiment.kind, lang), color=KINDS[experiment.kind])
        with st.expander(say.screen_details, expanded=is_open, type="compact"):
            facts = st.empty()
            st.markdown("\n".join(f"- {plain(line)}" for line in render.case_for(experiment, lang)))
            names = [say.screen_runs, say.screen_edit, say.screen_sweep_yaml]
            runs, change, sweep, files = st.tabs([*names, say.screen_train_configs])
            with change:
                experiment = experiment_editor.edited(experiment, context, study, lang)
            with runs:
                _runs(experiment, lang)
            if experiment.runs:
                with sweep:
                    downloads.sweep(experiment, study, flat, lang)
                with files:
                    downloads.configs(experiment, lang)
            else:
                for tab in (sweep, files):
                    tab.info(say.screen_no_run_is_left_in)
        facts.caption(_facts(experiment, study, lang))
        cost.markdown(_cost(experiment, lang))
        with tick:
            is_ticked = experiment_editor.ticked(experiment, study, title, is_usual)
    return experiment if is_ticked else None


def _cost(experiment: Experiment, lang: str) -> str:
    """`1 to run · about 3 h`, or what a plan takes at most."""
    parts = [f"**{texts(lang).screen_n_to_run.format(n=len(experiment.runs))}**"]
    if experiment.plan:
        parts.append(plain(plan_words.cost(experiment, lang)))
    elif experiment.hours:
        time = wording.duration(experiment.hours, lang)
        parts.append(texts(lang).screen_about_time.format(time=time))
    return " · ".join(parts)


def _facts(experiment: Experiment, study: Study, lang: str) -> str:
    """What decides, and how many seeds would settle it."""
    title = study.profile.metrics[experiment.metric].title.get(lang, experiment.metric)
    parts = [texts(lang).screen_decided_by_metric.format(metric=plain(title))]
    if power := render.power(experiment, study.profile, lang):
        parts.append(plain(power))
    return " · ".join(parts)


def _runs(experiment: Experiment, lang: str) -> None:
    """What is to be run; what has run, or was refused, as a count with the rest behind it."""
    say = texts(lang)
    if experiment.runs:
        tables.prose(_new(experiment, lang))
    if experiment.have:
        ids = {run for _, runs in experiment.have for run in runs}
        with st.popover(wording.fill(say.screen_have, lang, n=Count(len(ids)))):
            for value, runs in experiment.have:
                st.markdown(plain(f"{config_values.show(value)}{say.colon}{say.comma.join(runs)}"))
    if experiment.refused:
        count = Count(len(experiment.refused))
        with st.expander(wording.fill(say.screen_refused, lang, n=count), type="compact"):
            st.markdown(
                "\n".join(f"- {plain(render.guard(why, lang))}" for why in experiment.refused)
            )


def _new(experiment: Experiment, lang: str) -> pd.DataFrame:
    say = texts(lang)
    rows = [
        {
            say.screen_run: r.name,
            say.screen_knob: r.knob,
            say.screen_value: config_values.show(r.value),
            say.screen_seed_column: config_values.show(r.seed),
            say.screen_remark: render.guard(r.remark, lang) if r.remark else "",
        }
        for r in experiment.runs
    ]
    found = pd.DataFrame(rows)
    return found if found[say.screen_remark].any() else found.drop(columns=say.screen_remark)


def recipes(context: PlanContext, study: Study, lang: str) -> None:
    """The templates as they go round, and what this trainer makes of each of their keys."""
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
