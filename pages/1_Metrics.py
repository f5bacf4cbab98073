"""The curves and the figures of the picked runs, metric by metric."""

import streamlit as st

from actot.widgets import curves, figures, picker
from actot.widgets.page import begin
from actot.widgets.words import t

study, lang = begin("Metrics", needs_baseline=False)

settings = curves.controls(study, lang)
view = picker.widget(
    st.segmented_control,
    t("Show", lang),
    "view",
    "Metrics",
    ["curves", "table"],
    format_func=lambda v: t(v.capitalize(), lang),
    label_visibility="collapsed",
    required=True,
)
picker.write_url()
if view == "curves":
    curves.draw(study, settings, lang)
else:
    figures.draw(study, settings.metrics, lang)
