"""What to run next, one knob at a time, with the files that start it."""

import streamlit as st

from actot.widgets import downloads, experiment_cards, experiment_editor, sidebar
from actot.widgets.page import begin
from actot.widgets.translations import plain, t

study, lang = begin("Experiments")

options = list(study.summaries)
chosen = st.selectbox(
    t("Anchor", lang),
    options,
    index=options.index(study.anchor) if study.anchor else None,
    help=t("The run that experiments start from", lang),
)
if chosen and chosen != study.anchor:
    sidebar.remember("anchor", chosen)
    st.rerun()
context = study.plan_context
if context is None:
    metric = study.profile.metrics[study.metric].title.get(lang, study.metric)
    text = (
        "No baseline is usable: every picked one diverged or has no usable value in {metric}. Pick another "
        "baseline in the sidebar, or an anchor above."
    )
    st.info(t(text, lang, metric=plain(metric)))
    st.stop()
if not context.anchor.run.config:
    st.info(t("The anchor came without its config, so no run can be planned from it.", lang))
    st.stop()

top = st.container(horizontal=True, vertical_alignment="center")
flat = top.toggle(
    t("Flat sweeps", lang),
    help=t(
        "Over one knob instead of over config files, where the trainer's arguments allow it", lang
    ),
)
if not study.experiments:
    st.info(t("No experiment is left to propose around this anchor.", lang))
found = [experiment_cards.card(e, context, study, flat, lang) for e in study.experiments]
added = experiment_editor.another(context, study, lang)
found += [experiment_cards.card(e, context, study, flat, lang) for e in added]
with top:
    downloads.everything([e for e in found if e.runs], study, flat, lang)
experiment_cards.recipes(context, study, lang)
