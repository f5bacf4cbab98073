"""Home: the answer at a glance, and where to look first."""

import streamlit as st

from actot.widgets import cards, charts, welcome
from actot.widgets.page import begin

study, lang = begin("Overview")
if study.source == "sample":
    welcome.draw(lang)
cards.headline(study, lang)

rows = list(study.headlines)
if len(rows) > cards.MOST_CARDS:
    rows.sort(key=cards.largest_rise_first)
left, right = st.columns([3, 2], gap="large")
with left:
    reference = study.groups[0][0]
    st.altair_chart(charts.intervals(rows, study, lang, reference), key="intervals")
with right:
    cards.look_first(study, lang)

cards.grid(study, rows, lang)
