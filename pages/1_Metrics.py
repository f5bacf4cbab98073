"""The curves and the figures of the picked runs, metric by metric."""

import streamlit as st

from actot.output import messages
from actot.output.messages import texts
from actot.widgets import curves, metrics_table, sidebar
from actot.widgets.page import begin

study, lang = begin("Metrics", needs_baseline=False)

settings = curves.controls(study, lang)
view = sidebar.widget(
    st.segmented_control,
    texts(lang).screen_show,
    "view",
    "Metrics",
    ["curves", "table"],
    format_func=lambda v: messages.screen(v.capitalize(), lang),
    label_visibility="collapsed",
    required=True,
)
sidebar.write_url()
if view == "curves":
    curves.draw(study, settings, lang)
else:
    metrics_table.draw(study, settings.metrics, lang)
