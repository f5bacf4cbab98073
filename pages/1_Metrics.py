"""The curves and the figures of the picked runs, metric by metric."""

import streamlit as st

from actot.widgets import curves, figures
from actot.widgets.page import begin
from actot.widgets.words import t

study, lang = begin("Metrics", needs_baseline=False)

settings = curves.controls(study, lang)
view = st.segmented_control(
    t("Show", lang),
    ["curves", "table"],
    default="curves",
    format_func=lambda v: t(v.capitalize(), lang),
    label_visibility="collapsed",
    required=True,
)
if view != "table":
    curves.draw(study, settings, lang)
else:
    figures.draw(study, settings.metrics, lang)
