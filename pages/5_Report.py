"""The report as Markdown: preview, copy, download."""

from datetime import UTC, datetime

import streamlit as st

from actot import report
from actot.errors import ActotError
from actot.widgets.page import begin
from actot.widgets.words import plain, t, unlinked

study, lang = begin("Report")


def now() -> None:
    st.session_state.report_time = datetime.now(UTC).isoformat(timespec="seconds")


titles = {name: section.TITLE[lang] for name, section in report.shelf().items()}
sections = st.multiselect(
    t("Sections", lang),
    list(titles),
    default=list(titles),
    format_func=lambda name: titles[name].format(n=len(study.runs), runs="…", at=""),
)
left, middle, right = st.columns([4, 3, 1], vertical_alignment="bottom")
note = left.text_input(t("Note", lang), max_chars=500)
time = middle.text_input(t("Time", lang), key="report_time", placeholder="2025-12-29T01:55:00")
right.button(t("Now", lang), on_click=now, width="stretch")
try:
    text = report.write(study, lang, sections=sections, note=note, time=time)
except ActotError as e:
    st.error(plain(str(e)))
    st.stop()

st.download_button(
    t("Download", lang),
    text,
    "act_ot_report.md",
    "text/markdown",
    on_click="ignore",
    type="primary",
    icon=":material/download:",
)
preview, source = st.tabs([t("Preview", lang), t("Markdown", lang)])
with preview, st.container(border=True):
    st.markdown(unlinked(text))
with source:
    st.code(text, language="markdown", height=420)
    st.text_area(t("Click into the text, then Ctrl-A and Ctrl-C", lang), text, height=200)
