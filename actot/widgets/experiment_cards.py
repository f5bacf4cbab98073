"""Experiment cards: the question, the values with the guard's words, edits, files; and the recipes."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from actot.analysis import config_values
from actot.experiments import guard, templates
from actot.experiments.guard import PlanContext
from actot.experiments.proposals import Experiment
from actot.output import render
from actot.output.messages import texts
from actot.study import Study
from actot.widgets import downloads, experiment_editor, tables
from actot.widgets.palette import BadgeColour
from actot.widgets.translations import plain, t

KINDS: Mapping[str, BadgeColour] = {
    "replicate": "blue",
    "isolate": "orange",
    "sweep": "green",
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
            st.badge(t(experiment.kind, lang), color=KINDS[experiment.kind])
        first, *rest = render.case_for(experiment, lang)
        st.markdown(plain(first))
        facts = st.empty()
        names = ("Runs", "Edit", "Sweep YAML", "Train configs", "What it would show")
        runs, change, sweep, files, shows = st.tabs([t(n, lang) for n in names])
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
                tab.info(t("No run is left in it: change its values.", lang))
    return experiment


def _cost(experiment: Experiment, study: Study, lang: str) -> str:
    facts = [f"**{t('{n} to run', lang, n=len(experiment.runs))}**"]
    if experiment.hours:
        time = render.duration(experiment.hours, lang)
        facts.append(t("about {time} one after the other", lang, time=time))
    title = study.profile.metrics[experiment.metric].title.get(lang, experiment.metric)
    facts.append(t("decided by {metric}", lang, metric=plain(title)))
    if power := render.power(experiment, study.profile, lang):
        facts.append(plain(power))
    return " · ".join(facts)


def _values(experiment: Experiment, lang: str) -> pd.DataFrame:
    """Every value: new, there already, or refused."""
    rows = [
        {
            "": t("warned" if r.remark else "new", lang),
            t("Run", lang): r.name,
            t("Knob", lang): r.knob,
            t("Value", lang): config_values.show(r.value),
            t("Seed", lang): config_values.show(r.seed),
            t("Remark", lang): render.guard(r.remark, lang) if r.remark else "",
        }
        for r in experiment.runs
    ]
    rows += [
        {
            "": t("have", lang),
            t("Run", lang): texts(lang).comma.join(ids),
            t("Value", lang): config_values.show(value),
        }
        for value, ids in experiment.have
    ]
    rows += [
        {
            "": t("refused", lang),
            t("Knob", lang): why.knob,
            t("Value", lang): config_values.show(why.value),
            t("Remark", lang): render.guard(why, lang),
        }
        for why in experiment.refused
    ]
    head = ["", *(t(w, lang) for w in ("Run", "Knob", "Value", "Seed", "Remark"))]
    return pd.DataFrame(rows, columns=head).fillna("")


def recipes(context: PlanContext, study: Study, lang: str) -> None:
    """The templates as they go round, and what this trainer makes of each of their keys."""
    if not study.profile.templates:
        return
    st.subheader(t("Recipes that go round", lang), anchor=False)
    text = "Each moves many knobs at once and cannot run as it is. What of it can be tried alone stands above."
    st.caption(t(text, lang))
    for name, template in study.profile.templates.items():
        rows = templates.template_rows(template, context.anchor, study.profile)
        moved = templates.moved(rows, context.anchor)
        label = f"{name} · {t('moves {n} knobs', lang, n=len(moved))}"
        with st.expander(plain(label)):
            left, right = st.columns([2, 3])
            left.code(template, language="yaml")
            with right:
                tables.prose(_recipe(rows, context, lang))


def _recipe(rows: list[templates.TemplateRow], context: PlanContext, lang: str) -> pd.DataFrame:
    none = t("no such knob", lang)
    found = []
    for row in rows:
        why = guard.check_value(context, row.knob, row.knob_value) if row.knob else None
        found.append(
            {
                t("Key", lang): row.key,
                t("Value", lang): config_values.show(row.value),
                t("Knob", lang): row.knob or none,
                t("Remark", lang): render.guard(why, lang) if why else "",
            }
        )
    return pd.DataFrame(found)
