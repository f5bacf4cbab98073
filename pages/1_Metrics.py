"""The curves and the figures of the picked runs, metric by metric."""

import streamlit as st

from actot.widgets import curves, metrics_table, sidebar
from actot.widgets.page import begin
from actot.widgets.translations import t

study, lang = begin("Metrics", needs_baseline=False)

settings = curves.controls(study, lang)
view = sidebar.widget(
    st.segmented_control,
    t("Show", lang),
    "view",
    "Metrics",
    ["curves", "table"],
    format_func=lambda v: t(v.capitalize(), lang),
    label_visibility="collapsed",
    required=True,
)
sidebar.write_url()
if view == "curves":
    curves.draw(study, settings, lang)
else:
    metrics_table.draw(study, settings.metrics, lang)
