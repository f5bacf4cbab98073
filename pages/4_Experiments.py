"""What to run next, one knob at a time, with the files that start it."""

import streamlit as st

from actot.widgets import downloads, picker
from actot.widgets.page import begin
from actot.widgets.words import t

study, lang = begin("Experiments")

options = list(study.readings)
chosen = st.selectbox(
    t("Anchor", lang),
    options,
    index=options.index(study.anchor) if study.anchor else None,
    help=t("The run that experiments start from", lang),
)
if chosen and chosen != study.anchor:
    picker.remember("anchor", chosen)
    st.rerun()
if not study.experiments:
    st.info(t("No experiment is left to propose around this anchor.", lang))
    st.stop()
downloads.everything(study, lang)
for experiment in study.experiments:
    downloads.card(experiment, study, lang)
